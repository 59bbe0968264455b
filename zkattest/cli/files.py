"""Reading and writing the CLI's files; the values themselves come from the API."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt

from zkattest.backends.base import (
    PROFILES,
    CommittedModel,
    InputSecret,
    Keys,
    Profile,
    Proof,
    ProvingKey,
    VerifyingKey,
)
from zkattest.commitments import Commitment, CommitmentSecret
from zkattest.errors import FormatError, InputError, NonFiniteError, ProofMismatchError
from zkattest.frontend import QuantisedModel
from zkattest.storage import read_file, write_atomic

FloatTensor = npt.NDArray[np.float64]

COMMITMENT = "model.zkc"
COMMITMENT_SECRET = "model.secret"  # noqa: S105 (a file name)
PROFILE = "profile.txt"
VERIFYING_KEY = "verifying.zkvk"
PROVING_KEY = "proving.zkpk"


def read_tensor(path: Path, *, what: str) -> FloatTensor:
    """Samples from ``.npy``, ``.csv`` (comma-separated, optional header line) or ``.json`` (nested lists).

    Raises:
        InputError, NonFiniteError: another format, ragged rows, text cells, NaN.
    """
    data = read_file(path, what=what)
    try:
        if path.suffix == ".npy":
            values = np.load(io.BytesIO(data), allow_pickle=False)
        elif path.suffix == ".json":
            values = np.asarray(json.loads(data), dtype=np.float64)
        elif path.suffix == ".csv":
            lines = data.decode().splitlines()
            header = int(bool(lines) and not _is_numeric(lines[0]))
            values = np.loadtxt(lines[header:], delimiter=",", ndmin=2)
        else:
            raise InputError(
                f"{what.capitalize()} {path} has the ending {path.suffix!r}.",
                remedy="Give a .npy, .csv or .json file.",
            )
        values = np.asarray(values, dtype=np.float64)
    except (ValueError, TypeError, EOFError, UnicodeDecodeError):
        raise InputError(
            f"{what.capitalize()} {path} holds no rectangular array of numbers.",
            remedy="Check for text cells, missing cells and a truncated file.",
        ) from None
    if values.size == 0:
        raise InputError(f"{what.capitalize()} {path} holds no samples.", remedy="Give at least one row.")
    if not np.isfinite(values).all():
        index = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
        raise NonFiniteError(
            f"{what.capitalize()} {path} has a NaN or infinity at index {index}.",
            remedy="Impute or drop such rows first.",
        )
    return np.asarray(values, dtype=np.float64)


def _is_numeric(line: str) -> bool:
    try:
        [float(cell) for cell in line.split(",")]
    except ValueError:
        return False
    return True


def save_committed(committed: CommittedModel, directory: Path) -> None:
    """Write the commitment (public) and its secret beside each other."""
    write_atomic(directory / COMMITMENT_SECRET, committed.secret.to_bytes(), secret=True)
    write_atomic(directory / COMMITMENT, committed.commitment.to_bytes())
    if committed.profile is not None:
        write_atomic(directory / PROFILE, committed.profile.encode() + b"\n")


def load_committed(model: Path, directory: Path) -> CommittedModel:
    """Read the model and the files of :func:`save_committed`."""
    return CommittedModel(
        QuantisedModel.load(model),
        load_commitment(directory),
        CommitmentSecret.from_bytes(read_file(directory / COMMITMENT_SECRET, what="commitment secret")),
        _load_profile(directory / PROFILE),
    )


def _load_profile(path: Path) -> Profile | None:
    """What the commitment was made for; None where no file says it."""
    if not path.exists():
        return None
    text = read_file(path, what="profile").decode(errors="replace").strip()
    found = next((profile for profile in PROFILES if profile == text), None)
    if found is None:
        raise FormatError(f"{path} holds no profile.", remedy=f"Remove it, or write {', '.join(PROFILES)}.")
    return found


def load_commitment(directory: Path) -> Commitment:
    """The public commitment of ``directory``."""
    return Commitment.from_bytes(read_file(directory / COMMITMENT, what="commitment"))


def save_keys(keys: Keys, directory: Path) -> None:
    """Write both keys; the proving key is readable by its owner only, for it may hold weights."""
    write_atomic(directory / PROVING_KEY, keys.proving.to_bytes(), secret=True)
    write_atomic(directory / VERIFYING_KEY, keys.verifying.to_bytes())


def load_keys(directory: Path) -> Keys:
    """Read both keys, and check that they belong together."""
    proving = ProvingKey.from_bytes(read_file(directory / PROVING_KEY, what="proving key"))
    verifying = load_verifying_key(directory)
    if proving.vk_digest != verifying.digest:
        raise ProofMismatchError(
            f"The two keys in {directory} come from different set-ups.", remedy="Run zkattest setup again."
        )
    return Keys(proving, verifying)


def load_verifying_key(path: Path) -> VerifyingKey:
    """Read a verifying key from its file, or from the directory of keys that holds it."""
    file = path / VERIFYING_KEY if path.is_dir() else path
    return VerifyingKey.from_bytes(read_file(file, what="verifying key"))


def load_proof(path: Path) -> Proof:
    """Read a proof."""
    return Proof.from_bytes(read_file(path, what="proof"))


def save_input_secret(secret: InputSecret, path: Path) -> None:
    """Write the opening of an input commitment, readable by its owner only."""
    write_atomic(path, secret.to_bytes(), secret=True)


def load_input_secret(path: Path) -> InputSecret:
    """Read the opening of an input commitment."""
    return InputSecret.from_bytes(read_file(path, what="opening of an input commitment"))
