//! The protocol once more, as slowly and literally as it can be written: dense weights from the definitions,
//! sum-checks by summation over the cube, polynomials as lists of coefficients, commitments with a known tau.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test uses a part; a failed conversion fails the test"
)]

pub mod instance;

pub use crate::common::{Random, entry, eq};

use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, Field};
use zkattest_circuit::ir::*;
use zkattest_circuit::{Challenges, index};
use zkattest_field::{G1, G2, Scalar, encode};
use zkattest_transcript::Oracle;

/// Weights of cells, numbered through all rows, and a constant.
pub struct Dense {
    pub cells: Vec<Scalar>,
    pub constant: Scalar,
}

impl Dense {
    pub fn zero(circuit: &Circuit) -> Self {
        Self { cells: vec![Scalar::ZERO; circuit.row_count() * circuit.row_size()], constant: Scalar::ZERO }
    }

    /// Adds weight * form, element by element.
    pub fn add(
        &mut self,
        circuit: &Circuit,
        form: &Form,
        challenges: &Challenges,
        variables: usize,
        public: &[i64],
        weight: Scalar,
    ) {
        let unit = match form.unit {
            Unit::One => Scalar::ONE,
            Unit::Gamma => challenges.gamma,
            Unit::Beta => challenges.beta,
        };
        let values = |vector: &Vector| -> Vec<Scalar> {
            (0..vector.size).map(|i| entry(circuit, vector, challenges, variables, i)).collect()
        };
        let mut scale = weight * unit * Scalar::from(form.coefficient);
        for group in form.groups.iter().filter(|group| group.axes == 0) {
            scale *= values(&group.vector).iter().sum::<Scalar>();
        }
        let Some(tensor) = form.tensor else {
            self.constant += scale;
            return;
        };
        let tensor = &circuit.tensors[index(tensor)];
        // All elements: (cell, product so far), one axis after the other; a group's vector comes in with its last.
        let groups: Vec<_> =
            form.groups.iter().filter(|group| group.axes > 0).map(|g| (g.axes, values(&g.vector))).collect();
        let stride = |axis: usize| -> u64 {
            tensor.axes[axis + 1..].iter().map(|axis| u64::from(axis.allotted)).product()
        };
        let mut elements = vec![(tensor.base, scale)];
        let mut axis = 0;
        for (axes, vector) in groups {
            let own = axis..axis + usize::from(axes);
            axis = own.end;
            let mut places = vec![0u64];
            for a in own {
                let size = u64::from(tensor.axes[a].size);
                places = places.iter().flat_map(|p| (0..size).map(move |i| p + i * stride(a))).collect();
            }
            elements = elements
                .iter()
                .flat_map(|(cell, value)| {
                    places.iter().zip(&vector).map(move |(p, v)| (cell + p, *value * v))
                })
                .collect();
        }
        let first = u64::try_from(circuit.first_row(tensor.region) * circuit.row_size()).unwrap();
        for (cell, value) in elements {
            if tensor.region == Region::Public {
                self.constant += value * Scalar::from(public[usize::try_from(cell).unwrap()]);
            } else {
                self.cells[usize::try_from(first + cell).unwrap()] += value;
            }
        }
    }

    pub fn value(&self, cells: &[Scalar]) -> Scalar {
        self.constant + self.cells.iter().zip(cells).map(|(weight, cell)| *weight * cell).sum::<Scalar>()
    }
}

/// Coefficients of the polynomial of degree below `values.len()` with these values at 0, 1, 2, ..
fn interpolate(values: &[Scalar]) -> Vec<Scalar> {
    let mut coefficients = vec![Scalar::ZERO; values.len()];
    for (i, value) in values.iter().enumerate() {
        let mut basis = vec![*value];
        for j in (0..values.len()).filter(|j| *j != i) {
            let at = |k: usize| Scalar::from(u64::try_from(k).unwrap());
            let scale = (at(i) - at(j)).inverse().unwrap();
            basis = product(&basis, &[-at(j) * scale, scale]);
        }
        coefficients.iter_mut().zip(&basis).for_each(|(sum, c)| *sum += c);
    }
    coefficients
}

