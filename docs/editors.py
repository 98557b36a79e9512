# SPDX-License-Identifier: Apache-2.0
"""What editors need to know of the language, from its tables: a syntax for Vim, a TextMate grammar for VS Code."""
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
syntax match duetraceFormat '\\v\\%[-+ 0#]*\\d*(\\.\\d+)?[a-zA-Z]*[a-zA-Z%]' contained
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
                      one("constant.other.placeholder", r"%[-+ 0#]*\d*(\.\d+)?[a-zA-Z]*[a-zA-Z%]")]},
        one("meta.preprocessor", r"^\s*#.*$"),
        one("entity.name.function.probe", rf"(?:^|(?<=,))\s*({probe})(:[^\s,{{]+|\b)"),
        one("keyword.control", rf"\b({'|'.join(keywords())})\b"),
        one("constant.language", r"\b(true|false)\b"),
        one("storage.type", rf"\b({'|'.join(TYPES)})\b"),
        one("support.function", rf"\b({'|'.join(called)})\b(?=\s*\()"),
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


def files():
    return {"vim/syntax/duetrace.vim": vim_syntax(), "vim/ftplugin/duetrace.vim": vim_ftplugin(),
            "vim/ftdetect/duetrace.vim": vim_ftdetect(), "vscode/package.json": vscode_package(),
            "vscode/duetrace.tmLanguage.json": textmate(), "vscode/language-configuration.json": vscode_language()}
