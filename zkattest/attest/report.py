"""What a verification found, check by check, and what an attestation says, row by row."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rich.table import Table
from rich.text import Text

from zkattest.reports.text import html_table, printable


class Outcome(enum.Enum):
    """The result of one check. ``NOT_CHECKED`` is neither good nor bad: something needed was not there."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True)
class Check:
    """One item of the checklist in :mod:`zkattest.attest.verifier`.

    Attributes:
        number: its number there.
        name: its name there.
        outcome: passed, failed or not checked.
        detail: what was compared, or why it failed or could not be checked.
        required: the verdict needs it.
        malformed: it failed because bytes do not decode, not because a claim is false.
    """

    number: int
    name: str
    outcome: Outcome
    detail: str
    required: bool
    malformed: bool = False


Verdict = Literal["accepted", "rejected", "incomplete"]

_STYLES = {Outcome.PASSED: "green", Outcome.FAILED: "bold red", Outcome.NOT_CHECKED: "yellow"}
_HEADERS = ("#", "Check", "Outcome", "Detail")


@dataclass(frozen=True)
class VerificationReport:
    """Every check by number, whether it was made or not."""

    checks: tuple[Check, ...]

    def __getitem__(self, name: str) -> Check:
        for check in self.checks:
            if check.name == name:
                return check
        raise KeyError(name)

    @property
    def verdict(self) -> Verdict:
        """``rejected``: a check failed. ``incomplete``: none failed, but a required one could not be made.
        ``accepted``: every required check passed and none failed."""
        if any(check.outcome is Outcome.FAILED for check in self.checks):
            return "rejected"
        if any(check.required and check.outcome is not Outcome.PASSED for check in self.checks):
            return "incomplete"
        return "accepted"

    @property
    def ok(self) -> bool:
        return self.verdict == "accepted"

    @property
    def exit_code(self) -> int:
        """0 accepted; 1 rejected; 2 incomplete, or rejected only because bytes do not decode."""
        if self.ok:
            return 0
        failed = [check for check in self.checks if check.outcome is Outcome.FAILED]
        return 1 if any(not check.malformed for check in failed) else 2

    @property
    def failed(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.outcome is Outcome.FAILED)

    @property
    def not_checked(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.outcome is Outcome.NOT_CHECKED)

    def rows(self) -> list[tuple[str, str, str, str]]:
        """Number, name, outcome and detail of every check, as texts safe for a terminal."""
        return [
            (str(check.number), check.name, check.outcome.value, printable(check.detail))
            for check in self.checks
        ]

    def table(self) -> Table:
        """For a terminal."""
        table = Table(*_HEADERS, title=f"Attestation {self.verdict}")
        for check, row in zip(self.checks, self.rows(), strict=True):
            table.add_row(
                row[0], row[1], Text(row[2], style=_STYLES[check.outcome]), Text(row[3], overflow="fold")
            )
        return table

    def to_dict(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict,
            "ok": self.ok,
            "checks": [
                {
                    "number": check.number,
                    "name": check.name,
                    "outcome": check.outcome.value,
                    "detail": check.detail,
                    "required": check.required,
                    "malformed": check.malformed,
                }
                for check in self.checks
            ],
        }

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), indent=2)

    def _repr_html_(self) -> str:
        return html_table(_HEADERS, self.rows(), caption=f"Attestation {self.verdict}")


@dataclass(frozen=True)
class InspectReport:
    """What a bundle says about itself. Nothing in it has been verified.

    Attributes:
        fields: label and value, in reading order.
    """

    fields: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, fields: Iterable[tuple[str, object]]) -> InspectReport:
        return cls(tuple((label, str(value)) for label, value in fields if value is not None))

    def rows(self) -> Sequence[tuple[str, str]]:
        """Label and value as texts safe for a terminal."""
        return [(label, printable(value)) for label, value in self.fields]

    def table(self) -> Table:
        table = Table("Field", "Value", title="Attestation (not verified)")
        for label, value in self.rows():
            table.add_row(Text(label), Text(value, overflow="fold"))
        return table

    def to_dict(self) -> dict[str, str]:
        return dict(self.fields)

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), indent=2)

    def _repr_html_(self) -> str:
        return html_table(("Field", "Value"), self.rows(), caption="Attestation (not verified)")
