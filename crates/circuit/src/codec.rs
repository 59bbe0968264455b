//! The one encoding of a circuit, and its digest (`docs/protocol.md`, "Encoding").

use sha3::{Digest, Keccak256};

use crate::error::CircuitError;
use crate::index;
use crate::ir::{
    Axis, Circuit, Factor, Form, Functional, Group, Kind, Point, ROW_REGIONS, Region, Slice, Statement,
    Table, Tensor, Term, Unit, Vector,
};
use crate::validate::{MAX_LIST, MAX_TABLE_BITS};

/// First bytes of an encoded circuit.
pub const MAGIC: &[u8; 4] = b"ZKCI";
/// Version of the encoding.
pub const VERSION: u16 = 1;

impl Circuit {
    /// The canonical encoding of a valid circuit. (Of a description that [`Circuit::validate`] refuses the bytes
    /// mean nothing: [`Circuit::decode`] refuses them, or they are another circuit's.)
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend(MAGIC);
        out.extend(VERSION.to_be_bytes());
        out.extend([self.log_row, self.r_len]);
        self.rows.iter().chain([&self.public]).for_each(|count| out.extend(count.to_be_bytes()));
        list(&mut out, &self.tables, put_table);
        list(&mut out, &self.tensors, put_tensor);
        list(&mut out, &self.functionals, |out, functional| {
            out.push(functional.variables);
            list(out, &functional.forms, put_form);
        });
        list(&mut out, &self.statements, |out, statement| list(out, &statement.forms, put_form));
        list(&mut out, &self.terms, put_term);
        out
    }

    /// keccak256 of the encoding.
    pub fn digest(&self) -> [u8; 32] {
        Keccak256::digest(self.encode()).into()
    }

    /// The valid circuit that `bytes` encode.
    ///
    /// # Errors
    /// The first cause found why there is none: truncated or trailing bytes, an unknown tag, or a rule that
    /// [`Circuit::validate`] checks.
    pub fn decode(bytes: &[u8]) -> Result<Self, CircuitError> {
        let mut reader = Reader { bytes, offset: 0 };
        let circuit = reader.circuit()?;
        match reader.remaining() {
            0 => {}
            count => return Err(CircuitError::Trailing { count }),
        }
        circuit.validate()?;
        Ok(circuit)
    }
}

fn count8(count: usize) -> u8 {
    u8::try_from(count).unwrap_or(u8::MAX)
}

fn list<T>(out: &mut Vec<u8>, items: &[T], put: impl Fn(&mut Vec<u8>, &T)) {
    out.extend(u32::try_from(items.len()).unwrap_or(u32::MAX).to_be_bytes());
    items.iter().for_each(|item| put(out, item));
}

fn put_table(out: &mut Vec<u8>, table: &Table) {
    out.push(table.bits);
    out.extend(table.low.to_be_bytes());
    out.push(u8::from(table.images.is_some()));
    table.images.iter().flatten().for_each(|image| out.extend(image.to_be_bytes()));
}

fn put_tensor(out: &mut Vec<u8>, tensor: &Tensor) {
    out.push(tensor.region as u8);
    out.extend(tensor.base.to_be_bytes());
    out.push(count8(tensor.axes.len()));
    for axis in &tensor.axes {
        out.extend(axis.size.to_be_bytes());
        out.extend(axis.allotted.to_be_bytes());
    }
}

fn put_term(out: &mut Vec<u8>, term: &Term) {
    out.extend(term.statement.to_be_bytes());
    out.extend(term.coefficient.to_be_bytes());
    out.push(count8(term.factors.len()));
    term.factors.iter().for_each(|factor| out.extend(factor.to_be_bytes()));
}

fn put_form(out: &mut Vec<u8>, form: &Form) {
    out.extend(form.coefficient.to_be_bytes());
    out.push(form.unit as u8);
    out.extend(form.tensor.map_or(0, |tensor| tensor.saturating_add(1)).to_be_bytes());
    out.push(count8(form.groups.len()));
    for group in &form.groups {
        out.push(group.axes);
        out.extend(group.vector.size.to_be_bytes());
        out.push(count8(group.vector.factors.len()));
        group.vector.factors.iter().for_each(|factor| put_factor(out, factor));
    }
}

