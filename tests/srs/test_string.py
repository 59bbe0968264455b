"""The string itself: development, file, prefix, digest."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from srs_world import TAU

from zkattest.errors import SrsError, SrsTooSmallError, StorageError
from zkattest.spec import srs as spec
from zkattest.srs import Srs, UnsafeSrsWarning

VECTORS = Path(__file__).parents[1] / "vectors" / "commitment" / "cases.json"
SMALL = spec.encode(spec.from_secret(TAU, 4))


@pytest.fixture(scope="module")
def development() -> Srs:
    with pytest.warns(UnsafeSrsWarning):
        return Srs.development(11)


def test_a_development_string_says_so(development: Srs, tmp_path: Path) -> None:
    assert development.unsafe
    assert development.provenance == "development"
    assert "UNSAFE" in repr(development)
    loaded = Srs.load(development.save(tmp_path / "dev.srs"))
    assert loaded.unsafe
    assert loaded.prefix(5).unsafe
    assert loaded.to_bytes() == development.to_bytes()


def test_every_development_string_is_another() -> None:
    with pytest.warns(UnsafeSrsWarning):
        assert Srs.development(2).digest != Srs.development(2).digest


@pytest.mark.parametrize("size", [-1, 29, True, 2.0, "4", 2**70])
def test_impossible_sizes_are_refused(size: object) -> None:
    with pytest.warns(UnsafeSrsWarning), pytest.raises(SrsError):
        Srs.development(size)  # type: ignore[arg-type]


def test_specification_and_library_agree_on_a_development_string() -> None:
    with pytest.warns(UnsafeSrsWarning):
        srs = Srs.development(3)
    decoded = spec.decode(srs.to_bytes())
    assert spec.encode(decoded) == srs.to_bytes()
    assert spec.is_consistent(decoded)
    assert spec.digest_at(decoded, 5) == srs.digest_at(5)


@pytest.mark.parametrize(
    "case",
    [c for c in json.loads(VECTORS.read_text())["cases"] if c["type"] == "srs"],
    ids=lambda c: c["name"],
)
def test_golden_vectors(case: dict[str, object]) -> None:
    data = bytes.fromhex(str(case["data"]))
    if case["expected"] is None:
        with pytest.raises(SrsError):
            Srs.from_bytes(data, check=False)
        with pytest.raises(SrsError):
            spec.decode(data)
    elif case["expected"] is False:
        unchecked = Srs.from_bytes(data, check=False)
        with pytest.raises(SrsError):
            unchecked.check()
        with pytest.raises(SrsError):
            Srs.from_bytes(data)
    else:
        srs = Srs.from_bytes(data)
        assert srs.digest.hex() == case["expected"]
        assert srs.to_bytes() == data


def test_prefixes(development: Srs) -> None:
    for degree in (1, 2, 1000, 2047, 2048):
        prefix = development.prefix(degree)
        prefix.check()
        assert prefix.max_degree == degree
        assert prefix.digest == development.digest_at(degree)
        assert prefix.power(degree) == development.power(degree)
    for degree in (0, 2049):
        with pytest.raises(SrsTooSmallError):
            development.prefix(degree)
        with pytest.raises(SrsTooSmallError):
            development.digest_at(degree)
    with pytest.raises(SrsError):
        development.prefix(-1)
    with pytest.raises(SrsTooSmallError):
        development.power(2049)


def test_errors_name_the_file(tmp_path: Path) -> None:
    path = tmp_path / "bad.srs"
    path.write_bytes(SMALL[:-1])
    with pytest.raises(SrsError, match=r"bad\.srs.*truncated"):
        Srs.load(path)
    with pytest.raises(StorageError, match=r"none\.srs"):
        Srs.load(tmp_path / "none.srs")


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(SMALL) - 1), st.integers(1, 255), st.booleans())
def test_a_changed_byte_is_noticed(at: int, difference: int, cut: bool) -> None:
    data = SMALL[:at] if cut else SMALL[:at] + bytes([SMALL[at] ^ difference]) + SMALL[at + 1 :]
    try:
        srs = Srs.from_bytes(data)
    except SrsError:
        return
    # Only what is said about the string can change, not the string.
    assert not cut
    assert 6 <= at < 22
    assert srs.digest == Srs.from_bytes(SMALL).digest


def test_other_threads_run_meanwhile(development: Srs) -> None:
    """The check of a string releases the interpreter lock: a counting thread keeps counting."""
    counted, done = 0, threading.Event()

    def count() -> None:
        nonlocal counted
        while not done.is_set():
            counted += 1
            time.sleep(0.0005)

    thread = threading.Thread(target=count)
    thread.start()
    start = time.perf_counter()
    with pytest.warns(UnsafeSrsWarning):
        Srs.development(14)
    elapsed = time.perf_counter() - start
    during = counted
    done.set()
    thread.join()
    assert during > elapsed / 0.1, f"{during} steps in {elapsed:.2f} s"
