//! Sum-check 1: all terms over tensors of different sizes, aligned at their last variables
//! (`docs/protocol.md`, "What the prover sends").

use crate::ProverError;
use crate::lookups::{LookupTables, lookup_tables};
use crate::masks::{Masking, inverse_power};
use crate::polynomial::{Interpolation, evaluate};
use crate::rows::Rows;
use crate::scope::Scope;
use crate::tables::table;
use ark_ff::AdditiveGroup;
use rayon::prelude::*;
use std::collections::HashMap;
use zkattest_circuit::index;
use zkattest_circuit::lookup::{Lookups, RangeLookup};
use zkattest_field::Scalar;
use zkattest_kernels::{Cpu, Kernels, MAX_COLUMNS, MAX_FACTORS};

/// What is summed together.
enum Work {
    /// A term: positions of its factors' tables.
    Product(Vec<usize>),
    /// All terms of a range lookup.
    Lookup(Box<LookupTables>),
}

/// A summand of the sum-check with a claim of its own, so that each round needs one evaluation less.
struct Summand {
    variables: usize,
    /// alpha^k times the term's coefficient.
    weight: Scalar,
    work: Work,
    /// Sum over the variables not yet bound.
    claim: Scalar,
    /// Coefficients of the next round's polynomial, once known.
    next: Option<Vec<Scalar>>,
}

/// A functional's table, folded as rounds go.
struct Folding {
    functional: usize,
    variables: usize,
    table: Vec<Scalar>,
}

/// The state between rounds.
pub(crate) struct Sumcheck1 {
    cpu: Cpu,
    interpolation: Interpolation,
    rounds: usize,
    degree: usize,
    tables: Vec<Folding>,
    summands: Vec<Summand>,
    lookups: Vec<RangeLookup>,
}

impl Sumcheck1 {
    /// Builds the tables and each summand's claim. A range lookup's claim is taken to be zero, as it is for
    /// cells in the table; else the proof is one that verifiers reject.
    pub fn new(
        scope: &Scope<'_>,
        lookups: &Lookups,
        rows: &Rows<'_>,
        alphas: &[Scalar],
    ) -> Result<Self, ProverError> {
        let circuit = scope.circuit;
        let (ranges, plain) = assign(scope, lookups);
        let mut wanted: Vec<usize> = plain
            .iter()
            .flat_map(|term| circuit.terms[*term].factors.iter().map(|factor| index(*factor)))
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        let tables = wanted
            .par_iter()
            .map(|functional| {
                let of = &circuit.functionals[*functional];
                let variables = usize::from(of.variables);
                Ok(Folding { functional: *functional, variables, table: table(scope, rows, of)? })
            })
            .collect::<Result<Vec<_>, ProverError>>()?;
        let positions: HashMap<usize, usize> =
            wanted.iter().enumerate().map(|(position, functional)| (*functional, position)).collect();
        let mut summands = Vec::new();
        for (number, weight) in &ranges {
            let lookup = &lookups.ranges[*number];
            let eq = &circuit.functionals[index(lookup.eq)];
            let variables = usize::from(eq.variables);
            let eq = table(scope, rows, eq)?;
            let tables = lookup_tables(circuit, lookup, rows, scope.challenges, &scope.cpu, eq)?;
            let term = |number: usize| alphas[index(circuit.terms[number].statement)];
            let coefficient = Scalar::from(circuit.terms[*weight].coefficient);
            summands.push(Summand {
                variables,
                weight: term(*weight) * coefficient,
                work: Work::Lookup(Box::new(tables)),
                claim: Scalar::ZERO,
                next: None,
            });
        }
        for number in plain {
            let term = &circuit.terms[number];
            let factors: Vec<usize> = term.factors.iter().map(|factor| positions[&index(*factor)]).collect();
            summands.push(Summand {
                variables: factors.first().map_or(0, |position| tables[*position].variables),
                weight: alphas[index(term.statement)] * Scalar::from(term.coefficient),
                work: Work::Product(factors),
                claim: Scalar::ZERO,
                next: None,
            });
        }
        let cpu = scope.cpu;
        let interpolation = Interpolation::new(circuit.degree_1());
        summands.par_iter_mut().try_for_each(|summand| {
            let Work::Product(factors) = &summand.work else { return Ok(()) };
            if summand.variables == 0 {
                summand.claim = factors.iter().map(|position| tables[*position].table[0]).product();
                return Ok(());
            }
            let values = product_round(&cpu, factors, &tables, None)?;
            summand.claim = values[0] + values[1];
            summand.next = Some(interpolation.coefficients(&values));
            Ok::<(), ProverError>(())
        })?;
        let lookups = ranges.iter().map(|(number, _)| lookups.ranges[*number].clone()).collect();
        Ok(Self {
            cpu,
            interpolation,
            rounds: circuit.rounds_1(),
            degree: circuit.degree_1(),
            tables,
            summands,
            lookups,
        })
    }

