"""The interface of a proof system: typed, synchronous, in memory.

A backend turns a quantised model into keys (:meth:`Backend.setup`), a quantised input into a proof
(:meth:`Backend.prove`), and judges proofs (:meth:`Backend.verify`). It never touches the user's files,
logs, or event loop. Keys and proofs have one canonical encoding each, with version, backend and digests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, Final, Literal, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
from eth_utils.address import to_canonical_address, to_checksum_address
from eth_utils.crypto import keccak

from zkattest.commitments import Commitment, CommitmentSecret, check_model_opening
from zkattest.encoding import Reader, Writer
from zkattest.errors import InputError, ProofMismatchError, ShapeError
from zkattest.gas import GasPrice
from zkattest.html import fields_html
from zkattest.progress import SILENT, Progress
from zkattest.statements import NO_COMMITMENT, OFF_CHAIN, Binding, Inference, decode_output

if TYPE_CHECKING:
    from zkattest.frontend import QuantisedModel
    from zkattest.srs import Srs

IntTensor = npt.NDArray[np.int64]
Visibility = Literal["private", "public"]

#: What a commitment's rows are chosen for: the prover's time, a contract's gas, or both. Contracts take
#: proofs of the latter two.
Profile = Literal["speed", "balanced", "gas"]
PROFILES: Final[tuple[Profile, ...]] = ("speed", "balanced", "gas")


def proof_system_id(proof_system: str) -> bytes:
    """ERC-7992: ``bytes4(keccak256("<system>-<curve>-v<n>"))``."""
    return keccak(proof_system.encode())[:4]


@dataclass(frozen=True)
class StatementShape:
    """What the statements of a pair of keys show, chosen at set-up.

    Attributes:
        input: ``"private"`` (a hiding commitment) or ``"public"`` (the integers).
        output: likewise.
        batch: number of inferences that one proof is about, 1 to 65,536.
        score: encoding of a :class:`zkattest.metrics.Score`: statements show what it counts over a shard of
            ``batch`` committed rows, and no outputs; empty: they are about inferences.

    Raises:
        InputError: another word, or another number.
    """

    input: Visibility = "private"
    output: Visibility = "public"
    batch: int = 1
    score: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        for name in ("input", "output"):
            if getattr(self, name) not in ("private", "public"):
                raise InputError(
                    f"The {name} of a statement is {getattr(self, name)!r}.",
                    remedy="Choose 'private' or 'public'.",
                )
        if isinstance(self.batch, bool) or not isinstance(self.batch, int) or not 1 <= self.batch <= 1 << 16:
            raise InputError(
                f"A batch of {self.batch!r} inferences.", remedy="Choose a number from 1 to 65536."
            )
        if self.score and (self.input, self.output) != ("private", "public"):
            raise InputError(
                "Metrics are about a private input, and show their counts.",
                remedy="Leave input and output out.",
            )


#: One inference with a private input and a public output: the shape that contracts take.
DEFAULT_SHAPE: Final = StatementShape()


@dataclass(frozen=True)
class CommittedModel:
    """A quantised model with its commitment.

    Attributes:
        model: the integer graph; secret where it holds private weights.
        commitment: public; ``commitment.identity`` is the model's identity everywhere.
        secret: the blinders that open the commitment; keep them.
        profile: what the rows were chosen for; None where that is not known, and the layout has to say it.
    """

    model: QuantisedModel
    commitment: Commitment
    secret: CommitmentSecret = field(repr=False)
    profile: Profile | None = None

    def check(self, srs: Srs) -> None:
        """Raise :class:`ProofMismatchError` unless the commitment opens to the model's weights."""
        if not check_model_opening(self.commitment, self.secret, self.model, srs):
            raise ProofMismatchError(
                "The commitment does not open to the weights of this quantised model.",
                remedy="Commit the model again, or use the model file that was committed.",
            )


class Rows(NamedTuple):
    """How a model's commitment is laid out: ``size`` cells to a row, a power of two; ``padded`` where axes
    are stored apart from each other and padded to powers of two."""

    size: int
    padded: bool = False


def check_profile(profile: str) -> None:
    """Raise :class:`InputError` unless ``profile`` is one."""
    if profile not in PROFILES:
        raise InputError(f"There is no profile {profile!r}.", remedy=f"Choose one of {', '.join(PROFILES)}.")


