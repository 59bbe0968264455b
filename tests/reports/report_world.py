"""Findings to show, and a reader that takes a page apart as a browser would."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from eth_utils.crypto import keccak

from zkattest.attest import Check, Outcome
from zkattest.reports.findings import (
    DataFacts,
    Figure,
    Grouping,
    MetricFindings,
    ModelFacts,
    SetupFacts,
    Slice,
)

P, F, N = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_CHECKED
VOID = {"meta", "br", "hr"}


def part(name: str, counts: tuple[tuple[int, int], tuple[int, int]]) -> Slice:
    rows = sum(map(sum, counts))
    hits = counts[0][0] + counts[1][1]
    figures = (
        Figure("accuracy", hits / rows if rows else None, note=f"{hits} of {rows}"),
        Figure("share predicted benign", (counts[0][1] + counts[1][1]) / rows if rows else None),
    )
    recall = tuple(
        (Figure("recall", row[i] / sum(row) if sum(row) else None),) for i, row in enumerate(counts)
    )
    return Slice(name, rows, figures, counts, recall)


def findings(**changes: Any) -> MetricFindings:
    values: dict[str, Any] = {
        "model": ModelFacts(keccak(b"m"), keccak(b"c"), keccak(b"v"), "a classifier", 3),
        "data": DataFacts(
            keccak(b"d"),
            "test",
            120,
            114,
            keccak(b"s"),
            (keccak(b"1"), keccak(b"2")),
            "held-out patients",
            None,
            ("malignant", "benign"),
        ),
        "setup": SetupFacts(keccak(b"srs"), unsafe=False, compared=True),
        "checks": (Check(1, "proof of shard 1", P, "", True), Check(2, "on chain", N, "no chain", False)),
        "overall": part("all rows", ((40, 2), (1, 71))),
        "groupings": (
            Grouping(
                "size",
                (part("small", ((1, 1), (1, 50))), part("none", ((0, 0), (0, 0)))),
                (Figure("demographic parity", 0.25),),
            ),
        ),
    }
    return MetricFindings(**(values | changes))


class Page(HTMLParser):
    """Elements with their attributes, and the text, of a page whose elements are all closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"an attribute of {tag} is there twice"
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts.append((self._open[-1], data))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def text(self, tag: str | None = None) -> str:
        shown = (words for name, words in self.texts if tag in (None, name) and name != "style")
        return "\n".join(shown)
