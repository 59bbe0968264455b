use ark_ff::Field;
use zkattest_circuit::ir::Region;
use zkattest_field::Scalar;

use super::disjoint::Table;
use super::*;
use crate::check::{Assignment, Challenges, Violation, assign, check};
use crate::testing::Random;
use crate::witness::Witness;

/// Features, a target, a class, a group and a class.
const TENSORS: [&[u32]; 4] = [&[1, 3, 2], &[], &[2], &[2, 2]];
const WIDTHS: [usize; 4] = [6, 1, 2, 4];
const LOG_ROW: u8 = 9;

/// A row: 13 cells that say which one it is.
fn row(number: i64) -> Vec<i64> {
    let mut random = Random(u64::try_from(number).unwrap());
    let features = (0..7).map(|_| random.between(-128, 127));
    let class = number % 2;
    let labels = [1 - class, class, 1 - class, class, 0, 0];
    features.chain(labels).collect()
}

/// A data set in shards.
#[derive(Clone)]
struct Set {
    shape: RelatedSet,
    shards: Vec<Vec<Vec<i64>>>,
}

impl Set {
    fn of(rows: &[Vec<i64>], capacity: u32, tensors: &[&[u32]]) -> Self {
        let shape = RelatedSet {
            capacity,
            rows: rows.len() as u64,
            tensors: tensors.iter().map(|shape| shape.to_vec()).collect(),
        };
        let widths = shape.widths();
        let shards = rows
            .chunks(capacity as usize)
            .map(|rows| {
                let mut from = 0;
                let tensor = |width: &usize| {
                    let mut values: Vec<i64> =
                        rows.iter().flat_map(|row| row[from..from + width].to_vec()).collect();
                    values.resize(width * capacity as usize, 0);
                    from += width;
                    values
                };
                widths.iter().map(tensor).collect()
            })
            .collect();
        Self { shape, shards }
    }

    fn new(rows: &[Vec<i64>], capacity: u32) -> Self {
        Self::of(rows, capacity, &TENSORS)
    }

    fn numbered(numbers: impl IntoIterator<Item = i64>, capacity: u32) -> Self {
        Self::new(&numbers.into_iter().map(row).collect::<Vec<_>>(), capacity)
    }

    fn shards(&self) -> Vec<Vec<&[i64]>> {
        self.shards.iter().map(|tensors| tensors.iter().map(Vec::as_slice).collect()).collect()
    }
}

fn compiled(kind: RelationKind, sets: [&Set; 2], padded: bool) -> CompiledRelation {
    let relation = Relation { kind, seed: [7; 32], sets: sets.map(|set| set.shape.clone()) };
    compile_relation(&relation, LOG_ROW, padded).unwrap()
}

fn witness(compiled: &CompiledRelation, sets: [&Set; 2]) -> Result<Witness, RelationError> {
    compiled.witness([&sets[0].shards(), &sets[1].shards()])
}

/// A circuit with an honest witness.
struct Case {
    compiled: CompiledRelation,
    witness: Witness,
}

fn case(kind: RelationKind, sets: [&Set; 2], padded: bool) -> Case {
    let compiled = compiled(kind, sets, padded);
    let witness = witness(&compiled, sets).unwrap();
    Case { compiled, witness }
}

