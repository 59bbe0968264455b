"""Calls the specified verifier on instances."""

from __future__ import annotations

from functools import cache

from sumcheck_circuits import convolution, function, gemm
from sumcheck_geometry import geometry
from sumcheck_prover import TAU_2, Instance, Prover

from zkattest.errors import FormatError
from zkattest.spec.sumcheck import verify

MAKERS = {"gemm": gemm, "convolution": convolution, "function": function, "geometry": geometry}


@cache
def honest(name: str, seed: int = 0, evaluated: bool = False) -> tuple[Instance, bytes]:
    """An instance and a proof of it; not to be changed. ``evaluated``: with an evaluation argument."""
    instance = MAKERS[name](seed)
    instance.evaluated = evaluated
    return instance, Prover(instance, seed).prove()


def judge(instance: Instance, proof: bytes, **changes: object) -> bool:
    """What the specification says; ``changes`` replace arguments of ``verify``."""
    arguments: dict[str, object] = {
        "circuit": instance.encoding,
        "tau_2": TAU_2,
        "model_rows": instance.model_rows,
        "key_binding": instance.key_binding,
        "statement_digest": instance.statement_digest,
        "public": instance.public,
        "proof": proof,
        "evaluation": instance.evaluation,
    }
    return verify(**{**arguments, **changes})  # type: ignore[arg-type]


def verdict(instance: Instance, proof: bytes, **changes: object) -> bool | None:
    """The same, with None for malformed input."""
    try:
        return judge(instance, proof, **changes)
    except FormatError:
        return None


def pieces(instance: Instance) -> list[tuple[str, int, int]]:
    """(message, position, size) of each point and scalar in a proof, from the document's table."""
    circuit, result, at = instance.circuit, [], 0

    def put(name: str, size: int, count: int) -> None:
        nonlocal at
        for i in range(count):
            result.append((f"{name}[{i}]", at, size))
            at += size

    regions = ("data", "output", "witness", "counts", "mask", "helper")
    for name, count in zip(regions, circuit.rows[1:], strict=True):
        put(name, 64, count)
    put("S", 32, 1)
    for i in range(circuit.n1):
        put(f"sum-check 1 round {i}", 32, circuit.d1)
    for i in range(circuit.n2):
        put(f"sum-check 2 round {i}", 32, circuit.d2)
    put("u", 32, circuit.d1)
    for i in range(circuit.c):
        put(f"sum-check 3 round {i}", 32, 2)
    if instance.evaluated:
        put("advice", 32, 2 + sum(circuit.rows) - 1)
    for name in ("C1", "h", "q", "g", "C2", "s", "d") if instance.evaluated else "hqgsd":
        put(name, 64, 1)
    put("values", 32, 7)
    if instance.evaluated:
        put("argument values", 32, 15)
    put("W", 64, 2)
    return result
