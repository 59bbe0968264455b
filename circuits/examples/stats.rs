//! Print the chosen options and the size of the circuit for a file with an architecture's encoding.
//! `cargo run --release -p zkattest-circuits --example stats -- FILE [BATCH]`

use zkattest_circuits::{Profile, choose, compile, decode_architecture};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let data = std::fs::read(arguments.next().ok_or("a file is expected")?)?;
    let batch = arguments.next().map_or(Ok(1), |text| text.parse())?;
    let architecture = decode_architecture(&data)?;
    let profile = Profile {
        log_row: None,
        padded: None,
        powers: None,
        goal: zkattest_circuits::Goal::Speed,
        batch,
        input_public: false,
        output_public: true,
    };
    let start = std::time::Instant::now();
    let options = choose(&architecture, &profile, None)?;
    println!("{options:?} chosen in {:?}", start.elapsed());
    let functions = architecture.nodes.iter().filter(|node| matches!(node.op.as_str(), "sigmoid" | "tanh"));
    let tables: Vec<Vec<i32>> =
        functions.map(|node| vec![0; 1 << architecture.tensors[node.inputs[0]].bits]).collect();
    let start = std::time::Instant::now();
    let compiled = compile(&architecture, &tables, &options)?;
    println!("{:#?} compiled in {:?}", compiled.stats(), start.elapsed());
    println!(
        "{} terms, {} functionals, {} statements, rows {:?}",
        compiled.circuit.terms.len(),
        compiled.circuit.functionals.len(),
        compiled.circuit.statements.len(),
        compiled.circuit.rows
    );
    Ok(())
}
