"""The attestation: an in-toto Statement v1 whose predicate is a proved claim about a model.

Source: in-toto Attestation Framework, Statement v1. Members are the specification's; every 32-byte value is
``0x`` and 64 lower-case hex digits, integers that can pass 53 bits are decimal strings, and real figures are
decimal strings, so that one attestation has one encoding (:mod:`zkattest.attest.canonical`). Members that do
not apply are absent, never null. Everything here is public.
"""

from __future__ import annotations

import hashlib
import math
import os
import unicodedata
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

from zkattest.errors import AttestationError, StorageError
from zkattest.statements import OFF_CHAIN

from . import canonical
from .envelope import MAX_PAYLOAD_BYTES

if TYPE_CHECKING:
    from typing_extensions import Self

STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE: Final = "https://zkattest.dev/attestation/v1"

_UNBOUND: Final = "0x" + OFF_CHAIN.hex()

#: Most values of one output; 8 bytes each in the public inputs.
MAX_OUTPUTS: Final = 65_536
_MAX_DEPTH: Final = 8
_MAX_TOKENS: Final = 3 * MAX_OUTPUTS + 4096


def _decimal_below(bound: int, low: int = 0) -> AfterValidator:
    def check(value: str) -> str:
        if not low <= int(value) < bound:
            raise ValueError(f"outside {low}..{bound - 1}")
        return value

    return AfterValidator(check)


def _plain_name(value: str) -> str:
    if unicodedata.normalize("NFC", value) != value:
        raise ValueError("not in Unicode normalisation form C")
    # Categories C*: controls, format characters (bidirectional overrides), surrogates, unassigned.
    if any(unicodedata.category(letter)[0] == "C" or letter in "\u2028\u2029\\" for letter in value):
        raise ValueError("holds a control, format or unassigned character, or a backslash")
    if any(part in ("", ".", "..") for part in value.split("/")):
        raise ValueError("is no plain relative path")
    return value


def _moment(value: str) -> str:
    datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ")
    return value


# A JSON array arrives as a list; strict validation wants the tuple itself.
_FROM_ARRAY: Final = BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value)

Hex32: TypeAlias = Annotated[str, StringConstraints(pattern=r"^0x[0-9a-f]{64}$")]
Hex4: TypeAlias = Annotated[str, StringConstraints(pattern=r"^0x[0-9a-f]{8}$")]
HexBytes: TypeAlias = Annotated[str, StringConstraints(pattern=r"^0x([0-9a-f]{2})+$")]
Sha256Hex: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Address: TypeAlias = Annotated[str, StringConstraints(pattern=r"^0x[0-9a-f]{40}$")]
Int64: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^(0|-?[1-9][0-9]{0,18})$"), _decimal_below(2**63, -(2**63))
]
Uint256: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^(0|[1-9][0-9]{0,77})$"), _decimal_below(2**256)
]
#: A non-negative decimal in plain notation, without superfluous zeros.
DecimalText: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^(0|[1-9][0-9]*)(\.[0-9]*[1-9])?$", max_length=400)
]
Count: TypeAlias = Annotated[int, Field(ge=0, le=canonical.MAX_INTEGER)]
Scale: TypeAlias = Annotated[int, Field(ge=-64, le=64)]
Label: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+/:-]*$", max_length=128)
]
FileName: TypeAlias = Annotated[
    str, StringConstraints(min_length=1, max_length=255), AfterValidator(_plain_name)
]
Time: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"),
    AfterValidator(_moment),
]


