"""Statements, bindings and proofs: encodings, and what each field binds."""

import dataclasses

import numpy as np
import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from zkattest.backends.base import (
    InputSecret,
    Proof,
    ProvingKey,
    StatementShape,
    VerifyingKey,
    proof_system_id,
)
from zkattest.errors import FormatError, InputError, ProofMismatchError, ShapeError
from zkattest.statements import (
    NO_COMMITMENT,
    Binding,
    Inference,
    context_digest,
    decode_output,
    encode_output,
)

REGISTRY = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
BINDING = Binding(31337, REGISTRY, 4, 2, bytes(range(32)))
MODEL = b"\x11" * 32


def _statement(**changes: bytes) -> Inference:
    fields = {
        "model_hash": MODEL,
        "circuit_hash": b"\x22" * 32,
        "vk_hash": b"\x33" * 32,
        "input_commitment": b"\x44" * 32,
        "output": encode_output(np.array([-3, 2**40])),
        "context": BINDING.context(MODEL),
    }
    return Inference(**{**fields, **changes})


def test_output_is_big_endian_twos_complement() -> None:
    data = encode_output(np.array([[-1, 258]]))
    assert data == b"\xff" * 8 + b"\0" * 6 + b"\x01\x02"
    assert decode_output(data).tolist() == [-1, 258]
    with pytest.raises(FormatError, match="groups of 8"):
        decode_output(data[:-1])


def test_context_is_the_abi_encoding() -> None:
    expected = keccak(
        encode(
            ["bytes32", "uint256", "address", "uint256", "uint64", "bytes32", "bytes32"],
            [keccak(text="zkattest-context-v1"), 31337, REGISTRY, 4, 2, MODEL, bytes(range(32))],
        )
    )
    assert BINDING.context(MODEL) == expected


@pytest.mark.parametrize(
    "change",
    [{"chain_id": 1}, {"registry": "0x" + "00" * 20}, {"model_id": 5}, {"version": 3}, {"nonce": bytes(32)}],
)
def test_every_field_of_a_binding_changes_the_context(change: dict) -> None:
    assert dataclasses.replace(BINDING, **change).context(MODEL) != BINDING.context(MODEL)


def test_the_model_hash_changes_the_context() -> None:
    assert BINDING.context(MODEL) != BINDING.context(b"\x12" * 32)
    assert (
        len(
            context_digest(
                chain_id=1, registry=REGISTRY, model_id=0, version=0, model_hash=MODEL, nonce=MODEL
            )
        )
        == 32
    )


def test_bindings_refuse_what_does_not_encode() -> None:
    with pytest.raises(FormatError, match="checksummed"):
        dataclasses.replace(BINDING, registry=REGISTRY.lower())
    with pytest.raises(FormatError, match="32 bytes"):
        dataclasses.replace(BINDING, nonce=b"short")
    with pytest.raises(FormatError, match="version"):
        dataclasses.replace(BINDING, version=2**64)


def test_statement_round_trip_and_digest() -> None:
    statement = _statement()
    assert Inference.from_bytes(statement.to_bytes()) == statement
    for field in dataclasses.fields(Inference):
        changes = {field.name: b"\x99" * (8 if field.name in ("input", "output") else 32)}
        if field.name == "input":
            changes["input_commitment"] = NO_COMMITMENT
        if field.name == "output_commitment":
            changes["output"] = b""
        other = _statement(**changes)
        assert other.digest != statement.digest, field.name
        assert Inference.from_bytes(other.to_bytes()) == other


def test_the_encoding_that_contracts_build_is_pinned() -> None:
    """Word for word what IVerifier.sol documents; other kinds must not change it."""
    statement = _statement()
    fields = (MODEL, b"\x22" * 32, b"\x33" * 32, b"\x44" * 32, statement.context)
    expected = b"ZKST" + b"\0\x01" + b"\0\0\0\x09inference" + b"".join(fields)
    assert statement.to_bytes() == expected + b"\0\0\0\x10" + statement.output


SHOWN = {"input": encode_output(np.array([1, -2])), "input_commitment": NO_COMMITMENT}
HIDDEN = {"output": b"", "output_commitment": b"\x55" * 32}


