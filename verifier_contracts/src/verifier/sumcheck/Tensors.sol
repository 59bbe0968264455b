// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Circuit, CircuitHeader} from "./CircuitHeader.sol";
import {EqTable} from "./EqTable.sol";

/// @title Tensors
/// @notice Where tensors lie: what a form needs whose groups are all inner, so that it touches one block of one row, and what is needed
/// to enumerate blocks.
///
/// A record has three words: `weight` = eq(z_1 … z_(c-q), place of the base's block), `target` = memory address of the base's row's
/// weight, and the memory address of the tensor in the encoding. Of a tensor in the public region, `weight` is the public integer at
/// its base, `target` the address of the constant: then a tensor of a single cell needs nothing else.
library Tensors {
    /// The region without rows.
    uint256 internal constant PUBLIC = 7;
    /// Bytes of a record.
    uint256 internal constant RECORD = 0x60;

    /// @notice Reads the section.
    /// @param cursor memory address of the section
    /// @param z memory address of the first coordinate of z
    /// @param rows memory address of the weight of the first row of each region, then of the constant
    /// @param publics memory address of the first public integer
    /// @return tensors memory address of the first record
    /// @return next memory address of the section after it
    function locate(
        Circuit memory circuit,
        uint256 cursor,
        uint256 z,
        uint256[8] memory rows,
        uint256 publics
    ) internal pure returns (uint256 tensors, uint256 next) {
        // Addresses and counts.
        unchecked {
            uint256 end;
            assembly ("memory-safe") {
                tensors := mload(0x40)
            }
            end = tensors + RECORD * circuit.tensors;
            assembly ("memory-safe") {
                mstore(0x40, end)
            }
            uint256 c = circuit.c;
            for (uint256 record = tensors; record < end; record += RECORD) {
                uint256 region;
                uint256 q;
                uint256 span;
                assembly ("memory-safe") {
                    let word := mload(cursor)
                    region := byte(0, word)
                    q := byte(1, word)
                    span := byte(2, word)
                    mstore(add(record, 0x40), cursor)
                }
                uint256 base;
                (base, cursor) = CircuitHeader.readVar(cursor + 3);
                cursor += span;
                uint256 weight = 1;
                assembly ("memory-safe") {
                    let target := mload(add(rows, shl(5, region)))
                    switch eq(region, PUBLIC)
                    case 1 { weight := mload(add(publics, shl(5, base))) }
                    default { target := add(target, shl(5, shr(c, base))) }
                    mstore(add(record, 0x20), target)
                }
                if (q < c && region != PUBLIC) weight = EqTable.single(z, z + ((c - q) << 5), base >> q);
                assembly ("memory-safe") {
                    mstore(record, weight)
                }
            }
            next = cursor;
        }
    }
}
