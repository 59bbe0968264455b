"""The evaluation argument (``docs/protocol.md``, "Evaluation"): the prover's *advice*, the public constant,
the weight at sigma and the rows' weights, is what steps 5, 6 and 8 compute from the challenges.

A Plonk argument over a gates table, with fflonk's way of committing to several polynomials in one point:
Gabizon and Williamson 2021, eprint 2021/1167. Nothing of it is secret. A verifier that computes steps 5, 6
and 8 itself compares; one that does not, such as a contract, relies on the argument alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from zkattest.errors import FormatError
from zkattest.spec.points import GENERATOR_1, NotAPointError, Point, R, decode_1
from zkattest.spec.sumcheck.circuit import Circuit
from zkattest.spec.sumcheck.functionals import Coordinates, powers
from zkattest.spec.sumcheck.proof import count_advice, points, scalars

#: Bytes of an evaluation key: k, C_0.
KEY_BYTES: Final = 65
#: The largest k: r - 1 is divisible by 2^28 and no higher power of two.
LOG_GATES_LIMIT: Final = 28
#: Generates the multiplicative group of the field.
MULTIPLICATIVE_GENERATOR: Final = 5


@dataclass(frozen=True)
class EvaluationKey:
    """k, of a table with n = 2^k gates, and C_0, the commitment to its selectors and wiring."""

    log_gates: int
    commitment: Point

    @property
    def gates(self) -> int:
        """n."""
        return 1 << self.log_gates


@dataclass(frozen=True)
class Advice:
    """The constant of step 6, the weight w at sigma of step 5, and step 8's weight of each row but R, in the
    order of regions."""

    constant: int
    weight: int
    rows: tuple[int, ...]

    @property
    def scalars(self) -> tuple[int, ...]:
        """In the order of the proof."""
        return self.constant, self.weight, *self.rows


@dataclass(frozen=True)
class Argument:
    """The argument's messages with their challenges.

    ``values``: qL, qR, qM, qO, qC, s_1, s_2, s_3, a, b, c at chi; p at chi and at chi w; T_1, T_2 at chi w.
    """

    key: EvaluationKey
    wires: Point
    products: Point
    values: list[int]
    kappa: int
    lambda_: int
    chi: int


def read_key(data: bytes, circuit: Circuit) -> EvaluationKey | None:
    """The evaluation key in its 65 bytes; None where there are none.

    Raises:
        FormatError: another length, a table of too many gates or too few for the public inputs, no point.
    """
    if not data:
        return None
    if len(data) != KEY_BYTES:
        raise FormatError(f"An evaluation key has {KEY_BYTES} bytes, found {len(data)}.")
    log_gates, needed = data[0], count_inputs(circuit)
    if log_gates > LOG_GATES_LIMIT or 1 << log_gates < needed:
        raise FormatError(f"A table of 2^{log_gates} gates: {needed} are needed, 2^28 is the limit.")
    try:
        return EvaluationKey(log_gates, decode_1(data[1:]))
    except NotAPointError as error:
        raise FormatError(f"The evaluation key is malformed: {error}.") from error


def count_inputs(circuit: Circuit) -> int:
    """l, the number of public inputs."""
    challenges = 4 + circuit.r_length + circuit.n1 + circuit.n2 + circuit.c
    return challenges + circuit.public + count_advice(circuit)


def read_advice(message: bytes) -> Advice:
    """The advice in its message."""
    constant, weight, *rows = scalars(message)
    return Advice(constant, weight, tuple(rows))


def agrees(stated: Advice, computed: Advice) -> bool:
    """Whether the prover's advice is what was computed here."""
    return stated == computed


def public_inputs(
    separate: tuple[int, int, int, int],
    r: Coordinates,
    rho: Coordinates,
    sigma: Coordinates,
    z: Coordinates,
    public: Sequence[int],
    advice: Advice,
) -> list[int]:
    """v_0 .. v_(l - 1). ``separate``: gamma, beta, alpha, delta."""
    return [*separate, *r, *rho, *sigma, *z, *(value % R for value in public), *advice.scalars]


def root_of_unity(log_order: int) -> int:
    """w_n for n = 2^log_order: 5^((r - 1) / n), of order n."""
    return pow(MULTIPLICATIVE_GENERATOR, (R - 1) >> log_order, R)


