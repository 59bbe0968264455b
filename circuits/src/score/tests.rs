use super::*;
use crate::check::{Challenges, Violation, assign, check};
use crate::compile::{Compiled, compile_scored};
use crate::data_set::Target;
use crate::options::Options;
use crate::testing::{BOTH, Net, executor};
use crate::witness::{Trace, Witness};

pub(super) struct Case {
    pub compiled: Compiled,
    pub witness: Witness,
}

impl Case {
    pub fn new(net: &Net, options: Options, score: &Score, inputs: &[Vec<i64>], labels: &[Vec<i64>]) -> Self {
        let compiled = compile_scored(&net.0, &[], &options, Some(score)).unwrap();
        let runs: Vec<_> = inputs.iter().map(|input| executor::run(&net.0, &[], input, &[])).collect();
        let traces: Vec<Trace<'_>> = inputs
            .iter()
            .zip(&runs)
            .map(|(input, run)| Trace {
                input,
                accumulators: run.accumulators.iter().map(Vec::as_slice).collect(),
                outputs: run.outputs.iter().map(Vec::as_slice).collect(),
            })
            .collect();
        let labels: Vec<&[i64]> = labels.iter().map(Vec::as_slice).collect();
        let witness = compiled.witness_of(&traces, &labels, &[]).unwrap();
        Self { compiled, witness }
    }

    pub fn violations(&self) -> Vec<&'static str> {
        let circuit = &self.compiled.circuit;
        let challenges = Challenges::from_seed(circuit, 7);
        let cells = assign(circuit, &self.compiled.lookups, &[], &self.witness, &challenges);
        match check(circuit, &cells, &challenges) {
            Ok(()) => Vec::new(),
            Err(Violation { statements }) => {
                statements.iter().map(|index| self.compiled.labels[*index as usize].name).collect()
            }
        }
    }
}

#[test]
fn classes_are_counted_overall_and_by_group() {
    let net = Net::new(&[1, 3], 8).node("clip", &[0], &[1, 3], 8, 0).bounds(-5, 5);
    let inputs = vec![vec![1, 2, 3], vec![9, 9, 0], vec![0, 0, 0], vec![-3, 4, 1], vec![7, 2, 2]];
    let one = |class: Option<usize>| (0..3).map(|c| i64::from(Some(c) == class)).collect::<Vec<_>>();
    let classes = [Some(2), Some(1), None, Some(1), Some(0)];
    let l0: Vec<i64> = classes.iter().flat_map(|class| one(*class)).collect();
    let groups = [0, 1, 0, 1, 1];
    let l1: Vec<i64> = classes
        .iter()
        .zip(groups)
        .flat_map(|(class, group)| (0..2).flat_map(move |g| one(class.filter(|_| g == group))))
        .collect();
    for options in BOTH {
        for reveal in [Reveal::Hits, Reveal::Confusion] {
            let score = Score {
                task: Task::Argmax,
                labels: Labels { target: Target::Classes(3), columns: vec![2] },
                reveal,
                output_shift: 0,
                target_shift: 0,
                columns: vec![0, 1],
                bounds: None,
            };
            let case =
                Case::new(&net, Options { batch: 5, ..options }, &score, &inputs, &[l0.clone(), l1.clone()]);
            assert_eq!(case.violations(), [] as [&str; 0]);
            if reveal == Reveal::Hits {
                assert_eq!(case.witness.public, [3, 4, 1, 1, 2, 3]);
            }
        }
    }
}
