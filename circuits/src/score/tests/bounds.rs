use super::*;

/// Accuracy, overall and of two groups: bounds on it and on the gap.
fn accuracy(clauses: Vec<Weights>) -> Score {
    let ratio = |right: u16| Ratio { numerator: vec![(right, 1)], denominator: vec![(right + 1, 1)] };
    Score {
        task: Task::Argmax,
        labels: Labels { target: Target::Classes(3), columns: vec![2] },
        reveal: Reveal::Hits,
        output_shift: 0,
        target_shift: 0,
        columns: vec![0, 1],
        bounds: Some(Bounds { quotient_bits: 17, ratios: vec![ratio(0), ratio(2), ratio(4)], clauses }),
    }
}

/// Seven labelled rows, five of them right: 2 of 3 in group 0, 3 of 4 in group 1; one row without a label.
fn data() -> Data {
    let mut data = Data::random(Task::Argmax, 3, 8, 2);
    let answers = [0, 1, 2, 0, 1, 2, 1, 0];
    data.inputs = answers.iter().map(|class| (0..3).map(|a| i64::from(a == *class)).collect()).collect();
    data.classes = [0, 1, 0, 0, 1, 2, 2].map(Some).into_iter().chain([None]).collect();
    data.columns = vec![(2, vec![0, 0, 0, 1, 1, 1, 1, 1])];
    data
}

const OVERALL: i64 = (5 << 16) / 7;
const GAP: i64 = (3 << 16) / 4 - (2 << 16) / 3;

fn clauses() -> Vec<Weights> {
    // accuracy, and less than the gap both ways
    vec![vec![(0, 1)], vec![(1, -1), (2, 1)], vec![(1, 1), (2, -1)]]
}

/// Fills of a bounded score, after those of the selection: counts of each column, quotients, slacks.
const QUOTIENTS: usize = 4;
const SLACKS: usize = 5;

#[test]
fn bounds_are_reached() {
    let (data, score) = (data(), accuracy(clauses()));
    for options in BOTH {
        let case = |thresholds: [i64; 3]| Case::of(&data, &score, &thresholds, options);
        let exact = case([OVERALL, GAP, -GAP]).unwrap();
        assert_eq!(exact.witness.public, [OVERALL, GAP, -GAP]);
        exact.accept();
        case([0, -65536, -65536]).unwrap().accept();
        assert_eq!(case([OVERALL + 1, 0, -GAP]).unwrap_err(), CompileError::Bound { clause: 0 });
        assert_eq!(case([OVERALL, GAP + 1, -GAP]).unwrap_err(), CompileError::Bound { clause: 1 });
        assert_eq!(case([-1, 0, -GAP]).unwrap_err(), CompileError::Threshold { clause: 0 });
        let thresholds = CompileError::Thresholds { expected: 3, found: 0 };
        assert_eq!(Case::of(&data, &score, &[], options).unwrap_err(), thresholds);
        // nothing but the thresholds is public
        let mut higher = exact;
        higher.witness.public[0] += 1;
        higher.refuse(&["clause"]);
        *higher.cell(SLACKS, 0, 0) -= 1;
        higher.refuse(&["balance"]);
    }
}

#[test]
fn empty_groups_have_no_quotient() {
    let whole = data();
    let mut data = whole.clone();
    data.columns = vec![(2, vec![1; 8])];
    let found = Case::of(&data, &accuracy(clauses()), &[0; 3], BOTH[0]).unwrap_err();
    assert_eq!(found, CompileError::Denominator { ratio: 1 });
    let mut score = accuracy(clauses());
    // twice the rows over the right ones: 14 / 5
    score.bounds.as_mut().unwrap().ratios[0] = Ratio { numerator: vec![(1, 2)], denominator: vec![(0, 1)] };
    let found = Case::of(&whole, &score, &[0; 3], BOTH[0]).unwrap_err();
    assert_eq!(found, CompileError::Quotient { ratio: 0 });
    score.bounds.as_mut().unwrap().ratios[0].numerator = vec![(1, -1)];
    let found = Case::of(&whole, &score, &[0; 3], BOTH[0]).unwrap_err();
    assert_eq!(found, CompileError::Quotient { ratio: 0 });
}

