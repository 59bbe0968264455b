//! Wider views of padded boxes: sums over whole powers of two instead of over the real entries of each axis.
//!
//! In padded mode an axis of 28 entries has room for 32, and the four others are zero. A form whose group selects by
//! eq(r, .) or by eq(rho, .) eq(r, .) has the same value whether it runs over 28 or over 32 entries, but 32 has a closed form
//! that is half as long, and neighbouring axes of that kind are one: \[6\]\[28\]\[28\] in a box of \[8\]\[32\]\[32\] becomes \[8192\].
//!
//! *Completeness*: cells that no element takes are zero in honest rows, so no form's value changes.
//!
//! *Soundness*: whatever a cheating owner or prover puts there takes no part in what is claimed of real outputs.
//! A statement holds as a polynomial in r, hence at every boolean r.
//! At the r of a real output, eq(r, j) is 0 for each j in the padding, so a group that has a factor eq(r, .) reads real entries
//! alone. A group with eq(rho, .) alone is widened only if, in every term, another factor is 0 at each boolean
//! rho in the padding, in each of its forms: because it ties the same coordinates to r, or because it is a constant
//! (or a convolution's window) over real entries, which is never widened in rho. Sums without a selector are never widened.

use std::collections::BTreeMap;

use zkattest_circuit::ir::{
    Axis, Circuit, Factor, Form, Functional, Group, Kind, Point, Region, Slice, Tensor,
};
use zkattest_circuit::lookup::Lookups;

use crate::builder::number;

/// Rewrite the circuit's forms over padded boxes, but for those of lookups, which provers know by their shape; then drop
/// tensors that nothing refers to any more.
pub(crate) fn widen(circuit: &mut Circuit, lookups: &mut Lookups) {
    let known = known(lookups);
    let mut views = Views { log_row: circuit.log_row, tensors: circuit.tensors.clone() };
    let functionals: Vec<Functional> = circuit
        .functionals
        .iter()
        .enumerate()
        .map(|(index, functional)| {
            if known.contains(&number(index)) {
                return functional.clone();
            }
            let free = |slice: &Slice, size: u32| is_guarded(circuit, number(index), slice, size);
            let forms = functional.forms.iter().map(|form| views.form(form, &free)).collect();
            Functional { variables: functional.variables, forms }
        })
        .collect();
    for statement in &mut circuit.statements {
        for form in &mut statement.forms {
            *form = views.form(form, &|_, _| false);
        }
    }
    circuit.functionals = functionals;
    circuit.tensors = views.tensors;
    compact(circuit, lookups);
}

/// Functionals whose shape provers rely on.
fn known(lookups: &Lookups) -> Vec<u32> {
    let ranges = lookups.ranges.iter().flat_map(|lookup| {
        [lookup.eq_helper, lookup.eq, lookup.eq_first].into_iter().chain(lookup.columns.iter().copied())
    });
    let functions = lookups.functions.iter().flat_map(|lookup| [lookup.eq_helper, lookup.denominator]);
    ranges.chain(functions).collect()
}

/// Whether in every term of functional `index` another factor vanishes where the coordinates `slice` of rho are an integer from
/// `size` on.
fn is_guarded(circuit: &Circuit, index: u32, slice: &Slice, size: u32) -> bool {
    let terms = circuit.terms.iter().filter(|term| term.factors.contains(&index));
    terms.clone().count() > 0
        && terms.clone().all(|term| {
            term.factors.iter().filter(|factor| **factor != index).any(|factor| {
                let forms = &circuit.functionals[*factor as usize].forms;
                !forms.is_empty() && forms.iter().all(|form| guards(circuit, form, slice, size))
            })
        })
}

/// Whether a form is 0 at each boolean rho whose `slice` is at least `size`, for every real output, also once it is widened.
fn guards(circuit: &Circuit, form: &Form, slice: &Slice, size: u32) -> bool {
    let is_model = form.tensor.is_some_and(|tensor| circuit.tensors[tensor as usize].region == Region::Model);
    form.groups.iter().any(|group| {
        let selects = group.vector.factors.iter().any(|factor| match &factor.kind {
            Kind::Eq(found) => found == slice && factor.div == 1 && factor.modulus <= size,
            Kind::Window { input, inputs, .. } => input == slice && *inputs <= size,
            _ => false,
        });
        let ties = group.vector.factors.iter().any(
            |factor| matches!(&factor.kind, Kind::Eq(found) if found.point == Point::R && factor.div == 1),
        );
        let whole = group.vector.factors.iter().all(|factor| factor.modulus == group.vector.size);
        let window = group.vector.factors.iter().any(|factor| matches!(factor.kind, Kind::Window { .. }));
        selects && ((whole && ties) || is_model || window)
    })
}

/// Tensors so far, views among them.
struct Views {
    log_row: u8,
    tensors: Vec<Tensor>,
}

