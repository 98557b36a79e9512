/* SPDX-License-Identifier: Apache-2.0 */
/* A grammar as JSON on stdin -> the parser's C on stdout, by the compiler in tree-sitter's CLI. */
#include <cstdio>
#include <iostream>
#include <iterator>
#include <string>

#include "tree_sitter/compiler.h"

int main()
{
	std::string grammar{std::istreambuf_iterator<char>(std::cin), {}};
	TSCompileResult result = ts_compile_grammar(grammar.c_str(), nullptr);

	if (result.error_type != TSCompileErrorTypeNone) {
		fprintf(stderr, "%s\n", result.error_message);
		return 1;
	}
	fputs(result.code, stdout);
	return 0;
}
