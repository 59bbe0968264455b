//! The encoding of circuits: one for each, and no panic on any bytes.
#![allow(clippy::unwrap_used, reason = "a failed conversion fails the test")]

mod common;

use common::{Random, circuit};
use sha3::{Digest, Keccak256};
use zkattest_circuit::CircuitError;
use zkattest_circuit::ir::*;
use zkattest_circuit::shape::MaskLayout;

/// One of everything, written out by hand from the specification.
fn small() -> (Circuit, Vec<u8>) {
    let slice = |point, offset, len| Slice { point, offset, len };
    let factor = |modulus, kind| Factor { div: 1, modulus, kind };
    let affine = Kind::Affine {
        slice: slice(Point::R, 2, 3),
        from: 1,
        to: 5,
        taps: 2,
        stride: -2,
        dilation: 3,
        offset: 4,
    };
    let window = Kind::Window {
        output: slice(Point::R, 0, 2),
        input: slice(Point::Rho, 0, 1),
        outputs: 3,
        inputs: 2,
        stride: 1,
        dilation: -1,
        offset: 0,
    };
    let first = vec![factor(2, Kind::Eq(slice(Point::Rho, 1, 1))), factor(7, affine)];
    let second = vec![factor(2, Kind::Constants(vec![-1, 2])), factor(2, Kind::Table(0)), factor(3, window)];
    let groups = vec![
        Group { axes: 1, vector: Vector { size: 3, factors: first } },
        Group { axes: 0, vector: Vector { size: 5, factors: second } },
    ];
    let tensor = Tensor { region: Region::Helper, base: 8, axes: vec![Axis { size: 3, allotted: 4 }] };
    let circuit = Circuit {
        log_row: 6,
        r_len: 5,
        rows: [1, 0, 0, 3, 1, 2, 1],
        public: 9,
        tables: vec![Table { bits: 1, low: -1, images: Some(vec![5, -6]) }],
        tensors: vec![tensor],
        functionals: vec![Functional {
            variables: 2,
            forms: vec![Form { coefficient: -3, unit: Unit::Beta, tensor: Some(0), groups }],
        }],
        statements: vec![Statement {
            forms: vec![Form { coefficient: 7, unit: Unit::One, tensor: None, groups: vec![] }],
        }],
        terms: vec![Term { statement: 0, coefficient: 1, factors: vec![0] }],
    };
    let hex = "5a4b4349 0001 06 05 00000001 00000000 00000000 00000003 00000001 00000002 00000001 00000009
        00000001 01 ffffffffffffffff 01 00000005 fffffffa
        00000001 06 0000000000000008 01 00000003 00000004
        00000001 02 00000001 fffffffffffffffffffffffffffffffd 02 00000001 02
        01 00000003 02
        00 00000001 00000002 01 01 01
        01 00000001 00000007 00 02 03 00000001 00000005 00000002 fffffffffffffffe 0000000000000003 0000000000000004
        00 00000005 03
        03 00000001 00000002 ffffffffffffffffffffffffffffffff 00000000000000000000000000000002
        04 00000001 00000002 00000000
        02 00000001 00000003 00 00 02 01 00 01 00000003 00000002 0000000000000001 ffffffffffffffff 0000000000000000
        00000001 00000001 00000000000000000000000000000007 00 00000000 00
        00000001 00000000 00000000000000000000000000000001 01 00000000";
    let digits: Vec<u8> =
        hex.chars().filter_map(|c| c.to_digit(16)).map(|digit| u8::try_from(digit).unwrap()).collect();
    (circuit, digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[test]
fn the_encoding_is_the_specified_one() {
    let (circuit, bytes) = small();
    assert_eq!(circuit.encode(), bytes);
    assert_eq!(Circuit::decode(&bytes), Ok(circuit.clone()));
    assert_eq!(circuit.digest().as_slice(), Keccak256::digest(&bytes).as_slice());
}

#[test]
fn random_circuits_round_trip() {
    for seed in 0..300 {
        let circuit = circuit(&mut Random(seed));
        assert_eq!(circuit.validate(), Ok(()), "seed {seed}");
        assert_eq!(Circuit::decode(&circuit.encode()), Ok(circuit));
    }
}

#[test]
fn truncated_bytes_are_refused_everywhere() {
    let (_, bytes) = small();
    for end in 0..bytes.len() {
        let error = Circuit::decode(&bytes[..end]).unwrap_err();
        assert!(matches!(error, CircuitError::Truncated { .. }), "{end} bytes: {error}");
    }
}

#[test]
fn trailing_bytes_are_refused() {
    let (_, mut bytes) = small();
    bytes.extend([0, 0]);
    assert_eq!(Circuit::decode(&bytes), Err(CircuitError::Trailing { count: 2 }));
}

#[test]
fn mutated_bytes_never_panic_and_have_one_encoding() {
    let mut random = Random(7);
    let mut bases: Vec<Vec<u8>> = (0..20).map(|seed| circuit(&mut Random(seed)).encode()).collect();
    bases.extend(std::iter::repeat_n(small().1, 20));
    let mut valid = 0;
    for round in 0..60_000 {
        let mut bytes = bases[round % bases.len()].clone();
        for _ in 0..=random.below(4) {
            let at = usize::try_from(random.below(u32::try_from(bytes.len()).unwrap())).unwrap();
            let value = u8::try_from(random.below(256)).unwrap();
            match random.below(4) {
                0 => bytes[at] = value,
                1 => bytes[at] = bytes[at].wrapping_add(1),
                2 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][usize::from(value % 5)],
                _ => bytes[at] ^= 1 << (value % 8),
            }
        }
        if let Ok(circuit) = Circuit::decode(&bytes) {
            assert_eq!(circuit.encode(), bytes);
            valid += 1;
        }
    }
    assert!(valid > 1000, "{valid}");
}

#[test]
fn bad_bytes_say_why() {
    let with = |at: usize, value: u8| {
        let (_, mut bytes) = small();
        bytes[at] = value;
        Circuit::decode(&bytes).unwrap_err()
    };
    assert_eq!(with(0, b'z'), CircuitError::Magic);
    assert_eq!(with(5, 2), CircuitError::Version { expected: 1, found: 2 });
    // Header 8 + 32, then the table's count 4, bits, low.
    assert_eq!(with(44, 17), CircuitError::TableBits { table: 0, most: 16, found: 17 });
    assert_eq!(with(53, 2), CircuitError::Tag { what: "flag", offset: 53, found: 2 });
    assert_eq!(with(66, 8), CircuitError::Tag { what: "region", offset: 66, found: 8 });
    let found = 0xff << 24 | 1;
    assert_eq!(with(40, 0xff), CircuitError::ListLength { what: "tables", most: 1 << 20, found });
    // Tensor 18, count, variables, count, coefficient 16.
    let unit = 66 + 18 + 4 + 1 + 4 + 16;
    assert_eq!(with(unit, 3), CircuitError::Tag { what: "unit", offset: unit, found: 3 });
    let kind = unit + 1 + 4 + 1 + 6;
    assert_eq!(with(kind, 5), CircuitError::Tag { what: "kind of factor", offset: kind, found: 5 });
    assert_eq!(with(kind + 9, 2), CircuitError::Tag { what: "point", offset: kind + 9, found: 2 });
}

#[test]
fn derived_numbers() {
    let (mut circuit, _) = small();
    assert_eq!((circuit.rounds_1(), circuit.rounds_2(), circuit.factors()), (2, 2, 2));
    assert_eq!((circuit.degree_1(), circuit.degree_2()), (2, 3));
    assert_eq!((circuit.row_size(), circuit.row_count()), (64, 8));
    assert_eq!(circuit.first_row(Region::Model), 0);
    assert_eq!(circuit.first_row(Region::Witness), 1);
    assert_eq!(circuit.first_row(Region::Mask), 5);
    assert_eq!(circuit.first_row(Region::Helper), 7);
    assert_eq!(circuit.rows_of(Region::Public), 0);
    // 64 (3 + 1 + 2 + 1) + 32 (1 + 2*2 + 2*3 + 2 + 2*6) + 8*64 + 7*32
    assert_eq!(circuit.proof_bytes(), 448 + 800 + 512 + 224);
    let free = vec![61, 59, 55, 47, 31, 63, 60, 58, 54, 46, 30, 62];
    assert_eq!(circuit.mask_layout(), MaskLayout { g1: 0..4, mu_s: 4, g2: 5..11, pads: 11..13, free });
    assert_eq!(circuit.opening_split(), (3, 3));
    circuit.log_row = 7;
    assert_eq!(circuit.opening_split(), (4, 3));
    // K + 2 = 4 at two terms, 5 at three; ceil(log2).
    circuit.terms.push(circuit.terms[0].clone());
    assert_eq!(circuit.rounds_2(), 2);
    circuit.terms.push(Term { factors: vec![0; 3], ..circuit.terms[0].clone() });
    assert_eq!((circuit.rounds_2(), circuit.factors(), circuit.degree_2()), (3, 3, 4));
    circuit.terms.clear();
    assert_eq!((circuit.rounds_1(), circuit.rounds_2(), circuit.factors()), (1, 1, 2));
}
