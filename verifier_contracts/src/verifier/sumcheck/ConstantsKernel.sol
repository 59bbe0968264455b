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
    function dot(uint256 cursor, uint256 weights) internal pure returns (uint256 value) {
        (uint256 count, uint256 next) = CircuitHeader.readVar(cursor);
        for (; count != 0; --count) {
            uint256 gap;
            uint256 constant_;
            (gap, next) = CircuitHeader.readVar(next);
            (constant_, next) = CircuitHeader.readInt(next);
            if (weights == 0) {
                value = addmod(value, constant_, R);
                continue;
            }
            // index = previous index + 1 + gap
            assembly ("memory-safe") {
                let weight := add(weights, shl(5, gap))
                value := addmod(value, mulmod(constant_, mload(weight), R), R)
                weights := add(weight, 0x20)
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