fn put_slice(out: &mut Vec<u8>, slice: &Slice) {
    out.extend([slice.point as u8, slice.offset, slice.len]);
}

fn put_factor(out: &mut Vec<u8>, factor: &Factor) {
    let tag = match &factor.kind {
        Kind::Eq(_) => 0,
        Kind::Affine { .. } => 1,
        Kind::Window { .. } => 2,
        Kind::Constants(_) => 3,
        Kind::Table(_) => 4,
    };
    out.push(tag);
    out.extend(factor.div.to_be_bytes());
    out.extend(factor.modulus.to_be_bytes());
    match &factor.kind {
        Kind::Eq(slice) => put_slice(out, slice),
        Kind::Affine { slice, from, to, taps, stride, dilation, offset } => {
            put_slice(out, slice);
            [from, to, taps].iter().for_each(|value| out.extend(value.to_be_bytes()));
            [stride, dilation, offset].iter().for_each(|value| out.extend(value.to_be_bytes()));
        }
        Kind::Window { output, input, outputs, inputs, stride, dilation, offset } => {
            put_slice(out, output);
            put_slice(out, input);
            [outputs, inputs].iter().for_each(|value| out.extend(value.to_be_bytes()));
            [stride, dilation, offset].iter().for_each(|value| out.extend(value.to_be_bytes()));
        }
        Kind::Constants(values) => values.iter().for_each(|value| out.extend(value.to_be_bytes())),
        Kind::Table(table) => out.extend(table.to_be_bytes()),
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

macro_rules! integers {
    ($($name:ident)*) => {
        $(fn $name(&mut self) -> Result<$name, CircuitError> {
            Ok($name::from_be_bytes(self.array()?))
        })*
    };
}

impl Reader<'_> {
    integers!(u8 u16 u32 u64 i32 i64 i128);

    fn remaining(&self) -> usize {
        self.bytes.len().saturating_sub(self.offset)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], CircuitError> {
        let found = self.remaining();
        let truncated = CircuitError::Truncated { offset: self.offset, expected: N, found };
        let chunk = self.bytes.get(self.offset..).and_then(<[u8]>::first_chunk).ok_or(truncated)?;
        self.offset = self.offset.saturating_add(N);
        Ok(*chunk)
    }

    fn many<T>(
        &mut self,
        count: usize,
        mut item: impl FnMut(&mut Self) -> Result<T, CircuitError>,
    ) -> Result<Vec<T>, CircuitError> {
        // Grown item by item: a count that the bytes do not bear out allocates nothing.
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(item(self)?);
        }
        Ok(items)
    }

    fn list<T>(
        &mut self,
        what: &'static str,
        item: impl FnMut(&mut Self) -> Result<T, CircuitError>,
    ) -> Result<Vec<T>, CircuitError> {
        let found = index(self.u32()?);
        if found > MAX_LIST {
            return Err(CircuitError::ListLength { what, most: MAX_LIST, found });
        }
        self.many(found, item)
    }

    fn tag<T: Copy>(&mut self, what: &'static str, values: &[T]) -> Result<T, CircuitError> {
        let offset = self.offset;
        let found = self.u8()?;
        values.get(usize::from(found)).copied().ok_or(CircuitError::Tag { what, offset, found })
    }

    fn circuit(&mut self) -> Result<Circuit, CircuitError> {
        if self.array::<4>()? != *MAGIC {
            return Err(CircuitError::Magic);
        }
        match self.u16()? {
            VERSION => {}
            found => return Err(CircuitError::Version { expected: VERSION, found }),
        }
        let (log_row, r_len) = (self.u8()?, self.u8()?);
        let mut rows = [0u32; ROW_REGIONS];
        for count in &mut rows {
            *count = self.u32()?;
        }
        let public = self.u32()?;
        let mut tables = 0usize;
        Ok(Circuit {
            log_row,
            r_len,
            rows,
            public,
            tables: self.list("tables", |reader| {
                tables = tables.saturating_add(1);
                reader.table(tables.saturating_sub(1))
            })?,
            tensors: self.list("tensors", Self::tensor)?,
            functionals: self.list("functionals", |reader| {
                Ok(Functional { variables: reader.u8()?, forms: reader.list("forms", Self::form)? })
            })?,
            statements: self
                .list("statements", |reader| Ok(Statement { forms: reader.list("forms", Self::form)? }))?,
            terms: self.list("terms", Self::term)?,
        })
    }

    fn table(&mut self, table: usize) -> Result<Table, CircuitError> {
        let bits = self.u8()?;
        let low = self.i64()?;
        let images = if self.tag("flag", &[false, true])? {
            // Before the images are read, for their number comes from it.
            if bits > MAX_TABLE_BITS {
                return Err(CircuitError::TableBits { table, most: MAX_TABLE_BITS, found: bits });
            }
            Some(self.many(1usize.checked_shl(u32::from(bits)).unwrap_or(0), Self::i32)?)
        } else {
            None
        };
        Ok(Table { bits, low, images })
    }

    fn tensor(&mut self) -> Result<Tensor, CircuitError> {
        let [a, b, c, d, e, f, g] = Region::WITH_ROWS;
        let region = self.tag("region", &[a, b, c, d, e, f, g, Region::Public])?;
        let base = self.u64()?;
        let axes = usize::from(self.u8()?);
        let axes = self.many(axes, |reader| Ok(Axis { size: reader.u32()?, allotted: reader.u32()? }))?;
        Ok(Tensor { region, base, axes })
    }

    fn term(&mut self) -> Result<Term, CircuitError> {
        let (statement, coefficient) = (self.u32()?, self.i128()?);
        let factors = usize::from(self.u8()?);
        Ok(Term { statement, coefficient, factors: self.many(factors, Self::u32)? })
    }

    fn form(&mut self) -> Result<Form, CircuitError> {
        let coefficient = self.i128()?;
        let unit = self.tag("unit", &[Unit::One, Unit::Gamma, Unit::Beta])?;
        let tensor = self.u32()?.checked_sub(1);
        let groups = usize::from(self.u8()?);
        Ok(Form { coefficient, unit, tensor, groups: self.many(groups, Self::group)? })
    }

    fn group(&mut self) -> Result<Group, CircuitError> {
        let (axes, size) = (self.u8()?, self.u32()?);
        let factors = usize::from(self.u8()?);
        Ok(Group { axes, vector: Vector { size, factors: self.many(factors, Self::factor)? } })
    }

    fn slice(&mut self) -> Result<Slice, CircuitError> {
        let point = self.tag("point", &[Point::R, Point::Rho])?;
        Ok(Slice { point, offset: self.u8()?, len: self.u8()? })
    }

    fn factor(&mut self) -> Result<Factor, CircuitError> {
        let kind: u8 = self.tag("kind of factor", &[0, 1, 2, 3, 4])?;
        let (div, modulus) = (self.u32()?, self.u32()?);
        let kind = match kind {
            0 => Kind::Eq(self.slice()?),
            1 => Kind::Affine {
                slice: self.slice()?,
                from: self.u32()?,
                to: self.u32()?,
                taps: self.u32()?,
                stride: self.i64()?,
                dilation: self.i64()?,
                offset: self.i64()?,
            },
            2 => Kind::Window {
                output: self.slice()?,
                input: self.slice()?,
                outputs: self.u32()?,
                inputs: self.u32()?,
                stride: self.i64()?,
                dilation: self.i64()?,
                offset: self.i64()?,
            },
            3 => {
                let found = index(modulus);
                if found > MAX_LIST {
                    return Err(CircuitError::ListLength { what: "constants", most: MAX_LIST, found });
                }
                Kind::Constants(self.many(found, Self::i128)?)
            }
            _ => Kind::Table(self.u32()?),
        };
        Ok(Factor { div, modulus, kind })
    }
}
