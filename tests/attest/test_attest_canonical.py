"""The strict JSON decoder: every hostile byte string has its own error, and one value has one encoding."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkattest.attest import canonical
from zkattest.errors import AttestationError, StorageError

LIMITS = {"what": "thing", "max_bytes": 4096, "max_depth": 8, "max_tokens": 500}
TOO_LONG = "8 base64 characters; at most 3 bytes"
WRONG_FORM = r"not in canonical form"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no JSON at offset 0"),
        (b'{"a":', "no JSON at offset 5"),
        (b'{"a":1}x', "no JSON at offset 7: Extra data"),
        (b'{"a":"', "no JSON at offset 5"),
        (b"\xef\xbb\xbf{}", "no JSON at offset 0"),
        (b'{"a":"\xff"}', "byte 6 is not UTF-8"),
        (b'{"a":"\xed\xa0\x80"}', "byte 6 is not UTF-8"),
        (b'{"a":1,"a":1}', "a key twice"),
        (b'{"a":1,"\\u0061":2}', "a key twice"),
        ('{"\u0430":1}'.encode(), "a key is not ASCII"),
        (b"[NaN]", "floating-point number"),
        (b"[Infinity]", "floating-point number"),
        (b"[-Infinity]", "floating-point number"),
        (b"[1.0]", "floating-point number"),
        (b"[1e2]", "floating-point number"),
        (b"[9007199254740992]", "an integer exceeds 9007199254740991"),
        (b"[" + b"9" * 4000 + b"]", "an integer exceeds"),
        (b"[-0]", WRONG_FORM),
        (b'{"b":1,"a":2}', WRONG_FORM),
        (b'{"a": 1}', WRONG_FORM),
        (b"{}\n", WRONG_FORM),
        (b'["\\u0061"]', WRONG_FORM),
        (b'["\\/"]', WRONG_FORM),
        (b'["\\u000a"]', WRONG_FORM),
        (b'["\\ud800"]', "half of a surrogate pair"),
        (b'["\\ud83d\\ude00"]', WRONG_FORM),
        (b"[" * 9 + b"]" * 9, "nested deeper than 8 levels"),
        (b'{"a":' * 9 + b"1" + b"}" * 9, "nested deeper than 8 levels"),
        (b"[" + b"1," * 500 + b"1]", "more than 500 JSON tokens"),
        (b" " * 4097, "it has 4097 bytes, at most 4096 are allowed"),
    ],
)
def test_hostile_json_is_refused_with_its_cause(data: bytes, message: str) -> None:
    with pytest.raises(AttestationError, match=message):
        canonical.decode(data, **LIMITS)


def test_brackets_and_escapes_inside_texts_do_not_count_as_nesting() -> None:
    value = {"a": "[[[[[[[[[[{{{{{{{{{{", "b": '\\"[[[[[[[[[[[', "c": "\\\\"}
    assert canonical.decode(canonical.encode(value), **LIMITS) == value


@pytest.mark.parametrize("bomb", [b"[" * 2_000_000, b'{"a":' * 500_000, b'"\\' * 1_000_000, b'"' * 2_000_000])
def test_bombs_are_refused_at_once(bomb: bytes) -> None:
    begin = time.perf_counter()
    with pytest.raises(AttestationError):
        canonical.decode(bomb, what="bomb", max_bytes=1 << 26, max_depth=8, max_tokens=1000)
    assert time.perf_counter() - begin < 1.0


VALUES = st.recursive(
    st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(st.characters(max_codepoint=126, min_codepoint=32), max_size=4), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(VALUES)
def test_round_trip_and_agreement_with_the_standard_library(value: object) -> None:
    data = canonical.encode(value)
    assert json.loads(data) == value
    assert canonical.decode(data, what="v", max_bytes=1 << 20, max_depth=20, max_tokens=10_000) == value


@given(VALUES, st.data())
def test_whatever_decodes_is_its_own_encoding(value: object, data: st.DataObject) -> None:
    encoded = bytearray(canonical.encode(value))
    at = data.draw(st.integers(0, len(encoded) - 1))
    encoded[at] = data.draw(st.integers(0, 255))
    try:
        decoded = canonical.decode(
            bytes(encoded), what="v", max_bytes=1 << 20, max_depth=20, max_tokens=10_000
        )
    except AttestationError:
        return
    assert canonical.encode(decoded) == bytes(encoded)


def test_canonical_form_is_that_of_rfc_8785() -> None:
    """The specification's example of sorting and escaping (section 3.2.2, without its fractions)."""
    value = {"string": '\u20ac$\u000f\u000aA\'B"\\\\"/', "literals": [True, False]}
    expected = '{"literals":[true,false],"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    assert canonical.encode(value) == expected.encode()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("YQ", "is not base64"),
        ("YQ==\n", "is not base64"),
        ("Y Q==", "is not base64"),
        ("YR==", "stray trailing bits"),
        ("_-8=", "is not base64"),
        ("YQ==YQ==", "base64"),
        ("\u0430Q==", "is not base64"),
        (7, "is a int; expected a base64 text"),
        ("YWJjZA==", TOO_LONG),
    ],
)
def test_base64_has_one_form(text: object, message: str) -> None:
    with pytest.raises(AttestationError, match=message):
        canonical.from_base64(text, what="x", max_bytes=6 if message != TOO_LONG else 3)


@given(st.binary(max_size=50))
def test_base64_round_trip(data: bytes) -> None:
    assert canonical.from_base64(canonical.to_base64(data), what="x", max_bytes=50) == data


def test_no_more_than_the_limit_is_read(tmp_path) -> None:
    path = tmp_path / "big"
    path.write_bytes(b"x" * 11)
    with pytest.raises(AttestationError, match="exceeds the 10 bytes"):
        canonical.read_limited(path, what="thing", max_bytes=10)
    with pytest.raises(StorageError, match="Cannot read the thing"):
        canonical.read_limited(tmp_path / "absent", what="thing", max_bytes=10)
