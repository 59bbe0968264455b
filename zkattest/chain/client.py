"""The chain client: one object for deploying, registering, submitting and auditing on one chain."""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from web3.providers.base import BaseProvider

from zkattest.backends.base import EvmVerifier, Proof
from zkattest.chain.account import Account
from zkattest.chain.attestations import AttestationClient, AttestationRecord, Submitted
from zkattest.chain.audit import AuditEvent, read_audit
from zkattest.chain.datasets import DatasetClient, DatasetRecord, RegisteredDataset, Role
from zkattest.chain.deployment import DeployedVerifier, Deployment, deploy_registries, deploy_verifier
from zkattest.chain.journal import Journal
from zkattest.chain.models import ModelClient, ModelKeys, ModelRecord, Registered
from zkattest.chain.node import Node, Receipt
from zkattest.chain.rpc import EmbeddedProvider, RetryPolicy, Rpc, open_provider
from zkattest.chain.session import Session
from zkattest.chain.transaction import Patience, Sender, Step
from zkattest.errors import DeploymentError, WrongChainError

if TYPE_CHECKING:
    from web3 import Web3

OnStep = Callable[[Step, str], None]


class Chain:
    """One account on one chain. Make one with :meth:`embedded` or :meth:`connect`; close it after use.

    Every method that changes the chain may be repeated after any failure: it takes up where it stopped, and
    its effect happens once. All of them raise:

    * ``RevertedError``: the contract refuses; ``name`` and ``arguments`` say why.
    * ``ChainUnreachableError``: the node does not answer; repeat later.
    * ``ChainError``: not enough funds, or still pending; the message says what to do.

    Arguments:
        provider: any synchronous web3 provider.
        name: the node's name in messages.
        account: who signs and pays; None for reading only.
        journal: the write-ahead journal's file; None keeps it in memory.
        expected_chain_id: refuse any other chain.
        patience, retry: how long to wait for transactions and for answers.
        on_step: told of each step of a transaction and its hash.

    Raises:
        WrongChainError, ChainUnreachableError.
    """

    def __init__(
        self,
        provider: BaseProvider,
        name: str,
        *,
        account: Account | None,
        journal: Path | None,
        expected_chain_id: int | None = None,
        patience: Patience | None = None,
        retry: RetryPolicy | None = None,
        on_step: OnStep | None = None,
    ) -> None:
        self._node = Node(Rpc(provider, name, retry))
        self._provider = provider
        self._account = account
        self._closing: Callable[[], None] = lambda: None
        self.deployment: Deployment | None = None
        patience = patience or Patience()
        self.chain_id = self._node.chain_id()
        if expected_chain_id is not None and self.chain_id != expected_chain_id:
            raise WrongChainError(
                f"{name} is on chain {self.chain_id}, expected {expected_chain_id}.",
                remedy="Check the node's address or the expected chain id.",
            )
        self.genesis_hash = self._node.genesis_hash()
        sender = None
        if account is not None:
            sender = Sender(
                self._node,
                account,
                Journal(journal),
                chain_id=self.chain_id,
                genesis_hash=self.genesis_hash,
                patience=patience,
                on_step=on_step,
            )
        self._session = Session(
            self._node,
            sender,
            self.address,
            chain_id=self.chain_id,
            genesis_hash=self.genesis_hash,
            confirmations=patience.confirmations,
        )

    @classmethod
    def embedded(cls, path: Path | None = None, *, on_step: OnStep | None = None) -> Chain:
        """The development chain inside this process.

        Arguments:
            path: its file, made when absent; the journal is beside it (``<path>.journal``). None: in memory.

        Raises:
            ChainError: the file is no embedded chain, or another process keeps it locked.
        """
        from zkattest.chain.embedded import EmbeddedNode

        node = EmbeddedNode(path)
        chain = cls(
            EmbeddedProvider(node),
            "the embedded chain",
            account=Account.from_key(node.development_key()),
            journal=None if path is None else path.with_name(f"{path.name}.journal"),
            patience=Patience(confirmations=1, timeout_s=60.0, poll_s=0.05),
            on_step=on_step,
        )
        chain._closing = node.close
        return chain

    @classmethod
    def connect(
        cls,
        url: str,
        *,
        account: Account | None,
        journal: Path | None,
        expected_chain_id: int | None = None,
        confirmations: int = 1,
        timeout_s: float = 180.0,
        request_timeout_s: float = 20.0,
        retry: RetryPolicy | None = None,
        on_step: OnStep | None = None,
    ) -> Chain:
        """A chain behind a node's URL.

        Arguments:
            url: ``http(s)://…`` or the path of an IPC socket.
            account: who signs and pays; None for reading only.
            journal: the write-ahead journal; keep it where it survives. None: for throw-away chains only.
            expected_chain_id: refuse any other chain.
            confirmations: blocks until a transaction counts as final; 1 on development chains, more elsewhere.
            timeout_s: seconds to wait for a transaction; request_timeout_s: for one answer.

        Raises:
            InputError, WrongChainError, ChainUnreachableError.
        """
        provider, name = open_provider(url, timeout_s=request_timeout_s)
        return cls(
            provider,
            name,
            account=account,
            journal=journal,
            expected_chain_id=expected_chain_id,
            patience=Patience(confirmations=confirmations, timeout_s=timeout_s),
            retry=retry,
            on_step=on_step,
        )

    # --- the chain ----------------------------------------------------------------------------------

    @property
    def address(self) -> str | None:
        """The account's checksummed address, or None."""
        return None if self._account is None else self._account.address

    @property
    def web3(self) -> Web3:
        """web3.py on the same provider, for whatever this class does not do."""
        from web3 import Web3

        return Web3(self._provider)

    def balance(self) -> int:
        """The account's balance, wei; 0 without an account."""
        return 0 if self.address is None else self._node.balance(self.address)

    def block_number(self) -> int:
        """Number of the newest block."""
        return self._node.head()

    def receipt(self, transaction_hash: str) -> Receipt | None:
        """The receipt of a mined transaction, or None."""
        return self._node.receipt(transaction_hash)

    def close(self) -> None:
        """Close files; the object cannot be used afterwards."""
        self._closing()

    def __enter__(self) -> Chain:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- deployments --------------------------------------------------------------------------------

    def deploy(self, path: Path | None = None) -> Deployment:
        """Deploy the registries, or take up what the deployments file at ``path`` records.

        Every recorded address is checked: its code must be the code that was recorded.

        Raises:
            WrongChainError, DeploymentError, FormatError: the file does not fit this chain.
        """
        if path is None and self.deployment is not None:
            return self.deployment
        self.deployment = deploy_registries(self._session, path, _version())
        return self.deployment

    def attach(self, path: Path) -> Deployment:
        """Use the deployments file at ``path`` without deploying anything.

        Raises:
            StorageError, FormatError, WrongChainError, DeploymentError: there is none, or it does not fit.
        """
        deployment = Deployment.load(path)
        deployment.check(self._session)
        self.deployment = deployment
        return deployment

    def deploy_verifier(self, evm: EvmVerifier) -> DeployedVerifier:
        """Deploy ``evm``'s contracts and approve the verifier, or return the one recorded for its key."""
        return deploy_verifier(self._session, self._deployed(), evm)

    # --- models and data sets -----------------------------------------------------------------------

    def register_model(
        self,
        *,
        model_hash: bytes,
        circuit_hash: bytes,
        vk_hash: bytes,
        proof_system_id: bytes,
        uri: str = "",
        parent: tuple[int, int] | None = None,
    ) -> Registered:
        """Register a model; the account becomes its owner. ``parent`` is a claimed (model id, version)."""
        keys = ModelKeys(model_hash, circuit_hash, vk_hash, proof_system_id, uri)
        return self._models().register(keys, parent)

    def update_model(
        self,
        model_id: int,
        *,
        model_hash: bytes,
        circuit_hash: bytes,
        vk_hash: bytes,
        proof_system_id: bytes,
        uri: str = "",
    ) -> Registered:
        """Add a version to a model of this account."""
        return self._models().update(
            model_id, ModelKeys(model_hash, circuit_hash, vk_hash, proof_system_id, uri)
        )

    def deprecate_model(self, model_id: int, version: int | None = None) -> Receipt:
        """Take a model, or one version, out of use for good."""
        return self._models().deprecate(model_id, version)

    def get_model(self, model_id: int, version: int | None = None) -> ModelRecord:
        """The current version of a model, or the given one."""
        models = self._models()
        return models.get(model_id) if version is None else models.version(model_id, version)

    def versions(self, model_id: int) -> list[ModelRecord]:
        """All versions of a model, oldest first."""
        return self._models().versions(model_id)

    def model_id_of(self, model_hash: bytes) -> int:
        """The model that a hash belongs to, or 0."""
        return self._models().id_of(model_hash)

    def register_dataset(
        self,
        commitment: bytes,
        *,
        role: Role,
        rows: int,
        parent_id: int = 0,
        licence_digest: bytes = bytes(32),
        uri: str = "",
    ) -> RegisteredDataset:
        """Register a committed data set; the account becomes its owner."""
        return self._datasets().register(
            commitment, role=role, rows=rows, parent_id=parent_id, licence_digest=licence_digest, uri=uri
        )

    def get_dataset(self, dataset_id: int) -> DatasetRecord:
        """A data set by id."""
        return self._datasets().get(dataset_id)

    def deprecate_dataset(self, dataset_id: int) -> Receipt:
        """Mark a data set as superseded."""
        return self._datasets().deprecate(dataset_id)

    def revoke_dataset(self, dataset_id: int, reason_digest: bytes = bytes(32)) -> Receipt:
        """Withdraw a data set for good."""
        return self._datasets().revoke(dataset_id, reason_digest)

    # --- proofs -------------------------------------------------------------------------------------

    def context(self, model_id: int, version: int, nonce: bytes) -> bytes:
        """What a proof for this version must bind to be submitted here, 32 bytes; so is ``nonce``."""
        return self._attestations().context(model_id, version, nonce)

    def check(self, proof: Proof, model_id: int, version: int, nonce: bytes) -> bool:
        """The chain's verdict on a proof, without a transaction: True, or False for a wrong proof.

        Raises:
            ProofMismatchError: the proof is of another model, key, circuit, chain or nonce.
            RevertedError: malformed bytes, a deprecated model, or no approved verifier.
        """
        return self._attestations().check(proof, model_id, version, nonce)

    def submit(self, proof: Proof, model_id: int, version: int, nonce: bytes) -> Submitted:
        """Have the chain verify a proof and record the attestation. Once: see :attr:`Submitted.already`.

        Raises:
            ProofMismatchError: the proof is of another model, key, circuit, chain or nonce.
            RevertedError: ``InvalidProof``, ``AlreadyAttested`` (by another account), and so on.
        """
        return self._attestations().submit(proof, model_id, version, nonce)

    def attestation(self, attestation_id: bytes) -> AttestationRecord:
        """An attestation and its standing."""
        return self._attestations().get(attestation_id)

    def audit(self, model_id: int | None = None) -> list[AuditEvent]:
        """What the registries recorded, oldest first; of one model when it is given."""
        return read_audit(self._session, self._deployed(), model_id)

    # --- inner --------------------------------------------------------------------------------------

    def _deployed(self) -> Deployment:
        if self.deployment is None:
            raise DeploymentError("No deployment is in use.", remedy="Call deploy() or attach() first.")
        return self.deployment

    def _models(self) -> ModelClient:
        return ModelClient(self._session, self._deployed())

    def _datasets(self) -> DatasetClient:
        return DatasetClient(self._session, self._deployed())

    def _attestations(self) -> AttestationClient:
        return AttestationClient(self._session, self._deployed(), self._models())


def _version() -> str:
    try:
        return metadata.version("zkattest")
    except metadata.PackageNotFoundError:
        return "0+source"
