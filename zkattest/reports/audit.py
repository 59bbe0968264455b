"""The audit trail: what happened to which model, in order, as a table for people or JSON for programs.

Pure functions over rows; where the events come from (a chain, a file) is the caller's affair. A row is a
mapping with the columns ``block``, ``time`` (seconds since 1970-01-01 UTC), ``event``, ``model_id``,
``version``, ``details`` (mapping or text), ``gas`` and ``tx`` (bytes or hex); any of them may be absent, and
others are kept in the JSON and left out of the tables.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any, Final, Protocol

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from zkattest.errors import InputError
from zkattest.reports.text import html_page, html_table, printable

COLUMNS: Final = ("block", "time", "event", "model_id", "version", "details", "gas", "tx")
_TITLES: Final = ("Block", "Time (UTC)", "Event", "Model", "Version", "Details", "Gas", "Transaction")

Row = Mapping[str, object]


class LoggedEvent(Protocol):
    """Whatever has the columns, such as :class:`zkattest.chain.AuditEvent`."""

    def row(self) -> dict[str, Any]:
        """The columns by name; bytes as bytes."""
        ...


def audit_rows(events: Iterable[LoggedEvent]) -> list[dict[str, Any]]:
    """Rows of plain values (bytes as ``0x`` hex, integers beyond 53 bits as texts) from a chain's events."""
    return [_plain(event.row()) for event in events]


def audit_cells(rows: Iterable[Row]) -> list[tuple[str, ...]]:
    """The texts of every row, in the order of :data:`COLUMNS`; absent values are empty.

    Raises:
        InputError: a time that is no second between the years 1970 and 9999.
    """
    return [tuple(_cell(column, row.get(column)) for column in COLUMNS) for row in rows]


def audit_table(rows: Iterable[Row], *, title: str = "Audit trail") -> Table:
    """The trail for a terminal, one entry an event, its details below its name and long hex shortened.

    The HTML and JSON forms hold every digit. Texts are shown as they are: no markup, no control characters.
    """
    table = Table(title=Text(printable(title)), box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Block", justify="right", no_wrap=True)
    table.add_column("Time (UTC)", no_wrap=True)
    table.add_column("Model", no_wrap=True)
    table.add_column("Gas", justify="right", no_wrap=True)
    table.add_column("Event", overflow="fold")
    for row in rows:
        cells = {column: _cell(column, row.get(column)) for column in COLUMNS}
        event = Text(printable(cells["event"]), style="bold")
        transaction = [f"tx {cells['tx']}"] if cells["tx"] else []
        for line in _detail_lines(row.get("details")) + transaction:
            event.append("\n" + printable(_shortened(line)), style="not bold dim")
        model = cells["model_id"] + (f" v{cells['version']}" if cells["version"] else "")
        texts = (Text(printable(cell)) for cell in (cells["block"], cells["time"], model, cells["gas"]))
        table.add_row(*texts, event)
    return table


def _detail_lines(details: object) -> list[str]:
    """One ``name value`` a line, structs unfolded; empty values are left out."""
    if not isinstance(details, Mapping):
        return [_cell("", details)] if details not in (None, "") else []
    lines = []
    for name, value in details.items():
        if isinstance(value, Mapping):
            lines += _detail_lines(value)
        elif value not in ("", None):
            lines.append(f"{name} {_cell('', value)}")
    return lines


def _shortened(text: str) -> str:
    """``text`` with hexadecimal of more than 8 bytes cut to its ends."""
    return re.sub(r"0x([0-9a-fA-F]{6})[0-9a-fA-F]{7,}([0-9a-fA-F]{4})\b", r"0x\1…\2", text)


def audit_html(rows: Iterable[Row], *, title: str = "Audit trail") -> str:
    """The trail as one HTML page without scripts or outside references, everything escaped."""
    return html_page(title, html_table(_TITLES, audit_cells(rows), caption=title))


def audit_json(rows: Iterable[Row]) -> str:
    """The trail as a JSON array, with every field of every row; bytes as ``0x`` hex, time in seconds.

    Integers beyond 53 bits are decimal strings, because many readers of JSON round them.
    """
    return json.dumps([_plain(row) for row in rows], indent=2, sort_keys=True, ensure_ascii=True)


def _cell(column: str, value: object) -> str:
    if value is None:
        return ""
    if column == "time" and isinstance(value, int):
        try:
            return datetime.fromtimestamp(value, tz=timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
        except (OverflowError, OSError, ValueError) as error:
            raise InputError(f"An event's time is {value}; expected seconds since 1970.") from error
    if column == "gas" and isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={_cell('', item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_cell("", item) for item in value) + "]"
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return str(value)


def _plain(value: object) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bytes | bytearray):
        return "0x" + bytes(value).hex()
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return int(value) if abs(value) < 2**53 else str(int(value))
    return str(value)
