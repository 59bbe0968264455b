"""Write the proofs of real models that Foundry's tests verify: ``python tests/onchain/write_models.py``.

Every run writes other proofs: strings, blinders and masks are fresh."""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
sys.path.insert(0, str(Path(__file__).parents[1] / "backends"))

import numpy as np
from layers import Network
from models import MODELS, BenchmarkModel
from sumcheck_world import BACKEND, development, inputs
from write_proofs import CHAIN, MODEL, NONCE, REGISTRY, VERSION

import zkattest as zk
from zkattest.backends.sumcheck.keys import VerifierData
from zkattest.statements import context_digest

FOLDER = Path(__file__).parents[2] / "verifier_contracts" / "test" / "fixtures"
#: Of the profile `gas`.
PROVED = ("clinic", "lenet5", "score")


def fixture(name: str) -> dict[str, str]:
    """A proof of a random input, with all that a chain is given: in the context of `write_proofs.py`."""
    source = MODELS[name]() if name in MODELS else score()
    model = zk.compile(source.onnx_bytes, source.samples)
    srs = development(zk.estimate(model, profile="gas").srs_degree.bit_length())
    keys = zk.setup(zk.commit(model, srs, profile="gas"), srs)
    context = context_digest(
        chain_id=CHAIN,
        registry=REGISTRY,
        model_id=MODEL,
        version=VERSION,
        model_hash=keys.verifying.model_hash,
        nonce=NONCE,
    )
    proof, _ = BACKEND.prove(keys, model, inputs(model), srs=srs, context=context)
    key, statement = keys.verifying, proof.statement
    data = VerifierData.from_bytes(key.payload)
    fields = {
        "tauG2": data.tau_g2,
        "record": key.record,
        "keyDigest": key.encoding_digest,
        "modelHash": statement.model_hash,
        "circuitHash": statement.circuit_hash,
        "vkHash": statement.vk_hash,
        "inputCommitment": statement.input_commitment,
        "context": statement.context,
        "output": statement.output,
        "proof": proof.payload,
    }
    return {field: "0x" + value.hex() for field, value in fields.items()}


def score() -> BenchmarkModel:
    """A model of one output, which a lender compares with a threshold."""
    net = Network("score", 8).dense(4, 1)
    samples = np.random.default_rng(1).uniform(-1, 1, (64, *net.input[1:])).astype(np.float32)
    return BenchmarkModel(net.to_bytes(), samples)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for name in PROVED:
        path = FOLDER / f"sumcheck_{name}.json"
        path.write_text(json.dumps(fixture(name), indent=1) + "\n")
