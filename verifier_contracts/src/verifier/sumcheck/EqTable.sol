// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Field} from "./Field.sol";

/// @title EqTable
/// @notice Values of eq(t, i): the product over the bits of i of t_a where the bit is 1, of 1 - t_a where it is 0.
/// A point is the stretch [first, end) of memory; its last word belongs to the least significant bit.
library EqTable {
    /// @notice Writes eq(t, i) for i < count, and scratch up to the next power of two of that many words.
    /// @param table memory address of the first value; the words there have to be free
    /// @param count at least 1, at most 2^(number of coordinates)
    function fill(uint256 table, uint256 first, uint256 end, uint256 count) internal pure {
        uint256 r = Field.modulus();
        // known values double: value[i + known] = t value[i], value[i] = (1 - t) value[i], from the least significant bit on
        assembly ("memory-safe") {
            let size := shl(5, count)
            let known := 0x20
            let value := 1
            // bits that are 0 for every index
            for { let reach := sub(end, first) } reach { reach := sub(reach, 0x20) } {
                if lt(shl(shr(5, sub(reach, 0x20)), 0x20), size) { break }
                value := mulmod(value, sub(add(r, 1), mload(first)), r)
                first := add(first, 0x20)
            }
            mstore(table, value)
            for {} gt(end, first) {} {
                end := sub(end, 0x20)
                let t := mload(end)
                let last := add(table, known)
                for { let word := table } lt(word, last) { word := add(word, 0x20) } {
                    value := mload(word)
                    let one := mulmod(value, t, r)
                    mstore(add(word, known), one)
                    mstore(word, addmod(value, sub(r, one), r))
                }
                known := shl(1, known)
            }
        }
    }

    /// @notice eq(t, index).
    /// @param index higher bits than there are coordinates are ignored
    function single(uint256 first, uint256 end, uint256 index) internal pure returns (uint256 value) {
        uint256 r = Field.modulus();
        // product of the coordinate or its complement, from the least significant bit on
        assembly ("memory-safe") {
            value := 1
            for {} gt(end, first) { index := shr(1, index) } {
                end := sub(end, 0x20)
                let t := mload(end)
                if iszero(and(index, 1)) { t := sub(add(r, 1), t) }
                value := mulmod(value, t, r)
            }
        }
    }

    /// @notice Product of 1 - t over all coordinates: eq(t, 0).
    function zeros(uint256 first, uint256 end) internal pure returns (uint256 value) {
        uint256 r = Field.modulus();
        assembly ("memory-safe") {
            value := 1
            for {} gt(end, first) {} {
                end := sub(end, 0x20)
                value := mulmod(value, sub(add(r, 1), mload(end)), r)
            }
        }
    }
}
