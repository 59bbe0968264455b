//! Proofs over data sets: of a shard's registration, and of each kind of score.

use zkattest_circuit::ir::Region;
use zkattest_circuits::{
    Architecture, Attribute, Bounds, CompileError, Compiled, DataSpec, Goal, Labels, Node, Options, Profile,
    Ratio, Reveal, Score, Spec, Target, Task, Trace, Witness, choose, compile_data, compile_scored,
};

use crate::{inference, proves};

/// Rows in a shard: no power of two. The last two have no label, as in a data set's last shard.
const CAPACITY: u32 = 6;

/// A model that clips its inputs \[1, outputs\] to -3 .. 3, below an argmax where there are classes.
fn model(outputs: u32) -> Architecture {
    let node = |op: &str, input: usize, attributes: Vec<(String, Attribute)>, (low, high): (i64, i64)| Node {
        op: op.to_owned(),
        inputs: vec![input],
        attributes,
        shift: 0,
        low,
        high,
    };
    let spec = |shape: &[u32]| Spec { shape: shape.to_vec(), bits: 8, scale: 0 };
    let mut nodes = vec![node("clip", 0, Vec::new(), (-3, 3))];
    let mut tensors = vec![spec(&[1, outputs]); 2];
    if outputs > 1 {
        let attributes = [("axis", 1), ("keepdims", 0)];
        let attributes =
            attributes.map(|(name, value)| (name.to_owned(), Attribute::Integer(value))).to_vec();
        nodes.push(node("argmax", 1, attributes, (-128, 127)));
        tensors.push(spec(&[1]));
    }
    Architecture { output: tensors.len() - 1, tensors, constants: 0, nodes }
}

struct Shard {
    inputs: Vec<Vec<i64>>,
    /// Data tensors after the features.
    labels: Vec<Vec<i64>>,
    target: Target,
}

impl Shard {
    fn new(outputs: u32, target: Target) -> Self {
        let row = |row: i64| (0..i64::from(outputs)).map(|index| (row * 7 + index * 5) % 9 - 4).collect();
        let inputs: Vec<Vec<i64>> = (0..i64::from(CAPACITY) - 2)
            .map(row)
            .chain([vec![0; outputs as usize], vec![0; outputs as usize]])
            .collect();
        let classes = match target {
            Target::Classes(classes) => classes as usize,
            Target::Value => 1,
        };
        let mut labels = Vec::new();
        if target == Target::Value {
            labels.push(vec![3, -120, 0, 77, 0, 0]);
        }
        for groups in [1, 2] {
            let mut cells = vec![0; CAPACITY as usize * groups * classes];
            for row in 0..4 {
                cells[(row * groups + row % groups) * classes + row % classes] = 1;
            }
            labels.push(cells);
        }
        Self { inputs, labels, target }
    }

    fn labels(&self) -> Labels {
        Labels { target: self.target, columns: vec![2] }
    }

    fn score(&self, task: Task, reveal: Reveal, bounds: Option<Bounds>) -> Score {
        let columns = vec![0, 1];
        Score { task, labels: self.labels(), reveal, output_shift: 0, target_shift: 0, columns, bounds }
    }

    /// The registration, with `tensors` in place of the features and labels.
    fn registers(&self, padded: bool, tensors: &[Vec<i64>], labelled: i64) -> (bool, Vec<i16>) {
        let spec = DataSpec {
            capacity: CAPACITY,
            bits: 8,
            features: vec![1, u32::try_from(self.inputs[0].len()).unwrap()],
            labels: self.labels(),
        };
        let compiled = compile_data(&spec, 9, padded).unwrap();
        let slices: Vec<&[i64]> = tensors.iter().map(Vec::as_slice).collect();
        let data = compiled.cells(&slices).unwrap();
        let none = Vec::new;
        let witness =
            Witness { data, output: none(), witness: none(), public: vec![labelled], keys: Vec::new() };
        (proves(&compiled.circuit, &compiled.lookups, &[], &witness), witness.data)
    }

    fn tensors(&self) -> Vec<Vec<i64>> {
        std::iter::once(self.inputs.concat()).chain(self.labels.iter().cloned()).collect()
    }

