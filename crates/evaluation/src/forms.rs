//! Steps 6 and 8 over wires: forms to the public constant and to rows' weights.
//!
//! A form is weight * coefficient * kernel, where the kernel depends on its tensor and its vectors. What several forms
//! have in common is computed once: equal kernels have their weights added, and rows that the same entries of a
//! leading axis belong to have their sums multiplied by these entries, not each form.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use zkattest_circuit::geometry::offsets;
use zkattest_circuit::ir::{Circuit, Form, Group, Kind, Point, Region, Vector};
use zkattest_circuit::{Blocks, index};
use zkattest_field::Scalar;

use crate::claims::Combination;
use crate::closed::BitProduct;
use crate::eq::shift;
use crate::error::EvaluationError;
use crate::gates::Gates;
use crate::symbols::Symbols;
use crate::wire::Wire;

/// Entries of rows: what each row's sum is multiplied by.
type Rows = Vec<(usize, Wire)>;

/// Weights times kernels, to be added.
#[derive(Default)]
struct Products(Vec<(Wire, Scalar, Wire)>);

/// All forms of a circuit over wires.
pub struct Forms<'a> {
    gates: &'a mut Gates,
    circuit: &'a Circuit,
    symbols: &'a Symbols,
    constant: Products,
    /// By the rows' entries, in the order in which they are found.
    units: Vec<(Rc<Rows>, Products)>,
    places: HashMap<Rc<Rows>, usize>,
    values: BTreeMap<(&'a Vector, usize), Rc<[Wire]>>,
}

impl<'a> Forms<'a> {
    /// The public constant and all rows' weights.
    ///
    /// # Errors
    /// There are too many gates.
    pub fn expand(
        gates: &'a mut Gates,
        circuit: &'a Circuit,
        symbols: &'a Symbols,
        combination: &Combination,
    ) -> Result<(Wire, Vec<Wire>), EvaluationError> {
        let mut forms = Self {
            gates,
            circuit,
            symbols,
            constant: Products::default(),
            units: Vec::new(),
            places: HashMap::new(),
            values: BTreeMap::new(),
        };
        for (functional, weight) in circuit.functionals.iter().zip(&combination.functionals) {
            // Functionals of no term may have more variables than rho has coordinates.
            let Some(weight) = weight else {
                continue;
            };
            for form in &functional.forms {
                forms.add(form, usize::from(functional.variables), *weight)?;
            }
        }
        for (statement, weight) in circuit.statements.iter().zip(&combination.statements) {
            for form in &statement.forms {
                forms.add(form, 0, *weight)?;
            }
        }
        forms.finish(combination)
    }

    fn finish(self, combination: &Combination) -> Result<(Wire, Vec<Wire>), EvaluationError> {
        let Self { gates, circuit, constant, units, .. } = self;
        let constant = constant.sum(gates);
        let constant = gates.sum(constant, combination.constant);
        let mut rows = vec![Wire::ZERO; circuit.row_count()];
        for (entries, products) in units {
            let factor = products.sum(gates);
            for (row, entry) in entries.iter() {
                let product = gates.product(factor, *entry);
                if let Some(sum) = rows.get_mut(*row) {
                    *sum = gates.sum(*sum, product);
                }
            }
            gates.check()?;
        }
        let first = circuit.first_row(Region::Mask);
        let masks = [combination.masks, Wire::ONE];
        rows.iter_mut().skip(first).zip(masks).for_each(|(row, weight)| *row = weight);
        Ok((constant, rows))
    }

