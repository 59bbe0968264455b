"""Choosing the width: the fewest bits whose integer model stays close to the float model on the samples."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from zkattest.frontend.calibration import as_samples, session_for
from zkattest.frontend.graph import Graph
from zkattest.frontend.model import QuantisedModel

#: Widths tried, fewest first. Fewer bits mean smaller lookup tables and cheaper proofs.
WIDTHS: Final = (8, 9, 10, 11, 12, 13, 14, 15, 16)


class Reference:
    """The float model's outputs (logits) on the calibration samples.

    Arguments:
        graph: the float graph.
        calibration: [n, ...] samples.
    """

    def __init__(self, graph: Graph, calibration: npt.ArrayLike) -> None:
        self._samples = as_samples(calibration, graph.shapes[graph.input], what="calibration data")
        session = session_for(graph.to_onnx())
        self._outputs = [session.run([graph.output], {graph.input: sample})[0] for sample in self._samples]
        self._discrete = graph.output in graph.integer_tensors
        values = np.stack(self._outputs)
        self._spread = float(values.max() - values.min()) or 1.0

    def accepts(self, model: QuantisedModel, tolerance: float) -> bool:
        """Whether ``model`` agrees on every sample: same index of the largest output, and every output within
        ``tolerance`` of the float outputs' spread."""
        for sample, expected in zip(self._samples, self._outputs, strict=True):
            q = model.execute(model.quantise_input(sample))
            output = model.dequantise_output(q, transform=False)
            if self._discrete:
                if not np.array_equal(output, expected):
                    return False
                continue
            if int(np.argmax(output)) != int(np.argmax(expected)):
                return False
            if float(np.abs(output - expected).max()) > tolerance * self._spread:
                return False
        return True
