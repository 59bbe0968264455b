//! Proofs of one case by one prover: how long each phase takes, or what a device's kernels do in it.

use crate::case::Case;
use serde_json::{Map, Value, json};
use std::ops::ControlFlow;
use std::time::Instant;
use zkattest_cuda_twin::{ByKernel, Counting, Counts, since};
use zkattest_prover::{Assignment, Blinders, Phase, ProverError, ProvingString, Randomness, prove};
use zkattest_transcript::Transcript;

/// A proof and the begin of each of its phases.
pub struct Proof {
    pub bytes: Vec<u8>,
    marks: Vec<(Phase, Instant)>,
    begin: Instant,
    end: Instant,
}

/// Proves a case.
///
/// * `watch` is told each phase.
pub fn once(
    case: &Case,
    string: &ProvingString,
    randomness: &mut dyn Randomness,
    watch: &mut dyn FnMut(Phase),
) -> Result<Proof, ProverError> {
    let mut marks = Vec::new();
    let begin = Instant::now();
    let bytes = prove(
        &case.circuit,
        case.index.as_ref(),
        &case.lookups,
        string,
        &Assignment {
            model: &case.model,
            data: &case.data,
            output: &case.output,
            witness: &case.witness,
            public: &case.public,
            keys: &case.keys,
        },
        &Blinders { model: &case.blinders[0], data: &case.blinders[1], output: &case.blinders[2] },
        (&case.committed[0], &case.committed[1]),
        &mut Transcript::new(&[0; 32], &[0; 32], &[0; 32]),
        randomness,
        &mut |phase| {
            marks.push((phase, Instant::now()));
            watch(phase);
            ControlFlow::Continue(())
        },
    )?;
    Ok(Proof { bytes, marks, begin, end: Instant::now() })
}

/// Medians of the whole and of each phase, milliseconds.
pub fn medians(proofs: &[Proof]) -> Value {
    let mut phases = Map::new();
    let count = proofs.iter().map(|proof| proof.marks.len()).min().unwrap_or_default();
    for at in 0..count {
        let times = proofs.iter().map(|proof| {
            let end = proof.marks.get(at + 1).map_or(proof.end, |mark| mark.1);
            (end - proof.marks[at].1).as_secs_f64()
        });
        phases.insert(format!("{:?}", proofs[0].marks[at].0), median(times.collect()));
    }
    let total = median(proofs.iter().map(|proof| (proof.end - proof.begin).as_secs_f64()).collect());
    json!({"runs": proofs.len(), "total_ms": total, "phases_ms": phases})
}

fn median(mut seconds: Vec<f64>) -> Value {
    seconds.sort_by(f64::total_cmp);
    json!((seconds.get(seconds.len() / 2).copied().unwrap_or_default() * 1e5).round() / 1e2)
}

/// Proves once on a machine that counts; what its kernels do in each phase.
pub fn counted(
    case: &Case,
    string: &ProvingString,
    counting: &Counting,
    randomness: &mut dyn Randomness,
) -> Result<(Proof, Value), ProverError> {
    let mut snapshots: Vec<(Option<Phase>, ByKernel)> = vec![(None, counting.counts())];
    let proof =
        once(case, string, randomness, &mut |phase| snapshots.push((Some(phase), counting.counts())))?;
    snapshots.push((None, counting.counts()));
    let mut phases = Map::new();
    for pair in snapshots.windows(2) {
        if let Some(phase) = pair[0].0 {
            phases.insert(format!("{phase:?}"), difference(&pair[0].1, &pair[1].1));
        }
    }
    let kernels = difference(&snapshots[0].1, &snapshots[snapshots.len() - 1].1);
    Ok((proof, json!({"kernels": kernels, "phases": phases, "peak_bytes": counting.peak()})))
}

fn difference(before: &ByKernel, after: &ByKernel) -> Value {
    let fields = |counts: &Counts| counts.fields().map(|(name, count)| (name.to_owned(), json!(count)));
    let kernels = since(before, after);
    let kernels = kernels
        .iter()
        .map(|(name, counts)| ((*name).to_owned(), Value::Object(fields(counts).into_iter().collect())));
    Value::Object(kernels.collect())
}
