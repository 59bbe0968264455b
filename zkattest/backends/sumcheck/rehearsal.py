"""What the contract charges for a proof, found by running it on a proof of the circuit's shape that is wrong.

The contract does for a false proof all that it does for a true one but for the last pairing, whose price is
fixed (EIP-1108). So its gas is known before there is a proof, a key or a string: here it runs inside this
process (py-evm), with hashes for scalars, the same ones each time, and one point for every point.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import count, islice
from typing import Any, Final

from eth.chains.base import MiningChain
from eth.consensus.noproof import NoProofConsensus
from eth.constants import (
    POST_MERGE_DIFFICULTY,
    POST_MERGE_MIX_HASH,
    POST_MERGE_NONCE,
    ZERO_ADDRESS,
)
from eth.db.atomic import AtomicDB
from eth.vm.forks.prague import PragueVM
from eth_abi.abi import encode as abi_encode
from eth_utils.crypto import keccak

from zkattest.backends.artifacts import shipped
from zkattest.backends.sumcheck.evm import STORE, VERIFIER
from zkattest.backends.sumcheck.header import CircuitHeader
from zkattest.backends.sumcheck.keys import shape_words
from zkattest.errors import BackendError
from zkattest.gas import transaction_gas

#: Most gas, as counted, that is worth running for: this process takes about a second for each million, and no
#: block has room for several times as much.
MOST_REHEARSED: Final = 10_000_000

#: The pairing of two pairs (EIP-1108), and the call: what a false proof saves.
_PAIRING: Final = 113_000 + 700
#: The key is cold on a chain and touched already here (EIP-2929: 2,600 against 100).
_COLD: Final = 2_500
_GAS: Final = 1 << 40
_STORE, _VERIFIER, _CALLER = (bytes([number]) * 20 for number in (0x11, 0x22, 0x33))
_KEY: Final = keccak(b"zkattest rehearsal")
#: Outputs are small, and as often negative as not.
_OUTPUT: Final = 300
_IDENTITY_DOMAIN: Final = b"zkattest-commitment-v1"
_DATA: Final = b"\x02"
_TYPES: Final = ("(bytes32,bytes32,bytes32,bytes32,bytes32,bytes)", "bytes")
_CONSTRUCTOR: Final = ("address", "bytes", "bool")
#: Points of the evaluation argument and the opening between their messages, and their values.
_BEFORE_VALUES, _VALUES, _AFTER_VALUES = 7, 22, 2


@lru_cache(maxsize=64)
def verification_gas(circuit: bytes, log_gates: int, proof_bytes: int) -> int:
    """Gas of a transaction that verifies a proof and does nothing else.

    Arguments:
        circuit: its canonical description.
        log_gates: log2 of the gates of its table.
        proof_bytes: of a proof with an evaluation argument.

    Raises:
        BackendError: the contract refuses a proof of this shape, which would be a fault of ours.
    """
    header, machine = CircuitHeader.of(circuit), _Machine()
    digest, tau = keccak(circuit), keccak(_tau())
    point = _point()
    rows = point * header.data_rows
    identity = keccak(
        _IDENTITY_DOMAIN
        + _DATA
        + header.row_size.to_bytes(8, "big")
        + bytes(64)
        + header.data_rows.to_bytes(8, "big")
        + rows
    )
    shape = shape_words(circuit, log_gates)
    content = bytes(64) + tau + bytes(64) + digest + shape + point * (1 + header.model_rows)
    machine.place(_KEY, content)
    output = b"".join(((-1) ** i * _OUTPUT).to_bytes(8, "big", signed=True) for i in range(header.public))
    statement = (bytes(32), bytes(32), _KEY, identity, _KEY, output)
    call = keccak(f"verify({','.join(_TYPES)})".encode())[:4] + abi_encode(
        _TYPES, [statement, _proof(header, proof_bytes)]
    )
    execution = machine.run(_VERIFIER, call)[1]
    zeros = call.count(0)
    # statements have digests where this one has zeros: three of 32 bytes
    return transaction_gas(zeros - 64, len(call) - zeros + 64, execution + _PAIRING + _COLD)


def _proof(header: CircuitHeader, size: int) -> bytes:
    """A proof of the right shape, and wrong."""
    early, helpers = sum(header.rows[1:6]), header.rows[6]
    points = early + helpers + _BEFORE_VALUES + _AFTER_VALUES
    scalars = size // 32 - 2 * points - _VALUES
    return (
        _point() * (early + helpers)
        + _scalars(scalars)
        + _point() * _BEFORE_VALUES
        + _scalars(_VALUES)
        + _point() * _AFTER_VALUES
    )


def _scalars(number: int) -> bytes:
    """So many scalars."""
    return b"".join(islice(_words(), number))


def _words() -> Iterator[bytes]:
    """Hashes with their first three bits cleared: below the group's order."""
    for index in count():
        word = keccak(_KEY + index.to_bytes(4, "big"))
        yield bytes([word[0] & 0x1F]) + word[1:]


@lru_cache(maxsize=1)
def _point() -> bytes:
    """A point of the first group whose coordinates have no zeros, for which a transaction pays less."""
    from zkattest.spec.points import GENERATOR_1, encode_1, multiply

    return encode_1(multiply(GENERATOR_1, 1 << 200))


@lru_cache(maxsize=1)
def _tau() -> bytes:
    """Twice the generator of the second group, as keys encode [tau]_2."""
    from zkattest.spec.points import GENERATOR_2, encode_2, multiply

    return encode_2(multiply(GENERATOR_2, 2))


class _Machine:
    """An EVM with the store and the verifier."""

    def __init__(self) -> None:
        chain: Any = _chain()
        self._vm = chain.get_vm()
        for address, name, arguments in (
            (_STORE, STORE, b""),
            (_VERIFIER, VERIFIER, abi_encode(_CONSTRUCTOR, [_STORE, _tau(), True])),
        ):
            code = self._execute(address, shipped(name).creation_code + arguments, b"").output
            self._vm.state.set_code(address, code)

    def place(self, digest: bytes, content: bytes) -> None:
        """Put a key where the store would."""
        pointer = self.run(_STORE, keccak(b"keyPointer(bytes32)")[:4] + digest)[0][-20:]
        self._vm.state.set_code(pointer, b"\0" + content)

    def run(self, address: bytes, data: bytes) -> tuple[bytes, int]:
        """What a call returns, and its gas."""
        done = self._execute(address, self._vm.state.get_code(address), data)
        return done.output, _GAS - done.get_gas_remaining()

    def _execute(self, address: bytes, code: bytes, data: bytes) -> Any:
        done = self._vm.execute_bytecode(
            origin=_CALLER,
            gas_price=0,
            gas=_GAS,
            to=address,
            sender=_CALLER,
            value=0,
            data=data,
            code=code,
        )
        if done.is_error:
            raise BackendError(
                "The verifier's contract refuses a proof of this circuit's shape."
            ) from done.error
        return done


def _chain() -> Any:
    """A chain under the rules of the embedded one, with nothing on it."""
    configured = MiningChain.configure(
        __name__="Rehearsal",
        vm_configuration=((0, PragueVM.configure(consensus_class=NoProofConsensus)),),
        chain_id=1,
    )
    return configured.from_genesis(
        AtomicDB(),
        {
            "difficulty": POST_MERGE_DIFFICULTY,
            "mix_hash": POST_MERGE_MIX_HASH,
            "nonce": POST_MERGE_NONCE,
            "coinbase": ZERO_ADDRESS,
            "gas_limit": 30_000_000,
            "timestamp": 1,
            "extra_data": b"",
        },
        {},
    )
