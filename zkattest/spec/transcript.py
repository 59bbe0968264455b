"""The Fiat-Shamir transcript: one word of state, Keccak-256.

Every step hashes the state, a header word (kind, 1 byte; label, 23 bytes padded with zeros; a number, 8 bytes)
and a payload:

* start: state = keccak256(32 zeros | header(0, protocol, 0));
* absorb: state = keccak256(state | header(kind, label, bytes of the payload) | payload);
* challenge: low and high = keccak256(state | header(5, label, 0 and 1)); the challenge is
  (high 2^256 + low) mod r, the new state is low.

``python -m zkattest.spec.transcript [file]`` writes the golden vectors (default
``tests/vectors/transcript/cases.json``); with ``--check`` it compares.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from eth_utils.crypto import keccak

from zkattest.errors import FormatError
from zkattest.spec.points import GENERATOR_1, INFINITY_1, Point, R, encode_1, is_inf, multiply

KINDS: Final = {"protocol": 0, "bytes": 1, "scalars": 2, "points": 3, "integer": 4, "challenge": 5}

LABEL_BYTES: Final = 23


@dataclass(frozen=True)
class Step:
    """A recorded step. ``round``: how often a message followed a challenge before it."""

    label: str
    kind: str
    bytes: int
    round: int


def header(kind: str, label: str, number: int) -> bytes:
    """The header word of a step.

    Raises:
        FormatError: the label is empty, too long, or not printable ASCII without spaces.
    """
    if not 1 <= len(label) <= LABEL_BYTES or any(not "!" <= character <= "~" for character in label):
        raise FormatError("a label has 1 to 23 printable characters")
    return bytes([KINDS[kind]]) + label.encode().ljust(LABEL_BYTES, b"\0") + number.to_bytes(8, "big")


class Transcript:
    """The transcript of one run of a protocol."""

    def __init__(self, protocol: str) -> None:
        self.steps: list[Step] = []
        self.state = keccak(bytes(32) + header("protocol", protocol, 0))
        self._record(protocol, "protocol", 0)

    def absorb_bytes(self, label: str, data: bytes) -> None:
        self._absorb("bytes", label, data)

    def absorb_integer(self, label: str, value: int) -> None:
        self._absorb("integer", label, value.to_bytes(8, "big"))

    def absorb_scalars(self, label: str, scalars: Sequence[int]) -> None:
        """Integers below r."""
        if any(not 0 <= scalar < R for scalar in scalars):
            raise FormatError("a scalar is not smaller than r")
        self._absorb("scalars", label, b"".join(scalar.to_bytes(32, "big") for scalar in scalars))

    def absorb_points(self, label: str, points: Sequence[Point]) -> None:
        """Infinity is 64 zeros."""
        self._absorb("points", label, b"".join(encode_1(point) for point in points))

    def absorb_finite_points(self, label: str, points: Sequence[Point]) -> None:
        """As :meth:`absorb_points`, where infinity is not allowed."""
        if any(is_inf(point) for point in points):
            raise FormatError("a point is at infinity")
        self.absorb_points(label, points)

    def challenge(self, label: str) -> int:
        """A scalar that binds everything absorbed so far."""
        low = keccak(self.state + header("challenge", label, 0))
        high = keccak(self.state + header("challenge", label, 1))
        self.state = low
        self._record(label, "challenge", 0)
        return int.from_bytes(high + low, "big") % R

    def _absorb(self, kind: str, label: str, payload: bytes) -> None:
        self.state = keccak(self.state + header(kind, label, len(payload)) + payload)
        self._record(label, kind, len(payload))

    def _record(self, label: str, kind: str, size: int) -> None:
        number = 0
        if self.steps:
            last = self.steps[-1]
            number = last.round + (last.kind == "challenge" and kind != "challenge")
        self.steps.append(Step(label, kind, size, number))


# --- golden vectors ---------------------------------------------------------------------------------

#: The labels that the vectors use; the Rust test holds the same list as constants.
LABELS: Final = ("a", "b", "twenty-three-characters")


def run(protocol: str, operations: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """A case: the operations and what each leaves behind.

    An operation is [kind, label, payload]: hex bytes, an integer, or a list of hex scalars or points.
    """
    transcript = Transcript(protocol)
    states = [transcript.state.hex()]
    challenges = []
    for kind, label, payload in operations:
        if kind == "bytes":
            transcript.absorb_bytes(label, bytes.fromhex(payload))
        elif kind == "integer":
            transcript.absorb_integer(label, payload)
        elif kind == "scalars":
            transcript.absorb_scalars(label, [int(scalar, 16) for scalar in payload])
        elif kind == "points":
            transcript.absorb_points(label, [multiply(GENERATOR_1, k) if k else INFINITY_1 for k in payload])
        else:
            challenges.append(transcript.challenge(label).to_bytes(32, "big").hex())
        states.append(transcript.state.hex())
    return {
        "protocol": protocol,
        "operations": [list(operation) for operation in operations],
        "expected": {
            "states": states,
            "challenges": challenges,
            "manifest": [[step.label, step.kind, step.bytes, step.round] for step in transcript.steps],
        },
    }


def cases() -> list[dict[str, Any]]:
    """Operations that differ in one thing each; the names say in what."""
    one, last = (1).to_bytes(32, "big").hex(), (R - 1).to_bytes(32, "big").hex()
    draw = ["challenge", "a", None]
    named: list[tuple[str, str, list[list[Any]]]] = [
        ("nothing absorbed", "a", [draw, draw]),
        ("another protocol", "b", [draw]),
        ("another label of the challenge", "a", [["challenge", "b", None]]),
        ("no bytes", "a", [["bytes", "a", ""], draw]),
        ("one zero byte", "a", [["bytes", "a", "00"], draw]),
        ("two zero bytes", "a", [["bytes", "a", "0000"], draw]),
        ("two messages of one zero byte", "a", [["bytes", "a", "00"], ["bytes", "a", "00"], draw]),
        ("another label", "a", [["bytes", "b", "00"], draw]),
        ("longest label", "a", [["bytes", "twenty-three-characters", "00"], draw]),
        ("bytes like a scalar", "a", [["bytes", "a", one], draw]),
        ("a scalar", "a", [["scalars", "a", [one]], draw]),
        ("largest scalar", "a", [["scalars", "a", [last]], draw]),
        ("two scalars", "a", [["scalars", "a", [one, last]], draw]),
        ("the two scalars apart", "a", [["scalars", "a", [one]], ["scalars", "a", [last]], draw]),
        ("no scalars", "a", [["scalars", "a", []], draw]),
        ("the generator", "a", [["points", "a", [1]], draw]),
        ("infinity", "a", [["points", "a", [0]], draw]),
        ("points", "a", [["points", "a", [1, 2, 0, 99]], draw]),
        ("integer 0", "a", [["integer", "a", 0], draw]),
        ("integer 2^64 - 1", "a", [["integer", "a", 2**64 - 1], draw]),
        ("136 bytes, a block of the hash", "a", [["bytes", "a", "ab" * 136], draw]),
        ("1000 bytes", "a", [["bytes", "a", "cd" * 1000], draw]),
        (
            "rounds",
            "b",
            [
                ["integer", "a", 7],
                ["points", "b", [5, 6]],
                draw,
                ["challenge", "b", None],
                ["scalars", "b", [one] * 3],
                draw,
                ["points", "a", [0]],
            ],
        ),
    ]
    return [{"name": name, **run(protocol, operations)} for name, protocol, operations in named]


def main(arguments: list[str]) -> int:
    """Write or compare the vectors."""
    places = [argument for argument in arguments if argument != "--check"]
    path = Path(places[0] if places else "tests/vectors/transcript/cases.json")
    text = json.dumps({"cases": cases()}, indent=1) + "\n"
    if "--check" in arguments:
        same = path.is_file() and path.read_text(encoding="utf-8") == text
        print(f"{path}: {'as the specification says' if same else 'DIFFERENT from the specification'}")
        return 0 if same else 1
    path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
