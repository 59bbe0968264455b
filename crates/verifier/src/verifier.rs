//! The checklist. Numbers are those of `docs/protocol.md`, "Verifier".

use ark_ff::AdditiveGroup;
use zkattest_circuit::ir::{Circuit, Region};
use zkattest_circuit::{Challenges, index};
use zkattest_field::{G1, G2, Scalar};
use zkattest_transcript::Oracle;

use crate::argument::{self, EvaluationKey};
use crate::claims::powers;
use crate::error::VerifyError;
use crate::evaluation::Evaluation;
use crate::opening;
use crate::proof::Proof;
use crate::sumcheck::reduce;

/// Whether `proof` proves `circuit`'s statements about `public` and the rows committed to.
///
/// * `evaluation`: of the verifying key, where it has an evaluation part; proofs then have one, too.
/// * `tau_g2`, `model_rows`: of the verifying key, checked points.
/// * `oracle`: the transcript, started from the digests of circuit, key and statement.
/// * `public`: the circuit's public integers, output first.
/// * `proof`: as long as the circuit says.
///
/// What is left to the caller is said in the crate's header.
///
/// # Errors
/// The proof is *malformed*: the circuit breaks a rule, bytes have the wrong length or encode no canonical scalar or
/// point, there are too few or too many model rows, public integers or gates. A wrong proof is `Ok(false)`.
pub fn verify(
    circuit: &Circuit,
    evaluation: Option<&EvaluationKey>,
    tau_g2: &G2,
    model_rows: &[G1],
    oracle: &mut dyn Oracle,
    public: &[i64],
    proof: &[u8],
) -> Result<bool, VerifyError> {
    check(circuit, &Key { evaluation, tau_g2, model_rows }, oracle, public, proof, true)
}

/// [`verify`] without comparing the advice: whether the evaluation argument alone allows it. For tests.
///
/// # Errors
/// As [`verify`].
#[doc(hidden)]
pub fn verify_argument(
    circuit: &Circuit,
    evaluation: &EvaluationKey,
    tau_g2: &G2,
    model_rows: &[G1],
    oracle: &mut dyn Oracle,
    public: &[i64],
    proof: &[u8],
) -> Result<bool, VerifyError> {
    let key = Key { evaluation: Some(evaluation), tau_g2, model_rows };
    check(circuit, &key, oracle, public, proof, false)
}

/// What is read of the verifying key.
struct Key<'a> {
    evaluation: Option<&'a EvaluationKey>,
    tau_g2: &'a G2,
    model_rows: &'a [G1],
}

fn check(
    circuit: &Circuit,
    key: &Key<'_>,
    oracle: &mut dyn Oracle,
    public: &[i64],
    proof: &[u8],
    compare: bool,
) -> Result<bool, VerifyError> {
    // 1. Shape.
    circuit.validate()?;
    let Key { evaluation: table, tau_g2, model_rows } = *key;
    let proof = Proof::parse(circuit, table.is_some(), proof)?;

    // 2. Bind: the oracle was started by the caller.
    if let Some(key) = table {
        key.check(circuit)?;
    }
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
    let (constant, weight) = (evaluation.constant(), evaluation.weight());
    let mut weights = evaluation.row_weights(&third.point);
    let mut rows = model_rows.to_vec();
    rows.extend(&proof.early_rows.values);
    rows.extend(&proof.helper_rows.values);

    // 9, 10. Accepted only after both; the dearer one is not computed where the first fails.
    let draws = opening::draw(&proof, oracle);
    let Some(points) = opening::Points::new(&draws) else {
        return Ok(false);
    };
    if let Some((key, part)) = table.zip(proof.argument.as_ref()) {
        if compare && part.advice != advice(circuit, constant, weight, &weights) {
            return Ok(false);
        }
        let mut inputs = challenges.evaluation_inputs(alpha, delta, &second.point, &third.point, public);
        inputs.extend(&part.advice);
        let Some(terms) = argument::terms(key, part, &inputs, &draws) else {
            return Ok(false);
        };
        for (point, factor) in terms {
            rows.push(point);
            weights.push(factor);
        }
    }
    Ok(opening::identity(circuit, &proof, &third.point, third.value, draws.eta, &points)
        && opening::pairing(circuit, &proof, rows, weights, &draws, &points, tau_g2))
}

/// What the advice has to be: constant, weight, and the weights of all rows but R, whose weight is 1.
fn advice(circuit: &Circuit, constant: Scalar, weight: Scalar, rows: &[Scalar]) -> Vec<Scalar> {
    let uniform = circuit.first_row(Region::Mask).saturating_add(1);
    let rows = rows.iter().enumerate().filter(|(row, _)| *row != uniform).map(|(_, weight)| *weight);
    [constant, weight].into_iter().chain(rows).collect()
}
