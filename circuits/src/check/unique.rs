//! The honest assignment is the only one: cells changed so that as many equations as possible survive break another.
//!
//! Every real cell is changed alone. Then cells are changed together: within an element so that a statement's sum over
//! its slots stays, between elements and samples by exchanging them. Whatever is in range and differs is refused.

use zkattest_circuit::ir::{Circuit, Form, Kind, Region, Tensor};
use zkattest_circuit::lookup::Lookups;

use super::models::{Model, models};
use crate::check::{Challenges, assign, check};
use crate::options::Options;
use crate::testing::{BOTH, Case, OPTIONS, Random};
use crate::witness::Witness;

/// Cheats tried on each model, besides a change of each cell alone.
const CHEATS: usize = 1000;

/// A tensor of witness cells.
struct Slots {
    /// Cells of slot 0, by element.
    elements: Vec<usize>,
    /// Distance of slots.
    stride: usize,
    count: usize,
    /// Weights of the slots in each statement or functional that reads them.
    weights: Vec<Vec<i128>>,
}

impl Slots {
    fn cell(&self, element: usize, slot: usize) -> usize {
        self.elements[element] + slot * self.stride
    }
}

struct Subject {
    case: Case,
    /// The circuit without the range lookup, which says of honest multiplicities that all cells are in range, and
    /// without what says that the output is the statement's: the cells are unique whatever is claimed of them.
    circuit: Circuit,
    lookups: Lookups,
    challenges: Challenges,
    tensors: Vec<Slots>,
    limit: i16,
}

impl Subject {
    fn new(case: Case) -> Self {
        let mut circuit = case.compiled.circuit.clone();
        let labels = &case.compiled.labels;
        let at = labels.iter().position(|label| label.name == "inverses").unwrap();
        let range = at - 1..at + 2;
        assert_eq!(
            labels[range.clone()].iter().map(|l| l.name).collect::<Vec<_>>(),
            ["table", "inverses", "balance"]
        );
        let output = labels.iter().position(|label| label.name == "output").unwrap();
        range.chain([output]).for_each(|statement| drop_statement(&mut circuit, statement));
        let mut lookups = case.compiled.lookups.clone();
        lookups.ranges.clear();
        let owned = case.compiled.fills.iter().map(|fill| fill.tensor);
        let mut numbers: Vec<u32> = owned.collect();
        numbers.sort_unstable();
        numbers.dedup();
        let tensors =
            numbers.iter().map(|tensor| slots(&circuit, &case.compiled.stored[*tensor as usize])).collect();
        let challenges = Challenges::from_seed(&circuit, 11);
        let limit = 1 << case.compiled.options.limb_bits;
        Self { case, circuit, lookups, challenges, tensors, limit }
    }

    fn holds(&self, witness: &Witness) -> bool {
        if witness.witness.iter().any(|cell| !(0..self.limit).contains(cell)) {
            return false;
        }
        let cells = assign(&self.circuit, &self.lookups, &self.case.model, witness, &self.challenges);
        check(&self.circuit, &cells, &self.challenges).is_ok()
    }

    fn refuses(&self, witness: &Witness, what: &str) {
        let honest = &self.case.witness;
        if witness == honest || !self.holds(witness) {
            return;
        }
        let changed = witness.witness.iter().zip(&honest.witness).enumerate();
        let changed: Vec<_> = changed.filter(|(_, (new, old))| new != old).collect();
        let names: Vec<_> = self.case.compiled.labels.iter().map(|label| label.name).collect();
        panic!("{what}: a second assignment; cells (new, old) {changed:?}; statements {names:?}");
    }
}

fn drop_statement(circuit: &mut Circuit, statement: usize) {
    circuit.statements[statement].forms.clear();
    circuit.terms.retain(|term| term.statement as usize != statement);
}

/// Elements, slots and weights of a stored tensor whose first axis holds slots; forms may read wider views of it.
fn slots(circuit: &Circuit, tensor: &Tensor) -> Slots {
    assert_eq!(tensor.region, Region::Witness);
    let axes: Vec<(usize, usize)> =
        tensor.axes.iter().map(|axis| (axis.size as usize, axis.allotted as usize)).collect();
    let stride = axes[1..].iter().map(|(_, allotted)| allotted).product();
    let base = usize::try_from(tensor.base).unwrap();
    let elements = axes[1..].iter().fold(vec![0], |cells: Vec<usize>, (size, allotted)| {
        cells.iter().flat_map(|cell| (0..*size).map(move |index| cell * allotted + index)).collect()
    });
    let count = axes[0].0;
    let mut weights: Vec<Vec<i128>> = Vec::new();
    let statements = circuit.statements.iter().map(|statement| &statement.forms);
    for forms in statements.chain(circuit.functionals.iter().map(|functional| &functional.forms)) {
        let own: Vec<Vec<i128>> = forms
            .iter()
            .filter(|form| form.tensor.is_some_and(|view| is_view(&circuit.tensors[view as usize], tensor)))
            .map(|form| of_slots(form, count))
            .collect();
        let sum = (0..count).map(|slot| own.iter().map(|own| own[slot]).sum()).collect();
        weights.extend(own.into_iter().chain([sum]));
    }
    weights.retain(|weights| weights.iter().filter(|weight| **weight != 0).count() > 1);
    weights.sort();
    weights.dedup();
    Slots { elements: elements.iter().map(|cell| base + cell).collect(), stride, count, weights }
}

