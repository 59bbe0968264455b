//! Cells of every region, and what the caller gives of them.

use crate::ProverError;
use crate::helper::Helper;
use crate::masks::Masks;
use zeroize::Zeroize;
use zkattest_circuit::ir::{Circuit, Region};
use zkattest_field::Scalar;
use zkattest_kernels::{Cells, Cpu, Kernels};

/// What is proved about: cells of all rows of each region laid end to end.
#[derive(Clone, Copy)]
pub struct Assignment<'a> {
    /// Weights.
    pub model: &'a [i16],
    /// Inputs.
    pub data: &'a [i16],
    /// Private outputs.
    pub output: &'a [i16],
    /// Limbs.
    pub witness: &'a [i16],
    /// Public integers.
    pub public: &'a [i64],
    /// For each function lookup, in the order of the lookups, the table index of each helper element.
    pub keys: &'a [Vec<u32>],
}

/// Blinders of the rows that were committed before: one for each row.
#[derive(Clone, Copy)]
pub struct Blinders<'a> {
    /// Of model rows.
    pub model: &'a [Scalar],
    /// Of data rows.
    pub data: &'a [Scalar],
    /// Of output rows.
    pub output: &'a [Scalar],
}

/// Where a tensor's cells are read.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    I16(&'a [i16]),
    I32(&'a [i32]),
    Integers(&'a [i64]),
    Field(&'a [Scalar]),
    /// Helper cells, some of which are computed.
    Helper(&'a Helper<'a>),
}

impl Source<'_> {
    /// Cell i as a scalar; zero beyond the end.
    pub fn scalar(&self, i: usize) -> Scalar {
        match self {
            Self::I16(cells) => cells.get(i).map(|cell| Scalar::from(*cell)),
            Self::I32(cells) => cells.get(i).map(|cell| Scalar::from(*cell)),
            Self::Integers(cells) => cells.get(i).map(|cell| Scalar::from(*cell)),
            Self::Field(cells) => cells.get(i).copied(),
            Self::Helper(helper) => Some(helper.scalar(i)),
        }
        .unwrap_or_default()
    }
}

/// A part of a region's cells as rows of one width.
#[derive(Clone, Copy)]
pub(crate) enum Matrix<'a> {
    Small(Cells<'a>),
    Field(&'a [Scalar]),
    /// Cells of the region from the first to the last, exclusive.
    Helper(&'a Helper<'a>, usize, usize),
    Masks(&'a Masks, usize, usize),
}

impl Matrix<'_> {
    /// out\[i\] = sum_j weights\[j\] * cells\[j * w + i\].
    pub fn fold(&self, cpu: &Cpu, weights: &[Scalar]) -> Result<Vec<Scalar>, ProverError> {
        Ok(match self {
            Self::Small(cells) => cpu.fold_small(*cells, weights)?,
            Self::Field(cells) => fold_field(cells, weights),
            Self::Helper(helper, from, to) => helper.fold(cpu, *from, *to, weights)?,
            Self::Masks(masks, from, to) => masks.fold(*from, *to, weights),
        })
    }

    /// out\[e\] = sum_i weights\[i\] * cells\[e * w + i\].
    pub fn dot(&self, cpu: &Cpu, weights: &[Scalar]) -> Result<Vec<Scalar>, ProverError> {
        use rayon::prelude::*;
        Ok(match self {
            Self::Small(cells) => cpu.dot_small(*cells, weights)?,
            Self::Field(cells) => cells
                .par_chunks(weights.len().max(1))
                .map(|row| cpu.inner_product(row, weights))
                .collect::<Result<_, _>>()?,
            Self::Helper(helper, from, to) => helper.dot(cpu, *from, *to, weights)?,
            Self::Masks(masks, from, to) => masks.dot(cpu, *from, *to, weights)?,
        })
    }
}

pub(crate) fn fold_field(cells: &[Scalar], weights: &[Scalar]) -> Vec<Scalar> {
    use rayon::prelude::*;
    let width = cells.len() / weights.len().max(1);
    let mut out = vec![Scalar::default(); width];
    // Columns in a unit of work.
    const COLUMNS: usize = 512;
    out.par_chunks_mut(COLUMNS).enumerate().for_each(|(chunk, out)| {
        for (row, weight) in cells.chunks(width).zip(weights).filter(|(_, w)| **w != Scalar::default()) {
            for (sum, cell) in out.iter_mut().zip(&row[chunk * COLUMNS..]) {
                *sum += *cell * weight;
            }
        }
    });
    out
}

/// All cells of a proof, and all blinders by region.
pub(crate) struct Rows<'a> {
    pub given: Assignment<'a>,
    pub counts: Vec<i32>,
    pub mask: Masks,
    pub helper: Helper<'a>,
    /// By region, one for each row.
    pub blinders: [Vec<Scalar>; zkattest_circuit::ir::ROW_REGIONS],
}

impl Drop for Rows<'_> {
    fn drop(&mut self) {
        self.blinders.zeroize();
    }
}

