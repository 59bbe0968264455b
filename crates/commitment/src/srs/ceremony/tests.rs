//! A ceremony that holds, and every way in which a link can be wrong.

use ark_ff::{AdditiveGroup, Field};

use super::*;

const DEGREE: u64 = 6;

fn chain(names: &[&str]) -> Vec<Vec<u8>> {
    let mut files = vec![start(DEGREE).unwrap()];
    for name in names {
        let previous = files.last().unwrap();
        files.push(contribute(previous, name).unwrap());
    }
    files
}

/// A contribution with a factor of the test's choice.
fn forged(previous: &[u8], factor: Scalar) -> Vec<u8> {
    let state = State::read(previous).unwrap();
    extend(&state, keccak256(&[previous]), "mallory", &factor, &Scalar::from(77u64))
}

#[test]
fn an_honest_ceremony_gives_a_consistent_safe_string() {
    let files = chain(&["ada", "bob", "çelik"]);
    let report = verify(&files).unwrap();
    assert_eq!(report.srs.max_degree(), DEGREE);
    assert!(!report.srs.is_unsafe());
    let names: Vec<_> = report.links.iter().map(|link| link.name.as_str()).collect();
    assert_eq!(names, ["ada", "bob", "çelik"]);
    assert_eq!(report.links[2].hash, keccak256(&[&files[3]]));
    assert_eq!(report.start, keccak256(&[&files[0]]));
}

#[test]
fn tau_is_the_product_of_the_factors() {
    let first = start(DEGREE).unwrap();
    let second = forged(&first, Scalar::from(3u64));
    let third = forged(&second, Scalar::from(5u64));
    let report = verify(&[first, second, third]).unwrap();
    let tau = Scalar::from(15u64);
    assert_eq!(report.srs.tau_g2, (G2Projective::generator() * tau).into_affine());
    assert_eq!(report.srs.powers[2], (G1Projective::generator() * tau.square()).into_affine());
}

#[test]
fn two_contributions_on_one_file_differ() {
    let first = start(DEGREE).unwrap();
    assert_ne!(contribute(&first, "ada").unwrap(), contribute(&first, "ada").unwrap());
}

#[test]
fn a_ceremony_without_contributions_is_refused() {
    assert!(matches!(verify(&[]), Err(SrsError::MissingSection { .. })));
    assert!(matches!(verify(&chain(&[])), Err(SrsError::MissingSection { .. })));
}

#[test]
fn trivial_factors_are_refused() {
    let first = start(DEGREE).unwrap();
    let one = forged(&first, Scalar::ONE);
    assert_eq!(verify(&[first.clone(), one]).unwrap_err(), SrsError::ContributionTrivial { index: 1 });
    let zero = forged(&first, Scalar::ZERO);
    assert_eq!(verify(&[first, zero]).unwrap_err(), SrsError::Infinity { section: FACTOR, index: 0 });
}

#[test]
fn swapped_dropped_and_repeated_files_are_refused() {
    let f = chain(&["ada", "bob", "cy"]);
    let pick =
        |order: &[usize]| verify(&order.iter().map(|i| f[*i].clone()).collect::<Vec<_>>()).unwrap_err();
    assert_eq!(pick(&[0, 2, 1, 3]), SrsError::ContributionOrder { index: 1, found: 2 });
    assert_eq!(pick(&[0, 1, 3]), SrsError::ContributionOrder { index: 2, found: 3 });
    assert_eq!(pick(&[0, 1, 1]), SrsError::ContributionOrder { index: 2, found: 1 });
    assert_eq!(pick(&[0, 0]), SrsError::Magic { section: HEADER });
    assert_eq!(pick(&[1, 2]), SrsError::Magic { section: INITIAL });
    let other = chain(&["eve"]);
    let mixed = [f[0].clone(), other[1].clone(), f[2].clone()];
    assert_eq!(verify(&mixed).unwrap_err(), SrsError::ContributionChain { index: 2 });
    let longer = [start(DEGREE + 1).unwrap(), f[1].clone()];
    assert_eq!(verify(&longer).unwrap_err(), SrsError::ContributionChain { index: 1 });
}

