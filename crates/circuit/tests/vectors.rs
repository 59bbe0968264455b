//! Values of vectors against the definitions of their factors, entry by entry.
#![allow(clippy::unwrap_used, reason = "a failed conversion fails the test")]

mod common;

use common::{Random, Unused, VARIABLES, challenges, circuit, entry, eq, vector};
use zkattest_circuit::ir::{Factor, Kind, Point, Slice, Vector};
use zkattest_circuit::{eq_range, eq_table};

#[test]
fn eq_tables_are_products_of_bits() {
    let mut random = Random(1);
    for len in 0..7 {
        let point = random.scalars(len);
        for n in 0..70usize {
            let table = eq_table(&point, n);
            assert_eq!(table.len(), n);
            for (i, value) in (0u64..).zip(&table).take(1 << len) {
                assert_eq!(*value, eq(&point, i), "{len} coordinates, entry {i}");
            }
            // There is no index beyond.
            assert!(table.iter().skip(1 << len).all(|value| *value == 0u64.into()));
        }
    }
}

#[test]
fn eq_ranges_are_parts_of_tables() {
    let mut random = Random(2);
    let point = random.scalars(6);
    let table = eq_table(&point, 64);
    for from in 0..64 {
        for to in from..64 {
            assert_eq!(eq_range(&point, from, to), table[from..to]);
        }
    }
    assert!(eq_range(&point, 5, 3).is_empty());
    // Few entries of a point far too long for a whole table.
    let point = random.scalars(60);
    let from = 0x0123_4567_89ab_cdefu64;
    for (i, value) in
        (from..).zip(eq_range(&point, from.try_into().unwrap(), usize::try_from(from).unwrap() + 5))
    {
        assert_eq!(value, eq(&point, i));
    }
}

#[test]
fn random_vectors_are_what_their_definitions_say() {
    let mut random = Random(3);
    let mut kinds = [0; 5];
    for round in 0..3000 {
        let circuit = if round % 100 == 0 { circuit(&mut random) } else { circuit(&mut Random(round / 100)) };
        let challenges = challenges(&circuit, 5, &mut random);
        let size = 1 + random.below(70);
        let vector = vector(&mut random, size, &mut Unused::all(VARIABLES));
        let variables = usize::from(VARIABLES);
        let expected: Vec<_> =
            (0..size).map(|i| entry(&circuit, &vector, &challenges, variables, i)).collect();
        assert_eq!(vector.evaluate(&circuit, &challenges, variables), expected, "{vector:?}");
        for factor in &vector.factors {
            kinds[match factor.kind {
                Kind::Eq(_) => 0,
                Kind::Affine { .. } => 1,
                Kind::Window { .. } => 2,
                Kind::Constants(_) => 3,
                Kind::Table(_) => 4,
            }] += 1;
        }
    }
    assert!(kinds.iter().all(|count| *count > 100), "{kinds:?}");
}

#[test]
fn slices_of_rho_count_from_the_last_variables() {
    let mut random = Random(4);
    let circuit = circuit(&mut random);
    let challenges = challenges(&circuit, 6, &mut random);
    let kind = Kind::Eq(Slice { point: Point::Rho, offset: 1, len: 2 });
    let vector = Vector { size: 4, factors: vec![Factor { div: 1, modulus: 4, kind }] };
    // Three variables are coordinates 3, 4, 5; the slice is of the latter two.
    let expected: Vec<_> = (0..4).map(|i| eq(&challenges.rho[4..6], i)).collect();
    assert_eq!(vector.evaluate(&circuit, &challenges, 3), expected);
}

/// Steps as large as they can be do not overflow.
#[test]
fn extreme_steps_are_nowhere() {
    let mut random = Random(5);
    let circuit = circuit(&mut random);
    let challenges = challenges(&circuit, 3, &mut random);
    let slice = Slice { point: Point::R, offset: 0, len: 3 };
    for (stride, dilation, offset) in [(i64::MIN, i64::MIN, i64::MIN), (i64::MAX, i64::MAX, i64::MAX)] {
        let affine = Kind::Affine { slice, from: 1, to: 8, taps: 3, stride, dilation, offset };
        let input = Slice { point: Point::Rho, offset: 0, len: 3 };
        let window = Kind::Window { output: slice, input, outputs: 8, inputs: 8, stride, dilation, offset };
        for kind in [affine, window] {
            let vector = Vector { size: 9, factors: vec![Factor { div: 1, modulus: 9, kind }] };
            assert!(vector.evaluate(&circuit, &challenges, 3).iter().all(|value| *value == 0u64.into()));
        }
    }
}