impl Views {
    /// The form over the widest view that it may have. `free`: whether a group that selects by this slice of rho alone may be
    /// widened beyond so many entries.
    fn form(&mut self, form: &Form, free: &dyn Fn(&Slice, u32) -> bool) -> Form {
        let Some(tensor) = form.tensor.map(|tensor| self.tensors[tensor as usize].clone()) else {
            return form.clone();
        };
        let padded = matches!(tensor.region, Region::Model | Region::Data | Region::Output | Region::Witness);
        let single = form.groups.iter().all(|group| group.axes <= 1);
        let ordered = form.groups.is_sorted_by_key(|group| group.axes == 0);
        if !padded || !single || !ordered {
            return form.clone();
        }
        let leading = first_inner(&tensor, self.log_row);
        let mut axes: Vec<Axis> = Vec::new();
        let mut groups: Vec<Group> = Vec::new();
        let mut position = 0;
        for group in &form.groups {
            if group.axes == 0 {
                groups.push(group.clone());
                continue;
            }
            let (axis, group) =
                widened(tensor.axes[position], group, tensor.region, position >= leading, free);
            let last = groups.iter_mut().zip(axes.iter_mut()).last();
            match last {
                Some((before, wide)) if position > leading && groups_join(before, *wide, &group, axis) => {
                    join(before, wide, &group, axis);
                }
                _ => {
                    groups.push(group);
                    axes.push(axis);
                }
            }
            position += 1;
        }
        let view = self.tensor(Tensor { axes, ..tensor });
        Form { tensor: Some(view), groups, ..form.clone() }
    }

    /// Index of a tensor, added where there is none like it.
    fn tensor(&mut self, tensor: Tensor) -> u32 {
        let index = self.tensors.iter().position(|other| *other == tensor).unwrap_or_else(|| {
            self.tensors.push(tensor);
            self.tensors.len() - 1
        });
        number(index)
    }
}

/// First axis of the inner part.
fn first_inner(tensor: &Tensor, log_row: u8) -> usize {
    let mut bits = tensor.log_inner(log_row);
    let mut first = tensor.axes.len();
    while let Some(axis) = first.checked_sub(1).and_then(|before| tensor.axes.get(before)) {
        let own = axis.allotted.trailing_zeros();
        if !axis.allotted.is_power_of_two() || own > bits {
            break;
        }
        bits -= own;
        first -= 1;
    }
    first
}

/// Slices of a vector that is a product of eq over all of its entries, each as long as the axis allows.
fn slices(group: &Group, axis: Axis) -> Option<Vec<Slice>> {
    let bits = u8::try_from(axis.allotted.trailing_zeros()).ok()?;
    let size = group.vector.size;
    let slice = |factor: &Factor| match &factor.kind {
        Kind::Eq(slice) if factor.div == 1 && factor.modulus == size && slice.len == bits => Some(*slice),
        _ => None,
    };
    group.vector.factors.iter().map(slice).collect()
}

/// The group over all that its axis has room for, if it may.
fn widened(
    axis: Axis,
    group: &Group,
    region: Region,
    inner: bool,
    free: &dyn Fn(&Slice, u32) -> bool,
) -> (Axis, Group) {
    let same = (axis, group.clone());
    if !inner || !axis.allotted.is_power_of_two() || axis.size == axis.allotted {
        return same;
    }
    let Some(slices) = slices(group, axis).filter(|slices| !slices.is_empty()) else { return same };
    let tied = slices.iter().any(|slice| slice.point == Point::R);
    let alone = region != Region::Model && slices.iter().all(|slice| free(slice, axis.size));
    if !tied && !alone {
        return same;
    }
    let mut group = group.clone();
    group.vector.size = axis.allotted;
    for factor in &mut group.vector.factors {
        factor.modulus = axis.allotted;
    }
    (Axis { size: axis.allotted, allotted: axis.allotted }, group)
}

/// Whether two groups on neighbouring full axes are one on the axis that both make.
fn groups_join(first: &Group, first_axis: Axis, second: &Group, second_axis: Axis) -> bool {
    let full = |axis: Axis| axis.size == axis.allotted && axis.allotted.is_power_of_two();
    if first.axes != 1 || !full(first_axis) || !full(second_axis) {
        return false;
    }
    let (Some(high), Some(low)) = (slices(first, first_axis), slices(second, second_axis)) else {
        return false;
    };
    high.len() == low.len()
        && high.iter().zip(&low).all(|(high, low)| {
            high.point == low.point && high.offset.checked_add(high.len) == Some(low.offset)
        })
}

/// Make the first group and axis those of both; see [`groups_join`].
fn join(first: &mut Group, axis: &mut Axis, second: &Group, second_axis: Axis) {
    let size = axis.size * second_axis.size;
    *axis = Axis { size, allotted: size };
    first.vector.size = size;
    for (factor, low) in first.vector.factors.iter_mut().zip(&second.vector.factors) {
        factor.modulus = size;
        if let (Kind::Eq(high), Kind::Eq(low)) = (&mut factor.kind, &low.kind) {
            high.len += low.len;
        }
    }
}

