//! Sum-check 1: all terms over tensors of different sizes, aligned at their last variables
//! (`docs/protocol.md`, "What the prover sends").

use crate::ProverError;
use crate::lookups::{LookupTables, lookup_tables};
use crate::masks::{Masking, inverse_power};
use crate::pieces::{PIECE, Pieces};
use crate::polynomial::{Interpolation, evaluate};
use crate::rows::Rows;
use crate::scope::Scope;
use crate::streamed::Streamed;
use crate::tables::table;
use ark_ff::AdditiveGroup;
use rayon::prelude::*;
use std::collections::HashMap;
use zkattest_circuit::index;
use zkattest_circuit::lookup::{Lookups, RangeLookup};
use zkattest_field::Scalar;
use zkattest_kernels::{Cpu, Kernels, MAX_COLUMNS, MAX_FACTORS};

/// What is summed together.
enum Work<'a> {
    /// A term: positions of its factors' tables.
    Product(Vec<usize>),
    /// All terms of a range lookup, in the first rounds of long ones without tables.
    Streamed(Box<Streamed<'a>>),
    Lookup(Box<LookupTables>),
}

/// A summand of the sum-check with a claim of its own, so that each round needs one evaluation less.
struct Summand<'a> {
    variables: usize,
    /// alpha^k times the term's coefficient.
    weight: Scalar,
    work: Work<'a>,
    /// Sum over the variables not yet bound.
    claim: Scalar,
    /// Coefficients of the next round's polynomial, once known.
    next: Option<Vec<Scalar>>,
}

/// A functional's table, folded as rounds go.
struct Folding<'a> {
    functional: usize,
    variables: usize,
    table: Table<'a>,
}

/// Values of a functional at the points that are left.
enum Table<'a> {
    /// In the first rounds of a long one: computed piece by piece.
    Pieces(Box<Pieces<'a>>),
    Written(Vec<Scalar>),
}

impl Table<'_> {
    /// The first entry of a table that is written down.
    fn first(&self) -> Scalar {
        match self {
            Self::Pieces(_) => Scalar::ZERO,
            Self::Written(table) => table[0],
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Pieces(pieces) => pieces.len(),
            Self::Written(table) => table.len(),
        }
    }

    /// Binds the next variable.
    fn bind(&mut self, cpu: &Cpu, challenge: Scalar) -> Result<(), ProverError> {
        match self {
            Self::Written(table) => cpu.fold(table, challenge)?,
            Self::Pieces(pieces) => {
                pieces.bind(challenge);
                if pieces.is_short() {
                    *self = Self::Written(pieces.table(cpu)?);
                }
            }
        }
        Ok(())
    }

    /// Entries from `start` on.
    fn copy(&self, cpu: &Cpu, start: usize, out: &mut [Scalar]) -> Result<(), ProverError> {
        match self {
            Self::Pieces(pieces) => pieces.fill(cpu, start, out)?,
            Self::Written(table) => out.copy_from_slice(&table[start..start + out.len()]),
        }
        Ok(())
    }
}

/// The state between rounds.
pub(crate) struct Sumcheck1<'a> {
    cpu: Cpu,
    interpolation: Interpolation,
    rounds: usize,
    degree: usize,
    tables: Vec<Folding<'a>>,
    summands: Vec<Summand<'a>>,
    lookups: Vec<RangeLookup>,
}

