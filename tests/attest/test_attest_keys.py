"""Signing keys: both algorithms, PEM on disk, and nothing secret in sight."""

from __future__ import annotations

import copy
import hashlib
import os
import pickle
import shutil
import stat
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from securesystemslib.signer import CryptoSigner, SSlibKey
from securesystemslib.signer import Signature as ForeignSignature

from zkattest.attest import PublicKey, SigningKey
from zkattest.errors import SigningKeyError, StorageError

ALGORITHMS = ["ed25519", "ecdsa-p256"]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("password", [None, "correct horse"])
def test_saved_key_signs_like_the_original(tmp_path, algorithm, password) -> None:
    key = SigningKey.generate(algorithm)
    key.save(tmp_path / "key.pem", password=password)
    key.public.save(tmp_path / "key.pub")
    again = SigningKey.load(tmp_path / "key.pem", password=password)
    public = PublicKey.load(tmp_path / "key.pub")
    assert again.public == key.public == public
    assert public.algorithm == algorithm
    assert public.verifies(again.sign(b"message"), b"message")
    assert not public.verifies(again.sign(b"message"), b"massage")
    assert stat.S_IMODE(os.stat(tmp_path / "key.pem").st_mode) == 0o600
    assert (b"ENCRYPTED" in (tmp_path / "key.pem").read_bytes()) == (password is not None)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize(
    "signature", [b"", b"\x00" * 64, b"\xff" * 64, b"\x30\x06\x02\x01\x00\x02\x01\x00", b"x" * 5000]
)
def test_any_bytes_are_judged(algorithm, signature) -> None:
    assert SigningKey.generate(algorithm).public.verifies(signature, b"m") is False


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_key_id_is_the_digest_of_the_der(algorithm) -> None:
    key = SigningKey.generate(algorithm)
    body = b"".join(line for line in key.public.to_pem().splitlines() if b"-----" not in line)
    import base64

    assert key.public.key_id == hashlib.sha256(base64.b64decode(body)).hexdigest()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_gives_the_same_key_id(tmp_path) -> None:
    key = SigningKey.generate()
    key.public.save(tmp_path / "key.pub")
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-in", str(tmp_path / "key.pub"), "-outform", "DER"],
        check=True,
        capture_output=True,
    ).stdout
    assert hashlib.sha256(der).hexdigest() == key.public.key_id


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_securesystemslib_accepts_our_signatures_and_we_its(algorithm) -> None:
    ours = SigningKey.generate(algorithm)
    foreign_public = SSlibKey.from_crypto(ours.public._key, keyid="k")
    foreign_public.verify_signature(ForeignSignature("k", ours.sign(b"message").hex()), b"message")
    signer = CryptoSigner.generate_ed25519() if algorithm == "ed25519" else CryptoSigner.generate_ecdsa()
    theirs = SigningKey.from_pem(signer.private_bytes)
    assert theirs.public.verifies(bytes.fromhex(signer.sign(b"message").signature), b"message")


def test_passwords(tmp_path) -> None:
    key = SigningKey.generate()
    key.save(tmp_path / "locked", password="right")
    key.save(tmp_path / "open")
    with pytest.raises(SigningKeyError, match="no password was given"):
        SigningKey.load(tmp_path / "locked")
    with pytest.raises(SigningKeyError, match="wrong password") as caught:
        SigningKey.load(tmp_path / "locked", password="wrong-secret")
    assert "wrong-secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    with pytest.raises(SigningKeyError, match="not encrypted"):
        SigningKey.load(tmp_path / "open", password="x")
    with pytest.raises(SigningKeyError, match="empty password"):
        key.save(tmp_path / "third", password="")
    assert not (tmp_path / "third").exists()


def _foreign_pems() -> list[bytes]:
    return [
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        for key in (ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048))
    ]


def test_other_kinds_of_keys_are_refused() -> None:
    for pem in _foreign_pems():
        with pytest.raises(SigningKeyError, match=r"cannot (sign|check signatures) here"):
            SigningKey.from_pem(pem)
    public = rsa.generate_private_key(65537, 2048).public_key()
    with pytest.raises(SigningKeyError, match="cannot check signatures here"):
        PublicKey.from_pem(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    with pytest.raises(SigningKeyError, match="no signature algorithm 'rsa'"):
        SigningKey.generate("rsa")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "pem", [b"", b"garbage", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_damaged_pem(pem) -> None:
    with pytest.raises(SigningKeyError, match="no signing key in PEM"):
        SigningKey.from_pem(pem)
    with pytest.raises(SigningKeyError, match="no public key in PEM"):
        PublicKey.from_pem(pem)


def test_a_private_key_is_no_public_key(tmp_path) -> None:
    SigningKey.generate().save(tmp_path / "key.pem")
    with pytest.raises(SigningKeyError, match="no public key"):
        PublicKey.load(tmp_path / "key.pem")


def test_files(tmp_path) -> None:
    with pytest.raises(StorageError, match="Cannot read the signing key"):
        SigningKey.load(tmp_path / "absent")
    (tmp_path / "big").write_bytes(b"x" * 100_000)
    with pytest.raises(SigningKeyError, match="exceeds the 16384 bytes"):
        SigningKey.load(tmp_path / "big")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_secret_is_neither_shown_nor_copied(algorithm, tmp_path) -> None:
    key = SigningKey.generate(algorithm)
    key.save(tmp_path / "k")
    body = b"".join((tmp_path / "k").read_bytes().splitlines()[1:-1]).decode()
    assert body not in repr(key) + str(key)
    assert key.public.key_id in repr(key)
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(SigningKeyError, match="not pickled or copied"):
            leak(key)
