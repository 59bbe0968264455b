"""What is proved of hidden counts implies the bound that was asked for, and little more than it is needed."""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from ezkl_models import Builder, mlp, quantised
from hypothesis import given, settings
from hypothesis import strategies as st
from metric_counts import count

from zkattest.datasets import Classes, Features, Group, Schema, Value
from zkattest.errors import FormatError, MetricError
from zkattest.frontend import QuantisedModel
from zkattest.metrics import Metric, Plan, plan
from zkattest.metrics.measures import Slice, measure
from zkattest.metrics.metric import AT_LEAST, AT_MOST
from zkattest.metrics.score import Reveal, Task

GROUPS = (Group("sex", ("f", "m")), Group("age", ("young", "old", "older")))


def schema_of(model: QuantisedModel, classes: int = 0, *, target_scale: int = 4, **more: Any) -> Schema:
    spec = model.inputs[0]
    target = Classes("y", tuple(f"c{i}" for i in range(classes))) if classes else Value("y", target_scale)
    features = Features(spec.shape, spec.bits, spec.scale)
    return dataclasses.replace(Schema(features, target, GROUPS, 12), **more)


@pytest.fixture(scope="module")
def three() -> QuantisedModel:
    return mlp((4, 3))


@pytest.fixture(scope="module")
def one() -> QuantisedModel:
    return mlp((4, 1))