def test_kinds_of_statements_show_and_hide() -> None:
    cases = {
        "inference": ({}, [-3, 2**40]),
        "inference, input public": (SHOWN, [-3, 2**40, 1, -2]),
        "inference, output private": (HIDDEN, []),
        "inference, input public, output private": ({**SHOWN, **HIDDEN}, [1, -2]),
    }
    digests = set()
    for kind, (changes, values) in cases.items():
        statement = _statement(**changes)
        assert statement.kind == kind
        assert statement.public_values.tolist() == values
        data = statement.to_bytes()
        assert Inference.from_bytes(data) == statement
        digests.add(statement.digest)
        for size in range(len(data)):
            with pytest.raises(FormatError):
                Inference.from_bytes(data[:size])
    assert len(digests) == 4


def test_a_statement_says_one_thing_about_each_value() -> None:
    for changes in (
        {"input": SHOWN["input"]},  # and a commitment
        {"output_commitment": b"\x55" * 32},  # and an output
        {"output": b""},  # neither
        {**SHOWN, "input": b"1234567"},
    ):
        with pytest.raises(ShapeError):
            _statement(**changes)
    shown = _statement(**SHOWN).to_bytes()
    other = shown.replace(b"\0\0\0\x17inference, input public", b"\0\0\0\x19inference, output private")
    with pytest.raises(FormatError, match="says 'inference, output private'"):
        Inference.from_bytes(other)


def test_openings_round_trip_and_hide() -> None:
    secret = InputSecret(MODEL, b"blinder", b"\x55" * 32, b"another")
    assert InputSecret.from_bytes(secret.to_bytes()) == secret
    assert "blinder" not in repr(secret)
    assert "another" not in repr(secret)


def test_shapes_of_statements_are_checked() -> None:
    for options in ({"input": "secret"}, {"output": ""}, {"batch": 0}, {"batch": True}, {"batch": 65537}):
        with pytest.raises(InputError):
            StatementShape(**options)


def test_statement_refuses_wrong_lengths() -> None:
    with pytest.raises(FormatError, match="vk_hash"):
        _statement(vk_hash=b"short")
    for output in (b"", b"1234567"):
        with pytest.raises(ShapeError, match="8 bytes per value"):
            _statement(output=output)


@pytest.mark.parametrize("binding", [None, BINDING])
def test_proof_round_trip_and_every_truncation(binding: Binding | None) -> None:
    proof = Proof("fake", "fake-bn254-v1", _statement(), b"payload", binding)
    data = proof.to_bytes()
    assert Proof.from_bytes(data) == proof
    for size in range(len(data)):
        with pytest.raises(FormatError):
            Proof.from_bytes(data[:size])
    with pytest.raises(FormatError, match="trailing"):
        Proof.from_bytes(data + b"\0")


def test_a_proof_with_a_foreign_binding_is_refused() -> None:
    proof = Proof("fake", "fake-bn254-v1", _statement(), b"payload", BINDING)
    with pytest.raises(ProofMismatchError, match="context"):
        proof.bound_to(dataclasses.replace(BINDING, chain_id=1))
    data = bytearray(proof.to_bytes())
    data[-1] ^= 1  # the nonce
    with pytest.raises(ProofMismatchError, match="context"):
        Proof.from_bytes(bytes(data))


def test_keys_round_trip_and_hide_their_payload() -> None:
    key = VerifyingKey("fake", "fake-bn254-v1", MODEL, MODEL, MODEL, True, b"visible?")
    assert VerifyingKey.from_bytes(key.to_bytes()) == key
    assert "visible" not in repr(key)
    secret = ProvingKey("fake", key.digest, b"weights")
    assert ProvingKey.from_bytes(secret.to_bytes()) == secret
    assert "weights" not in repr(secret)
    assert dataclasses.replace(key, srs_unsafe=False).digest != key.digest
    recorded = dataclasses.replace(key, record=b"record")
    assert VerifyingKey.from_bytes(recorded.to_bytes()) == recorded
    assert recorded.digest == keccak(b"record" + keccak(recorded.to_bytes())) != key.digest


def test_proof_system_id_is_erc_7992s() -> None:
    assert proof_system_id("halo2-bn254-v1") == keccak(text="halo2-bn254-v1")[:4]
