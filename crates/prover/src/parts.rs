//! All linear claims on rows, gathered into *parts*: forms over blocks of one size of one region with one
//! inner vector. A part's weight of cell x_lo of block x_hi of a row is lead(row, x_hi) * inner(x_lo), so
//! weights over all cells are never written down.

use crate::scope::Scope;
use crate::small::index;
use ark_ff::{AdditiveGroup, Field};
use rayon::prelude::*;
use zkattest_circuit::geometry::offsets;
use zkattest_circuit::index as place;
use zkattest_circuit::ir::{Factor, Form, Kind, Point, Region, Slice, Vector};
use zkattest_field::Scalar;

/// Weights of one shape.
pub(crate) struct Part {
    pub region: Region,
    /// q: log2 of the cells of a block.
    pub log_block: usize,
    /// Rows that are touched, ascending.
    pub rows: Vec<usize>,
    /// lead\[x_hi * rows + row\], row an index of `rows`.
    pub lead: Vec<Scalar>,
    /// 2^q weights within a block.
    pub inner: Vec<Scalar>,
}

/// What a form gives before those with the same inner vector are joined.
struct Piece {
    region: Region,
    log_block: usize,
    /// Inner vectors with the log2 of their axes' room; slices of rho count from its first coordinate.
    key: Vec<(u32, Vector)>,
    /// Number of variables that the vectors' slices of rho refer to.
    variables: usize,
    leads: Vec<Lead>,
}

/// Blocks and their weights: products over groups, never written down.
struct Lead {
    first: u64,
    scale: Scalar,
    /// Distances in blocks and weights, none of these zero, of the entries of each group.
    groups: Vec<Vec<(u64, Scalar)>>,
}

impl Lead {
    /// One more group, innermost.
    fn push(&mut self, offsets: impl Iterator<Item = u64>, weights: &[Scalar]) {
        let real = offsets.zip(weights.iter().copied()).filter(|(_, weight)| *weight != Scalar::ZERO);
        self.groups.push(real.collect());
    }

    /// Each block of now becomes 2^`bits`.
    fn refine(&mut self, bits: u32) {
        self.first <<= bits;
        self.groups.iter_mut().flatten().for_each(|(offset, _)| *offset <<= bits);
    }

    /// Calls `visit` with each block and its weight.
    fn visit(&self, visit: &mut impl FnMut(u64, Scalar)) {
        fn inner(
            groups: &[Vec<(u64, Scalar)>],
            block: u64,
            scale: Scalar,
            visit: &mut impl FnMut(u64, Scalar),
        ) {
            match groups {
                [] => visit(block, scale),
                [last] => last.iter().for_each(|(offset, weight)| visit(block + offset, scale * weight)),
                [group, rest @ ..] => {
                    group.iter().for_each(|(offset, weight)| {
                        inner(rest, block + offset, scale * weight, visit);
                    });
                }
            }
        }
        inner(&self.groups, self.first, self.scale, visit);
    }

    /// Marks each row with a block, rows of 2^`high` blocks.
    fn mark(&self, high: usize, rows: &mut Vec<bool>) {
        fn inner(groups: &[Vec<(u64, Scalar)>], block: u64, visit: &mut impl FnMut(u64)) {
            match groups {
                [] => visit(block),
                [group, rest @ ..] => group.iter().for_each(|(offset, _)| inner(rest, block + offset, visit)),
            }
        }
        inner(&self.groups, self.first, &mut |block| {
            let row = index(block >> high);
            if row >= rows.len() {
                rows.resize(row + 1, false);
            }
            rows[row] = true;
        });
    }
}

/// Parts of weighted forms: (form, variables of its functional, weight).
pub(crate) fn parts(scope: &Scope<'_>, forms: &[(&Form, usize, Scalar)]) -> Vec<Part> {
    let pieces: Vec<Piece> = forms
        .par_iter()
        .filter_map(|(form, variables, weight)| piece(scope, form, *variables, *weight))
        .collect();
    let mut joined: Vec<Piece> = Vec::new();
    for mut piece in pieces {
        let same = |other: &&mut Piece| {
            other.region == piece.region && other.log_block == piece.log_block && other.key == piece.key
        };
        match joined.iter_mut().find(same) {
            Some(other) => other.leads.append(&mut piece.leads),
            None => joined.push(piece),
        }
    }
    // Where all weights are zero no row is touched.
    joined.par_iter().map(|piece| part(scope, piece)).filter(|part| !part.rows.is_empty()).collect()
}

fn piece(scope: &Scope<'_>, form: &Form, variables: usize, weight: Scalar) -> Option<Piece> {
    let tensor = &scope.circuit.tensors[place(form.tensor?)];
    if tensor.region == Region::Public || weight == Scalar::ZERO {
        return None;
    }
    let blocks = form.blocks(tensor, scope.circuit.log_row)?;
    let scale = form
        .groups
        .iter()
        .filter(|group| group.axes == 0)
        .map(|group| scope.dense(&group.vector, variables).iter().sum::<Scalar>())
        .product::<Scalar>();
    let scale = scale * weight * Scalar::from(form.coefficient) * scope.challenges.unit(form.unit);
    let mut lead = Lead { first: blocks.first, scale, groups: Vec::new() };
    for (group, axes) in &blocks.leading {
        lead.push(offsets(axes).into_iter(), &scope.dense(&group.vector, variables));
    }
    let inner = blocks.inner.iter().map(|(group, log)| (*log, group.vector.clone())).collect();
    let (log_block, inner) = shrink(scope, variables, inner, &mut lead);
    let before = scope.challenges.rho.len().saturating_sub(variables);
    Some(Piece {
        region: tensor.region,
        log_block: place(log_block),
        key: inner.iter().map(|(log, vector)| (*log, absolute(vector, before))).collect(),
        variables: scope.challenges.rho.len(),
        leads: vec![lead],
    })
}

