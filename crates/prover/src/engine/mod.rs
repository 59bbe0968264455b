//! What computes with a proof's cells and long tables, and where these lie: the processor, or a device that keeps them
//! between kernels. Messages, challenges and randomness are the processor's in any case, and results are the same
//! elements, hence the same bytes.
//!
//! Each phase of a proof asks for what it needs by a trait of its own, which [`Host`] and [`OnDevice`] implement.

mod claims;
mod commits;
mod constraints;
mod device;
mod host;
mod openings;
mod plan;

pub(crate) use claims::Claims;
pub(crate) use commits::Commits;
pub(crate) use constraints::{Constraints, Folded, Lengths, Round};
pub(crate) use device::OnDevice;
pub(crate) use host::Host;
pub(crate) use openings::Openings;
pub use plan::{Place, Plan};

/// All phases.
pub(crate) trait Engine: Commits + Constraints + Claims {
    /// The processor's part.
    fn host(&self) -> &Host<'_>;
}
