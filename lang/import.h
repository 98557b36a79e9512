/* SPDX-License-Identifier: Apache-2.0 */
/*
 * import "path"; reads another script, a header or all of a folder, each once, where the import
 * stands: what it defines is there for the rest of the script.
 */
#ifndef DUETRACE_IMPORT_H
#define DUETRACE_IMPORT_H

#include "lang/ast.h"

struct parse;

/* The path of a file that is named at `span`: a relative one is beside the file that names it. */
const char *import_beside(struct parse *parse, struct span span, const char *path);
/* `span` is that of the path in the import; relative paths are looked up beside that file. */
void import_path(struct parse *parse, struct span span, const char *path);

#endif
