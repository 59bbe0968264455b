//! Grows a circuit: tensors, forms of operands, and the four kinds of summands that operators are made of.

use zkattest_circuit::ir::{
    Axis, Circuit, Factor, Form, Functional, Group, Kind, Point, ROW_REGIONS, Region, Slice, Statement,
    Table, Tensor, Term, Unit, Vector,
};
use zkattest_circuit::lookup::Lookups;

use crate::architecture::Architecture;
use crate::compile::Label;
use crate::error::CompileError;
use crate::frame::{Affine, Frame, Map, Operand, Part};
use crate::options::Options;
use crate::storage::{self, bits};
use crate::value::{Digit, Source, Stored, Value, refine, split, whole};
use crate::witness::Fill;

/// The circuit so far, with what a prover needs to fill it.
pub(crate) struct Builder<'a> {
    pub architecture: &'a Architecture,
    pub options: Options,
    pub circuit: Circuit,
    pub lookups: Lookups,
    /// What the statements are about.
    pub labels: Vec<Label>,
    /// The node at work.
    pub node: Option<usize>,
    /// Values of tensors by index in the architecture, so far.
    pub values: Vec<Value>,
    pub fills: Vec<Fill>,
    /// Copies made so far, and what they are of.
    pub copies: Vec<(Value, Value)>,
    /// Tables of function nodes that are still to come.
    pub images: std::vec::IntoIter<Vec<i32>>,
}

/// Factors on one digit.
pub(crate) type Factors = Vec<(Digit, Vec<Kind>)>;

impl<'a> Builder<'a> {
    /// Nothing yet.
    pub fn new(architecture: &'a Architecture, options: Options, images: Vec<Vec<i32>>) -> Self {
        let mut rows = [0; ROW_REGIONS];
        rows[Region::Mask as usize] = 2;
        let circuit = Circuit {
            log_row: options.log_row,
            r_len: 0,
            rows,
            public: 0,
            tables: Vec::new(),
            tensors: Vec::new(),
            functionals: Vec::new(),
            statements: Vec::new(),
            terms: Vec::new(),
        };
        Self {
            architecture,
            options,
            circuit,
            lookups: Lookups::default(),
            labels: Vec::new(),
            node: None,
            values: Vec::new(),
            fills: Vec::new(),
            copies: Vec::new(),
            images: images.into_iter(),
        }
    }

    /// T, bits of a limb.
    pub fn limb(&self) -> u32 {
        u32::from(self.options.limb_bits)
    }

    /// Statements use at least so many coordinates of r.
    pub fn reserve(&mut self, bits: u8) {
        self.circuit.r_len = self.circuit.r_len.max(bits);
    }

    /// A new statement without terms and forms: 0 = 0.
    pub fn statement(&mut self, name: &'static str) -> u32 {
        self.labels.push(Label { node: self.node, name });
        self.circuit.statements.push(Statement::default());
        number(self.circuit.statements.len() - 1)
    }

    /// Add to a statement's right side.
    pub fn right(&mut self, statement: u32, forms: Vec<Form>) {
        self.circuit.statements[statement as usize].forms.extend(forms);
    }

    /// A new tensor at cell 0.
    pub fn tensor(&mut self, region: Region, axes: Vec<Axis>) -> u32 {
        self.circuit.tensors.push(Tensor { region, base: 0, axes });
        number(self.circuit.tensors.len() - 1)
    }

    /// A new table.
    pub fn table(&mut self, table: Table) -> u32 {
        self.circuit.tables.push(table);
        number(self.circuit.tables.len() - 1)
    }

    /// A new functional.
    pub fn functional(&mut self, variables: u8, forms: Vec<Form>) -> u32 {
        self.circuit.functionals.push(Functional { variables, forms });
        number(self.circuit.functionals.len() - 1)
    }

    /// Add to a statement's left side.
    pub fn term(&mut self, statement: u32, coefficient: i128, factors: Vec<u32>) {
        self.circuit.terms.push(Term { statement, coefficient, factors });
    }

    /// Cells for a tensor of logical `sizes` (the sample axis first) with `slots` parts each.
    pub fn store(&mut self, region: Region, slots: u32, sizes: &[u32]) -> Result<Value, CompileError> {
        self.store_as(region, slots, sizes, false)
    }

    /// [`Self::store`]; with `whole` no logical axis is cut.
    pub fn store_as(
        &mut self,
        region: Region,
        slots: u32,
        sizes: &[u32],
        whole: bool,
    ) -> Result<Value, CompileError> {
        let (shape, axes) = storage::store(slots, sizes, &self.options, whole)?;
        let tensor = self.tensor(region, axes);
        Ok(Value {
            stored: Some(Stored { tensor, slots, axes: shape.axes }),
            weights: vec![0; slots as usize],
            constant: 0,
            low: 0,
            high: 0,
            digits: shape.digits,
            source: Source::None,
        })
    }

