"""Aztec ignition transcripts, encoded by hand: the real ones are 300 MB each."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from pathlib import Path

import pytest
from srs_world import TAU, g1, g2, ignition, transcript, words

from zkattest.errors import SrsError, SrsTooSmallError
from zkattest.spec import srs as spec
from zkattest.spec.points import R, decode_2, encode_2
from zkattest.srs import Srs, known

pytestmark = pytest.mark.filterwarnings("ignore::zkattest.srs.UnsafeSrsWarning")


def write(tmp_path: Path, files: list[bytes]) -> list[Path]:
    paths = [tmp_path / f"transcript{i:02}.dat" for i in range(len(files))]
    for path, data in zip(paths, files, strict=True):
        path.write_bytes(data)
    return paths


@pytest.mark.parametrize("sizes", [[5], [4, 3], [1, 1, 6]])
def test_transcripts_hold_the_powers_after_the_generator(tmp_path: Path, sizes: list[int]) -> None:
    srs = Srs.import_ignition(write(tmp_path, ignition(sizes)))
    degree = sum(sizes)
    assert srs.max_degree == degree
    assert srs.digest == spec.digest_at(spec.from_secret(TAU, degree), degree)
    assert srs.unsafe
    assert "unknown ceremony" in srs.provenance


def test_the_first_transcripts_are_enough(tmp_path: Path) -> None:
    paths = write(tmp_path, ignition([4, 3, 2]))
    assert Srs.import_ignition(paths[:2], max_degree=6).max_degree == 6
    assert Srs.import_ignition(paths[0]).max_degree == 4
    with pytest.raises(SrsTooSmallError):
        Srs.import_ignition(paths[0], max_degree=5)


def test_words_are_least_significant_first() -> None:
    value = 0x0102030405060708_1112131415161718_2122232425262728_3132333435363738
    assert words(value).hex() == "3132333435363738212223242526272811121314151617180102030405060708"


def test_aztecs_point_is_a_point_of_the_group() -> None:
    assert encode_2(decode_2(known.IGNITION_TAU_G2)) == known.IGNITION_TAU_G2


def test_the_known_point_names_the_ceremony(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = write(tmp_path, ignition([3]))
    monkeypatch.setattr("zkattest.srs.string.IGNITION_TAU_G2", Srs.import_ignition(paths).tau_g2)
    srs = Srs.import_ignition(paths)
    assert "Aztec ignition ceremony" in srs.provenance
    assert not srs.unsafe


def resealed(data: bytes) -> bytes:
    """The same bytes with a fresh checksum, so that later checks are reached."""
    return data[:-64] + blake2b(data[:-64]).digest()


def points(first: int, count: int) -> list[list[int]]:
    return [g1(pow(TAU, i, R)) for i in range(first, first + count)]


@cache
def bad_sequences() -> dict[str, tuple[list[bytes], str]]:
    a, b = ignition([3, 2])
    two = {"transcripts": 2, "total": 5}
    off = bytearray(a)
    off[28 + 64 + 7] ^= 1
    inf = a[: 28 + 64] + bytes(64) + a[28 + 128 :]
    return {
        "none": ([], "ignition manifest: missing"),
        "empty": ([b""], "ignition manifest: truncated"),
        "cut": ([a[:-1]], "ignition G1 points: truncated"),
        "trailing": ([a + b"\0"], "1 trailing bytes"),
        "order": ([b, a], "number of this transcript is 1, expected 0"),
        "repeated": ([a, a], "number of this transcript is 0, expected 1"),
        "checksum": ([a[:-1] + bytes([a[-1] ^ 1])], "checksum at the end of file 0"),
        "tampered": ([bytes(off)], "checksum at the end of file 0"),
        "start": (
            [a, transcript(1, 3, points(4, 2), **two, tamper={6: 4})],
            "index of its first G1 point is 4, expected 3",
        ),
        "another total": ([a, transcript(1, 3, points(4, 2), transcripts=2, total=6)], "all G1 points is 6"),
        "more than all": ([a, transcript(1, 3, points(4, 3), **two)], "G1 points so far is 6"),
        "no G2": ([transcript(0, 0, points(1, 3), **two, g2_points=[])], "its G2 points is 0, expected 2"),
        "G2 in a later one": (
            [a, transcript(1, 3, points(4, 2), **two, g2_points=[g2(1), g2(1)])],
            "its G2 points is 2, expected 0",
        ),
        "off the curve": ([resealed(bytes(off))], "ignition G1 points: point 2 is not on the curve"),
        "infinity": ([resealed(inf)], "ignition G1 points: point 2 is the point at infinity"),
        "gap": ([a, transcript(1, 3, points(5, 2), **two)], "not consecutive powers"),
        "other tau": (
            [transcript(0, 0, points(1, 3), **two, g2_points=[g2(TAU + 1), g2(3)])],
            "not consecutive powers",
        ),
        "tau = 1": (ignition([3], 1), "the secret is 1"),
    }


@pytest.mark.parametrize("case", sorted(bad_sequences()))
def test_bad_sequences_are_refused_by_name(tmp_path: Path, case: str) -> None:
    files, message = bad_sequences()[case]
    with pytest.raises(SrsError, match=message):
        Srs.import_ignition(write(tmp_path, files))
