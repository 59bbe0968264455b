//! Why a description is refused: one variant per cause.

use std::fmt;

use thiserror::Error;

use crate::ir::Point;

/// A list whose items hold forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The list of functionals.
    Functional,
    /// The list of statements.
    Statement,
}

/// A form's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormPlace {
    /// The list.
    pub owner: Owner,
    /// Item of the list.
    pub item: usize,
    /// Form of the item.
    pub form: usize,
}

impl fmt::Display for FormPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let owner = match self.owner {
            Owner::Functional => "functional",
            Owner::Statement => "statement",
        };
        write!(f, "{owner} {}, form {}", self.item, self.form)
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::R => "r",
            Self::Rho => "rho",
        })
    }
}

/// Why bytes are no circuit, or why a description is none.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "the fields are named by each message")]
pub enum CircuitError {
    #[error("truncated at byte {offset}: {expected} bytes expected, {found} left")]
    Truncated { offset: usize, expected: usize, found: usize },
    #[error("{count} trailing bytes")]
    Trailing { count: usize },
    #[error("not a circuit: its first bytes are not ZKCI")]
    Magic,
    #[error("version {found}, expected {expected}")]
    Version { expected: u16, found: u16 },
    #[error("byte {offset}: {found} is no {what}")]
    Tag { what: &'static str, offset: usize, found: u8 },
    #[error("byte {offset}: an integer of {found} bytes, at most {most} are allowed")]
    IntegerBytes { offset: usize, most: usize, found: usize },
    #[error("byte {offset}: an integer of more than {bits} bits")]
    Integer { offset: usize, bits: u32 },
    #[error("byte {offset}: constant {found} of {count}")]
    ConstantIndex { offset: usize, found: usize, count: usize },
    #[error("tensor {tensor}: its axes take {found} bytes, it says {expected}")]
    Span { tensor: usize, expected: usize, found: usize },
    #[error("{place}, group {group}: kernel {found}, there are {count}")]
    KernelIndex { place: FormPlace, group: usize, found: u32, count: usize },
    #[error("byte {offset}: not what the canonical encoding of the same circuit has")]
    NotCanonical { offset: usize },
    #[error("more than {most} factors and constants in the forms' vectors")]
    Parts { most: usize },
    #[error("{what}: {found} items, at most {most} are allowed")]
    ListLength { what: &'static str, most: usize, found: usize },
    #[error("log2 of the row size is {found}, expected {least} to {most}")]
    RowSize { least: u8, most: u8, found: u8 },
    #[error("r has {found} coordinates, at most {most} are allowed")]
    PointLength { most: u8, found: u8 },
    #[error("{found} mask rows, expected 2")]
    MaskRows { found: u32 },
    #[error("the masks take {needed} cells, there are {available} before the first free one")]
    MaskRoom { needed: usize, available: usize },
    #[error("table {table}: 2^{found} entries, at most 2^{most} are allowed")]
    TableBits { table: usize, most: u8, found: u8 },
    #[error("table {table}: {found} images, expected {expected}")]
    TableImages { table: usize, expected: usize, found: usize },
    #[error("table {table}: its keys leave the 64-bit integers")]
    TableKeys { table: usize },
    #[error("tensor {tensor}, axis {axis}: size {size}, room for {allotted}")]
    Axis { tensor: usize, axis: usize, size: u32, allotted: u32 },
    #[error("tensor {tensor}: its cells are not countable in 64 bits")]
    TensorTooLarge { tensor: usize },
    #[error("tensor {tensor}: last cell {last}, its region has {cells}")]
    TensorOutside { tensor: usize, last: u64, cells: u64 },
    #[error("tensor {tensor}: base {base} is no multiple of its inner part's 2^{log_block}")]
    TensorAlignment { tensor: usize, base: u64, log_block: u32 },
    #[error("tensor {tensor}: its cells are masks")]
    TensorOfMasks { tensor: usize },
    #[error("functional {functional}: {found} variables, at most {most} are allowed")]
    Variables { functional: usize, most: u8, found: u8 },
    #[error("{place}: its coefficient is not below 2^100 in size")]
    Coefficient { place: FormPlace },
    #[error("{place}: tensor {found}, there are {count}")]
    TensorIndex { place: FormPlace, found: u32, count: usize },
    #[error("{place}: its groups cover {found} axes, its tensor has {expected}")]
    GroupAxes { place: FormPlace, expected: usize, found: usize },
    #[error("{place}, group {group}: its vector has {found} entries, expected {expected}")]
    VectorSize { place: FormPlace, group: usize, expected: u64, found: u32 },
    #[error("{place}, group {group}: its vector is empty")]
    VectorEmpty { place: FormPlace, group: usize },
    #[error("{place}, group {group}, factor {factor}: divisor or modulus is zero")]
    FactorZero { place: FormPlace, group: usize, factor: usize },
    #[error(
        "{place}, group {group}, factor {factor}: coordinates {offset} to {end} of a point that has {available}"
    )]
    SliceOutside { place: FormPlace, group: usize, factor: usize, offset: u8, end: usize, available: u8 },
    #[error(
        "{place}, group {group}, factor {factor}: {len} coordinates before the last {after} of {available}"
    )]
    SliceBefore { place: FormPlace, group: usize, factor: usize, len: u8, after: u8, available: u8 },
    #[error("{place}, group {group}, factor {factor}: a slice of the wrong point")]
    SlicePoint { place: FormPlace, group: usize, factor: usize },
    #[error("{place}: not multilinear, coordinate {coordinate} of {point} is used twice")]
    SliceOverlap { place: FormPlace, point: Point, coordinate: u8 },
    #[error("{place}, group {group}, factor {factor}: {found} entries of eq over {len} coordinates")]
    SliceShort { place: FormPlace, group: usize, factor: usize, found: u32, len: u8 },
    #[error("{place}, group {group}, factor {factor}: outputs {from} to {to}")]
    Outputs { place: FormPlace, group: usize, factor: usize, from: u32, to: u32 },
    #[error("{place}, group {group}, factor {factor}: no taps")]
    Taps { place: FormPlace, group: usize, factor: usize },
    #[error("{place}, group {group}, factor {factor}: {found} constants, its modulus is {expected}")]
    Constants { place: FormPlace, group: usize, factor: usize, expected: u32, found: usize },
    #[error("{place}, group {group}, factor {factor}: constant {index} is not below 2^100 in size")]
    Constant { place: FormPlace, group: usize, factor: usize, index: usize },
    #[error("{place}, group {group}, factor {factor}: table {found}, there are {count}")]
    TableIndex { place: FormPlace, group: usize, factor: usize, found: u32, count: usize },
    #[error("{place}, group {group}, factor {factor}: modulus {found}, its table has {expected} entries")]
    TableModulus { place: FormPlace, group: usize, factor: usize, expected: u32, found: u32 },
    #[error("term {term}: statement {found}, there are {count}")]
    StatementIndex { term: usize, found: u32, count: usize },
    #[error("term {term}: its coefficient is not below 2^100 in size")]
    TermCoefficient { term: usize },
    #[error("term {term} has no factors")]
    NoFactors { term: usize },
    #[error("term {term}: functional {found}, there are {count}")]
    FunctionalIndex { term: usize, found: u32, count: usize },
    #[error("term {term}, factor {factor}: {found} variables, its first has {expected}")]
    TermVariables { term: usize, factor: usize, expected: u8, found: u8 },
    #[error(
        "term {term}, factor {factor}: not multilinear, an earlier one uses coordinate {coordinate} of r"
    )]
    TermOverlap { term: usize, factor: usize, coordinate: u8 },
    #[error("more than {most} units of work")]
    Work { most: u64 },
}
