//! A circuit's table of gates: selectors, wiring, and the program that fills it.

use ark_ff::{AdditiveGroup, Field};
use zkattest_circuit::ir::{Circuit, Region};
use zkattest_field::Scalar;

use crate::claims::Combination;
use crate::error::EvaluationError;
use crate::forms::Forms;
use crate::gates::{Definition, Gates, MOST_GATES};
use crate::symbols::Symbols;
use crate::wire::Wire;

/// Selectors qL, qR, qM, qO, qC of n = 2^`log_gates` gates, and the variables of their wires a, b, c:
/// qL a + qR b + qM a b + qO c + qC = 0, but for the first `public` gates, which equal their public input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// log2 of the number of gates.
    pub log_gates: u8,
    /// Number of public inputs, advice among them: variable i is the i-th.
    pub public: usize,
    /// qL, qR, qM, qO, qC of each gate.
    pub selectors: [Vec<Scalar>; 5],
    /// Variable of each gate's a, b, c; variable 0 where a selector leaves one out.
    pub wires: [Vec<u32>; 3],
    /// Gates in use.
    gates: usize,
    /// Public inputs that are no advice.
    inputs: usize,
    /// What defines each variable from `public` on.
    program: Vec<Definition>,
    /// The advice over other variables, one gate each.
    advice: Vec<Output>,
}

/// product v w + left v + right w + constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Output {
    terms: Definition,
    constant: Scalar,
}

impl Table {
    /// The table of a circuit.
    ///
    /// # Errors
    /// The circuit breaks a rule, or takes too many gates.
    pub fn of(circuit: &Circuit) -> Result<Self, EvaluationError> {
        circuit.validate()?;
        let symbols = Symbols::of(circuit);
        let inputs = symbols.count();
        check(inputs.saturating_add(circuit.row_count()).saturating_add(1))?;
        let mut gates = Gates::new(u32::try_from(inputs).unwrap_or(u32::MAX));
        let combination = Combination::new(&mut gates, circuit, &symbols);
        let (constant, rows) = Forms::expand(&mut gates, circuit, &symbols, &combination)?;
        gates.check()?;
        // R's weight is 1.
        let unmasked = circuit.first_row(Region::Mask).saturating_add(1);
        let rows = rows.into_iter().enumerate().filter(|(row, _)| *row != unmasked).map(|(_, row)| row);
        let advice: Vec<Wire> = [constant, combination.weight].into_iter().chain(rows).collect();
        Self::assemble(&gates, inputs, &advice)
    }

    /// Drops what no advice depends on, and lays out the rest.
    fn assemble(gates: &Gates, inputs: usize, advice: &[Wire]) -> Result<Self, EvaluationError> {
        let outputs: Vec<Output> = advice.iter().map(|wire| output(gates, *wire)).collect();
        let definitions = gates.definitions();
        let mut used = vec![false; inputs.saturating_add(definitions.len())];
        let mark = |used: &mut Vec<bool>, terms: &Definition| {
            [terms.v, terms.w].iter().for_each(|variable| {
                if let Some(used) = used.get_mut(place(*variable)) {
                    *used = true;
                }
            });
        };
        outputs.iter().for_each(|output| mark(&mut used, &output.terms));
        for (number, definition) in definitions.iter().enumerate().rev() {
            if used.get(inputs.saturating_add(number)).copied().unwrap_or(false) {
                mark(&mut used, definition);
            }
        }
        // New numbers: inputs, advice, then what is used.
        let public = inputs.saturating_add(advice.len());
        let mut next = public;
        let numbers: Vec<u32> = used
            .iter()
            .enumerate()
            .map(|(variable, used)| {
                let number = if variable < inputs { variable } else { next };
                if variable >= inputs && *used {
                    next = next.saturating_add(1);
                }
                u32::try_from(number).unwrap_or(u32::MAX)
            })
            .collect();
        let renumbered = |terms: &Definition| {
            let number = |variable: u32| numbers.get(place(variable)).copied().unwrap_or(0);
            Definition { v: number(terms.v), w: number(terms.w), ..*terms }
        };
        let live = used.iter().skip(inputs);
        let program: Vec<Definition> = definitions
            .iter()
            .zip(live)
            .filter(|(_, used)| **used)
            .map(|(terms, _)| renumbered(terms))
            .collect();
        let advice: Vec<Output> =
            outputs.iter().map(|output| Output { terms: renumbered(&output.terms), ..*output }).collect();
        let gates = public.saturating_add(program.len()).saturating_add(advice.len());
        check(gates)?;
        let mut table = Self {
            log_gates: u8::try_from(gates.next_power_of_two().trailing_zeros()).unwrap_or(u8::MAX),
            public,
            selectors: [(); 5].map(|()| Vec::new()),
            wires: [(); 3].map(|()| Vec::new()),
            gates,
            inputs,
            program,
            advice,
        };
        table.lay_out();
        Ok(table)
    }

