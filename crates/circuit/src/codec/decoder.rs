//! Reading of a circuit. What the encoding repeats for verifiers in one pass (n1, D, variables of terms, inner parts,
//! places) is read over here: the comparison with the canonical encoding checks it.

use crate::codec::kernels::{Kernel, read_kernels};
use crate::codec::reader::Reader;
use crate::codec::{MAGIC, VERSION};
use crate::error::{CircuitError, FormPlace, Owner};
use crate::index;
use crate::ir::{
    Axis, Circuit, Form, Functional, Group, ROW_REGIONS, Region, Statement, Table, Tensor, Term, Unit,
};
use crate::limits::MAX_PARTS;
use crate::validate::MAX_TABLE_BITS;

/// The circuit that `bytes` describe; neither its rules nor the bytes' canonicity are checked yet.
pub fn read(bytes: &[u8]) -> Result<Circuit, CircuitError> {
    let mut reader = Reader::new(bytes);
    if reader.array::<4>()? != *MAGIC {
        return Err(CircuitError::Magic);
    }
    match reader.u16()? {
        VERSION => {}
        found => return Err(CircuitError::Version { expected: VERSION, found }),
    }
    let (log_row, r_len) = (reader.u8()?, reader.u8()?);
    let (_rounds_1, _factors) = (reader.u8()?, reader.u8()?);
    let mut rows = [0u32; ROW_REGIONS];
    for count in &mut rows {
        *count = reader.u32()?;
    }
    let public = reader.u32()?;
    let mut counts = [0usize; 6];
    for count in &mut counts {
        *count = usize::from(reader.u16()?);
    }
    let [terms, tables, kernels, tensors, functionals, statements] = counts;
    let terms = reader.many(terms, read_term)?;
    let tables = numbered(&mut reader, tables, read_table)?;
    let kernels = read_kernels(&mut reader, kernels)?;
    let tensors = numbered(&mut reader, tensors, read_tensor)?;
    let mut forms = Forms { kernels: &kernels, parts: 0 };
    let circuit = Circuit {
        log_row,
        r_len,
        rows,
        public,
        tables,
        tensors,
        functionals: numbered(&mut reader, functionals, |reader, item| forms.functional(reader, item))?,
        statements: numbered(&mut reader, statements, |reader, item| forms.statement(reader, item))?,
        terms,
    };
    reader.end()?;
    Ok(circuit)
}

/// `count` items, each told its number.
fn numbered<T>(
    reader: &mut Reader<'_>,
    count: usize,
    mut item: impl FnMut(&mut Reader<'_>, usize) -> Result<T, CircuitError>,
) -> Result<Vec<T>, CircuitError> {
    let mut next = 0usize;
    reader.many(count, |reader| {
        let number = next;
        next = next.saturating_add(1);
        item(reader, number)
    })
}

fn read_term(reader: &mut Reader<'_>) -> Result<Term, CircuitError> {
    let statement = reader.var32()?;
    let _variables = reader.u8()?;
    let coefficient = reader.int()?;
    let factors = usize::from(reader.u8()?);
    Ok(Term { statement, coefficient, factors: reader.many(factors, Reader::var32)? })
}

fn read_table(reader: &mut Reader<'_>, table: usize) -> Result<Table, CircuitError> {
    let bits = reader.u8()?;
    let low = reader.int64()?;
    let images = if reader.tag("flag", &[false, true])? {
        // Before the images are read, for their number comes from it.
        if bits > MAX_TABLE_BITS {
            return Err(CircuitError::TableBits { table, most: MAX_TABLE_BITS, found: bits });
        }
        Some(reader.many(1usize.checked_shl(u32::from(bits)).unwrap_or(0), Reader::i32)?)
    } else {
        None
    };
    Ok(Table { bits, low, images })
}

fn read_tensor(reader: &mut Reader<'_>, tensor: usize) -> Result<Tensor, CircuitError> {
    let [a, b, c, d, e, f, g] = Region::WITH_ROWS;
    let region = reader.tag("region", &[a, b, c, d, e, f, g, Region::Public])?;
    let _log_inner = reader.u8()?;
    let expected = usize::from(reader.u8()?);
    let base = reader.var()?;
    let start = reader.offset();
    let read = |reader: &Reader<'_>| reader.offset().saturating_sub(start);
    let mut axes = Vec::new();
    while read(reader) < expected {
        axes.push(Axis { size: reader.var32()?, allotted: reader.var32()? });
    }
    match read(reader) {
        found if found == expected => Ok(Tensor { region, base, axes }),
        found => Err(CircuitError::Span { tensor, expected, found }),
    }
}

/// Forms of a circuit with these kernels.
struct Forms<'a> {
    kernels: &'a [Kernel],
    /// Factors and constants copied from kernels.
    parts: usize,
}

impl Forms<'_> {
    fn functional(&mut self, reader: &mut Reader<'_>, item: usize) -> Result<Functional, CircuitError> {
        let variables = reader.u8()?;
        let forms = self.list(reader, Owner::Functional, item, Some(variables))?;
        Ok(Functional { variables, forms })
    }

    fn statement(&mut self, reader: &mut Reader<'_>, item: usize) -> Result<Statement, CircuitError> {
        Ok(Statement { forms: self.list(reader, Owner::Statement, item, None)? })
    }

    /// `variables` is none in a statement.
    fn list(
        &mut self,
        reader: &mut Reader<'_>,
        owner: Owner,
        item: usize,
        variables: Option<u8>,
    ) -> Result<Vec<Form>, CircuitError> {
        let mut form = 0usize;
        reader.list("forms", |reader| {
            let place = FormPlace { owner, item, form };
            form = form.saturating_add(1);
            self.form(reader, place, variables)
        })
    }

    fn form(
        &mut self,
        reader: &mut Reader<'_>,
        place: FormPlace,
        variables: Option<u8>,
    ) -> Result<Form, CircuitError> {
        let offset = reader.offset();
        let head = reader.u8()?;
        let unit = match head >> 6 {
            0 => Unit::One,
            1 => Unit::Gamma,
            2 => Unit::Beta,
            found => return Err(CircuitError::Tag { what: "unit", offset, found }),
        };
        let coefficient = reader.int()?;
        let tensor = if head >> 5 & 1 == 1 { Some(reader.var32()?) } else { None };
        let groups = numbered(reader, usize::from(head & 31), |reader, group| {
            self.group(reader.var32()?, place, group, variables)
        })?;
        Ok(Form { coefficient, unit, tensor, groups })
    }

    fn group(
        &mut self,
        found: u32,
        place: FormPlace,
        group: usize,
        variables: Option<u8>,
    ) -> Result<Group, CircuitError> {
        let count = self.kernels.len();
        let kernel = self.kernels.get(index(found));
        let kernel = kernel.ok_or(CircuitError::KernelIndex { place, group, found, count })?;
        // A few bytes refer to a long vector.
        self.parts = self.parts.saturating_add(kernel.parts());
        if self.parts > MAX_PARTS {
            return Err(CircuitError::Parts { most: MAX_PARTS });
        }
        kernel.group(place, group, variables)
    }
}
