"""A schema from a source and a model: what nobody should have to write down twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import numpy as np

from zkattest.datasets.blocks import DEFAULT_ROWS, Cells, Source, is_missing
from zkattest.datasets.encoding import text_of
from zkattest.datasets.schema import MAX_VALUES, Classes, Features, Group, Schema, Target, Value
from zkattest.errors import DataError, EmptyDataError, ShapeError, UnknownClassError
from zkattest.frontend import QuantisedModel
from zkattest.frontend.fixed_point import Shape

__all__ = ["TargetKind", "infer_schema"]

TargetKind = Literal["classes", "value"]

#: Rows of a shard where neither the source nor the caller says how many.
DEFAULT_CAPACITY = 1024
#: Bits of features without a model; those that models are compiled with by default.
DEFAULT_BITS = 12


def infer_schema(
    source: Source,
    model: QuantisedModel | None = None,
    *,
    target: TargetKind = "classes",
    classes: Sequence[str] | None = None,
    group_values: Mapping[str, Sequence[str]] | None = None,
    bits: int | None = None,
    scale: int | None = None,
    target_scale: int | None = None,
    shape: Sequence[int] | None = None,
    capacity: int | None = None,
    missing_group: str | None = None,
) -> Schema:
    """The schema of a source's rows.

    Arguments:
        model: gives shape, bits and scale of the features and the number of classes, or the target's scale.
        target: whether labels are classes or numbers.
        classes: in the order of the model's outputs; by default numbers from 0 on where labels are whole
            numbers, else the texts that occur, sorted.
        group_values: of a group column, by its name; by default those that occur, sorted.
        bits, scale, shape: of the features, where no model gives them.
        target_scale: in regression; by default that of the model's output.
        capacity: rows of a shard; by default all rows, at most 1,024.
        missing_group: a further value of each group column, for rows that have none.

    Raises:
        DataError: neither model nor scale; an iterator that cannot be read twice and no classes or values.
    """
    if capacity is None:
        capacity = DEFAULT_CAPACITY if source.rows is None else min(source.rows, DEFAULT_CAPACITY)
    features = _features(source, model, bits, scale, shape)
    given = dict(group_values or {})
    for name in given:
        if name not in source.group_names:
            raise DataError(f"Values are given for {name!r}, which is no group column.")
    unknown = [name for name in source.group_names if name not in given]
    seen = _Seen(unknown, labels=target == "classes" and classes is None)
    if seen.wanted:
        seen.read(source)
    groups = tuple(
        Group(
            name,
            _with(given[name] if name in given else sorted(seen.groups[name], key=_order), missing_group),
        )
        for name in source.group_names
    )
    return Schema(features, _target(source, model, target, classes, target_scale, seen), groups, capacity)


def _features(
    source: Source,
    model: QuantisedModel | None,
    bits: int | None,
    scale: int | None,
    shape: Sequence[int] | None,
) -> Features:
    names = source.feature_names
    if model is not None:
        spec = model.inputs[0]
        if bits not in (None, spec.bits) or scale not in (None, spec.scale):
            raise DataError(
                f"The model takes {spec.bits} bits at scale 2^-{spec.scale}; other ones are asked for.",
                remedy="Leave bits and scale out.",
            )
        if names and len(names) != spec.size:
            raise ShapeError(
                f"The source has {len(names)} features; the model takes {spec.size}.",
                remedy="Name the columns that the model was trained on, in its order.",
            )
        return Features(spec.shape, spec.bits, spec.scale, names)
    if scale is None:
        raise DataError(
            "Nothing says at which scale features are quantised.",
            remedy="Give the model, whose input says it, or a scale.",
        )
    if shape is None:
        shape = (1, len(names)) if names else (1, *_row_shape(source))
    return Features(tuple(shape), DEFAULT_BITS if bits is None else bits, scale, names)


def _row_shape(source: Source) -> Shape:
    if not source.replayable:
        raise DataError(
            "An iterator cannot be looked at in advance.",
            remedy="Give the shape of the features, or a schema.",
        )
    first = next(iter(source.blocks(1)), None)
    if first is None:
        raise EmptyDataError("The source has no rows.")
    return first.features.shape[1:] or (1,)


def _target(
    source: Source,
    model: QuantisedModel | None,
    kind: TargetKind,
    classes: Sequence[str] | None,
    scale: int | None,
    seen: _Seen,
) -> Target:
    if kind == "value":
        if scale is None:
            scale = None if model is None else model.outputs[0].scale
        if scale is None:
            raise DataError(
                "Nothing says at which scale the target is quantised.",
                remedy="Give target_scale, or the model, whose output's scale is taken.",
            )
        return Value(source.label_name, scale)
    outputs = 0 if model is None else max(2, model.outputs[0].size)
    names = tuple(classes) if classes is not None else seen.classes(outputs)
    if outputs and len(names) != outputs:
        raise UnknownClassError(
            f"{len(names)} classes for a model that tells {outputs} apart.",
            remedy="Name all classes, in the order of the model's outputs.",
        )
    return Classes(source.label_name, names)


class _Seen:
    """Distinct labels and groups of a source, read once.

    Arguments:
        groups: columns to look at; labels: whether to look at labels.
    """

    def __init__(self, groups: Sequence[str], *, labels: bool) -> None:
        self.groups: dict[str, set[str]] = {name: set() for name in groups}
        self.labels: set[str] = set()
        self._look_at_labels = labels
        self.wanted = bool(groups) or labels

    def read(self, source: Source) -> None:
        """Look at all rows."""
        if not source.replayable:
            raise DataError(
                "An iterator cannot be looked at in advance.",
                remedy="Name the classes and the values of each group column, or give a schema.",
            )
        for labels, groups in source.targets(DEFAULT_ROWS):
            if self._look_at_labels and labels is not None:
                _add(self.labels, labels, "classes; is the target a number (target='value')?")
            for name, cells in zip(source.group_names, groups, strict=True):
                if name in self.groups:
                    _add(self.groups[name], cells, f"values of the group column {name!r}")

    def classes(self, outputs: int) -> tuple[str, ...]:
        """Names of the classes in order; at least ``outputs`` where they are numbers."""
        names = self.labels - {"-1"}
        if not names and not outputs:
            raise DataError("No row has a label.", remedy="Name the classes, or give the label's column.")
        if all(name.isdecimal() and str(int(name)) == name for name in names):
            highest = max((int(name) for name in names), default=0)
            if highest >= MAX_VALUES:
                raise DataError(
                    "Labels are numbers too large for classes.",
                    remedy="Name the classes, or use target='value'.",
                )
            return tuple(str(index) for index in range(max(highest + 1, outputs, 2)))
        return tuple(sorted(names, key=_order))


def _add(seen: set[str], cells: Cells, what: str) -> None:
    distinct: Iterable[object] = np.unique(cells) if cells.dtype.kind in "iubfUS" else cells
    seen.update(text_of(cell) for cell in distinct if not is_missing(cell))
    if len(seen) > MAX_VALUES:
        raise DataError(f"There are more than {MAX_VALUES} {what}.")


def _with(values: Sequence[str], extra: str | None) -> tuple[str, ...]:
    return tuple(values) if extra is None or extra in values else (*values, extra)


def _order(text: str) -> tuple[bool, float, str]:
    """Numbers by value before texts."""
    try:
        return False, float(text), text
    except ValueError:
        return True, 0.0, text
