//! The identity of a commitment: 32 bytes that stand for the model or data set everywhere.

use zkattest_field::G1;

use crate::error::{CommitmentError, SrsError};
use crate::keccak256;
use crate::srs::points::{G1_BYTES, decode_g1};

/// Domain of the identity.
pub const IDENTITY_DOMAIN: &[u8] = b"zkattest-commitment-v1";

/// What is committed to; the byte is part of the identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// Weights and biases of a quantised model.
    Model = 1,
    /// Inputs and labels of a data set.
    Data = 2,
}

/// keccak256(domain, kind (1 byte), m (8), layout digest (32), SRS digest (32), number of rows (8), rows
/// (64 each)); integers big-endian.
pub fn identity(
    kind: Kind,
    row_size: u64,
    layout_digest: &[u8; 32],
    srs_digest: &[u8; 32],
    rows: &[u8],
) -> [u8; 32] {
    keccak256(&[
        IDENTITY_DOMAIN,
        &[kind as u8],
        &row_size.to_be_bytes(),
        layout_digest,
        srs_digest,
        &((rows.len() / G1_BYTES) as u64).to_be_bytes(),
        rows,
    ])
}

/// The row commitments of `rows` (64 bytes each).
///
/// # Errors
/// Wrong length; a coordinate that is not canonical; a point off the curve or at infinity.
pub fn decode_rows(bytes: &[u8], rows: u64) -> Result<Vec<G1>, CommitmentError> {
    let expected = rows.saturating_mul(G1_BYTES as u64);
    if bytes.len() as u64 != expected {
        return Err(CommitmentError::RowBytes { expected, found: bytes.len() as u64 });
    }
    let (chunks, _) = bytes.as_chunks::<G1_BYTES>();
    chunks
        .iter()
        .enumerate()
        .map(|(row, chunk)| {
            decode_g1(chunk, "row commitments", row as u64).map_err(|error| match error {
                SrsError::NotCanonical { index, .. } => CommitmentError::RowNotCanonical { row: index },
                SrsError::Infinity { index, .. } => CommitmentError::RowInfinity { row: index },
                _ => CommitmentError::RowOffCurve { row: row as u64 },
            })
        })
        .collect()
}
