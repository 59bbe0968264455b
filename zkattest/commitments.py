"""Hiding, binding commitments to integer tensors: the identity of a model or a data set.

Cells lie in rows of m = 2^c field elements; a row with cells v_i and blinder b is committed as
sum v_i [tau^i]_1 + b [tau^m]_1 (KZG with the blinder in an extra coefficient). Layout, identity and formats
are written down in ``docs/commitments.md``; ``zkattest.spec`` holds a readable twin that gives equal bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from zkattest import _native
from zkattest.encoding import Reader, Writer
from zkattest.errors import CommitmentError, SrsError, SrsTooSmallError
from zkattest.frontend.codec import encode_architecture
from zkattest.html import fields_html
from zkattest.layouts import Layout, Shape, TensorPlace, checked_name, next_power, padded_cells
from zkattest.progress import SILENT, Progress, phase
from zkattest.srs import Srs

if TYPE_CHECKING:
    from zkattest.frontend import Architecture, QuantisedModel

__all__ = [
    "Commitment",
    "CommitmentSecret",
    "Kind",
    "Layout",
    "TensorPlace",
    "check_model_opening",
    "check_opening",
    "commit",
    "commit_data",
    "commit_model",
    "default_row_size",
    "in_box",
    "is_padded",
    "model_layout",
    "stored_constants",
]

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
#: The blinder of every row of a public commitment: any fixed value but 0, which would make rows of zeros
#: the point at infinity.
_PUBLIC_BLINDER = (1).to_bytes(_SCALAR, "big")
#: The one tensor of a data commitment.
_DATA = "x"


@dataclass(frozen=True)
class Commitment:
    """A commitment to the constants of a model or to a data set. Public.

    Attributes:
        kind: ``"model"`` or ``"data"``; part of the identity.
        layout: names, shapes, groups and places of the tensors.
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
    _VERSION = 2

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
        """The canonical encoding. Places are not written: they follow from the rest of the layout."""
        writer = Writer(self.MAGIC, self._VERSION).u8(1 if self.kind == "model" else 2).u64(self.row_size)
        writer.u32(len(self.layout.tensors))
        for tensor in self.layout.tensors:
            writer.text(tensor.name).u8(tensor.group).u8(len(tensor.shape))
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
        tensors = []
        for _ in range(reader.u32()):
            name, group = reader.text(), reader.u8()
            tensors.append((name, tuple(reader.u64() for _ in range(reader.u8())), group))
        digest, unsafe, count = reader.fixed(32), reader.u8(), reader.u64()
        if unsafe > 1:
            raise reader.fail(f"its unsafe flag is {unsafe}, expected 0 or 1")
        body = reader.fixed(_POINT * count)
        reader.finish()
        return cls(kind, Layout.pack(row_size, tensors), digest, bool(unsafe), _split(body, _POINT))

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
    groups: Mapping[str, int] | None = None,
    row_size: int | None = None,
    blinders: Sequence[bytes] | None = None,
    progress: Progress = SILENT,
) -> tuple[Commitment, CommitmentSecret]:
    """Commit to integer tensors, with fresh blinders from the operating system.

    Arguments:
        tensors: signed integers of up to 64 bits by name, any shape without zero-size axes; their order
        counts. srs: of degree at least ``row_size``.
        kind: ``"model"`` or ``"data"``.
        groups: group of each tensor, 0 to 255; 0 for those that it does not name. Groups do not share rows.
        row_size: cells of a row, a power of two; by default about a sixteenth of all cells, from 2^10 to
        2^16.
        blinders: one scalar per row, 32 bytes big-endian, to make an earlier commitment again.

    Raises:
        CommitmentError: a tensor is empty or holds no integers; no tensor; a bad row size or group; another
            number of blinders than rows.
        SrsTooSmallError: ``srs`` does not reach degree ``row_size``.
    """
    given = None if blinders is None else tuple(blinders)
    return _commit(
        tensors,
        groups or {},
        srs,
        kind,
        row_size,
        lambda rows: _draw(rows) if given is None else given,
        progress,
    )


def commit_model(
    model: QuantisedModel,
    srs: Srs,
    *,
    row_size: int | None = None,
    weights: Literal["private", "public"] = "private",
    padded: bool = False,
    progress: Progress = SILENT,
) -> tuple[Commitment, CommitmentSecret]:
    """:func:`commit` to the constants (weights and biases) of a quantised model, as :func:`stored_constants`
    has them; the group of a constant is its declared number of bits.

    Arguments:
        weights: ``"private"``: fresh blinders; ``"public"``: every blinder is 1, so that whoever has the
            weights can compute the commitment again. A public commitment hides nothing.
        padded: every constant in a padded box, which takes more cells and makes proofs cheaper to verify on
            a chain; needs ``row_size``.
    """
    if weights not in ("private", "public"):
        raise CommitmentError(f"Weights are 'private' or 'public'; got {weights!r}.")
    blinders = _draw if weights == "private" else _public_blinders
    stored = stored_constants(model, row_size, padded=padded)
    return _commit(stored, _bits(model), srs, "model", row_size, blinders, progress)


