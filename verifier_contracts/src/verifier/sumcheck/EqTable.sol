// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {R} from "./Field.sol";

/// @title EqTable
/// @notice Values of eq(t, i): the product over the bits of i of t_a where the bit is 1, of 1 - t_a where it is 0.
/// A point is the stretch [first, end) of memory; its last word belongs to the least significant bit.
library EqTable {
    /// @notice Writes eq(t, i) for i < count, and scratch up to the next power of two of that many words.
    /// @param table memory address of the first value; the words there have to be free
    /// @param count at least 1, at most 2^(number of coordinates)
    function fill(uint256 table, uint256 first, uint256 end, uint256 count) internal pure {
        if (end - first == 0x60 && count > 4) return _eight(table, first);
        // known values double: value[i + known] = t value[i], value[i] = (1 - t) value[i], from the least significant bit on
        assembly ("memory-safe") {
            let size := shl(5, count)
            let known := 0x20
            let value := 1
            // bits that are 0 for every index
            for { let reach := sub(end, first) } reach { reach := sub(reach, 0x20) } {
                if lt(shl(shr(5, sub(reach, 0x20)), 0x20), size) { break }
                value := mulmod(value, sub(add(R, 1), mload(first)), R)
                first := add(first, 0x20)
            }
            mstore(table, value)
            for {} gt(end, first) {} {
                end := sub(end, 0x20)
                let t := mload(end)
                let rest := sub(add(R, 1), t)
                let word := table
                let last := add(table, known)
                // two at a time, but for the first
                if eq(known, 0x20) {
                    value := mload(word)
                    mstore(last, mulmod(value, t, R))
                    mstore(word, mulmod(value, rest, R))
                    word := last
                }
                for {} lt(word, last) { word := add(word, 0x40) } {
                    value := mload(word)
                    mstore(add(word, known), mulmod(value, t, R))
                    mstore(word, mulmod(value, rest, R))
                    let next := add(word, 0x20)
                    value := mload(next)
                    mstore(add(next, known), mulmod(value, t, R))
                    mstore(next, mulmod(value, rest, R))
                }
                known := shl(1, known)
            }
        }
    }

    /// @dev The eight values of a point of three coordinates, without a loop.
    function _eight(uint256 table, uint256 first) private pure {
        // eq of the last two coordinates, below 3R, times the first one or its complement
        assembly ("memory-safe") {
            let t := mload(add(first, 0x20))
            let low := mload(add(first, 0x40))
            let both := mulmod(t, low, R)
            let none := add(sub(add(add(R, R), 1), add(t, low)), both)
            t := sub(add(t, R), both)
            low := sub(add(low, R), both)
            let high := mload(first)
            mstore(add(table, 0x80), mulmod(none, high, R))
            mstore(add(table, 0xa0), mulmod(low, high, R))
            mstore(add(table, 0xc0), mulmod(t, high, R))
            mstore(add(table, 0xe0), mulmod(both, high, R))
            high := sub(add(R, 1), high)
            mstore(table, mulmod(none, high, R))
            mstore(add(table, 0x20), mulmod(low, high, R))
            mstore(add(table, 0x40), mulmod(t, high, R))
            mstore(add(table, 0x60), mulmod(both, high, R))
        }
    }

    /// @notice eq(t, index).
    /// @param index higher bits than there are coordinates are ignored
    function single(uint256 first, uint256 end, uint256 index) internal pure returns (uint256 value) {
        // product of the coordinate or its complement, from the least significant bit on; four at a time. The choice without a
        // branch: complement xor (bit times (coordinate xor complement)).
        assembly ("memory-safe") {
            value := 1
            for {} gt(end, add(first, 0x60)) { index := shr(4, index) } {
                end := sub(end, 0x80)
                let t := mload(add(end, 0x60))
                let rest := sub(add(R, 1), t)
                value := mulmod(value, xor(rest, mul(and(index, 1), xor(t, rest))), R)
                t := mload(add(end, 0x40))
                rest := sub(add(R, 1), t)
                value := mulmod(value, xor(rest, mul(and(shr(1, index), 1), xor(t, rest))), R)
                t := mload(add(end, 0x20))
                rest := sub(add(R, 1), t)
                value := mulmod(value, xor(rest, mul(and(shr(2, index), 1), xor(t, rest))), R)
                t := mload(end)
                rest := sub(add(R, 1), t)
                value := mulmod(value, xor(rest, mul(and(shr(3, index), 1), xor(t, rest))), R)
            }
            for {} gt(end, first) { index := shr(1, index) } {
                end := sub(end, 0x20)
                let t := mload(end)
                if iszero(and(index, 1)) { t := sub(add(R, 1), t) }
                value := mulmod(value, t, R)
            }
        }
    }

    /// @notice Product of 1 - t over all coordinates: eq(t, 0).
    function zeros(uint256 first, uint256 end) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := 1
            for {} gt(end, first) {} {
                end := sub(end, 0x20)
                value := mulmod(value, sub(add(R, 1), mload(end)), R)
            }
        }
    }
}