fn is_view(view: &Tensor, stored: &Tensor) -> bool {
    (view.region, view.base, view.axes.first()) == (stored.region, stored.base, stored.axes.first())
}

fn of_slots(form: &Form, count: usize) -> Vec<i128> {
    let constants = form.groups[0].vector.factors.iter().find_map(|factor| match &factor.kind {
        Kind::Constants(values) => Some(values.clone()),
        _ => None,
    });
    constants.unwrap_or_else(|| vec![1; count]).iter().map(|weight| weight * form.coefficient).collect()
}

/// Some slots at random, the others so that the sums that `weights` list stay if that is possible.
fn redistribute(old: &[i128], weights: &[Vec<i128>], limit: i128, random: &mut Random) -> Vec<i128> {
    let mut new = old.to_vec();
    let mut settled = vec![false; old.len()];
    for slot in 0..old.len() {
        if pick(random, 3) == 0 {
            settled[slot] = true;
            new[slot] = [0, limit - 1, old[slot] - 1, old[slot] + 1, i128::from(random.between(0, 255))]
                [pick(random, 5)]
            .clamp(0, limit - 1);
        }
    }
    let start = pick(random, weights.len().max(1));
    for weights in weights.iter().cycle().skip(start).take(weights.len()) {
        let mut free: Vec<usize> =
            (0..old.len()).filter(|slot| !settled[*slot] && weights[*slot] != 0).collect();
        free.sort_by_key(|slot| std::cmp::Reverse(weights[*slot].abs()));
        let kept = (0..old.len()).filter(|slot| !free.contains(slot));
        let before: i128 = old.iter().zip(weights).map(|(cell, weight)| cell * weight).sum();
        let mut left = before - kept.map(|slot| new[slot] * weights[slot]).sum::<i128>();
        for slot in free {
            let weight = weights[slot];
            // leave what is not negative, which smaller limbs may make up
            let times = if weight > 0 {
                left.div_euclid(weight)
            } else {
                (-left + weight.abs() - 1).div_euclid(weight.abs())
            };
            new[slot] = times.clamp(0, limit - 1);
            left -= new[slot] * weight;
            settled[slot] = true;
        }
    }
    new
}

fn pick(random: &mut Random, count: usize) -> usize {
    usize::try_from(random.between(0, i64::try_from(count).unwrap() - 1)).unwrap()
}

impl Subject {
    fn each_cell_alone(&self) {
        for tensor in &self.tensors {
            for element in 0..tensor.elements.len() {
                for slot in 0..tensor.count {
                    let mut witness = self.case.witness.clone();
                    let cell = &mut witness.witness[tensor.cell(element, slot)];
                    *cell = if *cell + 1 < self.limit { *cell + 1 } else { *cell - 1 };
                    self.refuses(&witness, "one cell");
                }
            }
        }
    }

