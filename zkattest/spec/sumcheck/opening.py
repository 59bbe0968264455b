"""The opening of F at z (``docs/protocol.md``, steps 9 and 10): Mercury.

Eagen and Gabizon 2025, eprint 2025/385. Values at several points are proved together as in Boneh, Drake,
Fisch and Gabizon 2020, eprint 2020/081, the second scheme.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from py_ecc.fields import optimized_bn128_FQ12 as FQ12
from py_ecc.optimized_bn128.optimized_curve import neg
from py_ecc.optimized_bn128.optimized_pairing import final_exponentiate

from zkattest.spec.points import GENERATOR_1, GENERATOR_2, Point, R, pairing
from zkattest.spec.sumcheck import evaluation
from zkattest.spec.sumcheck.functionals import powers
from zkattest.spec.sumcheck.multiscalar import multiscalar
from zkattest.spec.sumcheck.proof import Proof, points, scalars
from zkattest.spec.sumcheck.transcript import Transcript


@dataclass(frozen=True)
class Opening:
    """The messages of the opening with the challenges drawn between them; the evaluation argument, where the
    key has an evaluation part, is opened with it.

    ``values``: g(omega), g(1/omega), h(omega), h(1/omega), s(omega), s(1/omega), h(zeta).
    """

    h: Point
    q: Point
    g: Point
    s: Point
    d: Point
    values: list[int]
    quotient: Point
    quotient_at_xi: Point
    zeta: int
    eta: int
    omega: int
    nu: int
    xi: int
    argument: evaluation.Argument | None


def read(proof: Proof, transcript: Transcript, key: evaluation.EvaluationKey | None) -> Opening:
    """Rows 8 to 13 of the transcript's table. Errors are for a set-up string of degree N >= m, and for a
    table of n gates."""
    kappa = lambda_ = chi = 0
    transcript.absorb(proof.advice + proof.wires + proof.h)
    zeta = transcript.draw()  # binds h; N / r
    if key is not None:
        kappa = transcript.draw()  # binds cells of the table and advice: their copies agree; 6n / r
        lambda_ = transcript.draw()
    transcript.absorb(proof.q_g + proof.products)
    eta = transcript.draw()  # separates the two inner products; 1 / r
    transcript.absorb(proof.s_d)
    omega = transcript.draw()  # binds q, g, s, d: the identity holds as polynomials; (2N + 2) / r
    if key is not None:
        chi = transcript.draw()  # binds T_0, p, T_1, T_2: their equations hold as polynomials; (9N + n) / r
    transcript.absorb(proof.values + proof.argument_values)
    nu = transcript.draw()  # joins the polynomials that are opened; 4 / r, 7 / r with an argument
    transcript.absorb(proof.quotient)
    xi = transcript.draw()  # binds W; (N + 3) / r, (N + 21) / r with an argument
    transcript.absorb(proof.quotient_at_xi)  # for what continues the transcript
    argument = None
    if key is not None:
        challenges = kappa, lambda_, chi
        argument = evaluation.argument_of(key, proof.wires, proof.products, proof.argument_values, challenges)
    (h,), (q, g), (s, d) = points(proof.h), points(proof.q_g), points(proof.s_d)
    (quotient,), (quotient_at_xi,) = points(proof.quotient), points(proof.quotient_at_xi)
    values = scalars(proof.values)
    return Opening(h, q, g, s, d, values, quotient, quotient_at_xi, zeta, eta, omega, nu, xi, argument)


def in_general_position(opening: Opening) -> bool:
    """Step 9: omega is not 0; omega, 1/omega, zeta are distinct; xi is neither 1/omega nor zeta; and the
    argument's points are in general position."""
    w, zeta, xi = opening.omega, opening.zeta, opening.xi
    differences = (w, w * w - 1, w - zeta, w * zeta - 1, xi * w - 1, xi - zeta)
    if not all(difference % R for difference in differences):
        return False
    return opening.argument is None or evaluation.in_general_position(opening.argument, xi)


def eq_polynomial(point: Sequence[int], x: int) -> int:
    """sum_i eq(point, i) x^i = prod_a (1 - t_a + t_a x^(2^(bits - a)))."""
    value, power = 1, x
    for t in reversed(point):
        value = value * (1 - t + t * power) % R
        power = power * power % R
    return value


def interpolate(nodes: Sequence[int], values: Sequence[int], x: int) -> int:
    """The value at x of the polynomial of least degree with ``values`` at ``nodes``, which are distinct."""
    total = 0
    for i, value in enumerate(values):
        above, below = value, 1
        for j, node in enumerate(nodes):
            if j != i:
                above, below = above * (x - node) % R, below * (nodes[i] - node) % R
        total += above * pow(below, -1, R)
    return total % R


def identity_holds(opening: Opening, z: Sequence[int], s3: int) -> bool:
    """Step 9: Mercury's identity holds at omega. ``s3``: the claimed value of F at z.

    The opening's points are in general position.
    """
    w, eta = opening.omega, opening.eta
    c2 = len(z) // 2
    high, low = z[:c2], z[c2:]
    inverse = pow(w, -1, R)
    g, g_inverse, h, h_inverse, s, s_inverse, h_zeta = opening.values
    left = g * eq_polynomial(low, inverse) + g_inverse * eq_polynomial(low, w)
    left += eta * (h * eq_polynomial(high, inverse) + h_inverse * eq_polynomial(high, w))
    right = 2 * (h_zeta + eta * s3) + w * s + s_inverse * inverse
    return (left - right) % R == 0


def pairing_holds(
    opening: Opening,
    c: int,
    weights: Sequence[int],
    rows: Sequence[Point],
    inputs: Sequence[int],
    tau_2: Point,
) -> bool:
    """Step 10: e(A, H) = e(B, [tau]_2). ``weights``, ``rows``: of C = sum weight * row; ``inputs``: the
    public inputs of the evaluation argument, for which there is one in ``opening``.

    The opening's points are in general position.
    """
    b1 = 1 << (c + 1) // 2
    w, zeta, xi = opening.omega, opening.zeta, opening.xi
    inverse = pow(w, -1, R)
    nu = powers(opening.nu, 5)
    g, g_inverse, h, h_inverse, s, s_inverse, h_zeta = opening.values

    v0 = g + nu[4] * pow(w, b1 - 1, R) * g_inverse
    line = (nu[1] * g + nu[3] * s, nu[1] * g_inverse + nu[3] * s_inverse)
    r1 = interpolate((w, inverse), line, xi)
    r2 = interpolate((w, inverse, zeta), (nu[2] * h, nu[2] * h_inverse, nu[2] * h_zeta), xi)
    k1 = pow(xi - inverse, -1, R)
    k2 = k1 * pow(xi - zeta, -1, R)

    terms = list(zip(weights, rows, strict=True))
    terms += [
        (zeta - pow(w, b1, R), opening.q),
        (nu[4], opening.d),
        (k1 * nu[1], opening.g),
        (k1 * nu[3], opening.s),
        (k2 * nu[2], opening.h),
        (w - xi, opening.quotient),
        (xi, opening.quotient_at_xi),
        (-(v0 + k1 * r1 + k2 * r2), GENERATOR_1),
    ]
    if opening.argument is not None:
        terms += evaluation.opened(opening.argument, inputs, w, opening.nu, xi)
    a = multiscalar([scalar for scalar, _ in terms], [point for _, point in terms])
    product = pairing(GENERATOR_2, a, final_exponentiate=False) * pairing(
        tau_2, neg(opening.quotient_at_xi), final_exponentiate=False
    )
    return bool(final_exponentiate(product) == FQ12.one())
