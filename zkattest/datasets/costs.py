"""What committing to a data set will cost, from the circuit of a shard and the number of rows."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

from zkattest.backends.sumcheck.costs import Counts
from zkattest.datasets.layout import shard_layout
from zkattest.datasets.registration import data_circuit
from zkattest.datasets.schema import Schema

__all__ = ["DataEstimate", "estimate_data"]

#: Seconds besides the proof, in one thread: of quantising, compressing and committing for each cell of a
#: commitment, and for each of its rows. Measured on a two-core server (AMD EPYC) with shards of 100 to 4,000
#: rows and 30 to 3,072 features in rows of 2^10 to 2^14 cells; the model of proofs meets registrations there
#: within 30%.
_S_PER_CELL: Final = 1.4e-7
_S_PER_ROW: Final = 1.8e-4

#: The prover keeps this share of the cores busy, up to so many; as proofs of inferences do.
_PARALLEL: Final = 0.85
_MAX_CORES: Final = 32
#: Bytes of a shard in the manifest besides rows and proof, and of a point and a blinder.
_FIELDS: Final = 3 * 8 + 4
_POINT, _BLINDER = 64, 32
#: Bytes of a quantised cell on disk before compression.
_CELL: Final = 2


@dataclass(frozen=True)
class DataEstimate:
    """Cost of committing, said before any heavy step.

    Attributes:
        rows: of the data set; None: the source does not say.
        shards: likewise.
        shard_rows: capacity of each.
        commitment_rows: rows of cells of a shard's commitment.
        proof_bytes: registration proof of a shard.
        manifest_bytes: public file.
        secret_bytes: owner's files, at most.
        shard_s, total_s: seconds on this machine for a shard, and for all.
        memory_mb: that proving adds to the process, MiB.
    """

    rows: int | None
    shards: int | None
    shard_rows: int
    commitment_rows: int
    proof_bytes: int
    manifest_bytes: int | None
    secret_bytes: int | None
    shard_s: float
    total_s: float | None
    memory_mb: float


def estimate_data(schema: Schema, rows: int | None, row_size: int, *, padded: bool = False) -> DataEstimate:
    """Cost of a data set of ``rows`` rows. Bytes of proofs are exact; seconds are a model's.

    Raises:
        DataError: rows of cells that are too short for the schema.
    """
    circuit = data_circuit(schema.spec, row_size, padded)
    counts = Counts.of(circuit.circuit, circuit.numbers)
    stored = shard_layout(schema, row_size, padded).layout.rows
    cores = min(os.cpu_count() or 1, _MAX_CORES)
    proving = counts.prove_s / (1.0 if cores == 1 else cores * _PARALLEL)
    seconds = proving + _S_PER_CELL * stored * row_size + _S_PER_ROW * stored
    shards = None if rows is None else -(-rows // schema.capacity)
    columns = schema.features.count + 2 * (1 + len(schema.groups)) + int(schema.is_regression)
    public = _FIELDS + _POINT * stored + counts.proof_bytes
    secret = _BLINDER * stored + public + _CELL * columns * schema.capacity
    return DataEstimate(
        rows,
        shards,
        schema.capacity,
        stored,
        counts.proof_bytes,
        None if shards is None else len(schema.to_bytes()) + shards * public,
        None if shards is None else shards * secret,
        seconds,
        None if shards is None else shards * seconds,
        counts.megabytes,
    )
