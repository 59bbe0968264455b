"""``zkattest.gate``: which model version is in service, and what it takes to get there.

``zk.gate.validate(chain, model_id)`` finds evidence for each clause of the policy; ``zk.gate.deploy`` checks
a version's verifying key and puts it into service; ``zk.gate.status`` says where it stands, clause by clause.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zkattest.chain.gate import NEVER, GateClause
from zkattest.chain.metrics import EvidenceRecord, subject_digest
from zkattest.errors import DataSetMismatchError, PolicyError
from zkattest.gating.deployment import check_version_key
from zkattest.gating.evidence import dataset_id
from zkattest.html import fields_html

if TYPE_CHECKING:
    from zkattest.backends.base import VerifyingKey
    from zkattest.chain import Chain, Receipt
    from zkattest.chain.gate import State
    from zkattest.datasets import DataSet
    from zkattest.srs import Srs

__all__ = [
    "ClauseStatus",
    "GateStatus",
    "approve_data",
    "deploy",
    "lapse",
    "reinstate",
    "revoke",
    "status",
    "validate",
    "withdraw_data",
]

_NONE = bytes(32)


@dataclass(frozen=True)
class ClauseStatus:
    """How one clause of the policy stands.

    Attributes:
        clause: as the gate holds it.
        verdict: ``"satisfied"``, or what is wrong with the newest evidence.
        evidence: the newest that satisfies it, else the newest; None where there is none.
        expires_at: seconds since 1970; None: never, or no evidence.
    """

    clause: GateClause
    verdict: str
    evidence: EvidenceRecord | None

    @property
    def expires_at(self) -> int | None:
        if self.evidence is None or self.clause.max_age == NEVER:
            return None
        return self.evidence.completed_at + self.clause.max_age

    def describe(self) -> dict[str, Any]:
        """For people, in JSON's types and bytes."""
        return {
            **self.clause.describe(),
            "verdict": self.verdict,
            "evidence": None if self.evidence is None else self.evidence.evidence_id,
            "expires_at": self.expires_at,
        }


@dataclass(frozen=True)
class GateStatus:
    """Where a model version stands, by all evidence on chain.

    Attributes:
        state: now: ``"registered"``, ``"validated"``, ``"deployed"``; ``"none"`` for a deprecated version.
        revoked: a revoker took it out of service.
        policy_version: of the model's current policy; 0: it has none.
        clauses: of that policy.
    """

    model_id: int
    version: int
    state: State
    revoked: bool
    policy_version: int
    development_allowed: bool
    clauses: tuple[ClauseStatus, ...]

    @property
    def ready(self) -> bool:
        """Every clause has evidence that satisfies it."""
        return bool(self.clauses) and all(found.verdict == "satisfied" for found in self.clauses)

    def describe(self) -> dict[str, Any]:
        """For people."""
        return {
            "model_id": self.model_id,
            "version": self.version,
            "state": self.state,
            "revoked": self.revoked,
            "policy_version": self.policy_version,
            "development_allowed": self.development_allowed,
            "ready": self.ready,
            "clauses": [found.describe() for found in self.clauses],
        }

    def _repr_html_(self) -> str:
        lines = {f"clause {i}": f"{c.describe()['bound']}: {c.verdict}" for i, c in enumerate(self.clauses)}
        shown = {"model_id": self.model_id, "version": self.version, "state": self.state, **lines}
        return fields_html("deployment gate", shown)


def status(chain: Chain, model_id: int, version: int | None = None) -> GateStatus:
    """Where a version (the newest by default) stands; the gate judges all evidence about it."""
    version = _version(chain, model_id, version)
    gate = chain.gate
    policy, validation = gate.policy(model_id), gate.validation(model_id, version)
    return GateStatus(
        model_id,
        version,
        gate.state(model_id, version),
        validation.revoked,
        policy.version,
        policy.development_allowed,
        _judged(chain, model_id, version, policy.clauses),
    )


def approve_data(
    chain: Chain, dataset: DataSet, *, srs: Srs | None = None, allow_unsafe: bool = False
) -> Receipt:
    """Verify a data set's registration proofs, then let evidence over it count, for the role that it has.

    Arguments:
        srs: the set-up string that you trust; None: as the data set says itself.
        allow_unsafe: approve one under a development string, for trials.

    Raises:
        DataSetMismatchError: a registration proof does not hold, or the data set is not registered;
        PolicyError: it is under a development string. RevertedError: the account is no approver, …
    """
    if dataset.srs_unsafe and not allow_unsafe:
        raise PolicyError(
            "The data set is under a development set-up string, where proofs can be forged.",
            remedy="Commit to it under a ceremony's string, or allow unsafe strings for a trial.",
        )
    if not dataset.verify(srs):
        raise DataSetMismatchError(
            "A registration proof of the data set does not hold: its labels may be anything.",
            remedy="Do not approve it; ask its owner to commit to it again.",
        )
    return chain.gate.approve_dataset(dataset_id(chain, dataset), dataset.role)


