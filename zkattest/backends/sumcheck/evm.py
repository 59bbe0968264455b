"""The native proof system on chain: one verifier for all keys under a string, and what it reads of each.

``VerifyingKeyStore`` holds the records of keys in contracts made of data; ``SumcheckVerifier`` reads them.
Both are deployed once; a model costs its record only. No circuit is on chain: proofs show what it would
evaluate to, by the evaluation argument, against the commitment C0 in the record.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from zkattest.backends.artifacts import shipped
from zkattest.backends.base import EvmVerifier, Profile, StatementShape, VerifyingKey
from zkattest.backends.sumcheck.header import CircuitHeader
from zkattest.backends.sumcheck.keys import G1_BYTES, PROOF_SYSTEM, RECORD_HEAD, VerifierData
from zkattest.errors import UnsupportedByBackendError

STORE: Final = "VerifyingKeyStore"
VERIFIER: Final = "SumcheckVerifier"

#: What a data contract holds: EIP-170 allows 24,576 bytes of code, of which the first stops execution.
MAX_CONTENT: Final = 24_575


def is_for_chain(profile: Profile, shape: StatementShape) -> bool:
    """Whether keys get an evaluation part, which contracts need and which costs every prover time: of
    profiles that count gas, for statements that contracts take."""
    return profile != "speed" and _shows_output_alone(shape)


def universal_verifier(tau_g2: bytes, *, unsafe: bool) -> EvmVerifier:
    """The contracts that judge proofs under every key of one set-up string.

    Arguments:
        tau_g2: [tau]_2, 128 bytes as in keys.
        unsafe: the string was made for development, which the contract then says.
    """
    verifier = replace(shipped(VERIFIER), arguments=(f"${STORE}", tau_g2, unsafe))
    return EvmVerifier(PROOF_SYSTEM, bytes(32), (shipped(STORE), verifier), wildcard=True)


def verifier_of(key: VerifyingKey, data: VerifierData) -> EvmVerifier:
    """The contracts that judge proofs under ``key``.

    Raises:
        UnsupportedByBackendError: no contract takes its statements or its proofs, or it is too large for one.
    """
    check_shape(data.shape)
    if not data.evaluation:
        raise UnsupportedByBackendError(
            "Keys made for speed have no evaluation part, and no contract takes their proofs.",
            remedy="Commit and set up with --profile balanced or gas; verify proofs under these keys here.",
        )
    check_sizes(data.circuit)
    return replace(universal_verifier(data.tau_g2, unsafe=key.srs_unsafe), vk_digest=key.digest)


def check_shape(shape: StatementShape) -> None:
    """Raise :class:`UnsupportedByBackendError` unless contracts take such statements."""
    if not _shows_output_alone(shape):
        raise UnsupportedByBackendError(
            f"Contracts judge statements with a private input and a public output; this key's have a "
            f"{shape.input} input and a {shape.output} output.",
            remedy="Make keys with --input private --output public for the chain; verify these here.",
        )


def check_sizes(circuit: bytes) -> None:
    """Raise :class:`UnsupportedByBackendError` unless a contract can hold the key of the circuit."""
    size = RECORD_HEAD + G1_BYTES * CircuitHeader.of(circuit).model_rows
    if size > MAX_CONTENT:
        raise UnsupportedByBackendError(
            f"The key's record has {size:,} bytes; a contract holds {MAX_CONTENT:,}.",
            remedy="Commit with --profile gas or with longer rows (--row-size), use a smaller model, or "
            "verify its proofs off chain.",
        )


def _shows_output_alone(shape: StatementShape) -> bool:
    return (shape.input, shape.output) == ("private", "public")
