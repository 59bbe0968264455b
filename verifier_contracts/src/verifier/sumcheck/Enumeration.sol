// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CircuitHeader} from "./CircuitHeader.sol";
import {ConstantsKernel} from "./ConstantsKernel.sol";
import {CoordinateReader, Coordinates} from "./Coordinates.sol";
import {EqTable} from "./EqTable.sol";
import {Factor, FactorReader} from "./FactorReader.sol";
import {Field} from "./Field.sol";
import {TableReader} from "./TableReader.sol";

/// @title Enumeration
/// @notice All entries of any vector, one by one: what leading axes need, and the way to evaluate a kernel where no
/// closed form does. Its cost is linear in the vector's size.
library Enumeration {
    /// @notice The entries, allocated.
    /// @param cursor memory address of the vector's head
    /// @return table memory address of the first entry
    /// @return size number of entries
    function entries(Coordinates memory coordinates, uint256[] memory tables, uint256 cursor)
        internal
        pure
        returns (uint256 table, uint256 size)
    {
        bool plain;
        uint256 factors;
        (plain, factors, size, cursor) = FactorReader.head(cursor);
        for (uint256 i = 0; i < factors; ++i) {
            Factor memory factor = FactorReader.read(cursor, plain, size);
            uint256 count = (size + factor.div - 1) / factor.div;
            if (factor.modulus < count) count = factor.modulus;
            uint256 values = _values(coordinates, tables, factor, count);
            if (i == 0 && count == size) {
                table = values;
            } else {
                if (i == 0) table = _ones(size);
                _multiply(table, size, values, factor.div, factor.modulus);
            }
            cursor = FactorReader.end(factor);
        }
        if (factors == 0) table = _ones(size);
    }

    /// @notice Sum of the entries, each times eq(z, i).
    /// @param first memory address of the coordinates z of the kernel's axis
    /// @param axis whether there is an axis; without, the sum is of the entries alone
    function sum(
        Coordinates memory coordinates,
        uint256[] memory tables,
        uint256 cursor,
        uint256 first,
        uint256 end,
        bool axis
    ) internal pure returns (uint256 value) {
        uint256 r = Field.modulus();
        (uint256 table, uint256 size) = entries(coordinates, tables, cursor);
        uint256 weights = 0;
        if (axis) {
            weights = _allocate(size << 1);
            EqTable.fill(weights, first, end, size);
        }
        assembly ("memory-safe") {
            let last := add(table, shl(5, size))
            for {} lt(table, last) { table := add(table, 0x20) } {
                let entry := mload(table)
                if weights {
                    entry := mulmod(entry, mload(weights), r)
                    weights := add(weights, 0x20)
                }
                value := addmod(value, entry, r)
            }
        }
    }

    /// @dev The factor's function at j < count.
    function _values(
        Coordinates memory coordinates,
        uint256[] memory tables,
        Factor memory factor,
        uint256 count
    ) private pure returns (uint256 values) {
        uint256 cursor = factor.cursor;
        if (factor.kind == FactorReader.EQ) {
            values = _allocate(count << 1);
            (uint256 first, uint256 end) = CoordinateReader.slice(coordinates, cursor);
            EqTable.fill(values, first, end, count);
        } else if (factor.kind == FactorReader.AFFINE) {
            values = _affine(coordinates, cursor, count);
        } else if (factor.kind == FactorReader.WINDOW) {
            values = _window(coordinates, cursor, count);
        } else if (factor.kind == FactorReader.CONSTANTS) {
            values = _zeros(count);
            ConstantsKernel.fill(cursor, values, count);
        } else {
            (uint256 table,) = CircuitHeader.readVar(cursor);
            values = _keys(coordinates, tables[table], count);
        }
    }

    /// @dev Sum of eq(t, o) over o in [from, to) and d < taps with o stride + d dilation + offset = j.
    function _affine(Coordinates memory coordinates, uint256 cursor, uint256 count)
        private
        pure
        returns (uint256 values)
    {
        uint256 r = Field.modulus();
        (uint256 first, uint256 end) = CoordinateReader.slice(coordinates, cursor);
        (uint256 from, uint256 next) = CircuitHeader.readVar(cursor + FactorReader.SLICE);
        uint256 to;
        uint256 taps;
        (to, next) = CircuitHeader.readVar(next);
        (taps, next) = CircuitHeader.readVar(next);
        (int256 stride, int256 dilation, int256 offset) = _steps(next);
        values = _zeros(count);
        if (from >= to) return values;
        uint256 outs = _allocate(to << 1);
        EqTable.fill(outs, first, end, to);
        assembly ("memory-safe") {
            for { let o := from } lt(o, to) { o := add(o, 1) } {
                let out := mload(add(outs, shl(5, o)))
                let j := add(mul(o, stride), offset)
                for { let d := 0 } lt(d, taps) { d := add(d, 1) } {
                    // a negative j is a large unsigned one
                    if lt(j, count) {
                        let value := add(values, shl(5, j))
                        mstore(value, addmod(mload(value), out, r))
                    }
                    j := add(j, dilation)
                }
            }
        }
    }

    /// @dev Sum over o < outputs with 0 <= u < inputs, u = o stride + j dilation + offset, of eq(t, o) eq(s, u).
    function _window(Coordinates memory coordinates, uint256 cursor, uint256 count)
        private
        pure
        returns (uint256 values)
    {
        uint256 r = Field.modulus();
        values = _zeros(count);
        (uint256 outputs, uint256 next) = CircuitHeader.readVar(cursor + 2 * FactorReader.SLICE);
        uint256 inputs;
        (inputs, next) = CircuitHeader.readVar(next);
        if (outputs == 0 || inputs == 0) return values;
        (int256 stride, int256 dilation, int256 offset) = _steps(next);
        uint256 outs = _allocate(outputs << 1);
        uint256 ins = _allocate(inputs << 1);
        (uint256 first, uint256 end) = CoordinateReader.slice(coordinates, cursor);
        EqTable.fill(outs, first, end, outputs);
        (first, end) = CoordinateReader.slice(coordinates, cursor + FactorReader.SLICE);
        EqTable.fill(ins, first, end, inputs);
        assembly ("memory-safe") {
            for { let j := 0 } lt(j, count) { j := add(j, 1) } {
                let value := 0
                let u := add(mul(j, dilation), offset)
                for { let o := 0 } lt(o, outputs) { o := add(o, 1) } {
                    if lt(u, inputs) {
                        let product := mulmod(mload(add(outs, shl(5, o))), mload(add(ins, shl(5, u))), r)
                        value := addmod(value, product, r)
                    }
                    u := add(u, stride)
                }
                mstore(add(values, shl(5, j)), value)
            }
        }
    }

    /// @dev gamma + key + beta image of the table's first entries.
    function _keys(Coordinates memory coordinates, uint256 table, uint256 count)
        private
        pure
        returns (uint256 values)
    {
        uint256 r = Field.modulus();
        values = _allocate(count);
        (, uint256 key, uint256 images,) = TableReader.read(table);
        key = addmod(coordinates.gamma, key, r);
        uint256 beta = coordinates.beta;
        assembly ("memory-safe") {
            let last := add(values, shl(5, count))
            for { let value := values } lt(value, last) { value := add(value, 0x20) } {
                let image := 0
                if images {
                    // R + the i32
                    image := mulmod(beta, add(r, signextend(3, shr(224, mload(images)))), r)
                    images := add(images, 4)
                }
                mstore(value, addmod(key, image, r))
                key := add(key, 1)
            }
        }
    }

    /// @dev entries[i] times values[(i / div) mod modulus].
    function _multiply(uint256 table, uint256 size, uint256 values, uint256 div_, uint256 modulus)
        private
        pure
    {
        uint256 r = Field.modulus();
        assembly ("memory-safe") {
            for { let i := 0 } lt(i, size) { i := add(i, 1) } {
                let entry := add(table, shl(5, i))
                let value := mload(add(values, shl(5, mod(div(i, div_), modulus))))
                mstore(entry, mulmod(mload(entry), value, r))
            }
        }
    }

    function _steps(uint256 cursor) private pure returns (int256 stride, int256 dilation, int256 offset) {
        (stride, cursor) = FactorReader.readSigned(cursor);
        (dilation, cursor) = FactorReader.readSigned(cursor);
        (offset,) = FactorReader.readSigned(cursor);
    }

    function _ones(uint256 count) private pure returns (uint256 table) {
        table = _allocate(count);
        assembly ("memory-safe") {
            let last := add(table, shl(5, count))
            for { let entry := table } lt(entry, last) { entry := add(entry, 0x20) } { mstore(entry, 1) }
        }
    }

    function _zeros(uint256 count) private pure returns (uint256 table) {
        table = _allocate(count);
        // what lies beyond the end of the call's data is zero
        assembly ("memory-safe") {
            calldatacopy(table, calldatasize(), shl(5, count))
        }
    }

    function _allocate(uint256 words) private pure returns (uint256 table) {
        assembly ("memory-safe") {
            table := mload(0x40)
            mstore(0x40, add(table, shl(5, words)))
        }
    }
}
