//! Print the chosen options and the size of a metric circuit for files with encodings of an architecture and a score.
//! `cargo run --release -p zkattest-circuits --example metric -- ARCHITECTURE SCORE CAPACITY speed|gas|balanced [LOG_ROW]`

use zkattest_circuits::{Gas, Goal, Profile, choose, compile_scored, decode_architecture, decode_score};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [architecture, score, capacity, goal, rest @ ..] = arguments.as_slice() else {
        return Err("an architecture, a score, a capacity and a goal are expected".into());
    };
    let architecture = decode_architecture(&std::fs::read(architecture)?)?;
    let score = decode_score(&std::fs::read(score)?)?;
    let goal = match goal.as_str() {
        "gas" => Goal::Gas,
        "balanced" => Goal::Balanced,
        _ => Goal::Speed,
    };
    let log_row = rest.first().map(|text| text.parse()).transpose()?;
    let batch = capacity.parse()?;
    let profile = Profile { log_row, padded: None, powers: None, goal, batch, input_public: false, output_public: true };
    let start = std::time::Instant::now();
    let options = choose(&architecture, &profile, Some(&score))?;
    println!("{options:?} chosen in {:?}", start.elapsed());
    let functions = architecture.nodes.iter().filter(|node| matches!(node.op.as_str(), "sigmoid" | "tanh"));
    let tables: Vec<Vec<i32>> =
        functions.map(|node| vec![0; 1 << architecture.tensors[node.inputs[0]].bits]).collect();
    let compiled = compile_scored(&architecture, &tables, &options, Some(&score))?;
    println!("{:#?}\n{:#?}", compiled.stats(), Gas::of(&compiled.circuit));
    Ok(())
}
