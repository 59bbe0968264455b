"""What a proof will cost, from the circuit alone.

Rows and bytes are the circuit's own and exact. Seconds are linear in its counts, with constants that were
fitted to processor time on a two-core server (AMD EPYC, AVX-512), one to 1,000 inferences in a proof. Memory
is the compiler's count of what a prover holds (``circuits/src/stats.rs``), within a fifth of peak resident
memory; a process that only proves a small model needs less.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from zkattest.backends.base import Estimate, StatementShape
from zkattest.backends.sumcheck import evm
from zkattest.backends.sumcheck.chain_costs import ChainCosts, chain_costs
from zkattest.backends.sumcheck.circuit import Parameters
from zkattest.backends.sumcheck.header import CircuitHeader
from zkattest.backends.sumcheck.keys import EVALUATION_BYTES, G1_BYTES, RECORD_HEAD, data_names
from zkattest.errors import MemoryShortError, UnsupportedByBackendError
from zkattest.frontend.codec import encode_architecture
from zkattest.frontend.ops import integer_operator

if TYPE_CHECKING:
    from zkattest import _native
    from zkattest.frontend import QuantisedModel

#: log2 of the largest row that an estimate without a set-up string considers.
LARGEST_LOG_ROW: Final = 22

#: The prover keeps this share of the cores busy, up to so many.
_PARALLEL: Final = 0.85
_MAX_CORES: Final = 32

#: Resident memory of Python with the package, onnxruntime and a small model, MiB.
BASE_MB: Final = 143.0
#: What the executor keeps of each element of a node's output while a witness is filled, bytes: it and its
#: accumulator.
_TRACE_BYTES: Final = 16
#: What a loaded set-up string has for each power, bytes: the power, and Lagrange bases of that length.
_SRS_BYTES_PER_POWER: Final = 230
#: What an evaluation argument holds for each gate, bytes: scalars of polynomials of the table and the prover,
#: most of them on a coset of four times as many points, and buckets of its commitments.
_BYTES_PER_GATE: Final = 4_500

#: Processor seconds of a proof, and for each unit of :class:`Counts`.
_PROVE_S: Final = 0.0242
_PROVE_S_PER_ENTRY: Final = 2.8e-6
_PROVE_S_PER_ROW_CELL: Final = 1.76e-6
_PROVE_S_PER_ROW: Final = 3.8e-5
_PROVE_S_PER_POINT: Final = 4.2e-8
_PROVE_S_PER_HELPER: Final = 6.0e-8
_PROVE_S_PER_WITNESS: Final = 3.0e-8
_PROVE_S_PER_GATE: Final = 4.0e-5
#: Seconds of the executor and of filling the witness, for each sample: per node, per product.
_EXECUTE_S_PER_NODE: Final = 3.5e-5
_EXECUTE_S_PER_PRODUCT: Final = 1.0e-10
#: Processor seconds of a registration, which also makes the string ready.
_REGISTER_S: Final = 0.081
_REGISTER_S_PER_ROW_CELL: Final = 4.4e-6
_REGISTER_S_PER_MODEL_CELL: Final = 1.74e-7
_REGISTER_S_PER_ROW: Final = 1.07e-4
_REGISTER_S_PER_POINT: Final = 7.2e-8
#: Of a table of gates, committed to and opened.
_REGISTER_S_PER_GATE: Final = 2.5e-5

_VERIFY_S: Final = 0.0019
_VERIFY_S_PER_ROW: Final = 9.3e-6
_VERIFY_S_PER_PUBLIC: Final = 6.6e-7
_VERIFY_S_PER_BYTE: Final = 9.6e-8

#: What the encodings of the keys hold besides architecture, descriptions, rows, proof and blinders, bytes.
_VERIFYING_FIELDS: Final = 344 + 3 + 3 + 4
_PROVING_FIELDS: Final = 100
_AXIS_BYTES: Final = 8
_BLINDER_BYTES: Final = 32

_MEMINFO: Final = Path("/proc/meminfo")


@dataclass(frozen=True)
class Counts:
    """What costs depend on.

    Attributes:
        row_size: cells of a row, m.
        rows: of all regions.
        model, witness, helper: cells of those regions.
        entries: of all tables.
        points: at which functionals are tabulated, 2^variables each.
        public: integers that a statement shows.
        proof_bytes: of a proof.
        description_bytes: of the circuit.
        memory: bytes that a proof adds to a process that holds the set-up string.
        gates: of the circuit's table, padding included, where proofs carry an evaluation argument; else 0.
    """

    row_size: int
    rows: int
    model: int
    witness: int
    helper: int
    entries: int
    points: int
    public: int
    proof_bytes: int
    description_bytes: int
    memory: int
    gates: int = 0

    @classmethod
    def of(cls, circuit: bytes, numbers: tuple[int, int, int, int]) -> Counts:
        """Counts of a description.

        Arguments:
            numbers: entries of its tables, points of its functionals, bytes of a proof and of its memory.
        """
        header = CircuitHeader.of(circuit)
        model, _, _, witness, _, _, helper = (rows * header.row_size for rows in header.rows)
        entries, points, proof_bytes, memory = numbers
        return cls(
            header.row_size,
            sum(header.rows),
            model,
            witness,
            helper,
            entries,
            points,
            header.public,
            proof_bytes,
            len(circuit),
            memory,
        )

    @property
    def prove_s(self) -> float:
        """Processor seconds of a proof."""
        return (
            _PROVE_S
            + _PROVE_S_PER_ENTRY * self.entries
            + _PROVE_S_PER_ROW_CELL * self.row_size
            + _PROVE_S_PER_ROW * self.rows
            + _PROVE_S_PER_POINT * self.points
            + _PROVE_S_PER_HELPER * self.helper
            + _PROVE_S_PER_WITNESS * self.witness
            + _PROVE_S_PER_GATE * self.gates
        )

    @property
    def register_s(self) -> float:
        """Processor seconds of a registration."""
        return (
            _REGISTER_S
            + _REGISTER_S_PER_ROW_CELL * self.row_size
            + _REGISTER_S_PER_MODEL_CELL * self.model
            + _REGISTER_S_PER_ROW * self.rows
            + _REGISTER_S_PER_POINT * self.points
        )

    @property
    def verify_s(self) -> float:
        """Seconds of a verification."""
        return (
            _VERIFY_S
            + _VERIFY_S_PER_ROW * self.rows
            + _VERIFY_S_PER_PUBLIC * self.public
            + _VERIFY_S_PER_BYTE * self.description_bytes
        )

    @property
    def megabytes(self) -> float:
        """Memory that a proof adds to a process, MiB."""
        return (self.memory + _BYTES_PER_GATE * self.gates) / (1 << 20)


def estimate(
    model: QuantisedModel,
    shape: StatementShape,
    circuit: _native.NativeCircuit,
    parameters: Parameters,
    *,
    evaluation: bool,
    rehearse: bool = False,
) -> Estimate:
    """Cost of set-up, one proof and one verification of ``circuit``, which is that of ``model``.

    Arguments:
        evaluation: whether keys have an evaluation part, which contracts need.
        rehearse: run the contract for the gas of verification, in a second or so; else it is a rough count.
    """
    inference = Counts.of(circuit.circuit, circuit.numbers)
    if evaluation:
        inference = replace(
            inference, gates=1 << circuit.log_gates, proof_bytes=circuit.evaluated_proof_bytes
        )
    registration = Counts.of(circuit.registration, circuit.registration_numbers)
    cores = min(os.cpu_count() or 1, _MAX_CORES)
    speed = 1.0 if cores == 1 else cores * _PARALLEL
    products = sum(
        integer_operator(node.op).macs(node, [model.tensors[name] for name in node.inputs])
        for node in model.nodes
    )
    execute_s = shape.batch * (_EXECUTE_S_PER_NODE * len(model.nodes) + _EXECUTE_S_PER_PRODUCT * products)
    elements = sum(model.tensors[name].size for node in model.nodes for name in node.outputs)
    degree = circuit.evaluation_degree if evaluation else inference.row_size
    held = shape.batch * elements * _TRACE_BYTES + degree * _SRS_BYTES_PER_POWER
    model_rows = inference.model // inference.row_size
    names, tensors = data_names(shape), circuit.data_tensors
    vk_bytes = (
        _VERIFYING_FIELDS
        + len(encode_architecture(model))
        + inference.description_bytes
        + registration.description_bytes
        + registration.proof_bytes
        + G1_BYTES * model_rows
        + len(shape.score)
        + (EVALUATION_BYTES + RECORD_HEAD + G1_BYTES * model_rows if evaluation else 0)
        + sum(_tensor_bytes(name, elements) for name, (elements, _) in zip(names, tensors, strict=True))
        + 2 * _AXIS_BYTES * len(circuit.output_shape)
    )
    chain, on_chain = _on_chain(shape, circuit, inference, rehearse=rehearse)
    device, least = (count / (1 << 20) for count in circuit.device_memory(degree))
    return Estimate(
        rows=inference.rows,
        memory_mb=BASE_MB + held / (1 << 20) + max(inference.megabytes, registration.megabytes),
        setup_s=(registration.register_s + _REGISTER_S_PER_GATE * inference.gates) / speed,
        prove_s=execute_s + inference.prove_s / speed,
        verify_s=inference.verify_s,
        key_bytes=_PROVING_FIELDS + _BLINDER_BYTES * model_rows,
        vk_bytes=vk_bytes,
        proof_bytes=inference.proof_bytes,
        verify_gas=chain.verify,
        attest_gas=chain.attest,
        register_gas=chain.register,
        calldata_bytes=chain.calldata_bytes,
        srs_degree=degree,
        device_mb=device,
        notes=(
            f"{inference.rows} rows of {inference.row_size} cells; {inference.witness} witness cells of "
            f"{parameters.limb_bits} bits, {parameters.columns} lookups to a helper cell.",
            "Rows and bytes are exact: the circuit was compiled.",
            f"Seconds are scaled from processor time of one machine to {cores} idle cores; the first proof "
            "of a process also makes the string ready, as set-up does.",
            *_on_device(device, least),
            on_chain
            or "Gas is found by running the contract on a wrong proof of this shape, within 5%, or counted "
            "where that takes long.",
        ),
    )


def _on_device(whole: float, least: float) -> tuple[str, ...]:
    """What is said of a device's memory, if one is used."""
    if not whole:
        return ()
    if round(least) >= round(whole):
        return (f"A device with less than {least:,.0f} MiB free makes sums of points only.",)
    return (
        f"A device with less than {whole:,.0f} MiB free sums points in smaller batches, or computes tables "
        f"piece by piece; with less than {least:,.0f} MiB it makes sums of points only.",
    )