pub fn product(a: &[Scalar], b: &[Scalar]) -> Vec<Scalar> {
    let mut out = vec![Scalar::ZERO; a.len() + b.len() - 1];
    for (i, x) in a.iter().enumerate() {
        for (j, y) in b.iter().enumerate() {
            out[i + j] += *x * y;
        }
    }
    out
}

pub fn evaluate(polynomial: &[Scalar], x: Scalar) -> Scalar {
    polynomial.iter().rev().fold(Scalar::ZERO, |value, c| value * x + c)
}

/// Quotient and remainder by X^step - at.
fn divide(polynomial: &[Scalar], step: usize, at: Scalar) -> (Vec<Scalar>, Vec<Scalar>) {
    let mut rest = polynomial.to_vec();
    let mut quotient = vec![Scalar::ZERO; rest.len().saturating_sub(step).max(1)];
    for i in (step..rest.len()).rev() {
        let leading = std::mem::replace(&mut rest[i], Scalar::ZERO);
        quotient[i - step] = leading;
        rest[i - step] += leading * at;
    }
    rest.truncate(step);
    (quotient, rest)
}

fn add(sum: &mut Vec<Scalar>, scale: Scalar, polynomial: &[Scalar]) {
    sum.resize(sum.len().max(polynomial.len()), Scalar::ZERO);
    sum.iter_mut().zip(polynomial).for_each(|(sum, c)| *sum += scale * c);
}

/// sum_i sum_k a_ik (x_i^k - 1/2).
fn mask(a: &[Scalar], degree: usize, x: &[Scalar]) -> Scalar {
    let half = Scalar::from(2u64).inverse().unwrap();
    let terms = x.iter().zip(a.chunks(degree));
    terms.flat_map(|(x, a)| a.iter().zip(1u64..).map(move |(a, k)| *a * (x.pow([k]) - half))).sum()
}

/// All points of {0, 1}^n in order.
fn cube(n: usize) -> Vec<Vec<Scalar>> {
    (0u64..1 << n).map(|i| (0..n).rev().map(|bit| Scalar::from((i >> bit) & 1)).collect()).collect()
}

/// What a slow prover writes.
pub struct Writer<'a> {
    pub oracle: &'a mut dyn Oracle,
    pub bytes: Vec<u8>,
    pub tau: Scalar,
}

