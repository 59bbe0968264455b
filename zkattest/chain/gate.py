"""The deployment gate: policies, approvals, and which model version is in service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from zkattest.chain.contracts import Contract, Event
from zkattest.chain.datasets import ROLES, Role
from zkattest.chain.deployment import DEPLOYMENT_GATE, Deployment
from zkattest.chain.metrics import SCHEMES, Scheme
from zkattest.chain.node import Receipt
from zkattest.chain.reverts import VERDICTS
from zkattest.chain.session import Session, topic_of
from zkattest.errors import ChainError, InputError

State = Literal["none", "registered", "validated", "deployed"]

Reveal = Literal["hits", "confusion", "top-k", "errors"]
Measure = Literal[
    "accuracy",
    "precision",
    "recall",
    "f1",
    "balanced_accuracy",
    "r2",
    "mae",
    "mse",
    "demographic_parity_gap",
    "equal_opportunity_gap",
]
REVEALS: Final[tuple[Reveal, ...]] = get_args(Reveal)  # the contract counts both from 0
MEASURES: Final[tuple[Measure, ...]] = get_args(Measure)

#: All groups of a column together.
ALL: Final = (1 << 32) - 1
#: Evidence that never expires.
NEVER: Final = (1 << 64) - 1
#: Thresholds are in units of 2^-16.
UNIT: Final = 1 << 16


@dataclass(frozen=True)
class GateClause:
    """One condition of a policy, as the contract holds it.

    Attributes:
        circuit_hash: of the metric circuit, 32 bytes: what evidence means.
        dataset_id: what the metric is over.
        scheme: whether the bound is computed from counts, or was proved of hidden ones.
        reveal, classes, groups, scale: how counts lie; ``groups`` of each counted column.
        measure: what is bounded.
        column: place in ``groups``; group: of that column, or :data:`ALL`; of_class: number of a class.
        threshold: in units of 2^-16.
        index: number of the proved threshold.
        min_labelled: least number of labelled rows; max_age: seconds, or :data:`NEVER`.
    """

    circuit_hash: bytes
    dataset_id: int
    scheme: Scheme
    reveal: Reveal
    classes: int
    groups: tuple[int, ...]
    scale: int
    measure: Measure
    column: int
    group: int
    of_class: int
    threshold: int
    index: int
    min_labelled: int
    max_age: int

    def to_abi(self) -> dict[str, Any]:
        """The contract's struct."""
        return {
            "circuitHash": self.circuit_hash,
            "datasetId": self.dataset_id,
            "scheme": SCHEMES.index(self.scheme),
            "tally": {
                "reveal": REVEALS.index(self.reveal),
                "classes": self.classes,
                "groups": list(self.groups),
                "scale": self.scale,
            },
            "question": {
                "metric": MEASURES.index(self.measure),
                "column": self.column,
                "group": self.group,
                "class_": self.of_class,
                "threshold": self.threshold,
            },
            "index": self.index,
            "minLabelled": self.min_labelled,
            "maxAge": self.max_age,
        }

    @classmethod
    def from_abi(cls, found: Mapping[str, Any]) -> GateClause:
        """From the contract's struct."""
        tally, question = found["tally"], found["question"]
        return cls(
            circuit_hash=found["circuitHash"],
            dataset_id=found["datasetId"],
            scheme=SCHEMES[found["scheme"]],
            reveal=REVEALS[tally["reveal"]],
            classes=tally["classes"],
            groups=tuple(tally["groups"]),
            scale=tally["scale"],
            measure=MEASURES[question["metric"]],
            column=question["column"],
            group=question["group"],
            of_class=question["class_"],
            threshold=question["threshold"],
            index=found["index"],
            min_labelled=found["minLabelled"],
            max_age=found["maxAge"],
        )

    def describe(self) -> dict[str, Any]:
        """For people: the bound in its own unit."""
        side = "at most" if self.measure in ("mae", "mse") or self.measure.endswith("_gap") else "at least"
        proved = self.scheme == "thresholds"
        if proved:
            side = f"proved bound {self.index} at least"
        return {
            "bound": f"{self.measure} {side} {self.threshold / UNIT:.6g}",
            "data_set": self.dataset_id,
            "column": self.column,
            "group": "all" if self.group == ALL else self.group,
            "class": self.of_class,
            "min_labelled": self.min_labelled,
            "max_age": "never" if self.max_age == NEVER else self.max_age,
            "circuit_hash": self.circuit_hash,
        }


