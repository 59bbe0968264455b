//! The encoding of circuits: one for each, and no panic on any bytes.
#![allow(clippy::unwrap_used, reason = "a failed conversion fails the test")]

mod common;

use common::{Random, circuit};
use sha3::{Digest, Keccak256};
use zkattest_circuit::CircuitError;
use zkattest_circuit::error::{FormPlace, Owner};
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
    let second =
        vec![factor(4, Kind::Constants(vec![-1, 0, 0, 2])), factor(2, Kind::Table(0)), factor(3, window)];
    let groups = vec![
        Group { axes: 1, vector: Vector { size: 3, factors: first } },
        Group { axes: 0, vector: Vector { size: 5, factors: second } },
    ];
    let mut values = vec![0; 63];
    values.push(1 << 15);
    let part = Factor { div: 8, ..factor(8, Kind::Eq(slice(Point::R, 2, 3))) };
    let whole = vec![part, factor(64, Kind::Constants(values))];
    let plain = vec![
        Group {
            axes: 0,
            vector: Vector { size: 4, factors: vec![factor(4, Kind::Eq(slice(Point::R, 0, 2)))] },
        },
        Group { axes: 0, vector: Vector { size: 64, factors: whole } },
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
            forms: vec![Form { coefficient: 256, unit: Unit::One, tensor: None, groups: plain }],
        }],
        terms: vec![Term { statement: 0, coefficient: 1, factors: vec![0] }],
    };
    (circuit, with(&[]))
}

/// Its encoding, part by part.
const PARTS: [(&str, &str); 38] = [
    ("magic", "5a4b4349"),
    ("version", "0002"),
    ("c, len(r)", "06 05"),
    ("n1", "02"),
    ("D", "02"),
    ("rows", "00000001 00000000 00000000 00000003 00000001 00000002 00000001"),
    ("public", "00000009"),
    ("terms, tables", "0001 0001"),
    ("kernels", "0004"),
    ("tensors, functionals, statements", "0001 0001 0001"),
    ("term", "00"),
    ("variables", "02"),
    ("coefficient, factors", "0101 01 00"),
    ("bits", "01"),
    ("low", "8101"),
    ("has images", "01"),
    ("images", "00000005 fffffffa"),
    ("place 0", "02 02"),
    ("kernel 0", "02 03"),
    ("Eq", "00 01 02"),
    ("Eq slice", "8100"),
    ("Affine", "01 01 07 0302 01 05 02 8102 0103 0104"),
    ("place 1", "00"),
    ("kernel 1", "03 05"),
    ("constants", "03 01 04 02 00 8101 02 0102"),
    ("table", "04 01 02 00"),
    ("Window", "02 01 03 0200 8101 03 02 0101 8101 00"),
    ("kernel 2", "00 41 04 0200"),
    ("kernel 3", "00 02 4040 00 08 08 0302"),
    ("whole constants", "83 01 3f 028000"),
    ("region", "06"),
    ("inner part", "02"),
    ("span", "02"),
    ("base, axes", "08 03 04"),
    ("functional", "02 01"),
    ("its form", "a2 8103 00 00 01"),
    ("statement", "01"),
    ("its form's", "02 020100 02 03"),
];

/// Where a part begins.
fn at(name: &str) -> usize {
    let before = PARTS.iter().position(|(part, _)| *part == name).unwrap();
    PARTS[..before].iter().map(|(_, hex)| unhex(hex).len()).sum()
}

