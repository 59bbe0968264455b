//! A set's rows: where their cells are, which of them are real, and their fingerprints.

use zkattest_circuit::ir::{Axis, Factor, Form, Group, Kind, Point, Region, Slice, Tensor, Unit, Vector};
use zkattest_circuit::limits::MAX_PARTS;

use super::coefficients::Coefficients;
use super::cube::{Cube, group};
use super::error::RelationError;
use super::spec::RelatedSet;
use crate::builder::{Builder, number, sum_of};
use crate::error::CompileError;
use crate::storage::{self, Shape, bits};
use crate::value::Digit;

/// A set's shards in the data rows, one after the other.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    pub set: RelatedSet,
    /// The first shard's first row.
    pub first: u32,
    /// Rows of a shard.
    pub each: u32,
    /// Tensors of a shard, in order.
    pub tensors: Vec<Placed>,
    /// Coordinates of a shard's number; those of a row within it follow.
    shard_bits: u8,
    row_bits: u8,
    /// All rows of all shards, and none between: what helpers are stored by.
    pub cube: Cube,
}

/// A tensor of a shard.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub shape: Shape,
    pub axes: Vec<Axis>,
    /// Its cell 0, from the shard's.
    pub base: u64,
}

impl Rows {
    /// The next data rows of the circuit.
    pub fn place(builder: &mut Builder<'_>, set: &RelatedSet) -> Result<Self, RelationError> {
        let log_row = builder.options.log_row;
        let mut found = Vec::new();
        let mut shapes = Vec::new();
        for shape in &set.tensors {
            let sizes = [&[set.capacity], shape.as_slice()].concat();
            let (shape, axes) = storage::store(0, &sizes, &builder.options, false)?;
            shapes.push(shape);
            found.push(Tensor { region: Region::Data, base: 0, axes });
        }
        let indices: Vec<u32> = (0..found.len()).map(number).collect();
        let cells = storage::place(&mut found, &indices, 0, log_row)?;
        let too_large = |_| RelationError::from(CompileError::TooLarge);
        let each = u32::try_from(cells.div_ceil(1 << log_row)).map_err(too_large)?;
        let shards = u32::try_from(set.shards()).map_err(too_large)?;
        let data = &mut builder.circuit.rows[Region::Data as usize];
        let first = *data;
        let all = each.checked_mul(shards).and_then(|all| first.checked_add(all));
        *data = all.ok_or(CompileError::TooLarge)?;
        let (shard_bits, row_bits) = (bits(shards), bits(set.capacity));
        let cube = Cube::new(shard_bits + row_bits, log_row);
        builder.reserve(cube.variables);
        let tensors = found
            .into_iter()
            .zip(shapes)
            .map(|(tensor, shape)| Placed { shape, axes: tensor.axes, base: tensor.base })
            .collect();
        Ok(Self { set: set.clone(), first, each, tensors, shard_bits, row_bits, cube })
    }

    fn shard(&self, point: Point) -> Kind {
        Kind::Eq(Slice { point, offset: 0, len: self.shard_bits })
    }

    fn row(&self, point: Point) -> Kind {
        Kind::Eq(Slice { point, offset: self.shard_bits, len: self.row_bits })
    }

    fn shards(&self) -> u32 {
        number(self.set.shards())
    }

    /// Real rows of a shard.
    fn real(&self, shard: u32) -> u32 {
        if shard + 1 == self.shards() { self.set.last() } else { self.set.capacity }
    }

    /// eq(shard, point) for each of `points`, as scalars of one entry.
    fn one_shard(&self, shard: u32, points: &[Point]) -> Vec<Group> {
        if self.shard_bits == 0 {
            return Vec::new();
        }
        let own = |point| Slice { point, offset: 0, len: self.shard_bits };
        let none = Slice { point: Point::R, offset: 0, len: 0 };
        let (from, offset) = (shard, i64::from(shard));
        let kind = |point: &Point| match point {
            // output `shard` alone reads index 0
            Point::R => Kind::Affine {
                slice: own(Point::R),
                from,
                to: from + 1,
                taps: 1,
                stride: 0,
                dilation: 1,
                offset: 0,
            },
            // index 0 is input `shard` of the one output
            Point::Rho => Kind::Window {
                output: none,
                input: own(Point::Rho),
                outputs: 1,
                inputs: from + 1,
                stride: 0,
                dilation: 1,
                offset,
            },
        };
        points.iter().map(|point| group(0, 1, vec![kind(point)])).collect()
    }

    /// Forms of 1 at the points of real rows, 0 at all others.
    pub fn indicator(&self, points: &[Point]) -> Vec<Form> {
        let rows = |count: u32| sum_of(count, points.iter().map(|point| self.row(*point)).collect());
        let last = self.shards() - 1;
        let mut forms = Vec::new();
        if last > 0 {
            let shards = sum_of(last, points.iter().map(|point| self.shard(*point)).collect());
            forms.push(scalar(1, Unit::One, vec![shards, rows(self.set.capacity)]));
        }
        let own = [self.one_shard(last, points), vec![rows(self.set.last())]].concat();
        forms.push(scalar(1, Unit::One, own));
        forms
    }