/// Drop tensors that no form and no lookup refers to.
fn compact(circuit: &mut Circuit, lookups: &mut Lookups) {
    let mut order: BTreeMap<u32, u32> = BTreeMap::new();
    let mut kept: Vec<Tensor> = Vec::new();
    let tensors = std::mem::take(&mut circuit.tensors);
    let mut place = |tensor: &mut u32| {
        *tensor = *order.entry(*tensor).or_insert_with(|| {
            kept.push(tensors[*tensor as usize].clone());
            number(kept.len() - 1)
        });
    };
    let forms = circuit.functionals.iter_mut().flat_map(|functional| &mut functional.forms);
    let forms = forms.chain(circuit.statements.iter_mut().flat_map(|statement| &mut statement.forms));
    forms.filter_map(|form| form.tensor.as_mut()).for_each(&mut place);
    for lookup in &mut lookups.ranges {
        [&mut lookup.counts, &mut lookup.sums, &mut lookup.helper].into_iter().for_each(&mut place);
    }
    for lookup in &mut lookups.functions {
        [&mut lookup.counts, &mut lookup.sums, &mut lookup.helper].into_iter().for_each(&mut place);
    }
    circuit.tensors = kept;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::compile;
    use crate::options::Options;
    use crate::testing::{BOTH, Net};
    use zkattest_circuit::ir::Statement;

    fn sizes(circuit: &Circuit, functional: u32) -> Vec<u32> {
        let forms = &circuit.functionals[functional as usize].forms;
        forms.iter().flat_map(|form| &form.groups).map(|group| group.vector.size).collect()
    }

    #[test]
    fn activations_are_widened_where_weights_are_not() {
        let net = Net::new(&[1, 5], 8).constant(&[5, 3], 8).node("gemm", &[0, 1], &[1, 3], 8, 4);
        let options = Options { batch: 1, ..BOTH[1] };
        let circuit = compile(&net.integer("bias_shift", 0).0, &[], &options).unwrap().circuit;
        let model = |functional: &u32| {
            let form = &circuit.functionals[*functional as usize].forms[0];
            form.tensor.is_some_and(|tensor| circuit.tensors[tensor as usize].region == Region::Model)
        };
        let term = circuit.terms.iter().find(|term| term.factors.iter().any(model)).unwrap();
        // x over 5 of 8, all of them; w over the 5 that are real, and the 3 outputs with their padding
        assert_eq!(sizes(&circuit, term.factors[0]), [8]);
        assert_eq!(sizes(&circuit, term.factors[1]), [5, 4]);
    }

    /// A circuit of one statement: sum over x of left(x) right(x), over boxes of 5 cells in 8.
    fn product(tied: bool, region: Region) -> Circuit {
        let axis = Axis { size: 5, allotted: 8 };
        let tensor = |region, base| Tensor { region, base, axes: vec![axis] };
        let eq = |point| Factor { div: 1, modulus: 5, kind: Kind::Eq(Slice { point, offset: 0, len: 3 }) };
        let functional = |tensor, points: &[Point]| Functional {
            variables: 3,
            forms: vec![Form {
                coefficient: 1,
                unit: zkattest_circuit::ir::Unit::One,
                tensor: Some(tensor),
                groups: vec![Group {
                    axes: 1,
                    vector: zkattest_circuit::ir::Vector {
                        size: 5,
                        factors: points.iter().map(|point| eq(*point)).collect(),
                    },
                }],
            }],
        };
        let left: &[Point] = if tied { &[Point::Rho, Point::R] } else { &[Point::Rho] };
        Circuit {
            log_row: 6,
            r_len: 3,
            rows: [1, 0, 0, 1, 0, 2, 0],
            public: 0,
            tables: Vec::new(),
            tensors: vec![tensor(region, 0), tensor(Region::Witness, 8)],
            functionals: vec![functional(0, left), functional(1, &[Point::Rho])],
            statements: vec![Statement::default()],
            terms: vec![zkattest_circuit::ir::Term { statement: 0, coefficient: 1, factors: vec![0, 1] }],
        }
    }

    fn widened_sizes(mut circuit: Circuit) -> [Vec<u32>; 2] {
        widen(&mut circuit, &mut Lookups::default());
        [sizes(&circuit, 0), sizes(&circuit, 1)]
    }

    #[test]
    fn two_activations_that_are_contracted_keep_their_real_sizes() {
        // else cells in the padding of both would be part of the sum
        assert_eq!(widened_sizes(product(false, Region::Witness)), [[5], [5]]);
    }

    #[test]
    fn a_weight_guards_an_activation_and_a_tie_both() {
        assert_eq!(widened_sizes(product(false, Region::Model)), [[5], [8]]);
        assert_eq!(widened_sizes(product(true, Region::Witness)), [[8], [8]]);
    }

    #[test]
    fn a_guard_of_fewer_entries_is_none_of_more() {
        let mut circuit = product(false, Region::Model);
        circuit.tensors[0].axes[0].size = 6;
        circuit.functionals[0].forms[0].groups[0].vector.size = 6;
        circuit.functionals[0].forms[0].groups[0].vector.factors[0].modulus = 6;
        assert_eq!(widened_sizes(circuit), [vec![6], vec![5]]);
    }
}
