//! Traces of the Python executor, which defines the arithmetic, are witnesses: every statement holds.
//! `data/generate.py` wrote them; between them its models hold every operator.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod golden;

use golden::{Golden, models};
use zkattest_circuits::check::{Challenges, assign, check};
use zkattest_circuits::{CompileError, Goal, Options, Profile, choose, compile, decode_architecture};
use zkattest_evaluation::{Table, coefficients};

const OPERATORS: [&str; 21] = [
    "add",
    "argmax",
    "average_pool",
    "clip",
    "concat",
    "conv",
    "gemm",
    "leaky_relu",
    "matmul",
    "max_pool",
    "mul",
    "pad",
    "reduce_mean",
    "relu",
    "reshape",
    "scale_shift",
    "sigmoid",
    "slice",
    "sub",
    "tanh",
    "transpose",
];

/// Both circuits hold for the executor's traces.
fn accept(golden: &Golden, options: &Options) {
    let architecture = decode_architecture(&golden.architecture).unwrap();
    let compiled = compile(&architecture, &golden.tables, options).unwrap();
    let (model, witness) = golden.fill(&compiled);
    for (circuit, lookups) in
        [(&compiled.circuit, &compiled.lookups), (&compiled.registration, &compiled.registration_lookups)]
    {
        let challenges = Challenges::from_seed(circuit, 3);
        let cells = assign(circuit, lookups, &model, &witness, &challenges);
        check(circuit, &cells, &challenges).unwrap();
    }
}

#[test]
fn the_models_hold_every_operator() {
    let mut found: Vec<String> = models().into_iter().flat_map(|golden| golden.operators).collect();
    found.sort();
    found.dedup();
    assert_eq!(found, OPERATORS);
}

#[test]
fn traces_are_witnesses_whatever_the_options() {
    let options = Options {
        log_row: 9,
        columns: 4,
        limb_bits: 8,
        padded: false,
        batch: 1,
        input_public: true,
        output_public: true,
    };
    for golden in models() {
        accept(&golden, &options);
        accept(&golden, &Options { padded: true, batch: 2, ..options });
        accept(&golden, &Options { batch: 2, limb_bits: 11, log_row: 10, output_public: false, ..options });
        accept(&golden, &Options { columns: 1, limb_bits: 9, input_public: false, ..options });
    }
}

#[test]
fn chosen_options_compile() {
    for golden in models() {
        let architecture = decode_architecture(&golden.architecture).unwrap();
        let profile = Profile {
            log_row: None,
            padded: None,
            powers: None,
            goal: Goal::Speed,
            batch: 2,
            input_public: false,
            output_public: true,
        };
        let options = choose(&architecture, &profile, None).unwrap();
        accept(&golden, &options);
        let imposed = Profile { log_row: Some(12), ..profile };
        assert_eq!(choose(&architecture, &imposed, None).unwrap().log_row, 12);
        let gas = choose(&architecture, &Profile { goal: Goal::Gas, ..profile }, None).unwrap();
        assert!(gas.padded);
        accept(&golden, &gas);
        accept(&golden, &choose(&architecture, &Profile { goal: Goal::Balanced, ..imposed }, None).unwrap());
    }
}

#[test]
fn a_choice_for_contracts_fits_its_table_into_the_string_or_takes_a_small_one() {
    for golden in models() {
        let architecture = decode_architecture(&golden.architecture).unwrap();
        let gates = |powers| {
            let goal = Goal::Gas;
            let (log_row, padded, input_public, output_public) = (None, None, false, true);
            let profile = Profile { log_row, padded, powers, goal, batch: 1, input_public, output_public };
            let options = choose(&architecture, &profile, None).unwrap();
            Table::of(&compile(&architecture, &golden.tables, &options).unwrap().circuit).unwrap().log_gates
        };
        let free = gates(None);
        let needed = u64::try_from(coefficients(free)).unwrap();
        assert_eq!(gates(Some(needed)), free);
        // one power less than that: another table, which is smaller, or the smallest of those that do not fit either
        assert!(gates(Some(needed - 1)) <= free);
    }
}

#[test]
fn small_rows_name_the_least_size() {
    let [golden, _] = models();
    let architecture = decode_architecture(&golden.architecture).unwrap();
    let options = Options {
        log_row: 7,
        columns: 8,
        limb_bits: 8,
        padded: false,
        batch: 1,
        input_public: false,
        output_public: true,
    };
    let error = compile(&architecture, &golden.tables, &options).unwrap_err();
    let CompileError::RowTooSmall { found: 7, least } = error else { panic!("{error}") };
    let at = |log_row| compile(&architecture, &golden.tables, &Options { log_row, ..options });
    assert!(at(least).is_ok() && at(least - 1).is_err());
}

#[test]
fn truncated_and_longer_encodings_are_refused() {
    let [golden, _] = models();
    let mut longer = golden.architecture.clone();
    longer.push(0);
    assert!(matches!(decode_architecture(&longer), Err(CompileError::Encoding { .. })));
    for length in 0..golden.architecture.len() {
        let error = decode_architecture(&golden.architecture[..length]).unwrap_err();
        assert!(matches!(error, CompileError::Encoding { .. }), "{length}");
    }
}

#[test]
fn changed_encodings_compile_or_are_refused() {
    // an architecture may come from a stranger: whatever it says, the answer is no panic
    let options = Options {
        log_row: 9,
        columns: 3,
        limb_bits: 8,
        padded: false,
        batch: 1,
        input_public: false,
        output_public: true,
    };
    let mut refused = 0;
    for golden in models() {
        for position in 0..golden.architecture.len() {
            for change in [1, 0x80, 0xff] {
                let mut bytes = golden.architecture.clone();
                bytes[position] ^= change;
                let compiled = decode_architecture(&bytes)
                    .and_then(|architecture| compile(&architecture, &golden.tables, &options));
                refused += usize::from(compiled.is_err());
            }
        }
    }
    assert!(refused > 1000);
}
