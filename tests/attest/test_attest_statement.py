"""The in-toto statement: its exact bytes, its schema, and what create() refuses."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from attest_world import (
    ATTESTATION_ID,
    BINDING,
    NOW,
    ONNX,
    QUANTISATION,
    REGISTRY,
    StubChain,
    lookup,
    make_attestation,
    make_key,
    make_proof,
    recorded,
    sha256,
    write_model,
)

from zkattest.attest import (
    Attestation,
    Dataset,
    Quantisation,
    Subject,
    anchor_of,
    canonical,
    decimal_text,
    sign,
)
from zkattest.attest.schema import predicate_schema
from zkattest.errors import (
    AttestationError,
    BackendUnavailableError,
    MalformedProofError,
    ProofMismatchError,
    StorageError,
)

SCHEMA = Path(__file__).parents[2] / "docs/schemas/attestation-v1.schema.json"


@pytest.fixture
def attested() -> tuple[Any, Any, Attestation]:
    key = make_key()
    proof = make_proof(key, binding=BINDING)
    dataset = Dataset(commitment="0x" + "ab" * 32, scheme="kzg-rows-bn254-v1", role="test", rows=569)
    return key, proof, make_attestation(key, proof, anchor=recorded(), dataset=dataset, previous=bytes(32))


def test_every_member_says_what_the_proof_says(attested) -> None:
    key, proof, attestation = attested
    value = json.loads(attestation.to_bytes())
    statement = proof.statement
    assert value == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "model.onnx", "digest": {"sha256": sha256(ONNX)}}],
        "predicateType": "https://zkattest.dev/attestation/v1",
        "predicate": {
            "claim": {
                "kind": "inference",
                "inputCommitment": "0x" + statement.input_commitment.hex(),
                "output": {"values": ["-300", "4611686018427387904", "7"], "scale": 8},
                "context": "0x" + statement.context.hex(),
                "nonce": "0x" + BINDING.nonce.hex(),
            },
            "model": {
                "commitment": "0x" + statement.model_hash.hex(),
                "version": 3,
                "previous": "0x" + "00" * 32,
                "quantisation": {
                    "bits": 12,
                    "inputScale": 8,
                    "rounding": "half-up",
                    "floatDelta": "0.00390625",
                    "samples": 100,
                },
            },
            "dataset": {
                "commitment": "0x" + "ab" * 32,
                "scheme": "kzg-rows-bn254-v1",
                "role": "test",
                "rows": 569,
            },
            "proof": {
                "system": "hash-keccak-v1",
                "proofSystemId": value["predicate"]["proof"]["proofSystemId"],
                "circuitHash": "0x" + key.circuit_hash.hex(),
                "vkHash": "0x" + key.digest.hex(),
                "setupDigest": "0x" + key.srs_digest.hex(),
                "setupUnsafe": False,
                "publicInputs": "0x" + statement.to_bytes().hex(),
                "digest": "0x" + proof.digest.hex(),
            },
            "anchor": {
                "chainId": 31337,
                "contract": REGISTRY.lower(),
                "txHash": value["predicate"]["anchor"]["txHash"],
                "modelId": str(2**200 + 1),
                "attestationId": "0x" + ATTESTATION_ID.hex(),
            },
            "verifier": {
                "id": "https://zkattest.dev/verifier",
                "version": value["predicate"]["verifier"]["version"],
                "time": "2026-11-23T08:30:00Z",
            },
        },
    }


def test_round_trip(attested) -> None:
    attestation = attested[2]
    data = attestation.to_bytes()
    assert Attestation.from_bytes(data) == attestation
    assert Attestation.from_bytes(data).to_bytes() == data


def test_published_schema_is_the_generated_one() -> None:
    assert SCHEMA.read_bytes() == predicate_schema(), (
        "run: python -m zkattest.attest.schema docs/schemas/attestation-v1.schema.json"
    )


def test_schema_accepts_what_we_write_and_refuses_an_unknown_member(attested) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_bytes()))
    predicate = attested[2].to_dict()["predicate"]
    validator.validate(predicate)
    off_chain = make_attestation(make_key(), make_proof(make_key())).to_dict()["predicate"]
    validator.validate(off_chain)
    for member in ("claim", "model", "proof", "verifier"):
        with pytest.raises(jsonschema.ValidationError):
            validator.validate({**predicate, member: {**predicate[member], "extra": 1}})
        with pytest.raises(jsonschema.ValidationError):
            validator.validate({name: value for name, value in predicate.items() if name != member})


def _at(value: dict[str, Any], path: str) -> tuple[Any, Any]:
    *parents, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    for part in parents:
        value = value[part]
    return value, last


CLAIM, MODEL, PROOF, ANCHOR = (f"predicate/{part}" for part in ("claim", "model", "proof", "anchor"))
TOGETHER = "context, nonce and anchor go together"


@pytest.mark.parametrize(
    ("path", "new", "message"),
    [
        ("_type", "https://in-toto.io/Statement/v0.1", "_type is 'https://in-toto.io/Statement/v0.1'"),
        ("predicateType", "https://slsa.dev/provenance/v1", "predicateType is 'https://slsa.dev"),
        ("predicateType", None, "predicateType is None"),
        ("subject", [], "subject: Value should have at least 1 item"),
        ("subject/0/name", "", "name: String should have at least 1 character"),
        ("subject/0/name", "../model.onnx", "no plain relative path"),
        ("subject/0/name", "/etc/passwd", "no plain relative path"),
        ("subject/0/name", "a\\b", "or a backslash"),
        ("subject/0/name", "model\u202exnno.onnx", "control, format or unassigned"),
        ("subject/0/name", "model\x1b[31m", "control, format or unassigned"),
        ("subject/0/name", "x\u0301.onnx", None),
        ("subject/0/name", "e\u0301.onnx", "normalisation form C"),
        ("subject/0/name", "x" * 256, "at most 255 characters"),
        ("subject/0/digest/sha256", "AB" * 32, "should match pattern"),
        ("subject/0/digest/sha256", "ab" * 31, "should match pattern"),
        ("subject/0/digest/md5", "ab" * 16, "Digest is malformed: md5: Extra inputs"),
        ("extra", 1, "extra: Extra inputs are not permitted"),
        ("predicate/extra", 1, "extra: Extra inputs are not permitted"),
        (f"{CLAIM}/kind", "metric", "Input should be 'inference'"),
        (f"{CLAIM}/input_commitment", "0x" + "00" * 32, "null or defaulted|Extra inputs"),
        (f"{CLAIM}/output/values", [], "at least 1 item"),
        (f"{CLAIM}/output/values/0", 5, "should be a valid string"),
        (f"{CLAIM}/output/values/0", "05", "should match pattern"),
        (f"{CLAIM}/output/values/0", "-0", "should match pattern"),
        (f"{CLAIM}/output/values/0", "\u0665", "should match pattern"),
        (f"{CLAIM}/output/values/0", "5\n", "should match pattern"),
        (f"{CLAIM}/output/values/0", str(2**63), "outside -9223372036854775808..9223372036854775807"),
        (f"{CLAIM}/output/scale", "8", "should be a valid integer"),
        (f"{CLAIM}/output/scale", True, "should be a valid integer"),
        (f"{CLAIM}/output/scale", 65, "less than or equal to 64"),
        (f"{CLAIM}/context", "0x" + "00" * 32, TOGETHER),
        (f"{CLAIM}/nonce", None, "nonce|null or defaulted"),
        (f"{MODEL}/version", -1, "greater than or equal to 0"),
        (f"{MODEL}/previous", None, "null or defaulted"),
        (f"{MODEL}/quantisation/floatDelta", "1e-3", "should match pattern"),
        (f"{MODEL}/quantisation/floatDelta", "0.50", "should match pattern"),
        (f"{MODEL}/quantisation/floatDelta", "NaN", "should match pattern"),
        (f"{PROOF}/proofSystemId", "0x00", "should match pattern"),
        (f"{PROOF}/setupUnsafe", 0, "should be a valid boolean"),
        (f"{PROOF}/setupUnsafe", "false", "should be a valid boolean"),
        (f"{PROOF}/publicInputs", "0x", "should match pattern"),
        (f"{ANCHOR}/contract", REGISTRY, "should match pattern"),
        (f"{ANCHOR}/modelId", str(2**256), "outside 0"),
        (f"{ANCHOR}/chainId", "31337", "should be a valid integer"),
        ("predicate/verifier/time", "2026-13-01T00:00:00Z", "time"),
        ("predicate/verifier/time", "2026-11-23T08:30:00+00:00", "should match pattern"),
        ("predicate/verifier/version", "", "should match pattern"),
        ("predicate/dataset/role", "secret", "Input should be"),
    ],
)
def test_each_ill_formed_member_has_its_error(attested, path, new, message) -> None:
    value = attested[2].to_dict()
    parent, last = _at(value, path)
    parent[last] = new
    data = canonical.encode(value)
    if message is None:
        assert Attestation.from_bytes(data).to_bytes() == data
        return
    with pytest.raises(AttestationError, match=message):
        Attestation.from_bytes(data)


def _members(value: Any, path: str = "") -> list[str]:
    if isinstance(value, dict):
        return [
            inner
            for name, item in value.items()
            for inner in [f"{path}/{name}".strip("/"), *_members(item, f"{path}/{name}")]
        ]
    return (
        [inner for index, item in enumerate(value) for inner in _members(item, f"{path}/{index}")]
        if isinstance(value, list)
        else []
    )


OPTIONAL = {
    f"{MODEL}/previous",
    "predicate/dataset",
    f"{ANCHOR}/txHash",
    f"{ANCHOR}/attestationId",
    # Written out although they have a default in Python: their absence is no canonical form.
}


def test_every_other_member_is_required(attested) -> None:
    whole = attested[2].to_dict()
    paths = _members(whole)
    assert len(paths) > 40
    for path in paths:
        value = attested[2].to_dict()
        parent, last = _at(value, path)
        del parent[last]
        data = canonical.encode(value)
        if path in OPTIONAL:
            assert Attestation.from_bytes(data).to_bytes() == data
        else:
            with pytest.raises(AttestationError):
                Attestation.from_bytes(data)


def test_two_subjects_of_one_name(attested) -> None:
    value = attested[2].to_dict()
    value["subject"] *= 2
    with pytest.raises(AttestationError, match="two subjects have the same name"):
        Attestation.from_bytes(canonical.encode(value))
    with pytest.raises(AttestationError, match="two subjects have the same name"):
        make_attestation(
            make_key(),
            make_proof(make_key()),
            files=[Subject.of_bytes("a", b"1"), Subject.of_bytes("a", b"2")],
        )


def test_building_parts_by_hand_raises_typed_errors() -> None:
    with pytest.raises(AttestationError, match="Quantisation is malformed: bits"):
        Quantisation(bits=1, input_scale=8, float_delta="0", samples=1)
    with pytest.raises(AttestationError, match="Quantisation is malformed: float_delta"):
        Quantisation(bits=8, input_scale=8, float_delta="-1", samples=1)


# --- create -----------------------------------------------------------------------------------------


def test_a_proof_that_does_not_verify_is_not_attested() -> None:
    key = make_key()
    proof = make_proof(key)
    forged = type(proof)(proof.backend, proof.proof_system, proof.statement, bytes(32))
    with pytest.raises(ProofMismatchError, match="nothing was attested"):
        make_attestation(key, forged)
    with pytest.raises(MalformedProofError):
        make_attestation(key, type(proof)(proof.backend, proof.proof_system, proof.statement, b"short"))
    with pytest.raises(ProofMismatchError, match="another key"):
        make_attestation(make_key(b"another"), proof)


def test_without_the_backend_nothing_is_attested() -> None:
    key = make_key(backend="ezkl")
    with pytest.raises(BackendUnavailableError, match="ezkl is not installed"):
        make_attestation(key, make_proof(key))


def test_off_chain_proofs_have_neither_anchor_nor_nonce() -> None:
    key = make_key()
    proof = make_proof(key)
    predicate = make_attestation(key, proof).predicate
    assert predicate.anchor is None
    assert predicate.claim.nonce is None
    for extra in ({"anchor": anchor_of(BINDING)}, {"nonce": bytes(32)}):
        with pytest.raises(AttestationError, match="bound to no chain"):
            make_attestation(key, proof, **extra)


def test_a_bound_proof_is_anchored_where_its_binding_says() -> None:
    key = make_key()
    proof = make_proof(key, binding=BINDING)
    assert make_attestation(key, proof).predicate.anchor == anchor_of(BINDING)
    apart = type(proof)(proof.backend, proof.proof_system, proof.statement, proof.payload)
    with pytest.raises(AttestationError, match="not to which one"):
        make_attestation(key, apart, version=3)
    whole = make_attestation(key, apart, version=3, anchor=anchor_of(BINDING), nonce=BINDING.nonce)
    assert whole.predicate.claim.nonce == "0x" + BINDING.nonce.hex()
    with pytest.raises(AttestationError, match="A nonce has 32 bytes; got 3"):
        make_attestation(key, apart, version=3, anchor=anchor_of(BINDING), nonce=b"123")


@pytest.mark.parametrize(
    "change",
    [
        {"version": 4},
        {"nonce": bytes(32)},
        {"anchor": recorded().model_copy(update={"chain_id": 1})},
        {"anchor": recorded().model_copy(update={"model_id": "7"})},
        {"anchor": recorded().model_copy(update={"contract": "0x" + "11" * 20})},
    ],
)
def test_an_anchor_that_the_proof_does_not_bind_is_refused(change) -> None:
    key = make_key()
    with pytest.raises(AttestationError, match="context is not that of the anchor"):
        make_attestation(key, make_proof(key, binding=BINDING), **change)


def test_subjects_from_files(tmp_path) -> None:
    key = make_key()
    subject = make_attestation(key, make_proof(key), files=[write_model(tmp_path)]).subject
    assert subject == (Subject.of_bytes("renamed.onnx", ONNX),)
    assert Subject.of_file(tmp_path / "renamed.onnx", name="w/model.onnx").name == "w/model.onnx"
    with pytest.raises(StorageError, match="Cannot read the model file"):
        make_attestation(key, make_proof(key), files=[tmp_path / "absent.onnx"])
    with pytest.raises(AttestationError, match="at least 1 item"):
        make_attestation(key, make_proof(key), files=[])


def test_the_time_needs_a_zone() -> None:
    key = make_key()
    with pytest.raises(AttestationError, match="needs a time zone"):
        make_attestation(key, make_proof(key), now=datetime(2026, 11, 23))
    assert make_attestation(key, make_proof(key), now=NOW).predicate.verifier.time == "2026-11-23T08:30:00Z"


def test_a_key_signs_once(signer) -> None:
    attestation = make_attestation(make_key(), make_proof(make_key()))
    with pytest.raises(AttestationError, match="same key signs twice"):
        sign(attestation, signer, signer)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1.0, "1"),
        (100.0, "100"),
        (1e-7, "0.0000001"),
        (0.1, "0.1"),
        (1e22, "1" + "0" * 22),
        (Decimal("0.50"), "0.5"),
    ],
)
def test_decimal_text(value, text) -> None:
    assert decimal_text(value) == text
    assert float(text) == value
    Quantisation(bits=8, input_scale=0, float_delta=text, samples=1)


@pytest.mark.parametrize("value", [-0.5, float("nan"), float("inf"), Decimal("NaN")])
def test_no_decimal_text(value) -> None:
    with pytest.raises(AttestationError, match="finite and not negative"):
        decimal_text(value)


def test_the_fixtures_have_what_they_claim() -> None:
    assert QUANTISATION.float_delta == "0.00390625"
    assert StubChain({}).attestation(b"") is None
    with pytest.raises(BackendUnavailableError):
        lookup("ezkl")
