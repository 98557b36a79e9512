# SPDX-License-Identifier: Apache-2.0
"""What editors need to know of the language, from its tables: a syntax for Vim, a TextMate grammar for VS Code, and
what belongs to the grammar for tree-sitter, which is in editors/."""
import json
import re

import tables
from tables import ROOT

TYPES = "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 string".split()


def keywords():
    """The words of the lexer's rules, and those that begin a section."""
    text = (ROOT / "lang/lexer.l").read_text()
    words = set(re.findall(r"(?m)^([a-z]+)\t+\{", text)) - {"true", "false"}
    sections = set(re.search(r"(?m)^SECTION +(\S+)$", text)[1].split("|")) | {"rule", "dataset"}
    return sorted(words | sections | {"emit", "alert", "in"})


def names():
    """Of probes, as a script has them: also short ones and in capitals."""
    found = {word for name, alias, _ in tables.probes() for word in (name, alias) if word}
    return sorted(found | {"BEGIN", "END", "kfunc", "kretfunc"}, key=lambda word: (-len(word), word))


def builtins():
    """(those that are called, those that stand alone)"""
    called, alone = set(), set()
    for name, prototype, _ in tables.builtins():
        if not re.search(r"\(\)$", prototype.strip()):
            called.add(name)
        if re.search(r"\((\[.*)?\)$", prototype):
            alone.add(name)
    return sorted(called), sorted(alone)


VIM_HEAD = '" SPDX-License-Identifier: Apache-2.0\n" Vim {what} of duetrace and bpftrace scripts.\n'


def vim_syntax():
    called, alone = builtins()
    probe = "|".join(name for name in names() if name not in ("begin", "end", "BEGIN", "END"))
    return VIM_HEAD.format(what="syntax") + f'''if exists('b:current_syntax')
  finish
endif
syntax keyword duetraceKeyword {" ".join(keywords())}
syntax keyword duetraceBoolean true false
syntax keyword duetraceType {" ".join(TYPES)}
syntax keyword duetraceBuiltin {" ".join(alone)} args
syntax match duetraceFunction '\\v<({"|".join(called)})>\\ze\\s*\\('
syntax match duetraceProbe '\\v^\\s*\\zs({probe}):[^ \\t,{{]+'
syntax match duetraceProbe '\\v(,\\s*)@<=({probe}):[^ \\t,{{]+'
syntax match duetraceProbe '\\v^\\s*\\zs(begin|end|BEGIN|END)>'
syntax match duetraceVariable '\\v\\$\\w+|\\$#'
syntax match duetraceMap '\\v\\@\\w*'
syntax match duetraceNumber '\\v<\\d[0-9a-zA-Z_]*>'
syntax match duetracePreProc '\\v^\\s*#.*$'
syntax match duetraceEscape '\\v\\\\.' contained
syntax match duetraceFormat '\\v\\%[-+ 0#]*\\d*(\\.\\d+)?(\\%|(hh?|ll?|[jzt])?[a-zA-Z])' contained
syntax region duetraceString start='"' skip='\\v\\\\.' end='"' contains=duetraceEscape,duetraceFormat
syntax match duetraceComment '\\v//.*$'
syntax region duetraceComment start='/\\*' end='\\*/'
highlight default link duetraceKeyword Keyword
highlight default link duetraceBoolean Boolean
highlight default link duetraceType Type
highlight default link duetraceBuiltin Constant
highlight default link duetraceFunction Function
highlight default link duetraceProbe Label
highlight default link duetraceVariable Identifier
highlight default link duetraceMap Special
highlight default link duetraceNumber Number
highlight default link duetracePreProc PreProc
highlight default link duetraceEscape SpecialChar
highlight default link duetraceFormat SpecialChar
highlight default link duetraceString String
highlight default link duetraceComment Comment
let b:current_syntax = 'duetrace'
'''


def vim_ftplugin():
    return VIM_HEAD.format(what="settings") + r'''if exists('b:did_ftplugin')
  finish
endif
let b:did_ftplugin = 1
setlocal commentstring=//\ %s comments=s1:/*,mb:*,ex:*/,://
setlocal noexpandtab shiftwidth=8 cindent
if executable('duetrace')
  setlocal formatprg=duetrace\ --fmt\ -
  setlocal makeprg=duetrace\ --check\ %:S errorformat=%f:%l:%c-%*[0-9]:\ %tRROR:\ %m,%f:%l:%c-%*[0-9]:\ %tARNING:\ %m
endif
let b:undo_ftplugin = 'setlocal commentstring< comments< expandtab< shiftwidth< cindent< formatprg< makeprg< errorformat<'
'''


def vim_ftdetect():
    return VIM_HEAD.format(what="detection") + '''autocmd BufNewFile,BufRead *.dt setfiletype duetrace
autocmd BufNewFile,BufRead *.bt setfiletype duetrace
autocmd BufNewFile,BufRead * if getline(1) =~# '^#!.*\\<\\(duetrace\\|bpftrace\\)\\>' | setfiletype duetrace | endif
'''


