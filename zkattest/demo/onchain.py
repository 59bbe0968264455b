"""The demonstration's second half: the claim goes on a chain and into a signed document.

The clinic registers its model on an embedded chain, binds its proof to it, has the verifier contract judge
and record the proof, and signs a document that says all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from zkattest import api
from zkattest.anchoring import anchor
from zkattest.attest import Bundle, SigningKey, Subject, VerificationReport
from zkattest.attest import verify as verify_bundle
from zkattest.backends.base import Proof
from zkattest.chain import Chain, Submitted
from zkattest.demo.cheats import tampered_rejected, wrong_model_rejected
from zkattest.demo.parties import Party, Step, timed
from zkattest.errors import RevertedError
from zkattest.frontend import FidelityReport
from zkattest.progress import Progress, phase
from zkattest.srs import Srs
from zkattest.statements import Binding


@dataclass(frozen=True)
class Registered:
    """Both models on the chain.

    Attributes:
        binding: where the hospital's proof may be used.
        other: the same for the other model, which the hospital's proof must not pass for.
        deploy_gas, register_gas: of the suite, and of the hospital's model.
        steps: what it took.
    """

    binding: Binding
    other: Binding
    deploy_gas: int
    register_gas: int
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Anchored:
    """What happened on chain, as verdicts and figures."""

    anchored: bool
    tampered_rejected: bool
    wrong_model_rejected: bool
    attest_gas: int
    attestation: VerificationReport
    attestation_file: Path
    steps: tuple[Step, ...]


def register_models(chain: Chain, ours: Party, theirs: Party, srs: Srs, progress: Progress) -> Registered:
    """Deploy the suite, and register both models."""
    first = chain.block_number()
    universal = srs if ours.keys.verifying.record else None  # else each model brings its verifier
    _, deploy_s = timed(lambda: api.deploy(chain, universal, progress=progress))
    deploy_gas = _gas_since(chain, first)
    registered, register_s = timed(lambda: _register(chain, ours, "demo:breast-cancer", srs, progress))
    second = _register(chain, theirs, "demo:another", srs, progress)
    register_gas = sum(registered.gas().values())
    return Registered(
        binding=api.bind(chain, registered.model_id, registered.version),
        other=api.bind(chain, second.model_id, second.version),
        deploy_gas=deploy_gas,
        register_gas=register_gas,
        steps=(
            Step("registries and verifier deployed", deploy_s, gas=deploy_gas),
            Step("model registered", register_s, gas=register_gas),
        ),
    )


def anchor_result(
    directory: Path,
    chain: Chain,
    ours: Party,
    theirs: Party,
    proof: Proof,
    other: Binding,
    report: FidelityReport,
    srs: Srs,
    progress: Progress,
) -> Anchored:
    """Submit, cheat, sign.

    Arguments:
        proof: of the hospital's model, bound to its registration on ``chain``.
        other: the binding of the other model.
    """
    with phase(progress, "verify by contract and record"):
        submitted, submit_s = timed(lambda: api.submit(chain, proof))

    def contract(forgery: Proof) -> bool:
        try:
            return api.check(chain, forgery)
        except RevertedError:  # its bytes are no proof any more
            return False

    with phase(progress, "cheat on chain: one byte changed"):
        tampered = tampered_rejected(proof, ours.keys.verifying, contract)
    with phase(progress, "cheat on chain: a proof for another model"):
        wrong = wrong_model_rejected(proof, theirs.keys.verifying, contract, binding=other)
    with phase(progress, "sign and verify the attestation"):
        path, verification = _attest(chain, directory, ours, proof, report, submitted, srs)
    attest_gas = submitted.receipt.gas_used
    return Anchored(
        anchored=chain.is_attested(submitted.attestation_id),
        tampered_rejected=tampered,
        wrong_model_rejected=wrong,
        attest_gas=attest_gas,
        attestation=verification,
        attestation_file=path,
        steps=(
            Step("verified by contract, attested", submit_s, gas=attest_gas),
            Step("signed document", size=path.stat().st_size),
        ),
    )


def _gas_since(chain: Chain, first: int) -> int:
    """Gas of the blocks after ``first``; on the embedded chain they are this process's transactions."""
    last = chain.block_number()
    return sum(int(chain.web3.eth.get_block(number)["gasUsed"]) for number in range(first + 1, last + 1))


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
