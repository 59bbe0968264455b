//! Circuits without a meaning: every kind of form, term and lookup, over boxes of any shape, with cells drawn at random
//! from all that the lookups allow. Their equations are broken, which is no matter to a prover.

use super::circuits::{factor, functional, over, r, rho, scalar, statement, tensor, term, times};
use super::{Cells, Stream, World};
use std::ops::Range;
use zkattest_circuit::CircuitError;
use zkattest_circuit::ir::*;
use zkattest_circuit::lookup::{FunctionLookup, Lookups, RangeLookup};
use zkattest_circuit::quotient::Quotient;
use zkattest_prover::Hooks;

/// Coordinates of r; each factor of a term has a part of its own.
const R_LEN: u8 = 24;

/// Keys and cells of one region's rows that are in a table.
type Allowed = [Option<(Range<usize>, i64, i64)>; 4];

/// A circuit in the making.
struct Maker {
    stream: Stream,
    circuit: Circuit,
    lookups: Lookups,
    keys: Vec<Vec<u32>>,
    /// Cells of helper and of counts rows that are given away.
    helpers: u64,
    counts: u64,
    /// By region of small cells: the cells that are looked up, and the least and the greatest that may be there.
    allowed: Allowed,
}

/// Coordinates that no other factor of a form uses.
struct Coordinates {
    rho: Option<Range<u8>>,
    r: Range<u8>,
}

impl Coordinates {
    fn take(point: Point, left: &mut Range<u8>, stream: &mut Stream) -> Slice {
        let len = (stream.between(0, 5) as u8).min(left.len() as u8);
        let offset = left.start;
        left.start += len;
        Slice { point, offset, len }
    }

    fn rho(&mut self, stream: &mut Stream) -> Slice {
        match &mut self.rho {
            Some(left) => Self::take(Point::Rho, left, stream),
            None => self.r(stream),
        }
    }

    fn r(&mut self, stream: &mut Stream) -> Slice {
        Self::take(Point::R, &mut self.r, stream)
    }
}

/// A world of random equations; the same for the same seed.
pub fn world(seed: u64) -> World {
    let log_row = 6 + (Stream(seed).integer() % 3) as u8;
    // Masks need room by the numbers of rounds and factors.
    (log_row..).find_map(|log_row| attempt(seed, log_row)).unwrap()
}

/// None where rows are too short for the masks.
fn attempt(seed: u64, log_row: u8) -> Option<World> {
    let mut stream = Stream(seed);
    let maker = Maker {
        circuit: Circuit {
            log_row,
            r_len: R_LEN,
            rows: [stream.between(1, 4), 1, stream.between(0, 3), stream.between(1, 12), 0, 2, 0]
                .map(|rows| rows as u32),
            public: 40,
            tables: vec![],
            tensors: vec![],
            functionals: vec![],
            statements: vec![Statement::default()],
            terms: vec![],
        },
        lookups: Lookups::default(),
        keys: vec![],
        helpers: 0,
        counts: 0,
        allowed: [const { None }; 4],
        stream,
    };
    maker.equations()
}

impl Maker {
    fn below(&mut self, n: u64) -> u64 {
        self.stream.integer() % n
    }

    fn chance(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }

    fn equations(mut self) -> Option<World> {
        self.range(Region::Witness);
        if self.chance(2) {
            self.range(Region::Model);
        }
        if self.chance(2) {
            self.function();
        }
        if self.chance(3) {
            self.quotient();
        }
        // No tensor is given away any more: forms look at whole rows.
        let m = self.circuit.row_size() as u64;
        self.circuit.rows[Region::Helper as usize] = self.helpers.div_ceil(m) as u32;
        self.circuit.rows[Region::Counts as usize] = self.counts.div_ceil(m) as u32;
        for _ in 0..1 + self.below(4) {
            self.term();
        }
        for _ in 0..self.below(3) {
            let forms = self.forms(None, &(0..R_LEN));
            self.circuit.statements.push(statement(&forms));
        }
        if let Err(CircuitError::MaskRoom { .. }) = self.circuit.validate() {
            return None;
        }
        let cells = self.cells();
        Some(World::new("random", self.circuit, self.lookups, cells))
    }