impl Case {
    fn broken_by(&self, spoil: impl Fn(&mut Assignment)) -> Vec<&'static str> {
        let circuit = &self.compiled.circuit;
        let challenges = Challenges::from_seed(circuit, 3);
        let mut cells = assign(circuit, &self.compiled.lookups, &[], &self.witness, &challenges);
        spoil(&mut cells);
        match check(circuit, &cells, &challenges) {
            Ok(()) => Vec::new(),
            Err(Violation { statements }) => {
                statements.iter().map(|index| self.compiled.labels[*index as usize].name).collect()
            }
        }
    }

    fn broken(&self) -> Vec<&'static str> {
        self.broken_by(|_| ())
    }

    /// Cell of an element of a row in the data rows.
    fn data(&self, set: usize, row: usize, tensor: usize, element: usize) -> usize {
        let rows = &self.compiled.sets[set];
        let capacity = rows.set.capacity as usize;
        let placed = &rows.tensors[tensor];
        let offsets = storage::offsets(&placed.axes);
        let start = (rows.first as usize + row / capacity * rows.each as usize) << LOG_ROW;
        start + usize::try_from(placed.base).unwrap() + offsets[row % capacity * WIDTHS[tensor] + element]
    }

    fn write(&mut self, set: usize, row: usize, cells: &[i64]) {
        let mut cells = cells.iter();
        for (tensor, width) in WIDTHS.into_iter().enumerate() {
            for element in 0..width {
                let place = self.data(set, row, tensor, element);
                self.witness.data[place] = i16::try_from(*cells.next().unwrap()).unwrap();
            }
        }
    }

    fn chosen(&mut self, point: usize) -> &mut i16 {
        let Part::Subset(chosen) = &self.compiled.part else { panic!("no subset") };
        let base = usize::try_from(self.compiled.circuit.tensors[chosen.tensor as usize].base).unwrap();
        &mut self.witness.witness[base + point]
    }

    fn point(&self, set: usize, row: usize) -> usize {
        self.compiled.sets[set].point(row)
    }

    fn table(&self) -> Table {
        let Part::Disjoint(table) = &self.compiled.part else { panic!("no disjointness") };
        table.clone()
    }

    /// A cell of the table.
    fn entry(&mut self, slot: u32, entry: usize) -> &mut i16 {
        let table = self.table();
        let base = usize::try_from(self.compiled.circuit.tensors[table.tensor as usize].base).unwrap();
        &mut self.witness.witness[base + ((slot as usize) << table.cube.variables) + entry]
    }
}

const NONE: [&str; 0] = [];

#[test]
fn subsets_hold_in_any_order_with_duplicates_and_other_shards() {
    for padded in [false, true] {
        // rows 1 and 2 twice in both, across shards of 4 and 3 rows, the last ones not full
        let parent = Set::numbered([5, 1, 2, 3, 1, 2, 8], 4);
        for child in [
            Set::numbered([2, 8, 1, 2, 1], 3),
            Set::numbered([3], 1),
            Set::numbered([5, 1, 2, 3, 1, 2, 8], 7),
            Set::numbered([8, 3, 1, 5], 2),
        ] {
            assert_eq!(case(RelationKind::Subset, [&parent, &child], padded).broken(), NONE);
        }
    }
}

#[test]
fn sets_are_disjoint_whatever_their_labels_and_duplicates() {
    for padded in [false, true] {
        let first = Set::numbered([5, 1, 2, 3, 1, 2, 8], 4);
        for second in [Set::numbered([9, 4, 4, 6, 7], 3), Set::numbered([0], 1), Set::numbered(10..26, 8)] {
            assert_eq!(case(RelationKind::Disjoint, [&first, &second], padded).broken(), NONE);
            assert_eq!(case(RelationKind::Disjoint, [&second, &first], padded).broken(), NONE);
        }
    }
}

#[test]
fn false_relations_have_no_witness() {
    let parent = Set::numbered([5, 1, 2, 3, 1], 4);
    let subset = |child: &Set| {
        let sets = [&parent, child];
        witness(&compiled(RelationKind::Subset, sets, false), sets).map(|_| ())
    };
    let missing = |missing, rows| Err(RelationError::NotContained { missing, rows });
    assert_eq!(subset(&Set::numbered([1, 1], 4)), Ok(()));
    assert_eq!(subset(&Set::numbered([1, 1, 1], 4)), missing(1, 3));
    assert_eq!(subset(&Set::numbered([1, 4, 6], 4)), missing(2, 3));
    for cell in [0, 5, 6, 7, 9, 12] {
        let mut changed = row(2);
        changed[cell] ^= 1;
        assert_eq!(subset(&Set::new(&[row(5), changed], 4)), missing(1, 2), "cell {cell}");
    }
    // an empty row is no row of a parent that has room left
    assert_eq!(subset(&Set::new(&[vec![0; 13]], 4)), missing(1, 1));

    let mut relabelled = row(3);
    relabelled[6..].reverse();
    let sets = [&parent, &Set::new(&[row(6), relabelled], 4)];
    let found = witness(&compiled(RelationKind::Disjoint, sets, false), sets);
    assert_eq!(found, Err(RelationError::Overlap { rows: 1 }));
}

