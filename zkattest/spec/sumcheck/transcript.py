"""The Fiat-Shamir transcript (``docs/protocol.md``, "Transcript")."""

from __future__ import annotations

from typing import Final

from eth_utils.crypto import keccak

from zkattest.spec.points import R

DOMAIN: Final = b"zkattest-sumcheck-v1"


class Transcript:
    """A state of 32 bytes that binds everything absorbed so far."""

    def __init__(self, circuit_digest: bytes, key_binding: bytes, statement_digest: bytes) -> None:
        self._state = keccak(DOMAIN + circuit_digest + key_binding + statement_digest)

    def absorb(self, data: bytes) -> None:
        """state <- keccak256(state, data)."""
        self._state = keccak(self._state + data)

    def draw(self) -> int:
        """The state modulo r; then state <- keccak256(state)."""
        challenge = int.from_bytes(self._state, "big") % R
        self._state = keccak(self._state)
        return challenge
