"""Metrics from counts equal scikit-learn's on the predictions that were counted."""

from __future__ import annotations

import warnings
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metric_counts import count, predict
from sklearn import metrics as sk

from zkattest.errors import MetricError
from zkattest.metrics.measures import Columns, Slice, measure
from zkattest.metrics.score import Reveal, Score, Task

Ints = npt.NDArray[np.int64]


@st.composite
def classified(draw: st.DrawFn) -> tuple[Ints, Ints, Ints]:
    """Outputs with many ties, labels (-1: none), and one group column of three values."""
    rows, classes = draw(st.integers(0, 12)), draw(st.integers(2, 5))
    integers = st.integers(-2, 2)
    outputs = [[draw(integers) for _ in range(classes)] for _ in range(rows)]
    labels = [draw(st.integers(-1, classes - 1)) for _ in range(rows)]
    groups = [draw(st.integers(0, 2)) for _ in range(rows)]
    return np.array(outputs, dtype=np.int64).reshape(rows, classes), np.array(labels, int), np.array(groups)


def same(found: Fraction | None, expected: float) -> None:
    assert found is not None
    assert float(found) == pytest.approx(expected, abs=1e-12)


def by_sklearn(labels: Ints, predicted: Ints, classes: int, part: Slice) -> None:
    every = list(range(classes))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        same(part.exact("accuracy"), sk.accuracy_score(labels, predicted))
        same(part.exact("balanced_accuracy"), sk.balanced_accuracy_score(labels, predicted))
        assert np.array_equal(part.confusion, sk.confusion_matrix(labels, predicted, labels=every))
        rows = sk.precision_recall_fscore_support(labels, predicted, labels=every)
        for name, values in zip(("precision", "recall", "f1", "support"), rows, strict=True):
            for index, value in enumerate(values):
                same(part.by_class[f"c{index}"][name], value)
        for average in ("macro", "weighted"):
            rows = sk.precision_recall_fscore_support(labels, predicted, labels=every, average=average)
            for name, value in zip(("precision", "recall", "f1"), rows[:3], strict=True):
                same(part.exact(f"{name}_{average}"), value)


@settings(max_examples=150, deadline=None)
@given(classified())
def test_confusion_matrices_equal_scikit_learn(case: tuple[Ints, Ints, Ints]) -> None:
    outputs, labels, groups = case
    classes = outputs.shape[1]
    score = Score(Task.ARGMAX, classes, (3,), Reveal.CONFUSION, (0, 1))
    names = Columns(tuple(f"c{index}" for index in range(classes)), (("g", ("a", "b", "c")),))
    found = measure(score, count(score, outputs, labels, [groups]), names)
    predicted = predict(score, outputs)
    slices = {"": (found.overall, labels >= 0)}
    slices |= {
        name: (found.groups["g"][name], (labels >= 0) & (groups == index)) for index, name in enumerate("abc")
    }
    rates: dict[int, list[float]] = {index: [] for index in range(classes)}
    recalls: dict[int, list[float]] = {index: [] for index in range(classes)}
    for name, (part, taken) in slices.items():
        assert part.labelled == taken.sum()
        if not taken.any():
            assert all(value is None for value in part.values.values())
            continue
        by_sklearn(labels[taken], predicted[taken], classes, part)
        for index in range(classes) if name else ():
            rates[index].append(float(np.mean(predicted[taken] == index)))
            if (labels[taken] == index).any():
                recalls[index].append(float(np.mean(predicted[taken & (labels == index)] == index)))
    for kind, values in (("demographic_parity", rates), ("equal_opportunity", recalls)):
        for index, known in values.items():
            gap = found.gaps["g"][f"{kind}[c{index}]"]
            if len(known) < 2:
                assert gap is None
            else:
                same(gap, max(known) - min(known))


@settings(max_examples=100, deadline=None)
@given(classified())
def test_hits_equal_accuracy(case: tuple[Ints, Ints, Ints]) -> None:
    outputs, labels, groups = case
    score = Score(Task.ARGMAX, outputs.shape[1], (3,), Reveal.HITS, (1,))
    names = Columns(tuple(f"c{index}" for index in range(outputs.shape[1])), (("g", ("a", "b", "c")),))
    found = measure(score, count(score, outputs, labels, [groups]), names)
    taken = labels >= 0
    if taken.any():
        same(
            found.overall.exact("accuracy"), sk.accuracy_score(labels[taken], predict(score, outputs)[taken])
        )
    else:
        assert found.overall.exact("accuracy") is None
        assert np.isnan(found.overall["accuracy"])