    fn cells(&mut self) -> Cells {
        let m = self.circuit.row_size();
        let mut cells = Cells { keys: self.keys.clone(), ..Cells::default() };
        let rows = [Region::Model, Region::Data, Region::Output, Region::Witness];
        for (number, out) in
            [&mut cells.model, &mut cells.data, &mut cells.output, &mut cells.witness].into_iter().enumerate()
        {
            // Some regions hold extremes, some bytes, some zeros.
            let (low, high) = [(-32_768, 32_768), (-128, 128), (0, 1), (-9, 300)][self.below(4) as usize];
            *out = (0..self.circuit.rows_of(rows[number]) * m)
                .map(|_| self.stream.between(low, high) as i16)
                .collect();
            if let Some((own, low, high)) = &self.allowed[number] {
                out[own.clone()].iter_mut().for_each(|cell| *cell = self.stream.between(*low, *high) as i16);
            }
        }
        cells.public = (0..self.circuit.public).map(|_| self.stream.integer() as i64).collect();
        cells
    }

    /// The place of so many new cells of helper rows, at a multiple of `block`.
    fn helper(&mut self, cells: u64, block: u64) -> u64 {
        let base = self.helpers.next_multiple_of(block);
        self.helpers = base + cells;
        base
    }

    fn tensor(&mut self, region: Region, base: u64, axes: &[(u32, u32)]) -> u32 {
        self.circuit.tensors.push(tensor(region, base, axes));
        self.circuit.tensors.len() as u32 - 1
    }

    fn functional(&mut self, variables: u8, forms: &[Form]) -> u32 {
        self.circuit.functionals.push(functional(variables, forms));
        self.circuit.functionals.len() as u32 - 1
    }

    fn term_of(&mut self, factors: &[u32]) {
        let statement = self.below(self.circuit.statements.len() as u64) as u32;
        let coefficient = i128::from(self.stream.between(-5, 6));
        self.circuit.terms.push(term(statement, coefficient, factors));
    }

    /// A table's tensors of counts and sums.
    fn table(&mut self, table: Table) -> (u32, u32, u32) {
        let entries = 1u64 << table.bits;
        let axes = [(entries as u32, entries as u32)];
        let base = self.helper(entries, entries);
        let counts = self.counts.next_multiple_of(entries);
        self.counts = counts + entries;
        self.circuit.tables.push(table);
        let number = self.circuit.tables.len() as u32 - 1;
        (number, self.tensor(Region::Counts, counts, &axes), self.tensor(Region::Helper, base, &axes))
    }

