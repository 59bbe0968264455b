//! What was sent so far: absorbed messages in order are the proof's bytes.

use ark_ec::AffineRepr;
use zkattest_field::{Base, G1, Scalar, encode};
use zkattest_transcript::Oracle;

/// The prover's end of the transcript.
pub(crate) struct Messages<'a> {
    oracle: &'a mut dyn Oracle,
    proof: Vec<u8>,
}

impl<'a> Messages<'a> {
    pub fn new(oracle: &'a mut dyn Oracle, bytes: usize) -> Self {
        Self { oracle, proof: Vec::with_capacity(bytes) }
    }

    /// One message of points.
    pub fn points(&mut self, points: &[G1]) {
        self.scalars_and_points(&[], points);
    }

    /// One message of scalars.
    pub fn scalars(&mut self, scalars: &[Scalar]) {
        self.scalars_and_points(scalars, &[]);
    }

    /// One message of scalars and then points.
    pub fn scalars_and_points(&mut self, scalars: &[Scalar], points: &[G1]) {
        let start = self.proof.len();
        for scalar in scalars {
            self.proof.extend(encode(scalar));
        }
        for point in points {
            // Infinity would be refused; commitments are infinity with probability 1 / r.
            let (x, y) = point.xy().unwrap_or((Base::default(), Base::default()));
            self.proof.extend(encode(&x));
            self.proof.extend(encode(&y));
        }
        self.oracle.absorb(&self.proof[start..]);
    }

    /// A round's coefficients without c1.
    pub fn round(&mut self, coefficients: &[Scalar]) -> Scalar {
        let sent: Vec<Scalar> =
            coefficients.iter().enumerate().filter(|(power, _)| *power != 1).map(|(_, c)| *c).collect();
        self.scalars(&sent);
        self.draw()
    }

    pub fn draw(&mut self) -> Scalar {
        self.oracle.draw()
    }

    pub fn finish(self) -> Vec<u8> {
        self.proof
    }
}
