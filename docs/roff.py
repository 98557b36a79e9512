# SPDX-License-Identifier: Apache-2.0
"""Makes a manual page of a page of docs/: what of Markdown these use, in the macros of man(7)."""
import re
import textwrap

SPECIAL = {"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti", '"': r"\(dq"}


def plain(words):
    return words.replace("\\", r"\e").replace('"', r"\(dq").replace("'", r"\(aq")


def code(words):
    """As it is typed: no hyphen becomes a dash, no quote a curly one."""
    return "".join(SPECIAL.get(c, c) for c in words)


def line(words):
    """A line that cannot be taken for a request."""
    return r"\&" + words if words[:1] in (".", "'") else words


def inline(words):
    """Text with `code`, **strong** and [links](page.md)."""
    words = re.sub(r"<!--.*?-->", "", words).strip()
    words = re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", words)
    out = []
    for part in re.split(r"(``.+?``|`[^`]+`|\*\*.+?\*\*)", words):
        if part.startswith("`"):
            out.append(r"\fB" + code(part.strip("`")) + r"\fR")
        elif part.startswith("**"):
            out.append(r"\fI" + plain(part[2:-2]) + r"\fR")
        else:
            out.append(plain(part))
    return line("".join(out))


def filled(words):
    """Text as lines of the source, which are short there."""
    return [line(part) for part in textwrap.wrap(inline(words), 78, break_long_words=False,
                                                 break_on_hyphens=False)] or [r"\&"]


def cells(row):
    """Of a row of a table; \\| is no border."""
    return [cell.replace(r"\|", "|").strip() for cell in re.split(r"(?<!\\)\|", row.strip())[1:-1]]


def table(lines):
    """A list: the first column is what is explained, the last one explains, with the others behind the first."""
    out = []
    for row in lines[2:]:
        said = [cell for cell in cells(row) if cell]
        first, between, last = said[0], said[1:-1], said[-1] if len(said) > 1 else ""
        extra = "  ".join(inline(cell) for cell in between if cell)
        out += [".TP", inline(first) + (r" \ " + extra if extra else ""), *filled(last)]
    return out


def listing(lines):
    out = []
    for item in lines:
        found = re.match(r"\s*(\*|-|\d+\.) (.*)", item)
        if found:
            mark = r"\(bu" if found[1] in "*-" else found[1]
            out.append(f".IP {mark} 4")
            out.append([found[2]])
        else:
            out[-1].append(item.strip())
    return [text for part in out for text in ([part] if isinstance(part, str) else filled(" ".join(part)))]


def block(lines):
    return [".PP", ".nf", ".RS 4", *[line(code(text.expandtabs(4))) for text in lines], ".RE", ".fi"]


def chunks(markdown):
    """(kind, lines): heading, code, table, list, text."""
    lines = markdown.split("\n")
    at = 0

    def until(test):
        nonlocal at
        start = at
        while at < len(lines) and not test(lines[at]):
            at += 1
        return lines[start:at]

    while at < len(lines):
        text = lines[at]
        if not text.strip() or text.startswith("<!--"):
            at += 1
        elif text.startswith("#"):
            at += 1
            yield "heading", [text]
        elif text.startswith("```"):
            at += 1
            yield "code", until(lambda x: x.startswith("```"))
            at += 1
        elif text.startswith("|"):
            yield "table", until(lambda x: not x.startswith("|"))
        elif re.match(r"(\*|-|\d+\.) ", text):
            yield "list", until(lambda x: not x.strip())
        else:
            yield "text", until(lambda x: not x.strip() or x.startswith(("|", "```")))


def body(markdown, first):
    """All behind the title; what stands before the first heading is under `first`."""
    out, section = [f".SH {first}"], True
    for kind, lines in chunks(markdown):
        if kind == "heading":
            marks, words = lines[0].split(" ", 1)
            if len(marks) == 1:
                continue
            # A heading is an argument: quotes hold it together.
            words = inline(words)
            out.append(f'.SH "{words.upper()}"' if len(marks) == 2 and "\\" not in words
                       else f'.SH "{words}"' if len(marks) == 2 else f'.SS "{words}"')
            section = True
            continue
        if kind == "text":
            out += ([] if section else [".PP"]) + filled(" ".join(lines))
        elif kind == "code":
            made = block(lines)
            out += made[1:] if section else made
        elif kind == "table":
            out += table(lines)
        else:
            out += listing(lines)
        section = False
    return out


def portable(text):
    """Characters beyond ASCII by their names, as not everybody who reads pages knows their encoding."""
    return "".join(c if c < "\x80" else rf"\[u{ord(c):04X}]" for c in text)


def page(name, number, date, version, summary, markdown, first="DESCRIPTION", before=()):
    """All of a manual page. `before`: lines between NAME and the text."""
    return portable("\n".join([
        f'.\\" Generated from docs/ by `make docs`.',
        f'.TH {name.upper()} {number} {date} "duetrace {version}"',
        ".SH NAME", rf"{name} \- {summary}", *before, *body(markdown, first)]) + "\n")
