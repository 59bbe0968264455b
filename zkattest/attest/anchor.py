"""What a chain must answer so that an attestation's anchor can be checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class AnchorRecord:
    """An attestation as the AttestationRegistry holds it, with the model record that it was checked under.

    Attributes:
        model_id, version: the registered model version.
        model_hash, circuit_hash, vk_hash: of that version's record, 32 bytes each.
        proof_system_id: of that version's record, 4 bytes.
        input_commitment: as attested, 32 bytes.
        output_hash: keccak-256 of the attested output bytes, 32 bytes.
        development_setup: the verifier that accepted the proof was declared to rest on a development set-up.
        verifier_approved: that verifier is still approved.
        deprecated: the model or the version has been deprecated since.
        tx_hash: the transaction that recorded it, 32 bytes; None where the source cannot tell.
    """

    model_id: int
    version: int
    model_hash: bytes
    circuit_hash: bytes
    vk_hash: bytes
    proof_system_id: bytes
    input_commitment: bytes
    output_hash: bytes
    development_setup: bool = False
    verifier_approved: bool = True
    deprecated: bool = False
    tx_hash: bytes | None = None


class AnchorSource(Protocol):
    """A chain with an AttestationRegistry, read only."""

    @property
    def chain_id(self) -> int:
        """EIP-155 chain id."""
        ...

    @property
    def registry(self) -> str:
        """Address of the AttestationRegistry that the caller trusts, hex."""
        ...

    def attestation(self, attestation_id: bytes) -> AnchorRecord | None:
        """The record under this id of 32 bytes, or None where the registry holds none.

        Raises:
            ChainError: no answer.
        """
        ...