#[test]
fn quotients_are_rounded_down() {
    let (data, score) = (data(), accuracy(vec![vec![(0, 1)]]));
    for options in BOTH {
        let case = || Case::of(&data, &score, &[OVERALL], options).unwrap();
        // slots: three limbs of q, one of r, one of v; 5 2^16 = q 7 + r
        let rest = (5 << 16) % 7;
        let mut honest = case();
        assert_eq!(i64::from(*honest.cell(QUOTIENTS, 3, 0)), rest);
        assert_eq!(i64::from(*honest.cell(QUOTIENTS, 4, 0)), 6 - rest);
        honest.accept();
        let up = |r: i16, v: i16, threshold: i64| {
            let mut case = case();
            *case.cell(QUOTIENTS, 0, 0) += 1;
            *case.cell(QUOTIENTS, 3, 0) = r;
            *case.cell(QUOTIENTS, 4, 0) = v;
            case.witness.public[0] = threshold;
            case
        };
        let rest = i16::try_from(rest).unwrap();
        // one more, with what is left negative, or not, or larger than the denominator
        up(rest - 7, 13 - rest, OVERALL + 1).refuse(&["balance"]);
        up(rest, 6 - rest, OVERALL + 1).refuse(&["quotient"]);
        let mut down = case();
        *down.cell(QUOTIENTS, 0, 0) -= 1;
        *down.cell(QUOTIENTS, 3, 0) += 7;
        *down.cell(QUOTIENTS, 4, 0) -= 7;
        down.witness.public[0] -= 1;
        down.refuse(&["balance"]);
        // the remainder as large as the denominator
        let mut equal = case();
        *equal.cell(QUOTIENTS, 3, 0) = 7;
        *equal.cell(QUOTIENTS, 4, 0) = 0;
        let found = equal.violations();
        assert!(found.contains(&"denominator"), "{found:?}");
    }
}

#[test]
fn hidden_counts_are_the_counts() {
    let (data, score) = (data(), accuracy(vec![vec![(0, 1)]]));
    for options in BOTH {
        // fills: maximum, selection, counts of all rows, counts of the groups
        for (fill, count, name) in [(2, 0, "right"), (2, 1, "labelled"), (3, 0, "right"), (3, 3, "labelled")]
        {
            let mut case = Case::of(&data, &score, &[0], options).unwrap();
            *case.cell(fill, 0, count) += 1;
            let found = case.violations();
            assert!(found.contains(&name), "{found:?}");
        }
    }
}

#[test]
fn one_ratio_over_many_counts() {
    // macro recall needs one ratio for each class; micro precision of classes 1 and 2 is one of four counts
    let mut score = accuracy(vec![vec![(0, 1)]]);
    score.reveal = Reveal::Confusion;
    let entry = |a: u16, b: u16| 3 * a + b;
    score.bounds.as_mut().unwrap().ratios = vec![Ratio {
        numerator: vec![(entry(1, 1), 1), (entry(2, 2), 1)],
        denominator: (0..3).flat_map(|a| [1, 2].map(|b| (entry(a, b), 1))).collect(),
    }];
    for options in BOTH {
        let found = (3 << 16) / 5;
        Case::of(&data(), &score, &[found], options).unwrap().accept();
        let refused = Case::of(&data(), &score, &[found + 1], options).unwrap_err();
        assert_eq!(refused, CompileError::Bound { clause: 0 });
    }
}

#[test]
fn errors_are_bounded() {
    let data = Data::random(Task::Value, 1, 6, 9);
    let mut score = data.score(Task::Value, Reveal::Errors);
    (score.output_shift, score.target_shift) = (0, 0);
    // 1 - (mean square error) / 2^16, of all rows: labelled 2^16 - sum of e^2 over labelled 2^16
    score.bounds = Some(Bounds {
        quotient_bits: 17,
        ratios: vec![Ratio { numerator: vec![(0, 1 << 16), (2, -1)], denominator: vec![(0, 1 << 16)] }],
        clauses: vec![vec![(0, 1)]],
    });
    for options in BOTH {
        let open = Case::new(&data, &Score { bounds: None, ..score.clone() }, options).witness.public;
        let quotient = (((open[0] << 16) - open[2]) << 16).div_euclid(open[0] << 16);
        Case::of(&data, &score, &[quotient], options).unwrap().accept();
        let refused = Case::of(&data, &score, &[quotient + 1], options).unwrap_err();
        assert_eq!(refused, CompileError::Bound { clause: 0 });
    }
}

#[test]
fn more_constants_than_a_circuit_has_are_refused_before_they_are_made() {
    // each ratio is two vectors over all 255^2 counts: what these few bytes ask for would be four gigabytes
    let classes = 255;
    let mut score = accuracy(vec![vec![(0, 1)]]);
    score.labels = Labels { target: Target::Classes(classes), columns: Vec::new() };
    (score.reveal, score.columns) = (Reveal::Confusion, vec![0]);
    let net = Net::new(&[1, classes], 8).node("clip", &[0], &[1, classes], 8, 0).bounds(-2, 2);
    let options = Options { log_row: 17, batch: 4, ..BOTH[0] };
    let mut with = |ratios: u16, clauses: usize| {
        let ratio = |index| Ratio { numerator: vec![(index, 1)], denominator: vec![(0, 1)] };
        let bounds = score.bounds.as_mut().unwrap();
        bounds.ratios = (0..ratios).map(ratio).collect();
        bounds.clauses = vec![vec![(0, 1)]; clauses];
        compile_scored(&net.0, &[], &options, Some(&score)).map(|_| ())
    };
    let refused = Err(CompileError::Score { part: "number of bounds" });
    assert_eq!(with(7, 1), Ok(()));
    assert_eq!(with(2000, 1), refused);
    assert_eq!(with(2, 1 << 19), refused);
}
