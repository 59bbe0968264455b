"""Deterministic addresses: contracts are created by a factory that every chain has at the same address.

The factory is Arachnid's deterministic deployment proxy: 69 bytes without owner or state that create, with
CREATE2 (EIP-1014), whatever code it is sent. An address then follows from salt, code and arguments of the
constructor alone, whoever pays: two chains hold one suite at the same addresses, and a repeated deployment
finds what is there. The factory's own address follows from a transaction whose signature nobody's key made:
anybody may publish it on a chain that lacks it.
"""

from __future__ import annotations

import contextlib
from typing import Final

from eth_utils.address import to_canonical_address, to_checksum_address
from eth_utils.crypto import keccak

from zkattest.chain.node import Node
from zkattest.chain.rpc import RpcError
from zkattest.errors import DeploymentError

FACTORY: Final = "0x4e59b44847b379578588920cA78FbF26c0B4956C"

#: Calldata is salt | creation code; it returns the 20 bytes of the new address, and reverts without a reason
#: where the code is there already or its constructor refuses.
FACTORY_CODE: Final = bytes.fromhex(
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0"
    "3601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3"
)

#: Publishes the factory; valid on every chain, because it names none (before EIP-155).
FACTORY_TRANSACTION: Final = (
    "0xf8a58085174876e800830186a08080b853604580600e600039806000f350fe"
    + FACTORY_CODE.hex()
    + "1ba0"
    + "22" * 32
    + "a0"
    + "22" * 32
)

#: Who that transaction is from, and what it may cost: 100,000 gas at 100 gwei.
FACTORY_SENDER: Final = "0x3fAB184622Dc19b6109349B94811493BF2a45362"
FACTORY_COST: Final = 100_000 * 100 * 10**9

#: Of every contract of the suite; `verifier_contracts/script/Deploy.s.sol` has the same.
SALT: Final = keccak(b"zkattest-suite-v1")


def created_address(creation: bytes, salt: bytes = SALT) -> str:
    """Where the factory puts ``creation`` (code and encoded arguments): EIP-1014, checksummed."""
    digest = keccak(b"\xff" + to_canonical_address(FACTORY) + salt + keccak(creation))
    return to_checksum_address(digest[12:])


def check_factory(node: Node) -> None:
    """Raise :class:`DeploymentError` unless the factory is on the chain; publish it where the chain takes the
    transaction and its sender has been given the gas."""
    found = node.code(FACTORY)
    if not found and node.balance(FACTORY_SENDER) >= FACTORY_COST:
        with contextlib.suppress(RpcError):  # said below, with what there is to do
            node.rpc.request("eth_sendRawTransaction", FACTORY_TRANSACTION)
        found = node.code(FACTORY)
    if found != FACTORY_CODE:
        what = "other code than the factory" if found else "no factory of deterministic addresses"
        raise DeploymentError(
            f"{node.name} has {what} at {FACTORY}.",
            remedy=f"Send {FACTORY_COST / 10**18:g} ether to {FACTORY_SENDER} and repeat the command: it "
            "publishes the factory's transaction, which anybody may (docs/contracts.md).",
        )
