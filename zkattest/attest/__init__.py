"""Attestations: a proved claim about a model with its provenance, signed, in one file.

>>> key = SigningKey.generate()
>>> attestation = create(proof, verifying_key, files=["model.onnx"], output_scale=8, quantisation=measured)
>>> Bundle.of(sign(attestation, key), verifying_key, proof).save("answer.zkatt.json")
>>> report = verify(Bundle.load("answer.zkatt.json"), keys=[key.public])
>>> report.ok, [check.name for check in report.not_checked]

The checklist of :func:`verify`, and what its caller must still decide, is in :mod:`zkattest.attest.verifier`.
"""

from __future__ import annotations

from .anchor import AnchorRecord, AnchorSource, RecordedAttestation
from .bundle import FILE_SUFFIX, MEDIA_TYPE, Bundle
from .creation import BackendLookup, anchor_of, create, sign
from .envelope import PAYLOAD_TYPE, Envelope, Signature
from .inspection import inspect
from .keys import PublicKey, SigningKey
from .report import Check, InspectReport, Outcome, VerificationReport
from .statement import (
    PREDICATE_TYPE,
    STATEMENT_TYPE,
    Anchor,
    Attestation,
    Dataset,
    Quantisation,
    Subject,
    decimal_text,
)
from .verifier import CHECKS, Expected, verify

__all__ = [
    "CHECKS",
    "FILE_SUFFIX",
    "MEDIA_TYPE",
    "PAYLOAD_TYPE",
    "PREDICATE_TYPE",
    "STATEMENT_TYPE",
    "Anchor",
    "AnchorRecord",
    "AnchorSource",
    "Attestation",
    "BackendLookup",
    "Bundle",
    "Check",
    "Dataset",
    "Envelope",
    "Expected",
    "InspectReport",
    "Outcome",
    "PublicKey",
    "Quantisation",
    "RecordedAttestation",
    "Signature",
    "SigningKey",
    "Subject",
    "VerificationReport",
    "anchor_of",
    "create",
    "decimal_text",
    "inspect",
    "sign",
    "verify",
]
