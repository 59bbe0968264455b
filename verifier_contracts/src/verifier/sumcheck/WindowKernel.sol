// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CircuitHeader} from "./CircuitHeader.sol";
import {CoordinateReader, Coordinates} from "./Coordinates.sol";
import {Correlation, Correlations} from "./Correlation.sol";
import {EqTable} from "./EqTable.sol";
import {FactorReader} from "./FactorReader.sol";
import {PlainKernel} from "./PlainKernel.sol";

/// @title WindowKernel
/// @notice Kernels whose only factor is a whole `Window` or `Affine`: correlations.
library WindowKernel {
    /// @notice Sum over j < size of the Window's value at j, times eq(z, j): its taps are the j.
    /// @param cursor memory address of the factor's slices
    /// @param first memory address of the coordinates z of the kernel's axis
    /// @param end memory address after them; 0 without an axis: the sum is of the values alone
    function window(Coordinates memory coordinates, uint256 cursor, uint256 size, uint256 first, uint256 end)
        internal
        pure
        returns (uint256 value)
    {
        unchecked {
            Correlation memory sum;
            (sum.outFirst, sum.outEnd) = CoordinateReader.slice(coordinates, cursor);
            cursor += FactorReader.SLICE;
            (sum.intoFirst, sum.intoEnd) = CoordinateReader.slice(coordinates, cursor);
            cursor += FactorReader.SLICE;
            (sum.to, cursor) = CircuitHeader.readVar(cursor);
            (sum.inputs, cursor) = CircuitHeader.readVar(cursor);
            uint256 weights;
            if (end != 0) {
                assembly ("memory-safe") {
                    weights := mload(0x40)
                    mstore(0x40, add(weights, shl(6, size)))
                }
                EqTable.fill(weights, first, end, size);
            }
            _steps(sum, coordinates, cursor, size, weights);
            return Correlations.evaluate(sum);
        }
    }

    /// @notice Sum over j < size of the Affine's value at j, times eq(z, j): its inputs are the j.
    /// @param first memory address of the coordinates z of the kernel's axis; with `first` = `end`, size has to be 1
    function affine(Coordinates memory coordinates, uint256 cursor, uint256 size, uint256 first, uint256 end)
        internal
        pure
        returns (uint256 value)
    {
        unchecked {
            {
                bool known;
                (known, value) = _pooling(coordinates, cursor, size, first, end);
                if (known) return value;
            }
            Correlation memory sum;
            (sum.outFirst, sum.outEnd) = CoordinateReader.slice(coordinates, cursor);
            cursor += FactorReader.SLICE;
            (sum.intoFirst, sum.intoEnd) = (first, end);
            sum.inputs = size;
            uint256 taps;
            (sum.from, cursor) = CircuitHeader.readVar(cursor);
            (sum.to, cursor) = CircuitHeader.readVar(cursor);
            (taps, cursor) = CircuitHeader.readVar(cursor);
            _steps(sum, coordinates, cursor, taps, 0);
            return Correlations.evaluate(sum);
        }
    }

    /// @dev An Affine that pools: taps = stride = 2^k, dilation 1, offset 0, from 0 on, and all inputs there are. Its value at
    /// j = o 2^k + d is eq(t, o), so that the sum is that of eq(t, o) eq(z high, o), where the last k coordinates of z sum to 1.
    /// @return known whether it is one, and of small numbers
    function _pooling(
        Coordinates memory coordinates,
        uint256 cursor,
        uint256 size,
        uint256 first,
        uint256 end
    ) private pure returns (bool known, uint256 value) {
        unchecked {
            uint256 to;
            uint256 low;
            // slice, from = 0, to var, taps var, stride int, dilation int = 1, offset int = 0; vars and the stride of one byte
            assembly ("memory-safe") {
                let word := shl(16, mload(cursor))
                to := byte(1, word)
                let taps := byte(2, word)
                // 01 stride 01 01 00
                known := eq(and(shr(184, word), 0xff00ffffff), 0x0100010100)
                known := and(known, and(iszero(byte(0, word)), lt(or(to, taps), 0x40)))
                known := and(known, and(eq(taps, byte(4, word)), iszero(and(taps, sub(taps, 1)))))
                known := and(known, and(eq(mul(to, taps), size), iszero(iszero(to))))
                for {} gt(taps, 1) { taps := shr(1, taps) } { low := add(low, 0x20) }
                known := and(known, iszero(gt(add(first, low), end)))
            }
            if (!known) return (false, 0);
            (uint256 outFirst, uint256 outEnd) = CoordinateReader.slice(coordinates, cursor);
            value = PlainKernel.pair(outFirst, outEnd, first, end - low, to, coordinates.centred);
        }
    }

    /// @dev Reads stride, dilation and offset, and lists the taps: tap d has shift d dilation + offset.
    /// @param weights memory address of the taps' weights; 0 if all are 1
    function _steps(
        Correlation memory sum,
        Coordinates memory coordinates,
        uint256 cursor,
        uint256 count,
        uint256 weights
    ) private pure {
        int256 dilation;
        int256 shift;
        (sum.stride, cursor) = FactorReader.readSigned(cursor);
        (dilation, cursor) = FactorReader.readSigned(cursor);
        (shift,) = FactorReader.readSigned(cursor);
        uint256 taps;
        assembly ("memory-safe") {
            taps := mload(0x40)
            let end := add(taps, shl(6, count))
            mstore(0x40, end)
            for { let tap := taps } lt(tap, end) { tap := add(tap, 0x40) } {
                mstore(tap, shift)
                let weight := 1
                if weights {
                    weight := mload(weights)
                    weights := add(weights, 0x20)
                }
                mstore(add(tap, 0x20), weight)
                shift := add(shift, dilation)
            }
        }
        sum.taps = taps;
        sum.count = count;
        sum.centred = coordinates.centred;
    }
}