@dataclass(frozen=True)
class PolicyRecord:
    """A model's policy on chain; ``version`` is 0 where there is none."""

    model_id: int
    version: int
    development_allowed: bool
    clauses: tuple[GateClause, ...]


@dataclass(frozen=True)
class Validation:
    """What a version was validated with.

    Attributes:
        policy_version: the policy then; 0 where it never was, or has lapsed.
        deployed: a deployer put it into service; ``state`` says whether it still is.
        revoked: a revoker took it out.
        evidence_ids: one for each clause.
    """

    policy_version: int
    deployed: bool
    revoked: bool
    evidence_ids: tuple[bytes, ...]


class GateClient:
    """The deployed DeploymentGate."""

    def __init__(self, session: Session, deployment: Deployment) -> None:
        self._session = session
        self._contract = Contract.load(DEPLOYMENT_GATE)
        self._at = deployment.address(DEPLOYMENT_GATE)
        self._since = deployment.contracts[DEPLOYMENT_GATE].block_number

    # --- looking ------------------------------------------------------------------------------------

    def policy(self, model_id: int) -> PolicyRecord:
        """A model's current policy."""
        found = self._session.call(self._contract, self._at, "policyOf", model_id)
        clauses = tuple(GateClause.from_abi(clause) for clause in found["clauses"])
        return PolicyRecord(model_id, found["policyVersion"], found["developmentAllowed"], clauses)

    def state(self, model_id: int, version: int) -> State:
        """Where a version stands, now."""
        number: int = self._session.value(self._contract, self._at, "stateOf", model_id, version)
        states: tuple[State, ...] = get_args(State)
        return states[number]

    def validation(self, model_id: int, version: int) -> Validation:
        """What a version was validated with."""
        found = self._session.call(self._contract, self._at, "validationOf", model_id, version)
        return Validation(
            found["policyVersion"], found["deployed"], found["revoked"], tuple(found["evidenceIds"])
        )

    def verdicts(self, model_id: int, version: int, evidence_ids: Sequence[bytes]) -> tuple[str, ...]:
        """What the contract would find of each clause; ``"satisfied"`` is the good one.

        Raises:
            RevertedError: ``NoPolicy``, or not one piece of evidence for each clause.
        """
        found = self._session.value(
            self._contract, self._at, "verdictsOn", model_id, version, list(evidence_ids)
        )
        return tuple(VERDICTS[number] for number in found)

    def is_dataset_approved(self, dataset_id: int) -> bool:
        """Whether evidence over the data set counts."""
        return bool(self._session.value(self._contract, self._at, "isDatasetApproved", dataset_id))

    # --- acting; whatever is done already is not done again ---------------------------------------

    def set_policy(
        self, model_id: int, clauses: Sequence[GateClause], *, development_allowed: bool
    ) -> tuple[PolicyRecord, Receipt]:
        """Replace the policy, or return the one that says the same."""
        current = self.policy(model_id)
        if current.version and (current.clauses, current.development_allowed) == (
            tuple(clauses),
            development_allowed,
        ):
            return current, self._receipt("PolicySet", model_id)
        receipt = self._transact(
            "setPolicy",
            model_id,
            [clause.to_abi() for clause in clauses],
            development_allowed,
            doing="set the policy",
            precondition=current.version,
        )
        return self.policy(model_id), receipt

    def approve_dataset(self, dataset_id: int, role: Role) -> Receipt:
        """Let evidence over the data set count."""
        if role not in ROLES:
            raise InputError(
                f"{role!r} is no role of a data set.", remedy=f"Choose one of {', '.join(ROLES)}."
            )
        if self.is_dataset_approved(dataset_id):
            return self._receipt("DatasetApproved", dataset_id)
        return self._transact(
            "approveDataset",
            dataset_id,
            ROLES.index(role) + 1,
            doing="approve the data set",
            precondition=self._count("DatasetWithdrawn", dataset_id),
        )

    def withdraw_dataset(self, dataset_id: int) -> Receipt:
        """Take an approval back."""
        withdrawn = self._count("DatasetWithdrawn", dataset_id)
        if withdrawn and not self.is_dataset_approved(dataset_id):
            return self._receipt("DatasetWithdrawn", dataset_id)
        return self._transact(
            "withdrawDataset", dataset_id, doing="withdraw the data set's approval", precondition=withdrawn
        )

    def validate(self, model_id: int, version: int, evidence_ids: Sequence[bytes]) -> Receipt:
        """Show evidence for each clause."""
        shown = self.validation(model_id, version).evidence_ids
        if self.state(model_id, version) in ("validated", "deployed") and shown == tuple(evidence_ids):
            return self._receipt("Validated", model_id, version)
        return self._transact(
            "validate",
            model_id,
            version,
            list(evidence_ids),
            doing="validate the version",
            precondition=self._count_all(model_id, version),
        )

    def deploy(self, model_id: int, version: int) -> Receipt:
        """Put a validated version into service. :func:`zkattest.gate.deploy` checks its key before."""
        if self.state(model_id, version) == "deployed":
            return self._receipt("Deployed", model_id, version)
        return self._transact(
            "deploy",
            model_id,
            version,
            doing="put the version into service",
            precondition=self._count_all(model_id, version),
        )

    def revoke(self, model_id: int, version: int, reason_digest: bytes = bytes(32)) -> Receipt:
        """Take a version out of service until it is reinstated."""
        if self.validation(model_id, version).revoked:
            return self._receipt("Revoked", model_id, version)
        return self._transact(
            "revoke",
            model_id,
            version,
            reason_digest,
            doing="revoke the version",
            precondition=self._count("Reinstated", model_id, version),
        )

    def reinstate(self, model_id: int, version: int) -> Receipt:
        """Let a revoked version be validated again."""
        reinstated = self._count("Reinstated", model_id, version)
        if reinstated and not self.validation(model_id, version).revoked:
            return self._receipt("Reinstated", model_id, version)
        return self._transact(
            "reinstate", model_id, version, doing="reinstate the version", precondition=reinstated
        )

    def lapse(self, model_id: int, version: int) -> Receipt:
        """Note that a version has lost its state, so that it does not come back by itself."""
        lapsed = self._count("Lapsed", model_id, version)
        if lapsed and not self.validation(model_id, version).policy_version:
            return self._receipt("Lapsed", model_id, version)
        return self._transact(
            "lapse",
            model_id,
            version,
            doing="note that the version has lapsed",
            precondition=self._count_all(model_id, version),
        )

    def transitions(self, model_id: int, version: int) -> list[Event]:
        """Everything that happened to a version at the gate, oldest first."""
        names = ("Validated", "Deployed", "Revoked", "Reinstated", "Lapsed")
        logs = [log for name in names for log in self._logs(name, model_id, version)]
        logs.sort(key=lambda log: (int(log["blockNumber"], 16), int(log["logIndex"], 16)))
        return [event for log in logs if (event := self._contract.decode_log(log)) is not None]

    # --- inner --------------------------------------------------------------------------------------

    def _transact(self, function: str, *arguments: Any, doing: str, precondition: int) -> Receipt:
        # What may legitimately be wanted again is told from a retry by how often it was undone.
        return self._session.transact(
            self._contract,
            self._at,
            function,
            *arguments,
            doing=doing,
            precondition=precondition.to_bytes(8, "big"),
        )

    def _logs(self, event: str, *indexed: int) -> list[Mapping[str, Any]]:
        topics = [self._contract.topic(event), *(topic_of(value) for value in indexed)]
        return self._session.logs([self._at], topics, since=self._since)

    def _count(self, event: str, *indexed: int) -> int:
        return len(self._logs(event, *indexed))

    def _count_all(self, model_id: int, version: int) -> int:
        """Everything that may have ended an earlier state: of the version, and the policy's number."""
        return (self.policy(model_id).version << 32) + len(self.transitions(model_id, version))

    def _receipt(self, event: str, *indexed: int) -> Receipt:
        found = self._logs(event, *indexed)
        if not found:
            raise ChainError(
                f"The gate's {event} is not yet deep enough in the chain.",
                remedy="Repeat the command when a few more blocks are there.",
            )
        return self._session.log_receipt(found[-1])
