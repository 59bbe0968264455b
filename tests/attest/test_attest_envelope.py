"""DSSE: the published vector, another implementation, and hostile envelopes."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import securesystemslib.dsse as foreign
from hypothesis import given
from hypothesis import strategies as st
from securesystemslib.signer import CryptoSigner, SSlibKey

from zkattest.attest import PAYLOAD_TYPE, Envelope, Signature, SigningKey, canonical
from zkattest.attest.envelope import pae
from zkattest.errors import AttestationError


def test_pae_is_the_specifications_example() -> None:
    """DSSE protocol.md, test vectors: type http://example.com/HelloWorld, payload "hello world"."""
    expected = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert pae("http://example.com/HelloWorld", b"hello world") == expected


@given(st.text(max_size=20), st.binary(max_size=20), st.text(max_size=20), st.binary(max_size=20))
def test_pae_is_injective(type_a: str, payload_a: bytes, type_b: str, payload_b: bytes) -> None:
    try:
        equal = pae(type_a, payload_a) == pae(type_b, payload_b)
    except UnicodeEncodeError:
        return
    assert equal == ((type_a, payload_a) == (type_b, payload_b))


@pytest.mark.parametrize("algorithm", ["ed25519", "ecdsa-p256"])
def test_securesystemslib_verifies_our_envelope(algorithm) -> None:
    key = SigningKey.generate(algorithm)
    envelope = Envelope.signed(b"payload", [key])
    theirs = foreign.Envelope.from_dict(json.loads(envelope.to_bytes()))
    public = SSlibKey.from_crypto(key.public._key, keyid=key.public.key_id)
    assert theirs.pae() == pae(PAYLOAD_TYPE, b"payload")
    assert theirs.verify([public], 1) == {key.public.key_id: public}


def test_we_verify_an_envelope_of_securesystemslib() -> None:
    signer = CryptoSigner.generate_ed25519(keyid="whatever they call it")
    theirs = foreign.Envelope(b"payload", PAYLOAD_TYPE, {})
    theirs.sign(signer)
    fields = theirs.to_dict()
    fields["signatures"][0]["keyid"] = "theirs"
    public = SigningKey.from_pem(signer.private_bytes).public
    found = Envelope.from_bytes(canonical.encode(fields)).signers([public])
    assert (found.trusted, found.invalid, found.unknown) == ((public,), (), ())


def test_signatures_are_sorted_into_trusted_invalid_and_unknown(signer, stranger) -> None:
    good = Envelope.signed(b"payload", [signer]).signatures[0]
    unknown = Envelope.signed(b"payload", [stranger]).signatures[0]
    other = SigningKey.generate()
    bad = Signature(other.public.key_id, bytes(64))
    envelope = Envelope(b"payload", PAYLOAD_TYPE, (bad, unknown, good, Signature("", b"junk")))
    found = envelope.signers([signer.public, other.public])
    assert found.trusted == (signer.public,)
    assert found.invalid == (other.public.key_id,)
    assert found.unknown == (stranger.public.key_id, "(none)")


def test_one_key_counts_once(signer) -> None:
    signature = Envelope.signed(b"payload", [signer]).signatures[0]
    copies = (signature, Signature("", signature.value), Signature("x", signature.value))
    found = Envelope(b"payload", PAYLOAD_TYPE, copies).signers([signer.public, signer.public])
    assert found.trusted == (signer.public,)


@pytest.mark.parametrize(
    ("payload", "payload_type"),
    [(b"payloae", PAYLOAD_TYPE), (b"payload", "application/json"), (b"", PAYLOAD_TYPE)],
)
def test_a_signature_covers_payload_and_type(signer, payload, payload_type) -> None:
    signature = Envelope.signed(b"payload", [signer]).signatures
    assert Envelope(payload, payload_type, signature).signers([signer.public]).trusted == ()


def test_countersigning(signer, stranger) -> None:
    envelope = Envelope.signed(b"payload", [signer]).countersigned(stranger)
    assert envelope == Envelope.from_bytes(envelope.to_bytes())
    assert set(envelope.signers([signer.public, stranger.public]).trusted) == {signer.public, stranger.public}
    with pytest.raises(AttestationError, match="has signed this envelope already"):
        envelope.countersigned(signer)


def _edited(change: Any) -> bytes:
    fields: dict[str, Any] = {
        "payload": "cGF5bG9hZA==",
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"keyid": "k", "sig": "c2ln"}],
    }
    change(fields)
    return canonical.encode(fields)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda e: e.pop("payload"), "The envelope lacks payload"),
        (lambda e: e.update(extra=1), "unknown member 'extra'"),
        (lambda e: e.update(payload=1), "expected a base64 text"),
        (lambda e: e.update(payload="cGF5bG9hZA"), "payload is not base64"),
        (lambda e: e.update(payloadType=""), "no media type"),
        (lambda e: e.update(payloadType="a\nb"), "no media type"),
        (lambda e: e.update(payloadType="application/vnd.in-toto+js\u043en"), "no media type"),
        (lambda e: e.update(signatures={}), "signatures are a dict; expected an array"),
        (lambda e: e.update(signatures=[]), "1 to 16 signatures; this one has 0"),
        (lambda e: e.update(signatures=e["signatures"] * 17), "1 to 16 signatures; this one has 17"),
        (lambda e: e.update(signatures=["x"]), "Signature 0 of the envelope is a str; expected an object"),
        (lambda e: e["signatures"][0].pop("sig"), "Signature 0 of the envelope lacks sig"),
        (lambda e: e["signatures"][0].update(cert="x"), "unknown member 'cert'"),
        (lambda e: e["signatures"][0].update(keyid=""), "printable ASCII"),
        (lambda e: e["signatures"][0].update(keyid="a\u202eb"), "printable ASCII"),
        (lambda e: e["signatures"][0].update(keyid=7), "printable ASCII"),
        (lambda e: e["signatures"][0].update(sig="c2l"), "is not base64"),
        (lambda e: e["signatures"][0].update(sig=base64.b64encode(bytes(513)).decode()), "at most 512"),
    ],
)
def test_malformed_envelopes(change, message) -> None:
    with pytest.raises(AttestationError, match=message):
        Envelope.from_bytes(_edited(change))


def test_no_envelope_but_an_array() -> None:
    with pytest.raises(AttestationError, match="The envelope is a list; expected an object"):
        Envelope.from_bytes(b"[]")


def test_an_absent_key_id_stays_absent() -> None:
    data = _edited(lambda e: e["signatures"][0].pop("keyid"))
    envelope = Envelope.from_bytes(data)
    assert envelope.signatures == (Signature("", b"sig"),)
    assert envelope.to_bytes() == data


def test_payload_limit(signer) -> None:
    with pytest.raises(AttestationError, match="4194305 bytes"):
        Envelope.signed(bytes(4 * 1024 * 1024 + 1), [signer])
