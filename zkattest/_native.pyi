"""The Rust extension. Every failure is raised as a class of :mod:`zkattest.errors`; long calls release the
interpreter lock. Points are canonical bytes: 64 (G1: x, y) or 128 (G2: imaginary parts first), big-endian."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__version__: str

class NativeSrs:
    """A structured reference string; see :class:`zkattest.srs.Srs`."""

    @staticmethod
    def development(log2_size: int) -> NativeSrs: ...
    @staticmethod
    def read(path: str) -> NativeSrs: ...
    @staticmethod
    def from_bytes(data: bytes) -> NativeSrs: ...
    @staticmethod
    def import_ptau(
        path: str, max_degree: int | None, expected: bytes | None
    ) -> tuple[NativeSrs, bytes, int, int]:
        """The string, blake2b-512 of the file, its power and its ceremony's power."""
    @staticmethod
    def import_ignition(paths: Sequence[str], max_degree: int | None) -> NativeSrs: ...
    @staticmethod
    def import_halo2(path: str, max_degree: int | None, expected: bytes | None) -> tuple[NativeSrs, bytes]:
        """The string and blake2b-512 of the file."""
    def check(self) -> None: ...
    def prefix(self, degree: int) -> NativeSrs: ...
    def labelled(self, provenance: str, is_unsafe: bool) -> NativeSrs: ...
    def with_lagrange(self, k: int) -> NativeSrs: ...
    def without_lagrange(self) -> NativeSrs: ...
    def digest_at(self, degree: int) -> bytes: ...
    def to_bytes(self) -> bytes: ...
    def halo2_bytes(self, k: int) -> bytes: ...
    def power(self, index: int) -> bytes: ...
    @property
    def tau_g2(self) -> bytes: ...
    @property
    def max_degree(self) -> int: ...
    @property
    def is_unsafe(self) -> bool: ...
    @property
    def provenance(self) -> str: ...

class NativeLayout:
    """Places of tensors in rows; see :class:`zkattest.commitments.Layout`."""

    def __new__(cls, row_size: int, tensors: Sequence[tuple[str, Sequence[int], int]]) -> NativeLayout:
        """``tensors``: name, shape and group of each."""
    @property
    def row_size(self) -> int: ...
    @property
    def rows(self) -> int: ...
    @property
    def digest(self) -> bytes: ...
    @property
    def places(self) -> list[tuple[int, int, int]]:
        """(row, offset, inner) per tensor."""

class NativeRows:
    """Flattened tensors in their layout, ready to be committed to."""

    def __new__(cls, layout: NativeLayout, tensors: Sequence[npt.NDArray[np.int64]]) -> NativeRows: ...
    def commit(self, srs: NativeSrs, first: int, blinders: bytes) -> bytes:
        """Commitments of rows ``first ..``, one per 32-byte blinder, 64 bytes each."""

