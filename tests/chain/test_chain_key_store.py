"""The store of keys through the client: what is missing is written, once; what is malformed is refused."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import pytest
from chain_world import DisturbedProvider, chain_on
from eth_utils.crypto import keccak

from zkattest.backends.base import KeyPublication
from zkattest.chain import Chain
from zkattest.chain.key_store import KeyStore
from zkattest.errors import RevertedError

#: The generator of the first group (EIP-197).
POINT = (1).to_bytes(32, "big") + (2).to_bytes(32, "big")


def circuit(*, model_rows: int = 2, output_rows: int = 0, masks: int = 2, log_row: int = 10) -> bytes:
    """A description that begins as one; the store looks no further."""
    rows = (model_rows, 1, output_rows, 3, 1, masks, 1)
    return struct.pack(">4sHBBBB7I6HI", b"ZKCI", 2, log_row, 4, 5, 2, *rows, *range(6), 10) + b"sections"


def publication(description: bytes, *, points: bytes = 2 * POINT, seed: int = 0) -> KeyPublication:
    words = [keccak(bytes([seed, index])) for index in range(6)]
    words[4] = keccak(description)
    return KeyPublication(description, b"".join(words) + points, keccak(b"encoding"))


@pytest.fixture
def store(chain: Chain) -> KeyStore:
    return KeyStore(chain._session, chain.deploy())


def test_a_key_is_published_once(
    store: KeyStore, chain: Chain, provider: DisturbedProvider, tmp_path: Path
) -> None:
    data = publication(circuit())
    vk_hash = keccak(data.record + data.encoding_digest)
    assert not store.holds_circuit(keccak(data.circuit))
    assert not store.holds_key(vk_hash)
    done = store.publish(data)
    assert (done.vk_hash, done.circuit_digest) == (vk_hash, keccak(data.circuit))
    assert done.circuit is not None
    assert done.key is not None
    assert done.gas() == {"circuit": done.circuit.gas_used, "key": done.key.gas_used}
    assert done.gas_used == sum(done.gas().values())
    assert store.holds_key(vk_hash)
    height = chain.block_number()
    again = store.publish(data)
    assert (again.circuit, again.key, again.gas_used) == (None, None, 0)
    with chain_on(provider, tmp_path / "elsewhere") as other:  # another machine's records
        assert KeyStore(other._session, other.deploy()).publish(data).gas_used == 0
    assert chain.block_number() == height


def test_models_of_one_architecture_share_its_circuit(store: KeyStore) -> None:
    first, second = publication(circuit(), seed=0), publication(circuit(), seed=1)
    assert store.publish(first).circuit is not None
    done = store.publish(second)
    assert (done.circuit, done.key is None) == (None, False)


def test_a_record_is_that_of_one_key(store: KeyStore) -> None:
    """The digest of the rest of the key is in the key's, so the same record serves other keys as others."""
    data = publication(circuit())
    first = store.publish(data)
    second = store.publish(replace(data, encoding_digest=bytes(32)))
    assert second.key is not None
    assert first.vk_hash != second.vk_hash


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (publication(b"ZKCI"), "NotACircuit"),
        (publication(b"ZKCI\0\x01" + bytes(60)), "NotACircuit"),
        (publication(circuit(output_rows=1)), "PrivateOutput"),
        (publication(circuit(masks=1)), "MaskRows"),
        (publication(circuit(log_row=5)), "RowSizeOutOfRange"),
        (publication(circuit() + bytes(24_575)), "TooLong"),
        (publication(circuit(), points=POINT), "MalformedRecord"),
        (publication(circuit(), points=POINT + bytes(64)), "PointAtInfinity"),
        (publication(circuit(), points=POINT + POINT[:63] + b"\x03"), "PointNotOnCurve"),
        (publication(circuit(), points=POINT + b"\xff" * 64), "CoordinateOutOfRange"),
    ],
)
def test_what_is_malformed_is_refused_by_name(store: KeyStore, data: KeyPublication, name: str) -> None:
    with pytest.raises(RevertedError) as caught:
        store.publish(data)
    assert caught.value.name == name
    assert caught.value.remedy
