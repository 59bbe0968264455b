//! The types of a circuit description. `docs/protocol.md`, "Circuit", defines their meaning; the codec
//! (`codec`) accepts only descriptions that keep every rule stated here (`validate`).

/// Where rows come from; the order is the order of rows in every sum over rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Region {
    /// Weights and biases; committed at set-up.
    Model = 0,
    /// Inputs; committed by their owner.
    Data = 1,
    /// Outputs that stay private.
    Output = 2,
    /// Cells of this proof; every one of them is range-checked.
    Witness = 3,
    /// Multiplicities of lookups.
    Counts = 4,
    /// The two mask rows, M and R.
    Mask = 5,
    /// Inverses, committed after the lookup challenge.
    Helper = 6,
    /// No rows: integers that the verifier knows from the statement.
    Public = 7,
}

/// Number of regions that have rows.
pub const ROW_REGIONS: usize = 7;

/// One axis of a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Axis {
    /// Entries.
    pub size: u32,
    /// Entries that there is room for: positions are row-major over these.
    pub allotted: u32,
}

/// A box of cells. Element (i_1, .., i_k) is cell `base + sum i_a * stride_a` of its region, where stride_a is
/// the product of the later axes' `allotted`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    /// Where its cells are.
    pub region: Region,
    /// Cell of element (0, .., 0), counted through the region's rows laid end to end.
    pub base: u64,
    /// Outermost first; may be empty (one cell).
    pub axes: Vec<Axis>,
}

/// Which challenges a slice is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Point {
    /// r, drawn after the helper rows.
    R = 0,
    /// The last `variables` coordinates of rho, the point at which sum-check 1 ends.
    Rho = 1,
}

/// Coordinates `offset .. offset + len` of a point. Coordinate `offset` is the most significant bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slice {
    /// The point.
    pub point: Point,
    /// First coordinate.
    pub offset: u8,
    /// Number of coordinates; may be zero.
    pub len: u8,
}

/// One factor of a vector. At entry i it takes the value for j = (i / div) % modulus.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Factor {
    /// Divisor, at least 1.
    pub div: u32,
    /// Modulus, at least 1.
    pub modulus: u32,
    /// The function of j.
    pub kind: Kind,
}

/// The functions of one index that vectors are products of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// eq(slice, j); modulus <= 2^len.
    Eq(Slice),
    /// sum over o in from..to and d in 0..taps with o * stride + d * dilation + offset = j of eq(slice, o).
    /// The slice is of r; to <= 2^len.
    Affine {
        /// Point of the outputs.
        slice: Slice,
        /// First output.
        from: u32,
        /// One after the last output.
        to: u32,
        /// Number of taps, at least 1.
        taps: u32,
        /// Step between outputs; may be zero or negative.
        stride: i64,
        /// Step between taps; may be negative.
        dilation: i64,
        /// Place of output 0, tap 0.
        offset: i64,
    },
    /// sum over o < outputs with 0 <= u < inputs, u = o * stride + j * dilation + offset, of
    /// eq(output, o) eq(input, u): what a convolution's kernel axis contributes. `output` is of r, `input` of rho.
    Window {
        /// Point of the outputs; outputs <= 2^len.
        output: Slice,
        /// Point of the inputs; inputs <= 2^len.
        input: Slice,
        /// Number of outputs.
        outputs: u32,
        /// Number of inputs.
        inputs: u32,
        /// Step between outputs.
        stride: i64,
        /// Step between taps.
        dilation: i64,
        /// Place of output 0, tap 0.
        offset: i64,
    },
    /// values\[j\]; as many values as the modulus; each below 2^100 in size.
    Constants(Vec<i128>),
    /// gamma + key_j (+ beta * image_j) of table number `0`; modulus = 2^bits of the table.
    Table(u32),
}

/// The product of its factors at each of `size` entries; no factor: all ones.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Vector {
    /// Entries.
    pub size: u32,
    /// Factors.
    pub factors: Vec<Factor>,
}

/// A vector over `axes` consecutive axes of the form's tensor, flattened row-major over their sizes; with
/// `axes` = 0 it is summed to a scalar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Number of axes.
    pub axes: u8,
    /// Its size is the product of those axes' sizes.
    pub vector: Vector,
}

/// What a form is multiplied by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Unit {
    /// 1.
    One = 0,
    /// The lookup challenge gamma.
    Gamma = 1,
    /// The challenge beta, which joins keys and images of function tables.
    Beta = 2,
}

/// coefficient * unit * prod (sums of groups without axes) * sum over the tensor's elements of
/// prod_g v_g(index) * cell. Without a tensor the last factor is 1. Groups with axes cover all axes in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Below 2^100 in size.
    pub coefficient: i128,
    /// Challenge factor.
    pub unit: Unit,
    /// Index of the tensor.
    pub tensor: Option<u32>,
    /// Groups.
    pub groups: Vec<Group>,
}

/// A linear functional of cells plus a public constant, at a point of `variables` variables: the last
/// `variables` coordinates of rho. As a function of that point it is multilinear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Functional {
    /// Number of variables.
    pub variables: u8,
    /// Its value is their sum.
    pub forms: Vec<Form>,
}

/// coefficient * sum over x in {0,1}^variables of prod functionals(x): one summand of a statement's left side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Index of the statement.
    pub statement: u32,
    /// Below 2^100 in size.
    pub coefficient: i128,
    /// Indices of the functionals, at least one, all of the same number of variables.
    pub factors: Vec<u32>,
}

/// sum of its terms = sum of its forms, at the random r. Forms of statements use slices of r alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Statement {
    /// Right side.
    pub forms: Vec<Form>,
}

/// A public table: 2^bits keys low, low + 1, ..; with images where it is a function's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// log2 of the number of entries.
    pub bits: u8,
    /// First key.
    pub low: i64,
    /// Images of the keys; none for a range table.
    pub images: Option<Vec<i32>>,
}

/// What is proved, completely: the verifier learns nothing about the shape of a proof from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circuit {
    /// log2 of the row size m.
    pub log_row: u8,
    /// Number of coordinates of r.
    pub r_len: u8,
    /// Rows of each region; two for `Region::Mask`.
    pub rows: [u32; ROW_REGIONS],
    /// Number of public integers.
    pub public: u32,
    /// Tables.
    pub tables: Vec<Table>,
    /// Tensors.
    pub tensors: Vec<Tensor>,
    /// Functionals.
    pub functionals: Vec<Functional>,
    /// Statements.
    pub statements: Vec<Statement>,
    /// Terms.
    pub terms: Vec<Term>,
}
