# SPDX-License-Identifier: Apache-2.0
"""Random expressions against Python's integers: 64-bit two's complement, division toward zero,
x / 0 is 0 and x % 0 is x. The operands are parameters, so that nothing is folded away."""
import random

from harness import test

NAMES = "abcd"
LITERALS = [0, 1, 2, 3, 5, 7, 10, 63, 64, 100, 127, 128, 255, 256, 1000, 65535, 65536, 2**31 - 1,
            2**31, 2**32 - 1, 2**32, 2**40]
ARITHMETIC = "+ - * / % & | ^ << >>".split()
COMPARISONS = "== != < <= > >=".split()
LOGIC = "&& ||".split()


def signed(value):
    value &= 2**64 - 1
    return value - 2**64 if value >> 63 else value


def compute(op, x, y):
    sign = 1 if (x < 0) == (y < 0) else -1
    return signed({
        "+": lambda: x + y, "-": lambda: x - y, "*": lambda: x * y,
        "/": lambda: sign * (abs(x) // abs(y)) if y else 0,
        "%": lambda: (abs(x) % abs(y)) * (1 if x >= 0 else -1) if y else x,
        "&": lambda: x & y, "|": lambda: x | y, "^": lambda: x ^ y,
        "<<": lambda: x << y, ">>": lambda: x >> y,
        "==": lambda: x == y, "!=": lambda: x != y, "<": lambda: x < y, "<=": lambda: x <= y,
        ">": lambda: x > y, ">=": lambda: x >= y,
        "&&": lambda: bool(x and y), "||": lambda: bool(x or y),
    }[op]())


def expression(rng, depth, values):
    """Text and value of a random expression."""
    if depth == 0 or rng.random() < 0.15:
        if rng.random() < 0.6:
            value = rng.choice(LITERALS)
            return str(value), value
        name = rng.choice(NAMES)
        return "$" + name, values[name]
    op = rng.choice(ARITHMETIC + COMPARISONS + LOGIC + ["?", "negate", "!", "~"])
    text, x = expression(rng, depth - 1, values)
    if op == "negate":
        return f"(-({text} + 0))", signed(-x)
    if op == "!":
        return f"(!({text}) ? 1 : 0)", int(x == 0)
    if op == "~":
        return f"(~({text} + 0))", signed(~x)
    other, y = expression(rng, depth - 1, values)
    if op == "?":
        third, z = expression(rng, depth - 1, values)
        return f"(({text}) != 0 ? ({other}) + 0 : ({third}) + 0)", y if x else z
    if op in ("<<", ">>"):
        y = rng.randrange(63)
        other = str(y)
    value = compute(op, x, y)
    # A constant beyond INT64_MAX is unsigned, as those of test_spec.py are.
    if op in ("+", "*", "<<") and value < 0 and "$" not in text + other:
        return expression(rng, depth, values)
    if op in COMPARISONS + LOGIC:
        return f"((({text}) {op} ({other})) ? 1 : 0)", value
    return f"(({text}) {op} ({other}))", value


def check(t, seed):
    rng = random.Random(seed)
    values = {name: signed(rng.choice([rng.randrange(-100, 100), rng.randrange(-2**40, 2**40),
                                       rng.getrandbits(63) - 2**62])) for name in NAMES}
    program = "begin { " + "".join(f"${name} = (int64)${i + 1}; " for i, name in enumerate(NAMES))
    expected = ""
    for _ in range(25):
        text, value = expression(rng, 4, values)
        program += f'printf("%lld\\n", {text}); '
        expected += f"{value}\n"
    r = t.duetrace("-q", "--no-warnings", "-e", program + "}", "--", *map(str, values.values()))
    t.equal((r.out, r.err, r.status), (expected + "\n\n", "", 0), f"seed {seed}")


@test
def random_expressions(t):
    for seed in range(12):
        check(t, seed)
