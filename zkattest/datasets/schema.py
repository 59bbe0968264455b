"""What the columns of a data set are: features, target, groups, and how many rows a shard holds.

Everything about a data set that is public but for its commitments. Two data sets are comparable (one a test
set for a model that the other trained) only where their schemas say the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from eth_utils.crypto import keccak

from zkattest.encoding import Reader, Writer
from zkattest.errors import DataError, FormatError
from zkattest.frontend.fixed_point import MAX_BITS, MAX_ELEMENTS, MAX_SCALE, MIN_BITS, MIN_SCALE, Shape

__all__ = ["Classes", "Features", "Group", "Schema", "Target", "Value"]

#: Classes of a target, values of a group column: a one-hot cell each, in every row.
MAX_VALUES: Final = 1 << 12
MAX_GROUPS: Final = 64
#: Rows of a shard: one proof each.
MAX_CAPACITY: Final = 1 << 20
MAX_RANK: Final = 8

_CLASSES, _VALUE = 0, 1
_MAGIC, _SPEC_MAGIC = b"ZKDM", b"ZKDS"


@dataclass(frozen=True)
class Features:
    """The features of one row, quantised: value = q * 2**-scale, q a signed ``bits``-bit integer.

    Attributes:
        shape: of one row as the model takes it, its leading 1 included, e.g. ``(1, 30)``.
        bits: 8 to 16, sign included.
        scale: power-of-two exponent.
        names: one for each feature in row-major order, or none.
    """

    shape: Shape
    bits: int
    scale: int
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "shape", tuple(_whole(size, "a size of the features") for size in self.shape)
        )
        object.__setattr__(self, "names", _texts(self.names, "feature", least=0, most=MAX_ELEMENTS))
        if not 1 <= len(self.shape) <= MAX_RANK or min(self.shape) < 1 or self.count > MAX_ELEMENTS:
            raise DataError(
                f"Features have shape {self.shape}; expected 1 to {MAX_RANK} axes without an empty one."
            )
        _in_range(self.bits, MIN_BITS, MAX_BITS, "bits")
        _in_range(self.scale, MIN_SCALE, MAX_SCALE, "scale of the features")
        if self.names and len(self.names) != self.count:
            raise DataError(f"{len(self.names)} names for {self.count} features.", remedy="Name all or none.")

    @property
    def count(self) -> int:
        """Features of a row."""
        product = 1
        for size in self.shape:
            product *= size
        return product


@dataclass(frozen=True)
class Classes:
    """A target that is a class.

    Attributes:
        name: of the column.
        names: of the classes, in the order of the model's outputs; at least two.
    """

    name: str
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        _text(self.name, "target")
        object.__setattr__(self, "names", _texts(self.names, "class", least=2, most=MAX_VALUES))


@dataclass(frozen=True)
class Value:
    """A target that is a number (regression): value = q * 2**-scale, of as many bits as the features.

    Attributes:
        name: of the column.
        scale: power-of-two exponent.
    """

    name: str
    scale: int

    def __post_init__(self) -> None:
        _text(self.name, "target")
        _in_range(self.scale, MIN_SCALE, MAX_SCALE, "scale of the target")


Target = Classes | Value


@dataclass(frozen=True)
class Group:
    """A column that divides the rows, such as a ward or a sex.

    Attributes:
        name: of the column.
        values: that occur in it; every labelled row has exactly one.
    """

    name: str
    values: tuple[str, ...]

    def __post_init__(self) -> None:
        _text(self.name, "group column")
        object.__setattr__(self, "values", _texts(self.values, "group", least=1, most=MAX_VALUES))


@dataclass(frozen=True)
class Schema:
    """Columns of a data set, and the rows of a shard. Public.

    Attributes:
        features: of a row.
        target: class or number.
        groups: columns that divide the rows.
        capacity: rows of a shard.

    Raises:
        DataError: names that are empty or repeated, numbers out of range.
    """

    features: Features
    target: Target
    groups: tuple[Group, ...] = ()
    capacity: int = 1024

    def __post_init__(self) -> None:
        object.__setattr__(self, "groups", tuple(self.groups))
        _in_range(self.capacity, 1, MAX_CAPACITY, "capacity")
        if len(self.groups) > MAX_GROUPS:
            raise DataError(f"{len(self.groups)} group columns; at most {MAX_GROUPS} are possible.")
        names = [group.name for group in self.groups]
        if len(set(names)) != len(names):
            raise DataError("Two group columns have the same name.")

    @property
    def classes(self) -> int:
        """Classes of the target; 1 in regression."""
        return len(self.target.names) if isinstance(self.target, Classes) else 1

    @property
    def is_regression(self) -> bool:
        """Whether the target is a number."""
        return isinstance(self.target, Value)

    @property
    def tensors(self) -> list[tuple[str, Shape]]:
        """Name and logical shape of each tensor of a shard, in the order of commitment."""
        rows, classes = self.capacity, self.classes
        found: list[tuple[str, Shape]] = [("x", (rows, *self.features.shape))]
        if self.is_regression:
            found.append(("y", (rows,)))
        found.append(("l0", (rows, classes)))
        for column, group in enumerate(self.groups, start=1):
            size = len(group.values)
            found.append((f"l{column}", (rows, size) if self.is_regression else (rows, size, classes)))
        return found

    @cached_property
    def spec(self) -> bytes:
        """What the registration circuit is compiled from: sizes without names (``ZKDS``)."""
        features = self.features
        writer = Writer(_SPEC_MAGIC, 1).u32(self.capacity).u8(features.bits).u8(len(features.shape))
        for size in features.shape:
            writer.u32(size)
        writer.u8(_VALUE if self.is_regression else _CLASSES).u32(self.classes).u8(len(self.groups))
        for group in self.groups:
            writer.u32(len(group.values))
        return writer.finish()

    # --- encoding ---------------------------------------------------------------------------------

    def to_bytes(self) -> bytes:
        """The canonical encoding."""
        features = self.features
        writer = Writer(_MAGIC, 1).u32(self.capacity).u8(features.bits).i64(features.scale)
        writer.u8(len(features.shape))
        for size in features.shape:
            writer.u32(size)
        _write_texts(writer, features.names)
        if isinstance(self.target, Classes):
            _write_texts(writer.u8(_CLASSES).text(self.target.name), self.target.names)
        else:
            writer.u8(_VALUE).text(self.target.name).i64(self.target.scale)
        writer.u8(len(self.groups))
        for group in self.groups:
            _write_texts(writer.text(group.name), group.values)
        return writer.finish()

    @classmethod
    def from_bytes(cls, data: bytes) -> Schema:
        """Decode :meth:`to_bytes`.

        Raises:
            FormatError: truncated, trailing, or no schema.
        """
        reader = Reader(data, _MAGIC, 1, what="schema")
        try:
            schema = cls._read(reader)
        except DataError as error:
            raise FormatError(f"The schema is malformed: {error.message}") from None
        reader.finish()
        return schema

    @classmethod
    def _read(cls, reader: Reader) -> Schema:
        capacity, bits, scale = reader.u32(), reader.u8(), reader.i64()
        shape = tuple(reader.u32() for _ in range(reader.u8()))
        features = Features(shape, bits, scale, _read_texts(reader))
        code, name = reader.u8(), reader.text()
        if code not in (_CLASSES, _VALUE):
            raise reader.fail(f"its target is of kind {code}, expected 0 (classes) or 1 (value)")
        target = Classes(name, _read_texts(reader)) if code == _CLASSES else Value(name, reader.i64())
        groups = tuple(Group(reader.text(), _read_texts(reader)) for _ in range(reader.u8()))
        return cls(features, target, groups, capacity)

    @cached_property
    def digest(self) -> bytes:
        """keccak256 of the canonical encoding, 32 bytes."""
        return keccak(self.to_bytes())

    def describe(self) -> dict[str, Any]:
        """The same in JSON's types, for people."""
        features, target = self.features, self.target
        shown: dict[str, Any] = {"name": target.name}
        if isinstance(target, Classes):
            shown |= {"kind": "classes", "classes": list(target.names)}
        else:
            shown |= {"kind": "value", "scale": target.scale}
        return {
            "digest": "0x" + self.digest.hex(),
            "capacity": self.capacity,
            "features": {
                "shape": list(features.shape),
                "bits": features.bits,
                "scale": features.scale,
                "names": list(features.names),
            },
            "target": shown,
            "groups": [{"name": group.name, "values": list(group.values)} for group in self.groups],
        }


