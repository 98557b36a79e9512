/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ops.def says of the operators.
 */
#ifndef DUETRACE_OPS_H
#define DUETRACE_OPS_H

#include "lang/ast.h"

enum op_class { CLASS_ARITH, CLASS_SHIFT, CLASS_COMPARE, CLASS_LOGIC };

const char *unary_text(enum unary_op op);
const char *binary_text(enum binary_op op);
enum op_class binary_class(enum binary_op op);

#endif
