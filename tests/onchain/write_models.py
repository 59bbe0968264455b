"""Write the proofs of real models that Foundry's tests verify: ``python tests/onchain/write_models.py``.

Every run writes other proofs: strings, blinders and masks are fresh."""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
sys.path.insert(0, str(Path(__file__).parents[1] / "backends"))

from models import MODELS
from sumcheck_world import BACKEND, CONTEXT, development, inputs

import zkattest as zk
from zkattest.backends.sumcheck.keys import VerifierData

FOLDER = Path(__file__).parents[2] / "verifier_contracts" / "test" / "fixtures"
#: Of the profile `gas`.
PROVED = ("clinic", "lenet5")


def fixture(name: str) -> dict[str, str]:
    """A proof of a random input, with all that a chain is given."""
    source = MODELS[name]()
    model = zk.compile(source.onnx_bytes, source.samples)
    srs = development(zk.estimate(model, profile="gas").srs_degree.bit_length())
    keys = zk.setup(zk.commit(model, srs, profile="gas"), srs)
    proof, _ = BACKEND.prove(keys, model, inputs(model), srs=srs, context=CONTEXT)
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


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for name in PROVED:
        path = FOLDER / f"sumcheck_{name}.json"
        path.write_text(json.dumps(fixture(name), indent=1) + "\n")
