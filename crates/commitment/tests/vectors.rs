//! The golden vectors of `tests/vectors/commitment`, written by the Python specification.

#![allow(clippy::unwrap_used, reason = "a failing test panics")]

use serde_json::Value;
use zkattest_commitment::identity::{Kind, identity};
use zkattest_commitment::row::{Rows, decode_blinders};
use zkattest_commitment::srs::points::encode_g1;
use zkattest_commitment::srs::source::Source;
use zkattest_commitment::{Layout, Srs, SrsError, TensorShape};

fn vectors() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/commitment/cases.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn cases(kind: &str) -> Vec<Value> {
    let all = vectors()["cases"].as_array().unwrap().clone();
    let chosen: Vec<_> = all.into_iter().filter(|case| case["type"] == kind).collect();
    assert!(chosen.len() > 3, "the file holds {kind} cases");
    chosen
}

fn unhex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read(bytes: Vec<u8>) -> Result<Srs, SrsError> {
    Srs::read(&mut Source::new(std::io::Cursor::new(bytes))?)
}

fn tensors(case: &Value) -> Vec<TensorShape> {
    let entries = case["tensors"].as_array().unwrap();
    let shape = |value: &Value| value.as_array().unwrap().iter().map(|size| size.as_u64().unwrap()).collect();
    entries
        .iter()
        .map(|entry| TensorShape {
            name: entry[0].as_str().unwrap().into(),
            shape: shape(&entry[1]),
            group: entry[2].as_u64().unwrap().try_into().unwrap(),
        })
        .collect()
}

#[test]
fn layouts() {
    for case in cases("layout") {
        let found = Layout::pack(case["row_size"].as_u64().unwrap(), tensors(&case));
        if case["expected"].is_null() {
            assert!(found.is_err(), "{}", case["name"]);
            continue;
        }
        let found = found.unwrap();
        let places: Vec<_> =
            found.places().iter().map(|place| vec![place.row, place.offset, place.inner]).collect();
        assert_eq!(serde_json::to_value(places).unwrap(), case["expected"]["places"], "{}", case["name"]);
        assert_eq!(found.rows(), case["expected"]["rows"].as_u64().unwrap());
        assert_eq!(hex(&found.digest()), case["expected"]["digest"].as_str().unwrap());
    }
}

#[test]
fn rows() {
    let srs = read(unhex(&vectors()["srs"])).unwrap();
    srs.check("vectors").unwrap();
    for case in cases("row") {
        let cells: Vec<i64> =
            case["cells"].as_array().unwrap().iter().map(|cell| cell.as_i64().unwrap()).collect();
        let m = cells.len() as u64;
        let layout =
            Layout::pack(m, vec![TensorShape { name: "row".into(), shape: vec![m], group: 0 }]).unwrap();
        let rows = Rows::new(layout, vec![cells]).unwrap();
        let found =
            decode_blinders(&unhex(&case["blinder"]), 1).and_then(|blinders| rows.commit(&srs, 0, &blinders));
        match case["expected"].as_str() {
            Some(expected) => assert_eq!(hex(&encode_g1(&found.unwrap()[0])), expected, "{}", case["name"]),
            None => assert!(found.is_err(), "{}", case["name"]),
        }
    }
}

#[test]
fn commitments() {
    let srs = read(unhex(&vectors()["srs"])).unwrap();
    for case in cases("commitment") {
        let row_size = case["row_size"].as_u64().unwrap();
        let layout = Layout::pack(row_size, tensors(&case)).unwrap();
        let values: Vec<Vec<i64>> = serde_json::from_value(case["values"].clone()).unwrap();
        let blinders: Vec<u8> = case["blinders"].as_array().unwrap().iter().flat_map(unhex).collect();
        let blinders = decode_blinders(&blinders, layout.rows()).unwrap();
        let committed = Rows::new(layout.clone(), values).unwrap().commit(&srs, 0, &blinders).unwrap();
        let expected = &case["expected"];
        let found: Vec<String> = committed.iter().map(|point| hex(&encode_g1(point))).collect();
        assert_eq!(serde_json::to_value(found).unwrap(), expected["rows"], "{}", case["name"]);
        let srs_digest = srs.digest_at(row_size).unwrap();
        assert_eq!(hex(&srs_digest), expected["srs_digest"].as_str().unwrap());
        assert_eq!(hex(&layout.digest()), expected["layout_digest"].as_str().unwrap());
        let kind = if case["kind"] == "model" { Kind::Model } else { Kind::Data };
        let rows: Vec<u8> = committed.iter().flat_map(encode_g1).collect();
        let found = identity(kind, row_size, &layout.digest(), &srs_digest, &rows);
        assert_eq!(hex(&found), expected["identity"].as_str().unwrap(), "{}", case["name"]);
    }
}

#[test]
fn reference_strings() {
    for case in cases("srs") {
        let data = unhex(&case["data"]);
        let name = &case["name"];
        match (&case["expected"], read(data.clone())) {
            (Value::Null, found) => assert!(found.is_err(), "{name}"),
            (Value::Bool(_), found) => assert!(found.unwrap().check("vectors").is_err(), "{name}"),
            (expected, found) => {
                let srs = found.unwrap();
                srs.check("vectors").unwrap();
                let digest = srs.digest_at(srs.max_degree()).unwrap();
                assert_eq!(hex(&digest), expected.as_str().unwrap(), "{name}");
                assert_eq!(srs.to_bytes(), data, "{name}: one encoding");
            }
        }
    }
}

/// Cutting and flipping bytes anywhere gives an error or another string, never a panic.
#[test]
fn hostile_bytes_do_not_panic() {
    let good = unhex(&vectors()["srs"]);
    for length in 0..good.len() {
        assert!(read(good[..length].to_vec()).is_err(), "cut to {length} bytes");
    }
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 1 << (at % 8);
        if let Ok(srs) = read(bytes.clone()) {
            assert!(at < 22, "only flag and provenance can change unnoticed, not byte {at}");
            assert_eq!(srs.to_bytes(), bytes);
        }
    }
}