    /// Sum of all terms of all statements, statement k times alpha^k.
    pub fn claim(&self) -> Scalar {
        self.summands.iter().map(|summand| summand.weight * summand.claim).sum()
    }

    /// All rounds: `exchange` sends a round's coefficients, lowest power first, and gives the challenge.
    pub fn run(
        &mut self,
        masking: &mut Masking<'_>,
        mut exchange: impl FnMut(&[Scalar]) -> Result<Scalar, ProverError>,
    ) -> Result<(), ProverError> {
        for round in 0..self.rounds {
            let left = self.rounds - round;
            let (cpu, tables, interpolation) = (self.cpu, &self.tables, &self.interpolation);
            self.summands.par_iter_mut().filter(|summand| summand.variables >= left).try_for_each(
                |summand| {
                    if summand.next.is_none() {
                        let values = match &summand.work {
                            Work::Product(factors) => {
                                product_round(&cpu, factors, tables, Some(summand.claim))?
                            }
                            Work::Lookup(lookup) => lookup_round(&cpu, lookup, summand.claim)?,
                        };
                        summand.next = Some(interpolation.coefficients(&values));
                    }
                    Ok::<(), ProverError>(())
                },
            )?;
            let mut message = vec![Scalar::ZERO; self.degree + 1];
            for summand in &self.summands {
                match &summand.next {
                    Some(next) if summand.variables >= left => {
                        let scale = summand.weight * inverse_power(self.rounds - summand.variables);
                        message.iter_mut().zip(next).for_each(|(sum, value)| *sum += scale * value);
                    }
                    _ => message[0] += summand.weight * summand.claim * inverse_power(round + 1),
                }
            }
            masking.add_round(&mut message);
            let challenge = exchange(&message)?;
            masking.bind(challenge);
            self.bind(left, challenge)?;
        }
        Ok(())
    }

    fn bind(&mut self, left: usize, challenge: Scalar) -> Result<(), ProverError> {
        let cpu = self.cpu;
        for summand in self.summands.iter_mut().filter(|summand| summand.variables >= left) {
            if let Some(next) = summand.next.take() {
                summand.claim = evaluate(&next, challenge);
            }
        }
        let lookups =
            self.summands.iter_mut().filter(|summand| summand.variables >= left).flat_map(|summand| {
                match &mut summand.work {
                    Work::Lookup(lookup) => {
                        let LookupTables { eq_helper, eq, eq_first, columns } = &mut **lookup;
                        [eq_helper, eq, eq_first].into_iter().chain(columns).collect()
                    }
                    Work::Product(_) => Vec::new(),
                }
            });
        let plain =
            self.tables.iter_mut().filter(|table| table.variables >= left).map(|table| &mut table.table);
        let mut all: Vec<&mut Vec<Scalar>> = lookups.chain(plain).collect();
        all.par_iter_mut().try_for_each(|table| cpu.fold(table, challenge))?;
        Ok(())
    }

    /// Each functional's value at rho; zero for functionals of no term.
    pub fn values(&self, functionals: usize) -> Vec<Scalar> {
        let mut values = vec![Scalar::ZERO; functionals];
        for table in &self.tables {
            values[table.functional] = table.table[0];
        }
        let lookups = self.summands.iter().filter_map(|summand| match &summand.work {
            Work::Lookup(tables) => Some(tables),
            Work::Product(_) => None,
        });
        for (tables, lookup) in lookups.zip(&self.lookups) {
            values[index(lookup.eq_helper)] = tables.eq_helper[0];
            values[index(lookup.eq)] = tables.eq[0];
            values[index(lookup.eq_first)] = tables.eq_first[0];
            for (functional, table) in lookup.columns.iter().zip(&tables.columns) {
                values[index(*functional)] = table[0];
            }
        }
        values
    }
}

