"""Compiled contracts and their ABI: calls, results, events and errors between Python values and bytes."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from eth_abi.abi import decode as abi_decode
from eth_abi.abi import encode as abi_encode
from eth_abi.exceptions import DecodingError, EncodingError
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from zkattest.errors import ChainError, DeploymentError, FormatError

AbiEntry = Mapping[str, Any]


def type_name(parameter: AbiEntry) -> str:
    """The canonical type of an ABI parameter, tuples spelled out."""
    kind = str(parameter["type"])
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(type_name(part) for part in parameter['components'])}){kind[5:]}"


def signature(entry: AbiEntry) -> str:
    """``name(type,…)`` of a function, event or error."""
    return f"{entry['name']}({','.join(type_name(part) for part in entry['inputs'])})"


def _readable(parameter: AbiEntry, value: Any) -> Any:
    """A decoded value with tuples as dictionaries by field name and addresses checksummed."""
    kind = str(parameter["type"])
    if kind.endswith("]"):
        inner = {**parameter, "type": kind[: kind.rindex("[")]}
        return tuple(_readable(inner, part) for part in value)
    if kind == "tuple":
        parts = parameter["components"]
        return {part["name"]: _readable(part, found) for part, found in zip(parts, value, strict=True)}
    return to_checksum_address(value) if kind == "address" else value


def decode_values(parameters: Sequence[AbiEntry], data: bytes) -> dict[str, Any]:
    """Decode ABI data to values by name; an unnamed value is named by its position.

    Raises:
        FormatError: the bytes are no encoding of these types.
    """
    try:
        values = abi_decode([type_name(part) for part in parameters], data)
    except (DecodingError, OverflowError, ValueError) as error:
        raise FormatError("Bytes from the chain do not decode as the contract's interface says.") from error
    return {
        part.get("name") or str(position): _readable(part, value)
        for position, (part, value) in enumerate(zip(parameters, values, strict=True))
    }


def _writable(parameter: AbiEntry, value: Any) -> Any:
    """The inverse of :func:`_readable`: dictionaries of fields become tuples."""
    kind = str(parameter["type"])
    if kind.endswith("]"):
        inner = {**parameter, "type": kind[: kind.rindex("[")]}
        return [_writable(inner, part) for part in value]
    if kind == "tuple":
        parts = parameter["components"]
        values = [value[part["name"]] for part in parts] if isinstance(value, Mapping) else list(value)
        return [_writable(part, found) for part, found in zip(parts, values, strict=True)]
    return value


@dataclass(frozen=True)
class Event:
    """A decoded log entry: the event's name and its values by name."""

    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Contract:
    """One contract's interface, and its creation code where it can be deployed.

    Attributes:
        name: the Solidity name.
        abi: the JSON ABI.
        creation_code: bytes that deploy it, constructor arguments not included.
    """

    name: str
    abi: tuple[AbiEntry, ...] = field(repr=False)
    creation_code: bytes = field(default=b"", repr=False)

    @classmethod
    def load(cls, name: str) -> Contract:
        """The contract ``name`` that ships with this package.

        Raises:
            DeploymentError: the package holds none of that name.
        """
        found = artifacts().get(name)
        if found is None:
            raise DeploymentError(
                f"This installation holds no compiled contract {name}.", remedy="Install zkattest again."
            )
        return found

    def encode_creation(self, arguments: Sequence[Any] = ()) -> bytes:
        """Creation code followed by the encoded constructor arguments.

        Raises:
            DeploymentError: the arguments do not fit the constructor.
        """
        constructors = [entry for entry in self.abi if entry["type"] == "constructor"]
        inputs: Sequence[AbiEntry] = constructors[0]["inputs"] if constructors else ()
        return self.creation_code + self._encode("constructor", inputs, arguments)

    def encode(self, function: str, *arguments: Any) -> bytes:
        """Selector and arguments of a call."""
        entry = self._function(function, len(arguments))
        return keccak(text=signature(entry))[:4] + self._encode(function, entry["inputs"], arguments)

    def decode_result(self, function: str, count: int, data: bytes) -> dict[str, Any]:
        """The results, by name, of a call with ``count`` arguments."""
        return decode_values(self._function(function, count)["outputs"], data)

    def decode_log(self, log: Mapping[str, Any]) -> Event | None:
        """The event behind a JSON-RPC log entry, or None when it is not one of this contract's."""
        topics = [bytes.fromhex(str(topic).removeprefix("0x")) for topic in log["topics"]]
        entry = self._events.get(topics[0]) if topics else None
        if entry is None:
            return None
        indexed = [part for part in entry["inputs"] if part["indexed"]]
        plain = [part for part in entry["inputs"] if not part["indexed"]]
        if len(indexed) != len(topics) - 1:
            return None
        values = decode_values(plain, bytes.fromhex(str(log["data"]).removeprefix("0x")))
        for part, topic in zip(indexed, topics[1:], strict=True):
            # A dynamic value is indexed by its hash only.
            dynamic = (
                part["type"] in ("string", "bytes") or str(part["type"]).endswith("]") or "components" in part
            )
            values[part["name"]] = topic if dynamic else decode_values([part], topic)[part["name"]]
        return Event(str(entry["name"]), {part["name"]: values[part["name"]] for part in entry["inputs"]})

    def topic(self, event: str) -> str:
        """The first topic of ``event``, hexadecimal."""
        for topic, entry in self._events.items():
            if entry["name"] == event:
                return "0x" + topic.hex()
        raise ChainError(f"{self.name} has no event {event}.", remedy="Install matching versions.")

    def has(self, function: str) -> bool:
        """Whether the interface has a function of that name."""
        return any(entry["type"] == "function" and entry["name"] == function for entry in self.abi)

    @functools.cached_property
    def _events(self) -> dict[bytes, AbiEntry]:
        return {keccak(text=signature(entry)): entry for entry in self.abi if entry["type"] == "event"}

    def _function(self, name: str, count: int) -> AbiEntry:
        for entry in self.abi:
            if entry["type"] == "function" and entry["name"] == name and len(entry["inputs"]) == count:
                return entry
        raise ChainError(
            f"{self.name} has no function {name} with {count} arguments.", remedy="Install matching versions."
        )

    def _encode(self, what: str, inputs: Sequence[AbiEntry], arguments: Sequence[Any]) -> bytes:
        try:
            values = [_writable(part, value) for part, value in zip(inputs, arguments, strict=True)]
            return abi_encode([type_name(part) for part in inputs], values)
        except (EncodingError, ValueError, TypeError, KeyError) as error:
            wanted = ", ".join(f"{type_name(part)} {part.get('name', '')}".strip() for part in inputs)
            raise DeploymentError(
                f"The arguments of {self.name}.{what} do not fit: expected ({wanted}).",
                remedy="Check the values' number, lengths and ranges.",
            ) from error


@functools.cache
def artifacts() -> dict[str, Contract]:
    """Every compiled contract of this package, by name."""
    found: dict[str, Contract] = {}
    folder = resources.files("zkattest.chain").joinpath("artifacts")
    if not folder.is_dir():
        return found
    for item in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if item.name.endswith(".json"):
            content = json.loads(item.read_bytes())
            if "abi" in content and "contractName" in content:
                code = bytes.fromhex(str(content.get("bytecode", "")).removeprefix("0x"))
                found[content["contractName"]] = Contract(
                    content["contractName"], tuple(content["abi"]), code
                )
    return found
