//! How a prover fills multiplicities and helper cells. No part of the canonical description: a verifier needs
//! none of it.

use crate::ir::Region;
use crate::quotient::Quotient;

/// All cells of consecutive rows lie in a range table.
///
/// Row `first_row + i * columns + j` is column j of lookup row i; the last lookup row may lack columns.
/// Helper cell (i, x) is sum over the present columns j of 1 / (gamma + offset + cell), and is proved by the
/// terms over `eq_helper`, `eq`, `eq_first` and `columns`:
/// eq h prod_j A_j - (eq A_1) sum_(j>1) prod_(i>1, i != j) A_i - eq prod_(j>1) A_j = 0. An absent column counts
/// as the cell 0 in every formula (and in the multiplicities).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangeLookup {
    /// Region of the rows.
    pub region: Region,
    /// First row in it.
    pub first_row: u32,
    /// Number of rows.
    pub rows: u32,
    /// Added to each cell before it is looked up.
    pub offset: i64,
    /// Index of the table.
    pub table: u32,
    /// Tensor of the multiplicities: 2^bits cells in `Region::Counts`.
    pub counts: u32,
    /// Tensor of the table's sums counts / (gamma + key): 2^bits cells in `Region::Helper`.
    pub sums: u32,
    /// Tensor of the helper column: \[lookup rows, m\] in `Region::Helper`.
    pub helper: u32,
    /// Functional (eq(r) h)(rho).
    pub eq_helper: u32,
    /// Functional eq(r, rho) over real lookup rows.
    pub eq: u32,
    /// Functional (eq(r) A_1)(rho).
    pub eq_first: u32,
    /// Functionals A_j(rho) = gamma + offset + column j; `columns.len()` is b.
    pub columns: Vec<u32>,
}

/// Pairs (x, y) of elements of tensors lie in a function table: helper element e is
/// 1 / (gamma + x_e + beta y_e), proved by one term `eq_helper` * `denominator`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionLookup {
    /// Index of the table.
    pub table: u32,
    /// Tensor of the multiplicities: 2^bits cells in `Region::Counts`.
    pub counts: u32,
    /// Tensor of the table's sums counts / (gamma + key + beta image), in `Region::Helper`.
    pub sums: u32,
    /// Tensor of the helpers, in `Region::Helper`; its elements in row-major order are those of the
    /// assignment's keys.
    pub helper: u32,
    /// Functional (eq(r) h)(rho).
    pub eq_helper: u32,
    /// Functional gamma + x + beta y.
    pub denominator: u32,
}

/// All lookups of a circuit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lookups {
    /// Range lookups.
    pub ranges: Vec<RangeLookup>,
    /// Function lookups.
    pub functions: Vec<FunctionLookup>,
    /// Quotients, which sums of inverses over anything but tables are made of.
    pub quotients: Vec<Quotient>,
}