class _Part(BaseModel):
    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    @model_validator(mode="wrap")
    @classmethod
    def _typed_errors(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(value)
        except ValidationError as error:
            raise _explain(error, cls.__name__) from None


class Output(_Part):
    """The model's answer: ``value = q * 2**-scale`` for each integer q, row-major."""

    values: Annotated[tuple[Int64, ...], _FROM_ARRAY, Field(min_length=1, max_length=MAX_OUTPUTS)]
    scale: Scale


class InferenceClaim(_Part):
    """The committed model, on the input behind ``input_commitment``, gives ``output``.

    ``context`` is 32 zero bytes for a proof that is bound to no chain; otherwise ``nonce`` is present.
    """

    kind: Literal["inference"] = "inference"
    input_commitment: Hex32
    output: Output
    context: Hex32
    nonce: Hex32 | None = None


class Quantisation(_Part):
    """How the proved integer graph relates to the subject, and how far its answers are from the original's.

    ``float_delta`` is the greatest absolute difference of an output value between the integer graph and the
    ONNX model in floating point, over ``samples`` inputs. It is measured by the signer, not proved.
    """

    bits: Annotated[int, Field(ge=2, le=32)]
    input_scale: Scale
    rounding: Literal["half-up"] = "half-up"
    float_delta: DecimalText
    mean_delta: DecimalText | None = None
    agreement: DecimalText | None = None
    samples: Count


class Model(_Part):
    """``commitment`` is the identity of the hiding commitment; ``previous`` that of the version before."""

    commitment: Hex32
    version: Count
    previous: Hex32 | None = None
    quantisation: Quantisation


class Dataset(_Part):
    """The committed data set that the claim is about."""

    commitment: Hex32
    scheme: Label
    role: Literal["training", "validation", "test", "calibration"]
    rows: Count


class ProofRecord(_Part):
    """Which proof. ``public_inputs`` is the canonical encoding of the proved statement
    (:meth:`zkattest.statements.Inference.to_bytes`); ``digest`` the keccak-256 of the proof's encoding."""

    system: Label
    proof_system_id: Hex4
    circuit_hash: Hex32
    vk_hash: Hex32
    setup_digest: Hex32
    setup_unsafe: bool
    public_inputs: HexBytes
    digest: Hex32


class Anchor(_Part):
    """Where on chain the proof is or may be recorded: ``contract`` is the AttestationRegistry.

    ``tx_hash`` and ``attestation_id`` are present once it is recorded.
    """

    chain_id: Count
    contract: Address
    model_id: Uint256
    tx_hash: Hex32 | None = None
    attestation_id: Hex32 | None = None


class Verifier(_Part):
    """The software that accepted the proof before the attestation was made, and when (UTC)."""

    id: Label
    version: Label
    time: Time


class Predicate(_Part):
    """The proved claim with its provenance, ``https://zkattest.dev/attestation/v1``."""

    claim: InferenceClaim
    model: Model
    dataset: Dataset | None = None
    proof: ProofRecord
    anchor: Anchor | None = None
    verifier: Verifier

    @model_validator(mode="after")
    def _bound_or_not(self) -> Self:
        bound = self.claim.context != _UNBOUND
        if bound != (self.claim.nonce is not None) or bound != (self.anchor is not None):
            raise AttestationError(
                "The attestation contradicts itself: context, nonce and anchor go together, "
                "all of a bound proof, none off chain."
            )
        return self


class Digest(_Part):
    """The digests of a subject; exactly SHA-256."""

    sha256: Sha256Hex


class Subject(_Part):
    """A model file: its name (a relative path) and the SHA-256 of its bytes."""

    name: FileName
    digest: Digest

    @classmethod
    def of_file(cls, path: str | os.PathLike[str], *, name: str | None = None) -> Subject:
        """Digest a file on disk, named ``name`` or by its last path component.

        Raises:
            StorageError: the file cannot be read.
            AttestationError: the name is not plain text.
        """
        return cls(name=Path(path).name if name is None else name, digest=Digest(sha256=file_sha256(path)))

    @classmethod
    def of_bytes(cls, name: str, data: bytes) -> Subject:
        """Digest a file's content that is in memory. Raises AttestationError for a name that is not plain."""
        return cls(name=name, digest=Digest(sha256=hashlib.sha256(data).hexdigest()))


class Attestation(_Part):
    """An in-toto Statement v1 with a zkattest predicate. Immutable; equal iff the encodings are equal."""

    type_: Literal["https://in-toto.io/Statement/v1"] = Field(
        default=STATEMENT_TYPE, validation_alias="_type", serialization_alias="_type"
    )
    subject: Annotated[tuple[Subject, ...], _FROM_ARRAY, Field(min_length=1, max_length=256)]
    predicate_type: Literal["https://zkattest.dev/attestation/v1"] = PREDICATE_TYPE
    predicate: Predicate

    @model_validator(mode="after")
    def _distinct_names(self) -> Self:
        if len({subject.name for subject in self.subject}) != len(self.subject):
            raise AttestationError("The attestation is malformed: two subjects have the same name.")
        return self

    def to_bytes(self) -> bytes:
        """The canonical JSON that is signed."""
        return canonical.encode(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    @classmethod
    def from_bytes(cls, data: bytes) -> Attestation:
        """Decode hostile bytes; ``from_bytes(b).to_bytes() == b``.

        Raises:
            AttestationError: no canonical JSON, another statement or predicate type, a member that is
                missing, unknown or ill-formed.
        """
        value = canonical.decode(
            data,
            what="attestation",
            max_bytes=MAX_PAYLOAD_BYTES,
            max_depth=_MAX_DEPTH,
            max_tokens=_MAX_TOKENS,
        )
        if not isinstance(value, dict):
            raise AttestationError(f"The attestation is a {type(value).__name__}; expected an object.")
        for member, expected in (("_type", STATEMENT_TYPE), ("predicateType", PREDICATE_TYPE)):
            if value.get(member) != expected:
                raise AttestationError(
                    f"The attestation's {member} is {value.get(member)!r:.120}; expected {expected!r}."
                )
        attestation = cls.model_validate(value)
        if attestation.to_bytes() != data:
            raise AttestationError(
                "The attestation has a null or defaulted member; such members are spelled out or absent."
            )
        return attestation


def decimal_text(value: float | Decimal) -> str:
    """A non-negative real as the shortest plain decimal that reads back to it.

    Raises:
        AttestationError: negative or not finite.
    """
    if not math.isfinite(value) or value < 0:
        raise AttestationError("A difference or share in an attestation is finite and not negative.")
    text = format(Decimal(repr(float(value))) if not isinstance(value, Decimal) else value, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def file_sha256(path: str | os.PathLike[str]) -> str:
    """SHA-256 of a file of any size, 64 hex digits. Raises StorageError."""
    digest = hashlib.sha256()
    try:
        with Path(path).open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise StorageError(
            f"Cannot read the model file {Path(path)}: {error.strerror}.", remedy="Check the path."
        ) from error
    return digest.hexdigest()


def _explain(error: ValidationError, what: str) -> AttestationError:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part)[:80] for part in first["loc"]) or "value"
    return AttestationError(f"The attestation's {what} is malformed: {where}: {first['msg']}.")
