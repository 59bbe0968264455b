//! Models with the Python executor's traces; `data/generate.py` wrote them.
#![allow(dead_code, reason = "each test program uses a part")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::Value;
use zkattest_circuits::{Compiled, Trace, Witness};

/// Input; accumulators and outputs by node.
type Sample = (Vec<i64>, Vec<Vec<i64>>, Vec<Vec<i64>>);

pub struct Golden {
    pub architecture: Vec<u8>,
    pub operators: Vec<String>,
    pub tables: Vec<Vec<i32>>,
    pub constants: Vec<Vec<i64>>,
    /// Input, accumulators and outputs of each.
    pub samples: Vec<Sample>,
}

fn integers(value: &Value) -> Vec<i64> {
    value.as_array().unwrap().iter().map(|entry| entry.as_i64().unwrap()).collect()
}

fn lists(value: &Value) -> Vec<Vec<i64>> {
    value.as_array().unwrap().iter().map(integers).collect()
}

fn golden(text: &str) -> Golden {
    let document: Value = serde_json::from_str(text).unwrap();
    let hex = document["architecture"].as_str().unwrap();
    let bytes = (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap());
    let narrow = |entries: Vec<i64>| entries.iter().map(|entry| i32::try_from(*entry).unwrap()).collect();
    Golden {
        architecture: bytes.collect(),
        operators: document["operators"]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap().to_owned())
            .collect(),
        tables: lists(&document["tables"]).into_iter().map(narrow).collect(),
        constants: lists(&document["constants"]),
        samples: document["samples"]
            .as_array()
            .unwrap()
            .iter()
            .map(|sample| {
                (integers(&sample["input"]), lists(&sample["accumulators"]), lists(&sample["outputs"]))
            })
            .collect(),
    }
}

pub fn models() -> [Golden; 2] {
    [golden(include_str!("../data/image.json")), golden(include_str!("../data/sequence.json"))]
}

impl Golden {
    /// The model's cells and the witness of the first samples.
    pub fn fill(&self, compiled: &Compiled) -> (Vec<i16>, Witness) {
        let constants: Vec<&[i64]> = self.constants.iter().map(Vec::as_slice).collect();
        let model = compiled.model_cells(&constants).unwrap();
        let traces: Vec<Trace<'_>> = self
            .samples
            .iter()
            .take(compiled.options.batch as usize)
            .map(|(input, accumulators, outputs)| Trace {
                input,
                accumulators: accumulators.iter().map(Vec::as_slice).collect(),
                outputs: outputs.iter().map(Vec::as_slice).collect(),
            })
            .collect();
        (model, compiled.witness(&traces).unwrap())
    }
}