    /// Some rows of a region in a table, one to eight columns a lookup row; the last lookup row may lack some.
    fn range(&mut self, region: Region) {
        let (m, log_row) = (self.circuit.row_size() as u32, self.circuit.log_row);
        let of_region = self.circuit.rows[region as usize];
        let first_row = self.below(u64::from(of_region.min(3))) as u32;
        let rows = 1 + self.below(u64::from(of_region - first_row)) as u32;
        let b = 1 + self.below(u64::from(rows.min(8))) as u32;
        let bits = 1 + self.below(6) as u8;
        // An absent column counts as the cell 0, which is in the table.
        let zero = self.below(1 << bits) as i64;
        let low = self.stream.between(-40, 40);
        let offset = zero + low;
        let cells = (first_row * m) as usize..((first_row + rows) * m) as usize;
        self.allowed[region as usize] = Some((cells, -zero, (1 << bits) - zero));
        let (table, counts, sums) = self.table(Table { bits, low, images: None });
        let lookup_rows = rows.div_ceil(b);
        let base = self.helper(u64::from(lookup_rows * m), u64::from(m));
        let helper = self.tensor(Region::Helper, base, &[(lookup_rows, lookup_rows), (m, m)]);

        let log_rows = lookup_rows.next_power_of_two().trailing_zeros() as u8;
        let variables = log_rows + log_row;
        let [row_r, row, cell_r, cell] =
            [r(0, log_rows), rho(0, log_rows), r(log_rows, log_row), rho(log_rows, log_row)].map(Kind::Eq);
        let both =
            [scalar(lookup_rows, [row_r.clone(), row.clone()]), scalar(m, [cell_r.clone(), cell.clone()])];
        let eq = |unit, coefficient| times(unit, Form { coefficient, ..form(None, &both) });
        let ones = |unit, coefficient| times(unit, Form { coefficient, ..form(None, &[]) });
        let own = |column: u32, with: bool| {
            let rows = (rows - column).div_ceil(b);
            let groups = match with {
                true => [
                    over(rows, [row.clone(), row_r.clone()]),
                    over(1, []),
                    over(m, [cell.clone(), cell_r.clone()]),
                ],
                false => [over(rows, [row.clone()]), over(1, []), over(m, [cell.clone()])],
            };
            (rows, groups)
        };
        let mut columns = Vec::new();
        let mut first = None;
        for column in 0..b {
            let (rows, groups) = own(column, false);
            let base = u64::from((first_row + column) * m);
            let tensor = self.tensor(region, base, &[(rows, rows), (1, b), (m, m)]);
            let forms = [ones(Unit::Gamma, 1), ones(Unit::One, offset.into()), form(Some(tensor), &groups)];
            columns.push(self.functional(variables, &forms));
            first = first.or(Some(tensor));
        }
        let of_helper =
            [over(lookup_rows, [row_r.clone(), row.clone()]), over(m, [cell_r.clone(), cell.clone()])];
        let eq_helper = self.functional(variables, &[form(Some(helper), &of_helper)]);
        let of_eq = self.functional(variables, &[eq(Unit::One, 1)]);
        let (_, groups) = own(0, true);
        let forms = [eq(Unit::Gamma, 1), eq(Unit::One, offset.into()), form(first, &groups)];
        let eq_first = self.functional(variables, &forms);
        self.term_of(&[&[eq_helper], columns.as_slice()].concat());
        self.term_of(&[&[of_eq], &columns[1..]].concat());
        for j in 1..columns.len() {
            let others = (1..columns.len()).filter(|i| *i != j).map(|i| columns[i]);
            let factors: Vec<u32> = std::iter::once(eq_first).chain(others).collect();
            self.term_of(&factors);
        }
        self.same_statement(columns.len() + 1);
        self.lookups.ranges.push(RangeLookup {
            region,
            first_row,
            rows,
            offset,
            table,
            counts,
            sums,
            helper,
            eq_helper,
            eq: of_eq,
            eq_first,
            columns,
        });
    }

    /// Makes the last terms those of a lookup: of one statement, and with its signs.
    fn same_statement(&mut self, count: usize) {
        let from = self.circuit.terms.len() - count;
        for (number, term) in self.circuit.terms[from..].iter_mut().enumerate() {
            term.statement = 0;
            term.coefficient = if number == 0 { 1 } else { -1 };
        }
    }

    /// Pairs of data cells in a function's table.
    fn function(&mut self) {
        let bits = 2 + self.below(3) as u8;
        let images = (0..1 << bits).map(|_| self.stream.between(-99, 99) as i32).collect();
        let low = self.stream.between(-9, 9);
        let (table, counts, sums) = self.table(Table { bits, low, images: Some(images) });
        let log_elements = 1 + self.below(4) as u8;
        let elements = 1 + self.below(1 << log_elements) as u32;
        let allotted = 1 << log_elements;
        let base = self.helper(allotted, allotted);
        let axes = [(elements, allotted as u32)];
        let helper = self.tensor(Region::Helper, base, &axes);
        let [x, y] = [0, allotted].map(|base| Some(self.tensor(Region::Data, base, &axes)));
        let [at_r, at] = [r(0, log_elements), rho(0, log_elements)].map(Kind::Eq);
        let with = [over(elements, [at_r, at.clone()])];
        let eq_helper = self.functional(log_elements, &[form(Some(helper), &with)]);
        let own = [over(elements, [at])];
        let forms = [times(Unit::Gamma, form(None, &[])), form(x, &own), times(Unit::Beta, form(y, &own))];
        let denominator = self.functional(log_elements, &forms);
        self.term_of(&[eq_helper, denominator]);
        let keys = (0..elements).map(|_| self.below(1 << bits) as u32).collect();
        self.keys.push(keys);
        let function = FunctionLookup { table, counts, sums, helper, eq_helper, denominator };
        self.lookups.functions.push(function);
    }

