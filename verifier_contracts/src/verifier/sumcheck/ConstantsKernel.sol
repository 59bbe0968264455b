// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CircuitHeader} from "./CircuitHeader.sol";
import {R} from "./Field.sol";

/// @title ConstantsKernel
/// @notice Kernels whose only factor is a whole `Constants`, of which the values that are not 0 are listed.
library ConstantsKernel {
    /// @notice Sum of the values, each times its weight.
    /// @param cursor memory address of the number of listed values
    /// @param weights memory address of a weight for each index; 0 if all are 1
    /// @return value the sum
    /// @return next memory address after the factor
    function dot(uint256 cursor, uint256 weights) internal pure returns (uint256 value, uint256 next) {
        uint256 count;
        (count, next) = CircuitHeader.readVar(cursor);
        // gap: a var; the constant: an int; index = previous index + 1 + gap
        assembly ("memory-safe") {
            for {} count { count := sub(count, 1) } {
                let word := mload(next)
                let weight := byte(0, word)
                // a gap of more than one byte
                if gt(weight, 0x3f) {
                    let length := shl(shr(254, word), 1)
                    weight := shr(sub(258, shl(3, length)), shl(2, word))
                    next := sub(add(next, length), 1)
                    word := mload(next)
                }
                weight := add(weights, shl(5, weight))
                let term := shl(3, and(shr(240, word), 0x7f))
                next := add(add(next, 2), shr(3, term))
                term := shr(sub(256, term), shl(16, word))
                word := and(word, shl(247, 1))
                if weights {
                    term := mulmod(term, mload(weight), R)
                    weights := add(weight, 0x20)
                }
                if word { term := sub(R, term) }
                value := addmod(value, term, R)
            }
        }
    }

    /// @notice Writes the values: `count` words from `table` on, which have to be 0.
    function fill(uint256 cursor, uint256 table, uint256 count) internal pure {
        (uint256 listed, uint256 next) = CircuitHeader.readVar(cursor);
        uint256 index = 0;
        for (; listed != 0; --listed) {
            uint256 gap;
            uint256 constant_;
            (gap, next) = CircuitHeader.readVar(next);
            (constant_, next) = CircuitHeader.readInt(next);
            index += gap;
            if (index >= count) return;
            assembly ("memory-safe") {
                mstore(add(table, shl(5, index)), constant_)
            }
            ++index;
        }
    }
}
