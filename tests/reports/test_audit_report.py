"""The audit trail as rows, table, HTML and JSON."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from zkattest.chain.audit import AuditEvent
from zkattest.errors import InputError
from zkattest.reports import audit_cells, audit_html, audit_json, audit_rows, audit_table

EVENTS = [
    {
        "block": 7,
        "time": 1763886600,
        "event": "ModelRegistered",
        "model_id": 1,
        "version": 1,
        "details": {"modelHash": b"\xab\xcd", "uri": "ipfs://x", "roles": [1, "a"]},
        "gas": 1234567,
        "tx": b"\x01" * 32,
        "log_index": 3,
    },
    {"event": "<img src=x onerror=alert(1)>", "details": "[bold]\x1b[2J\u202e", "model_id": 2**200},
]


def _show(events: object) -> str:
    console = Console(file=io.StringIO(), width=400, force_terminal=False)
    console.print(audit_table(events))  # type: ignore[arg-type]
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_cells() -> None:
    assert audit_cells(EVENTS) == [
        (
            "7",
            "2025-11-23 08:30:00",
            "ModelRegistered",
            "1",
            "1",
            "modelHash=0xabcd, uri=ipfs://x, roles=[1, a]",
            "1,234,567",
            "0x" + "01" * 32,
        ),
        ("", "", "<img src=x onerror=alert(1)>", str(2**200), "", "[bold]\x1b[2J\u202e", "", ""),
    ]


def test_html_is_escaped() -> None:
    page = audit_html(EVENTS, title="<Trail>")
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "<caption>&lt;Trail&gt;</caption>" in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert page.count("<tr>") == 3
    assert page.count("<td>") == 16


def test_the_terminal_gets_no_markup_and_no_controls() -> None:
    shown = _show(EVENTS)
    assert "[bold]\\u001b[2J\\u202e" in shown
    assert "\x1b" not in shown
    assert "1,234,567" in shown


def test_json_keeps_every_field_and_every_digit() -> None:
    first, second = json.loads(audit_json(EVENTS))
    assert first["details"] == {"modelHash": "0xabcd", "uri": "ipfs://x", "roles": [1, "a"]}
    assert (first["log_index"], first["time"], first["tx"]) == (3, 1763886600, "0x" + "01" * 32)
    assert second["model_id"] == str(2**200)
    assert second["details"] == EVENTS[1]["details"]


def test_an_empty_trail() -> None:
    assert audit_rows([]) == []
    assert audit_cells([]) == []
    assert json.loads(audit_json([])) == []
    assert "<tbody></tbody>" in audit_html([])


def test_a_time_outside_the_calendar() -> None:
    with pytest.raises(InputError, match="An event's time is"):
        audit_cells([{"time": 2**80}])


def test_rows_from_a_chains_events() -> None:
    event = AuditEvent(
        event="Attested",
        contract="AttestationRegistry",
        arguments={
            "modelId": 2**60,
            "version": 3,
            "attestationId": b"\xff" * 32,
            "model": {"uri": "x", "n": 1},
        },
        block_number=9,
        log_index=2,
        timestamp=1763886600,
        tx_hash="0x" + "01" * 32,
        gas_used=300000,
        cost=10**18,
    )
    (row,) = audit_rows([event])
    assert row == {
        "block": 9,
        "time": 1763886600,
        "event": "Attested",
        "model_id": str(2**60),
        "version": 3,
        "details": {"attestationId": "0x" + "ff" * 32, "model": {"uri": "x", "n": 1}},
        "gas": 300000,
        "tx": "0x" + "01" * 32,
    }
    assert json.loads(audit_json([row])) == [row]
    (cells,) = audit_cells([row])
    assert cells[2:5] == ("Attested", str(2**60), "3")
    assert cells[5].endswith("model=uri=x, n=1")


def test_the_page_is_complete_and_refers_to_nothing_outside() -> None:
    page = audit_html(EVENTS)
    assert page.startswith('<!doctype html><html lang="en"><head><meta charset="utf-8">')
    assert "<script" not in page
    assert "http" not in page