def _tensor_bytes(name: str, elements: list[int]) -> int:
    """What a verifying key holds of a data tensor: lengths and sizes."""
    return 4 + len(name) + 2 * (1 + _AXIS_BYTES * len(elements))


def _on_chain(
    shape: StatementShape, circuit: _native.NativeCircuit, inference: Counts, *, rehearse: bool
) -> tuple[ChainCosts, str]:
    """Costs on a chain; or zeros, and why. ``rehearse``: run the contract, else count."""
    try:
        evm.check_shape(shape)
        evm.check_sizes(circuit.circuit)
    except UnsupportedByBackendError as error:
        return ChainCosts(0, 0, 0, 0), f"No gas: {error.message}"
    if not inference.gates:
        return ChainCosts(0, 0, 0, 0), "No gas: no contract takes proofs of the profile speed."
    verify = int(circuit.gas["total"])
    if rehearse:
        from zkattest.backends.sumcheck.rehearsal import (
            MOST_REHEARSED,
            verification_gas,
        )

        if verify <= MOST_REHEARSED:
            verify = verification_gas(circuit.circuit, circuit.log_gates, inference.proof_bytes)
    return chain_costs(
        model_rows=inference.model // inference.row_size,
        proof_bytes=inference.proof_bytes,
        outputs=inference.public,
        verify=verify,
    ), ""


def check_memory(cost: Estimate, step: str) -> None:
    """Raise :class:`MemoryShortError` where less memory is free than ``step`` needs, as the system says."""
    available = available_mb()
    needed = cost.memory_mb - BASE_MB  # this process exists already
    if available is not None and needed > available:
        raise MemoryShortError(
            f"{step} needs about {needed:,.0f} MiB of memory; {available:,.0f} MiB are free.",
            remedy="Free memory, use a smaller batch, or a larger machine; `estimate` says what is needed.",
        )


def available_mb() -> float | None:
    """Memory that can be had without swapping, MiB, where the system says it (Linux)."""
    try:
        lines = _MEMINFO.read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            return int(value.split()[0]) / 1024
    return None
