//! Step 1: the bytes of a proof, completely checked before any other work.

use ark_ec::AffineRepr;
use zkattest_circuit::ProofShape;
use zkattest_circuit::ir::{Circuit, Region};
use zkattest_circuit::shape::{POINT_BYTES, SCALAR_BYTES};
use zkattest_field::{Base, G1, Scalar, decode};

use crate::argument::{Argument, Values};
use crate::error::VerifyError;

/// Bytes that are absorbed at once, and what they encode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message<'a, T> {
    /// As sent.
    pub bytes: &'a [u8],
    /// As decoded.
    pub values: T,
}

/// A proof's messages, in the order in which they are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof<'a> {
    /// Rows of regions 1 to 5.
    pub early_rows: Message<'a, Vec<G1>>,
    /// Rows of region 6.
    pub helper_rows: Message<'a, Vec<G1>>,
    /// S.
    pub sum: Message<'a, [Scalar; 1]>,
    /// Sum-check 1: c_0, c_2, .. of each round.
    pub rounds_1: Vec<Message<'a, Vec<Scalar>>>,
    /// Sum-check 2, likewise.
    pub rounds_2: Vec<Message<'a, Vec<Scalar>>>,
    /// u_1 .. u_D.
    pub u: Message<'a, Vec<Scalar>>,
    /// Sum-check 3, likewise.
    pub rounds_3: Vec<Message<'a, Vec<Scalar>>>,
    /// \[h\]; advice and C1 are in front of it.
    pub h: Message<'a, [G1; 1]>,
    /// \[q\], \[g\]; C2 follows.
    pub q_g: Message<'a, [G1; 2]>,
    /// \[s\], \[d\].
    pub s_d: Message<'a, [G1; 2]>,
    /// g(omega), g(1/omega), h(omega), h(1/omega), s(omega), s(1/omega), h(zeta); those of the evaluation part follow.
    pub values: Message<'a, [Scalar; 7]>,
    /// \[W\]: the joint quotient of all that is opened.
    pub quotient: Message<'a, [G1; 1]>,
    /// \[W'\]: the quotient by X - xi that opens W.
    pub quotient_at_xi: Message<'a, [G1; 1]>,
    /// What an evaluation part adds to these messages.
    pub argument: Option<Argument>,
}

impl<'a> Proof<'a> {
    /// Parses a proof of `circuit`, with an evaluation part or without.
    ///
    /// # Errors
    /// Wrong length; a scalar or coordinate that is not canonical; a point off the curve or at infinity.
    pub fn parse(circuit: &Circuit, evaluation: bool, bytes: &'a [u8]) -> Result<Self, VerifyError> {
        let mut shape = circuit.proof_shape();
        if evaluation {
            shape = shape.with_evaluation();
        }
        let (expected, found) = (shape.bytes(), bytes.len());
        if expected != found {
            return Err(VerifyError::Length { expected, found });
        }
        let mut reader = Reader { bytes, offset: 0 };
        let early_rows = reader.points(shape.early_rows)?;
        let helper_rows = reader.points(shape.helper_rows)?;
        let sum = reader.scalar_array()?;
        let rounds_1 = reader.rounds(shape.rounds_1, shape.degree_1)?;
        let rounds_2 = reader.rounds(shape.rounds_2, shape.degree_2)?;
        let u = reader.scalars(shape.factors)?;
        let rounds_3 = reader.rounds(shape.rounds_3, 2)?;
        let opening = reader.opening(&shape)?;
        let Opening { h, q_g, s_d, values, argument } = opening;
        let (quotient, quotient_at_xi) = (reader.point_array()?, reader.point_array()?);
        Ok(Self {
            early_rows,
            helper_rows,
            sum,
            rounds_1,
            rounds_2,
            u,
            rounds_3,
            h,
            q_g,
            s_d,
            values,
            quotient,
            quotient_at_xi,
            argument,
        })
    }
}

/// Messages of the opening up to its values, those of an evaluation part among them.
struct Opening<'a> {
    h: Message<'a, [G1; 1]>,
    q_g: Message<'a, [G1; 2]>,
    s_d: Message<'a, [G1; 2]>,
    values: Message<'a, [Scalar; 7]>,
    argument: Option<Argument>,
}

/// The bytes of a region's row commitments (64 each) inside a proof; none for the model and public regions,
/// whose rows no proof carries, and for a proof that is too short.
pub fn region_rows<'a>(circuit: &Circuit, proof: &'a [u8], region: Region) -> Option<&'a [u8]> {
    if matches!(region, Region::Model | Region::Public) {
        return None;
    }
    let before = circuit.first_row(region).checked_sub(circuit.first_row(Region::Data))?;
    let start = before.checked_mul(POINT_BYTES)?;
    let length = circuit.rows_of(region).checked_mul(POINT_BYTES)?;
    proof.get(start..start.checked_add(length)?)
}

