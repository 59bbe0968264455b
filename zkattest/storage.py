"""Files that are either whole or absent, and secrets that only their owner can read."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from zkattest.errors import StorageError


def write_atomic(path: str | os.PathLike[str], data: bytes, *, secret: bool = False) -> Path:
    """Write ``data`` to ``path`` so that a reader (or a crash) sees the old file or the new, never a part.

    Arguments:
        path: destination; its directory is created.
        data: the whole content.
        secret: restrict the file to its owner (mode 0600).

    Raises:
        StorageError: disk full, no permission, or the like; the destination is unchanged.
    """
    target = Path(path)
    temporary: str | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, 0o600 if secret else 0o644)
        os.replace(temporary, target)
        temporary = None
    except OSError as error:
        raise StorageError(
            f"Cannot write {target}: {error.strerror}.",
            remedy="Free space or choose another path; the previous file, if any, is unchanged.",
        ) from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
    return target


def read_file(path: str | os.PathLike[str], *, what: str = "file") -> bytes:
    """Read a whole file, or raise :class:`StorageError` that names it and what it should be."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise StorageError(
            f"Cannot read the {what} {Path(path)}: {error.strerror}.", remedy="Check the path."
        ) from error