def holds(planned: Plan, counts: list[int]) -> bool:
    """Whether a proof can be made: what the circuit checks, over integers."""
    bounded = planned.score.bounded
    assert bounded is not None
    quotients = []
    for num, den in bounded.ratios:
        above, below = (sum(weight * counts[at] for at, weight in part) for part in (num, den))
        if below < 1 or not 0 <= (quotient := 2**16 * above // below) < 2**17:
            return False
        quotients.append(quotient)
    return all(
        sum(weight * quotients[at] for at, weight in clause) >= threshold
        for clause, threshold in zip(bounded.clauses, planned.thresholds, strict=True)
    )


# --- bounds on classes --------------------------------------------------------------------------------


def exact_value(name: str, part: Slice, of_class: str) -> Fraction | None:
    """The metric by its definition, None where a denominator is 0."""
    matrix = np.array(part.confusion)
    index = int(of_class[1:]) if of_class else 0
    total, hit = int(matrix.sum()), int(matrix[index, index])
    true, shown = int(matrix[index].sum()), int(matrix[:, index].sum())

    def over(num: int, den: int) -> Fraction | None:
        return Fraction(num, den) if den else None

    def mean(kind: str) -> Fraction | None:
        values = [exact_value(kind, part, f"c{i}") for i in range(len(matrix))]
        known = [value for value in values if value is not None]
        return sum(known, Fraction(0)) / len(matrix) if len(known) == len(matrix) else None

    single = {
        "accuracy": over(int(np.trace(matrix)), total),
        "error_rate": over(total - int(np.trace(matrix)), total),
        "precision": over(hit, shown),
        "recall": over(hit, true),
        "f1": over(2 * hit, true + shown),
        "false_positive_rate": over(shown - hit, total - true),
        "false_negative_rate": over(true - hit, true),
        "positive_rate": over(shown, total),
    }
    if name in single:
        return single[name]
    return mean({"balanced_accuracy": "recall"}.get(name, name.removesuffix("_macro")))


RATES = {
    "accuracy_gap": "accuracy",
    "demographic_parity_gap": "positive_rate",
    "equal_opportunity_gap": "recall",
}
NAMES = [name for name in (*AT_LEAST, *AT_MOST) if name not in ("mae", "mse", "top_k_accuracy")]
CLASSED = {"precision", "recall", "f1", "false_positive_rate", "false_negative_rate"}


@st.composite
def bounded_case(draw: st.DrawFn) -> tuple[str, Fraction, str, np.ndarray, np.ndarray, list[np.ndarray]]:
    name = draw(st.sampled_from(NAMES))
    threshold = draw(
        st.sampled_from([Fraction(0), Fraction(1), Fraction(1, 2), Fraction(9, 10), Fraction(1, 3)])
        | st.fractions(0, 1, max_denominator=20)
    )
    group = draw(st.sampled_from(("sex", "age") if name in RATES else ("", "sex")))
    rows = draw(st.integers(1, 12))
    outputs = np.array([[draw(st.integers(0, 2)) for _ in range(3)] for _ in range(rows)])
    labels = np.array([draw(st.integers(0, 2)) for _ in range(rows)])
    return (
        name,
        threshold,
        group,
        outputs,
        labels,
        [np.array([draw(st.integers(0, size - 1)) for _ in range(rows)]) for size in (2, 3)],
    )


@settings(max_examples=600, deadline=None)
@given(case=bounded_case())
def test_what_can_be_proved_is_true_and_what_is_clearly_true_can_be(three: QuantisedModel, case: Any) -> None:
    name, threshold, group, outputs, labels, groups = case
    of_class = "c1" if name in CLASSED or (name in RATES and name != "accuracy_gap") else ""
    low = name in AT_LEAST
    ask = Metric().at_least if low else Metric().at_most
    planned = plan(ask(name, threshold, group=group, of_class=of_class), three, schema_of(three, 3))
    proved = holds(planned, count(planned.score, outputs, labels, groups))

    shown = plan(Metric("confusion", groups=("sex", "age")), three, schema_of(three, 3))
    found = measure(shown.score, count(shown.score, outputs, labels, groups), shown.columns)
    parts = list(found.groups[group].values()) if group else [found.overall]
    values = [exact_value(RATES.get(name, name), part, of_class) for part in parts]
    if any(value is None for value in values):  # a denominator is zero: no proof, whatever the rest is
        assert not proved
        return
    known = [value for value in values if value is not None]
    if name in RATES:
        known = [max(known) - min(known)]
    if proved:
        assert all(value >= threshold if low else value <= threshold for value in known)
    slack = Fraction(2, 2**16)
    if all(value >= threshold + slack if low else value <= threshold - slack for value in known):
        assert proved
    exactly_there = not name.endswith(("_macro", "_gap", "balanced_accuracy"))
    if exactly_there and (threshold * 2**16).denominator == 1:
        assert proved == all(value >= threshold if low else value <= threshold for value in known)


def test_gaps_of_several_classes_are_about_each(three: QuantisedModel) -> None:
    planned = plan(Metric().at_most("demographic_parity_gap", 0.5, group="age"), three, schema_of(three, 3))
    assert planned.score.bounded is not None
    assert len(planned.score.bounded.ratios) == 3 * 3
    assert len(planned.thresholds) == 3 * 3 * 2
    assert set(planned.thresholds) == {1 - 2**15}


def test_thresholds_are_no_part_of_the_score(three: QuantisedModel) -> None:
    plans = [plan(Metric().at_least("accuracy", t), three, schema_of(three, 3)) for t in ("0.5", "0.9")]
    assert plans[0].score == plans[1].score
    assert [planned.thresholds for planned in plans] == [(32768,), (58983,)]


def test_equal_ratios_are_one(three: QuantisedModel) -> None:
    metric = Metric().at_least("recall_macro", 0.5).at_least("recall", 0.4, of_class="c1")
    bounded = plan(metric, three, schema_of(three, 3)).score.bounded
    assert bounded is not None
    assert len(bounded.ratios) == 3
    assert bounded.clauses == (((0, 1), (1, 1), (2, 1)), ((1, 1),))


# --- bounds on errors ---------------------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(
    name=st.sampled_from(["mae", "mse"]),
    rows=st.lists(st.tuples(st.integers(-200, 200), st.integers(-200, 200)), min_size=1, max_size=8),
    threshold=st.fractions("1/64", 300, max_denominator=64),
)
def test_bounded_errors(
    one: QuantisedModel, name: str, rows: list[tuple[int, int]], threshold: Fraction
) -> None:
    planned = plan(Metric().at_most(name, threshold), one, schema_of(one))
    outputs, targets = (np.array([row[at] for row in rows]) for at in (0, 1))
    everybody = np.ones(len(rows), dtype=bool)
    proved = holds(planned, count(planned.score, outputs[:, None], targets, [], everybody))
    shown = dataclasses.replace(planned.score, bounded=None)
    found = measure(shown, count(shown, outputs[:, None], targets, [], everybody), planned.columns)
    value = found.overall.exact(name)
    assert value is not None
    if proved:
        assert value <= threshold
    if value <= threshold * (1 - Fraction(2, 2**15)):
        assert proved


