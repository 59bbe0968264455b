"""Report pages: whole, escaped, from nowhere else, readable by everybody, honest about what was verified."""

from __future__ import annotations

import itertools
import re

import pytest
from report_world import F, N, P, Page, findings, part

from zkattest.attest import Check
from zkattest.reports.findings import Bound, DataFacts, Grouping, MetricFindings, ModelFacts, SetupFacts
from zkattest.reports.metric import metric_html
from zkattest.reports.style import _DARK, _LIGHT

EVIL = "</style><script>alert(1)</script><img src=https://evil.example/x onerror=a>\"'\x1b[2J\u202e&amp;"
ALLOWED = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "header",
        "main",
        "footer",
        "section",
        "h1",
        "h2",
        "h3",
    ),
    *(
        "p",
        "div",
        "ul",
        "li",
        "b",
        "span",
        "code",
        "pre",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    ),
    *("figure", "figcaption", "details", "summary", "svg", "desc", "rect", "line", "text"),
}


def everything() -> MetricFindings:
    return findings(
        bounds=(Bound("recall", 0.9), Bound("gap", 0.1, at_most=True)),
        commands=(("Verify", "zkattest verify metric 'a b'"),),
        author="the hospital",
        made="today",
    )


def hostile() -> MetricFindings:
    data = DataFacts(bytes(32), EVIL, 1, 1, bytes(32), (bytes(32),), EVIL, bytes(32), (EVIL, EVIL), (EVIL,))
    return findings(
        model=ModelFacts(bytes(32), bytes(32), bytes(32), EVIL),
        data=data,
        checks=(Check(1, EVIL, F, EVIL, True),),
        overall=part(EVIL, ((1, 2), (3, 4))),
        groupings=(Grouping(EVIL, (part(EVIL, ((1, 0), (0, 1))),)),),
        bounds=(Bound(EVIL, 0.5),),
        commands=((EVIL, EVIL),),
        author=EVIL,
        made=EVIL,
        title=EVIL,
    )


@pytest.mark.parametrize("found", [everything(), hostile()], ids=["everything", "hostile"])
def test_a_page_holds_our_markup_only_and_refers_to_nothing(found: MetricFindings) -> None:
    text = metric_html(found)
    page = Page(text)
    assert {tag for tag, _ in page.elements} <= ALLOWED
    for tag, attributes in page.elements:
        loading = {"href", "src", "srcset", "action", "data", "xlink:href", "style", "poster"}
        assert not loading & set(attributes), tag
        assert not any(name.startswith("on") for name in attributes)
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.S)
    assert "url(" not in style
    assert "@import" not in style
    (policy,) = [meta["content"] for meta in page.all("meta") if meta.get("http-equiv")]
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_an_ordinary_page_names_no_address_at_all() -> None:
    assert not re.search(r"https?:|//|www\.", metric_html(everything()))


def test_hostile_texts_are_shown_as_texts() -> None:
    text = metric_html(hostile())
    shown = (
        "</style><script>alert(1)</script><img src=https://evil.example/x onerror=a>\"'\\u001b[2J\\u202e&amp;"
    )
    page = Page(text)
    assert shown in page.text("h1")
    assert shown in page.text("code")
    assert shown in page.text("th")
    assert "<script" not in text


def test_every_table_drawing_and_heading_can_be_read_aloud() -> None:
    page = Page(metric_html(everything()))
    assert page.all("html")[0]["lang"] == "en"
    assert page.text("title").startswith("What was proved")
    assert len(page.all("table")) == len(page.all("caption"))
    assert all(cell.get("scope") in ("row", "col") for cell in page.all("th"))
    identities = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(identities) == len(set(identities))
    drawings = page.all("svg")
    assert len(drawings) == 3  # the matrix, and two metrics by group
    for drawing in drawings:
        assert drawing["role"] == "img"
        assert set(str(drawing["aria-labelledby"]).split()) <= set(identities)
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert [meta for meta in page.all("meta") if meta.get("name") == "viewport"]


