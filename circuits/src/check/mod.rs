//! Every statement of a circuit, evaluated by brute force at random challenges.
//!
//! This is the definition in `docs/protocol.md`, "Circuit", read literally: a functional is tabulated over all boolean
//! points, a term is the sum of products of those tables. It shares no code with provers or verifiers, takes time
//! in proportion to all cells of all forms, and is meant for tests.

mod assign;
mod evaluate;
#[cfg(test)]
mod models;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod unique;

use ark_ff::Zero;
use zkattest_circuit::ir::Circuit;
use zkattest_field::Scalar;

pub use assign::{Assignment, Challenges, assign};

/// Statements whose two sides differ, by index.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("statements {statements:?} do not hold")]
pub struct Violation {
    /// In ascending order.
    pub statements: Vec<u32>,
}

/// Evaluate all statements. True statements always hold; a false one holds with negligible probability over
/// uniform challenges.
///
/// # Errors
/// The statements that do not hold.
pub fn check(circuit: &Circuit, cells: &Assignment, challenges: &Challenges) -> Result<(), Violation> {
    let evaluation = evaluate::Evaluation { circuit, cells, challenges };
    let mut sides: Vec<Scalar> =
        circuit.statements.iter().map(|statement| -evaluation.sum(&statement.forms)).collect();
    let mut tables: Vec<Option<Vec<Scalar>>> = vec![None; circuit.functionals.len()];
    for term in &circuit.terms {
        for factor in &term.factors {
            let factor = *factor as usize;
            if tables[factor].is_none() {
                tables[factor] = Some(evaluation.tabulate(&circuit.functionals[factor]));
            }
        }
        let factors: Vec<&Vec<Scalar>> =
            term.factors.iter().filter_map(|factor| tables[*factor as usize].as_ref()).collect();
        let points = factors.first().map_or(0, |table| table.len());
        let sum: Scalar = (0..points).map(|x| factors.iter().map(|table| table[x]).product::<Scalar>()).sum();
        sides[term.statement as usize] += evaluate::integer(term.coefficient) * sum;
    }
    let statements: Vec<u32> =
        (0..).zip(&sides).filter(|(_, side)| !side.is_zero()).map(|(statement, _)| statement).collect();
    if statements.is_empty() { Ok(()) } else { Err(Violation { statements }) }
}
