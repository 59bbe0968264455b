//! The circuit that registers a shard. See `README.md`.

use zkattest_circuit::ir::{Axis, Circuit, Region};
use zkattest_circuit::lookup::Lookups;

use super::{DataSpec, committed};
use crate::architecture::{Architecture, Spec};
use crate::builder::Builder;
use crate::compile::{Label, has_room};
use crate::error::CompileError;
use crate::frame::{Map, Operand};
use crate::lookups::Rows;
use crate::options::{MOST_COLUMNS, Options};
use crate::storage;
use crate::value::Value;
use crate::widen::widen;

/// The circuit that registers a shard, and where its tensors lie.
#[derive(Debug)]
pub struct DataCircuit {
    /// What a registration proof proves; its public integer is the number of labelled rows.
    pub circuit: Circuit,
    /// Its lookups.
    pub lookups: Lookups,
    /// What each statement says.
    pub labels: Vec<Label>,
    /// Row size and boxes.
    pub options: Options,
    spec: DataSpec,
    /// First cell and axes of x, y in regression, l0, l1, ..
    pub(super) tensors: Vec<(u64, Vec<Axis>)>,
}

/// Compile the circuit that registers a shard in rows of 2^`log_row` cells.
///
/// # Errors
/// Rows that are too small, sizes that are too large.
pub fn compile_data(spec: &DataSpec, log_row: u8, padded: bool) -> Result<DataCircuit, CompileError> {
    let fits = |log_row: u8| {
        (1..=MOST_COLUMNS)
            .rev()
            .map(|columns| assemble(spec, log_row, padded, columns))
            .find(|compiled| compiled.as_ref().map_or(true, |compiled| has_room(&compiled.circuit)))
    };
    // helpers are what the proof costs: as many lookups to a cell as the masks have room for
    let compiled = match fits(log_row) {
        Some(compiled) => compiled?,
        None => {
            let larger = (log_row + 1..=28).find(|log_row| matches!(fits(*log_row), Some(Ok(_))));
            return Err(match larger {
                Some(least) => CompileError::RowTooSmall { found: log_row, least },
                None => CompileError::TooLarge,
            });
        }
    };
    compiled.circuit.validate()?;
    Ok(compiled)
}

fn assemble(spec: &DataSpec, log_row: u8, padded: bool, columns: u8) -> Result<DataCircuit, CompileError> {
    let options = Options { log_row, columns, padded, batch: spec.capacity, ..Options::default() };
    options.validate()?;
    // a builder is an architecture's: of this one only the input exists
    let features = Spec { shape: spec.features.clone(), bits: spec.bits, scale: 0 };
    let architecture = Architecture { tensors: vec![features], constants: 0, nodes: Vec::new(), output: 0 };
    let mut builder = Builder::new(&architecture, options, Vec::new());
    let x = builder.features()?;
    let labels = builder.labels(&spec.labels, spec.bits)?;
    let values: Vec<&Value> = std::iter::once(&x).chain(&labels.target).chain(&labels.columns).collect();
    let indices: Vec<usize> = values
        .iter()
        .filter_map(|value| value.stored.as_ref())
        .map(|stored| stored.tensor as usize)
        .collect();
    for column in &labels.columns {
        builder.bits(column)?;
    }
    builder.one_class(&labels.columns[0])?;
    for column in &labels.columns[1..] {
        builder.groups(column, &labels.columns[0])?;
    }
    builder.labelled(&labels.columns[0])?;
    let rows = builder.place(Region::Data)?;
    builder.range_lookup(Rows {
        region: Region::Data,
        first: 0,
        count: rows,
        offset: 1 << (spec.bits - 1),
        bits: spec.bits,
        columns,
    })?;
    builder.place(Region::Counts)?;
    builder.place(Region::Helper)?;
    let tensors = indices
        .iter()
        .map(|index| &builder.circuit.tensors[*index])
        .map(|tensor| (tensor.base, tensor.axes.clone()))
        .collect();
    if padded {
        widen(&mut builder.circuit, &mut builder.lookups);
    }
    Ok(DataCircuit {
        circuit: builder.circuit,
        lookups: builder.lookups,
        labels: builder.labels,
        options,
        spec: spec.clone(),
        tensors,
    })
}

