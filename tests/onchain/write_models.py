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
from zkattest.backends.base import CommittedModel, StatementShape
from zkattest.backends.sumcheck.keys import VerifierData
from zkattest.commitments import commit_model

FOLDER = Path(__file__).parents[2] / "verifier_contracts" / "test" / "fixtures"
#: Model and log2 of the cells of a row, as the profile `gas` chooses it; axes are padded.
PROVED = (("clinic", 12), ("lenet5", 18))


def fixture(name: str, log_row: int) -> dict[str, str]:
    """A proof of a random input, with all that a chain is given."""
    source = MODELS[name]()
    model = zk.compile(source.onnx_bytes, source.samples)
    srs = development(log_row)
    committed = CommittedModel(model, *commit_model(model, srs, row_size=1 << log_row, padded=True))
    keys = BACKEND.setup(committed, srs=srs, shape=StatementShape())
    proof, _ = BACKEND.prove(keys, model, inputs(model), srs=srs, context=CONTEXT)
    key, statement = keys.verifying, proof.statement
    data = VerifierData.from_bytes(key.payload)
    fields = {
        "tauG2": data.tau_g2,
        "circuit": data.circuit,
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
    for name, log_row in PROVED:
        path = FOLDER / f"sumcheck_{name}.json"
        path.write_text(json.dumps(fixture(name, log_row), indent=1) + "\n")
