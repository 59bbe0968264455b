"""A process that proves shards: ``python -m zkattest.metrics.worker``, for ``zkattest.metrics.workers``.

It reads its job from stdin (keys, model and string in their encodings: no secret is written to a file), then
the number of a shard a line; it writes finished proofs into the job's directory, and to stdout one JSON
object a line: ``{"shard": i}``, or ``{"error": …}``, after which it ends.
"""

from __future__ import annotations

import json
import sys
import warnings
from typing import IO, Any

from zkattest.backends.base import Keys, ProvingKey, VerifyingKey
from zkattest.datasets import DataSetStore
from zkattest.errors import OperationalError, ZkattestError
from zkattest.frontend import QuantisedModel
from zkattest.metrics.jobs import Job, JobFiles
from zkattest.metrics.metric import Metric
from zkattest.metrics.planning import plan
from zkattest.metrics.workers import SETUP, Setup
from zkattest.srs import Srs


def _job(setup: Setup, blobs: dict[str, bytes]) -> Job:
    """Put the job together again."""
    model, metric = QuantisedModel.from_bytes(blobs["model"]), Metric.from_bytes(blobs["metric"])
    store = DataSetStore(setup.store)
    return Job(
        Keys(ProvingKey.from_bytes(blobs["proving"]), VerifyingKey.from_bytes(blobs["verifying"])),
        model,
        store,
        metric,
        plan(metric, model, store.dataset.schema),
        Srs.from_bytes(blobs["srs"]),
        blobs["context"],
    )


def _say(**values: Any) -> None:
    print(json.dumps(values), flush=True)


def serve(stream: IO[bytes]) -> None:
    """Take the job, then shards until there are none."""
    setup = Setup(**json.loads(stream.readline()))
    blobs = {name: stream.read(size) for name, size in zip(SETUP, setup.sizes, strict=True)}
    job, files = _job(setup, blobs), JobFiles(setup.path)
    for line in stream:
        index = int(line)
        files.write(index, job.prove(index, threads=setup.threads))
        _say(shard=index)


def main() -> int:
    """Entry point."""
    warnings.simplefilter("ignore")
    try:
        serve(sys.stdin.buffer)
    except ZkattestError as error:
        _say(error=type(error).__name__, message=error.message, remedy=error.remedy)
        return 1
    except MemoryError:
        _say(error="MemoryShortError", message="A worker ran out of memory.", remedy="Use fewer workers.")
        return 1
    except Exception as error:  # its type alone, for values may be secret
        kind = OperationalError.__name__
        _say(error=kind, message=f"A worker failed: {type(error).__name__}.", remedy="Report this.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
