"""Between chain and documents: where a proof may be anchored, and the anchor of a submitted one."""

from __future__ import annotations

from zkattest.attest import Anchor, anchor_of
from zkattest.backends.base import Proof
from zkattest.chain import Chain, Submitted
from zkattest.errors import ProofMismatchError
from zkattest.statements import Binding


def checked_binding(chain: Chain, proof: Proof) -> Binding:
    """The binding of ``proof``.

    Raises:
        ProofMismatchError: it is bound to nothing, or to another chain or registry.
    """
    if proof.binding is None:
        raise ProofMismatchError(
            "This proof is bound to no chain and cannot be anchored.",
            remedy="Prove again with the binding of a registered model.",
        )
    here, there = (chain.chain_id, chain.registry), (proof.binding.chain_id, proof.binding.registry)
    if here != there:
        raise ProofMismatchError(
            f"The proof is bound to chain {there[0]}, registry {there[1]}; "
            f"this is chain {here[0]}, registry {here[1]}.",
            remedy="Submit it there, or prove again with a binding to this chain.",
        )
    return proof.binding


def anchor(binding: Binding, submitted: Submitted) -> Anchor:
    """Where an attestation is recorded, for its document."""
    return anchor_of(
        binding,
        tx_hash=bytes.fromhex(submitted.receipt.tx_hash.removeprefix("0x")),
        attestation_id=submitted.attestation_id,
    )
