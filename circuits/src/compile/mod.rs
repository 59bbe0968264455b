//! The whole circuit: input, nodes, output, lookups; and the circuit that registers a model.

use zkattest_circuit::ir::{Axis, Circuit, Region, Tensor};
use zkattest_circuit::lookup::Lookups;

use crate::architecture::Architecture;
use crate::builder::{Builder, number};
use crate::data_set::committed;
use crate::error::CompileError;
use crate::frame::{Map, Operand};
use crate::lookups::Rows;
use crate::model::ModelLayout;
use crate::operators;
use crate::options::{MOST_COLUMNS, Options};
use crate::rescale::{add_limbs, limbs};
use crate::score::{Score, Scored};
use crate::stats::Stats;
use crate::storage;
use crate::value::{Source, Stored, Value, whole};
use crate::widen::widen;
use crate::witness::Fill;

#[cfg(test)]
mod tests;

/// A function lookup's keys are its node's inputs less `low`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FunctionKeys {
    pub node: usize,
    pub source: Source,
    pub low: i64,
}

/// What a statement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label {
    /// Node; none for input, output and lookups.
    pub node: Option<usize>,
    /// Constraint, as the operators' pages name it.
    pub name: &'static str,
}

/// A circuit for an architecture, with all that a prover needs to fill it.
#[derive(Debug)]
pub struct Compiled {
    /// What an inference proof proves.
    pub circuit: Circuit,
    /// Its lookups.
    pub lookups: Lookups,
    /// What a registration proof proves: every constant is inside its declared width.
    pub registration: Circuit,
    /// Its lookups.
    pub registration_lookups: Lookups,
    /// Where constants lie.
    pub model: ModelLayout,
    /// Axes of the input's tensor in Region::Data.
    pub data_axes: Vec<Axis>,
    /// Likewise the output's in Region::Output; empty where the output is public.
    pub output_axes: Vec<Axis>,
    /// As given.
    pub options: Options,
    /// What each statement of `circuit` says, for messages.
    pub labels: Vec<Label>,
    /// Tensors as they were stored, which fills refer to; the circuit may have wider views of them.
    pub(crate) stored: Vec<Tensor>,
    pub(crate) fills: Vec<Fill>,
    pub(crate) functions: Vec<FunctionKeys>,
    /// Range and number of elements of the input.
    pub(crate) input: (i64, i64, usize),
    pub(crate) output_node: usize,
    pub(crate) score: Option<Scored>,
    /// Stored tensors of Region::Data: x, and those that a score reads.
    pub(crate) data: Vec<u32>,
}

impl Compiled {
    /// Shape in which inputs are committed to, row-major over the sample and the model's axes: elements, and the box of cells
    /// that they are in the first corner of. Without padding the commitment pads the last axis itself.
    pub fn data_shape(&self) -> (Vec<u64>, Vec<u64>) {
        committed(&self.data_axes, &self.options)
    }

    /// Shapes and boxes of all tensors of the data rows, the inputs first.
    pub fn data_shapes(&self) -> Vec<(Vec<u64>, Vec<u64>)> {
        let tensors = self.data.iter().map(|tensor| &self.stored[*tensor as usize]);
        tensors.map(|tensor| committed(&tensor.axes, &self.options)).collect()
    }

    /// Likewise of private outputs.
    pub fn output_shape(&self) -> (Vec<u64>, Vec<u64>) {
        committed(&self.output_axes, &self.options)
    }

    /// Sizes and estimates.
    pub fn stats(&self) -> Stats {
        Stats::of(self)
    }

    /// Whether rows have room for the masks.
    pub(crate) fn fits(&self) -> bool {
        has_room(&self.circuit) && has_room(&self.registration)
    }
}

/// Whether a circuit's rows have room for its masks.
pub(crate) fn has_room(circuit: &Circuit) -> bool {
    circuit.mask_layout().pads.end <= circuit.mask_room()
}

/// Compile an architecture. `tables`: for each sigmoid or tanh node, in order of nodes, its accumulator for every input
/// from lowest to highest.
///
/// # Errors
/// Malformed architectures, tables and options, rows that are too small, circuits that are too large.
pub fn compile(
    architecture: &Architecture,
    tables: &[Vec<i32>],
    options: &Options,
) -> Result<Compiled, CompileError> {
    compile_scored(architecture, tables, options, None)
}

