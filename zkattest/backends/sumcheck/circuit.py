"""From a quantised model to its circuit and witnesses: what the Rust compiler needs, in its own terms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from zkattest import _native
from zkattest.backends.base import IntTensor, Profile, StatementShape
from zkattest.errors import UnsupportedByBackendError, ZkattestError
from zkattest.frontend.codec import encode_architecture
from zkattest.frontend.ops import integer_operator
from zkattest.frontend.ops.tables import TableOperator

if TYPE_CHECKING:
    from typing import TypeAlias

    from zkattest.frontend import Architecture, QuantisedModel
    from zkattest.frontend.executor import Trace

    Graph: TypeAlias = Architecture | QuantisedModel


@dataclass(frozen=True)
class Parameters:
    """What a circuit's author chooses besides the model and what is shown; none of it changes what is proved.

    Attributes:
        log_row: log2 of the cells of a row.
        columns: lookups that share one helper cell, 1 to 8.
        limb_bits: bits of a witness cell, 8 to 14.
        padded: axes are stored apart from each other and padded to powers of two, the model's too: more
            cells, and fewer steps of a verifier that pays for each, as a contract does.
    """

    log_row: int
    columns: int
    limb_bits: int
    padded: bool = False


def compile_circuit(model: Graph, shape: StatementShape, parameters: Parameters) -> _native.NativeCircuit:
    """The circuit of ``model``'s architecture; kept for the next call.

    Raises:
        UnsupportedByBackendError: names the node; SrsTooSmallError: rows are too short.
    """
    with named_nodes(model):
        return _compile(encode_architecture(model), _tables(model), shape, parameters)


@lru_cache(maxsize=8)
def _compile(
    architecture: bytes, tables: tuple[bytes, ...], shape: StatementShape, parameters: Parameters
) -> _native.NativeCircuit:
    return _native.NativeCircuit.compile(
        architecture,
        [np.frombuffer(table, dtype=np.int32).tolist() for table in tables],
        log_row=parameters.log_row,
        columns=parameters.columns,
        limb_bits=parameters.limb_bits,
        padded=parameters.padded,
        batch=shape.batch,
        input_public=shape.input == "public",
        output_public=shape.output == "public",
        score=shape.score or None,
    )


def choose(
    model: QuantisedModel,
    shape: StatementShape,
    *,
    log_row: int | None,
    largest: int,
    powers: int | None = None,
    padded: bool | None = None,
    goal: Profile = "speed",
) -> Parameters:
    """The cheapest parameters; kept for the next call.

    Arguments:
        log_row: log2 of the row size, where a commitment fixed it.
        largest: log2 of the largest row size that the set-up string holds.
        powers: how many powers it holds, which bounds the table of gates where contracts are to take the
            proofs; None: as many as a row has cells, and 2^18 at least.
        padded: as the model's commitment is; None: the choice is free.
        goal: what is to be cheap: proving, verification on a chain, or both, where a second of proving counts
            as 200,000 gas.

    Raises:
        UnsupportedByBackendError, SrsTooSmallError: as of :func:`compile_circuit`.
    """
    with named_nodes(model):
        architecture = encode_architecture(model)
        chosen = _fitting(model, architecture, shape, log_row, powers, padded, goal)
        if chosen.log_row <= largest:
            return chosen
        return _fitting(model, architecture, shape, largest, powers, padded, goal)


def _fitting(
    model: QuantisedModel,
    architecture: bytes,
    shape: StatementShape,
    log_row: int | None,
    powers: int | None,
    padded: bool | None,
    goal: Profile,
) -> Parameters:
    """The choice; where no parameters fit rows of this size, the compiler's own error, which has numbers."""
    try:
        return _choose(architecture, shape, log_row, powers, padded, goal)
    except UnsupportedByBackendError:
        if log_row is not None:
            parameters = Parameters(log_row, columns=2, limb_bits=8, padded=bool(padded))
            _compile(architecture, _tables(model), shape, parameters)
        raise


@lru_cache(maxsize=64)
def _choose(
    architecture: bytes,
    shape: StatementShape,
    log_row: int | None,
    powers: int | None,
    padded: bool | None,
    goal: Profile,
) -> Parameters:
    return Parameters(
        *_native.sumcheck_choose(
            architecture,
            batch=shape.batch,
            input_public=shape.input == "public",
            output_public=shape.output == "public",
            log_row=log_row,
            powers=powers,
            padded=padded,
            goal=goal,
            score=shape.score or None,
        )
    )


def _tables(model: Graph) -> tuple[bytes, ...]:
    """Images of each table function, in the order of nodes: int32 entries for the inputs from low to high."""
    tables = []
    for node in model.nodes:
        operator = integer_operator(node.op)
        if isinstance(operator, TableOperator):
            entries = operator.table(node, [model.tensors[name] for name in node.inputs])
            tables.append(np.clip(entries, node.low, node.high).astype(np.int32).tobytes())
    return tuple(tables)


Sample = tuple[IntTensor, list[IntTensor], list[IntTensor]]


def sample(model: QuantisedModel, trace: Trace) -> Sample:
    """The input, every node's accumulator and every node's output, flattened row-major."""
    names = [node.outputs[0] for node in model.nodes]
    return (
        _flat(trace[model.inputs[0].name]),
        [_flat(trace.accumulators[name]) for name in names],
        [_flat(trace[name]) for name in names],
    )


def _flat(values: IntTensor) -> IntTensor:
    return np.ascontiguousarray(values, dtype=np.int64).reshape(-1)


class named_nodes:  # noqa: N801 (a context manager is used like a function)
    """Adds a node's name to errors that know its number."""

    def __init__(self, model: Graph) -> None:
        self._model = model

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, traceback: Any) -> None:
        number = getattr(error, "node", None)
        if isinstance(error, ZkattestError) and isinstance(number, int) and number < len(self._model.nodes):
            node = self._model.nodes[number]
            raise type(error)(f"{node.name!r} ({node.op}): {error.message}", remedy=error.remedy) from None