    /// One change of several cells.
    fn cheat(&self, random: &mut Random) -> (Witness, &'static str) {
        let mut witness = self.case.witness.clone();
        let tensor = &self.tensors[pick(random, self.tensors.len())];
        let element = pick(random, tensor.elements.len());
        let other = pick(random, tensor.elements.len());
        let slot = pick(random, tensor.count);
        let cells = &mut witness.witness;
        let step = [-1, 1][pick(random, 2)];
        let what = match pick(random, 9) {
            0..=3 => {
                let old: Vec<i128> =
                    (0..tensor.count).map(|slot| i128::from(cells[tensor.cell(element, slot)])).collect();
                let new = redistribute(&old, &tensor.weights, i128::from(self.limit), random);
                for (slot, value) in new.iter().enumerate() {
                    cells[tensor.cell(element, slot)] = i16::try_from(*value).unwrap();
                }
                "within an element"
            }
            4 => {
                (0..tensor.count)
                    .for_each(|slot| cells.swap(tensor.cell(element, slot), tensor.cell(other, slot)));
                "two elements"
            }
            5 => {
                // an argmax's selection, the margins between, the maximum and the index
                if pick(random, 2) == 0 {
                    cells.swap(tensor.cell(element, 0), tensor.cell(other, 0));
                }
                let slot = pick(random, tensor.count.min(2));
                for between in element.min(other)..element.max(other) + pick(random, 2) {
                    cells[tensor.cell(between, slot)] += step;
                }
                let second = &self.tensors[pick(random, self.tensors.len())];
                let place = pick(random, second.elements.len());
                let slot = pick(random, second.count.min(2));
                cells[second.cell(place, slot)] += i16::try_from(random.between(-4, 4)).unwrap();
                "one slot of two elements"
            }
            6 => {
                let second = pick(random, tensor.count);
                cells[tensor.cell(element, slot)] += step;
                cells[tensor.cell(other, second)] += [-1, 1][pick(random, 2)];
                "two cells"
            }
            7 => {
                // what an output is reduced from, with the output
                let second = &self.tensors[pick(random, self.tensors.len())];
                let place = pick(random, second.elements.len());
                let run = tensor.elements.len() / second.elements.len();
                for from in place * run..(place + 1) * run {
                    cells[tensor.cell(from, slot)] += step;
                }
                cells[second.cell(place, pick(random, second.count))] += step;
                "a run of elements and one"
            }
            _ => {
                // another tensor's element of the same place, as copies and their originals are
                let second = &self.tensors[pick(random, self.tensors.len())];
                let place = element.min(second.elements.len() - 1);
                cells[tensor.cell(element, slot)] += step;
                cells[second.cell(place, pick(random, second.count))] += [-1, 1][pick(random, 2)];
                "two tensors"
            }
        };
        if pick(random, 2) == 0 && witness.keys.iter().any(|keys| !keys.is_empty()) {
            let keys = &mut witness.keys[0];
            let key = element.min(keys.len() - 1);
            keys[key] = u32::try_from(pick(random, 256)).unwrap();
        }
        (witness, what)
    }

    /// Samples of a tensor, or of all from one on, exchanged: the samples are the outermost axis.
    fn samples_exchanged(&self) {
        for first in 0..self.tensors.len() {
            for last in [first + 1, self.tensors.len()] {
                let mut witness = self.case.witness.clone();
                for tensor in &self.tensors[first..last] {
                    let half = tensor.elements.len() / 2;
                    for element in 0..half {
                        for slot in 0..tensor.count {
                            witness
                                .witness
                                .swap(tensor.cell(element, slot), tensor.cell(half + element, slot));
                        }
                    }
                }
                self.refuses(&witness, "samples");
            }
        }
    }
}

fn subject(seed: u64, model: Model, options: Options) -> Subject {
    let (constants, inputs) = crate::testing::draw(&model.net, OPTIONS.batch, seed);
    let case = Case::new(&model.net, options, constants, inputs, model.tables);
    case.accept();
    let subject = Subject::new(case);
    assert!(subject.holds(&subject.case.witness));
    subject
}

#[test]
fn no_other_assignment_holds() {
    let modes = BOTH.into_iter().flat_map(|options| models().into_iter().map(move |model| (model, options)));
    for (seed, (model, options)) in (0..).zip(modes) {
        let subject = subject(seed, model, options);
        subject.each_cell_alone();
        subject.samples_exchanged();
        let mut random = Random(seed);
        for _ in 0..CHEATS {
            let (witness, what) = subject.cheat(&mut random);
            subject.refuses(&witness, what);
        }
    }
}

/// Without any one of these statements some cheat succeeds: they are needed, and the cheats find what they forbid.
#[test]
fn cheats_find_missing_statements() {
    let mut missing: Vec<&str> = vec![
        "input",
        "copy",
        "accumulator",
        "below",
        "above",
        "bound",
        "sign",
        "parts",
        "winner",
        "tap",
        "margin",
        "selected",
        "function",
    ];
    for (seed, model) in (0..).zip(models()) {
        let mut subject = subject(seed, model, OPTIONS);
        let whole = subject.circuit.clone();
        for statement in 0..whole.statements.len() {
            let name = subject.case.compiled.labels[statement].name;
            if !missing.contains(&name) {
                continue;
            }
            subject.circuit = whole.clone();
            drop_statement(&mut subject.circuit, statement);
            let mut random = Random(seed);
            let found = (0..CHEATS).any(|_| {
                let (witness, _) = subject.cheat(&mut random);
                witness != subject.case.witness && subject.holds(&witness)
            });
            if found {
                missing.retain(|other| *other != name);
            }
        }
    }
    assert_eq!(missing, [] as [&str; 0]);
}
