"""Calls into the ezkl package: private temporary files, own threads, no noise, no secrets in errors.

ezkl works on files, logs through ``logging``, and offers some functions as futures of a running event loop.
None of that reaches the caller: files live in a directory of mode 0700 that is deleted whatever happens, and
every call runs in a thread of its own, so that a running event loop (a notebook) is neither needed nor
disturbed.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, Final

from zkattest.errors import BackendError, BackendUnavailableError, StorageError, VersionError

#: The release whose constraints were studied; another one may lay out another circuit under the same name.
PINNED_VERSION: Final = "23.0.5"

#: How ezkl's messages begin when the proof itself was judged and found wrong.
VERDICT: Final = "Failed to run verify: [halo2] "


class EzklError(Exception):
    """ezkl refused; ``reason`` is its own message, which may hold witness values: never show it unchecked."""

    def __init__(self, function: str, reason: str) -> None:
        self.function = function
        self.reason = reason
        super().__init__(f"ezkl.{function} failed")


def available() -> bool:
    """Whether the package is installed."""
    return importlib.util.find_spec("ezkl") is not None


def load() -> ModuleType:
    """The ezkl package, of the pinned version, silenced.

    Raises:
        BackendUnavailableError: not installed; VersionError: installed in another version.
    """
    if not available():
        raise BackendUnavailableError(
            "The backend 'ezkl' needs the package ezkl, which is not installed.",
            remedy="Install it with: pip install zkattest[ezkl] "
            "(its licence is not a free one; see docs/backends.md).",
        )
    found = importlib.metadata.version("ezkl")
    if found != PINNED_VERSION:
        raise VersionError(
            f"The backend 'ezkl' supports ezkl {PINNED_VERSION}; version {found} is installed.",
            remedy=f"Run: pip install ezkl=={PINNED_VERSION}.",
        )
    for name in ("ezkl", "halo2_proofs", "tract_onnx", "tract_core", "tract_hir"):
        logger = logging.getLogger(name)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
        # Their records quote file names, witness ranges and node dumps with weights.
        logger.propagate = False
        logger.setLevel(logging.CRITICAL)
    import ezkl

    module: ModuleType = ezkl
    return module


def call(function: str, *arguments: Any, **options: Any) -> Any:
    """Run ``ezkl.<function>`` in a thread of its own and return its result.

    Raises:
        EzklError: ezkl raised or panicked.
    """
    target = getattr(load(), function)
    result: list[Any] = []
    failure: list[str] = []

    def work() -> None:
        try:
            result.append(target(*arguments, **options))
        except BaseException as error:  # a Rust panic is no Exception
            failure.append(str(error))

    thread = threading.Thread(target=work, name=f"ezkl-{function}")
    thread.start()
    thread.join()
    if failure:
        raise EzklError(function, failure[0])
    return result[0]


class Workspace:
    """A private directory for the files of one operation; a context manager."""

    def __init__(self) -> None:
        self._root: Path | None = None

    def __enter__(self) -> Workspace:
        try:
            self._root = Path(tempfile.mkdtemp(prefix="zkattest-"))  # mode 0700
        except OSError as error:
            raise StorageError(
                f"No temporary directory could be made: {error.strerror}.",
                remedy="Free some space, or point TMPDIR at a writable directory.",
            ) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._root is not None:
            shutil.rmtree(self._root, ignore_errors=True)

    @property
    def root(self) -> Path:
        """The directory."""
        if self._root is None:
            raise AssertionError("the workspace is not open")
        return self._root

    def path(self, name: str) -> str:
        """Path of the file ``name``."""
        return str(self.root / name)

    def write(self, name: str, data: bytes) -> str:
        """Make the file ``name``, readable by its owner only; returns its path."""
        path = self.path(name)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(data)
        except OSError as error:
            raise StorageError(
                f"A temporary file of {len(data)} bytes could not be written: {error.strerror}.",
                remedy="Free some space, or point TMPDIR at a larger disk.",
            ) from None
        return path

    def write_json(self, name: str, value: object) -> str:
        """Make the file ``name`` with ``value`` as JSON; returns its path."""
        return self.write(name, json.dumps(value).encode())

    def read(self, name: str) -> bytes:
        """Content of the file ``name``."""
        return Path(self.path(name)).read_bytes()

    def read_json(self, name: str) -> Any:
        """Content of the file ``name``, decoded."""
        return json.loads(self.read(name))


#: Runs in a child process: the function needs a running event loop, and after writing the Solidity source it
#: looks for a compiler in the home directory and on the network. Here it finds neither, and fails after
#: its work.
_RENDER: Final = """
import asyncio, ezkl
async def main():
    await ezkl.create_evm_verifier(
        "vk", "settings", "verifier.sol", "verifier.abi", srs_path="srs", reusable=False
    )
try:
    asyncio.run(main())
except RuntimeError:
    pass
"""


def render_solidity(settings: Mapping[str, Any], vk: bytes, srs: bytes) -> str:
    """The Solidity source of the verifier contract, as ezkl writes it.

    Arguments:
        settings: ezkl's circuit settings.
        vk: Halo2 verifying key.
        srs: an ``.srs`` file of any size from the same ceremony.

    Raises:
        BackendError: nothing was written.
    """
    load()
    with Workspace() as files:
        files.write_json("settings", settings)
        files.write("vk", vk)
        files.write("srs", srs)
        home = files.path("home")
        environment = {
            **os.environ,
            **dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), home),
            **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9"),
            **dict.fromkeys(("ALL_PROXY", "all_proxy"), "http://127.0.0.1:9"),
            **dict.fromkeys(("NO_PROXY", "no_proxy"), ""),
        }
        subprocess.run(  # noqa: S603  our own interpreter, our own program
            [sys.executable, "-c", _RENDER],
            cwd=files.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=600,
            check=False,
        )
        if not os.path.exists(files.path("verifier.sol")):
            raise BackendError(
                "ezkl wrote no Solidity verifier for this verifying key.",
                remedy="Check that the key was made by this version of ezkl; then make it again with setup.",
            )
        return files.read("verifier.sol").decode()
