//! Vectors at the challenges known so far, with shared eq tables.

use ark_ff::Field;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use zkattest_circuit::ir::{Circuit, Factor, Kind, Point, Slice, Vector};
use zkattest_circuit::{Challenges, index};
use zkattest_field::Scalar;
use zkattest_kernels::{Cpu, Kernels};

/// A point's name, the first coordinate counted in the whole point, and the number of coordinates.
type Key = (Point, usize, usize);

/// Evaluates vectors of one circuit at one set of challenges.
pub(crate) struct Scope<'a> {
    pub circuit: &'a Circuit,
    pub challenges: &'a Challenges,
    pub cpu: Cpu,
    eq: Mutex<HashMap<Key, Arc<Vec<Scalar>>>>,
}

/// What a group's vector does to its axis, as a function of the boolean point x of a functional's table.
pub(crate) enum Action {
    /// Weights that do not depend on x.
    Fixed(Vec<Scalar>),
    /// Entry i counts at the x whose bits are `places[i]` (other bits are not looked at).
    Scatter(Scatter),
    /// Entry i counts at several x.
    Spread(Vec<Vec<(usize, Scalar)>>),
}

/// Entry i is found at x = `places[i]`, times its coefficient.
pub(crate) struct Scatter {
    pub places: Vec<usize>,
    pub coefficients: Option<Vec<Scalar>>,
}

impl<'a> Scope<'a> {
    pub fn new(circuit: &'a Circuit, challenges: &'a Challenges, cpu: Cpu) -> Self {
        Self { circuit, challenges, cpu, eq: Mutex::default() }
    }

