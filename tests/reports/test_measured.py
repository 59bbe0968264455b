"""From counts and a real manifest to the page: every figure is the counts', nothing is the rows'."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from eth_utils.crypto import keccak
from report_world import P, Page

from zkattest.attest import Check
from zkattest.backends.base import VerifyingKey
from zkattest.datasets import DataSet, DataSetStore, commit
from zkattest.metrics import Measures, Metric, Score
from zkattest.metrics.measures import Columns, measure
from zkattest.metrics.score import Reveal, Task
from zkattest.reports.measured import metric_findings
from zkattest.reports.metric import metric_html
from zkattest.srs import Srs

CLASSES = ("benign", "<b>malignant")
SITES = ("north", 'so"uth')
SECRET = 0.4296875  # a feature, 110 as an integer at scale 8


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> DataSetStore:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        srs = Srs.development(10)
    table = {
        "age": np.full(8, SECRET),
        "ill": [CLASSES[i % 2] for i in range(8)],
        "site": [SITES[i // 4] for i in range(8)],
    }
    directory = tmp_path_factory.mktemp("data") / "set"
    options = {"classes": CLASSES, "group_values": {"site": SITES}, "scale": 8}
    return commit(table, srs, directory, row_size=64, label="ill", groups=["site"], **options)


def _key() -> VerifyingKey:
    return VerifyingKey("hash", "s", keccak(b"m"), keccak(b"c"), keccak(b"s"), False, b"payload")


def _measures() -> Measures:
    score = Score(Task.ARGMAX, 2, (2,), Reveal.CONFUSION, (0, 1))
    # all rows, north, south: [true][predicted]
    counts = [2, 2, 1, 3, 2, 0, 1, 1, 0, 2, 0, 2]
    return measure(score, counts, Columns(CLASSES, (("site", SITES),)))


def _page(dataset: DataSet, metric: Metric, measures: Measures | None) -> Page:
    checks = [Check(1, "proof", P, "", True)]
    return Page(metric_html(metric_findings(metric, dataset, _key(), measures, checks)))


def test_every_figure_is_that_of_the_counts(store: DataSetStore) -> None:
    page = _page(store.dataset, Metric("confusion", groups=("site",)), _measures())
    shown = page.text()
    assert "Accuracy 0.6250 (5 of 8), on 8 labelled rows of a committed test set." in shown
    cells = [words for tag, words in page.texts if tag in ("td", "th")]
    for class_, recall in zip(CLASSES, ("0.5000", "0.7500"), strict=True):
        assert recall in cells[cells.index(class_) + 1 :][:5]
    north = cells[cells.index("north") + 1 :][:5]
    assert north == ["4", "0.7500", "1.0000", "0.5000", "0.2500"]
    assert cells[cells.index("Demographic parity, <b>malignant") + 2] == "0.7500"
    assert cells[cells.index("Equal opportunity, <b>malignant") + 2] == "0.5000"
    assert cells[cells.index("Gap of accuracy") + 2] == "0.2500"


def test_names_stay_texts_and_rows_stay_home(store: DataSetStore) -> None:
    findings = metric_findings(Metric("confusion"), store.dataset, _key(), _measures(), [])
    text = metric_html(findings)
    assert "<b>malignant" not in text
    assert "&lt;b&gt;malignant" in text
    assert 'so"uth' not in text
    (shard,) = store.shards()
    assert not [blinder for blinder in shard.blinders if blinder.hex() in text]
    assert str(SECRET) not in text
    for public in (store.dataset.identity, *store.dataset.shard_identities, store.dataset.schema.digest):
        assert public.hex() in text


def test_bounds_in_words(store: DataSetStore) -> None:
    metric = Metric().at_least("accuracy", 0.6).at_most("equal_opportunity_gap", "0.5", group="site")
    metric = metric.at_least("recall", 0.7, of_class=CLASSES[1]).at_most("error_rate", 0.5, group="site")
    shown = _page(store.dataset, metric, None).text()
    for claim in (
        "Accuracy is at least 0.6",
        "equal opportunity gap between groups of site is at most 0.5",
        "recall of <b>malignant is at least 0.7",
        "error rate in each group of site is at most 0.5",
    ):
        assert claim in shown
    assert "0.6250" not in shown


def test_errors_of_a_regression_are_no_rates(store: DataSetStore) -> None:
    score = Score(Task.VALUE, 1, (2,), Reveal.ERRORS, (0, 1))
    counts = [4, 8, 16, 10, 30, 2, 4, 8, 5, 15, 2, 4, 8, 5, 15]
    measures = measure(score, counts, Columns((), (("site", SITES),), 1))
    page = _page(store.dataset, Metric("errors", groups=("site",)), measures)
    assert not page.all("svg")  # no bar from 0 to 1
    assert "Mean absolute error 1, on 8 labelled rows" in page.text()


def test_a_development_string_of_the_data_alone_is_unsafe(store: DataSetStore) -> None:
    assert store.dataset.srs_unsafe
    assert not _key().srs_unsafe
    assert "⚠ UNSAFE set-up string" in _page(store.dataset, Metric(), _measures()).text("p")
