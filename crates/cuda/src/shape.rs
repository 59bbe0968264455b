//! How sums of multiples are cut: digits, windows, buckets, tasks, and the memory that these take.

use crate::SIZES;

/// Bits of the order of the group, and one for a carry.
pub(crate) const FULL_BITS: u32 = 255;

/// Widest digit, in bits.
const MOST_BITS: u32 = 16;

/// Tasks wanted: enough for every lane of a large card, several times over.
const TASKS: usize = 1 << 17;

/// Terms of a task.
const LEAST_TERMS: usize = 8;
const MOST_TERMS: usize = 128;

/// Threads wanted where tasks, buckets and segments are summed: one addition after the other takes a thread 5 us or so,
/// so that short chains are worth more than few threads.
const THREADS: usize = 1 << 14;

/// Most digits of a batch: places in the order of digits, and twice a term's index, are 32-bit integers.
const MOST_DIGITS: usize = 1 << 31;

/// Most terms of a row.
pub(crate) const MOST_ROW: usize = 1 << 30;

/// How the sum of a row is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Terms.
    pub terms: usize,
    /// Of a scalar.
    pub bytes: usize,
    /// Of a digit.
    pub bits: u32,
    pub windows: usize,
    /// What scalars are counted from.
    pub low: i64,
}

impl Shape {
    /// Digits for `terms` scalars of `width` bits with sign.
    pub fn choose(terms: usize, bytes: usize, width: u32) -> Self {
        // A bucket costs about as much as eight terms: two complete additions, and what is idle meanwhile.
        let cost = |bits: u32| u64::from(width.div_ceil(bits)) * (terms as u64 + (8u64 << (bits - 1)));
        let bits = (2..=MOST_BITS.min(width.max(2))).min_by_key(|bits| cost(*bits)).unwrap_or(2);
        Self { terms, bytes, bits, windows: width.div_ceil(bits) as usize, low: 0 }
    }

    /// One digit for scalars from `low` to `low` + 2^`bits` - 1: the buckets are the sums by value.
    pub fn by_value(terms: usize, bytes: usize, low: i64, bits: u32) -> Self {
        Self { terms, bytes, bits: bits + 1, windows: 1, low }
    }

    /// Of a window.
    pub fn buckets(&self) -> usize {
        1 << (self.bits - 1)
    }

    /// Of so many rows together.
    pub fn cut(&self, rows: usize) -> Counts {
        let (buckets, digits) = (rows * self.windows * self.buckets(), rows * self.windows * self.terms);
        let most = (digits / TASKS).clamp(LEAST_TERMS, MOST_TERMS);
        let spread = |threads: usize| 1usize << threads.max(1).ilog2();
        Counts {
            buckets,
            digits,
            most,
            // no more than this; those that there are not have no terms
            tasks: (digits / most + buckets).min(digits.max(1)),
            // few buckets hold many tasks each
            parts: spread(2 * THREADS / buckets).min(32),
            segment: spread(buckets / THREADS).clamp(4, 32).min(self.buckets()),
        }
    }

    /// Groups of `size` rows, of `rows` in all, that are summed together in `room` bytes; none where not even one is.
    pub fn together(&self, rows: usize, size: usize, room: usize) -> usize {
        let fits = |groups: usize| {
            let cut = self.cut(groups.saturating_mul(size).min(rows));
            cut.digits <= MOST_DIGITS && cut.bytes() <= room
        };
        let groups = rows.div_ceil(size.max(1));
        let (mut fit, mut beyond) = (0, 1);
        while beyond <= groups && fits(beyond) {
            (fit, beyond) = (beyond, 2 * beyond);
        }
        beyond = beyond.min(groups + 1);
        while fit + 1 < beyond {
            let middle = fit.midpoint(beyond);
            if fits(middle) { fit = middle } else { beyond = middle }
        }
        fit
    }
}

/// What there is of rows that are summed together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counts {
    pub buckets: usize,
    pub digits: usize,
    /// Terms of a task at most.
    pub most: usize,
    pub tasks: usize,
    /// Threads that sum a bucket's tasks.
    pub parts: usize,
    /// Buckets that one thread weighs.
    pub segment: usize,
}

impl Counts {
    /// Bytes at once, but for what is smaller by a factor of 64.
    pub fn bytes(&self) -> usize {
        // sizes, ends, counts and first tasks of buckets
        let sorting = 4 * self.digits + (4 * 4 + 1) * self.buckets + (8 + SIZES[3]) * self.tasks;
        let summing = SIZES[3] * (self.tasks + self.buckets * (self.parts + 1)) + 8 * self.buckets;
        sorting.max(summing)
    }
}

/// Bytes that a batch of `rows` sums of `terms` scalars of `width` bits with sign (255: elements) takes beside points and
/// scalars, where all are summed together.
pub fn room_of(rows: usize, terms: usize, width: u32) -> usize {
    Shape::choose(terms.max(1), 32, width.clamp(1, FULL_BITS)).cut(rows.max(1)).bytes()
}