def test_thresholds_of_errors_that_no_unit_fits(one: QuantisedModel) -> None:
    for threshold in (Fraction(1, 10**9), Fraction(10**20)):
        with pytest.raises(MetricError, match="out of range"):
            plan(Metric().at_most("mae", threshold), one, schema_of(one))


def test_errors_are_in_the_finer_unit(one: QuantisedModel) -> None:
    scale = one.outputs[0].scale
    for target in (scale - 3, scale, scale + 5):
        planned = plan(Metric("errors"), one, schema_of(one, target_scale=target))
        shifts = planned.score.output_shift, planned.score.target_shift
        assert shifts == (max(target - scale, 0), max(scale - target, 0))
        assert planned.columns.scale == max(scale, target)


# --- models and schemas -------------------------------------------------------------------------------


def test_a_model_with_one_output_cuts_at_zero_or_at_half_a_sigmoid(one: QuantisedModel) -> None:
    assert plan(Metric("accuracy"), one, schema_of(one, 2)).score.cut == 0
    third = plan(Metric("accuracy", cut=Fraction(1, 3)), one, schema_of(one, 2)).score
    assert (third.task, third.cut) == (Task.CUT, math.ceil(Fraction(2) ** one.outputs[0].scale / 3))

    def build(b: Builder) -> str:
        return b.op("Sigmoid", b.op("Gemm", "x", b.constant(np.ones((4, 1))), b.constant([0.1])))

    sigmoid = quantised((1, 4), build)
    assert plan(Metric("accuracy"), sigmoid, schema_of(sigmoid, 2)).score.cut == (
        1 << (sigmoid.outputs[0].scale - 1)
    )
    with pytest.raises(MetricError, match="outside"):
        plan(Metric("accuracy", cut=Fraction(10**6)), one, schema_of(one, 2))


def test_columns_are_overall_and_those_named(three: QuantisedModel) -> None:
    schema = schema_of(three, 3)
    assert plan(Metric("accuracy"), three, schema).score.columns == (0,)
    assert plan(Metric("accuracy", groups=("age", "sex")), three, schema).score.columns == (0, 1, 2)
    gap = Metric().at_most("accuracy_gap", 0.5, group="age")
    assert plan(gap, three, schema).score.columns == (2,)
    assert plan(gap.at_least("accuracy", 0.5), three, schema).score.columns == (0, 2)
    assert plan(gap, three, schema).score.reveal == Reveal.HITS
    assert plan(gap.at_least("f1_macro", 0.5), three, schema).score.reveal == Reveal.CONFUSION


WRONG: list[tuple[Any, dict[str, Any], str]] = [
    (Metric("errors"), {}, "cannot be had"),
    (Metric("accuracy", groups=("place",)), {}, "no group column"),
    (Metric().at_least("recall", 0.5, of_class="c9"), {}, "no class"),
    (Metric().at_least("recall", 0.5), {}, "is of a class"),
    (Metric("accuracy", cut=Fraction(1)), {}, "one output"),
    (Metric("top_k", k=3), {}, "3 best of 3"),
    (Metric("accuracy"), {"target": Classes("y", ("a", "b"))}, "2 classes"),
    (Metric("accuracy"), {"target": Value("y", 3)}, "cannot be had"),
    (Metric("accuracy"), {"features": Features((1, 5), 12, 5)}, "shape"),
]


