//! Mercury's identity and the one pairing (steps 9 and 10). Eagen and Gabizon 2025; `docs/protocol.md`, "Opening".

use ark_ec::pairing::Pairing as _;
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM};
use ark_ff::{AdditiveGroup, Field, One};
use zkattest_circuit::ir::Circuit;
use zkattest_field::{G1, G1Projective, G2, Pairing, Scalar};
use zkattest_transcript::Oracle;

use crate::proof::Proof;

/// Challenges of the opening.
#[derive(Debug, Clone, Copy)]
pub struct Draws {
    /// Binds h: error m/r.
    pub zeta: Scalar,
    /// Joins the two inner products: error 1/r.
    pub eta: Scalar,
    /// Where the identity is read: error 4 sqrt(m)/r.
    pub omega: Scalar,
    /// Joins the values at one point: error 5/r.
    pub nu: Scalar,
    /// Joins the three points: error 3/r.
    pub kappa: Scalar,
}

/// Absorbs the opening's messages and draws its challenges.
pub fn draw(proof: &Proof<'_>, oracle: &mut dyn Oracle) -> Draws {
    oracle.absorb(proof.h.bytes);
    let zeta = oracle.draw();
    oracle.absorb(proof.q_g.bytes);
    let eta = oracle.draw();
    oracle.absorb(proof.s_d.bytes);
    let omega = oracle.draw();
    oracle.absorb(proof.values.bytes);
    let nu = oracle.draw();
    oracle.absorb(proof.quotients.bytes);
    let kappa = oracle.draw();
    Draws { zeta, eta, omega, nu, kappa }
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

/// Step 9: the identity at X = omega, with the value s3 of F at z. False where omega is 0.
pub fn identity(circuit: &Circuit, proof: &Proof<'_>, z: &[Scalar], value: Scalar, draws: &Draws) -> bool {
    let [g, g_inverse, h, h_inverse, s, s_inverse, h_zeta] = proof.values.values;
    let Draws { eta, omega, .. } = *draws;
    let (_, high) = circuit.opening_split();
    let (z_high, z_low) = z.split_at_checked(high).unwrap_or_default();
    let inverse = omega.inverse().unwrap_or(Scalar::ZERO);
    let both = |f: Scalar, f_inverse: Scalar, point: &[Scalar]| {
        f * eq_polynomial(point, inverse) + f_inverse * eq_polynomial(point, omega)
    };
    let left = both(g, g_inverse, z_low) + eta * both(h, h_inverse, z_high);
    let right = (h_zeta + eta * value).double() + omega * s + inverse * s_inverse;
    omega != Scalar::ZERO && left == right
}

/// Step 10: e(A, H) = e(B, \[tau\]_2), for rows and their weights, which make up C. One MSM for A.
pub fn pairing(
    circuit: &Circuit,
    proof: &Proof<'_>,
    rows: Vec<G1>,
    weights: Vec<Scalar>,
    draws: &Draws,
    tau_g2: &G2,
) -> bool {
    let Draws { zeta, omega, nu, kappa, .. } = *draws;
    let ([h], [q, g], [s, d], [w1, w2, w3]) =
        (proof.h.values, proof.q_g.values, proof.s_d.values, proof.quotients.values);
    let [g_omega, g_inverse, h_omega, h_inverse, s_omega, s_inverse, h_zeta] = proof.values.values;
    let (low, _) = circuit.opening_split();
    let inverse = omega.inverse().unwrap_or(Scalar::ZERO);
    // omega^b1 for b1 = 2^low, and omega^(b1 - 1).
    let power = (0..low).fold(omega, |power, _| power.square());
    let d_omega = power * inverse * g_inverse;

    let (nu_2, kappa_2) = (nu.square(), kappa.square());
    let (nu_3, nu_4) = (nu_2 * nu, nu_2.square());
    let value_0 = g_omega + nu * g_omega + nu_2 * h_omega + nu_3 * s_omega + nu_4 * d_omega;
    let value_1 = g_inverse + nu * h_inverse + nu_2 * s_inverse;
    let value = value_0 + kappa * value_1 + kappa_2 * h_zeta;

    let mut bases = rows;
    let mut scalars = weights;
    for (base, scalar) in [
        (q, zeta - power),
        (g, nu + kappa),
        (h, nu_2 + kappa * nu + kappa_2),
        (s, nu_3 + kappa * nu_2),
        (d, nu_4),
        (w1, omega),
        (w2, kappa * inverse),
        (w3, kappa_2 * zeta),
        (G1::generator(), -value),
    ] {
        bases.push(base);
        scalars.push(scalar);
    }
    let (Ok(a), Ok(b)) = (
        G1Projective::msm(&bases, &scalars),
        G1Projective::msm(&[w1, w2, w3], &[Scalar::ONE, kappa, kappa_2]),
    ) else {
        return false;
    };
    let sides = G1Projective::normalize_batch(&[a, -b]);
    Pairing::multi_pairing(sides, [G2::generator(), *tau_g2]).0.is_one()
}
