"""Drawings inside a page, as SVG that needs no script: a confusion matrix, and bars of groups.

Every drawing has a title and a description that a screen reader says in its place; the numbers stand in a
table beside it, so that nothing depends on seeing it. Lengths are in units of the drawing's own coordinates.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from zkattest.reports.markup import Markup, element
from zkattest.reports.text import printable

#: Up to this many classes a cell has room for its count.
NUMBERED: Final = 12

_WIDTH: Final = 340
_TEXT: Final = 12
#: About the width of a letter.
_LETTER: Final = 6.8


def confusion(name: str, classes: Sequence[str], counts: Sequence[Sequence[int]], *, identity: str) -> Markup:
    """The matrix of counts, true classes downwards, predicted ones to the right.

    A cell is the darker the larger its share of its row; right answers are on the diagonal and in the colour
    of the bars, wrong ones in the colour of errors.

    Arguments:
        name: title of the drawing.
        classes: names of the classes.
        counts: ``[true class][predicted class]``.
        identity: unique in the page, letters and digits.
    """
    size = len(classes)
    labelled = size <= NUMBERED
    left, top = (108, 44) if labelled else (24, 24)
    side = min(72.0, (_WIDTH - left) / size)
    # names that do not fit above their columns are numbered, at both sides
    across, down = list(map(printable, classes)), list(map(printable, classes))
    if any(len(name) * _LETTER > side for name in across):
        across = [str(number) for number in range(1, size + 1)]
        down = [f"{number} {name}" for number, name in enumerate(down, start=1)]
    parts = [
        _text(left + side * size / 2, 14, "predicted class", anchor="middle", class_="soft"),
        _text(12, top + side * size / 2, "true class", anchor="middle", class_="soft", turned=True),
    ]
    for row, values in enumerate(counts):
        total = sum(values)
        if labelled:
            middle = side * (row + 0.5)
            parts.append(_text(left - 6, top + middle + 4, _cut(down[row], 12), anchor="end"))
            parts.append(_text(left + middle, top - 6, across[row], anchor="middle"))
        for column, value in enumerate(values):
            x, y = left + side * column, top + side * row
            box = {"x": f"{x:.1f}", "y": f"{y:.1f}", "width": f"{side:.1f}", "height": f"{side:.1f}"}
            shade = 0.05 + 0.4 * value / total if total and value else 0
            kind = "right" if row == column else "wrong"
            parts.append(element("rect", **box, class_=kind, fill_opacity=f"{shade:.2f}"))
            parts.append(element("rect", **box, class_="cell", fill="none"))
            if labelled:
                parts.append(_text(x + side / 2, y + side / 2 + 4, f"{value:,}", anchor="middle"))
    right = sum(counts[index][index] for index in range(size))
    total = sum(map(sum, counts))
    described = f"{size} true classes by {size} predicted classes; {right:,} of {total:,} on the diagonal."
    return _drawing(name, described, top + side * size + 4, parts, identity)


def bars(
    name: str,
    rows: Sequence[tuple[str, float | None, str]],
    *,
    identity: str,
    top: float = 1.0,
    whole: float | None = None,
) -> Markup:
    """A bar for each row, its label above it and its value at the end.

    Arguments:
        rows: label; length, or None where the value is undefined; the value in words.
        identity: unique in the page, letters and digits.
        top: the length that fills the width.
        whole: a dashed line at this length, for comparison.
    """
    room, high, step = 212, 14, 40
    parts = []
    for index, (label, value, shown) in enumerate(rows):
        y = index * step + 20
        parts.append(_text(0, y - 5, _cut(label, 50)))
        track = {"x": 0, "y": y, "height": high}
        parts.append(element("rect", **track, width=room, class_="track"))
        if value is not None:
            length = room * min(1.0, max(0.0, value / top))
            parts.append(element("rect", **track, width=f"{length:.1f}", class_="bar"))
        parts.append(_text(room + 8, y + 11, _cut(shown, 18)))
    bottom = len(rows) * step
    if whole is not None:
        x = f"{room * min(1.0, max(0.0, whole / top)):.1f}"
        parts.append(element("line", x1=x, x2=x, y1=16, y2=bottom - 2, class_="whole"))
    described = "; ".join(f"{label}: {shown}" for label, _, shown in rows)
    return _drawing(name, described, bottom, parts, identity)


def _drawing(name: str, described: str, height: float, parts: Sequence[Markup], identity: str) -> Markup:
    return element(
        "svg",
        element("title", name, id=f"{identity}-title"),
        element("desc", described, id=f"{identity}-desc"),
        *parts,
        viewBox=f"0 0 {_WIDTH} {height:.0f}",
        role="img",
        aria_labelledby=f"{identity}-title {identity}-desc",
    )


def _text(
    x: float, y: float, words: str, *, anchor: str = "start", class_: str | None = None, turned: bool = False
) -> Markup:
    place = {"x": f"{x:.1f}", "y": f"{y:.1f}"}
    turn = f"rotate(-90 {place['x']} {place['y']})" if turned else None
    return element("text", words, **place, font_size=_TEXT, text_anchor=anchor, class_=class_, transform=turn)


def _cut(words: str, room: int) -> str:
    """At most ``room`` letters."""
    shown = printable(words)
    return shown if len(shown) <= room else shown[: max(1, room - 1)] + "…"
