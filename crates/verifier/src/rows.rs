//! Step 8: every row's weight at z.
//!
//! A block of 2^q cells has number row * 2^(c - q) + place, and counts eq(z_1 .. z_(c - q), place) times for its
//! row. Blocks of one size are summed in *buckets* first: the low bits of the place index a table that all forms
//! share, what is above (row and high bits) is the bucket. So a block costs one product, and no table is longer
//! than 2^12 or, beyond rows of 2^18 cells, a 64th of a row.

use std::collections::BTreeMap;

use ark_ff::{AdditiveGroup, Field};
use zkattest_circuit::ir::{Circuit, Region};
use zkattest_circuit::{eq_table, index};
use zkattest_field::Scalar;

/// log2 of the shared table's length, where rows are not longer.
const LOW_BITS: u32 = 12;
/// log2 of the most buckets of a row, where that does not take a longer table.
const HIGH_BITS: u32 = 6;

/// Weights of all rows, being summed.
pub struct RowWeights<'a> {
    circuit: &'a Circuit,
    z: &'a [Scalar],
    buckets: BTreeMap<u32, Buckets>,
    rows: Vec<Scalar>,
}

/// Sums over blocks of one size.
pub struct Buckets {
    low_bits: u32,
    /// eq(the last `low_bits` coordinates of the places' prefix of z, .).
    low: Vec<Scalar>,
    /// eq of the coordinates before.
    high: Vec<Scalar>,
    /// Of each row times each entry of `high`.
    sums: Vec<Scalar>,
}

impl<'a> RowWeights<'a> {
    /// No weights yet, for rows opened at z.
    pub fn new(circuit: &'a Circuit, z: &'a [Scalar]) -> Self {
        Self { circuit, z, buckets: BTreeMap::new(), rows: vec![Scalar::ZERO; circuit.row_count()] }
    }

    /// The last `count` coordinates of z.
    pub fn last_coordinates(&self, count: u32) -> &'a [Scalar] {
        self.z.len().checked_sub(index(count)).and_then(|start| self.z.get(start..)).unwrap_or_default()
    }

    /// Number, through the rows of all regions, of block `block` of a region.
    pub fn first_block(&self, region: Region, log_block: u32, block: u64) -> u64 {
        let bits = u32::from(self.circuit.log_row).saturating_sub(log_block);
        let row = u64::try_from(self.circuit.first_row(region)).unwrap_or(u64::MAX);
        row.checked_shl(bits).unwrap_or(u64::MAX).saturating_add(block)
    }

    /// The sums over blocks of 2^`log_block` cells.
    pub fn buckets(&mut self, log_block: u32) -> &mut Buckets {
        let (z, rows) = (self.z, self.rows.len());
        self.buckets.entry(log_block).or_insert_with(|| {
            let prefix_bits = z.len().saturating_sub(index(log_block));
            let prefix = z.get(..prefix_bits).unwrap_or_default();
            let bits = u32::try_from(prefix_bits).unwrap_or(0);
            let low_bits = bits.min(LOW_BITS.max(bits.saturating_sub(HIGH_BITS)));
            let (high, low) =
                prefix.split_at_checked(prefix_bits.saturating_sub(index(low_bits))).unwrap_or_default();
            let high = eq_table(high, power_of_two(high.len()));
            Buckets {
                low_bits,
                low: eq_table(low, power_of_two(low.len())),
                sums: vec![Scalar::ZERO; rows.saturating_mul(high.len())],
                high,
            }
        })
    }

    /// Adds to one row's weight.
    pub fn add_row(&mut self, row: usize, weight: Scalar) {
        if let Some(sum) = self.rows.get_mut(row) {
            *sum += weight;
        }
    }

    /// The weights of all rows, in order.
    pub fn finish(mut self) -> Vec<Scalar> {
        for buckets in self.buckets.values() {
            let sums = buckets.sums.chunks(buckets.high.len().max(1));
            self.rows.iter_mut().zip(sums).for_each(|(row, sums)| *row += dot(sums, &buckets.high));
        }
        self.rows
    }
}

impl Buckets {
    /// Adds scale * values\[i\] to block number `block` + i.
    pub fn add(&mut self, values: &[Scalar], block: u64, scale: Scalar) {
        let mut rest = values;
        let mut place = usize::try_from(block).unwrap_or(usize::MAX);
        while !rest.is_empty() {
            let bucket = place.checked_shr(self.low_bits).unwrap_or(0);
            let start = place.saturating_sub(bucket.checked_shl(self.low_bits).unwrap_or(0));
            let table = self.low.get(start..).unwrap_or_default();
            let taken = rest.len().min(table.len()).max(1);
            let (own, after) = rest.split_at_checked(taken).unwrap_or((rest, &[]));
            if let Some(sum) = self.sums.get_mut(bucket) {
                *sum += scale * dot(own, table);
            }
            place = place.saturating_add(taken);
            rest = after;
        }
    }
}

/// 2^bits.
pub fn power_of_two(bits: usize) -> usize {
    u32::try_from(bits).ok().and_then(|bits| 1usize.checked_shl(bits)).unwrap_or(usize::MAX)
}

/// Sum of products, over the shorter one's length. Three products are reduced at once: as many as stay below
/// 2^256 times the modulus.
pub fn dot(a: &[Scalar], b: &[Scalar]) -> Scalar {
    let length = a.len().min(b.len());
    let (a, b) = (a.get(..length).unwrap_or_default(), b.get(..length).unwrap_or_default());
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<3>(), b.as_chunks::<3>());
    let chunks = a.iter().zip(b).map(|(a, b)| Scalar::sum_of_products(a, b)).sum::<Scalar>();
    chunks + a_rest.iter().zip(b_rest).map(|(a, b)| *a * b).sum::<Scalar>()
}
