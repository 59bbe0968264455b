"""One anvil and the contracts on it: deploy, send, and ask for verdicts by ``eth_call``."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from eth_abi.abi import encode
from eth_utils.crypto import keccak

FOUNDRY = Path(__file__).parents[2] / "verifier_contracts"
ARTIFACTS = Path(__file__).parents[2] / "zkattest" / "chain" / "artifacts"
_BINARY = FOUNDRY / "node_modules" / ".bin" / "anvil"
ANVIL = str(_BINARY) if _BINARY.exists() else shutil.which("anvil")

#: Gas of a call: more than any verification takes.
PLENTY = 100_000_000


class UnnamedFailureError(AssertionError):
    """A call ended in something that is neither a verdict nor an error of the contract's interface."""


def artifact(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def shipped(name: str) -> dict[str, Any]:
    """The contract as the package ships it."""
    return artifact(ARTIFACTS / f"{name}.json")


def spelled(parameter: dict[str, Any]) -> str:
    """The type of an ABI parameter, tuples written out."""
    kind: str = parameter["type"]
    if not kind.startswith("tuple"):
        return kind
    return "(" + ",".join(map(spelled, parameter["components"])) + ")" + kind[len("tuple") :]


def types_of(entry: dict[str, Any]) -> list[str]:
    return [spelled(parameter) for parameter in entry.get("inputs", ())]


def selector(entry: dict[str, Any]) -> bytes:
    """Selector of a function or an error."""
    return keccak(f"{entry['name']}({','.join(types_of(entry))})".encode())[:4]


@dataclass
class Contract:
    """A deployed contract."""

    node: Node
    address: str
    abi: list[dict[str, Any]]
    errors: dict[bytes, str] = field(init=False)

    def __post_init__(self) -> None:
        self.errors = {selector(entry): entry["name"] for entry in self.abi if entry["type"] == "error"}

    def calldata(self, name: str, *arguments: Any) -> bytes:
        (entry,) = [e for e in self.abi if e["type"] == "function" and e["name"] == name]
        return selector(entry) + encode(types_of(entry), arguments)

    def send(self, name: str, *arguments: Any) -> None:
        """A transaction that must succeed."""
        self.node.transact(to=self.address, data=self.calldata(name, *arguments))

    def verdict(self, data: bytes, gas: int = PLENTY) -> bool | str:
        """True, False, or the name of the error with which the call reverted.

        Raises:
            UnnamedFailureError: no answer of 32 bytes that are 0 or 1, no error of the interface.
        """
        answer = self.node.request(
            "eth_call", {"to": self.address, "data": "0x" + data.hex(), "gas": hex(gas)}, "latest"
        )
        if "result" in answer:
            word = bytes.fromhex(answer["result"][2:])
            if len(word) != 32 or int.from_bytes(word, "big") > 1:
                raise UnnamedFailureError(f"an answer of {len(word)} bytes")
            return bool(word[31])
        reason = bytes.fromhex(str(answer["error"].get("data") or "0x")[2:])
        if reason[:4] not in self.errors:
            raise UnnamedFailureError(str(answer["error"])[:300])
        return self.errors[reason[:4]]


class Node:
    """An anvil process on a free loopback port, with an unlocked account. ``options``: more of anvil's."""

    def __init__(self, *options: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        self._process = subprocess.Popen(
            [str(ANVIL), "--port", str(port), "--silent", "--gas-limit", str(10 * PLENTY), *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "NO_COLOR": "1"},
            start_new_session=True,
        )
        self._url = f"http://127.0.0.1:{port}"
        self._session = requests.Session()
        deadline = time.monotonic() + 30
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert self._process.poll() is None, "anvil ended"
            assert time.monotonic() < deadline, "anvil does not listen"
            time.sleep(0.05)
        (self.account, *_) = self.request("eth_accounts")["result"]

    def stop(self) -> None:
        os.killpg(self._process.pid, 9)
        self._process.wait()

    def request(self, method: str, *params: Any) -> dict[str, Any]:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        answer: dict[str, Any] = self._session.post(self._url, json=body, timeout=120).json()
        return answer

    def transact(self, data: bytes, to: str | None = None) -> dict[str, Any]:
        """The receipt of a transaction that must succeed."""
        message = {"from": self.account, "data": "0x" + data.hex(), "gas": hex(PLENTY)}
        sent = self.request("eth_sendTransaction", {**message, **({"to": to} if to else {})})
        assert "result" in sent, sent
        deadline = time.monotonic() + 30
        while (receipt := self.request("eth_getTransactionReceipt", sent["result"])["result"]) is None:
            assert time.monotonic() < deadline, "a transaction is not mined"
            time.sleep(0.01)
        assert receipt["status"] == "0x1", "a transaction reverted"
        mined: dict[str, Any] = receipt
        return mined

    def deploy(self, found: dict[str, Any], *arguments: Any) -> Contract:
        """A contract from its artifact (of the package, or of forge)."""
        code = found["bytecode"]
        code = code["object"] if isinstance(code, dict) else code
        constructors = [entry for entry in found["abi"] if entry["type"] == "constructor"]
        types = types_of(constructors[0]) if constructors else []
        receipt = self.transact(bytes.fromhex(code[2:]) + encode(types, arguments))
        return Contract(self, receipt["contractAddress"], found["abi"])
