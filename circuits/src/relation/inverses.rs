//! The two sides of a LogUp identity over rows (Haboeck, "Multivariate lookups based on logarithmic derivatives", 2022).

use zkattest_circuit::ir::{Form, Functional, Group, Point, Region, Unit};
use zkattest_circuit::quotient::Quotient;

use super::cube::Cube;
use super::rows::{Rows, scalar};
use crate::builder::Builder;

/// Both points: cells tied to the output.
pub(super) const TIED: [Point; 2] = [Point::R, Point::Rho];

impl Builder<'_> {
    /// Helpers with helper(x) (gamma + value(x)) = numerator(x) for each point x of the cube, in the statement given, where `value` are
    /// forms at rho. Its right side, the numerator at r, is the caller's matter; `numerator` are forms at rho for the prover.
    pub(super) fn quotients(
        &mut self,
        statement: u32,
        cube: Cube,
        value: Vec<Form>,
        numerator: Vec<Form>,
    ) -> u32 {
        let helper = self.tensor(Region::Helper, cube.axes());
        let eq_helper = self.functional(cube.variables, vec![cube.form(helper, &TIED)]);
        let forms = [vec![scalar(1, Unit::Gamma, Vec::new())], value].concat();
        let denominator = self.functional(cube.variables, forms);
        self.term(statement, 1, vec![eq_helper, denominator]);
        let numerator = Functional { variables: cube.variables, forms: numerator };
        self.lookups.quotients.push(Quotient { helper, numerator, denominator });
        helper
    }

    /// Helpers 1 / (gamma + value) of the real rows of a set, 0 at all other points: there the value has no cells, and
    /// helper * gamma = 0.
    pub(super) fn row_inverses(&mut self, name: &'static str, rows: &Rows, value: Vec<Form>) -> u32 {
        let statement = self.statement(name);
        let helper = self.quotients(statement, rows.cube, value, rows.indicator(&[Point::Rho]));
        self.right(statement, rows.indicator(&[Point::R]));
        helper
    }

    /// The helpers of each of `sides`, summed with its sign, vanish.
    pub(super) fn rows_balance(&mut self, sides: &[(u32, Cube, i128)]) {
        let statement = self.statement("sums");
        let forms = sides.iter().map(|(helper, cube, sign)| {
            let groups: Vec<Group> = cube.groups(&[]);
            Form { coefficient: *sign, unit: Unit::One, tensor: Some(*helper), groups }
        });
        let forms = forms.collect();
        self.right(statement, forms);
    }
}
