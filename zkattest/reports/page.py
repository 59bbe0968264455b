"""The parts that report pages are put together from: one self-contained HTML file, readable without scripts.

A page refers to nothing outside of itself, and its policy forbids a browser to load anything, so that it can
be kept, sent and opened from a file with nothing learned about its reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Literal

from zkattest.attest.report import Check, Outcome
from zkattest.reports.markup import Markup, element, joined
from zkattest.reports.style import STYLE

Tone = Literal["good", "warn", "bad"]

#: Nothing is loaded, run or sent; the one style sheet is in the page.
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

_OUTCOMES: Final[dict[Outcome, tuple[str, Tone]]] = {
    Outcome.PASSED: ("✓ passed", "good"),
    Outcome.FAILED: ("✗ failed", "bad"),
    Outcome.NOT_CHECKED: ("– not run", "warn"),
}


def document(title: str, kind: str, opening: Markup, sections: Iterable[Markup], footer: str) -> str:
    """A whole page.

    Arguments:
        title: its heading and name.
        kind: what sort of page it is, above the title.
        opening: what everybody should read, below the title.
        sections: made by :func:`section`.
        footer: one line at the end.
    """
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("title", title),
        element("style", Markup(STYLE)),
    )
    header = element("header", element("p", kind, class_="kind"), element("h1", title), opening)
    body = element("body", header, element("main", *sections), element("footer", element("p", footer)))
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def section(heading: str, *children: object) -> Markup:
    """A part of a page under a heading of the second level."""
    return element("section", element("h2", heading), *children)


def notice(tone: Tone, verdict: str, *lines: object) -> Markup:
    """What nobody may miss: a verdict in large letters, and what it means."""
    return element(
        "div",
        element("p", verdict, class_="verdict"),
        *(element("p", line) for line in lines if line),
        class_=f"notice {tone}",
    )


def points(items: Iterable[object]) -> Markup:
    """A list of sentences."""
    return element("ul", *(element("li", item) for item in items))


def digest(value: bytes) -> Markup:
    """All digits, breakable anywhere."""
    return element("code", "0x" + value.hex())


def facts(caption: str, rows: Iterable[tuple[str, object]]) -> Markup:
    """A table of names and values; rows whose value is None are left out."""
    lines = (
        element("tr", element("th", name, scope="row"), element("td", value))
        for name, value in rows
        if value is not None
    )
    return element("table", element("caption", caption), element("tbody", *lines), class_="facts")


def table(
    caption: str,
    headers: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    numbers: int = 0,
    stack: bool = False,
) -> Markup:
    """A table whose first column names its rows.

    Arguments:
        numbers: how many of the last columns hold numbers, aligned at the right.
        stack: on narrow screens put the cells of a row below each other, for tables of sentences.
    """
    first = len(headers) - numbers
    kinds = [None if column < first else "number" for column in range(len(headers))]
    head = element(
        "thead",
        element(
            "tr",
            *(element("th", name, scope="col", class_=k) for name, k in zip(headers, kinds, strict=True)),
        ),
    )
    body = [
        element(
            "tr",
            element("th", row[0], scope="row"),
            *(element("td", cell, class_=k) for cell, k in zip(row[1:], kinds[1:], strict=True)),
        )
        for row in rows
    ]
    made = element(
        "table",
        element("caption", caption),
        head,
        element("tbody", *body),
        class_="stack" if stack else None,
    )
    return element("div", made, class_="scroll", tabindex="0", role="region", aria_label=caption)


def marked(outcome: Outcome) -> Markup:
    """An outcome by sign, word and colour."""
    text, tone = _OUTCOMES[outcome]
    return element("b", text, class_=f"outcome {tone}")


def checklist(caption: str, checks: Iterable[Check]) -> Markup:
    """Every check with its outcome, those that were not run among them."""
    rows = [
        (
            f"{check.number}. {check.name}",
            marked(check.outcome),
            joined(check.detail, "" if check.required else " (not required)"),
        )
        for check in checks
    ]
    return table(caption, ("Check", "Outcome", "What was compared, or why it was not"), rows, stack=True)


def shell(lines: Iterable[tuple[str, str]]) -> Markup:
    """Commands to type, each below what it does."""
    return joined(
        *(joined(element("p", what), element("pre", element("code", line))) for what, line in lines)
    )
