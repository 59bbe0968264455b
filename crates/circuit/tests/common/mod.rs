//! What tests share: a generator, the definitions of vectors taken literally, random circuits.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test uses a part; a failed conversion fails the test"
)]

use std::ops::Range;

use ark_ff::{AdditiveGroup, Field};
use zkattest_circuit::ir::*;
use zkattest_circuit::{Challenges, index};
use zkattest_field::Scalar;

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform enough below `bound`.
    pub fn below(&mut self, bound: u32) -> u32 {
        u32::try_from(self.word() % u64::from(bound)).unwrap()
    }

    pub fn scalar(&mut self) -> Scalar {
        let base = Scalar::from(u64::MAX) + Scalar::ONE;
        (0..4).fold(Scalar::ZERO, |sum, _| sum * base + Scalar::from(self.word()))
    }

    pub fn scalars(&mut self, count: usize) -> Vec<Scalar> {
        (0..count).map(|_| self.scalar()).collect()
    }
}

/// eq(point, i), bit by bit.
pub fn eq(point: &[Scalar], i: u64) -> Scalar {
    let mut product = Scalar::ONE;
    for (a, t) in point.iter().enumerate() {
        let bit = i.checked_shr(u32::try_from(point.len() - 1 - a).unwrap()).unwrap_or(0) & 1;
        product *= if bit == 1 { *t } else { Scalar::ONE - t };
    }
    product
}

fn coordinates(slice: Slice, challenges: &Challenges, variables: usize) -> Vec<Scalar> {
    let point = match slice.point {
        Point::R => challenges.r.clone(),
        Point::Rho => challenges.rho[challenges.rho.len() - variables..].to_vec(),
    };
    point[usize::from(slice.offset)..usize::from(slice.offset) + usize::from(slice.len)].to_vec()
}

/// Entry i of a vector, from the definitions of its factors.
pub fn entry(
    circuit: &Circuit,
    vector: &Vector,
    challenges: &Challenges,
    variables: usize,
    i: u32,
) -> Scalar {
    let mut product = Scalar::ONE;
    for Factor { div, modulus, kind } in &vector.factors {
        let j = (i / div) % modulus;
        let place = |o: u32, stride: &i64, d: u32, dilation: &i64, offset: &i64| {
            i64::from(o) * stride + i64::from(d) * dilation + offset
        };
        product *= match kind {
            Kind::Eq(slice) => eq(&coordinates(*slice, challenges, variables), u64::from(j)),
            Kind::Affine { slice, from, to, taps, stride, dilation, offset } => {
                let t = coordinates(*slice, challenges, variables);
                let pairs = (*from..*to).flat_map(|o| (0..*taps).map(move |d| (o, d)));
                pairs
                    .filter(|(o, d)| place(*o, stride, *d, dilation, offset) == i64::from(j))
                    .map(|(o, _)| eq(&t, u64::from(o)))
                    .sum()
            }
            Kind::Window { output, input, outputs, inputs, stride, dilation, offset } => {
                let (t, s) =
                    (coordinates(*output, challenges, variables), coordinates(*input, challenges, variables));
                (0..*outputs)
                    .filter_map(|o| {
                        let u = place(o, stride, j, dilation, offset);
                        let inside = 0 <= u && u < i64::from(*inputs);
                        inside.then(|| eq(&t, u64::from(o)) * eq(&s, u.unsigned_abs()))
                    })
                    .sum()
            }
            Kind::Constants(values) => Scalar::from(values[index(j)]),
            Kind::Table(table) => {
                let table = &circuit.tables[index(*table)];
                let key = challenges.gamma + Scalar::from(table.low) + Scalar::from(j);
                match &table.images {
                    None => key,
                    Some(images) => key + challenges.beta * Scalar::from(images[index(j)]),
                }
            }
        };
    }
    product
}

impl Random {
    fn between(&mut self, low: i64, high: i64) -> i64 {
        low + i64::from(self.below(u32::try_from(high - low).unwrap() + 1))
    }

    fn coin(&mut self) -> bool {
        self.word() & 1 == 1
    }

    fn int(&mut self) -> i128 {
        let wide = (i128::from(self.word()) << 36) ^ i128::from(self.word());
        if self.coin() { wide } else { -wide >> self.below(90) }
    }
}

/// Challenges for functionals of at most `variables` variables.
pub fn challenges(circuit: &Circuit, variables: usize, random: &mut Random) -> Challenges {
    Challenges {
        gamma: random.scalar(),
        beta: random.scalar(),
        r: random.scalars(usize::from(circuit.r_len)),
        rho: random.scalars(variables),
    }
}