/// [`compile`], with a score instead of outputs where one is given. The batch is then the capacity of a shard, whose features
/// are private and not range-checked here: its registration proved their range.
///
/// # Errors
/// As of [`compile`]; a score that does not fit the model; options other than private inputs and public integers.
pub fn compile_scored(
    architecture: &Architecture,
    tables: &[Vec<i32>],
    options: &Options,
    score: Option<&Score>,
) -> Result<Compiled, CompileError> {
    architecture.validate()?;
    options.validate()?;
    if score.is_some() && (options.input_public || !options.output_public) {
        return Err(CompileError::Option { name: if options.input_public { "input" } else { "output" } });
    }
    let compiled = assemble(architecture, tables, options, score)?;
    if !compiled.fits() {
        for log_row in options.log_row + 1..=28 {
            let larger = assemble(architecture, tables, &Options { log_row, ..*options }, score)?;
            if larger.fits() {
                return Err(CompileError::RowTooSmall { found: options.log_row, least: log_row });
            }
        }
        return Err(CompileError::TooLarge);
    }
    compiled.circuit.validate()?;
    compiled.registration.validate()?;
    Ok(compiled)
}

/// Compile without the checks on sizes.
pub(crate) fn assemble(
    architecture: &Architecture,
    tables: &[Vec<i32>],
    options: &Options,
    score: Option<&Score>,
) -> Result<Compiled, CompileError> {
    let functions = architecture.nodes.iter().filter(|node| operators::is_function(&node.op));
    let lengths: Vec<usize> = functions.map(|node| 1 << architecture.tensors[node.inputs[0]].bits).collect();
    if !lengths.iter().copied().eq(tables.iter().map(Vec::len)) {
        let expected = lengths.len();
        return Err(CompileError::Tables { expected, found: tables.len() });
    }
    let mut builder = Builder::new(architecture, *options, tables.to_vec());
    let data = builder.input(score.is_some())?;
    let data_axes = builder.axes_of(&data);
    let bits = architecture.tensors[0].bits;
    let labels = score.map(|score| builder.labels(&score.labels, bits)).transpose()?;
    let model = builder.constants()?;
    let mut functions = Vec::new();
    for node in 0..architecture.nodes.len() {
        if score.is_some() && is_left_out(architecture, node) {
            break;
        }
        builder.node = Some(node);
        let value = operators::build(&mut builder, node)?;
        if operators::is_function(&architecture.nodes[node].op) {
            let input = architecture.nodes[node].inputs[0];
            let source = builder.values[input].source;
            functions.push(FunctionKeys { node, source, low: architecture.tensors[input].low() });
        }
        builder.values.push(value);
    }
    builder.node = None;
    let mut output_axes = Vec::new();
    let scored = match score.zip(labels.as_ref()) {
        Some((score, labels)) => Some(builder.score(score, labels)?),
        None => {
            output_axes = builder.result()?;
            None
        }
    };
    builder.finish()?;
    let stored = builder.circuit.tensors.clone();
    if options.padded {
        widen(&mut builder.circuit, &mut builder.lookups);
    }
    let mut tensors: Vec<u32> = data.stored.iter().map(|stored| stored.tensor).collect();
    tensors.extend(scored.iter().flat_map(|scored| &scored.tensors));
    let registration = register(architecture, &model, options)?;
    let input = &architecture.tensors[0];
    Ok(Compiled {
        circuit: builder.circuit,
        lookups: builder.lookups,
        registration: registration.circuit,
        registration_lookups: registration.lookups,
        model,
        data_axes,
        output_axes,
        options: *options,
        labels: builder.labels,
        stored,
        fills: builder.fills,
        functions,
        input: (input.low(), input.high(), input.elements()),
        score: scored,
        data: tensors,
        output_node: architecture.output - 1 - architecture.constants,
    })
}

/// Whether a score leaves node `node` out: the last, an argmax that makes the output. The score has its own.
fn is_left_out(architecture: &Architecture, node: usize) -> bool {
    let last = node + 1 == architecture.nodes.len() && architecture.output_of(node) == architecture.output;
    last && architecture.nodes[node].op == "argmax"
}

/// The registration circuit: every cell of the model's rows is in the range of its row's group. It has as many lookups
/// to a helper cell as the masks have room for: there are none but lookups to prove, and helpers are what they cost.
fn register<'a>(
    architecture: &'a Architecture,
    model: &ModelLayout,
    options: &Options,
) -> Result<Builder<'a>, CompileError> {
    let mut columns = MOST_COLUMNS;
    loop {
        let builder = register_with(architecture, model, options, columns)?;
        if has_room(&builder.circuit) || columns == 1 {
            return Ok(builder);
        }
        columns -= 1;
    }
}

