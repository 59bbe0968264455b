"""The store of verifying keys: their records as data, written once and read by a universal verifier."""

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
        vk_hash: the key's digest, 32 bytes.
        receipt: of the transaction that wrote it; None where the chain held it before.
    """

    vk_hash: bytes
    receipt: Receipt | None

    @property
    def gas_used(self) -> int:
        """Gas of what was written now."""
        return 0 if self.receipt is None else self.receipt.gas_used


class KeyStore:
    """The deployed VerifyingKeyStore."""

    def __init__(self, session: Session, deployment: Deployment) -> None:
        self._session = session
        self._contract = Contract.load(VERIFYING_KEY_STORE)
        self._at = deployment.address(VERIFYING_KEY_STORE)

    def holds_key(self, vk_hash: bytes) -> bool:
        """Whether the key of this digest can be read."""
        return bool(self._session.value(self._contract, self._at, "hasKey", vk_hash))

    def publish(self, data: KeyPublication) -> PublishedKey:
        """Write the record, where it is missing; anybody may.

        Raises:
            RevertedError: the store finds the record malformed; its name says why.
        """
        vk_hash = keccak(data.record + data.encoding_digest)
        receipt = None
        if not self.holds_key(vk_hash):
            receipt = self._session.transact(
                self._contract, self._at, "addKey", data.record, data.encoding_digest, doing="publish the key"
            )
        if not self.holds_key(vk_hash):
            raise DeploymentError(
                f"The store at {self._at} does not hold the key 0x{vk_hash.hex()} after it was published.",
                remedy="Install the version of zkattest that deployed the store.",
            )
        return PublishedKey(vk_hash, receipt)
