//! The checklist. Numbers are those of `docs/protocol.md`, "Verifier".

use ark_ff::AdditiveGroup;
use zkattest_circuit::ir::{Circuit, Region};
use zkattest_circuit::{Challenges, index};
use zkattest_field::{G1, G2, Scalar};
use zkattest_transcript::Oracle;

use crate::claims::powers;
use crate::error::VerifyError;
use crate::evaluation::Evaluation;
use crate::opening;
use crate::proof::Proof;
use crate::sumcheck::reduce;

/// Whether `proof` proves `circuit`'s statements about `public` and the rows committed to.
///
/// * `tau_g2`, `model_rows`: of the verifying key, checked points.
/// * `oracle`: the transcript, started from the digests of circuit, key and statement.
/// * `public`: the circuit's public integers, output first.
/// * `proof`: as long as the circuit says.
///
/// What is left to the caller is said in the crate's header.
///
/// # Errors
/// The proof is *malformed*: the circuit breaks a rule, bytes have the wrong length or encode no canonical scalar or
/// point, there are too few or too many model rows or public integers. A wrong proof is `Ok(false)`.
pub fn verify(
    circuit: &Circuit,
    tau_g2: &G2,
    model_rows: &[G1],
    oracle: &mut dyn Oracle,
    public: &[i64],
    proof: &[u8],
) -> Result<bool, VerifyError> {
    // 1. Shape.
    circuit.validate()?;
    let proof = Proof::parse(circuit, proof)?;

    // 2. Bind: the oracle was started by the caller.
    let (expected, found) = (index(circuit.public), public.len());
    if expected != found {
        return Err(VerifyError::PublicIntegers { expected, found });
    }
    let (expected, found) = (circuit.rows_of(Region::Model), model_rows.len());
    if expected != found {
        return Err(VerifyError::ModelRows { expected, found });
    }

    // 3. Absorb and draw up to alpha. gamma, beta bind all cells but the helpers': (lookups + table)/r;
    // r, alpha bind the helpers: (len(r) + statements)/r.
    oracle.absorb(proof.early_rows.bytes);
    let (gamma, beta) = (oracle.draw(), oracle.draw());
    oracle.absorb(proof.helper_rows.bytes);
    let r = (0..circuit.r_len).map(|_| oracle.draw()).collect();
    let alpha = oracle.draw();

    // 4. Sum-check 1 from claim S.
    oracle.absorb(proof.sum.bytes);
    let [sum] = proof.sum.values;
    let first = reduce(&proof.rounds_1, sum, oracle);

    // 5. Sum-check 2 from s1. g2(sigma) is what is missing. delta joins D + 3 claims: (D + 2)/r.
    let second = reduce(&proof.rounds_2, first.value, oracle);
    oracle.absorb(proof.u.bytes);
    let delta = oracle.draw();

    // 5, 6. The weight at sigma; functionals, statements and masks: weights, and the public constant.
    let challenges = Challenges { gamma, beta, r, rho: first.point };
    let evaluation = Evaluation::new(circuit, &challenges, alpha, &second.point, delta, public);
    let mask = second.value - evaluation.weight() * proof.u.values.iter().product::<Scalar>();

    // 7. Sum-check 3 from the claims 0, S, u_1 .. u_D, g2(sigma) less the constant.
    let values = [Scalar::ZERO, sum].into_iter().chain(proof.u.values.iter().copied()).chain([mask]);
    let claim = values.zip(powers(delta)).map(|(value, power)| value * power).sum::<Scalar>();
    let third = reduce(&proof.rounds_3, claim - evaluation.constant(), oracle);

    // 8. Row weights at z; C is summed with the pairing's other points.
    let weights = evaluation.row_weights(&third.point);
    let mut rows = model_rows.to_vec();
    rows.extend(&proof.early_rows.values);
    rows.extend(&proof.helper_rows.values);

    // 9, 10. Accepted only after both; the dearer one is not computed where the first fails.
    let draws = opening::draw(&proof, oracle);
    let Some(points) = opening::Points::new(&draws) else {
        return Ok(false);
    };
    Ok(opening::identity(circuit, &proof, &third.point, third.value, draws.eta, &points)
        && opening::pairing(circuit, &proof, rows, weights, &draws, &points, tau_g2))
}
