"""Who stands behind a sentence: a proof, the owner of what it is about, or whoever signed the document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from zkattest.attest.report import Outcome
from zkattest.reports.markup import Markup, element, joined
from zkattest.reports.page import notice, table

Standing = Literal["proof", "commitment", "owner", "signer"]

_WORDS: Final = {
    "proof": "proved",
    "commitment": "fixed by a commitment",
    "owner": "the owner's word",
    "signer": "the signer's word",
}
_UNPROVED: Final = {
    Outcome.FAILED: "claimed; the verification FAILED",
    Outcome.NOT_CHECKED: "claimed; not verified for this page",
}


def who_says(rows: Iterable[tuple[str, Standing]], outcome: Outcome, unsafe: bool) -> Markup:
    """A table of sentences and who stands behind each.

    Arguments:
        outcome: of the verification; nothing is called proved unless it passed.
        unsafe: so was the set-up string, and no proof under it convinces anybody.
    """
    return table(
        "Who stands behind each sentence",
        ("Sentence", "Standing"),
        [(sentence, _standing(standing, outcome, unsafe)) for sentence, standing in rows],
        stack=True,
    )


def _standing(standing: Standing, outcome: Outcome, unsafe: bool) -> Markup:
    if standing not in ("proof", "commitment"):
        return element("span", _WORDS[standing])
    if outcome is not Outcome.PASSED:
        return element("b", _UNPROVED[outcome])
    if unsafe:
        return element("b", f"{_WORDS[standing]}, under an UNSAFE string", class_="warn")
    return element("b", f"✓ {_WORDS[standing]}", class_="good")


def opening(
    outcome: Outcome, unsafe: bool, compared: bool, *, verified: str, open_: str, failed: str
) -> Markup:
    """The two verdicts at the head of a page: of the verification, and of the set-up string.

    Arguments:
        unsafe, compared: of the set-up string; see :class:`zkattest.reports.findings.SetupFacts`.
        verified, open_, failed: what it means that the verification passed, was incomplete, or failed.
    """
    found = {
        Outcome.PASSED: notice("warn" if unsafe else "good", "✓ Verified", verified),
        Outcome.FAILED: notice("bad", "✗ Verification failed", failed),
        Outcome.NOT_CHECKED: notice("warn", "Not verified completely", open_),
    }[outcome]
    setup = setup_notice(unsafe, compared)
    return joined(setup, found) if unsafe else joined(found, setup)


def setup_notice(unsafe: bool, compared: bool) -> Markup:
    """Whether the set-up string can carry a proof at all."""
    if unsafe:
        return notice(
            "bad",
            "⚠ UNSAFE set-up string",
            "It was made for development, or by a ceremony that nobody vouches for: whoever made it can "
            "prove anything. This page shows how things look; it convinces nobody.",
        )
    if compared:
        return notice(
            "good", "Set-up string: safe", "The keys rest on the string that the maker of this page trusts."
        )
    return notice(
        "warn",
        "Set-up string: not compared",
        "The verifying key names a ceremony's string, and that was not compared with the string itself. "
        "Compare the digest below with the ceremony that you trust.",
    )
