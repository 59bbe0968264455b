"""The write-ahead journal: every signed transaction is on disk before it leaves.

A file of JSON lines, appended and synced. Three kinds of record:

* ``attempt``: an intent was signed; nonce, fees, hash and the raw signed bytes. Written *before* sending.
* ``mined``: the attempt is in a block, successfully.
* ``reverted``: the attempt is in a block and had no effect; the same intent may be signed anew.

The raw bytes are what the network sees anyway; no key, password or proof secret is in the file. A last line
that a crash cut short was never followed by a send, so it is dropped; damage anywhere else is an error.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from zkattest.chain.locks import exclusive
from zkattest.errors import ChainError

_FORMAT: Final = 1


@dataclass(frozen=True)
class Attempt:
    """One signed transaction for an intent.

    Attributes:
        intent: key of the intent, hexadecimal.
        label: what it does, for people.
        nonce: the sender's transaction number.
        tx_hash: 0x-prefixed.
        raw: the signed bytes, 0x-prefixed.
        max_fee: offered wei per gas, tip included.
        priority_fee: offered tip, wei per gas.
        gas: gas limit.
        head: number of the newest block when it was signed.
        outcome: "open", "mined" or "reverted", as far as the journal knows.
    """

    intent: str
    label: str
    nonce: int
    tx_hash: str
    raw: str = field(repr=False)
    max_fee: int
    priority_fee: int
    gas: int
    head: int
    outcome: str = "open"


class Journal:
    """The journal of one chain client.

    Arguments:
        path: the file, made with mode 0600 when absent; None keeps the journal in memory, which protects
            against a failing node, not against a crash.
        patience_s: how long to wait for another process that is in the middle of a transaction.
    """

    def __init__(self, path: Path | None, *, patience_s: float = 300.0) -> None:
        self.path = path
        self._patience_s = patience_s
        self._memory: list[dict[str, Any]] = []
        self._guard = threading.RLock()
        self._depth = 0

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Exclude other threads and processes from sending while this one decides, signs and waits.

        Raises:
            ChainError: another process did not finish in time; names it.
        """
        with self._guard:
            if self._depth:
                yield
                return
            if self.path is not None:
                with contextlib.suppress(OSError):  # taking the lock tells what is wrong
                    self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._lock():
                self._depth = 1
                try:
                    yield
                finally:
                    self._depth = 0

    def attempts(self, intent: str) -> list[Attempt]:
        """The attempts for ``intent``, oldest first, with their outcomes.

        Raises:
            ChainError: the file cannot be read or is damaged.
        """
        found: dict[str, Attempt] = {}
        for record in self._records():
            try:
                if record["intent"] != intent:
                    continue
                if record["kind"] == "attempt":
                    fields = {
                        name: record[name] for name in Attempt.__dataclass_fields__ if name != "outcome"
                    }
                    found[record["tx_hash"]] = Attempt(**fields)
                elif record["tx_hash"] in found:
                    known = found[record["tx_hash"]]
                    found[known.tx_hash] = Attempt(**{**asdict(known), "outcome": record["kind"]})
            except (KeyError, TypeError):
                raise self._damaged() from None
        return list(found.values())

    def record_attempt(self, attempt: Attempt) -> None:
        """Write ``attempt`` to stable storage. Returns only when it is there."""
        fields = asdict(attempt)
        del fields["outcome"]
        self._append({"kind": "attempt", **fields})

    def record_outcome(self, attempt: Attempt, outcome: str) -> None:
        """Note that ``attempt`` is "mined" or "reverted"."""
        self._append({"kind": outcome, "intent": attempt.intent, "tx_hash": attempt.tx_hash})

    # --- inner --------------------------------------------------------------------------------------

    def _lock(self) -> contextlib.AbstractContextManager[None]:
        if self.path is None:
            return contextlib.nullcontext()
        return exclusive(self.path, patience_s=self._patience_s)

    def _append(self, record: dict[str, Any]) -> None:
        if not self._depth:
            raise AssertionError("the journal is written inside Journal.held()")
        record = {"format": _FORMAT, "time": int(time.time()), **record}
        if self.path is None:
            self._memory.append(record)
            return
        line = json.dumps(record, sort_keys=True).encode() + b"\n"
        try:
            with os.fdopen(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as stream:
                content = stream.read()
                whole = content.rfind(b"\n") + 1  # what follows was cut short by a crash
                stream.truncate(whole)
                stream.seek(whole)
                stream.write(line)
                stream.flush()
                os.fsync(stream.fileno())
            if whole == 0:
                _sync_directory(self.path.parent)
        except OSError as error:
            raise ChainError(
                f"Cannot write the transaction journal {self.path}: {error.strerror}. Nothing was sent.",
                remedy="Free space or fix its permissions, then repeat the command.",
            ) from error

    def _records(self) -> list[dict[str, Any]]:
        if self.path is None:
            return self._memory
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise ChainError(
                f"Cannot read the transaction journal {self.path}: {error.strerror}.",
                remedy="Fix its permissions; without it, sent transactions could be repeated.",
            ) from error
        records = []
        for line in content[: content.rfind(b"\n") + 1].splitlines():
            try:
                record = json.loads(line)
            except ValueError:
                raise self._damaged() from None
            if not isinstance(record, dict) or record.get("format") != _FORMAT:
                raise self._damaged()
            records.append(record)
        return records

    def _damaged(self) -> ChainError:
        return ChainError(
            f"The transaction journal {self.path} is damaged or of another version.",
            remedy="Restore it from a copy. Remove it only when no transaction of yours is pending.",
        )


def _sync_directory(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
