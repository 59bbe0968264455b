"""The file behind the embedded chain: key-value pairs in SQLite, written one whole block at a time.

Everything py-evm stores is content-addressed or append-only, so readers need no lock. Writers take turns:
they hold an advisory lock on ``<file>.lock``, collect their writes in memory, and commit them in one
SQLite transaction. A process that dies at any moment leaves the block in the file or not at all.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from eth.db.backends.base import BaseAtomicDB

from zkattest.chain.locks import exclusive
from zkattest.errors import ChainError

#: SQLite's ``application_id`` of an embedded chain: "zkat".
APPLICATION_ID: Final = 0x7A6B6174

#: Layout of the file; another number is refused.
FORMAT: Final = 1

_SCHEMA: Final = (
    "CREATE TABLE entries (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {FORMAT}",
)


class ChainStore(BaseAtomicDB):
    """py-evm's database over one SQLite file.

    Arguments:
        path: the chain file, made with mode 0600 when absent (it holds the development key); None keeps the
            chain in memory.
        patience_s: how long a writer waits for another one.

    Raises:
        ChainError: the file is no embedded chain, is of another format, or cannot be opened.
    """

    def __init__(self, path: Path | None, *, patience_s: float = 60.0) -> None:
        self.path = path
        self._patience_s = patience_s
        self._guard = threading.RLock()
        self._pending: dict[bytes, bytes | None] | None = None
        self._depth = 0
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            # isolation_level=None: transactions are begun and ended here, explicitly.
            self._sql = sqlite3.connect(
                ":memory:" if path is None else path,
                timeout=patience_s,
                isolation_level=None,
                check_same_thread=False,
            )
            self._sql.execute("PRAGMA synchronous = FULL")
            self._check_format()
            if path is not None:
                os.chmod(path, 0o600)
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(str(error)) from error

    @property
    def is_new(self) -> bool:
        """Whether the file holds no chain yet."""
        return self.fact("chain_id") is None

    # --- py-evm's side ------------------------------------------------------------------------------

    def __getitem__(self, key: bytes) -> bytes:
        with self._guard:
            if self._pending is not None and key in self._pending:
                staged = self._pending[key]
                if staged is None:
                    raise KeyError(key)
                return staged
            row = self._query("SELECT value FROM entries WHERE key = ?", key)
        if row is None:
            raise KeyError(key)
        return row

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self._staged()[bytes(key)] = bytes(value)

    def __delitem__(self, key: bytes) -> None:
        if key not in self:
            raise KeyError(key)
        self._staged()[bytes(key)] = None

    def _exists(self, key: bytes) -> bool:
        try:
            self[key]
        except KeyError:
            return False
        return True

    @contextlib.contextmanager
    def atomic_batch(self) -> Iterator[ChainStore]:  # type: ignore[override]  # this store is its own batch
        """py-evm's batches are parts of the surrounding :meth:`writing`, which is atomic as a whole."""
        with self.writing():
            yield self

    # --- transactions -------------------------------------------------------------------------------

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Collect writes; commit all of them at the end of the outermost block, or none when it raises.

        Raises:
            ChainError: another process kept the lock for longer than ``patience_s``; names it.
        """
        with self._guard:
            if self._depth:
                self._depth += 1
                try:
                    yield
                finally:
                    self._depth -= 1
                return
            with self._locked():
                self._execute("BEGIN IMMEDIATE")
                self._pending, self._depth = {}, 1
                try:
                    yield
                    for key, value in self._pending.items():
                        if value is None:
                            self._execute("DELETE FROM entries WHERE key = ?", key)
                        else:
                            self._execute("INSERT OR REPLACE INTO entries VALUES (?, ?)", key, value)
                    self._execute("COMMIT")
                except BaseException:
                    with contextlib.suppress(sqlite3.Error):
                        self._sql.execute("ROLLBACK")
                    raise
                finally:
                    self._pending, self._depth = None, 0

    @contextlib.contextmanager
    def discarding(self) -> Iterator[None]:
        """Let py-evm write scratch entries that are dropped afterwards (calls and estimates)."""
        with self._guard:
            if self._pending is not None:
                raise AssertionError("a dry run inside a write")
            self._pending = {}
            try:
                yield
            finally:
                self._pending = None

    def fact(self, name: str) -> bytes | None:
        """A named value beside the chain's own entries."""
        with self._guard:
            return self._query("SELECT value FROM facts WHERE name = ?", name)

    def set_fact(self, name: str, value: bytes) -> None:
        """Record a named value; only inside :meth:`writing`."""
        self._staged()
        self._execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", name, value)

    def close(self) -> None:
        with self._guard:
            self._sql.close()

    # --- inner --------------------------------------------------------------------------------------

    def _staged(self) -> dict[bytes, bytes | None]:
        if self._pending is None:
            raise AssertionError("a write outside of ChainStore.writing()")
        return self._pending

    def _query(self, statement: str, *values: object) -> bytes | None:
        try:
            row = self._sql.execute(statement, values).fetchone()
        except sqlite3.Error as error:
            raise self._unusable(str(error)) from error
        return None if row is None else bytes(row[0])

    def _execute(self, statement: str, *values: object) -> None:
        try:
            self._sql.execute(statement, values)
        except sqlite3.Error as error:
            raise self._unusable(str(error)) from error

    def _check_format(self) -> None:
        with self._locked():
            application = self._sql.execute("PRAGMA application_id").fetchone()[0]
            version = self._sql.execute("PRAGMA user_version").fetchone()[0]
            empty = self._sql.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
            if empty and application == 0:
                self._sql.execute("BEGIN IMMEDIATE")
                for statement in _SCHEMA:
                    self._sql.execute(statement)
                self._sql.execute("COMMIT")
            elif application != APPLICATION_ID:
                raise self._unusable("it is another program's database")
            elif version != FORMAT:
                raise self._unusable(f"it has format {version}, this build reads format {FORMAT}")

    def _locked(self) -> contextlib.AbstractContextManager[None]:
        if self.path is None:
            return contextlib.nullcontext()
        return exclusive(self.path, patience_s=self._patience_s)

    def _unusable(self, reason: str) -> ChainError:
        return ChainError(
            f"The embedded chain {self.path or '(in memory)'} cannot be used: {reason}.",
            remedy="Check the path and the disk, or name a new file to begin a new chain.",
        )
