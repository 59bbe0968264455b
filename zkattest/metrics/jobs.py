"""The proofs of a metric's shards on disk: which job they are of, and which of them are finished.

A directory serves one job: one data set, key, metric and binding. A shard's proof is written as soon as it is
made, under a temporary name first, so that a file is a whole proof; it is never made again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from zkattest.backends.base import Keys, Proof
from zkattest.backends.sumcheck import verification
from zkattest.backends.sumcheck.metric import prove_shard
from zkattest.encoding import Writer
from zkattest.errors import ChainError, ProofMismatchError, ProvingError, StorageError, ZkattestError
from zkattest.progress import SILENT, Progress
from zkattest.storage import read_file, write_atomic

if TYPE_CHECKING:
    from zkattest.datasets import DataSetStore
    from zkattest.frontend import QuantisedModel
    from zkattest.metrics.metric import Metric
    from zkattest.metrics.planning import Plan
    from zkattest.srs import Srs

__all__ = ["Job", "JobFiles"]

_JOB: Final = "job"


@dataclass(frozen=True)
class Job:
    """Everything that the proofs of all shards have in common; secret, for it holds keys and model.

    Attributes:
        metric, plan: what is proved, and its translation for model and data set.
        context: 32 bytes that the proofs are bound to.
    """

    keys: Keys = field(repr=False)
    model: QuantisedModel = field(repr=False)
    store: DataSetStore
    metric: Metric
    plan: Plan = field(repr=False)
    srs: Srs = field(repr=False)
    context: bytes

    def to_bytes(self) -> bytes:
        """What a directory is recognised by; public."""
        writer = Writer(b"ZKMJ", 1).fixed(self.store.identity, 32).fixed(self.keys.verifying.digest, 32)
        return writer.fixed(self.context, 32).blob(self.metric.to_bytes()).finish()

    def prove(self, index: int, *, threads: int | None, progress: Progress = SILENT) -> Proof:
        """The proof of one shard.

        Raises:
            ProvingError: none can be made; names the bound that does not hold.
        """
        try:
            return prove_shard(
                self.keys,
                self.model,
                self.store.shard(index),
                srs=self.srs,
                thresholds=self.plan.thresholds,
                context=self.context,
                threads=threads,
                progress=progress,
            )
        except ZkattestError as error:
            raise self._named(error) from None

    def _named(self, error: ZkattestError) -> ZkattestError:
        """The error in the words of the metric."""
        for kind, bounds in (("clause", self.plan.clauses), ("ratio", self.plan.ratios)):
            number = getattr(error, kind, None)
            if isinstance(number, int) and number < len(bounds):
                return ProvingError(
                    f"It is not so that {bounds[number]}: {error.message}",
                    remedy="Ask for a bound that holds, or for one without empty classes and groups.",
                )
        return error

    def holds(self, index: int, proof: Proof) -> bool:
        """Whether ``proof`` is the one of shard ``index``, and good."""
        statement = proof.statement
        named = statement.input_commitment, statement.context, statement.vk_hash
        expected = self.store.dataset.shard_identities[index], self.context, self.keys.verifying.digest
        try:
            return named == expected and verification.verify(self.keys.verifying, proof)
        except ZkattestError:
            return False


@dataclass(frozen=True)
class JobFiles:
    """A directory of finished proofs.

    Attributes:
        directory: created; may hold an interrupted run of the same job.
    """

    directory: Path

    def shard(self, index: int) -> Path:
        """Proof of a shard."""
        return self.directory / f"shard-{index:06}.zkp"

    def finished(self, job: Job) -> dict[int, Proof]:
        """Proofs that are there and good, by shard; a damaged file counts as none."""
        found = {}
        for index in range(len(job.store)):
            proof = self.read(job, index)
            if proof is not None:
                found[index] = proof
        return found

    def read(self, job: Job, index: int) -> Proof | None:
        """One of them."""
        path = self.shard(index)
        if not path.exists():
            return None
        try:
            proof = Proof.from_bytes(read_file(path, what="proof of a shard"))
        except ZkattestError:
            return None
        return proof if job.holds(index, proof) else None

    def write(self, index: int, proof: Proof) -> None:
        """Keep a finished proof."""
        write_atomic(self.shard(index), proof.to_bytes())

    @contextmanager
    def held(self, job: Job) -> Iterator[None]:
        """Make the directory this job's, and no other process's meanwhile.

        Raises:
            ProofMismatchError: it holds proofs of another job; StorageError: another process works in it.
        """
        from zkattest.chain.locks import exclusive  # here, for its package takes a second to import

        try:
            self.directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"Cannot make {self.directory}: {error.strerror}.", remedy="Choose another directory."
            ) from error
        path = self.directory / _JOB
        with ExitStack() as stack:
            _translated(lambda: stack.enter_context(exclusive(path, patience_s=0)))
            if not path.exists():
                write_atomic(path, job.to_bytes())
            elif read_file(path, what="job of a directory") != job.to_bytes():
                raise ProofMismatchError(
                    f"{self.directory} holds proofs of another data set, key, metric or binding.",
                    remedy="Give the very same ones to go on, or another directory for a new proof.",
                )
            yield


def _translated(enter: Callable[[], object]) -> None:
    try:
        enter()
    except ChainError as error:
        raise StorageError(error.message, remedy=error.remedy) from None
