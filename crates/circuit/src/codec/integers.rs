//! Integers of an encoding: variable-length ones (RFC 9000, section 16) and signed ones.

/// Most bytes of a signed integer's magnitude.
pub const MAX_MAGNITUDE: usize = 16;
/// Largest variable-length integer.
const MAX_VAR: u64 = (1 << 62) - 1;

/// Bytes of the shortest form of a variable-length integer.
pub fn var_size(value: u64) -> usize {
    match value {
        0..0x40 => 1,
        0x40..0x4000 => 2,
        0x4000..0x4000_0000 => 4,
        _ => 8,
    }
}

/// Its shortest form; the first two bits say how long it is. No valid circuit has one over [`MAX_VAR`].
pub fn put_var(out: &mut Vec<u8>, value: u64) {
    let value = value.min(MAX_VAR);
    let size = var_size(value);
    let tagged = value | u64::from(size.trailing_zeros()) << (8 * size - 2);
    out.extend(tagged.to_be_bytes().iter().skip(8 - size));
}

/// One byte `sign << 7 | n`, then n bytes of magnitude.
pub fn put_int(out: &mut Vec<u8>, value: i128) {
    let magnitude = value.unsigned_abs();
    let zeros = magnitude.leading_zeros() / 8;
    let size = u8::try_from(u128::BITS / 8 - zeros).unwrap_or_default();
    out.push(u8::from(value < 0) << 7 | size);
    out.extend(magnitude.to_be_bytes().iter().skip(MAX_MAGNITUDE - usize::from(size)));
}
