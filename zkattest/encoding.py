"""One canonical byte encoding for every artefact: magic, version, then fields in a fixed order.

Integers are big-endian; byte strings and texts carry a 4-byte length; nothing is optional, nothing may
trail. Two different values never share an encoding and a value has exactly one, so that digests of
encodings identify values.
"""

from __future__ import annotations

from zkattest.errors import FormatError, VersionError


class Writer:
    """Builds one artefact. ``magic`` is four ASCII bytes that name its kind."""

    def __init__(self, magic: bytes, version: int) -> None:
        if len(magic) != 4:
            raise AssertionError("a magic is four bytes")
        self._parts = [magic, version.to_bytes(2, "big")]

    def u8(self, value: int) -> Writer:
        return self.uint(value, 1)

    def u16(self, value: int) -> Writer:
        return self.uint(value, 2)

    def u32(self, value: int) -> Writer:
        return self.uint(value, 4)

    def u64(self, value: int) -> Writer:
        return self.uint(value, 8)

    def i64(self, value: int) -> Writer:
        self._parts.append(int(value).to_bytes(8, "big", signed=True))
        return self

    def uint(self, value: int, size: int) -> Writer:
        self._parts.append(int(value).to_bytes(size, "big"))
        return self

    def fixed(self, value: bytes, size: int) -> Writer:
        if len(value) != size:
            raise AssertionError(f"expected {size} bytes, got {len(value)}")
        self._parts.append(value)
        return self

    def blob(self, value: bytes) -> Writer:
        self._parts += [len(value).to_bytes(4, "big"), value]
        return self

    def text(self, value: str) -> Writer:
        return self.blob(value.encode())

    def finish(self) -> bytes:
        return b"".join(self._parts)


class Reader:
    """Takes an artefact apart. Every method raises :class:`FormatError` where bytes are missing."""

    def __init__(self, data: bytes, magic: bytes, version: int, *, what: str) -> None:
        self._data = memoryview(bytes(data))
        self._at = 0
        self._what = what
        found = bytes(self._data[:4])
        if found != magic:
            raise FormatError(
                f"This is no {what}: it starts with {found!r}, expected {magic!r}.",
                remedy="Check that the right file was given.",
            )
        self._at = 4
        found_version = self.u16()
        if found_version != version:
            raise VersionError(
                f"This {what} has format version {found_version}; this build reads version {version}.",
                remedy="Make it again with this version of zkattest, or install the version that wrote it.",
            )

    def _take(self, size: int) -> bytes:
        if size > len(self._data) - self._at:
            raise FormatError(
                f"The {self._what} is truncated: {size} bytes expected at offset {self._at}, "
                f"{len(self._data) - self._at} left.",
                remedy="Copy the file again from its source.",
            )
        part = bytes(self._data[self._at : self._at + size])
        self._at += size
        return part

    def u8(self) -> int:
        return self.uint(1)

    def u16(self) -> int:
        return self.uint(2)

    def u32(self) -> int:
        return self.uint(4)

    def u64(self) -> int:
        return self.uint(8)

    def i64(self) -> int:
        return int.from_bytes(self._take(8), "big", signed=True)

    def uint(self, size: int) -> int:
        return int.from_bytes(self._take(size), "big")

    def fixed(self, size: int) -> bytes:
        return self._take(size)

    def blob(self) -> bytes:
        return self._take(self.u32())

    def text(self) -> str:
        try:
            return self.blob().decode()
        except UnicodeDecodeError as error:
            raise FormatError(f"The {self._what} holds a text that is not UTF-8.") from error

    def fail(self, message: str) -> FormatError:
        """An error about this artefact, to raise."""
        return FormatError(f"The {self._what} is malformed: {message}")

    def finish(self) -> None:
        if self._at != len(self._data):
            raise FormatError(
                f"The {self._what} has {len(self._data) - self._at} trailing bytes.",
                remedy="Copy the file again from its source.",
            )
