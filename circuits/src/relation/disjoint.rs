//! No row of one set has the features of a row of the other.

use zkattest_circuit::ir::{Axis, Form, Group, Kind, Point, Region, Unit};

use super::coefficients::Coefficients;
use super::cube::{Cube, group};
use super::error::RelationError;
use super::rows::{Rows, scalar};
use super::spec::Relation;
use crate::builder::Builder;
use crate::error::CompileError;
use crate::lookups;
use crate::rescale::{Limbs, add_limbs, limbs};
use crate::storage::bits;

/// The witness: keys in ascending order, each with the set that it is of. All cells are limbs of T bits.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub tensor: u32,
    pub cube: Cube,
    pub limb: u32,
    /// Added to fingerprints, so that keys are not negative.
    pub offset: i128,
    /// Keys are smaller.
    pub end: i128,
    pub key: Limbs,
    /// The next key (or `end`) less this one less 1.
    pub gap: Limbs,
    pub side: Limbs,
    /// Rows with this key.
    pub count: Limbs,
}

impl Table {
    pub fn slots(&self) -> u32 {
        self.count.end
    }

    fn axes(&self) -> Vec<Axis> {
        [vec![Axis { size: self.slots(), allotted: self.slots() }], self.cube.axes()].concat()
    }

    /// With the fewest cells, where an entry of the range table counts as much as four.
    fn smallest(entries: u8, log_row: u8, offset: i128, most: i128) -> Self {
        let end = 2 * offset + (1 << entries) + 1;
        let with = |limb: u32| {
            let wide = limbs(end, limb);
            let counts = 2 * wide + 1..2 * wide + 1 + limbs(most, limb);
            Self {
                tensor: 0,
                cube: Cube::new(entries, log_row),
                limb,
                offset,
                end,
                key: 0..wide,
                gap: wide..2 * wide,
                side: 2 * wide..2 * wide + 1,
                count: counts,
            }
        };
        let cost = |table: &Self| (u64::from(table.slots()) << entries) + (4 << table.limb);
        (9..=14).map(with).fold(with(8), |best, next| if cost(&next) < cost(&best) { next } else { best })
    }

    /// sign * unit * part at the points that `groups` select.
    fn form(&self, part: &Limbs, sign: i128, unit: Unit, groups: Vec<Group>) -> Form {
        let mut weights = vec![0; self.slots() as usize];
        add_limbs(&mut weights, part, sign, self.limb);
        let slots = group(1, self.slots(), vec![Kind::Constants(weights)]);
        Form { coefficient: 1, unit, tensor: Some(self.tensor), groups: [vec![slots], groups].concat() }
    }
}

/// With keys v_t < v_(t+1), sides s_t and counts n_t: sum over rows i of either set 1 / (gamma + f_i + beta side) =
/// sum over t n_t / (gamma + v_t + beta s_t).
pub(super) fn disjoint(
    builder: &mut Builder<'_>,
    relation: &Relation,
    sets: &[Rows; 2],
) -> Result<Table, RelationError> {
    let coefficients = relation.coefficients(0)?;
    let rows = sets[0].set.rows + sets[1].set.rows;
    let entries = u32::try_from(rows).map_err(|_| CompileError::TooLarge)?;
    let most = i128::from(sets[0].set.rows.max(sets[1].set.rows));
    let offset = Relation::bound(&coefficients);
    let mut table = Table::smallest(bits(entries), builder.options.log_row, offset, most);
    table.tensor = builder.tensor(Region::Witness, table.axes());
    builder.reserve(table.cube.variables);
    let mut sides = Vec::new();
    for (rows, name, side) in [(&sets[0], "first", 0), (&sets[1], "second", 1)] {
        let value = value(builder, rows, &coefficients, &table, side)?;
        sides.push((builder.row_inverses(name, rows, value), rows.cube, 1));
    }
    let cube = table.cube;
    let statement = builder.statement("key");
    let at_rho = cube.groups(&[Point::Rho]);
    let value = vec![
        table.form(&table.key, 1, Unit::One, at_rho.clone()),
        table.form(&table.side, 1, Unit::Beta, at_rho.clone()),
    ];
    let counts = table.form(&table.count, 1, Unit::One, at_rho);
    sides.push((builder.quotients(statement, cube, value, vec![counts]), cube, -1));
    builder.right(statement, vec![table.form(&table.count, 1, Unit::One, cube.groups(&[Point::R]))]);
    builder.rows_balance(&sides);
    ascending(builder, &table);
    Ok(table)
}

/// Fingerprint + offset + beta * side.
fn value(
    builder: &mut Builder<'_>,
    rows: &Rows,
    coefficients: &[Coefficients],
    table: &Table,
    side: i128,
) -> Result<Vec<Form>, RelationError> {
    let mut forms = rows.fingerprint(builder, coefficients, Unit::One)?;
    // only real rows are looked up: elsewhere the value has to be nothing
    let indicator = rows.indicator(&[Point::Rho]);
    let constant = |coefficient: i128, unit: Unit| {
        indicator.iter().map(move |form| Form { coefficient, unit, ..form.clone() }).collect::<Vec<_>>()
    };
    forms.extend(constant(table.offset, Unit::One));
    if side != 0 {
        forms.extend(constant(side, Unit::Beta));
    }
    Ok(forms)
}

/// v_(t+1) - v_t - 1 = gap_t, with `end` after the last key: gaps are not negative, so keys ascend.
fn ascending(builder: &mut Builder<'_>, table: &Table) {
    let statement = builder.statement("ascending");
    let here = table.cube.groups(&[Point::R]);
    let mut forms: Vec<Form> =
        table.cube.next().into_iter().map(|groups| table.form(&table.key, 1, Unit::One, groups)).collect();
    forms.push(scalar(table.end, Unit::One, table.cube.last()));
    forms.push(table.form(&table.key, -1, Unit::One, here.clone()));
    forms.push(table.form(&table.gap, -1, Unit::One, here));
    forms.push(scalar(-1, Unit::One, Vec::new()));
    builder.right(statement, forms);
}

/// Every cell of the witness is a limb.
pub(super) fn limbs_in_range(
    builder: &mut Builder<'_>,
    table: &Table,
    count: u32,
) -> Result<(), CompileError> {
    /// Lookups to a helper cell, as circuits of models have by default.
    const COLUMNS: u8 = 3;
    builder.range_lookup(lookups::Rows {
        region: Region::Witness,
        first: 0,
        count,
        offset: 0,
        bits: u8::try_from(table.limb).unwrap_or(u8::MAX),
        columns: COLUMNS,
    })
}
