"""Reading an attestation without verifying it."""

from __future__ import annotations

from .bundle import Bundle
from .report import InspectReport


def inspect(bundle: Bundle) -> InspectReport:
    """What ``bundle`` says about itself. Nothing is verified, not even the signatures.

    Raises:
        AttestationError: the payload is no zkattest attestation.
    """
    attestation = bundle.unverified_attestation()
    predicate = attestation.predicate
    claim, model, proof, anchor = predicate.claim, predicate.model, predicate.proof, predicate.anchor
    quantisation, dataset = model.quantisation, predicate.dataset
    return InspectReport.of(
        [
            ("Predicate type", attestation.predicate_type),
            *(
                (f"Subject {subject.name}", f"sha256:{subject.digest.sha256}")
                for subject in attestation.subject
            ),
            ("Claim", claim.kind),
            ("Input commitment", claim.input_commitment),
            ("Output", _output(claim.output.values, claim.output.scale)),
            ("Model commitment", model.commitment),
            ("Model version", model.version),
            ("Previous version", model.previous),
            (
                "Quantisation",
                f"{quantisation.bits} bits, input scale 2^-{quantisation.input_scale}, "
                f"rounding {quantisation.rounding}",
            ),
            (
                "Difference from float",
                f"at most {quantisation.float_delta} over {quantisation.samples} sample(s), "
                "measured, not proved",
            ),
            (
                "Data set",
                dataset and f"{dataset.commitment}, {dataset.role}, {dataset.rows} row(s), {dataset.scheme}",
            ),
            ("Proof system", f"{proof.system} ({proof.proof_system_id})"),
            ("Circuit", proof.circuit_hash),
            ("Verifying key", proof.vk_hash),
            (
                "Set-up",
                proof.setup_digest + (" (DEVELOPMENT: convinces nobody)" if proof.setup_unsafe else ""),
            ),
            ("Proof digest", proof.digest),
            ("Anchor", anchor and f"chain {anchor.chain_id}, {anchor.contract}, model {anchor.model_id}"),
            ("Transaction", anchor and anchor.tx_hash),
            ("Attestation id", anchor and anchor.attestation_id),
            ("Verified by", f"{predicate.verifier.id} {predicate.verifier.version}"),
            ("Verified at", predicate.verifier.time),
            *(
                (f"Signature {index}", signature.key_id or "(no key id)")
                for index, signature in enumerate(bundle.envelope.signatures, start=1)
            ),
            ("Carries", ", ".join(_carried(bundle)) or "no verification material"),
        ]
    )


def _output(values: tuple[str, ...], scale: int, *, shown: int = 16) -> str:
    more = f", … ({len(values)} values)" if len(values) > shown else ""
    return f"[{', '.join(values[:shown])}{more}] x 2^{-scale}"


def _carried(bundle: Bundle) -> list[str]:
    parts = {
        "verifying key": bundle.verifying_key,
        "proof": bundle.proof,
        "model commitment": bundle.model_commitment,
    }
    return [f"{name} ({len(data)} bytes)" for name, data in parts.items() if data is not None]