def _write_texts(writer: Writer, texts: tuple[str, ...]) -> None:
    writer.u32(len(texts))
    for text in texts:
        writer.text(text)


def _read_texts(reader: Reader) -> tuple[str, ...]:
    return tuple(reader.text() for _ in range(reader.u32()))


def _text(value: object, what: str) -> str:
    if not isinstance(value, str) or not value:
        raise DataError(f"The name of a {what} is a text that is not empty; got {type(value).__name__}.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise DataError(f"The name of a {what} is not valid Unicode.") from None
    return value


def _texts(values: Iterable[str], what: str, *, least: int, most: int) -> tuple[str, ...]:
    if isinstance(values, str):
        raise DataError(f"The names of a {what} are a sequence of texts; got one text.")
    texts = tuple(_text(value, what) for value in values)
    if not least <= len(texts) <= most:
        raise DataError(f"{len(texts)} values of a {what}; expected {least} to {most}.")
    if len(set(texts)) != len(texts):
        raise DataError(f"Two values of a {what} have the same name.")
    return texts


def _whole(value: object, what: str) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise DataError(f"{what} is no whole number but {type(value).__name__}.")
    return int(value.__index__())


def _in_range(value: object, low: int, high: int, what: str) -> None:
    if not low <= _whole(value, what) <= high:
        raise DataError(f"The {what} of a data set is {value}; expected {low} to {high}.")