    /// Quotients of sums of data cells.
    fn quotient(&mut self) {
        let variables = 1 + self.below(4) as u8;
        let size = 1u32 << variables;
        let base = self.helper(u64::from(size), u64::from(size));
        let helper = self.tensor(Region::Helper, base, &[(size, size)]);
        let cells = self.tensor(Region::Data, 0, &[(size, size), (2, 2)]);
        let groups = [over(size, [Kind::Eq(rho(0, variables))]), over(2, [])];
        let forms = [times(Unit::Gamma, form(None, &[])), form(Some(cells), &groups)];
        let denominator = self.functional(variables, &forms);
        let numerator = functional(variables, &[Form { coefficient: 7, ..form(Some(cells), &groups) }]);
        self.lookups.quotients.push(Quotient { helper, numerator, denominator });
        let own = [over(size, [Kind::Eq(r(0, variables)), Kind::Eq(rho(0, variables))])];
        let values = self.functional(variables, &[form(Some(helper), &own)]);
        self.term_of(&[values, denominator]);
    }

    /// A term of random functionals, and now and then a second one of the same.
    fn term(&mut self) {
        let variables = self.below(12) as u8;
        let count = if self.chance(8) { 11 } else { 1 + self.below(4) as u8 };
        let factors: Vec<u32> = (0..count)
            .map(|factor| {
                let part = R_LEN / count;
                let forms = match self.chance(3) {
                    true => self.rows(variables),
                    false => self.forms(Some(0..variables), &(factor * part..(factor + 1) * part)),
                };
                self.functional(variables, &forms)
            })
            .collect();
        self.term_of(&factors);
        if self.chance(3) {
            self.term_of(&factors.iter().rev().copied().collect::<Vec<_>>());
        }
    }

    /// Cells of rows laid end to end, times eq: what long tables are.
    fn rows(&mut self, variables: u8) -> Vec<Form> {
        let region = self.region(false);
        let rows = self.circuit.rows[region as usize];
        let (m, log_row) = (self.circuit.row_size() as u32, self.circuit.log_row);
        let (inner, outer) = (variables.min(log_row), variables.saturating_sub(log_row));
        let rows = rows.min(1 << outer);
        if rows == 0 {
            return vec![form(None, &[])];
        }
        let size = (1u32 << inner) - self.below(2).min(u64::from(inner)) as u32;
        let base = u64::from((m >> inner) - 1) << inner;
        let base = if rows > 1 { 0 } else { base };
        let tensor = self.tensor(region, base, &[(rows, rows), (size, m)]);
        let base = &mut self.circuit.tensors[tensor as usize].base;
        if !base.is_multiple_of(u64::from(m)) {
            *base = 0;
        }
        let groups = [over(rows, [Kind::Eq(rho(0, outer))]), over(size, [Kind::Eq(rho(outer, inner))])];
        vec![form(Some(tensor), &groups), times(Unit::Gamma, form(None, &[]))]
    }

    fn region(&mut self, public: bool) -> Region {
        let all = [
            Region::Model,
            Region::Data,
            Region::Output,
            Region::Witness,
            Region::Counts,
            Region::Helper,
            Region::Public,
        ];
        all[self.below(if public { 7 } else { 6 }) as usize]
    }

    /// Forms of statements know r alone.
    fn forms(&mut self, rho: Option<Range<u8>>, r: &Range<u8>) -> Vec<Form> {
        let count = 1 + self.below(3);
        (0..count).map(|_| self.form(Coordinates { rho: rho.clone(), r: r.clone() })).collect()
    }

