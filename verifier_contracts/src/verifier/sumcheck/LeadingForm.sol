// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CircuitHeader} from "./CircuitHeader.sol";
import {EqTable} from "./EqTable.sol";
import {R} from "./Field.sol";
import {Interpreter} from "./Interpreter.sol";
import {Kernels} from "./Kernels.sol";
import {Tensors} from "./Tensors.sol";

/// @notice The blocks that a form touches, and what it weighs them with.
/// @param levels memory address of (size, entries, offsets) of each leading group, outermost first; offsets are memory addresses of
/// distances in blocks from the group's first entry
/// @param count number of leading groups
/// @param rows memory address of the weight of the region's first row; of the constant where the region is public
/// @param publics memory address of the first public integer; 0 where the region has rows
/// @param places log2 of the number of blocks of a row
/// @param table memory address of eq(z_1 … z_places, .); 0 where single values are computed as they are needed
struct Blocks {
    uint256 levels;
    uint256 count;
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
    /// @notice Adds a form.
    /// @param cursor memory address of the form's first kernel index
    /// @param groups number of its groups
    /// @param tensor memory address of its tensor's record
    /// @param scale weight times coefficient times unit
    function add(Interpreter memory scope, uint256 cursor, uint256 groups, uint256 tensor, uint256 scale)
        internal
        pure
    {
        uint256 free;
        Blocks memory blocks;
        uint256 axes;
        (axes, scale) = _levels(scope, blocks, cursor, groups, scale);
        assembly ("memory-safe") {
            free := mload(0x40)
        }
        uint256 first = _place(scope, blocks, axes, tensor);
        if (blocks.count == 0) _leaf(scope, blocks, first, scale);
        else _walk(scope, blocks, 0, first, scale);
        // records of leading vectors stay, for other forms; what this form alone needs does not
        assembly ("memory-safe") {
            mstore(0x40, free)
        }
    }

    /// @dev Lists the leading groups, and multiplies the scale by the values of all others.
    /// @return axes number of leading axes
    function _levels(
        Interpreter memory scope,
        Blocks memory blocks,
        uint256 cursor,
        uint256 groups,
        uint256 scale
    ) private pure returns (uint256 axes, uint256 scaled) {
        uint256 levels;
        assembly ("memory-safe") {
            levels := mload(0x40)
            // 96 bytes for each group
            mstore(0x40, add(levels, mul(groups, 0x60)))
        }
        blocks.levels = levels;
        uint256 count = 0;
        for (; groups != 0; --groups) {
            uint256 kernel;
            uint256 value;
            (kernel, cursor) = CircuitHeader.readVar(cursor);
            kernel = scope.kernels + (kernel << 5);
            assembly ("memory-safe") {
                value := mload(kernel)
            }
            if (value < Kernels.ENUMERATED) {
                scale = mulmod(scale, value, R);
                continue;
            }
            uint256 record = Kernels.record(scope.coordinates, scope.tables, kernel);
            // axes, for now in the place of the offsets; size; entries
            assembly ("memory-safe") {
                let level := add(levels, mul(count, 0x60))
                let own := mload(record)
                mstore(level, mload(add(record, 0x20)))
                mstore(add(level, 0x20), mload(add(record, 0x40)))
                mstore(add(level, 0x40), own)
                axes := add(axes, own)
                count := add(count, 1)
            }
        }
        blocks.count = count;
        scaled = scale;
    }

