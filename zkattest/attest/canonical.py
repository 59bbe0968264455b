"""One JSON encoding per value, and a decoder that refuses everything else.

The encoding is RFC 8785 (JSON Canonicalization Scheme) restricted to what needs no judgement: objects with
ASCII keys, arrays, strings, booleans, and integers of at most 53 bits. There are no floating-point numbers:
exact figures travel as decimal strings. The decoder reads hostile bytes: it bounds size, nesting and the
number of tokens before it builds anything.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
from pathlib import Path
from typing import Any, Final, NoReturn

from zkattest.errors import AttestationError, StorageError

#: Integers beyond this are not exact in every JSON reader (RFC 8785, section 3.2.2.3; RFC 7493).
MAX_INTEGER: Final = 2**53 - 1

_TOKEN = re.compile(r'["\\\[\]{},]')


def encode(value: object) -> bytes:
    """``value`` (dicts, lists, strings, booleans, integers) as canonical UTF-8 bytes.

    Raises:
        AttestationError: a lone surrogate, which UTF-8 cannot carry.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise AttestationError("A text holds half of a surrogate pair, which is no character.") from error


def decode(data: bytes, *, what: str, max_bytes: int, max_depth: int, max_tokens: int) -> Any:
    """Decode canonical JSON: the value ``v`` with ``encode(v) == data``.

    Arguments:
        data: the bytes, untrusted.
        what: the name for error messages.
        max_bytes, max_depth, max_tokens: limits on size, nesting, and on quotes, escapes, brackets and
            commas together; checked before anything is built.

    Raises:
        AttestationError: over a limit, no JSON, or JSON in another than the canonical form.
    """
    if len(data) > max_bytes:
        raise _fail(what, f"it has {len(data)} bytes, at most {max_bytes} are allowed")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise _fail(what, f"byte {error.start} is not UTF-8") from error
    _bound(text, what, max_depth, max_tokens)

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) != len(pairs):
            raise _fail(what, "an object has a key twice")
        if not all(key.isascii() for key in result):
            raise _fail(what, "a key is not ASCII")
        return result

    def integer(digits: str) -> int:
        if len(digits) > 17 or abs(int(digits)) > MAX_INTEGER:
            raise _fail(what, f"an integer exceeds {MAX_INTEGER}")
        return int(digits)

    def no_float(_: str) -> NoReturn:
        raise _fail(what, "it holds a floating-point number; exact figures are decimal strings")

    try:
        value = json.loads(
            text, object_pairs_hook=members, parse_int=integer, parse_float=no_float, parse_constant=no_float
        )
    except json.JSONDecodeError as error:
        raise _fail(what, f"no JSON at offset {error.pos}: {error.msg}") from error
    if encode(value) != data:
        raise _fail(what, "its JSON is not in canonical form (sorted keys, no white space, shortest escapes)")
    return value


def _bound(text: str, what: str, max_depth: int, max_tokens: int) -> None:
    """Walk the tokens once, in linear time, so that no later step can recurse or allocate without limit."""
    depth = 0
    escaped = -1
    quoted = False
    for count, match in enumerate(_TOKEN.finditer(text), start=1):
        if count > max_tokens:
            raise _fail(what, f"it has more than {max_tokens} JSON tokens")
        letter, at = match.group(), match.start()
        if quoted:
            if at == escaped:
                continue
            if letter == "\\":
                escaped = at + 1
            elif letter == '"':
                quoted = False
        elif letter == '"':
            quoted = True
        elif letter in "[{":
            depth += 1
            if depth > max_depth:
                raise _fail(what, f"it is nested deeper than {max_depth} levels")
        elif letter in "]}":
            depth -= 1


def to_base64(data: bytes) -> str:
    """Standard alphabet, padded (RFC 4648, section 4)."""
    return base64.b64encode(data).decode()


def from_base64(value: object, *, what: str, max_bytes: int) -> bytes:
    """The bytes whose :func:`to_base64` is exactly ``value``; no other alphabet, padding or trailing bits."""
    if not isinstance(value, str):
        raise AttestationError(f"{what} is a {type(value).__name__}; expected a base64 text.")
    if len(value) > 4 * ((max_bytes + 2) // 3):
        raise AttestationError(
            f"{what} has {len(value)} base64 characters; at most {max_bytes} bytes are allowed."
        )
    try:
        data = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise AttestationError(f"{what} is not base64 (standard alphabet, padded).") from error
    if to_base64(data) != value:
        raise AttestationError(f"{what} is base64 with stray trailing bits.")
    if len(data) > max_bytes:
        raise AttestationError(f"{what} has {len(data)} bytes; at most {max_bytes} are allowed.")
    return data


def members(
    value: object, *, what: str, required: set[str], optional: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """``value`` as an object with exactly these keys, or an AttestationError that names the difference."""
    if not isinstance(value, dict):
        raise AttestationError(f"{what} is a {type(value).__name__}; expected an object.")
    missing, unknown = required - value.keys(), value.keys() - required - optional
    if missing:
        raise AttestationError(f"{what} lacks {', '.join(sorted(missing))}.")
    if unknown:
        raise AttestationError(f"{what} has the unknown member {sorted(unknown)[0][:80]!r}.")
    return value


def read_limited(path: str | os.PathLike[str], *, what: str, max_bytes: int) -> bytes:
    """Read a file, never more than ``max_bytes`` of it.

    Raises:
        StorageError: the file cannot be read.
        AttestationError: the file is larger.
    """
    try:
        with Path(path).open("rb") as stream:
            data = stream.read(max_bytes + 1)
    except OSError as error:
        raise StorageError(
            f"Cannot read the {what} {Path(path)}: {error.strerror}.", remedy="Check the path."
        ) from error
    if len(data) > max_bytes:
        raise AttestationError(f"{Path(path)} exceeds the {max_bytes} bytes that the {what} may have.")
    return data


def _fail(what: str, problem: str) -> AttestationError:
    return AttestationError(
        f"The {what} is malformed: {problem}.", remedy="Get the file again from its author."
    )
