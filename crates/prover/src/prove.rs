//! The prover's messages in the order of `docs/protocol.md`, "Transcript".

use crate::engine::{Engine, Host, Lengths, OnDevice, Place};
use crate::lookups;
use crate::masks::{self, Masking, basis, inverse_power};
use crate::messages::Messages;
use crate::opening;
use crate::parts::{Part, parts};
use crate::polynomial::powers;
use crate::quotients;
use crate::rows::{Assignment, Blinders, Rows};
use crate::scope::Scope;
use crate::string::ProvingString;
use crate::sumcheck1::Sumcheck1;
use crate::sumcheck2::Sumcheck2;
use crate::sumcheck3;
use crate::{ProverError, Randomness};
use ark_ff::{AdditiveGroup, Field};
use std::ops::ControlFlow;
use zkattest_circuit::ir::{Circuit, Form, Region};
use zkattest_circuit::lookup::Lookups;
use zkattest_circuit::{Challenges, eq_table, index};
use zkattest_evaluation::{Alterations, Argument, Index};
use zkattest_field::{G1, Scalar};
use zkattest_transcript::Oracle;

/// What the prover is about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Count multiplicities and commit witness, counts and masks.
    Witness,
    /// Commit the lookups' inverses.
    Helpers,
    /// Write down the functionals' tables.
    Tables,
    /// Sum-check 1.
    Constraints,
    /// Sum-check 2.
    Claims,
    /// Sum-check 3.
    Rows,
    /// The opening.
    Opening,
}

/// For tests of soundness and of zero knowledge: what to do otherwise, and what no message shows.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Hooks {
    /// Multiplicities to claim instead of the true ones: cells of all rows of the region. Afterwards those
    /// claimed.
    pub counts: Option<Vec<i32>>,
    /// Applied to the helper rows before they are committed.
    pub alter_helper: Option<fn(&mut [Scalar])>,
    /// What the evaluation argument's prover does otherwise.
    pub evaluation: Alterations,
    /// log2 of the longest tables that sum-check 1 writes down, instead of what suits memory.
    pub written: Option<usize>,
    /// log2 of the longest tables there, and in sum-check 3, that a device leaves to the processor, likewise.
    pub short: Option<usize>,
    /// Entries of a piece of a half of a device's tables, likewise.
    pub unit: Option<usize>,
    /// Most cells of helper rows that are written down, likewise.
    pub written_helpers: Option<usize>,
    /// Bytes that sum-check 3 may take on a device, instead of what the plan leaves it.
    pub room: Option<usize>,
    /// Tables and range lookups that began without being written down.
    pub streamed: usize,
    /// Helper rows whose cells were not written down.
    pub computed: usize,
    /// Cells of M and R.
    pub mask: Vec<Scalar>,
    /// All cells of helper rows.
    pub helper: Vec<Scalar>,
    /// Weights of the rows M and R in sum-check 3.
    pub mask_weights: [Vec<Scalar>; 2],
    /// The point z.
    pub point: Vec<Scalar>,
    /// The opened polynomial F: m + 1 coefficients.
    pub polynomial: Vec<Scalar>,
}

/// Proves a circuit; returns the proof's bytes.
///
/// * `evaluation`: the gates table, where the verifying key has an evaluation part.
/// * `lookups`: how multiplicities and helper rows are filled.
/// * `string`: made for rows of m cells; with 9n powers at least for a table of n gates.
/// * `blinders`, `committed`: of the rows that were committed before; `committed` are the points of data and
///   output rows, which the proof repeats.
/// * `oracle`: the transcript, already bound to circuit, key and statement.
/// * `randomness`: read in this order: blinders of witness rows, then of counts rows; M's cells (g1, mu_S, g2,
///   pads, free cells ascending), R's cells but the last; blinders of M and of R; blinders of helper rows.
/// * `progress`: told each phase; [`ControlFlow::Break`] cancels.
///
/// # Errors
/// Inputs of a wrong size, a witness cell outside its table, cancellation, a failing random number generator.
/// A witness that breaks an equation is no error: the proof will be rejected.
#[allow(clippy::too_many_arguments, reason = "each is one noun of the protocol")]
pub fn prove(
    circuit: &Circuit,
    evaluation: Option<&Index>,
    lookups: &Lookups,
    string: &ProvingString,
    assignment: &Assignment<'_>,
    blinders: &Blinders<'_>,
    committed: (&[G1], &[G1]),
    oracle: &mut dyn Oracle,
    randomness: &mut dyn Randomness,
    progress: &mut dyn FnMut(Phase) -> ControlFlow<()>,
) -> Result<Vec<u8>, ProverError> {
    let mut hooks = None;
    prove_with(
        circuit, evaluation, lookups, string, assignment, blinders, committed, oracle, randomness, progress,
        &mut hooks,
    )
}

