"""The canonical encoding: one form per value, nothing missing, nothing trailing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkattest.encoding import Reader, Writer
from zkattest.errors import FormatError, VersionError


def _write(number: int, signed: int, text: str, blob: bytes) -> bytes:
    return Writer(b"TEST", 3).u64(number).i64(signed).text(text).blob(blob).u8(7).finish()


def _read(data: bytes) -> tuple[int, int, str, bytes, int]:
    reader = Reader(data, b"TEST", 3, what="test artefact")
    fields = reader.u64(), reader.i64(), reader.text(), reader.blob(), reader.u8()
    reader.finish()
    return fields


@given(
    st.integers(0, 2**64 - 1),
    st.integers(-(2**63), 2**63 - 1),
    st.text().filter(lambda t: t.isprintable()),
    st.binary(),
)
def test_round_trip(number: int, signed: int, text: str, blob: bytes) -> None:
    assert _read(_write(number, signed, text, blob)) == (number, signed, text, blob, 7)


def test_every_truncation_and_extension_is_refused() -> None:
    data = _write(1, -2, "ab", b"cd")
    for size in range(len(data)):
        with pytest.raises(FormatError):
            _read(data[:size])
    with pytest.raises(FormatError, match="1 trailing bytes"):
        _read(data + b"\0")


def test_other_kind_other_version_and_broken_text_are_told_apart() -> None:
    data = bytearray(_write(1, 2, "ab", b""))
    with pytest.raises(FormatError, match="expected b'TEST'"):
        _read(b"XEST" + bytes(data[4:]))
    with pytest.raises(VersionError, match="version 4; this build reads version 3"):
        _read(bytes(data[:4]) + b"\0\4" + bytes(data[6:]))
    data[26] = 0xFF
    with pytest.raises(FormatError, match="not UTF-8"):
        _read(bytes(data))


def test_a_length_beyond_the_end_allocates_nothing() -> None:
    data = Writer(b"TEST", 3).u32(2**32 - 1).finish()
    with pytest.raises(FormatError, match="truncated"):
        Reader(data, b"TEST", 3, what="test artefact").blob()
