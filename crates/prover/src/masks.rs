//! The mask rows M and R (`docs/protocol.md`, "Masks").

use crate::{ProverError, Randomness};
use ark_ff::{AdditiveGroup, Field, MontFp};
use zeroize::Zeroize;
use zkattest_circuit::ir::Circuit;
use zkattest_field::Scalar;

/// 1/2 = (r + 1) / 2.
pub(crate) const HALF: Scalar =
    MontFp!("10944121435919637611123202872628637544274182200208017171849102093287904247809");

/// The free cells of M, ascending: m - b and m - b - 2^i for b in {1, 2} and 1 <= i < c.
pub fn free_cells(log_row: u8) -> Vec<usize> {
    let m = 1usize << log_row;
    let mut cells: Vec<usize> =
        (1..=2).flat_map(|b| (1..log_row).map(move |i| m - b - (1 << i)).chain([m - b])).collect();
    cells.sort_unstable();
    cells
}

/// Draws M (its named cells in the order of their places: g1, mu_S, g2, pads, free cells) and then R (all
/// cells but the last, which makes sum R_j + sum j M_j zero). M is followed by R.
pub(crate) fn draw(circuit: &Circuit, randomness: &mut dyn Randomness) -> Result<Vec<Scalar>, ProverError> {
    let m = circuit.row_size();
    let used = circuit.mask_layout().pads.end;
    let mut rows = vec![Scalar::ZERO; 2 * m];
    let (mask, uniform) = rows.split_at_mut(m);
    randomness.fill(&mut mask[..used])?;
    let free = free_cells(circuit.log_row);
    let mut values = vec![Scalar::ZERO; free.len()];
    randomness.fill(&mut values)?;
    for (cell, value) in free.into_iter().zip(&values) {
        mask[cell] = *value;
    }
    values.zeroize();
    randomness.fill(&mut uniform[..m - 1])?;
    let weighted: Scalar = (0u64..)
        .zip(&*mask)
        .filter(|(_, cell)| **cell != Scalar::ZERO)
        .map(|(j, cell)| Scalar::from(j) * cell)
        .sum();
    uniform[m - 1] = -(weighted + uniform[..m - 1].iter().sum::<Scalar>());
    Ok(rows)
}

/// x, x^2, .., x^degree, each less 1/2: what a coefficient of g counts at x.
pub(crate) fn basis(x: Scalar, degree: usize) -> impl Iterator<Item = Scalar> {
    std::iter::successors(Some(x), move |power| Some(*power * x)).take(degree).map(|power| power - HALF)
}

/// 2^-n.
pub(crate) fn inverse_power(n: usize) -> Scalar {
    HALF.pow([n as u64])
}

/// The part of a sum-check's rounds that its mask g gives.
pub(crate) struct Masking<'a> {
    coefficients: &'a [Scalar],
    degree: usize,
    rounds: usize,
    round: usize,
    /// Constant plus what the bound variables give.
    bound: Scalar,
}

impl<'a> Masking<'a> {
    /// g with `coefficients`, `degree` for each of `rounds` variables, plus a constant.
    pub fn new(coefficients: &'a [Scalar], degree: usize, rounds: usize, constant: Scalar) -> Self {
        Self { coefficients, degree, rounds, round: 0, bound: constant }
    }

    fn own(&self) -> &'a [Scalar] {
        &self.coefficients[self.round * self.degree..(self.round + 1) * self.degree]
    }

    /// Adds the round's polynomial, summed over the later variables, to coefficients by power.
    pub fn add_round(&self, message: &mut [Scalar]) {
        let scale = Scalar::from(2u64).pow([(self.rounds - 1 - self.round) as u64]);
        let own = self.own();
        message[0] += scale * (self.bound - HALF * own.iter().sum::<Scalar>());
        for (sum, coefficient) in message[1..].iter_mut().zip(own) {
            *sum += scale * coefficient;
        }
    }

    /// Binds the round's variable.
    pub fn bind(&mut self, challenge: Scalar) {
        self.bound +=
            self.own().iter().zip(basis(challenge, self.degree)).map(|(a, x)| *a * x).sum::<Scalar>();
        self.round += 1;
    }

    /// The constant plus g at the variables bound so far.
    pub fn value(&self) -> Scalar {
        self.bound
    }
}
