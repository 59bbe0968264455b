//! Values of forms and tables of functionals.

use ark_ff::{Field, One, Zero};
use zkattest_circuit::ir::{Circuit, Factor, Form, Functional, Kind, Point, Region, Slice, Unit, Vector};
use zkattest_field::Scalar;

use super::assign::{Assignment, Challenges};

/// A value that a functional has at the points whose bits under `mask` are `bits`.
#[derive(Debug, Clone, Copy)]
struct Partial {
    mask: usize,
    bits: usize,
    value: Scalar,
}

impl Partial {
    /// The product; None where no point fits both.
    fn times(&self, other: &Partial) -> Option<Partial> {
        let common = self.mask & other.mask;
        (self.bits & common == other.bits & common).then_some(Partial {
            mask: self.mask | other.mask,
            bits: self.bits | other.bits,
            value: self.value * other.value,
        })
    }
}

pub(super) struct Evaluation<'a> {
    pub circuit: &'a Circuit,
    pub cells: &'a Assignment,
    pub challenges: &'a Challenges,
}

/// An integer as a field element.
pub(super) fn integer(value: i128) -> Scalar {
    let size = Scalar::from(value.unsigned_abs());
    if value < 0 { -size } else { size }
}

impl Evaluation<'_> {
    /// The sum of forms that use r alone.
    pub fn sum(&self, forms: &[Form]) -> Scalar {
        let mut table = [Scalar::zero()];
        forms.iter().for_each(|form| self.add(form, 0, &mut table));
        table[0]
    }

    /// The functional at every boolean point; coordinate 0 is the most significant bit of the index.
    pub fn tabulate(&self, functional: &Functional) -> Vec<Scalar> {
        let variables = usize::from(functional.variables);
        let mut table = vec![Scalar::zero(); 1 << variables];
        functional.forms.iter().for_each(|form| self.add(form, variables, &mut table));
        table
    }

    fn add(&self, form: &Form, variables: usize, table: &mut [Scalar]) {
        let unit = match form.unit {
            Unit::One => Scalar::ONE,
            Unit::Gamma => self.challenges.gamma,
            Unit::Beta => self.challenges.beta,
        };
        let mut partials = vec![Partial { mask: 0, bits: 0, value: integer(form.coefficient) * unit }];
        for group in form.groups.iter().filter(|group| group.axes == 0) {
            let sum: Vec<Partial> = self.entries(&group.vector, variables).concat();
            partials = product(&partials, &sum);
        }
        let Some(tensor) = form.tensor else {
            partials.iter().for_each(|partial| spread(partial, table));
            return;
        };
        let tensor = &self.circuit.tensors[tensor as usize];
        let mut strides: Vec<usize> = Vec::new();
        let mut stride = 1;
        for axis in tensor.axes.iter().rev() {
            strides.insert(0, stride);
            stride *= axis.allotted as usize;
        }
        // for each group: where each of its entries is, and its value
        let mut groups = Vec::new();
        let mut axis = 0;
        for group in form.groups.iter().filter(|group| group.axes > 0) {
            let end = axis + usize::from(group.axes);
            let entries = self.entries(&group.vector, variables);
            let offsets = (0..entries.len()).map(|entry| {
                let mut left = entry;
                let mut offset = 0;
                for axis in (axis..end).rev() {
                    let size = tensor.axes[axis].size as usize;
                    offset += left % size * strides[axis];
                    left /= size;
                }
                offset
            });
            groups.push(offsets.zip(entries.clone()).collect::<Vec<_>>());
            axis = end;
        }
        let base = usize::try_from(tensor.base).unwrap_or(usize::MAX);
        self.walk(tensor.region, base, &groups, &partials, table);
    }

    fn walk(
        &self,
        region: Region,
        cell: usize,
        groups: &[Vec<(usize, Vec<Partial>)>],
        partials: &[Partial],
        table: &mut [Scalar],
    ) {
        let Some((group, rest)) = groups.split_first() else {
            let value = self.cells.cell(region, cell);
            for partial in partials {
                spread(&Partial { value: partial.value * value, ..*partial }, table);
            }
            return;
        };
        for (offset, entries) in group {
            let next = product(partials, entries);
            if !next.is_empty() {
                self.walk(region, cell + offset, rest, &next, table);
            }
        }
    }

    /// The entries of a vector, each as a sum of partials.
    fn entries(&self, vector: &Vector, variables: usize) -> Vec<Vec<Partial>> {
        (0..vector.size as usize)
            .map(|index| {
                let one = vec![Partial { mask: 0, bits: 0, value: Scalar::ONE }];
                vector
                    .factors
                    .iter()
                    .fold(one, |partials, factor| product(&partials, &self.factor(factor, index, variables)))
            })
            .collect()
    }

    fn factor(&self, factor: &Factor, index: usize, variables: usize) -> Vec<Partial> {
        let j = index / factor.div as usize % factor.modulus as usize;
        let position = i64::try_from(j).unwrap_or(i64::MAX);
        let known = |value: Scalar| vec![Partial { mask: 0, bits: 0, value }];
        match &factor.kind {
            Kind::Eq(slice) if slice.point == Point::R => known(self.eq(*slice, j)),
            Kind::Eq(slice) => vec![selects(*slice, j, Scalar::ONE, variables)],
            Kind::Affine { slice, from, to, taps, stride, dilation, offset } => {
                let mut value = Scalar::zero();
                for output in *from..*to {
                    for tap in 0..*taps {
                        if i64::from(output) * stride + i64::from(tap) * dilation + offset == position {
                            value += self.eq(*slice, output as usize);
                        }
                    }
                }
                known(value)
            }
            Kind::Window { output, input, outputs, inputs, stride, dilation, offset } => (0..*outputs)
                .filter_map(|o| {
                    let u = i64::from(o) * stride + position * dilation + offset;
                    let u = usize::try_from(u).ok().filter(|u| *u < *inputs as usize)?;
                    Some(selects(*input, u, self.eq(*output, o as usize), variables))
                })
                .collect(),
            Kind::Constants(values) => known(integer(values[j])),
            Kind::Table(table) => {
                let table = &self.circuit.tables[*table as usize];
                let image = table.images.as_ref().map_or(0, |images| images[j]);
                known(
                    self.challenges.gamma
                        + integer(i128::from(table.low) + i128::from(position))
                        + self.challenges.beta * integer(i128::from(image)),
                )
            }
        }
    }

    /// eq(r, index) over a slice of r.
    fn eq(&self, slice: Slice, index: usize) -> Scalar {
        let (offset, len) = (usize::from(slice.offset), usize::from(slice.len));
        let point = &self.challenges.r[offset..offset + len];
        point
            .iter()
            .enumerate()
            .map(|(a, t)| if index >> (len - 1 - a) & 1 == 1 { *t } else { Scalar::one() - t })
            .product()
    }
}

/// The partial that is `value` where the slice of rho is `index`.
fn selects(slice: Slice, index: usize, value: Scalar, variables: usize) -> Partial {
    let shift = variables - usize::from(slice.offset) - usize::from(slice.len);
    Partial { mask: ((1 << slice.len) - 1) << shift, bits: index << shift, value }
}

fn product(a: &[Partial], b: &[Partial]) -> Vec<Partial> {
    a.iter()
        .flat_map(|a| b.iter().filter_map(|b| a.times(b)))
        .filter(|partial| !partial.value.is_zero())
        .collect()
}

/// Add a partial at every point that it fits.
fn spread(partial: &Partial, table: &mut [Scalar]) {
    let free = (table.len() - 1) & !partial.mask;
    let mut part = 0;
    loop {
        table[partial.bits | part] += partial.value;
        if part == free {
            break;
        }
        part = (part.wrapping_sub(free)) & free;
    }
}