#[test]
fn indices_and_rows_may_be_longer_than_a_row_of_cells() {
    // 2^9 cells a row: an index of 600 rows takes two, and 1536 = 3 * 512 features are cut where padded
    let tall: Vec<Vec<i64>> = (0..1300).map(|i| vec![i % 300, i / 300]).collect();
    let (tall, short) = (Set::of(&tall, 600, &[&[2]]), Set::of(&tall[7..900], 1000, &[&[2]]));
    assert_eq!(case(RelationKind::Subset, [&tall, &short], false).broken(), NONE);
    let other: Vec<Vec<i64>> = (0..700).map(|i| vec![-1 - i, 0]).collect();
    let other = Set::of(&other, 600, &[&[2]]);
    assert_eq!(case(RelationKind::Disjoint, [&tall, &other], false).broken(), NONE);

    let wide = |from: i64, count: i64, capacity: u32| {
        let rows: Vec<Vec<i64>> =
            (from..from + count).map(|row| (0..1536).map(|x| (x * row + x / 7) % 100).collect()).collect();
        Set::of(&rows, capacity, &[&[1536]])
    };
    let sets = [&wide(3, 3, 2), &wide(4, 1, 1)];
    let subset = case(RelationKind::Subset, sets, true);
    assert!(subset.compiled.sets[0].tensors[0].axes.len() > 2, "an axis is cut");
    assert_eq!(subset.broken(), NONE);
    assert_eq!(case(RelationKind::Disjoint, [sets[0], &wide(9, 2, 1)], true).broken(), NONE);
}

fn subset() -> Case {
    case(RelationKind::Subset, [&Set::numbered([5, 1, 2, 3, 6], 4), &Set::numbered([2, 5, 6], 2)], false)
}

#[test]
fn every_cell_of_a_child_is_the_parents() {
    let whole = subset();
    for (tensor, width) in WIDTHS.into_iter().enumerate() {
        for (row, element) in (0..3).flat_map(|row| (0..width).map(move |element| (row, element))) {
            for set in [0, 1] {
                let mut case = subset();
                let place = case.data(set, [row, [2, 0, 4][row]][1 - set], tensor, element);
                case.witness.data[place] += 1;
                assert_ne!(case.witness, whole.witness);
                assert_eq!(case.broken(), ["sums"], "set {set}, row {row}, tensor {tensor}, {element}");
            }
        }
    }
}

#[test]
fn a_row_of_the_parent_counts_once() {
    let mut case = subset();
    case.write(1, 1, &row(2));
    let points = [case.point(0, 2), case.point(0, 0)];
    *case.chosen(points[0]) = 2;
    *case.chosen(points[1]) = 0;
    assert_eq!(case.broken(), ["bit"]);
}

#[test]
fn empty_rows_of_the_parent_are_no_members() {
    let mut case = subset();
    case.write(1, 1, &[0; 13]);
    let point = case.point(0, 0);
    *case.chosen(point) = 0;
    // row 5 of the second shard's four, and a shard's number that there is not
    for point in [case.point(0, 5), case.point(0, 7)] {
        *case.chosen(point) = 1;
        assert_eq!(case.broken(), ["chosen"]);
        *case.chosen(point) = 0;
    }
}

#[test]
fn rows_after_the_last_are_empty() {
    for kind in [RelationKind::Subset, RelationKind::Disjoint] {
        for padded in [false, true] {
            let second = if kind == RelationKind::Subset { [2, 5, 6] } else { [12, 15, 16] };
            let sets = [&Set::numbered([5, 1, 2, 3, 6], 4), &Set::numbered(second, 2)];
            for (set, row) in [(0, 5), (0, 7), (1, 3)] {
                for (tensor, width) in WIDTHS.into_iter().enumerate() {
                    let mut case = case(kind, sets, padded);
                    let place = case.data(set, row, tensor, width - 1);
                    case.witness.data[place] = 1;
                    assert_eq!(case.broken(), ["padding"], "{kind:?}, set {set}, row {row}, {tensor}");
                }
            }
        }
    }
}

#[test]
fn every_choice_is_tied() {
    let whole = subset();
    for point in 0..1usize << whole.compiled.sets[0].cube.variables {
        let mut case = subset();
        let cell = case.chosen(point);
        *cell = 1 - *cell;
        assert_ne!(case.broken(), NONE, "{point}");
    }
}