    /// Adds weight * form.
    fn add(&mut self, form: &'a Form, variables: usize, weight: Wire) -> Result<(), EvaluationError> {
        let coefficient = Scalar::from(form.coefficient);
        let mut kernel = self.symbols.unit(form.unit);
        for Group { vector, .. } in form.groups.iter().filter(|group| group.axes == 0) {
            let sum = self.inner(vector, variables, None);
            kernel = self.gates.product(kernel, sum);
        }
        self.gates.check()?;
        let Some(tensor) = form.tensor else {
            self.constant.0.push((weight, coefficient, kernel));
            return Ok(());
        };
        // A validated circuit has the tensor, and groups that fit it.
        let Some((tensor, blocks)) = self
            .circuit
            .tensors
            .get(index(tensor))
            .and_then(|tensor| Some((tensor, form.blocks(tensor, self.circuit.log_row)?)))
        else {
            return Ok(());
        };
        let symbols = self.symbols;
        if tensor.region == Region::Public {
            let mut sum = Wire::ZERO;
            for (cell, value) in self.enumerate(&blocks.leading, variables, blocks.first) {
                let cell = usize::try_from(cell).ok().and_then(|cell| symbols.public.get(cell));
                let product = self.gates.product(value, cell.copied().unwrap_or(Wire::ZERO));
                sum = self.gates.sum(sum, product);
            }
            let kernel = self.gates.product(kernel, sum);
            self.constant.0.push((weight, coefficient, kernel));
            return Ok(());
        }
        let mut end = symbols.z.len();
        for (group, bits) in blocks.inner.iter().rev() {
            let start = end.saturating_sub(index(*bits));
            let own = symbols.z.get(start..end).unwrap_or_default();
            let inner = self.inner(&group.vector, variables, Some(own));
            kernel = self.gates.product(kernel, inner);
            end = start;
        }
        let (inside, rows) = self.rows(tensor.region, &blocks, variables);
        let kernel = self.gates.product(kernel, inside);
        let rows = Rc::new(rows);
        let place = *self.places.entry(Rc::clone(&rows)).or_insert(self.units.len());
        if place == self.units.len() {
            self.units.push((rows, Products::default()));
        }
        if let Some((_, products)) = self.units.get_mut(place) {
            products.0.push((weight, coefficient, kernel));
        }
        self.gates.check()
    }

    /// Inner product of a vector with eq(at, .), or its sum.
    fn inner(&mut self, vector: &'a Vector, variables: usize, at: Option<&[Wire]>) -> Wire {
        let own = at.unwrap_or_default();
        let product = BitProduct::new(self.gates, vector, self.circuit, self.symbols, variables, own.len());
        if let Some(mut product) = product {
            product.times(self.gates, own, 0, own.len());
            return product.sum(self.gates);
        }
        let values = self.values(vector, variables);
        match at {
            None => self.gates.total(values.iter().copied()),
            Some(at) => {
                let eq = self.gates.eq_table(at, values.len());
                self.gates.dot(&values, &eq)
            }
        }
    }

    /// A vector's values, computed once for all forms that share it.
    fn values(&mut self, vector: &'a Vector, variables: usize) -> Rc<[Wire]> {
        // Vectors of r alone do not depend on the functional.
        let variables = if uses_rho(vector) { variables } else { 0 };
        if let Some(values) = self.values.get(&(vector, variables)) {
            return Rc::clone(values);
        }
        let values: Rc<[Wire]> = self.symbols.vector(self.gates, vector, self.circuit, variables).into();
        self.values.insert((vector, variables), Rc::clone(&values));
        values
    }

