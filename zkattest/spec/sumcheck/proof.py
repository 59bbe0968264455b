"""The bytes of a proof: step 1, its shape (``docs/protocol.md``, "Proof bytes")."""

from __future__ import annotations

from dataclasses import dataclass

from zkattest.errors import MalformedProofError
from zkattest.spec.points import NotAPointError, Point, decode_1, decode_scalar
from zkattest.spec.sumcheck.circuit import COUNTS, DATA, HELPER, MASK, OUTPUT, WITNESS, Circuit

SCALAR, POINT = 32, 64
#: Values of the evaluation argument's polynomials that a proof holds.
ARGUMENT_VALUES = 15
#: Regions whose rows the first message holds, in this order.
FIRST_REGIONS = (DATA, OUTPUT, WITNESS, COUNTS, MASK)


@dataclass(frozen=True)
class Proof:
    """The absorbed messages, as bytes; each is a string of points or of scalars, all of them canonical.

    ``advice``, ``wires`` (C_1), ``products`` (C_2) and ``argument_values`` are empty where the key has no
    evaluation part; where it has, they are absorbed in one with their neighbours.
    """

    rows: bytes
    helpers: bytes
    start: bytes
    rounds_1: tuple[bytes, ...]
    rounds_2: tuple[bytes, ...]
    u: bytes
    rounds_3: tuple[bytes, ...]
    advice: bytes
    wires: bytes
    h: bytes
    q_g: bytes
    products: bytes
    s_d: bytes
    values: bytes
    argument_values: bytes
    quotient: bytes
    quotient_at_xi: bytes


def length(circuit: Circuit, evaluated: bool = False) -> int:
    """Bytes of every proof of this circuit. ``evaluated``: under a key with an evaluation part."""
    points = sum(circuit.rows[region] for region in FIRST_REGIONS) + circuit.rows[HELPER] + 7
    rounds = circuit.n1 * circuit.d1 + circuit.n2 * circuit.d2 + 2 * circuit.c
    total = POINT * points + SCALAR * (1 + rounds + circuit.d1 + 7)
    if evaluated:
        total += 2 * POINT + SCALAR * (count_advice(circuit) + ARGUMENT_VALUES)
    return total


def count_advice(circuit: Circuit) -> int:
    """Scalars of the advice: the constant, the weight at sigma, the weight of each row but R."""
    return 2 + sum(circuit.rows) - 1


def scalars(message: bytes) -> list[int]:
    """The scalars in a message."""
    return [decode_scalar(message[at : at + SCALAR]) for at in range(0, len(message), SCALAR)]


def points(message: bytes) -> list[Point]:
    """The points in a message."""
    return [decode_1(message[at : at + POINT]) for at in range(0, len(message), POINT)]


def decode(circuit: Circuit, data: bytes, evaluated: bool = False) -> Proof:
    """Step 1: the messages in ``data``, every scalar and point checked.

    ``evaluated``: the key has an evaluation part.

    Raises:
        MalformedProofError: another length than the circuit's, or a non-canonical scalar or point.
    """
    expected, advised = length(circuit, evaluated), int(evaluated)
    if len(data) != expected:
        raise MalformedProofError(f"The proof has {len(data)} bytes instead of {expected}.")
    at = 0

    def message(size: int, count: int) -> bytes:
        nonlocal at
        part = data[at : at + size * count]
        try:
            points(part) if size == POINT else scalars(part)
        except NotAPointError as error:
            raise MalformedProofError(f"The proof is malformed at byte {at}: {error}.") from error
        at += size * count
        return part

    return Proof(
        rows=message(POINT, sum(circuit.rows[region] for region in FIRST_REGIONS)),
        helpers=message(POINT, circuit.rows[HELPER]),
        start=message(SCALAR, 1),
        rounds_1=tuple(message(SCALAR, circuit.d1) for _ in range(circuit.n1)),
        rounds_2=tuple(message(SCALAR, circuit.d2) for _ in range(circuit.n2)),
        u=message(SCALAR, circuit.d1),
        rounds_3=tuple(message(SCALAR, 2) for _ in range(circuit.c)),
        advice=message(SCALAR, advised * count_advice(circuit)),
        wires=message(POINT, advised),
        h=message(POINT, 1),
        q_g=message(POINT, 2),
        products=message(POINT, advised),
        s_d=message(POINT, 2),
        values=message(SCALAR, 7),
        argument_values=message(SCALAR, advised * ARGUMENT_VALUES),
        quotient=message(POINT, 1),
        quotient_at_xi=message(POINT, 1),
    )