impl Builder<'_> {
    /// v (1 - v) = 0 for each output of `shape`, with v an operand that follows them.
    fn boolean(&mut self, name: &'static str, shape: &[u32], operand: Operand) -> Result<(), CompileError> {
        let mut operands = [operand];
        let frame = self.fit(shape, 0, &mut operands)?;
        let [operand] = operands;
        let statement = self.statement(name);
        let rest = [(1, Operand::constant(1)), (-1, operand.clone())];
        self.multiply(statement, 1, &[&[(1, operand)], &rest], &frame)
    }

    /// Each cell of a tensor \[capacity, groups, classes\] is 0 or 1.
    fn bits(&mut self, column: &Value) -> Result<(), CompileError> {
        let value = column.by_stored_axes();
        let shape = value.shape();
        self.boolean("bit", &shape, Operand::same(value))
    }

    /// Each row of l0 sums to 0 or 1.
    fn one_class(&mut self, all: &Value) -> Result<(), CompileError> {
        let operand = Operand { value: all.clone(), maps: vec![Map::Same(0), Map::Sum, Map::Sum] };
        self.boolean("class", &[self.options.batch], operand)
    }

    /// A column's groups sum to l0, for each row and class.
    fn groups(&mut self, column: &Value, all: &Value) -> Result<(), CompileError> {
        let shape = all.shape();
        let maps = vec![Map::Same(0), Map::Sum, Map::Same(1)];
        let mut operands = [column, all].map(|value| Operand { value: value.clone(), maps: maps.clone() });
        let shape = [shape[0], shape[2]];
        let frame = self.fit(&shape, 0, &mut operands)?;
        let statement = self.statement("group");
        self.linear(statement, 1, &operands[0], &frame)?;
        self.linear(statement, -1, &operands[1], &frame)
    }

    /// The public integer is the sum of l0.
    fn labelled(&mut self, all: &Value) -> Result<(), CompileError> {
        let public = self.public(&[])?;
        let mut operands = [
            Operand { value: all.clone(), maps: vec![Map::Sum; 3] },
            Operand { value: public, maps: Vec::new() },
        ];
        let frame = self.fit(&[], 0, &mut operands)?;
        let statement = self.statement("labelled");
        self.linear(statement, 1, &operands[0], &frame)?;
        self.linear(statement, -1, &operands[1], &frame)
    }
}

impl DataCircuit {
    /// Shape and box of each tensor.
    pub fn shapes(&self) -> Vec<(Vec<u64>, Vec<u64>)> {
        self.tensors.iter().map(|(_, axes)| committed(axes, &self.options)).collect()
    }

    /// The data rows, rows * m cells. `tensors`: flattened row-major, in order.
    ///
    /// # Errors
    /// Another number of tensors, or one of another length or with an integer beyond the declared width.
    pub fn cells(&self, tensors: &[&[i64]]) -> Result<Vec<i16>, CompileError> {
        if tensors.len() != self.tensors.len() {
            return Err(CompileError::Data { tensor: tensors.len().min(self.tensors.len()) });
        }
        let mut cells = vec![0i16; self.circuit.rows_of(Region::Data) << self.circuit.log_row];
        let limit = 1i64 << (self.spec.bits - 1);
        for (tensor, (values, (base, axes))) in tensors.iter().zip(&self.tensors).enumerate() {
            let fail = CompileError::Data { tensor };
            let places = storage::offsets(axes);
            if values.len() != places.len() || values.iter().any(|value| !(-limit..limit).contains(value)) {
                return Err(fail);
            }
            let base = usize::try_from(*base).map_err(|_| CompileError::TooLarge)?;
            for (place, value) in places.iter().zip(*values) {
                let cell = cells.get_mut(base + place).ok_or_else(|| fail.clone())?;
                *cell = i16::try_from(*value).map_err(|_| fail.clone())?;
            }
        }
        Ok(cells)
    }
}
