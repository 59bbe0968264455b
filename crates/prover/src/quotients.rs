//! Helper cells that are quotients of functionals (`zkattest_circuit::quotient`): the functionals' tables, one inverted, times the
//! other.

use crate::ProverError;
use crate::helper::Helper;
use crate::rows::Rows;
use crate::scope::Scope;
use crate::tables::{elements, table};
use zkattest_circuit::index as place;
use zkattest_circuit::ir::{Circuit, Form, Functional, Kind, Point, Region};
use zkattest_circuit::lookup::Lookups;
use zkattest_circuit::quotient::Quotient;
use zkattest_circuit::{Challenges, validate::MAX_VARIABLES};
use zkattest_kernels::{Cpu, Kernels};

/// Quotients are numbered after the other lookups.
fn first(lookups: &Lookups) -> usize {
    lookups.ranges.len() + lookups.functions.len()
}

/// Checks the hints against a validated circuit.
///
/// # Errors
/// [`ProverError::Lookup`] for an index that the circuit does not have, for a functional that is not known before the helpers are,
/// and for functionals and tensor of different sizes.
pub(crate) fn check(circuit: &Circuit, lookups: &Lookups) -> Result<(), ProverError> {
    for (number, quotient) in lookups.quotients.iter().enumerate() {
        let fail = |what| ProverError::Lookup { lookup: first(lookups) + number, what };
        let denominator = denominator(circuit, quotient).ok_or(fail("no denominator"))?;
        let variables = denominator.variables;
        if variables > MAX_VARIABLES || quotient.numerator.variables != variables {
            return Err(fail("numerator and denominator are of different numbers of variables"));
        }
        if !(known(circuit, denominator) && known(circuit, &quotient.numerator)) {
            return Err(fail("a functional looks at r, at helpers or at what the circuit does not have"));
        }
        let helper = circuit.tensors.get(place(quotient.helper));
        let elements = helper.filter(|tensor| tensor.region == Region::Helper).and_then(|t| t.elements());
        if elements != Some(1 << variables) {
            return Err(fail("no helper tensor of as many elements as its functionals have points"));
        }
    }
    Ok(())
}

fn denominator<'c>(circuit: &'c Circuit, quotient: &Quotient) -> Option<&'c Functional> {
    circuit.functionals.get(place(quotient.denominator))
}

/// Whether a functional can be tabulated before r is drawn.
fn known(circuit: &Circuit, functional: &Functional) -> bool {
    let of_rho = |kind: &Kind| match kind {
        Kind::Eq(slice) => {
            slice.point == Point::Rho && slice.offset.saturating_add(slice.len) <= functional.variables
        }
        Kind::Window { output, input, .. } => {
            output.len == 0 && input.offset.saturating_add(input.len) <= functional.variables
        }
        Kind::Constants(_) => true,
        Kind::Affine { .. } | Kind::Table(_) => false,
    };
    let known = |form: &Form| {
        let tensor = form.tensor.map(|number| circuit.tensors.get(place(number)));
        let committed = match tensor {
            None => true,
            Some(Some(tensor)) => !matches!(tensor.region, Region::Helper | Region::Mask),
            Some(None) => false,
        };
        let mut factors = form.groups.iter().flat_map(|group| &group.vector.factors);
        committed && factors.all(|factor| of_rho(&factor.kind))
    };
    functional.forms.iter().all(known)
}

/// Writes all quotients into the helper rows' cells.
///
/// # Errors
/// A denominator that is zero.
pub(crate) fn fill(
    circuit: &Circuit,
    lookups: &Lookups,
    rows: &Rows<'_>,
    challenges: &Challenges,
    cpu: &Cpu,
    helper: &mut Helper<'_>,
) -> Result<(), ProverError> {
    let scope = Scope::new(circuit, challenges, *cpu);
    for (number, quotient) in lookups.quotients.iter().enumerate() {
        let lookup = first(lookups) + number;
        let fail = |what| ProverError::Lookup { lookup, what };
        let mut values = table(&scope, rows, denominator(circuit, quotient).ok_or(fail("no denominator"))?)?;
        if cpu.invert(&mut values) > 0 {
            return Err(ProverError::ZeroDenominator { lookup });
        }
        let numerators = table(&scope, rows, &quotient.numerator)?;
        let cells = elements(&circuit.tensors[place(quotient.helper)]);
        for (cell, (inverse, numerator)) in cells.into_iter().zip(values.iter().zip(&numerators)) {
            *helper.cell_mut(cell).ok_or(fail("a tensor leaves its region"))? = *inverse * numerator;
        }
    }
    Ok(())
}