    /// Products of leading groups' entries, with their blocks.
    fn enumerate(
        &mut self,
        groups: &[(&'a Group, Vec<(u32, u64)>)],
        variables: usize,
        first: u64,
    ) -> Vec<(u64, Wire)> {
        let mut found = vec![(first, Wire::ONE)];
        for (group, axes) in groups {
            let values = self.values(&group.vector, variables);
            let offsets = offsets(axes);
            let mut next = Vec::with_capacity(found.len().saturating_mul(offsets.len()));
            for (block, product) in found {
                for (offset, value) in offsets.iter().zip(values.iter()) {
                    next.push((block.saturating_add(*offset), self.gates.product(product, *value)));
                }
            }
            found = next;
        }
        found
    }

    /// What leading groups contribute: a factor, and the rows' entries.
    fn rows(&mut self, region: Region, blocks: &Blocks<'a>, variables: usize) -> (Wire, Rows) {
        let symbols = self.symbols;
        let place_bits = symbols.z.len().saturating_sub(index(blocks.log_block));
        let prefix = symbols.z.get(..place_bits).unwrap_or_default();
        let first_row = self.circuit.first_row(region);
        let (aligned, others) = split(blocks);
        let mut taken = 0u64;
        aligned.iter().for_each(|axis| taken |= axis.mask());

        let bases = self.enumerate(&others, variables, blocks.first);
        let (aligned, taken, bases) = if bases.iter().any(|(block, _)| block & taken != 0) {
            (Vec::new(), 0, self.enumerate(&blocks.leading, variables, blocks.first))
        } else {
            (aligned, taken, bases)
        };

        let mut inside = Wire::ONE;
        let mut outside: Rows = vec![(0, Wire::ONE)];
        for axis in aligned {
            let end = place_bits.saturating_sub(axis.from);
            let start = end.saturating_sub(axis.bits);
            let own = prefix.get(start..end).unwrap_or_default();
            if axis.from.saturating_add(axis.bits) <= place_bits {
                let factor = self.inner(&axis.group.vector, variables, Some(own));
                inside = self.gates.product(inside, factor);
                continue;
            }
            // Its high bits are the row's.
            let above = axis.from.saturating_sub(place_bits);
            let (factor, entries) = self.high(&axis.group.vector, variables, own);
            inside = self.gates.product(inside, factor);
            let mut next = Vec::with_capacity(outside.len().saturating_mul(entries.len()));
            for (row, product) in outside {
                for (high, entry) in entries.iter().enumerate() {
                    let high = u32::try_from(above).ok().and_then(|above| high.checked_shl(above));
                    let row = row.saturating_add(high.unwrap_or(usize::MAX));
                    next.push((row, self.gates.product(product, *entry)));
                }
            }
            outside = next;
        }

        let mut sums: BTreeMap<usize, Wire> = BTreeMap::new();
        for (block, product) in bases {
            let mut eq = Wire::ONE;
            for (coordinate, bit) in prefix.iter().zip((0..place_bits).rev()) {
                let bit = u32::try_from(bit).unwrap_or(u32::MAX);
                if taken.checked_shr(bit).unwrap_or(0) & 1 == 1 {
                    continue;
                }
                let one = block.checked_shr(bit).unwrap_or(0) & 1 == 1;
                eq = self.gates.product(eq, if one { *coordinate } else { coordinate.complement() });
            }
            let product = self.gates.product(product, eq);
            let bits = u32::try_from(place_bits).unwrap_or(u32::MAX);
            let row = usize::try_from(block.checked_shr(bits).unwrap_or(0)).unwrap_or(usize::MAX);
            let sum = sums.get(&row).copied().unwrap_or(Wire::ZERO);
            sums.insert(row, self.gates.sum(sum, product));
        }
        // What all rows have in common is a factor.
        if let (1, Some((base, common))) = (sums.len(), sums.first_key_value()) {
            inside = self.gates.product(inside, *common);
            let base = first_row.saturating_add(*base);
            let rows = outside.into_iter().map(|(row, entry)| (row.saturating_add(base), entry));
            return (inside, rows.collect());
        }
        let mut rows = Vec::with_capacity(sums.len().saturating_mul(outside.len()));
        for (base, sum) in sums {
            let base = first_row.saturating_add(base);
            for (row, entry) in &outside {
                rows.push((row.saturating_add(base), self.gates.product(sum, *entry)));
            }
        }
        (inside, rows)
    }

    /// A vector whose index has low bits that are places in a row and high bits that are rows: a factor, and what
    /// each high part is multiplied by besides.
    fn high(&mut self, vector: &'a Vector, variables: usize, at: &[Wire]) -> (Wire, Vec<Wire>) {
        let bits = at.len();
        let last = index(vector.size).saturating_sub(1);
        let product = BitProduct::new(self.gates, vector, self.circuit, self.symbols, variables, bits);
        if let Some((high, whole, partial)) = product.and_then(|product| product.split(self.gates, bits, at))
        {
            if whole == partial {
                return (whole, high);
            }
            let mut entries = Vec::with_capacity(high.len());
            for (place, value) in high.iter().enumerate() {
                let low = if place == shift(last, bits) { partial } else { whole };
                entries.push(self.gates.product(*value, low));
            }
            return (Wire::ONE, entries);
        }
        let values = self.values(vector, variables);
        let length = u32::try_from(bits).ok().and_then(|bits| 1usize.checked_shl(bits)).unwrap_or(usize::MAX);
        let eq = self.gates.eq_table(at, length.min(values.len()));
        let mut entries = Vec::new();
        for chunk in values.chunks(length.max(1)) {
            entries.push(self.gates.dot(chunk, &eq));
        }
        (Wire::ONE, entries)
    }
}

impl Products {
    /// Their sum: equal kernels have their weights added first, then equal weights their kernels.
    fn sum(self, gates: &mut Gates) -> Wire {
        let by_kernel =
            collect(gates, self.0.into_iter().map(|(weight, scale, kernel)| (kernel, scale, weight)));
        let by_weight =
            collect(gates, by_kernel.into_iter().map(|(kernel, scale, weight)| (weight, scale, kernel)));
        by_weight.into_iter().fold(Wire::ZERO, |sum, (weight, scale, kernel)| {
            let product = gates.product(weight, kernel).scaled(scale);
            gates.sum(sum, product)
        })
    }
}

/// (key, scale, value) with the scaled values of equal keys added, in the order of the keys' first uses.
fn collect(
    gates: &mut Gates,
    products: impl Iterator<Item = (Wire, Scalar, Wire)>,
) -> Vec<(Wire, Scalar, Wire)> {
    let mut found: Vec<(Wire, Vec<(Scalar, Wire)>)> = Vec::new();
    let mut places: HashMap<Wire, usize> = HashMap::new();
    for (key, scale, value) in products {
        let place = *places.entry(key).or_insert(found.len());
        match found.get_mut(place) {
            Some((_, values)) => values.push((scale, value)),
            None => found.push((key, vec![(scale, value)])),
        }
    }
    found
        .into_iter()
        .map(|(key, values)| match values.as_slice() {
            [(scale, value)] => (key, *scale, *value),
            _ => {
                let sum = gates.total(values.iter().map(|(scale, value)| value.scaled(*scale)));
                (key, Scalar::from(1u64), sum)
            }
        })
        .collect()
}

/// A leading axis whose index is some bits of the block's number.
struct Aligned<'a> {
    group: &'a Group,
    from: usize,
    bits: usize,
}

impl Aligned<'_> {
    fn mask(&self) -> u64 {
        let ones = |bits: usize| {
            let power = u32::try_from(bits).ok().and_then(|bits| 1u64.checked_shl(bits));
            power.map_or(u64::MAX, |power| power.wrapping_sub(1))
        };
        ones(self.from.saturating_add(self.bits)) & !ones(self.from)
    }
}

