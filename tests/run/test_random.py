# SPDX-License-Identifier: Apache-2.0
"""Scripts that nobody wrote: statements at random, and what an interpreter of 100 lines says of them.

Loops, conditions and assignments to variables, a scalar map and a keyed map, all of them int64. Values
that come near the ends of int64 and scripts that run too long are made anew. The numbers are drawn
from a seed, so a script that fails is there again in the next run.
"""
import random

from harness import END, test

VARIABLES = ("$a", "$b", "$c")
KEYS = 4
LIMIT = 1 << 62
STEPS = 60000
DEPTH = 3


class Leave(Exception):
    """break, continue or return."""


class Unfit(Exception):
    """Too large a number, or too long a run."""


class Writer:
    """A script as a tree: lists of statements, which are tuples; expressions likewise."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.loops = 0
        self.depth = 0

    def expression(self, names, depth=2):
        kind = self.random.random()
        if depth == 0 or kind < .3:
            return self.random.choice([("name", name) for name in names] + [("number", n) for n in (0, 1, 2, 3, 7)])
        if kind < .4:
            return ("key", self.expression(names, depth - 1))
        if kind < .45:
            return ("name", "@g")
        return (self.random.choice("+-*&|^"), self.expression(names, depth - 1),
                self.expression(names, depth - 1))

    def condition(self, names):
        return (self.random.choice(("<", ">", "==", "!=", "<=", ">=")), self.expression(names),
                self.expression(names))

    def block(self, names, loop):
        return [self.statement(names, loop) for _ in range(self.random.randint(1, 5))]

    def simple(self, names, loop):
        kind = self.random.random()
        if loop and kind < .15:
            return ("if", self.condition(names), [(self.random.choice(("break", "continue")),)], [])
        if kind < .18:
            return ("if", ("==", self.expression(names), ("number", 7)), [("return",)], [])
        if kind < .4:
            return ("step", self.random.choice((*VARIABLES, "@g")), self.random.choice(("++", "--")))
        if kind < .6:
            return ("key=", self.expression(names, 1), self.expression(names))
        if kind < .7:
            return ("update", self.random.choice(VARIABLES), self.random.choice("+-^|"),
                    self.expression(names, 1))
        return ("=", self.random.choice((*VARIABLES, *VARIABLES, "@g")), self.expression(names))

    def statement(self, names, loop):
        kind = self.random.random()
        if self.depth >= DEPTH or kind < .55:
            return self.simple(names, loop)
        self.depth += 1
        try:
            if kind < .7:
                return ("if", self.condition(names), self.block(names, loop),
                        self.block(names, loop) if kind < .62 else [])
            self.loops += 1
            name = f"$i{self.loops}"
            body = self.block((*names, name), True)
            if kind < .85:
                start = self.random.choice((("number", 0), ("number", 1), ("&", ("name", "$b"), ("number", 3))))
                return ("for", name, start, self.random.choice((2, 3, 5, 40, 70)), body)
            # What else ends it is seen only while it runs.
            also = self.condition((*names, name)) if kind < .93 else ("==", ("number", 0), ("number", 0))
            return ("while", name, self.random.choice((2, 4, 10, 60)), also, body)
        finally:
            self.depth -= 1


def written(node):
    """An expression's text."""
    if node[0] == "name":
        return node[1]
    if node[0] == "number":
        return str(node[1])
    if node[0] == "key":
        return f"@m[{written(node[1])} & {KEYS - 1}]"
    return f"({written(node[1])} {node[0]} {written(node[2])})"


def lines(block):
    out = []
    for node in block:
        match node:
            case ("=", name, value):
                out.append(f"{name} = {written(value)} & 0xffff;")
            case ("key=", key, value):
                out.append(f"@m[{written(key)} & {KEYS - 1}] = {written(value)} & 0xffff;")
            case ("update", name, operator, value):
                out.append(f"{name} {operator}= {written(value)} & 0xff;")
            case ("step", name, operator):
                out.append(f"{name}{operator};")
            case ("if", condition, yes, no):
                out += [f"if {written(condition)} {{", *lines(yes), "} else {", *lines(no), "}"]
            case ("for", name, start, end, body):
                out += [f"for ({name} : {written(start)}..{end}) {{", *lines(body), "}"]
            case ("while", name, end, also, body):
                out += [f"{name} = (int64)0;", f"while ({name} < {end} && {written(also)}) {{",
                        f"{name}++;", *lines(body), "}"]
            case (word,):
                out.append(f"{word};")
    return out


