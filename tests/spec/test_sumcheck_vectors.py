"""The golden vectors, judged by the specification that other verifiers are held to by them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sumcheck_argument_cheats import ARGUMENTS
from sumcheck_cheats import LATE, MESSAGES, WITNESSES
from sumcheck_judge import MAKERS, honest
from sumcheck_mutations import all_cases
from sumcheck_vectors import FILE, circuit_cases, instance_entry

from zkattest.spec.sumcheck.judge import judge, main

VECTORS = json.loads(FILE.read_text(encoding="utf-8"))
PROOFS = [case for case in VECTORS["cases"] if case["type"] == "proof"]


# Cheats without an evaluation argument are proved and judged in test_sumcheck_soundness.py.
HONEST_OR_CHANGED = [case for case in PROOFS if not case["name"].startswith("cheat:")]


@pytest.mark.parametrize("case", HONEST_OR_CHANGED, ids=lambda case: case["name"])
def test_proofs(case: Any) -> None:
    assert judge(VECTORS, case) == case["expected"]


def test_all_verdicts_occur() -> None:
    for expected, least in ((True, 6), (False, 100), (None, 100)):
        assert sum(case["expected"] is expected for case in PROOFS) >= least


def test_every_cheat_is_there_in_both_kinds() -> None:
    found = {case["name"] for case in PROOFS if case["expected"] is False}
    for name in {**WITNESSES, **MESSAGES, **LATE}:
        assert {f"cheat: {name}", f"evaluated cheat: {name}"} <= found
    assert {f"evaluated cheat: argument: {name}" for name in ARGUMENTS} <= found


def test_circuits_are_what_the_specification_says() -> None:
    found = [case for case in VECTORS["cases"] if case["type"] == "circuit"]
    assert json.loads(json.dumps(list(circuit_cases()))) == found
    assert len({name for name, _, _ in all_cases()}) == len(found)


@pytest.mark.parametrize("prefix", ["", "evaluated "])
@pytest.mark.parametrize("name", MAKERS)
def test_the_reference_prover_writes_the_same_proofs(name: str, prefix: str) -> None:
    (entry,) = [entry for entry in VECTORS["instances"] if entry["name"] == f"{prefix}{name}: honest"]
    made = honest(name, 0, bool(prefix))
    assert instance_entry(entry["name"], entry["circuit"], *made) == entry
    assert VECTORS["circuits"][entry["circuit"]] == made[0].encoding.hex()


def test_the_judge_reports_what_it_judges_otherwise(tmp_path: Any, capsys: Any) -> None:
    few = [case for case in VECTORS["cases"] if case["type"] == "circuit"][:3]
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({**VECTORS, "cases": few}), encoding="utf-8")
    assert main([str(path)]) == 0
    few[1] = {**few[1], "expected": None}
    path.write_text(json.dumps({**VECTORS, "cases": few}), encoding="utf-8")
    assert main([str(path)]) == 1
    assert "1 judged otherwise" in capsys.readouterr().out
