//! Padded boxes: every axis is an axis of its own, and its inner part is addressed by bits.
//!
//! A verifier that pays for each step, as a contract does, sums an axis of 2^e allotted cells in e steps, and what is
//! *enumerated* block by block. So in padded mode axes are not merged but each allotted a power of two, from the last
//! one forwards as long as they fit into a row. Axes before them are enumerated and need no padding. Where an axis
//! does not fit whole, its largest power-of-two divisor that does is cut off as an axis of its own.

use zkattest_circuit::ir::Axis;

use crate::error::CompileError;
use crate::storage::{bits, too_small};

/// Cells of a row that cost as much as a block that is enumerated in one form: a row costs about 16 of them.
const BLOCKS_PER_ROW: u64 = 16;

/// An axis to store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    pub size: u32,
    /// Whether it may be stored as two axes.
    pub divisible: bool,
}

/// Stored axes of each of `extents`, outermost first: one, or two where it is cut. `forms`: how many forms
/// enumerate the blocks.
///
/// Of all numbers of inner axes, whole or with a cut one before them, the cheapest is taken, where a block of a form
/// counts as much as a sixteenth of a row; of equals the one with the fewest blocks.
pub(crate) fn boxed(extents: &[Extent], log_row: u8, forms: u64) -> Result<Vec<Vec<Axis>>, CompileError> {
    let row = 1u64 << log_row;
    let mut best: Option<(u64, usize, u32)> = None;
    let mut consider = |cut: usize, low: u32, inner: u64, blocks: u64| {
        let cost = (inner.saturating_mul(blocks).saturating_mul(BLOCKS_PER_ROW))
            .saturating_add(blocks.saturating_mul(forms).saturating_mul(row));
        if best.is_none_or(|(least, _, _)| cost < least) {
            best = Some((cost, cut, low));
        }
    };
    // axes from `cut` on are inner; `inner` is the product of their allotments
    let mut inner = 1u64;
    let mut fitting = extents.len();
    for extent in extents.iter().rev() {
        let grown = inner << bits(extent.size);
        if grown > row {
            break;
        }
        inner = grown;
        fitting -= 1;
    }
    let before = |cut: usize| -> u64 {
        extents[..cut].iter().fold(1, |product: u64, extent| product.saturating_mul(u64::from(extent.size)))
    };
    for cut in fitting..=extents.len() {
        let inner: u64 = extents[cut..].iter().map(|extent| 1u64 << bits(extent.size)).product();
        let room = row / inner;
        if let Some(extent) = cut.checked_sub(1).and_then(|last| extents.get(last))
            && extent.divisible
        {
            let low = (1u64 << extent.size.trailing_zeros()).min(room);
            let low = u32::try_from(low).unwrap_or(1);
            if low > 1 && low < extent.size {
                consider(cut, low, inner * u64::from(low), before(cut) / u64::from(low));
            }
        }
        if cut < extents.len() || extents.iter().all(|extent| extent.size == 1) {
            consider(cut, 1, inner, before(cut));
        }
    }
    let Some((_, cut, low)) = best else {
        return Err(too_small(log_row, extents.last().map_or(1, |extent| extent.size)));
    };
    let exact = |size: u32| Axis { size, allotted: size };
    Ok(extents
        .iter()
        .enumerate()
        .map(|(position, extent)| {
            if position >= cut {
                vec![Axis { size: extent.size, allotted: extent.size.next_power_of_two() }]
            } else if position + 1 == cut && low > 1 {
                vec![exact(extent.size / low), exact(low)]
            } else {
                vec![exact(extent.size)]
            }
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(sizes: &[u32], divisible: &[bool], log_row: u8, forms: u64) -> Vec<Vec<(u32, u32)>> {
        let extents: Vec<Extent> = sizes
            .iter()
            .zip(divisible)
            .map(|(size, divisible)| Extent { size: *size, divisible: *divisible })
            .collect();
        let axes = boxed(&extents, log_row, forms).unwrap();
        axes.iter().map(|axes| axes.iter().map(|axis| (axis.size, axis.allotted)).collect()).collect()
    }

    #[test]
    fn axes_that_fit_are_allotted_powers_of_two() {
        let whole = vec![vec![(5, 8)], vec![(14, 16)], vec![(14, 16)]];
        assert_eq!(stored(&[5, 14, 14], &[false; 3], 15, 2), whole);
        assert_eq!(stored(&[1, 1], &[false; 2], 9, 2), vec![vec![(1, 1)], vec![(1, 1)]]);
        assert_eq!(stored(&[], &[], 9, 2), Vec::<Vec<(u32, u32)>>::new());
    }

    #[test]
    fn a_first_axis_whose_padding_costs_more_than_its_blocks_is_not_padded() {
        // 3 of 8 parts of 2 rows, against 5 blocks of a sixteenth of a row
        assert_eq!(stored(&[5, 128], &[false; 2], 10, 1), vec![vec![(5, 5)], vec![(128, 128)]]);
        assert_eq!(stored(&[5, 128], &[false; 2], 10, 2), vec![vec![(5, 8)], vec![(128, 128)]]);
    }

    #[test]
    fn an_axis_that_does_not_fit_is_cut_at_a_power_of_two() {
        let expected = vec![vec![(2, 2)], vec![(3, 3), (2, 2)], vec![(200, 256)]];
        assert_eq!(stored(&[2, 6, 200], &[true; 3], 9, 2), expected);
        let whole = vec![vec![(2, 2)], vec![(6, 6)], vec![(200, 256)]];
        assert_eq!(stored(&[2, 6, 200], &[true, false, true], 9, 2), whole);
        assert_eq!(stored(&[1536], &[true], 9, 2), vec![vec![(3, 3), (512, 512)]]);
    }

    #[test]
    fn a_last_axis_that_neither_fits_nor_divides_is_refused() {
        let extents = [Extent { size: 601, divisible: true }];
        assert_eq!(boxed(&extents, 9, 2), Err(CompileError::RowTooSmall { found: 9, least: 10 }));
        let extents = [Extent { size: 1024, divisible: false }];
        assert_eq!(boxed(&extents, 9, 2), Err(CompileError::RowTooSmall { found: 9, least: 10 }));
    }
}