class Reader:
    """Does what a script says."""

    def __init__(self):
        self.values = {"$a": 1, "$b": 2, "$c": 3, "@g": 0}
        self.map = [0] * KEYS
        self.steps = 0

    def value(self, node):
        match node:
            case ("name", name):
                return self.values[name]
            case ("number", number):
                return number
            case ("key", key):
                return self.map[self.value(key) & (KEYS - 1)]
        left, right = self.value(node[1]), self.value(node[2])
        result = {"+": left + right, "-": left - right, "*": left * right, "&": left & right,
                  "|": left | right, "^": left ^ right, "<": left < right, ">": left > right,
                  "==": left == right, "!=": left != right, "<=": left <= right,
                  ">=": left >= right}[node[0]]
        if not -LIMIT < result < LIMIT:
            raise Unfit
        return result

    def loop(self, turns, body):
        """`turns` yields before each."""
        for _ in turns:
            try:
                self.run(body)
            except Leave as leave:
                if leave.args[0] == "return":
                    raise
                if leave.args[0] == "break":
                    return

    def range(self, name, start, end):
        for i in range(self.value(start), end):
            self.values[name] = i
            yield

    def while_turns(self, name, end, also):
        self.values[name] = 0
        while self.values[name] < end and self.value(also):
            self.values[name] += 1
            yield

    def run(self, block):
        for node in block:
            self.steps += 1
            if self.steps > STEPS:
                raise Unfit
            match node:
                case ("=", name, value):
                    self.values[name] = self.value(value) & 0xffff
                case ("key=", key, value):
                    number = self.value(value) & 0xffff
                    self.map[self.value(key) & (KEYS - 1)] = number
                case ("update", name, operator, value):
                    self.values[name] = self.value((operator, ("name", name), ("&", value, ("number", 0xff))))
                case ("step", name, operator):
                    self.values[name] += 1 if operator == "++" else -1
                case ("if", condition, yes, no):
                    self.run(yes if self.value(condition) else no)
                case ("for", name, start, end, body):
                    self.loop(self.range(name, start, end), body)
                case ("while", name, end, also, body):
                    self.loop(self.while_turns(name, end, also), body)
                case (word,):
                    raise Leave(word)


def script(seed):
    """A script with its text and output."""
    for attempt in range(100):
        writer = Writer(f"{seed}/{attempt}")
        block = writer.block(VARIABLES, False) + writer.block(VARIABLES, False)
        reader = Reader()
        last = []
        try:
            reader.run(block)
            last = [reader.values[name] for name in VARIABLES]
        except Leave:
            pass
        except Unfit:
            continue
        text = "\n".join((
            "begin {", *(f"@m[(int64){key}] = (int64)0;" for key in range(KEYS)), "@g = (int64)0;",
            *(f"{name} = (int64)${i + 1};" for i, name in enumerate(VARIABLES)), *lines(block),
            f"print(({', '.join(VARIABLES)}));", "}",
            f"end {{ print((@g, {', '.join(f'@m[{key}]' for key in range(KEYS))})); clear(@g); clear(@m); }}", ""))
        rows = ([last] if last else []) + [[reader.values["@g"], *reader.map]]
        return text, "".join(f"({', '.join(map(str, row))})\n" for row in rows)
    raise AssertionError(f"no script fits for seed {seed}")


@test
def statements(t):
    for seed in range(t.times(40, 1000)):
        text, output = script(seed)
        file = t.tmp / "script.bt"
        file.write_text(text)
        r = t.duetrace("-q", "--no-warnings", str(file), "1", "2", "3")
        t.equal((r.out, r.err, r.status), (output + END, "", 0), f"script {seed}:\n{text}")
