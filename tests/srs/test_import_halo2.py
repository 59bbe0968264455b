"""halo2 parameter files: one made by ezkl, hand-encoded ones, and the way back byte for byte."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import pytest
from srs_world import FIXTURES, TAU, g1, halo2, montgomery

from zkattest.errors import SrsError, SrsTooSmallError
from zkattest.spec import srs as spec
from zkattest.spec.points import Q
from zkattest.srs import Srs

pytestmark = pytest.mark.filterwarnings("ignore::zkattest.srs.UnsafeSrsWarning")

EZKL = FIXTURES / "ezkl_k4.srs"


def test_a_file_of_ezkl_comes_back_byte_for_byte() -> None:
    data = EZKL.read_bytes()
    srs = Srs.import_halo2(EZKL)
    assert srs.max_degree == 15
    assert srs.halo2_bytes(4) == data
    # Without the imported Lagrange basis it is computed from the powers.
    assert srs.without_lagrange().halo2_bytes(4) == data


def test_ezkl_itself(tmp_path: Path) -> None:
    ezkl = pytest.importorskip("ezkl")
    path = tmp_path / "kzg.srs"
    ezkl.gen_srs(str(path), 7)
    assert Srs.import_halo2(path).without_lagrange().halo2_bytes(7) == path.read_bytes()


def test_smaller_circuits_get_their_own_basis() -> None:
    srs = Srs.import_halo2(EZKL)
    small = srs.halo2_bytes(2)
    assert len(small) == 4 + 2 * 4 * 64 + 256
    assert small[4 : 4 + 4 * 64] == EZKL.read_bytes()[4 : 4 + 4 * 64]


def test_points_and_basis_are_those_of_the_secret(tmp_path: Path) -> None:
    path = tmp_path / "a.srs"
    path.write_bytes(halo2(3))
    srs = Srs.import_halo2(path)
    assert srs.digest == spec.digest_at(spec.from_secret(TAU, 7), 7)
    assert srs.without_lagrange().halo2_bytes(3) == halo2(3)
    assert spec.is_consistent(spec.decode(srs.to_bytes()))


def test_a_development_string_exports_the_same_with_and_without_its_cache(tmp_path: Path) -> None:
    srs = Srs.development(11)
    assert srs.halo2_bytes(10) == srs.without_lagrange().halo2_bytes(10)
    path = srs.export_halo2(tmp_path / "kzg.srs", 11)
    back = Srs.import_halo2(path, expected_blake2b=hashlib.blake2b(path.read_bytes()).hexdigest())
    assert back.digest == srs.digest_at(2**11 - 1)
    assert not back.unsafe


def test_a_saved_basis_is_used_again(tmp_path: Path) -> None:
    srs = Srs.import_ptau(FIXTURES / "snarkjs_power4_final.ptau").with_lagrange(4)
    loaded = Srs.load(srs.save(tmp_path / "x.srs"))
    assert loaded.halo2_bytes(4) == srs.without_lagrange().halo2_bytes(4)
    assert loaded.to_bytes() == srs.to_bytes()


@pytest.mark.parametrize("k", [5, 12, 28])
def test_too_large_exports_are_refused(k: int) -> None:
    with pytest.raises(SrsTooSmallError):
        Srs.import_halo2(EZKL).halo2_bytes(k)


@pytest.mark.parametrize("k", [0, 29, 1000, -1])
def test_impossible_exports_are_refused(k: int) -> None:
    with pytest.raises(SrsError):
        Srs.import_halo2(EZKL).halo2_bytes(k)


@cache
def bad_files() -> dict[str, tuple[bytes, str]]:
    data = halo2(2)
    q = Q.to_bytes(32, "little")
    basis = 4 + 4 * 64
    g2_at = 4 + 8 * 64
    other = b"".join(montgomery(value) for value in g1(11))
    return {
        "empty": (b"", "halo2 header: truncated"),
        "k = 0": (bytes(4) + data[4:], "halo2 header: k is 0, expected 1 to 28"),
        "k = 2^31": (b"\0\0\0\x80" + data[4:], "k is 2147483648"),
        "larger k": (b"\3\0\0\0" + data[4:], "halo2 g: truncated"),
        "cut": (data[:-1], "truncated"),
        "trailing": (data + b"\0", "halo2 file: 1 trailing bytes"),
        "x = q": (data[: 4 + 64] + q + data[4 + 96 :], "halo2 g: a coordinate of point 1 is not smaller"),
        "off the curve": (
            data[:68] + bytes([data[68] ^ 1]) + data[69:],
            "halo2 g: point 1 is not on the curve",
        ),
        "infinity": (
            data[: 4 + 128] + bytes(64) + data[4 + 192 :],
            "halo2 g: point 2 is the point at infinity",
        ),
        "power": (data[: 4 + 128] + other + data[4 + 192 :], "not consecutive powers"),
        "basis": (data[: basis + 64] + other + data[basis + 128 :], "Lagrange basis is not the one"),
        "G2": (data[: g2_at + 128] + data[g2_at : g2_at + 128], "the secret is 1"),
    }


@pytest.mark.parametrize("case", sorted(bad_files()))
def test_bad_files_are_refused_by_name(tmp_path: Path, case: str) -> None:
    data, message = bad_files()[case]
    path = tmp_path / "bad.srs"
    path.write_bytes(data)
    with pytest.raises(SrsError, match=message):
        Srs.import_halo2(path)
