"""DSSE v1 envelopes: bytes of a declared type under one or more signatures.

Source: Dead Simple Signing Envelope, protocol and envelope, version 1.0. What is signed is the
pre-authentication encoding ``PAE(type, payload) = "DSSEv1" SP LEN(type) SP type SP LEN(payload) SP payload``
with lengths in decimal, so that neither the type nor the payload's boundaries can be reinterpreted.

This is a strict profile of the specification: standard padded base64 only, no unknown members, canonical
JSON. Envelopes written here are read by every DSSE implementation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from zkattest.errors import AttestationError

from . import canonical
from .keys import PublicKey, SigningKey

#: in-toto Attestation Framework: the payload is an in-toto Statement.
PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"

MAX_PAYLOAD_BYTES: Final = 4 * 1024 * 1024
MAX_SIGNATURES: Final = 16
MAX_SIGNATURE_BYTES: Final = 512
MAX_ENVELOPE_BYTES: Final = 8 * 1024 * 1024

_PRINTABLE = re.compile(r"[\x21-\x7e]{1,128}")


def pae(payload_type: str, payload: bytes) -> bytes:
    """Pre-authentication encoding: the bytes that a signature covers."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


@dataclass(frozen=True)
class Signature:
    """One signature. ``key_id`` is the signer's hint, not authenticated; empty where absent."""

    key_id: str
    value: bytes


@dataclass(frozen=True)
class Signers:
    """Who signed, as far as the trusted keys can tell.

    Attributes:
        trusted: the distinct trusted keys with a valid signature.
        invalid: key ids of trusted keys whose signature does not verify.
        unknown: key ids (or ``"(none)"``) of signatures by no trusted key.
    """

    trusted: tuple[PublicKey, ...]
    invalid: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class Envelope:
    """A payload, its type, and the signatures over both.

    Attributes:
        payload: the signed bytes.
        payload_type: their media type.
        signatures: at least one, at most 16.
    """

    payload: bytes
    payload_type: str
    signatures: tuple[Signature, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.signatures) <= MAX_SIGNATURES:
            raise AttestationError(
                f"An envelope carries 1 to {MAX_SIGNATURES} signatures; this one has {len(self.signatures)}."
            )
        if len(self.payload) > MAX_PAYLOAD_BYTES:
            raise AttestationError(
                f"The envelope's payload has {len(self.payload)} bytes; it may have {MAX_PAYLOAD_BYTES}."
            )

    @classmethod
    def signed(
        cls, payload: bytes, keys: Iterable[SigningKey], *, payload_type: str = PAYLOAD_TYPE
    ) -> Envelope:
        """Sign ``payload`` with every key, in order."""
        message = pae(payload_type, payload)
        return cls(
            payload, payload_type, tuple(Signature(key.public.key_id, key.sign(message)) for key in keys)
        )

    def countersigned(self, key: SigningKey) -> Envelope:
        """The same payload with one signature more.

        Raises:
            AttestationError: the key signed already, or the envelope is full.
        """
        if any(signature.key_id == key.public.key_id for signature in self.signatures):
            raise AttestationError(f"The key {key.public.key_id} has signed this envelope already.")
        added = Signature(key.public.key_id, key.sign(pae(self.payload_type, self.payload)))
        return Envelope(self.payload, self.payload_type, (*self.signatures, added))

    def signers(self, keys: Iterable[PublicKey]) -> Signers:
        """Judge every signature against the trusted ``keys``. A key counts once, however often it signed."""
        known = {key.key_id: key for key in keys}
        message = pae(self.payload_type, self.payload)
        trusted: dict[str, PublicKey] = {}
        invalid: list[str] = []
        unknown: list[str] = []
        for signature in self.signatures:
            # The id is only a hint (DSSE protocol): it decides what is reported, not what is accepted.
            accepted = [key for key in known.values() if key.verifies(signature.value, message)]
            trusted.update({key.key_id: key for key in accepted})
            if not accepted:
                (invalid if signature.key_id in known else unknown).append(signature.key_id or "(none)")
        return Signers(tuple(trusted.values()), tuple(invalid), tuple(unknown))

    def to_dict(self) -> dict[str, Any]:
        return {
            "payload": canonical.to_base64(self.payload),
            "payloadType": self.payload_type,
            "signatures": [
                ({"keyid": signature.key_id} if signature.key_id else {})
                | {"sig": canonical.to_base64(signature.value)}
                for signature in self.signatures
            ],
        }

    @classmethod
    def from_dict(cls, value: object) -> Envelope:
        """Decode the JSON object of an envelope.

        Raises:
            AttestationError: a member is missing, unknown, of the wrong type, or over its limit.
        """
        fields = canonical.members(
            value, what="The envelope", required={"payload", "payloadType", "signatures"}
        )
        payload_type = fields["payloadType"]
        if not isinstance(payload_type, str) or not _PRINTABLE.fullmatch(payload_type):
            raise AttestationError(
                "The envelope's payloadType is no media type (1 to 128 printable ASCII characters)."
            )
        entries = fields["signatures"]
        if not isinstance(entries, list):
            raise AttestationError(
                f"The envelope's signatures are a {type(entries).__name__}; expected an array."
            )
        if len(entries) > MAX_SIGNATURES:
            raise AttestationError(
                f"An envelope carries 1 to {MAX_SIGNATURES} signatures; this one has {len(entries)}."
            )
        payload = canonical.from_base64(
            fields["payload"], what="The envelope's payload", max_bytes=MAX_PAYLOAD_BYTES
        )
        return cls(
            payload, payload_type, tuple(_signature(index, entry) for index, entry in enumerate(entries))
        )

    def to_bytes(self) -> bytes:
        return canonical.encode(self.to_dict())

    @classmethod
    def from_bytes(cls, data: bytes) -> Envelope:
        """Decode a stand-alone envelope file. Raises AttestationError."""
        return cls.from_dict(
            canonical.decode(
                data, what="envelope", max_bytes=MAX_ENVELOPE_BYTES, max_depth=4, max_tokens=1000
            )
        )


def _signature(index: int, entry: object) -> Signature:
    what = f"Signature {index} of the envelope"
    fields = canonical.members(entry, what=what, required={"sig"}, optional=frozenset({"keyid"}))
    key_id = fields.get("keyid", "")
    if "keyid" in fields and (not isinstance(key_id, str) or not _PRINTABLE.fullmatch(key_id)):
        raise AttestationError(f"{what} has a keyid that is not 1 to 128 printable ASCII characters.")
    return Signature(key_id, canonical.from_base64(fields["sig"], what=what, max_bytes=MAX_SIGNATURE_BYTES))
