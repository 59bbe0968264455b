"""Circuits of benchmark models as small files that ``circuits/examples/replay`` proves without Python.

A file is JSON: the architecture (no weights), what is counted of a metric, and the options that this backend
chooses for the profile, exactly as ``zkattest.commit`` and ``setup`` do.
"""

from __future__ import annotations

import json
import sys
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent))

from metrics import DATA, EVALUATED, LONGEST
from models import MODELS

import zkattest as zk
from zkattest.backends.base import Profile, StatementShape
from zkattest.backends.sumcheck.circuit import Parameters, choose
from zkattest.frontend.codec import encode_architecture
from zkattest.metrics.score import Reveal, Score, Task

if TYPE_CHECKING:
    from zkattest.frontend import QuantisedModel

#: The statement "accuracy" about the ten digits.
_ACCURACY = Score(Task.ARGMAX, 10, (), Reveal.HITS)


@dataclass(frozen=True)
class Replayed:
    """What is proved.

    Attributes:
        model: of ``models.py``, or of ``metrics.py`` where ``images`` are counted.
        profile: what the commitment is made for; proofs of all but ``speed`` carry an evaluation argument.
        images: accuracy of so many; None: one inference.
        chosen_for: images that the options are chosen for, where these are others.
    """

    model: str
    profile: Profile = "speed"
    images: int | None = None
    chosen_for: int | None = None


#: By the name of the file. What a card is measured with.
MEASURED = {
    "mlp": Replayed("mlp"),
    "resnet18": Replayed("resnet18"),
    "vgg16": Replayed("vgg16"),
    "lenet5-1000": Replayed("lenet5-mnist", images=1000),
    "lenet5-1000-gas": Replayed("lenet5-mnist", "gas", images=1000),
}

#: What is counted: the same rows and columns, fewer of them.
COUNTED = {
    "mlp": MEASURED["mlp"],
    "vgg16": MEASURED["vgg16"],
    "lenet5-64": Replayed("lenet5-mnist", images=64, chosen_for=1000),
    "lenet5-192": Replayed("lenet5-mnist", images=192, chosen_for=1000),
}


@cache
def _compiled(name: str, trained: bool) -> QuantisedModel:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if trained:
            source = DATA[name][0]()
            return zk.compile(source.onnx_bytes, source.calibration)
        random = MODELS[name]()
        return zk.compile(random.onnx_bytes, random.samples)


def encoded(name: str, replayed: Replayed) -> bytes:
    """The file's content."""
    model = _compiled(replayed.model, replayed.images is not None)
    parameters, score = _chosen(model, replayed)
    document = {
        "name": name,
        "architecture": encode_architecture(model).hex(),
        "score": score.hex(),
        "evaluation": replayed.profile != "speed",
        "options": vars(parameters) | {"batch": _capacity(replayed.images or 1, replayed.profile)},
    }
    return json.dumps(document).encode()


def _capacity(images: int, profile: Profile) -> int:
    """A contract pays for every sample of a batch that is no power of two."""
    return 1 << (images - 1).bit_length() if profile == "gas" else images


def _chosen(model: QuantisedModel, replayed: Replayed) -> tuple[Parameters, bytes]:
    """Options, and the encoding of the score. As :func:`metrics.measure` has them chosen: rows by the model's
    commitment, the rest by the statement."""
    profile = replayed.profile
    count = _capacity(replayed.chosen_for or replayed.images or 1, profile)
    largest = 1 << LONGEST
    rows = choose(
        model, StatementShape(batch=count), log_row=None, largest=LONGEST, powers=largest, goal=profile
    )
    if replayed.images is None:
        return rows, b""
    score = _ACCURACY.to_bytes()
    parameters = choose(
        model,
        StatementShape(batch=count, score=score),
        log_row=rows.log_row,
        largest=LONGEST,
        powers=1 << (rows.log_row if profile == "speed" else max(EVALUATED, rows.log_row)),
        padded=rows.padded,
        goal=profile,
    )
    return parameters, score


def write(directory: Path, circuits: dict[str, Replayed]) -> list[Path]:
    """Files of ``circuits`` in ``directory``, which is made."""
    directory.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, replayed in circuits.items():
        paths.append(directory / f"{name}.json")
        paths[-1].write_bytes(encoded(name, replayed))
    return paths