/// [`prove`] with hooks.
///
/// # Errors
/// As [`prove`].
#[doc(hidden)]
#[allow(clippy::too_many_arguments, reason = "each is one noun of the protocol")]
pub fn prove_with(
    circuit: &Circuit,
    evaluation: Option<&Index>,
    lookups: &Lookups,
    string: &ProvingString,
    assignment: &Assignment<'_>,
    blinders: &Blinders<'_>,
    committed: (&[G1], &[G1]),
    oracle: &mut dyn Oracle,
    randomness: &mut dyn Randomness,
    progress: &mut dyn FnMut(Phase) -> ControlFlow<()>,
    hooks: &mut Option<Hooks>,
) -> Result<Vec<u8>, ProverError> {
    // A plan is made of a circuit that makes sense.
    circuit.validate()?;
    lookups::check(circuit, lookups)?;
    let plan = string.plan_with(circuit, lookups, hooks.as_ref())?;
    let plan = plan.filter(|plan| plan.place == Place::Device);
    match string.machine().zip(plan) {
        Some((machine, plan)) => {
            let lengths = Lengths::of_device(plan.longest_table, hooks.as_ref());
            let engine = OnDevice::new(Host::new(string, lengths), machine, plan);
            prove_on(
                &engine, circuit, evaluation, lookups, assignment, blinders, committed, oracle, randomness,
                progress, hooks,
            )
        }
        None => {
            let host = Host::new(string, Lengths::of_processor(hooks.as_ref()));
            prove_on(
                &host, circuit, evaluation, lookups, assignment, blinders, committed, oracle, randomness,
                progress, hooks,
            )
        }
    }
}

