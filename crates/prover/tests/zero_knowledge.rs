//! What a proof shows: nothing twice, and nothing that another witness does not show as well.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod world;

use ark_ff::{AdditiveGroup, Field};
use std::collections::{HashSet, VecDeque};
use world::circuits::{all, function, function_cells, gemm, gemm_cells, gemm_with};
use world::{Cells, Stream, World};
use zkattest_circuit::eq_table;
use zkattest_circuit::ir::Region;
use zkattest_field::{Scalar, decode};
use zkattest_prover::{Hooks, ProverError, Randomness, free_cells};
use zkattest_transcript::Oracle;

#[test]
fn two_proofs_of_one_witness_share_no_message() {
    for world in all() {
        // The given commitments of data and output rows are repeated.
        let given = 64 * (world.circuit.rows_of(Region::Data) + world.circuit.rows_of(Region::Output));
        let (first, second) = (world.prove(), world.prove());
        assert_eq!(first[..given], second[..given]);
        let seen: HashSet<&[u8]> = first[given..].chunks(32).collect();
        assert_eq!(seen.len(), (first.len() - given) / 32, "{}: no message repeats", world.name);
        assert!(second[given..].chunks(32).all(|field| !seen.contains(field)), "{}", world.name);
    }
}

/// Challenges that do not depend on messages.
struct Fixed(Stream);

impl Oracle for Fixed {
    fn absorb(&mut self, _message: &[u8]) {}

    fn draw(&mut self) -> Scalar {
        self.0.scalar()
    }
}

/// Given scalars, in order.
struct Script(VecDeque<Scalar>);

impl Randomness for Script {
    fn fill(&mut self, out: &mut [Scalar]) -> Result<(), ProverError> {
        for slot in out {
            *slot = self.0.pop_front().ok_or(ProverError::Randomness)?;
        }
        Ok(())
    }
}

/// The masks and blinders of a proof.
#[derive(Clone)]
struct Secrets {
    /// Witness and counts rows.
    early: Vec<Scalar>,
    /// M, of which the prover reads the named cells.
    mask: Vec<Scalar>,
    uniform: Vec<Scalar>,
    masks: Vec<Scalar>,
    helper: Vec<Scalar>,
    given: [Vec<Scalar>; 3],
}

/// A proof under fixed challenges with chosen secrets, and what it does not show.
fn prove(world: &World, cells: &Cells, secrets: &Secrets) -> (Vec<u8>, Hooks) {
    let used = world.circuit.mask_layout().pads.end;
    let m = world.circuit.row_size();
    let named = secrets.mask[..used].iter().copied();
    let free = free_cells(world.circuit.log_row).into_iter().map(|cell| secrets.mask[cell]);
    let script = secrets
        .early
        .iter()
        .copied()
        .chain(named)
        .chain(free)
        .chain(secrets.uniform[..m - 1].iter().copied())
        .chain(secrets.masks.iter().copied())
        .chain(secrets.helper.iter().copied());
    let mut script = Script(script.collect());
    let mut hooks = Some(Hooks::default());
    let proof =
        world.prove_cells(cells, &secrets.given, &mut Fixed(Stream(50)), &mut script, &mut hooks).unwrap();
    assert!(script.0.is_empty(), "the documented draws, no more");
    (proof, hooks.unwrap())
}

/// The scalars of a proof, in their parts, all coefficients restored.
struct Shown {
    sum: Scalar,
    rounds_1: Vec<Vec<Scalar>>,
    rounds_2: Vec<Vec<Scalar>>,
    u: Vec<Scalar>,
    rounds_3: Vec<Vec<Scalar>>,
    rho: Vec<Scalar>,
    sigma: Vec<Scalar>,
}

