"""What the keys carry: canonical containers around ezkl's own bytes, and the circuit's digest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Final

from eth_utils.crypto import keccak

from zkattest.backends.ezkl import settings as circuit_settings
from zkattest.backends.ezkl.lowering import CONTEXT_LIMBS, HASHES
from zkattest.backends.ezkl.runtime import PINNED_VERSION
from zkattest.encoding import Reader, Writer

#: Changes with ezkl's major version, with the instance layout, and with the gadgets of ``graph``.
PROOF_SYSTEM: Final = "halo2-ezkl23-bn254-v1"

#: Order of the scalar field of BN254 (EIP-197).
FIELD: Final = 21888242871839275222246405745257275088548364400416034343698204186575808495617

#: An ``.srs`` file with k = 1: the number k, two powers and two Lagrange bases in G1, two points in G2.
SRS_BYTES: Final = 4 + 4 * 64 + 2 * 128

CIRCUIT_DOMAIN: Final = b"zkattest-ezkl-circuit-v1"


def circuit_hash(architecture_digest: bytes, settings: Mapping[str, Any]) -> bytes:
    """Digest of architecture, proof system, ezkl's version and its run arguments; it depends on no weight.

    ``keccak256(domain | architecture_digest | text(proof system) | text(version) | text(run arguments as
    JSON))``
    """
    arguments = json.dumps(settings["run_args"], sort_keys=True, separators=(",", ":"))
    parts = [CIRCUIT_DOMAIN, architecture_digest]
    for text in (PROOF_SYSTEM, PINNED_VERSION, arguments):
        parts += [len(text.encode()).to_bytes(4, "big"), text.encode()]
    return keccak(b"".join(parts))


def public_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """``settings`` in their canonical form."""
    decoded: dict[str, Any] = json.loads(circuit_settings.canonical(settings))
    return decoded


@dataclass(frozen=True)
class VerifierData:
    """Payload of the verifying key: everything that verification needs. Of the weights, a hiding hash only.

    Attributes:
        architecture_digest: of the quantised model, 32 bytes.
        weights: Poseidon hash of the weights and their salt, 32 bytes big-endian: the third public value.
        outputs: number of output values.
        proof_length: bytes of the Halo2 proof.
        settings: ezkl's circuit settings, canonical JSON.
        srs: the ceremony's first powers and its G2 points, as an ``.srs`` file with k = 1.
        vk: Halo2's verifying key, raw bytes.
    """

    architecture_digest: bytes
    weights: bytes
    outputs: int
    proof_length: int
    settings: bytes
    srs: bytes = field(repr=False)
    vk: bytes = field(repr=False)

    MAGIC: ClassVar = b"ZKEV"
    VERSION: ClassVar = 1

    def to_bytes(self) -> bytes:
        return (
            Writer(self.MAGIC, self.VERSION)
            .fixed(self.architecture_digest, 32)
            .fixed(self.weights, 32)
            .u32(self.outputs)
            .u32(self.proof_length)
            .blob(self.settings)
            .blob(self.srs)
            .blob(self.vk)
            .finish()
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> VerifierData:
        """Decode and check.

        Raises:
            FormatError, VersionError.
        """
        reader = Reader(data, cls.MAGIC, cls.VERSION, what="ezkl verifying key")
        decoded = cls(
            reader.fixed(32),
            reader.fixed(32),
            reader.u32(),
            reader.u32(),
            reader.blob(),
            reader.blob(),
            reader.blob(),
        )
        reader.finish()
        sizes = [size for shape in decoded.decoded_settings["model_instance_shapes"] for size in shape]
        if sizes != [decoded.outputs, CONTEXT_LIMBS, 1] or decoded.outputs < 1:
            raise reader.fail(f"its circuit has outputs of sizes {sizes}")
        if int.from_bytes(decoded.weights, "big") >= FIELD:
            raise reader.fail("its commitment to the weights is no canonical field element")
        if len(decoded.srs) != SRS_BYTES:
            raise reader.fail(f"its first powers have {len(decoded.srs)} bytes, not {SRS_BYTES}")
        if decoded.proof_length % 32:
            raise reader.fail(f"a proof length of {decoded.proof_length} bytes is no multiple of 32")
        return decoded

    @cached_property
    def decoded_settings(self) -> dict[str, Any]:
        """The settings, checked."""
        return circuit_settings.decode(self.settings, what="ezkl verifying key")

    @property
    def circuit_hash(self) -> bytes:
        """The circuit digest that belongs to this payload."""
        return circuit_hash(self.architecture_digest, self.decoded_settings)

    @property
    def instances(self) -> int:
        """Number of public values."""
        return HASHES + self.outputs + CONTEXT_LIMBS + 1


@dataclass(frozen=True)
class ProverData:
    """Payload of the proving key. Secret: the salt would open the commitment to the weights.

    Attributes:
        model_digest: sha256 of the quantised model, 32 bytes.
        salt: of the weights, 32 bytes big-endian.
        circuit: ezkl's compiled circuit.
        pk: Halo2's proving key, raw bytes.
    """

    model_digest: bytes
    salt: bytes = field(repr=False)
    circuit: bytes = field(repr=False)
    pk: bytes = field(repr=False)

    MAGIC: ClassVar = b"ZKEP"
    VERSION: ClassVar = 1

    def to_bytes(self) -> bytes:
        writer = Writer(self.MAGIC, self.VERSION).fixed(self.model_digest, 32)
        writer.fixed(self.salt, 32)
        for part in (self.circuit, self.pk):
            writer.u64(len(part)).fixed(part, len(part))
        return writer.finish()

    @classmethod
    def from_bytes(cls, data: bytes) -> ProverData:
        """Decode; FormatError, VersionError."""
        reader = Reader(data, cls.MAGIC, cls.VERSION, what="ezkl proving key")
        digest, salt = reader.fixed(32), reader.fixed(32)
        circuit = reader.fixed(reader.u64())
        pk = reader.fixed(reader.u64())
        reader.finish()
        return cls(digest, salt, circuit, pk)


@dataclass(frozen=True)
class Payload:
    """Payload of a proof, and the bytes that the contract takes: ``context_hash | halo2``.

    Attributes:
        context_hash: Poseidon hash of the context's limbs, 32 bytes big-endian; the circuit fixes it.
        halo2: the Halo2 proof.
    """

    context_hash: bytes
    halo2: bytes = field(repr=False)

    def to_bytes(self) -> bytes:
        return self.context_hash + self.halo2


def felt_json(value: int) -> str:
    """A field element as ezkl writes it in JSON: 32 bytes little-endian in hexadecimal."""
    return (value % FIELD).to_bytes(32, "little").hex()


def felt_from_json(text: str) -> int:
    """The inverse of :func:`felt_json`."""
    return int.from_bytes(bytes.fromhex(text), "little")


def signed(value: int) -> int:
    """The integer of least magnitude that a field element stands for."""
    return value if value <= FIELD // 2 else value - FIELD


def context_limbs(context: bytes) -> tuple[int, int]:
    """The two public limbs of a context of 32 bytes: high half, low half."""
    return int.from_bytes(context[:16], "big"), int.from_bytes(context[16:], "big")
