//! Limits on the lengths of lists (`docs/protocol.md`, "Encoding"): what the encoding has room for, and what a decoder
//! may copy.

use crate::error::CircuitError;
use crate::ir::Circuit;

/// Most items of a list.
pub const MAX_LIST: usize = 65_535;
/// Most groups of all forms, so that kernels are no more than items of a list.
pub const MAX_GROUPS: usize = MAX_LIST;
/// Most factors and constants of all forms' vectors: what a decoder copies from kernels.
pub const MAX_PARTS: usize = 1 << 20;
/// Most groups of a form.
pub const MAX_FORM_GROUPS: usize = 31;
/// Most factors of a vector.
pub const MAX_VECTOR_FACTORS: usize = 63;
/// Most factors of a term.
pub const MAX_TERM_FACTORS: usize = 255;
/// Most bytes of a tensor's encoded axes.
pub const MAX_SPAN: usize = 255;

impl Circuit {
    /// Before all that costs time: the other rules are checked in time linear in these numbers.
    pub(crate) fn check_sizes(&self) -> Result<(), CircuitError> {
        let functionals = self.functionals.iter().map(|functional| &functional.forms);
        let owners = functionals.chain(self.statements.iter().map(|statement| &statement.forms));
        let (mut groups, mut parts) = (0usize, 0usize);
        for forms in owners {
            length("forms", MAX_LIST, forms.len())?;
            for form in forms {
                length("groups", MAX_FORM_GROUPS, form.groups.len())?;
                groups = groups.saturating_add(form.groups.len());
                for group in &form.groups {
                    length("factors", MAX_VECTOR_FACTORS, group.vector.factors.len())?;
                    parts = parts.saturating_add(group.vector.parts());
                }
            }
        }
        length("groups of all forms", MAX_GROUPS, groups)?;
        if parts > MAX_PARTS { Err(CircuitError::Parts { most: MAX_PARTS }) } else { Ok(()) }
    }
}

/// found <= most.
pub(crate) fn length(what: &'static str, most: usize, found: usize) -> Result<(), CircuitError> {
    if found > most { Err(CircuitError::ListLength { what, most, found }) } else { Ok(()) }
}