    /// unit * sum over compared tensors and cells of coefficient * cell, at the rho of a real row; 0 at others.
    pub fn fingerprint(
        &self,
        builder: &mut Builder<'_>,
        coefficients: &[Coefficients],
        unit: Unit,
    ) -> Result<Vec<Form>, RelationError> {
        let mut forms = Vec::new();
        for shard in 0..self.shards() {
            let scalars = self.one_shard(shard, &[Point::Rho]);
            for (tensor, coefficients) in coefficients.iter().enumerate() {
                let count = self.real(shard);
                let stored = self.tensor(builder, shard, tensor, count);
                for vectors in self.weighted(tensor, count, coefficients)? {
                    let groups = vectors.into_iter().map(|vector| Group { axes: 1, vector });
                    let groups = groups.chain(scalars.iter().cloned()).collect();
                    forms.push(Form { coefficient: coefficients.scalar, unit, tensor: Some(stored), groups });
                }
            }
        }
        Ok(forms)
    }

    /// Refuse what no circuit has room for before constants are drawn and copied for each shard: a schema of some bytes would be
    /// gigabytes of vectors. `compared`: tensors of a fingerprint.
    pub fn check_size(&self, compared: usize) -> Result<(), CompileError> {
        let mut all = 0usize;
        for placed in self.tensors.iter().take(compared) {
            let (mut lists, mut own) = (1usize, 0usize);
            for digits in &placed.shape.digits[1..] {
                if let [high, _] = digits.as_slice() {
                    lists = lists.saturating_mul(high.size as usize);
                }
                own = digits.iter().fold(own, |own, digit| own.saturating_add(digit.size as usize));
            }
            all = all.saturating_add(lists.saturating_mul(own));
        }
        if all.saturating_mul(self.set.shards()) > MAX_PARTS {
            return Err(CompileError::TooLarge);
        }
        Ok(())
    }

    /// The first `count` rows of a tensor.
    fn tensor(&self, builder: &mut Builder<'_>, shard: u32, tensor: usize, count: u32) -> u32 {
        let placed = &self.tensors[tensor];
        let mut axes = placed.axes.clone();
        if self.set.capacity > 1 {
            axes[0].size = count;
        }
        let start = u64::from(self.first + shard * self.each) << builder.options.log_row;
        let tensor = Tensor { region: Region::Data, base: start + placed.base, axes };
        let tensors = &mut builder.circuit.tensors;
        let known = tensors.iter().position(|other| *other == tensor);
        number(known.unwrap_or_else(|| {
            tensors.push(tensor);
            tensors.len() - 1
        }))
    }

    /// Vectors by axis of the tensor's box; several lists where an axis is cut in two: one for each index of its first part.
    fn weighted(
        &self,
        tensor: usize,
        count: u32,
        coefficients: &Coefficients,
    ) -> Result<Vec<Vec<Vector>>, RelationError> {
        let Shape { axes, digits } = &self.tensors[tensor].shape;
        let mut vectors: Vec<Vector> =
            axes.iter().map(|size| Vector { size: *size, factors: Vec::new() }).collect();
        if self.set.capacity > 1 {
            let factor = Factor { div: 1, modulus: count, kind: self.row(Point::Rho) };
            vectors[0] = Vector { size: count, factors: vec![factor] };
        }
        let mut lists = vec![vectors];
        for (digits, constants) in digits[1..].iter().zip(&coefficients.axes) {
            match digits.as_slice() {
                [] => {}
                [digit] => lists.iter_mut().for_each(|list| multiply(list, *digit, constants.clone())),
                [high, low] => {
                    let cut = |list: &Vec<Vector>, index: u32| {
                        let mut list = list.clone();
                        let chosen = (0..high.size).map(|other| i128::from(other == index)).collect();
                        multiply(&mut list, *high, chosen);
                        let start = (index * low.size) as usize;
                        multiply(&mut list, *low, constants[start..start + low.size as usize].to_vec());
                        list
                    };
                    lists = lists.iter().flat_map(|list| (0..high.size).map(move |i| cut(list, i))).collect();
                }
                _ => return Err(CompileError::Geometry.into()),
            }
        }
        Ok(lists)
    }

    /// The statements that the rows after the last real one are zero, one for each tensor: all rows less the real ones, at r.
    pub fn empty_padding(&self, builder: &mut Builder<'_>) {
        let last = self.shards() - 1;
        if self.real(last) == self.set.capacity {
            return;
        }
        for tensor in 0..self.tensors.len() {
            let statement = builder.statement("padding");
            let mut used = self.row_bits;
            let other: Vec<Slice> = self.tensors[tensor].shape.axes[1..]
                .iter()
                .map(|size| {
                    let slice = Slice { point: Point::R, offset: used, len: bits(*size) };
                    used += slice.len;
                    slice
                })
                .collect();
            builder.reserve(used);
            let rows = Slice { point: Point::R, offset: 0, len: self.row_bits };
            for (count, sign) in [(self.set.capacity, 1), (self.set.last(), -1)] {
                let stored = self.tensor(builder, last, tensor, count);
                let axes = &self.tensors[tensor].shape.axes;
                let sizes = std::iter::once(count).chain(axes[1..].iter().copied());
                let slices = std::iter::once(rows).chain(other.iter().copied());
                let groups =
                    sizes.zip(slices).map(|(size, slice)| group(1, size, vec![Kind::Eq(slice)])).collect();
                let form = Form { coefficient: sign, unit: Unit::One, tensor: Some(stored), groups };
                builder.right(statement, vec![form]);
            }
        }
    }
}

fn multiply(list: &mut [Vector], digit: Digit, constants: Vec<i128>) {
    let factor = Factor { div: digit.div, modulus: digit.size, kind: Kind::Constants(constants) };
    list[digit.axis].factors.push(factor);
}

/// coefficient * unit * the sums of `groups`.
pub(super) fn scalar(coefficient: i128, unit: Unit, groups: Vec<Group>) -> Form {
    Form { coefficient, unit, tensor: None, groups }
}