class NativeCircuit:
    """The circuit of an architecture, with what a prover needs besides; see ``circuits/``."""

    @staticmethod
    def compile(
        architecture: bytes,
        tables: Sequence[Sequence[int]],
        *,
        log_row: int,
        columns: int,
        limb_bits: int,
        padded: bool,
        batch: int,
        input_public: bool,
        output_public: bool,
        score: bytes | None = None,
    ) -> NativeCircuit:
        """``tables``: of each sigmoid or tanh, in order of nodes, its value at every input from lowest to
        highest. Errors about a node have its number as ``node``. ``score`` replaces the outputs: ``batch`` is
        then a shard's capacity, inputs are private and ``output_public`` is set."""
    @property
    def circuit(self) -> bytes: ...
    @property
    def registration(self) -> bytes: ...
    @property
    def numbers(self) -> tuple[int, int, int, int]:
        """Entries of the circuit's tables, points of its functionals (2^variables each), bytes of a proof,
        and of the memory that it adds to a process."""
    @property
    def registration_numbers(self) -> tuple[int, int, int, int]: ...
    @property
    def gas(self) -> dict[str, Any]:
        """What a contract pays to verify a proof with an evaluation argument: counts of its shape (``rows``
        by region, ``rounds`` and ``degrees`` of the sum-checks, ``public`` integers, ``inputs`` of the table
        of gates, ``proof_bytes``), and ``total``, the gas modelled."""
    @property
    def log_gates(self) -> int:
        """log2 of the number of gates of the circuit's table."""
    def device_memory(self, degree: int) -> tuple[int, int]:
        """Bytes that a proof takes of a device's memory where nothing is made shorter, and at least, with
        powers of tau up to ``degree``; zeros where rows are too short for a device."""
    @property
    def evaluation_degree(self) -> int:
        """Highest power of tau that keys and proofs with an evaluation part need."""
    @property
    def evaluated_proof_bytes(self) -> int:
        """Of a proof with an evaluation argument."""
    def evaluation_part(self, srs: NativeSrs, srs_digest: bytes, device: tuple[str, int | None]) -> bytes:
        """log2 of the number of gates (u8), C0, Q: the evaluation part of a key."""
    def check_evaluation(self, part: bytes, tau_g2: bytes, srs_digest: bytes) -> bool:
        """Whether an evaluation part is that of this circuit; ``part`` has 129 bytes."""
    @property
    def data_shape(self) -> list[int]:
        """Shape in which the inputs are committed to: elements."""
    @property
    def data_box(self) -> list[int]:
        """The box of cells that the inputs are in the first corner of."""
    @property
    def output_shape(self) -> list[int]:
        """Likewise private outputs; empty where they are public."""
    @property
    def data_tensors(self) -> list[tuple[list[int], list[int]]]:
        """Shape and box of each tensor of the data rows: x, and for a score y in regression, l0, l1, …"""
    @property
    def output_box(self) -> list[int]: ...
    def witness(
        self,
        samples: Sequence[
            tuple[npt.NDArray[np.int64], Sequence[npt.NDArray[np.int64]], Sequence[npt.NDArray[np.int64]]]
        ],
        labels: Sequence[npt.NDArray[np.int64]] | None = None,
        bounds: Sequence[int] | None = None,
        threads: int | None = None,
    ) -> NativeWitness:
        """Per sample the input, and of each node the accumulator and the output, all flat. For a score also
        the data tensors after x, flattened row-major, and the thresholds of its clauses. Errors about a ratio
        or a clause have its number as ``ratio`` or ``clause``."""

class NativeWitness:
    """The cells of one proof; secret."""

    @property
    def public(self) -> list[int]:
        """The integers that the statement shows: outputs and inputs, or counts, or thresholds."""

class NativeDataCircuit:
    """The circuit that registers a shard of a data set; see ``circuits/src/data_set``."""

    @staticmethod
    def compile(spec: bytes, *, log_row: int, padded: bool) -> NativeDataCircuit: ...
    @property
    def circuit(self) -> bytes: ...
    @property
    def numbers(self) -> tuple[int, int, int, int]:
        """As of :class:`NativeCircuit`."""
    @property
    def tensors(self) -> list[tuple[list[int], list[int]]]:
        """Shape and box of x, of y in regression, of l0, l1, …: what they are committed to in."""

class NativeRelation:
    """The circuit that relates two data sets; see ``circuits/src/relation``."""

    @staticmethod
    def compile(relation: bytes, *, log_row: int, padded: bool) -> NativeRelation: ...
    @property
    def circuit(self) -> bytes: ...
    @property
    def numbers(self) -> tuple[int, int, int, int]:
        """As of :class:`NativeCircuit`."""
    @property
    def shard_rows(self) -> list[int]:
        """Rows of the commitment of a shard, of each set."""
    def witness(
        self,
        first: Sequence[Sequence[npt.NDArray[np.int64]]],
        second: Sequence[Sequence[npt.NDArray[np.int64]]],
    ) -> NativeWitness:
        """Of each set, of each shard its tensors, row-major. ``FalseRelationError`` where the relation does
        not hold, ``FingerprintError`` where another seed is needed."""

class NativeVerifier:
    """The verifier of the native protocol, for one circuit, [tau]_2 and model; with an evaluation key (log2
    of the number of gates, C0; 65 bytes) of proofs that carry an evaluation argument."""

    def __new__(
        cls, circuit: bytes, tau_g2: bytes, model_rows: bytes, evaluation: bytes = b""
    ) -> NativeVerifier: ...
    def verify(
        self, key_binding: bytes, statement_digest: bytes, public: Sequence[int], proof: bytes
    ) -> bool: ...

