//! Cells of all regions, with multiplicities and helpers as an honest prover computes them.

use ark_ff::{Field, PrimeField, Zero, batch_inversion};
use sha3::{Digest, Keccak256};
use zkattest_circuit::ir::{Circuit, ROW_REGIONS, Region, Tensor};
use zkattest_circuit::lookup::{FunctionLookup, Lookups, RangeLookup};
use zkattest_circuit::quotient::Quotient;
use zkattest_field::Scalar;

use super::evaluate::{Evaluation, integer};
use crate::witness::Witness;

/// Challenges of the statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenges {
    /// Of lookups.
    pub gamma: Scalar,
    /// Of function lookups.
    pub beta: Scalar,
    /// Of all statements.
    pub r: Vec<Scalar>,
}

impl Challenges {
    /// Challenges that follow from a seed.
    pub fn from_seed(circuit: &Circuit, seed: u64) -> Self {
        let draw = |index: u64| {
            let digest = Keccak256::new().chain_update(seed.to_be_bytes()).chain_update(index.to_be_bytes());
            Scalar::from_be_bytes_mod_order(&digest.finalize())
        };
        Self {
            gamma: draw(0),
            beta: draw(1),
            r: (0..u64::from(circuit.r_len)).map(|i| draw(2 + i)).collect(),
        }
    }
}

/// Cells by region, rows laid end to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The regions that have rows.
    pub rows: [Vec<Scalar>; ROW_REGIONS],
    /// Public integers.
    pub public: Vec<Scalar>,
}

impl Assignment {
    /// One cell; zero where there is none.
    pub(super) fn cell(&self, region: Region, cell: usize) -> Scalar {
        let cells = if region == Region::Public { &self.public } else { &self.rows[region as usize] };
        cells.get(cell).copied().unwrap_or_else(Scalar::zero)
    }
}

/// All cells for a witness, with `model` the model's. Values outside a table are not counted in it.
pub fn assign(
    circuit: &Circuit,
    lookups: &Lookups,
    model: &[i16],
    witness: &Witness,
    challenges: &Challenges,
) -> Assignment {
    let cells = |values: &[i16]| values.iter().map(|value| integer(i128::from(*value))).collect();
    let empty = |region: Region| vec![Scalar::zero(); circuit.rows_of(region) << circuit.log_row];
    let rows = [
        cells(model),
        cells(&witness.data),
        cells(&witness.output),
        cells(&witness.witness),
        empty(Region::Counts),
        Vec::new(),
        empty(Region::Helper),
    ];
    let public = witness.public.iter().map(|value| integer(i128::from(*value))).collect();
    let mut assignment = Assignment { rows, public };
    for range in &lookups.ranges {
        let integers = match range.region {
            Region::Model => model,
            Region::Data => &witness.data,
            _ => &witness.witness,
        };
        fill_range(circuit, range, integers, challenges, &mut assignment);
    }
    for (function, keys) in lookups.functions.iter().zip(&witness.keys) {
        fill_function(circuit, function, keys, challenges, &mut assignment);
    }
    for quotient in &lookups.quotients {
        fill_quotient(circuit, quotient, challenges, &mut assignment);
    }
    assignment
}

fn fill_quotient(
    circuit: &Circuit,
    quotient: &Quotient,
    challenges: &Challenges,
    assignment: &mut Assignment,
) {
    let evaluation = Evaluation { circuit, cells: assignment, challenges };
    let mut inverses = evaluation.tabulate(&circuit.functionals[quotient.denominator as usize]);
    let numerators = evaluation.tabulate(&quotient.numerator);
    batch_inversion(&mut inverses);
    for (element, (inverse, numerator)) in inverses.iter().zip(numerators).enumerate() {
        let cell = cell_of(&circuit.tensors[quotient.helper as usize], element);
        assignment.rows[Region::Helper as usize][cell] = numerator * inverse;
    }
}

fn base(circuit: &Circuit, tensor: u32) -> usize {
    usize::try_from(circuit.tensors[tensor as usize].base).unwrap_or(usize::MAX)
}

fn fill_range(
    circuit: &Circuit,
    range: &RangeLookup,
    integers: &[i16],
    challenges: &Challenges,
    assignment: &mut Assignment,
) {
    let size = circuit.row_size();
    let columns = range.columns.len();
    let mut counts = vec![0u64; 1 << circuit.tables[range.table as usize].bits];
    let helper = base(circuit, range.helper);
    for lookup in 0..(range.rows as usize).div_ceil(columns) {
        for x in 0..size {
            let mut sum = Scalar::zero();
            for column in 0..columns {
                let row = lookup * columns + column;
                let present = row < range.rows as usize;
                let cell = (range.first_row as usize + row) * size + x;
                let value = range.offset + if present { i64::from(integers[cell]) } else { 0 };
                if let Some(count) = usize::try_from(value).ok().and_then(|value| counts.get_mut(value)) {
                    *count += 1;
                }
                sum += (challenges.gamma + integer(i128::from(value))).inverse().unwrap_or_else(Scalar::zero);
            }
            assignment.rows[Region::Helper as usize][helper + lookup * size + x] = sum;
        }
    }
    let keys = (0..counts.len()).map(|key| challenges.gamma + Scalar::from(key as u64));
    fill_table(circuit, (range.counts, range.sums), &counts, keys, assignment);
}

fn fill_function(
    circuit: &Circuit,
    function: &FunctionLookup,
    keys: &[u32],
    challenges: &Challenges,
    assignment: &mut Assignment,
) {
    let table = &circuit.tables[function.table as usize];
    let mut entries: Vec<Scalar> = table
        .images
        .iter()
        .flatten()
        .zip(table.low..)
        .map(|(image, key)| {
            challenges.gamma + integer(i128::from(key)) + challenges.beta * integer(i128::from(*image))
        })
        .collect();
    let mut counts = vec![0u64; entries.len()];
    keys.iter().for_each(|key| counts[*key as usize] += 1);
    fill_table(circuit, (function.counts, function.sums), &counts, entries.iter().copied(), assignment);
    batch_inversion(&mut entries);
    for (element, key) in keys.iter().enumerate() {
        let cell = cell_of(&circuit.tensors[function.helper as usize], element);
        assignment.rows[Region::Helper as usize][cell] = entries[*key as usize];
    }
}

fn fill_table(
    circuit: &Circuit,
    (counts, sums): (u32, u32),
    values: &[u64],
    denominators: impl Iterator<Item = Scalar>,
    assignment: &mut Assignment,
) {
    let (counts, sums) = (base(circuit, counts), base(circuit, sums));
    let mut inverses: Vec<Scalar> = denominators.collect();
    batch_inversion(&mut inverses);
    for (key, (count, inverse)) in values.iter().zip(inverses).enumerate() {
        assignment.rows[Region::Counts as usize][counts + key] = Scalar::from(*count);
        assignment.rows[Region::Helper as usize][sums + key] = inverse * Scalar::from(*count);
    }
}

/// Cell of an element in row-major order.
fn cell_of(tensor: &Tensor, element: usize) -> usize {
    let (mut left, mut cell, mut stride) = (element, 0, 1);
    for axis in tensor.axes.iter().rev() {
        cell += left % axis.size as usize * stride;
        left /= axis.size as usize;
        stride *= axis.allotted as usize;
    }
    cell + usize::try_from(tensor.base).unwrap_or(usize::MAX)
}