def test_a_bound_shows_the_bound_and_no_count() -> None:
    page = Page(metric_html(findings(overall=None, groupings=(), bounds=(Bound("accuracy", 0.95),))))
    shown = page.text()
    assert "Accuracy is at least 0.95" in shown
    assert "The figures themselves, and the counts, stay hidden" in shown
    assert not page.all("svg")
    assert "The figures\n" not in shown


def test_counts_and_figures_are_shown_exactly_and_undefined_ones_named() -> None:
    page = Page(metric_html(findings()))
    assert "Accuracy 0.9737 (111 of 114), on 114 labelled rows of a committed test set." in page.text("p")
    assert sum(words.startswith("undefined") for words in page.text("text").split("\n")) == 2
    for count in ("40", "2", "1", "71"):
        assert count in page.text("text").split("\n")
    assert "demographic parity" in page.text().lower()


@pytest.mark.parametrize(
    ("outcomes", "said", "unsaid"),
    [
        ([(P, True), (N, False)], "✓ Verified", "Claimed to be proven"),
        ([(P, True), (N, True)], "Not verified completely", "✓ proved"),
        ([(P, True), (F, False)], "✗ Verification failed", "✓ proved"),
        ([(N, True), (F, True)], "✗ Verification failed", "✓ proved"),
        ([], "Not verified completely", "✓ proved"),
        ([(P, False)], "Not verified completely", "✓ proved"),
    ],
)
def test_nothing_is_called_proved_unless_it_was_verified(outcomes, said, unsaid) -> None:
    checks = tuple(Check(i, f"c{i}", outcome, "", needed) for i, (outcome, needed) in enumerate(outcomes))
    shown = Page(metric_html(findings(checks=checks))).text()
    assert said in shown
    assert unsaid not in shown


@pytest.mark.parametrize(
    ("setup", "said"),
    [
        (SetupFacts(bytes(32), unsafe=True, compared=True), "⚠ UNSAFE set-up string"),
        (SetupFacts(bytes(32), unsafe=False, compared=True), "Set-up string: safe"),
        (SetupFacts(bytes(32), unsafe=False), "Set-up string: not compared"),
    ],
)
def test_the_set_up_string_is_said_in_large(setup: SetupFacts, said: str) -> None:
    page = Page(metric_html(findings(setup=setup)))
    large = [words for (tag, words) in page.texts if words == said]
    assert large == [said]
    assert ("UNSAFE" in page.text()) == setup.unsafe
    assert ("✓ proved" in page.text()) != setup.unsafe


def _luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [_LIGHT, _DARK], ids=["light", "dark"])
def test_texts_stand_out_from_their_ground(scheme: str) -> None:
    colours = dict(re.findall(r"--([a-z-]+):(#[0-9a-f]+)", scheme))
    pairs = [("ink", "ground"), ("ink", "raised"), ("soft", "ground")]
    for tone in ("good", "bad", "warn"):
        pairs += [(tone, "ground"), (tone, f"{tone}-ground"), ("ink", f"{tone}-ground")]
    for text, ground in pairs:
        light, dark = sorted((_luminance(colours[text]), _luminance(colours[ground])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground)


@pytest.mark.parametrize("size", [3, 12, 13, 40])
def test_a_matrix_of_any_size_stays_inside_its_drawing(size: int) -> None:
    counts = tuple(tuple(int(i == j) for j in range(size)) for i in range(size))
    whole = findings().overall
    assert whole is not None
    changed = type(whole)("all rows", size, whole.figures, counts)
    page = Page(metric_html(findings(overall=changed, groupings=())))
    (drawing,) = page.all("svg")
    width, height = map(float, str(drawing["viewbox"]).split()[2:])
    for box in page.all("rect"):
        assert float(str(box["x"])) + float(str(box["width"])) <= width + 0.5
        assert float(str(box["y"])) + float(str(box["height"])) <= height + 0.5