def textmate():
    called, alone = builtins()
    probe = "|".join(names())

    def one(scope, match):
        return {"name": f"{scope}.duetrace", "match": match}
    patterns = [
        one("comment.line.double-slash", r"//.*$"),
        {"name": "comment.block.duetrace", "begin": r"/\*", "end": r"\*/"},
        {"name": "string.quoted.double.duetrace", "begin": '"', "end": '"',
         "patterns": [one("constant.character.escape", r"\\."),
                      one("constant.other.placeholder", r"%[-+ 0#]*\d*(\.\d+)?(%|(hh?|ll?|[jzt])?[a-zA-Z])")]},
        one("meta.preprocessor", r"^\s*#.*$"),
        one("entity.name.function.probe", rf"(?:^|(?<=,))\s*(?:({probe}):[^\s,{{]+|(begin|end|BEGIN|END)\b(?=\s*($|[,/{{])))"),
        one("variable.other.member", r"(?<=[^.]\.|->)[a-zA-Z_]\w*"),
        one("keyword.control", rf"\b({'|'.join(keywords())})\b"),
        one("constant.language", r"\b(true|false)\b"),
        one("storage.type", rf"\b({'|'.join(TYPES)})\b"),
        one("support.function", rf"\b({'|'.join(sorted({*called, *alone}))})\b(?=\s*\()"),
        one("variable.language", rf"\b({'|'.join(alone)}|args)\b"),
        one("variable.other", r"\$(\w+|#)"),
        one("variable.other.map", r"@\w*"),
        one("constant.numeric", r"\b\d[0-9a-zA-Z_]*\b"),
    ]
    return json.dumps({"name": "duetrace", "scopeName": "source.duetrace", "fileTypes": ["dt", "bt"],
                       "patterns": patterns}, indent=2) + "\n"


def vscode_package():
    return json.dumps({
        "name": "duetrace", "displayName": "duetrace", "description": "Syntax of duetrace and bpftrace scripts",
        "version": tables.version(), "publisher": "duetrace", "license": "Apache-2.0",
        "engines": {"vscode": "^1.60.0"}, "categories": ["Programming Languages"],
        "contributes": {
            "languages": [{"id": "duetrace", "aliases": ["duetrace", "bpftrace"], "extensions": [".dt", ".bt"],
                           "firstLine": "^#!.*\\b(duetrace|bpftrace)\\b", "configuration": "./language-configuration.json"}],
            "grammars": [{"language": "duetrace", "scopeName": "source.duetrace", "path": "./duetrace.tmLanguage.json"}],
        }}, indent=2) + "\n"


def vscode_language():
    pairs = [["{", "}"], ["[", "]"], ["(", ")"]]
    return json.dumps({"comments": {"lineComment": "//", "blockComment": ["/*", "*/"]}, "brackets": pairs,
                       "autoClosingPairs": pairs + [['"', '"']]}, indent=2) + "\n"


def tree_sitter_queries():
    """What is lit up, in names that editors share. A name stands in one pattern, or its patterns exclude each other,
    as editors do not agree on whether the first or the last one counts."""
    called, alone = builtins()
    called = "|".join(sorted({*called, *alone}))
    words = '" "'.join(sorted(set(keywords()) - {"emit", "alert", "break", "continue"}))
    return f'''; SPDX-License-Identifier: Apache-2.0
["{words}" "typedef"] @keyword
[(break) (continue)] @keyword
(emit . (identifier) @keyword)
[(comment)] @comment
[(shebang) (directive)] @keyword.directive
(attach_point) @label
(string) @string
[(escape) (conversion)] @string.escape
(number) @number
(boolean) @boolean
[(primitive_type) (type_name)] @type
[(variable) (parameter_value) (parameter_count)] @variable
(map) @variable.special
(field) @property
((call . (identifier) @function.builtin) (#match? @function.builtin "^({called})$"))
((call . (identifier) @function) (#not-match? @function "^({called})$"))
(macro . "macro" . (identifier) @function)
(function . "fn" . (identifier) @function)
((identifier) @variable.builtin (#match? @variable.builtin "^({"|".join(alone)}|args)$"))
["=" "+=" "-=" "*=" "/=" "%=" "&=" "|=" "^=" "<<=" ">>=" "++" "--" "?:"] @operator
["||" "&&" "|" "^" "&" "==" "!=" "<" "<=" ">" ">=" "<<" ">>" "+" "-" "*" "%" "!" "~"] @operator
'''


INJECTIONS = """; SPDX-License-Identifier: Apache-2.0
((c_definition) @injection.content (#set! injection.language "c"))
"""


def tree_sitter():
    """The folder of editors/ and what is made for it."""
    source = ROOT / "editors/tree-sitter-duetrace"
    found = {str(path.relative_to(source)): path.read_text() for path in sorted(source.rglob("*")) if path.is_file()}
    said = {"name": "tree-sitter-duetrace", "version": tables.version(), "license": "Apache-2.0",
            "description": "Grammar of duetrace and bpftrace scripts"}
    config = {"grammars": [{"name": "duetrace", "scope": "source.duetrace", "path": ".", "file-types": ["dt", "bt"],
                            "first-line-regex": "^#!.*\\b(duetrace|bpftrace)\\b",
                            "highlights": "queries/highlights.scm", "injections": "queries/injections.scm"}],
              "metadata": {"version": said["version"], "license": said["license"], "description": said["description"]}}
    return found | {"queries/highlights.scm": tree_sitter_queries(), "queries/injections.scm": INJECTIONS,
                    "package.json": json.dumps(said, indent=2) + "\n", "tree-sitter.json": json.dumps(config, indent=2) + "\n"}


def files():
    return {f"tree-sitter-duetrace/{name}": text for name, text in tree_sitter().items()} | {"vim/syntax/duetrace.vim": vim_syntax(), "vim/ftplugin/duetrace.vim": vim_ftplugin(),
            "vim/ftdetect/duetrace.vim": vim_ftdetect(), "vscode/package.json": vscode_package(),
            "vscode/duetrace.tmLanguage.json": textmate(), "vscode/language-configuration.json": vscode_language()}
