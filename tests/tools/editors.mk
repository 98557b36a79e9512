# SPDX-License-Identifier: Apache-2.0
# What the files for editors are tested with, from npm: `make editor-tools`. tree-sitter's CLI is the last version
# whose package holds its source; later ones fetch a program from elsewhere when they are installed. Of it come
# the functions of grammar.js and the compiler of grammars; the runtime is that of the package for node.
NPM       := build/npm
TREE      := build/tree-sitter
NPM_TREE  := tree-sitter-cli-0.13.16
NPM_NODE  := tree-sitter-0.18.1
NPM_MATE  := vscode-textmate-9.3.2
NPM_ONIG  := vscode-oniguruma-2.0.1
SUM_$(NPM_TREE) := 9ce6283494d8d5a1c668c1e9e54f98b7adb3f8690595d815da27f51e6b18c06e4a826ff3a503f072b93342e8d9904a629572e7f4be1be54a885eb92bb5a37d66
SUM_$(NPM_NODE) := dca4003dd9c3083556273b89ca76a0f366dcbc513242544786cd75a548fb168098f142fc1ba9a7649ec93843dd1a38f7f59c57743f7b9f2df23a1e67e23ab405
SUM_$(NPM_MATE) := 9f6b866d472b8e1504047d7ab860344ef51f856c258856757b7fa94e3ae48a6d4cb7bc9d078d65574f1a52fb22ef43a5cc35a9e97ec1c77c3fc777c05c8b0dd1
SUM_$(NPM_ONIG) := a68254f221c85a70b7be0a61267acb67223761da91951dbbc73a839a93d763303ddd1e0693ccfb4faa2a0f30e81e3a22900d9a4bcd9cadd5c592310b09d26c8d

.PHONY: editor-tools
editor-tools: $(TREE)/parse $(NPM)/$(NPM_MATE)/got $(NPM)/$(NPM_ONIG)/got
	@ln -sfn $(NPM_MATE) $(NPM)/vscode-textmate && ln -sfn $(NPM_ONIG) $(NPM)/vscode-oniguruma

# A package as it is published: nothing of it runs, nothing that it depends on is fetched.
$(NPM)/%/got:
	@mkdir -p $(@D)
	$(call say,NPM)
	$(Q)cd $(NPM) && npm pack --silent $(shell echo $* | sed 's/-\([0-9.]*\)$$/@\1/') >/dev/null
	$(Q)echo "$(SUM_$*)  $(NPM)/$*.tgz" | sha512sum -c --quiet -
	$(Q)tar -xzf $(NPM)/$*.tgz -C $(@D) --strip-components=1 && touch $@

# The sources of the compiler are those that its own project names.
$(TREE)/generate: tests/tools/tree-sitter/generate.cc $(NPM)/$(NPM_TREE)/got
	@mkdir -p $(TREE)/compiler
	$(call say,CXX)
	$(Q)cd $(NPM)/$(NPM_TREE)/vendor/tree-sitter && \
		sed -n "/'target_name': 'compiler'/,/'cflags_cc'/p" project.gyp | grep -o "'[a-z][^']*\.cc\?'" | tr -d "'" | \
		xargs -P 2 -I{} sh -c 'c++ -w -O1 -x $$(case {} in *.cc) echo c++;; *) echo c;; esac) -DUTF8PROC_STATIC \
			-Iinclude -Isrc -Iexternals/utf8proc -Iexternals/json-parser -c {} -o $(abspath $(TREE))/compiler/$$(echo {} | tr / _).o'
	$(Q)c++ -w -O1 -I$(NPM)/$(NPM_TREE)/vendor/tree-sitter/include -o $@ $< $(TREE)/compiler/*.o

GRAMMAR := editors/tree-sitter-duetrace
$(TREE)/parser.c: $(GRAMMAR)/grammar.js tests/tools/tree-sitter/grammar.js $(TREE)/generate
	$(call say,TREE)
	$(Q)node tests/tools/tree-sitter/grammar.js $(NPM)/$(NPM_TREE) $(GRAMMAR)/grammar.js >$(TREE)/grammar.json
	$(Q)$(TREE)/generate <$(TREE)/grammar.json >$@

RUNTIME := $(NPM)/$(NPM_NODE)/vendor/tree-sitter/lib
$(TREE)/parse: $(TREE)/parser.c $(GRAMMAR)/src/scanner.c tests/tools/tree-sitter/parse.c $(NPM)/$(NPM_NODE)/got
	$(call say,CC)
	$(Q)$(CC) -w -O1 -D_GNU_SOURCE -I$(RUNTIME)/include -I$(RUNTIME)/src -c $(RUNTIME)/src/lib.c -o $(TREE)/lib.o
	$(Q)$(CC) -w -O0 -I$(NPM)/$(NPM_TREE)/vendor/tree-sitter/include -c $(TREE)/parser.c -o $(TREE)/parser.o
	$(Q)$(CC) -Wall -Wextra -Werror -O1 -I$(NPM)/$(NPM_TREE)/vendor/tree-sitter/include -c $(GRAMMAR)/src/scanner.c -o $(TREE)/scanner.o
	$(Q)$(CC) -Wall -Wextra -Werror -O1 -D_GNU_SOURCE -I$(RUNTIME)/include -o $@ tests/tools/tree-sitter/parse.c \
		$(TREE)/lib.o $(TREE)/parser.o $(TREE)/scanner.o