    /// All 2^len values of eq at a slice.
    pub fn eq(&self, slice: Slice, variables: usize) -> Arc<Vec<Scalar>> {
        let offset = usize::from(slice.offset)
            + match slice.point {
                Point::R => 0,
                Point::Rho => self.challenges.rho.len().saturating_sub(variables),
            };
        let key = (slice.point, offset, usize::from(slice.len));
        if let Some(table) = self.eq.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return table.clone();
        }
        let table = Arc::new(self.cpu.eq_table(self.challenges.coordinates(slice, variables)));
        self.eq.lock().unwrap_or_else(PoisonError::into_inner).insert(key, table.clone());
        table
    }

    /// A factor's values at j < modulus (or more).
    fn values(&self, factor: &Factor, variables: usize) -> Arc<Vec<Scalar>> {
        match &factor.kind {
            Kind::Eq(slice) => self.eq(*slice, variables),
            kind => {
                let alone = Factor { div: 1, modulus: factor.modulus, kind: kind.clone() };
                let vector = Vector { size: factor.modulus, factors: vec![alone] };
                Arc::new(vector.evaluate(self.circuit, self.challenges, variables))
            }
        }
    }

    /// The product of some of a vector's factors at its entries; none of them: none.
    fn product<'f>(
        &self,
        size: usize,
        factors: impl Iterator<Item = &'f Factor>,
        variables: usize,
    ) -> Option<Vec<Scalar>> {
        let mut product: Option<Vec<Scalar>> = None;
        for factor in factors {
            let table = self.values(factor, variables);
            let plain = factor.div == 1 && index(factor.modulus) >= size;
            product = Some(match product {
                None if plain => table[..size].to_vec(),
                None => indices(factor, size).map(|j| table[j]).collect(),
                Some(mut product) if plain => {
                    product.iter_mut().zip(&*table).for_each(|(value, by)| *value *= by);
                    product
                }
                Some(mut product) => {
                    product.iter_mut().zip(indices(factor, size)).for_each(|(value, j)| *value *= table[j]);
                    product
                }
            });
        }
        product
    }

    /// All entries, at a whole point.
    pub fn dense(&self, vector: &Vector, variables: usize) -> Vec<Scalar> {
        let size = index(vector.size);
        self.product(size, vector.factors.iter(), variables).unwrap_or_else(|| vec![Scalar::ONE; size])
    }

    /// What a vector does as a function of x, the point of `variables` boolean variables.
    pub fn action(&self, vector: &Vector, variables: usize) -> Action {
        let size = index(vector.size);
        let fixed = vector.factors.iter().filter(|factor| !moves(factor));
        let coefficients = self.product(size, fixed, variables);
        let moving: Vec<&Factor> = vector.factors.iter().filter(|factor| moves(factor)).collect();
        if moving.is_empty() {
            return Action::Fixed(coefficients.unwrap_or_else(|| vec![Scalar::ONE; size]));
        }
        let mut places = vec![0usize; size];
        let mut spread: Option<Vec<Vec<(usize, Scalar)>>> = None;
        for factor in moving {
            match &factor.kind {
                Kind::Eq(slice) => {
                    let shift = shift(*slice, variables);
                    places.iter_mut().zip(indices(factor, size)).for_each(|(place, j)| *place |= j << shift);
                }
                Kind::Window { output, input, outputs, inputs, stride, dilation, offset } => {
                    let eq = self.eq(*output, variables);
                    let shift = shift(*input, variables);
                    let reach = |j: u32| -> Vec<(usize, Scalar)> {
                        let from = i128::from(j) * i128::from(*dilation) + i128::from(*offset);
                        (0..*outputs)
                            .zip(&*eq)
                            .filter_map(|(o, weight)| {
                                let u = i128::from(o) * i128::from(*stride) + from;
                                let u = usize::try_from(u).ok().filter(|u| *u < index(*inputs))?;
                                Some((u << shift, *weight))
                            })
                            .collect()
                    };
                    let by_index: Vec<_> = (0..factor.modulus).map(reach).collect();
                    let before = spread.take();
                    spread = Some(
                        indices(factor, size)
                            .enumerate()
                            .map(|(i, j)| match &before {
                                None => by_index[j].clone(),
                                Some(before) => cross(&before[i], &by_index[j]),
                            })
                            .collect(),
                    );
                }
                _ => {}
            }
        }
        let Some(mut spread) = spread else {
            return Action::Scatter(Scatter { places, coefficients });
        };
        for (i, entries) in spread.iter_mut().enumerate() {
            for (place, weight) in entries {
                *place |= places[i];
                if let Some(coefficients) = &coefficients {
                    *weight *= coefficients[i];
                }
            }
        }
        Action::Spread(spread)
    }
}

/// The bits of x that a vector's places use.
pub(crate) fn mask(vector: &Vector, variables: usize) -> usize {
    let bits = |slice: Slice| ((1usize << slice.len) - 1) << shift(slice, variables);
    vector.factors.iter().fold(0, |mask, factor| match &factor.kind {
        Kind::Eq(slice) if slice.point == Point::Rho => mask | bits(*slice),
        Kind::Window { input, .. } => mask | bits(*input),
        _ => mask,
    })
}

/// Whether a factor depends on x.
pub(crate) fn moves(factor: &Factor) -> bool {
    match &factor.kind {
        Kind::Eq(slice) => slice.point == Point::Rho,
        Kind::Window { .. } => true,
        _ => false,
    }
}

/// Bits of x below a slice of rho.
fn shift(slice: Slice, variables: usize) -> usize {
    variables.saturating_sub(usize::from(slice.offset) + usize::from(slice.len))
}

/// (i div `div`) mod `modulus` for i < size.
fn indices(factor: &Factor, size: usize) -> impl Iterator<Item = usize> {
    let (div, modulus) = (index(factor.div).max(1), index(factor.modulus).max(1));
    (0..size).map(move |i| (i / div) % modulus)
}

fn cross(left: &[(usize, Scalar)], right: &[(usize, Scalar)]) -> Vec<(usize, Scalar)> {
    left.iter().flat_map(|(a, u)| right.iter().map(move |(b, v)| (a | b, *u * v))).collect()
}
