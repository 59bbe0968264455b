"""Verification of an attestation bundle, as a numbered checklist.

 1. **bundle**: strict canonical JSON within its limits, an in-toto payload. :class:`Bundle` holds nothing
    else, so :meth:`Bundle.load` has raised :class:`~zkattest.errors.AttestationError` where this fails.
 2. **signature**: at least ``threshold`` distinct trusted keys signed these bytes as this type (DSSE).
 3. **statement**: the payload is canonical JSON of an in-toto Statement v1 with our predicate type, every
    member well-formed, none unknown; context, nonce and anchor are of one bound proof, or all absent.
 4. **digests**: the verifying key's digest, the proof's digest, and every member of the statement that
    repeats what the key or the proof says (system, circuit, set-up, public inputs, model commitment, input
    commitment, output) equal them; the context recomputed from anchor, version and nonce equals the proof's.
 5. **proof**: the backend accepts the proof under the verifying key.
 6. **setup**: the key does not rest on a set-up string made for development, whose maker can prove anything;
    where a string is given, it is the key's (the backend compares its points in 5); where [tau]_2 is pinned
    by its digest, the key's record begins with that digest (the backend has derived the record again in 5).
    Fails for development strings unless ``allow_development``.
 7. **anchor**: the id is that of the proof's claim (context, input commitment, output), and the trusted
    registry on the trusted chain holds it.
 8. **files**: the subject's files on disk have the attested SHA-256, and none is missing.
 9. **commitment**: the embedded model commitment has the attested identity and was not made under a
    development string, unless ``allow_development``.
10. **expected**: the values that the caller pinned.

1 to 6 are always required; 7, 8 and 10 when the caller gives a chain, files, or expectations; 9 when the
bundle carries a commitment. What could not be checked is reported with its reason, and a required check that
was not made leaves the verdict ``incomplete``, never ``accepted``.

What the caller must still decide:

* who owns each key in ``keys``, and that this owner may speak for the model;
* that the verifying key belongs to the committed model. A proof convinces only under an honest key: rely on
  the signer (2), on the registry's approval (7), or pin ``Expected.vk_hash`` (10) from a source you trust;
* that the set-up is a ceremony's: give ``srs`` from a file that was checked, or pin ``tau``, which a
  verifier contract says of itself (``tauDigest``). Without either, check 6 takes the key's own word for its
  string, and a dishonest key can name a ceremony and rest on another string;
* that the claim answers your question: the input commitment is of the input you mean (its owner can open
  it), and the float difference, which is measured and not proved, is small enough;
* how old an attestation may be. The time is the signer's word.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, TypeVar

from zkattest.backends.base import Proof, VerifyingKey
from zkattest.errors import (
    AttestationError,
    ChainError,
    FormatError,
    InputError,
    ProofMismatchError,
    SrsError,
    StorageError,
    ZkattestError,
)
from zkattest.statements import attestation_digest, decode_output

from .anchor import AnchorSource
from .bundle import Bundle
from .creation import BackendLookup, context_of, default_lookup, hex_text, record_of
from .keys import PublicKey
from .report import Check, Outcome, VerificationReport
from .statement import Attestation, file_sha256

if TYPE_CHECKING:
    from zkattest.srs import Srs

#: Name of every check, by number; see the module's documentation.
CHECKS: Final = {
    1: "bundle",
    2: "signature",
    3: "statement",
    4: "digests",
    5: "proof",
    6: "setup",
    7: "anchor",
    8: "files",
    9: "commitment",
    10: "expected",
}


@dataclass(frozen=True)
class Expected:
    """Values that the caller knows from elsewhere, 32 bytes each; None where anything will do."""

    vk_hash: bytes | None = None
    model_commitment: bytes | None = None
    circuit_hash: bytes | None = None
    setup_digest: bytes | None = None
    input_commitment: bytes | None = None

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if value is not None and len(value) != 32:
                raise InputError(f"The expected {item.name} has {len(value)} bytes; it needs 32.")


class _CheckFailedError(Exception):
    def __init__(self, detail: str, *, malformed: bool = False) -> None:
        self.detail, self.malformed = detail, malformed


class _NotCheckedError(Exception):
    def __init__(self, reason: str) -> None:
        self.reason = reason


def verify(
    bundle: Bundle,
    *,
    keys: Iterable[PublicKey] | None,
    threshold: int = 1,
    verifying_key: VerifyingKey | None = None,
    proof: Proof | None = None,
    srs: Srs | None = None,
    tau: bytes | None = None,
    chain: AnchorSource | None = None,
    files: Iterable[str | os.PathLike[str]] | None = None,
    expected: Expected | None = None,
    allow_development: bool = False,
    backends: BackendLookup = default_lookup,
) -> VerificationReport:
    """Run the checklist. Hostile content gives a report, never an exception.

    Arguments:
        bundle: what was received.
        keys: the trusted signers; None leaves check 2 unmade and the verdict incomplete at best.
        threshold: how many of them must have signed.
        verifying_key, proof: where the bundle does not carry them.
        srs: the set-up string, where the backend needs it or check 6 shall compare it.
        tau: keccak256 of the [tau]_2 that the caller trusts, 32 bytes; of native keys.
        chain: a chain and registry that the caller trusts.
        files: the model files on disk, all of them.
        expected: values known from elsewhere.
        allow_development: let a development set-up pass; such a proof convinces nobody but its maker.
        backends: where to look up the proof system.

    Raises:
        InputError: ``threshold`` is not between 1 and the number of distinct keys, or ``tau`` is no digest.
    """
    trusted = None if keys is None else tuple(dict.fromkeys(keys))
    if threshold < 1 or (trusted is not None and threshold > len(trusted)):
        count = 0 if trusted is None else len(trusted)
        raise InputError(
            f"A threshold of {threshold} with {count} distinct trusted keys.",
            remedy="Give at least as many keys as must have signed, and a threshold of at least 1.",
        )
    if tau is not None and len(tau) != 32:
        raise InputError(f"The digest of [tau]_2 has 32 bytes; got {len(tau)}.")
    run = _Run(bundle, verifying_key, proof)
    required = {
        7: chain is not None,
        8: files is not None,
        9: bundle.model_commitment is not None,
        10: expected is not None,
    }
    steps: dict[int, Callable[[], str]] = {
        1: run.bundle_decodes,
        2: lambda: run.signatures(trusted, threshold),
        3: run.statement,
        4: run.digests,
        5: lambda: run.proof_verifies(backends, srs),
        6: lambda: run.setup(srs, tau, allow_development),
        7: lambda: run.anchored(chain, allow_development),
        8: lambda: run.files(files),
        9: lambda: run.commitment(allow_development),
        10: lambda: run.expectations(expected),
    }
    return VerificationReport(
        tuple(_check(number, step, required=required.get(number, True)) for number, step in steps.items())
    )


def _check(number: int, step: Callable[[], str], *, required: bool) -> Check:
    malformed = False
    try:
        detail, outcome = step(), Outcome.PASSED
    except _CheckFailedError as failure:
        detail, outcome, malformed = failure.detail, Outcome.FAILED, failure.malformed
    except _NotCheckedError as gap:
        detail, outcome = gap.reason, Outcome.NOT_CHECKED
    return Check(number, CHECKS[number], outcome, detail, required, malformed)


_Artefact = TypeVar("_Artefact", VerifyingKey, Proof)


def _decode(kind: type[_Artefact], data: bytes | None) -> _Artefact | None:
    return None if data is None else kind.from_bytes(data)


class _Run:
    """One pass over the checklist; later checks use what earlier ones decoded."""

    def __init__(self, bundle: Bundle, verifying_key: VerifyingKey | None, proof: Proof | None) -> None:
        self._bundle = bundle
        self._given_key, self._given_proof = verifying_key, proof
        self._attestation: Attestation | None = None
        self._key: VerifyingKey | None = None
        self._proof: Proof | None = None
        self._digests_match = False
        self._proof_accepted = False
        self._tau_digest: bytes | None = None

    # 1
    def bundle_decodes(self) -> str:
        envelope = self._bundle.envelope
        count = len(envelope.signatures)
        return f"{len(envelope.payload)} bytes of {envelope.payload_type}, {count} signature(s)"

    # 2
    def signatures(self, keys: tuple[PublicKey, ...] | None, threshold: int) -> str:
        if keys is None:
            raise _NotCheckedError("no trusted public key was given")
        found = self._bundle.envelope.signers(keys)
        others = [f"invalid signature of trusted key {key_id}" for key_id in found.invalid]
        others += [f"signature of unknown key {key_id}" for key_id in found.unknown]
        note = "".join(f"; {other}" for other in others)
        if len(found.trusted) < threshold:
            raise _CheckFailedError(f"{len(found.trusted)} trusted signature(s), {threshold} needed{note}")
        return f"signed by {', '.join(key.key_id for key in found.trusted)}{note}"

    # 3
    def statement(self) -> str:
        try:
            self._attestation = self._bundle.unverified_attestation()
        except AttestationError as error:
            raise _CheckFailedError(error.message, malformed=True) from error
        return f"{self._attestation.predicate_type}, claim {self._attestation.predicate.claim.kind!r}"

    # 4
    def digests(self) -> str:
        predicate = self._stated().predicate
        try:
            key = self._given_key or _decode(VerifyingKey, self._bundle.verifying_key)
            proof = self._given_proof or _decode(Proof, self._bundle.proof)
        except InputError as error:
            raise _CheckFailedError(error.message, malformed=True) from error
        absent = [name for name, part in (("verifying key", key), ("proof", proof)) if part is None]
        if key is None or proof is None:
            raise _NotCheckedError(
                f"the bundle does not carry the {' and the '.join(absent)}, and none was given"
            )
        self._key, self._proof = key, proof
        statement, claim = proof.statement, predicate.claim
        try:
            actual = record_of(proof, key)
        except AttestationError as error:
            raise _CheckFailedError(
                f"the key or the proof holds what no attestation can: {error.message}"
            ) from error
        stated = predicate.proof
        pairs = {
            f"proof.{name}": (getattr(stated, name), getattr(actual, name))
            for name in type(stated).model_fields
        }
        pairs |= {
            "claim.input_commitment": (claim.input_commitment, hex_text(statement.input_commitment)),
            "claim.output": (list(map(int, claim.output.values)), decode_output(statement.output).tolist()),
            "claim.context": (claim.context, hex_text(statement.context)),
            "model.commitment": (predicate.model.commitment, hex_text(statement.model_hash)),
            "the key's backend": (key.backend, proof.backend),
            "the key's proof system": (key.proof_system, proof.proof_system),
            "the key's model": (key.model_hash, statement.model_hash),
            "the key's circuit": (key.circuit_hash, statement.circuit_hash),
            "the proof's key": (statement.vk_hash, key.digest),
        }
        wrong = [name for name, (left, right) in pairs.items() if left != right]
        if not wrong and predicate.anchor is not None and claim.nonce is not None:
            context = context_of(
                predicate.anchor,
                version=predicate.model.version,
                model_hash=statement.model_hash,
                nonce=bytes.fromhex(claim.nonce[2:]),
            )
            if context != statement.context:
                wrong.append("the context of anchor, version and nonce")
        if wrong:
            raise _CheckFailedError(f"not what the key and the proof say: {', '.join(wrong)}")
        self._digests_match = True
        return f"key {stated.vk_hash}, proof {stated.digest}, {len(pairs)} members compared"

    # 5
    def proof_verifies(self, backends: BackendLookup, srs: Srs | None) -> str:
        key, proof = self._matched()
        try:
            backend = backends(key.backend)
            if backend.proof_system != key.proof_system:
                raise _NotCheckedError(
                    f"the {key.backend} backend here speaks {backend.proof_system}, not {key.proof_system}"
                )
            accepted = backend.verify(key, proof, srs=srs)
        except FormatError as error:
            raise _CheckFailedError(error.message, malformed=True) from error
        except ProofMismatchError as error:
            raise _CheckFailedError(error.message) from error
        except ZkattestError as error:
            # A missing backend, tool or string says nothing about the proof.
            raise _NotCheckedError(str(error)) from error
        if not accepted:
            raise _CheckFailedError(f"{key.proof_system} rejects the proof")
        self._proof_accepted, self._tau_digest = True, backend.tau_digest(key)
        return f"{key.proof_system} accepts the proof"

    # 6
    def setup(self, srs: Srs | None, tau: bytes | None, allow_development: bool) -> str:
        key, _ = self._matched()
        digest = hex_text(key.srs_digest)
        if tau is not None:
            if not self._proof_accepted:
                raise _NotCheckedError("check 5 did not pass, so nothing is known of the key's [tau]_2")
            if self._tau_digest is None:
                raise _NotCheckedError(f"keys of {key.proof_system} have no [tau]_2 to compare")
            if self._tau_digest != tau:
                raise _CheckFailedError(
                    f"the key rests on a [tau]_2 of digest {hex_text(self._tau_digest)}, pinned is "
                    f"{hex_text(tau)}"
                )
        if srs is not None and not srs.holds(key.srs_digest):
            raise _CheckFailedError(
                f"the key rests on the string {digest}, the given one is {hex_text(srs.digest)}"
            )
        if key.srs_unsafe or (srs is not None and srs.unsafe):
            if not allow_development:
                raise _CheckFailedError(
                    f"the string {digest} was made for development: its maker can prove anything"
                )
            return f"development string {digest}, allowed by the caller"
        return f"string {digest}, " + (
            "the given one or a prefix of it"
            if srs is not None
            else "with the pinned [tau]_2"
            if tau is not None
            else "by the key's own word; give the string to compare"
        )

    # 7
    def anchored(self, chain: AnchorSource | None, allow_development: bool) -> str:
        predicate = self._stated().predicate
        anchor = predicate.anchor
        if anchor is None:
            raise _NotCheckedError("the attestation names no anchor")
        if chain is None:
            raise _NotCheckedError("no chain was given")
        if anchor.attestation_id is None:
            raise _NotCheckedError("the proof was not recorded on chain when the attestation was made")
        _, proof = self._matched()
        try:
            if chain.chain_id != anchor.chain_id or chain.registry.lower() != anchor.contract:
                raise _CheckFailedError(
                    f"the attestation is anchored in {anchor.contract} on chain {anchor.chain_id}, "
                    f"the trusted registry is {chain.registry.lower()} on chain {chain.chain_id}"
                )
            statement = proof.statement
            claimed = hex_text(
                attestation_digest(
                    context=statement.context,
                    input_commitment=statement.input_commitment,
                    output=statement.output,
                )
            )
            if anchor.attestation_id != claimed:
                raise _CheckFailedError(
                    f"the anchor names attestation {anchor.attestation_id}; "
                    f"the proof's claim has the id {claimed}"
                )
            record = chain.attestation(bytes.fromhex(claimed[2:]))
        except ChainError as error:
            raise _NotCheckedError(str(error)) from error
        if record is None:
            raise _CheckFailedError(f"the registry holds no attestation {anchor.attestation_id}")
        pairs = {
            "model id": (record.model_id, int(anchor.model_id)),
            "version": (record.version, predicate.model.version),
            "model hash": (record.model_hash, statement.model_hash),
            "circuit hash": (record.circuit_hash, statement.circuit_hash),
            "key hash": (record.vk_hash, statement.vk_hash),
            "proof system": (hex_text(record.proof_system_id), predicate.proof.proof_system_id),
        }
        if record.tx_hash is not None and anchor.tx_hash is not None:
            pairs["transaction"] = (record.tx_hash, bytes.fromhex(anchor.tx_hash[2:]))
        wrong = [name for name, (left, right) in pairs.items() if left != right]
        if wrong:
            raise _CheckFailedError(f"the registry's record differs: {', '.join(wrong)}")
        if record.development_setup and not allow_development:
            raise _CheckFailedError("the registry's verifier rests on a development set-up")
        if not record.verifier_approved:
            raise _CheckFailedError("the registry has withdrawn its approval of the verifier")
        note = "; the model version has been deprecated since" if record.deprecated else ""
        note += "; the transaction hash was not compared" if "transaction" not in pairs else ""
        return f"recorded as {anchor.attestation_id} on chain {anchor.chain_id}{note}"

    # 8
    def files(self, paths: Iterable[str | os.PathLike[str]] | None) -> str:
        subjects = {subject.digest.sha256: subject.name for subject in self._stated().subject}
        if paths is None:
            raise _NotCheckedError("no model file was given")
        seen = set()
        for path in paths:
            try:
                digest = file_sha256(path)
            except StorageError as error:
                raise _NotCheckedError(str(error)) from error
            if digest not in subjects:
                raise _CheckFailedError(f"{os.fspath(path)} has SHA-256 {digest}, which is no subject's")
            seen.add(digest)
        missing = [name for digest, name in subjects.items() if digest not in seen]
        if missing:
            raise _NotCheckedError(f"not given: {', '.join(missing)}")
        return f"{len(seen)} file(s) have the attested SHA-256"

    # 9
    def commitment(self, allow_development: bool) -> str:
        predicate = self._stated().predicate
        if self._bundle.model_commitment is None:
            raise _NotCheckedError(
                "the bundle carries no model commitment; its identity is bound by the proof"
            )
        try:
            from zkattest.commitments import Commitment
        except ImportError as error:
            raise _NotCheckedError("this build has no native library to decode commitments") from error
        try:
            commitment = Commitment.from_bytes(self._bundle.model_commitment)
        except (InputError, SrsError) as error:
            raise _CheckFailedError(error.message, malformed=True) from error
        if hex_text(commitment.identity) != predicate.model.commitment:
            raise _CheckFailedError(
                f"its identity is {hex_text(commitment.identity)}, attested is {predicate.model.commitment}"
            )
        if commitment.kind != "model":
            raise _CheckFailedError(f"it is a commitment of kind {commitment.kind!r}, not to a model")
        if commitment.srs_unsafe and not allow_development:
            raise _CheckFailedError(
                "it was made under a development string, so it binds its maker to nothing"
            )
        return f"{len(commitment.rows)} row(s), identity {predicate.model.commitment}"

    # 10
    def expectations(self, expected: Expected | None) -> str:
        predicate = self._stated().predicate
        if expected is None:
            raise _NotCheckedError("no expected value was given")
        self._matched()
        stated = {
            "vk_hash": predicate.proof.vk_hash,
            "model_commitment": predicate.model.commitment,
            "circuit_hash": predicate.proof.circuit_hash,
            "setup_digest": predicate.proof.setup_digest,
            "input_commitment": predicate.claim.input_commitment,
        }
        pinned = {name: value for name in stated if (value := getattr(expected, name)) is not None}
        wrong = [name for name, value in pinned.items() if stated[name] != hex_text(value)]
        if wrong:
            raise _CheckFailedError(f"not as expected: {', '.join(wrong)}")
        return f"as expected: {', '.join(pinned) or 'nothing was pinned'}"

    def _stated(self) -> Attestation:
        if self._attestation is None:
            raise _NotCheckedError("the statement does not decode")
        return self._attestation

    def _matched(self) -> tuple[VerifyingKey, Proof]:
        """Key and proof, only where check 4 found that they are the attested ones."""
        self._stated()
        if not self._digests_match or self._key is None or self._proof is None:
            raise _NotCheckedError("check 4 did not pass, so the key and the proof are not the attested ones")
        return self._key, self._proof
