use super::*;

/// Counts by their definition in `docs/metrics.md`, row by row.
fn expected(data: &Data, task: Task, reveal: Reveal) -> Vec<i64> {
    let outputs = data.outputs();
    let classes = data.labels().classes() as usize;
    let all = (1, vec![0; outputs.len()]);
    let mut counts = Vec::new();
    for (groups, of) in std::iter::once(&all).chain(&data.columns) {
        for group in 0..*groups as usize {
            let rows = (0..outputs.len()).filter(|row| of[*row] == group);
            let rows: Vec<(usize, usize)> =
                rows.filter_map(|row| data.classes[row].map(|class| (row, class))).collect();
            let answer = |row: usize| -> usize {
                let z = &outputs[row];
                match task {
                    Task::Sign { cut } => usize::from(z[0] >= cut),
                    _ => (0..z.len()).find(|a| (0..z.len()).all(|b| z[*a] >= z[b])).unwrap(),
                }
            };
            let labelled = i64::try_from(rows.len()).unwrap();
            let count = |holds: &dyn Fn(usize, usize) -> bool| {
                i64::try_from(rows.iter().filter(|(row, class)| holds(*row, *class)).count()).unwrap()
            };
            match reveal {
                Reveal::Hits => counts.extend([count(&|row, class| answer(row) == class), labelled]),
                Reveal::Confusion => {
                    for a in 0..classes {
                        counts.extend(
                            (0..classes).map(|b| count(&|row, class| class == a && answer(row) == b)),
                        );
                    }
                }
                Reveal::TopK(k) => {
                    // a stable sort, reversed: of equal outputs the higher index comes first
                    let right = |row: usize, class: usize| {
                        let mut order: Vec<usize> = (0..classes).collect();
                        order.sort_by_key(|index| outputs[row][*index]);
                        order.reverse();
                        order[..k as usize].contains(&class)
                    };
                    counts.extend([count(&right), labelled]);
                }
                Reveal::Errors => {
                    let sum = |of: &dyn Fn(i64, i64) -> i64| -> i64 {
                        rows.iter().map(|(row, _)| of(2 * outputs[*row][0], 4 * data.values[*row])).sum()
                    };
                    counts.extend([
                        labelled,
                        sum(&|z, y| (z - y).abs()),
                        sum(&|z, y| (z - y) * (z - y)),
                        sum(&|_, y| y),
                        sum(&|_, y| y * y),
                    ]);
                }
            }
        }
    }
    counts
}

fn cases() -> Vec<(Task, u32, Reveal)> {
    let mut cases = vec![(Task::Value, 1, Reveal::Errors)];
    for cut in [-2, 0, 1, 3, 40] {
        cases.extend([Reveal::Hits, Reveal::Confusion].map(|reveal| (Task::Sign { cut }, 2, reveal)));
    }
    for classes in [2, 3, 4] {
        cases.extend([Reveal::Hits, Reveal::Confusion].map(|reveal| (Task::Argmax, classes, reveal)));
        cases.extend((1..=classes).map(|k| (Task::Argmax, classes, Reveal::TopK(k))));
    }
    cases
}

#[test]
fn counts_are_those_of_the_definition() {
    for (seed, (task, classes, reveal)) in (0..).zip(cases()) {
        for rows in [1, 4, 7] {
            let data = Data::random(task, classes, rows, seed);
            for options in BOTH {
                let case = Case::new(&data, &data.score(task, reveal), options);
                assert_eq!(case.witness.public, expected(&data, task, reveal), "{task:?} {reveal:?}");
                case.accept();
            }
        }
    }
}

/// Three rows of four classes: right, tied, unlabelled.
fn tied(reveal: Reveal, options: Options) -> Case {
    let mut data = Data::random(Task::Argmax, 4, 3, 1);
    data.inputs = vec![vec![0, 2, 1, -1], vec![1, 1, 0, 1], vec![2, 0, 0, 0]];
    data.classes = vec![Some(1), Some(1), None];
    data.columns = vec![(2, vec![0, 1, 0])];
    let mut score = data.score(Task::Argmax, reveal);
    score.columns = vec![0, 1];
    Case::new(&data, &score, options)
}

