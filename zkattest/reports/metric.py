"""The report page of a proved metric: what was measured, what is proven, what is not, how to check it.

>>> page = metric_html(findings)          # one HTML file as text, nothing secret and nothing from outside
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from zkattest.attest.report import Outcome
from zkattest.reports import charts
from zkattest.reports.findings import Figure, Grouping, MetricFindings, Slice
from zkattest.reports.markup import Markup, element, joined
from zkattest.reports.page import checklist, digest, document, facts, points, section, shell, table
from zkattest.reports.standing import Standing, opening, who_says

_ROLES: Final = {
    "train": "training set",
    "validation": "validation set",
    "test": "test set",
    "calibration": "calibration set",
    "audit": "audit set",
}


def metric_html(findings: MetricFindings) -> str:
    """The page, one self-contained HTML file.

    Arguments:
        findings: public values only; every text in it is escaped.
    """
    return document(
        findings.title or "What was proved about a model's quality",
        "zkattest metric report",
        _opening(findings),
        filter(None, _sections(findings)),
        " ".join(
            filter(
                None, [findings.author and f"Made by {findings.author}.", findings.made, "Made by zkattest."]
            )
        ),
    )


def _sections(found: MetricFindings) -> Iterable[Markup | None]:
    yield _meaning(found)
    yield _figures(found)
    yield from (_grouping(grouping, number) for number, grouping in enumerate(found.groupings))
    yield _bounds(found)
    yield section("Who says what", who_says(_sentences(found), found.outcome, found.setup.unsafe))
    yield _subjects(found)
    yield section(
        "What was verified for this page", checklist("Checks, with those that were not run", found.checks)
    )
    if found.commands:
        yield section(
            "Check it yourself",
            element(
                "p",
                "Do not trust this page: it is text. The files that it speaks of can be checked by anybody.",
            ),
            shell(found.commands),
        )


def _opening(found: MetricFindings) -> Markup:
    claim = element("p", _headline(found), class_="lead")
    return joined(
        claim,
        opening(
            found.outcome,
            found.setup.unsafe,
            found.setup.compared,
            verified="Every check that the claim needs was made for this page and passed.",
            open_="Some checks that the claim needs were not made for this page. Until they are, what "
            "follows is a claim.",
            failed="At least one check failed. Do not rely on any figure of this page.",
        ),
    )


def _headline(found: MetricFindings) -> str:
    set_ = _ROLES.get(found.data.role, "data set")
    rows = f"{found.data.labelled:,} labelled rows of a committed {set_}"
    if found.overall is not None and found.overall.figures:
        first = found.overall.figures[0]
        note = f" ({first.note})" if first.note else ""
        return f"{_capital(first.name)} {_value(first)}{note}, on {rows}."
    if found.bounds:
        claims = "; ".join(map(str, found.bounds))
        return f"{_capital(claims)}, on {rows}. The figures themselves stay hidden."
    return f"A committed model was measured on {rows}."


def _meaning(found: MetricFindings) -> Markup:
    proven: list[object] = [
        "The committed model, as an integer graph, answered every labelled row of the committed data set, "
        + _outcome_of_answers(found),
        "Each labelled row counts once; rows without a label, and padding, count nowhere.",
        "Rows, labels and groups are those that were committed to, and could not be changed afterwards.",
        *found.data.relations,
    ]
    if found.groupings:
        proven.insert(2, "Each labelled row has exactly one group in each column.")
    unproven = [
        "That the labels are right, or the rows genuine: what was measured is what somebody committed to.",
        "That the rows stand for the people or cases on whom the model will be used.",
        "That the model was not trained on these rows"
        + (", beyond what is listed as proven." if found.data.relations else "."),
        "Which model answers in practice: compare its identity with the one that is deployed.",
        "Anything about the model in floating point, from which the integer graph was made.",
        "Names, roles and descriptions: they are their owner's word.",
    ]
    head = "Proven" if found.outcome is Outcome.PASSED else "Claimed to be proven"
    return section(
        "In plain words",
        element(
            "div",
            element("div", element("h3", head), points(proven)),
            element("div", element("h3", "Not proven"), points(unproven)),
            class_="columns",
        ),
    )


def _outcome_of_answers(found: MetricFindings) -> str:
    if found.overall is not None:
        return "and the counts on this page are those of its answers."
    if found.bounds:
        return "and its answers satisfy the bounds on this page. Nothing else about them is shown."
    return "and the proof says what its answers count to. This page shows no figure that was not verified."


def _figures(found: MetricFindings) -> Markup | None:
    whole = found.overall
    if whole is None:
        return None
    parts: list[object] = [
        table(
            f"Over {whole.labelled:,} labelled rows",
            ("Metric", "From", "Value"),
            [(_capital(figure.name), figure.note or "", _value(figure)) for figure in whole.figures],
            numbers=1,
        )
    ]
    classes = _classes(found, whole)
    if whole.per_class:
        names = [figure.name for figure in whole.per_class[0]]
        rows = [(name, *map(_value, figures)) for name, figures in zip(classes, whole.per_class, strict=True)]
        parts.append(table("For each class", ("Class", *map(_capital, names)), rows, numbers=len(names)))
    if whole.confusion is not None:
        parts.append(_confusion("Confusion matrix", classes, whole, "confusion"))
    return section("The figures", *parts)


def _confusion(name: str, classes: tuple[str, ...], part: Slice, identity: str) -> Markup:
    """The drawing, and the same numbers for those who do not see it."""
    assert part.confusion is not None  # callers ask first
    numbers = table(
        f"{name}: labelled rows by true class (down) and predicted class (across)",
        ("True class", *classes),
        [
            (label, *(f"{count:,}" for count in row))
            for label, row in zip(classes, part.confusion, strict=True)
        ],
        numbers=len(classes),
    )
    return element(
        "figure",
        element("figcaption", f"{name}, {part.name}: true classes downwards, predicted ones across"),
        charts.confusion(f"{name}, {part.name}", classes, part.confusion, identity=identity),
        element("details", element("summary", "The same as a table"), numbers),
    )


def _grouping(grouping: Grouping, number: int) -> Markup:
    figures = grouping.slices[0].figures
    drawings = [
        _bars(grouping, index, f"bars{number}x{index}") for index, figure in enumerate(figures) if figure.rate
    ]
    rows = [(part.name, f"{part.labelled:,}", *map(_value, part.figures)) for part in grouping.slices]
    headers = ("Group", "Labelled rows", *(_capital(figure.name) for figure in figures))
    parts: list[object] = [
        element("div", *drawings, class_="drawings"),
        table(f"By {grouping.column}", headers, rows, numbers=len(headers) - 1),
    ]
    if grouping.gaps:
        gaps = [(_capital(gap.name), gap.note, _value(gap)) for gap in grouping.gaps]
        parts.append(
            table("Between the groups", ("Difference", "Meaning", "Value"), gaps, numbers=1, stack=True)
        )
    return section(f"By {grouping.column}", *parts)


def _bars(grouping: Grouping, index: int, identity: str) -> Markup:
    figure = grouping.slices[0].figures[index]
    rows = [
        (part.name, part.figures[index].value, _with_counts(part.figures[index])) for part in grouping.slices
    ]
    name = f"{_capital(figure.name)} by {grouping.column}"
    return element(
        "figure",
        element("figcaption", f"{name}, from 0 to 1"),
        charts.bars(name, rows, identity=identity),
    )


def _bounds(found: MetricFindings) -> Markup | None:
    if not found.bounds:
        return None
    rows = [
        (_capital(bound.name), "at most" if bound.at_most else "at least", f"{bound.threshold:g}")
        for bound in found.bounds
    ]
    return section(
        "Bounds",
        element("p", "Only that these hold was proved. The figures themselves, and the counts, stay hidden."),
        table("Proved inequalities", ("Metric", "Is", "Bound"), rows, numbers=1),
    )


def _sentences(found: MetricFindings) -> Iterable[tuple[str, Standing]]:
    if found.overall is not None:
        yield "The counts and figures of this page", "proof"
    if found.bounds:
        yield "That the bounds hold", "proof"
    yield f"{found.data.labelled:,} rows have a label, each a class of the data set's schema", "proof"
    yield "Which rows, labels and groups were counted", "commitment"
    yield "Which weights answered", "commitment"
    for relation in found.data.relations:
        yield relation, "proof"
    yield f"That it has {found.data.rows:,} rows in all", "owner"
    yield f"That the data set is a {_ROLES.get(found.data.role, found.data.role)}", "owner"
    yield "Names of the model, the data set, its classes and groups", "owner"
    yield "That the labels are right and the rows genuine", "owner"
    if found.author:
        yield "When this page was made, and what was checked for it", "signer"


def _subjects(found: MetricFindings) -> Markup:
    model, data, setup = found.model, found.data, found.setup
    shards = joined(*(element("div", digest(shard)) for shard in data.shards))
    return section(
        "Exactly which model and data",
        facts(
            "The model",
            [
                ("Name (owner's word)", model.name or None),
                ("Version", model.version),
                ("Identity", digest(model.identity)),
                ("Circuit and metric", digest(model.circuit_hash)),
                ("Verifying key", digest(model.vk_hash)),
                ("Set-up string", joined(digest(setup.digest), " UNSAFE" if setup.unsafe else "")),
            ],
        ),
        facts(
            "The data set",
            [
                ("Name (owner's word)", data.name or None),
                ("Role (owner's word)", _ROLES.get(data.role, data.role)),
                ("Rows (owner's word)", f"{data.rows:,}"),
                ("Labelled rows", f"{data.labelled:,}"),
                ("Identity", digest(data.identity)),
                ("Schema", digest(data.schema_digest)),
                ("Parent", None if data.parent is None else digest(data.parent)),
                (f"Shards ({len(data.shards)})", shards),
            ],
        ),
    )


def _classes(found: MetricFindings, part: Slice) -> tuple[str, ...]:
    """Names of the classes; their numbers where there are none."""
    size = len(part.confusion) if part.confusion is not None else len(part.per_class)
    return found.data.classes if len(found.data.classes) == size else tuple(map(str, range(size)))


def _value(figure: Figure) -> str:
    return "undefined" if figure.value is None else f"{figure.value:{'.4f' if figure.rate else '.6g'}}"


def _with_counts(figure: Figure) -> str:
    """The counts beside the figure, because few rows say little."""
    return f"{_value(figure)} ({figure.note.replace(' of ', '/')})" if figure.note else _value(figure)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