#[allow(clippy::too_many_arguments, reason = "each is one noun of the protocol")]
fn prove_on<E: Engine>(
    engine: &E,
    circuit: &Circuit,
    evaluation: Option<&Index>,
    lookups: &Lookups,
    assignment: &Assignment<'_>,
    blinders: &Blinders<'_>,
    committed: (&[G1], &[G1]),
    oracle: &mut dyn Oracle,
    randomness: &mut dyn Randomness,
    progress: &mut dyn FnMut(Phase) -> ControlFlow<()>,
    hooks: &mut Option<Hooks>,
) -> Result<Vec<u8>, ProverError> {
    let (cpu, string) = (engine.host().cpu, engine.host().string);
    let mut enter = |phase| match progress(phase) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(ProverError::Cancelled),
    };
    quotients::check(circuit, lookups)?;
    let mut rows = Rows::new(circuit, *assignment, *blinders)?;
    check_shapes(circuit, lookups, string, assignment, committed)?;
    if let Some(index) = evaluation {
        check_table(circuit, index, string)?;
    }
    let shape = circuit.proof_shape();
    let shape = if evaluation.is_some() { shape.with_evaluation() } else { shape };
    let mut messages = Messages::new(oracle, shape.bytes());

    enter(Phase::Witness)?;
    fill_early(circuit, lookups, &mut rows, randomness, hooks.as_mut())?;
    let (early, sums) = engine.commit_early(circuit, lookups, &rows)?;
    messages.points(&[committed.0, committed.1, &early].concat());
    let mut challenges =
        Challenges { gamma: messages.draw(), beta: messages.draw(), ..Challenges::default() };

    enter(Phase::Helpers)?;
    let most = match hooks.as_ref() {
        None => engine.most_written(),
        // Altered cells are none of those that would be computed.
        Some(Hooks { alter_helper: Some(_), .. }) => usize::MAX,
        Some(hooks) => hooks.written_helpers.unwrap_or(engine.most_written()),
    };
    let mut helper = lookups::helpers(circuit, lookups, &rows, &challenges, &cpu, most)?;
    quotients::fill(circuit, lookups, &rows, &challenges, &cpu, &mut helper)?;
    rows.helper = helper;
    let alter = hooks.as_ref().and_then(|hooks| hooks.alter_helper);
    if let (Some(alter), Some(cells)) = (alter, rows.helper.written_mut()) {
        alter(cells);
    }
    let own = draw(randomness, circuit.rows_of(Region::Helper))?;
    messages.points(&match (alter, rows.helper.written()) {
        (Some(_), Some(cells)) => string.commit_full(cells, &own)?,
        _ => engine.commit_helpers(circuit, lookups, &rows, sums, &challenges, &own)?,
    });
    rows.blinders[Region::Helper as usize] = own;
    challenges.r = (0..circuit.r_len).map(|_| messages.draw()).collect();
    let alpha = messages.draw();
    let alphas = powers(alpha, circuit.statements.len());

    enter(Phase::Tables)?;
    let layout = circuit.mask_layout();
    let mask = rows.mask.named.as_slice();
    let mu_s = mask[layout.mu_s];
    let values = {
        let scope = Scope::new(circuit, &challenges, cpu);
        let mut sumcheck = Sumcheck1::new(engine, &scope, lookups, &rows, &alphas)?;
        if let Some(hooks) = hooks.as_mut() {
            hooks.streamed = sumcheck.streamed();
            hooks.computed = rows.helper.computed();
        }
        messages.scalars(&[mu_s + sumcheck.claim()]);
        enter(Phase::Constraints)?;
        let constant = mu_s * inverse_power(circuit.rounds_1());
        let coefficients = &mask[layout.g1.clone()];
        let mut masking = Masking::new(coefficients, circuit.degree_1(), circuit.rounds_1(), constant);
        let mut rho = Vec::new();
        sumcheck.run(&mut masking, |message| {
            rho.push(messages.round(message));
            Ok(rho[rho.len() - 1])
        })?;
        let values = (sumcheck.values(circuit.functionals.len()), masking.value());
        drop(scope);
        challenges.rho = rho;
        values
    };

    enter(Phase::Claims)?;
    let (values, linear) = values;
    let pads = &mask[layout.pads.clone()];
    let mut sumcheck = Sumcheck2::new(circuit, &alphas, &values, linear, pads);
    let coefficients = &mask[layout.g2.clone()];
    let mut masking = Masking::new(coefficients, circuit.degree_2(), circuit.rounds_2(), Scalar::ZERO);
    let mut sigma = Vec::new();
    sumcheck.run(circuit.rounds_2(), &mut masking, |message| {
        sigma.push(messages.round(message));
        Ok(sigma[sigma.len() - 1])
    })?;
    messages.scalars(&sumcheck.values());
    let delta = messages.draw();

    enter(Phase::Rows)?;
    let scope = Scope::new(circuit, &challenges, cpu);
    let mut all = linear_claims(&scope, &alphas, &sigma, delta);
    let masks = mask_parts(circuit, &challenges, &sigma, delta);
    if let Some(hooks) = hooks.as_mut() {
        let of_row = |row: usize| {
            let mut weights = vec![Scalar::ZERO; circuit.row_size()];
            for part in masks.iter().filter(|part| part.rows == [row]) {
                let own = part.lead.iter().flat_map(|lead| part.inner.iter().map(move |inner| *lead * inner));
                weights.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
            }
            weights
        };
        hooks.mask_weights = [of_row(0), of_row(1)];
    }
    all.extend(masks);
    let log_row = usize::from(circuit.log_row);
    let products = engine.products(log_row, &rows, all, hooks.as_ref())?;
    let bound = sumcheck3::run(products, log_row, circuit.rows, |message| {
        messages.scalars(message);
        Ok(messages.draw())
    })?;

    enter(Phase::Opening)?;
    let polynomial = engine.combine(log_row, &rows, &bound.weights)?;
    if let Some(hooks) = hooks.as_mut() {
        hooks.point = bound.z.clone();
        hooks.polynomial = engine.coefficients(&polynomial)?;
        hooks.helper = vec![Scalar::ZERO; rows.helper.len()];
        rows.helper.fill(0, &mut hooks.helper);
        hooks.mask = rows.mask.dense();
        hooks.counts = Some(rows.counts.clone());
    }
    let argument = match evaluation {
        None => None,
        Some(index) => {
            let alterations = hooks.as_ref().map(|hooks| hooks.evaluation).unwrap_or_default();
            let inputs = challenges.evaluation_inputs(alpha, delta, &sigma, &bound.z, rows.given.public);
            Some(Argument::with(index, &inputs, alterations)?)
        }
    };
    // Nothing of these is needed any more.
    drop((scope, rows));
    opening::open(engine, polynomial, &bound.z, argument.as_ref(), &mut messages)?;
    Ok(messages.finish())
}

