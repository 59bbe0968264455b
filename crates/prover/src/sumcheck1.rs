//! Sum-check 1: all terms over tensors of different sizes, aligned at their last variables
//! (`docs/protocol.md`, "What the prover sends"). All tables of which a variable is bound have one length.

use crate::ProverError;
use crate::engine::{Constraints, Folded, Round};
use crate::masks::{Masking, inverse_power};
use crate::polynomial::{Interpolation, evaluate};
use crate::rows::Rows;
use crate::scope::Scope;
use ark_ff::AdditiveGroup;
use rayon::prelude::*;
use std::collections::HashMap;
use zkattest_circuit::index;
use zkattest_circuit::lookup::{Lookups, RangeLookup};
use zkattest_field::Scalar;
use zkattest_kernels::MAX_COLUMNS;

/// What is summed together.
enum Work<'a, E: Constraints + 'a> {
    /// A term: positions of its factors' tables.
    Product(Vec<usize>),
    /// All terms of a range lookup.
    Lookup(E::Lookup<'a>),
}

/// A summand of the sum-check with a claim of its own, so that each round needs one evaluation less.
struct Summand<'a, E: Constraints + 'a> {
    variables: usize,
    /// alpha^k times the term's coefficient.
    weight: Scalar,
    work: Work<'a, E>,
    /// Sum over the variables not yet bound.
    claim: Scalar,
    /// Coefficients of the next round's polynomial, once known.
    next: Option<Vec<Scalar>>,
}

impl<'a, E: Constraints + 'a> Summand<'a, E> {
    /// The next round, to be asked for.
    fn round<'r>(&'r self, tables: &'r [Folding<'a, E>], claim: Option<Scalar>) -> Round<'r, 'a, E> {
        match &self.work {
            Work::Product(factors) => {
                Round::Product(factors.iter().map(|position| &tables[*position].table).collect(), claim)
            }
            Work::Lookup(lookup) => Round::Lookup(lookup, self.claim),
        }
    }
}

/// A functional's table, folded as rounds go.
struct Folding<'a, E: Constraints + 'a> {
    functional: usize,
    variables: usize,
    table: E::Table<'a>,
}

/// The state between rounds.
pub(crate) struct Sumcheck1<'a, E: Constraints + 'a> {
    engine: &'a E,
    interpolation: Interpolation,
    rounds: usize,
    degree: usize,
    tables: Vec<Folding<'a, E>>,
    summands: Vec<Summand<'a, E>>,
    lookups: Vec<RangeLookup>,
}

