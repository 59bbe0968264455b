//! The honest cells are the only ones for their public integers: whatever else is in range breaks a statement.

use super::*;

/// The circuit without its range lookup, which holds of whatever is in range.
struct Subject {
    case: Case,
    circuit: zkattest_circuit::ir::Circuit,
    challenges: Challenges,
    /// Elements (cells of slot 0), distance of slots, slots, of each tensor that is filled.
    tensors: Vec<(Vec<usize>, usize, usize)>,
    limit: i16,
}

impl Subject {
    fn new(case: Case) -> Self {
        let mut circuit = case.compiled.circuit.clone();
        let labels = &case.compiled.labels;
        let at = labels.iter().position(|label| label.name == "inverses").unwrap();
        for statement in [at - 1, at, at + 1] {
            circuit.statements[statement].forms.clear();
            circuit.terms.retain(|term| term.statement as usize != statement);
        }
        let mut owned: Vec<u32> = case.compiled.fills.iter().map(|fill| fill.tensor).collect();
        owned.sort_unstable();
        owned.dedup();
        let tensors = owned
            .iter()
            .map(|tensor| {
                let tensor = &case.compiled.stored[*tensor as usize];
                let base = usize::try_from(tensor.base).unwrap();
                let cells = crate::storage::offsets(&tensor.axes[1..]);
                let stride = tensor.axes[1..].iter().map(|axis| axis.allotted as usize).product();
                let elements = cells.into_iter().map(|offset| base + offset).collect();
                (elements, stride, tensor.axes[0].size as usize)
            })
            .collect();
        let challenges = Challenges::from_seed(&circuit, 11);
        let limit = 1 << case.compiled.options.limb_bits;
        Self { case, circuit, challenges, tensors, limit }
    }

    fn refuses(&self, witness: &Witness) {
        let honest = &self.case.witness;
        if witness == honest || witness.witness.iter().any(|cell| !(0..self.limit).contains(cell)) {
            return;
        }
        let lookups = zkattest_circuit::lookup::Lookups::default();
        let cells = assign(&self.circuit, &lookups, &[], witness, &self.challenges);
        assert!(check(&self.circuit, &cells, &self.challenges).is_err(), "a second assignment");
    }

    /// One cell changed, and cells changed together: two of one element, the same of two elements, elements exchanged.
    fn search(&self, random: &mut Random, cheats: usize) {
        let honest = &self.case.witness;
        for (elements, stride, slots) in &self.tensors {
            for cell in elements.iter().flat_map(|cell| (0..*slots).map(move |slot| cell + slot * stride)) {
                for step in [-1, 1] {
                    let mut witness = honest.clone();
                    witness.witness[cell] += step;
                    self.refuses(&witness);
                }
            }
        }
        let mut pick =
            |count: usize| usize::try_from(random.between(0, i64::try_from(count).unwrap() - 1)).unwrap();
        for _ in 0..cheats {
            let (elements, stride, slots) = &self.tensors[pick(self.tensors.len())];
            let (one, other) = (elements[pick(elements.len())], elements[pick(elements.len())]);
            let mut witness = honest.clone();
            let cells = &mut witness.witness;
            match pick(3) {
                0 => (0..*slots).for_each(|slot| cells.swap(one + slot * stride, other + slot * stride)),
                1 => {
                    let (slot, second) = (pick(*slots), pick(*slots));
                    cells[one + slot * stride] += [-1, 1][pick(2)];
                    cells[other + second * stride] += [-1, 1][pick(2)];
                }
                _ => {
                    let (elements, stride, slots) = &self.tensors[pick(self.tensors.len())];
                    let third = elements[pick(elements.len())];
                    cells[one] = 1 - cells[one].clamp(0, 1);
                    cells[third + pick(*slots) * stride] += [-2, -1, 1, 2][pick(4)];
                    cells[other] = 1 - cells[other].clamp(0, 1);
                }
            }
            self.refuses(&witness);
        }
    }
}

#[test]
fn no_other_cells_have_the_same_counts() {
    let tasks = [
        (Task::Argmax, 3, Reveal::Hits),
        (Task::Argmax, 3, Reveal::Confusion),
        (Task::Sign { cut: 1 }, 2, Reveal::Confusion),
        (Task::Argmax, 4, Reveal::TopK(2)),
        (Task::Value, 1, Reveal::Errors),
    ];
    for (seed, (task, classes, reveal)) in (0..).zip(tasks) {
        let data = Data::random(task, classes, 5, seed);
        for options in BOTH {
            let subject = Subject::new(Case::new(&data, &data.score(task, reveal), options));
            subject.search(&mut Random(seed), 200);
        }
    }
}

#[test]
fn no_other_cells_reach_the_same_thresholds() {
    let data = Data::random(Task::Argmax, 3, 6, 2);
    let mut score = data.score(Task::Argmax, Reveal::Hits);
    score.columns = vec![0];
    let ratio = |index: u16| Ratio { numerator: vec![(index, 1)], denominator: vec![(1, 1)] };
    score.bounds = Some(Bounds {
        quotient_bits: 17,
        ratios: vec![ratio(0), ratio(1)],
        clauses: vec![vec![(0, 1)], vec![(0, -1), (1, 1)]],
    });
    for options in BOTH {
        let subject = Subject::new(Case::of(&data, &score, &[3, -5], options).unwrap());
        subject.search(&mut Random(1), 400);
    }
}
