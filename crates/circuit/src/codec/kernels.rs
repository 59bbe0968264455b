//! Kernels: the vectors of a circuit's groups with the groups' places, each pair once.
//!
//! A place says how a verifier takes the vector: its sum, entry by entry, or as an inner product with eq over
//! some coordinates of z. Slices of rho are written by the number of coordinates after them, so that functionals
//! of different numbers of variables share kernels.

use std::collections::BTreeMap;

use crate::codec::integers::{put_int, put_var};
use crate::codec::reader::Reader;
use crate::error::{CircuitError, FormPlace};
use crate::index;
use crate::ir::{Factor, Group, Kind, Point, Slice, Vector};
use crate::limits::{MAX_LIST, MAX_PARTS};

/// Flag of a kernel whose factors are all whole `Eq`s.
const PLAIN: u8 = 1 << 6;
/// Flag of a factor with div 1 and modulus = size.
const WHOLE: u8 = 1 << 7;

/// Where a form's group stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Without axes: its vector is summed.
    Scalar,
    /// Enumerated.
    Leading,
    /// Over one axis of the inner part.
    Inner {
        /// log2 of the axis' stride.
        log_stride: u32,
        /// log2 of its `allotted`.
        bits: u32,
    },
}

/// Kernels in the order of their first use.
#[derive(Default)]
pub struct Dictionary {
    indices: BTreeMap<Vec<u8>, u64>,
    /// Their encodings, one after another.
    pub bytes: Vec<u8>,
}

impl Dictionary {
    /// Number of kernels.
    pub fn len(&self) -> usize {
        self.indices.len()
    }

    /// The index of a group's kernel, in a functional of `variables` variables.
    pub fn index(&mut self, group: &Group, place: Place, variables: u8) -> u64 {
        let mut kernel = Vec::new();
        match place {
            Place::Scalar => kernel.push(0),
            Place::Leading => kernel.extend([1, group.axes]),
            Place::Inner { log_stride, bits } => {
                kernel.extend([low(log_stride.saturating_add(2)), low(bits)])
            }
        }
        put_vector(&mut kernel, &group.vector, variables);
        let next = u64::try_from(self.indices.len()).unwrap_or(u64::MAX);
        if let Some(index) = self.indices.get(&kernel) {
            return *index;
        }
        self.bytes.extend(&kernel);
        self.indices.insert(kernel, next);
        next
    }
}

/// A number that is a byte in every valid circuit.
fn low(value: u32) -> u8 {
    u8::try_from(value).unwrap_or(u8::MAX)
}

fn is_whole(factor: &Factor, size: u32) -> bool {
    factor.div == 1 && factor.modulus == size
}

fn put_vector(out: &mut Vec<u8>, vector: &Vector, variables: u8) {
    let whole_eq = |factor: &Factor| matches!(factor.kind, Kind::Eq(_)) && is_whole(factor, vector.size);
    let plain = vector.factors.iter().all(whole_eq);
    out.push(u8::try_from(vector.factors.len()).unwrap_or(u8::MAX) | if plain { PLAIN } else { 0 });
    put_var(out, vector.size.into());
    for factor in &vector.factors {
        if !plain {
            put_factor_head(out, factor, vector.size);
        }
        put_kind(out, &factor.kind, variables);
    }
}

fn put_factor_head(out: &mut Vec<u8>, factor: &Factor, size: u32) {
    let kind = match factor.kind {
        Kind::Eq(_) => 0,
        Kind::Affine { .. } => 1,
        Kind::Window { .. } => 2,
        Kind::Constants(_) => 3,
        Kind::Table(_) => 4,
    };
    if is_whole(factor, size) {
        out.push(kind | WHOLE);
    } else {
        out.push(kind);
        put_var(out, factor.div.into());
        put_var(out, factor.modulus.into());
    }
}

fn put_slice(out: &mut Vec<u8>, slice: Slice, variables: u8) {
    let position = match slice.point {
        Point::R => slice.offset,
        // Past the end of rho, which no valid circuit has, it wraps around.
        Point::Rho => variables.wrapping_sub(slice.offset).wrapping_sub(slice.len),
    };
    out.extend([(slice.point as u8) << 7 | slice.len, position]);
}

fn put_kind(out: &mut Vec<u8>, kind: &Kind, variables: u8) {
    match kind {
        Kind::Eq(slice) => put_slice(out, *slice, variables),
        Kind::Affine { slice, from, to, taps, stride, dilation, offset } => {
            put_slice(out, *slice, variables);
            [from, to, taps].into_iter().for_each(|value| put_var(out, u64::from(*value)));
            [stride, dilation, offset].into_iter().for_each(|value| put_int(out, i128::from(*value)));
        }
        Kind::Window { output, input, outputs, inputs, stride, dilation, offset } => {
            put_slice(out, *output, variables);
            put_slice(out, *input, variables);
            [outputs, inputs].into_iter().for_each(|value| put_var(out, u64::from(*value)));
            [stride, dilation, offset].into_iter().for_each(|value| put_int(out, i128::from(*value)));
        }
        Kind::Constants(values) => put_constants(out, values),
        Kind::Table(table) => put_var(out, u64::from(*table)),
    }
}

