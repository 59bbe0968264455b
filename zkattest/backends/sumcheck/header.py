"""The first fields of a circuit description: all that Python needs to know of it; see ``docs/protocol.md``,
"Encoding". Everything else is read, and every rule checked, by the verifiers."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from zkattest.errors import FormatError

_FIELDS: Final = struct.Struct(">4sH4B7II6H")
_MAGIC, _VERSION = b"ZKCI", 2

#: Bytes of a header.
HEADER_BYTES: Final = _FIELDS.size
_ROW_REGIONS: Final = 7


@dataclass(frozen=True)
class CircuitHeader:
    """What a description begins with.

    Attributes:
        row_size: cells of a row, m.
        rows: rows by region: model, data, output, witness, counts, mask, helper.
        public: number of public integers.
    """

    row_size: int
    rows: tuple[int, ...]
    public: int

    @classmethod
    def of(cls, circuit: bytes) -> CircuitHeader:
        """The header of a description.

        Raises:
            FormatError: too short, or another magic or version.
        """
        if len(circuit) < HEADER_BYTES:
            raise FormatError(f"A circuit description has at least {HEADER_BYTES} bytes; got {len(circuit)}.")
        magic, version, log_row, _, _, _, *numbers = _FIELDS.unpack_from(circuit)
        if (magic, version) != (_MAGIC, _VERSION) or log_row > 28:
            raise FormatError(
                f"The circuit description begins with {magic!r}, version {version}, rows of 2^{log_row} "
                f"cells; expected {_MAGIC!r}, version {_VERSION}, at most 2^28.",
                remedy="Make the keys again with this version of zkattest.",
            )
        rows, public = numbers[:_ROW_REGIONS], numbers[_ROW_REGIONS]
        return cls(1 << log_row, tuple(rows), public)

    @property
    def model_rows(self) -> int:
        """Rows that the verifying key carries."""
        return self.rows[0]

    @property
    def data_rows(self) -> int:
        """Rows of a private input, first in a proof."""
        return self.rows[1]

    @property
    def output_rows(self) -> int:
        """Rows of a private output, next in a proof."""
        return self.rows[2]
