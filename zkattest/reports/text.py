"""Text from elsewhere, made safe to show: no control characters in a terminal, no markup in HTML."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterable, Sequence


def printable(value: object) -> str:
    """``str(value)`` with controls, format characters and lone surrogates spelled as ``\\uXXXX``."""
    return "".join(
        f"\\u{ord(letter):04x}"
        if unicodedata.category(letter)[0] == "C" or letter in "\u2028\u2029"
        else letter
        for letter in str(value)
    )


def html_table(headers: Sequence[str], rows: Iterable[Sequence[object]], *, caption: str = "") -> str:
    """A plain HTML table; every header, cell and the caption are escaped."""

    def line(tag: str, cells: Iterable[object]) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(printable(cell))}</{tag}>" for cell in cells) + "</tr>"

    title = f"<caption>{html.escape(printable(caption))}</caption>" if caption else ""
    body = "".join(line("td", row) for row in rows)
    return f"<table>{title}<thead>{line('th', headers)}</thead><tbody>{body}</tbody></table>"


def html_page(title: str, body: str) -> str:
    """A self-contained page. ``title`` is escaped, ``body`` is HTML already."""
    style = (
        "body{font-family:sans-serif}td,th{padding:.2em .6em;text-align:left;border-bottom:1px solid #ccc}"
    )
    name = html.escape(printable(title))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name}</title>'
        f"<style>{style}</style></head><body>{body}</body></html>\n"
    )
