"""A policy as people write it: a small TOML or JSON file.

.. code-block:: toml

    model = "keys/verifying.zkvk"       # the key of inferences that the model is registered with
    development = false                 # whether proofs under a development set-up string count: trials only

    [[clause]]
    metric = "accuracy"
    at_least = 0.9
    data = "test-set"                   # data set (.zkd), or its directory
    key = "metric-keys"                 # verifying key of the metric, or its directory
    max_age = "90d"                     # s, m, h, d, w, or "never"
    min_labelled = 100
"""

from __future__ import annotations

import json
import re
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from zkattest.chain.gate import NEVER
from zkattest.errors import MetricError, PolicyError
from zkattest.metrics.metric import exact
from zkattest.storage import read_file

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_MOST_CLAUSES: Final = 32


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ClauseText(_Section):
    """One bound.

    Attributes:
        metric: ``"accuracy"``, ``"precision"``, … as for :class:`zkattest.metrics.Bound`, or ``"r2"``.
        at_least, at_most: the bound, in the metric's own unit; exactly one of them.
        data, key: files, relative to the policy's.
        group: a group column: a gap between its groups, or the metric in each of them.
        value: one of the column's groups, where not all are meant.
        of_class: name of a class.
        k: of a top-k accuracy.
        cut: where the metric key has another cut than the default.
        max_age: ``"90d"``: how long after its last shard was recorded evidence counts.
        min_labelled: least number of labelled rows, in each group that is looked at.
    """

    metric: str
    at_least: int | float | str | None = None
    at_most: int | float | str | None = None
    data: str
    key: str
    group: str = ""
    value: str = ""
    of_class: str = Field(default="", alias="class")
    k: int = Field(default=0, ge=0)
    cut: int | float | str | None = None
    max_age: str
    min_labelled: int = Field(default=1, ge=0, lt=1 << 63)

    @property
    def side(self) -> str:
        """``"at least"`` or ``"at most"``."""
        return "at least" if self.at_least is not None else "at most"

    @property
    def threshold(self) -> Fraction:
        """The number that was written: 0.9 is 9/10."""
        return exact(self.at_least if self.at_least is not None else self.at_most)

    @property
    def seconds(self) -> int:
        """:attr:`max_age`."""
        if self.max_age == "never":
            return NEVER
        found = re.fullmatch(r"([1-9][0-9]{0,8})\s*([smhdw])", self.max_age)
        if found is None:
            raise PolicyError(
                f"max_age = {self.max_age!r} is no duration.", remedy="Write '90d', '12h', or 'never'."
            )
        return int(found[1]) * _UNITS[found[2]]

    @property
    def words(self) -> str:
        """For messages."""
        by = f" of {self.group}{f'={self.value}' if self.value else ''}" if self.group else ""
        of = f" of {self.of_class}" if self.of_class else ""
        number = self.at_least if self.at_least is not None else self.at_most
        return f"{self.metric}{of}{by} {self.side} {number}"


class PolicyText(_Section):
    """A whole policy.

    Attributes:
        model: the verifying key of inferences, or its directory: what the policy is for.
        development: whether evidence under a development set-up string counts.
        clauses: all must be satisfied.
        path: the file; others are relative to it.
    """

    model: str
    development: bool = False
    clauses: tuple[ClauseText, ...] = Field(
        alias="clause", min_length=1, max_length=_MOST_CLAUSES, strict=False
    )
    path: Path = Field(default=Path(), exclude=True)

    def file(self, name: str) -> Path:
        """A file that the policy names."""
        return self.path.parent / name


def read_policy(path: Path) -> PolicyText:
    """Read a policy's file: ``.json``, else TOML.

    Raises:
        PolicyError: not TOML or JSON, an unknown word, a missing or an impossible one; names the place.
    """
    data = read_file(path, what="policy")
    try:
        content: Any = json.loads(data) if path.suffix == ".json" else tomllib.loads(data.decode())
    except (UnicodeDecodeError, ValueError) as error:
        raise PolicyError(f"{path} is neither TOML nor JSON: {error}.", remedy="Correct the file.") from None
    if not isinstance(content, dict) or "path" in content:
        raise PolicyError(f"{path} is no policy.", remedy="docs/guides/policy.md has an example.")
    try:
        policy = PolicyText.model_validate({**content, "path": path})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise PolicyError(
            f"{path}: {place}: {first['msg']}.", remedy="docs/guides/policy.md has all words of a policy."
        ) from None
    for number, clause in enumerate(policy.clauses):
        _check(path, number, clause)
    return policy


def _check(path: Path, number: int, clause: ClauseText) -> None:
    if (clause.at_least is None) == (clause.at_most is None):
        raise PolicyError(
            f"{path}: clause {number} has {'no bound' if clause.at_least is None else 'two bounds'}.",
            remedy="Write exactly one of at_least and at_most.",
        )
    try:
        _ = clause.threshold, clause.seconds
    except MetricError as error:
        raise PolicyError(f"{path}: clause {number}: {error.message}") from None
    if clause.value and not clause.group:
        raise PolicyError(
            f"{path}: clause {number} names the group {clause.value!r} of no column.",
            remedy="Write group = the column's name.",
        )
