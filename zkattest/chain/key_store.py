"""The store of verifying keys: circuits and keys as data, written once and read by a universal verifier."""

from __future__ import annotations

from dataclasses import dataclass

from eth_utils.crypto import keccak

from zkattest.backends.base import KeyPublication
from zkattest.chain.contracts import Contract
from zkattest.chain.deployment import VERIFYING_KEY_STORE, Deployment
from zkattest.chain.node import Receipt
from zkattest.chain.session import Session
from zkattest.errors import DeploymentError


@dataclass(frozen=True)
class PublishedKey:
    """A key that universal verifiers on the chain can read.

    Attributes:
        vk_hash: the key's digest; circuit_digest: of its circuit, 32 bytes each.
        circuit, key: receipts of the transactions that wrote them; None where the chain held them before, as
            it holds the circuit of every model of the same architecture.
    """

    vk_hash: bytes
    circuit_digest: bytes
    circuit: Receipt | None
    key: Receipt | None

    @property
    def gas_used(self) -> int:
        """Gas of what was written now."""
        return sum(self.gas().values())

    def gas(self) -> dict[str, int]:
        """Gas by step; nothing for what was there."""
        steps = {"circuit": self.circuit, "key": self.key}
        return {name: receipt.gas_used for name, receipt in steps.items() if receipt is not None}


class KeyStore:
    """The deployed VerifyingKeyStore."""

    def __init__(self, session: Session, deployment: Deployment) -> None:
        self._session = session
        self._contract = Contract.load(VERIFYING_KEY_STORE)
        self._at = deployment.address(VERIFYING_KEY_STORE)

    def holds_circuit(self, digest: bytes) -> bool:
        """Whether the circuit of this digest can be read."""
        return bool(self._session.value(self._contract, self._at, "hasCircuit", digest))

    def holds_key(self, vk_hash: bytes) -> bool:
        """Whether the key of this digest can be read."""
        return bool(self._session.value(self._contract, self._at, "hasKey", vk_hash))

    def publish(self, data: KeyPublication) -> PublishedKey:
        """Write what is missing; anybody may.

        Raises:
            RevertedError: the store finds the circuit or the record malformed; its name says why.
        """
        circuit = keccak(data.circuit)
        vk_hash = keccak(data.record + data.encoding_digest)
        receipts: list[Receipt | None] = [None, None]
        if not self.holds_circuit(circuit):
            receipts[0] = self._transact("addCircuit", data.circuit, doing="publish the circuit")
        if not self.holds_key(vk_hash):
            receipts[1] = self._transact("addKey", data.record, data.encoding_digest, doing="publish the key")
        if not self.holds_key(vk_hash):
            raise DeploymentError(
                f"The store at {self._at} does not hold the key 0x{vk_hash.hex()} after it was published.",
                remedy="Install the version of zkattest that deployed the store.",
            )
        return PublishedKey(vk_hash, circuit, *receipts)

    def _transact(self, function: str, *arguments: object, doing: str) -> Receipt:
        return self._session.transact(self._contract, self._at, function, *arguments, doing=doing)
