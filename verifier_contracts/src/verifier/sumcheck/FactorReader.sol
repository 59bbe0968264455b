// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CircuitHeader} from "./CircuitHeader.sol";
import {HALF, R} from "./Field.sol";

/// @notice A factor of a vector: at entry i it looks at j = (i / div) mod modulus.
/// @param kind of its function of j, one of the constants of `FactorReader`
/// @param div at least 1
/// @param modulus at least 1
/// @param cursor memory address of what follows, by kind
struct Factor {
    uint256 kind;
    uint256 div;
    uint256 modulus;
    uint256 cursor;
}

/// @title FactorReader
/// @notice Reads the vectors of kernels, factor by factor (`docs/protocol.md`, "Encoding").
library FactorReader {
    uint256 internal constant EQ = 0;
    uint256 internal constant AFFINE = 1;
    uint256 internal constant WINDOW = 2;
    uint256 internal constant CONSTANTS = 3;
    uint256 internal constant TABLE = 4;

    /// Added to the kind where div is 1 and the modulus the vector's size.
    uint256 internal constant WHOLE = 0x80;

    /// Bytes of a slice.
    uint256 internal constant SLICE = 2;

    /// @notice A vector's head and size.
    /// @param cursor memory address of the head
    /// @return plain whether factors are slices alone, each of an eq of the whole index
    /// @return factors their number
    /// @return size number of entries
    /// @return next memory address of the first factor
    function head(uint256 cursor)
        internal
        pure
        returns (bool plain, uint256 factors, uint256 size, uint256 next)
    {
        unchecked {
            assembly ("memory-safe") {
                factors := byte(0, mload(cursor))
            }
            plain = factors & 0x40 != 0;
            factors &= 0x3f;
            (size, next) = CircuitHeader.readVar(cursor + 1);
        }
    }

    /// @notice One factor.
    /// @param plain of its vector
    /// @param size of its vector
    function read(uint256 cursor, bool plain, uint256 size) internal pure returns (Factor memory factor) {
        unchecked {
            factor.div = 1;
            factor.modulus = size;
            if (!plain) {
                uint256 kind;
                assembly ("memory-safe") {
                    kind := byte(0, mload(cursor))
                }
                ++cursor;
                factor.kind = kind & 0x7f;
                if (kind & WHOLE == 0) {
                    (factor.div, cursor) = CircuitHeader.readVar(cursor);
                    (factor.modulus, cursor) = CircuitHeader.readVar(cursor);
                }
            }
            factor.cursor = cursor;
        }
    }

    /// @notice The memory address after a factor.
    function end(Factor memory factor) internal pure returns (uint256 cursor) {
        unchecked {
            cursor = factor.cursor;
            uint256 kind = factor.kind;
            if (kind == EQ) return cursor + SLICE;
            if (kind == CONSTANTS) {
                uint256 count;
                (count, cursor) = CircuitHeader.readVar(cursor);
                for (; count != 0; --count) {
                    cursor = skipInt(skipVars(cursor, 1));
                }
                return cursor;
            }
            if (kind == TABLE) return skipVars(cursor, 1);
            cursor = kind == AFFINE ? skipVars(cursor + SLICE, 3) : skipVars(cursor + 2 * SLICE, 2);
            return skipInt(skipInt(skipInt(cursor)));
        }
    }

    /// @notice The memory address after a vector.
    /// @param cursor memory address of its head
    function skipVector(uint256 cursor) internal pure returns (uint256) {
        unchecked {
            bool plain;
            uint256 factors;
            uint256 size;
            (plain, factors, size, cursor) = head(cursor);
            if (plain) return cursor + factors * SLICE;
            for (; factors != 0; --factors) {
                cursor = end(read(cursor, plain, size));
            }
            return cursor;
        }
    }

    /// @notice The memory address after `count` vars.
    function skipVars(uint256 cursor, uint256 count) internal pure returns (uint256 next) {
        assembly ("memory-safe") {
            next := cursor
            for {} count { count := sub(count, 1) } { next := add(next, shl(shr(254, mload(next)), 1)) }
        }
    }

    /// @notice The memory address after an `int`.
    function skipInt(uint256 cursor) internal pure returns (uint256 next) {
        assembly ("memory-safe") {
            next := add(add(cursor, 1), and(shr(248, mload(cursor)), 0x7f))
        }
    }

    /// @notice An `int` as a number, below 2^128 in size.
    function readSigned(uint256 cursor) internal pure returns (int256 value, uint256 next) {
        uint256 residue;
        (residue, next) = CircuitHeader.readInt(cursor);
        // Residues of negative integers are R less their size; both are below 2^254.
        // forge-lint: disable-next-line(unsafe-typecast)
        value = residue < HALF ? int256(residue) : int256(residue) - int256(R);
    }
}