fn check_shapes(
    circuit: &Circuit,
    lookups: &Lookups,
    string: &ProvingString,
    assignment: &Assignment<'_>,
    committed: (&[G1], &[G1]),
) -> Result<(), ProverError> {
    let same = |what, expected: usize, found: usize| {
        if expected == found { Ok(()) } else { Err(ProverError::Shape { what, expected, found }) }
    };
    let (expected, found) = (circuit.row_size(), string.row_size());
    if expected != found {
        return Err(ProverError::RowSize { expected, found });
    }
    let (expected, found) = (circuit.row_size() + 1, string.points());
    if expected > found {
        return Err(ProverError::StringSize { expected, found });
    }
    same("points of data rows", circuit.rows_of(Region::Data), committed.0.len())?;
    same("points of output rows", circuit.rows_of(Region::Output), committed.1.len())?;
    same("lists of keys", lookups.functions.len(), assignment.keys.len())?;
    for (lookup, keys) in lookups.functions.iter().zip(assignment.keys) {
        let elements = circuit.tensors[index(lookup.helper)].elements().unwrap_or(u64::MAX);
        same("keys of a function lookup", crate::small::index(elements), keys.len())?;
    }
    Ok(())
}

/// The table is of a circuit with as many public inputs, and the string is long enough for its polynomials.
fn check_table(circuit: &Circuit, index: &Index, string: &ProvingString) -> Result<(), ProverError> {
    let (expected, found) = (circuit.evaluation_inputs(), index.table().public);
    if expected != found {
        return Err(ProverError::Table { expected, found });
    }
    let (expected, found) = (index.coefficients(), string.points());
    if expected > found {
        return Err(ProverError::StringSize { expected, found });
    }
    Ok(())
}

fn draw(randomness: &mut dyn Randomness, count: usize) -> Result<Vec<Scalar>, ProverError> {
    let mut scalars = vec![Scalar::ZERO; count];
    randomness.fill(&mut scalars)?;
    Ok(scalars)
}

/// Fills counts and mask rows, and draws the blinders of these and of witness rows.
fn fill_early(
    circuit: &Circuit,
    lookups: &Lookups,
    rows: &mut Rows<'_>,
    randomness: &mut dyn Randomness,
    hooks: Option<&mut Hooks>,
) -> Result<(), ProverError> {
    rows.blinders[Region::Witness as usize] = draw(randomness, circuit.rows_of(Region::Witness))?;
    rows.blinders[Region::Counts as usize] = draw(randomness, circuit.rows_of(Region::Counts))?;
    rows.counts = match hooks.and_then(|hooks| hooks.counts.take()) {
        None => lookups::counts(circuit, lookups, rows)?,
        Some(counts) if counts.len() == circuit.rows_of(Region::Counts) * circuit.row_size() => counts,
        Some(counts) => {
            let expected = circuit.rows_of(Region::Counts) * circuit.row_size();
            return Err(ProverError::Shape { what: "cells of counts", expected, found: counts.len() });
        }
    };
    rows.mask = masks::draw(circuit, randomness)?;
    rows.blinders[Region::Mask as usize] = draw(randomness, 2)?;
    Ok(())
}

