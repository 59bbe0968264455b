//! A circuit from a file, and cells at random within their ranges.

use ark_bn254::G1Projective;
use ark_ec::{CurveGroup, PrimeGroup, ScalarMul};
use serde_json::Value;
use zkattest_circuit::ir::{Circuit, Region};
use zkattest_circuit::lookup::Lookups;
use zkattest_circuits::{Options, compile_scored, decode_architecture, decode_score};
use zkattest_evaluation::Index;
use zkattest_field::{G1, Scalar};
use zkattest_prover::{ProverError, Randomness};

/// What is proved, again and again. The equations do not hold: a prover does the same for true ones.
pub struct Case {
    pub name: String,
    pub circuit: Circuit,
    pub lookups: Lookups,
    /// Where proofs carry an evaluation argument.
    pub index: Option<Index>,
    pub model: Vec<i16>,
    pub data: Vec<i16>,
    pub output: Vec<i16>,
    pub witness: Vec<i16>,
    pub public: Vec<i64>,
    pub keys: Vec<Vec<u32>>,
    /// Blinders of model, data and output rows.
    pub blinders: [Vec<Scalar>; 3],
    /// Rows that were committed before; any points.
    pub committed: [Vec<G1>; 2],
}

/// Integers and scalars from a seed (splitmix64): the same proof on every machine.
pub struct Stream(pub u64);

impl Stream {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// In low..=high.
    fn between(&mut self, low: i64, high: i64) -> i64 {
        low + (self.next() % (high - low + 1).unsigned_abs()).cast_signed()
    }

    fn scalar(&mut self) -> Scalar {
        (0..4).fold(Scalar::from(0u64), |sum, _| sum * Scalar::from(u64::MAX) + Scalar::from(self.next()))
    }

    fn cells(&mut self, count: usize, low: i64, high: i64) -> Vec<i16> {
        (0..count).map(|_| self.between(low, high) as i16).collect()
    }
}

impl Randomness for Stream {
    fn fill(&mut self, out: &mut [Scalar]) -> Result<(), ProverError> {
        out.iter_mut().for_each(|slot| *slot = self.scalar());
        Ok(())
    }
}

impl Case {
    /// From a file that `benchmarks/gpu.py` wrote: an architecture, options, and what is counted.
    pub fn read(path: &str) -> Result<Self, Box<dyn std::error::Error>> {
        let file: Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
        let bytes = |field: &str| hex(file[field].as_str().unwrap_or_default());
        let number = |field: &str| file["options"][field].as_u64().ok_or(format!("{path}: no {field}"));
        let flag = |field: &str| file["options"][field].as_bool().ok_or(format!("{path}: no {field}"));
        let options = Options {
            log_row: u8::try_from(number("log_row")?)?,
            columns: u8::try_from(number("columns")?)?,
            limb_bits: u8::try_from(number("limb_bits")?)?,
            padded: flag("padded")?,
            batch: u32::try_from(number("batch")?)?,
            input_public: false,
            output_public: true,
        };
        let score = bytes("score")?;
        let score = if score.is_empty() { None } else { Some(decode_score(&score)?) };
        let architecture = decode_architecture(&bytes("architecture")?)?;
        let compiled = compile_scored(&architecture, &[], &options, score.as_ref())?;
        let evaluation = file["evaluation"].as_bool().unwrap_or_default();
        let index = if evaluation { Some(Index::of(&compiled.circuit)?) } else { None };
        let name = file["name"].as_str().unwrap_or(path).to_owned();
        Ok(Self::filled(name, compiled.circuit, compiled.lookups, index))
    }

    fn filled(name: String, circuit: Circuit, lookups: Lookups, index: Option<Index>) -> Self {
        let mut stream = Stream(1);
        let m = circuit.row_size();
        // weights and inputs of 8 bits, with sign
        let small = [Region::Model, Region::Data, Region::Output, Region::Witness];
        let mut cells = small.map(|region| stream.cells(circuit.rows_of(region) * m, -99, 99));
        for lookup in &lookups.ranges {
            let table = &circuit.tables[lookup.table as usize];
            let low = table.low - lookup.offset;
            let from = lookup.first_row as usize * m;
            let range = &mut cells[lookup.region as usize][from..from + lookup.rows as usize * m];
            range.copy_from_slice(&stream.cells(range.len(), low, low + (1i64 << table.bits) - 1));
        }
        let keys = lookups.functions.iter().map(|lookup| {
            let elements = circuit.tensors[lookup.helper as usize].elements().unwrap_or_default();
            let last = (1i64 << circuit.tables[lookup.table as usize].bits) - 1;
            (0..elements).map(|_| stream.between(0, last) as u32).collect()
        });
        let keys = keys.collect();
        let public = (0..circuit.public).map(|_| stream.between(0, 999)).collect();
        let blinders = [Region::Model, Region::Data, Region::Output]
            .map(|region| (0..circuit.rows_of(region)).map(|_| stream.scalar()).collect());
        let generator = G1Projective::generator().into_affine();
        let committed = [Region::Data, Region::Output].map(|region| vec![generator; circuit.rows_of(region)]);
        let mut take = |region: Region| std::mem::take(&mut cells[region as usize]);
        Self {
            name,
            index,
            model: take(Region::Model),
            data: take(Region::Data),
            output: take(Region::Output),
            witness: take(Region::Witness),
            public,
            keys,
            blinders,
            committed,
            circuit,
            lookups,
        }
    }

    /// A set-up string of as many powers as it needs, of a number that everybody knows.
    pub fn points(&self) -> Vec<G1> {
        let count = self.index.as_ref().map_or(0, Index::coefficients).max(self.circuit.row_size() + 1);
        let tau = Stream(7).scalar();
        let powers = std::iter::successors(Some(Scalar::from(1u64)), |power| Some(*power * tau));
        G1Projective::generator().batch_mul(&powers.take(count).collect::<Vec<_>>())
    }

    /// Cells of small rows.
    pub fn small_cells(&self) -> usize {
        self.model.len() + self.data.len() + self.output.len() + self.witness.len()
    }
}

fn hex(text: &str) -> Result<Vec<u8>, String> {
    let digit = |at: usize| u8::from_str_radix(text.get(at..at + 2).unwrap_or_default(), 16);
    (0..text.len()).step_by(2).map(digit).collect::<Result<_, _>>().map_err(|error| error.to_string())
}