impl Writer<'_> {
    fn send(&mut self, message: Vec<u8>) {
        self.oracle.absorb(&message);
        self.bytes.extend(message);
    }

    fn scalars(&mut self, scalars: &[Scalar]) {
        self.send(scalars.iter().flat_map(encode).collect());
    }

    pub fn commit(&self, polynomial: &[Scalar]) -> G1 {
        (G1::generator() * evaluate(polynomial, self.tau)).into_affine()
    }

    fn points(&mut self, polynomials: &[&[Scalar]]) {
        let points = polynomials.iter().map(|polynomial| self.commit(polynomial));
        self.send(points.flat_map(|p| [encode(&p.x), encode(&p.y)].concat()).collect());
    }

    /// Sum-check over the cube of n variables of a function of one degree.
    fn sumcheck(&mut self, n: usize, degree: usize, f: &dyn Fn(&[Scalar]) -> Scalar) -> Vec<Scalar> {
        let mut point: Vec<Scalar> = Vec::new();
        for round in 0..n {
            let values: Vec<Scalar> = (0..=degree)
                .map(|x| {
                    let x = Scalar::from(u64::try_from(x).unwrap());
                    cube(n - round - 1).iter().map(|rest| f(&[&point[..], &[x], rest].concat())).sum()
                })
                .collect();
            let mut coefficients = interpolate(&values);
            coefficients.remove(1);
            self.scalars(&coefficients);
            point.push(self.oracle.draw());
        }
        point
    }

    /// Mercury's opening of F, degree m at most, at z.
    fn open(&mut self, f: &[Scalar], z: &[Scalar]) {
        let c = z.len();
        let (b1, b2) = (1usize << c.div_ceil(2), 1usize << (c / 2));
        let (z_high, z_low) = z.split_at(c / 2);
        let weights =
            |point: &[Scalar]| -> Vec<Scalar> { (0..1u64 << point.len()).map(|i| eq(point, i)).collect() };
        let (low, high) = (weights(z_low), weights(z_high));
        let mut h = vec![Scalar::ZERO; b2 + 1];
        for (x, value) in f.iter().enumerate() {
            h[x / b1] += low[x % b1] * value;
        }
        self.points(&[&h]);
        let zeta = self.oracle.draw();
        let (q, g) = divide(f, b1, zeta);
        self.points(&[&q, &g]);
        let eta = self.oracle.draw();
        // Laurent: f(X) p(1/X) + f(1/X) p(X) is symmetric; X s(X) is its part of positive powers.
        let mut s = vec![Scalar::ZERO; b1 + b2];
        for (scale, f, p) in [(Scalar::ONE, &g, &low), (eta, &h, &high)] {
            for (i, x) in f.iter().enumerate() {
                for (j, y) in p.iter().enumerate().filter(|(j, _)| *j != i) {
                    s[i.abs_diff(j) - 1] += scale * x * y;
                }
            }
        }
        let mut d = g.clone();
        d.reverse();
        self.points(&[&s, &d]);
        let omega = self.oracle.draw();
        let inverse = omega.inverse().unwrap_or_default();
        let at = |p: &[Scalar]| [evaluate(p, omega), evaluate(p, inverse)];
        self.scalars(&[&at(&g)[..], &at(&h), &at(&s), &[evaluate(&h, zeta)]].concat());
        let nu = self.oracle.draw();
        // T_0 at omega, T_1 at omega and 1/omega, T_2 at all three points.
        let mut t_0 = f.to_vec();
        add(&mut t_0, zeta - omega.pow([u64::try_from(b1).unwrap()]), &q);
        add(&mut t_0, nu.pow([4]), &d);
        let mut t_1 = Vec::new();
        add(&mut t_1, nu, &g);
        add(&mut t_1, nu.pow([3]), &s);
        let mut t_2 = Vec::new();
        add(&mut t_2, nu.square(), &h);
        let opened = [(t_0, vec![omega]), (t_1, vec![omega, inverse]), (t_2, vec![omega, inverse, zeta])];
        let mut w = vec![Scalar::ZERO];
        for (t, points) in &opened {
            add(&mut w, Scalar::ONE, &points.iter().fold(t.clone(), |t, x| divide(&t, 1, *x).0));
        }
        self.points(&[&w]);
        let xi = self.oracle.draw();
        let mut dividend = Vec::new();
        for (t, points) in &opened {
            // 0 for what has no inverse: such proofs are refused.
            let scale = points[1..].iter().map(|x| (xi - x).inverse().unwrap_or_default()).product();
            add(&mut dividend, scale, t);
        }
        add(&mut dividend, omega - xi, &w);
        self.points(&[&divide(&dividend, 1, xi).0]);
    }
}

/// Cells.
pub type Row = Vec<Scalar>;

/// A circuit with cells that satisfy it.
pub struct Instance {
    pub circuit: Circuit,
    pub public: Vec<i64>,
    /// Rows of regions 0 to 4, m cells each.
    pub rows: Vec<Row>,
    /// Rows of region 6 at gamma and beta.
    pub helpers: fn(&Circuit, &[Row], Scalar, Scalar) -> Vec<Row>,
}