    fn witness(&self, compiled: &Compiled, thresholds: &[i64]) -> Result<Witness, CompileError> {
        let outputs: Vec<Vec<i64>> = self
            .inputs
            .iter()
            .map(|input| input.iter().map(|value| *value.clamp(&-3, &3)).collect())
            .collect();
        // the argmax is left out, and its trace with it
        let traces: Vec<Trace<'_>> = self
            .inputs
            .iter()
            .zip(&outputs)
            .map(|(input, output)| Trace {
                input,
                accumulators: vec![input, &[]],
                outputs: vec![output, &[]],
            })
            .collect();
        let labels: Vec<&[i64]> = self.labels.iter().map(Vec::as_slice).collect();
        compiled.witness_of(&traces, &labels, thresholds)
    }
}

fn options(padded: bool) -> Options {
    Options {
        log_row: 9,
        columns: 3,
        limb_bits: 8,
        padded,
        batch: CAPACITY,
        input_public: false,
        output_public: true,
    }
}

/// Hidden counts of hits, and what is shown of them: accuracy, and the difference of the groups'.
fn bounds() -> Bounds {
    let ratio = |right: u16| Ratio { numerator: vec![(right, 1)], denominator: vec![(right + 1, 1)] };
    Bounds {
        quotient_bits: 17,
        ratios: vec![ratio(0), ratio(2), ratio(4)],
        clauses: vec![vec![(0, 1)], vec![(1, -1), (2, 1)]],
    }
}

#[test]
fn registered_shards_are_scored() {
    let classes = || Shard::new(3, Target::Classes(3));
    for (shard, task, reveal, bounds, thresholds) in [
        (classes(), Task::Argmax, Reveal::Hits, None, vec![]),
        (classes(), Task::Argmax, Reveal::Confusion, None, vec![]),
        (classes(), Task::Argmax, Reveal::TopK(2), None, vec![]),
        (classes(), Task::Argmax, Reveal::Hits, Some(bounds()), vec![1, -65536]),
        (Shard::new(1, Target::Classes(2)), Task::Sign { cut: 1 }, Reveal::Confusion, None, vec![]),
        (Shard::new(1, Target::Value), Task::Value, Reveal::Errors, None, vec![]),
    ] {
        for padded in [false, true] {
            let (registered, data) = shard.registers(padded, &shard.tensors(), 4);
            assert!(registered);
            let score = shard.score(task, reveal, bounds.clone());
            let compiled = compile_scored(
                &model(u32::try_from(shard.inputs[0].len()).unwrap()),
                &[],
                &options(padded),
                Some(&score),
            )
            .unwrap();
            let witness = shard.witness(&compiled, &thresholds).unwrap();
            assert_eq!(witness.data, data, "one commitment is registered and scored");
            assert!(inference(&compiled, &[], &witness), "{reveal:?}");
            for public in 0..witness.public.len() {
                let mut other = witness.clone();
                other.public[public] += 1;
                assert!(!inference(&compiled, &[], &other), "{reveal:?} {public}");
            }
            let mut other = witness.clone();
            other.witness[0] ^= 1;
            assert!(!inference(&compiled, &[], &other));
            // a label flipped: what was committed is another row
            let mut other = witness.clone();
            let cell = other.data.iter().rposition(|cell| *cell == 1).unwrap();
            other.data[cell] = 0;
            assert!(!inference(&compiled, &[], &other));
        }
    }
}

#[test]
fn shards_that_are_malformed_are_not_registered() {
    let shard = Shard::new(3, Target::Classes(3));
    for padded in [false, true] {
        assert!(!shard.registers(padded, &shard.tensors(), 5).0, "another number of labelled rows");
        let mut tensors = shard.tensors();
        (tensors[1][1], tensors[2][1]) = (1, 1);
        assert!(!shard.registers(padded, &tensors, 5).0, "two classes");
        let mut tensors = shard.tensors();
        tensors[2][5] = 1;
        assert!(!shard.registers(padded, &tensors, 4).0, "two groups");
        let mut tensors = shard.tensors();
        tensors[1][0] = 2;
        tensors[2][0] = 2;
        assert!(!shard.registers(padded, &tensors, 5).0, "twice a class");
    }
}

