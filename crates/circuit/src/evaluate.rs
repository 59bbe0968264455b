//! Values of vectors and scales of forms at given challenges.

use ark_ff::{AdditiveGroup, Field};
use zkattest_field::Scalar;

use crate::index;
use crate::ir::{Circuit, Factor, Form, Kind, Point, Slice, Table, Unit, Vector};

/// The challenges that vectors depend on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Challenges {
    /// Lookup challenge.
    pub gamma: Scalar,
    /// Joins keys and images.
    pub beta: Scalar,
    /// r.
    pub r: Vec<Scalar>,
    /// rho: n1 coordinates, or none before sum-check 1.
    pub rho: Vec<Scalar>,
}

impl Challenges {
    /// The coordinates of a slice in a functional of `variables` variables (0 in a statement); empty where the
    /// point is too short, which a validated circuit and whole challenges exclude.
    pub fn coordinates(&self, slice: Slice, variables: usize) -> &[Scalar] {
        let point = match slice.point {
            Point::R => self.r.as_slice(),
            Point::Rho => self
                .rho
                .len()
                .checked_sub(variables)
                .and_then(|start| self.rho.get(start..))
                .unwrap_or_default(),
        };
        let offset = usize::from(slice.offset);
        point.get(offset..offset.saturating_add(usize::from(slice.len))).unwrap_or_default()
    }

    /// Value of a form's unit.
    pub fn unit(&self, unit: Unit) -> Scalar {
        match unit {
            Unit::One => Scalar::ONE,
            Unit::Gamma => self.gamma,
            Unit::Beta => self.beta,
        }
    }

    /// Public inputs of the evaluation argument but the advice, in order: gamma, beta, alpha, delta; r; rho; sigma; z;
    /// the public integers.
    pub fn evaluation_inputs(
        &self,
        alpha: Scalar,
        delta: Scalar,
        sigma: &[Scalar],
        z: &[Scalar],
        public: &[i64],
    ) -> Vec<Scalar> {
        let mut inputs = vec![self.gamma, self.beta, alpha, delta];
        for point in [&self.r, &self.rho, sigma, z] {
            inputs.extend(point);
        }
        inputs.extend(public.iter().map(|value| Scalar::from(*value)));
        inputs
    }
}

/// eq(point, i) for i < n; coordinate 1 is the most significant bit of i. Zero from 2^len on.
pub fn eq_table(point: &[Scalar], n: usize) -> Vec<Scalar> {
    eq_range(point, 0, n)
}

/// eq(point, i) for i in from..to. Takes about 2 (to - from) + len products: only prefixes of indices in the
/// range are grown.
pub fn eq_range(point: &[Scalar], from: usize, to: usize) -> Vec<Scalar> {
    let Some(last) = to.checked_sub(1).filter(|last| *last >= from) else {
        return Vec::new();
    };
    let shift = |value: usize, bits: usize| {
        u32::try_from(bits).ok().and_then(|bits| value.checked_shr(bits)).unwrap_or(0)
    };
    // Prefixes of no bits: index 0 alone has the value 1; a range beyond 2^len starts without it.
    let start = shift(from, point.len());
    let mut first = start;
    let mut values: Vec<Scalar> = (start..=shift(last, point.len()))
        .map(|prefix| if prefix == 0 { Scalar::ONE } else { Scalar::ZERO })
        .collect();
    for (bit, coordinate) in point.iter().enumerate() {
        let rest = point.len().saturating_sub(bit).saturating_sub(1);
        let (low, high) = (shift(from, rest), shift(last, rest));
        let mut next = Vec::with_capacity(high.saturating_sub(low).saturating_add(1));
        for (prefix, value) in (first..).zip(&values) {
            let one = *value * coordinate;
            let children =
                [(prefix.saturating_mul(2), *value - one), (prefix.saturating_mul(2).saturating_add(1), one)];
            next.extend(children.iter().filter(|(i, _)| (low..=high).contains(i)).map(|(_, child)| *child));
        }
        first = low;
        values = next;
    }
    values
}

impl Table {
    /// gamma + key_j (+ beta * image_j) for j < entries.
    pub fn denominators(&self, challenges: &Challenges, entries: usize) -> Vec<Scalar> {
        let keys = (0..entries).scan(challenges.gamma + Scalar::from(self.low), |key, _| {
            let value = *key;
            *key += Scalar::ONE;
            Some(value)
        });
        match &self.images {
            None => keys.collect(),
            Some(images) => {
                keys.zip(images).map(|(key, image)| key + challenges.beta * Scalar::from(*image)).collect()
            }
        }
    }
}

