//! What a circuit's author chooses besides the model.

use crate::error::CompileError;

/// Most lookups to a helper cell: the prover's kernels have registers for so many.
pub(crate) const MOST_COLUMNS: u8 = 8;

/// Most samples of a proof.
pub(crate) const MOST_BATCH: u32 = 1 << 20;

/// Parameters of a circuit. None of them changes what is proved, but for `batch` and what is public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// log2 of the row size m: 9 to 20 is sensible.
    pub log_row: u8,
    /// Lookups per helper cell, b: 1 to 8.
    pub columns: u8,
    /// Bits of a limb, T: 8 to 14.
    pub limb_bits: u8,
    /// Whether axes are stored apart from each other and padded to powers of two: fewer steps of a verifier, more cells.
    pub padded: bool,
    /// Samples that one proof covers.
    pub batch: u32,
    /// Whether the inputs are part of the statement.
    pub input_public: bool,
    /// Whether the outputs are part of the statement; else they are committed.
    pub output_public: bool,
}

/// What a choice of options makes cheapest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Goal {
    /// Proving, with bytes of proofs counted a little.
    #[default]
    Speed,
    /// Verification by a contract.
    Gas,
    /// Both: a second of proving counts as 200,000 gas.
    Balanced,
}

/// What `choose` may not choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile {
    /// log2 of the row size, where the model's commitment has one already.
    pub log_row: Option<u8>,
    /// Whether boxes are padded, where the model's commitment has them already.
    pub padded: Option<bool>,
    /// Powers of tau in the set-up string, where that is known.
    pub powers: Option<u64>,
    /// What is to be cheap.
    pub goal: Goal,
    /// Samples that one proof covers.
    pub batch: u32,
    /// Whether the inputs are part of the statement.
    pub input_public: bool,
    /// Whether the outputs are.
    pub output_public: bool,
}

impl Default for Options {
    /// One inference from a private input to a public output.
    fn default() -> Self {
        Self {
            log_row: 12,
            columns: 3,
            limb_bits: 8,
            padded: false,
            batch: 1,
            input_public: false,
            output_public: true,
        }
    }
}

impl Options {
    pub(crate) fn validate(&self) -> Result<(), CompileError> {
        let checks = [
            ("log_row", (6..=28).contains(&self.log_row)),
            ("columns", (1..=MOST_COLUMNS).contains(&self.columns)),
            ("limb_bits", (8..=14).contains(&self.limb_bits)),
            ("batch", (1..=MOST_BATCH).contains(&self.batch)),
        ];
        match checks.iter().find(|(_, valid)| !valid) {
            Some((name, _)) => Err(CompileError::Option { name }),
            None => Ok(()),
        }
    }
}
