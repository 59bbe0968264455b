"""Reports for people and programs: complete, and safe to show whatever an attestation contains."""

from __future__ import annotations

import io
import json

import pytest
from attest_world import BINDING, TX_HASH, lookup, make_bundle, make_key, make_proof, recorded
from rich.console import Console

from zkattest.attest import Bundle, Check, Outcome, Subject, VerificationReport, inspect, verify


def _report(*outcomes: tuple[Outcome, bool, bool]) -> VerificationReport:
    return VerificationReport(
        tuple(
            Check(number, f"c{number}", outcome, "d", required, malformed)
            for number, (outcome, required, malformed) in enumerate(outcomes, start=1)
        )
    )


P, F, N = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_CHECKED


@pytest.mark.parametrize(
    ("checks", "verdict", "exit_code"),
    [
        ([(P, True, False), (N, False, False)], "accepted", 0),
        ([(P, True, False), (N, True, False)], "incomplete", 2),
        ([(P, True, False), (F, False, False)], "rejected", 1),
        ([(N, True, False), (F, True, False)], "rejected", 1),
        ([(N, True, False), (F, True, True)], "rejected", 2),
        ([(F, True, False), (F, True, True)], "rejected", 1),
    ],
)
def test_verdicts(checks, verdict, exit_code) -> None:
    report = _report(*checks)
    assert (report.verdict, report.exit_code, report.ok) == (verdict, exit_code, verdict == "accepted")


def _show(table: object) -> str:
    console = Console(file=io.StringIO(), width=400, force_terminal=False)
    console.print(table)
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_json_has_every_check(signer) -> None:
    report = verify(make_bundle(signer), keys=[signer.public], backends=lookup)
    value = json.loads(report.to_json())
    assert value["verdict"] == "accepted"
    assert [check["number"] for check in value["checks"]] == list(range(1, 11))
    assert value["checks"][6] == {
        "number": 7,
        "name": "anchor",
        "outcome": "not checked",
        "detail": "the attestation names no anchor",
        "required": False,
        "malformed": False,
    }
    with pytest.raises(KeyError):
        report["no such check"]


def test_hostile_texts_are_shown_as_texts() -> None:
    evil = "<script>[red]\x1b[2Jx\u202e\u2028</script>"
    report = VerificationReport((Check(1, "bundle", F, evil, True),))
    shown, page = _show(report.table()), report._repr_html_()
    assert "<script>[red]\\u001b[2Jx\\u202e\\u2028</script>" in shown
    assert "\x1b" not in shown + page
    assert "\u202e" not in shown + page
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
    assert json.loads(report.to_json())["checks"][0]["detail"] == evil


def test_inspect_shows_what_the_bundle_says(signer) -> None:
    key = make_key(unsafe=True)
    proof = make_proof(key, binding=BINDING)
    report = inspect(make_bundle(signer, key=key, proof=proof, anchor=recorded()))
    fields = report.to_dict()
    assert fields["Output"] == "[-300, 4611686018427387904, 7] x 2^-8"
    assert fields["Transaction"] == "0x" + TX_HASH.hex()
    assert fields["Set-up"] == f"0x{key.srs_digest.hex()} (DEVELOPMENT: convinces nobody)"
    assert fields["Signature 1"] == signer.public.key_id
    assert fields["Verifying key"] == "0x" + key.digest.hex()
    assert "Data set" not in fields
    assert all(label in _show(report.table()) for label in fields)
    assert json.loads(report.to_json()) == fields
    assert "not verified" in report._repr_html_()


def test_inspect_of_a_light_bundle(signer) -> None:
    report = inspect(Bundle(make_bundle(signer).envelope))
    assert report.to_dict()["Carries"] == "no verification material"
    assert "Anchor" not in report.to_dict()
    assert Bundle(make_bundle(signer).envelope).describe()["Claim"] == "inference"


def test_markup_in_a_subject_name_stays_text(signer) -> None:
    bundle = make_bundle(signer, files=[Subject.of_bytes("<b>[link=x].onnx", b"1")])
    assert "Subject <b>[link=x].onnx" in _show(inspect(bundle).table())
    assert "<b>" not in inspect(bundle)._repr_html_()


def test_long_outputs_are_cut(signer) -> None:
    key = make_key()
    bundle = make_bundle(signer, key=key, proof=make_proof(key, output=tuple(range(100))))
    assert inspect(bundle).to_dict()["Output"].endswith("14, 15, … (100 values)] x 2^-8")
