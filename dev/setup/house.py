"""The picture of the house in CONTRIBUTING, drawn from the rooms that there are; ``--fix`` draws it anew."""

import argparse
import re
import sys
from xml.sax.saxutils import escape

from .made import are_current
from .paths import ADDON, REPOSITORY
from .rooms import FLOORS

PICTURE = REPOSITORY / "docs" / "house.svg"
# What each room answers is said where it is imported.
ROOM = re.compile(r"^from \. import (\w+)  # (.+)$", re.MULTILINE)
WIDTH, HEIGHT, GAP, MARGIN = 760, 62, 10, 16
FRAME = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-labelledby="title"
     font-family="sans-serif">
<title id="title">{title}</title>
<rect width="{width}" height="{height}" fill="#ffffff"/>
{rooms}
</svg>
"""
ROOM_BOX = """<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6" fill="#eef4f0" stroke="#2f6f4f"/>
<text x="{text_x}" y="{name_y}" font-size="16" font-weight="bold" fill="#1d3b2c">{name}</text>
<text x="{text_x}" y="{question_y}" font-size="13" fill="#333333">{question}</text>"""
ARROW = """<path d="M {x} {top} V {bottom}" stroke="#2f6f4f" stroke-width="2" fill="none"/>
<path d="M {left} {above} L {x} {bottom} L {right} {above}" stroke="#2f6f4f" stroke-width="2" fill="none"/>
<text x="{text_x}" y="{top}" font-size="12" fill="#333333">uses</text>"""


def draw_house():
    """Return the picture as SVG: a row for each floor, the ground below, and the arrow that points down."""
    questions = dict(ROOM.findall((ADDON / "models" / "__init__.py").read_text()))
    floors = {}
    for room in questions:
        floors.setdefault(FLOORS[room], []).append(room)
    rows = [floors[floor] for floor in sorted(floors, reverse=True)]
    height = 2 * MARGIN + len(rows) * (HEIGHT + GAP) - GAP
    boxes = [box for row, rooms in enumerate(rows) for box in _draw_floor(row, rooms, questions)]
    title = "The rooms of the addon, floor by floor: each uses what is below it"
    return FRAME.format(width=WIDTH, height=height, title=title, rooms="\n".join([*boxes, _draw_arrow(height)]))


def _draw_floor(row, rooms, questions):
    width = (WIDTH - 4 * MARGIN - 30 - (len(rooms) - 1) * GAP) // len(rooms)
    y = MARGIN + row * (HEIGHT + GAP)
    for column, room in enumerate(rooms):
        x = MARGIN + column * (width + GAP)
        yield ROOM_BOX.format(
            x=x, y=y, width=width, height=HEIGHT, text_x=x + 12, name_y=y + 25, question_y=y + 46,
            name=room, question=escape(questions[room].split(" It ")[0]),
        )  # fmt: skip


def _draw_arrow(height):
    x, bottom = WIDTH - MARGIN - 18, height - MARGIN
    return ARROW.format(x=x, left=x - 7, right=x + 7, top=MARGIN + 14, bottom=bottom, above=bottom - 11, text_x=x - 34)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fix", action="store_true", help="draw it anew")
    return are_current({PICTURE: draw_house()}, "rooms", parser.parse_args().fix)


if __name__ == "__main__":
    sys.exit(not main())
