"""Every custom error of the contracts has a name, arguments and a remedy here."""

from __future__ import annotations

from typing import Any

import pytest
from chain_world import DisturbedProvider, double, execute, make_counter
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from zkattest.chain import Chain
from zkattest.chain.contracts import Contract, artifacts, signature, type_name
from zkattest.chain.reverts import PANICS, REMEDIES, decode_revert, known_errors, reverted
from zkattest.chain.transaction import Intent
from zkattest.errors import DeploymentError, RevertedError

SAMPLES: dict[str, Any] = {
    "address": "0x00000000000000000000000000000000000000AA",
    "bool": True,
    "string": "words",
    "bytes": b"\x01\x02",
    "bytes4": b"abcd",
    "bytes32": b"\x07" * 32,
}


def sample(kind: str) -> Any:
    return 3 if kind.startswith(("uint", "int")) else SAMPLES[kind]


CUSTOM = {
    signature(entry): entry
    for contract in artifacts().values()
    for entry in contract.abi
    if entry["type"] == "error"
}


def test_there_are_errors_to_decode() -> None:
    assert {"InvalidProof()", "ModelNotFound(uint256)", "AlreadyAttested(bytes32)"} <= set(CUSTOM)


@pytest.mark.parametrize("text", sorted(CUSTOM))
def test_custom_errors_decode_and_have_a_remedy(text: str) -> None:
    entry = CUSTOM[text]
    values = [sample(type_name(part)) for part in entry["inputs"]]
    data = keccak(text=text)[:4] + encode([type_name(part) for part in entry["inputs"]], values)
    error = reverted(data, doing="test")
    assert error.name == entry["name"]
    assert list(error.arguments.values()) == values
    assert list(error.arguments) == [
        part["name"] or str(position) for position, part in enumerate(entry["inputs"])
    ]
    assert error.name in str(error)
    assert error.remedy, f"REMEDIES lacks {error.name}"


def test_remedies_name_known_errors_only() -> None:
    names = {entry["name"] for entry in known_errors().values()}
    assert set(REMEDIES) <= names


@pytest.mark.parametrize("code", [*PANICS, 0x99])
def test_panics_are_told_in_words(code: int) -> None:
    error = reverted(bytes.fromhex("4e487b71") + code.to_bytes(32, "big"), doing="test")
    assert (error.name, error.arguments) == ("Panic", {"code": code})
    assert PANICS.get(code, "panic code 153") in str(error)


@pytest.mark.parametrize(
    "data",
    [
        bytes.fromhex("deadbeef"),
        b"\x01",
        keccak(text="ModelNotFound(uint256)")[:4],  # arguments missing
        bytes.fromhex("08c379a0") + b"\xff" * 64,  # a length beyond the data
        bytes.fromhex("4e487b71") + b"\x00" * 5,
    ],
)
def test_undecodable_data_is_shown_as_it_is(data: bytes) -> None:
    assert decode_revert(data) == ("unknown", {"data": "0x" + data.hex()})


def test_long_arguments_are_cut_in_messages_not_in_arguments() -> None:
    data = bytes.fromhex("08c379a0") + encode(["string"], ["x" * 500])
    assert decode_revert(data) == ("Error", {"reason": "x" * 500})


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        (1, "Refused", "Refused(code=7"),
        (2, "Error", "a reason in words"),
        (3, "Panic", "division by zero"),
        (4, "", "without a reason"),
        (5, "unknown", "0xdeadbeef"),
    ],
)
def test_reverts_of_a_running_contract(chain: Chain, kind: int, name: str, words: str) -> None:
    counter, contract = make_counter(chain), double("Counter")
    with pytest.raises(RevertedError) as caught:
        execute(chain, Intent(counter, contract.encode("fail", kind), "fail", abi=contract.abi))
    assert caught.value.name == name
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "style",
    [
        lambda data: {"code": 3, "message": "execution reverted", "data": data},  # geth, anvil, reth
        lambda data: {"code": -32015, "message": "VM execution error.", "data": f"Reverted {data}"},  # parity
        lambda data: {"code": -32603, "message": "revert", "data": {"data": data}},  # hardhat
        lambda data: {"code": 3, "message": "execution reverted: x", "data": data},
    ],
)
def test_revert_data_is_found_in_every_dialect(provider: DisturbedProvider, chain: Chain, style: Any) -> None:
    counter, contract = make_counter(chain), double("Counter")

    def speak(number: int, method: str, params: Any, response: Any) -> Any:
        error = response.get("error")
        return response if error is None or error["code"] != 3 else {"error": style(error["data"])}

    provider.after = speak
    with pytest.raises(RevertedError) as caught:
        chain._session.call(contract, counter, "fail", 1)
    assert (caught.value.name, caught.value.arguments["code"]) == ("Refused", 7)


def test_a_reason_that_the_estimate_hides_is_asked_for(provider: DisturbedProvider, chain: Chain) -> None:
    counter, contract = make_counter(chain), double("Counter")

    def hide(number: int, method: str, params: Any, response: Any) -> Any:
        if method == "eth_estimateGas":
            return {"error": {"code": -32000, "message": "gas required exceeds allowance or always failing"}}
        return response

    provider.after = hide
    with pytest.raises(RevertedError, match="a reason in words"):
        execute(chain, Intent(counter, contract.encode("fail", 2), "fail", abi=contract.abi))


# --- encodings ----------------------------------------------------------------------------------------


def test_structs_travel_as_dictionaries() -> None:
    registry = Contract.load("ModelRegistry")
    keys = {
        "modelHash": b"\1" * 32,
        "circuitHash": b"\2" * 32,
        "vkHash": b"\3" * 32,
        "proofSystemId": b"abcd",
        "uri": "u",
    }
    data = registry.encode("updateModel", 5, keys)
    kind = "(bytes32,bytes32,bytes32,bytes4,string)"
    assert data[:4] == keccak(text=f"updateModel(uint256,{kind})")[:4]
    assert data[4:] == encode(["uint256", kind], [5, tuple(keys.values())])
    answer = encode([kind, "bool", "address"], [tuple(keys.values()), True, "0x" + "aa" * 20])
    assert registry.decode_result("getModel", 1, answer) == {
        "commitment": keys,
        "deprecated": True,
        "owner": "0xaAaAaAaaAaAaAaaAaAAAAAAAAaaaAaAaAaaAaaAa",
    }


@pytest.mark.parametrize("value", [-1, 2**256, "5", None])
def test_values_out_of_range_are_typed_errors(value: Any) -> None:
    with pytest.raises(DeploymentError, match="do not fit"):
        Contract.load("ModelRegistry").encode("getModel", value)
    with pytest.raises(DeploymentError, match="no compiled contract"):
        Contract.load("NoSuchContract")
