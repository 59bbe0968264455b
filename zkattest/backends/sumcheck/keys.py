"""What the keys carry: canonical containers inside the outer encoding of :mod:`zkattest.backends.base`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Final, NamedTuple

from eth_utils.crypto import keccak

from zkattest.backends.base import StatementShape, Visibility
from zkattest.backends.sumcheck.circuit import Parameters
from zkattest.backends.sumcheck.header import HEADER_BYTES, CircuitHeader
from zkattest.encoding import Reader, Writer
from zkattest.layouts import Layout
from zkattest.metrics.score import Score

#: Changes with anything that ``docs/protocol.md`` fixes.
PROOF_SYSTEM: Final = "sumcheck-bn254-v1"

#: Changes with anything that makes the compiler give other circuits for an architecture.
COMPILER: Final = 3

REGISTRATION_DOMAIN: Final = b"zkattest-registration-v1"

#: Encoded sizes: a point of the first group, a point of the second.
G1_BYTES: Final = 64
G2_BYTES: Final = 128

#: An evaluation part: log2 of the number of gates (u8), C0, and Q, which shows that C0 is the circuit's.
EVALUATION_BYTES: Final = 1 + 2 * G1_BYTES

#: Bytes of a record before the model's rows: six digests, the shape, C0.
RECORD_HEAD: Final = 6 * 32 + 2 * G1_BYTES
_SHAPE_PADDING: Final = bytes(9)

_VISIBILITIES: Final[tuple[Visibility, Visibility]] = ("private", "public")


def circuit_hash(circuit: bytes, registration: bytes, evaluation: bytes = b"") -> bytes:
    """Digest of what is proved of an inference and, once, of the model: keccak256 of the digests of both
    descriptions and, where contracts judge proofs, of all that they judge by: shape and C0. A gate names
    circuits by it, and takes proofs under every key that has it, so that it has to fix what they prove.

    Arguments:
        evaluation: part of the verifying key; see :class:`VerifierData`.
    """
    table = shape_words(circuit, evaluation[0]) + evaluation[1 : 1 + G1_BYTES] if evaluation else b""
    return keccak(keccak(circuit) + keccak(registration) + table)


def registration_binding(srs_digest: bytes, model_hash: bytes) -> bytes:
    """What the transcript of a registration proof begins with, in place of a key's digest."""
    return keccak(REGISTRATION_DOMAIN + srs_digest + model_hash)


def shape_words(circuit: bytes, log_gates: int) -> bytes:
    """What a contract knows of a circuit besides its digest, 64 bytes: its header, log2 of the number of
    gates (u8), zeros."""
    return circuit[:HEADER_BYTES] + bytes([log_gates]) + _SHAPE_PADDING


class DataTensor(NamedTuple):
    """One tensor of the data rows: a shard's, or the inputs.

    Attributes:
        name: ``"x"``; of a metric's key also the target and the labels.
        shape: elements, row-major.
        box: cells, whose first corner they are in.
    """

    name: str
    shape: tuple[int, ...]
    box: tuple[int, ...]


def data_names(shape: StatementShape) -> tuple[str, ...]:
    """Names of the data tensors, in the order of commitment.

    Raises:
        FormatError: its score does not decode.
    """
    return Score.from_bytes(shape.score).tensors if shape.score else ("x",)


