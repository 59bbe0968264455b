"""snarkjs .ptau files: real ones made by snarkjs, and hand-encoded ones with one thing wrong each."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import pytest
from srs_world import FIXTURES, TAU, g1, g2, ptau

from zkattest.errors import SrsError, SrsTooSmallError, StorageError
from zkattest.spec import srs as spec
from zkattest.spec.points import Q
from zkattest.srs import Srs, UnsafeSrsWarning, known

pytestmark = pytest.mark.filterwarnings("ignore::zkattest.srs.UnsafeSrsWarning")


@pytest.fixture(scope="module")
def good() -> bytes:
    return ptau(2)


def write(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "string.ptau"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("name", ["snarkjs_power4_contributed.ptau", "snarkjs_power4_final.ptau"])
def test_files_of_snarkjs_are_imported(name: str) -> None:
    path = FIXTURES / name
    srs = Srs.import_ptau(path)
    assert srs.max_degree == 2**5 - 2
    assert hashlib.blake2b(path.read_bytes()).hexdigest() in srs.provenance
    assert "unknown ceremony" in srs.provenance


def test_both_stages_of_one_ceremony_hold_the_same_powers() -> None:
    contributed, final = (
        Srs.import_ptau(FIXTURES / f"snarkjs_power4_{stage}.ptau") for stage in ("contributed", "final")
    )
    assert contributed.digest == final.digest


def test_points_are_those_of_the_secret(tmp_path: Path, good: bytes) -> None:
    srs = Srs.import_ptau(write(tmp_path, good))
    expected = spec.from_secret(TAU, 6)
    assert srs.digest == spec.digest_at(expected, 6)
    assert spec.is_consistent(spec.decode(srs.to_bytes()))


def test_max_degree_cuts(tmp_path: Path, good: bytes) -> None:
    path = write(tmp_path, good)
    assert Srs.import_ptau(path, max_degree=4).digest == Srs.import_ptau(path).prefix(4).digest
    with pytest.raises(SrsTooSmallError, match="degree 7 is needed, the string reaches 6"):
        Srs.import_ptau(path, max_degree=7)


def test_sections_may_come_in_any_order(tmp_path: Path, good: bytes) -> None:
    first = Srs.import_ptau(write(tmp_path, good)).digest
    assert Srs.import_ptau(write(tmp_path, ptau(2, order=(3, 1, 2)))).digest == first


def test_an_unvouched_file_is_unsafe_and_warns(tmp_path: Path, good: bytes) -> None:
    path = write(tmp_path, good)
    with pytest.warns(UnsafeSrsWarning, match="unknown ceremony"):
        assert Srs.import_ptau(path).unsafe
    assert not Srs.import_ptau(path, hashlib.blake2b(good).hexdigest()).unsafe


def test_another_hash_than_expected_is_refused(tmp_path: Path, good: bytes) -> None:
    path = write(tmp_path, good)
    with pytest.raises(SrsError, match="blake2b-512 is not the expected one"):
        Srs.import_ptau(path, "00" * 64)
    with pytest.raises(SrsError, match="128 hexadecimal digits"):
        Srs.import_ptau(path, "beef")
    with pytest.raises(SrsError, match="128 hexadecimal digits"):
        Srs.import_ptau(path, "zz" * 64)


def test_a_known_hash_names_the_ceremony(
    tmp_path: Path, good: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The real files are not in the tree: pretend that the ceremony published this one.
    monkeypatch.setitem(known.HERMEZ_BLAKE2B, 2, hashlib.blake2b(good).hexdigest())
    srs = Srs.import_ptau(write(tmp_path, good))
    assert "Hermez ceremony, final file of power 2" in srs.provenance
    assert not srs.unsafe


def test_the_table_of_hashes_is_well_formed() -> None:
    assert sorted(known.HERMEZ_BLAKE2B) == [8, 10, 12, 16, 18, 20]
    assert all(len(bytes.fromhex(value)) == 64 for value in known.HERMEZ_BLAKE2B.values())


G1_AT = 12 + 12 + 44 + 12


def replaced(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


@cache
def bad_files() -> dict[str, tuple[bytes, str]]:
    data = ptau(2)
    powers = [g1(pow(TAU, i)) for i in range(7)]
    twos = [g2(pow(TAU, i)) for i in range(4)]
    g2_at = G1_AT + 7 * 64 + 12
    q = Q.to_bytes(32, "little")
    return {
        "empty": (b"", "ptau header: truncated"),
        "magic": (b"PTAU" + data[4:], "ptau header: not a file of this format"),
        "version": (ptau(2, version=2), "ptau header: format version is 2"),
        "cut in the table": (data[:14], "section table: truncated"),
        "cut in a section": (data[:-1], r"section 3 \(tauG2\): truncated, 512 bytes expected, 511 found"),
        "trailing": (data + b"\0", "ptau file: 1 trailing bytes"),
        "no header": (ptau(2, order=(2, 3, 3)), "section 3 .* present twice"),
        "no tauG2": (ptau(2, order=(1, 2)), "number of sections is 2"),
        "other field": (ptau(2, modulus=Q - 2), "the field is not BN254's"),
        "power 29": (ptau(2, ceremony_power=29), "ceremony power is 29"),
        "ceremony smaller": (ptau(2, ceremony_power=1), "ceremony power is 1"),
        "a point short": (ptau(2, g1_points=powers[:-1]), "tauG1.*size in bytes is 384, expected 448"),
        "x = q": (
            replaced(data, G1_AT + 3 * 64, q),
            "tauG1.*point 3 is not smaller than the field's modulus",
        ),
        "off the curve": (replaced(data, G1_AT + 2 * 64, b"\1"), r"tauG1.*: .*point 2 is not on the curve"),
        "infinity": (replaced(data, G1_AT + 64, bytes(64)), "tauG1.*point 1 is the point at infinity"),
        "G2 off the curve": (replaced(data, g2_at + 128, b"\1"), "tauG2.*point 1 is not on the curve"),
        "G2 not the generator": (ptau(2, g2_points=[g2(2), *twos[1:]]), "tauG2.*point 0 is not the group's"),
        "other tau in G2": (ptau(2, g2_points=[twos[0], g2(9), *twos[2:]]), "not consecutive powers"),
        "powers swapped": (ptau(2, g1_points=[*powers[:5], powers[6], powers[5]]), "not consecutive powers"),
        "not from the generator": (ptau(2, g1_points=[g1(2), *powers[1:]]), "point 0 is not the group's"),
        "tau = 1": (ptau(2, 1), "the secret is 1"),
    }


@pytest.mark.parametrize("case", sorted(bad_files()))
def test_bad_files_are_refused_by_name(tmp_path: Path, case: str) -> None:
    data, message = bad_files()[case]
    path = write(tmp_path, data)
    with pytest.raises(SrsError, match=message) as caught:
        Srs.import_ptau(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"nowhere\.ptau"):
        Srs.import_ptau(tmp_path / "nowhere.ptau")


def test_cut_anywhere_a_file_is_refused(tmp_path: Path) -> None:
    data = (FIXTURES / "snarkjs_power4_contributed.ptau").read_bytes()
    for length in range(0, len(data), 97):
        with pytest.raises(SrsError):
            Srs.import_ptau(write(tmp_path, data[:length]))
