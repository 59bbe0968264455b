//! The evaluation key and what shows that it is of a circuit's table, without a set-up string.

use ark_ec::pairing::Pairing as _;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{One, PrimeField};
use sha3::{Digest, Keccak256};
use zkattest_circuit::ir::Circuit;
use zkattest_field::{Base, G1, G2, Pairing, Scalar, encode};
use zkattest_verifier::EvaluationKey;

use crate::{EvaluationError, Index};

/// First bytes of what theta is the hash of.
const DOMAIN: &[u8] = b"zkattest-evaluation-v1";

/// Where the table's polynomial is opened.
fn theta(key: &EvaluationKey, circuit: &[u8; 32], srs: &[u8; 32]) -> Scalar {
    // Infinity, which is no commitment of a table, is (0, 0).
    let (x, y) = key.commitment.xy().unwrap_or((Base::default(), Base::default()));
    let mut hasher = Keccak256::new();
    for part in [DOMAIN, srs, circuit, &[key.log_gates], &encode(&x), &encode(&y)] {
        hasher.update(part);
    }
    let hash: [u8; 32] = hasher.finalize().into();
    Scalar::from_be_bytes_mod_order(&hash)
}

/// The evaluation key of a table, and \[Q\]: the opening at theta of what is committed.
///
/// * `circuit`, `srs`: digests of the circuit, and of the string that `commit` commits with.
/// * `commit`: of up to 8n coefficients.
///
/// # Errors
/// Those of `commit`.
pub fn commit_key<E>(
    index: &Index,
    circuit: &[u8; 32],
    srs: &[u8; 32],
    commit: impl Fn(&[Scalar]) -> Result<G1, E>,
) -> Result<(EvaluationKey, G1), E> {
    let mut polynomial = index.packed();
    let key = EvaluationKey { log_gates: index.log_gates(), commitment: commit(&polynomial)? };
    let point = theta(&key, circuit, srs);
    let mut carry = Scalar::default();
    for value in polynomial.iter_mut().rev() {
        let own = *value + point * carry;
        *value = carry;
        carry = own;
    }
    Ok((key, commit(&polynomial)?))
}

/// Whether `key` is of the circuit's table, which is compiled here: e(C0 - P0(theta) G + theta \[Q\], H) =
/// e(\[Q\], \[tau\]_2); and whether that table computes what the native verifier does. The points are valid ones, `srs` is
/// the digest of the string.
///
/// A key of another polynomial passes with probability 8n / r.
///
/// # Errors
/// As [`crate::Table::of`].
pub fn check_key(
    circuit: &Circuit,
    key: &EvaluationKey,
    opening: &G1,
    tau_g2: &G2,
    srs: &[u8; 32],
) -> Result<bool, EvaluationError> {
    let index = Index::of(circuit)?;
    if key.log_gates != index.log_gates() {
        return Ok(false);
    }
    let point = theta(key, &circuit.digest(), srs);
    // The compiler of tables is not trusted here: theta, and so the point, follows from the commitment to what it made.
    if !index.table().agrees(circuit, &encode(&point))? {
        return Ok(false);
    }
    let left = key.commitment - G1::generator() * index.evaluate(point) + *opening * point;
    Ok(Pairing::multi_pairing([left.into_affine(), -*opening], [G2::generator(), *tau_g2]).0.is_one())
}