#[test]
fn every_public_count_is_needed() {
    for options in BOTH {
        for (reveal, names) in [
            (Reveal::Hits, ["right", "labelled"]),
            (Reveal::Confusion, ["confusion"; 2]),
            (Reveal::TopK(2), ["right", "labelled"]),
        ] {
            for count in 0..tied(reveal, options).witness.public.len() {
                let mut case = tied(reveal, options);
                case.witness.public[count] += 1;
                case.refuse(&[names[count % 2]]);
            }
        }
        let data = Data::random(Task::Value, 1, 6, 3);
        let names = ["labelled", "absolute", "square", "target", "target square"];
        for count in 0..30 {
            let mut case = Case::new(&data, &data.score(Task::Value, Reveal::Errors), options);
            case.witness.public[count] += 1;
            case.refuse(&[names[count % 5]]);
        }
    }
}

#[test]
fn a_tie_is_the_lowest_class() {
    for options in BOTH {
        let honest = tied(Reveal::Hits, options);
        honest.accept();
        // row 1 is labelled 1, and answered 0
        assert_eq!(honest.witness.public, [1, 2, 1, 1, 0, 1]);
        let mut case = tied(Reveal::Hits, options);
        // the maximum's tensor is first, the selection's second: slots s, g
        for (class, (chosen, margin)) in [(0, -1), (1, 0), (0, 1), (0, 0)].into_iter().enumerate() {
            *case.cell(1, 0, 4 + class) = chosen;
            *case.cell(1, 1, 4 + class) = margin;
        }
        (case.witness.public[0], case.witness.public[4]) = (2, 1);
        case.refuse(&["balance"]);
        *case.cell(1, 1, 4) = 0;
        case.refuse(&["margin"]);
    }
}

#[test]
fn one_class_is_answered_and_it_is_the_largest() {
    for options in BOTH {
        // the second class: its output is 1 of at most 2
        let mut case = tied(Reveal::Confusion, options);
        case.witness.public.swap(5, 6);
        case.witness.public.swap(16 + 5, 16 + 6);
        *case.cell(1, 0, 1) = 0;
        *case.cell(1, 0, 2) = 1;
        for (class, margin) in [1, -1, 1, 3].into_iter().enumerate() {
            *case.cell(1, 1, class) = margin;
        }
        case.refuse(&["selected", "balance"]);
        // two classes of one row
        let mut case = tied(Reveal::Hits, options);
        *case.cell(1, 0, 5) = 1;
        for (class, margin) in [0, 1, 2, 1].into_iter().enumerate() {
            *case.cell(1, 1, 4 + class) = margin;
        }
        (case.witness.public[0], case.witness.public[4]) = (2, 1);
        case.refuse(&["selected", "one"]);
    }
}

#[test]
fn labels_are_those_of_the_data_rows() {
    for options in BOTH {
        // one label flipped, without its count: what l says is counted
        let mut case = tied(Reveal::Hits, options);
        *case.data(1, 1) = 0;
        *case.data(1, 2) = 1;
        case.refuse(&["right"]);
        // a row mislabelled in its group alone
        let mut case = tied(Reveal::Hits, options);
        *case.data(2, 1) = 0;
        *case.data(2, 4 + 1) = 1;
        case.refuse(&["right", "labelled"]);
        // an unlabelled row that is counted, or a labelled one that is not
        let mut case = tied(Reveal::TopK(1), options);
        case.witness.public[0] += 1;
        case.witness.public[1] += 1;
        case.refuse(&["right", "labelled"]);
    }
}

#[test]
fn padding_is_not_counted() {
    for options in BOTH {
        for reveal in [Reveal::Hits, Reveal::Confusion, Reveal::TopK(2)] {
            let mut case = tied(reveal, options);
            let real: Vec<usize> = (0..case.compiled.data.len())
                .flat_map(|tensor| {
                    let tensor = &case.compiled.stored[case.compiled.data[tensor] as usize];
                    let base = usize::try_from(tensor.base).unwrap();
                    crate::storage::offsets(&tensor.axes).into_iter().map(move |offset| base + offset)
                })
                .collect();
            for cell in (0..case.witness.data.len()).filter(|cell| !real.contains(cell)) {
                // whatever the owner of the data wrote there
                case.witness.data[cell] = 1;
            }
            for name in case.violations() {
                // a circuit may be unsatisfiable then, but counts of real rows stay as they are
                assert!(!["right", "labelled", "confusion"].contains(&name), "{reveal:?} {name}");
            }
        }
    }
}