    /// Witness cells for `count` elements that are no samples' with `slots` parts each: one logical axis.
    pub fn store_flat(&mut self, slots: u32, count: u32) -> Result<Value, CompileError> {
        let axes = storage::flat(slots, count, &self.options)?;
        let tensor = self.tensor(Region::Witness, axes);
        let axes = if count > 1 { vec![count] } else { Vec::new() };
        Ok(Value {
            stored: Some(Stored { tensor, slots, axes }),
            weights: vec![0; slots as usize],
            constant: 0,
            low: 0,
            high: 0,
            digits: vec![whole(count, 0)],
            source: Source::None,
        })
    }

    /// Forms of coefficient * sum over the operand's elements of the factors * value, times `scalars`.
    /// `factors`: by logical axis.
    pub fn forms(
        &self,
        value: &Value,
        factors: &[Factors],
        scalars: &[Group],
        coefficient: i128,
    ) -> Result<Vec<Form>, CompileError> {
        let mut forms = Vec::new();
        if let Some(stored) = value
            .stored
            .as_ref()
            .filter(|stored| stored.slots == 0 || value.weights.iter().any(|weight| *weight != 0))
        {
            let mut coefficient = coefficient;
            let mut groups = Vec::new();
            if stored.slots == 1 {
                coefficient = coefficient.checked_mul(value.weights[0]).ok_or(CompileError::TooLarge)?;
                groups.push(Group { axes: 1, vector: Vector { size: 1, factors: Vec::new() } });
            } else if stored.slots > 1 {
                let kind = Kind::Constants(value.weights.clone());
                let factor = Factor { div: 1, modulus: stored.slots, kind };
                groups.push(Group { axes: 1, vector: Vector { size: stored.slots, factors: vec![factor] } });
            }
            for (axis, size) in stored.axes.iter().enumerate() {
                let mut vector = Vector { size: *size, factors: Vec::new() };
                for (digit, kinds) in factors.iter().flatten().filter(|(digit, _)| digit.axis == axis) {
                    vector.factors.extend(kinds.iter().map(|kind| Factor {
                        div: digit.div,
                        modulus: digit.size,
                        kind: kind.clone(),
                    }));
                }
                groups.push(Group { axes: 1, vector });
            }
            groups.extend_from_slice(scalars);
            forms.push(Form { coefficient, unit: Unit::One, tensor: Some(stored.tensor), groups });
        }
        if value.constant != 0 {
            let coefficient = coefficient.checked_mul(value.constant).ok_or(CompileError::TooLarge)?;
            let sums = factors.iter().flatten().map(|(digit, kinds)| Group {
                axes: 0,
                vector: Vector {
                    size: digit.size,
                    factors: kinds
                        .iter()
                        .map(|kind| Factor { div: 1, modulus: digit.size, kind: kind.clone() })
                        .collect(),
                },
            });
            let groups = sums.chain(scalars.iter().cloned()).collect();
            forms.push(Form { coefficient, unit: Unit::One, tensor: None, groups });
        }
        Ok(forms)
    }

    /// Add coefficient * (the operand, pulled back to the outputs) to a statement's right side. Output axes that the
    /// operand does not follow repeat it.
    pub fn linear(
        &mut self,
        statement: u32,
        coefficient: i128,
        operand: &Operand,
        frame: &Frame,
    ) -> Result<(), CompileError> {
        let mut factors = Vec::new();
        let mut scalars = Vec::new();
        for (digits, map) in operand.value.digits.iter().zip(&operand.maps) {
            let (found, scalar) = pulled(digits, map, frame)?;
            factors.push(found);
            scalars.extend(scalar);
        }
        for (axis, found) in frame.axes.iter().enumerate() {
            let follows = |map: &Map| match map {
                Map::Same(output) => *output == axis,
                Map::Affine(affine) => affine.axis == axis,
                _ => false,
            };
            if !operand.maps.iter().any(follows) {
                scalars.extend(found.iter().map(|part| sum_of(part.size, vec![Kind::Eq(part.slice)])));
            }
        }
        let forms = self.forms(&operand.value, &factors, &scalars, coefficient)?;
        self.right(statement, forms);
        Ok(())
    }

    /// The statement that left * right = 0 for every element; both are parts of one tensor's elements.
    pub fn exclusive(&mut self, name: &'static str, left: &Value, right: &Value) -> Result<(), CompileError> {
        let (left, right) = (left.by_stored_axes(), right.by_stored_axes());
        let shape = left.shape();
        let maps: Vec<Map> = (0..shape.len()).map(Map::Same).collect();
        let mut operands = [Operand { value: left, maps: maps.clone() }, Operand { value: right, maps }];
        let frame = self.fit(&shape, 0, &mut operands)?;
        let statement = self.statement(name);
        self.product(statement, 1, &operands[0], &operands[1], &frame)
    }

    /// The statement that a value is 0 for every element.
    pub fn vanishes(&mut self, name: &'static str, value: &Value) -> Result<(), CompileError> {
        let value = value.by_stored_axes();
        let shape = value.shape();
        let maps = (0..shape.len()).map(Map::Same).collect();
        let mut operands = [Operand { value, maps }];
        let frame = self.fit(&shape, 0, &mut operands)?;
        let statement = self.statement(name);
        self.linear(statement, 1, &operands[0], &frame)
    }
}