/// Reads bytes whose number was checked before. Where they end too early after all, it says so.
struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, items: usize, size: usize) -> Result<(usize, &'a [u8]), VerifyError> {
        let start = self.offset;
        let end = start.saturating_add(items.saturating_mul(size));
        let taken = self.bytes.get(start..end);
        let found = self.bytes.len();
        self.offset = end;
        Ok((start, taken.ok_or(VerifyError::Length { expected: end, found })?))
    }

    fn scalars(&mut self, count: usize) -> Result<Message<'a, Vec<Scalar>>, VerifyError> {
        let (start, bytes) = self.take(count, SCALAR_BYTES)?;
        let (chunks, _) = bytes.as_chunks::<SCALAR_BYTES>();
        let offsets = (start..).step_by(SCALAR_BYTES);
        let values = chunks
            .iter()
            .zip(offsets)
            .map(|(chunk, offset)| decode(chunk).map_err(|_| VerifyError::Scalar { offset }))
            .collect::<Result<_, _>>()?;
        Ok(Message { bytes, values })
    }

    fn points(&mut self, count: usize) -> Result<Message<'a, Vec<G1>>, VerifyError> {
        let (start, bytes) = self.take(count, POINT_BYTES)?;
        let (chunks, _) = bytes.as_chunks::<POINT_BYTES>();
        let offsets = (start..).step_by(POINT_BYTES);
        let values = chunks
            .iter()
            .zip(offsets)
            .map(|(chunk, offset)| point(chunk, offset))
            .collect::<Result<_, _>>()?;
        Ok(Message { bytes, values })
    }

    fn rounds(&mut self, rounds: usize, degree: usize) -> Result<Vec<Message<'a, Vec<Scalar>>>, VerifyError> {
        (0..rounds).map(|_| self.scalars(degree)).collect()
    }

    fn scalar_array<const N: usize>(&mut self) -> Result<Message<'a, [Scalar; N]>, VerifyError> {
        let Message { bytes, values } = self.scalars(N)?;
        Ok(Message { bytes, values: fixed(values)? })
    }

    fn point_array<const N: usize>(&mut self) -> Result<Message<'a, [G1; N]>, VerifyError> {
        let Message { bytes, values } = self.points(N)?;
        Ok(Message { bytes, values: fixed(values)? })
    }
}

impl<'a> Reader<'a> {
    /// Everything read since `start`, with what it decodes to.
    fn since<T>(&self, start: usize, values: T) -> Message<'a, T> {
        Message { bytes: self.bytes.get(start..self.offset).unwrap_or_default(), values }
    }

    fn opening(&mut self, shape: &ProofShape) -> Result<Opening<'a>, VerifyError> {
        if !shape.evaluation {
            return Ok(Opening {
                h: self.point_array()?,
                q_g: self.point_array()?,
                s_d: self.point_array()?,
                values: self.scalar_array()?,
                argument: None,
            });
        }
        let start = self.offset;
        let advice = self.scalars(shape.advice())?.values;
        let [wires, h] = self.point_array()?.values;
        let h = self.since(start, [h]);
        let start = self.offset;
        let [q, g, product] = self.point_array()?.values;
        let q_g = self.since(start, [q, g]);
        let s_d = self.point_array()?;
        let start = self.offset;
        let own = self.scalar_array()?.values;
        let more = Values::new(self.scalar_array()?.values);
        let values = self.since(start, own);
        let argument = Some(Argument { advice, wires, product, values: more });
        Ok(Opening { h, q_g, s_d, values, argument })
    }
}

fn fixed<T, const N: usize>(values: Vec<T>) -> Result<[T; N], VerifyError> {
    values.try_into().map_err(|values: Vec<T>| VerifyError::Length { expected: N, found: values.len() })
}

/// x, then y: canonical, on the curve (whose order is r: no subgroup check), not infinity, which is (0, 0).
fn point(bytes: &[u8; POINT_BYTES], offset: usize) -> Result<G1, VerifyError> {
    let (halves, _) = bytes.as_chunks::<SCALAR_BYTES>();
    let mut coordinates =
        halves.iter().map(|half| decode::<Base>(half).map_err(|_| VerifyError::Coordinate { offset }));
    let (Some(x), Some(y)) = (coordinates.next(), coordinates.next()) else {
        return Err(VerifyError::Coordinate { offset });
    };
    let point = G1::new_unchecked(x?, y?);
    if point.is_zero() {
        return Err(VerifyError::Infinity { offset });
    }
    if !point.is_on_curve() {
        return Err(VerifyError::OffCurve { offset });
    }
    Ok(point)
}
