//! Which blocks of which rows a form touches (`docs/protocol.md`, "Row weights").
//!
//! A form's groups split in two: the *leading* ones are enumerated, the *inner* ones lie within one aligned
//! block of 2^q cells each. Inner are the longest run of last groups of one axis each whose `allotted` are powers
//! of two with product 2^q <= m. In the public region everything is leading, q = 0.

use crate::codec::integers::var_size;
use crate::index;
use crate::ir::{Form, Group, Region, Tensor};

/// A form's blocks, before they are enumerated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocks<'a> {
    /// q: log2 of the cells of a block.
    pub log_block: u32,
    /// Number of the block of the first element: its cell divided by 2^q. Block number n of a region is block
    /// `n mod 2^(c - q)` of row `n div 2^(c - q)`.
    pub first: u64,
    /// Leading groups, outermost first, each with the (size, stride in blocks) of its axes.
    pub leading: Vec<(&'a Group, Vec<(u32, u64)>)>,
    /// Inner groups, outermost first, each with log2 of its axis' `allotted`: it takes so many coordinates.
    pub inner: Vec<(&'a Group, u32)>,
}

impl Tensor {
    /// Distance of neighbours along each axis, outermost first; none if it leaves 64 bits.
    pub fn strides(&self) -> Option<Vec<u64>> {
        let mut strides = Vec::with_capacity(self.axes.len());
        let mut stride = 1u64;
        let mut axes = self.axes.iter().rev().peekable();
        while let Some(axis) = axes.next() {
            strides.push(stride);
            if axes.peek().is_some() {
                stride = stride.checked_mul(u64::from(axis.allotted))?;
            }
        }
        strides.reverse();
        Some(strides)
    }

    /// Cell of the last element; none if it leaves 64 bits, or if an axis is empty.
    pub fn last_cell(&self) -> Option<u64> {
        self.axes.iter().zip(self.strides()?).try_fold(self.base, |cell, (axis, stride)| {
            cell.checked_add(u64::from(axis.size.checked_sub(1)?).checked_mul(stride)?)
        })
    }

    /// Number of elements; none if it leaves 64 bits.
    pub fn elements(&self) -> Option<u64> {
        self.axes.iter().try_fold(1u64, |product, axis| product.checked_mul(u64::from(axis.size)))
    }

    /// Bytes of its axes in the circuit's encoding.
    pub fn span(&self) -> usize {
        let sizes = self.axes.iter().flat_map(|axis| [axis.size, axis.allotted]);
        sizes.fold(0, |sum, size| sum.saturating_add(var_size(u64::from(size))))
    }

    /// log2 of the inner part: q, as large as rows of 2^log_row cells allow.
    pub fn log_inner(&self, log_row: u8) -> u32 {
        if self.region == Region::Public {
            return 0;
        }
        let mut bits = 0u32;
        for axis in self.axes.iter().rev() {
            let grown = bits.saturating_add(axis.allotted.trailing_zeros());
            if !axis.allotted.is_power_of_two() || grown > u32::from(log_row) {
                break;
            }
            bits = grown;
        }
        bits
    }
}

impl Form {
    /// The form's blocks in `tensor`, the form's own; none if its groups do not fit the tensor's axes.
    pub fn blocks<'a>(&'a self, tensor: &Tensor, log_row: u8) -> Option<Blocks<'a>> {
        let strides = tensor.strides()?;
        let mut axes = tensor.axes.iter().zip(strides);
        let mut leading = Vec::new();
        for group in self.groups.iter().filter(|group| group.axes > 0) {
            let mut own = Vec::with_capacity(usize::from(group.axes));
            for _ in 0..group.axes {
                own.push(axes.next()?);
            }
            leading.push((group, own));
        }
        if axes.next().is_some() {
            return None;
        }
        let mut log_block = 0u32;
        let mut inner = Vec::new();
        while let Some((group, own)) = leading.last()
            && let [(axis, _)] = own.as_slice()
        {
            let bits = axis.allotted.trailing_zeros();
            let grown = log_block.saturating_add(bits);
            let fits = axis.allotted.is_power_of_two() && grown <= u32::from(log_row);
            if !fits || tensor.region == Region::Public {
                break;
            }
            inner.push((*group, bits));
            log_block = grown;
            leading.pop();
        }
        inner.reverse();
        let in_blocks = |cells: u64| cells.checked_shr(log_block).unwrap_or(0);
        let leading = leading
            .into_iter()
            .map(|(group, own)| {
                (group, own.into_iter().map(|(axis, stride)| (axis.size, in_blocks(stride))).collect())
            })
            .collect();
        Some(Blocks { log_block, first: in_blocks(tensor.base), leading, inner })
    }
}

impl Blocks<'_> {
    /// Number of blocks.
    pub fn count(&self) -> u64 {
        self.leading
            .iter()
            .flat_map(|(_, axes)| axes)
            .fold(1u64, |product, (size, _)| product.saturating_mul(u64::from(*size)))
    }
}

/// Distance in blocks of each entry of a leading group from its first, for the (size, stride) of its axes;
/// row-major over the sizes.
pub fn offsets(axes: &[(u32, u64)]) -> Vec<u64> {
    let mut offsets = vec![0u64];
    for (size, stride) in axes {
        let mut next = Vec::with_capacity(offsets.len().saturating_mul(index(*size)));
        for offset in offsets {
            next.extend((0..u64::from(*size)).map(|i| offset.saturating_add(i.saturating_mul(*stride))));
        }
        offsets = next;
    }
    offsets
}
