//! Every row of the child is a row of the parent, and none is used twice.

use zkattest_circuit::ir::{Point, Region, Unit};

use super::error::RelationError;
use super::inverses::TIED;
use super::rows::Rows;
use super::spec::Relation;
use crate::builder::Builder;

/// The witness: one cell for each row of the parent, 1 where a row of the child is that row.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    pub tensor: u32,
}

/// sum over rows i of the child 1 / (gamma + f_i) = sum over rows k of the parent n_k / (gamma + F_k), n_k in {0, 1}.
pub(super) fn subset(
    builder: &mut Builder<'_>,
    relation: &Relation,
    parent: &Rows,
    child: &Rows,
) -> Result<Chosen, RelationError> {
    let [first, second] = [relation.coefficients(0)?, relation.coefficients(1)?];
    let mut value = |rows: &Rows| -> Result<_, RelationError> {
        let mut forms = rows.fingerprint(builder, &first, Unit::One)?;
        forms.extend(rows.fingerprint(builder, &second, Unit::Beta)?);
        Ok(forms)
    };
    let (of_parent, of_child) = (value(parent)?, value(child)?);
    let members = builder.row_inverses("member", child, of_child);

    let cube = parent.cube;
    let tensor = builder.tensor(Region::Witness, cube.axes());
    let bits = vec![cube.form(tensor, &[Point::Rho])];
    let chosen = builder.functional(cube.variables, bits.clone());
    let statement = builder.statement("chosen");
    let rows = builder.quotients(statement, cube, of_parent, bits);
    let real = builder.functional(cube.variables, parent.indicator(&TIED));
    builder.term(statement, -1, vec![real, chosen]);

    let statement = builder.statement("bit");
    let tied = builder.functional(cube.variables, vec![cube.form(tensor, &TIED)]);
    builder.term(statement, 1, vec![tied, chosen]);
    builder.right(statement, vec![cube.form(tensor, &[Point::R])]);

    builder.rows_balance(&[(members, child.cube, 1), (rows, cube, -1)]);
    Ok(Chosen { tensor })
}
