"""The store of keys through the client: a record is written once; what is malformed is refused."""

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


#: Bytes of a record before its points: six digests and the shape.
HEAD = 6 * 32 + 64


def publication(
    *,
    magic: bytes = b"ZKCI",
    model_rows: int = 2,
    output_rows: int = 0,
    masks: int = 2,
    log_row: int = 10,
    public: int = 6,
    log_gates: int = 8,
    padding: bytes = bytes(9),
    points: bytes = 3 * POINT,
    seed: int = 0,
) -> KeyPublication:
    """A record of made-up digests; the store looks at the circuit's header and the points."""
    rows = (model_rows, 1, output_rows, 3, 1, masks, 1)
    header = struct.pack(">4sH4B7II6H", magic, 2, log_row, 4, 5, 2, *rows, public, *range(1, 7))
    shape = header + bytes([log_gates]) + padding
    words = [keccak(bytes([seed, index])) for index in range(6)]
    record = b"".join(words) + shape + points
    assert len(record) == HEAD + len(points)
    return KeyPublication(record, keccak(b"encoding"))


@pytest.fixture
def store(chain: Chain) -> KeyStore:
    return KeyStore(chain._session, chain.deploy())


def test_a_key_is_published_once(
    store: KeyStore, chain: Chain, provider: DisturbedProvider, tmp_path: Path
) -> None:
    data = publication()
    vk_hash = keccak(data.record + data.encoding_digest)
    assert not store.holds_key(vk_hash)
    done = store.publish(data)
    assert done.vk_hash == vk_hash
    assert done.receipt is not None
    assert done.gas_used == done.receipt.gas_used
    assert store.holds_key(vk_hash)
    height = chain.block_number()
    again = store.publish(data)
    assert (again.receipt, again.gas_used) == (None, 0)
    with chain_on(provider, tmp_path / "elsewhere") as other:  # another machine's records
        assert KeyStore(other._session, other.deploy()).publish(data).gas_used == 0
    assert chain.block_number() == height


def test_a_record_is_that_of_one_key(store: KeyStore) -> None:
    """The digest of the rest of the key is in the key's, so the same record serves other keys as others."""
    data = publication()
    first = store.publish(data)
    second = store.publish(replace(data, encoding_digest=bytes(32)))
    assert second.receipt is not None
    assert first.vk_hash != second.vk_hash


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (publication(magic=b"ZKCJ"), "NotACircuit"),
        (publication(output_rows=1), "PrivateOutput"),
        (publication(masks=1), "MaskRows"),
        (publication(log_row=5), "RowSizeOutOfRange"),
        (publication(padding=bytes(8) + b"\x01"), "NonzeroPadding"),
        (publication(log_gates=29), "TableOutOfRange"),
        (publication(log_gates=4), "TooManyInputs"),
        (publication(model_rows=379, log_gates=9, points=380 * POINT), "TooLong"),
        (publication(points=2 * POINT), "MalformedRecord"),
        (publication(points=2 * POINT + bytes(64)), "PointAtInfinity"),
        (publication(points=2 * POINT + POINT[:63] + b"\x03"), "PointNotOnCurve"),
        (publication(points=b"\xff" * 64 + 2 * POINT), "CoordinateOutOfRange"),
    ],
)
def test_what_is_malformed_is_refused_by_name(store: KeyStore, data: KeyPublication, name: str) -> None:
    with pytest.raises(RevertedError) as caught:
        store.publish(data)
    assert caught.value.name == name
    assert caught.value.remedy
