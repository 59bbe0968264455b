"""The report page of an attestation bundle: what it claims, who says it, what was verified, how to check it.

>>> page = attestation_html(bundle, verify(bundle, keys=keys))
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from zkattest.attest import Attestation, Bundle, VerificationReport
from zkattest.attest.report import Outcome
from zkattest.reports.markup import Markup, element, joined
from zkattest.reports.page import checklist, document, facts, points, section, shell
from zkattest.reports.standing import Standing, opening, who_says

#: Values of an output that are shown; the bundle holds the others.
_SHOWN: Final = 16

_OUTCOMES: Final = {
    "accepted": Outcome.PASSED,
    "rejected": Outcome.FAILED,
    "incomplete": Outcome.NOT_CHECKED,
}


def attestation_html(
    bundle: Bundle,
    report: VerificationReport,
    *,
    setup_compared: bool = False,
    commands: Iterable[tuple[str, str]] = (),
) -> str:
    """The page, one self-contained HTML file.

    Arguments:
        bundle: the document; every text in it is escaped.
        report: what :func:`zkattest.attest.verify` found about this bundle.
        setup_compared: the string, or its digest, was given to that verification.
        commands: what it does and the command, for a reader who wants to check.

    Raises:
        AttestationError: the payload is no zkattest attestation.
    """
    attestation = bundle.unverified_attestation()
    outcome, unsafe = _OUTCOMES[report.verdict], attestation.predicate.proof.setup_unsafe
    checks = checklist("The checklist of an attestation, with what was not run", report.checks)
    return document(
        "What this attestation says",
        "zkattest attestation report",
        joined(
            element("p", _headline(attestation), class_="lead"),
            opening(
                outcome,
                unsafe,
                setup_compared,
                verified="Every required check of the list below was made and passed.",
                open_="Some required checks could not be made; the list below says which, and why. Until "
                "they are, what follows is a claim.",
                failed="At least one check failed. Do not rely on anything that this page says.",
            ),
        ),
        filter(
            None,
            [
                _meaning(outcome),
                section("The answer", _answer(attestation)),
                section("Who says what", who_says(_sentences(attestation), outcome, unsafe)),
                section("Exactly which model and proof", *_subjects(attestation, bundle)),
                section("What was verified for this page", checks),
                _commands(commands),
            ],
        ),
        "Made by zkattest from the document itself.",
    )


def _headline(attestation: Attestation) -> str:
    count = len(attestation.predicate.claim.output.values)
    numbers = "this number" if count == 1 else f"these {count:,} numbers"
    return f"A committed model, on an input that stays hidden behind a commitment, answered with {numbers}."


def _meaning(outcome: Outcome) -> Markup:
    proven = [
        "The model whose weights are behind the commitment, as an integer graph, gives exactly this answer "
        "on the input behind the input commitment.",
        "Weights and input are in the ranges that the circuit declares; nothing wrapped around.",
        "Neither can be exchanged afterwards: both commitments are binding.",
    ]
    unproven = [
        "That the answer is right, or the model good: see a metric report for that.",
        "Whose input it was. Only its owner can open the commitment and show it.",
        "That the input is genuine, recent, or measured properly.",
        "Anything about the model in floating point: the difference below was measured by the signer.",
        "Who holds the key that signed, and what that person may say.",
    ]
    head = "Proven" if outcome is Outcome.PASSED else "Claimed to be proven"
    return section(
        "In plain words",
        element(
            "div",
            element("div", element("h3", head), points(proven)),
            element("div", element("h3", "Not proven"), points(unproven)),
            class_="columns",
        ),
    )


def _answer(attestation: Attestation) -> Markup:
    claim, model = attestation.predicate.claim, attestation.predicate.model
    values, scale = claim.output.values, claim.output.scale
    shown = ", ".join(f"{int(value) * 2.0**-scale:.6g}" for value in values[:_SHOWN])
    more = f", and {len(values) - _SHOWN:,} more in the document" if len(values) > _SHOWN else ""
    quantisation = model.quantisation
    return facts(
        "Answer, input and precision",
        [
            ("Answer", shown + more),
            ("As integers", f"{', '.join(values[:_SHOWN])}{more}; each times 2^-{scale}"),
            ("Input commitment", element("code", claim.input_commitment)),
            ("Integers of", f"{quantisation.bits} bits, input scale 2^-{quantisation.input_scale}"),
            (
                "Difference from the original",
                f"at most {quantisation.float_delta} over {quantisation.samples:,} samples; measured by the "
                "signer, not proved",
            ),
        ],
    )


def _sentences(attestation: Attestation) -> Iterable[tuple[str, Standing]]:
    yield "The model behind the commitment gives this answer", "proof"
    yield "Which weights answered, and on which input", "commitment"
    names = ", ".join(subject.name for subject in attestation.subject)
    yield f"The integer graph was made from {names}", "signer"
    yield "How far its answers are from those of the original", "signer"
    if attestation.predicate.dataset is not None:
        yield f"Role of the data set: {attestation.predicate.dataset.role}", "signer"
    yield (
        f"Verified by {attestation.predicate.verifier.id} at {attestation.predicate.verifier.time}",
        "signer",
    )


def _subjects(attestation: Attestation, bundle: Bundle) -> list[Markup]:
    predicate = attestation.predicate
    model, proof, anchor = predicate.model, predicate.proof, predicate.anchor
    tables = [
        facts(
            "The model",
            [
                ("Identity", element("code", model.commitment)),
                ("Version", model.version),
                ("Version before", model.previous and element("code", model.previous)),
                *(
                    (f"File {subject.name}", element("code", f"sha256:{subject.digest.sha256}"))
                    for subject in attestation.subject
                ),
            ],
        ),
        facts(
            "The proof",
            [
                ("Proof system", f"{proof.system} ({proof.proof_system_id})"),
                ("Circuit", element("code", proof.circuit_hash)),
                ("Verifying key", element("code", proof.vk_hash)),
                (
                    "Set-up string",
                    joined(element("code", proof.setup_digest), " UNSAFE" if proof.setup_unsafe else ""),
                ),
                ("Digest of the proof", element("code", proof.digest)),
                *(
                    (f"Signature {index}", element("code", signature.key_id or "(no key id)"))
                    for index, signature in enumerate(bundle.envelope.signatures, start=1)
                ),
            ],
        ),
    ]
    if predicate.dataset is not None:
        data = predicate.dataset
        rows = [
            ("Commitment", element("code", data.commitment)),
            ("Role", data.role),
            ("Rows", f"{data.rows:,}"),
            ("Scheme", data.scheme),
        ]
        tables.append(facts("The data set (signer's word)", rows))
    if anchor is not None:
        places = [
            ("Chain", anchor.chain_id),
            ("Registry", element("code", anchor.contract)),
            ("Model", f"{anchor.model_id}, version {model.version}"),
            ("Transaction", anchor.tx_hash and element("code", anchor.tx_hash)),
            ("Attestation id", anchor.attestation_id and element("code", anchor.attestation_id)),
        ]
        tables.append(facts("Where it is recorded on chain", places))
    return tables


def _commands(commands: Iterable[tuple[str, str]]) -> Markup | None:
    lines = list(commands)
    if not lines:
        return None
    advice = "Do not trust this page: it is text. The document that it speaks of can be checked by anybody."
    return section("Check it yourself", element("p", advice), shell(lines))