def sumcheck_choose(
    architecture: bytes,
    *,
    batch: int,
    input_public: bool,
    output_public: bool,
    padded: bool | None = None,
    goal: str = "speed",
    log_row: int | None = None,
    powers: int | None = None,
    score: bytes | None = None,
) -> tuple[int, int, int, bool]:
    """log2 of the row size (given or chosen), lookups to a helper cell, bits of a limb, padded (given or
    chosen); cheapest for the goal ``"speed"``, ``"gas"`` or ``"balanced"``. ``powers``: of the string."""

def model_plans(architecture: bytes, log_row: int) -> list[tuple[list[int], list[int], list[int]]]:
    """How each constant lies in its padded box: sizes of the digits that its axes are cut into, the digit
    that each axis of the box is, cells of each axis."""

def sumcheck_prove(
    circuit: NativeCircuit,
    srs: NativeSrs,
    constants: Sequence[npt.NDArray[np.int64]],
    witness: NativeWitness,
    *,
    blinders: tuple[bytes, bytes, bytes],
    data_rows: bytes,
    output_rows: bytes,
    key_binding: bytes,
    statement_digest: bytes,
    evaluation: bool = False,
    threads: int | None = None,
    device: tuple[str, int | None] = ("cpu", None),
    progress: Callable[[str], object] | None = None,
) -> bytes:
    """A proof. ``blinders``: of model, data and output rows, 32 bytes each. ``evaluation``: with an
    evaluation argument, as its key says. ``progress`` is called in this thread with the name of each phase;
    what it raises, or a pending signal, cancels the proof. ``device``: as
    :func:`zkattest.devices.asked_device` has it."""

def sumcheck_register(
    circuit: NativeCircuit,
    srs: NativeSrs,
    constants: Sequence[npt.NDArray[np.int64]],
    *,
    blinders: bytes,
    key_binding: bytes,
    threads: int | None = None,
    device: tuple[str, int | None] = ("cpu", None),
    progress: Callable[[str], object] | None = None,
) -> bytes:
    """A registration proof; likewise."""

def sumcheck_register_data(
    circuit: NativeDataCircuit,
    srs: NativeSrs,
    tensors: Sequence[npt.NDArray[np.int64]],
    *,
    blinders: bytes,
    data_rows: bytes,
    key_binding: bytes,
    labelled: int,
    threads: int | None = None,
    device: tuple[str, int | None] = ("cpu", None),
    progress: Callable[[str], object] | None = None,
) -> bytes:
    """A registration proof of a shard: ``tensors`` as in :attr:`NativeDataCircuit.tensors`, row-major;
    ``labelled``: rows that have a label. Where it or the tensors are wrong, the proof is rejected."""

def sumcheck_prove_relation(
    relation: NativeRelation,
    srs: NativeSrs,
    witness: NativeWitness,
    *,
    blinders: bytes,
    data_rows: bytes,
    key_binding: bytes,
    threads: int | None = None,
    device: tuple[str, int | None] = ("cpu", None),
    progress: Callable[[str], object] | None = None,
) -> bytes:
    """A proof of a relation; blinders and rows of all shards of the first set, then of the second."""

def draw_blinders(rows: int) -> bytes: ...
def check_blinders(blinders: bytes, rows: int) -> None: ...
def check_rows(rows: bytes, count: int) -> None: ...
def commitment_identity(
    model: bool, row_size: int, layout_digest: bytes, srs_digest: bytes, rows: bytes
) -> bytes: ...
def ceremony_start(degree: int) -> bytes: ...
def ceremony_degree(file: bytes) -> int: ...
def ceremony_contribute(previous: bytes, name: str) -> bytes: ...
def ceremony_verify(files: Sequence[bytes]) -> tuple[bytes, list[tuple[str, bytes]], NativeSrs]:
    """Hash of the start file, (name, hash) per contribution, the string."""

def cuda_device() -> dict[str, Any]: ...
