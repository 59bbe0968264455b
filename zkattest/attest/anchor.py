"""What a chain must answer so that an attestation's anchor can be checked.

:class:`zkattest.chain.Chain` is such a source as it is; other sources can answer with :class:`AnchorRecord`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class RecordedAttestation(Protocol):
    """An attestation as the AttestationRegistry holds it, with the attributes of :class:`AnchorRecord`."""

    @property
    def model_id(self) -> int: ...
    @property
    def version(self) -> int: ...
    @property
    def model_hash(self) -> bytes: ...
    @property
    def circuit_hash(self) -> bytes: ...
    @property
    def vk_hash(self) -> bytes: ...
    @property
    def proof_system_id(self) -> bytes: ...
    @property
    def development_setup(self) -> bool: ...
    @property
    def verifier_approved(self) -> bool: ...
    @property
    def deprecated(self) -> bool: ...
    @property
    def tx_hash(self) -> bytes | None: ...


@dataclass(frozen=True)
class AnchorRecord:
    """An attestation as the AttestationRegistry holds it, with the model record that it was checked under.

    Input commitment and output are not in it: the id that it is found by is their digest
    (:func:`zkattest.statements.attestation_digest`).

    Attributes:
        model_id, version: the registered model version.
        model_hash, circuit_hash, vk_hash: of that version's record, 32 bytes each.
        proof_system_id: of that version's record, 4 bytes.
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
    development_setup: bool
    verifier_approved: bool
    deprecated: bool
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

    def attestation(self, attestation_id: bytes) -> RecordedAttestation | None:
        """The record under this id of 32 bytes, or None where the registry holds none.

        Raises:
            ChainError: no answer.
        """
        ...
