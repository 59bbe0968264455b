"""The demonstration's model and data: a small network on scikit-learn's breast-cancer data set.

Source of the data: Wolberg, Street and Mangasarian, "Breast Cancer Wisconsin (Diagnostic)", UCI repository,
as shipped in scikit-learn; 569 patients, 30 measurements of cell nuclei, benign or malignant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from zkattest.errors import ToolMissingError

FloatTensor = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Clinic:
    """A trained classifier and its held-out patients.

    Attributes:
        onnx_bytes: 30 standardised measurements -> logits of (malignant, benign).
        calibration: training rows ``[n, 30]``, standardised.
        held_out: test rows ``[k, 30]``, standardised.
        labels: their diagnoses ``[k]``, 0 malignant, 1 benign.
        accuracy: the float model's share of right answers on the held-out rows.
    """

    onnx_bytes: bytes
    calibration: FloatTensor
    held_out: FloatTensor
    labels: npt.NDArray[np.int64]
    accuracy: float


def train_clinic(*, hidden: int = 16, seed: int = 0) -> Clinic:
    """Train 30-``hidden``-2 with ReLU on 80% of the patients and export it to ONNX.

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
    features, labels = load_breast_cancer(return_X_y=True)
    train_x, test_x, train_y, test_y = train_test_split(
        features, labels, test_size=0.2, random_state=0, stratify=labels
    )
    scaler = StandardScaler().fit(train_x)
    train_x, test_x = (scaler.transform(part).astype(np.float32) for part in (train_x, test_x))
    classifier = MLPClassifier((hidden,), alpha=1e-2, max_iter=600, random_state=seed).fit(train_x, train_y)
    return Clinic(
        onnx_bytes=_export(classifier),
        calibration=train_x,
        held_out=test_x,
        labels=test_y.astype(np.int64),
        accuracy=float(classifier.score(test_x, test_y)),
    )


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
