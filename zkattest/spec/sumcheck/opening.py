"""The opening of F at z (``docs/protocol.md``, steps 9 and 10): Mercury.

Eagen and Gabizon 2025, eprint 2025/385.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from py_ecc.fields import optimized_bn128_FQ12 as FQ12
from py_ecc.optimized_bn128.optimized_curve import neg
from py_ecc.optimized_bn128.optimized_pairing import final_exponentiate

from zkattest.spec.points import GENERATOR_1, GENERATOR_2, Point, R, pairing
from zkattest.spec.sumcheck.functionals import powers
from zkattest.spec.sumcheck.multiscalar import multiscalar
from zkattest.spec.sumcheck.proof import Proof, points, scalars
from zkattest.spec.sumcheck.transcript import Transcript


@dataclass(frozen=True)
class Opening:
    """The messages of the opening with the challenges drawn between them.

    ``values``: g(omega), g(1/omega), h(omega), h(1/omega), s(omega), s(1/omega), h(zeta).
    """

    h: Point
    q: Point
    g: Point
    s: Point
    d: Point
    values: list[int]
    quotients: list[Point]
    zeta: int
    eta: int
    omega: int
    nu: int
    kappa: int


def read(proof: Proof, transcript: Transcript) -> Opening:
    """Rows 8 to 12 of the transcript's table."""
    transcript.absorb(proof.h)
    zeta = transcript.draw()  # binds h; m / r
    transcript.absorb(proof.q_g)
    eta = transcript.draw()  # separates the two inner products; 1 / r
    transcript.absorb(proof.s_d)
    omega = transcript.draw()  # binds q, g, s, d: the identity holds as polynomials; 4 sqrt(m) / r
    transcript.absorb(proof.values)
    nu = transcript.draw()  # joins the openings at one point; 5 / r
    transcript.absorb(proof.quotients)
    kappa = transcript.draw()  # joins the three points; 3 / r
    (h,), (q, g), (s, d) = points(proof.h), points(proof.q_g), points(proof.s_d)
    values, quotients = scalars(proof.values), points(proof.quotients)
    return Opening(h, q, g, s, d, values, quotients, zeta, eta, omega, nu, kappa)


def eq_polynomial(point: Sequence[int], x: int) -> int:
    """sum_i eq(point, i) x^i = prod_a (1 - t_a + t_a x^(2^(bits - a)))."""
    value, power = 1, x
    for t in reversed(point):
        value = value * (1 - t + t * power) % R
        power = power * power % R
    return value


def identity_holds(opening: Opening, z: Sequence[int], s3: int) -> bool:
    """Step 9: omega is not 0, and Mercury's identity holds there. ``s3``: the claimed value of F at z."""
    w, eta = opening.omega, opening.eta
    if w == 0:
        return False
    c2 = len(z) // 2
    high, low = z[:c2], z[c2:]
    inverse = pow(w, -1, R)
    g, g_inverse, h, h_inverse, s, s_inverse, h_zeta = opening.values
    left = g * eq_polynomial(low, inverse) + g_inverse * eq_polynomial(low, w)
    left += eta * (h * eq_polynomial(high, inverse) + h_inverse * eq_polynomial(high, w))
    right = 2 * (h_zeta + eta * s3) + w * s + s_inverse * inverse
    return (left - right) % R == 0


def pairing_holds(
    opening: Opening, c: int, weights: Sequence[int], rows: Sequence[Point], tau_2: Point
) -> bool:
    """Step 10: e(A, H) = e(B, [tau]_2). ``weights``, ``rows``: of C = sum weight * row."""
    b1 = 1 << (c + 1) // 2
    w, kappa = opening.omega, opening.kappa
    inverse = pow(w, -1, R) if w else 0
    nu = powers(opening.nu, 5)
    k0, k1, k2 = powers(kappa, 3)
    g, g_inverse, h, h_inverse, s, s_inverse, h_zeta = opening.values
    v0 = g + nu[1] * g + nu[2] * h + nu[3] * s + nu[4] * pow(w, b1 - 1, R) * g_inverse
    v1 = g_inverse + nu[1] * h_inverse + nu[2] * s_inverse
    w1, w2, w3 = opening.quotients
    terms = [(k0 * weight, row) for weight, row in zip(weights, rows, strict=True)]
    terms += [
        (-k0 * (pow(w, b1, R) - opening.zeta), opening.q),
        (k0 * nu[1] + k1, opening.g),
        (k0 * nu[2] + k1 * nu[1] + k2, opening.h),
        (k0 * nu[3] + k1 * nu[2], opening.s),
        (k0 * nu[4], opening.d),
        (-(k0 * v0 + k1 * v1 + k2 * h_zeta), GENERATOR_1),
        (k0 * w, w1),
        (k1 * inverse, w2),
        (k2 * opening.zeta, w3),
    ]
    a = multiscalar([scalar for scalar, _ in terms], [point for _, point in terms])
    b = multiscalar([k0, k1, k2], [w1, w2, w3])
    product = pairing(GENERATOR_2, a, final_exponentiate=False) * pairing(
        tau_2, neg(b), final_exponentiate=False
    )
    return bool(final_exponentiate(product) == FQ12.one())