/// Factors on the digits of an axis that follows the output by `map`. An axis of size 1 has no digit: what would be its
/// factor is a scalar.
fn pulled(digits: &[Digit], map: &Map, frame: &Frame) -> Result<(Factors, Option<Group>), CompileError> {
    let kind = match map {
        Map::Same(axis) => return Ok((selected(digits, &frame.axes[*axis], &[])?, None)),
        Map::Sum => return Ok((digits.iter().map(|digit| (*digit, Vec::new())).collect(), None)),
        Map::Weighted(weights) => Kind::Constants(weights.clone()),
        Map::Affine(affine) => {
            let none = Slice { point: Point::R, offset: 0, len: 0 };
            affine_kind(affine, frame.axes[affine.axis].first().map_or(none, |part| part.slice))
        }
        Map::Contract(_) => return Err(CompileError::Geometry),
    };
    match digits {
        [] => Ok((Vec::new(), Some(sum_of(1, vec![kind])))),
        [digit] => Ok((vec![(*digit, vec![kind])], None)),
        _ => Err(CompileError::Geometry),
    }
}

/// The factor that reads outputs through an affine map.
pub(crate) fn affine_kind(affine: &Affine, slice: Slice) -> Kind {
    let Affine { from, to, taps, stride, dilation, offset, .. } = *affine;
    Kind::Affine { slice, from, to, taps, stride, dilation, offset }
}

/// eq factors that select `parts` (and `extra`, the same digits at another point).
pub(crate) fn selected(digits: &[Digit], parts: &[Part], extra: &[Part]) -> Result<Factors, CompileError> {
    let sizes = |parts: &[Part]| parts.iter().map(|part| part.size).collect();
    let own = digits.iter().map(|digit| digit.size).collect();
    let common = refine(&[own, sizes(parts)]).ok_or(CompileError::Geometry)?;
    let parts = divided(parts, &common)?;
    let extra = if extra.is_empty() { None } else { Some(divided(extra, &common)?) };
    let digits = split(digits, &common).ok_or(CompileError::Geometry)?;
    let mut factors: Vec<(Digit, Vec<Slice>)> = Vec::new();
    for (index, (digit, part)) in digits.into_iter().zip(&parts).enumerate() {
        let extra = extra.as_ref().and_then(|extra| extra.get(index));
        let slices: Vec<Slice> = std::iter::once(part).chain(extra).map(|part| part.slice).collect();
        match factors.last_mut() {
            Some((before, high)) if joins(before, high, &digit, &slices) => {
                *before = Digit { size: before.size * digit.size, ..digit };
                high.iter_mut().zip(&slices).for_each(|(high, low)| high.len += low.len);
            }
            _ => factors.push((digit, slices)),
        }
    }
    let kinds = |slices: Vec<Slice>| slices.into_iter().map(Kind::Eq).collect();
    Ok(factors.into_iter().map(|(digit, slices)| (digit, kinds(slices))).collect())
}

/// Whether a digit continues the one before in storage, and the coordinates of its points theirs, so that the two are one
/// digit: the lower one's are all bits of a power of two.
fn joins(before: &Digit, high: &[Slice], digit: &Digit, low: &[Slice]) -> bool {
    before.axis == digit.axis
        && before.div == digit.div * digit.size
        && high.iter().zip(low).all(|(high, low)| {
            high.point == low.point
                && high.offset + high.len == low.offset
                && 1u32.checked_shl(u32::from(low.len)) == Some(digit.size)
        })
}

/// `parts` cut into digits of the given sizes, which refine theirs; a part only into bits of its slice.
fn divided(parts: &[Part], sizes: &[u32]) -> Result<Vec<Part>, CompileError> {
    let mut result = Vec::with_capacity(sizes.len());
    let mut sizes = sizes.iter().rev();
    for part in parts.iter().rev() {
        let mut left = *part;
        while left.size > 1 {
            let size = *sizes.next().ok_or(CompileError::Geometry)?;
            if size == left.size {
                result.push(left);
                break;
            }
            let len = bits(size);
            if !left.size.is_multiple_of(size) || !size.is_power_of_two() {
                return Err(CompileError::Geometry);
            }
            let Slice { point, offset, len: all } = left.slice;
            let high = all.checked_sub(len).ok_or(CompileError::Geometry)?;
            result.push(Part { size, slice: Slice { point, offset: offset.saturating_add(high), len } });
            left = Part { size: left.size / size, slice: Slice { point, offset, len: high } };
        }
    }
    result.reverse();
    Ok(result)
}

/// The scalar: sum over an index of `size` of the factors.
pub(crate) fn sum_of(size: u32, kinds: Vec<Kind>) -> Group {
    let factors = kinds.into_iter().map(|kind| Factor { div: 1, modulus: size, kind }).collect();
    Group { axes: 0, vector: Vector { size, factors } }
}

/// An index as the description stores it; lists are far shorter than 2^32.
pub(crate) fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
