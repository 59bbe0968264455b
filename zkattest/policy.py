"""``zkattest.policy``: what a model must prove before a gate lets it into service.

``zk.policy.set(chain, model_id, "policy.toml")``. Parts: :mod:`zkattest.gating`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zkattest.backends.base import VerifyingKey
from zkattest.datasets import DataSet
from zkattest.datasets.store import MANIFEST
from zkattest.gating.document import read_policy
from zkattest.gating.evidence import dataset_id
from zkattest.gating.translation import check_metric_key, check_model_key, translate
from zkattest.storage import read_file

if TYPE_CHECKING:
    from zkattest.chain import Chain, GateClause, PolicyRecord, Receipt

__all__ = ["CompiledPolicy", "compile", "set", "show"]

_VERIFYING_KEY = "verifying.zkvk"


@dataclass(frozen=True)
class CompiledPolicy:
    """A policy that was found to say what its words say.

    Attributes:
        clauses: as the gate takes them.
        words: of each, the bound that it comes from.
        development_allowed: evidence under a development set-up string counts.
    """

    clauses: tuple[GateClause, ...]
    words: tuple[str, ...]
    development_allowed: bool


def compile(chain: Chain, model_id: int, path: str | os.PathLike[str]) -> CompiledPolicy:
    """Translate a policy's file for a registered model, and check everything that the gate cannot: that each
    metric key's circuit really is that metric of the model's architecture (``zkattest.gating.translation``).
    Nothing is sent.

    Raises:
        PolicyError: the file, or a clause that its metric key does not answer; ProofMismatchError: a key of
        another model or architecture; DataSetMismatchError: a data set that is not registered, or that the
        key's circuit does not read.
    """
    text = read_policy(Path(path))
    versions = {(found.keys.model_hash, found.keys.vk_hash) for found in chain.versions(model_id)}
    architecture = check_model_key(_key(text.file(text.model)), versions)
    # the clauses of one key and data set belong together; each keeps its place
    groups: dict[tuple[str, str], list[int]] = {}
    for place, clause in enumerate(text.clauses):
        groups.setdefault((clause.key, clause.data), []).append(place)
    made: list[tuple[int, str, GateClause]] = []
    for (key, data), places in groups.items():
        dataset = _dataset(text.file(data))
        found = check_metric_key(_key(text.file(key)), dataset, architecture)
        clauses = [text.clauses[place] for place in places]
        for place, gate in translate(clauses, found, dataset_id(chain, dataset)):
            made.append((places[place], clauses[place].words, gate))
    made.sort(key=lambda each: each[0])
    return CompiledPolicy(
        tuple(gate for _, _, gate in made), tuple(words for _, words, _ in made), text.development
    )


def set(chain: Chain, model_id: int, path: str | os.PathLike[str]) -> tuple[PolicyRecord, Receipt]:
    """Compile a policy and put it on the gate; versions that were validated under another fall back.

    Raises:
        See :func:`compile`. RevertedError: the account is no policy setter, or the gate refuses a clause.
    """
    policy = compile(chain, model_id, path)
    return chain.gate.set_policy(model_id, policy.clauses, development_allowed=policy.development_allowed)


def show(chain: Chain, model_id: int) -> PolicyRecord:
    """The model's current policy on the gate; version 0 where there is none."""
    return chain.gate.policy(model_id)


def _key(path: Path) -> VerifyingKey:
    """From its file, or the directory of keys that holds it."""
    file = path / _VERIFYING_KEY if path.is_dir() else path
    return VerifyingKey.from_bytes(read_file(file, what="verifying key"))


def _dataset(path: Path) -> DataSet:
    return DataSet.load(path / MANIFEST if path.is_dir() else path)