    fn lay_out(&mut self) {
        let zero = Scalar::ZERO;
        let none = Definition { v: 0, w: 0, product: zero, left: zero, right: zero };
        let number = |variable: usize| u32::try_from(variable).unwrap_or(u32::MAX);
        let mut gates: Vec<(Definition, u32, Scalar, Scalar)> = Vec::with_capacity(self.gates);
        for input in 0..self.public {
            gates.push((Definition { v: number(input), left: Scalar::ONE, ..none }, 0, zero, zero));
        }
        let first = self.public;
        for (terms, variable) in self.program.iter().zip(first..) {
            gates.push((*terms, number(variable), -Scalar::ONE, zero));
        }
        for (output, variable) in self.advice.iter().zip(self.inputs..) {
            gates.push((output.terms, number(variable), -Scalar::ONE, output.constant));
        }
        gates.resize(gates.len().next_power_of_two(), (none, 0, zero, zero));
        self.selectors = [
            gates.iter().map(|(terms, ..)| terms.left).collect(),
            gates.iter().map(|(terms, ..)| terms.right).collect(),
            gates.iter().map(|(terms, ..)| terms.product).collect(),
            gates.iter().map(|(_, _, output, _)| *output).collect(),
            gates.iter().map(|(.., constant)| *constant).collect(),
        ];
        self.wires = [
            gates.iter().map(|(terms, ..)| terms.v).collect(),
            gates.iter().map(|(terms, ..)| terms.w).collect(),
            gates.iter().map(|(_, c, ..)| *c).collect(),
        ];
    }

    /// Gates in use, public inputs' among them.
    pub fn gates(&self) -> usize {
        self.gates
    }

    /// Number of public inputs that are no advice: gamma, beta, alpha, delta, r, rho, sigma, z, public integers.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Values of all variables: the inputs, the advice, then what gates define.
    ///
    /// # Errors
    /// [`EvaluationError::Inputs`]: more or fewer inputs than [`Table::inputs`].
    pub fn assign(&self, inputs: &[Scalar]) -> Result<Vec<Scalar>, EvaluationError> {
        let (expected, found) = (self.inputs, inputs.len());
        if expected != found {
            return Err(EvaluationError::Inputs { expected, found });
        }
        let mut values = inputs.to_vec();
        values.resize(self.public, Scalar::ZERO);
        for terms in &self.program {
            values.push(terms.evaluate(&values));
        }
        let advice: Vec<Scalar> =
            self.advice.iter().map(|output| output.terms.evaluate(&values) + output.constant).collect();
        values.iter_mut().skip(self.inputs).zip(advice).for_each(|(value, advice)| *value = advice);
        Ok(values)
    }

    /// The advice among the values of all variables: constant, weight, and the rows' weights but R's.
    pub fn advice<'v>(&self, values: &'v [Scalar]) -> &'v [Scalar] {
        values.get(self.inputs..self.public).unwrap_or_default()
    }

    /// The first gate that values of all variables do not satisfy; none if they satisfy all.
    pub fn violated(&self, values: &[Scalar]) -> Option<usize> {
        let value = |variable: Option<&u32>| variable.and_then(|v| values.get(place(*v))).copied();
        let [left, right, product, output, constant] = &self.selectors;
        let [a, b, c] = &self.wires;
        (self.public..left.len()).find(|gate| {
            let of = |selector: &[Scalar]| selector.get(*gate).copied().unwrap_or(Scalar::ZERO);
            let (Some(a), Some(b), Some(c)) = (value(a.get(*gate)), value(b.get(*gate)), value(c.get(*gate)))
            else {
                return true;
            };
            of(left) * a + of(right) * b + of(product) * a * b + of(output) * c + of(constant) != Scalar::ZERO
        })
    }
}

impl Definition {
    fn evaluate(&self, values: &[Scalar]) -> Scalar {
        let value = |variable: u32| values.get(place(variable)).copied().unwrap_or(Scalar::ZERO);
        let (v, w) = (value(self.v), value(self.w));
        (self.product * v + self.right) * w + self.left * v
    }
}

/// The terms of a wire: of what defines its variable, so that this needs no gate of its own where nothing else uses it.
fn output(gates: &Gates, wire: Wire) -> Output {
    let Wire { scale, variable, offset } = wire;
    let zero = Scalar::ZERO;
    let terms = match gates.definition(variable).filter(|_| scale != zero) {
        Some(Definition { v, w, product, left, right }) => {
            Definition { v, w, product: product * scale, left: left * scale, right: right * scale }
        }
        None => Definition { v: variable, w: 0, product: zero, left: scale, right: zero },
    };
    Output { terms, constant: offset }
}

fn check(found: usize) -> Result<(), EvaluationError> {
    if found > MOST_GATES { Err(EvaluationError::Gates { found, most: MOST_GATES }) } else { Ok(()) }
}

/// A variable as an index.
fn place(variable: u32) -> usize {
    usize::try_from(variable).unwrap_or(usize::MAX)
}
