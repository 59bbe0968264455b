// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CircuitHeader} from "./CircuitHeader.sol";
import {EqTable} from "./EqTable.sol";
import {Interpreter} from "./Interpreter.sol";
import {Blocks} from "./LeadingForm.sol";
import {Tensors} from "./Tensors.sol";

/// @title LeadingAxes
/// @notice Where the blocks of a form lie that has leading axes: distances of neighbours along each, in blocks.
///
/// Where every leading group has one axis, the others are the tensor's inner part: blocks have 2^q cells, neighbours along the last
/// leading axis are neighbouring blocks. A group of several axes can reach into the inner part; blocks are then smaller.
library LeadingAxes {
    /// Bytes of a level, as in `LeadingForm`.
    uint256 private constant LEVEL = 0x80;
    /// A table of places is kept for all forms if it is as short as this, and else for a form with half as many blocks.
    uint256 private constant SHORT_TABLE = 4;

    /// @notice Completes the levels, which have their numbers of axes where the distance belongs, and finds the region.
    /// @param axes number of leading axes
    /// @param tensor memory address of the tensor's record
    /// @return first number of the first element's block
    function place(Interpreter memory scope, Blocks memory blocks, uint256 axes, uint256 tensor)
        internal
        pure
        returns (uint256 first)
    {
        unchecked {
            uint256 region;
            uint256 q;
            uint256 cursor;
            uint256 end;
            assembly ("memory-safe") {
                cursor := mload(add(tensor, 0x40))
                let word := mload(cursor)
                region := byte(0, word)
                q := byte(1, word)
                end := byte(2, word)
            }
            (first, cursor) = CircuitHeader.readVar(cursor + 3);
            end += cursor;
            uint256 sizes;
            (sizes, cursor) = _sizes(cursor, axes);
            uint256 elements;
            if (axes << 7 == blocks.end - blocks.levels) elements = _single(blocks, sizes, axes);
            else (elements, q) = _several(blocks, sizes, axes, cursor, end);
            blocks.rows = scope.rows[region];
            if (region == Tensors.PUBLIC) {
                blocks.publics = scope.publics;
                return first;
            }
            first >>= q;
            uint256 places = scope.c - q;
            blocks.places = places;
            blocks.table = _table(scope, places, elements);
        }
    }

    /// @dev Lists (size, allotted) of `axes` axes.
    function _sizes(uint256 cursor, uint256 axes) private pure returns (uint256 sizes, uint256 next) {
        next = cursor;
        assembly ("memory-safe") {
            sizes := mload(0x40)
            let end := add(sizes, shl(6, axes))
            mstore(0x40, end)
            for { let to := sizes } lt(to, end) { to := add(to, 0x20) } {
                let word := mload(next)
                let length := shl(shr(254, word), 1)
                mstore(to, shr(sub(258, shl(3, length)), shl(2, word)))
                next := add(next, length)
            }
        }
    }

    /// @dev Distances of levels of one axis each.
    /// @return elements number of blocks
    function _single(Blocks memory blocks, uint256 sizes, uint256 axes)
        private
        pure
        returns (uint256 elements)
    {
        assembly ("memory-safe") {
            let level := mload(add(blocks, 0x20))
            let axis := add(sizes, shl(6, axes))
            let stride := 1
            elements := 1
            for {} gt(axis, sizes) {} {
                axis := sub(axis, 0x40)
                level := sub(level, LEVEL)
                mstore(add(level, 0x40), stride)
                elements := mul(elements, mload(axis))
                stride := mul(stride, mload(add(axis, 0x20)))
            }
        }
    }

    /// @dev Distances where some level has several axes; takes these from the innermost on.
    /// @param cursor memory address of the first inner axis
    /// @return elements number of blocks
    /// @return q log2 of the cells of a block: of the product of what inner axes are allotted
    function _several(Blocks memory blocks, uint256 sizes, uint256 axes, uint256 cursor, uint256 end)
        private
        pure
        returns (uint256 elements, uint256 q)
    {
        unchecked {
            while (cursor < end) {
                uint256 allotted;
                (, cursor) = CircuitHeader.readVar(cursor);
                (allotted, cursor) = CircuitHeader.readVar(cursor);
                for (; allotted > 1; allotted >>= 1) {
                    ++q;
                }
            }
            elements = 1;
            uint256 stride = 1;
            for (uint256 level = blocks.end; level > blocks.levels;) {
                level -= LEVEL;
                uint256 own;
                uint256 distances;
                uint256 known = 1;
                assembly ("memory-safe") {
                    distances := mload(0x40)
                    mstore(0x40, add(distances, shl(5, mload(level))))
                    own := mload(add(level, 0x40))
                    mstore(add(level, 0x40), 0)
                    mstore(add(level, 0x60), distances)
                    mstore(distances, 0)
                    elements := mul(elements, mload(level))
                }
                // distances along the axes so far, once more for each index of the next one out
                for (; own != 0; --own) {
                    --axes;
                    assembly ("memory-safe") {
                        let axis := add(sizes, shl(6, axes))
                        let step := shl(5, known)
                        let last := add(distances, mul(mload(axis), step))
                        for { let to := add(distances, step) } lt(to, last) { to := add(to, 0x20) } {
                            mstore(to, add(mload(sub(to, step)), stride))
                        }
                        known := mul(known, mload(axis))
                        stride := mul(stride, mload(add(axis, 0x20)))
                    }
                }
            }
        }
    }

    /// @dev eq of the coordinates before the blocks', for all places in a row; 0 where single values cost less.
    function _table(Interpreter memory scope, uint256 places, uint256 elements)
        private
        pure
        returns (uint256 table)
    {
        unchecked {
            // Any address does where it is not read.
            if (places == 0) return 1;
            table = scope.placeTables[places];
            if (table != 0) return table;
            if (places > SHORT_TABLE && 1 << places > 2 * elements) return 0;
            assembly ("memory-safe") {
                table := mload(0x40)
                mstore(0x40, add(table, shl(add(places, 5), 1)))
            }
            EqTable.fill(table, scope.z, scope.z + (places << 5), 1 << places);
            scope.placeTables[places] = table;
        }
    }
}
