//! The mask rows M and R (`docs/protocol.md`, "Masks").

use crate::rows::fold_field;
use crate::{ProverError, Randomness};
use ark_ff::{AdditiveGroup, Field, MontFp};
use rayon::prelude::*;
use zeroize::Zeroize;
use zkattest_circuit::ir::Circuit;
use zkattest_field::Scalar;
use zkattest_kernels::{Cpu, Kernels};

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

/// The rows M and R. M is zero but for some hundred cells, which alone are held.
#[derive(Default)]
pub(crate) struct Masks {
    /// M's first cells, which sum-checks 1 and 2 and u are masked with.
    pub named: Vec<Scalar>,
    /// M's free cells, ascending, with their places.
    free: Vec<(usize, Scalar)>,
    /// R.
    pub uniform: Vec<Scalar>,
}

impl Drop for Masks {
    fn drop(&mut self) {
        self.named.zeroize();
        self.free.iter_mut().for_each(|(_, value)| value.zeroize());
        self.uniform.zeroize();
    }
}

impl Masks {
    /// M's cells that may not be zero, ascending.
    pub fn cells(&self) -> impl Iterator<Item = (usize, Scalar)> {
        self.named.iter().copied().enumerate().chain(self.free.iter().copied())
    }

    /// All cells of M and of R.
    pub fn dense(&self) -> Vec<Scalar> {
        let mut cells = vec![Scalar::ZERO; self.uniform.len()];
        self.cells().for_each(|(cell, value)| cells[cell] = value);
        cells.extend(&self.uniform);
        cells
    }

    /// Cells of M and of R from `from` to `to`, counted through both rows.
    fn split(&self, from: usize, to: usize) -> (impl Iterator<Item = (usize, Scalar)>, &[Scalar]) {
        let m = self.uniform.len();
        let own = self.cells().filter(move |(cell, _)| (from..to).contains(cell));
        let uniform = self.uniform.get(from.max(m) - m..to.max(m) - m).unwrap_or_default();
        (own.map(move |(cell, value)| (cell - from, value)), uniform)
    }

    /// out\[i\] = sum_j weights\[j\] * cells\[from + j * w + i\] for i < w; neither row is cut.
    pub fn fold(&self, from: usize, to: usize, weights: &[Scalar]) -> Vec<Scalar> {
        let width = (to - from) / weights.len().max(1);
        let (own, uniform) = self.split(from, to);
        let before = (to - from - uniform.len()) / width.max(1);
        let mut out = match uniform {
            [] => vec![Scalar::ZERO; width],
            uniform => fold_field(uniform, &weights[before..]),
        };
        own.for_each(|(cell, value)| out[cell % width] += weights[cell / width] * value);
        out
    }

    /// out\[e\] = sum_i weights\[i\] * cells\[from + e * w + i\] for w = weights; neither row is cut.
    pub fn dot(
        &self,
        cpu: &Cpu,
        from: usize,
        to: usize,
        weights: &[Scalar],
    ) -> Result<Vec<Scalar>, ProverError> {
        let width = weights.len().max(1);
        let (own, uniform) = self.split(from, to);
        let mut out = vec![Scalar::ZERO; (to - from - uniform.len()) / width];
        own.for_each(|(cell, value)| out[cell / width] += weights[cell % width] * value);
        let of_uniform = uniform.par_chunks(width).map(|row| cpu.inner_product(row, weights));
        out.extend(of_uniform.collect::<Result<Vec<_>, _>>()?);
        Ok(out)
    }
}

/// Draws M (its named cells in the order of their places: g1, mu_S, g2, pads, free cells) and then R (all
/// cells but the last, which makes sum R_j + sum j M_j zero).
pub(crate) fn draw(circuit: &Circuit, randomness: &mut dyn Randomness) -> Result<Masks, ProverError> {
    let m = circuit.row_size();
    let free = free_cells(circuit.log_row);
    let mut masks = Masks {
        named: vec![Scalar::ZERO; circuit.mask_layout().pads.end],
        free: Vec::with_capacity(free.len()),
        uniform: vec![Scalar::ZERO; m],
    };
    randomness.fill(&mut masks.named)?;
    let mut values = vec![Scalar::ZERO; free.len()];
    randomness.fill(&mut values)?;
    masks.free.extend(free.into_iter().zip(values.iter().copied()));
    values.zeroize();
    randomness.fill(&mut masks.uniform[..m - 1])?;
    let weighted: Scalar = masks.cells().map(|(j, cell)| Scalar::from(j as u64) * cell).sum();
    masks.uniform[m - 1] = -(weighted + masks.uniform[..m - 1].iter().sum::<Scalar>());
    Ok(masks)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Stream;

    #[test]
    fn masks_are_summed_as_rows() {
        let (cpu, m) = (Cpu::detect(), 64);
        let mut stream = Stream(42);
        let masks = Masks {
            named: (0..9).map(|_| stream.scalar()).collect(),
            free: vec![(40, stream.scalar()), (63, stream.scalar())],
            uniform: (0..m).map(|_| stream.scalar()).collect(),
        };
        let dense = masks.dense();
        assert_eq!(dense.iter().filter(|cell| **cell == Scalar::ZERO).count(), m - 11);
        for (from, to) in [(0, m), (m, 2 * m), (0, 2 * m)] {
            for count in [1, 4, 32] {
                let weights: Vec<Scalar> = (0..count * ((to - from) / m)).map(|_| stream.scalar()).collect();
                assert_eq!(masks.fold(from, to, &weights), fold_field(&dense[from..to], &weights));
                let product = |row: &[Scalar]| row.iter().zip(&weights).map(|(a, b)| *a * b).sum::<Scalar>();
                if weights.len() <= m {
                    let expected: Vec<Scalar> = dense[from..to].chunks(weights.len()).map(product).collect();
                    assert_eq!(masks.dot(&cpu, from, to, &weights).unwrap(), expected);
                }
            }
        }
    }
}
