"""Judge golden vectors: ``python -m zkattest.spec.sumcheck.judge [cases.json]``.

``tests/vectors/sumcheck/format.md`` says what the file holds. Prints the cases that this specification judges
otherwise than they expect, and exits with 1 if there are any.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from eth_utils.crypto import keccak

from zkattest.errors import FormatError
from zkattest.spec.sumcheck import codec, proof
from zkattest.spec.sumcheck.verifier import verify

Json = dict[str, Any]


def spliced(data: bytes, splices: list[list[Any]]) -> bytes:
    """``data`` with, in order, ``removed`` bytes from ``at`` on replaced by others: [at, removed, hex]."""
    for at, removed, text in splices:
        data = data[:at] + bytes.fromhex(text) + data[at + removed :]
    return data


def judge_circuit(case: Json) -> Json | None:
    """The digest and derived numbers of a circuit description; None where it is malformed."""
    data = bytes.fromhex(case["circuit"])
    try:
        circuit = codec.decode(data)
    except FormatError:
        return None
    return {
        "digest": keccak(data).hex(),
        "n1": circuit.n1,
        "n2": circuit.n2,
        "d1": circuit.d1,
        "d2": circuit.d2,
        "terms": circuit.k,
        "proof_bytes": proof.length(circuit),
    }


def judge_proof(vectors: Json, case: Json) -> bool | None:
    """The verdict on a proof; None where it is malformed."""
    given = {**vectors["instances"][case["instance"]], **case.get("changes", {})}
    data = spliced(bytes.fromhex(given["proof"]), case.get("splices", []))
    try:
        return verify(
            bytes.fromhex(vectors["circuits"][given["circuit"]]),
            bytes.fromhex(given["tau_2"]),
            [bytes.fromhex(row) for row in given["model_rows"]],
            bytes.fromhex(given["key_binding"]),
            bytes.fromhex(given["statement_digest"]),
            given["public"],
            data,
            bytes.fromhex(given["evaluation"]),
        )
    except FormatError:
        return None


def judge(vectors: Json, case: Json) -> Json | bool | None:
    """What this specification says of a case."""
    return judge_circuit(case) if case["type"] == "circuit" else judge_proof(vectors, case)


def main(arguments: list[str]) -> int:
    """Judge a file of cases."""
    path = Path(arguments[0] if arguments else "tests/vectors/sumcheck/cases.json")
    vectors = json.loads(path.read_text(encoding="utf-8"))
    wrong = 0
    for case in vectors["cases"]:
        found = judge(vectors, case)
        if found != case["expected"]:
            wrong += 1
            print(f"{case['name']}: expected {case['expected']}, found {found}")
    print(f"{len(vectors['cases'])} cases, {wrong} judged otherwise")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
