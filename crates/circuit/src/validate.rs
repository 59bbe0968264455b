//! Every rule that a description keeps (`docs/protocol.md`, "Circuit"; [`crate::ir`]).

use crate::error::{CircuitError, FormPlace, Owner};
use crate::index;
use crate::ir::{Circuit, Factor, Form, Group, Kind, Point, Region, Slice, Vector};
use crate::limits::{MAX_LIST, MAX_SPAN, MAX_TERM_FACTORS, length};

/// Bounds of c: below 6 the masks have no room, 28 is the largest published ceremony's power.
pub const LOG_ROW: (u8, u8) = (6, 28);
/// Most coordinates of r.
pub const MAX_R: u8 = 64;
/// Most variables of a functional.
pub const MAX_VARIABLES: u8 = 40;
/// log2 of the most entries of a table.
pub const MAX_TABLE_BITS: u8 = 16;
/// log2 of the least entries of a vector whose sum counts a step a bit, if it can be had so.
pub const LONG_BITS: u8 = 16;

/// Most units of work of a verifier.
pub const MAX_WORK: u64 = 1 << 26;
/// Coefficients and constants are below 2^100 in size.
const MAX_INTEGER: u128 = 1 << 100;

impl Circuit {
    /// Checks every rule.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn validate(&self) -> Result<(), CircuitError> {
        self.check_numbers()?;
        self.check_tables()?;
        self.check_tensors()?;
        let mut work = 0u64;
        let mut of_r = Vec::with_capacity(self.functionals.len());
        for (item, functional) in self.functionals.iter().enumerate() {
            if functional.variables > MAX_VARIABLES {
                return Err(CircuitError::Variables {
                    functional: item,
                    most: MAX_VARIABLES,
                    found: functional.variables,
                });
            }
            of_r.push(self.check_forms(
                Owner::Functional,
                item,
                Some(functional.variables),
                &functional.forms,
                &mut work,
            )?);
        }
        for (item, statement) in self.statements.iter().enumerate() {
            self.check_forms(Owner::Statement, item, None, &statement.forms, &mut work)?;
        }
        self.check_terms(&of_r)?;
        // After the terms, which its numbers come from.
        let (needed, available) = (self.mask_layout().pads.end, self.mask_room());
        if needed > available {
            return Err(CircuitError::MaskRoom { needed, available });
        }
        Ok(())
    }

    fn check_numbers(&self) -> Result<(), CircuitError> {
        let (least, most) = LOG_ROW;
        if !(least..=most).contains(&self.log_row) {
            return Err(CircuitError::RowSize { least, most, found: self.log_row });
        }
        if self.r_len > MAX_R {
            return Err(CircuitError::PointLength { most: MAX_R, found: self.r_len });
        }
        match self.rows_of(Region::Mask) {
            2 => {}
            found => return Err(CircuitError::MaskRows { found: u32::try_from(found).unwrap_or(u32::MAX) }),
        }
        length("tables", MAX_LIST, self.tables.len())?;
        length("tensors", MAX_LIST, self.tensors.len())?;
        length("functionals", MAX_LIST, self.functionals.len())?;
        length("statements", MAX_LIST, self.statements.len())?;
        length("terms", MAX_LIST, self.terms.len())?;
        self.check_sizes()
    }

    fn check_tables(&self) -> Result<(), CircuitError> {
        for (table, entry) in self.tables.iter().enumerate() {
            if entry.bits > MAX_TABLE_BITS {
                return Err(CircuitError::TableBits { table, most: MAX_TABLE_BITS, found: entry.bits });
            }
            let expected = 1usize.checked_shl(u32::from(entry.bits)).unwrap_or(0);
            if let Some(images) = &entry.images
                && images.len() != expected
            {
                return Err(CircuitError::TableImages { table, expected, found: images.len() });
            }
            let last =
                i64::try_from(expected).ok().and_then(|count| entry.low.checked_add(count.checked_sub(1)?));
            if last.is_none() {
                return Err(CircuitError::TableKeys { table });
            }
        }
        Ok(())
    }

    fn check_tensors(&self) -> Result<(), CircuitError> {
        for (tensor, entry) in self.tensors.iter().enumerate() {
            if entry.region == Region::Mask {
                return Err(CircuitError::TensorOfMasks { tensor });
            }
            length("bytes of axes", MAX_SPAN, entry.span())?;
            for (axis, sizes) in entry.axes.iter().enumerate() {
                if sizes.size == 0 || sizes.size > sizes.allotted {
                    return Err(CircuitError::Axis {
                        tensor,
                        axis,
                        size: sizes.size,
                        allotted: sizes.allotted,
                    });
                }
            }
            let last = entry.last_cell().ok_or(CircuitError::TensorTooLarge { tensor })?;
            let cells = self.cells_of(entry.region);
            if last >= cells {
                return Err(CircuitError::TensorOutside { tensor, last, cells });
            }
            let log_block = entry.log_inner(self.log_row);
            if entry.base.trailing_zeros() < log_block {
                return Err(CircuitError::TensorAlignment { tensor, base: entry.base, log_block });
            }
        }
        Ok(())
    }

    /// Cells of a region: at most 2^32 * 2^28.
    fn cells_of(&self, region: Region) -> u64 {
        match region {
            Region::Public => u64::from(self.public),
            _ => {
                let cells = self.rows_of(region).saturating_mul(self.row_size());
                u64::try_from(cells).unwrap_or(u64::MAX)
            }
        }
    }

    /// The coordinates of r that any of the forms uses. `variables` is none in a statement, whose forms know r
    /// alone.
    fn check_forms(
        &self,
        owner: Owner,
        item: usize,
        variables: Option<u8>,
        forms: &[Form],
        work: &mut u64,
    ) -> Result<u64, CircuitError> {
        let mut of_r = 0;
        for (number, form) in forms.iter().enumerate() {
            let place = FormPlace { owner, item, form: number };
            if form.coefficient.unsigned_abs() >= MAX_INTEGER {
                return Err(CircuitError::Coefficient { place });
            }
            self.check_groups(place, form, work)?;
            let mut used = Used::default();
            for (group, entry) in form.groups.iter().enumerate() {
                for (number, factor) in entry.vector.factors.iter().enumerate() {
                    let at = FactorPlace { place, group, factor: number };
                    self.check_factor(at, factor, variables, &mut used)?;
                    spend(work, factor.work())?;
                }
            }
            of_r |= used.r;
        }
        Ok(of_r)
    }

    /// Groups cover the tensor's axes, vectors are as long as those are.
    fn check_groups(&self, place: FormPlace, form: &Form, work: &mut u64) -> Result<(), CircuitError> {
        let tensor = match form.tensor {
            None => None,
            Some(found) => Some(self.tensors.get(index(found)).ok_or(CircuitError::TensorIndex {
                place,
                found,
                count: self.tensors.len(),
            })?),
        };
        let axes = tensor.map(|tensor| tensor.axes.as_slice()).unwrap_or_default();
        let covered: usize = form.groups.iter().map(|group| usize::from(group.axes)).sum();
        if covered != axes.len() {
            return Err(CircuitError::GroupAxes { place, expected: axes.len(), found: covered });
        }
        let mut sizes = axes.iter().map(|axis| u64::from(axis.size));
        for (group, entry) in form.groups.iter().enumerate() {
            let found = entry.vector.size;
            if found == 0 {
                return Err(CircuitError::VectorEmpty { place, group });
            }
            if entry.axes > 0 {
                let own = sizes.by_ref().take(usize::from(entry.axes));
                let expected = own.fold(1u64, u64::saturating_mul);
                if u64::from(found) != expected {
                    return Err(CircuitError::VectorSize { place, group, expected, found });
                }
            }
        }
        let blocks = tensor.map(|tensor| form.blocks(tensor, self.log_row));
        let enumerated = |group: &Group| match &blocks {
            Some(Some(blocks)) => blocks.leading.iter().any(|(leading, _)| std::ptr::eq(*leading, group)),
            _ => false,
        };
        for group in &form.groups {
            let vector = &group.vector;
            let passes = u64::try_from(vector.factors.len()).unwrap_or(u64::MAX).saturating_add(1);
            // Bit by bit, where the sum of a long product of eq over all indices of some bits is wanted.
            let long = vector.whole_bits().filter(|bits| *bits >= LONG_BITS);
            let steps = match long.filter(|_| !enumerated(group)) {
                Some(bits) => u64::from(bits).saturating_add(1),
                None => u64::from(vector.size),
            };
            spend(work, steps.saturating_mul(passes))?;
        }
        match blocks {
            Some(blocks) => spend(work, blocks.map_or(u64::MAX, |blocks| blocks.count())),
            None => Ok(()),
        }
    }

    fn check_factor(
        &self,
        at: FactorPlace,
        factor: &Factor,
        variables: Option<u8>,
        used: &mut Used,
    ) -> Result<(), CircuitError> {
        let FactorPlace { place, group, factor: number } = at;
        if factor.div == 0 || factor.modulus == 0 {
            return Err(CircuitError::FactorZero { place, group, factor: number });
        }
        match &factor.kind {
            Kind::Eq(slice) => {
                self.check_slice(at, *slice, variables, used)?;
                at.fits(*slice, factor.modulus)?;
            }
            Kind::Affine { slice, from, to, taps, .. } => {
                at.is_of(*slice, Point::R)?;
                self.check_slice(at, *slice, variables, used)?;
                if from > to {
                    return Err(CircuitError::Outputs { place, group, factor: number, from: *from, to: *to });
                }
                at.fits(*slice, *to)?;
                if *taps == 0 {
                    return Err(CircuitError::Taps { place, group, factor: number });
                }
            }
            Kind::Window { output, input, outputs, inputs, .. } => {
                at.is_of(*output, Point::R)?;
                at.is_of(*input, Point::Rho)?;
                self.check_slice(at, *output, variables, used)?;
                self.check_slice(at, *input, variables, used)?;
                at.fits(*output, *outputs)?;
                at.fits(*input, *inputs)?;
            }
            Kind::Constants(values) => {
                let (expected, found) = (factor.modulus, values.len());
                if index(expected) != found {
                    return Err(CircuitError::Constants { place, group, factor: number, expected, found });
                }
                length("constants", MAX_LIST, found)?;
                if let Some(index) = values.iter().position(|value| value.unsigned_abs() >= MAX_INTEGER) {
                    return Err(CircuitError::Constant { place, group, factor: number, index });
                }
            }
            Kind::Table(found) => {
                let count = self.tables.len();
                let table = self.tables.get(index(*found)).ok_or(CircuitError::TableIndex {
                    place,
                    group,
                    factor: number,
                    found: *found,
                    count,
                })?;
                let expected = 1u32.checked_shl(u32::from(table.bits)).unwrap_or(0);
                if factor.modulus != expected {
                    return Err(CircuitError::TableModulus {
                        place,
                        group,
                        factor: number,
                        expected,
                        found: factor.modulus,
                    });
                }
            }
        }
        Ok(())
    }

    /// The slice is of coordinates that the point has and that the form has not used before: so a form is
    /// multilinear in r and in rho.
    fn check_slice(
        &self,
        at: FactorPlace,
        slice: Slice,
        variables: Option<u8>,
        used: &mut Used,
    ) -> Result<(), CircuitError> {
        let FactorPlace { place, group, factor } = at;
        let available = match (slice.point, variables) {
            (Point::R, _) => self.r_len,
            (Point::Rho, Some(variables)) => variables,
            (Point::Rho, None) => return Err(CircuitError::SlicePoint { place, group, factor }),
        };
        let end = usize::from(slice.offset).saturating_add(usize::from(slice.len));
        if end > usize::from(available) {
            return Err(CircuitError::SliceOutside {
                place,
                group,
                factor,
                offset: slice.offset,
                end,
                available,
            });
        }
        let used = match slice.point {
            Point::R => &mut used.r,
            Point::Rho => &mut used.rho,
        };
        for coordinate in slice.offset..slice.offset.saturating_add(slice.len) {
            let bit = 1u64.checked_shl(u32::from(coordinate)).unwrap_or(0);
            if *used & bit != 0 {
                return Err(CircuitError::SliceOverlap { place, point: slice.point, coordinate });
            }
            *used |= bit;
        }
        Ok(())
    }

    /// `of_r`: the coordinates of r that each functional uses.
    fn check_terms(&self, of_r: &[u64]) -> Result<(), CircuitError> {
        for (number, term) in self.terms.iter().enumerate() {
            if index(term.statement) >= self.statements.len() {
                let count = self.statements.len();
                return Err(CircuitError::StatementIndex { term: number, found: term.statement, count });
            }
            if term.coefficient.unsigned_abs() >= MAX_INTEGER {
                return Err(CircuitError::TermCoefficient { term: number });
            }
            length("factors", MAX_TERM_FACTORS, term.factors.len())?;
            let (mut expected, mut used) = (None, 0);
            for (factor, index_of) in term.factors.iter().enumerate() {
                let functional =
                    self.functionals.get(index(*index_of)).ok_or(CircuitError::FunctionalIndex {
                        term: number,
                        found: *index_of,
                        count: self.functionals.len(),
                    })?;
                let (found, expected) = (functional.variables, *expected.get_or_insert(functional.variables));
                if found != expected {
                    return Err(CircuitError::TermVariables { term: number, factor, expected, found });
                }
                let own = of_r.get(index(*index_of)).copied().unwrap_or_default();
                if let Some(coordinate) = (0..MAX_R).find(|bit| (used & own) >> bit & 1 == 1) {
                    return Err(CircuitError::TermOverlap { term: number, factor, coordinate });
                }
                used |= own;
            }
            if expected.is_none() {
                return Err(CircuitError::NoFactors { term: number });
            }
        }
        Ok(())
    }
}