fn unhex(hex: &str) -> Vec<u8> {
    let digits = hex.chars().filter_map(|c| c.to_digit(16));
    let digits: Vec<u8> = digits.map(|digit| u8::try_from(digit).unwrap()).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// The encoding with other bytes in some parts.
fn with(changes: &[(&str, &str)]) -> Vec<u8> {
    assert!(changes.iter().all(|(name, _)| PARTS.iter().any(|(part, _)| part == name)), "{changes:?}");
    let changed = |name| changes.iter().find(|(part, _)| *part == name).map(|(_, hex)| *hex);
    PARTS.iter().flat_map(|(name, hex)| unhex(changed(*name).unwrap_or(hex))).collect()
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
    let (mut valid, mut other) = (0, 0);
    for round in 0..60_000 {
        let base = &bases[round % bases.len()];
        let mut bytes = base.clone();
        for _ in 0..=random.below(4) {
            let at = usize::try_from(random.below(u32::try_from(bytes.len()).unwrap())).unwrap();
            let value = u8::try_from(random.below(256)).unwrap();
            match random.below(6) {
                0 => bytes[at] = value,
                1 => bytes[at] = bytes[at].wrapping_add(1),
                2 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][usize::from(value % 5)],
                3 => bytes.insert(at, value),
                4 => drop(bytes.remove(at)),
                _ => bytes[at] ^= 1 << (value % 8),
            }
        }
        match Circuit::decode(&bytes) {
            Ok(circuit) => {
                assert_eq!(circuit.encode(), bytes);
                valid += 1;
            }
            Err(CircuitError::NotCanonical { offset }) => {
                assert!(offset < bytes.len());
                other += 1;
            }
            Err(_) => {}
        }
    }
    assert!(valid > 1000, "{valid}");
    assert!(other > 1000, "{other}");
}

#[test]
fn bad_bytes_say_why() {
    fn error(name: &str, hex: &str) -> CircuitError {
        Circuit::decode(&with(&[(name, hex)])).unwrap_err()
    }
    let place = FormPlace { owner: Owner::Functional, item: 0, form: 0 };
    assert_eq!(error("magic", "5a4b4348"), CircuitError::Magic);
    assert_eq!(error("version", "0001"), CircuitError::Version { expected: 2, found: 1 });
    assert_eq!(error("bits", "11"), CircuitError::TableBits { table: 0, most: 16, found: 17 });
    let tag = |what, offset, found| CircuitError::Tag { what, offset, found };
    assert_eq!(error("has images", "02"), tag("flag", at("has images"), 2));
    assert_eq!(error("region", "08"), tag("region", at("region"), 8));
    assert_eq!(error("its form", "e2 8103 00 00 01"), tag("unit", at("its form"), 3));
    assert_eq!(error("Eq", "05 01 02"), tag("kind of factor", at("Eq"), 5));
    let (offset, found) = (at("low"), 17);
    let seventeen = "11 0101010101010101010101010101010101";
    assert_eq!(error("low", seventeen), CircuitError::IntegerBytes { offset, most: 16, found });
    assert_eq!(error("low", "88 8000000000000001"), CircuitError::Integer { offset, bits: 64 });
    assert_eq!(error("low", "08 8000000000000000"), CircuitError::Integer { offset, bits: 64 });
    let (offset, bits) = (at("coefficient, factors"), 128);
    let wide = |sign: &str| format!("{sign}0 80000000000000000000000000000000 01 00");
    assert_eq!(error("coefficient, factors", &wide("1")), CircuitError::Integer { offset, bits });
    assert_eq!(error("coefficient, factors", &wide("9")), CircuitError::TermCoefficient { term: 0 });
    assert_eq!(error("term", "c000000100000000"), CircuitError::Integer { offset: at("term"), bits: 32 });
    assert_eq!(error("functional", "02 80010000"), list("forms", 65_535, 65_536));
    assert_eq!(error("span", "01"), CircuitError::Span { tensor: 0, expected: 1, found: 2 });
    assert_eq!(error("span", "03"), CircuitError::Span { tensor: 0, expected: 3, found: 4 });
    let kernel = CircuitError::KernelIndex { place, group: 1, found: 4, count: 4 };
    assert_eq!(error("its form", "a2 8103 00 00 04"), kernel);
    let (len, after, available) = (1, 2, 2);
    let before = CircuitError::SliceBefore { place, group: 0, factor: 0, len, after, available };
    assert_eq!(error("Eq slice", "8102"), before);
    let statement = FormPlace { owner: Owner::Statement, ..place };
    let of_rho = CircuitError::SlicePoint { place: statement, group: 0, factor: 0 };
    assert_eq!(error("kernel 2", "00 41 04 8200"), of_rho);
    let constant =
        |skipped, found| CircuitError::ConstantIndex { offset: at("constants") + skipped, found, count: 4 };
    assert_eq!(error("constants", "03 01 04 01 04 8101"), constant(4, 4));
    assert_eq!(error("constants", "03 01 04 02 00 8101 03 0102"), constant(7, 4));
    assert_eq!(error("constants", "03 01 80010000 00"), list("constants", 65_535, 65_536));
}

