//! The challenges as wires, and vectors' values over them.

use ark_ff::Field;
use zkattest_circuit::index;
use zkattest_circuit::ir::{Circuit, Factor, Kind, Point, Slice, Unit, Vector};
use zkattest_field::Scalar;

use crate::gates::Gates;
use crate::wire::Wire;

/// The inputs of a table, in their order.
#[derive(Debug, Clone)]
pub struct Symbols {
    /// Lookup challenge.
    pub gamma: Wire,
    /// Joins keys and images.
    pub beta: Wire,
    /// Joins statements.
    pub alpha: Wire,
    /// Joins claims.
    pub delta: Wire,
    /// Where statements are read.
    pub r: Vec<Wire>,
    /// Where sum-check 1 ends.
    pub rho: Vec<Wire>,
    /// Where sum-check 2 ends.
    pub sigma: Vec<Wire>,
    /// Where sum-check 3 ends.
    pub z: Vec<Wire>,
    /// The public integers.
    pub public: Vec<Wire>,
}

impl Symbols {
    /// The inputs of a circuit's table.
    pub fn of(circuit: &Circuit) -> Self {
        let mut variables = 0u32..;
        let mut next = || Wire::variable(variables.next().unwrap_or(u32::MAX));
        let [gamma, beta, alpha, delta] = [next(), next(), next(), next()];
        let mut many = |count: usize| -> Vec<Wire> { (0..count).map(|_| next()).collect() };
        Self {
            gamma,
            beta,
            alpha,
            delta,
            r: many(usize::from(circuit.r_len)),
            rho: many(circuit.rounds_1()),
            sigma: many(circuit.rounds_2()),
            z: many(usize::from(circuit.log_row)),
            public: many(index(circuit.public)),
        }
    }

    /// Number of inputs.
    pub fn count(&self) -> usize {
        [&self.r, &self.rho, &self.sigma, &self.z, &self.public]
            .iter()
            .fold(4, |sum, point| sum.saturating_add(point.len()))
    }

    /// The coordinates of a slice in a functional of `variables` variables (0 in a statement).
    pub fn coordinates(&self, slice: Slice, variables: usize) -> &[Wire] {
        let point = match slice.point {
            Point::R => self.r.as_slice(),
            Point::Rho => {
                let start = self.rho.len().checked_sub(variables);
                start.and_then(|start| self.rho.get(start..)).unwrap_or_default()
            }
        };
        let offset = usize::from(slice.offset);
        point.get(offset..offset.saturating_add(usize::from(slice.len))).unwrap_or_default()
    }

    /// Value of a form's unit.
    pub fn unit(&self, unit: Unit) -> Wire {
        match unit {
            Unit::One => Wire::ONE,
            Unit::Gamma => self.gamma,
            Unit::Beta => self.beta,
        }
    }

    /// A vector's `size` values; none if there are more than gates.
    pub fn vector(
        &self,
        gates: &mut Gates,
        vector: &Vector,
        circuit: &Circuit,
        variables: usize,
    ) -> Vec<Wire> {
        let size = index(vector.size);
        if !gates.admits(size) {
            return Vec::new();
        }
        let mut values = vec![Wire::ONE; size];
        for factor in &vector.factors {
            let table = self.factor(gates, factor, circuit, variables, size);
            let (div, modulus) = (index(factor.div).max(1), index(factor.modulus).max(1));
            for (i, value) in values.iter_mut().enumerate() {
                let j = i.checked_div(div).unwrap_or(0).checked_rem(modulus).unwrap_or(0);
                *value = gates.product(*value, table.get(j).copied().unwrap_or(Wire::ZERO));
            }
        }
        values
    }

    /// A factor's values at every j that a vector of `size` entries looks at, from 0 on; none if there are more than gates.
    pub fn factor(
        &self,
        gates: &mut Gates,
        factor: &Factor,
        circuit: &Circuit,
        variables: usize,
        size: usize,
    ) -> Vec<Wire> {
        let entries = size.div_ceil(index(factor.div).max(1)).min(index(factor.modulus));
        if !gates.admits(entries) {
            return Vec::new();
        }
        match &factor.kind {
            Kind::Eq(slice) => gates.eq_table(self.coordinates(*slice, variables), entries),
            Kind::Affine { slice, from, to, taps, stride, dilation, offset } => {
                let eq = gates.eq_range(self.coordinates(*slice, variables), index(*from), index(*to));
                let mut values = vec![Wire::ZERO; entries];
                for (o, weight) in (*from..*to).zip(&eq) {
                    for d in 0..*taps {
                        let place = affine(o, *stride, d, *dilation, *offset);
                        if let Some(value) = place.and_then(|place| values.get_mut(place)) {
                            *value = gates.sum(*value, *weight);
                        }
                    }
                }
                values
            }
            Kind::Window { output, input, outputs, inputs, stride, dilation, offset } => {
                let outs = gates.eq_table(self.coordinates(*output, variables), index(*outputs));
                let ins = gates.eq_table(self.coordinates(*input, variables), index(*inputs));
                let mut values = Vec::with_capacity(entries);
                for j in (0..factor.modulus).take(entries) {
                    let mut sum = Wire::ZERO;
                    for (o, weight) in (0..*outputs).zip(&outs) {
                        let place = affine(o, *stride, j, *dilation, *offset);
                        if let Some(input) = place.and_then(|place| ins.get(place)) {
                            let product = gates.product(*weight, *input);
                            sum = gates.sum(sum, product);
                        }
                    }
                    values.push(sum);
                }
                values
            }
            Kind::Constants(values) => {
                values.iter().take(entries).map(|value| Wire::constant(Scalar::from(*value))).collect()
            }
            Kind::Table(table) => {
                let Some(table) = circuit.tables.get(index(*table)) else {
                    return Vec::new();
                };
                let mut key = self.gamma.shifted(Scalar::from(table.low));
                let mut values = Vec::with_capacity(entries);
                for j in 0..entries {
                    let image = table.images.as_ref().and_then(|images| images.get(j));
                    values.push(match image {
                        Some(image) => gates.sum(key, self.beta.scaled(Scalar::from(*image))),
                        None => key,
                    });
                    key = key.shifted(Scalar::ONE);
                }
                values
            }
        }
    }
}

/// o * stride + d * dilation + offset where it is an index.
fn affine(o: u32, stride: i64, d: u32, dilation: i64, offset: i64) -> Option<usize> {
    let place =
        i128::from(o) * i128::from(stride) + i128::from(d) * i128::from(dilation) + i128::from(offset);
    usize::try_from(place).ok()
}