def commit_data(
    x: IntTensor,
    srs: Srs,
    row_size: int,
    blinders: Sequence[bytes] | None = None,
    *,
    box: Shape | None = None,
) -> tuple[Commitment, CommitmentSecret]:
    """:func:`commit` to a batch of inputs as data: one tensor ``"x"`` of group 0.

    Arguments:
        x: quantised inputs ``[batch, ...]``.
        blinders: of an earlier commitment to the same inputs, to make it again; fresh ones by default.
        box: the tensor's shape, each axis no smaller than that of ``x``, which is its first corner; the rest
            is zero. That of ``x`` by default.

    Raises:
        CommitmentError: as of :func:`commit`; ``x`` does not fit into ``box``.
    """
    x = x if box is None else in_box(x, box)
    return commit({_DATA: x}, srs, kind="data", row_size=row_size, blinders=blinders)


def stored_constants(
    model: QuantisedModel, row_size: int | None = None, *, padded: bool = False
) -> dict[str, IntTensor]:
    """The constants of a model as they are committed to, in the model's order, as ``"constant 0"``, …: names
    of layers are nobody's business, and an architecture has none.

    A convolution's weight ``[output channels, input channels, kernel ..]`` is stored as
    ``[kernel .., output channels, input channels]``: channels, which proofs sum over, become the last axis.
    All other constants are stored as they are. With ``padded`` each lies in a padded box, which depends on
    ``row_size``.

    Raises:
        CommitmentError: padded, and no ``row_size``; SrsTooSmallError: its rows are too small.
    """
    if padded:
        plans = zip(model.constants.values(), _plans(model, row_size), strict=True)
        return {f"constant {i}": _planned(values, plan) for i, (values, plan) in enumerate(plans)}
    kernels = _kernels(model)
    return {
        f"constant {i}": np.moveaxis(values, (0, 1), (-2, -1)) if name in kernels else values
        for i, (name, values) in enumerate(model.constants.items())
    }


def model_layout(model: Architecture | QuantisedModel, row_size: int, *, padded: bool = False) -> Layout:
    """The layout of :func:`commit_model`; it takes no weights.

    Raises:
        CommitmentError: there is none for such constants and rows; SrsTooSmallError: no padded one, for the
            rows are too small.
    """
    if padded:
        boxes = (cells for _, _, cells in _plans(model, row_size))
        named = zip(model.constants, boxes, strict=True)
        return Layout.pack(
            row_size,
            [(f"constant {i}", tuple(box), model.tensors[name].bits) for i, (name, box) in enumerate(named)],
        )
    kernels = _kernels(model)
    tensors = []
    for i, name in enumerate(model.constants):
        spec = model.tensors[name]
        shape = (*spec.shape[2:], *spec.shape[:2]) if name in kernels else spec.shape
        tensors.append((f"constant {i}", shape, spec.bits))
    return Layout.pack(row_size, tensors)


def is_padded(commitment: Commitment, model: Architecture | QuantisedModel) -> bool:
    """Whether a commitment to ``model`` has its constants in padded boxes and could not be mistaken for one
    that has not."""
    natural = model_layout(model, commitment.row_size)
    if [place.shape for place in commitment.layout.tensors] == [place.shape for place in natural.tensors]:
        return False
    try:
        return commitment.layout == model_layout(model, commitment.row_size, padded=True)
    except SrsTooSmallError:
        return False


def in_box(values: IntTensor, box: Shape) -> IntTensor:
    """Zeros of shape ``box`` with ``values`` in the first corner.

    Raises:
        CommitmentError: they do not fit.
    """
    if len(box) != values.ndim or any(size > room for size, room in zip(values.shape, box, strict=True)):
        raise CommitmentError(f"An array of shape {values.shape} does not fit into a box of {box}.")
    stored = np.zeros(box, dtype=np.int64)
    stored[tuple(slice(size) for size in values.shape)] = values
    return stored


#: How a constant lies in its padded box: digits that its axes are cut into, the digit of each axis of the
#: box, cells of each.
_Plan = tuple[list[int], list[int], list[int]]