impl<'a, E: Constraints + 'a> Sumcheck1<'a, E> {
    /// Builds the tables and each summand's claim. A range lookup's claim is taken to be zero, as it is for
    /// cells in the table; else the proof is one that verifiers reject.
    pub fn new(
        engine: &'a E,
        scope: &Scope<'_>,
        lookups: &Lookups,
        rows: &'a Rows<'_>,
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
            .map(|number| {
                let functional = &circuit.functionals[*number];
                let table = engine.table(scope, rows, functional)?;
                Ok(Folding { functional: *number, variables: usize::from(functional.variables), table })
            })
            .collect::<Result<Vec<_>, ProverError>>()?;
        let positions: HashMap<usize, usize> =
            wanted.iter().enumerate().map(|(position, functional)| (*functional, position)).collect();
        let mut summands = Vec::new();
        for (number, weight) in &ranges {
            let lookup = &lookups.ranges[*number];
            let term = &circuit.terms[*weight];
            summands.push(Summand {
                variables: usize::from(circuit.functionals[index(lookup.eq)].variables),
                weight: alphas[index(term.statement)] * Scalar::from(term.coefficient),
                work: Work::Lookup(engine.lookup(scope, lookup, rows)?),
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
        let lookups = ranges.iter().map(|(number, _)| lookups.ranges[*number].clone()).collect();
        let mut sumcheck = Self {
            engine,
            interpolation: Interpolation::new(circuit.degree_1()),
            rounds: circuit.rounds_1(),
            degree: circuit.degree_1(),
            tables,
            summands,
            lookups,
        };
        sumcheck.claims()?;
        Ok(sumcheck)
    }

    /// Claims of all terms, and the polynomials of their first rounds.
    fn claims(&mut self) -> Result<(), ProverError> {
        let tables = &self.tables;
        for summand in self.summands.iter_mut().filter(|summand| summand.variables == 0) {
            if let Work::Product(factors) = &summand.work {
                summand.claim = factors.iter().flat_map(|position| tables[*position].table.first()).product();
            }
        }
        let of_terms =
            |summand: &Summand<'a, E>| summand.variables > 0 && matches!(summand.work, Work::Product(_));
        let rounds: Vec<Round<'_, 'a, E>> = self
            .summands
            .iter()
            .filter(|summand| of_terms(summand))
            .map(|summand| summand.round(tables, None))
            .collect();
        let found = self.engine.rounds(&rounds)?;
        for (summand, values) in self.summands.iter_mut().filter(|summand| of_terms(summand)).zip(found) {
            summand.claim = values[0] + values[1];
            summand.next = Some(self.interpolation.coefficients(&values));
        }
        Ok(())
    }

    /// Sum of all terms of all statements, statement k times alpha^k.
    pub fn claim(&self) -> Scalar {
        self.summands.iter().map(|summand| summand.weight * summand.claim).sum()
    }

    /// Tables and lookups that are not written down.
    pub fn streamed(&self) -> usize {
        let tables = self.tables.iter().filter(|table| table.table.streamed());
        let lookups = self
            .summands
            .iter()
            .filter(|summand| matches!(&summand.work, Work::Lookup(lookup) if lookup.streamed()));
        tables.count() + lookups.count()
    }

    /// All rounds: `exchange` sends a round's coefficients, lowest power first, and gives the challenge.
    pub fn run(
        &mut self,
        masking: &mut Masking<'_>,
        mut exchange: impl FnMut(&[Scalar]) -> Result<Scalar, ProverError>,
    ) -> Result<(), ProverError> {
        for round in 0..self.rounds {
            let left = self.rounds - round;
            self.round(left)?;
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

    /// Polynomials of all summands of `left` variables or more, where they are not known yet.
    fn round(&mut self, left: usize) -> Result<(), ProverError> {
        let asked = |summand: &Summand<'a, E>| summand.variables >= left && summand.next.is_none();
        let rounds: Vec<Round<'_, 'a, E>> = self
            .summands
            .iter()
            .filter(|summand| asked(summand))
            .map(|summand| summand.round(&self.tables, Some(summand.claim)))
            .collect();
        let found = self.engine.rounds(&rounds)?;
        let interpolation = &self.interpolation;
        let mut asking: Vec<&mut Summand<'a, E>> =
            self.summands.iter_mut().filter(|summand| asked(summand)).collect();
        asking.par_iter_mut().zip(found).for_each(|(summand, values)| {
            summand.next = Some(interpolation.coefficients(&values));
        });
        Ok(())
    }

    fn bind(&mut self, left: usize, challenge: Scalar) -> Result<(), ProverError> {
        let mut lookups = Vec::new();
        for summand in self.summands.iter_mut().filter(|summand| summand.variables >= left) {
            if let Some(next) = summand.next.take() {
                summand.claim = evaluate(&next, challenge);
            }
            if let Work::Lookup(lookup) = &mut summand.work {
                lookups.push(lookup);
            }
        }
        let tables = self.tables.iter_mut().filter(|table| table.variables >= left);
        self.engine.bind(tables.map(|table| &mut table.table).collect(), lookups, challenge)
    }

    /// Each functional's value at rho; zero for functionals of no term.
    pub fn values(&self, functionals: usize) -> Vec<Scalar> {
        let mut values = vec![Scalar::ZERO; functionals];
        let mut set = |functional: usize, value: Option<Scalar>| {
            values[functional] = value.unwrap_or_default();
        };
        for table in &self.tables {
            set(table.functional, table.table.first().first().copied());
        }
        let lookups = self.summands.iter().filter_map(|summand| match &summand.work {
            Work::Lookup(tables) => Some(tables),
            Work::Product(_) => None,
        });
        for (tables, lookup) in lookups.zip(&self.lookups) {
            let own = [lookup.eq_helper, lookup.eq, lookup.eq_first];
            let functionals = own.iter().chain(&lookup.columns);
            functionals.zip(tables.first()).for_each(|(number, value)| set(index(*number), Some(value)));
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