    /// @dev Finds the blocks of a tensor.
    /// @param axes number of leading axes: the others are inner
    /// @return first number of the first element's block
    function _place(Interpreter memory scope, Blocks memory blocks, uint256 axes, uint256 tensor)
        private
        pure
        returns (uint256 first)
    {
        uint256 cursor;
        assembly ("memory-safe") {
            cursor := mload(add(tensor, 0x40))
        }
        uint256 region;
        uint256 end;
        assembly ("memory-safe") {
            let word := mload(cursor)
            region := byte(0, word)
            end := byte(2, word)
        }
        (first, cursor) = CircuitHeader.readVar(cursor + 3);
        end += cursor;
        // sizes and allotted numbers of the leading axes; the inner ones' product is 2^q
        uint256 sizes;
        assembly ("memory-safe") {
            sizes := mload(0x40)
            mstore(0x40, add(sizes, shl(6, axes)))
        }
        uint256 block_ = 1;
        for (uint256 axis = 0; cursor < end; ++axis) {
            uint256 size;
            uint256 allotted;
            (size, cursor) = CircuitHeader.readVar(cursor);
            (allotted, cursor) = CircuitHeader.readVar(cursor);
            if (axis >= axes) {
                block_ *= allotted;
            } else {
                assembly ("memory-safe") {
                    let word := add(sizes, shl(6, axis))
                    mstore(word, size)
                    mstore(add(word, 0x20), allotted)
                }
            }
        }
        _offsets(blocks, sizes, axes);
        uint256 q = 0;
        for (; block_ > 1; block_ >>= 1) {
            ++q;
        }
        blocks.rows = scope.rows[region];
        if (region == Tensors.PUBLIC) {
            blocks.publics = scope.publics;
            return first;
        }
        blocks.places = scope.c - q;
        first >>= q;
        _placeTable(scope, blocks);
    }

    /// @dev Replaces each level's number of axes by its offsets; takes the axes from the innermost on.
    function _offsets(Blocks memory blocks, uint256 sizes, uint256 axes) private pure {
        uint256 stride = 1;
        for (uint256 level = blocks.count; level != 0; --level) {
            uint256 record = blocks.levels + (level - 1) * 0x60;
            uint256 own;
            uint256 size;
            uint256 offsets;
            assembly ("memory-safe") {
                size := mload(record)
                own := mload(add(record, 0x40))
                offsets := mload(0x40)
                mstore(0x40, add(offsets, shl(5, size)))
                mstore(add(record, 0x40), offsets)
                mstore(offsets, 0)
            }
            // offsets of the axes so far, repeated at each index of the next one out
            uint256 known = 1;
            for (; own != 0; --own) {
                --axes;
                assembly ("memory-safe") {
                    let axis := add(sizes, shl(6, axes))
                    let step := shl(5, known)
                    let last := add(offsets, mul(mload(axis), step))
                    for { let to := add(offsets, step) } lt(to, last) { to := add(to, 0x20) } {
                        mstore(to, add(mload(sub(to, step)), stride))
                    }
                    known := mul(known, mload(axis))
                    stride := mul(stride, mload(add(axis, 0x20)))
                }
            }
        }
    }

    /// @dev Tabulates eq of the coordinates before the blocks', where fewer blocks lie in a row than the form has.
    function _placeTable(Interpreter memory scope, Blocks memory blocks) private pure {
        uint256 places = blocks.places;
        if (places == 0) return;
        uint256 elements = 1;
        for (uint256 level = 0; level < blocks.count; ++level) {
            uint256 record = blocks.levels + level * 0x60;
            assembly ("memory-safe") {
                elements := mul(elements, mload(record))
            }
        }
        if (elements < 2 || 1 << places > 2 * elements) return;
        uint256 table;
        assembly ("memory-safe") {
            table := mload(0x40)
            mstore(0x40, add(table, shl(add(places, 5), 1)))
        }
        EqTable.fill(table, scope.z, scope.z + (places << 5), 1 << places);
        blocks.table = table;
    }