@dataclass(frozen=True)
class VerifierData:
    """Payload of the verifying key: everything that verification needs, and nothing secret.

    Attributes:
        shape: what statements show.
        compiler: version of the compiler of circuits.
        columns, limb_bits, padded: parameters of the circuit; see
            :class:`zkattest.backends.sumcheck.circuit.Parameters`.
        architecture: encoding of the :class:`zkattest.frontend.Architecture` that the circuits were compiled
            from: everybody compiles them again.
        circuit: canonical description of what a proof is about.
        registration: canonical description of what is proved of the model once: weights in their ranges.
        tau_g2: [tau]_2, 128 bytes.
        model_layout: digest of the layout of the model's commitment, 32 bytes.
        data: in which the inputs are committed to (:func:`zkattest.commitments.commit_data`): ``"x"``; of a
            metric's key all tensors of a shard, in the order of commitment.
        output_shape, output_box: in which private outputs are; empty where they are public.
        model_rows: commitments of the model's rows, 64 bytes each.
        registration_proof: proof for ``registration``.
        evaluation: log2 of the number of gates of the circuit's table (u8), its commitment C0, and the
            opening Q that shows off chain that C0 is the table's; with it proofs carry an evaluation
            argument, and a contract can judge them. Empty: they carry none, and no contract takes them.
    """

    shape: StatementShape
    compiler: int
    columns: int
    limb_bits: int
    padded: bool
    architecture: bytes = field(repr=False)
    circuit: bytes = field(repr=False)
    registration: bytes = field(repr=False)
    tau_g2: bytes
    model_layout: bytes
    data: tuple[DataTensor, ...]
    output_shape: tuple[int, ...]
    output_box: tuple[int, ...]
    model_rows: bytes = field(repr=False)
    registration_proof: bytes = field(repr=False)
    evaluation: bytes = field(repr=False)

    MAGIC: ClassVar = b"ZKSV"
    VERSION: ClassVar = 4

    def to_bytes(self) -> bytes:
        writer = (
            Writer(self.MAGIC, self.VERSION)
            .u8(_VISIBILITIES.index(self.shape.input))
            .u8(_VISIBILITIES.index(self.shape.output))
            .u32(self.shape.batch)
            .blob(self.shape.score)
            .u32(self.compiler)
            .u8(self.columns)
            .u8(self.limb_bits)
            .u8(int(self.padded))
            .blob(self.architecture)
            .blob(self.circuit)
            .blob(self.registration)
            .fixed(self.tau_g2, G2_BYTES)
            .fixed(self.model_layout, 32)
        )
        writer.u8(len(self.data))
        for name, elements, box in self.data:
            _write_sizes(_write_sizes(writer.text(name), elements), box)
        _write_sizes(_write_sizes(writer, self.output_shape), self.output_box)
        writer.blob(self.model_rows).blob(self.registration_proof).blob(self.evaluation)
        return writer.finish()

    @classmethod
    def from_bytes(cls, data: bytes) -> VerifierData:
        """Decode; the descriptions, points and proof inside are not looked at yet.

        Raises:
            FormatError, VersionError.
        """
        reader = Reader(data, cls.MAGIC, cls.VERSION, what="sumcheck verifying key")
        shape, compiler, columns, limb_bits = _read_shape(reader), reader.u32(), reader.u8(), reader.u8()
        padded = reader.u8()
        if padded > 1:
            raise reader.fail(f"its flag for padding is {padded}, expected 0 or 1")
        architecture, circuit, registration = reader.blob(), reader.blob(), reader.blob()
        tau_g2, model = reader.fixed(G2_BYTES), reader.fixed(32)
        tensors = tuple(
            DataTensor(reader.text(), _read_sizes(reader), _read_sizes(reader)) for _ in range(reader.u8())
        )
        outputs, output_box = _read_sizes(reader), _read_sizes(reader)
        rows, proof, evaluation = reader.blob(), reader.blob(), reader.blob()
        reader.finish()
        decoded = cls(
            shape,
            compiler,
            columns,
            limb_bits,
            bool(padded),
            architecture,
            circuit,
            registration,
            tau_g2,
            model,
            tensors,
            outputs,
            output_box,
            rows,
            proof,
            evaluation,
        )
        if len(decoded.model_rows) % G1_BYTES:
            raise reader.fail(f"its model rows have {len(decoded.model_rows)} bytes, {G1_BYTES} to a row")
        if len(evaluation) not in (0, EVALUATION_BYTES):
            raise reader.fail(
                f"its evaluation part has {len(evaluation)} bytes, expected {EVALUATION_BYTES} or none"
            )
        if [tensor.name for tensor in tensors] != list(data_names(shape)):
            raise reader.fail(f"its data rows hold other tensors than {', '.join(data_names(shape))}")
        if decoded.shape.output == "public" and (decoded.output_shape or decoded.output_box):
            raise reader.fail("its outputs are public, and it says how they are committed to")
        return decoded

    def data_layout(self, row_size: int) -> Layout:
        """Layout of a commitment to inputs, or to a shard.

        Raises:
            CommitmentError: there is none for such shapes.
        """
        return Layout.pack(row_size, [(tensor.name, tensor.box, 0) for tensor in self.data])

    def output_layout(self, row_size: int) -> Layout:
        """Layout of a commitment to outputs, likewise."""
        return Layout.pack(row_size, [("x", self.output_box, 0)])

    def parameters(self, header: CircuitHeader) -> Parameters:
        """Of the compiler; ``header`` is the circuit's."""
        return Parameters(header.row_size.bit_length() - 1, self.columns, self.limb_bits, self.padded)

    @property
    def circuit_hash(self) -> bytes:
        """See :func:`circuit_hash`."""
        return circuit_hash(self.circuit, self.registration, self.evaluation)

    @property
    def evaluation_key(self) -> bytes:
        """What verifiers of proofs take of :attr:`evaluation`: log2 of the number of gates (u8), C0; empty
        where there is none."""
        return self.evaluation[: 1 + G1_BYTES]

    def record(self, srs_digest: bytes, data_layout: bytes) -> bytes:
        """What a chain stores of the key; empty where no contract takes its proofs: keccak256 of [tau]_2 |
        SRS digest | layout digests of model and data | digests of both descriptions, 32 bytes each | the
        circuit's header, 54 bytes, log2 of the number of gates (u8), 9 zero bytes | C0 | the model's rows,
        64 bytes each.

        Arguments:
            srs_digest: of the set-up string, 32 bytes.
            data_layout: digest of :meth:`data_layout`, over all tensors, 32 bytes.
        """
        if not self.evaluation:
            return b""
        digests = (
            keccak(self.tau_g2),
            srs_digest,
            self.model_layout,
            data_layout,
            keccak(self.circuit),
            keccak(self.registration),
        )
        log_gates, *_ = self.evaluation_key
        shape = shape_words(self.circuit, log_gates)
        return b"".join((*digests, shape, self.evaluation_key[1:], self.model_rows))


