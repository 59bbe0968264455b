//! Writing: the header and the sections, in the order in which a contract takes them.

use crate::codec::integers::{put_int, put_var};
use crate::codec::kernels::{Dictionary, Place};
use crate::codec::{MAGIC, VERSION};
use crate::index;
use crate::ir::{Circuit, Form, Group, Table, Tensor, Term};

/// The encoding of a valid circuit.
pub fn write(circuit: &Circuit) -> Vec<u8> {
    // Forms first: they make the dictionary of kernels, which stands before them.
    let mut dictionary = Dictionary::default();
    let mut owners = Vec::new();
    for functional in &circuit.functionals {
        owners.push(functional.variables);
        put_forms(&mut owners, &mut dictionary, circuit, &functional.forms, functional.variables);
    }
    for statement in &circuit.statements {
        put_forms(&mut owners, &mut dictionary, circuit, &statement.forms, 0);
    }

    let mut out = Vec::new();
    out.extend(MAGIC);
    out.extend(VERSION.to_be_bytes());
    out.extend([circuit.log_row, circuit.r_len, low8(circuit.rounds_1()), low8(circuit.factors())]);
    circuit.rows.iter().chain([&circuit.public]).for_each(|count| out.extend(count.to_be_bytes()));
    let counts = [
        circuit.terms.len(),
        circuit.tables.len(),
        dictionary.len(),
        circuit.tensors.len(),
        circuit.functionals.len(),
        circuit.statements.len(),
    ];
    for count in counts {
        out.extend(u16::try_from(count).unwrap_or(u16::MAX).to_be_bytes());
    }
    circuit.terms.iter().for_each(|term| put_term(&mut out, circuit, term));
    circuit.tables.iter().for_each(|table| put_table(&mut out, table));
    out.extend(dictionary.bytes);
    circuit.tensors.iter().for_each(|tensor| put_tensor(&mut out, circuit, tensor));
    out.extend(owners);
    out
}

/// Groups that a kernel is first used by, in the dictionary's order.
pub fn kernels(circuit: &Circuit) -> Vec<(&Group, Place)> {
    let functionals = circuit.functionals.iter().map(|functional| (&functional.forms, functional.variables));
    let statements = circuit.statements.iter().map(|statement| (&statement.forms, 0));
    let mut dictionary = Dictionary::default();
    let mut found = Vec::new();
    for (forms, variables) in functionals.chain(statements) {
        for form in forms {
            for (group, place) in form.groups.iter().zip(places(circuit, form)) {
                let before = dictionary.len();
                dictionary.index(group, place, variables);
                if dictionary.len() > before {
                    found.push((group, place));
                }
            }
        }
    }
    found
}

/// A number that is a byte in every valid circuit.
fn low8(value: usize) -> u8 {
    u8::try_from(value).unwrap_or(u8::MAX)
}

fn put_length(out: &mut Vec<u8>, length: usize) {
    put_var(out, u64::try_from(length).unwrap_or(u64::MAX));
}

fn put_term(out: &mut Vec<u8>, circuit: &Circuit, term: &Term) {
    let first = term.factors.first().and_then(|factor| circuit.functionals.get(index(*factor)));
    put_var(out, term.statement.into());
    out.push(first.map_or(0, |functional| functional.variables));
    put_int(out, term.coefficient);
    out.push(low8(term.factors.len()));
    term.factors.iter().for_each(|factor| put_var(out, u64::from(*factor)));
}

fn put_table(out: &mut Vec<u8>, table: &Table) {
    out.push(table.bits);
    put_int(out, table.low.into());
    out.push(u8::from(table.images.is_some()));
    table.images.iter().flatten().for_each(|image| out.extend(image.to_be_bytes()));
}

fn put_tensor(out: &mut Vec<u8>, circuit: &Circuit, tensor: &Tensor) {
    let log_inner = tensor.log_inner(circuit.log_row);
    out.extend([tensor.region as u8, u8::try_from(log_inner).unwrap_or(u8::MAX), low8(tensor.span())]);
    put_var(out, tensor.base);
    for axis in &tensor.axes {
        put_var(out, axis.size.into());
        put_var(out, axis.allotted.into());
    }
}

fn put_forms(
    out: &mut Vec<u8>,
    dictionary: &mut Dictionary,
    circuit: &Circuit,
    forms: &[Form],
    variables: u8,
) {
    put_length(out, forms.len());
    for form in forms {
        out.push(low8(form.groups.len()) | u8::from(form.tensor.is_some()) << 5 | (form.unit as u8) << 6);
        put_int(out, form.coefficient);
        if let Some(tensor) = form.tensor {
            put_var(out, tensor.into());
        }
        for (group, place) in form.groups.iter().zip(places(circuit, form)) {
            put_var(out, dictionary.index(group, place, variables));
        }
    }
}

/// The place of each of the form's groups.
fn places(circuit: &Circuit, form: &Form) -> Vec<Place> {
    let tensor = form.tensor.and_then(|tensor| circuit.tensors.get(index(tensor)));
    let blocks = tensor.and_then(|tensor| form.blocks(tensor, circuit.log_row));
    let inner = blocks.iter().flat_map(|blocks| blocks.inner.iter().map(|(_, bits)| *bits));
    let mut inner: Vec<u32> = inner.collect();
    let mut log_stride = 0u32;
    // From the innermost outwards, since that is how strides grow.
    let mut places: Vec<Place> = form
        .groups
        .iter()
        .rev()
        .map(|group| {
            if group.axes == 0 {
                return Place::Scalar;
            }
            let Some(bits) = inner.pop() else { return Place::Leading };
            let place = Place::Inner { log_stride, bits };
            log_stride = log_stride.saturating_add(bits);
            place
        })
        .collect();
    places.reverse();
    places
}