def withdraw_data(chain: Chain, dataset: DataSet) -> Receipt:
    """Take an approval back: whatever was validated with this data set is out of service."""
    return chain.gate.withdraw_dataset(dataset_id(chain, dataset))


def validate(chain: Chain, model_id: int, version: int | None = None) -> tuple[GateStatus, Receipt]:
    """Show the gate the newest evidence that satisfies each clause.

    Raises:
        PolicyError: a clause has none; the message says why, clause by clause. RevertedError: the version is
        revoked or deprecated, or the account may not renew what is in service.
    """
    found = status(chain, model_id, version)
    if not found.clauses:
        raise PolicyError(f"Model {model_id} has no policy.", remedy="Set one: zkattest policy set.")
    missing = [
        f"clause {number} ({clause.clause.describe()['bound']}): {clause.verdict}"
        for number, clause in enumerate(found.clauses)
        if clause.verdict != "satisfied"
    ]
    if missing:
        raise PolicyError(
            f"Version {found.version} of model {model_id} does not satisfy its policy: {'; '.join(missing)}.",
            remedy="Prove what is missing, submit it, and validate again.",
        )
    ids = [_NONE if clause.evidence is None else clause.evidence.evidence_id for clause in found.clauses]
    receipt = chain.gate.validate(model_id, found.version, ids)
    return status(chain, model_id, found.version), receipt


def deploy(
    chain: Chain,
    model_id: int,
    key: VerifyingKey,
    version: int | None = None,
    *,
    srs: Srs | None = None,
    allow_unsafe: bool = False,
) -> Receipt:
    """Check the version's verifying key, whose registration proof no contract verifies
    (``zkattest.gating.deployment``), then put the validated version into service.

    Arguments:
        key: that the version is registered with. version: the newest by default.
        srs: the set-up string that you trust; None: as the key says itself.
        allow_unsafe: accept a key under a development string, for trials.

    Raises:
        PolicyError: the key is under a development string; ProofMismatchError: it is another than the
        version's, or its registration proof does not hold: its weights may be any field elements;
        FormatError: it is malformed. RevertedError: the version is not validated, or the account no deployer.
    """
    record = chain.get_model(model_id) if version is None else chain.get_version(model_id, version)
    check_version_key(key, record, srs=srs, allow_unsafe=allow_unsafe)
    return chain.gate.deploy(model_id, record.version)


def revoke(
    chain: Chain, model_id: int, version: int | None = None, *, reason_digest: bytes = bytes(32)
) -> Receipt:
    """Take a version out of service, until a revoker reinstates it."""
    return chain.gate.revoke(model_id, _version(chain, model_id, version), reason_digest)


def reinstate(chain: Chain, model_id: int, version: int | None = None) -> Receipt:
    """Let a revoked version be validated again."""
    return chain.gate.reinstate(model_id, _version(chain, model_id, version))


def lapse(chain: Chain, model_id: int, version: int | None = None) -> Receipt:
    """Note on chain that a version has lost its state, so that it does not come back by itself."""
    return chain.gate.lapse(model_id, _version(chain, model_id, version))


def _version(chain: Chain, model_id: int, version: int | None) -> int:
    return chain.get_model(model_id).version if version is None else version


def _judged(
    chain: Chain, model_id: int, version: int, clauses: tuple[GateClause, ...]
) -> tuple[ClauseStatus, ...]:
    """Each clause with the newest evidence that satisfies it, by the gate's own verdicts."""
    if not clauses or chain.gate.state(model_id, version) == "none":
        return tuple(ClauseStatus(clause, "no evidence", None) for clause in clauses)
    newest_first = chain.metrics.completed(model_id, version)[::-1]
    subjects = [_subject(model_id, version, clause) for clause in clauses]
    candidates = [[found for found in newest_first if found.subject == subject] for subject in subjects]
    best: list[ClauseStatus | None] = [None] * len(clauses)
    for turn in range(max(1, *map(len, candidates))):
        shown = [found[turn] if turn < len(found) else None for found in candidates]
        ids = [_NONE if found is None else found.evidence_id for found in shown]
        verdicts = chain.gate.verdicts(model_id, version, ids)
        for number, (clause, verdict, found) in enumerate(zip(clauses, verdicts, shown, strict=True)):
            known = best[number]
            if known is None or (known.verdict != "satisfied" and verdict == "satisfied"):
                best[number] = ClauseStatus(clause, verdict, found)
    return tuple(found for found in best if found is not None)


def _subject(model_id: int, version: int, clause: GateClause) -> bytes:
    return subject_digest(
        model_id=model_id,
        version=version,
        dataset_id=clause.dataset_id,
        circuit_hash=clause.circuit_hash,
        scheme=clause.scheme,
    )
