"""The second half of the demonstration: a contract checks a proof and records it, and a document is signed.

Contracts exist for the proofs of one backend only so far, ``ezkl``; so the hospital makes a second proof of
the same result, by the same committed model, with that backend.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from zkattest import api
from zkattest.anchoring import anchor
from zkattest.attest import Bundle, SigningKey, Subject, VerificationReport
from zkattest.attest import verify as verify_bundle
from zkattest.backends.base import Proof
from zkattest.chain import Chain, Submitted
from zkattest.demo.cheats import tampered_rejected, wrong_model_rejected
from zkattest.demo.parties import Party, Step, timed
from zkattest.frontend import FidelityReport
from zkattest.progress import Progress, phase
from zkattest.srs import Srs


@dataclass(frozen=True)
class Anchored:
    """What happened on chain, as verdicts and figures."""

    proof: Proof
    anchored: bool
    tampered_rejected: bool
    wrong_model_rejected: bool
    gas: dict[str, int]
    chain_id: int
    attestation: VerificationReport
    attestation_file: Path
    audit: list[dict[str, Any]]
    steps: tuple[Step, ...]


def anchor_result(
    directory: Path,
    ours: Party,
    theirs: Party,
    patient: npt.NDArray[np.float32],
    report: FidelityReport,
    srs: Srs,
    progress: Progress,
) -> Anchored:
    """Deploy, register both models, prove for ``patient``, submit, cheat, sign.

    Arguments:
        ours, theirs: two models with keys of a backend that has a contract.
    """
    with phase(progress, "deploy registries on the embedded chain"):
        chain = Chain.embedded(directory / "chain.db")
        deployment, deploy_s = timed(chain.deploy)
    with chain:
        registered, register_s = timed(lambda: _register(chain, ours, "demo:breast-cancer", srs, progress))
        binding = api.bind(chain, registered.model_id, registered.version)
        (proof, _), prove_s = timed(
            lambda: api.prove(ours.keys, ours.model, patient, srs=srs, binding=binding, progress=progress)
        )
        with phase(progress, "verify by contract and record"):
            submitted, submit_s = timed(lambda: api.submit(chain, proof))

        def contract(forgery: Proof) -> bool:
            return api.check(chain, forgery)

        with phase(progress, "cheat on chain: one byte changed"):
            tampered = tampered_rejected(proof, ours.keys.verifying, contract)
        second = _register(chain, theirs, "demo:another", srs, progress)
        with phase(progress, "cheat on chain: a proof for another model"):
            other = api.bind(chain, second.model_id, second.version)
            wrong = wrong_model_rejected(proof, theirs.keys.verifying, contract, binding=other)
        with phase(progress, "sign and verify the attestation"):
            path, verification = _attest(chain, directory, ours, proof, report, submitted, srs)
        register_gas, attest_gas = sum(registered.gas().values()), submitted.receipt.gas_used
        return Anchored(
            proof=proof,
            anchored=chain.is_attested(submitted.attestation_id),
            tampered_rejected=tampered,
            wrong_model_rejected=wrong,
            gas={"deploy": deployment.gas_used, "register": register_gas, "attest": attest_gas},
            chain_id=chain.chain_id,
            attestation=verification,
            attestation_file=path,
            audit=api.audit(chain),
            steps=(
                Step("registries deployed", deploy_s, gas=deployment.gas_used),
                Step("model and verifier registered", register_s, gas=register_gas),
                Step(f"proof for the chain ({proof.backend})", prove_s, len(proof.payload)),
                Step("verified by contract, attested", submit_s, gas=attest_gas),
                Step("signed document", size=path.stat().st_size),
            ),
        )


def _register(chain: Chain, party: Party, uri: str, srs: Srs, progress: Progress) -> api.Registration:
    commitment, key = party.committed.commitment, party.keys.verifying
    return api.register(chain, commitment, key, uri=uri, srs=srs, progress=progress)


def _attest(
    chain: Chain,
    directory: Path,
    party: Party,
    proof: Proof,
    report: FidelityReport,
    submitted: Submitted,
    srs: Srs,
) -> tuple[Path, VerificationReport]:
    """Sign the document, read it back as an outsider would, and go through its checklist."""
    assert proof.binding is not None  # it was submitted
    onnx_file, path = directory / "model.onnx", directory / "attestation.zkatt.json"
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