/// Weights of claims 1 to D + 1 on rows other than the masks: all forms, each with its statement's or
/// functional's weight.
fn linear_claims(scope: &Scope<'_>, alphas: &[Scalar], sigma: &[Scalar], delta: Scalar) -> Vec<Part> {
    let circuit = scope.circuit;
    let eq = eq_table(sigma, circuit.terms.len());
    let deltas = powers(delta, circuit.factors() + 2);
    let mut weights = vec![Scalar::ZERO; circuit.functionals.len()];
    for (term, eq) in circuit.terms.iter().zip(&eq) {
        for (factor, delta) in term.factors.iter().zip(&deltas[2..]) {
            weights[index(*factor)] += *delta * eq;
        }
    }
    let functionals = circuit.functionals.iter().zip(&weights).flat_map(|(functional, weight)| {
        functional.forms.iter().map(move |form| (form, usize::from(functional.variables), *weight))
    });
    let statements = circuit
        .statements
        .iter()
        .zip(alphas)
        .flat_map(|(statement, alpha)| statement.forms.iter().map(move |form| (form, 0, delta * alpha)));
    let forms: Vec<(&Form, usize, Scalar)> = functionals.chain(statements).collect();
    parts(scope, &forms)
}

/// Weights of M and R in all claims: M's as three products of one over blocks and one within a block, R's as one.
fn mask_parts(circuit: &Circuit, challenges: &Challenges, sigma: &[Scalar], delta: Scalar) -> [Part; 4] {
    let (layout, terms, log_row) = (circuit.mask_layout(), circuit.terms.len(), usize::from(circuit.log_row));
    let deltas = powers(delta, circuit.factors() + 3);
    let eq = eq_table(sigma, terms + 2);
    // All named cells but the free ones, which have no weights of their own, are in the first block.
    let named = layout.pads.end.next_power_of_two().trailing_zeros() as usize;
    let log_block = log_row.div_ceil(2).max(named).min(log_row);
    let (blocks, cells) = (1usize << (log_row - log_block), 1usize << log_block);
    let mut mask = vec![Scalar::ZERO; cells];
    // Claim 1: mu_S. Claim 2: entry K, g1(rho) + mu_S 2^-n1.
    mask[layout.mu_s] += deltas[1] + deltas[2] * eq[terms] * inverse_power(circuit.rounds_1());
    let add = |mask: &mut [Scalar], point: &[Scalar], degree: usize, weight: Scalar| {
        let values = point.iter().flat_map(|x| basis(*x, degree));
        mask.iter_mut().zip(values).for_each(|(sum, value)| *sum += weight * value);
    };
    add(&mut mask[layout.g1.clone()], &challenges.rho, circuit.degree_1(), deltas[2] * eq[terms]);
    for (sum, delta) in mask[layout.pads.clone()].iter_mut().zip(&deltas[2..]) {
        *sum += *delta * eq[terms + 1];
    }
    // Claim D + 2: g2(sigma).
    add(&mut mask[layout.g2.clone()], sigma, circuit.degree_2(), deltas[circuit.factors() + 2]);
    let part =
        |row: usize, lead, inner| Part { region: Region::Mask, log_block, rows: vec![row], lead, inner };
    let from_zero = |step: usize, count: usize| -> Vec<Scalar> {
        std::iter::successors(Some(Scalar::ZERO), |j| Some(*j + Scalar::from(step as u64)))
            .take(count)
            .collect()
    };
    let ones = |count: usize| vec![Scalar::ONE; count];
    let mut first = vec![Scalar::ZERO; blocks];
    first[0] = Scalar::ONE;
    [
        // Claim 0: sum R_j + sum j M_j.
        part(0, from_zero(cells, blocks), ones(cells)),
        part(0, ones(blocks), from_zero(1, cells)),
        part(0, first, mask),
        part(1, ones(blocks), ones(cells)),
    ]
}
