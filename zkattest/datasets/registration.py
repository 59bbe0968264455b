"""The registration proof of a shard: proved once, so that proofs about the data need not prove it again.

Every cell is an integer of the schema's bits; labels and groups are 0 or 1; a row has one class or none; with
a class it has one group in every column, without one none; so many rows have a class. The verifier is the
native protocol's; the transcript is bound to the shard by :func:`registration_binding`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from eth_utils.crypto import keccak

from zkattest import _native
from zkattest.backends.sumcheck.phases import reporter
from zkattest.devices import asked_device
from zkattest.errors import DataError, SrsTooSmallError
from zkattest.frontend.fixed_point import IntTensor
from zkattest.progress import Progress
from zkattest.spec.sumcheck import verify as readable_verify
from zkattest.srs import Srs

__all__ = ["data_circuit", "register_shard", "registration_binding", "registration_holds"]

DOMAIN: Final = b"zkattest-data-registration-v1"
_NO_STATEMENT: Final = bytes(32)
#: Rows of cells that proofs can be about.
LEAST_LOG_ROW, MOST_LOG_ROW = 6, 28


def registration_binding(srs_digest: bytes, shard_identity: bytes, spec: bytes) -> bytes:
    """What the transcript of a registration proof begins with, 32 bytes."""
    return keccak(DOMAIN + srs_digest + shard_identity + keccak(spec))


@lru_cache(maxsize=16)
def data_circuit(spec: bytes, row_size: int, padded: bool) -> _native.NativeDataCircuit:
    """The circuit of a schema's sizes in rows of ``row_size`` cells.

    Raises:
        DataError: the row size is no power of two, or too short for the schema.
    """
    if not 1 << LEAST_LOG_ROW <= row_size <= 1 << MOST_LOG_ROW or row_size & (row_size - 1):
        raise DataError(
            f"The row size of a data set is {row_size}; "
            f"expected a power of two from 2^{LEAST_LOG_ROW} to 2^{MOST_LOG_ROW}.",
            remedy="Give the row size of the model's commitment.",
        )
    try:
        return _native.NativeDataCircuit.compile(spec, log_row=row_size.bit_length() - 1, padded=padded)
    except SrsTooSmallError as error:
        raise DataError(
            f"Rows of {row_size} cells are too short for this schema: {error.message}",
            remedy="Commit to the model with a larger row_size, or choose fewer rows for a shard.",
        ) from None


def register_shard(
    circuit: _native.NativeDataCircuit,
    spec: bytes,
    srs: Srs,
    tensors: Sequence[IntTensor],
    *,
    labelled: int,
    identity: bytes,
    srs_digest: bytes,
    rows: Sequence[bytes],
    blinders: Sequence[bytes],
    threads: int | None,
    progress: Progress,
) -> bytes:
    """Prove that a shard is well-formed.

    Arguments:
        tensors: logical, in the order of commitment.
        labelled: rows that have a label.
        identity: of the shard's commitment; rows, blinders: its rows and their blinders.

    Raises:
        ProvingError: the prover failed.
    """
    with reporter(progress, "registration: ") as report:
        return _native.sumcheck_register_data(
            circuit,
            srs._native,
            [np.ascontiguousarray(values, dtype=np.int64).reshape(-1) for values in tensors],
            blinders=b"".join(blinders),
            data_rows=b"".join(rows),
            key_binding=registration_binding(srs_digest, identity, spec),
            labelled=labelled,
            threads=threads,
            device=asked_device(),
            progress=report,
        )


def registration_holds(
    circuit: bytes,
    spec: bytes,
    proof: bytes,
    *,
    labelled: int,
    identity: bytes,
    srs_digest: bytes,
    tau_g2: bytes,
    rows: Sequence[bytes],
    readable: bool = False,
) -> bool:
    """Whether a registration proof holds for a shard.

    Arguments:
        circuit: description of :func:`data_circuit`.
        identity: of the commitment with ``rows``, computed from them.
        readable: judge with the readable verifier.

    Raises:
        MalformedProofError: no proof of this circuit.
    """
    own = b"".join(rows)
    if proof[: len(own)] != own:  # the proof begins with the rows that it is about
        return False
    binding = registration_binding(srs_digest, identity, spec)
    if readable:
        return readable_verify(circuit, tau_g2, [], binding, _NO_STATEMENT, [labelled], proof)
    return _native.NativeVerifier(circuit, tau_g2, b"").verify(binding, _NO_STATEMENT, [labelled], proof)