/// Coordinates of r in random circuits.
const R_LEN: u8 = 12;
/// Variables of functionals in random circuits: what masks have room for at 2^6 cells.
pub const VARIABLES: u8 = 3;

/// Coordinates that a form may still use.
#[derive(Clone)]
pub struct Unused {
    pub r: Range<u8>,
    pub rho: Range<u8>,
}

impl Unused {
    /// All of r, and as many of rho.
    pub fn all(variables: u8) -> Self {
        Self { r: 0..R_LEN, rho: 0..variables }
    }

    fn take(&mut self, point: Point, len: u8) -> Slice {
        let unused = match point {
            Point::R => &mut self.r,
            Point::Rho => &mut self.rho,
        };
        let offset = unused.start;
        unused.start += len;
        Slice { point, offset, len }
    }

    fn take_any(&mut self, point: Point, random: &mut Random) -> Slice {
        let unused = match point {
            Point::R => &self.r,
            Point::Rho => &self.rho,
        };
        let most = u32::try_from(unused.len()).unwrap();
        let len = u8::try_from(random.below(most + 1)).unwrap();
        self.take(point, len)
    }
}

/// A factor of a vector of `size` entries.
fn factor(random: &mut Random, size: u32, unused: &mut Unused) -> Factor {
    let small = |random: &mut Random, len: u8, most: u32| 1 + random.below(most.min(1 << len));
    let div = 1 + random.below(4);
    let modulus = small(random, 31, 2 * size);
    // A statement has no rho: neither kind 2 nor 4.
    let kind = match random.below(8) {
        2 | 4 if unused.rho.end == 0 => 0,
        kind => kind,
    };
    let (modulus, kind) = match kind {
        0..=2 => {
            let slice = unused.take_any(if kind == 2 { Point::Rho } else { Point::R }, random);
            let modulus = small(random, slice.len, 2 * size);
            let power = modulus.next_power_of_two().min(1 << slice.len);
            (if random.coin() { power } else { modulus }, Kind::Eq(slice))
        }
        3 => {
            let slice = unused.take_any(Point::R, random);
            let to = small(random, slice.len, 50);
            let kind = Kind::Affine {
                slice,
                from: random.below(to + 1),
                to,
                taps: 1 + random.below(4),
                stride: random.between(-3, 3),
                dilation: random.between(-3, 3),
                offset: random.between(-10, 20),
            };
            (modulus, kind)
        }
        4 => {
            let output = unused.take_any(Point::R, random);
            let input = unused.take_any(Point::Rho, random);
            let kind = Kind::Window {
                output,
                input,
                outputs: small(random, output.len, 20),
                inputs: small(random, input.len, 20),
                stride: random.between(-3, 3),
                dilation: random.between(-3, 3),
                offset: random.between(-10, 10),
            };
            (modulus, kind)
        }
        5 => (modulus, Kind::Constants((0..modulus).map(|_| random.int()).collect())),
        6 => (8, Kind::Table(0)),
        _ => (16, Kind::Table(1)),
    };
    let power = if random.coin() { 1 << random.below(3) } else { div };
    Factor { div: power, modulus, kind }
}

/// A vector. Every second one is made of whole bits.
pub fn vector(random: &mut Random, size: u32, unused: &mut Unused) -> Vector {
    let whole = random.coin();
    let factors = (0..random.below(4)).map(|_| {
        let before = unused.clone();
        let mut factor = factor(random, size, unused);
        if whole && !matches!(factor.kind, Kind::Eq(_) | Kind::Table(0)) && random.coin() {
            let modulus = 1 << random.below(4);
            let values = (0..modulus).map(|_| random.int()).collect();
            *unused = before;
            factor = Factor { div: 1 << random.below(6), modulus, kind: Kind::Constants(values) };
        } else if whole && !matches!(factor.kind, Kind::Eq(_) | Kind::Table(0)) {
            *unused = before;
            let bits = u8::try_from(size.next_power_of_two().trailing_zeros()).unwrap();
            let len = bits.min(u8::try_from(unused.r.len()).unwrap());
            let slice = unused.take(Point::R, len);
            factor = Factor { div: 1, modulus: 1 << len, kind: Kind::Eq(slice) };
        }
        factor
    });
    Vector { size, factors: factors.collect() }
}

