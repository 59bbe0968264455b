"""Shards proved by several processes at the same time; ``zkattest.metrics.worker`` is their side of it.

Processes are started afresh instead of forked (the prover has threads), and need nothing of the caller's main
module, so that scripts without a main guard and notebooks can use them.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Final

import zkattest
from zkattest import devices, errors
from zkattest.errors import OperationalError, ProvingError, ZkattestError
from zkattest.metrics.jobs import Job, JobFiles

__all__ = ["SETUP", "Setup", "prove_in_processes"]

#: What follows a worker's first line on its stdin, in this order.
SETUP: Final = ("srs", "model", "proving", "verifying", "metric", "context")

_MODULE: Final = "zkattest.metrics.worker"


@dataclass(frozen=True)
class Setup:
    """The first line for a worker.

    Attributes:
        store: directory of the data set.
        work: directory of the job.
        threads: for each proof.
        sizes: bytes of each of :data:`SETUP`.
    """

    store: str
    work: str
    threads: int
    sizes: Sequence[int]

    @property
    def path(self) -> Path:
        return Path(self.work)


def prove_in_processes(
    job: Job,
    files: JobFiles,
    shards: Sequence[int],
    *,
    workers: int,
    threads: int | None,
    finished: Callable[[int], None],
) -> None:
    """Prove ``shards`` of ``job`` by ``workers`` processes; each proof is written to ``files`` as it is made.

    Arguments:
        threads: of each worker; None: the cores, shared.
        finished: called in this thread with each shard that is done.

    Raises:
        The first worker's error, typed; shards that were finished stay finished.
    """
    workers = min(workers, len(shards))
    each = threads or max(1, (os.cpu_count() or 1) // workers)
    blobs = (
        job.srs._native.to_bytes(),
        job.model.to_bytes(),
        job.keys.proving.to_bytes(),
        job.keys.verifying.to_bytes(),
        job.metric.to_bytes(),
        job.context,
    )
    setup = Setup(str(job.store.directory), str(files.directory), each, [len(blob) for blob in blobs])
    line = json.dumps(asdict(setup)).encode() + b"\n"
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for index in shards:
        waiting.put(index)
    said: queue.SimpleQueue[int | ZkattestError | None] = queue.SimpleQueue()
    shares = devices.shares(workers)
    processes = [_start(shares) for _ in range(workers)]
    talkers = [
        threading.Thread(target=_talk, args=(process, (line, *blobs), waiting, said), daemon=True)
        for process in processes
    ]
    try:
        for talker in talkers:
            talker.start()
        running = workers
        while running:
            word = said.get()
            if word is None:
                running -= 1
            elif isinstance(word, ZkattestError):
                raise word
            else:
                finished(word)
    finally:
        for process in processes:
            process.kill()
            process.wait()
        for talker in talkers:
            talker.join()
        for process in processes:
            for stream in (process.stdin, process.stdout):
                _close(stream)


def _start(variables: dict[str, str]) -> subprocess.Popen[bytes]:
    """A worker that imports this very package, with these variables besides."""
    home = str(Path(zkattest.__file__).parent.parent)
    paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, **variables, "PYTHONPATH": os.pathsep.join(paths)}
    try:
        return subprocess.Popen(  # noqa: S603 (this interpreter, this package)
            [sys.executable, "-m", _MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )
    except OSError as error:
        raise OperationalError(
            f"A worker cannot be started: {error.strerror}.", remedy="Prove with one worker."
        ) from error


def _talk(
    process: subprocess.Popen[bytes],
    setup: tuple[bytes, ...],
    waiting: queue.SimpleQueue[int],
    said: queue.SimpleQueue[int | ZkattestError | None],
) -> None:
    """Give a worker its job and one shard after the other, and pass on what it says."""
    assert process.stdin is not None  # both were asked for
    assert process.stdout is not None
    try:
        for part in setup:
            process.stdin.write(part)
        while True:
            try:
                index = waiting.get_nowait()
            except queue.Empty:
                break
            process.stdin.write(b"%d\n" % index)
            process.stdin.flush()
            said.put(_answer(process, process.stdout))
        process.stdin.close()
    except (OSError, ValueError):  # it is gone: what it said last, or how it ended, says why
        said.put(_answer(process, process.stdout))
    finally:
        said.put(None)


def _answer(process: subprocess.Popen[bytes], stream: IO[bytes]) -> int | ZkattestError:
    """The next line of a worker."""
    line = stream.readline()
    try:
        values = json.loads(line)
        if "shard" in values:
            return int(values["shard"])
        kind = getattr(errors, values["error"])
        error = kind(values["message"], remedy=values["remedy"])
    except (ValueError, KeyError, AttributeError, TypeError):
        return ProvingError(
            f"A worker process ended with code {process.wait()} in the middle of a shard.",
            remedy="Finished shards are kept: run again, with fewer workers if memory was short.",
        )
    return error if isinstance(error, ZkattestError) else OperationalError(str(error))


def _close(stream: IO[bytes] | None) -> None:
    try:
        if stream is not None:
            stream.close()
    except OSError:  # unsent bytes for a process that is gone
        return
