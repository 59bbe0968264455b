"""Hiding, binding commitments to integer tensors: the identity of a model or a data set.

Cells lie in rows of m = 2^c field elements; a row with cells v_i and blinder b is committed as
sum v_i [tau^i]_1 + b [tau^m]_1 (KZG with the blinder in an extra coefficient). Layout, identity and formats
are written down in ``docs/commitments.md``; ``zkattest.spec`` holds a readable twin that gives equal bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from zkattest import _native
from zkattest.encoding import Reader, Writer
from zkattest.errors import CommitmentError, SrsError, SrsTooSmallError
from zkattest.html import fields_html
from zkattest.progress import SILENT, Progress, phase
from zkattest.srs import Srs

IntTensor = npt.NDArray[np.int64]
Kind = Literal["model", "data"]

_KINDS: dict[int, Kind] = {1: "model", 2: "data"}
_POINT = 64
_SCALAR = 32
#: Default rows are from 2^10 (fewer cells make too many rows) to 2^16 cells (more make openings slow).
_LEAST_ROW, _MOST_ROW = 1 << 10, 1 << 16
#: Rows that a commitment of medium size is cut into by default.
_ROWS_WANTED = 16
#: Cells committed between two reports of progress.
_PROGRESS_CELLS = 1 << 20


class HasConstants(Protocol):
    """A model: its integer constants by name."""

    @property
    def constants(self) -> Mapping[str, IntTensor]: ...


@dataclass(frozen=True)
class TensorPlace:
    """Where a tensor lies: its cells, flattened row-major, start at cell ``offset`` of row ``row``, in a
    block of the power of two ``block`` that is aligned to its size and zero beyond the tensor."""

    name: str
    shape: tuple[int, ...]
    row: int
    offset: int
    block: int


@dataclass(frozen=True)
class Layout:
    """Places of all tensors, a function of row size, names and shapes alone.

    Attributes:
        row_size: cells of a row, m.
        rows: number of rows.
        tensors: the places, in the order in which the tensors were given.
        digest: keccak256 of the canonical encoding, 32 bytes.
    """

    row_size: int
    rows: int
    tensors: tuple[TensorPlace, ...]
    digest: bytes = field(repr=False)

    @classmethod
    def pack(cls, row_size: int, tensors: Iterable[tuple[str, tuple[int, ...]]]) -> Layout:
        """Blocks by size, largest first, equal sizes in the order given, each directly after the one before.

        Raises:
            CommitmentError: ``row_size`` is no power of two from 2 to 2^28; no tensor; an empty or repeated
                name; a zero-size axis; more than 32 axes or 2^40 cells.
        """
        shapes = [(_name(name), tuple(_count(size, name) for size in shape)) for name, shape in tensors]
        native = _native.NativeLayout(_count(row_size, "row size"), shapes)
        places = tuple(
            TensorPlace(name, shape, *place)
            for (name, shape), place in zip(shapes, native.places, strict=True)
        )
        return cls(native.row_size, native.rows, places, native.digest)

    def _native(self) -> _native.NativeLayout:
        return _native.NativeLayout(self.row_size, [(t.name, t.shape) for t in self.tensors])


@dataclass(frozen=True)
class Commitment:
    """A commitment to the constants of a model or to a data set. Public.

    Attributes:
        kind: ``"model"`` or ``"data"``; part of the identity.
        layout: names, shapes and places of the tensors.
        srs_digest: digest of the string's prefix of degree ``row_size``, 32 bytes.
        srs_unsafe: made under a string whose secret may be known: binding for nobody.
        rows: commitment of each row, 64 bytes: x and y big-endian.

    Raises:
        CommitmentError: a row is no canonical point of the curve, or their number is not the layout's.
    """

    kind: Kind
    layout: Layout
    srs_digest: bytes
    srs_unsafe: bool
    rows: tuple[bytes, ...] = field(repr=False)

    #: First bytes of a file.
    MAGIC = b"ZKCM"
    _VERSION = 1

    def __post_init__(self) -> None:
        if self.kind not in _KINDS.values():
            raise CommitmentError(f"A commitment is of kind 'model' or 'data'; got {self.kind!r}.")
        if len(self.srs_digest) != 32:
            raise CommitmentError(f"The SRS digest has 32 bytes; got {len(self.srs_digest)}.")
        if any(len(row) != _POINT for row in self.rows):
            raise CommitmentError(f"Every row commitment has {_POINT} bytes.")
        _native.check_rows(b"".join(self.rows), self.layout.rows)

    @property
    def row_size(self) -> int:
        """Cells of a row, m."""
        return self.layout.row_size

    @cached_property
    def identity(self) -> bytes:
        """What stands for the model or data set everywhere, 32 bytes: keccak256 over kind, m, layout digest,
        SRS digest and rows."""
        return _native.commitment_identity(
            self.kind == "model", self.row_size, self.layout.digest, self.srs_digest, b"".join(self.rows)
        )

    def to_bytes(self) -> bytes:
        """The canonical encoding. Places are not written: they follow from row size, names and shapes."""
        writer = Writer(self.MAGIC, self._VERSION).u8(1 if self.kind == "model" else 2).u64(self.row_size)
        writer.u32(len(self.layout.tensors))
        for tensor in self.layout.tensors:
            writer.text(tensor.name).u8(len(tensor.shape))
            for size in tensor.shape:
                writer.u64(size)
        writer.fixed(self.srs_digest, 32).u8(int(self.srs_unsafe)).u64(len(self.rows))
        return writer.fixed(b"".join(self.rows), _POINT * len(self.rows)).finish()

    @classmethod
    def from_bytes(cls, data: bytes) -> Commitment:
        """Decode :meth:`to_bytes`.

        Raises:
            FormatError: truncated, trailing, not canonical.
            CommitmentError: an impossible layout, or a row that is no canonical point of the curve.
        """
        reader = Reader(data, cls.MAGIC, cls._VERSION, what="commitment")
        kind = _KINDS.get(code := reader.u8())
        if kind is None:
            raise reader.fail(f"its kind is {code}, expected 1 (model) or 2 (data)")
        row_size = reader.u64()
        shapes = []
        for _ in range(reader.u32()):
            name = reader.text()
            shapes.append((name, tuple(reader.u64() for _ in range(reader.u8()))))
        digest, unsafe, count = reader.fixed(32), reader.u8(), reader.u64()
        if unsafe > 1:
            raise reader.fail(f"its unsafe flag is {unsafe}, expected 0 or 1")
        body = reader.fixed(_POINT * count)
        reader.finish()
        return cls(kind, Layout.pack(row_size, shapes), digest, bool(unsafe), _split(body, _POINT))

    def _repr_html_(self) -> str:
        return fields_html(
            f"{self.kind} commitment",
            {
                "identity": self.identity,
                "rows": len(self.rows),
                "row_size": self.row_size,
                "srs_digest": self.srs_digest,
                "srs_unsafe": self.srs_unsafe,
            },
        )


@dataclass(frozen=True)
class CommitmentSecret:
    """The opening of one commitment: its blinders. Secret; without them the commitment hides everything.

    Attributes:
        identity: the commitment that it opens, 32 bytes.
        blinders: one scalar per row, 32 bytes big-endian.
    """

    identity: bytes
    blinders: tuple[bytes, ...] = field(repr=False)

    #: First bytes of a file.
    MAGIC = b"ZKCS"
    _VERSION = 1

    def __post_init__(self) -> None:
        if len(self.identity) != 32:
            raise CommitmentError(f"A commitment's identity has 32 bytes; got {len(self.identity)}.")
        if any(len(blinder) != _SCALAR for blinder in self.blinders):
            raise CommitmentError(f"Every blinder has {_SCALAR} bytes.")
        _native.check_blinders(b"".join(self.blinders), len(self.blinders))

    def to_bytes(self) -> bytes:
        """The canonical encoding; secret."""
        writer = Writer(self.MAGIC, self._VERSION).fixed(self.identity, 32).u64(len(self.blinders))
        return writer.fixed(b"".join(self.blinders), _SCALAR * len(self.blinders)).finish()

    @classmethod
    def from_bytes(cls, data: bytes) -> CommitmentSecret:
        """Decode :meth:`to_bytes`.

        Raises:
            FormatError: truncated or trailing.
            CommitmentError: a blinder is not smaller than the group order.
        """
        reader = Reader(data, cls.MAGIC, cls._VERSION, what="commitment secret")
        identity, count = reader.fixed(32), reader.u64()
        body = reader.fixed(_SCALAR * count)
        reader.finish()
        return cls(identity, _split(body, _SCALAR))


def commit(
    tensors: Mapping[str, IntTensor],
    srs: Srs,
    *,
    kind: Kind = "model",
    row_size: int | None = None,
    progress: Progress = SILENT,
) -> tuple[Commitment, CommitmentSecret]:
    """Commit to integer tensors, with fresh blinders from the operating system.

    Arguments:
        tensors: signed integers of up to 64 bits by name, any shape without zero-size axes; their order
        counts. srs: of degree at least ``row_size``.
        kind: ``"model"`` or ``"data"``.
        row_size: cells of a row, a power of two; by default about a sixteenth of all cells, from 2^10 to
        2^16.

    Raises:
        CommitmentError: a tensor is empty or holds no integers; no tensor; a bad row size.
        SrsTooSmallError: ``srs`` does not reach degree ``row_size``.
    """
    shapes, values = _tensors(tensors)
    if row_size is None:
        row_size = default_row_size([shape for _, shape in shapes], srs)
    layout = Layout.pack(row_size, shapes)
    _reaches(srs, row_size)
    blinders = _native.draw_blinders(layout.rows)
    rows = _commit_rows(layout, values, blinders, srs, progress)
    commitment = Commitment(kind, layout, srs.digest_at(row_size), srs.unsafe, rows)
    return commitment, CommitmentSecret(commitment.identity, _split(blinders, _SCALAR))


def commit_model(
    model: HasConstants, srs: Srs, *, row_size: int | None = None, progress: Progress = SILENT
) -> tuple[Commitment, CommitmentSecret]:
    """:func:`commit` to the constants (weights and biases) of a quantised model."""
    return commit(model.constants, srs, kind="model", row_size=row_size, progress=progress)


def check_opening(
    commitment: Commitment, secret: CommitmentSecret, tensors: Mapping[str, IntTensor], srs: Srs
) -> bool:
    """Whether ``commitment`` opens to exactly these tensors (names, shapes, order and values) under
    ``secret``.

    Raises:
        SrsError: ``srs`` is another string than the commitment's, or too small.
        CommitmentError: a tensor holds no integers.
    """
    _reaches(srs, commitment.row_size)
    if srs.digest_at(commitment.row_size) != commitment.srs_digest:
        raise SrsError(
            "The commitment was made under another set-up string.",
            remedy="Give the string whose digest the commitment names.",
        )
    shapes, values = _tensors(tensors)
    if shapes != [(place.name, place.shape) for place in commitment.layout.tensors]:
        return False
    if secret.identity != commitment.identity or len(secret.blinders) != commitment.layout.rows:
        return False
    rows = _commit_rows(commitment.layout, values, b"".join(secret.blinders), srs, SILENT)
    return rows == commitment.rows


def default_row_size(shapes: Iterable[tuple[int, ...]], srs: Srs) -> int:
    """The row size that :func:`commit` chooses: the power of two next to a sixteenth of all cells (blocks
    are padded to powers of two), from 2^10 to 2^16, and no more than ``srs`` holds."""
    cells = sum(_next_power(int(np.prod(shape, dtype=object))) for shape in shapes)
    wanted = min(max(_next_power(-(-cells // _ROWS_WANTED)), _LEAST_ROW), _MOST_ROW)
    return min(wanted, 1 << (srs.max_degree.bit_length() - 1))


def _commit_rows(
    layout: Layout, values: list[IntTensor], blinders: bytes, srs: Srs, progress: Progress
) -> tuple[bytes, ...]:
    native = _native.NativeRows(layout._native(), values)
    step = max(1, _PROGRESS_CELLS // layout.row_size)
    parts = []
    with phase(progress, "commit rows", layout.rows):
        for first in range(0, layout.rows, step):
            last = min(first + step, layout.rows)
            parts.append(native.commit(srs._native, first, blinders[_SCALAR * first : _SCALAR * last]))
            progress.advance("commit rows", last - first)
    return _split(b"".join(parts), _POINT)


def _tensors(tensors: Mapping[str, IntTensor]) -> tuple[list[tuple[str, tuple[int, ...]]], list[IntTensor]]:
    """Names with shapes, and flattened int64 copies or views, in the mapping's order."""
    shapes, values = [], []
    for name, tensor in tensors.items():
        array: npt.NDArray[Any] = np.asarray(tensor)
        wide = array.dtype.kind == "u" and array.size and int(array.max()) >= 2**63
        if array.dtype.kind not in "iu" or wide:
            raise CommitmentError(
                f"Tensor {name!r} holds {array.dtype} values, expected integers from -2^63 to 2^63 - 1.",
                remedy="Quantise it first.",
            )
        shapes.append((_name(name), array.shape))
        values.append(np.ascontiguousarray(array, dtype=np.int64).reshape(-1))
    return shapes, values


def _reaches(srs: Srs, row_size: int) -> None:
    if srs.max_degree < row_size:
        raise SrsTooSmallError(
            f"Rows of {row_size} cells need a set-up string of degree {row_size}; "
            f"this one reaches {srs.max_degree}.",
            remedy="Use a larger string or a smaller row_size.",
        )


def _name(name: object) -> str:
    if not isinstance(name, str):
        raise CommitmentError(f"A tensor's name is a text; got {type(name).__name__}.")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise CommitmentError("A tensor's name is not valid Unicode.") from None
    return name


def _count(value: object, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 0 <= int(value) < 2**63:
        raise CommitmentError(f"{what}: a size is {value!r}, expected a positive integer.")
    return int(value)


def _next_power(value: int) -> int:
    return 1 << max(value - 1, 0).bit_length()


def _split(data: bytes, size: int) -> tuple[bytes, ...]:
    return tuple(data[at : at + size] for at in range(0, len(data), size))
