//! Lookups by sums of inverses (LogUp; Haboeck, "Multivariate lookups based on logarithmic derivatives", 2022).
//!
//! With multiplicities n_k and gamma drawn after them, all values lie in the table iff
//! sum over values 1 / (gamma + value) = sum over entries n_k / (gamma + key_k). Both sides are committed cells; the
//! left one's are helpers h, b values each, the right one's are *sums*.

use zkattest_circuit::ir::{Axis, Factor, Form, Group, Kind, Point, Region, Table, Unit, Vector};
use zkattest_circuit::lookup::{FunctionLookup, RangeLookup};

use crate::builder::{Builder, number, selected, sum_of};
use crate::error::CompileError;
use crate::frame::{Map, Operand, Part, parts};
use crate::storage;
use crate::value::Value;

#[cfg(test)]
mod tests;

/// Rows whose cells are looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rows {
    pub region: Region,
    pub first: u32,
    pub count: u32,
    /// Added to each cell.
    pub offset: i64,
    /// log2 of the table: values 0 to 2^bits - 1.
    pub bits: u8,
    /// Lookups per helper cell.
    pub columns: u8,
}

/// Forms of one range lookup's functionals.
struct Columns {
    /// eq(r, rho) over rows; factors on the lookup row and on the cell within it.
    row: Vec<Part>,
    cell: Vec<Part>,
    row_r: Vec<Part>,
    cell_r: Vec<Part>,
    variables: u8,
}

