"""Which checks of a metric's proof were made, and which were not, as items of a page's list.

Numbers 1 to 8 are those of :mod:`zkattest.metrics.verifying`, which goes through them in this order and ends
at the first that fails.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from zkattest.attest.report import Check, Outcome
from zkattest.metrics.result import MetricVerdict

#: Steps of the verification: name, and what passed when it did.
_STEPS: Final = (
    ("key", "it is a good key of a metric; its circuit was compiled again"),
    ("data set", "the proof names the identity of this manifest, under the key's set-up string"),
    ("metric", "the key counts what the proof says, for these classes and groups"),
    ("shards", "every shard of the data set is there exactly once"),
    ("use", "all shards are bound to one use"),
    ("proofs", "the proof of every shard holds for its statement"),
    ("registration", "every shard is well-formed: cells in range, one class and group for each labelled row"),
    ("counts", "they are of as many labelled rows as the registration proofs show"),
)


def metric_checks(
    verdict: MetricVerdict,
    *,
    unsafe: bool,
    compared: bool,
    allow_unsafe: bool = False,
    reference: MetricVerdict | None = None,
    extra: Iterable[tuple[str, bool, str]] = (),
) -> tuple[Check, ...]:
    """The list of a page.

    Arguments:
        verdict: of :func:`zkattest.verify_metric`.
        unsafe: the set-up string of the key or the data set is.
        compared: a trusted string was given to the verification.
        allow_unsafe: an unsafe one is no failure, for trials.
        reference: the verdict of the readable verifier; None: it was not asked.
        extra: further checks that were made: name, whether it passed, what was compared.
    """
    if verdict:
        checks = [
            Check(number, name, Outcome.PASSED, detail, True)
            for number, (name, detail) in enumerate(_STEPS, start=1)
        ]
    else:
        names = ", ".join(name for name, _ in _STEPS)
        checks = [Check(1, names, Outcome.FAILED, f"in this order; it ended at: {verdict.reason}", True)]
    checks.append(_setup(len(checks) + 1, unsafe, compared, allow_unsafe))
    number = len(checks) + 1
    if reference is None:
        checks.append(Check(number, "second verifier", Outcome.NOT_CHECKED, "it was not asked", False))
    else:
        same = "the readable verifier, written from the specification, agrees"
        checks.append(
            _made(number, "second verifier", bool(reference), same if reference else reference.reason)
        )
    checks += [_made(number + at, *check) for at, check in enumerate(extra, start=1)]
    return tuple(checks)


def _setup(number: int, unsafe: bool, compared: bool, allowed: bool) -> Check:
    if unsafe:
        outcome = Outcome.NOT_CHECKED if allowed else Outcome.FAILED
        detail = "UNSAFE, and let pass for a trial" if allowed else "UNSAFE: made for development"
        return Check(number, "set-up string", outcome, detail, not allowed)
    if compared:
        return Check(number, "set-up string", Outcome.PASSED, "it is the one that was given", True)
    return Check(number, "set-up string", Outcome.NOT_CHECKED, "no string was given to compare with", False)


def _made(number: int, name: str, passed: bool, detail: str) -> Check:
    return Check(number, name, Outcome.PASSED if passed else Outcome.FAILED, detail, True)
