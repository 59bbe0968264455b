//! Products of operands, summed over what they share: the left sides of statements.

use zkattest_circuit::ir::{Form, Kind, Point};

use crate::builder::{Builder, selected};
use crate::error::CompileError;
use crate::frame::{Frame, Map, Operand, Part, parts};

/// Coordinates of rho that the factors of a product share.
struct Variables {
    contractions: Vec<Vec<Part>>,
    /// By output axis: where several factors follow it.
    shared: Vec<Option<Vec<Part>>>,
    count: u8,
}

impl Builder<'_> {
    /// Add coefficient * sum over contractions of (left * right) to a statement's left side, per output. Axes of
    /// both that follow the same output axis are variables too, tied to it by eq(r) in `left`.
    pub fn product(
        &mut self,
        statement: u32,
        coefficient: i128,
        left: &Operand,
        right: &Operand,
        frame: &Frame,
    ) -> Result<(), CompileError> {
        let factors = [left, right].map(|operand| [(1, operand.clone())]);
        self.multiply(statement, coefficient, &[&factors[0], &factors[1]], frame)
    }

    /// [`Self::product`] of any number of factors, each the sum of coefficient * operand. An output axis that more than one factor
    /// follows is tied to r in the first of them. An operand that does not follow an axis of its factor's repeats.
    pub fn multiply(
        &mut self,
        statement: u32,
        coefficient: i128,
        factors: &[&[(i128, Operand)]],
        frame: &Frame,
    ) -> Result<(), CompileError> {
        let follows = |factor: &[(i128, Operand)], axis: usize| {
            factor.iter().any(|(_, operand)| operand.maps.contains(&Map::Same(axis)))
        };
        let mut count = 0;
        let contractions =
            frame.contractions.iter().map(|sizes| parts(Point::Rho, &mut count, sizes)).collect();
        let shared = frame
            .axes
            .iter()
            .enumerate()
            .map(|(axis, found)| {
                let sizes: Vec<u32> = found.iter().map(|part| part.size).collect();
                let several = factors.iter().filter(|factor| follows(factor, axis)).count() > 1;
                several.then(|| parts(Point::Rho, &mut count, &sizes))
            })
            .collect();
        let variables = Variables { contractions, shared, count };
        let mut functionals = Vec::new();
        for (number, factor) in factors.iter().enumerate() {
            // what follows no output may be squared
            let tied =
                |(_, operand): &(i128, Operand)| operand.maps.iter().any(|map| matches!(map, Map::Same(_)));
            if number > 0 && factors[number - 1] == *factor && !factor.iter().any(tied) {
                functionals.extend(functionals.last().copied());
                continue;
            }
            let ties = |axis: usize| !factors[..number].iter().any(|before| follows(before, axis));
            let mut forms = Vec::new();
            for (weight, operand) in *factor {
                let loose = |axis: usize| {
                    variables.shared[axis].is_some()
                        && ties(axis)
                        && follows(factor, axis)
                        && !operand.maps.contains(&Map::Same(axis))
                };
                if (0..frame.axes.len()).any(loose) {
                    return Err(CompileError::Geometry); // it would count at every output
                }
                forms.extend(self.read((*weight, operand), frame, &variables, &ties)?);
            }
            functionals.push(self.functional(variables.count, forms));
        }
        self.term(statement, coefficient, functionals);
        Ok(())
    }

    /// An operand's forms. `ties`: whether its factor is the one that ties an output axis to r.
    fn read(
        &self,
        (weight, operand): (i128, &Operand),
        frame: &Frame,
        variables: &Variables,
        ties: &dyn Fn(usize) -> bool,
    ) -> Result<Vec<Form>, CompileError> {
        let mut factors = Vec::new();
        for (digits, map) in operand.value.digits.iter().zip(&operand.maps) {
            let (parts, extra): (&[Part], &[Part]) = match map {
                Map::Contract(number) => (&variables.contractions[*number], &[]),
                Map::Same(axis) => match &variables.shared[*axis] {
                    Some(rho) => (rho, if ties(*axis) { &frame.axes[*axis] } else { &[] }),
                    None => (&frame.axes[*axis], &[]),
                },
                Map::Sum => {
                    factors.push(digits.iter().map(|digit| (*digit, Vec::new())).collect());
                    continue;
                }
                Map::Weighted(weights) => {
                    let [digit] = digits.as_slice() else { return Err(CompileError::Geometry) };
                    factors.push(vec![(*digit, vec![Kind::Constants(weights.clone())])]);
                    continue;
                }
                Map::Affine(_) => return Err(CompileError::Geometry),
            };
            factors.push(selected(digits, parts, extra)?);
        }
        self.forms(&operand.value, &factors, &[], weight)
    }
}