def _read_shape(reader: Reader) -> StatementShape:
    codes = reader.u8(), reader.u8()
    batch, score = reader.u32(), reader.blob()
    if max(codes) >= len(_VISIBILITIES) or not 1 <= batch <= 1 << 16 or (score and codes != (0, 1)):
        raise reader.fail(f"visibilities {codes} and a batch of {batch}")
    return StatementShape(_VISIBILITIES[codes[0]], _VISIBILITIES[codes[1]], batch, score)


def _write_sizes(writer: Writer, sizes: tuple[int, ...]) -> Writer:
    writer.u8(len(sizes))
    for size in sizes:
        writer.u64(size)
    return writer


def _read_sizes(reader: Reader) -> tuple[int, ...]:
    return tuple(reader.u64() for _ in range(reader.u8()))


@dataclass(frozen=True)
class ProverData:
    """Payload of the proving key. Secret: it opens the model's commitment.

    Attributes:
        model_digest: digest of the quantised model, 32 bytes; depends on the weights.
        blinders: of the model's rows, 32 bytes each.
    """

    model_digest: bytes = field(repr=False)
    blinders: bytes = field(repr=False)

    MAGIC: ClassVar = b"ZKSP"
    VERSION: ClassVar = 1

    def to_bytes(self) -> bytes:
        writer = Writer(self.MAGIC, self.VERSION).fixed(self.model_digest, 32)
        return writer.blob(self.blinders).finish()

    @classmethod
    def from_bytes(cls, data: bytes) -> ProverData:
        """Decode.

        Raises:
            FormatError, VersionError.
        """
        reader = Reader(data, cls.MAGIC, cls.VERSION, what="sumcheck proving key")
        decoded = cls(reader.fixed(32), reader.blob())
        reader.finish()
        return decoded
