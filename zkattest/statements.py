"""Statements: the public claims that proofs are about, and their canonical encodings.

The encodings are shared with ``verifier_contracts/src/interfaces/IVerifier.sol``; the tests compare both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
import numpy.typing as npt
from eth_abi.abi import encode as abi_encode
from eth_utils.address import is_checksum_address
from eth_utils.crypto import keccak

from zkattest.encoding import Reader, Writer
from zkattest.errors import FormatError, ShapeError

#: The context of a proof that is bound to no chain; such a proof can never be anchored.
OFF_CHAIN: Final = bytes(32)

CONTEXT_DOMAIN: Final = keccak(b"zkattest-context-v1")
ATTESTATION_DOMAIN: Final = keccak(b"zkattest-attestation-v1")


def encode_output(values: npt.NDArray[np.int64]) -> bytes:
    """Canonical output bytes: the flattened integers, row-major, each int64 big-endian."""
    return np.ascontiguousarray(values, dtype=np.int64).astype(">i8").tobytes()


def decode_output(data: bytes) -> npt.NDArray[np.int64]:
    """The inverse of :func:`encode_output`; a flat int64 array."""
    if len(data) % 8:
        raise FormatError(f"Output bytes come in groups of 8; got {len(data)}.")
    return np.frombuffer(data, dtype=">i8").astype(np.int64)


def context_digest(
    *, chain_id: int, registry: str, model_id: int, version: int, model_hash: bytes, nonce: bytes
) -> bytes:
    """Where and for which registered model version a proof may be used, as 32 bytes bound by the proof.

    keccak256 of ``abi.encode(DOMAIN, chainid, registry, modelId, version, modelHash, nonce)``. DOMAIN is
    :data:`CONTEXT_DOMAIN`, ``registry`` the AttestationRegistry, ``nonce`` 32 bytes of the prover's choice.
    """
    return keccak(
        abi_encode(
            ["bytes32", "uint256", "address", "uint256", "uint64", "bytes32", "bytes32"],
            [CONTEXT_DOMAIN, chain_id, registry, model_id, version, model_hash, nonce],
        )
    )


def attestation_digest(*, context: bytes, input_commitment: bytes, output: bytes) -> bytes:
    """The id under which the AttestationRegistry records a claim, 32 bytes.

    keccak256 of ``abi.encode(DOMAIN, context, inputCommitment, keccak256(output))``. DOMAIN is
    :data:`ATTESTATION_DOMAIN`; ``context`` is :func:`context_digest`, 32 bytes like ``input_commitment``. The
    registry keeps neither commitment nor output: who holds the claim computes its id.
    """
    return keccak(
        abi_encode(
            ["bytes32", "bytes32", "bytes32", "bytes32"],
            [ATTESTATION_DOMAIN, context, input_commitment, keccak(output)],
        )
    )


@dataclass(frozen=True)
class Binding:
    """Where a proof may be used: the opening of its context. Public.

    Attributes:
        chain_id: EIP-155 chain id.
        registry: checksummed address of the AttestationRegistry.
        model_id, version: the registered model version.
        nonce: 32 bytes chosen by the prover; a fresh one lets the same answer be attested again.
    """

    chain_id: int
    registry: str
    model_id: int
    version: int
    nonce: bytes

    def __post_init__(self) -> None:
        if not is_checksum_address(self.registry):
            raise FormatError(f"{self.registry!r} is no checksummed address.")
        if len(self.nonce) != 32:
            raise FormatError(f"A nonce has 32 bytes; got {len(self.nonce)}.")
        for name, bits in (("chain_id", 256), ("model_id", 256), ("version", 64)):
            if not 0 <= getattr(self, name) < 1 << bits:
                raise FormatError(f"{name} of a binding is outside 0..2^{bits}-1.")

    def context(self, model_hash: bytes) -> bytes:
        """The 32 bytes that the proof binds; see :func:`context_digest`."""
        return context_digest(
            chain_id=self.chain_id,
            registry=self.registry,
            model_id=self.model_id,
            version=self.version,
            model_hash=model_hash,
            nonce=self.nonce,
        )


#: Stands in a statement for the commitment to a value that the statement shows itself.
NO_COMMITMENT: Final = bytes(32)

#: Kinds of encodings, by (input is shown, output is hidden). Contracts take the first.
_KINDS: Final = {
    (False, False): "inference",
    (True, False): "inference, input public",
    (False, True): "inference, output private",
    (True, True): "inference, input public, output private",
}


@dataclass(frozen=True)
class Inference:
    """This model, on the input behind this commitment, gives this output.

    Attributes:
        model_hash: identity of the model commitment, 32 bytes.
        circuit_hash: digest of the circuit (architecture and statement, no weights), 32 bytes.
        vk_hash: digest of the verifying key, 32 bytes.
        input_commitment: hiding commitment to the quantised input, 32 bytes, backend-specific;
            :data:`NO_COMMITMENT` where the input is public.
        output: quantised output, :func:`encode_output` bytes; empty where it stays private. Of a batch: the
            outputs one after the other.
        context: :func:`context_digest`, or :data:`OFF_CHAIN`.
        input: quantised input in the same encoding; empty where it stays private.
        output_commitment: hiding commitment to a private output, 32 bytes; else :data:`NO_COMMITMENT`.
    """

    model_hash: bytes
    circuit_hash: bytes
    vk_hash: bytes
    input_commitment: bytes
    output: bytes
    context: bytes = OFF_CHAIN
    input: bytes = b""
    output_commitment: bytes = NO_COMMITMENT

    MAGIC: ClassVar = b"ZKST"
    VERSION: ClassVar = 1

    def __post_init__(self) -> None:
        for name in (
            "model_hash",
            "circuit_hash",
            "vk_hash",
            "input_commitment",
            "context",
            "output_commitment",
        ):
            if len(getattr(self, name)) != 32:
                raise FormatError(f"{name} of a statement has 32 bytes; got {len(getattr(self, name))}.")
        if len(self.output) % 8 or bool(self.output) == self.output_is_private:
            raise ShapeError(
                "A statement's output is 8 bytes per value, at least one, or stays private behind a "
                f"commitment; got {len(self.output)} bytes"
                f"{' and a commitment' if self.output_is_private else ''}."
            )
        if len(self.input) % 8 or (self.input and self.input_commitment != NO_COMMITMENT):
            raise ShapeError(
                "A statement's public input is 8 bytes per value and has no commitment; got "
                f"{len(self.input)} bytes{' and a commitment' if any(self.input_commitment) else ''}."
            )

    @property
    def input_is_public(self) -> bool:
        """The statement shows the input itself."""
        return bool(self.input)

    @property
    def output_is_private(self) -> bool:
        """The statement shows a commitment to the output only."""
        return self.output_commitment != NO_COMMITMENT

    @property
    def kind(self) -> str:
        """Name of the encoding; ``"inference"`` is the one that contracts take."""
        return _KINDS[self.input_is_public, self.output_is_private]

    def to_bytes(self) -> bytes:
        """The canonical encoding; for private input and public output, the one that contracts build."""
        writer = Writer(self.MAGIC, self.VERSION).text(self.kind)
        for value in (self.model_hash, self.circuit_hash, self.vk_hash, self.input_commitment, self.context):
            writer.fixed(value, 32)
        writer.blob(self.output)
        if self.kind != "inference":
            writer.blob(self.input).fixed(self.output_commitment, 32)
        return writer.finish()

    @classmethod
    def from_bytes(cls, data: bytes) -> Inference:
        """Decode :meth:`to_bytes`.

        Raises:
            FormatError, ShapeError.
        """
        reader = Reader(data, cls.MAGIC, cls.VERSION, what="statement")
        kind = reader.text()
        if kind not in _KINDS.values():
            raise reader.fail(f"unknown kind {kind[:40]!r}")
        model, circuit, key, commitment, context = (reader.fixed(32) for _ in range(5))
        output = reader.blob()
        shown, hidden = (b"", NO_COMMITMENT) if kind == "inference" else (reader.blob(), reader.fixed(32))
        reader.finish()
        statement = cls(model, circuit, key, commitment, output, context, shown, hidden)
        if statement.kind != kind:
            raise reader.fail(f"it is of kind {statement.kind!r} and says {kind!r}")
        return statement

    @property
    def public_values(self) -> npt.NDArray[np.int64]:
        """What the statement shows, flat: the output where it is public, then the input where it is."""
        return np.concatenate([decode_output(self.output), decode_output(self.input)])

    @property
    def digest(self) -> bytes:
        """keccak256 of the encoding."""
        return keccak(self.to_bytes())