    /// @dev Visits all blocks from a level on.
    /// @param block_ block number for the indices of the levels before
    /// @param scale product of their entries and all else
    function _walk(
        Interpreter memory scope,
        Blocks memory blocks,
        uint256 level,
        uint256 block_,
        uint256 scale
    ) private pure {
        uint256 record = blocks.levels + level * 0x60;
        uint256 size;
        uint256 entries;
        uint256 offsets;
        assembly ("memory-safe") {
            size := mload(record)
            entries := mload(add(record, 0x20))
            offsets := mload(add(record, 0x40))
        }
        if (++level == blocks.count) {
            if (blocks.publics != 0) _public(blocks, entries, offsets, size, block_, scale);
            else if (blocks.places == 0) _wholeRows(blocks, entries, offsets, size, block_, scale);
            else _last(scope, blocks, entries, offsets, size, block_, scale);
            return;
        }
        for (uint256 i = 0; i < size; ++i) {
            uint256 entry;
            uint256 offset;
            assembly ("memory-safe") {
                entry := mload(add(entries, shl(5, i)))
                offset := mload(add(offsets, shl(5, i)))
            }
            _walk(scope, blocks, level, block_ + offset, mulmod(scale, entry, R));
        }
    }

    /// @dev Adds scale times the sum of entry times public integer to the constant.
    function _public(
        Blocks memory blocks,
        uint256 entries,
        uint256 offsets,
        uint256 size,
        uint256 cell,
        uint256 scale
    ) private pure {
        (uint256 publics, uint256 constant_) = (blocks.publics, blocks.rows);
        assembly ("memory-safe") {
            publics := add(publics, shl(5, cell))
            let sum := 0
            let last := add(entries, shl(5, size))
            for {} lt(entries, last) { entries := add(entries, 0x20) } {
                let value := mload(add(publics, shl(5, mload(offsets))))
                sum := addmod(sum, mulmod(mload(entries), value, R), R)
                offsets := add(offsets, 0x20)
            }
            mstore(constant_, addmod(mload(constant_), mulmod(sum, scale, R), R))
        }
    }

    /// @dev Blocks that are whole rows: each row's weight grows by scale times the entry.
    function _wholeRows(
        Blocks memory blocks,
        uint256 entries,
        uint256 offsets,
        uint256 size,
        uint256 row,
        uint256 scale
    ) private pure {
        uint256 rows = blocks.rows;
        assembly ("memory-safe") {
            rows := add(rows, shl(5, row))
            let last := add(entries, shl(5, size))
            for {} lt(entries, last) { entries := add(entries, 0x20) } {
                let target := add(rows, shl(5, mload(offsets)))
                mstore(target, addmod(mload(target), mulmod(scale, mload(entries), R), R))
                offsets := add(offsets, 0x20)
            }
        }
    }

    /// @dev Blocks of the last level.
    function _last(
        Interpreter memory scope,
        Blocks memory blocks,
        uint256 entries,
        uint256 offsets,
        uint256 size,
        uint256 block_,
        uint256 scale
    ) private pure {
        for (uint256 i = 0; i < size; ++i) {
            uint256 entry;
            uint256 offset;
            assembly ("memory-safe") {
                entry := mload(add(entries, shl(5, i)))
                offset := mload(add(offsets, shl(5, i)))
            }
            if (entry != 0) _leaf(scope, blocks, block_ + offset, mulmod(scale, entry, R));
        }
    }

    /// @dev One block, or public cell.
    function _leaf(Interpreter memory scope, Blocks memory blocks, uint256 block_, uint256 scale)
        private
        pure
    {
        (uint256 rows, uint256 publics) = (blocks.rows, blocks.publics);
        (uint256 places, uint256 table) = (blocks.places, blocks.table);
        uint256 weight;
        if (publics != 0) {
            assembly ("memory-safe") {
                weight := mload(add(publics, shl(5, block_)))
            }
        } else if (table != 0) {
            assembly ("memory-safe") {
                weight := mload(add(table, shl(5, and(block_, sub(shl(places, 1), 1)))))
                rows := add(rows, shl(5, shr(places, block_)))
            }
        } else {
            weight = EqTable.single(scope.z, scope.z + (places << 5), block_);
            rows += (block_ >> places) << 5;
        }
        assembly ("memory-safe") {
            mstore(rows, addmod(mload(rows), mulmod(scale, weight, R), R))
        }
    }
}