@pytest.mark.parametrize(("metric", "fields", "message"), WRONG)
def test_what_does_not_fit(three: QuantisedModel, metric: Any, fields: Any, message: str) -> None:
    with pytest.raises(MetricError, match=message):
        plan(metric, three, schema_of(three, 3, **fields))


@pytest.mark.parametrize("field", ["bits", "scale"])
def test_features_of_another_meaning_are_refused(three: QuantisedModel, field: str) -> None:
    schema = schema_of(three, 3)
    other = dataclasses.replace(schema.features, **{field: getattr(schema.features, field) + 1})
    with pytest.raises(MetricError, match=field):
        plan(Metric("accuracy"), three, dataclasses.replace(schema, features=other))


def test_a_model_that_ends_in_argmax_has_no_logits() -> None:
    model = quantised((1, 4), lambda b: b.op("ArgMax", "x", axis=1))
    with pytest.raises(MetricError, match="ArgMax"):
        plan(Metric("accuracy"), model, schema_of(model, 4))


# --- asking -------------------------------------------------------------------------------------------

ASKED: list[Any] = [
    lambda: Metric("auc"),
    lambda: Metric("top_k"),
    lambda: Metric("accuracy", k=2),
    lambda: Metric("accuracy", groups="sex"),
    lambda: Metric("accuracy", groups=("sex", "sex")),
    lambda: Metric("accuracy", groups=("sex",)).at_least("accuracy", 0.5),
    lambda: Metric("accuracy").at_least("f1", 0.5),
    lambda: Metric().at_least("accuracy", 0.5).at_most("mae", 1),
    lambda: Metric().at_least("auc", 0.5),
    lambda: Metric().at_least("r2", 0.5),
    lambda: Metric().at_least("error_rate", 0.5),
    lambda: Metric().at_least("accuracy", 1.5),
    lambda: Metric().at_least("accuracy", float("nan")),
    lambda: Metric().at_least("accuracy", "x"),
    lambda: Metric().at_least("accuracy", True),
    lambda: Metric().at_most("mae", 0),
    lambda: Metric().at_most("accuracy_gap", 0.1),
    lambda: Metric().at_least("accuracy", 0.5, of_class="c1"),
]


@pytest.mark.parametrize("ask", ASKED)
def test_contradictions_are_refused(ask: Any) -> None:
    with pytest.raises(MetricError):
        ask()


def test_numbers_are_what_was_written() -> None:
    bound = Metric().at_least("accuracy", 0.9).bounds[0]
    assert bound.threshold == Fraction(9, 10)
    assert str(bound) == "accuracy at least 0.9"
    assert Metric().at_least("accuracy", "1/3").bounds[0].threshold == Fraction(1, 3)
    assert Metric().at_least("accuracy", np.float64(0.9)).bounds[0].threshold == Fraction(9, 10)


METRICS = [
    Metric("accuracy", groups=("sex",)),
    Metric("top_k", k=3),
    Metric("accuracy", cut=Fraction(-1, 3)),
    Metric("confusion")
    .at_least("f1", 0.5, group="sex", of_class="c1")
    .at_most("accuracy_gap", "1/7", group="a"),
]


@pytest.mark.parametrize("metric", METRICS, ids=str)
def test_metrics_have_one_encoding(metric: Metric) -> None:
    data = metric.to_bytes()
    assert Metric.from_bytes(data) == metric
    for size in range(len(data)):
        with pytest.raises(FormatError):
            Metric.from_bytes(data[:size])


def test_a_fraction_in_other_words_is_refused() -> None:
    data = Metric().at_least("accuracy", "1/2").to_bytes()
    with pytest.raises(FormatError, match="canonical"):
        Metric.from_bytes(data.replace(b"\0\0\0\x031/2", b"\0\0\0\x030.5"))
