// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BitKernel} from "./BitKernel.sol";
import {ConstantsKernel} from "./ConstantsKernel.sol";
import {CoordinateReader, Coordinates} from "./Coordinates.sol";
import {Enumeration} from "./Enumeration.sol";
import {EqTable} from "./EqTable.sol";
import {Factor, FactorReader} from "./FactorReader.sol";
import {Field} from "./Field.sol";
import {PlainKernel} from "./PlainKernel.sol";
import {TableKernel} from "./TableKernel.sol";
import {TableReader} from "./TableReader.sol";
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

    /// Bytes kept for the weights of constants: 32 entries.
    uint256 private constant WEIGHTS_ROOM = 0x400;

    /// @dev eq(z, .) for the coordinates [first, end) of z.
    struct Weights {
        uint256 first;
        uint256 end;
        uint256 table;
    }

    /// The word of a leading vector, 3 R + 1: 1 modulo R, so that products pass over it. Values are below 2R < 2^255.
    uint256 internal constant NEUTRAL = 0x912ceb58a394e07d28f0d12384840917789bb8d96d2c51b3cba5e0bbd0000004;
    /// Least of the words that are no values.
    uint256 internal constant ENUMERATED = 1 << 255;
    /// Bit of a leading vector that no form has used yet. Below is the memory address of its number of axes in the
    /// encoding; else that of its record: axes, size, entries.
    uint256 private constant PENDING = 1 << 254;

    /// @notice Evaluates the dictionary.
    /// @param cursor memory address of the section
    /// @return kernels memory address of the first of `count` words, values or NEUTRAL; `count` words on are the leading vectors
    /// @return next memory address of the section after it
    function evaluate(Coordinates memory coordinates, uint256[] memory tables, uint256 cursor, uint256 count)
        internal
        pure
        returns (uint256 kernels, uint256 next)
    {
        uint256 free;
        Weights memory weights;
        unchecked {
            uint256 length = count << 5;
            assembly ("memory-safe") {
                kernels := mload(0x40)
            }
            uint256 end = kernels + length;
            weights.table = end + length;
            free = end + length + WEIGHTS_ROOM;
            for (uint256 kernel = kernels; kernel < end; kernel += 0x20) {
                assembly ("memory-safe") {
                    // whatever was allocated for the one before is of no more use
                    mstore(0x40, free)
                }
                uint256 value;
                (value, cursor) = _kernel(coordinates, tables, weights, cursor);
                assembly ("memory-safe") {
                    if shr(255, value) {
                        mstore(add(kernel, length), value)
                        value := NEUTRAL
                    }
                    mstore(kernel, value)
                }
            }
        }
        assembly ("memory-safe") {
            mstore(0x40, free)
        }
        next = cursor;
    }

    /// @notice The record of a leading vector: axes, size, entries.
    /// @param vector memory address of its word
    function record(Coordinates memory coordinates, uint256[] memory tables, uint256 vector)
        internal
        pure
        returns (uint256 found)
    {
        assembly ("memory-safe") {
            found := mload(vector)
        }
        if (found & PENDING == 0) return found;
        found &= PENDING - 1;
        (uint256 table, uint256 size) = Enumeration.entries(coordinates, tables, found + 1);
        assembly ("memory-safe") {
            let axes := byte(0, mload(found))
            found := mload(0x40)
            mstore(0x40, add(found, 0x60))
            mstore(found, axes)
            mstore(add(found, 0x20), size)
            mstore(add(found, 0x40), table)
            mstore(vector, found)
        }
    }

    /// @dev One kernel. Those of at most two whole slices, nearly all, are read here; their fields lie within 32 bytes.
    function _kernel(
        Coordinates memory coordinates,
        uint256[] memory tables,
        Weights memory weights,
        uint256 cursor
    ) private pure returns (uint256 value, uint256 next) {
        unchecked {
            uint256 head;
            uint256 size;
            uint256 first;
            uint256 end;
            // place; of an inner axis also its z: `bits` coordinates that end `place - 2` before z does; head, size
            assembly ("memory-safe") {
                let word := mload(cursor)
                let place := byte(0, word)
                cursor := add(cursor, 1)
                switch gt(place, LEADING)
                case 1 {
                    end := sub(mload(add(coordinates, 0x40)), shl(5, sub(place, INNER)))
                    first := sub(end, shl(5, byte(1, word)))
                    head := byte(2, word)
                    word := shl(24, word)
                    cursor := add(cursor, 1)
                }
                default {
                    // of leading axes their number comes first: no head is as large as this
                    head := byte(1, word)
                    if place { head := 0x100 }
                    word := shl(16, word)
                }
                size := byte(0, word)
                next := add(cursor, 2)
                // a var of more than one byte
                if gt(size, 0x3f) {
                    let length := shl(shr(254, word), 1)
                    size := shr(sub(258, shl(3, length)), shl(2, word))
                    next := add(add(cursor, 1), length)
                }
            }
            if (head == 0x41) {
                (uint256 sFirst, uint256 sEnd) = CoordinateReader.slice(coordinates, next);
                next += FactorReader.SLICE;
                if (end == 0) return (PlainKernel.single(sFirst, sEnd, size), next);
                return (PlainKernel.pair(sFirst, sEnd, first, end, size, coordinates.centred), next);
            }
            if (head == 0x42) {
                return (_two(coordinates, next, first, end, size), next + 2 * FactorReader.SLICE);
            }
            if (head == 0x100) {
                return (ENUMERATED | PENDING | cursor, FactorReader.skipVector(cursor + 1));
            }
            if (head == 0x40) return (end == 0 ? size : PlainKernel.single(first, end, size), next);
            if (head == 1) {
                if (_byte(next) == FactorReader.WHOLE | FactorReader.CONSTANTS) {
                    uint256 table = _weights(weights, first, end, size);
                    if (table != 0) {
                        bool single;
                        // one constant, which is 1: count, gap, 01 01
                        assembly ("memory-safe") {
                            let word := mload(next)
                            if eq(and(word, shl(216, 0xffc0ffff)), shl(216, 0x01000101)) {
                                single := 1
                                value := mload(add(table, shl(5, byte(2, word))))
                            }
                        }
                        if (single) return (value, next + 5);
                    }
                    return ConstantsKernel.dot(next + 1, table);
                }
                Factor memory factor = FactorReader.read(next, false, size);
                if (factor.div == 1 && factor.modulus == size) {
                    bool known;
                    (known, value) = _whole(coordinates, factor, first, end);
                    if (known) return (value, FactorReader.end(factor));
                }
            }
            if (head == 2 && end != 0) {
                value = _keys(coordinates, tables, next, first, end, size);
                if (value != 0) return (value, FactorReader.skipVector(cursor));
            }
            next = FactorReader.skipVector(cursor);
            bool product;
            (product, value) = BitKernel.evaluate(coordinates, tables, cursor, first, end);
            if (!product) value = Enumeration.sum(coordinates, tables, cursor, first, end, end != 0);
        }
    }

    /// @dev A vector of two slices.
    function _two(Coordinates memory coordinates, uint256 cursor, uint256 first, uint256 end, uint256 size)
        private
        pure
        returns (uint256 value)
    {
        uint256 r = Field.modulus();
        (uint256 sFirst, uint256 sEnd) = CoordinateReader.slice(coordinates, cursor);
        (uint256 tFirst, uint256 tEnd) = CoordinateReader.slice(coordinates, cursor + FactorReader.SLICE);
        if (end == 0) return PlainKernel.pair(sFirst, sEnd, tFirst, tEnd, size, coordinates.centred);
        uint256 used;
        (value, used) = PlainKernel.triple(sEnd, tEnd, end, size, coordinates.centred);
        unchecked {
            if (sEnd - used != sFirst) value = mulmod(value, EqTable.zeros(sFirst, sEnd - used), r);
            if (tEnd - used != tFirst) value = mulmod(value, EqTable.zeros(tFirst, tEnd - used), r);
            if (end - used != first) value = mulmod(value, EqTable.zeros(first, end - used), r);
        }
    }

    /// @dev A single factor that looks at the whole index, if it is of a kind that has a closed form or a short sum.
    function _whole(Coordinates memory coordinates, Factor memory factor, uint256 first, uint256 end)
        private
        pure
        returns (bool known, uint256 value)
    {
        uint256 size = factor.modulus;
        if (factor.kind == FactorReader.WINDOW) {
            return (true, WindowKernel.window(coordinates, factor.cursor, size, first, end));
        }
        if (factor.kind == FactorReader.AFFINE && (end != 0 || size == 1)) {
            return (true, WindowKernel.affine(coordinates, factor.cursor, size, first, end));
        }
    }

    /// @dev eq(z, .) at the entries of an inner axis; 0 without one. Those of the last short axis are kept.
    function _weights(Weights memory weights, uint256 first, uint256 end, uint256 size)
        private
        pure
        returns (uint256 table)
    {
        if (end == 0) return 0;
        unchecked {
            uint256 entries = 1 << ((end - first) >> 5);
            if (entries << 5 > WEIGHTS_ROOM) {
                assembly ("memory-safe") {
                    table := mload(0x40)
                    mstore(0x40, add(table, shl(6, size)))
                }
                EqTable.fill(table, first, end, size);
                return table;
            }
            table = weights.table;
            if (weights.first != first || weights.end != end) {
                (weights.first, weights.end) = (first, end);
                EqTable.fill(table, first, end, entries);
            }
        }
    }

    /// @dev eq of a slice and the keys of a range table, as long as the axis; 0 for any other two factors.
    function _keys(
        Coordinates memory coordinates,
        uint256[] memory tables,
        uint256 cursor,
        uint256 first,
        uint256 end,
        uint256 size
    ) private pure returns (uint256 value) {
        uint256 table;
        bool found;
        // both whole: eq, slice; table, var
        assembly ("memory-safe") {
            let word := mload(cursor)
            found := and(eq(byte(0, word), 0x80), eq(byte(3, word), 0x84))
            word := shl(32, word)
            table := shr(sub(258, shl(3, shl(shr(254, word), 1))), shl(2, word))
        }
        if (!found) return 0;
        (uint256 sFirst, uint256 sEnd) = CoordinateReader.slice(coordinates, cursor + 1);
        (uint256 bits, uint256 low, uint256 images,) = TableReader.read(tables[table]);
        unchecked {
            uint256 length = bits << 5;
            if (images != 0 || size >> bits != 1 || sEnd - sFirst != length || end - first != length) {
                return 0;
            }
            return TableKernel.evaluate(sEnd, end, bits, coordinates.gamma + low);
        }
    }

    function _byte(uint256 cursor) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := byte(0, mload(cursor))
        }
    }
}