def batched(model: QuantisedModel, x: npt.ArrayLike, batch: int) -> IntTensor:
    """``x`` as ``[batch, *shape of the input]``, checked against the declared range.

    Arguments:
        x: quantised inputs ``[batch, *shape]``, with or without the model's own batch axis of 1; for a batch
            of 1 also one input by itself.

    Raises:
        ShapeError: another number of inputs, or one that the model refuses.
    """
    array = np.asarray(x)
    shape = model.inputs[0].shape
    if batch == 1 and array.shape in (shape, shape[1:]):
        return model.check_input(array)[np.newaxis]
    if array.ndim == 0 or len(array) != batch:
        raise ShapeError(
            f"These keys prove {batch} inferences at a time; got an array of shape {array.shape}.",
            remedy=f"Give {batch} inputs, or make keys for another batch.",
        )
    return np.stack([model.check_input(sample) for sample in array])


@dataclass(frozen=True)
class Estimate:
    """What proving one inference will cost, said before any heavy step.

    Attributes:
        rows: rows of the constraint system, or rows committed to.
        memory_mb: peak resident memory of set-up and prove, MiB.
        device_mb: memory of an NVIDIA device that the proof's cells and tables stay on, MiB; 0 where none is
            used: by another backend, or for rows that are too short.
        setup_s, prove_s, verify_s: seconds on this machine.
        key_bytes: proving key; vk_bytes: verifying key; proof_bytes: proof.
        verify_gas: gas of a transaction that verifies a proof and does nothing else; 0 where none can.
        attest_gas: of one that verifies it and records the attestation.
        register_gas: of registering the model without a text, where the chain has nothing of it yet.
        calldata_bytes: of the transaction of ``attest_gas``.
        srs_degree: highest power of tau that is needed.
        notes: what the estimate rests on, for people.
    """

    rows: int
    memory_mb: float
    setup_s: float
    prove_s: float
    verify_s: float
    key_bytes: int
    vk_bytes: int
    proof_bytes: int
    verify_gas: int
    attest_gas: int
    register_gas: int
    calldata_bytes: int
    srs_degree: int
    device_mb: float = 0.0
    notes: tuple[str, ...] = ()

    def priced(self, price: GasPrice) -> dict[str, float]:
        """The gas in money, or in ether: ``verify``, ``attest`` and ``register``."""
        return {
            name: price.cost(gas)
            for name, gas in (
                ("verify", self.verify_gas),
                ("attest", self.attest_gas),
                ("register", self.register_gas),
            )
        }

    def _repr_html_(self) -> str:
        return fields_html("estimate of one inference", vars(self))