#[test]
fn inverses_are_what_they_claim() {
    let helper = Region::Helper as usize;
    let disjoint = case(RelationKind::Disjoint, [&Set::numbered(0..5, 4), &Set::numbered(5..8, 2)], false);
    for (case, names) in [(subset(), vec!["member", "chosen"]), (disjoint, vec!["first", "second", "key"])] {
        for (quotient, name) in case.compiled.lookups.quotients.iter().zip(names) {
            let tensor = &case.compiled.circuit.tensors[quotient.helper as usize];
            let base = usize::try_from(tensor.base).unwrap();
            let more = |cells: &mut Assignment| cells.rows[helper][base + 1] += Scalar::ONE;
            assert_eq!(case.broken_by(more), [name, "sums"]);
            // moved to another row, which leaves the sums alone
            let moved = |cells: &mut Assignment| cells.rows[helper].swap(base, base + 1);
            assert_eq!(case.broken_by(moved), [name]);
        }
    }
}

fn disjoint() -> Case {
    case(RelationKind::Disjoint, [&Set::numbered([5, 1, 2, 3, 1], 4), &Set::numbered([9, 4, 4], 2)], false)
}

/// Exchange two entries of a table.
fn swap(case: &mut Case, slots: std::ops::Range<u32>, a: usize, b: usize) {
    for slot in slots {
        let (left, right) = (*case.entry(slot, a), *case.entry(slot, b));
        (*case.entry(slot, a), *case.entry(slot, b)) = (right, left);
    }
}

#[test]
fn keys_ascend() {
    let mut case = disjoint();
    let table = case.table();
    swap(&mut case, 0..table.slots(), 0, 1);
    assert_eq!(case.broken(), ["ascending"]);
}

/// The sets have a row in common, and the table has its key twice, once for each.
#[test]
fn a_key_is_of_one_side() {
    let mut case = disjoint();
    let table = case.table();
    case.write(1, 0, &row(5));
    let key = |case: &mut Case, entry: usize| -> Vec<i16> {
        table.key.clone().map(|slot| *case.entry(slot, entry)).collect()
    };
    let position = |case: &mut Case, wanted: i128| {
        (0..8)
            .find(|entry| {
                let limbs = key(case, *entry);
                let value = limbs.iter().rev().fold(0, |sum, limb| (sum << table.limb) + i128::from(*limb));
                value == wanted
            })
            .unwrap()
    };
    let flat = case.compiled.relation.coefficients(0).unwrap()[0].flat();
    let wanted = |number: i64| {
        row(number).iter().zip(&flat).map(|(cell, c)| i128::from(*cell) * c).sum::<i128>() + table.offset
    };
    let (own, other) = (position(&mut case, wanted(5)), position(&mut case, wanted(9)));
    // bring the entry of what was row 9 next to row 5's, step by step, and give it row 5's key
    let mut at = other;
    while at != own + 1 && at != own {
        let next = if at > own { at - 1 } else { at + 1 };
        swap(&mut case, 0..table.slots(), at, next);
        at = next;
    }
    let own = position(&mut case, wanted(5));
    for slot in table.key.clone() {
        *case.entry(slot, at) = *case.entry(slot, own);
    }
    // gaps as they have to be, where they can be
    let values: Vec<i128> = (0..8)
        .map(|entry| key(&mut case, entry).iter().rev().fold(0, |s, l| (s << table.limb) + i128::from(*l)))
        .collect();
    let next = values[1..].iter().copied().chain([table.end]);
    for (entry, (value, next)) in values.iter().zip(next).enumerate() {
        let mut gap = next - value - 1;
        for slot in table.gap.clone() {
            let last = slot + 1 == table.gap.end;
            let limb = if gap < 0 || last { gap } else { gap & ((1 << table.limb) - 1) };
            *case.entry(slot, entry) = i16::try_from(limb).unwrap();
            gap = if gap < 0 || last { 0 } else { gap >> table.limb };
        }
    }
    // a gap of -1 is no limb
    assert_eq!(case.broken(), ["balance"]);
    for slot in table.gap.clone() {
        *case.entry(slot, own.min(at)) = 0;
    }
    assert_eq!(case.broken(), ["ascending"]);
}

#[test]
fn every_row_has_its_key_and_its_side() {
    let table = disjoint().table();
    // seven keys of rows: 5, 1 (twice), 2, 3, 9, 4 (twice) are six; the rest is none's
    for entry in 0..6 {
        for slot in [table.side.start, table.count.start] {
            let mut case = disjoint();
            *case.entry(slot, entry) ^= 1;
            assert_eq!(case.broken(), ["sums"], "slot {slot}, entry {entry}");
        }
    }
    for (slot, entry) in
        table.key.clone().chain(table.gap.clone()).flat_map(|slot| (0..8).map(move |e| (slot, e)))
    {
        let mut case = disjoint();
        *case.entry(slot, entry) ^= 1;
        let broken = case.broken();
        assert!(broken.contains(&"ascending"), "slot {slot}, entry {entry}: {broken:?}");
    }
}

