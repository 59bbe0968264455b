"""What is deployed where: made once, recorded in a file, checked before every use."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from eth_utils.crypto import keccak

from zkattest.chain.contracts import Contract
from zkattest.chain.session import Session
from zkattest.errors import DeploymentError, FormatError, WrongChainError
from zkattest.storage import read_file, write_atomic

_FORMAT: Final = 1

MODEL_REGISTRY: Final = "ModelRegistry"
DATASET_REGISTRY: Final = "DatasetRegistry"
ATTESTATION_REGISTRY: Final = "AttestationRegistry"

METRIC_REGISTRY: Final = "MetricRegistry"
DEPLOYMENT_GATE: Final = "DeploymentGate"

VERIFYING_KEY_STORE: Final = "VerifyingKeyStore"

#: In this order: each is told addresses of earlier ones. Their logs are the audit trail.
REGISTRIES: Final = (
    MODEL_REGISTRY,
    DATASET_REGISTRY,
    ATTESTATION_REGISTRY,
    METRIC_REGISTRY,
    DEPLOYMENT_GATE,
)

#: Addresses that constructors take, and who takes the administrator's after them.
_NEEDS: Final = {
    ATTESTATION_REGISTRY: (MODEL_REGISTRY,),
    METRIC_REGISTRY: (DATASET_REGISTRY, ATTESTATION_REGISTRY),
    DEPLOYMENT_GATE: (METRIC_REGISTRY,),
}
_ADMINISTERED: Final = (ATTESTATION_REGISTRY, DEPLOYMENT_GATE)

#: What every deployment holds, before any verifier.
SUITE: Final = (*REGISTRIES, VERIFYING_KEY_STORE)


@dataclass(frozen=True)
class DeployedContract:
    """One contract on the chain.

    Attributes:
        name: Solidity name; address: checksummed.
        tx_hash, gas_used: of its creation; "" and 0 where another account had created it before.
        block_number: of its creation; 0 where that is not known.
        code_hash: keccak256 of the code at its address, 0x-prefixed.
        creation_hash: keccak256 of the creation code without arguments, 0x-prefixed.
    """

    name: str
    address: str
    tx_hash: str
    block_number: int
    gas_used: int
    code_hash: str
    creation_hash: str


@dataclass(frozen=True)
class DeployedVerifier:
    """An approved verifier of one proof system.

    Attributes:
        proof_system: ``"<system>-<curve>-v<n>"``.
        vk_hash: digest of the one key that it serves, 0x-prefixed; zero for every key.
        contracts: in order of creation; the last one implements ``IVerifier``.
        approval: hash of the transaction that approved it.
    """

    proof_system: str
    vk_hash: str
    contracts: tuple[DeployedContract, ...]
    approval: str

    @property
    def address(self) -> str:
        """The ``IVerifier``'s address."""
        return self.contracts[-1].address


