// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BitKernel} from "./BitKernel.sol";
import {ConstantsKernel} from "./ConstantsKernel.sol";
import {CoordinateReader, Coordinates} from "./Coordinates.sol";
import {Enumeration} from "./Enumeration.sol";
import {EqTable} from "./EqTable.sol";
import {Factor, FactorReader} from "./FactorReader.sol";
import {R} from "./Field.sol";
import {PlainKernel} from "./PlainKernel.sol";
import {WindowKernel} from "./WindowKernel.sol";

/// @title Kernels
/// @notice The dictionary of vectors, each at the place where forms use it: summed, or its inner product with eq(z, .) for the
/// coordinates z of an inner axis; each is one field element. Vectors of leading axes are no more than found; their entries are
/// computed when a form asks for them.
library Kernels {
    /// Places: a group without axes; leading axes; 2 + e for the inner axis whose coordinates end e before the end of z.
    uint256 private constant SUMMED = 0;
    uint256 private constant LEADING = 1;
    uint256 private constant INNER = 2;

    /// Bit that tells a leading vector from values, which are below 2R < 2^255.
    uint256 internal constant ENUMERATED = 1 << 255;
    /// Bit of a leading vector that no form has used yet. Below is the memory address of its number of axes in the
    /// encoding; else that of its record: axes, size, entries.
    uint256 private constant PENDING = 1 << 254;

    /// @notice Evaluates the dictionary.
    /// @param cursor memory address of the section
    /// @return kernels memory address of the first of `count` words: value, or ENUMERATED | …
    /// @return next memory address of the section after it
    function evaluate(Coordinates memory coordinates, uint256[] memory tables, uint256 cursor, uint256 count)
        internal
        pure
        returns (uint256 kernels, uint256 next)
    {
        uint256 end;
        assembly ("memory-safe") {
            kernels := mload(0x40)
            end := add(kernels, shl(5, count))
            mstore(0x40, end)
        }
        for (uint256 kernel = kernels; kernel < end;) {
            uint256 value;
            (value, cursor) = _kernel(coordinates, tables, cursor);
            assembly ("memory-safe") {
                mstore(kernel, value)
                // whatever was allocated for it is of no more use
                mstore(0x40, end)
                kernel := add(kernel, 0x20)
            }
        }
        next = cursor;
    }

    /// @notice The record of a leading vector: axes, size, entries.
    /// @param kernel memory address of its word in the dictionary
    function record(Coordinates memory coordinates, uint256[] memory tables, uint256 kernel)
        internal
        pure
        returns (uint256 found)
    {
        uint256 word;
        assembly ("memory-safe") {
            word := mload(kernel)
        }
        found = word & (PENDING - 1);
        if (word & PENDING == 0) return found;
        (uint256 table, uint256 size) = Enumeration.entries(coordinates, tables, found + 1);
        assembly ("memory-safe") {
            let axes := byte(0, mload(found))
            found := mload(0x40)
            mstore(0x40, add(found, 0x60))
            mstore(found, axes)
            mstore(add(found, 0x20), size)
            mstore(add(found, 0x40), table)
            mstore(kernel, or(ENUMERATED, found))
        }
    }

    function _kernel(Coordinates memory coordinates, uint256[] memory tables, uint256 cursor)
        private
        pure
        returns (uint256 value, uint256 next)
    {
        uint256 place;
        uint256 first;
        uint256 end;
        // place; of an inner axis also its z: `bits` coordinates that end `place - 2` before z does
        assembly ("memory-safe") {
            let word := mload(cursor)
            place := byte(0, word)
            cursor := add(cursor, 1)
            if gt(place, LEADING) {
                cursor := add(cursor, 1)
                end := sub(mload(add(coordinates, 0x40)), shl(5, sub(place, INNER)))
                first := sub(end, shl(5, byte(1, word)))
            }
        }
        if (place == LEADING) return (ENUMERATED | PENDING | cursor, FactorReader.skipVector(cursor + 1));
        (bool plain, uint256 factors, uint256 size, uint256 start) = FactorReader.head(cursor);
        if (plain) {
            next = start + factors * FactorReader.SLICE;
            if (factors == 1) {
                (uint256 sFirst, uint256 sEnd) = CoordinateReader.slice(coordinates, start);
                if (end == 0) return (PlainKernel.single(sFirst, sEnd, size), next);
                return (PlainKernel.pair(sFirst, sEnd, first, end, size, coordinates.centred), next);
            }
            if (factors == 0) return (end == 0 ? size : PlainKernel.single(first, end, size), next);
            if (factors == 2) return (_two(coordinates, start, first, end, size), next);
            (, value) = BitKernel.evaluate(coordinates, tables, cursor, first, end);
            return (value, next);
        }
        if (factors == 1) {
            Factor memory factor = FactorReader.read(start, plain, size);
            next = FactorReader.end(factor);
            if (factor.div == 1 && factor.modulus == size) {
                bool known;
                (known, value) = _whole(coordinates, factor, first, end);
                if (known) return (value, next);
            }
        } else {
            next = FactorReader.skipVector(cursor);
        }
        bool product;
        (product, value) = BitKernel.evaluate(coordinates, tables, cursor, first, end);
        if (!product) value = Enumeration.sum(coordinates, tables, cursor, first, end, end != 0);
    }

    /// @dev A vector of two slices.
    function _two(Coordinates memory coordinates, uint256 cursor, uint256 first, uint256 end, uint256 size)
        private
        pure
        returns (uint256 value)
    {
        (uint256 sFirst, uint256 sEnd) = CoordinateReader.slice(coordinates, cursor);
        (uint256 tFirst, uint256 tEnd) = CoordinateReader.slice(coordinates, cursor + FactorReader.SLICE);
        if (end == 0) return PlainKernel.pair(sFirst, sEnd, tFirst, tEnd, size, coordinates.centred);
        uint256 used;
        (value, used) = PlainKernel.triple(sEnd, tEnd, end, size, coordinates.centred);
        if (sEnd - used != sFirst) value = mulmod(value, EqTable.zeros(sFirst, sEnd - used), R);
        if (tEnd - used != tFirst) value = mulmod(value, EqTable.zeros(tFirst, tEnd - used), R);
        if (end - used != first) value = mulmod(value, EqTable.zeros(first, end - used), R);
    }

    /// @dev A single factor that looks at the whole index, if it is of a kind that has a closed form or a short sum.
    function _whole(Coordinates memory coordinates, Factor memory factor, uint256 first, uint256 end)
        private
        pure
        returns (bool known, uint256 value)
    {
        uint256 size = factor.modulus;
        if (factor.kind == FactorReader.CONSTANTS) {
            uint256 weights;
            if (end != 0) {
                assembly ("memory-safe") {
                    weights := mload(0x40)
                    mstore(0x40, add(weights, shl(6, size)))
                }
                EqTable.fill(weights, first, end, size);
            }
            return (true, ConstantsKernel.dot(factor.cursor, weights));
        }
        if (factor.kind == FactorReader.WINDOW) {
            return (true, WindowKernel.window(coordinates, factor.cursor, size, first, end, end != 0));
        }
        if (factor.kind == FactorReader.AFFINE && (end != 0 || size == 1)) {
            return (true, WindowKernel.affine(coordinates, factor.cursor, size, first, end));
        }
    }
}
