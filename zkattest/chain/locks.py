"""An advisory lock on a file, held across processes, that can say who holds it."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from zkattest.errors import ChainError

try:
    import fcntl

    _LOCKS = True
except ImportError:  # pragma: no cover - Windows has no advisory locks; SQLite's own lock remains
    _LOCKS = False


@contextlib.contextmanager
def exclusive(path: Path, *, patience_s: float) -> Iterator[None]:
    """Hold ``<path>.lock``; released at the end of the block and when the process dies.

    Arguments:
        path: the file that is protected.
        patience_s: how long to wait for the present holder.

    Raises:
        ChainError: somebody else held it for longer; names the process.
    """
    if not _LOCKS:  # pragma: no cover
        yield
        return
    try:
        lock = open(f"{path}.lock", "a+", opener=_private)  # noqa: SIM115  # closed by the with below
    except OSError as error:
        raise ChainError(
            f"Cannot lock {path}: {error.strerror}.", remedy="Check the permissions of its directory."
        ) from error
    with lock:
        _acquire(lock, path, patience_s)
        try:
            lock.truncate(0)
            lock.write(f"process {os.getpid()}")
            lock.flush()
            yield
        finally:
            lock.truncate(0)
            fcntl.flock(lock, fcntl.LOCK_UN)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _acquire(lock: IO[str], path: Path, patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                lock.seek(0)
                holder = lock.read().strip() or "another process"
                raise ChainError(
                    f"{path} is in use by {holder}, for more than {patience_s:g} s.",
                    remedy="Wait for it to end, or stop it, then repeat the command; nothing was written.",
                ) from None
            time.sleep(0.01)
