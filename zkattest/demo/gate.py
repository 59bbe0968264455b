"""The demonstration's last part: a gate that opens by a proof of quality, and by nothing else.

The regulator's policy: right on at least 90% of the hospital's 114 held-out patients, and, between small and
large nuclei, recall of benign tumours differs by at most 0.1. Three pieces of evidence come to the gate, all
of them true: the good model on other patients, the worse model on the right ones, the good model on these.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np

from zkattest import datasets, gate, policy
from zkattest.backends.base import Keys
from zkattest.chain import Chain, SubmittedMetric
from zkattest.datasets import DataSet, DataSetStore, Schema
from zkattest.demo.clinic import DIAGNOSES, GROUPS, Patients
from zkattest.demo.parties import Party, Step, timed
from zkattest.errors import RevertedError
from zkattest.gating.evidence import bind_metric, register_dataset, submit_metric
from zkattest.metrics import Metric
from zkattest.metrics.proof import MetricProof
from zkattest.metrics.proving import prove_metric, setup_metric
from zkattest.metrics.result import MetricVerdict
from zkattest.metrics.verifying import verify_metric
from zkattest.progress import Progress, phase
from zkattest.reports.measured import metric_findings
from zkattest.reports.metric import metric_html
from zkattest.reports.metric_checks import metric_checks
from zkattest.srs import Srs
from zkattest.storage import write_atomic

COLUMN: Final = GROUPS[0][0]
METRIC: Final = Metric("confusion", groups=(COLUMN,))
_TEST, _OTHER = "test-set", "other-set"

#: What the regulator asks of a model; keys and data set are beside the file.
POLICY: Final = f"""\
model = "{{who}}.zkvk"
development = true  # the set-up string of a demonstration

[[clause]]
metric = "accuracy"
at_least = 0.9
min_labelled = 100
data = "{_TEST}"
key = "{{who}}-metric.zkvk"
max_age = "90d"

[[clause]]
metric = "equal_opportunity_gap"
class = "benign"
group = "{COLUMN}"
at_most = 0.1
data = "{_TEST}"
key = "{{who}}-metric.zkvk"
max_age = "90d"
"""


@dataclass(frozen=True)
class GateResult:
    """What happened at the gate.

    Attributes:
        metric_verified: the good model's proof holds, and its data set's registration.
        opened: the good model's evidence satisfied the policy; it is in service.
        worse_refused, wrong_data_refused: the gate said no, in a transaction, and stayed shut.
        accuracy, worse_accuracy: proved, as ``right of labelled``.
        refusals: why, in the gate's words.
        report_file: page about the good model's metric.
    """

    metric_verified: bool
    opened: bool
    worse_refused: bool
    wrong_data_refused: bool
    accuracy: str
    worse_accuracy: str
    refusals: dict[str, str]
    report_file: Path
    gas: dict[str, int] = field(repr=False)
    steps: tuple[Step, ...] = field(repr=False)

    @property
    def ok(self) -> bool:
        """It opened for the right evidence alone."""
        return self.metric_verified and self.opened and self.worse_refused and self.wrong_data_refused

    def verdicts(self) -> dict[str, Any]:
        """For the demonstration's summary."""
        return {
            "metric_verified": self.metric_verified,
            "accuracy": self.accuracy,
            "gate_opened": self.opened,
            "worse_model_refused": self.worse_refused,
            "worse_model_accuracy": self.worse_accuracy,
            "wrong_data_refused": self.wrong_data_refused,
            "refusals": self.refusals,
            "report_file": self.report_file,
        }


@dataclass(frozen=True)
class _Evidence:
    """One party's proof over one data set, verified and counted by the contract."""

    proof: MetricProof
    verdict: MetricVerdict
    submitted: SubmittedMetric
    prove_s: float

    @property
    def accuracy(self) -> str:
        overall = self.verdict.result.overall
        value = overall.exact("accuracy") or Fraction(0)
        return f"{int(value * overall.labelled)} of {overall.labelled}"


@dataclass(frozen=True)
class _Prover:
    """A party that proves the metric of its registered model for a chain, and shows it to the gate."""

    party: Party
    keys: Keys
    model_id: int
    chain: Chain
    srs: Srs

    def evidence(self, store: DataSetStore) -> _Evidence:
        """Prove, verify here, have the contract verify and count."""
        binding = bind_metric(self.chain, self.model_id)
        proof, prove_s = timed(
            lambda: prove_metric(
                self.keys,
                self.party.model,
                store,
                METRIC,
                srs=self.srs,
                binding=binding,
            )
        )
        key, dataset = self.keys.verifying, store.dataset
        verdict = verify_metric(proof, key, dataset, srs=self.srs, binding=binding)
        return _Evidence(proof, verdict, submit_metric(self.chain, proof, key, dataset), prove_s)

    def refusal(self, found: _Evidence) -> str:
        """Why the gate does not take this evidence, by a transaction that it reverts; empty: it took it."""
        gate = self.chain.gate
        shown = [found.submitted.evidence_id] * len(gate.policy(self.model_id).clauses)
        try:
            gate.validate(self.model_id, 1, shown)
        except RevertedError as error:
            if error.name != "ClauseNotSatisfied":
                raise
            return next(v for v in gate.verdicts(self.model_id, 1, shown) if v != "satisfied")
        return ""

    def state(self) -> str:
        return self.chain.gate.state(self.model_id, 1)


