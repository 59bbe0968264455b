//! Mercury's identity and the one pairing (steps 9 and 10; `docs/protocol.md`, "Opening"): Eagen and Gabizon 2025;
//! values at several points as in Boneh, Drake, Fisch and Gabizon 2020, the second scheme.

use ark_ec::pairing::Pairing as _;
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM};
use ark_ff::{AdditiveGroup, Field, One};
use zkattest_circuit::ir::Circuit;
use zkattest_field::{G1, G1Projective, G2, Pairing, Scalar};
use zkattest_transcript::Oracle;

use crate::argument;
use crate::proof::Proof;
use crate::rows::dot;

/// Challenges of the opening. Errors are for a set-up string of degree m.
#[derive(Debug, Clone, Copy)]
pub struct Draws {
    /// Binds h: error m/r.
    pub zeta: Scalar,
    /// Joins the two inner products: error 1/r.
    pub eta: Scalar,
    /// Where the identity is read; binds q, g, s, d: error (2m + 2)/r.
    pub omega: Scalar,
    /// Joins the polynomials that are opened: error 4/r.
    pub nu: Scalar,
    /// Where the joint quotient is read; binds W: error (m + 3)/r.
    pub xi: Scalar,
    /// Those of the evaluation argument, where there is one.
    pub argument: Option<argument::Draws>,
}

/// Absorbs the opening's messages and draws its challenges.
pub fn draw(proof: &Proof<'_>, oracle: &mut dyn Oracle) -> Draws {
    oracle.absorb(proof.h.bytes);
    let zeta = oracle.draw();
    let permutation = proof.argument.as_ref().map(|_| (oracle.draw(), oracle.draw()));
    oracle.absorb(proof.q_g.bytes);
    let eta = oracle.draw();
    oracle.absorb(proof.s_d.bytes);
    let omega = oracle.draw();
    let argument = permutation.map(|(kappa, lambda)| argument::Draws { kappa, lambda, chi: oracle.draw() });
    oracle.absorb(proof.values.bytes);
    let nu = oracle.draw();
    oracle.absorb(proof.quotient.bytes);
    let xi = oracle.draw();
    // Binds nothing here, but what continues the transcript.
    oracle.absorb(proof.quotient_at_xi.bytes);
    Draws { zeta, eta, omega, nu, xi, argument }
}

/// The points of the opening in general position: omega is not 0; omega, 1/omega and zeta are distinct; xi is
/// neither 1/omega nor zeta. Elsewhere values do not determine remainders, and no proof is accepted.
#[derive(Debug, Clone, Copy)]
pub struct Points {
    omega: Scalar,
    /// 1 / omega.
    inverse: Scalar,
    xi: Scalar,
    /// 1 / (xi - 1/omega): weight of what is opened at omega and 1/omega.
    pair: Scalar,
    /// 1 / ((xi - 1/omega)(xi - zeta)): weight of what is opened at all three.
    triple: Scalar,
    /// The line through values at omega, 1/omega has at xi the sum of these times the values.
    line: [Scalar; 2],
    /// Likewise the parabola through values at omega, 1/omega, zeta.
    parabola: [Scalar; 3],
}

impl Points {
    /// None where the challenges are not in general position, which happens with probability 7/r.
    pub fn new(draws: &Draws) -> Option<Self> {
        let Draws { zeta, omega, xi, .. } = *draws;
        let inverse = omega.inverse()?;
        let pair = (xi - inverse).inverse()?;
        Some(Self {
            omega,
            inverse,
            xi,
            pair,
            triple: pair * (xi - zeta).inverse()?,
            line: lagrange([omega, inverse], xi)?,
            parabola: lagrange([omega, inverse, zeta], xi)?,
        })
    }
}

