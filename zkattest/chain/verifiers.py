"""The verifiers of a deployment: created at deterministic addresses, asked what they serve, approved."""

from __future__ import annotations

from typing import Any

from zkattest.backends.base import EvmVerifier, proof_system_id
from zkattest.chain.contracts import Contract
from zkattest.chain.deployment import ATTESTATION_REGISTRY, DeployedVerifier, Deployment, create
from zkattest.chain.factory import created_address
from zkattest.chain.node import Receipt
from zkattest.chain.session import Session, topic_of
from zkattest.errors import DeploymentError


def verifier_key(evm: EvmVerifier) -> str:
    """A verifier's name in a deployments file: its proof system, and the key's digest or "any"."""
    return f"{evm.proof_system}/{'any' if evm.wildcard else '0x' + evm.vk_digest.hex()}"


def deploy_verifier(session: Session, deployment: Deployment, evm: EvmVerifier) -> DeployedVerifier:
    """Deploy and approve a verifier, or return the recorded one.

    Raises:
        DeploymentError: the contracts do not serve the proof system and key that they are said to.
        RevertedError: the account may not approve verifiers, or another one is approved for the key.
    """
    if not evm.contracts:
        raise DeploymentError("The verifier holds no contract.", remedy="Export it again.")
    key = verifier_key(evm)
    known = deployment.verifiers.get(key)
    wanted = addresses_of(evm)
    if known is not None and _is_approved(session, deployment, known.address):
        if evm.wildcard and known.address != wanted[-1]:
            raise DeploymentError(
                f"The registry's verifier for every key of {evm.proof_system}, {known.address}, is another "
                f"than the one of this key, {wanted[-1]}: it rests on another set-up string.",
                remedy="Make the keys under the string that the deployment was made with, or have the "
                "registry's administrator revoke its verifier; on the embedded chain, begin a new file.",
            )
        return known
    contracts = [create(session, contract, arguments) for contract, arguments in _constructions(evm)]
    vk_hash = bytes(32) if evm.wildcard else evm.vk_digest
    _check_verifier(session, contracts[-1].address, evm.proof_system, vk_hash)
    approval = _approve(session, deployment, contracts[-1].address)
    verifier = DeployedVerifier(evm.proof_system, "0x" + vk_hash.hex(), tuple(contracts), approval.tx_hash)
    deployment.verifiers[key] = verifier
    deployment.save()
    return verifier


def addresses_of(evm: EvmVerifier) -> list[str]:
    """Where ``evm``'s contracts are, or will be, on every chain; in order, checksummed."""
    return [created_address(contract.encode_creation(given)) for contract, given in _constructions(evm)]


def _constructions(evm: EvmVerifier) -> list[tuple[Contract, list[Any]]]:
    """Contracts with their arguments, ``"$name"`` replaced by the address of the contract of that name."""
    addresses: dict[str, str] = {}
    found = []
    for code in evm.contracts:
        contract = Contract(code.name, tuple(code.abi), code.creation_code)
        arguments = [
            addresses.get(value[1:], value) if isinstance(value, str) and value.startswith("$") else value
            for value in code.arguments
        ]
        addresses[code.name] = created_address(contract.encode_creation(arguments))
        found.append((contract, arguments))
    return found


def _check_verifier(session: Session, address: str, proof_system: str, vk_hash: bytes) -> None:
    interface = Contract.load("IVerifier")
    system = session.value(interface, address, "proofSystemId")
    served = session.value(interface, address, "verifyingKeyHash")
    if system != proof_system_id(proof_system) or served != vk_hash:
        raise DeploymentError(
            f"The verifier at {address} serves proof system 0x{system.hex()} and key 0x{served.hex()}; "
            f"expected 0x{proof_system_id(proof_system).hex()} ({proof_system}) and key 0x{vk_hash.hex()}.",
            remedy="Export the verifier again from the same verifying key.",
        )


def _is_approved(session: Session, deployment: Deployment, verifier: str) -> bool:
    registry = Contract.load(ATTESTATION_REGISTRY)
    return bool(session.value(registry, deployment.address(ATTESTATION_REGISTRY), "isApproved", verifier))


def _approve(session: Session, deployment: Deployment, verifier: str) -> Receipt:
    registry, at = Contract.load(ATTESTATION_REGISTRY), deployment.address(ATTESTATION_REGISTRY)
    since = deployment.first_block
    if _is_approved(session, deployment, verifier):
        approvals = session.logs([at], [registry.topic("VerifierApproved"), topic_of(verifier)], since=since)
        return session.log_receipt(approvals[-1])
    # An approval may be wanted again after a revocation: how many there were tells the two apart.
    revocations = session.logs([at], [registry.topic("VerifierRevoked"), topic_of(verifier)], since=since)
    return session.transact(
        registry,
        at,
        "approveVerifier",
        verifier,
        doing="approve the verifier",
        precondition=len(revocations).to_bytes(8, "big"),
    )
