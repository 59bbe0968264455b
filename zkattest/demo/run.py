"""The demonstration's steps, in the order of the vocabulary: model, commitment, proof, attestation, audit."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from zkattest import api, backends
from zkattest.anchoring import anchor
from zkattest.attest import Bundle, SigningKey, Subject, VerificationReport
from zkattest.attest import verify as verify_bundle
from zkattest.backends.base import Estimate, Keys, Proof
from zkattest.chain import Chain, Submitted
from zkattest.demo.clinic import Clinic, train_clinic
from zkattest.errors import ProofMismatchError, ZkattestError
from zkattest.frontend import FidelityReport, QuantisedModel, fidelity
from zkattest.progress import SILENT, Progress, phase
from zkattest.srs import Srs
from zkattest.statements import decode_output
from zkattest.storage import write_atomic

T = TypeVar("T")


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
class Step:
    """One line of the demonstration's bill; None where a figure does not apply."""

    name: str
    seconds: float | None = None
    size: int | None = None
    gas: int | None = None


@dataclass(frozen=True)
class DemoResult:
    """What happened, as verdicts and figures.

    ``verdicts()`` is the one object that ``zkattest demo --json`` ends with.
    """

    proof_verified: bool
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
    estimate: Estimate
    fidelity: FidelityReport
    attestation: VerificationReport
    attestation_file: Path
    audit: list[Any]
    steps: tuple[Step, ...]

    @property
    def ok(self) -> bool:
        """Every promise of the demonstration was kept."""
        promises = (self.proof_verified, self.anchored, self.tampered_rejected, self.wrong_model_rejected)
        return all(promises) and self.attestation.ok

    def verdicts(self) -> dict[str, Any]:
        """The machine-readable summary."""
        names = (
            "proof_verified anchored tampered_rejected wrong_model_rejected backend prove_s verify_s setup_s "
            "proof_bytes gas chain diagnosis truth attestation_file"
        )
        return {name: getattr(self, name) for name in names.split()}


@dataclass(frozen=True)
class _Party:
    """A model with its keys, as one hospital would hold it."""

    clinic: Clinic
    committed: api.CommittedModel
    keys: Keys

    @property
    def model(self) -> QuantisedModel:
        return self.committed.model


def run_demo(options: DemoOptions, progress: Progress = SILENT) -> DemoResult:
    """Attest one prediction for one held-out patient, and try to cheat.

    Raises:
        ZkattestError: a step failed; false statements are verdicts in the result, not errors.
    """
    with phase(progress, "train on 455 patients, export to ONNX"):
        clinic, other = (train_clinic(hidden=options.hidden, seed=seed) for seed in (0, 1))
        write_atomic(options.directory / "model.onnx", clinic.onnx_bytes)
    with phase(progress, "quantise"):
        model = api.compile(clinic.onnx_bytes, clinic.calibration, bits=options.bits)
        report = fidelity(model, clinic.onnx_bytes, clinic.held_out)
    cost = api.estimate(model, backend=options.backend)
    with phase(progress, "development set-up string (UNSAFE)"):
        srs = Srs.development(max(10, (cost.srs_degree - 1).bit_length()))
    ours, setup_s = _timed(lambda: _set_up(clinic, model, srs, options, progress))
    with phase(progress, "deploy registries on the embedded chain"):
        chain = Chain.embedded(options.directory / "chain.db")
        deployment, deploy_s = _timed(chain.deploy)
    with chain:
        registered, register_s = _timed(
            lambda: api.register(
                chain,
                ours.committed.commitment,
                ours.keys.verifying,
                uri="demo:breast-cancer",
                srs=srs,
                progress=progress,
            )
        )
        patient = clinic.held_out[options.patient]
        (proof, _opening), prove_s = _timed(
            lambda: api.prove(
                ours.keys,
                model,
                patient,
                srs=srs,
                binding=api.bind(chain, registered.model_id, registered.version),
                progress=progress,
            )
        )
        with phase(progress, "verify in this process"):
            verified, verify_s = _timed(lambda: api.verify(proof, ours.keys.verifying, srs=srs))
        with phase(progress, "verify by contract and record"):
            submitted, submit_s = _timed(lambda: api.submit(chain, proof))
        with phase(progress, "cheat: one byte changed"):
            tampered_rejected = _tampered_rejected(chain, ours, proof, srs)
        theirs = _set_up(other, _compile(other, options), srs, options, progress, who="another model: ")
        second = api.register(
            chain,
            theirs.committed.commitment,
            theirs.keys.verifying,
            uri="demo:another",
            srs=srs,
            progress=progress,
        )
        with phase(progress, "cheat: a proof for another model"):
            wrong_model_rejected = _wrong_model_rejected(chain, theirs, second, proof, srs)
        with phase(progress, "sign and verify the attestation"):
            path, verification = _attest(chain, ours, proof, report, submitted, srs, options)
        register_gas, attest_gas = sum(registered.gas().values()), submitted.receipt.gas_used
        value = model.dequantise_output(decode_output(proof.statement.output)).reshape(-1)
        return DemoResult(
            proof_verified=verified,
            anchored=chain.is_attested(submitted.attestation_id),
            tampered_rejected=tampered_rejected,
            wrong_model_rejected=wrong_model_rejected,
            backend=options.backend,
            prove_s=round(prove_s, 3),
            verify_s=round(verify_s, 4),
            setup_s=round(setup_s, 3),
            proof_bytes=len(proof.payload),
            gas={
                "deploy": deployment.gas_used,
                "register": register_gas,
                "attest": attest_gas,
            },
            chain={"kind": "embedded", "chain_id": chain.chain_id},
            diagnosis=_name(int(np.argmax(value))),
            truth=_name(int(clinic.labels[options.patient])),
            estimate=cost,
            fidelity=report,
            attestation=verification,
            attestation_file=path,
            audit=api.audit(chain),
            steps=(
                Step("commitment", size=len(ours.committed.commitment.to_bytes())),
                Step("proving key", setup_s, len(ours.keys.proving.to_bytes())),
                Step("verifying key", size=len(ours.keys.verifying.to_bytes())),
                Step("registries deployed", deploy_s, gas=deployment.gas_used),
                Step("model and verifier registered", register_s, gas=register_gas),
                Step("proof", prove_s, len(proof.payload)),
                Step("verified in this process", verify_s),
                Step("verified by contract, attested", submit_s, gas=attest_gas),
                Step("signed document", size=path.stat().st_size),
            ),
        )


