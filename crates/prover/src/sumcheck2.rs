//! Sum-check 2: which products the terms' values make (`docs/protocol.md`, "What the prover sends").

use crate::ProverError;
use crate::masks::{Masking, inverse_power};
use crate::polynomial::Interpolation;
use ark_ff::{AdditiveGroup, Field};
use zkattest_circuit::index;
use zkattest_circuit::ir::Circuit;
use zkattest_field::Scalar;

/// The columns w, U_0 .. U_(D-1) over the entries.
pub(crate) struct Sumcheck2 {
    columns: Vec<Vec<Scalar>>,
}

impl Sumcheck2 {
    /// `values` of functionals at rho, `linear` the value of entry K, `pads` mu_1 .. mu_D.
    pub fn new(
        circuit: &Circuit,
        alphas: &[Scalar],
        values: &[Scalar],
        linear: Scalar,
        pads: &[Scalar],
    ) -> Self {
        let (entries, factors, terms) = (1 << circuit.rounds_2(), circuit.factors(), circuit.terms.len());
        let mut columns = vec![vec![Scalar::ZERO; entries]; factors + 1];
        for (k, term) in circuit.terms.iter().enumerate() {
            let variables = term
                .factors
                .first()
                .map_or(0, |factor| usize::from(circuit.functionals[index(*factor)].variables));
            columns[0][k] = alphas[index(term.statement)]
                * Scalar::from(term.coefficient)
                * inverse_power(circuit.rounds_1() - variables);
            for (j, column) in columns[1..].iter_mut().enumerate() {
                column[k] = term.factors.get(j).map_or(Scalar::ONE, |factor| values[index(*factor)]);
            }
        }
        columns[0][terms] = Scalar::ONE;
        for (j, column) in columns[1..].iter_mut().enumerate() {
            column[terms] = if j == 0 { linear } else { Scalar::ONE };
            column[terms + 1] = pads[j];
        }
        Self { columns }
    }

    /// All rounds, as [`crate::sumcheck1::Sumcheck1::run`].
    pub fn run(
        &mut self,
        rounds: usize,
        masking: &mut Masking<'_>,
        mut exchange: impl FnMut(&[Scalar]) -> Result<Scalar, ProverError>,
    ) -> Result<(), ProverError> {
        let interpolation = Interpolation::new(self.columns.len());
        for _ in 0..rounds {
            let half = self.columns[0].len() / 2;
            let mut sums = vec![Scalar::ZERO; self.columns.len() + 1];
            for i in 0..half {
                let mut pairs: Vec<(Scalar, Scalar)> =
                    self.columns.iter().map(|column| (column[i], column[half + i] - column[i])).collect();
                for sum in &mut sums {
                    *sum += pairs.iter().map(|(value, _)| value).product::<Scalar>();
                    pairs.iter_mut().for_each(|(value, step)| *value += &*step);
                }
            }
            let mut message = interpolation.coefficients(&sums);
            masking.add_round(&mut message);
            let challenge = exchange(&message)?;
            masking.bind(challenge);
            for column in &mut self.columns {
                let (low, high) = column.split_at_mut(half);
                low.iter_mut().zip(&*high).for_each(|(low, high)| *low += challenge * (*high - *low));
                column.truncate(half);
            }
        }
        Ok(())
    }

    /// u_1 .. u_D.
    pub fn values(&self) -> Vec<Scalar> {
        self.columns[1..].iter().map(|column| column[0]).collect()
    }
}