/// Coordinates that a form uses, a bit for each: at most 64 of r and 40 of rho.
#[derive(Default)]
struct Used {
    r: u64,
    rho: u64,
}

#[derive(Clone, Copy)]
struct FactorPlace {
    place: FormPlace,
    group: usize,
    factor: usize,
}

impl FactorPlace {
    fn is_of(&self, slice: Slice, point: Point) -> Result<(), CircuitError> {
        let Self { place, group, factor } = *self;
        if slice.point == point { Ok(()) } else { Err(CircuitError::SlicePoint { place, group, factor }) }
    }

    /// found <= 2^len.
    fn fits(&self, slice: Slice, found: u32) -> Result<(), CircuitError> {
        let Self { place, group, factor } = *self;
        let room = 1u64.checked_shl(u32::from(slice.len)).unwrap_or(u64::MAX);
        if u64::from(found) <= room {
            Ok(())
        } else {
            Err(CircuitError::SliceShort { place, group, factor, found, len: slice.len })
        }
    }
}

impl Vector {
    /// log2 of the size where the vector is a product of `Eq`s, one at least, each over all indices of as many bits.
    fn whole_bits(&self) -> Option<u8> {
        let [first, ..] = self.factors.as_slice() else { return None };
        let Kind::Eq(Slice { len, .. }) = first.kind else { return None };
        let whole = |factor: &Factor| {
            matches!(&factor.kind, Kind::Eq(slice) if slice.len == len)
                && factor.div == 1
                && factor.modulus == self.size
        };
        let full = 1u32.checked_shl(len.into()) == Some(self.size);
        (full && self.factors.iter().all(whole)).then_some(len)
    }
}

impl Factor {
    /// Units of work beyond those of its vector's size.
    fn work(&self) -> u64 {
        let wide = |a: u32, b: u32| u64::from(a).saturating_mul(u64::from(b));
        match &self.kind {
            Kind::Affine { from, to, taps, .. } => wide(to.saturating_sub(*from), *taps),
            Kind::Window { outputs, inputs, .. } => {
                wide(*outputs, self.modulus).saturating_add(u64::from(*inputs))
            }
            Kind::Eq(_) | Kind::Constants(_) | Kind::Table(_) => 0,
        }
    }
}

fn spend(work: &mut u64, units: u64) -> Result<(), CircuitError> {
    *work = work.saturating_add(units);
    if *work > MAX_WORK { Err(CircuitError::Work { most: MAX_WORK }) } else { Ok(()) }
}