def _timed(step: Callable[[], T]) -> tuple[T, float]:
    begin = time.perf_counter()
    result = step()
    return result, time.perf_counter() - begin


def _name(label: int) -> str:
    return ("malignant", "benign")[label]


def _compile(clinic: Clinic, options: DemoOptions) -> QuantisedModel:
    return api.compile(clinic.onnx_bytes, clinic.calibration, bits=options.bits)


def _set_up(
    clinic: Clinic, model: QuantisedModel, srs: Srs, options: DemoOptions, progress: Progress, who: str = ""
) -> _Party:
    with phase(progress, f"{who}commit to the weights"):
        committed = api.commit(model, srs)
    with phase(progress, f"{who}make proving and verifying keys"):
        keys = api.setup(committed, srs, backend=options.backend)
    return _Party(clinic, committed, keys)


def _tampered_rejected(chain: Chain, party: _Party, proof: Proof, srs: Srs) -> bool:
    """One byte in the middle of the proof, then one bit of the claimed output: both verifiers must refuse."""
    middle = len(proof.payload) // 2
    payload = bytearray(proof.payload)
    payload[middle] ^= 1
    output = bytearray(proof.statement.output)
    output[-1] ^= 1
    forgeries = (
        dataclasses.replace(proof, payload=bytes(payload)),
        dataclasses.replace(proof, statement=dataclasses.replace(proof.statement, output=bytes(output))),
    )
    return all(_refused(chain, party, forgery, srs) for forgery in forgeries)


def _wrong_model_rejected(
    chain: Chain, party: _Party, registered: api.Registration, proof: Proof, srs: Srs
) -> bool:
    """The proof offered for another registered model: as it is, and with its statement rewritten to fit."""
    try:
        api.verify(proof, party.keys.verifying, srs=srs)
        return False
    except ProofMismatchError:
        pass
    binding = api.bind(chain, registered.model_id, registered.version)
    key = party.keys.verifying
    statement = dataclasses.replace(
        proof.statement,
        model_hash=key.model_hash,
        circuit_hash=key.circuit_hash,
        vk_hash=key.digest,
        context=binding.context(key.model_hash),
    )
    return _refused(chain, party, dataclasses.replace(proof, statement=statement, binding=binding), srs)


def _refused(chain: Chain, party: _Party, forgery: Proof, srs: Srs) -> bool:
    """Neither the verifier in this process nor the contract accepts ``forgery``."""
    try:
        here = api.verify(forgery, party.keys.verifying, srs=srs)
    except ZkattestError:
        here = False
    return not here and not api.check(chain, forgery)


def _attest(
    chain: Chain,
    party: _Party,
    proof: Proof,
    report: FidelityReport,
    submitted: Submitted,
    srs: Srs,
    options: DemoOptions,
) -> tuple[Path, VerificationReport]:
    """Sign the document, read it back as an outsider would, and go through its checklist."""
    assert proof.binding is not None  # it was submitted
    onnx_file, path = options.directory / "model.onnx", options.directory / "attestation.zkatt.json"
    key = SigningKey.generate()
    api.sign_attestation(
        proof,
        party.keys.verifying,
        model=party.model,
        fidelity=report,
        subjects=[Subject.of_file(onnx_file)],
        key=key,
        commitment=party.committed.commitment,
        anchor=anchor(proof.binding, submitted),
        srs=srs,
    ).save(path)
    verification = verify_bundle(
        Bundle.load(path),
        keys=[key.public],
        srs=srs,
        chain=chain,
        files=[onnx_file],
        allow_development=True,
    )
    return path, verification