impl Builder<'_> {
    /// All cells of `rows` lie in a range table (`RangeLookup`).
    pub fn range_lookup(&mut self, rows: Rows) -> Result<(), CompileError> {
        let log_row = self.options.log_row;
        let size = 1u32 << log_row;
        let columns = u32::from(rows.columns).min(rows.count);
        let lookup_rows = rows.count.div_ceil(columns);
        let table = self.table(Table { bits: rows.bits, low: 0, images: None });
        let exact = |size| Axis { size, allotted: size };
        let helper = self.tensor(Region::Helper, vec![exact(lookup_rows), exact(size)]);
        let (counts, sums) = self.table_sums(table, rows.bits);

        let (mut r, mut rho) = (0, 0);
        let at = Columns {
            row: parts(Point::Rho, &mut rho, &[lookup_rows]),
            cell: parts(Point::Rho, &mut rho, &[size]),
            row_r: parts(Point::R, &mut r, &[lookup_rows]),
            cell_r: parts(Point::R, &mut r, &[size]),
            variables: rho,
        };
        self.reserve(r);
        let mut functionals = Vec::new();
        for column in 0..columns {
            let count = (rows.count - column).div_ceil(columns);
            let cells = self
                .tensor(rows.region, vec![exact(count), Axis { size: 1, allotted: columns }, exact(size)]);
            let base = u64::from(rows.first + column) << log_row;
            self.circuit.tensors[cells as usize].base = base;
            let mut forms = vec![scalar(1, Unit::Gamma, Vec::new())];
            if rows.offset != 0 {
                forms.push(scalar(i128::from(rows.offset), Unit::One, Vec::new()));
            }
            forms.push(at.form(cells, count, size, false));
            let value = self.functional(at.variables, forms);
            let first = (column == 0).then(|| {
                let mut forms = vec![scalar(1, Unit::Gamma, at.kernel(lookup_rows, size))];
                if rows.offset != 0 {
                    forms.push(scalar(i128::from(rows.offset), Unit::One, at.kernel(lookup_rows, size)));
                }
                forms.push(at.form(cells, count, size, true));
                self.functional(at.variables, forms)
            });
            functionals.push((value, first));
        }
        let form = at.helper(helper, lookup_rows, size);
        let eq_helper = self.functional(at.variables, vec![form]);
        let eq = self.functional(at.variables, vec![scalar(1, Unit::One, at.kernel(lookup_rows, size))]);
        let eq_first = functionals.first().and_then(|(_, first)| *first).ok_or(CompileError::TooLarge)?;
        let columns: Vec<u32> = functionals.iter().map(|(value, _)| *value).collect();
        self.inverses(eq_helper, eq, eq_first, &columns);
        self.balance(helper, sums);
        let Rows { region, first: first_row, count: rows, offset, .. } = rows;
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
            eq,
            eq_first,
            columns,
        });
        Ok(())
    }

    /// eq h prod A_j = (eq A_1) sum_(j > 1) prod_(i > 1, i != j) A_i + eq prod_(j > 1) A_j.
    fn inverses(&mut self, eq_helper: u32, eq: u32, eq_first: u32, columns: &[u32]) {
        let statement = self.statement("inverses");
        let rest = &columns[1..];
        self.term(statement, 1, [&[eq_helper], columns].concat());
        for skipped in 0..rest.len() {
            let others = rest.iter().enumerate().filter(|(index, _)| *index != skipped);
            let factors = std::iter::once(eq_first).chain(others.map(|(_, column)| *column)).collect();
            self.term(statement, -1, factors);
        }
        self.term(statement, -1, [&[eq], rest].concat());
    }

    /// Multiplicities and sums of a table, with sums (gamma + key + beta image) = multiplicities for each entry.
    fn table_sums(&mut self, table: u32, bits: u8) -> (u32, u32) {
        let log_row = self.options.log_row;
        let exact = |bits: u8| Axis { size: 1 << bits, allotted: 1 << bits };
        let axes =
            if bits <= log_row { vec![exact(bits)] } else { vec![exact(bits - log_row), exact(log_row)] };
        let sizes: Vec<u32> = axes.iter().map(|axis| axis.size).collect();
        let counts = self.tensor(Region::Counts, axes.clone());
        let sums = self.tensor(Region::Helper, axes);
        let mut r = 0;
        let at = parts(Point::R, &mut r, &sizes);
        self.reserve(r);
        let entry = |tensor: u32, coefficient: i128, unit: Unit, extra: Option<(usize, u32)>| {
            let mut groups: Vec<Group> = at.iter().map(|part| axis_group(part.size, &[*part])).collect();
            if let Some((axis, bit)) = extra {
                // the bit of the key, as a function of the index
                let kind = Kind::Constants(vec![0, 1]);
                groups[axis].vector.factors.push(Factor { div: 1 << bit, modulus: 2, kind });
            }
            Form { coefficient, unit, tensor: Some(tensor), groups }
        };
        let statement = self.statement("table");
        let mut forms = vec![entry(counts, -1, Unit::One, None)];
        let images = self.circuit.tables[table as usize].images.is_some();
        if sizes.len() == 1 || images {
            // key and image are a factor of one vector over all entries
            let eq = at.iter().scan(1u32 << bits, |div, part| {
                *div /= part.size;
                Some(Factor { div: *div, modulus: part.size, kind: Kind::Eq(part.slice) })
            });
            let key = Factor { div: 1, modulus: 1 << bits, kind: Kind::Table(table) };
            let vector = Vector { size: 1 << bits, factors: eq.chain([key]).collect() };
            let group = Group { axes: if sizes.len() == 1 { 1 } else { 2 }, vector };
            forms.push(Form { coefficient: 1, unit: Unit::One, tensor: Some(sums), groups: vec![group] });
        } else {
            // the keys 0, 1, .. are the sum of their bits: no vector is as long as the table
            forms.push(entry(sums, 1, Unit::Gamma, None));
            for bit in 0..u32::from(bits) {
                let low = u32::from(log_row);
                let place = if bit < low { (1, bit) } else { (0, bit - low) };
                forms.push(entry(sums, 1 << bit, Unit::One, Some(place)));
            }
        }
        self.right(statement, forms);
        (counts, sums)
    }

    /// The sum of the helpers is that of the table's sums.
    fn balance(&mut self, helper: u32, sums: u32) {
        let statement = self.statement("balance");
        let form = |builder: &Self, tensor: u32, coefficient: i128| {
            let axes = &builder.circuit.tensors[tensor as usize].axes;
            let groups = axes.iter().map(|axis| axis_group(axis.size, &[])).collect();
            Form { coefficient, unit: Unit::One, tensor: Some(tensor), groups }
        };
        let forms = vec![form(self, helper, 1), form(self, sums, -1)];
        self.right(statement, forms);
    }

    /// Pairs (x, y) lie in the table of a function (`FunctionLookup`); `low` is its first key. x and y follow one
    /// another axis by axis.
    pub fn function_lookup(
        &mut self,
        x: Value,
        y: Value,
        low: i64,
        images: Vec<i32>,
    ) -> Result<(), CompileError> {
        let bits = storage::bits(number(images.len()));
        let table = self.table(Table { bits, low, images: Some(images) });
        let shape = y.shape();
        let helper = self.store(Region::Helper, 0, &shape)?;
        let (counts, sums) = self.table_sums(table, bits);
        let maps: Vec<Map> = (0..shape.len()).map(Map::Same).collect();
        let mut operands = [helper, x, y].map(|value| Operand { value, maps: maps.clone() });
        let frame = self.fit(&shape, 0, &mut operands)?;
        let mut variables = 0;
        let rho: Vec<Vec<Part>> = frame
            .axes
            .iter()
            .map(|axis| {
                let sizes: Vec<u32> = axis.iter().map(|part| part.size).collect();
                parts(Point::Rho, &mut variables, &sizes)
            })
            .collect();
        let pull = |builder: &Self, value: &Value, tied: bool| {
            let mut factors = Vec::new();
            for (axis, digits) in value.digits.iter().enumerate() {
                let extra: &[Part] = if tied { &frame.axes[axis] } else { &[] };
                factors.push(selected(digits, &rho[axis], extra)?);
            }
            builder.forms(value, &factors, &[], 1)
        };
        let [helper, x, y] = &operands;
        let forms = pull(self, &helper.value, true)?;
        let helper = helper.value.stored.as_ref().map_or(0, |stored| stored.tensor);
        let eq_helper = self.functional(variables, forms);
        let mut forms = vec![scalar(1, Unit::Gamma, Vec::new())];
        forms.extend(pull(self, &x.value, false)?);
        forms.extend(pull(self, &y.value, false)?.into_iter().map(|form| Form { unit: Unit::Beta, ..form }));
        let denominator = self.functional(variables, forms);
        let statement = self.statement("function");
        self.term(statement, 1, vec![eq_helper, denominator]);
        let ones = frame.axes.iter().flatten().map(|part| sum_of(part.size, vec![Kind::Eq(part.slice)]));
        self.right(statement, vec![scalar(1, Unit::One, ones.collect())]);
        self.balance(helper, sums);
        self.lookups.functions.push(FunctionLookup { table, counts, sums, helper, eq_helper, denominator });
        Ok(())
    }
}