fn shown(world: &World, proof: &[u8]) -> Shown {
    let shape = world.circuit.proof_shape();
    let start = 64 * (shape.early_rows + shape.helper_rows);
    let mut scalars =
        proof[start..].chunks(32).map(|bytes| decode::<Scalar>(bytes.try_into().unwrap()).unwrap());
    let mut oracle = Fixed(Stream(50));
    // gamma, beta, r, alpha.
    for _ in 0..2 + usize::from(world.circuit.r_len) + 1 {
        oracle.draw();
    }
    let mut next = || scalars.next().unwrap();
    let sum = next();
    let rounds = |count: usize,
                  degree: usize,
                  claim: Option<Scalar>,
                  oracle: &mut Fixed,
                  next: &mut dyn FnMut() -> Scalar| {
        let (mut claim, mut messages, mut point) = (claim, Vec::new(), Vec::new());
        for _ in 0..count {
            let mut message: Vec<Scalar> = (0..degree).map(|_| next()).collect();
            let others = message[0].double() + message[1..].iter().sum::<Scalar>();
            // Of sum-check 3 the first claim is not among the messages: c1 is left zero.
            message.insert(1, claim.map_or(Scalar::ZERO, |claim| claim - others));
            let challenge = oracle.draw();
            claim = claim.map(|_| message.iter().rev().fold(Scalar::ZERO, |sum, c| sum * challenge + c));
            messages.push(message);
            point.push(challenge);
        }
        (messages, point, claim)
    };
    let (rounds_1, rho, claim) = rounds(shape.rounds_1, shape.degree_1, Some(sum), &mut oracle, &mut next);
    let (rounds_2, sigma, _) = rounds(shape.rounds_2, shape.degree_2, claim, &mut oracle, &mut next);
    let u = (0..shape.factors).map(|_| next()).collect();
    oracle.draw();
    let (rounds_3, ..) = rounds(shape.rounds_3, 2, None, &mut oracle, &mut next);
    Shown { sum, rounds_1, rounds_2, u, rounds_3, rho, sigma }
}

/// c0 and c2 of all rounds of a product sum-check with these weights, for the row that is 1 at `cell`.
fn unit_messages(weights: &[Scalar], z: &[Scalar], cell: usize) -> Vec<Scalar> {
    let (mut weights, mut value, mut cell) = (weights.to_vec(), Scalar::ONE, cell);
    let mut found = Vec::new();
    for z in z {
        let half = weights.len() / 2;
        let (low, high) = (weights[cell % half], weights[cell % half + half]);
        if cell < half {
            found.extend([value * low, value * (low - high)]);
            value *= Scalar::ONE - z;
        } else {
            found.extend([Scalar::ZERO, value * (high - low)]);
            value *= z;
        }
        cell %= half;
        for i in 0..half {
            let step = weights[half + i] - weights[i];
            weights[i] += *z * step;
        }
        weights.truncate(half);
    }
    found
}

/// A solution of the augmented rows, or none.
fn solve(mut rows: Vec<Vec<Scalar>>) -> Option<Vec<Scalar>> {
    let unknowns = rows[0].len() - 1;
    let mut pivots = Vec::new();
    for column in 0..unknowns {
        let rank = pivots.len();
        let Some(pivot) = (rank..rows.len()).find(|row| rows[*row][column] != Scalar::ZERO) else { continue };
        rows.swap(rank, pivot);
        let inverse = rows[rank][column].inverse().unwrap();
        rows[rank].iter_mut().for_each(|value| *value *= inverse);
        let top = rows[rank].clone();
        for (at, row) in rows.iter_mut().enumerate() {
            let factor = row[column];
            if at != rank && factor != Scalar::ZERO {
                row.iter_mut().zip(&top).for_each(|(value, top)| *value -= factor * top);
            }
        }
        pivots.push(column);
    }
    if rows[pivots.len()..].iter().any(|row| row[unknowns] != Scalar::ZERO) {
        return None;
    }
    let mut solution = vec![Scalar::ZERO; unknowns];
    pivots.iter().zip(&rows).for_each(|(column, row)| solution[*column] = row[unknowns]);
    Some(solution)
}

/// All rows but the model's as field elements, in the order of `Secrets`: data, output, witness, counts, M,
/// R, helpers.
fn cells_of(world: &World, cells: &Cells, hooks: &Hooks) -> Vec<Vec<Scalar>> {
    let m = world.circuit.row_size();
    let small = |cells: &[i16]| -> Vec<Scalar> { cells.iter().map(|cell| Scalar::from(*cell)).collect() };
    let counts: Vec<Scalar> =
        hooks.counts.as_ref().unwrap().iter().map(|count| Scalar::from(*count)).collect();
    [
        small(&cells.data),
        small(&cells.output),
        small(&cells.witness),
        counts,
        hooks.mask.clone(),
        hooks.helper.clone(),
    ]
    .iter()
    .flat_map(|rows| rows.chunks(m).map(<[Scalar]>::to_vec))
    .collect()
}