def _plans(model: Architecture | QuantisedModel, row_size: int | None) -> list[_Plan]:
    if row_size is None or row_size < 1 or row_size & (row_size - 1):
        raise CommitmentError(
            f"Padded boxes depend on the row size; got {row_size}.", remedy="Give a power of two."
        )
    return _native.model_plans(encode_architecture(model), row_size.bit_length() - 1)


def _planned(values: IntTensor, plan: _Plan) -> IntTensor:
    digits, order, cells = plan
    return in_box(np.asarray(values).reshape(digits).transpose(order), tuple(cells))


def _kernels(model: Architecture | QuantisedModel) -> set[str]:
    return {node.inputs[1] for node in model.nodes if node.op == "conv"}


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


def check_model_opening(
    commitment: Commitment, secret: CommitmentSecret, model: QuantisedModel, srs: Srs
) -> bool:
    """Whether ``commitment`` is one of :func:`commit_model` to the constants of ``model``, under ``secret``.

    Raises:
        SrsError: ``srs`` is another string than the commitment's, or too small.
    """
    if commitment.kind != "model":
        return False
    padded = is_padded(commitment, model)
    if commitment.layout != model_layout(model, commitment.row_size, padded=padded):
        return False
    stored = stored_constants(model, commitment.row_size, padded=padded)
    return check_opening(commitment, secret, stored, srs)


def default_row_size(shapes: Iterable[Shape], srs: Srs) -> int:
    """The row size that :func:`commit` chooses: the power of two next to a sixteenth of all cells (last axes
    are padded to powers of two), from 2^10 to 2^16, and no more than ``srs`` holds."""
    cells = sum(padded_cells(shape) for shape in shapes)
    wanted = min(max(next_power(-(-cells // _ROWS_WANTED)), _LEAST_ROW), _MOST_ROW)
    return min(wanted, 1 << (srs.max_degree.bit_length() - 1))


def _bits(model: QuantisedModel) -> dict[str, int]:
    """The groups of a model's constants."""
    return {f"constant {i}": model.tensors[name].bits for i, name in enumerate(model.constants)}


def _draw(rows: int) -> tuple[bytes, ...]:
    return _split(_native.draw_blinders(rows), _SCALAR)


def _public_blinders(rows: int) -> tuple[bytes, ...]:
    return (_PUBLIC_BLINDER,) * rows


def _commit(
    tensors: Mapping[str, IntTensor],
    groups: Mapping[str, int],
    srs: Srs,
    kind: Kind,
    row_size: int | None,
    blinders_of: Callable[[int], tuple[bytes, ...]],
    progress: Progress,
) -> tuple[Commitment, CommitmentSecret]:
    shapes, values = _tensors(tensors)
    if row_size is None:
        row_size = default_row_size([shape for _, shape in shapes], srs)
    layout = Layout.pack(row_size, [(name, shape, groups.get(name, 0)) for name, shape in shapes])
    _reaches(srs, row_size)
    blinders = blinders_of(layout.rows)
    _native.check_blinders(b"".join(blinders), layout.rows)
    rows = _commit_rows(layout, values, b"".join(blinders), srs, progress)
    commitment = Commitment(kind, layout, srs.digest_at(row_size), srs.unsafe, rows)
    return commitment, CommitmentSecret(commitment.identity, blinders)


def _commit_rows(
    layout: Layout, values: list[IntTensor], blinders: bytes, srs: Srs, progress: Progress
) -> tuple[bytes, ...]:
    native = _native.NativeRows(layout.native(), values)
    step = max(1, _PROGRESS_CELLS // layout.row_size)
    parts = []
    with phase(progress, "commit rows", layout.rows):
        for first in range(0, layout.rows, step):
            last = min(first + step, layout.rows)
            parts.append(native.commit(srs._native, first, blinders[_SCALAR * first : _SCALAR * last]))
            progress.advance("commit rows", last - first)
    return _split(b"".join(parts), _POINT)


def _tensors(tensors: Mapping[str, IntTensor]) -> tuple[list[tuple[str, Shape]], list[IntTensor]]:
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
        shapes.append((checked_name(name), array.shape))
        values.append(np.ascontiguousarray(array, dtype=np.int64).reshape(-1))
    return shapes, values


def _reaches(srs: Srs, row_size: int) -> None:
    if srs.max_degree < row_size:
        raise SrsTooSmallError(
            f"Rows of {row_size} cells need a set-up string of degree {row_size}; "
            f"this one reaches {srs.max_degree}.",
            remedy="Use a larger string or a smaller row_size.",
        )


def _split(data: bytes, size: int) -> tuple[bytes, ...]:
    return tuple(data[at : at + size] for at in range(0, len(data), size))
