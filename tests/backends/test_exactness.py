"""The circuit's output equals the integer executor's, bit for bit, for every operator."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from ezkl_models import gemm_model, quantised
from hypothesis import given
from hypothesis import strategies as st
from operator_models import OPERATORS

from zkattest.backends.ezkl import EzklBackend
from zkattest.backends.ezkl.backend import _outputs
from zkattest.backends.ezkl.graph import IntegerGraph, exact_terms
from zkattest.backends.ezkl.lowering import LOWERINGS, lower
from zkattest.backends.ezkl.runtime import Workspace
from zkattest.errors import UnsupportedByBackendError
from zkattest.frontend import QuantisedModel
from zkattest.frontend.ops import INTEGER_OPERATORS


def assert_exact(backend: EzklBackend, model: QuantisedModel, inputs: list[npt.NDArray[np.int64]]) -> None:
    """Compile the circuit (which audits it) and compare its witness with the executor on every input."""
    circuit = lower(model)
    with Workspace() as files:
        layout, settings = backend._lay_out(files, circuit)
        backend._compile(files, circuit, layout, settings)
        for x in inputs:
            witness = backend._witness(files, model, x, salts=(3, 4), context=bytes(32))
            expected = model.execute(x).reshape(-1)
            np.testing.assert_array_equal(_outputs(witness, circuit.output_size), expected)


def probes(model: QuantisedModel, count: int = 4) -> list[npt.NDArray[np.int64]]:
    spec = model.inputs[0]
    rng = np.random.default_rng(1)
    extremes = [np.full(spec.shape, value, dtype=np.int64) for value in (spec.low, spec.high, 0)]
    return extremes + [rng.integers(spec.low, spec.high + 1, spec.shape) for _ in range(count)]


@pytest.mark.parametrize("name", OPERATORS)
def test_every_operator_is_exact(name: str, backend: EzklBackend) -> None:
    shape, build, options = OPERATORS[name]
    model = quantised(shape, build, **options)
    assert_exact(backend, model, probes(model))


def test_every_integer_operator_is_covered() -> None:
    covered = {
        node.op
        for shape, build, options in OPERATORS.values()
        for node in quantised(shape, build, **options).nodes
    }
    assert covered == set(LOWERINGS) == set(INTEGER_OPERATORS) - {"sigmoid", "tanh"}


@pytest.mark.parametrize("shift", [1, 2, 3, 7])
def test_ties_round_up(shift: int, backend: EzklBackend) -> None:
    # x * 2**(shift-1) is an odd multiple of a half unit for every odd x
    model = gemm_model([[1 << (shift - 1)]], shift=shift)
    inputs = [np.array([[value]]) for value in (-128, -127, -3, -2, -1, 0, 1, 2, 3, 126, 127)]
    outputs = [int(model.execute(x).item()) for x in inputs]
    assert outputs[2:9] == [-1, -1, 0, 0, 1, 1, 2]
    assert_exact(backend, model, inputs)


def test_saturation_at_both_edges(backend: EzklBackend) -> None:
    model = gemm_model([[1, 1, 1]], shift=0, bias=[0, 28, -28], low=-100, high=100)
    inputs = [np.array([[value]]) for value in (-128, -101, -100, -99, -73, -72, 72, 73, 99, 100, 101, 127)]
    assert_exact(backend, model, inputs)
    assert model.execute(inputs[0]).tolist() == [[-100, -100, -100]]


def test_wide_bias_and_accumulator(backend: EzklBackend) -> None:
    # the accumulator reaches 2**15 * 2**7 * 40 and more than float32's 24 bits
    weights = np.full((40, 2), 32767)
    weights[::2, 1] = -32768
    model = gemm_model(weights, shift=13, bias=[32767, -32768], low=-32768, high=32767)
    assert_exact(backend, model, probes(model))


def test_maximum_of_equal_values_has_the_lowest_index(backend: EzklBackend) -> None:
    model = quantised((1, 4), lambda b: b.op("ArgMax", "x", axis=1, keepdims=0))
    ties = [np.array([row]) for row in ([5, 5, 5, 5], [1, 5, 5, 0], [-7, -9, -7, -7], [0, 0, 1, 1])]
    assert [int(model.execute(x).item()) for x in ties] == [0, 1, 0, 2]
    assert_exact(backend, model, ties)


# --- the pieces, against independent arithmetic -----------------------------------------------------


@given(st.lists(st.integers(-(2**50), 2**50), min_size=1, max_size=5))
def test_terms_survive_float32(values: list[int]) -> None:
    terms = exact_terms(np.array(values))
    assert np.sum(terms, axis=0).tolist() == values
    for term in terms:
        assert term.astype(np.float32).astype(object).tolist() == term.astype(object).tolist()
        assert [int(np.float32(value)) for value in term] == term.tolist()


@given(st.integers(-(2**40), 2**40), st.integers(1, 20), st.integers(0, 2**20))
def test_no_allowed_quotient_changes_the_rounding(a: int, shift: int, lift: int) -> None:
    """All quotients that ezkl's constraint |z - q*d| < d admits give the floor after the correction."""
    d, z = 3 << shift, 3 * (a + (lift << shift)) + 1
    allowed = [q for q in range(z // d - 3, z // d + 4) if abs(z - q * d) < d]
    assert len(allowed) == 2
    assert {q - (z - q * d < 0) - lift for q in allowed} == {a >> shift}
    assert all(z != q * d for q in allowed)  # no sign of 0 among the lookups


@given(st.integers(-300, 300), st.integers(-300, 0), st.integers(1, 300))
def test_the_range_defect_is_zero_in_the_range_only(x: int, low: int, high: int) -> None:
    v, w, u = 2 * (x - low) + 1, 2 * (high - x) + 1, x - low + 1
    defect = abs(v) + abs(w) - (2 * (high - low) + 2) + abs(u) - u
    assert (defect == 0) == (low <= x <= high)
    assert defect >= 0
    assert defect > 0 or min(v, w, u) > 0  # all signs are positive in the range


def test_a_dividend_beyond_float64_is_refused() -> None:
    graph = IntegerGraph()
    wide = graph.input("x", 1, -(2**52), 2**52)
    with pytest.raises(UnsupportedByBackendError, match="divides exactly below"):
        graph.floor_shift(wide, 3)


@pytest.mark.parametrize("function", ["Sigmoid", "Tanh"])
def test_a_table_is_refused_because_its_use_would_show(function: str) -> None:
    with pytest.raises(UnsupportedByBackendError, match=rf"{function.lower()}.*docs/backends.md"):
        lower(quantised((1, 3), lambda b: b.op(function, "x")))


def test_an_unknown_operator_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(LOWERINGS, "gemm")
    with pytest.raises(UnsupportedByBackendError, match=r"node 'gemm' \(gemm\).*docs/backends.md"):
        lower(gemm_model([[1]], shift=1))