impl<'a> Rows<'a> {
    /// Rows of the given regions; the others are empty so far.
    pub fn new(
        circuit: &Circuit,
        given: Assignment<'a>,
        blinders: Blinders<'_>,
    ) -> Result<Self, ProverError> {
        let m = circuit.row_size();
        let cells = |what, region, found: usize| {
            let expected = circuit.rows_of(region).saturating_mul(m);
            if found == expected { Ok(()) } else { Err(ProverError::Shape { what, expected, found }) }
        };
        cells("cells of the model", Region::Model, given.model.len())?;
        cells("cells of the data", Region::Data, given.data.len())?;
        cells("cells of the output", Region::Output, given.output.len())?;
        cells("cells of the witness", Region::Witness, given.witness.len())?;
        let public = zkattest_circuit::index(circuit.public);
        if given.public.len() != public {
            return Err(ProverError::Shape {
                what: "public integers",
                expected: public,
                found: given.public.len(),
            });
        }
        let rows = |what, region, found: &[Scalar]| {
            let expected = circuit.rows_of(region);
            let found_rows = found.len();
            if found_rows == expected {
                Ok(found.to_vec())
            } else {
                Err(ProverError::Shape { what, expected, found: found_rows })
            }
        };
        Ok(Self {
            given,
            counts: Vec::new(),
            mask: Masks::default(),
            helper: Helper::default(),
            blinders: [
                rows("blinders of the model", Region::Model, blinders.model)?,
                rows("blinders of the data", Region::Data, blinders.data)?,
                rows("blinders of the output", Region::Output, blinders.output)?,
                Vec::new(),
                Vec::new(),
                Vec::new(),
                Vec::new(),
            ],
        })
    }

    pub fn source(&self, region: Region) -> Source<'_> {
        match region {
            Region::Model => Source::I16(self.given.model),
            Region::Data => Source::I16(self.given.data),
            Region::Output => Source::I16(self.given.output),
            Region::Witness => Source::I16(self.given.witness),
            Region::Counts => Source::I32(&self.counts),
            // No tensor has cells of masks.
            Region::Mask => Source::Field(&[]),
            Region::Helper => match self.helper.written() {
                Some(cells) => Source::Field(cells),
                None => Source::Helper(&self.helper),
            },
            Region::Public => Source::Integers(self.given.public),
        }
    }

    /// Cells `from..to` of a region that has rows; empty where it lacks them.
    pub fn matrix(&self, region: Region, from: usize, to: usize) -> Matrix<'_> {
        if region == Region::Mask {
            return Matrix::Masks(&self.mask, from, to);
        }
        match self.source(region) {
            Source::I16(cells) => Matrix::Small(Cells::I16(cells.get(from..to).unwrap_or_default())),
            Source::I32(cells) => Matrix::Small(Cells::I32(cells.get(from..to).unwrap_or_default())),
            Source::Field(cells) => Matrix::Field(cells.get(from..to).unwrap_or_default()),
            Source::Helper(helper) => Matrix::Helper(helper, from, to.min(helper.len())),
            Source::Integers(_) => Matrix::Field(&[]),
        }
    }
}