/// Lagrange's basis for these nodes at x. None where two nodes are equal.
fn lagrange<const N: usize>(nodes: [Scalar; N], x: Scalar) -> Option<[Scalar; N]> {
    let mut basis = [Scalar::ONE; N];
    for (i, (value, node)) in basis.iter_mut().zip(nodes).enumerate() {
        let mut below = Scalar::ONE;
        for (_, other) in nodes.into_iter().enumerate().filter(|(j, _)| *j != i) {
            *value *= x - other;
            below *= node - other;
        }
        *value *= below.inverse()?;
    }
    Some(basis)
}

/// Sum over i of eq(point, i) x^i.
fn eq_polynomial(point: &[Scalar], x: Scalar) -> Scalar {
    let mut power = x;
    let mut value = Scalar::ONE;
    // The last coordinate is the lowest bit.
    for coordinate in point.iter().rev() {
        value *= Scalar::ONE - coordinate + *coordinate * power;
        power.square_in_place();
    }
    value
}

/// Step 9: the identity at X = omega, with the value s3 of F at z.
pub fn identity(
    circuit: &Circuit,
    proof: &Proof<'_>,
    z: &[Scalar],
    value: Scalar,
    eta: Scalar,
    points: &Points,
) -> bool {
    let [g, g_inverse, h, h_inverse, s, s_inverse, h_zeta] = proof.values.values;
    let Points { omega, inverse, .. } = *points;
    let (_, high) = circuit.opening_split();
    let (z_high, z_low) = z.split_at_checked(high).unwrap_or_default();
    let both = |f: Scalar, f_inverse: Scalar, point: &[Scalar]| {
        f * eq_polynomial(point, inverse) + f_inverse * eq_polynomial(point, omega)
    };
    let left = both(g, g_inverse, z_low) + eta * both(h, h_inverse, z_high);
    let right = (h_zeta + eta * value).double() + omega * s + inverse * s_inverse;
    left == right
}

/// Step 10: e(A, H) = e(B, \[tau\]_2), for rows and their weights, which make up C. One MSM for A; B is \[W'\].
pub fn pairing(
    circuit: &Circuit,
    proof: &Proof<'_>,
    rows: Vec<G1>,
    weights: Vec<Scalar>,
    draws: &Draws,
    points: &Points,
    tau_g2: &G2,
) -> bool {
    let Draws { zeta, nu, .. } = *draws;
    let Points { omega, inverse, xi, pair, triple, line, parabola } = *points;
    let ([h], [q, g], [s, d], [w], [w_at_xi]) = (
        proof.h.values,
        proof.q_g.values,
        proof.s_d.values,
        proof.quotient.values,
        proof.quotient_at_xi.values,
    );
    let [g_omega, g_inverse, h_omega, h_inverse, s_omega, s_inverse, h_zeta] = proof.values.values;
    let (low, _) = circuit.opening_split();
    // omega^b1 for b1 = 2^low, and omega^(b1 - 1).
    let power = (0..low).fold(omega, |power, _| power.square());
    let d_omega = power * inverse * g_inverse;

    let nu_2 = nu.square();
    let (nu_3, nu_4) = (nu_2 * nu, nu_2.square());
    let value_0 = g_omega + nu_4 * d_omega;
    let value_1 = dot(&line, &[nu * g_omega + nu_3 * s_omega, nu * g_inverse + nu_3 * s_inverse]);
    let value_2 = nu_2 * dot(&parabola, &[h_omega, h_inverse, h_zeta]);
    let value = value_0 + pair * value_1 + triple * value_2;

    let mut bases = rows;
    let mut scalars = weights;
    for (base, scalar) in [
        (q, zeta - power),
        (g, pair * nu),
        (h, triple * nu_2),
        (s, pair * nu_3),
        (d, nu_4),
        (w, omega - xi),
        (w_at_xi, xi),
        (G1::generator(), -value),
    ] {
        bases.push(base);
        scalars.push(scalar);
    }
    let Ok(a) = G1Projective::msm(&bases, &scalars) else {
        return false;
    };
    Pairing::multi_pairing([a.into_affine(), -w_at_xi], [G2::generator(), *tau_g2]).0.is_one()
}
