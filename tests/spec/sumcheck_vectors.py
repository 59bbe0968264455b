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

from sumcheck_argument_cheats import ARGUMENTS
from sumcheck_cheats import LATE, MESSAGES, WITNESSES, attack
from sumcheck_circuits import function_circuit
from sumcheck_encoder import encode
from sumcheck_judge import MAKERS, honest, pieces
from sumcheck_mutations import all_cases
from sumcheck_prover import TAU_2, Instance
from sumcheck_table import table_of

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
        "evaluation": instance.evaluation.hex(),
        "proof": proof.hex(),
    }


def proof_case(name: str, instance: int, expected: bool | None, **more: Any) -> Case:
    return {"type": "proof", "name": name, "instance": instance, **more, "expected": expected}


def tampered(index: int, name: str, evaluated: bool = False) -> Iterator[Case]:
    """Every message changed, and every one in another encoding."""
    instance, proof = honest(name, evaluated=evaluated)
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


def rebound(index: int, name: str, evaluated: bool = False) -> Iterator[Case]:
    """Other keys, statements and lengths."""
    instance, proof = honest(name, evaluated=evaluated)
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


def rekeyed(index: int, name: str) -> Iterator[Case]:
    """Other evaluation keys."""
    instance = honest(name, evaluated=True)[0]
    key = instance.evaluation
    log_gates, point = key[0], key[1:]
    x, y = number(point, 0), number(point, 32)
    needed = (table_of(instance.circuit).public - 1).bit_length()
    for what, expected, evaluation in (
        ("none", None, b""),
        ("without its last byte", None, key[:-1]),
        ("a byte more", None, key + b"\0"),
        ("twice the gates", False, bytes([log_gates + 1]) + point),
        ("half the gates", False, bytes([log_gates - 1]) + point),
        ("hardly enough gates", False, bytes([needed]) + point),
        ("too few gates", None, bytes([needed - 1]) + point),
        ("2^28 gates", False, bytes([28]) + point),
        ("2^29 gates", None, bytes([29]) + point),
        ("2^255 gates", None, bytes([255]) + point),
        ("C0 negated", False, key[:33] + (Q - y).to_bytes(32, "big")),
        ("another C0", False, key[:1] + encode_1(GENERATOR_1)),
        ("C0 of another circuit", False, key[:1] + convolution_key(name)),
        ("C0 infinity", None, key[:1] + bytes(64)),
        ("C0 off the curve", None, key[:33] + ((y + 1) % Q).to_bytes(32, "big")),
        ("C0's x plus q", None, key[:1] + (x + Q).to_bytes(32, "big") + key[33:]),
    ):
        changes = {"evaluation": evaluation.hex()}
        yield proof_case(f"{name}, evaluation key: {what}", index, expected, changes=changes)


def convolution_key(name: str) -> bytes:
    """The point of another circuit's key."""
    other = "function" if name == "convolution" else "convolution"
    return honest(other, evaluated=True)[0].evaluation[1:]


def swapped(index: int, name: str, evaluated: bool = False) -> Iterator[Case]:
    """Two rows of the same region exchanged."""
    instance, proof = honest(name, evaluated=evaluated)
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


class Collected:
    """The file as it grows."""

    def __init__(self) -> None:
        circuits = [honest(name)[0].encoding for name in MAKERS] + [encode(circuit) for circuit in similar()]
        self.circuits = [circuit.hex() for circuit in circuits]
        self.instances: list[Case] = []
        self.cases: list[Case] = []

    def put(self, name: str, made: tuple[Instance, bytes], expected: bool) -> int:
        """The number of the instance."""
        instance, proof = made
        circuit = self.circuits.index(instance.encoding.hex())
        self.instances.append(instance_entry(name, circuit, instance, proof))
        self.cases.append(proof_case(name, len(self.instances) - 1, expected))
        return len(self.instances) - 1

    def put_all(self, evaluated: bool) -> None:
        """Honest proofs, changed ones, and cheats; ``evaluated``: under keys with an evaluation part."""
        prefix = "evaluated " if evaluated else ""
        indices = {}
        for name in MAKERS:
            indices[name] = self.put(f"{prefix}{name}: honest", honest(name, 0, evaluated), True)
            self.put(f"{prefix}{name}: honest, other data", honest(name, 1, evaluated), True)
        for name, index in indices.items():
            self.add(prefix, rebound(index, name, evaluated))
            self.add(prefix, swapped(index, name, evaluated))
        self.add(prefix, other_circuits(indices["gemm"], indices["function"]))
        self.add(prefix, tampered(indices["function"], "function", evaluated))
        if evaluated:
            for name in ("convolution", "function"):
                self.add(prefix, rekeyed(indices[name], name))
            for name, cheat in ARGUMENTS.items():
                self.put(f"{prefix}cheat: argument: {name}", cheat(), False)
        else:
            key = honest("function", evaluated=True)[0].evaluation.hex()
            changes = {"evaluation": key}
            name = "an evaluation key for a proof without"
            self.cases.append(proof_case(name, indices["function"], None, changes=changes))
        for name, cheat in CHEATS.items():
            self.put(f"{prefix}cheat: {name}", cheat(evaluated), False)
        for name in LATE:
            self.put(f"{prefix}cheat: {name}", attack(name, broken=False, evaluated=evaluated), False)

    def add(self, prefix: str, cases: Iterator[Case]) -> None:
        self.cases += [{**case, "name": prefix + case["name"]} for case in cases]


def other_circuits(gemm: int, function: int) -> Iterator[Case]:
    """``gemm``, ``function``: instances of these circuits."""
    for circuit in (1, 2):
        yield proof_case("another circuit", gemm, None, changes={"circuit": circuit})
    changed, more = ({"circuit": len(MAKERS) + i} for i in (0, 1))
    yield proof_case("an entry of the table changed", function, False, changes=changed)
    yield proof_case("an unused functional more", function, False, changes=more)


def vectors() -> Case:
    collected = Collected()
    for evaluated in (False, True):
        collected.put_all(evaluated)
    cases = [*collected.cases, *circuit_cases()]
    return {"circuits": collected.circuits, "instances": collected.instances, "cases": cases}


def main(arguments: list[str]) -> int:
    path = Path(arguments[0]) if arguments else FILE
    text = json.dumps(vectors(), indent=1) + "\n"
    path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
