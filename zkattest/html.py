"""How values show themselves in a notebook: one small table of public fields, everything escaped."""

from __future__ import annotations

import html
from collections.abc import Mapping


def fields_html(title: str, fields: Mapping[str, object]) -> str:
    """A table with ``title`` and one row per field; bytes as 0x-hex."""
    rows = "".join(
        f"<tr><th style='text-align:left'>{html.escape(name.replace('_', ' '))}</th>"
        f"<td style='text-align:left'><code>{html.escape(_text(value))}</code></td></tr>"
        for name, value in fields.items()
    )
    return f"<table><caption>{html.escape(title)}</caption>{rows}</table>"


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    if isinstance(value, tuple | list):
        return ", ".join(map(_text, value))
    return str(value)