def in_general_position(argument: Argument, xi: int) -> bool:
    """Step 9: chi is not 0 and not in H, and xi is no root of any modulus of what is opened."""
    chi, n = argument.chi, argument.key.gates
    shifted = chi * root_of_unity(argument.key.log_gates)
    cube = pow(xi, 3, R)
    differences = (
        chi,
        pow(chi, n, R) - 1,
        pow(xi, 8, R) - chi,
        pow(xi, 4, R) - chi,
        cube - chi,
        cube - shifted,
    )
    return all(difference % R for difference in differences)


def vanishing(argument: Argument) -> int:
    """Z_H(chi) = chi^n - 1."""
    return (pow(argument.chi, argument.key.gates, R) - 1) % R


def public_polynomial(argument: Argument, inputs: Sequence[int]) -> int:
    """PI(chi) = -sum_i v_i L_i(chi), L_i(chi) = w^i (chi^n - 1) / (n (chi - w^i))."""
    w = root_of_unity(argument.key.log_gates)
    total, at = 0, 1
    for value in inputs:
        total += value * at * pow(argument.chi - at, -1, R)
        at = at * w % R
    return -total * vanishing(argument) * pow(argument.key.gates, -1, R) % R


def gate_quotient(argument: Argument, inputs: Sequence[int]) -> int:
    """T_0(chi): every gate's equation holds on H."""
    q_l, q_r, q_m, q_o, q_c, _, _, _, a, b, c = argument.values[:11]
    gate = q_l * a + q_r * b + q_m * a * b + q_o * c + q_c + public_polynomial(argument, inputs)
    return gate * pow(vanishing(argument), -1, R) % R


def start_quotient(argument: Argument) -> int:
    """T_1(chi): p(1) = 1."""
    return (argument.values[11] - 1) * pow(argument.chi - 1, -1, R) % R


def copy_quotient(argument: Argument) -> int:
    """T_2(chi): p multiplies up, over H, what cells and their places are under identity and permutation."""
    s, wires, (p, p_next) = argument.values[5:8], argument.values[8:11], argument.values[11:13]
    kappa, lambda_, chi = argument.kappa, argument.lambda_, argument.chi
    left, right = p, p_next
    for k, (wire, s_i) in enumerate(zip(wires, s, strict=True), start=1):
        left = left * (wire + k * lambda_ * chi + kappa) % R
        right = right * (wire + lambda_ * s_i + kappa) % R
    return (left - right) * pow(vanishing(argument), -1, R) % R


def opened(
    argument: Argument, inputs: Sequence[int], omega: int, nu: int, xi: int
) -> list[tuple[int, Point]]:
    """What step 10 adds to A, as scalars and points. The points are in general position."""
    chi, values = argument.chi, argument.values
    w = root_of_unity(argument.key.log_gates)
    x = powers(xi, 9)
    nu_5, nu_6, nu_7 = powers(nu, 8)[5:]

    r3 = nu_5 * sum(f * power for f, power in zip(values[:8], x[:8], strict=True))
    pieces = [*values[8:11], gate_quotient(argument, inputs)]
    r4 = nu_6 * sum(piece * power for piece, power in zip(pieces, x[:4], strict=True))
    here = (values[11], start_quotient(argument), copy_quotient(argument))
    there = (values[12], values[13], values[14])
    at_here, at_there = (
        sum(v * power for v, power in zip(part, x[:3], strict=True)) for part in (here, there)
    )
    difference = at_here * (x[3] - chi * w) - at_there * (x[3] - chi)
    r5 = nu_7 * difference * pow(chi * (1 - w), -1, R)

    k3 = (xi - omega) * pow(x[8] - chi, -1, R)
    k4 = (xi - omega) * pow(x[4] - chi, -1, R)
    k5 = (xi - omega) * pow((x[3] - chi) * (x[3] - chi * w), -1, R)
    return [
        (k3 * nu_5, argument.key.commitment),
        (k4 * nu_6, argument.wires),
        (k5 * nu_7, argument.products),
        (-(k3 * r3 + k4 * r4 + k5 * r5), GENERATOR_1),
    ]


def argument_of(
    key: EvaluationKey, wires: bytes, products: bytes, values: bytes, challenges: tuple[int, int, int]
) -> Argument:
    """From the messages [C_1], [C_2], the 15 values, and kappa, lambda, chi."""
    (c1,), (c2,) = points(wires), points(products)
    return Argument(key, c1, c2, scalars(values), *challenges)