fn register_with<'a>(
    architecture: &'a Architecture,
    model: &ModelLayout,
    options: &Options,
    columns: u8,
) -> Result<Builder<'a>, CompileError> {
    let mut builder = Builder::new(architecture, *options, Vec::new());
    builder.circuit.rows[Region::Model as usize] = model.rows;
    for (bits, first, count) in &model.groups {
        builder.range_lookup(Rows {
            region: Region::Model,
            first: *first,
            count: *count,
            offset: 1 << (bits - 1),
            bits: *bits,
            columns,
        })?;
    }
    builder.finish()?;
    Ok(builder)
}

impl Builder<'_> {
    /// Cells of the input in the data rows, whose range nothing here proves.
    pub fn features(&mut self) -> Result<Value, CompileError> {
        let spec = &self.architecture.tensors[0];
        let mut sizes = vec![self.options.batch];
        sizes.extend(&spec.shape);
        let cells = self.store(Region::Data, 0, &sizes)?;
        Ok(Value { low: spec.low(), high: spec.high(), source: Source::Input, ..cells })
    }

    /// The input: signed cells in the data rows, tied to the declared range by limbs x - low (and high - x, where the
    /// range is not what the limbs span); not of `registered` data, whose range is proved already.
    fn input(&mut self, registered: bool) -> Result<Value, CompileError> {
        let data = self.features()?;
        if registered {
            self.values.push(data.clone());
            return Ok(data);
        }
        let (low, high, sizes) = (data.low, data.high, data.shape());
        let span = i128::from(high) - i128::from(low);
        let limb = self.limb();
        let count = limbs(span, limb);
        let exact = span + 1 == 1 << (limb * count);
        let cells = self.store(Region::Witness, if exact { count } else { 2 * count }, &sizes)?;
        // x - low, then high - x
        let (value, rest) = (0..count, (!exact).then_some(count..2 * count));
        let mut limbs = cells.with(cells.weights.clone(), i128::from(low));
        add_limbs(&mut limbs.weights, &value, 1, limb);
        self.equal("input", &limbs, &data, -1)?;
        if let Some(rest) = &rest {
            let mut limbs = cells.with(cells.weights.clone(), -i128::from(high));
            add_limbs(&mut limbs.weights, rest, 1, limb);
            self.equal("input", &limbs, &data, 1)?;
        }
        if let Some(stored) = &cells.stored {
            self.fills.push(Fill::new(None, stored.tensor, move |trace, cells| {
                (trace.input.len() == cells.elements()).then_some(())?;
                for (element, input) in trace.input.iter().enumerate() {
                    cells.limbs(&value, element, i128::from(input - low))?;
                    if let Some(rest) = &rest {
                        cells.limbs(rest, element, i128::from(high - input))?;
                    }
                }
                Some(())
            }));
        }
        self.values.push(data.clone());
        Ok(data)
    }

    /// The statement left + sign * right = 0 for every element; both have the same logical axes.
    pub fn equal(
        &mut self,
        name: &'static str,
        left: &Value,
        right: &Value,
        sign: i128,
    ) -> Result<(), CompileError> {
        let shape = left.shape();
        let maps: Vec<Map> = (0..shape.len()).map(Map::Same).collect();
        let mut operands = [left, right].map(|value| Operand { value: value.clone(), maps: maps.clone() });
        let frame = self.fit(&shape, 0, &mut operands)?;
        let statement = self.statement(name);
        self.linear(statement, 1, &operands[0], &frame)?;
        self.linear(statement, sign, &operands[1], &frame)
    }

    /// A copy of an activation: limbs of value - low, as logical axes of one digit each.
    pub fn copied(&mut self, value: &Value) -> Result<Value, CompileError> {
        if let Some((_, copy)) = self.copies.iter().find(|(of, _)| of == value) {
            return Ok(copy.clone());
        }
        let copy = self.stored_limbs(value, true)?;
        self.copies.push((value.clone(), copy.clone()));
        self.equal("copy", &copy, value, -1)?;
        Ok(copy)
    }

    /// Cells for value - low, which nothing ties to the value yet.
    pub fn limbs_of(&mut self, value: &Value) -> Result<Value, CompileError> {
        self.stored_limbs(value, false)
    }

    /// [`Self::limbs_of`]; with `whole` no logical axis is cut.
    fn stored_limbs(&mut self, value: &Value, whole: bool) -> Result<Value, CompileError> {
        let (low, high, source) = (value.low, value.high, value.source);
        let limb = self.limb();
        let count = limbs(i128::from(high) - i128::from(low), limb).max(1);
        let mut cells = self.store_as(Region::Witness, count, &value.shape(), whole)?;
        add_limbs(&mut cells.weights, &(0..count), 1, limb);
        let stored = cells.stored.as_ref().map_or(0, |stored| stored.tensor);
        let node = if let Source::Node(node) = source { Some(node) } else { None };
        self.fills.push(Fill::new(node, stored, move |trace, cells| {
            let values = trace.of(source)?;
            (values.len() == cells.elements()).then_some(())?;
            for (element, value) in values.iter().enumerate() {
                cells.limbs(&(0..count), element, i128::from(*value) - i128::from(low))?;
            }
            Some(())
        }));
        Ok(Value { constant: i128::from(low), low, high, source, ..cells })
    }

    /// The output equals public integers, or committed cells, whose axes are returned; the input equals public integers
    /// where that is asked for.
    fn result(&mut self) -> Result<Vec<Axis>, CompileError> {
        let output = self.values[self.architecture.output].clone();
        let input = self.values[0].clone();
        let mut axes = Vec::new();
        if self.options.output_public {
            let public = self.public(&output.shape())?;
            self.equal("output", &output, &public, -1)?;
        } else {
            let cells = self.store(Region::Output, 0, &output.shape())?;
            axes = self.axes_of(&cells);
            self.equal("output", &output, &cells, -1)?;
        }
        if self.options.input_public {
            let public = self.public(&input.shape())?;
            self.equal("public input", &input, &public, -1)?;
        }
        Ok(axes)
    }

    /// Axes of a value's box.
    pub fn axes_of(&self, value: &Value) -> Vec<Axis> {
        let stored = value.stored.as_ref().map(|stored| stored.tensor as usize);
        stored.map(|tensor| self.circuit.tensors[tensor].axes.clone()).unwrap_or_default()
    }

    /// The next public integers, row-major.
    pub fn public(&mut self, shape: &[u32]) -> Result<Value, CompileError> {
        let sizes: Vec<u32> = shape.iter().copied().filter(|size| *size > 1).collect();
        let tensor = self
            .tensor(Region::Public, sizes.iter().map(|size| Axis { size: *size, allotted: *size }).collect());
        self.circuit.tensors[tensor as usize].base = u64::from(self.circuit.public);
        let elements = sizes.iter().try_fold(1u32, |count, size| count.checked_mul(*size));
        let end = elements.and_then(|count| self.circuit.public.checked_add(count));
        self.circuit.public = end.ok_or(CompileError::TooLarge)?;
        let mut axis = 0;
        let digits = shape.iter().map(|size| {
            let digits = whole(*size, axis);
            axis += digits.len();
            digits
        });
        let digits = digits.collect();
        Ok(Value {
            stored: Some(Stored { tensor, slots: 0, axes: sizes }),
            weights: Vec::new(),
            constant: 0,
            low: i64::MIN,
            high: i64::MAX,
            digits,
            source: Source::None,
        })
    }

    /// Place all tensors; range-check the witness.
    fn finish(&mut self) -> Result<(), CompileError> {
        self.place(Region::Data)?;
        self.place(Region::Output)?;
        let rows = self.place(Region::Witness)?;
        if rows > 0 {
            self.range_lookup(Rows {
                region: Region::Witness,
                first: 0,
                count: rows,
                offset: 0,
                bits: self.options.limb_bits,
                columns: self.options.columns,
            })?;
        }
        self.place(Region::Counts)?;
        self.place(Region::Helper)?;
        Ok(())
    }

    /// Place the tensors of a region; number of rows.
    pub fn place(&mut self, region: Region) -> Result<u32, CompileError> {
        let tensors = &mut self.circuit.tensors;
        let indices: Vec<u32> =
            (0..tensors.len()).filter(|index| tensors[*index].region == region).map(number).collect();
        let cells = storage::place(tensors, &indices, 0, self.options.log_row)?;
        let rows =
            u32::try_from(cells.div_ceil(1 << self.options.log_row)).map_err(|_| CompileError::TooLarge)?;
        self.circuit.rows[region as usize] = rows;
        Ok(rows)
    }
}
