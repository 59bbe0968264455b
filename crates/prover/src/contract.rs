//! Tensors contracted with vectors that do not depend on x, by kernels over small cells.

use crate::ProverError;
use crate::rows::{Matrix, Source};
use ark_ff::{AdditiveGroup, Field};
use rayon::prelude::*;
use std::borrow::Cow;
use zkattest_field::Scalar;
use zkattest_kernels::{Cells, Cpu};

/// One group of a form over its tensor.
pub(crate) struct Leg<'a> {
    /// Distance in cells of each entry from the first.
    pub offsets: Vec<usize>,
    /// Weights to contract with; without, the entries are kept.
    pub weights: Option<&'a [Scalar]>,
}

/// Sum over the entries of legs with weights; what is left is row-major over the other legs, outermost first.
///
/// Two nested shapes do all the work: last legs kept, the weighted legs before them folded; or last legs
/// weighted, the kept legs before them dotted. Legs further out are enumerated.
pub(crate) fn contract(
    cpu: &Cpu,
    source: Source<'_>,
    base: usize,
    legs: &[Leg<'_>],
) -> Result<Vec<Scalar>, ProverError> {
    let weighted: Vec<bool> = legs.iter().map(|leg| leg.weights.is_some()).collect();
    if !weighted.contains(&true) {
        let offsets = flatten(legs);
        let value = |offset: &usize| source.scalar(base + offset);
        return Ok(if offsets.len() < 4096 {
            offsets.iter().map(value).collect()
        } else {
            offsets.par_iter().map(value).collect()
        });
    }
    let last = weighted.last().copied().unwrap_or(false);
    let tail = weighted.iter().rposition(|kind| *kind != last).map_or(0, |at| at + 1);
    let run = weighted[..tail].iter().rposition(|kind| *kind == last).map_or(0, |at| at + 1);
    let (rows, columns) = (flatten(&legs[run..tail]), flatten(&legs[tail..]));
    let weights = product(if last { &legs[tail..] } else { &legs[run..tail] });
    let outer = &legs[..run];
    let kept: usize = outer.iter().filter(|leg| leg.weights.is_none()).map(|leg| leg.offsets.len()).product();
    let width = if last { rows.len() } else { columns.len() };
    let piece = |start: usize| -> Result<Vec<Scalar>, ProverError> {
        let packed = Packed::new(source, start, &rows, &columns);
        if last { packed.matrix().dot(cpu, &weights) } else { packed.matrix().fold(cpu, &weights) }
    };
    if outer.is_empty() {
        return piece(base);
    }
    let pieces = places(outer)
        .par_iter()
        .map(|place| Ok((place.kept, place.weight, piece(base + place.offset)?)))
        .collect::<Result<Vec<_>, ProverError>>()?;
    let mut out = vec![Scalar::ZERO; kept * width];
    for (at, weight, values) in pieces {
        let out = &mut out[at * width..(at + 1) * width];
        match weight {
            None => out.copy_from_slice(&values),
            Some(weight) => out.iter_mut().zip(&values).for_each(|(sum, value)| *sum += weight * value),
        }
    }
    Ok(out)
}

/// A combination of entries of outer legs.
struct Place {
    offset: usize,
    /// Index over the kept legs.
    kept: usize,
    /// Product of the weights, if any leg has some.
    weight: Option<Scalar>,
}

fn places(legs: &[Leg<'_>]) -> Vec<Place> {
    let mut places = vec![Place { offset: 0, kept: 0, weight: None }];
    for leg in legs {
        places = places
            .iter()
            .flat_map(|place| {
                leg.offsets.iter().enumerate().map(move |(i, offset)| Place {
                    offset: place.offset + offset,
                    kept: if leg.weights.is_some() { place.kept } else { place.kept * leg.offsets.len() + i },
                    weight: match (place.weight, leg.weights) {
                        (weight, None) => weight,
                        (None, Some(weights)) => Some(weights[i]),
                        (Some(weight), Some(weights)) => Some(weight * weights[i]),
                    },
                })
            })
            .collect();
    }
    places
}

/// Offsets of all combinations, row-major.
fn flatten(legs: &[Leg<'_>]) -> Vec<usize> {
    match legs {
        [] => vec![0],
        [leg] => leg.offsets.clone(),
        _ => legs.iter().fold(vec![0], |places, leg| {
            places.iter().flat_map(|place| leg.offsets.iter().map(move |offset| place + offset)).collect()
        }),
    }
}

/// Products of weights of all combinations, row-major.
fn product<'l>(legs: &'l [Leg<'_>]) -> Cow<'l, [Scalar]> {
    match legs {
        [leg] => Cow::Borrowed(leg.weights.unwrap_or_default()),
        _ => Cow::Owned(legs.iter().filter_map(|leg| leg.weights).fold(
            vec![Scalar::ONE],
            |product, weights| {
                product.iter().flat_map(|left| weights.iter().map(move |right| *left * right)).collect()
            },
        )),
    }
}

/// Cells at rows + columns as a dense matrix, copied where they do not lie so.
enum Packed<'a> {
    I16(Cow<'a, [i16]>),
    I32(Cow<'a, [i32]>),
    Field(Cow<'a, [Scalar]>),
}

impl<'a> Packed<'a> {
    fn new(source: Source<'a>, start: usize, rows: &[usize], columns: &[usize]) -> Self {
        match source {
            Source::I16(cells) => Self::I16(pack(cells, start, rows, columns)),
            Source::I32(cells) => Self::I32(pack(cells, start, rows, columns)),
            Source::Field(cells) => Self::Field(pack(cells, start, rows, columns)),
            Source::Integers(_) | Source::Helper(_) => {
                let all = rows.iter().flat_map(|row| columns.iter().map(move |column| start + row + column));
                Self::Field(Cow::Owned(all.map(|cell| source.scalar(cell)).collect()))
            }
        }
    }

    fn matrix(&self) -> Matrix<'_> {
        match self {
            Self::I16(cells) => Matrix::Small(Cells::I16(cells)),
            Self::I32(cells) => Matrix::Small(Cells::I32(cells)),
            Self::Field(cells) => Matrix::Field(cells),
        }
    }
}

fn pack<'a, T: Copy>(cells: &'a [T], start: usize, rows: &[usize], columns: &[usize]) -> Cow<'a, [T]> {
    let width = columns.len();
    let run = columns.iter().enumerate().all(|(i, offset)| *offset == i);
    if run && rows.iter().enumerate().all(|(i, offset)| *offset == i * width) {
        return Cow::Borrowed(&cells[start..start + rows.len() * width]);
    }
    let mut packed = Vec::with_capacity(rows.len() * width);
    for row in rows {
        let first = start + row;
        if run {
            packed.extend_from_slice(&cells[first..first + width]);
        } else {
            packed.extend(columns.iter().map(|column| cells[first + column]));
        }
    }
    Cow::Owned(packed)
}
