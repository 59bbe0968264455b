"""The demonstration's steps, in the order of the vocabulary: model, commitment, proof, attestation, audit.

The main path proves with the native backend; three verifiers judge: Rust, the readable one in Python, and,
for a second proof of the same result, a contract (:mod:`zkattest.demo.onchain`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from zkattest import api, backends
from zkattest.attest import VerificationReport
from zkattest.backends.base import Estimate
from zkattest.demo.cheats import tampered_rejected, wrong_model_rejected
from zkattest.demo.clinic import Clinic, train_clinic
from zkattest.demo.onchain import anchor_result
from zkattest.demo.parties import Step, commit_and_key, make_keys, timed
from zkattest.frontend import FidelityReport, QuantisedModel, fidelity
from zkattest.progress import SILENT, Progress, phase
from zkattest.srs import Srs
from zkattest.statements import decode_output
from zkattest.storage import write_atomic


@dataclass(frozen=True)
class DemoOptions:
    """What a user may change.

    Attributes:
        directory: artefacts go here; kept for a look with ``zkattest inspect``.
        backend: proof system of the main path.
        chain_backend: proof system of the proof that a contract checks.
        patient: which held-out patient, from 0.
        hidden: width of the hidden layer.
        bits: bit width of activations.
    """

    directory: Path
    backend: str = backends.DEFAULT
    chain_backend: str = "ezkl"
    patient: int = 0
    hidden: int = 16
    bits: int = 12


@dataclass(frozen=True)
class DemoResult:
    """What happened, as verdicts and figures.

    ``verdicts()`` is the one object that ``zkattest demo --json`` ends with. ``reference_verified`` is None
    where the backend has no readable verifier.
    """

    proof_verified: bool
    reference_verified: bool | None
    anchored: bool
    tampered_rejected: bool
    wrong_model_rejected: bool
    backend: str
    chain_backend: str
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
    steps: tuple[Step, ...] = field(repr=False)

    @property
    def ok(self) -> bool:
        """Every promise of the demonstration was kept."""
        promises = (self.proof_verified, self.anchored, self.tampered_rejected, self.wrong_model_rejected)
        return all(promises) and self.reference_verified is not False and self.attestation.ok

    def verdicts(self) -> dict[str, Any]:
        """The machine-readable summary."""
        left_out = ("estimate", "fidelity", "attestation", "audit", "steps")
        return {name: value for name, value in vars(self).items() if name not in left_out}


def run_demo(options: DemoOptions, progress: Progress = SILENT) -> DemoResult:
    """Prove one prediction for one held-out patient, attest it on chain, and try to cheat.

    Raises:
        ZkattestError: a step failed; false statements are verdicts in the result, not errors.
    """
    with phase(progress, "train on 455 patients, export to ONNX"):
        clinic, other = (train_clinic(hidden=options.hidden, seed=seed) for seed in (0, 1))
        write_atomic(options.directory / "model.onnx", clinic.onnx_bytes)
    with phase(progress, "quantise"):
        model, rival = (_compile(who, options) for who in (clinic, other))
        report = fidelity(model, clinic.onnx_bytes, clinic.held_out)
    cost = api.estimate(model, backend=options.backend)
    degree = max(cost.srs_degree, api.estimate(model, backend=options.chain_backend).srs_degree)
    with phase(progress, "development set-up string (UNSAFE)"):
        srs = Srs.development(max(10, (degree - 1).bit_length()))
    ours, setup_s = timed(lambda: commit_and_key(clinic, model, srs, options.backend, progress))
    theirs = commit_and_key(other, rival, srs, options.backend, progress, who="another model: ")
    patient = clinic.held_out[options.patient]
    (proof, _opening), prove_s = timed(
        lambda: api.prove(ours.keys, model, patient, srs=srs, progress=progress)
    )
    key = ours.keys.verifying
    with phase(progress, "verify in this process"):
        verified, verify_s = timed(lambda: api.verify(proof, key, srs=srs))
    reference, reference_s = None, None
    if options.backend == "sumcheck":
        with phase(progress, "verify with the readable verifier"):
            reference, reference_s = timed(lambda: api.verify_by_reference(proof, key))
    with phase(progress, "cheat: one byte changed; another model"):
        tampered = tampered_rejected(proof, key)
        wrong = wrong_model_rejected(proof, theirs.keys.verifying)
    if options.chain_backend == options.backend:
        pair = ours, theirs
    else:
        first, second = (
            make_keys(party.clinic, party.committed, srs, options.chain_backend, progress, who)
            for party, who in ((ours, ""), (theirs, "another model: "))
        )
        pair = first, second
    chain = anchor_result(options.directory, *pair, patient, report, srs, progress)
    value = model.dequantise_output(decode_output(proof.statement.output)).reshape(-1)
    agree = chain.proof.statement.output == proof.statement.output
    return DemoResult(
        proof_verified=verified and agree,
        reference_verified=reference,
        anchored=chain.anchored,
        tampered_rejected=tampered and chain.tampered_rejected,
        wrong_model_rejected=wrong and chain.wrong_model_rejected,
        backend=options.backend,
        chain_backend=options.chain_backend,
        prove_s=round(prove_s, 3),
        verify_s=round(verify_s, 4),
        setup_s=round(setup_s, 3),
        proof_bytes=len(proof.payload),
        gas=chain.gas,
        chain={"kind": "embedded", "chain_id": chain.chain_id},
        diagnosis=_name(int(np.argmax(value))),
        truth=_name(int(clinic.labels[options.patient])),
        attestation_file=chain.attestation_file,
        estimate=cost,
        fidelity=report,
        attestation=chain.attestation,
        audit=chain.audit,
        steps=(
            Step("commitment", size=len(ours.committed.commitment.to_bytes())),
            Step("proving key", setup_s, len(ours.keys.proving.to_bytes())),
            Step("verifying key", size=len(key.to_bytes())),
            Step("proof", prove_s, len(proof.payload)),
            Step("verified in this process", verify_s),
            *([] if reference_s is None else [Step("verified by the readable verifier", reference_s)]),
            *chain.steps,
        ),
    )


def _name(label: int) -> str:
    return ("malignant", "benign")[label]


def _compile(clinic: Clinic, options: DemoOptions) -> QuantisedModel:
    return api.compile(clinic.onnx_bytes, clinic.calibration, bits=options.bits)
