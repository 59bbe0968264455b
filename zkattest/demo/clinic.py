"""The demonstration's model and data: a small network on scikit-learn's breast-cancer data set.

Source of the data: Wolberg, Street and Mangasarian, "Breast Cancer Wisconsin (Diagnostic)", UCI repository,
as shipped in scikit-learn; 569 patients, 30 measurements of cell nuclei, benign or malignant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from zkattest.errors import ToolMissingError

FloatTensor = npt.NDArray[np.float32]


#: In the order of the model's logits, which is the data set's own.
DIAGNOSES: Final = ("malignant", "benign")

#: Group columns: name, values below and from the median of the training patients on, measurement.
#: They stand for what a regulator would ask about; the data set has neither age nor sex.
GROUPS: Final = (
    ("nucleus_size", ("small", "large"), "mean radius"),
    ("nucleus_texture", ("smooth", "coarse"), "mean texture"),
)


@dataclass(frozen=True)
class Patients:
    """Rows of the data set.

    Attributes:
        features: ``[n, 30]``, standardised.
        labels: diagnoses ``[n]``, 0 malignant, 1 benign.
        groups: texts ``[n]`` by group column.
    """

    features: FloatTensor
    labels: npt.NDArray[np.int64]
    groups: dict[str, npt.NDArray[np.str_]]


@dataclass(frozen=True)
class Clinic:
    """A trained classifier, the patients it learned from, and its held-out patients.

    Attributes:
        onnx_bytes: 30 standardised measurements -> logits of (malignant, benign).
        training: 455 patients, with their true diagnoses.
        test: 114 others.
        accuracy: the float model's share of right answers on the held-out rows.
    """

    onnx_bytes: bytes
    training: Patients
    test: Patients
    accuracy: float

    @property
    def calibration(self) -> FloatTensor:
        """Features of the training patients."""
        return self.training.features

    @property
    def held_out(self) -> FloatTensor:
        """Features of the held-out patients."""
        return self.test.features


def train_clinic(*, hidden: int = 16, seed: int = 0, shuffled: bool = False) -> Clinic:
    """Train 30-``hidden``-2 with ReLU on 80% of the patients and export it to ONNX.

    Arguments:
        shuffled: learn from diagnoses in random order, as a model that is no good.

    Raises:
        ToolMissingError: scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_breast_cancer
        from sklearn.model_selection import train_test_split
        from sklearn.neural_network import MLPClassifier
        from sklearn.preprocessing import StandardScaler
    except ImportError:
        raise ToolMissingError(
            "The demonstration trains its model with scikit-learn, which is not installed.",
            remedy="pip install 'zkattest[demo]'",
        ) from None
    data = load_breast_cancer()
    rows = train_test_split(np.arange(len(data.target)), test_size=0.2, random_state=0, stratify=data.target)
    scaler = StandardScaler().fit(data.data[rows[0]])
    training, test = (
        Patients(
            scaler.transform(data.data[part]).astype(np.float32),
            data.target[part].astype(np.int64),
            _groups(data, rows[0], part),
        )
        for part in rows
    )
    learned = np.random.default_rng(seed).permutation(training.labels) if shuffled else training.labels
    options = {"alpha": 1e-2, "max_iter": 600, "random_state": seed}
    classifier = MLPClassifier((hidden,), **options).fit(training.features, learned)
    return Clinic(
        onnx_bytes=_export(classifier),
        training=training,
        test=test,
        accuracy=float(classifier.score(test.features, test.labels)),
    )


def _groups(data: Any, training: Any, part: Any) -> dict[str, npt.NDArray[np.str_]]:
    """The group of each patient of ``part``, by the medians of those of ``training``."""
    found = {}
    for name, values, measurement in GROUPS:
        column = data.data[:, list(data.feature_names).index(measurement)]
        above = column[part] >= np.median(column[training])
        found[name] = np.array(values)[above.astype(np.int64)]
    return found


def _export(classifier: Any) -> bytes:
    """Gemm, Relu, Gemm. The classifier's single logit z = log p(benign)/p(malignant) becomes (0 - z, z)."""
    (w1, w2), (b1, b2) = classifier.coefs_, classifier.intercepts_
    tensors = {
        "hidden.weight": w1.T,
        "hidden.bias": b1,
        "logits.weight": np.concatenate([-w2.T, w2.T]),
        "logits.bias": np.concatenate([-b2, b2]),
    }
    graph = helper.make_graph(
        [
            helper.make_node("Gemm", ["x", "hidden.weight", "hidden.bias"], ["z"], "hidden", transB=1),
            helper.make_node("Relu", ["z"], ["a"], "activation"),
            helper.make_node("Gemm", ["a", "logits.weight", "logits.bias"], ["y"], "logits", transB=1),
        ],
        "breast-cancer",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, w1.shape[0]])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 2])],
        [numpy_helper.from_array(value.astype(np.float32), name) for name, value in tensors.items()],
    )
    opset = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph, producer_name="zkattest demo", opset_imports=opset)
    model.ir_version = 8
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())