/// Moves the outer inner vectors to the lead until blocks are about 2^(c/2) cells: sum-check 3 costs field products for
/// each block of a row and for each cell of a block, and of all cells only sums of small products.
fn shrink(
    scope: &Scope<'_>,
    variables: usize,
    mut inner: Vec<(u32, Vector)>,
    lead: &mut Lead,
) -> (u32, Vec<(u32, Vector)>) {
    let wanted = u32::from(scope.circuit.log_row).div_ceil(2);
    let mut log_block = inner.iter().map(|(log, _)| log).sum::<u32>();
    while log_block > wanted {
        let Some((log, vector)) = inner.first().cloned() else { break };
        let surplus = log_block - wanted;
        let (moved, outer, rest) = if log <= surplus {
            (log, vector, None)
        } else {
            // As near to the wanted place as the vector's factors allow.
            let mut places: Vec<u32> = (1..log).collect();
            places.sort_by_key(|bits| bits.abs_diff(log - surplus));
            let Some((bits, (outer, rest))) =
                places.into_iter().find_map(|bits| Some((bits, split(&vector, bits)?)))
            else {
                break;
            };
            (log - bits, outer, Some((bits, rest)))
        };
        let weights = scope.dense(&outer, variables);
        lead.refine(moved);
        lead.push(0.., &weights);
        match rest {
            Some(rest) => inner[0] = rest,
            None => drop(inner.remove(0)),
        }
        log_block -= moved;
    }
    (log_block, inner)
}

/// The vector as the product of one over the index without its last `bits` bits and one over these, where each factor
/// looks at bits on one side, or is eq, which is a product over bits.
pub(crate) fn split(vector: &Vector, bits: u32) -> Option<(Vector, Vector)> {
    let inner = 1u32.checked_shl(bits)?;
    if !vector.size.is_multiple_of(inner) {
        return None;
    }
    let mut outer = Vector { size: vector.size / inner, factors: vec![] };
    let mut rest = Vector { size: inner, factors: vec![] };
    for factor in &vector.factors {
        let Factor { div, modulus, kind } = factor.clone();
        let period = div.checked_mul(modulus)?;
        match kind {
            kind if div.is_multiple_of(inner) => {
                outer.factors.push(Factor { div: div / inner, modulus, kind })
            }
            kind if inner.is_multiple_of(period) => rest.factors.push(Factor { div, modulus, kind }),
            Kind::Eq(slice)
                if div.is_power_of_two() && Some(modulus) == 1u32.checked_shl(slice.len.into()) =>
            {
                let own = (inner / div).trailing_zeros();
                let low = u8::try_from(own).ok()?;
                let high = slice.len.checked_sub(low)?;
                let kind = Kind::Eq(Slice { len: high, ..slice });
                outer.factors.push(Factor { div: 1, modulus: 1 << high, kind });
                let kind = Kind::Eq(Slice { offset: slice.offset + high, len: low, ..slice });
                rest.factors.push(Factor { div, modulus: 1 << low, kind });
            }
            _ => return None,
        }
    }
    Some((outer, rest))
}

/// The vector with slices of rho counted from rho's first coordinate, `before` ahead of the functional's.
fn absolute(vector: &Vector, before: usize) -> Vector {
    let mut vector = vector.clone();
    let shift = |slice: &mut Slice| {
        if slice.point == Point::Rho {
            slice.offset = slice.offset.saturating_add(u8::try_from(before).unwrap_or(u8::MAX));
        }
    };
    for factor in &mut vector.factors {
        match &mut factor.kind {
            Kind::Eq(slice) => shift(slice),
            Kind::Window { input, .. } => shift(input),
            _ => {}
        }
    }
    vector
}

fn part(scope: &Scope<'_>, piece: &Piece) -> Part {
    let high = usize::from(scope.circuit.log_row) - piece.log_block;
    let mut inner = vec![Scalar::ONE];
    for (log, vector) in &piece.key {
        let mut values = scope.dense(vector, piece.variables);
        values.resize(1 << log, Scalar::ZERO);
        // A vector of one entry has a weight, too: only where none came before is there nothing to multiply.
        inner = if inner == [Scalar::ONE] {
            values
        } else {
            inner.par_iter().flat_map_iter(|left| values.iter().map(move |right| *left * right)).collect()
        };
    }
    let mut touched = Vec::new();
    piece.leads.iter().for_each(|lead| lead.mark(high, &mut touched));
    let rows: Vec<usize> = (0..touched.len()).filter(|row| touched[*row]).collect();
    // By row, its place among those touched.
    let mut places = vec![0; touched.len()];
    rows.iter().enumerate().for_each(|(place, row)| places[*row] = place);
    let mut lead = vec![Scalar::ZERO; rows.len() << high];
    for own in &piece.leads {
        own.visit(&mut |block, weight| {
            let within = index(block) & ((1 << high) - 1);
            lead[within * rows.len() + places[index(block >> high)]] += weight;
        });
    }
    Part { region: piece.region, log_block: piece.log_block, rows, lead, inner }
}