def judge_at_gate(
    directory: Path, kept: Path, chain: Chain, parties: dict[int, Party], srs: Srs, progress: Progress
) -> GateResult:
    """Commit to patients, prove quality, and go to the gate with all three pieces of evidence.

    Arguments:
        directory: for the report page; kept: for data sets and policies, which rest on ``srs``.
        parties: the good model's and the worse one's, by the number under which it is registered.
    """
    (_, ours), _ = parties.items()
    with phase(progress, "commit to held-out and to other patients"):
        test, commit_s = timed(lambda: _commit(ours.clinic.test, srs, kept / _TEST, ours))
        # the same sizes, so that one key serves both
        other = _commit(ours.clinic.training, srs, kept / _OTHER, ours, test.dataset.schema)
    with phase(progress, "make keys of a metric"):
        good, worse = (
            _Prover(party, setup_metric(party.committed, srs, METRIC, test), model_id, chain, srs)
            for model_id, party in parties.items()
        )
    with phase(progress, "a regulator approves data sets and sets policies"):
        for store in (test, other):
            found = register_dataset(chain, store.dataset)
            chain.gate.approve_dataset(found.dataset_id, store.dataset.role)
        policy_gas = _set_policies(kept, good, worse)
    with phase(progress, "at the gate: the good model on other patients"):
        elsewhere = good.refusal(good.evidence(other))
        wrong_data_refused = bool(elsewhere) and good.state() == "registered"
    with phase(progress, "at the gate: a worse model on the held-out patients"):
        poor = worse.evidence(test)
        too_poor = worse.refusal(poor)
        worse_refused = bool(too_poor) and worse.state() == "registered"
    with phase(progress, "at the gate: the good model on the held-out patients"):
        proved = good.evidence(test)
        if not good.refusal(proved):
            gate.deploy(chain, good.model_id, good.party.keys.verifying, 1, srs=srs, allow_unsafe=True)
    page = directory / "accuracy.html"
    write_atomic(page, _page(proved, good.keys, test.dataset).encode())
    return GateResult(
        metric_verified=bool(proved.verdict),
        opened=good.state() == "deployed",
        worse_refused=worse_refused,
        wrong_data_refused=wrong_data_refused,
        accuracy=proved.accuracy,
        worse_accuracy=poor.accuracy,
        refusals={"worse_model": too_poor, "wrong_data": elsewhere},
        report_file=page,
        gas={"policy": policy_gas, "metric": proved.submitted.gas_used},
        steps=(
            Step("114 patients committed to", commit_s, len(test.dataset.to_bytes())),
            Step("accuracy proved, by group", proved.prove_s, proved.proof.payload_bytes),
            Step("verified by contract, counted", gas=proved.submitted.gas_used),
        ),
    )


def _set_policies(directory: Path, *provers: _Prover) -> int:
    """Write the policy of each model and set it; the gas of the last."""
    gas = 0
    for prover in provers:
        who = f"model-{prover.model_id}"
        write_atomic(directory / f"{who}.zkvk", prover.party.keys.verifying.to_bytes())
        write_atomic(directory / f"{who}-metric.zkvk", prover.keys.verifying.to_bytes())
        file = write_atomic(directory / f"{who}-policy.toml", POLICY.format(who=who).encode())
        _, receipt = policy.set(prover.chain, prover.model_id, file)
        gas = receipt.gas_used
    return gas


def _commit(
    patients: Patients, srs: Srs, directory: Path, party: Party, schema: Schema | None = None
) -> DataSetStore:
    """Commit to patients with diagnoses and groups; with a schema, to as many as a shard of it holds."""
    rows = len(patients.labels) if schema is None else schema.capacity
    options = {"schema": schema} if schema else {"classes": DIAGNOSES}
    return datasets.commit(
        patients.features[:rows],
        srs,
        directory,
        like=party.committed,
        role="train" if schema else "test",
        clip=True,
        label=np.array(DIAGNOSES)[patients.labels[:rows]],
        groups={COLUMN: patients.groups[COLUMN][:rows]},
        **options,
    )


def _page(found: _Evidence, keys: Keys, dataset: DataSet) -> str:
    """A page about the metric, with the verifications that were made."""
    key = keys.verifying
    counted = "it verified the same proofs and counted them"
    checks = metric_checks(
        found.verdict,
        unsafe=key.srs_unsafe,
        compared=True,
        allow_unsafe=True,
        extra=[("contract", found.submitted.evidence.complete, counted)],
    )
    measures = found.verdict.result.measures if found.verdict else None
    return metric_html(
        metric_findings(
            METRIC,
            dataset,
            key,
            measures,
            checks,
            compared=True,
            title="Accuracy of a breast-cancer classifier",
            model_name="the demonstration's classifier",
            dataset_name="114 held-out patients",
            version=1,
        )
    )
