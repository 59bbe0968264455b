"""The JSON Schema of the predicate, generated from the models.

``python -m zkattest.attest.schema docs/schemas/attestation-v1.schema.json`` writes the published copy; a
test compares it. The schema describes shapes; bounds on integers in texts, plain names, and the rule that
context, nonce and anchor go together are the decoder's and the verifier's.
"""

from __future__ import annotations

import json
import sys

from zkattest.storage import write_atomic

from .statement import PREDICATE_TYPE, Predicate


def predicate_schema() -> bytes:
    """JSON Schema (draft 2020-12) of the predicate, UTF-8 with a final newline."""
    schema = Predicate.model_json_schema(by_alias=True)
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": PREDICATE_TYPE} | schema
    return (json.dumps(schema, indent=2, sort_keys=True) + "\n").encode()


if __name__ == "__main__":
    write_atomic(sys.argv[1], predicate_schema())
