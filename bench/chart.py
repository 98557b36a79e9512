# SPDX-License-Identifier: Apache-2.0
"""A bar chart as SVG: what each tracer adds to an operation."""
from xml.sax.saxutils import escape

LEFT, WIDTH, ROW, TOP = 250, 520, 26, 46


def svg(title, bars):
    """`bars`: (label, value in ns); the longest fills the width."""
    most = max(1, *(value for _, value in bars))
    height = TOP + ROW * len(bars) + 12
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 110}" height="{height}" '
        'font-family="sans-serif" font-size="13">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="12" y="26" font-size="15">{escape(title)}</text>',
    ]
    for number, (label, value) in enumerate(bars):
        y = TOP + number * ROW
        length = max(WIDTH * value / most, 1)
        fill = "#2f6f9f" if label.startswith("duetrace") else "#b0b7bd"
        lines += [
            f'<text x="{LEFT - 8}" y="{y + 14}" text-anchor="end">{escape(label)}</text>',
            f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{ROW - 8}" fill="{fill}"/>',
            f'<text x="{LEFT + length + 6:.1f}" y="{y + 14}">{value:,.0f} ns</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])