/// What a verifier is given.
#[derive(Clone)]
pub struct Proven {
    pub model: Vec<G1>,
    pub tau: G2,
    pub proof: Vec<u8>,
}

/// Proves, with masks and blinders from `random`.
pub fn prove(instance: &Instance, oracle: &mut dyn Oracle, random: &mut Random) -> Proven {
    let Instance { circuit, public, .. } = instance;
    let m = circuit.row_size();
    let tau = random.scalar();
    let mut writer = Writer { oracle, bytes: Vec::new(), tau };

    let layout = circuit.mask_layout();
    let mut masks = vec![Scalar::ZERO; m];
    for cell in (0..layout.pads.end).chain(layout.free.iter().copied()) {
        masks[cell] = random.scalar();
    }
    let mut zero_sum = random.scalars(m);
    let sum = zero_sum[..m - 1].iter().sum::<Scalar>()
        + masks.iter().zip(0u64..).map(|(cell, j)| *cell * Scalar::from(j)).sum::<Scalar>();
    zero_sum[m - 1] = -sum;

    let mut rows = instance.rows.clone();
    rows.extend([masks.clone(), zero_sum]);
    rows.iter_mut().for_each(|row| row.push(random.scalar()));
    let model = circuit.rows_of(Region::Model);
    let slices = |rows: &[Vec<Scalar>]| -> Vec<Vec<Scalar>> { rows.to_vec() };
    let early = slices(&rows[model..]);
    writer.points(&early.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let (gamma, beta) = (writer.oracle.draw(), writer.oracle.draw());
    let mut helpers = (instance.helpers)(circuit, &instance.rows, gamma, beta);
    helpers.iter_mut().for_each(|row| row.push(random.scalar()));
    writer.points(&helpers.iter().map(Vec::as_slice).collect::<Vec<_>>());
    rows.extend(helpers);
    let r = (0..circuit.r_len).map(|_| writer.oracle.draw()).collect();
    let alpha = writer.oracle.draw();
    let cells: Vec<Scalar> = rows.iter().flat_map(|row| row[..m].to_vec()).collect();
    let challenges = Challenges { gamma, beta, r, rho: Vec::new() };

    let mut right = Dense::zero(circuit);
    for (statement, k) in circuit.statements.iter().zip(0u64..) {
        for form in &statement.forms {
            right.add(circuit, form, &challenges, 0, public, alpha.pow([k]));
        }
    }
    writer.scalars(&[masks[layout.mu_s] + right.value(&cells)]);

    let (n1, n2, most) = (circuit.rounds_1(), circuit.rounds_2(), circuit.factors());
    let functional = |factor: u32, rho: &[Scalar]| -> Dense {
        let functional = &circuit.functionals[index(factor)];
        let at = Challenges { rho: rho.to_vec(), ..challenges.clone() };
        let mut dense = Dense::zero(circuit);
        for form in &functional.forms {
            dense.add(circuit, form, &at, usize::from(functional.variables), public, Scalar::ONE);
        }
        dense
    };
    let half = Scalar::from(2u64).inverse().unwrap();
    let weights: Vec<Scalar> = circuit
        .terms
        .iter()
        .map(|term| {
            let variables = circuit.functionals[index(term.factors[0])].variables;
            alpha.pow([u64::from(term.statement)])
                * Scalar::from(term.coefficient)
                * half.pow([u64::try_from(n1).unwrap() - u64::from(variables)])
        })
        .collect();
    let constant = masks[layout.mu_s] * half.pow([u64::try_from(n1).unwrap()]);
    let linear = |x: &[Scalar]| mask(&masks[layout.g1.clone()], most, x) + constant;
    let rho = writer.sumcheck(n1, most, &|x| {
        let terms = circuit.terms.iter().zip(&weights).map(|(term, weight)| {
            *weight * term.factors.iter().map(|f| functional(*f, x).value(&cells)).product::<Scalar>()
        });
        terms.sum::<Scalar>() + linear(x)
    });

    let count = circuit.terms.len();
    let entries = |j: usize, x: &dyn Fn(u64) -> Scalar| -> Scalar {
        let terms = circuit.terms.iter().zip(0u64..).map(|(term, k)| {
            x(k) * term.factors.get(j).map_or(Scalar::ONE, |f| functional(*f, &rho).value(&cells))
        });
        let k = u64::try_from(count).unwrap();
        let own = if j == 0 { linear(&rho) } else { Scalar::ONE };
        terms.sum::<Scalar>() + x(k) * own + x(k + 1) * masks[layout.pads.start + j]
    };
    let sigma = writer.sumcheck(n2, most + 1, &|x| {
        let weight = weights.iter().zip(0u64..).map(|(weight, k)| *weight * eq(x, k)).sum::<Scalar>()
            + eq(x, u64::try_from(count).unwrap());
        weight * (0..most).map(|j| entries(j, &|k| eq(x, k))).product::<Scalar>()
            + mask(&masks[layout.g2.clone()], most + 1, x)
    });
    let u: Vec<Scalar> = (0..most).map(|j| entries(j, &|k| eq(&sigma, k))).collect();
    writer.scalars(&u);
    let delta = writer.oracle.draw();

    // All claims, cell by cell.
    let mut all = Dense::zero(circuit);
    let first = circuit.first_row(Region::Mask) * m;
    for (j, value) in (0..m).zip(0u64..) {
        all.cells[first + j] += Scalar::from(value);
        all.cells[first + m + j] += Scalar::ONE;
    }
    add(&mut all.cells, delta, &right.cells);
    all.cells[first + layout.mu_s] += delta;
    for j in 0..most {
        let scale = delta.pow([u64::try_from(j).unwrap() + 2]);
        for (term, k) in circuit.terms.iter().zip(0u64..) {
            if let Some(factor) = term.factors.get(j) {
                add(&mut all.cells, scale * eq(&sigma, k), &functional(*factor, &rho).cells);
            }
        }
        let k = u64::try_from(count).unwrap();
        all.cells[first + layout.pads.start + j] += scale * eq(&sigma, k + 1);
        if j == 0 {
            let scale = scale * eq(&sigma, k);
            let basis = rho.iter().flat_map(|x| (1..=most).map(move |k| (x, u64::try_from(k).unwrap())));
            for (cell, (x, k)) in layout.g1.clone().zip(basis) {
                all.cells[first + cell] += scale * (x.pow([k]) - half);
            }
            all.cells[first + layout.mu_s] += scale * half.pow([u64::try_from(n1).unwrap()]);
        }
    }
    let last = delta.pow([u64::try_from(most).unwrap() + 2]);
    let basis = sigma.iter().flat_map(|x| (1..=most + 1).map(move |k| (x, u64::try_from(k).unwrap())));
    for (cell, (x, k)) in layout.g2.clone().zip(basis) {
        all.cells[first + cell] += last * (x.pow([k]) - half);
    }
    let at = |table: &[Scalar], x: &[Scalar]| -> Scalar {
        table.iter().zip(0u64..).map(|(cell, i)| *cell * eq(x, i)).sum()
    };
    let weights: Vec<&[Scalar]> = all.cells.chunks(m).collect();
    let z = writer.sumcheck(usize::from(circuit.log_row), 2, &|x| {
        weights.iter().zip(&rows).map(|(weights, row)| at(weights, x) * at(&row[..m], x)).sum()
    });
    let mut f = vec![Scalar::ZERO; m + 1];
    for (weights, row) in weights.iter().zip(&rows) {
        add(&mut f, at(weights, &z), row);
    }
    writer.open(&f, &z);
    Proven {
        model: rows[..model].iter().map(|row| writer.commit(row)).collect(),
        tau: (G2::generator() * tau).into_affine(),
        proof: writer.bytes,
    }
}
