"""From raw cells to a shard's integers: quantisation, classes, groups, and what must not be in them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from zkattest.datasets.blocks import Block, Cells, check_rows, is_missing, missing, numbers
from zkattest.datasets.schema import Classes, Schema, Value
from zkattest.datasets.shard import NONE, ShardRows
from zkattest.errors import (
    DataError,
    MissingLabelError,
    NonFiniteError,
    SaturatedError,
    UnknownClassError,
    UnknownGroupError,
)
from zkattest.frontend.fixed_point import FloatTensor, IntTensor, range_of_bits, round_half_up

__all__ = ["Encoder", "text_of"]


@dataclass
class Encoder:
    """Turns consecutive blocks into shards' rows.

    Attributes:
        schema: of the data set.
        clip: saturate features and targets that leave the range of the bits, instead of refusing them.
        unlabelled: allow rows without a label (None, NaN, empty, or -1 where classes are numbers).
        missing_group: group of labelled rows that have none; None: such rows are refused.
        row: number of the next row in the source, for messages.
    """

    schema: Schema
    clip: bool = False
    unlabelled: bool = False
    missing_group: str | None = None
    row: int = field(default=0, init=False)

    def __call__(self, block: Block) -> ShardRows:
        """Quantise one block.

        Raises:
            DataError and its kinds, NonFiniteError, ShapeError: name the row and column, never a value.
        """
        check_rows(block, self.schema.features.shape)
        x = self._features(block)
        target, count = self.schema.target, len(block)
        value: IntTensor | None = None
        if isinstance(target, Value):
            value, label = self._values(block, target)
        else:
            label = self._classes(block, target)
        if not self.unlabelled and (label == NONE).any():
            raise MissingLabelError(
                f"{self._where(block, int(np.argmax(label == NONE)))} has no label in column "
                f"{target.name!r}.",
                remedy="Drop such rows, or allow unlabelled rows: they count in no metric.",
            )
        if len(block.groups) != len(self.schema.groups):
            raise DataError(
                f"The source has {len(block.groups)} group columns, the schema {len(self.schema.groups)}."
            )
        groups = tuple(self._group(block, column, label) for column in range(len(block.groups)))
        self.row += count
        return ShardRows(x, label, value, groups)

    # --- columns ----------------------------------------------------------------------------------

    def _features(self, block: Block) -> IntTensor:
        features = self.schema.features
        raw = block.features
        if raw.dtype.kind not in "iubf":
            raise DataError(
                f"{self._where(block, 0)}: features are {raw.dtype}, expected numbers.",
                remedy="Encode categories as numbers first, as the model was trained on them.",
            )
        flat = raw.reshape(len(block), -1).astype(np.float64)

        def column(at: int) -> str:
            return self.column(at)

        return self._quantised(block, flat, features.scale, column).reshape(len(block), *features.shape)

    def column(self, at: int) -> str:
        """How a feature is called."""
        names = self.schema.features.names
        return f"column {names[at]!r}" if names else f"feature {at}"

    def _values(self, block: Block, target: Value) -> tuple[IntTensor, IntTensor]:
        if block.labels is None:
            return np.zeros(len(block), dtype=np.int64), np.full(len(block), NONE, dtype=np.int64)
        try:
            cells = numbers(block.labels)
        except (TypeError, ValueError):
            row = next(at for at, cell in enumerate(block.labels) if not _is_number(cell))
            raise DataError(f"{self._where(block, row)}, column {target.name!r}: no number.") from None
        absent = missing(block.labels)
        known = np.where(absent, 0.0, cells)
        quantised = self._quantised(block, known[:, None], target.scale, lambda _: f"column {target.name!r}")
        return quantised[:, 0], np.where(absent, NONE, 0).astype(np.int64)

    def _quantised(self, block: Block, cells: FloatTensor, scale: int, column: object) -> IntTensor:
        """``[rows, columns]`` of floats by the scale, as :meth:`QuantisedModel.quantise_input` does it."""
        assert callable(column)
        low, high = range_of_bits(self.schema.features.bits)
        bad = ~np.isfinite(cells)
        if bad.any():
            row, at = (int(index) for index in np.argwhere(bad)[0])
            raise NonFiniteError(
                f"{self._where(block, row)}, {column(at)}: NaN, infinite or missing.",
                remedy="Impute or drop such rows before committing.",
            )
        with np.errstate(over="ignore", invalid="ignore"):  # huge cells become infinite: beyond any range
            scaled = round_half_up(np.ldexp(cells, scale))
        beyond = (scaled < low) | (scaled > high)
        if beyond.any() and not self.clip:
            row, at = (int(index) for index in np.argwhere(beyond)[0])
            raise SaturatedError(
                f"{self._where(block, row)}, {column(at)}: outside the range of {self.schema.features.bits} "
                f"bits at scale 2^-{scale} ({int(beyond.sum())} cells of this shard are).",
                remedy="Compile the model with calibration data that reach as far, or allow clipping.",
            )
        return np.clip(scaled, low, high).astype(np.int64)

    def _classes(self, block: Block, target: Classes) -> IntTensor:
        if block.labels is None:
            return np.full(len(block), NONE, dtype=np.int64)
        label, absent, unknown = _indices(block.labels, target.names, minus_one=True)
        if unknown.any():
            raise UnknownClassError(
                f"{self._where(block, int(np.argmax(unknown)))}: its label in column {target.name!r} is "
                f"none of the {len(target.names)} classes.",
                remedy="Name all classes of the model, in the order of its outputs.",
            )
        return np.where(absent, NONE, label)

    def _group(self, block: Block, column: int, label: IntTensor) -> IntTensor:
        group = self.schema.groups[column]
        indices, absent, unknown = _indices(block.groups[column], group.values, minus_one=False)
        labelled = label != NONE
        if (labelled & absent).any():
            if self.missing_group not in group.values:
                raise UnknownGroupError(
                    f"{self._where(block, int(np.argmax(labelled & absent)))} is labelled and has no group "
                    f"in column {group.name!r}.",
                    remedy="Give the missing group a name that is among the column's values.",
                )
            indices = np.where(absent, group.values.index(self.missing_group), indices)
        if (labelled & unknown).any():
            where = self._where(block, int(np.argmax(labelled & unknown)))
            raise UnknownGroupError(
                f"{where}: its group in column {group.name!r} is none of the {len(group.values)} values.",
                remedy="Name all values of the column.",
            )
        return np.where(labelled, indices, NONE)

    def _where(self, block: Block, row: int) -> str:
        return block.names[row] if block.names else f"Row {self.row + row}"


def text_of(cell: object) -> str:
    """How a class or group is named after a cell: whole numbers without a point, texts stripped."""
    if isinstance(cell, bool | np.bool_):
        return str(bool(cell))
    if isinstance(cell, float | np.floating) and float(cell).is_integer():
        return str(int(cell))
    if isinstance(cell, bytes):
        return cell.decode(errors="replace").strip()
    return str(cell).strip()


Flags = npt.NDArray[np.bool_]


def _indices(cells: Cells, names: tuple[str, ...], *, minus_one: bool) -> tuple[IntTensor, Flags, Flags]:
    """Position of each cell's text among ``names``, where it is missing, and where it is unknown."""
    position = {name: index for index, name in enumerate(names)}
    absent = missing(cells)
    if cells.dtype.kind in "iubfUS":
        distinct, inverse = np.unique(cells, return_inverse=True)
        texts = [text_of(cell) for cell in distinct]
        inverse = inverse.reshape(-1)
    else:
        order: dict[str, int] = {}
        inverse = np.fromiter(
            (order.setdefault(text_of(cell), len(order)) for cell in cells), np.int64, len(cells)
        )
        texts = list(order)
    found = np.array([position.get(text, NONE) for text in texts] or [NONE], dtype=np.int64)
    indices = found[inverse] if len(cells) else np.empty(0, dtype=np.int64)
    if minus_one and "-1" not in position:
        absent = absent | np.array([text == "-1" for text in texts] or [False])[inverse]
    return indices, absent, (indices == NONE) & ~absent


def _is_number(cell: object) -> bool:
    try:
        return is_missing(cell) or float(cell) == float(cell)  # type: ignore[arg-type]  # what float takes
    except (TypeError, ValueError):
        return False
