"""Relations between two data sets, proved: one is a part of the other, or they have no row in common.

Whoever has both manifests can check a :class:`RelationProof` (file ``*.zkr``); it says nothing else about the
rows. What each relation means, and what it does not, is in ``docs/guides/data-relations.md``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from zkattest import _native
from zkattest.backends.sumcheck.phases import reporter
from zkattest.datasets.comparing import KINDS, Comparison, RelationKind
from zkattest.datasets.manifest import DataSet
from zkattest.datasets.store import DataSetStore
from zkattest.devices import asked_device
from zkattest.encoding import Reader, Writer
from zkattest.errors import (
    DataError,
    DataSetMismatchError,
    FingerprintError,
    ProofMismatchError,
    SrsTooSmallError,
)
from zkattest.frontend.fixed_point import IntTensor
from zkattest.html import fields_html
from zkattest.progress import SILENT, Progress, phase
from zkattest.spec.sumcheck import verify as readable_verify
from zkattest.srs import Srs
from zkattest.storage import read_file, write_atomic

__all__ = ["Claim", "ParentStatus", "RelationProof", "parent_status", "relate"]

#: ``first CLAIM second``: first is a subset of second; first contains all rows of second; they share none.
Claim = Literal["subset", "extends", "disjoint"]
#: Whether a data set's parent is one. "claimed" is its owner's word.
ParentStatus = Literal["none", "claimed", "proved: a subset of it", "proved: contains it"]

_NO_STATEMENT: Final = bytes(32)
#: Constants that a prover tries before it gives up; each fails with a probability of 2^-7 or less where the
#: sets have 2^16 rows, but for rows that are made to.
ATTEMPTS: Final = 16


@dataclass(frozen=True)
class RelationProof:
    """A proof that two data sets are related. Public; file ``*.zkr``.

    Attributes:
        kind: ``"subset"``: every row of ``second``, with its label and groups, is a row of ``first``, and as
            often; ``"disjoint"``: no row of ``second`` has the features of a row of ``first``.
        first, second: identities, 32 bytes.
        attempt: of the constants of a disjointness, 0 to 15; of a subset 0.
        proof: of the native protocol.

    Raises:
        DataError: fields out of range.
    """

    kind: RelationKind
    first: bytes
    second: bytes
    attempt: int
    proof: bytes = field(repr=False)

    #: First bytes of a file.
    MAGIC = b"ZKRP"
    _VERSION = 1

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise DataError(f"A relation is a subset or disjoint; got {self.kind!r}.")
        if len(self.first) != 32 or len(self.second) != 32:
            raise DataError("The identity of a data set has 32 bytes.")
        # constants of a subset must not be chosen by anybody
        if not 0 <= self.attempt < (ATTEMPTS if self.kind == "disjoint" else 1):
            raise DataError(f"A relation of kind {self.kind} has no attempt {self.attempt}.")

    def verify(
        self, first: DataSet, second: DataSet, srs: Srs | None = None, *, readable: bool = False
    ) -> bool:
        """Whether the relation holds between these data sets. The steps:

        1. the identities are those of ``first`` and ``second``, and both are comparable: one set-up string,
           one row size, the same columns;
        2. where the caller gave a set-up string: it is theirs;
        3. the proof begins with the commitments of all shards of both;
        4. the native protocol's verifier accepts it for the circuit that follows from both.

        Arguments:
            first, second: in the proof's order. For a disjointness, and for whoever does not know which is
                the parent, :func:`check` takes them in either.
            srs: the string that you trust; None: as the data sets say themselves.
            readable: judge with the readable verifier, seconds to minutes.

        The caller must still check both identities, that the string is not an unsafe one, and
        :meth:`DataSet.verify` of both where the rows have to be well-formed.

        Raises:
            ProofMismatchError: about other data sets; DataSetMismatchError: sets that cannot be compared, or
            of another string; MalformedProofError: no proof.
        """
        if (self.first, self.second) != (first.identity, second.identity):  # 1
            raise ProofMismatchError(
                "The relation is between other data sets than those given.",
                remedy="Compare identities with `zkattest data inspect`; their order counts.",
            )
        comparison = Comparison(self.kind, first, second, self.attempt)
        if srs is not None:  # 2
            first.check_string(srs)
            second.check_string(srs)
        if not self.proof.startswith(comparison.rows):  # 3
            return False
        circuit, tau = comparison.circuit.circuit, first.tau_g2  # 4
        if readable:
            return readable_verify(circuit, tau, [], comparison.binding, _NO_STATEMENT, [], self.proof)
        verifier = _native.NativeVerifier(circuit, tau, b"")
        return verifier.verify(comparison.binding, _NO_STATEMENT, [], self.proof)

    def check(self, a: DataSet, b: DataSet, srs: Srs | None = None, *, readable: bool = False) -> bool:
        """:meth:`verify` with the data sets in either order."""
        first, second = (b, a) if self.second == a.identity != b.identity else (a, b)
        return self.verify(first, second, srs, readable=readable)

    # --- file -------------------------------------------------------------------------------------

    def to_bytes(self) -> bytes:
        """The canonical encoding."""
        writer = Writer(self.MAGIC, self._VERSION).u8(KINDS.index(self.kind))
        return writer.fixed(self.first, 32).fixed(self.second, 32).u8(self.attempt).blob(self.proof).finish()

    @classmethod
    def from_bytes(cls, data: bytes) -> RelationProof:
        """Decode :meth:`to_bytes`.

        Raises:
            FormatError: truncated, trailing, not canonical; VersionError: of another version.
        """
        reader = Reader(data, cls.MAGIC, cls._VERSION, what="relation")
        kind, first, second, attempt = reader.u8(), reader.fixed(32), reader.fixed(32), reader.u8()
        proof = reader.blob()
        reader.finish()
        if kind >= len(KINDS):
            raise reader.fail(f"its kind is {kind}, expected 0 (subset) or 1 (disjoint)")
        try:
            return cls(KINDS[kind], first, second, attempt, proof)
        except DataError as error:
            raise reader.fail(error.message) from None

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write :meth:`to_bytes`, or StorageError."""
        return write_atomic(path, self.to_bytes())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> RelationProof:
        """Read what :meth:`save` wrote, or StorageError, FormatError."""
        return cls.from_bytes(read_file(path, what="relation"))

    def describe(self) -> dict[str, Any]:
        """Everything but the proof."""
        names = ("parent", "subset") if self.kind == "subset" else ("first", "second")
        return {
            "relation": self.kind,
            names[0]: self.first,
            names[1]: self.second,
            "proof_bytes": len(self.proof),
        }

    def _repr_html_(self) -> str:
        return fields_html("relation of data sets", self.describe())


