//! Integers as indices.

/// As an index; beyond the address space, an index that no list has.
pub(crate) fn index(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}
