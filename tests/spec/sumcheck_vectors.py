"""Write the golden vectors: ``python tests/spec/sumcheck_vectors.py [cases.json]``, the same on every run.

Valid proofs come from the reference prover, false and malformed ones from cheats and mutations. What is
expected is stated by each mutation; ``zkattest.spec.sumcheck.judge`` has to agree.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from sumcheck_cheats import LATE, MESSAGES, WITNESSES, attack
from sumcheck_circuits import function_circuit
from sumcheck_encoder import encode
from sumcheck_judge import MAKERS, honest, pieces
from sumcheck_mutations import all_cases
from sumcheck_prover import TAU_2, Instance

from zkattest.spec.points import GENERATOR_1, GENERATOR_2, Q, R, encode_1, encode_2, multiply
from zkattest.spec.sumcheck.circuit import Circuit, Functional
from zkattest.spec.sumcheck.judge import judge_circuit

Case = dict[str, Any]

FILE = Path(__file__).parents[1] / "vectors" / "sumcheck" / "cases.json"
#: Rows of one region.
SWAPS = [(f"{region}[0]", f"{region}[1]") for region in ("output", "witness", "counts", "mask", "helper")]
CHEATS = {**WITNESSES, **MESSAGES}


def word(value: int) -> str:
    return value.to_bytes(32, "big").hex()


def number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 32], "big")


def instance_entry(name: str, circuit: int, instance: Instance, proof: bytes) -> Case:
    return {
        "name": name,
        "circuit": circuit,
        "tau_2": TAU_2.hex(),
        "model_rows": [row.hex() for row in instance.model_rows],
        "key_binding": instance.key_binding.hex(),
        "statement_digest": instance.statement_digest.hex(),
        "public": instance.public,
        "proof": proof.hex(),
    }


def proof_case(name: str, instance: int, expected: bool | None, **more: Any) -> Case:
    return {"type": "proof", "name": name, "instance": instance, **more, "expected": expected}


def tampered(index: int, name: str) -> Iterator[Case]:
    """Every message changed, and every one in another encoding."""
    instance, proof = honest(name)
    for i, (piece, at, size) in enumerate(pieces(instance)):

        def case(what: str, text: str, expected: bool | None, at: int = at, piece: str = piece) -> Case:
            return proof_case(f"{piece}: {what}", index, expected, splices=[[at, len(text) // 2, text]])

        yield proof_case(f"{piece}: removed", index, None, splices=[[at, size, ""]])
        x, y = number(proof, at), number(proof, at + 32) if size == 64 else 0
        if size == 32:
            yield case("plus 1", word((x + 1) % R), False)
            yield case("plus r", word(x + R), None)
            continue
        yield case("negated", word(x) + word(Q - y), False)
        yield case("another", encode_1(multiply(GENERATOR_1, 1000 + i)).hex(), False)
        yield case("x plus q", word(x + Q) + word(y), None)
        yield case("y plus q", word(x) + word(y + Q), None)
        yield case("infinity", word(0) + word(0), None)
        yield case("off the curve", word(x) + word((y + 1) % Q), None)


def rebound(index: int, name: str) -> Iterator[Case]:
    """Other keys, statements and lengths."""
    instance, proof = honest(name)
    length = len(proof)
    for what, expected, splices in (
        ("empty", None, [[0, length, ""]]),
        ("last byte missing", None, [[length - 1, 1, ""]]),
        ("a byte more", None, [[length, 0, "00"]]),
        ("a byte before", None, [[0, 0, "00"]]),
        ("a scalar r", None, [[pieces(instance)[-3][1], 32, word(R)]]),
        ("a scalar 2^256 - 1", None, [[pieces(instance)[-3][1], 32, word(2**256 - 1)]]),
    ):
        yield proof_case(f"{name}: {what}", index, expected, splices=splices)
    public, rows = instance.public, [row.hex() for row in instance.model_rows]
    changed, place = list(public), min(2, len(public) - 1)
    changed[place] -= 1
    for what, expected, changes in (
        ("another key", False, {"key_binding": word(1)}),
        ("another statement", False, {"statement_digest": word(1)}),
        ("another public integer", False, {"public": changed}),
        ("a public integer missing", None, {"public": public[1:]}),
        ("a public integer more", None, {"public": [*public, 0]}),
        ("another secret", False, {"tau_2": encode_2(multiply(GENERATOR_2, 5)).hex()}),
        ("a model row more", None, {"model_rows": [*rows, encode_1(GENERATOR_1).hex()]}),
    ):
        yield proof_case(f"{name}: {what}", index, expected, changes=changes)
    if rows:
        yield proof_case(f"{name}: a model row missing", index, None, changes={"model_rows": rows[1:]})
        other = [encode_1(GENERATOR_1).hex(), *rows[1:]]
        yield proof_case(f"{name}: another model row", index, False, changes={"model_rows": other})
    if len(rows) > 1:
        yield proof_case(f"{name}: model rows swapped", index, False, changes={"model_rows": rows[::-1]})


def swapped(index: int, name: str) -> Iterator[Case]:
    """Two rows of the same region exchanged."""
    instance, proof = honest(name)
    places = {piece: at for piece, at, _ in pieces(instance)}
    for first, second in SWAPS:
        if second not in places:
            continue
        a, b = places[first], places[second]
        text = [proof[at : at + 64].hex() for at in (a, b)]
        splices = [[a, 64, text[1]], [b, 64, text[0]]]
        yield proof_case(f"{name}: {first} and {second} swapped", index, False, splices=splices)


def similar() -> tuple[Circuit, Circuit]:
    """Circuits whose proofs are as long as the function circuit's: another table; the same meaning."""
    circuit = function_circuit()
    (table,) = circuit.tables
    images = (*(table.images or ())[:-1], 99)
    unused = (*circuit.functionals, Functional(4, ()))
    return replace(circuit, tables=(replace(table, images=images),)), replace(circuit, functionals=unused)


