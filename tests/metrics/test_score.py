"""A score has one encoding, and refuses fields that do not fit each other."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from zkattest.errors import FormatError, MetricError
from zkattest.metrics.score import Bounded, Ratio, Reveal, Score, Task

BOUNDED = Bounded((Ratio(((0, 1),), ((1, 1),)), Ratio(((2, -3), (3, 1)), ((3, 2),))), (((0, 1), (1, -1)),))
SCORES = {
    "hits": Score(Task.ARGMAX, 3, (), Reveal.HITS),
    "groups": Score(Task.ARGMAX, 10, (2, 3), Reveal.CONFUSION, (0, 1, 2)),
    "one-column": Score(Task.ARGMAX, 10, (2, 3), Reveal.HITS, (2,)),
    "cut": Score(Task.CUT, 2, (), Reveal.CONFUSION, cut=-5),
    "top-k": Score(Task.ARGMAX, 10, (), Reveal.TOP_K, k=9),
    "errors": Score(Task.VALUE, 1, (4,), Reveal.ERRORS, (0, 1), output_shift=3),
    "bounded": Score(Task.ARGMAX, 3, (2,), Reveal.HITS, (0, 1), bounded=BOUNDED),
}


@pytest.mark.parametrize("score", SCORES.values(), ids=SCORES)
def test_there_and_back(score: Score) -> None:
    data = score.to_bytes()
    assert Score.from_bytes(data) == score
    for size in range(len(data)):
        with pytest.raises(FormatError):
            Score.from_bytes(data[:size])
    with pytest.raises(FormatError, match="trailing"):
        Score.from_bytes(data + b"\0")


@pytest.mark.parametrize("score", SCORES.values(), ids=SCORES)
def test_other_bytes_are_another_score_or_none(score: Score) -> None:
    data = score.to_bytes()
    for position in range(len(data)):
        for flip in (1, 128):
            other = data[:position] + bytes([data[position] ^ flip]) + data[position + 1 :]
            try:
                assert Score.from_bytes(other).to_bytes() == other
            except FormatError:
                continue


def test_the_encoding_is_the_documented_one() -> None:
    """Written out by hand from the format."""
    assert SCORES["bounded"].to_bytes().hex() == (
        "5a4b5343" "0001" "00" "0000000000000000" "00" "00000003" "01" "00000002"
        "00" "00000000" "00" "00" "02" "00" "01" "01" "11" "0002"
        "0001" "0000" "0000000000000001" "0001" "0001" "0000000000000001"
        "0002" "0002" "fffffffffffffffd" "0003" "0000000000000001" "0001" "0003" "0000000000000002"
        "0001" "0002" "0000" "0000000000000001" "0001" "ffffffffffffffff"
    )  # fmt: skip


def test_places_are_in_the_order_of_counts() -> None:
    score = SCORES["groups"]
    assert list(score.places()) == [
        (0, 0, 0),
        (1, 0, 100),
        (1, 1, 200),
        (2, 0, 300),
        (2, 1, 400),
        (2, 2, 500),
    ]
    assert score.counts == score.public == 600
    assert SCORES["bounded"].public == 1
    assert SCORES["errors"].tensors == ("x", "y", "l0", "l1")
    assert SCORES["hits"].tensors == ("x", "l0")


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("hits", {"classes": 1}),
    ("hits", {"classes": 1 << 17}),
    ("hits", {"cut": 1}),
    ("hits", {"k": 1}),
    ("hits", {"output_shift": 1}),
    ("hits", {"reveal": Reveal.ERRORS}),
    ("hits", {"task": Task.VALUE}),
    ("hits", {"columns": ()}),
    ("hits", {"columns": (0, 1)}),
    ("groups", {"columns": (1, 0)}),
    ("groups", {"columns": (0, 0)}),
    ("groups", {"columns": (-1, 0)}),
    ("groups", {"groups": (2, 0)}),
    ("groups", {"classes": 200}),
    ("cut", {"classes": 3}),
    ("cut", {"cut": 1 << 63}),
    ("cut", {"reveal": Reveal.TOP_K, "k": 1}),
    ("top-k", {"k": 10}),
    ("top-k", {"k": 0}),
    ("errors", {"target_shift": 63}),
    ("errors", {"classes": 2}),
    ("bounded", {"bounded": Bounded((), BOUNDED.clauses)}),
    ("bounded", {"bounded": Bounded(BOUNDED.ratios, ())}),
    ("bounded", {"bounded": Bounded(BOUNDED.ratios, (((2, 1),),))}),
    ("bounded", {"bounded": Bounded(BOUNDED.ratios, (((1, 1), (0, 1)),))}),
    ("bounded", {"bounded": Bounded(BOUNDED.ratios, (((0, 0),),))}),
    ("bounded", {"bounded": Bounded((Ratio(((6, 1),), ((1, 1),)),), (((0, 1),),))}),
    ("bounded", {"bounded": Bounded((Ratio(((0, 1),), ()),), (((0, 1),),))}),
    ("bounded", {"bounded": Bounded((Ratio(((0, 1 << 63),), ((1, 1),)),), (((0, 1),),))}),
]


@pytest.mark.parametrize(("name", "fields"), WRONG)
def test_fields_have_to_fit(name: str, fields: dict[str, Any]) -> None:
    with pytest.raises(MetricError):
        dataclasses.replace(SCORES[name], **fields)
