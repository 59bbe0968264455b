"""Files are whole or absent; secrets are their owner's."""

import errno
import os
from pathlib import Path

import pytest

from zkattest.config import Config, load_config
from zkattest.errors import ConfigError, StorageError
from zkattest.storage import read_file, write_atomic


def test_writes_replace_and_secrets_are_private(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    write_atomic(path, b"one")
    write_atomic(path, b"two", secret=True)
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(path.parent) == ["file"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_disk_full_leaves_the_old_file_and_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "file"
    write_atomic(path, b"old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, step, full)
    with pytest.raises(StorageError, match="No space left"):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_an_interrupt_leaves_the_old_file_and_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    write_atomic(path, b"old")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_missing_and_unreadable_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"Cannot read the proof .*absent"):
        read_file(tmp_path / "absent", what="proof")


def test_configuration_defaults_and_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_config() == Config()
    (tmp_path / "zkattest.toml").write_text('state = "s"\n[quantisation]\nbits = 10\n[chain]\nchain_id = 5\n')
    config = load_config()
    assert (config.state_dir, config.quantisation.bits, config.chain.chain_id) == (Path("s"), 10, 5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("bakend = 'x'", "bakend"),
        ("[quantisation]\nbits = 40", "quantisation.bits"),
        ("[quantisation]\nbits = 'ten'", "quantisation.bits"),
        ("= 3", "not valid TOML"),
    ],
)
def test_configuration_errors_name_the_key(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "zkattest.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message):
        load_config(path)
