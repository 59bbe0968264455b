//! The table's polynomials: selectors and wiring, packed into one.

use std::collections::BTreeMap;

use ark_ff::{AdditiveGroup, FftField, Field};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use rayon::prelude::*;
use zkattest_circuit::ir::Circuit;
use zkattest_field::Scalar;

use crate::polynomial::{evaluate, interleave};
use crate::{EvaluationError, Table};

/// 9n: the most coefficients of a polynomial that is committed for a table of n = 2^`log_gates` gates.
pub fn coefficients(log_gates: u8) -> usize {
    9usize.checked_shl(u32::from(log_gates)).unwrap_or(usize::MAX)
}

/// A table with its polynomials.
#[derive(Debug, Clone)]
pub struct Index {
    table: Table,
    domain: Radix2EvaluationDomain<Scalar>,
    /// Values of s1, s2, s3 on H: the identity of the cell that follows each in its cycle, n each.
    successors: [Vec<Scalar>; 3],
    /// Coefficients of the eight polynomials, n each.
    polynomials: Vec<Vec<Scalar>>,
}

impl Index {
    /// The polynomials of a circuit's table.
    ///
    /// # Errors
    /// As [`Table::of`].
    pub fn of(circuit: &Circuit) -> Result<Self, EvaluationError> {
        Self::new(Table::of(circuit)?)
    }

    /// The polynomials of a table.
    ///
    /// # Errors
    /// [`EvaluationError::Gates`] where there are more gates than the field has roots of unity.
    pub fn new(table: Table) -> Result<Self, EvaluationError> {
        let log_gates = table.log_gates;
        let domain = 1usize
            .checked_shl(u32::from(log_gates))
            .and_then(Radix2EvaluationDomain::new)
            // Quotients are computed on four times as many points.
            .filter(|domain| domain.log_size_of_group + 2 <= <Scalar as FftField>::TWO_ADICITY)
            .ok_or(EvaluationError::Gates {
                found: 1usize.checked_shl(u32::from(log_gates)).unwrap_or(usize::MAX),
                most: 1 << (<Scalar as FftField>::TWO_ADICITY - 2),
            })?;
        let successors = successors(&table.wires, &domain);
        let polynomials =
            table.selectors.par_iter().chain(&successors).map(|values| domain.ifft(values)).collect();
        Ok(Self { table, domain, successors, polynomials })
    }

    /// The table.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// k: there are n = 2^k gates.
    pub fn log_gates(&self) -> u8 {
        self.table.log_gates
    }

    /// n.
    pub fn gates(&self) -> usize {
        self.domain.size()
    }

    /// Powers that a set-up string needs: [`coefficients`] of the table.
    pub fn coefficients(&self) -> usize {
        coefficients(self.table.log_gates)
    }

    /// H.
    pub(crate) fn domain(&self) -> &Radix2EvaluationDomain<Scalar> {
        &self.domain
    }

    /// w, the n-th root of unity that generates H.
    pub fn root(&self) -> Scalar {
        self.domain.group_gen()
    }

    /// Values of s1, s2, s3 on H.
    pub(crate) fn successors(&self) -> &[Vec<Scalar>; 3] {
        &self.successors
    }

    /// Coefficients of qL, qR, qM, qO, qC, s1, s2, s3.
    pub(crate) fn polynomials(&self) -> &[Vec<Scalar>] {
        &self.polynomials
    }

    /// P0(X) = sum X^i f_i(X^8): 8n coefficients.
    pub fn packed(&self) -> Vec<Scalar> {
        interleave(&self.polynomials)
    }

    /// P0(x).
    pub fn evaluate(&self, x: Scalar) -> Scalar {
        evaluate(&self.values(x.pow([self.polynomials.len() as u64])), x)
    }

    /// The eight polynomials at x.
    pub(crate) fn values(&self, x: Scalar) -> Vec<Scalar> {
        self.polynomials.par_iter().map(|polynomial| evaluate(polynomial, x)).collect()
    }
}

/// K_i w^j of the cell after each one in the cycle of its variable's cells, by wire. A cycle has its cells in the order
/// of i n + j, wires first; the first follows the last.
fn successors(wires: &[Vec<u32>; 3], domain: &Radix2EvaluationDomain<Scalar>) -> [Vec<Scalar>; 3] {
    let gates = domain.size();
    let roots: Vec<Scalar> = domain.elements().collect();
    let identity = |cell: usize| roots[cell % gates] * Scalar::from((cell / gates) as u64 + 1);
    // From the last cell to the first: what was seen of a variable last is the cell after this one.
    let (mut later, mut last) = (BTreeMap::new(), BTreeMap::new());
    let mut values = [(); 3].map(|()| vec![Scalar::ZERO; gates]);
    for wire in (0..wires.len()).rev() {
        for gate in (0..gates).rev() {
            let (cell, variable) = (wire * gates + gate, wires[wire][gate]);
            last.entry(variable).or_insert(cell);
            if let Some(next) = later.insert(variable, cell) {
                values[wire][gate] = identity(next);
            }
        }
    }
    for (variable, cell) in last {
        values[cell / gates][cell % gates] = identity(later[&variable]);
    }
    values
}
