//! Steps 6 and 8 over wires: forms to the public constant and to rows' weights.
//!
//! A form is weight * coefficient * kernel, where the kernel depends on its tensor and its vectors. What several forms
//! have in common is computed once: equal kernels have their weights added, and rows that the same entries of a
//! leading axis belong to have their sums multiplied by these entries, not each form.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use zkattest_circuit::geometry::offsets;
use zkattest_circuit::index;
use zkattest_circuit::ir::{Circuit, Form, Group, Kind, Point, Region, Vector};
use zkattest_field::Scalar;

use crate::claims::Combination;
use crate::closed::BitProduct;
use crate::error::EvaluationError;
use crate::gates::Gates;
use crate::symbols::Symbols;
use crate::wire::Wire;

/// Entries of rows: what each row's sum is multiplied by.
pub(crate) type Rows = Vec<(usize, Wire)>;

/// Most values of vectors that are kept for other forms.
const KEPT_VALUES: usize = 1 << 20;

/// Weights times kernels, to be added.
#[derive(Default)]
struct Products(Vec<(Wire, Scalar, Wire)>);

/// All forms of a circuit over wires.
pub struct Forms<'a> {
    pub(crate) gates: &'a mut Gates,
    pub(crate) circuit: &'a Circuit,
    pub(crate) symbols: &'a Symbols,
    constant: Products,
    /// By the rows' entries, in the order in which they are found.
    units: Vec<(Rc<Rows>, Products)>,
    places: HashMap<Rc<Rows>, usize>,
    values: BTreeMap<(&'a Vector, usize), Rc<[Wire]>>,
    room: usize,
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
            room: KEPT_VALUES,
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
        for (inside, rows) in self.rows(tensor.region, &blocks, variables) {
            let kernel = self.gates.product(kernel, inside);
            let rows = Rc::new(rows);
            let place = *self.places.entry(Rc::clone(&rows)).or_insert(self.units.len());
            if place == self.units.len() {
                self.units.push((rows, Products::default()));
            }
            if let Some((_, products)) = self.units.get_mut(place) {
                products.0.push((weight, coefficient, kernel));
            }
        }
        self.gates.check()
    }

    /// Inner product of a vector with eq(at, .), or its sum.
    pub(crate) fn inner(&mut self, vector: &'a Vector, variables: usize, at: Option<&[Wire]>) -> Wire {
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
    pub(crate) fn values(&mut self, vector: &'a Vector, variables: usize) -> Rc<[Wire]> {
        // Vectors of r alone do not depend on the functional.
        let variables = if uses_rho(vector) { variables } else { 0 };
        if let Some(values) = self.values.get(&(vector, variables)) {
            return Rc::clone(values);
        }
        let values: Rc<[Wire]> = self.symbols.vector(self.gates, vector, self.circuit, variables).into();
        if let Some(room) = self.room.checked_sub(values.len()) {
            self.room = room;
            self.values.insert((vector, variables), Rc::clone(&values));
        }
        values
    }

    /// Products of leading groups' entries, with their blocks.
    pub(crate) fn enumerate(
        &mut self,
        groups: &[(&'a Group, Vec<(u32, u64)>)],
        variables: usize,
        first: u64,
    ) -> Vec<(u64, Wire)> {
        let mut found = vec![(first, Wire::ONE)];
        for (group, axes) in groups {
            let values = self.values(&group.vector, variables);
            let count = axes.iter().fold(found.len(), |count, (size, _)| count.saturating_mul(index(*size)));
            if !self.gates.admits(count) {
                return Vec::new();
            }
            let offsets = offsets(axes);
            let mut next = Vec::with_capacity(found.len().saturating_mul(offsets.len()));
            for (block, product) in found {
                let entries = offsets.iter().zip(values.iter());
                for (offset, value) in entries.filter(|(_, value)| **value != Wire::ZERO) {
                    next.push((block.saturating_add(*offset), self.gates.product(product, *value)));
                }
            }
            found = next;
        }
        found
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

fn uses_rho(vector: &Vector) -> bool {
    vector.factors.iter().any(|factor| match &factor.kind {
        Kind::Eq(slice) | Kind::Affine { slice, .. } => slice.point == Point::Rho,
        Kind::Window { .. } => true,
        Kind::Constants(_) | Kind::Table(_) => false,
    })
}
