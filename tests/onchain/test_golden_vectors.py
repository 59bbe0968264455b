"""The golden vectors, judged by the contract's own libraries on anvil: proofs, cheats, changed bytes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from onchain_node import ANVIL, FOUNDRY, Contract, Node, artifact

from zkattest.spec.sumcheck.judge import spliced

FILE = Path(__file__).parents[1] / "vectors" / "sumcheck" / "cases.json"
VECTORS: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
#: Of keys with an evaluation part: a chain takes no others.
PROOFS = [
    case
    for case in VECTORS["cases"]
    if case["type"] == "proof" and VECTORS["instances"][case["instance"]]["evaluation"]
]

pytestmark = pytest.mark.skipif(
    ANVIL is None, reason="anvil is not installed: run `npm ci` in verifier_contracts"
)


@pytest.fixture(scope="module")
def harness() -> Iterator[Contract]:
    """``SumcheckHarness``, the verifier with arbitrary bindings. Built in a folder of its own: forge leaves
    out of its usual one what the tests that it was last asked for do not need."""
    build = ["forge", "build", "test/support/SumcheckHarness.sol", "--out", "cache/harness/out"]
    subprocess.run(
        ["node", "tools/foundry.js", *build, "--cache-path", "cache/harness", "--quiet"],
        cwd=FOUNDRY,
        check=True,
        timeout=600,
    )
    node = Node("--disable-code-size-limit")  # a harness need not fit where a verifier does
    yield node.deploy(artifact(FOUNDRY / "cache/harness/out/SumcheckHarness.sol/SumcheckHarness.json"))
    node.stop()


def judged(harness: Contract, case: dict[str, Any]) -> bool | None:
    """The verdict, None where the proof is refused."""
    given = {**VECTORS["instances"][case["instance"]], **case.get("changes", {})}
    found = harness.verdict(
        harness.calldata(
            "judge",
            bytes.fromhex(VECTORS["circuits"][given["circuit"]]),
            bytes.fromhex(given["evaluation"]),
            [int(given["tau_2"][at : at + 64], 16) for at in range(0, 256, 64)],
            bytes.fromhex("".join(given["model_rows"])),
            bytes.fromhex(given["key_binding"]),
            bytes.fromhex(given["statement_digest"]),
            given["public"],
            spliced(bytes.fromhex(given["proof"]), case.get("splices", [])),
        )
    )
    return None if isinstance(found, str) else found


@pytest.mark.parametrize("case", PROOFS, ids=lambda case: case["name"])
def test_proofs(harness: Contract, case: dict[str, Any]) -> None:
    assert judged(harness, case) == case["expected"]


def test_every_cheat_is_among_them() -> None:
    """Each of them breaks one constraint, changes one message, or exploits one order of messages."""
    from sumcheck_cheats import LATE, MESSAGES, WITNESSES

    found = {case["name"] for case in PROOFS if case["expected"] is False}
    assert {f"evaluated cheat: {name}" for name in {**WITNESSES, **MESSAGES, **LATE}} <= found
