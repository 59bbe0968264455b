//! Development strings, digests of prefixes, Lagrange bases.

use super::*;

#[test]
fn a_development_string_is_unsafe_and_consistent() {
    for log2_size in [0, 1, 5, 11] {
        let srs = Srs::development(log2_size).unwrap();
        assert!(srs.is_unsafe());
        assert_eq!(srs.max_degree(), 1 << log2_size);
        srs.check("development").unwrap();
    }
    assert!(matches!(Srs::development(29), Err(SrsError::Range { .. })));
}

#[test]
fn two_development_strings_differ() {
    assert_ne!(Srs::development(2).unwrap().tau_g2, Srs::development(2).unwrap().tau_g2);
}

#[test]
fn powers_are_those_of_the_secret() {
    let tau = Scalar::from(5u64);
    let srs = Srs::from_secret(&tau, 3);
    let mut expected = Scalar::ONE;
    for point in &srs.powers {
        assert_eq!(*point, (G1Projective::generator() * expected).into_affine());
        expected *= tau;
    }
}

#[test]
fn a_prefix_has_the_digest_of_the_longer_string_at_its_degree() {
    let srs = Srs::from_secret(&Scalar::from(5u64), 4);
    for degree in [1, 2, 7, 15, 16] {
        let prefix = srs.prefix(degree).unwrap();
        assert_eq!(prefix.max_degree(), degree);
        assert_eq!(prefix.digest_at(degree), srs.digest_at(degree));
        prefix.check("prefix").unwrap();
    }
    assert_ne!(srs.digest_at(4), srs.digest_at(5));
    for degree in [0, 17, u64::MAX] {
        assert!(matches!(srs.digest_at(degree), Err(SrsError::TooSmall { .. })));
        assert!(matches!(srs.prefix(degree), Err(SrsError::TooSmall { .. })));
    }
}

#[test]
fn the_lagrange_basis_from_the_powers_is_that_from_the_secret() {
    let tau = Scalar::from(0x1234_5678_9abc_def1u64);
    let srs = Srs::from_secret(&tau, 6).without_lagrange();
    for k in 0..=6 {
        let expected: Vec<G1> = G1Projective::generator().batch_mul(&lagrange::at_secret(&tau, k));
        assert_eq!(srs.lagrange_basis(k).unwrap(), expected);
        srs.clone().with_lagrange(k).unwrap().check("basis").unwrap();
    }
    assert!(matches!(srs.lagrange_basis(7), Err(SrsError::TooSmall { .. })));
    assert!(matches!(srs.lagrange_basis(64), Err(SrsError::TooSmall { .. })));
}

#[test]
fn roots_of_unity_are_primitive() {
    for k in [1, 2, 10, 28] {
        let root = lagrange::root_of_unity(k);
        assert_eq!(root.pow([1u64 << k]), Scalar::ONE);
        assert_eq!(root.pow([1u64 << (k - 1)]), -Scalar::ONE);
    }
}

#[test]
fn a_wrong_lagrange_basis_is_refused() {
    let mut srs = Srs::from_secret(&Scalar::from(7u64), 4).with_lagrange(3).unwrap();
    srs.check("basis").unwrap();
    srs.lagrange[0].1.swap(1, 2);
    assert_eq!(srs.check("basis"), Err(SrsError::LagrangeInconsistent { section: "basis" }));
}

#[test]
fn every_wrong_power_is_refused() {
    let good = Srs::from_secret(&Scalar::from(7u64), 3);
    for index in 0..good.powers.len() {
        let mut bad = good.clone();
        bad.powers[index] = (G1Projective::generator() * Scalar::from(99u64)).into_affine();
        assert!(bad.check("powers").is_err(), "power {index}");
    }
    let mut bad = good.clone();
    bad.powers[3] = -bad.powers[3];
    assert_eq!(bad.check("powers"), Err(SrsError::Inconsistent { section: "powers" }));
    let mut bad = good;
    bad.powers[2] = G1::default();
    assert_eq!(bad.check("powers"), Err(SrsError::OffCurve { section: "powers", index: 2 }));
}

#[test]
fn trivial_secrets_are_refused() {
    let one = Srs::from_secret(&Scalar::ONE, 3);
    assert_eq!(one.check("one"), Err(SrsError::TrivialSecret { section: "one" }));
}
