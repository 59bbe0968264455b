//! The native prover: what `docs/protocol.md` says must be sent, computed fast. It interprets a circuit's
//! description and knows no operators.
//!
//! | module | step of the protocol |
//! | --- | --- |
//! | [`prove`] | all messages in order |
//! | `engine` | where cells and long tables lie: the processor, or a device |
//! | `rows`, `string`, `masks` | cells and blinders of every region, commitments, M and R (1) |
//! | `lookups`, `helper`, `quotients`, `by_value` | multiplicities (1), inverses and their commitments (2), the lookups' tables |
//! | `scope`, `contract`, `tables` | vectors, contractions, functionals' tables over boolean points |
//! | `sumcheck1`, `streamed`, `pieces` | S and sum-check 1 (3, 4) |
//! | `sumcheck2` | sum-check 2 and u (5, 6) |
//! | `parts`, `products`, `sumcheck3` | linear claims as weights of rows, sum-check 3 and F (7) |
//! | `opening` | Mercury, and the evaluation argument's openings (8 to 12) |
//!
//! Nothing here depends on hidden state: two proofs from equal inputs, challenges and randomness are equal.
//! Running time depends on secrets: prove on your own machine.
#![forbid(unsafe_code)]

mod by_value;
mod contract;
mod engine;
mod error;
mod helper;
mod lookups;
mod masks;
mod messages;
mod opening;
mod parts;
mod pieces;
mod polynomial;
mod products;
mod prove;
mod quotients;
mod randomness;
mod rows;
mod scope;
mod small;
mod streamed;
mod string;
mod sumcheck1;
mod sumcheck2;
mod sumcheck3;
mod tables;
#[cfg(test)]
mod tests;

pub use engine::{Place, Plan};
pub use error::ProverError;
pub use masks::free_cells;
#[doc(hidden)]
pub use prove::{Hooks, prove_with};
pub use prove::{Phase, prove};
pub use randomness::{OsRandomness, Randomness};
pub use rows::{Assignment, Blinders};
pub use string::{DEVICE_TERMS, ProvingString};
