"""The demonstration's steps, in the order of the vocabulary: model, commitment, proof, attestation, audit.

One proof, three verifiers: Rust, the readable one in Python, and a contract (:mod:`zkattest.demo.onchain`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from zkattest import api, backends
from zkattest.attest import VerificationReport
from zkattest.backends.base import Estimate
from zkattest.chain import Chain
from zkattest.demo.cheats import tampered_rejected, wrong_model_rejected
from zkattest.demo.clinic import DIAGNOSES, Clinic, train_clinic
from zkattest.demo.gate import GateResult, judge_at_gate
from zkattest.demo.onchain import anchor_result, register_models
from zkattest.demo.parties import Step, commit_and_key, profile_of, timed
from zkattest.frontend import FidelityReport, QuantisedModel, fidelity
from zkattest.progress import SILENT, Progress, phase
from zkattest.srs import Srs
from zkattest.statements import decode_output
from zkattest.storage import write_atomic

#: log2 of the powers that proofs of the gate's metric take.
_LEAST = 15


@dataclass(frozen=True)
class DemoOptions:
    """What a user may change.

    Attributes:
        directory: artefacts go here; kept for a look with ``zkattest inspect``.
        backend: proof system.
        patient: which held-out patient, from 0.
        hidden: width of the hidden layer.
        bits: bit width of activations.
    """

    directory: Path
    backend: str = backends.DEFAULT
    patient: int = 0
    hidden: int = 16
    bits: int = 12


@dataclass(frozen=True)
class DemoResult:
    """What happened, as verdicts and figures.

    ``verdicts()`` is the one object that ``zkattest demo --json`` ends with. ``reference_verified`` is None
    where the backend has no readable verifier, ``gate`` where it proves no metrics.
    """

    proof_verified: bool
    reference_verified: bool | None
    anchored: bool
    tampered_rejected: bool
    wrong_model_rejected: bool
    backend: str
    prove_s: float
    verify_s: float
    setup_s: float
    proof_bytes: int
    gas: dict[str, int]
    chain: dict[str, Any]
    diagnosis: str
    truth: str
    attestation_file: Path
    estimate: Estimate = field(repr=False)
    fidelity: FidelityReport = field(repr=False)
    attestation: VerificationReport = field(repr=False)
    audit: list[Any] = field(repr=False)
    gate: GateResult | None = field(repr=False)
    steps: tuple[Step, ...] = field(repr=False)

    @property
    def ok(self) -> bool:
        """Every promise of the demonstration was kept."""
        promises = (self.proof_verified, self.anchored, self.tampered_rejected, self.wrong_model_rejected)
        told = self.reference_verified is not False and (self.gate is None or self.gate.ok)
        return all(promises) and told and self.attestation.ok

    def verdicts(self) -> dict[str, Any]:
        """The machine-readable summary."""
        left_out = ("estimate", "fidelity", "attestation", "audit", "gate", "steps")
        shown = {name: value for name, value in vars(self).items() if name not in left_out}
        return shown | ({} if self.gate is None else self.gate.verdicts())


def run_demo(options: DemoOptions, progress: Progress = SILENT) -> DemoResult:
    """Prove one prediction for one held-out patient, attest it on chain, and try to cheat; then prove how
    good the model is, and go to a gate with that.

    Raises:
        ZkattestError: a step failed; false statements are verdicts in the result, not errors.
    """
    with phase(progress, "train on 455 patients, export to ONNX"):
        clinic = train_clinic(hidden=options.hidden)
        other = train_clinic(hidden=options.hidden, seed=1, shuffled=True)
        write_atomic(options.directory / "model.onnx", clinic.onnx_bytes)
    with phase(progress, "quantise"):
        model, rival = (_compile(who, options) for who in (clinic, other))
        report = fidelity(model, clinic.onnx_bytes, clinic.held_out)
    cost = api.estimate(model, backend=options.backend, profile=profile_of(options.backend))
    log2_size = max(_LEAST, (cost.srs_degree - 1).bit_length())
    kept = options.directory / f"string-{log2_size}"
    srs = _string(kept / "development.srs", log2_size, progress)
    ours, setup_s = timed(lambda: commit_and_key(clinic, model, srs, options.backend, progress))
    theirs = commit_and_key(other, rival, srs, options.backend, progress, who="another model: ")
    patient, key = clinic.held_out[options.patient], ours.keys.verifying
    with Chain.embedded(kept / "chain.db") as chain:
        registered = register_models(chain, ours, theirs, srs, progress)
        (proof, _opening), prove_s = timed(
            lambda: api.prove(
                ours.keys, model, patient, srs=srs, binding=registered.binding, progress=progress
            )
        )
        with phase(progress, "verify in this process"):
            verified, verify_s = timed(lambda: api.verify(proof, key, srs=srs))
        reference, reference_s = None, None
        if options.backend == "sumcheck":
            with phase(progress, "verify with the readable verifier"):
                reference, reference_s = timed(lambda: api.verify_by_reference(proof, key))
        with phase(progress, "cheat: one byte changed; another model"):
            tampered = tampered_rejected(proof, key)
            wrong = wrong_model_rejected(proof, theirs.keys.verifying)
        parties = ours, theirs
        anchored = anchor_result(
            options.directory, chain, *parties, proof, registered.other, report, srs, progress
        )
        gate = None
        if options.backend == "sumcheck":
            numbers = registered.binding.model_id, registered.other.model_id
            gate = judge_at_gate(
                options.directory, kept, chain, dict(zip(numbers, parties, strict=True)), srs, progress
            )
        audit, chain_id = api.audit(chain), chain.chain_id
    value = model.dequantise_output(decode_output(proof.statement.output)).reshape(-1)
    return DemoResult(
        proof_verified=verified,
        reference_verified=reference,
        anchored=anchored.anchored,
        tampered_rejected=tampered and anchored.tampered_rejected,
        wrong_model_rejected=wrong and anchored.wrong_model_rejected,
        backend=options.backend,
        prove_s=round(prove_s, 3),
        verify_s=round(verify_s, 4),
        setup_s=round(setup_s, 3),
        proof_bytes=len(proof.payload),
        gas={
            "deploy": registered.deploy_gas,
            "register": registered.register_gas,
            "attest": anchored.attest_gas,
            **({} if gate is None else gate.gas),
        },
        chain={"kind": "embedded", "chain_id": chain_id},
        diagnosis=DIAGNOSES[int(np.argmax(value))],
        truth=DIAGNOSES[clinic.test.labels[options.patient]],
        attestation_file=anchored.attestation_file,
        estimate=cost,
        fidelity=report,
        attestation=anchored.attestation,
        audit=audit,
        gate=gate,
        steps=(
            Step("commitment", size=len(ours.committed.commitment.to_bytes())),
            Step("proving key", setup_s, len(ours.keys.proving.to_bytes())),
            Step("verifying key", size=len(key.to_bytes())),
            *registered.steps,
            Step("proof", prove_s, len(proof.payload)),
            Step("verified in this process", verify_s),
            *([] if reference_s is None else [Step("verified by the readable verifier", reference_s)]),
            *anchored.steps,
            *(() if gate is None else gate.steps),
        ),
    )


def _string(path: Path, log2_size: int, progress: Progress) -> Srs:
    """A development string, kept: the chain and the data sets beside it, of earlier runs, rest on it."""
    with phase(progress, "development set-up string (UNSAFE)"):
        if path.exists():
            return Srs.load(path)
        made = Srs.development(log2_size)
        made.save(path)
        return made


def _compile(clinic: Clinic, options: DemoOptions) -> QuantisedModel:
    return api.compile(clinic.onnx_bytes, clinic.calibration, bits=options.bits)