fn at(row: &[Scalar], tau: Scalar) -> Scalar {
    row.iter().rev().fold(Scalar::ZERO, |sum, cell| sum * tau + cell)
}

/// Masks with which `cells` show what `proof` shows: first those that each message needs, then a linear
/// system for the free cells of M (all but the first `without`) and R, so that sum-check 3 and the whole
/// opened polynomial agree.
fn equivocate(
    world: &World,
    cells: &Cells,
    goal: (&[u8], &Hooks),
    secrets: &Secrets,
    without: usize,
) -> Option<Secrets> {
    let (circuit, m) = (&world.circuit, world.circuit.row_size());
    let layout = circuit.mask_layout();
    let target = shown(world, goal.0);
    let zero = |values: &Vec<Scalar>| vec![Scalar::ZERO; values.len()];
    let mut own = Secrets {
        early: zero(&secrets.early),
        mask: vec![Scalar::ZERO; m],
        uniform: vec![Scalar::ZERO; m],
        masks: zero(&secrets.masks),
        helper: zero(&secrets.helper),
        given: secrets.given.each_ref().map(zero),
    };
    let scale = |left: usize| Scalar::from(2u64).pow([left as u64]).inverse().unwrap();
    let coefficients = |mask: &mut [Scalar], degree: usize, goal: &[Vec<Scalar>], now: &[Vec<Scalar>]| {
        let rounds = goal.len();
        for (i, (goal, now)) in goal.iter().zip(now).enumerate() {
            for k in 1..=degree {
                mask[i * degree + k - 1] = (goal[k] - now[k]) * scale(rounds - 1 - i);
            }
        }
    };
    // S and g1.
    let now = shown(world, &prove(world, cells, &own).0);
    own.mask[layout.mu_s] = target.sum - now.sum;
    coefficients(&mut own.mask[layout.g1.clone()], circuit.degree_1(), &target.rounds_1, &now.rounds_1);
    // The pads, from u.
    let now = shown(world, &prove(world, cells, &own).0);
    assert_eq!((now.sum, &now.rounds_1, &now.rho), (target.sum, &target.rounds_1, &target.rho));
    let pad = eq_table(&target.sigma, circuit.terms.len() + 2)[circuit.terms.len() + 1].inverse().unwrap();
    for (mask, (goal, now)) in own.mask[layout.pads.clone()].iter_mut().zip(target.u.iter().zip(&now.u)) {
        *mask = (*goal - now) * pad;
    }
    // g2.
    let now = shown(world, &prove(world, cells, &own).0);
    assert_eq!(now.u, target.u);
    coefficients(&mut own.mask[layout.g2.clone()], circuit.degree_2(), &target.rounds_2, &now.rounds_2);
    let (proof, hooks) = prove(world, cells, &own);
    let now = shown(world, &proof);
    assert_eq!(now.rounds_2, target.rounds_2);
    // Changes of free cells of M, then of all cells of R.
    let free = free_cells(circuit.log_row).split_off(without);
    let (z, [of_mask, of_uniform]) = (&hooks.point, &hooks.mask_weights);
    let eq = eq_table(z, m);
    let at_z = |weights: &[Scalar]| weights.iter().zip(&eq).map(|(a, b)| *a * b).sum::<Scalar>();
    let columns: Vec<(Vec<Scalar>, Scalar, usize, Scalar)> = free
        .iter()
        .map(|cell| (unit_messages(of_mask, z, *cell), at_z(of_mask), *cell, Scalar::from(*cell as u64)))
        .chain((0..m).map(|cell| (unit_messages(of_uniform, z, cell), at_z(of_uniform), cell, Scalar::ONE)))
        .collect();
    let mut system = Vec::new();
    for (round, (goal, now)) in target.rounds_3.iter().zip(&now.rounds_3).enumerate() {
        for (k, power) in [0, 2].into_iter().enumerate() {
            let row = columns.iter().map(|(messages, ..)| messages[2 * round + k]);
            system.push(row.chain([goal[power] - now[power]]).collect());
        }
    }
    for i in 0..m {
        let row = columns.iter().map(|(_, weight, cell, _)| if *cell == i { *weight } else { Scalar::ZERO });
        system.push(row.chain([goal.1.polynomial[i] - hooks.polynomial[i]]).collect());
    }
    system.push(columns.iter().map(|(.., weight)| *weight).chain([Scalar::ZERO]).collect());
    let solution = solve(system)?;
    for (cell, change) in free.iter().zip(&solution) {
        own.mask[*cell] += change;
    }
    for (cell, change) in own.uniform.iter_mut().zip(&solution[free.len()..]) {
        *cell += change;
    }
    // Blinders, with the secret of the toy set-up string, so that all commitments agree.
    let (_, hooks) = prove(world, cells, &own);
    let before = [&secrets.given[1], &secrets.given[2], &secrets.early, &secrets.masks, &secrets.helper];
    let before: Vec<Scalar> = before.into_iter().flatten().copied().collect();
    let inverse = world.tau_m().inverse().unwrap();
    let moved = cells_of(world, &world.cells, goal.1)
        .into_iter()
        .zip(cells_of(world, cells, &hooks))
        .zip(before)
        .map(|((goal, now), blinder)| blinder + (at(&goal, world.tau) - at(&now, world.tau)) * inverse);
    let mut moved = moved.collect::<VecDeque<Scalar>>();
    own.given[0].clone_from(&secrets.given[0]);
    let [_, data, output] = &mut own.given;
    for slots in [data, output, &mut own.early, &mut own.masks, &mut own.helper] {
        slots.iter_mut().for_each(|slot| *slot = moved.pop_front().unwrap());
    }
    Some(own)
}

