"""The whole way with a real proof system: quantise, commit, prove, attest, verify, tamper."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from zkattest.attest import (
    Bundle,
    Envelope,
    Outcome,
    Quantisation,
    SigningKey,
    Subject,
    create,
    inspect,
    sign,
    verify,
)

pytest.importorskip("ezkl", reason="the ezkl extra is not installed")


@pytest.fixture(scope="module")
def proved() -> dict[str, Any]:
    from zkattest.backends import get_backend
    from zkattest.backends.base import CommittedModel
    from zkattest.commitments import commit_model
    from zkattest.frontend import compile_model
    from zkattest.srs import Srs

    rng = np.random.default_rng(3)
    weight, bias = rng.normal(size=(4, 3)).astype(np.float32), rng.normal(size=3).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("Gemm", ["x", "w", "b"], ["h"]), helper.make_node("Relu", ["h"], ["y"])],
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 3])],
        [numpy_helper.from_array(weight, "w"), numpy_helper.from_array(bias, "b")],
    )
    data = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    ).SerializeToString()
    model = compile_model(data, rng.normal(size=(64, 4)).astype(np.float32))
    backend = get_backend("ezkl")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        srs = Srs.development(max(6, (backend.estimate(model).srs_degree - 1).bit_length()))
    commitment, secret = commit_model(model, srs)
    keys = backend.setup(CommittedModel(model, commitment, secret), srs=srs)
    x = model.quantise_input(rng.normal(size=(1, 4)).astype(np.float32))
    proof, opening = backend.prove(keys, model, x, srs=srs)
    assert onnx.load_from_string(data).graph.name == "tiny"
    names = ("onnx", "model", "srs", "commitment", "secret", "key", "proof", "opening", "x")
    return dict(
        zip(names, (data, model, srs, commitment, secret, keys.verifying, proof, opening, x), strict=True)
    )


@pytest.fixture(scope="module")
def bundle(proved: dict[str, Any], signer: SigningKey) -> Bundle:
    attestation = create(
        proved["proof"],
        proved["key"],
        files=[Subject.of_bytes("tiny.onnx", proved["onnx"])],
        output_scale=proved["model"].outputs[0].scale,
        quantisation=Quantisation(
            bits=12, input_scale=proved["model"].inputs[0].scale, float_delta="0.01", samples=64
        ),
        srs=proved["srs"],
    )
    material = proved["commitment"].to_bytes()
    whole = Bundle.of(sign(attestation, signer), proved["key"], proved["proof"], model_commitment=material)
    return Bundle.from_bytes(whole.to_bytes())


def test_a_real_proof_is_accepted(proved, bundle, signer) -> None:
    report = verify(bundle, keys=[signer.public], srs=proved["srs"], allow_development=True)
    passed = {check.name for check in report.checks if check.outcome is Outcome.PASSED}
    assert passed == {"bundle", "signature", "statement", "digests", "proof", "setup", "commitment"}
    assert report.ok
    strict = verify(bundle, keys=[signer.public], srs=proved["srs"])
    assert {check.name for check in strict.failed} == {"setup", "commitment"}
    assert inspect(bundle).to_dict()["Proof system"].startswith(proved["proof"].proof_system)


@pytest.mark.parametrize("at", [0, 40, -40, -1])
def test_a_forged_proof_that_the_signer_vouches_for_is_rejected(proved, bundle, signer, at) -> None:
    payload = bytearray(proved["proof"].payload)
    payload[at] ^= 1
    forged = replace(proved["proof"], payload=bytes(payload))
    statement = bundle.unverified_attestation()
    record = statement.predicate.proof.model_copy(update={"digest": "0x" + forged.digest.hex()})
    predicate = statement.predicate.model_copy(update={"proof": record})
    vouched = Envelope.signed(statement.model_copy(update={"predicate": predicate}).to_bytes(), [signer])
    report = verify(
        replace(bundle, envelope=vouched, proof=forged.to_bytes()),
        keys=[signer.public],
        allow_development=True,
    )
    assert (report["signature"].outcome, report["digests"].outcome) == (Outcome.PASSED, Outcome.PASSED)
    assert report["proof"].outcome is Outcome.FAILED
    assert report.verdict == "rejected"


def test_no_secret_of_the_prover_is_inside(proved, bundle, signer) -> None:
    layers = b"\n".join(
        [bundle.to_bytes(), bundle.verifying_key or b"", bundle.proof or b"", bundle.envelope.payload]
    )
    salt = proved["opening"].salt
    secrets = [
        salt,
        salt.hex().encode(),
        salt[::-1],
        proved["x"].astype(">i8").tobytes(),
        proved["x"].astype("<i8").tobytes(),
    ]
    secrets += [part.tobytes() for part in proved["model"].constants.values() if part.size > 2]
    secrets.append(proved["secret"].to_bytes()[-32:])
    for secret in secrets:
        assert len(secret) >= 16
        assert secret not in layers
