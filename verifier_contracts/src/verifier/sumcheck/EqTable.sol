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
        // known values double: value[i + known] = t value[i], value[i] = (1 - t) value[i], from the least significant bit on
        assembly ("memory-safe") {
            mstore(table, 1)
            let known := 0x20
            for {} gt(end, first) {} {
                end := sub(end, 0x20)
                let t := mload(end)
                switch lt(known, shl(5, count))
                case 1 {
                    let last := add(table, known)
                    for { let word := table } lt(word, last) { word := add(word, 0x20) } {
                        let value := mload(word)
                        let one := mulmod(value, t, R)
                        mstore(add(word, known), one)
                        mstore(word, addmod(value, sub(R, one), R))
                    }
                    known := shl(1, known)
                }
                default {
                    // this bit of every index is 0
                    let zero := sub(add(R, 1), t)
                    let last := add(table, shl(5, count))
                    for { let word := table } lt(word, last) { word := add(word, 0x20) } {
                        mstore(word, mulmod(mload(word), zero, R))
                    }
                }
            }
        }
    }

    /// @notice eq(t, index).
    /// @param index higher bits than there are coordinates are ignored
    function single(uint256 first, uint256 end, uint256 index) internal pure returns (uint256 value) {
        // product of the coordinate or its complement, from the least significant bit on
        assembly ("memory-safe") {
            value := 1
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