impl<'a> Sumcheck1<'a> {
    /// Builds the tables and each summand's claim. A range lookup's claim is taken to be zero, as it is for
    /// cells in the table; else the proof is one that verifiers reject. `written`: log2 of the longest tables to be
    /// written down, if not what suits memory.
    pub fn new(
        scope: &Scope<'_>,
        lookups: &Lookups,
        rows: &'a Rows<'_>,
        alphas: &[Scalar],
        written: Option<usize>,
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
                let pieces =
                    (circuit.factors() <= MAX_FACTORS).then(|| Pieces::new(scope, rows, of, written));
                let table = match pieces.flatten() {
                    Some(pieces) => Table::Pieces(Box::new(pieces)),
                    None => Table::Written(table(scope, rows, of)?),
                };
                Ok(Folding { functional: *functional, variables, table })
            })
            .collect::<Result<Vec<_>, ProverError>>()?;
        let positions: HashMap<usize, usize> =
            wanted.iter().enumerate().map(|(position, functional)| (*functional, position)).collect();
        let mut summands = Vec::new();
        for (number, weight) in &ranges {
            let lookup = &lookups.ranges[*number];
            let eq = &circuit.functionals[index(lookup.eq)];
            let variables = usize::from(eq.variables);
            let work = match Streamed::new(scope, lookup, rows, written) {
                Some(streamed) => Work::Streamed(Box::new(streamed)),
                None => {
                    let eq = table(scope, rows, eq)?;
                    let tables = lookup_tables(circuit, lookup, rows, scope.challenges, &scope.cpu, eq)?;
                    Work::Lookup(Box::new(tables))
                }
            };
            let term = |number: usize| alphas[index(circuit.terms[number].statement)];
            let coefficient = Scalar::from(circuit.terms[*weight].coefficient);
            summands.push(Summand {
                variables,
                weight: term(*weight) * coefficient,
                work,
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
                summand.claim = factors.iter().map(|position| tables[*position].table.first()).product();
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

    /// Tables and lookups that are not written down.
    pub fn streamed(&self) -> usize {
        let tables = self.tables.iter().filter(|table| matches!(table.table, Table::Pieces(_)));
        let lookups = self.summands.iter().filter(|summand| matches!(summand.work, Work::Streamed(_)));
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
            let (cpu, tables, interpolation) = (self.cpu, &self.tables, &self.interpolation);
            self.summands.par_iter_mut().filter(|summand| summand.variables >= left).try_for_each(
                |summand| {
                    if summand.next.is_none() {
                        let values = match &summand.work {
                            Work::Product(factors) => {
                                product_round(&cpu, factors, tables, Some(summand.claim))?
                            }
                            Work::Streamed(streamed) => streamed.round(&cpu, summand.claim)?,
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
        let mut written = Vec::new();
        for (number, summand) in self.summands.iter_mut().enumerate() {
            if summand.variables < left {
                continue;
            }
            if let Work::Streamed(streamed) = &mut summand.work {
                streamed.bind(challenge);
                if streamed.is_short() {
                    summand.work = Work::Lookup(Box::new(streamed.tables(&cpu)?));
                    written.push(number);
                }
            }
        }
        let lookups = self
            .summands
            .iter_mut()
            .enumerate()
            .filter(|(number, summand)| summand.variables >= left && !written.contains(number))
            .flat_map(|(_, summand)| match &mut summand.work {
                Work::Lookup(lookup) => {
                    let LookupTables { eq_helper, eq, eq_first, columns } = &mut **lookup;
                    [eq_helper, eq, eq_first].into_iter().chain(columns).collect()
                }
                Work::Product(_) | Work::Streamed(_) => Vec::new(),
            });
        let mut lookups: Vec<&mut Vec<Scalar>> = lookups.collect();
        let tables = &mut self.tables;
        let (of_lookups, of_terms) = rayon::join(
            || lookups.par_iter_mut().try_for_each(|table| cpu.fold(table, challenge)),
            || {
                tables
                    .par_iter_mut()
                    .filter(|table| table.variables >= left)
                    .try_for_each(|table| table.table.bind(&cpu, challenge))
            },
        );
        of_lookups?;
        of_terms
    }

    /// Each functional's value at rho; zero for functionals of no term.
    pub fn values(&self, functionals: usize) -> Vec<Scalar> {
        let mut values = vec![Scalar::ZERO; functionals];
        for table in &self.tables {
            values[table.functional] = table.table.first();
        }
        let lookups = self.summands.iter().filter_map(|summand| match &summand.work {
            Work::Lookup(tables) => Some(tables),
            Work::Product(_) | Work::Streamed(_) => None,
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
fn product_round<'t>(
    cpu: &Cpu,
    factors: &[usize],
    tables: &'t [Folding<'_>],
    claim: Option<Scalar>,
) -> Result<Vec<Scalar>, ProverError> {
    let own: Vec<&Table<'_>> = factors.iter().map(|position| &tables[*position].table).collect();
    let written = |table: &&'t Table<'_>| match table {
        Table::Written(table) => Some(table.as_slice()),
        Table::Pieces(_) => None,
    };
    let Some(tables) = own.iter().map(written).collect::<Option<Vec<&[Scalar]>>>() else {
        return product_round_by_pieces(cpu, &own, claim);
    };
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

/// Likewise where a factor is not written down.
fn product_round_by_pieces(
    cpu: &Cpu,
    factors: &[&Table<'_>],
    claim: Option<Scalar>,
) -> Result<Vec<Scalar>, ProverError> {
    let half = factors.first().map_or(0, |table| table.len() / 2);
    let unit = PIECE.min(half);
    let piece = |buffer: &mut Vec<Scalar>, at: usize| -> Result<Vec<Scalar>, ProverError> {
        buffer.resize(factors.len() * 2 * unit, Scalar::ZERO);
        for (factor, out) in factors.iter().zip(buffer.chunks_mut(2 * unit)) {
            let (low, high) = out.split_at_mut(unit);
            factor.copy(cpu, at * unit, low)?;
            factor.copy(cpu, half + at * unit, high)?;
        }
        let tables: Vec<&[Scalar]> = buffer.chunks(2 * unit).collect();
        Ok(cpu.round(None, &tables, claim.map(|_| Scalar::ZERO))?)
    };
    let add = |a: Vec<Scalar>, b: Vec<Scalar>| a.iter().zip(&b).map(|(a, b)| *a + b).collect();
    let mut values = (0..half / unit.max(1))
        .into_par_iter()
        .map_init(Vec::new, piece)
        .try_reduce(|| vec![Scalar::ZERO; factors.len() + 1], |a, b| Ok(add(a, b)))?;
    if let Some(claim) = claim {
        values[1] = claim - values[0];
    }
    Ok(values)
}

/// Values of a range lookup's round at 0, 1, .., columns + 1.
fn lookup_round(cpu: &Cpu, tables: &LookupTables, claim: Scalar) -> Result<Vec<Scalar>, ProverError> {
    let columns: Vec<&[Scalar]> = tables.columns.iter().map(Vec::as_slice).collect();
    Ok(cpu.lookup_round(&tables.eq_helper, &tables.eq, &tables.eq_first, &columns, Some(claim))?)
}
