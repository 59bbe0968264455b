"""What the contracts' tests expect of circuits is what the specification says now."""

from __future__ import annotations

import json

import pytest
from sumcheck_functionals import FILE, expected, variables

from zkattest.spec.sumcheck.codec import decode

CASES = json.loads(FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("at", range(0, len(CASES["names"]), 5))
def test_expected_weights(at: int) -> None:
    circuit = decode(bytes.fromhex(CASES["circuits"][at][2:]))
    words = expected(CASES["names"][at], circuit)
    assert CASES["variables"][at] == variables(circuit)
    assert CASES["expected"][at] == "0x" + b"".join(word.to_bytes(32, "big") for word in words).hex()
