"""What a proof will cost, from the circuit alone.

Rows and bytes are the circuit's own and exact. Seconds and memory are linear in its counts; the constants
were fitted to measurements on two cores (Zen 4, 3.6 GHz).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from zkattest.backends.base import Estimate
from zkattest.backends.sumcheck.circuit import Parameters
from zkattest.backends.sumcheck.header import CircuitHeader
from zkattest.backends.sumcheck.keys import G1_BYTES
from zkattest.errors import MemoryShortError

if TYPE_CHECKING:
    from zkattest import _native

#: log2 of the largest row that an estimate without a set-up string considers.
LARGEST_LOG_ROW: Final = 20

#: Cores of the machine that the constants below were measured on.
_CORES: Final = 2
_MAX_CORES: Final = 32

#: Resident memory of Python with the package, MiB.
_BASE_MB: Final = 110.0
#: Bytes at the peak of a proof, for each cell of a row (points, tables of the opening), helper cell (full
#: width, with its tables in sum-check 1), lookup (columns' tables), witness and model cell.
_BYTES_PER_ROW_CELL: Final = 900.0
_BYTES_PER_HELPER: Final = 150.0
_BYTES_PER_LOOKUP: Final = 64.0
_BYTES_PER_CELL: Final = 10.0

#: Processor seconds of a proof, all told, and for each unit of :class:`Counts`.
_S_PER_PROOF: Final = 0.03
_S_PER_ROW_CELL: Final = 5.0e-6
_S_PER_HELPER: Final = 1.5e-6
_S_PER_LOOKUP: Final = 0.15e-6
_S_PER_ENTRY: Final = 1.5e-6
_S_PER_MODEL_CELL: Final = 2.0e-9
_S_PER_ROW: Final = 3.0e-5

_VERIFY_S: Final = 0.004
_VERIFY_S_PER_ROW: Final = 3.0e-5
_VERIFY_S_PER_BYTE: Final = 1.0e-7

#: What the encodings of the keys hold besides descriptions, rows, proof and blinders, bytes.
_VERIFYING_FIELDS: Final = 330
_PROVING_FIELDS: Final = 102
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
        proof_bytes: of a proof.
        description_bytes: of the circuit.
    """

    row_size: int
    rows: int
    model: int
    witness: int
    helper: int
    entries: int
    points: int
    proof_bytes: int
    description_bytes: int

    @classmethod
    def of(cls, circuit: bytes, numbers: tuple[int, int, int]) -> Counts:
        """Counts of a description.

        Arguments:
            numbers: entries of its tables, points of its functionals, bytes of its proofs.
        """
        header = CircuitHeader.of(circuit)
        model, _, _, witness, _, _, helper = (rows * header.row_size for rows in header.rows)
        return cls(header.row_size, sum(header.rows), model, witness, helper, *numbers, len(circuit))

    @property
    def seconds(self) -> float:
        """Processor time of a proof."""
        return (
            _S_PER_PROOF
            + _S_PER_ROW_CELL * self.row_size
            + _S_PER_HELPER * self.helper
            + _S_PER_LOOKUP * (self.witness or self.model)
            + _S_PER_ENTRY * self.entries
            + _S_PER_MODEL_CELL * self.model
            + _S_PER_ROW * self.rows
        )

    @property
    def megabytes(self) -> float:
        """Memory that a proof adds to a process, MiB."""
        return (
            self.row_size * _BYTES_PER_ROW_CELL
            + self.helper * _BYTES_PER_HELPER
            + (self.witness or self.model) * _BYTES_PER_LOOKUP
            + (self.witness + self.model) * _BYTES_PER_CELL
        ) / (1 << 20)


def estimate(circuit: _native.NativeCircuit, parameters: Parameters) -> Estimate:
    """Cost of set-up, one proof and one verification of ``circuit``."""
    inference = Counts.of(circuit.circuit, circuit.numbers)
    registration = Counts.of(circuit.registration, circuit.registration_numbers)
    cores = min(os.cpu_count() or 1, _MAX_CORES)
    model_rows = inference.model // inference.row_size
    vk_bytes = (
        _VERIFYING_FIELDS
        + inference.description_bytes
        + registration.description_bytes
        + registration.proof_bytes
        + G1_BYTES * model_rows
        + _AXIS_BYTES * (len(circuit.data_shape) + len(circuit.output_shape))
    )
    return Estimate(
        rows=inference.rows,
        memory_mb=_BASE_MB + max(inference.megabytes, registration.megabytes),
        setup_s=registration.seconds / cores,
        prove_s=inference.seconds / cores,
        verify_s=_VERIFY_S + _VERIFY_S_PER_ROW * inference.rows + _VERIFY_S_PER_BYTE * vk_bytes,
        key_bytes=_PROVING_FIELDS + _BLINDER_BYTES * model_rows,
        vk_bytes=vk_bytes,
        proof_bytes=inference.proof_bytes,
        verify_gas=0,
        srs_degree=inference.row_size,
        notes=(
            f"{inference.rows} rows of {inference.row_size} cells; {inference.witness} witness cells of "
            f"{parameters.limb_bits} bits, {parameters.columns} lookups to a helper cell.",
            "Rows and bytes are exact: the circuit was compiled.",
            f"Seconds are for {cores} idle cores, by constants measured on {_CORES}.",
            "There is no contract for this backend yet, so no gas.",
        ),
    )


def check_memory(cost: Estimate, step: str) -> None:
    """Raise :class:`MemoryShortError` where less memory is free than ``step`` needs, as the system says."""
    available = available_mb()
    needed = cost.memory_mb - _BASE_MB  # this process exists already
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