/// The nonzero ones, each after the number of zeros before it.
fn put_constants(out: &mut Vec<u8>, values: &[i128]) {
    let nonzero = values.iter().filter(|value| **value != 0).count();
    put_var(out, u64::try_from(nonzero).unwrap_or(u64::MAX));
    let mut zeros = 0u64;
    for value in values {
        if *value == 0 {
            zeros = zeros.saturating_add(1);
        } else {
            put_var(out, zeros);
            put_int(out, *value);
            zeros = 0;
        }
    }
}

/// A kernel as it is read; whether its place is the group's, the comparison with the canonical encoding shows.
pub struct Kernel {
    axes: u8,
    /// In its slices of rho, `offset` is the number of coordinates *after* the slice.
    vector: Vector,
}

/// Kernels of at most [`MAX_PARTS`] factors and constants in all: a few bytes hold many constants that are zero.
pub fn read_kernels(reader: &mut Reader<'_>, count: usize) -> Result<Vec<Kernel>, CircuitError> {
    let mut parts = 0usize;
    reader.many(count, |reader| {
        let kernel = read_kernel(reader)?;
        parts = parts.saturating_add(kernel.parts());
        if parts > MAX_PARTS { Err(CircuitError::Parts { most: MAX_PARTS }) } else { Ok(kernel) }
    })
}

fn read_kernel(reader: &mut Reader<'_>) -> Result<Kernel, CircuitError> {
    let axes = match reader.u8()? {
        0 => 0,
        1 => reader.u8()?,
        _ => {
            reader.u8()?;
            1
        }
    };
    let head = reader.u8()?;
    let size = reader.var32()?;
    let plain = head & PLAIN != 0;
    let factors = reader.many(usize::from(head & (PLAIN - 1)), |reader| {
        if plain {
            Ok(Factor { div: 1, modulus: size, kind: Kind::Eq(read_slice(reader)?) })
        } else {
            read_factor(reader, size)
        }
    })?;
    Ok(Kernel { axes, vector: Vector { size, factors } })
}

fn read_slice(reader: &mut Reader<'_>) -> Result<Slice, CircuitError> {
    let (head, offset) = (reader.u8()?, reader.u8()?);
    let point = if head >> 7 == 0 { Point::R } else { Point::Rho };
    Ok(Slice { point, offset, len: head & 0x7f })
}

fn read_factor(reader: &mut Reader<'_>, size: u32) -> Result<Factor, CircuitError> {
    let at = reader.offset();
    let head = reader.u8()?;
    let (div, modulus) = if head & WHOLE != 0 { (1, size) } else { (reader.var32()?, reader.var32()?) };
    let kind = match head & (WHOLE - 1) {
        0 => Kind::Eq(read_slice(reader)?),
        1 => Kind::Affine {
            slice: read_slice(reader)?,
            from: reader.var32()?,
            to: reader.var32()?,
            taps: reader.var32()?,
            stride: reader.int64()?,
            dilation: reader.int64()?,
            offset: reader.int64()?,
        },
        2 => Kind::Window {
            output: read_slice(reader)?,
            input: read_slice(reader)?,
            outputs: reader.var32()?,
            inputs: reader.var32()?,
            stride: reader.int64()?,
            dilation: reader.int64()?,
            offset: reader.int64()?,
        },
        3 => Kind::Constants(read_constants(reader, index(modulus))?),
        4 => Kind::Table(reader.var32()?),
        found => return Err(CircuitError::Tag { what: "kind of factor", offset: at, found }),
    };
    Ok(Factor { div, modulus, kind })
}

fn read_constants(reader: &mut Reader<'_>, modulus: usize) -> Result<Vec<i128>, CircuitError> {
    if modulus > MAX_LIST {
        return Err(CircuitError::ListLength { what: "constants", most: MAX_LIST, found: modulus });
    }
    let mut values = Vec::new();
    for _ in 0..reader.var32()? {
        let offset = reader.offset();
        let place = values.len().saturating_add(index(reader.var32()?));
        if place >= modulus {
            return Err(CircuitError::ConstantIndex { offset, found: place, count: modulus });
        }
        values.resize(place, 0);
        values.push(reader.int()?);
    }
    values.resize(modulus, 0);
    Ok(values)
}

impl Kernel {
    /// Factors and constants.
    pub fn parts(&self) -> usize {
        self.vector.parts()
    }

    /// The group of a form, in a functional of `variables` variables; none in a statement. `number`: of the group,
    /// for errors.
    pub fn group(
        &self,
        place: FormPlace,
        number: usize,
        variables: Option<u8>,
    ) -> Result<Group, CircuitError> {
        let mut vector = self.vector.clone();
        for (factor, entry) in vector.factors.iter_mut().enumerate() {
            let (first, second) = match &mut entry.kind {
                Kind::Eq(slice) | Kind::Affine { slice, .. } => (Some(slice), None),
                Kind::Window { output, input, .. } => (Some(output), Some(input)),
                Kind::Constants(_) | Kind::Table(_) => (None, None),
            };
            for slice in [first, second].into_iter().flatten().filter(|slice| slice.point == Point::Rho) {
                let Some(available) = variables else {
                    return Err(CircuitError::SlicePoint { place, group: number, factor });
                };
                let (after, len) = (slice.offset, slice.len);
                slice.offset = available.checked_sub(after).and_then(|end| end.checked_sub(len)).ok_or(
                    CircuitError::SliceBefore { place, group: number, factor, len, after, available },
                )?;
            }
        }
        Ok(Group { axes: self.axes, vector })
    }
}