/// Leading groups of bits of the block's number apart from each other, and the others.
#[expect(clippy::type_complexity, reason = "groups as blocks have them")]
fn split<'a>(blocks: &Blocks<'a>) -> (Vec<Aligned<'a>>, Vec<(&'a Group, Vec<(u32, u64)>)>) {
    let (mut aligned, mut others) = (Vec::new(), Vec::new());
    let mut taken = 0u64;
    for (group, axes) in &blocks.leading {
        if let [(size, stride)] = axes.as_slice()
            && stride.is_power_of_two()
        {
            let bits = u32::BITS.saturating_sub(size.saturating_sub(1).leading_zeros());
            let axis = Aligned { group, from: index(stride.trailing_zeros()), bits: index(bits) };
            if axis.mask() & (taken | blocks.first) == 0 {
                taken |= axis.mask();
                aligned.push(axis);
                continue;
            }
        }
        others.push((*group, axes.clone()));
    }
    (aligned, others)
}

fn uses_rho(vector: &Vector) -> bool {
    vector.factors.iter().any(|factor| match &factor.kind {
        Kind::Eq(slice) | Kind::Affine { slice, .. } => slice.point == Point::Rho,
        Kind::Window { .. } => true,
        Kind::Constants(_) | Kind::Table(_) => false,
    })
}