@dataclass(frozen=True)
class VerifyingKey:
    """Public. Its digest is the ``vkHash`` of ERC-7992.

    Attributes:
        backend: backend name.
        proof_system: ``"<system>-<curve>-v<n>"``.
        model_hash: identity of the committed model the key was made for, 32 bytes.
        circuit_hash: circuit digest, 32 bytes.
        srs_digest: digest of the structured reference string, 32 bytes.
        srs_unsafe: the string was generated for development; proofs under it convince nobody.
        payload: the backend's own canonical bytes.
        record: what a chain stores of the key for the backend's contract; empty where it has none, or none
            that takes proofs under this key. A backend accepts only the record that it derives from the key
            itself.
    """

    backend: str
    proof_system: str
    model_hash: bytes
    circuit_hash: bytes
    srs_digest: bytes
    srs_unsafe: bool
    payload: bytes = field(repr=False)
    record: bytes = field(default=b"", repr=False)

    MAGIC: ClassVar = b"ZKVK"
    VERSION: ClassVar = 2

    def to_bytes(self) -> bytes:
        return (
            Writer(self.MAGIC, self.VERSION)
            .text(self.backend)
            .text(self.proof_system)
            .fixed(self.model_hash, 32)
            .fixed(self.circuit_hash, 32)
            .fixed(self.srs_digest, 32)
            .u8(int(self.srs_unsafe))
            .blob(self.payload)
            .blob(self.record)
            .finish()
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> VerifyingKey:
        reader = Reader(data, cls.MAGIC, cls.VERSION, what="verifying key")
        backend, system = reader.text(), reader.text()
        model, circuit, srs = reader.fixed(32), reader.fixed(32), reader.fixed(32)
        unsafe = reader.u8()
        if unsafe > 1:
            raise reader.fail(f"flag srs_unsafe is {unsafe}, expected 0 or 1")
        payload, record = reader.blob(), reader.blob()
        reader.finish()
        return cls(backend, system, model, circuit, srs, bool(unsafe), payload, record)

    def _repr_html_(self) -> str:
        public = {name: value for name, value in vars(self).items() if name not in ("payload", "record")}
        return fields_html("verifying key", {"vk_hash": self.digest, **public})

    @property
    def encoding_digest(self) -> bytes:
        """keccak256 of the encoding; a chain stores it in the place of all that it does not need."""
        return keccak(self.to_bytes())

    @property
    def digest(self) -> bytes:
        """``vkHash``: keccak256(record | keccak256(encoding)), so that a contract which is handed the record
        and 32 bytes knows the key's digest without the rest of the key."""
        return keccak(self.record + self.encoding_digest)


@dataclass(frozen=True)
class ProvingKey:
    """Secret where the backend's key holds weights. ``vk_digest`` ties it to its verifying key.

    Attributes:
        backend: backend name.
        vk_digest: digest of the verifying key, 32 bytes.
        payload: the backend's own bytes.
    """

    backend: str
    vk_digest: bytes
    payload: bytes = field(repr=False)

    MAGIC: ClassVar = b"ZKPK"
    VERSION: ClassVar = 1

    def to_bytes(self) -> bytes:
        return (
            Writer(self.MAGIC, self.VERSION)
            .text(self.backend)
            .fixed(self.vk_digest, 32)
            .uint(len(self.payload), 8)
            .fixed(self.payload, len(self.payload))
            .finish()
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> ProvingKey:
        reader = Reader(data, cls.MAGIC, cls.VERSION, what="proving key")
        backend, digest = reader.text(), reader.fixed(32)
        payload = reader.fixed(reader.u64())
        reader.finish()
        return cls(backend, digest, payload)


@dataclass(frozen=True)
class Keys:
    """What :meth:`Backend.setup` makes."""

    proving: ProvingKey
    verifying: VerifyingKey

    def _repr_html_(self) -> str:
        secret = f"<p>proving key: secret, {len(self.proving.payload):,} bytes</p>"
        return self.verifying._repr_html_() + secret


@dataclass(frozen=True)
class Proof:
    """Bytes that convince a verifier of ``statement``. Public.

    Attributes:
        backend: backend name.
        proof_system: ``"<system>-<curve>-v<n>"``.
        statement: the claim.
        payload: the backend's proof bytes, which are also the bytes the contract takes.
        binding: the opening of ``statement.context``; None off chain, or where the maker keeps it apart.
    """

    backend: str
    proof_system: str
    statement: Inference
    payload: bytes = field(repr=False)
    binding: Binding | None = None

    MAGIC: ClassVar = b"ZKPF"
    VERSION: ClassVar = 1

    def __post_init__(self) -> None:
        if (
            self.binding is not None
            and self.binding.context(self.statement.model_hash) != self.statement.context
        ):
            raise ProofMismatchError(
                "The proof's context is not that of its binding (chain, registry, model, version, nonce).",
                remedy="Use the proof with the chain and model version that it was made for.",
            )

    def bound_to(self, binding: Binding) -> Proof:
        """The same proof with the opening of its context, which must fit."""
        return replace(self, binding=binding)

    def to_bytes(self) -> bytes:
        writer = (
            Writer(self.MAGIC, self.VERSION)
            .text(self.backend)
            .text(self.proof_system)
            .blob(self.statement.to_bytes())
            .blob(self.payload)
            .u8(int(self.binding is not None))
        )
        if self.binding is not None:
            writer.uint(self.binding.chain_id, 32).fixed(to_canonical_address(self.binding.registry), 20)
            writer.uint(self.binding.model_id, 32).u64(self.binding.version).fixed(self.binding.nonce, 32)
        return writer.finish()

    @classmethod
    def from_bytes(cls, data: bytes) -> Proof:
        reader = Reader(data, cls.MAGIC, cls.VERSION, what="proof")
        backend, system = reader.text(), reader.text()
        statement = Inference.from_bytes(reader.blob())
        payload = reader.blob()
        binding = None
        bound = reader.u8()
        if bound > 1:
            raise reader.fail(f"flag bound is {bound}, expected 0 or 1")
        if bound:
            chain_id, registry = reader.uint(32), to_checksum_address(reader.fixed(20))
            binding = Binding(chain_id, registry, reader.uint(32), reader.u64(), reader.fixed(32))
        reader.finish()
        return cls(backend, system, statement, payload, binding)

    def _repr_html_(self) -> str:
        return fields_html(
            "proof",
            {
                "proof_system": self.proof_system,
                **describe_statement(self.statement),
                "bound_to": "no chain" if self.binding is None else self.binding,
                "payload_bytes": len(self.payload),
            },
        )

    @property
    def digest(self) -> bytes:
        return keccak(self.to_bytes())


def describe_statement(statement: Inference) -> dict[str, object]:
    """The fields of ``statement`` by name, for people: values decoded, what it does not hold left out."""
    shown: dict[str, object] = dict(vars(statement))
    for name, commitment in (("input", "input_commitment"), ("output", "output_commitment")):
        values = tuple(decode_output(getattr(statement, name)).tolist())
        shown[name] = values
        del shown[commitment if values else name]
    return {name: value for name, value in shown.items() if value != NO_COMMITMENT or name == "context"}


@dataclass(frozen=True)
class InputSecret:
    """The owner's openings of the commitments that a statement shows: keep them, never publish them.

    Attributes:
        commitment: to the input, the 32 bytes that the statement shows.
        salt: its blinding bytes, in the backend's encoding; empty where the input is public.
        output_commitment: to a private output; else :data:`~zkattest.statements.NO_COMMITMENT`.
        output_salt: its blinding bytes.
    """

    commitment: bytes
    salt: bytes = field(repr=False)
    output_commitment: bytes = NO_COMMITMENT
    output_salt: bytes = field(default=b"", repr=False)

    MAGIC: ClassVar = b"ZKIS"
    VERSION: ClassVar = 2

    def to_bytes(self) -> bytes:
        writer = Writer(self.MAGIC, self.VERSION).fixed(self.commitment, 32).blob(self.salt)
        return writer.fixed(self.output_commitment, 32).blob(self.output_salt).finish()

    @classmethod
    def from_bytes(cls, data: bytes) -> InputSecret:
        reader = Reader(data, cls.MAGIC, cls.VERSION, what="opening of an input commitment")
        secret = cls(reader.fixed(32), reader.blob(), reader.fixed(32), reader.blob())
        reader.finish()
        return secret


@dataclass(frozen=True)
class ContractCode:
    """A compiled contract to deploy. ``arguments`` are constructor values; a value ``"$name"`` stands for the
    address of the contract of that name earlier in the same bundle."""

    name: str
    abi: tuple[Mapping[str, object], ...]
    creation_code: bytes = field(repr=False)
    arguments: tuple[object, ...] = ()


@dataclass(frozen=True)
class KeyPublication:
    """What a universal verifier reads of one key, for the store that holds it.

    Attributes:
        record: :attr:`VerifyingKey.record`.
        encoding_digest: :attr:`VerifyingKey.encoding_digest`, 32 bytes.
    """

    record: bytes = field(repr=False)
    encoding_digest: bytes


@dataclass(frozen=True)
class EvmVerifier:
    """Contracts to deploy in order so that a chain can judge proofs under one verifying key.

    The last one implements ``IVerifier``. ``wildcard`` is true where one deployment serves every key.
    """

    proof_system: str
    vk_digest: bytes
    contracts: tuple[ContractCode, ...]
    wildcard: bool = False


class Backend(Protocol):
    """A proof system. Implementations are stateless and safe to use from several threads."""

    name: str
    proof_system: str

    def estimate(
        self,
        model: QuantisedModel,
        *,
        shape: StatementShape = DEFAULT_SHAPE,
        row_size: int | None = None,
        profile: Profile = "speed",
    ) -> Estimate:
        """Cost of one proof, without heavy work.

        Arguments:
            row_size: cells of a row of the model's commitment; None: the backend's choice.
            profile: what the commitment is for.

        Raises:
            UnsupportedByBackendError: names the operator or the limit.
        """
        ...

    def rows(
        self,
        model: QuantisedModel,
        largest: int,
        *,
        size: int | None = None,
        batch: int = 1,
        profile: Profile = "speed",
    ) -> Rows | None:
        """The layout of the model's commitment that suits proofs of ``batch`` inferences; None where it does
        not matter.

        Arguments:
            largest: cells of the longest row that may be.
            size: of a row, where it is chosen already.
            profile: what is to be cheap.

        Raises:
            UnsupportedByBackendError, SrsTooSmallError: no row up to ``largest`` is long enough.
        """
        ...

    def setup(
        self,
        committed: CommittedModel,
        *,
        srs: Srs,
        shape: StatementShape = DEFAULT_SHAPE,
        profile: Profile | None = None,
        threads: int | None = None,
        progress: Progress = SILENT,
    ) -> Keys:
        """Make the keys for a committed model under ``srs``.

        Arguments:
            committed: its identity is bound into the verifying key; the caller has checked that it opens.
            shape: what the statements show.
            profile: what the commitment was made for; None: as ``committed`` says, else speed where it is not
                padded and gas where it is.
            threads: processor threads to use; None: as many as there are.

        Raises:
            UnsupportedByBackendError, SrsTooSmallError, BackendError; InputError: the commitment is laid out
            for another profile.
        """
        ...

    def prove(
        self,
        keys: Keys,
        model: QuantisedModel,
        x: IntTensor,
        *,
        srs: Srs,
        context: bytes = OFF_CHAIN,
        secret: InputSecret | None = None,
        threads: int | None = None,
        progress: Progress = SILENT,
    ) -> tuple[Proof, InputSecret]:
        """Prove inferences of ``model`` on the quantised ``x``.

        The claimed output equals ``model.execute(x)`` bit for bit. ``secret`` is the opening of an earlier
        commitment to the same input, which the statement then shows again.

        Arguments:
            x: shape and range of ``model.inputs[0]``; for keys of a batch, ``[batch, *shape]``.

        Raises:
            ShapeError, ProofMismatchError (keys of another model), ProvingError.
        """
        ...

    def commit_input(self, verifying_key: VerifyingKey, x: IntTensor, *, srs: Srs) -> InputSecret:
        """Commit to quantised inputs before any proof, as ``prove(secret=…)`` will show them.

        Arguments:
            x: as of :meth:`prove`.

        Raises:
            UnsupportedByBackendError, InputError (statements show the input), ShapeError.
        """
        ...

    def opens(
        self,
        verifying_key: VerifyingKey,
        statement: Inference,
        secret: InputSecret,
        *,
        srs: Srs,
        input: IntTensor | None = None,
        output: IntTensor | None = None,
    ) -> bool:
        """Whether the given integers are inside the commitments that ``statement`` shows, under ``secret``.

        Raises:
            UnsupportedByBackendError, InputError (the statement shows the value itself), ShapeError.
        """
        ...

    def verify(self, verifying_key: VerifyingKey, proof: Proof, *, srs: Srs | None = None) -> bool:
        """Judge ``proof``: True, or False when it is well-formed and wrong.

        Raises:
            MalformedProofError: the payload is no proof of this system and circuit.
            ProofMismatchError: the statement names another model, circuit or key.
        """
        ...

    def tau_digest(self, verifying_key: VerifyingKey) -> bytes | None:
        """keccak256 of the key's [tau]_2, 32 bytes: which secret proofs under it rest on; None where the
        backend's keys do not carry it.

        Raises:
            FormatError, ProofMismatchError: the key is not good.
        """
        ...

    def check_circuit(self, verifying_key: VerifyingKey, model: QuantisedModel) -> None:
        """Compare the key's circuit with the one of the model's architecture; its weights do not matter.

        Raises:
            ProofMismatchError: it is another; UnsupportedByBackendError.
        """
        ...

    def check_public_model(self, verifying_key: VerifyingKey, model: QuantisedModel, *, srs: Srs) -> None:
        """Compare the key with a model whose weights were committed to as public: circuit and commitment.

        Raises:
            ProofMismatchError: it is of another model, or another string; UnsupportedByBackendError.
        """
        ...

    def verify_by_reference(
        self, verifying_key: VerifyingKey, proof: Proof, *, srs: Srs | None = None
    ) -> bool:
        """:meth:`verify` by a second implementation, which is readable and slow.

        Raises:
            UnsupportedByBackendError: there is none.
        """
        ...

    def evm_verifier(self, verifying_key: VerifyingKey, *, srs: Srs | None = None) -> EvmVerifier:
        """The contracts that judge proofs under ``verifying_key``, compiled where they are not universal.

        Raises:
            UnsupportedByBackendError: no contract takes its statements, or it is too large for one.
            ToolMissingError: a compiler is needed and not found; says which and how to get it.
        """
        ...

    def publication(self, verifying_key: VerifyingKey) -> KeyPublication | None:
        """What a universal verifier reads of the key, to publish; None where verifiers serve one key each.

        Raises:
            UnsupportedByBackendError: as of :meth:`evm_verifier`.
        """
        ...

    def universal_verifier(self, srs: Srs) -> EvmVerifier:
        """The contracts that judge proofs under every key made with ``srs``.

        Raises:
            UnsupportedByBackendError: the backend's contracts serve one key each.
        """
        ...