#[test]
fn a_row_of_either_set_changed_has_no_key() {
    for (set, row) in [(0, 0), (0, 4), (1, 2)] {
        let mut case = disjoint();
        let place = case.data(set, row, 0, 5);
        case.witness.data[place] += 1;
        assert_eq!(case.broken(), ["sums"]);
    }
}

#[test]
fn a_fingerprint_depends_on_every_cell_and_the_seed() {
    let relation = |kind, seed| Relation {
        kind,
        seed: [seed; 32],
        sets: [Set::numbered(0..2, 2).shape, Set::numbered(0..2, 2).shape],
    };
    for kind in [RelationKind::Subset, RelationKind::Disjoint] {
        let found = relation(kind, 1).coefficients(0).unwrap();
        assert_eq!(found.len(), if kind == RelationKind::Subset { 4 } else { 1 });
        let all: Vec<i128> = found.iter().flat_map(|of| of.axes.iter().flatten()).copied().collect();
        let different: std::collections::HashSet<&i128> = all.iter().collect();
        assert_eq!(different.len(), all.len());
        assert!(all.iter().all(|constant| (1..1 << 99).contains(constant)));
        assert_ne!(relation(kind, 2).coefficients(0).unwrap(), found);
        assert_ne!(relation(kind, 1).coefficients(1).unwrap(), found);
        if kind == RelationKind::Subset {
            // half of them have their highest bit, none a pattern
            let high = all.iter().filter(|constant| **constant >> 98 == 1).count();
            assert!((2..all.len() - 1).contains(&high), "{high} of {}", all.len());
        } else {
            assert!(Relation::bound(&found) < 1 << 97);
        }
    }
}

#[test]
fn other_coefficients_are_asked_for_where_fingerprints_collide() {
    // sixteen axes leave four bits for a constant: c_1 at the last axis' index 0 is as much as c_0 at 1
    let shape: &[u32] = &[2; 16];
    let empty = Set::of(&[vec![0; 1 << 16]], 1, &[shape]);
    let relation =
        Relation { kind: RelationKind::Disjoint, seed: [3; 32], sets: [empty.shape.clone(), empty.shape] };
    let found = relation.coefficients(0).unwrap();
    let [zero, one] = found[0].axes[15][..] else { panic!("two constants") };
    let with = |at: usize, value: i128| {
        let mut row = vec![0; 1 << 16];
        row[at] = i64::try_from(value).unwrap();
        Set::of(&[row], 1, &[shape])
    };
    let (first, second) = (with(0, one), with(1, zero));
    let compiled = compile_relation(&relation, 17, false).unwrap();
    assert_eq!(witness(&compiled, [&first, &second]), Err(RelationError::Collision));
    assert!(witness(&compiled, [&first, &with(1, zero + 1)]).is_ok());
}

fn encoded(kind: u8, sets: [&RelatedSet; 2]) -> Vec<u8> {
    let mut bytes = [b"ZKRL\0\x01".as_slice(), &[kind], &[9; 32]].concat();
    for set in sets {
        bytes.extend(set.capacity.to_be_bytes());
        bytes.extend(set.rows.to_be_bytes());
        bytes.push(u8::try_from(set.tensors.len()).unwrap());
        for shape in &set.tensors {
            bytes.push(u8::try_from(shape.len()).unwrap());
            bytes.extend(shape.iter().flat_map(|size| size.to_be_bytes()));
        }
    }
    bytes
}

fn malformed(bytes: &[u8]) -> bool {
    matches!(
        Relation::decode(bytes),
        Err(RelationError::Compile(CompileError::Encoding { what: "relation", .. }))
    )
}