/// Which range lookups are proved together, each with the term that multiplies all columns, and which terms
/// are not of such a lookup.
fn assign(scope: &Scope<'_>, lookups: &Lookups) -> (Vec<(usize, usize)>, Vec<usize>) {
    let terms = &scope.circuit.terms;
    let sorted = |mut factors: Vec<u32>| {
        factors.sort_unstable();
        factors
    };
    let mut by_factors: HashMap<Vec<u32>, Vec<usize>> = HashMap::new();
    for (number, term) in terms.iter().enumerate() {
        by_factors.entry(sorted(term.factors.clone())).or_default().push(number);
    }
    let mut taken = vec![false; terms.len()];
    let mut ranges = Vec::new();
    for (number, lookup) in lookups.ranges.iter().enumerate() {
        let expected = lookup_terms(lookup);
        let find = |factors: &Vec<u32>| {
            let found = by_factors.get(&sorted(factors.clone()))?;
            if let [only] = found.as_slice() { Some(*only) } else { None }
        };
        let Some(found) = expected.iter().map(find).collect::<Option<Vec<usize>>>() else { continue };
        let Some((first, others)) = found.split_first() else { continue };
        let agree = others.iter().all(|other| {
            terms[*other].statement == terms[*first].statement
                && terms[*other].coefficient == -terms[*first].coefficient
        });
        if agree && lookup.columns.len() <= MAX_COLUMNS {
            found.iter().for_each(|term| taken[*term] = true);
            ranges.push((number, *first));
        }
    }
    let plain = (0..terms.len()).filter(|term| !taken[*term]).collect();
    (ranges, plain)
}

/// Factors of a range lookup's terms; the first has the coefficient of the others, negated.
fn lookup_terms(lookup: &RangeLookup) -> Vec<Vec<u32>> {
    let with = |first: u32, columns: &[u32]| std::iter::once(first).chain(columns.iter().copied()).collect();
    let Some((_, others)) = lookup.columns.split_first() else { return Vec::new() };
    let mut terms: Vec<Vec<u32>> = vec![with(lookup.eq_helper, &lookup.columns), with(lookup.eq, others)];
    for j in 0..others.len() {
        let rest: Vec<u32> =
            others.iter().enumerate().filter(|(i, _)| *i != j).map(|(_, other)| *other).collect();
        terms.push(with(lookup.eq_first, &rest));
    }
    terms
}

/// Values at 0, 1, .., factors of a term's round.
fn product_round(
    cpu: &Cpu,
    factors: &[usize],
    tables: &[Folding],
    claim: Option<Scalar>,
) -> Result<Vec<Scalar>, ProverError> {
    let tables: Vec<&[Scalar]> = factors.iter().map(|position| tables[*position].table.as_slice()).collect();
    if tables.len() <= MAX_FACTORS {
        return Ok(cpu.round(None, &tables, claim)?);
    }
    // No kernel multiplies so many: by definition.
    let half = tables[0].len() / 2;
    let value = |x: Scalar, i: usize| -> Scalar {
        tables.iter().map(|table| table[i] + x * (table[half + i] - table[i])).product()
    };
    let points: Vec<Scalar> = (0u64..).map(Scalar::from).take(tables.len() + 1).collect();
    Ok(points.into_par_iter().map(|x| (0..half).map(|i| value(x, i)).sum()).collect())
}

/// Values of a range lookup's round at 0, 1, .., columns + 1.
fn lookup_round(cpu: &Cpu, tables: &LookupTables, claim: Scalar) -> Result<Vec<Scalar>, ProverError> {
    let columns: Vec<&[Scalar]> = tables.columns.iter().map(Vec::as_slice).collect();
    Ok(cpu.lookup_round(&tables.eq_helper, &tables.eq, &tables.eq_first, &columns, Some(claim))?)
}
