//! The checklist. Numbers are those of `docs/protocol.md`, "Verifier".

use ark_ff::{AdditiveGroup, Field};
use zkattest_circuit::ir::{Circuit, Region};
use zkattest_circuit::{Challenges, eq_table, index};
use zkattest_field::{G1, G2, Scalar};
use zkattest_transcript::Oracle;

use crate::claims::{Combination, Entries, Points, combine, powers, term_weights};
use crate::error::VerifyError;
use crate::functionals::Expansion;
use crate::opening;
use crate::proof::Proof;
use crate::rows::{RowWeights, dot};
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
    let entries = Entries::new(circuit, &second.point);
    let weight = entries.weight(&term_weights(circuit, alpha));
    let mask = second.value - weight * proof.u.values.iter().product::<Scalar>();
    let delta = oracle.draw();

    // 6. Functionals, statements and masks: weights, and the public constant.
    let points = Points { rho: &first.point, sigma: &second.point, delta };
    let combination = combine(circuit, &entries, alpha, points);
    let challenges = Challenges { gamma, beta, r, rho: first.point };
    let expansion = Expansion::new(circuit, &challenges, public, &combination);

    // 7. Sum-check 3 from the claims 0, S, u_1 .. u_D, g2(sigma) less the constant.
    let values = [Scalar::ZERO, sum].into_iter().chain(proof.u.values.iter().copied()).chain([mask]);
    let claim = values.zip(powers(delta)).map(|(value, power)| value * power).sum::<Scalar>();
    let third = reduce(&proof.rounds_3, claim - expansion.constant(), oracle);

    // 8. Row weights at z; C is summed with the pairing's other points.
    let weights = row_weights(circuit, &combination, expansion, &third.point);
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

/// Weights at z of the rows of regions 0 to 6.
fn row_weights(
    circuit: &Circuit,
    combination: &Combination,
    expansion: Expansion<'_>,
    z: &[Scalar],
) -> Vec<Scalar> {
    let mut weights = RowWeights::new(circuit, z);
    expansion.weigh(&mut weights);
    // M: the masks' own weights, and j for all j (claim 0), whose extension is sum 2^(c - a) z_a. R: 1.
    let masks = &combination.masks;
    let index_extension = z.iter().fold(Scalar::ZERO, |value, coordinate| value.double() + coordinate);
    let row = circuit.first_row(Region::Mask);
    weights.add_row(row, dot(masks, &eq_table(z, masks.len())) + index_extension);
    weights.add_row(row.saturating_add(1), Scalar::ONE);
    weights.finish()
}
