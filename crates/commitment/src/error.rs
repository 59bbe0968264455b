//! One variant per cause; indices and expected/found values, no secrets.

use thiserror::Error;
use zkattest_field::FieldError;
use zkattest_kernels::KernelError;

/// Where in a file or string something is wrong.
pub type Section = &'static str;

/// Why a structured reference string, or a file of one, is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "the fields are named by each message")]
pub enum SrsError {
    #[error("{section}: truncated, {expected} bytes expected, {found} found")]
    Truncated { section: Section, expected: u64, found: u64 },
    #[error("{section}: {count} trailing bytes")]
    Trailing { section: Section, count: u64 },
    #[error("{section}: not a file of this format, its first bytes are wrong")]
    Magic { section: Section },
    #[error("{section}: {what} is {found}, expected {expected}")]
    Header { section: Section, what: &'static str, expected: u64, found: u64 },
    #[error("{section}: {what} is {found}, expected {least} to {most}")]
    Range { section: Section, what: &'static str, least: u64, most: u64, found: u64 },
    #[error("{section}: the field is not BN254's")]
    WrongField { section: Section },
    #[error("{section}: missing")]
    MissingSection { section: Section },
    #[error("{section}: present twice")]
    DuplicateSection { section: Section },
    #[error("{section}: the text is not UTF-8")]
    Text { section: Section },
    #[error("{section}: a coordinate of point {index} is not smaller than the field's modulus")]
    NotCanonical { section: Section, index: u64 },
    #[error("{section}: point {index} is not on the curve")]
    OffCurve { section: Section, index: u64 },
    #[error("{section}: point {index} is the point at infinity")]
    Infinity { section: Section, index: u64 },
    #[error("{section}: point {index} has the wrong order")]
    WrongOrder { section: Section, index: u64 },
    #[error("{section}: point {index} is not the group's generator")]
    NotGenerator { section: Section, index: u64 },
    #[error("{section}: the points are not consecutive powers of the secret in [tau]_2")]
    Inconsistent { section: Section },
    #[error("{section}: a Lagrange basis is not the one of these powers")]
    LagrangeInconsistent { section: Section },
    #[error("{section}: the secret is 1, so every power is the generator")]
    TrivialSecret { section: Section },
    #[error("degree {needed} is needed, the string reaches {available}")]
    TooSmall { needed: u64, available: u64 },
    #[error("{section}: the checksum at the end of file {index} does not match its content")]
    Checksum { section: Section, index: u64 },
    #[error("{section}: the file's blake2b-512 is not the expected one")]
    HashMismatch { section: Section },
    #[error("contribution {index}: it says it is number {found}")]
    ContributionOrder { index: u64, found: u64 },
    #[error(
        "contribution {index}: it is not built on the file before it (hash of the previous file differs)"
    )]
    ContributionChain { index: u64 },
    #[error("contribution {index}: its secret factor is 0 or 1, so it adds nothing")]
    ContributionTrivial { index: u64 },
    #[error("contribution {index}: [s]_1 and [s]_2 do not hold the same factor")]
    ContributionFactor { index: u64 },
    #[error("contribution {index}: the proof of knowledge of its factor is wrong")]
    ContributionProof { index: u64 },
    #[error("contribution {index}: its powers are not the previous ones times its factor")]
    ContributionPowers { index: u64 },
    #[error("the file cannot be read: {kind}")]
    Io { kind: std::io::ErrorKind },
    #[error(transparent)]
    Field(#[from] FieldError),
    #[error(transparent)]
    Kernel(#[from] KernelError),
}

impl From<std::io::Error> for SrsError {
    fn from(error: std::io::Error) -> Self {
        Self::Io { kind: error.kind() }
    }
}

/// Why tensors cannot be laid out or committed to.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "the fields are named by each message")]
pub enum CommitmentError {
    #[error("the row size is {found}, expected a power of two from 2 to 2^28")]
    RowSize { found: u64 },
    #[error("there is no tensor to commit to")]
    NoTensors,
    #[error("tensor {tensor} has an empty name, or one longer than 65535 bytes")]
    Name { tensor: u64 },
    #[error("tensor {tensor} has the name of an earlier one")]
    DuplicateName { tensor: u64 },
    #[error("tensor {tensor} has {found} axes, at most 32 are allowed")]
    Rank { tensor: u64, found: u64 },
    #[error("tensor {tensor}: axis {axis} has size zero")]
    EmptyAxis { tensor: u64, axis: u64 },
    #[error("the tensors up to number {tensor} take more than 2^40 cells")]
    TooLarge { tensor: u64 },
    #[error("{expected} tensors were declared, {found} given")]
    TensorCount { expected: u64, found: u64 },
    #[error("tensor {tensor} has {found} values, its shape needs {expected}")]
    Length { tensor: u64, expected: u64, found: u64 },
    #[error("rows of {needed} cells need a string of degree {needed}, this one reaches {available}")]
    SrsTooSmall { needed: u64, available: u64 },
    #[error("{found} blinders for {expected} rows")]
    BlinderCount { expected: u64, found: u64 },
    #[error("the blinder of row {row} is not smaller than the group order")]
    Blinder { row: u64 },
    #[error("rows {first} to {last} were asked for, there are {rows}")]
    RowRange { first: u64, last: u64, rows: u64 },
    #[error("the row commitments have {found} bytes, expected {expected}")]
    RowBytes { expected: u64, found: u64 },
    #[error("row commitment {row}: a coordinate is not smaller than the field's modulus")]
    RowNotCanonical { row: u64 },
    #[error("row commitment {row} is not on the curve")]
    RowOffCurve { row: u64 },
    #[error("row commitment {row} is the point at infinity")]
    RowInfinity { row: u64 },
    #[error(transparent)]
    Field(#[from] FieldError),
    #[error(transparent)]
    Kernel(#[from] KernelError),
}