#[test]
fn a_batch_of_one_row_is_scored() {
    for padded in [false, true] {
        let mut shard = Shard::new(3, Target::Classes(3));
        shard.inputs.truncate(1);
        shard.labels = vec![vec![1, 0, 0], vec![1, 0, 0, 0, 0, 0]];
        let mut of = bounds();
        of.ratios.truncate(1);
        of.clauses.truncate(1);
        let score = shard.score(Task::Argmax, Reveal::Hits, Some(of));
        let one = Options { batch: 1, ..options(padded) };
        let compiled = compile_scored(&model(3), &[], &one, Some(&score)).unwrap();
        let found = shard.witness(&compiled, &[1]).map(|witness| inference(&compiled, &[], &witness));
        // the inputs are -4 1 6, hence outputs -3 1 3: not class 0
        assert_eq!(found, Err(CompileError::Bound { clause: 0 }));
        let witness = shard.witness(&compiled, &[0]).unwrap();
        assert_eq!(compiled.circuit.rows_of(Region::Data), 1);
        assert!(inference(&compiled, &[], &witness));
    }
}

#[test]
fn chosen_options_compile_with_the_score() {
    let shard = Shard::new(3, Target::Classes(3));
    for bounds in [None, Some(bounds())] {
        let score = shard.score(Task::Argmax, Reveal::Confusion, None);
        let score =
            Score { reveal: if bounds.is_some() { Reveal::Hits } else { score.reveal }, bounds, ..score };
        for goal in [Goal::Speed, Goal::Gas, Goal::Balanced] {
            for batch in [1, 6, 1000, 4096] {
                let profile = Profile {
                    log_row: None,
                    padded: None,
                    powers: None,
                    goal,
                    batch,
                    input_public: false,
                    output_public: true,
                };
                let options = choose(&model(3), &profile, Some(&score)).unwrap();
                compile_scored(&model(3), &[], &options, Some(&score)).unwrap();
            }
        }
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let shard = Shard::new(3, Target::Classes(3));
    let score = shard.score(Task::Argmax, Reveal::Hits, None);
    let compile = |outputs: u32, options: Options, score: &Score| {
        compile_scored(&model(outputs), &[], &options, Some(score)).map(|_| ())
    };
    assert_eq!(compile(3, options(false), &score), Ok(()));
    let outputs = Err(CompileError::Outputs { expected: 3, found: 4 });
    assert_eq!(compile(4, options(false), &score), outputs, "a model of more classes");
    let shown = Options { input_public: true, ..options(false) };
    assert_eq!(compile(3, shown, &score), Err(CompileError::Option { name: "input" }));
    let hidden = Options { output_public: false, ..options(false) };
    assert_eq!(compile(3, hidden, &score), Err(CompileError::Option { name: "output" }));
    // Errors whose squares, summed, leave what a public integer holds
    let values = Shard::new(1, Target::Value);
    let far = Score { output_shift: 32, ..values.score(Task::Value, Reveal::Errors, None) };
    assert_eq!(compile(1, options(false), &far), Err(CompileError::Score { part: "range of errors" }));
    // labels that are none
    let compiled = compile_scored(&model(3), &[], &options(false), Some(&score)).unwrap();
    for (tensor, element, value, error) in [
        (0, 1, 1, CompileError::Label { tensor: 1, row: 0 }),
        (0, 0, 2, CompileError::Label { tensor: 1, row: 0 }),
        (1, 6 + 1, 1, CompileError::Label { tensor: 2, row: 1 }),
    ] {
        let mut other = Shard::new(3, Target::Classes(3));
        other.labels[tensor][element] = value;
        assert_eq!(other.witness(&compiled, &[]), Err(error));
    }
    let mut short = Shard::new(3, Target::Classes(3));
    short.labels[1].pop();
    assert_eq!(short.witness(&compiled, &[]), Err(CompileError::Data { tensor: 2 }));
    short.labels.pop();
    assert_eq!(short.witness(&compiled, &[]), Err(CompileError::Data { tensor: 2 }));
}