impl Vector {
    /// The vector's `size` values in a functional of `variables` variables (0 in a statement).
    ///
    /// For a validated circuit and challenges that are long enough; else entries are zero.
    pub fn evaluate(&self, circuit: &Circuit, challenges: &Challenges, variables: usize) -> Vec<Scalar> {
        let size = index(self.size);
        let mut factors = self.factors.iter();
        let Some(first) = factors.next() else {
            return vec![Scalar::ONE; size];
        };
        let mut values = first.spread(first.values(circuit, challenges, variables, size), size);
        for factor in factors {
            let table = factor.values(circuit, challenges, variables, size);
            if index(factor.div) == 1 && table.len() >= size {
                values.iter_mut().zip(&table).for_each(|(value, by)| *value *= by);
            } else {
                values.iter_mut().zip(factor.indices()).for_each(|(value, j)| {
                    *value *= table.get(j).copied().unwrap_or(Scalar::ZERO);
                });
            }
        }
        values
    }

    /// Sum of [`Vector::evaluate`].
    pub fn sum(&self, circuit: &Circuit, challenges: &Challenges, variables: usize) -> Scalar {
        self.evaluate(circuit, challenges, variables).iter().sum()
    }
}

impl Form {
    /// coefficient * unit * prod (sums of groups without axes).
    pub fn scale(&self, circuit: &Circuit, challenges: &Challenges, variables: usize) -> Scalar {
        self.groups
            .iter()
            .filter(|group| group.axes == 0)
            .fold(Scalar::from(self.coefficient) * challenges.unit(self.unit), |scale, group| {
                scale * group.vector.sum(circuit, challenges, variables)
            })
    }
}

impl Factor {
    /// j = (i div `div`) mod `modulus` for i = 0, 1, ..
    fn indices(&self) -> impl Iterator<Item = usize> {
        let div = index(self.div).max(1);
        (0..index(self.modulus)).flat_map(move |j| std::iter::repeat_n(j, div)).cycle()
    }

    /// Entries of the vector from the function's values.
    fn spread(&self, mut table: Vec<Scalar>, size: usize) -> Vec<Scalar> {
        if self.div == 1 && table.len() >= size {
            table.truncate(size);
            return table;
        }
        self.indices().take(size).map(|j| table.get(j).copied().unwrap_or(Scalar::ZERO)).collect()
    }

    /// The function's values at every j that a vector of `size` entries looks at, from 0 on.
    pub fn values(
        &self,
        circuit: &Circuit,
        challenges: &Challenges,
        variables: usize,
        size: usize,
    ) -> Vec<Scalar> {
        let entries = size.div_ceil(index(self.div).max(1)).min(index(self.modulus));
        match &self.kind {
            Kind::Eq(slice) => eq_table(challenges.coordinates(*slice, variables), entries),
            Kind::Affine { slice, from, to, taps, stride, dilation, offset } => {
                let eq = eq_range(challenges.coordinates(*slice, variables), index(*from), index(*to));
                let mut values = vec![Scalar::ZERO; entries];
                for (o, weight) in (*from..*to).zip(&eq) {
                    for d in 0..*taps {
                        let place = affine(o, *stride, d, *dilation, *offset);
                        if let Some(value) = place.and_then(|place| values.get_mut(place)) {
                            *value += weight;
                        }
                    }
                }
                values
            }
            Kind::Window { output, input, outputs, inputs, stride, dilation, offset } => {
                let outs = eq_table(challenges.coordinates(*output, variables), index(*outputs));
                let ins = eq_table(challenges.coordinates(*input, variables), index(*inputs));
                (0..self.modulus)
                    .take(entries)
                    .map(|j| {
                        (0..*outputs)
                            .zip(&outs)
                            .filter_map(|(o, weight)| {
                                let place = affine(o, *stride, j, *dilation, *offset)?;
                                Some(*weight * ins.get(place)?)
                            })
                            .sum()
                    })
                    .collect()
            }
            Kind::Constants(values) => {
                values.iter().take(entries).map(|value| Scalar::from(*value)).collect()
            }
            Kind::Table(table) => circuit
                .tables
                .get(index(*table))
                .map(|table| table.denominators(challenges, entries))
                .unwrap_or_default(),
        }
    }
}

/// o * stride + d * dilation + offset where it is an index. In 128 bits nothing overflows: 2 * 2^32 * 2^63 + 2^63.
fn affine(o: u32, stride: i64, d: u32, dilation: i64, offset: i64) -> Option<usize> {
    let place =
        i128::from(o) * i128::from(stride) + i128::from(d) * i128::from(dilation) + i128::from(offset);
    usize::try_from(place).ok()
}
