"""A trained classifier on real patients: every metric that is proved equals scikit-learn's on the predictions
of the quantised model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from metric_world import development
from sklearn import metrics as sk

import zkattest as zk
from zkattest.demo.clinic import train_clinic
from zkattest.metrics import Metric
from zkattest.metrics.measures import Slice
from zkattest.metrics.result import MetricResult

CLASSES = ("malignant", "benign")
SIZES, TEXTURES = ("small", "large"), ("smooth", "mixed", "coarse")


@dataclass(frozen=True)
class Patients:
    """What scikit-learn is given."""

    labels: npt.NDArray[np.int64]
    predicted: npt.NDArray[np.int64]
    groups: dict[str, npt.NDArray[np.str_]]
    prove: Any

    @property
    def rows(self) -> int:
        return len(self.labels)


@pytest.fixture(scope="module", params=["speed", "gas"])
def patients(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Patients:
    """114 patients of the held-out fifth, in groups by the size and the texture of their cells."""
    clinic = train_clinic()
    srs = development(15)
    model = zk.compile(clinic.onnx_bytes, clinic.calibration)
    x = clinic.held_out
    groups = {
        "size": np.array(SIZES)[(x[:, 0] > 0).astype(int)],
        "texture": np.array(TEXTURES)[np.digitize(x[:, 1], (-0.5, 0.5))],
    }
    committed = zk.commit(model, srs, batch=len(x), profile=request.param)
    columns = {f"x{i:02}": column for i, column in enumerate(x.T)}
    named = {"diagnosis": np.array(CLASSES)[clinic.test.labels], **groups}
    store = zk.data.commit(
        columns | named,
        srs,
        tmp_path_factory.mktemp("patients") / "data",
        like=committed,
        label="diagnosis",
        groups=list(groups),
        classes=CLASSES,
        clip=True,
    )
    predicted = np.array([int(np.argmax(model.execute(model.quantise_input(one)))) for one in x])

    def prove(metric: Metric) -> MetricResult:
        keys = zk.setup_metric(committed, srs, metric, store)
        proof = zk.prove_metric(keys, model, store, metric, srs=srs)
        return zk.verify_metric(proof, keys.verifying, store.dataset, srs=srs).result

    return Patients(clinic.test.labels, predicted, groups, prove)


def equals(part: Slice, labels: npt.NDArray[np.int64], predicted: npt.NDArray[np.int64]) -> None:
    assert part.labelled == len(labels)
    assert part["accuracy"] == pytest.approx(sk.accuracy_score(labels, predicted))
    assert part["balanced_accuracy"] == pytest.approx(sk.balanced_accuracy_score(labels, predicted))
    assert np.array_equal(part.confusion, sk.confusion_matrix(labels, predicted, labels=[0, 1]))
    rows = sk.precision_recall_fscore_support(labels, predicted, labels=[0, 1], zero_division=0)
    for name, values in zip(("precision", "recall", "f1", "support"), rows, strict=True):
        for index, value in enumerate(values):
            assert float(part.by_class[CLASSES[index]][name]) == pytest.approx(value)
    for average in ("macro", "weighted"):
        rows = sk.precision_recall_fscore_support(
            labels, predicted, labels=[0, 1], average=average, zero_division=0
        )
        for name, value in zip(("precision", "recall", "f1"), rows[:3], strict=True):
            assert part[f"{name}_{average}"] == pytest.approx(value)


def test_every_metric_of_114_patients(patients: Patients) -> None:
    result = patients.prove(Metric("confusion", groups=["size", "texture"]))
    assert (patients.rows, result.labelled) == (114, 114)
    equals(result.overall, patients.labels, patients.predicted)
    for column, values in patients.groups.items():
        for value in np.unique(values):
            taken = values == value
            equals(result.group(column, str(value)), patients.labels[taken], patients.predicted[taken])
        rates = [np.mean(patients.predicted[values == value] == 1) for value in np.unique(values)]
        gap = result.gap("demographic_parity[benign]", column)
        assert gap is not None
        assert float(gap) == pytest.approx(max(rates) - min(rates))


def test_bounds_that_hold_are_proved(patients: Patients, tmp_path: Path) -> None:
    metric = (
        Metric()
        .at_least("accuracy", 0.9)
        .at_least("recall", 0.8, of_class="malignant")
        .at_most("equal_opportunity_gap", 0.5, group="size", of_class="benign")
    )
    accuracy = sk.accuracy_score(patients.labels, patients.predicted)
    recall = sk.recall_score(patients.labels, patients.predicted, pos_label=0)
    assert min(accuracy - 0.9, recall - 0.8) > 0
    result = patients.prove(metric)
    assert result.measures is None
    assert len(result.bounds) == 3
