// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {R} from "./Field.sol";

/// @title Transcript
/// @notice The Fiat-Shamir transcript of `docs/protocol.md`: a state of 32 bytes, absorb(message): state <- keccak256(state
/// || message), draw: the state modulo R, then state <- keccak256(state).
///
/// The proof lies in memory after a word for the state, and every state is written right before the message that comes next,
/// over the end of the message that is already absorbed: so a message is hashed where it lies. `tip` is the address of the
/// state. What is read of an absorbed message later is read from calldata.
library Transcript {
    /// "zkattest-sumcheck-v1"
    uint256 private constant DOMAIN = 0x007a6b6174746573742d73756d636865636b2d7631;

    /// @notice Copies the proof and starts its transcript: step 2.
    /// @param proof of the right length, which is at least that of seven points (`ProofShape`)
    /// @return tip address of the state; the first message follows
    function start(bytes32 circuitDigest, bytes32 keyBinding, bytes32 statementDigest, bytes calldata proof)
        internal
        pure
        returns (uint256 tip)
    {
        // state = keccak256(DOMAIN || circuit || key || statement), 116 bytes, hashed where the proof comes to lie
        assembly ("memory-safe") {
            tip := mload(0x40)
            mstore(tip, shl(96, DOMAIN))
            mstore(add(tip, 20), circuitDigest)
            mstore(add(tip, 52), keyBinding)
            mstore(add(tip, 84), statementDigest)
            mstore(tip, keccak256(tip, 116))
            calldatacopy(add(tip, 0x20), proof.offset, proof.length)
            mstore(0x40, add(tip, and(add(proof.length, 0x3f), not(0x1f))))
        }
    }

    /// @notice Absorbs the next `length` bytes.
    /// @return next address of the state after them
    function absorb(uint256 tip, uint256 length) internal pure returns (uint256 next) {
        // state <- keccak256(state || message)
        assembly ("memory-safe") {
            next := add(tip, length)
            mstore(next, keccak256(tip, add(length, 0x20)))
        }
    }

    /// @notice Draws a challenge.
    function draw(uint256 tip) internal pure returns (uint256 challenge) {
        // challenge = state mod R; state <- keccak256(state)
        assembly ("memory-safe") {
            challenge := mod(mload(tip), R)
            mstore(tip, keccak256(tip, 0x20))
        }
    }

    /// @notice Draws `count` challenges.
    /// @param slot address of the first one's place
    function drawAll(uint256 tip, uint256 count, uint256 slot) internal pure {
        // for each slot: slot = draw(tip)
        assembly ("memory-safe") {
            for { let end := add(slot, shl(5, count)) } lt(slot, end) { slot := add(slot, 0x20) } {
                mstore(slot, mod(mload(tip), R))
                mstore(tip, keccak256(tip, 0x20))
            }
        }
    }

    /// @notice The state: it binds everything absorbed.
    function state(uint256 tip) internal pure returns (bytes32 value) {
        assembly ("memory-safe") {
            value := mload(tip)
        }
    }
}