def relate(
    claim: Claim,
    a: DataSetStore,
    b: DataSetStore,
    srs: Srs,
    *,
    threads: int | None = None,
    progress: Progress = SILENT,
) -> RelationProof:
    """Prove that two data sets are related. Needs the secrets of both, and all their rows in memory.

    Arguments:
        claim: ``"subset"``: every row of ``a`` is a row of ``b``, labels and groups too, and as often;
            ``"extends"``: the reverse, for a new version ``a`` of ``b``; ``"disjoint"``: no row of ``a`` has
            the features of a row of ``b``.
        threads: of the prover.

    Raises:
        FalseRelationError: it is not so. DataSetMismatchError: sets that cannot be compared, or committed to
        under another string. UnsupportedByBackendError: too large for one proof.
    """
    if claim not in ("subset", "extends", "disjoint"):
        raise DataError(
            f"There is no relation {claim!r}.", remedy="Choose 'subset', 'extends' or 'disjoint'."
        )
    kind: RelationKind = "disjoint" if claim == "disjoint" else "subset"
    first, second = (b, a) if claim == "subset" else (a, b)
    comparison = Comparison(kind, first.dataset, second.dataset)
    if srs.max_degree < comparison.first.row_size:
        raise SrsTooSmallError(
            f"The data sets have rows of {comparison.first.row_size} cells; this string reaches "
            f"{srs.max_degree}.",
            remedy="Give the string that they were committed under.",
        )
    comparison.first.check_string(srs)
    comparison.second.check_string(srs)
    with phase(progress, "read the rows"):
        (first_shards, first_blinders), (second_shards, second_blinders) = _read(first), _read(second)
    with phase(progress, "compare the rows"):
        comparison, witness = _witness(comparison, first_shards, second_shards)
    with reporter(progress, "relation: ") as report:
        proof = _native.sumcheck_prove_relation(
            comparison.circuit,
            srs._native,
            witness,
            blinders=first_blinders + second_blinders,
            data_rows=comparison.rows,
            key_binding=comparison.binding,
            threads=threads,
            device=asked_device(),
            progress=report,
        )
    return RelationProof(
        kind, comparison.first.identity, comparison.second.identity, comparison.attempt, proof
    )


def parent_status(
    dataset: DataSet, relation: RelationProof | None = None, parent: DataSet | None = None
) -> ParentStatus:
    """Whether the parent that a data set names is one.

    Arguments:
        relation: a proof of it, with the ``parent``'s manifest.

    Raises:
        DataSetMismatchError: the data set names no parent, or another one; or the relation is no subset.
        ProofMismatchError: the relation is of other data sets, or does not hold; MalformedProofError.
    """
    if relation is None or parent is None:
        return "none" if dataset.parent is None else "claimed"
    if dataset.parent != parent.identity:
        raise DataSetMismatchError(
            "The data set does not name this data set as its parent.",
            remedy="Give the manifest of the parent that `zkattest data inspect` shows.",
        )
    if relation.kind != "subset":
        raise DataSetMismatchError("Being disjoint says nothing of a parent.", remedy="Prove a subset.")
    if not relation.check(dataset, parent):
        raise ProofMismatchError(
            "The proof of the relation to the parent does not hold.", remedy="Do not rely on the parent."
        )
    return "proved: a subset of it" if relation.first == parent.identity else "proved: contains it"


#: Of each shard its tensors, flat.
_Shards = list[list[IntTensor]]


def _read(store: DataSetStore) -> tuple[_Shards, bytes]:
    """All shards, and the blinders of all their rows."""
    shards: _Shards = []
    blinders: list[bytes] = []
    for shard in store.shards():
        shards.append([np.ascontiguousarray(v, dtype=np.int64).reshape(-1) for v in shard.tensors.values()])
        blinders += shard.blinders
    return shards, b"".join(blinders)


def _witness(
    comparison: Comparison, first: _Shards, second: _Shards
) -> tuple[Comparison, _native.NativeWitness]:
    """The witness, with the first constants that tell the rows apart."""
    for attempt in range(ATTEMPTS):
        tried = replace(comparison, attempt=attempt)
        try:
            return tried, tried.circuit.witness(first, second)
        except FingerprintError:
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("there is an attempt")
