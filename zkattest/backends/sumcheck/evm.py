"""The native proof system on chain: one verifier for all keys under a string, and what it reads of each.

``VerifyingKeyStore`` holds circuits and the records of keys in contracts made of data; ``SumcheckVerifier``
reads them, and has ``SumcheckInterpreter`` evaluate the circuits. All are deployed once; a model costs its
data only.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from zkattest.backends.artifacts import shipped
from zkattest.backends.base import EvmVerifier, KeyPublication, StatementShape, VerifyingKey
from zkattest.backends.sumcheck.header import CircuitHeader
from zkattest.backends.sumcheck.keys import G1_BYTES, PROOF_SYSTEM, VerifierData
from zkattest.errors import UnsupportedByBackendError

STORE: Final = "VerifyingKeyStore"
INTERPRETER: Final = "SumcheckInterpreter"
VERIFIER: Final = "SumcheckVerifier"

#: What a data contract holds: EIP-170 allows 24,576 bytes of code, of which the first stops execution.
MAX_CONTENT: Final = 24_575

#: What the store keeps of a key besides its rows, bytes.
_KEY_WORDS: Final = 6 * 32


def universal_verifier(tau_g2: bytes, *, unsafe: bool) -> EvmVerifier:
    """The contracts that judge proofs under every key of one set-up string.

    Arguments:
        tau_g2: [tau]_2, 128 bytes as in keys.
        unsafe: the string was made for development, which the contract then says.
    """
    verifier = replace(shipped(VERIFIER), arguments=(f"${STORE}", f"${INTERPRETER}", tau_g2, unsafe))
    return EvmVerifier(
        PROOF_SYSTEM, bytes(32), (shipped(STORE), shipped(INTERPRETER), verifier), wildcard=True
    )


def verifier_of(key: VerifyingKey, data: VerifierData) -> EvmVerifier:
    """The contracts that judge proofs under ``key``, and what to publish of it for them.

    Raises:
        UnsupportedByBackendError: no contract takes its statements, or it is too large for one.
    """
    check_shape(data.shape)
    check_sizes(data.circuit)
    publication = KeyPublication(data.circuit, key.record, key.encoding_digest)
    evm = universal_verifier(data.tau_g2, unsafe=key.srs_unsafe)
    return replace(evm, vk_digest=key.digest, publication=publication)


def check_shape(shape: StatementShape) -> None:
    """Raise :class:`UnsupportedByBackendError` unless contracts take such statements."""
    if (shape.input, shape.output) != ("private", "public"):
        raise UnsupportedByBackendError(
            f"Contracts judge statements with a private input and a public output; this key's have a "
            f"{shape.input} input and a {shape.output} output.",
            remedy="Make keys with --input private --output public for the chain; verify these here.",
        )


def check_sizes(circuit: bytes) -> None:
    """Raise :class:`UnsupportedByBackendError` unless a contract can hold the circuit, and one the key."""
    rows = CircuitHeader.of(circuit).model_rows
    for what, size in (
        ("The circuit's description", len(circuit)),
        ("The key's record", _KEY_WORDS + G1_BYTES * rows),
    ):
        if size > MAX_CONTENT:
            raise UnsupportedByBackendError(
                f"{what} has {size:,} bytes; a contract holds {MAX_CONTENT:,}.",
                remedy="Commit with --profile gas or with longer rows (--row-size), use a smaller model, or "
                "verify its proofs off chain.",
            )
