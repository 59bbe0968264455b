"""Signing keys and public keys: Ed25519 and ECDSA P-256, in PEM files, offline.

A key id is the SHA-256 of the public key's DER SubjectPublicKeyInfo, in hex, so that
``openssl pkey -pubin -in key.pub -outform DER | sha256sum`` gives the same. Ids are hints for people;
trust rests on the key itself.
"""

from __future__ import annotations

import hashlib
import os
from typing import Final, Literal, NoReturn, TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from zkattest.errors import AttestationError, SigningKeyError
from zkattest.storage import write_atomic

from .canonical import read_limited

Algorithm: TypeAlias = Literal["ed25519", "ecdsa-p256"]
_Public: TypeAlias = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey
_Private: TypeAlias = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey

#: A PEM file of either algorithm has a few hundred bytes.
MAX_PEM_BYTES: Final = 16 * 1024

_KINDS: Final = "Use an Ed25519 or ECDSA P-256 key in PEM; SigningKey.generate() makes one."


class PublicKey:
    """A key that checks signatures. Two are equal when they are the same key.

    Attributes:
        algorithm: ``"ed25519"`` or ``"ecdsa-p256"`` (with SHA-256, DER signatures).
        key_id: SHA-256 of the DER SubjectPublicKeyInfo, 64 hex digits.
    """

    def __init__(self, key: object) -> None:
        if isinstance(key, ed25519.Ed25519PublicKey):
            self.algorithm: Algorithm = "ed25519"
        elif isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
            self.algorithm = "ecdsa-p256"
        else:
            raise SigningKeyError(f"A {type(key).__name__} cannot check signatures here.", remedy=_KINDS)
        self._key: _Public = key
        der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.key_id = hashlib.sha256(der).hexdigest()

    @classmethod
    def from_pem(cls, pem: bytes) -> PublicKey:
        """Decode a ``PUBLIC KEY`` PEM block.

        Raises:
            SigningKeyError: no such block, or a key of another kind.
        """
        try:
            key = load_pem_public_key(pem)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise SigningKeyError("This is no public key in PEM.", remedy=_KINDS) from None
        return cls(key)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> PublicKey:
        """Read a public key from a PEM file. Raises StorageError, SigningKeyError."""
        return cls.from_pem(_read(path, "public key"))

    def to_pem(self) -> bytes:
        return self._key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def save(self, path: str | os.PathLike[str]) -> None:
        write_atomic(path, self.to_pem())

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether ``signature`` is this key's over ``message``; any bytes are judged, none raise."""
        try:
            if isinstance(self._key, ed25519.Ed25519PublicKey):
                self._key.verify(signature, message)
            else:
                self._key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and other.key_id == self.key_id

    def __hash__(self) -> int:
        return hash(self.key_id)

    def __repr__(self) -> str:
        return f"PublicKey({self.algorithm}, {self.key_id})"


class SigningKey:
    """A secret key that signs attestations. Its bytes leave it only through :meth:`save`.

    Attributes:
        public: the matching :class:`PublicKey`.
    """

    def __init__(self, key: object) -> None:
        if not isinstance(key, ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey):
            raise SigningKeyError(f"A {type(key).__name__} cannot sign here.", remedy=_KINDS)
        self.public = PublicKey(key.public_key())
        self._key: _Private = key

    @classmethod
    def generate(cls, algorithm: Algorithm = "ed25519") -> SigningKey:
        """A fresh key from the operating system's randomness."""
        if algorithm == "ed25519":
            return cls(ed25519.Ed25519PrivateKey.generate())
        if algorithm == "ecdsa-p256":
            return cls(ec.generate_private_key(ec.SECP256R1()))
        raise SigningKeyError(f"There is no signature algorithm {algorithm!r} here.", remedy=_KINDS)

    @classmethod
    def from_pem(cls, pem: bytes, *, password: str | None = None) -> SigningKey:
        """Decode a ``PRIVATE KEY`` or ``ENCRYPTED PRIVATE KEY`` PEM block.

        Raises:
            SigningKeyError: no such block, wrong or missing or needless password, or a key of another kind.
        """
        encrypted = b"ENCRYPTED" in pem
        if encrypted and password is None:
            raise SigningKeyError(
                "This signing key is encrypted and no password was given.", remedy="Give its password."
            )
        if not encrypted and password is not None:
            raise SigningKeyError(
                "A password was given for a signing key that is not encrypted.",
                remedy="Leave the password out, or save the key again with one.",
            )
        try:
            key = load_pem_private_key(pem, None if password is None else password.encode())
        except (ValueError, TypeError, UnsupportedAlgorithm):
            # The cause is dropped: it may quote the material.
            what = (
                "This signing key does not open: wrong password, or damaged."
                if encrypted
                else "This is no signing key in PEM."
            )
            raise SigningKeyError(what, remedy="Check the password." if encrypted else _KINDS) from None
        return cls(key)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, password: str | None = None) -> SigningKey:
        """Read a signing key from a PEM file. Raises StorageError, SigningKeyError."""
        return cls.from_pem(_read(path, "signing key"), password=password)

    def save(self, path: str | os.PathLike[str], *, password: str | None = None) -> None:
        """Write the key as PKCS #8 PEM that only its owner can read (mode 0600).

        Arguments:
            password: encrypts the file where given; an empty one is refused.
        """
        if password == "":
            raise SigningKeyError(
                "An empty password protects nothing.", remedy="Give a password, or none at all."
            )
        protection: KeySerializationEncryption = NoEncryption()
        if password is not None:
            protection = BestAvailableEncryption(password.encode())
        write_atomic(
            path, self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection), secret=True
        )

    def sign(self, message: bytes) -> bytes:
        """The signature over ``message``: 64 bytes for Ed25519, DER for ECDSA."""
        if isinstance(self._key, ed25519.Ed25519PrivateKey):
            return self._key.sign(message)
        return self._key.sign(message, ec.ECDSA(hashes.SHA256()))

    def __repr__(self) -> str:
        return f"SigningKey({self.public.algorithm}, {self.public.key_id})"

    def __reduce__(self) -> NoReturn:
        raise SigningKeyError("A signing key is not pickled or copied.", remedy="Use save() and load().")


def _read(path: str | os.PathLike[str], what: str) -> bytes:
    try:
        return read_limited(path, what=what, max_bytes=MAX_PEM_BYTES)
    except AttestationError as error:
        raise SigningKeyError(error.message, remedy=_KINDS) from error