    fn form(&mut self, mut coordinates: Coordinates) -> Form {
        let mut groups = Vec::new();
        let chosen = if self.chance(6) { None } else { self.box_of_cells() };
        if let Some(number) = chosen {
            let axes = self.circuit.tensors[number as usize].axes.clone();
            let mut axes = axes.as_slice();
            while !axes.is_empty() {
                let count = (1 + self.below(2) as usize).min(axes.len());
                let (own, rest) = axes.split_at(count);
                let size = own.iter().map(|axis| axis.size).product();
                groups.push(Group { axes: count as u8, vector: self.vector(size, &mut coordinates) });
                axes = rest;
            }
        }
        for _ in 0..self.below(3) {
            let size = 1 + self.below(5) as u32;
            let group = Group { axes: 0, vector: self.vector(size, &mut coordinates) };
            let at = self.below(groups.len() as u64 + 1) as usize;
            groups.insert(at, group);
        }
        let unit = [Unit::One, Unit::Gamma, Unit::Beta][self.below(3) as usize];
        Form { coefficient: self.stream.between(-4, 5).into(), unit, tensor: chosen, groups }
    }

    /// A random box within its region, or none where none was found.
    fn box_of_cells(&mut self) -> Option<u32> {
        let region = self.region(true);
        let room = match region {
            Region::Public => u64::from(self.circuit.public),
            _ => (self.circuit.rows_of(region) * self.circuit.row_size()) as u64,
        };
        for _ in 0..20 {
            let axes: Vec<(u32, u32)> = (0..self.below(5))
                .map(|_| {
                    let most = [4, 4, 4, 40][self.below(4) as usize];
                    let size = 1 + self.below(most) as u32;
                    let more = self.below(3) as u32;
                    (size, if self.chance(2) { size.next_power_of_two() } else { size + more })
                })
                .collect();
            let mut found = tensor(region, 0, &axes);
            found.base = self.below(40) << found.log_inner(self.circuit.log_row);
            if found.last_cell().is_some_and(|last| last < room) {
                self.circuit.tensors.push(found);
                return Some(self.circuit.tensors.len() as u32 - 1);
            }
        }
        None
    }

    fn vector(&mut self, size: u32, coordinates: &mut Coordinates) -> Vector {
        let factors = (0..self.below(3)).map(|_| self.factor(coordinates)).collect();
        Vector { size, factors }
    }

    fn factor(&mut self, coordinates: &mut Coordinates) -> Factor {
        let stream = &mut self.stream;
        let mut below = |n: u32| (stream.integer() % u64::from(n)) as u32;
        let (div, choice) = (1 + below(3), below(6));
        let [stride, dilation, offset] = [(); 3].map(|()| i64::from(below(7)) - 3);
        let (modulus, taps) = (1 + below(6), 1 + below(3));
        let (modulus, kind) = match choice {
            0..=2 => {
                let slice = match choice {
                    0 => coordinates.r(&mut self.stream),
                    _ => coordinates.rho(&mut self.stream),
                };
                (1 + self.below(1 << slice.len) as u32, Kind::Eq(slice))
            }
            3 => {
                let slice = coordinates.r(&mut self.stream);
                let to = self.below((1 << slice.len) + 1) as u32;
                let from = self.below(u64::from(to) + 1) as u32;
                (modulus, Kind::Affine { slice, from, to, taps, stride, dilation, offset })
            }
            4 if coordinates.rho.is_some() => {
                let (output, input) = (coordinates.r(&mut self.stream), coordinates.rho(&mut self.stream));
                let [outputs, inputs] = [output, input].map(|slice| self.below((1 << slice.len) + 1) as u32);
                (modulus, Kind::Window { output, input, outputs, inputs, stride, dilation, offset })
            }
            _ => {
                let constants = (0..modulus).map(|_| i128::from(self.stream.integer() as i64)).collect();
                (modulus, Kind::Constants(constants))
            }
        };
        Factor { div, ..factor(modulus, kind) }
    }
}

fn form(tensor: Option<u32>, groups: &[Group]) -> Form {
    super::circuits::form(1, tensor, groups)
}

/// How the hooks are set for a seed: log2 of the longest tables that are written down, and that a device leaves to the
/// processor, entries of its pieces, most cells of written helpers.
pub fn limits(seed: u64) -> Hooks {
    let mut stream = Stream(!seed);
    let written = (stream.integer() & 3 != 0).then(|| stream.between(0, 11) as usize);
    let written_helpers = (stream.integer() & 1 != 0).then_some(0);
    let short = Some(stream.between(0, 6) as usize);
    let unit = Some(stream.between(1, 40) as usize);
    Hooks { written, short, unit, written_helpers, ..Hooks::default() }
}
