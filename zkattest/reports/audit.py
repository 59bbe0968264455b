"""The audit trail: what happened to which model, in order, as a table for people or JSON for programs.

Pure functions over rows; where the events come from (a chain, a file) is the caller's affair. A row is a
mapping with the columns ``block``, ``time`` (seconds since 1970-01-01 UTC), ``event``, ``model_id``,
``version``, ``details`` (mapping or text), ``gas`` and ``tx`` (bytes or hex); any of them may be absent, and
others are kept in the JSON and left out of the tables.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any, Final, Protocol

from rich.table import Table
from rich.text import Text

from zkattest.errors import InputError
from zkattest.reports.text import html_page, html_table, printable

COLUMNS: Final = ("block", "time", "event", "model_id", "version", "details", "gas", "tx")
_TITLES: Final = ("Block", "Time (UTC)", "Event", "Model", "Version", "Details", "Gas", "Transaction")
_NUMBERS: Final = frozenset({"block", "model_id", "version", "gas"})

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
    """The trail for a terminal. Texts are shown as they are: no markup, no control characters."""
    table = Table(title=Text(printable(title)))
    for column, heading in zip(COLUMNS, _TITLES, strict=True):
        table.add_column(heading, justify="right" if column in _NUMBERS else "left", overflow="fold")
    for cells in audit_cells(rows):
        table.add_row(*(Text(printable(cell)) for cell in cells))
    return table


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
