//! Small circuits written by hand, with assignments, and a toy set-up string whose secret is known.
#![allow(dead_code, reason = "each test program uses a part")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small numbers of our own")]

pub mod circuits;
pub mod random;
pub mod shapes;

use ark_bn254::{Fr, G1Projective, G2Projective};
use ark_ec::{CurveGroup, PrimeGroup, ScalarMul};
use ark_ff::Field;
use std::ops::ControlFlow;
use zkattest_circuit::ir::{Circuit, Region};
use zkattest_circuit::lookup::Lookups;
use zkattest_evaluation::Index;
use zkattest_field::{G1, G2, Scalar};
use zkattest_prover::{
    Assignment, Blinders, Hooks, OsRandomness, ProverError, ProvingString, Randomness, prove_with,
};
use zkattest_transcript::{Oracle, Transcript};
use zkattest_verifier::{EvaluationKey, VerifyError, verify, verify_argument};

/// Cells of one statement.
#[derive(Clone, Default)]
pub struct Cells {
    pub model: Vec<i16>,
    pub data: Vec<i16>,
    pub output: Vec<i16>,
    pub witness: Vec<i16>,
    pub public: Vec<i64>,
    pub keys: Vec<Vec<u32>>,
}

/// A circuit, honest cells, and everything that is committed.
pub struct World {
    pub name: &'static str,
    pub circuit: Circuit,
    pub lookups: Lookups,
    pub cells: Cells,
    pub tau: Scalar,
    pub tau_g2: G2,
    pub string: ProvingString,
    pub blinders: [Vec<Scalar>; 3],
    /// The gates table and its key, where keys have an evaluation part.
    pub evaluation: Option<(Index, EvaluationKey)>,
}

/// Digest of the toy set-up string.
pub const SRS_DIGEST: [u8; 32] = [5; 32];

/// Integers of no secret, from a seed.
pub struct Stream(pub u64);

impl Stream {
    pub fn integer(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// In low..high.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + (self.integer() % (high - low) as u64) as i64
    }

    pub fn scalar(&mut self) -> Scalar {
        (0..5).fold(Fr::from(0u64), |sum, _| sum * Fr::from(u64::MAX) + Fr::from(self.integer()))
    }
}

impl Randomness for Stream {
    fn fill(&mut self, out: &mut [Scalar]) -> Result<(), ProverError> {
        out.iter_mut().for_each(|slot| *slot = self.scalar());
        Ok(())
    }
}

fn points(count: usize, tau: Scalar) -> Vec<G1> {
    let powers: Vec<Scalar> =
        std::iter::successors(Some(Scalar::from(1u64)), |power| Some(*power * tau)).take(count).collect();
    G1Projective::generator().batch_mul(&powers)
}

impl World {
    pub fn new(name: &'static str, circuit: Circuit, lookups: Lookups, cells: Cells) -> Self {
        circuit.validate().unwrap();
        let mut stream = Stream(7);
        let tau = stream.scalar();
        let rows = |region| circuit.rows_of(region);
        let blinders = [rows(Region::Model), rows(Region::Data), rows(Region::Output)]
            .map(|count| (0..count).map(|_| stream.scalar()).collect());
        Self {
            name,
            string: ProvingString::new(&points(circuit.row_size() + 1, tau), circuit.row_size()),
            circuit,
            lookups,
            cells,
            tau,
            tau_g2: (G2Projective::generator() * tau).into_affine(),
            blinders,
            evaluation: None,
        }
    }

    /// The same with an evaluation part; and \[Q\].
    pub fn with_evaluation(mut self) -> (Self, G1) {
        let index = Index::of(&self.circuit).unwrap();
        let count = index.coefficients().max(self.circuit.row_size() + 1);
        self.string = ProvingString::new(&points(count, self.tau), self.circuit.row_size());
        let (key, opening) = self.string.evaluation_key(&index, &self.circuit.digest(), &SRS_DIGEST).unwrap();
        self.evaluation = Some((index, key));
        (self, opening)
    }

    /// Powers of tau in the group, as many as the string has.
    pub fn points(&self) -> Vec<G1> {
        points(self.string.points(), self.tau)
    }

    pub fn model_rows(&self) -> Vec<G1> {
        self.string.commit_small(&self.cells.model, &self.blinders[0]).unwrap()
    }

    pub fn transcript(&self) -> Transcript {
        Transcript::new(&self.circuit.digest(), &[1; 32], &[2; 32])
    }

    /// Proves `cells`, honest or not.
    pub fn prove_cells(
        &self,
        cells: &Cells,
        blinders: &[Vec<Scalar>; 3],
        oracle: &mut dyn Oracle,
        randomness: &mut dyn Randomness,
        hooks: &mut Option<Hooks>,
    ) -> Result<Vec<u8>, ProverError> {
        let data = self.string.commit_small(&cells.data, &blinders[1])?;
        let output = self.string.commit_small(&cells.output, &blinders[2])?;
        prove_with(
            &self.circuit,
            self.evaluation.as_ref().map(|(index, _)| index),
            &self.lookups,
            &self.string,
            &Assignment {
                model: &cells.model,
                data: &cells.data,
                output: &cells.output,
                witness: &cells.witness,
                public: &cells.public,
                keys: &cells.keys,
            },
            &Blinders { model: &blinders[0], data: &blinders[1], output: &blinders[2] },
            (&data, &output),
            oracle,
            randomness,
            &mut |_| ControlFlow::Continue(()),
            hooks,
        )
    }

    /// An honest proof.
    pub fn prove(&self) -> Vec<u8> {
        self.prove_cells(&self.cells, &self.blinders, &mut self.transcript(), &mut OsRandomness, &mut None)
            .unwrap()
    }

    pub fn verify(&self, proof: &[u8]) -> Result<bool, VerifyError> {
        self.verify_public(&self.cells.public, proof)
    }

    pub fn verify_public(&self, public: &[i64], proof: &[u8]) -> Result<bool, VerifyError> {
        let key = self.evaluation.as_ref().map(|(_, key)| key);
        verify(&self.circuit, key, &self.tau_g2, &self.model_rows(), &mut self.transcript(), public, proof)
    }

    /// Whether a verifier that takes the advice as it is accepts.
    pub fn verify_argument(&self, proof: &[u8]) -> Result<bool, VerifyError> {
        let (_, key) = self.evaluation.as_ref().unwrap();
        let (rows, public) = (self.model_rows(), &self.cells.public);
        verify_argument(&self.circuit, key, &self.tau_g2, &rows, &mut self.transcript(), public, proof)
    }

    /// tau^m, the blinders' base.
    pub fn tau_m(&self) -> Scalar {
        self.tau.pow([self.circuit.row_size() as u64])
    }
}