impl Columns {
    /// eq(r, rho) over the real lookup rows, as scalars.
    fn kernel(&self, rows: u32, size: u32) -> Vec<Group> {
        let kinds = |a: &[Part], b: &[Part]| a.iter().chain(b).map(|part| Kind::Eq(part.slice)).collect();
        vec![sum_of(rows, kinds(&self.row, &self.row_r)), sum_of(size, kinds(&self.cell, &self.cell_r))]
    }

    /// A column's cells at rho; with `tied` times eq(r).
    fn form(&self, tensor: u32, count: u32, size: u32, tied: bool) -> Form {
        let mut groups = self.groups(count, size, tied);
        groups.insert(1, axis_group(1, &[]));
        Form { coefficient: 1, unit: Unit::One, tensor: Some(tensor), groups }
    }

    /// The helpers at rho times eq(r).
    fn helper(&self, tensor: u32, rows: u32, size: u32) -> Form {
        Form { coefficient: 1, unit: Unit::One, tensor: Some(tensor), groups: self.groups(rows, size, true) }
    }

    fn groups(&self, rows: u32, size: u32, tied: bool) -> Vec<Group> {
        let kinds = |a: &[Part], b: &[Part]| if tied { [a, b].concat() } else { a.to_vec() };
        vec![
            axis_group(rows, &kinds(&self.row, &self.row_r)),
            axis_group(size, &kinds(&self.cell, &self.cell_r)),
        ]
    }
}

/// One axis with eq factors.
fn axis_group(size: u32, parts: &[Part]) -> Group {
    let factors =
        parts.iter().map(|part| Factor { div: 1, modulus: size, kind: Kind::Eq(part.slice) }).collect();
    Group { axes: 1, vector: Vector { size, factors } }
}

/// coefficient * unit * the sums of `groups`.
fn scalar(coefficient: i128, unit: Unit, groups: Vec<Group>) -> Form {
    Form { coefficient, unit, tensor: None, groups }
}
