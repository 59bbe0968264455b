//! Print how many gates the tables of circuits take: of encoded circuits (files `*.zkci`), or of what is compiled for encoded
//! architectures. `cargo run --release -p zkattest-evaluation --example gates -- [--json] gas|balanced FILE..`

use zkattest_circuit::ir::Circuit;
use zkattest_circuits::{Goal, Profile, choose, compile, decode_architecture};
use zkattest_evaluation::Table;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let json = arguments.iter().any(|argument| argument == "--json");
    arguments.retain(|argument| argument != "--json");
    let (goal, files) = arguments.split_first().ok_or("a goal and files are expected")?;
    for file in files {
        let data = std::fs::read(file)?;
        let circuit = if file.ends_with(".zkci") { Circuit::decode(&data)? } else { compiled(&data, goal)? };
        let start = std::time::Instant::now();
        let table = match Table::of(&circuit) {
            Ok(table) => table,
            Err(error) => {
                println!("{file}: {error}");
                continue;
            }
        };
        let (gates, log, public, rows) = (table.gates(), table.log_gates, table.public, circuit.row_count());
        let seconds = start.elapsed().as_secs_f64();
        if json {
            let fields = serde_json::json!({
                "file": file, "gates": gates, "log_gates": log, "public": public, "rows": rows
            });
            println!("{fields}");
        } else {
            println!("{file}: {gates} gates, 2^{log}; {public} public inputs, {rows} rows; {seconds:.2} s");
        }
    }
    Ok(())
}

fn compiled(architecture: &[u8], goal: &str) -> Result<Circuit, Box<dyn std::error::Error>> {
    let architecture = decode_architecture(architecture)?;
    let goal = match goal {
        "gas" => Goal::Gas,
        "balanced" => Goal::Balanced,
        _ => Goal::Speed,
    };
    let profile = Profile {
        log_row: None,
        padded: None,
        powers: None,
        goal,
        batch: 1,
        input_public: false,
        output_public: true,
    };
    let options = choose(&architecture, &profile, None)?;
    let functions = architecture.nodes.iter().filter(|node| matches!(node.op.as_str(), "sigmoid" | "tanh"));
    let tables: Vec<Vec<i32>> =
        functions.map(|node| vec![0; 1 << architecture.tensors[node.inputs[0]].bits]).collect();
    Ok(compile(&architecture, &tables, &options)?.circuit)
}