/// Another witness with the same public output: another data row.
fn other_cells(world: &World) -> Cells {
    let mut stream = Stream(11);
    let mut x: [i64; 12] = std::array::from_fn(|k| i64::from(world.cells.data[k / 3 * 4 + k % 3]));
    loop {
        x[3..].iter_mut().for_each(|x| *x = stream.between(-5, 6));
        if let Some(cells) = gemm_cells(&x) {
            assert_eq!(cells.public, world.cells.public);
            assert_ne!(cells.witness, world.cells.witness);
            return cells;
        }
    }
}

fn secrets(world: &World) -> Secrets {
    let (mut stream, m) = (Stream(12), world.circuit.row_size());
    let mut draw = |count: usize| -> Vec<Scalar> { (0..count).map(|_| stream.scalar()).collect() };
    let rows = |region| world.circuit.rows_of(region);
    Secrets {
        early: draw(rows(Region::Witness) + rows(Region::Counts)),
        mask: draw(m),
        uniform: draw(m),
        masks: draw(2),
        helper: draw(rows(Region::Helper)),
        given: world.blinders.clone(),
    }
}

fn explained_by(world: &World, cells: &Cells) {
    let secrets = secrets(world);
    let (proof, hooks) = prove(world, &world.cells, &secrets);
    let own = equivocate(world, cells, (&proof, &hooks), &secrets, 0).expect("masks for the other witness");
    let (other, other_hooks) = prove(world, cells, &own);
    assert_eq!(other_hooks.polynomial, hooks.polynomial, "F, its coefficient at X^m among them");
    assert_eq!(other, proof);
    assert_ne!(own.mask, secrets.mask);
}

#[test]
fn another_witness_explains_every_byte() {
    for world in [gemm_with(1), gemm(), gemm_with(3)] {
        explained_by(&world, &other_cells(&world));
    }
    // The same arguments in another order have the same sum of images.
    let world = function();
    let cells = function_cells(&std::array::from_fn(|i| i64::from(world.cells.data[16 + (i + 1) % 12])));
    assert_eq!(cells.public, world.cells.public);
    assert_ne!(cells.output, world.cells.output);
    explained_by(&world, &cells);
}

/// The test above can fail: with a free cell less, some message of sum-check 3 is not hidden.
#[test]
fn every_free_cell_is_needed() {
    let world = gemm();
    let secrets = secrets(&world);
    let (proof, hooks) = prove(&world, &world.cells, &secrets);
    let cells = other_cells(&world);
    assert!(equivocate(&world, &cells, (&proof, &hooks), &secrets, 1).is_none());
}
