"""Counting by loops over rows: what circuits count, written once more without a circuit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from zkattest.metrics.score import Reveal, Score, Task

Ints = npt.NDArray[np.int64]


def predict(score: Score, outputs: Ints) -> Ints:
    """Classes of outputs ``[rows, logits]``; the outputs themselves in regression."""
    if score.task == Task.ARGMAX:
        return np.argmax(outputs, axis=1) if len(outputs) else np.zeros(0, dtype=np.int64)
    return (outputs[:, 0] >= score.cut).astype(np.int64) if score.task == Task.CUT else outputs[:, 0]


def ranks_first(outputs: Ints, label: int, k: int) -> bool:
    """Whether ``label`` is among the k greatest; of equal ones the higher index is greater."""
    order = sorted(range(len(outputs)), key=lambda index: (outputs[index], index), reverse=True)
    return label in order[:k]


def count(
    score: Score, outputs: Ints, labels: Ints, groups: Sequence[Ints], labelled: Ints | None = None
) -> list[int]:
    """The counts of rows with outputs ``[rows, …]``, labels ``[rows]`` (-1: none) or targets, and a group
    number in each column."""
    taken = labels >= 0 if labelled is None else labelled
    predicted = predict(score, outputs)
    counts = [0] * score.counts
    for place in score.places():
        block = [0] * score.block
        for row in np.flatnonzero(taken):
            if place.column and groups[place.column - 1][row] != place.group:
                continue
            label = int(labels[row])
            if score.reveal == Reveal.CONFUSION:
                block[label * score.classes + int(predicted[row])] += 1
            elif score.reveal == Reveal.ERRORS:
                target = label << score.target_shift
                error = (int(predicted[row]) << score.output_shift) - target
                for at, term in enumerate((1, abs(error), error**2, target, target**2)):
                    block[at] += term
            else:
                hits = score.reveal == Reveal.HITS
                right = predicted[row] == label if hits else ranks_first(outputs[row], label, score.k)
                block[0] += int(right)
                block[1] += 1
        counts[place.first : place.first + score.block] = block
    return counts
