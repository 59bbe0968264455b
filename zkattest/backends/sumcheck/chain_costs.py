"""What a native key and its proofs cost on a chain, from bytes and the verifier's own count.

The verifier's gas is found by :mod:`zkattest.backends.sumcheck.rehearsal`. Constants here are of the other
contracts, measured on the embedded chain and on anvil, which charge the same; the tests hold estimates within
5% of measurements.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from zkattest.backends.sumcheck.keys import G1_BYTES, RECORD_HEAD
from zkattest.gas import padded_bytes, transaction_gas

#: ``addKey`` without its transaction: a contract (EIP-1014's 32,000 and 200 a byte of code), its bytes in
#: transient storage and memory, and the arithmetic of checking C0 and each row.
_KEY: Final = 109_700
_KEY_ROW: Final = 14_275
#: ``registerModel``, its transaction included: 216,000 without a text, of a registry's first model 233,000.
_REGISTER: Final = 220_000

#: What recording an attestation adds to a transaction that verifies: calls and record of the registry, each
#: output in calldata and in two events, copies of the proof.
_ATTEST: Final = 81_000
_ATTEST_OUTPUT: Final = 165
_ATTEST_PROOF_BYTE: Final = 0.2

_WORD: Final = 32
#: Calldata of ``submit((modelId, version, inputCommitment, output, nonce), proof)`` besides output and proof.
_SUBMIT_BYTES: Final = 4 + 7 * _WORD
#: Bytes that are zero in the words of a call that are numbers, and of those that are not, one in so many.
_NUMBER_ZEROS: Final = 30
_ZERO_EVERY: Final = 200


@dataclass(frozen=True)
class ChainCosts:
    """Gas of transactions, and the calldata of the one that records an attestation.

    Attributes:
        verify: one that verifies a proof and does nothing else.
        attest: one that verifies it and records the attestation.
        register: key and model version, in two transactions, without a text; a short one takes 38,000 more.
        calldata_bytes: of ``attest``.
    """

    verify: int
    attest: int
    register: int
    calldata_bytes: int


def chain_costs(*, model_rows: int, proof_bytes: int, outputs: int, verify: int) -> ChainCosts:
    """Costs of a model and its proofs.

    Arguments:
        model_rows: of the commitment.
        proof_bytes: of a proof.
        outputs: integers that a statement shows.
        verify: gas of a transaction that verifies a proof.
    """
    recording = _ATTEST + _ATTEST_OUTPUT * outputs + round(_ATTEST_PROOF_BYTE * proof_bytes)
    record = RECORD_HEAD + G1_BYTES * model_rows
    register = _writing(record, 2, _KEY + _KEY_ROW * model_rows) + _REGISTER
    calldata = _SUBMIT_BYTES + padded_bytes(8 * outputs) + padded_bytes(proof_bytes)
    return ChainCosts(verify, verify + recording, register, calldata)


def _writing(size: int, words: int, execution: int) -> int:
    """Gas of a transaction that writes ``size`` bytes and whose call has ``words`` more words."""
    zeros = 2 * _NUMBER_ZEROS + size // _ZERO_EVERY
    return transaction_gas(zeros, 4 + _WORD * words + padded_bytes(size) - zeros, execution)
