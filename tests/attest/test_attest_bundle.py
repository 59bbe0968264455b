"""The bundle file: one encoding, hostile bytes refused by name, and no secret inside."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from attest_world import lookup, make_attestation, make_bundle, make_key, make_proof
from eth_utils.crypto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from zkattest.attest import (
    FILE_SUFFIX,
    MEDIA_TYPE,
    Bundle,
    Envelope,
    SigningKey,
    canonical,
    inspect,
    sign,
    verify,
)
from zkattest.attest.bundle import MAX_BUNDLE_BYTES, MAX_PROOF_BYTES
from zkattest.backends.base import InputSecret
from zkattest.errors import AttestationError, StorageError, ZkattestError

SIGNER = SigningKey.generate()
GOOD = make_bundle(SIGNER)


def test_round_trip(tmp_path) -> None:
    whole = replace(GOOD, model_commitment=b"commitment")
    for bundle in (GOOD, whole, Bundle(GOOD.envelope)):
        assert Bundle.from_bytes(bundle.to_bytes()) == bundle
        path = tmp_path / f"a{FILE_SUFFIX}"
        bundle.save(path)
        assert Bundle.load(path) == bundle
        assert path.read_bytes() == bundle.to_bytes()


def _edited(change: Any) -> bytes:
    value = json.loads(GOOD.to_bytes())
    change(value)
    return canonical.encode(value)


def _padded(value: dict[str, Any]) -> None:
    value["verificationMaterial"]["proof"] = base64.b64encode(bytes(MAX_PROOF_BYTES + 1)).decode()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda b: b.update(mediaType="application/json"), "mediaType is 'application/json'; expected"),
        (
            lambda b: b.update(mediaType=MEDIA_TYPE.replace("v1", "v2")),
            "mediaType is 'application/vnd.zkattest.bundle.v2",
        ),
        (lambda b: b.update(mediaType=[MEDIA_TYPE]), "mediaType is \\["),
        (lambda b: b.pop("mediaType"), "The bundle lacks mediaType"),
        (lambda b: b.pop("dsseEnvelope"), "The bundle lacks dsseEnvelope"),
        (lambda b: b.pop("verificationMaterial"), "The bundle lacks verificationMaterial"),
        (lambda b: b.update(certificate="x"), "The bundle has the unknown member 'certificate'"),
        (lambda b: b.update(verificationMaterial=[]), "verificationMaterial is a list; expected an object"),
        (lambda b: b["verificationMaterial"].update(provingKey="AA=="), "unknown member 'provingKey'"),
        (
            lambda b: b["verificationMaterial"].update(proof=None),
            "proof is a NoneType; expected a base64 text",
        ),
        (lambda b: b["verificationMaterial"].update(proof="AA"), "proof is not base64"),
        (lambda b: b["verificationMaterial"].update(proof="AB=="), "stray trailing bits"),
        (lambda b: b["verificationMaterial"].update(proof="_-8="), "proof is not base64"),
        (_padded, "proof has 8388609 bytes; at most 8388608"),
        (
            lambda b: b["dsseEnvelope"].update(payloadType="application/json"),
            "carries 'application/json'; an attestation",
        ),
        (lambda b: b["dsseEnvelope"].update(payloadType="application/vnd.in-toto+JSON"), "an attestation is"),
        (lambda b: b["dsseEnvelope"].update(signatures=[]), "1 to 16 signatures"),
        (lambda b: b.update(mediaType={"a": {"b": {"c": {"d": {"e": 1}}}}}), "nested deeper than 5"),
    ],
)
def test_malformed_bundles(change, message) -> None:
    with pytest.raises(AttestationError, match=message):
        Bundle.from_bytes(_edited(change))


DATA = GOOD.to_bytes()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no JSON at offset 0"),
        (DATA[:-1], "no JSON at offset"),
        (DATA + b"\n", "not in canonical form"),
        (DATA + DATA, "Extra data"),
        (b"\xef\xbb\xbf" + DATA, "no JSON at offset 0"),
        (DATA.replace(b'"mediaType":', b'"mediaType":"x","mediaType":'), "a key twice"),
        (DATA.replace(b'"mediaType"', b'"media\\u0054ype"'), "not in canonical form"),
        (DATA.replace(b'"mediaType"', '"med\u0456aType"'.encode()), "a key is not ASCII"),
        (DATA.replace(b":", b": ", 1), "not in canonical form"),
        (b"[" * 100_000, "nested deeper than 5 levels"),
        (b"NaN", "floating-point number"),
        (b"null", "The bundle is a NoneType; expected an object"),
        (DATA.decode().encode("utf-16"), "is not UTF-8"),
        (b"ZKPF\x00\x01", "no JSON|UTF-8"),
    ],
)
def test_hostile_bytes(data, message) -> None:
    with pytest.raises(AttestationError, match=message):
        Bundle.from_bytes(data)


def test_every_truncation_is_refused() -> None:
    for size in range(0, len(DATA), 13):
        with pytest.raises(AttestationError):
            Bundle.from_bytes(DATA[:size])


@settings(max_examples=300, deadline=None)
@given(at=st.integers(0, len(DATA) - 1), value=st.integers(0, 255))
def test_no_changed_byte_is_accepted(at: int, value: int) -> None:
    """Any other byte anywhere: refused as malformed, or not accepted. Only hints may differ: the key id."""
    changed = bytearray(DATA)
    changed[at] = value
    if bytes(changed) == DATA:
        return
    try:
        bundle = Bundle.from_bytes(bytes(changed))
    except AttestationError:
        return
    report = verify(bundle, keys=[SIGNER.public], backends=lookup)
    hint_only = replace(
        GOOD, envelope=replace(GOOD.envelope, signatures=bundle.envelope.signatures)
    ) == bundle and (bundle.envelope.signatures[0].value == GOOD.envelope.signatures[0].value)
    assert report.ok == hint_only


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_random_bytes_raise_one_type(data: bytes) -> None:
    for decode in (Bundle.from_bytes, Envelope.from_bytes):
        with pytest.raises(ZkattestError):
            decode(data)


def test_a_huge_file_is_not_read_whole(tmp_path) -> None:
    path = tmp_path / "huge"
    with path.open("wb") as stream:
        stream.truncate(MAX_BUNDLE_BYTES + 2)  # sparse
    with pytest.raises(AttestationError, match="bytes that the attestation bundle may have"):
        Bundle.load(path)
    with pytest.raises(StorageError, match="Cannot read the attestation bundle"):
        Bundle.load(tmp_path / "absent")


def test_limits_hold_when_writing_too() -> None:
    with pytest.raises(AttestationError, match="proof has 8388609 bytes; a bundle carries at most 8388608"):
        replace(GOOD, proof=bytes(MAX_PROOF_BYTES + 1))
    foreign = Envelope.signed(b"{}", [SIGNER], payload_type="application/json")
    with pytest.raises(AttestationError, match="carries 'application/json'"):
        Bundle(foreign)


# --- secrets ----------------------------------------------------------------------------------------


def _spellings(secret: bytes) -> list[bytes]:
    """Raw, hex, decimal, and base64 at all three alignments (without the ends, which mix with neighbours)."""
    aligned = [base64.b64encode(bytes(shift) + secret)[4:-4] for shift in range(3)]
    return [
        secret,
        secret.hex().encode(),
        secret.hex().upper().encode(),
        str(int.from_bytes(secret, "big")).encode(),
        *aligned,
    ]


def _layers(bundle: Bundle) -> bytes:
    parts = [bundle.verifying_key or b"", bundle.proof or b"", bundle.envelope.payload]
    return b"\n".join([bundle.to_bytes(), *parts])


def test_no_secret_enters_a_bundle(tmp_path) -> None:
    """Salt, input and signing key appear in no layer, no report and no repr, in no spelling."""
    rng = np.random.default_rng(7)
    x = rng.integers(-(2**15), 2**15, 64).astype(">i8")
    opening = InputSecret(commitment=keccak(x.tobytes()), salt=secrets.token_bytes(32))
    signer = SigningKey.generate()
    signer.save(tmp_path / "signing.pem")
    pem = (tmp_path / "signing.pem").read_bytes()
    der = base64.b64decode(b"".join(pem.splitlines()[1:-1]))
    key = make_key()
    proof = make_proof(key, salt=opening.salt)
    bundle = Bundle.of(sign(make_attestation(key, proof), signer), key, proof)
    report = verify(bundle, keys=[signer.public], backends=lookup)
    assert report.ok
    shown = "".join(
        [repr(bundle), repr(signer), report.to_json(), inspect(bundle).to_json(), repr(opening)]
    ).encode()
    everything = _layers(bundle) + shown
    for secret in (opening.salt, x.tobytes()[:32], der[-32:]):
        for spelling in _spellings(secret):
            assert spelling not in everything


def test_the_scan_would_find_a_leak() -> None:
    salt = secrets.token_bytes(32)
    key = make_key()
    proof = replace(make_proof(key), payload=salt)
    bundle = replace(GOOD, proof=proof.to_bytes())
    assert salt in _layers(bundle)
    assert any(spelling in bundle.to_bytes() for spelling in _spellings(salt)[4:])