#[test]
fn encodings_are_strict() {
    let sets = [&Set::numbered(0..5, 4).shape, &Set::numbered(0..3, 2).shape];
    let bytes = encoded(1, sets);
    let relation = Relation::decode(&bytes).unwrap();
    assert_eq!(relation.sets, sets.map(Clone::clone));
    assert_eq!((relation.kind, relation.seed), (RelationKind::Disjoint, [9; 32]));
    for length in 0..bytes.len() {
        assert!(malformed(&bytes[..length]), "{length}");
    }
    let trailing = [bytes.as_slice(), &[0]].concat();
    assert!(malformed(&trailing));
    for position in [0, 5, 6] {
        let mut other = bytes.clone();
        other[position] ^= 4;
        assert!(malformed(&other), "{position}");
    }
}

#[test]
fn sets_are_bounded_and_alike() {
    let good = Set::numbered(0..5, 4).shape;
    let decode =
        |kind: u8, second: RelatedSet| Relation::decode(&encoded(kind, [&good, &second])).map(|_| ());
    let with = |change: fn(&mut RelatedSet)| {
        let mut set = good.clone();
        change(&mut set);
        set
    };
    let outside = |what| Err(RelationError::Set { set: 1, what });
    assert_eq!(decode(0, with(|set| set.capacity = 0)), outside("the capacity"));
    assert_eq!(decode(0, with(|set| set.rows = 0)), outside("the number of rows"));
    assert_eq!(decode(0, with(|set| set.rows = u64::MAX)), outside("the number of rows"));
    assert_eq!(decode(0, with(|set| set.rows = 1 << 20)), outside("the number of shards"));
    assert_eq!(decode(0, with(|set| set.tensors.clear())), outside("the number of tensors"));
    assert_eq!(decode(0, with(|set| set.tensors[0] = vec![1; 17])), outside("a number of axes"));
    assert_eq!(decode(0, with(|set| set.tensors[2] = vec![0])), outside("a tensor's size"));
    assert_eq!(decode(0, with(|set| set.tensors[2] = vec![1 << 20, 1 << 20])), outside("a tensor's size"));
    // labels count in a subset, features alone in a disjointness
    let labelled = with(|set| set.tensors[2] = vec![3]);
    assert_eq!(decode(0, labelled.clone()), Err(RelationError::Shapes { tensor: 2 }));
    assert_eq!(decode(1, labelled), Ok(()));
    assert_eq!(decode(0, with(|set| drop(set.tensors.pop()))), Err(RelationError::Shapes { tensor: 3 }));
    let wide = with(|set| set.tensors[0] = vec![6]);
    assert_eq!(decode(1, wide), Err(RelationError::Shapes { tensor: 0 }));
}

#[test]
fn shards_are_as_the_relation_says() {
    let sets = [Set::numbered(0..5, 4), Set::numbered(0..3, 2)];
    let compiled = compiled(RelationKind::Subset, [&sets[0], &sets[1]], false);
    let spoilt = |spoil: fn(&mut Set)| {
        let mut other = sets[1].clone();
        spoil(&mut other);
        witness(&compiled, [&sets[0], &other]).map(|_| ())
    };
    let sizes = |what, expected, found| Err(RelationError::Sizes { set: 1, what, expected, found });
    assert_eq!(spoilt(|_| ()), Ok(()));
    assert_eq!(spoilt(|set| drop(set.shards.pop())), sizes("shards", 2, 1));
    assert_eq!(spoilt(|set| drop(set.shards[0].pop())), sizes("tensors", 4, 3));
    assert_eq!(spoilt(|set| set.shards[1][0].truncate(11)), sizes("elements of a tensor", 12, 11));
    assert_eq!(spoilt(|set| set.shards[1][3][7] = 1), Err(RelationError::Padding { set: 1 }));
    assert_eq!(spoilt(|set| set.shards[0][1][0] = 1 << 15), Err(RelationError::Cell { set: 1, tensor: 1 }));
}

#[test]
fn more_constants_than_a_circuit_has_are_refused_before_they_are_made() {
    // a row that is cut into 2^14 parts has that many forms with 2^14 constants each
    let set =
        |features: u32, shards: u64| RelatedSet { capacity: 1, rows: shards, tensors: vec![vec![features]] };
    for kind in [RelationKind::Subset, RelationKind::Disjoint] {
        for (features, shards) in [(1 << 20, 1), (1 << 10, 1 << 12)] {
            let sets = [set(features, shards), set(features, 1)];
            let relation = Relation { kind, seed: [7; 32], sets };
            let found = compile_relation(&relation, 6, true).map(|_| ());
            assert_eq!(found, Err(CompileError::TooLarge.into()));
        }
    }
}
