"""Large batches are counted: running the contract for them would take minutes."""

from __future__ import annotations

import pytest
from ezkl_models import mlp

from zkattest.backends.base import StatementShape
from zkattest.backends.sumcheck import rehearsal
from zkattest.backends.sumcheck.circuit import Parameters, compile_circuit
from zkattest.backends.sumcheck.costs import estimate


@pytest.fixture
def rehearsed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Lengths of the proofs that the contract was run for."""
    found: list[int] = []

    def run(circuit: bytes, log_gates: int, proof_bytes: int) -> int:
        found.append(proof_bytes)
        return 1

    monkeypatch.setattr(rehearsal, "verification_gas", run)
    return found


@pytest.mark.parametrize("batch", [1, 32768])
def test_gas_of_many_samples_is_counted(rehearsed: list[int], batch: int) -> None:
    model, shape, parameters = mlp((3, 2, 2)), StatementShape(batch=batch), Parameters(13, 2, 8)
    circuit = compile_circuit(model, shape, parameters)
    counted = int(circuit.gas["total"])
    assert (counted > rehearsal.MOST_REHEARSED) == (batch > 1)
    expected = counted if batch > 1 else 1
    found = estimate(model, shape, circuit, parameters, evaluation=True, rehearse=True)
    assert found.verify_gas == expected
    assert rehearsed == ([circuit.evaluated_proof_bytes] if batch == 1 else [])
