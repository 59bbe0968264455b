// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Statement} from "../../interfaces/IVerifier.sol";
import {R} from "./Field.sol";

/// @title Binding
/// @notice What ties a proof to its statement (step 2 of `docs/protocol.md`): the statement's digest, its public integers, and
/// the identity of the committed input.
library Binding {
    /// Bytes of a public integer.
    uint256 private constant INTEGER = 8;

    /// "zkattest-commitment-v1", then the kind of data commitments, u8.
    uint256 private constant DATA_DOMAIN = 0x7a6b6174746573742d636f6d6d69746d656e742d763102;

    /// "ZKST", version u16 = 1, then "inference" after its length, u32.
    uint256 private constant STATEMENT_PREFIX = 0x5a4b5354000100000009696e666572656e6365;

    /// @notice The output has another number of values than the circuit has public integers.
    error MalformedOutputLength(uint256 expected, uint256 actual);

    /// @notice keccak256 of the encoding of `zkattest/statements.py`: prefix || model || circuit || key || input commitment ||
    /// context || length of the output, u32 || output.
    function digest(Statement calldata statement) internal pure returns (bytes32 result) {
        bytes calldata output = statement.output;
        // The statement's first five words are the five digests, in that order. 19 + 160 + 4 bytes come before the output.
        assembly ("memory-safe") {
            let start := mload(0x40)
            mstore(start, shl(104, STATEMENT_PREFIX))
            calldatacopy(add(start, 19), statement, 160)
            mstore(add(start, 179), shl(224, output.length))
            calldatacopy(add(start, 183), output.offset, output.length)
            result := keccak256(start, add(183, output.length))
        }
    }

    /// @notice The public integers as residues, from int64, big-endian: v, or R - |v| where it is negative.
    /// @param count of the circuit
    /// @param slot address of the first one's place
    function publicIntegers(bytes calldata output, uint256 count, uint256 slot) internal pure {
        unchecked {
            if (output.length != INTEGER * count) {
                revert MalformedOutputLength(INTEGER * count, output.length);
            }
        }
        if (count == 0) return;
        // slot i = v < 0 ? R + v : v for v = int64(output[8 i .. 8 i + 8])
        assembly ("memory-safe") {
            let end := add(slot, shl(5, count))
            let offset := output.offset
            for {} lt(slot, end) { slot := add(slot, 0x20) } {
                let word := calldataload(offset)
                mstore(slot, add(sar(192, word), mul(shr(255, word), R)))
                offset := add(offset, INTEGER)
            }
        }
    }

    /// @notice The identity of committed rows (`docs/commitments.md`): keccak256 of domain || kind || m u64 || layout digest || SRS
    /// digest || rows u64 || points.
    /// @param c log2 of the cells of a row
    /// @param rows offset in calldata of the first point
    function dataIdentity(uint256 c, bytes32 layoutDigest, bytes32 srsDigest, uint256 rows, uint256 count)
        internal
        pure
        returns (bytes32 result)
    {
        // 23 + 8 + 32 + 32 + 8 bytes come before the points.
        assembly ("memory-safe") {
            let start := mload(0x40)
            mstore(start, or(shl(72, DATA_DOMAIN), shl(add(8, c), 1)))
            mstore(add(start, 31), layoutDigest)
            mstore(add(start, 63), srsDigest)
            mstore(add(start, 95), shl(192, count))
            calldatacopy(add(start, 103), rows, shl(6, count))
            result := keccak256(start, add(103, shl(6, count)))
        }
    }
}