fn form(random: &mut Random, tensors: &[Tensor], mut unused: Unused) -> Form {
    let tensor = random.below(u32::try_from(tensors.len()).unwrap() + 1).checked_sub(1);
    let axes = tensor.map(|tensor| tensors[index(tensor)].axes.clone()).unwrap_or_default();
    let mut groups = Vec::new();
    let mut rest = axes.as_slice();
    while !rest.is_empty() {
        let most = u32::try_from(rest.len()).unwrap();
        let own = if random.coin() { 1 } else { 1 + random.below(most) };
        let size = rest[..index(own)].iter().map(|axis| axis.size).product();
        groups.push(Group { axes: u8::try_from(own).unwrap(), vector: vector(random, size, &mut unused) });
        rest = &rest[index(own)..];
    }
    for _ in 0..random.below(3) {
        let size = 1 + random.below(20);
        let place = index(random.below(u32::try_from(groups.len()).unwrap() + 1));
        groups.insert(place, Group { axes: 0, vector: vector(random, size, &mut unused) });
    }
    let unit = [Unit::One, Unit::Gamma, Unit::Beta][index(random.below(3))];
    Form { coefficient: random.int(), unit, tensor, groups }
}

/// A tensor of at most about 600 cells, in a region of `cells`; odd sizes, roomy axes, axes longer than rows.
fn tensor(random: &mut Random, region: Region, cells: u32, log_row: u8) -> Tensor {
    loop {
        let axes: Vec<Axis> = (0..random.below(5))
            .map(|_| {
                let most = [1, 3, 8, 20, 200][index(random.below(5))];
                let size = 1 + random.below(most);
                let room = if random.coin() { size.next_power_of_two() } else { size + random.below(3) };
                Axis { size, allotted: room }
            })
            .collect();
        let mut tensor = Tensor { region, base: 0, axes };
        let block = 1u64 << tensor.log_inner(log_row);
        let (Some(last), Some(elements)) = (tensor.last_cell(), tensor.elements()) else {
            continue;
        };
        if last >= u64::from(cells) || elements > 600 {
            continue;
        }
        let places = (u64::from(cells) - 1 - last) / block + 1;
        tensor.base = block * u64::from(random.below(u32::try_from(places).unwrap()));
        return tensor;
    }
}

/// A valid circuit. What it states is false.
pub fn circuit(random: &mut Random) -> Circuit {
    let log_row = u8::try_from(6 + random.below(3)).unwrap();
    circuit_of(random, log_row)
}

/// A valid circuit with rows of 2^log_row cells.
pub fn circuit_of(random: &mut Random, log_row: u8) -> Circuit {
    let mut rows = [0u32; ROW_REGIONS];
    rows.iter_mut().for_each(|rows| *rows = 1 + random.below(12));
    rows[5] = 2;
    let public = 700;
    let images = (0..16).map(|_| i32::try_from(random.between(-1000, 1000)).unwrap()).collect();
    let tables = vec![
        Table { bits: 3, low: random.between(-9, 9), images: None },
        Table { bits: 4, low: random.between(-9, 9), images: Some(images) },
    ];
    let regions: Vec<Region> = Region::WITH_ROWS
        .into_iter()
        .chain([Region::Public])
        .filter(|region| *region != Region::Mask)
        .collect();
    let tensors: Vec<Tensor> = (0..6)
        .map(|_| {
            let region = regions[index(random.below(7))];
            let cells = rows.get(usize::from(region as u8)).map_or(public, |rows| rows << log_row);
            tensor(random, region, cells, log_row)
        })
        .collect();
    let mut forms = |r: Range<u8>, variables: u8| -> Vec<Form> {
        (0..random.below(5))
            .map(|_| form(random, &tensors, Unused { r: r.clone(), rho: 0..variables }))
            .collect()
    };
    // The first can be a factor as often as a term likes, the last two share r.
    let of_r = [0..0, 0..R_LEN, 0..R_LEN / 2, R_LEN / 2..R_LEN];
    let functionals: Vec<Functional> = of_r
        .into_iter()
        .zip([VARIABLES, VARIABLES, VARIABLES - 1, VARIABLES - 1])
        .map(|(r, variables)| Functional { variables, forms: forms(r, variables) })
        .collect();
    let statements: Vec<Statement> = (0..3).map(|_| Statement { forms: forms(0..R_LEN, 0) }).collect();
    let terms = [vec![0, 1], vec![1], vec![2, 3], vec![3], vec![0, 0]].map(|factors| Term {
        statement: random.below(3),
        coefficient: random.int(),
        factors,
    });
    Circuit {
        log_row,
        r_len: R_LEN,
        rows,
        public,
        tables,
        tensors,
        functionals,
        statements,
        terms: terms.to_vec(),
    }
}