fn list(what: &'static str, most: usize, found: usize) -> CircuitError {
    CircuitError::ListLength { what, most, found }
}

/// Each rule of the encoding alone: the same circuit in other bytes.
#[test]
fn other_encodings_of_the_same_circuit_are_refused() {
    let refused = |changes: &[(&str, &str)], offset: usize| {
        assert_eq!(
            Circuit::decode(&with(changes)),
            Err(CircuitError::NotCanonical { offset }),
            "{changes:?}"
        );
    };
    // Derived numbers.
    for other in ["01", "03", "ff"] {
        refused(&[("n1", other)], at("n1"));
        refused(&[("D", other)], at("D"));
        refused(&[("variables", other)], at("variables"));
        refused(&[("inner part", other)], at("inner part"));
    }
    // Variable-length integers that have a shorter form.
    for long in ["4000", "80000000", "c000000000000000"] {
        refused(&[("term", long)], at("term"));
    }
    for long in ["80000040", "c000000000000040"] {
        let hex = format!("00 02 {long} 00 08 08 0302");
        refused(&[("kernel 3", hex.as_str())], at("kernel 3") + 2);
    }
    // Signed integers with leading zeros; negative zero.
    refused(&[("low", "82 0001")], at("low"));
    refused(&[("Window", "02 01 03 0200 8101 03 02 0101 8101 80")], at("Window") + 13);
    refused(&[("Window", "02 01 03 0200 8101 03 02 0101 8101 0100")], at("Window") + 13);
    // Flags.
    refused(&[("kernel 2", "00 c1 04 0200")], at("kernel 2") + 1);
    refused(&[("kernel 2", "00 01 04 80 0200")], at("kernel 2") + 1);
    refused(&[("kernel 2", "00 01 04 00 01 04 0200")], at("kernel 2") + 1);
    refused(&[("whole constants", "03 01 4040 01 3f 028000")], at("whole constants"));
    // Constants that are zero.
    refused(&[("constants", "03 01 04 03 00 8101 00 00 01 0102")], at("constants") + 3);
    // Places: another stride, fewer bits, enumerated, not a sum.
    for other in ["03 02", "02 01", "02 03", "01 01", "ff 02"] {
        refused(&[("place 0", other)], at("place 0") + usize::from(other.starts_with("02")));
    }
    refused(&[("place 1", "01 00")], at("place 1"));
    // The dictionary: unused, twice, out of order.
    let unused = ("kernels", "0005");
    refused(&[unused, ("whole constants", "83 01 3f 028000 00 40 01")], at("kernels") + 1);
    let twice = "83 01 3f 028000 00 41 04 0200";
    refused(&[unused, ("whole constants", twice)], at("kernels") + 1);
    refused(&[unused, ("whole constants", twice), ("its form's", "02 020100 04 03")], at("kernels") + 1);
    let (two, three) = ("00 02 4040 00 08 08 0302 83 01 3f 028000", "00 41 04 0200");
    let swapped = [("kernel 2", two), ("kernel 3", three), ("whole constants", "")];
    refused(&[swapped.as_slice(), &[("its form's", "02 020100 03 02")]].concat(), at("kernel 2") + 1);
}

/// A few bytes that stand for many factors and constants are refused before they are copied.
#[test]
fn hostile_descriptions_cost_little() {
    let head = |kernels: &str| {
        format!(
            "5a4b4349 0002 06 05 01 02 {} 00000002 00000000 00000000 0000 0000 {kernels} 0000 0000 0001",
            "00000000".repeat(5)
        )
    };
    let (wide, parts) = ("00 01 01 03 01 8000ffff 00", Err(CircuitError::Parts { most: 1 << 20 }));
    let kernels = head("ffff") + &wide.repeat(65_535);
    assert_eq!(Circuit::decode(&unhex(&kernels)), parts);
    let form = "1f 00".to_owned() + &"00".repeat(31);
    let references = head("0001") + wide + "4800" + &form.repeat(2048);
    assert_eq!(Circuit::decode(&unhex(&references)), parts);
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
    // 64 (3 + 1 + 2 + 1) + 32 (1 + 2*2 + 2*3 + 2 + 2*6) + 7*64 + 7*32
    assert_eq!(circuit.proof_bytes(), 448 + 800 + 448 + 224);
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
