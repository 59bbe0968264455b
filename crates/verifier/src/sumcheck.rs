//! Rounds of a sum-check whose last value is settled elsewhere (steps 4, 5 and 7).

use ark_ff::{AdditiveGroup, Field};
use zkattest_field::Scalar;
use zkattest_transcript::Oracle;

use crate::proof::Message;

/// What is left of a sum-check: the polynomial has `value` at `point`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reduced {
    /// The claim after the last round.
    pub value: Scalar,
    /// The challenges.
    pub point: Vec<Scalar>,
}

/// Absorbs each round's message c_0, c_2, .., c_d, draws its challenge x and reduces the claim to p(x), where
/// c_1 = claim - 2 c_0 - c_2 - .. makes p(0) + p(1) the claim.
///
/// A false claim stays false but with probability d/r a round.
pub fn reduce(rounds: &[Message<'_, Vec<Scalar>>], claim: Scalar, oracle: &mut dyn Oracle) -> Reduced {
    let mut value = claim;
    let mut point = Vec::with_capacity(rounds.len());
    for round in rounds {
        oracle.absorb(round.bytes);
        let x = oracle.draw();
        value = evaluate(&round.values, value, x);
        point.push(x);
    }
    Reduced { value, point }
}

/// p(x) for the message c_0, c_2, .. of a polynomial with p(0) + p(1) = claim.
fn evaluate(message: &[Scalar], claim: Scalar, x: Scalar) -> Scalar {
    let mut coefficients = message.iter();
    let constant = coefficients.next().copied().unwrap_or(Scalar::ZERO);
    let linear = claim - constant - message.iter().sum::<Scalar>();
    let (value, _) = coefficients
        .fold((constant + linear * x, x.square()), |(value, power), c| (value + power * c, power * x));
    value
}
