// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EqTable} from "./EqTable.sol";
import {Field} from "./Field.sol";
import {Interpreter} from "./Interpreter.sol";
import {Kernels} from "./Kernels.sol";
import {LeadingAxes} from "./LeadingAxes.sol";

/// @notice The blocks that a form touches, and what it weighs them with.
/// @param levels memory address of the leading groups that have more than one entry, outermost first: number of entries, memory
/// address of the first one, distance in blocks of neighbours, or 0 and the memory address of the distances from the first
/// @param end memory address after them
/// @param rows memory address of the weight of the region's first row; of the constant where the region is public
/// @param publics memory address of the first public integer; 0 where the region has rows
/// @param places log2 of the number of blocks of a row
/// @param table memory address of eq(z_1 … z_places, .); 0 where single values are computed as they are needed
struct Blocks {
    uint256 levels;
    uint256 end;
    uint256 rows;
    uint256 publics;
    uint256 places;
    uint256 table;
}

/// @title LeadingForm
/// @notice Forms with leading axes (`docs/protocol.md`, "Row weights"): for each index of these, with the product l of their
/// vectors' entries, block number (base + sum of index stride)/2^q = row 2^(c-q) + place of the region, and the row's weight
/// grows by scale l eq(z_1 … z_(c-q), place). Public cells are blocks of their own, and integers: l times each goes to the constant.
library LeadingForm {
    /// Bytes of a level.
    uint256 private constant LEVEL = 0x80;
    /// The region without rows.
    uint256 private constant PUBLIC = 7;

    /// @notice Adds a form.
    /// @param cursor memory address of the form's first kernel index
    /// @param groups number of its groups
    /// @param tensor memory address of its tensor's record
    /// @param scale weight times coefficient times unit times its values
    function add(Interpreter memory scope, uint256 cursor, uint256 groups, uint256 tensor, uint256 scale)
        internal
        pure
    {
        Blocks memory blocks;
        uint256 axes = _levels(scope, blocks, cursor, groups);
        if (axes == 1 && _wholeRows(scope, blocks, tensor)) {
            _rows(blocks, blocks.levels, 0, scale);
            return;
        }
        uint256 first = LeadingAxes.place(scope, blocks, axes, tensor);
        scale = _drop(blocks, scale);
        // Memory stays as it is: records of vectors and tables are for other forms too.
        if (blocks.levels == blocks.end) _leaf(scope, blocks, first, scale);
        else _walk(scope, blocks, blocks.levels, first, scale);
    }

    /// @dev Lists the leading groups.
    /// @return axes number of leading axes
    function _levels(Interpreter memory scope, Blocks memory blocks, uint256 cursor, uint256 groups)
        private
        pure
        returns (uint256 axes)
    {
        uint256 level;
        assembly ("memory-safe") {
            level := mload(0x40)
            mstore(0x40, add(level, mul(groups, LEVEL)))
        }
        blocks.levels = level;
        uint256 kernels = scope.kernels;
        uint256 vectors = scope.vectors;
        while (true) {
            uint256 vector;
            // up to the next leading vector
            assembly ("memory-safe") {
                for {} groups {} {
                    groups := sub(groups, 1)
                    let word := mload(cursor)
                    let index := byte(0, word)
                    cursor := add(cursor, 1)
                    // a var of more than one byte
                    if gt(index, 0x3f) {
                        let length := shl(shr(254, word), 1)
                        index := shr(sub(258, shl(3, length)), shl(2, word))
                        cursor := sub(add(cursor, length), 1)
                    }
                    index := shl(5, index)
                    if shr(255, mload(add(kernels, index))) {
                        vector := add(vectors, index)
                        break
                    }
                }
            }
            if (vector == 0) break;
            uint256 record = Kernels.record(scope.coordinates, scope.tables, vector);
            // size, entries, and for now the number of axes
            assembly ("memory-safe") {
                mstore(level, mload(add(record, 0x20)))
                mstore(add(level, 0x20), mload(add(record, 0x40)))
                vector := mload(record)
                mstore(add(level, 0x40), vector)
                axes := add(axes, vector)
                level := add(level, LEVEL)
            }
        }
        blocks.end = level;
    }

    /// @dev Whether the blocks are the rows from the tensor's first one on, which is all that there is to know: one leading axis
    /// before an inner part as long as a row.
    function _wholeRows(Interpreter memory scope, Blocks memory blocks, uint256 tensor)
        private
        pure
        returns (bool whole)
    {
        assembly ("memory-safe") {
            let word := mload(mload(add(tensor, 0x40)))
            whole := and(eq(byte(1, word), mload(add(scope, 0xe0))), iszero(eq(byte(0, word), PUBLIC)))
            if whole {
                mstore(add(blocks, 0x40), mload(add(tensor, 0x20)))
                let level := mload(blocks)
                mstore(add(level, 0x40), 1)
            }
        }
    }

    /// @dev Drops levels of one entry, and multiplies the scale by it.
    function _drop(Blocks memory blocks, uint256 scale) private pure returns (uint256 scaled) {
        uint256 r = Field.modulus();
        scaled = scale;
        assembly ("memory-safe") {
            let level := mload(blocks)
            let end := mload(add(blocks, 0x20))
            let kept := level
            for {} lt(level, end) { level := add(level, LEVEL) } {
                switch eq(mload(level), 1)
                case 1 { scaled := mulmod(scaled, mload(mload(add(level, 0x20))), r) }
                default {
                    if lt(kept, level) { mcopy(kept, level, LEVEL) }
                    kept := add(kept, LEVEL)
                }
            }
            mstore(add(blocks, 0x20), kept)
        }
    }

    /// @dev Visits all blocks from a level on.
    /// @param index number of the block at the indices of the levels before
    /// @param scale product of their entries and all else
    function _walk(
        Interpreter memory scope,
        Blocks memory blocks,
        uint256 level,
        uint256 index,
        uint256 scale
    ) private pure {
        uint256 r = Field.modulus();
        unchecked {
            uint256 next = level + LEVEL;
            uint256 step;
            assembly ("memory-safe") {
                step := mload(add(level, 0x40))
            }
            // Equal steps, and all that blocks weigh is at hand.
            if (next == blocks.end && step != 0 && blocks.publics | blocks.table != 0) {
                if (blocks.publics == 0) _rows(blocks, level, index, scale);
                else _public(blocks, level, index, scale);
                return;
            }
            uint256 size;
            assembly ("memory-safe") {
                size := mload(level)
            }
            for (uint256 i = 0; i < size; ++i) {
                uint256 entry;
                uint256 distance;
                assembly ("memory-safe") {
                    entry := mload(add(mload(add(level, 0x20)), shl(5, i)))
                    distance := mul(step, i)
                    if iszero(step) { distance := mload(add(mload(add(level, 0x60)), shl(5, i))) }
                }
                if (entry == 0) continue;
                entry = mulmod(scale, entry, r);
                if (next == blocks.end) _leaf(scope, blocks, index + distance, entry);
                else _walk(scope, blocks, next, index + distance, entry);
            }
        }
    }

    /// @dev Adds scale times the sum of entry times public integer to the constant.
    function _public(Blocks memory blocks, uint256 level, uint256 index, uint256 scale) private pure {
        uint256 r = Field.modulus();
        assembly ("memory-safe") {
            let entry := mload(add(level, 0x20))
            let end := add(entry, shl(5, mload(level)))
            let step := shl(5, mload(add(level, 0x40)))
            let cell := add(mload(add(blocks, 0x60)), shl(5, index))
            let sum := 0
            for {} lt(entry, end) { entry := add(entry, 0x20) } {
                sum := addmod(sum, mulmod(mload(entry), mload(cell), r), r)
                cell := add(cell, step)
            }
            let total := mload(add(blocks, 0x40))
            mstore(total, addmod(mload(total), mulmod(sum, scale, r), r))
        }
    }

    /// @dev Each block's row's weight grows by scale times the entry times eq at the block's place in the row.
    function _rows(Blocks memory blocks, uint256 level, uint256 index, uint256 scale) private pure {
        uint256 r = Field.modulus();
        uint256 places = blocks.places;
        uint256 rows = blocks.rows;
        if (places == 0) {
            // rows that are `step` bytes apart
            assembly ("memory-safe") {
                rows := add(rows, shl(5, index))
                let entry := mload(add(level, 0x20))
                let end := add(entry, shl(5, mload(level)))
                let step := shl(5, mload(add(level, 0x40)))
                for {} lt(entry, end) { entry := add(entry, 0x20) } {
                    let value := mload(entry)
                    if value { mstore(rows, addmod(mload(rows), mulmod(scale, value, r), r)) }
                    rows := add(rows, step)
                }
            }
            return;
        }
        uint256 table = blocks.table;
        assembly ("memory-safe") {
            let entry := mload(add(level, 0x20))
            let end := add(entry, shl(5, mload(level)))
            let step := mload(add(level, 0x40))
            let mask := sub(shl(places, 1), 1)
            for {} lt(entry, end) { entry := add(entry, 0x20) } {
                let value := mulmod(mload(entry), mload(add(table, shl(5, and(index, mask)))), r)
                if value {
                    let row := add(rows, shl(5, shr(places, index)))
                    mstore(row, addmod(mload(row), mulmod(scale, value, r), r))
                }
                index := add(index, step)
            }
        }
    }

    /// @dev One block, or public cell.
    function _leaf(Interpreter memory scope, Blocks memory blocks, uint256 index, uint256 scale)
        private
        pure
    {
        uint256 r = Field.modulus();
        (uint256 rows, uint256 publics) = (blocks.rows, blocks.publics);
        uint256 weight;
        if (publics != 0) {
            assembly ("memory-safe") {
                weight := mload(add(publics, shl(5, index)))
            }
        } else {
            uint256 places = blocks.places;
            weight = EqTable.single(scope.z, scope.z + (places << 5), index);
            rows += (index >> places) << 5;
        }
        assembly ("memory-safe") {
            mstore(rows, addmod(mload(rows), mulmod(scale, weight, r), r))
        }
    }
}