def circuit_cases() -> Iterator[Case]:
    for name, data, valid in all_cases():
        case: Case = {"type": "circuit", "name": name, "circuit": data.hex()}
        case["expected"] = judge_circuit(case)
        assert (case["expected"] is not None) is valid, name
        yield case


def vectors() -> Case:
    circuits = [honest(name)[0].encoding.hex() for name in MAKERS] + [encode(c).hex() for c in similar()]
    instances, cases = [], []

    def put(name: str, made: tuple[Instance, bytes], expected: bool) -> int:
        instance, proof = made
        circuit = circuits.index(instance.encoding.hex())
        instances.append(instance_entry(name, circuit, instance, proof))
        cases.append(proof_case(name, len(instances) - 1, expected))
        return len(instances) - 1

    for name in MAKERS:
        index = put(f"{name}: honest", honest(name), True)
        cases += rebound(index, name)
        put(f"{name}: honest, other data", honest(name, 1), True)
    for circuit in (1, 2):
        cases.append(proof_case("another circuit", 0, None, changes={"circuit": circuit}))
    cases.append(proof_case("an entry of the table changed", 4, False, changes={"circuit": len(MAKERS)}))
    cases.append(proof_case("an unused functional more", 4, False, changes={"circuit": len(MAKERS) + 1}))
    cases += tampered(4, "function")
    for index, name in enumerate(MAKERS):
        cases += swapped(2 * index, name)
    for name, cheat in CHEATS.items():
        put(f"cheat: {name}", cheat(), False)
    for name in LATE:
        put(f"cheat: {name}", attack(name, broken=False), False)
    cases += circuit_cases()
    return {"circuits": circuits, "instances": instances, "cases": cases}


def main(arguments: list[str]) -> int:
    path = Path(arguments[0]) if arguments else FILE
    text = json.dumps(vectors(), indent=1) + "\n"
    path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