/// Powers replaced by those of a tau that the cheat knows, with an honest-looking factor and a valid signature.
#[test]
fn replaced_powers_are_refused() {
    let first = start(DEGREE).unwrap();
    let honest = contribute(&first, "ada").unwrap();
    let state = State::read(&first).unwrap();
    // Built on the start again, while claiming to extend ada's file.
    let mut claimed =
        extend(&state, keccak256(&[&honest]), "mallory", &Scalar::from(9u64), &Scalar::from(4u64));
    claimed[6..10].copy_from_slice(&2u32.to_be_bytes());
    // The number is bound too: the proof fails before the powers are looked at.
    let files = [first.clone(), honest.clone(), claimed];
    assert_eq!(verify(&files).unwrap_err(), SrsError::ContributionProof { index: 2 });
    let second = State { index: 1, ..State::read(&first).unwrap() };
    let claimed = extend(&second, keccak256(&[&honest]), "mallory", &Scalar::from(9u64), &Scalar::from(4u64));
    let files = [first, honest, claimed];
    assert_eq!(verify(&files).unwrap_err(), SrsError::ContributionPowers { index: 2 });
}

/// Powers that continue the chain in degree one, but are not powers of one secret.
#[test]
fn inconsistent_powers_are_refused() {
    let first = contribute(&start(DEGREE).unwrap(), "ada").unwrap();
    let mut state = State::read(&first).unwrap();
    state.powers.swap(3, 4);
    let next = extend(&state, keccak256(&[&first]), "mallory", &Scalar::from(9u64), &Scalar::from(4u64));
    let files = [start(DEGREE).unwrap(), first, next];
    assert_eq!(verify(&files).unwrap_err(), SrsError::Inconsistent { section: POWERS });
}

/// A factor whose two halves differ, so that degree one and [tau]_2 could follow different secrets.
#[test]
fn different_factors_in_both_groups_are_refused() {
    let first = start(DEGREE).unwrap();
    let mut bytes = contribute(&first, "ada").unwrap();
    let at = 4 + 2 + 4 + 4 + 3 + 32 + 8 + 64;
    let other = encode_g2(&(G2Projective::generator() * Scalar::from(3u64)).into_affine());
    bytes[at..at + 128].copy_from_slice(&other);
    assert_eq!(verify(&[first, bytes]).unwrap_err(), SrsError::ContributionFactor { index: 1 });
}

/// Every byte of a contribution is bound: a flipped bit anywhere is refused.
#[test]
fn a_flipped_bit_anywhere_is_refused() {
    let first = start(2).unwrap();
    let honest = contribute(&first, "ada").unwrap();
    verify(&[first.clone(), honest.clone()]).unwrap();
    for at in 0..honest.len() {
        let mut bytes = honest.clone();
        bytes[at] ^= 1 << (at % 8);
        assert!(verify(&[first.clone(), bytes]).is_err(), "byte {at}");
    }
    for length in 0..honest.len() {
        assert!(verify(&[first.clone(), honest[..length].to_vec()]).is_err(), "cut to {length}");
    }
    let mut longer = honest;
    longer.push(0);
    assert!(matches!(verify(&[first, longer]), Err(SrsError::Trailing { .. })));
}

#[test]
fn names_and_degrees_out_of_range_are_refused() {
    let first = start(DEGREE).unwrap();
    assert!(matches!(contribute(&first, ""), Err(SrsError::Range { .. })));
    assert!(matches!(contribute(&first, &"x".repeat(201)), Err(SrsError::Range { .. })));
    for degree in [0, MAX_CEREMONY_DEGREE + 1, u64::MAX] {
        assert!(matches!(start(degree), Err(SrsError::Range { .. })));
        let mut bytes = first.clone();
        bytes[6..14].copy_from_slice(&degree.to_be_bytes());
        assert!(matches!(contribute(&bytes, "ada"), Err(SrsError::Range { .. })));
    }
}