@dataclass(frozen=True)
class Deployment:
    """The content of a deployments file: one set of registries on one chain, and their verifiers.

    Attributes:
        path: the file, or None when it is kept in memory.
        chain_id, genesis_hash: the chain.
        version: zkattest's version that deployed first.
        contracts: the registries and the store of verifying keys, by name.
        verifiers: by :func:`verifier_key`.
    """

    path: Path | None
    chain_id: int
    genesis_hash: str
    version: str
    contracts: dict[str, DeployedContract] = field(default_factory=dict)
    verifiers: dict[str, DeployedVerifier] = field(default_factory=dict)

    def address(self, name: str) -> str:
        """Address of the registry ``name``.

        Raises:
            DeploymentError: it is not deployed.
        """
        found = self.contracts.get(name)
        if found is None:
            raise DeploymentError(
                f"No {name} is deployed on chain {self.chain_id}.", remedy="Run `zkattest deploy`."
            )
        return found.address

    @property
    def first_block(self) -> int:
        """Where the registries' logs begin."""
        return min(
            (found.block_number for name, found in self.contracts.items() if name in REGISTRIES), default=0
        )

    @property
    def outdated(self) -> tuple[str, ...]:
        """Registries compiled from other sources than this installation's; still used as they are."""
        return tuple(
            name
            for name, contract in self.contracts.items()
            if contract.creation_hash != _hash(Contract.load(name).creation_code)
        )

    @property
    def gas_used(self) -> int:
        """Gas of creating the registries and the store."""
        return sum(contract.gas_used for contract in self.contracts.values())

    def summary(self) -> dict[str, Any]:
        """What a person wants to see: addresses, gas, the file, and what is outdated."""
        return {
            **{name: contract.address for name, contract in self.contracts.items()},
            "verifiers": {key: verifier.address for key, verifier in self.verifiers.items()},
            "gas": self.gas_used,
            "file": None if self.path is None else str(self.path),
            "outdated": list(self.outdated),
        }

    def to_json(self) -> dict[str, Any]:
        """The file's content as plain values."""
        return {
            "format": _FORMAT,
            "zkattest": self.version,
            "chain_id": self.chain_id,
            "genesis_hash": self.genesis_hash,
            "contracts": {name: asdict(contract) for name, contract in self.contracts.items()},
            "verifiers": {key: asdict(verifier) for key, verifier in self.verifiers.items()},
        }

    @classmethod
    def load(cls, path: Path) -> Deployment:
        """Read a deployments file.

        Raises:
            StorageError: it cannot be read. FormatError: it is no deployments file.
        """
        try:
            content = json.loads(read_file(path, what="deployments file"))
            if content["format"] != _FORMAT:
                raise FormatError(f"{path} has format {content['format']}, this build reads {_FORMAT}.")
            return cls(
                path=path,
                chain_id=int(content["chain_id"]),
                genesis_hash=str(content["genesis_hash"]),
                version=str(content["zkattest"]),
                contracts={name: DeployedContract(**found) for name, found in content["contracts"].items()},
                verifiers={key: _verifier(found) for key, found in content["verifiers"].items()},
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise FormatError(
                f"{path} is no deployments file.", remedy="Give the file that `zkattest deploy` wrote."
            ) from error

    def check(self, session: Session) -> None:
        """Make sure that this is the chain, and that the code is what was recorded.

        Raises:
            WrongChainError: another chain id, or another chain with the same id.
            DeploymentError: no code, or other code, at a recorded address; names the contract.
        """
        if session.chain_id != self.chain_id:
            raise WrongChainError(
                f"{self._name} is for chain {self.chain_id}; {session.node.name} is on {session.chain_id}.",
                remedy="Connect to the right node, or name another deployments file.",
            )
        if session.genesis_hash.lower() != self.genesis_hash.lower():
            raise WrongChainError(
                f"{self._name} is for another chain with the same id {self.chain_id}: its first block is "
                f"{self.genesis_hash}, the node's is {session.genesis_hash}.",
                remedy="A development chain was started anew: remove the file, or name another one.",
            )
        for contract in self._all():
            code = session.node.code(contract.address)
            if _hash(code) != contract.code_hash:
                found = "other code than was recorded" if code else "no code"
                raise DeploymentError(
                    f"The chain has {found} at {contract.address}, where {self._name} says {contract.name}.",
                    remedy="Check the node. If a development chain began anew, remove the file, then deploy.",
                )

    def save(self) -> None:
        """Write the file, atomically."""
        if self.path is not None:
            write_atomic(self.path, json.dumps(self.to_json(), indent=2).encode() + b"\n")

    @property
    def _name(self) -> str:
        return str(self.path) if self.path else "The deployment"

    def _all(self) -> list[DeployedContract]:
        return [
            *self.contracts.values(),
            *(part for found in self.verifiers.values() for part in found.contracts),
        ]


def deploy_registries(session: Session, path: Path | None, version: str) -> Deployment:
    """Deploy what the file at ``path`` does not hold yet; record each contract as soon as it is there.

    Raises:
        WrongChainError, DeploymentError: what is recorded is not what is on the chain.
        RevertedError, ChainError: a transaction failed; what was deployed before stays recorded.
    """
    if path is not None and path.exists():
        deployment = Deployment.load(path)
        deployment.check(session)
    else:
        deployment = Deployment(path, session.chain_id, session.genesis_hash, version)
    for name in SUITE:
        if name in deployment.contracts:
            continue
        arguments = [deployment.address(needed) for needed in _NEEDS.get(name, ())]
        if name in _ADMINISTERED:
            arguments.append(session.address or "")
        deployment.contracts[name] = create(session, Contract.load(name), arguments)
        deployment.save()
    return deployment


def create(session: Session, contract: Contract, arguments: list[Any]) -> DeployedContract:
    """Create ``contract``, or find it where it was created before; what a deployments file records of it.

    Raises:
        DeploymentError: no code is there afterwards, or the chain has no factory of deterministic addresses.
    """
    made = session.create(contract, arguments, doing=f"deploy {contract.name}")
    code = session.node.code(made.address)
    if not code:
        raise DeploymentError(
            f"{contract.name} was to be created at {made.address}, and no code is there.",
            remedy="Check the node, then repeat the command.",
        )
    receipt = made.receipt
    at = session.node.first_block_with_code(made.address) if receipt is None else receipt.block_number
    return DeployedContract(
        name=contract.name,
        address=made.address,
        tx_hash="" if receipt is None else receipt.tx_hash,
        block_number=at,
        gas_used=0 if receipt is None else receipt.gas_used,
        code_hash=_hash(code),
        creation_hash=_hash(contract.creation_code),
    )


def _verifier(content: Mapping[str, Any]) -> DeployedVerifier:
    contracts = tuple(DeployedContract(**found) for found in content["contracts"])
    return DeployedVerifier(
        str(content["proof_system"]), str(content["vk_hash"]), contracts, str(content["approval"])
    )


def _hash(code: bytes) -> str:
    return "0x" + keccak(code).hex()
