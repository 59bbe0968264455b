//! Keystreams against the standard and a plain twin; keys; frequencies of bits.
#![allow(clippy::cast_possible_truncation, clippy::unwrap_used, reason = "small numbers of our own")]

use super::*;
use ark_ff::AdditiveGroup;
use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Block `counter` of the keystream of a key, as RFC 8439, section 2.3, writes it down, for the nonce 0.
fn block(key: &[u8; 32], counter: u32) -> [u8; 64] {
    let word = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().unwrap());
    let mut state = [0u32; 16];
    for (at, text) in b"expand 32-byte k".chunks(4).chain(key.chunks(4)).enumerate() {
        state[at] = word(text);
    }
    state[12] = counter;
    let first = state;
    let mut quarter = |a: usize, b: usize, c: usize, d: usize| {
        for (sum, other, turned, by) in [(a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)] {
            state[sum] = state[sum].wrapping_add(state[other]);
            state[turned] = (state[turned] ^ state[sum]).rotate_left(by);
        }
    };
    for _ in 0..10 {
        (0..4).for_each(|i| quarter(i, 4 + i, 8 + i, 12 + i));
        (0..4).for_each(|i| quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4));
    }
    let mut out = [0; 64];
    for (bytes, (word, first)) in out.chunks_mut(4).zip(state.iter().zip(first)) {
        bytes.copy_from_slice(&word.wrapping_add(first).to_le_bytes());
    }
    out
}

/// The scalars of a key, one candidate after the other.
fn plainly(key: &[u8; 32], count: usize) -> Vec<Scalar> {
    let candidates = (0..).flat_map(|counter| block(key, counter).as_chunks::<32>().0.to_vec());
    let limbs = candidates.map(|bytes| {
        let mut limbs = [0, 8, 16, 24].map(|at| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()));
        limbs[3] %= 1 << 62;
        limbs
    });
    let below = limbs.filter(|limbs| limbs.iter().rev().lt(Scalar::MODULUS.0.iter().rev()));
    below.take(count).map(|limbs| Scalar::new_unchecked(BigInt(limbs))).collect()
}

/// Keys 1, 2, 3, ..
fn numbered() -> impl Fn(&mut [u8; 32]) -> Result<(), ProverError> + Sync {
    let last = AtomicU64::new(0);
    move |key| {
        key[..8].copy_from_slice(&(last.fetch_add(1, Ordering::Relaxed) + 1).to_le_bytes());
        Ok(())
    }
}

/// RFC 8439, appendix A.1, test vectors 1 and 2: the keystream of the key 0. All four integers are below r.
#[test]
fn keystreams_are_those_of_the_standard() {
    let bytes: Vec<u8> = (0..2).flat_map(|counter| block(&[0; 32], counter)).collect();
    let hexadecimal: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        hexadecimal,
        "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7\
         da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586\
         9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed\
         29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f"
    );
    let mut found = [Scalar::ZERO; 4];
    expand(&[0; 32], &mut found);
    assert_eq!(found.to_vec(), plainly(&[0; 32], 4));
    assert_eq!(found[3].0.0[0], 0x434e_e69c_7621_b729);
}

#[test]
fn every_chunk_has_a_key_of_its_own() {
    for length in [1, 2, 63, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5] {
        let (keys, next) = (Mutex::new(Vec::new()), numbered());
        let mut found = vec![Scalar::ZERO; length];
        let source = |key: &mut [u8; 32]| {
            next(key)?;
            keys.lock().unwrap().push(*key);
            Ok(())
        };
        fill_by(&mut found, source).unwrap();
        let mut keys = keys.into_inner().unwrap();
        assert_eq!(keys.len(), length.div_ceil(CHUNK), "{length} scalars");
        for chunk in found.chunks(CHUNK) {
            let own = keys.iter().position(|key| plainly(key, chunk.len()) == chunk);
            keys.swap_remove(own.unwrap());
        }
    }
}

#[test]
fn no_two_scalars_of_two_fills_are_equal() {
    let mut scalars = vec![Scalar::ZERO; 6 * CHUNK + 2];
    let half = scalars.len() / 2;
    OsRandomness.fill(&mut scalars[..half]).unwrap();
    OsRandomness.fill(&mut scalars[half..]).unwrap();
    let different: HashSet<Scalar> = scalars.iter().copied().collect();
    assert_eq!(different.len(), scalars.len());
    assert!(scalars.iter().all(|scalar| scalar.0 < Scalar::MODULUS));
}

#[test]
fn a_source_that_fails_once_is_an_error() {
    for good in [0, 1, 3] {
        let (calls, next) = (AtomicU64::new(0), numbered());
        let source = |key: &mut [u8; 32]| match calls.fetch_add(1, Ordering::Relaxed) {
            call if call == good => Err(ProverError::Randomness),
            _ => next(key),
        };
        let mut out = vec![Scalar::ZERO; 4 * CHUNK];
        assert_eq!(fill_by(&mut out, source), Err(ProverError::Randomness), "after {good} keys");
    }
}

#[test]
fn integers_below_the_order_are_accepted() {
    let bytes = |limbs: [u64; 4]| -> [u8; 32] {
        let bytes: Vec<u8> = limbs.iter().flat_map(|limb| limb.to_le_bytes()).collect();
        bytes.try_into().unwrap()
    };
    let order = Scalar::MODULUS.0;
    let last = [order[0] - 1, order[1], order[2], order[3]];
    assert_eq!(accepted(&[0; 32]), Some(Scalar::ZERO));
    assert_eq!(accepted(&bytes(last)).unwrap().0.0, last);
    assert_eq!(accepted(&bytes(order)), None);
    assert_eq!(accepted(&bytes([0, 0, 0, order[3] + 1])), None);
    assert_eq!(accepted(&[255; 32]), None);
    // the two highest bits count for nothing
    let marked = [last[0], last[1], last[2], last[3] | 3 << 62];
    assert_eq!(accepted(&bytes(marked)).unwrap().0.0, last);
}

/// Bit 2^k of a uniform integer below t is set for 2^k integers of each full period of 2^(k + 1), and for those beyond
/// 2^k of the last. r is t 2^192 but for a part in 2^61. Within six standard deviations; the keys are fixed.
#[test]
fn bits_are_as_frequent_as_counting_says() {
    let count = 1usize << 16;
    let mut scalars = vec![Scalar::ZERO; count];
    fill_by(&mut scalars, numbered()).unwrap();
    let t = Scalar::MODULUS.0[3];
    for j in 0..254 {
        let expected = match j {
            192.. => {
                let half = 1u64 << (j - 192);
                let set = t / (2 * half) * half + (t % (2 * half)).saturating_sub(half);
                set as f64 / t as f64
            }
            _ => 0.5,
        };
        let set = scalars.iter().filter(|scalar| scalar.0.0[j / 64] >> (j % 64) & 1 == 1).count();
        let deviation = (set as f64 - count as f64 * expected).abs();
        let bound = 6.0 * (count as f64 * expected * (1.0 - expected)).sqrt();
        assert!(deviation < bound, "bit {j}: {set} of {count}, {expected} expected");
    }
}