#[test]
fn ranks_are_compared() {
    for options in BOTH {
        tied(Reveal::TopK(2), options).accept();
        // row 1: outputs 1 1 0 1, class 1: 3 ranks before it, so that it is second, and not first
        assert_eq!(tied(Reveal::TopK(1), options).witness.public, [1, 2, 1, 1, 0, 1]);
        assert_eq!(tied(Reveal::TopK(2), options).witness.public, [2, 2, 1, 1, 1, 1]);
        // the tie resolved the other way: output 3 not before output 1, q = -1
        let spoil = |margin: i16| {
            let mut case = tied(Reveal::TopK(1), options);
            *case.cell(0, 0, 4 + 3) = 0;
            *case.cell(0, 1, 4 + 3) = margin;
            // w = 1 and q = 0 where k - 1 - 0 = 0
            *case.cell(1, 1, 1) = 1;
            *case.cell(1, 2, 1) = 0;
            (case.witness.public[0], case.witness.public[4]) = (2, 1);
            case
        };
        spoil(-1).refuse(&["balance"]);
        spoil(0).refuse(&["order"]);
        // another rank, another label's output, a flag of 2
        let mut case = tied(Reveal::TopK(1), options);
        *case.cell(1, 1, 1) = 1;
        *case.cell(1, 2, 1) = 0;
        (case.witness.public[0], case.witness.public[4]) = (2, 1);
        case.refuse(&["rank"]);
        let mut case = tied(Reveal::TopK(1), options);
        *case.cell(1, 0, 1) += 1;
        let found = case.violations();
        assert!(found.contains(&"label"), "{found:?}");
        // c = 2, q = 1: 2 c q = 4 = d + 1 + 1 - 2
        let mut case = tied(Reveal::TopK(1), options);
        *case.cell(1, 1, 0) = 2;
        let found = case.violations();
        assert!(found.contains(&"flag"), "{found:?}");
    }
}

#[test]
fn errors_have_one_side() {
    let mut data = Data::random(Task::Value, 1, 3, 5);
    data.inputs = vec![vec![10], vec![-4], vec![7]];
    data.values = vec![3, 9, 0];
    data.classes = vec![Some(0), Some(0), None];
    data.columns = Vec::new();
    let mut score = data.score(Task::Value, Reveal::Errors);
    (score.columns, score.output_shift, score.target_shift) = (vec![0], 0, 0);
    for options in BOTH {
        let case = || Case::new(&data, &score, options);
        // e = 7, -13
        assert_eq!(case().witness.public, [2, 20, 49 + 169, 12, 9 + 81]);
        // both parts larger by 1: |e| grows by 2
        let mut both = case();
        let below = both.compiled.fills[1].tensor as usize;
        let slots = both.compiled.stored[below].axes[0].size as usize;
        *both.cell(0, 0, 0) += 1;
        *both.cell(0, slots / 2, 0) += 1;
        both.witness.public[1] += 2;
        both.witness.public[2] += 81 - 49;
        both.refuse(&["sign"]);
        let mut other = case();
        *other.cell(0, 0, 0) -= 1;
        other.witness.public[1] -= 1;
        other.witness.public[2] -= 49 - 36;
        other.refuse(&["error"]);
        // another target than the committed one
        let mut target = case();
        *target.data(1, 0) += 1;
        target.refuse(&["error", "target", "target square"]);
    }
}

#[test]
fn samples_that_do_not_fit_into_a_row_are_cut() {
    // padded, 12 rows of 40 outputs in rows of 512 cells: 64 cells an output, hence 4 samples to a row
    for (rows, cut) in [(12, [3, 4]), (8, [1, 8])] {
        for reveal in [Reveal::Hits, Reveal::TopK(3)] {
            let data = Data::random(Task::Argmax, 40, rows, 4);
            let mut case = Case::new(&data, &data.score(Task::Argmax, reveal), BOTH[1]);
            assert_eq!(case.witness.public, expected(&data, Task::Argmax, reveal));
            case.accept();
            let is_cut = |tensor: &zkattest_circuit::ir::Tensor| {
                let sizes: Vec<u32> = tensor.axes.iter().map(|axis| axis.size).collect();
                sizes[1..].starts_with(&cut) && sizes[1..].len() == 3
            };
            let found =
                case.compiled.fills.iter().any(|fill| is_cut(&case.compiled.stored[fill.tensor as usize]));
            assert_eq!(found, cut[0] > 1, "{cut:?}");
            *case.witness.public.last_mut().unwrap() += 1;
            case.refuse(&["labelled"]);
        }
    }
}
