"""A ceremony of one's own, as files; the Rust tests hold the forged contributions."""

from __future__ import annotations

from pathlib import Path

import pytest

from zkattest.errors import SrsError, StorageError
from zkattest.spec import srs as spec
from zkattest.srs import Ceremony, Srs, verify_ceremony


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    directory = tmp_path_factory.mktemp("ceremony")
    paths = [Ceremony.new(3).save(directory / "0.zkpot")]
    for index, name in enumerate(["ada", "böb"], start=1):
        paths.append(Ceremony.load(paths[-1]).contribute(name).save(directory / f"{index}.zkpot"))
    return paths


def test_a_ceremony_gives_a_safe_consistent_string(files: list[Path]) -> None:
    report = verify_ceremony(files)
    assert report.contributors == ["ada", "böb"]
    assert report.max_degree == 8
    assert report.digest == Ceremony.load(files[-1]).digest
    srs = report.to_srs()
    assert not srs.unsafe
    assert "2 contributions" in srs.provenance
    assert report.digest.hex() in srs.provenance
    assert spec.is_consistent(spec.decode(srs.to_bytes()))


def test_the_string_survives_its_file(files: list[Path], tmp_path: Path) -> None:
    srs = verify_ceremony(files).to_srs()
    loaded = Srs.load(srs.save(tmp_path / "srs"))
    assert (loaded.digest, loaded.provenance, loaded.unsafe) == (srs.digest, srs.provenance, False)


def test_a_single_contribution_is_said_to_be_one(files: list[Path]) -> None:
    assert "safe only for those who trust it" in verify_ceremony(files[:2]).to_srs().provenance


def test_files_and_objects_are_the_same(files: list[Path]) -> None:
    loaded = [Ceremony.load(path) for path in files]
    assert verify_ceremony(loaded).digest == verify_ceremony(files).digest
    assert [ceremony.max_degree for ceremony in loaded] == [8, 8, 8]


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ([], "ceremony start: missing"),
        ([0], "contribution header: missing"),
        ([0, 2], "contribution 1: it says it is number 2"),
        ([0, 2, 1], "contribution 1: it says it is number 2"),
        ([1, 2], "ceremony start: not a file of this format"),
        ([0, 1, 1], "contribution 2: it says it is number 1"),
    ],
)
def test_other_orders_are_refused(files: list[Path], order: list[int], message: str) -> None:
    with pytest.raises(SrsError, match=message):
        verify_ceremony([files[i] for i in order])


def test_tampering_is_refused(files: list[Path]) -> None:
    start, first, second = (path.read_bytes() for path in files)
    renamed = Ceremony.from_bytes(first.replace(b"ada", b"eve"))
    with pytest.raises(SrsError, match="contribution 1: the proof of knowledge"):
        verify_ceremony([Ceremony.from_bytes(start), renamed])
    other = Ceremony.from_bytes(start).contribute("ada")
    with pytest.raises(SrsError, match="contribution 2: it is not built on the file before it"):
        verify_ceremony([files[0], other, Ceremony.from_bytes(second)])


def test_malformed_files_are_refused(tmp_path: Path) -> None:
    for data in (b"", b"ZKCI", b"ZKCC\0\1", b"nonsense" * 9, b"ZKCI\0\1" + (2**62).to_bytes(8, "big")):
        path = tmp_path / "x"
        path.write_bytes(data)
        with pytest.raises(SrsError):
            Ceremony.load(path)
        with pytest.raises(SrsError):
            verify_ceremony([path, path])
    with pytest.raises(StorageError):
        Ceremony.load(tmp_path / "none")


@pytest.mark.parametrize("name", ["", "x" * 201, "\ud800"])
def test_names_out_of_range_are_refused(name: str) -> None:
    with pytest.raises(SrsError):
        Ceremony.new(2).contribute(name)


@pytest.mark.parametrize("size", [-1, 25])
def test_sizes_out_of_range_are_refused(size: int) -> None:
    with pytest.raises(SrsError):
        Ceremony.new(size)


def test_the_factor_is_nowhere_in_the_file() -> None:
    """Two contributions of one name to one file share nothing but the head: fresh randomness each time."""
    start = Ceremony.new(2)
    a, b = start.contribute("ada").to_bytes(), start.contribute("ada").to_bytes()
    head = 4 + 2 + 4 + 4 + 3 + 32 + 8
    assert a[:head] == b[:head]
    assert a[head : head + 64] != b[head : head + 64]
