"""The chain client: one object for deploying, registering, submitting and auditing on one chain."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from web3.providers.base import BaseProvider

from zkattest.backends import get_backend
from zkattest.backends.base import EvmVerifier, Proof, VerifyingKey
from zkattest.chain.account import Account
from zkattest.chain.attestations import AttestationClient, AttestationRecord, Submitted
from zkattest.chain.audit import AuditEvent, read_audit
from zkattest.chain.datasets import DatasetClient, DatasetRecord, RegisteredDataset, Role
from zkattest.chain.deployment import (
    ATTESTATION_REGISTRY,
    SUITE,
    DeployedVerifier,
    Deployment,
    deploy_registries,
)
from zkattest.chain.gate import GateClient
from zkattest.chain.journal import Journal
from zkattest.chain.key_store import KeyStore, PublishedKey
from zkattest.chain.metrics import MetricClient
from zkattest.chain.models import ModelClient, ModelKeys, ModelRecord, Registered
from zkattest.chain.node import Node, Receipt
from zkattest.chain.rpc import EmbeddedProvider, RetryPolicy, Rpc, open_provider
from zkattest.chain.session import Session
from zkattest.chain.transaction import Patience, Sender, Step
from zkattest.chain.verification import ChainVerdict, VerificationClient
from zkattest.chain.verifiers import deploy_verifier
from zkattest.errors import DeploymentError, WrongChainError
from zkattest.html import fields_html

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
        state: directory of the write-ahead journal and the deployments file, each named after the chain id;
            None keeps both in memory.
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
        state: Path | None,
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
        self._file = None if state is None else state / f"deployments-{self.chain_id}.json"
        sender = None
        if account is not None:
            sender = Sender(
                self._node,
                account,
                Journal(None if state is None else state / f"journal-{self.chain_id}.jsonl"),
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
    def embedded(cls, path: str | os.PathLike[str] | None = None, *, on_step: OnStep | None = None) -> Chain:
        """The development chain inside this process.

        Arguments:
            path: its file, made when absent; journal and deployments file are beside it. None: in memory.

        Raises:
            ChainError: the file is no embedded chain, or another process keeps it locked.
        """
        from zkattest.chain.embedded import EmbeddedNode

        path = None if path is None else Path(path)
        node = EmbeddedNode(path)
        chain = cls(
            EmbeddedProvider(node),
            "the embedded chain",
            account=Account.from_key(node.development_key()),
            state=None if path is None else path.parent,
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
        state: Path | None,
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
            state: directory of the journal and the deployments file; keep it where it survives. None: in
                memory, for throw-away chains only.
            expected_chain_id: refuse any other chain.
            confirmations: blocks until a transaction counts as final; 1 suits development chains only.
            timeout_s: seconds to wait for a transaction; request_timeout_s: for one answer.

        Raises:
            InputError, WrongChainError, ChainUnreachableError.
        """
        provider, name = open_provider(url, timeout_s=request_timeout_s)
        return cls(
            provider,
            name,
            account=account,
            state=state,
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

    def receipt(self, tx_hash: str) -> Receipt | None:
        """The receipt of a mined transaction, or None."""
        return self._node.receipt(tx_hash)

    def close(self) -> None:
        """Close files; the object cannot be used afterwards."""
        self._closing()

    def _repr_html_(self) -> str:
        found = {} if self.deployment is None else self.deployment.contracts
        contracts = {name: contract.address for name, contract in found.items()}
        return fields_html("chain", {"chain_id": str(self.chain_id), "account": self.address, **contracts})

    def __enter__(self) -> Chain:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- deployments --------------------------------------------------------------------------------

    def deploy(self, path: Path | None = None) -> Deployment:
        """Deploy the registries and the store of keys, or take up what the deployments file records.

        Every recorded address is checked: its code must be the code that was recorded. The other methods
        take up the deployments file by themselves; only the first deployment needs this call.

        Arguments:
            path: another deployments file than the one in the state directory.

        Raises:
            WrongChainError, DeploymentError, FormatError: the file does not fit this chain.
        """
        if path is None and self.deployment is not None and set(SUITE) <= set(self.deployment.contracts):
            return self.deployment
        self.deployment = deploy_registries(self._session, path or self._file, _version())
        return self.deployment

    def attach(self, path: Path | None = None) -> Deployment:
        """Use a deployments file without deploying anything.

        Arguments:
            path: another deployments file than the one in the state directory.

        Raises:
            StorageError, FormatError, WrongChainError, DeploymentError: there is none, or it does not fit.
        """
        path = path or self._file
        if path is None:
            raise DeploymentError("This connection has no deployments file.", remedy="Call deploy() first.")
        deployment = Deployment.load(path)
        deployment.check(self._session)
        self.deployment = deployment
        return deployment

    @property
    def registry(self) -> str:
        """The AttestationRegistry's checksummed address, which proofs bind."""
        return self._deployed().address(ATTESTATION_REGISTRY)

    def deploy_verifier(self, evm: EvmVerifier) -> DeployedVerifier:
        """Deploy ``evm``'s contracts and approve the verifier, or return the one recorded for its key."""
        return deploy_verifier(self._session, self._deployed(), evm)

    def publish_key(self, verifying_key: VerifyingKey) -> PublishedKey | None:
        """Write what a universal verifier reads of a key, its record, to the chain's store of keys, where
        that is missing; anybody may.

        Returns:
            None where the key's backend has verifiers of one key each, which need nothing.

        Raises:
            UnsupportedByBackendError: no contract takes its statements, it was made for speed, or it is too
                large for a contract.
        """
        publication = get_backend(verifying_key.backend).publication(verifying_key)
        return None if publication is None else KeyStore(self._session, self._deployed()).publish(publication)

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

    def get_model(self, model_id: int) -> ModelRecord:
        """A model's current version."""
        return self._models().get(model_id)

    def get_version(self, model_id: int, version: int) -> ModelRecord:
        """One version of a model."""
        return self._models().version(model_id, version)

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

    def dataset_id_of(self, commitment: bytes) -> int:
        """The data set that a commitment belongs to, or 0."""
        return self._datasets().id_of(commitment)

    def deprecate_dataset(self, dataset_id: int) -> Receipt:
        """Mark a data set as superseded."""
        return self._datasets().deprecate(dataset_id)

    def revoke_dataset(self, dataset_id: int, reason_digest: bytes = bytes(32)) -> Receipt:
        """Withdraw a data set for good."""
        return self._datasets().revoke(dataset_id, reason_digest)

    # --- metrics ------------------------------------------------------------------------------------

    @property
    def metrics(self) -> MetricClient:
        """Evidence about metrics over registered data sets."""
        return MetricClient(self._session, self._deployed(), self._models(), self._datasets())

    @property
    def gate(self) -> GateClient:
        """Policies, and which model version is in service."""
        return GateClient(self._session, self._deployed())

    # --- proofs -------------------------------------------------------------------------------------

    def context(self, model_id: int, version: int, nonce: bytes) -> bytes:
        """What a proof for this version must bind to be submitted here, 32 bytes; so is ``nonce``."""
        return self._attestations().context(model_id, version, nonce)

    def verify(self, proof: Proof) -> ChainVerdict:
        """The approved verifier's verdict on a proof, by a call: whatever model and context it names.

        Raises:
            UnsupportedByBackendError: no verifier for its key, or its statement is of another kind.
            RevertedError: malformed bytes, or the chain does not hold the key.
        """
        return VerificationClient(self._session, self._deployed()).verify(proof)

    def verify_batch(self, proofs: Sequence[Proof]) -> ChainVerdict:
        """One verdict on several proofs by one call, which shares the pairing: true only if all are valid.

        Raises:
            InputError: no proof. UnsupportedByBackendError, RevertedError: see :meth:`verify`.
        """
        return VerificationClient(self._session, self._deployed()).verify_batch(proofs)

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

    def attestation(self, attestation_id: bytes) -> AttestationRecord | None:
        """An attestation and its standing, or None where the registry holds none of that id."""
        return self._attestations().get(attestation_id)

    def is_attested(self, attestation_id: bytes) -> bool:
        """Whether the registry holds the attestation; its :meth:`attestation` says whether to rely on it."""
        return self._attestations().exists(attestation_id)

    def find_attestation(
        self, proof: Proof, model_id: int, version: int, nonce: bytes
    ) -> AttestationRecord | None:
        """The attestation that :meth:`submit` recorded for this proof's claim, or None."""
        return self._attestations().find(proof, model_id, version, nonce)

    def audit(self, model_id: int | None = None) -> list[AuditEvent]:
        """What the registries recorded, oldest first; of one model when it is given."""
        return read_audit(self._session, self._deployed(), model_id)

    # --- inner --------------------------------------------------------------------------------------

    def _deployed(self) -> Deployment:
        if self.deployment is None and self._file is not None and self._file.exists():
            self.attach()
        if self.deployment is None:
            raise DeploymentError(
                f"Nothing is deployed on chain {self.chain_id}, as far as this state directory knows.",
                remedy="Run `zkattest deploy`, or attach the deployments file that you were given.",
            )
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
