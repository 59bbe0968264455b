// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CircuitHeader} from "./CircuitHeader.sol";

/// @title TableReader
/// @notice The public tables of a circuit: 2^bits keys low, low + 1, …, with images where they are a function's.
library TableReader {
    /// @notice Finds the tables.
    /// @param cursor memory address of the section
    /// @return tables memory address of each
    /// @return next memory address of the section after it
    function locate(uint256 cursor, uint256 count)
        internal
        pure
        returns (uint256[] memory tables, uint256 next)
    {
        unchecked {
            tables = new uint256[](count);
            for (uint256 i = 0; i < count; ++i) {
                tables[i] = cursor;
                (uint256 bits,, uint256 images, uint256 end) = read(cursor);
                cursor = images == 0 ? end : end + (4 << bits);
            }
            next = cursor;
        }
    }

    /// @notice One table.
    /// @return bits log2 of the number of keys
    /// @return low residue of the first key
    /// @return images memory address of the first image, an i32; 0 where there are none
    /// @return end memory address after what comes before the images
    function read(uint256 cursor)
        internal
        pure
        returns (uint256 bits, uint256 low, uint256 images, uint256 end)
    {
        unchecked {
            assembly ("memory-safe") {
                bits := byte(0, mload(cursor))
            }
            (low, cursor) = CircuitHeader.readInt(cursor + 1);
            assembly ("memory-safe") {
                end := add(cursor, 1)
                if byte(0, mload(cursor)) { images := end }
            }
        }
    }
}