@settings(max_examples=150, deadline=None)
@given(classified(), st.data())
def test_top_k_equals_scikit_learn_with_ties(case: tuple[Ints, Ints, Ints], data: st.DataObject) -> None:
    outputs, labels, groups = case
    classes = outputs.shape[1]
    k = data.draw(st.integers(1, classes - 1))
    score = Score(Task.ARGMAX, classes, (3,), Reveal.TOP_K, (0, 1), k=k)
    names = Columns(tuple(f"c{index}" for index in range(classes)), (("g", ("a", "b", "c")),))
    found = measure(score, count(score, outputs, labels, [groups]), names)
    taken = labels >= 0
    if classes == 2 or not taken.any():  # scikit-learn takes no two columns of scores
        return
    expected = sk.top_k_accuracy_score(labels[taken], outputs[taken], k=k, labels=list(range(classes)))
    same(found.overall.exact(f"top_{k}_accuracy"), expected)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9), st.booleans()), max_size=10))
def test_errors_equal_scikit_learn(rows: list[tuple[int, int, bool]]) -> None:
    outputs, targets = (np.array([row[at] for row in rows], dtype=np.int64) for at in (0, 1))
    labelled = np.array([row[2] for row in rows], dtype=bool)
    score = Score(Task.VALUE, 1, (), Reveal.ERRORS, output_shift=0, target_shift=3)
    counts = count(score, outputs[:, None], np.where(labelled, targets, 0), [], labelled)
    part = measure(score, counts, Columns((), (), scale=5)).overall
    y, predicted = targets[labelled] / 4, outputs[labelled] / 32
    if not labelled.any():
        assert part.values == {"mae": None, "mse": None, "r2": None}
        return
    same(part.exact("mae"), sk.mean_absolute_error(y, predicted))
    same(part.exact("mse"), sk.mean_squared_error(y, predicted))
    if labelled.sum() < 2:
        assert part.exact("r2") is None
    else:
        assert part["r2"] == pytest.approx(sk.r2_score(y, predicted), rel=1e-9)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-3, 3), st.integers(-1, 1)), min_size=1, max_size=10), st.integers(-3, 3)
)
def test_a_cut_counts_from_it_on(rows: list[tuple[int, int]], cut: int) -> None:
    outputs, labels = (np.array([row[at] for row in rows], dtype=np.int64) for at in (0, 1))
    score = Score(Task.CUT, 2, (), Reveal.CONFUSION, cut=cut)
    found = measure(score, count(score, outputs[:, None], labels, []), Columns(("c0", "c1"), ()))
    taken = labels >= 0
    if taken.any():
        by_sklearn(labels[taken], (outputs[taken] >= cut).astype(int), 2, found.overall)


# --- counts that nobody has ------------------------------------------------------------------------

TWO = Columns(("c0", "c1"), (("g", ("a", "b")),))


@pytest.mark.parametrize(
    ("reveal", "counts"),
    [
        (Reveal.HITS, [3, 2, 2, 1, 1, 1]),
        (Reveal.HITS, [-1, 2, 0, 1, -1, 1]),
        (Reveal.HITS, [2, 2, 1, 1, 0, 1]),
        (Reveal.HITS, [2, 2, 1, 1]),
        (Reveal.CONFUSION, [1, 0, 0, 1, 1, 0, 0, 0, 0, -1, 1, 1]),
        (Reveal.CONFUSION, [1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0]),
    ],
    ids=["right-over-rows", "negative", "columns-differ", "too-few", "negative-cell", "matrices-differ"],
)
def test_impossible_counts_are_refused(reveal: Reveal, counts: list[int]) -> None:
    score = Score(Task.ARGMAX, 2, (2,), reveal, (0, 1))
    with pytest.raises(MetricError):
        measure(score, counts, TWO)


@pytest.mark.parametrize("counts", [[1, 2, 1, 0, 0], [1, 1, 1, 2, 1], [-1, 0, 0, 0, 0], [2, 3, 4, 0, 0]])
def test_impossible_errors_are_refused(counts: list[int]) -> None:
    with pytest.raises(MetricError):
        measure(Score(Task.VALUE, 1, (), Reveal.ERRORS), counts, Columns((), ()))


def test_other_names_are_refused() -> None:
    score = Score(Task.ARGMAX, 2, (2,), Reveal.HITS, (0, 1))
    wrong: list[Any] = [
        Columns(("c0",), TWO.groups),
        Columns(TWO.classes, ()),
        Columns(TWO.classes, (("g", ("a",)),)),
    ]
    for names in wrong:
        with pytest.raises(MetricError):
            measure(score, [2, 2, 1, 1, 1, 1], names)
