"""The attestation bundle: one file with the signed envelope and what is needed to check it.

Members: ``mediaType``, ``dsseEnvelope``, and ``verificationMaterial`` with ``verifyingKey``, ``proof`` and
``modelCommitment`` in base64; canonical JSON. Each material may be left out and travel apart: the signed
statement names the key and the proof by digest. Everything in a bundle is public.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any, Final

from zkattest.backends.base import Proof, VerifyingKey
from zkattest.errors import AttestationError
from zkattest.storage import write_atomic

from . import canonical
from .envelope import PAYLOAD_TYPE, Envelope
from .statement import Attestation

MEDIA_TYPE: Final = "application/vnd.zkattest.bundle.v1+json"
FILE_SUFFIX: Final = ".zkatt.json"

MAX_KEY_BYTES: Final = 16 * 1024 * 1024
MAX_PROOF_BYTES: Final = 8 * 1024 * 1024
MAX_COMMITMENT_BYTES: Final = 8 * 1024 * 1024
MAX_BUNDLE_BYTES: Final = 64 * 1024 * 1024

_MATERIAL: Final = {
    "verifyingKey": ("verifying_key", MAX_KEY_BYTES),
    "proof": ("proof", MAX_PROOF_BYTES),
    "modelCommitment": ("model_commitment", MAX_COMMITMENT_BYTES),
}


@dataclass(frozen=True)
class Bundle:
    """A signed attestation with its verification material. Nothing in it is checked yet.

    Attributes:
        envelope: the signed in-toto statement.
        verifying_key: encoding of the verifying key, or None where it travels apart.
        proof: encoding of the proof, or None.
        model_commitment: encoding of the model commitment, or None.
    """

    envelope: Envelope
    verifying_key: bytes | None = field(default=None, repr=False)
    proof: bytes | None = field(default=None, repr=False)
    model_commitment: bytes | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.envelope.payload_type != PAYLOAD_TYPE:
            raise AttestationError(
                f"The envelope carries {self.envelope.payload_type!r}; an attestation is {PAYLOAD_TYPE!r}.",
                remedy="Check that the right file was given.",
            )
        for member, (name, limit) in _MATERIAL.items():
            size = len(getattr(self, name) or b"")
            if size > limit:
                raise AttestationError(f"{member} has {size} bytes; a bundle carries at most {limit}.")

    @classmethod
    def of(
        cls,
        envelope: Envelope,
        verifying_key: VerifyingKey,
        proof: Proof,
        *,
        model_commitment: bytes | None = None,
    ) -> Bundle:
        """A self-contained bundle."""
        return cls(envelope, verifying_key.to_bytes(), proof.to_bytes(), model_commitment)

    def to_bytes(self) -> bytes:
        material = {
            member: canonical.to_base64(value)
            for member, (name, _) in _MATERIAL.items()
            if (value := getattr(self, name)) is not None
        }
        return canonical.encode(
            {
                "mediaType": MEDIA_TYPE,
                "dsseEnvelope": self.envelope.to_dict(),
                "verificationMaterial": material,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Bundle:
        """Decode hostile bytes; ``from_bytes(b).to_bytes() == b``.

        Raises:
            AttestationError: no canonical JSON, over a limit, another media or payload type, a member that
                is missing, unknown or ill-formed.
        """
        value = canonical.decode(
            data, what="attestation bundle", max_bytes=MAX_BUNDLE_BYTES, max_depth=5, max_tokens=1000
        )
        fields = canonical.members(
            value, what="The bundle", required={"mediaType", "dsseEnvelope", "verificationMaterial"}
        )
        if fields["mediaType"] != MEDIA_TYPE:
            raise AttestationError(
                f"The file's mediaType is {fields['mediaType']!r:.120}; expected {MEDIA_TYPE!r}.",
                remedy="Check that the right file was given, or install the zkattest that wrote it.",
            )
        envelope = Envelope.from_dict(fields["dsseEnvelope"])
        material = canonical.members(
            fields["verificationMaterial"],
            what="The bundle's verificationMaterial",
            required=set(),
            optional=frozenset(_MATERIAL),
        )
        decoded = {
            name: canonical.from_base64(material[member], what=f"The bundle's {member}", max_bytes=limit)
            for member, (name, limit) in _MATERIAL.items()
            if member in material
        }
        return cls(envelope, **decoded)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the bundle, whole or not at all. Raises StorageError."""
        write_atomic(path, self.to_bytes())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Bundle:
        """Read a bundle. Raises StorageError, AttestationError."""
        return cls.from_bytes(
            canonical.read_limited(path, what="attestation bundle", max_bytes=MAX_BUNDLE_BYTES)
        )

    def unverified_attestation(self) -> Attestation:
        """The statement in the envelope, whoever signed it. Raises AttestationError."""
        return Attestation.from_bytes(self.envelope.payload)

    def describe(self) -> dict[str, Any]:
        """The public values by name, for people; nothing is verified. Raises AttestationError."""
        from .inspection import inspect

        return inspect(self).to_dict()
