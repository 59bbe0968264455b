// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {R} from "./Field.sol";

/// @notice The header of a circuit's encoding in memory (`docs/protocol.md`, "Circuit").
/// @param start memory address of the encoding's first byte
/// @param c log2 of the cells of a row
/// @param rLength coordinates of r
/// @param n1 rounds of sum-check 1: the most variables of a functional in a term, at least 1
/// @param degree D: the most factors of a term, at least 2
/// @param rows number of rows of each of the regions 0 to 6
/// @param publics number of public integers
/// @param terms number of terms; likewise the lists below
/// @param cursor memory address of the first section, the terms
struct Circuit {
    uint256 start;
    uint256 c;
    uint256 rLength;
    uint256 n1;
    uint256 degree;
    uint256[7] rows;
    uint256 publics;
    uint256 terms;
    uint256 tables;
    uint256 kernels;
    uint256 tensors;
    uint256 functionals;
    uint256 statements;
    uint256 cursor;
}

/// @title CircuitHeader
/// @notice Reads the header of a circuit's encoding, version 2, and the two variable-length integers of its sections.
/// What a digest is worth was decided off chain, by a decoder that knows every rule of circuits: nothing is checked here but
/// that the bytes are a circuit's, so that no call runs on other bytes.
library CircuitHeader {
    /// Bytes of the header.
    uint256 internal constant LENGTH = 54;

    /// "ZKCI", then the version, u16.
    uint256 private constant MAGIC_AND_VERSION = 0x5a4b43490002;

    /// @notice The bytes are no circuit of version 2.
    error NotACircuit();

    /// @param start memory address of the encoding
    /// @param length of the encoding, in bytes
    function read(uint256 start, uint256 length) internal pure returns (Circuit memory circuit) {
        uint256 head;
        uint256 tail;
        // The first 32 bytes of the header, and its last 32 ones.
        assembly ("memory-safe") {
            head := mload(start)
            tail := mload(add(start, 22))
        }
        if (length < LENGTH || head >> 208 != MAGIC_AND_VERSION) revert NotACircuit();
        circuit.start = start;
        circuit.c = (head >> 200) & 0xff;
        circuit.rLength = (head >> 192) & 0xff;
        circuit.n1 = (head >> 184) & 0xff;
        circuit.degree = (head >> 176) & 0xff;
        // Rows of regions 0 to 4 end at bytes 14, 18, .. 30 of the header; those of 5 and 6 at 34 and 38.
        circuit.rows[0] = (head >> 144) & 0xffffffff;
        circuit.rows[1] = (head >> 112) & 0xffffffff;
        circuit.rows[2] = (head >> 80) & 0xffffffff;
        circuit.rows[3] = (head >> 48) & 0xffffffff;
        circuit.rows[4] = (head >> 16) & 0xffffffff;
        circuit.rows[5] = (tail >> 160) & 0xffffffff;
        circuit.rows[6] = (tail >> 128) & 0xffffffff;
        circuit.publics = (tail >> 96) & 0xffffffff;
        circuit.terms = (tail >> 80) & 0xffff;
        circuit.tables = (tail >> 64) & 0xffff;
        circuit.kernels = (tail >> 48) & 0xffff;
        circuit.tensors = (tail >> 32) & 0xffff;
        circuit.functionals = (tail >> 16) & 0xffff;
        circuit.statements = tail & 0xffff;
        circuit.cursor = start + LENGTH;
    }

    /// @notice A `var`: the unsigned integer of RFC 9000, section 16, whose first two bits give its length.
    /// @param cursor memory address of its first byte
    /// @return value below 2^62
    /// @return next memory address of the byte after it
    function readVar(uint256 cursor) internal pure returns (uint256 value, uint256 next) {
        // length = 2^(first two bits) bytes; value = their other 8 length - 2 bits
        assembly ("memory-safe") {
            let word := mload(cursor)
            let length := shl(shr(254, word), 1)
            value := shr(sub(258, shl(3, length)), shl(2, word))
            next := add(cursor, length)
        }
    }

    /// @notice An `int`: sign << 7 | length of the magnitude, then the magnitude.
    /// @param cursor memory address of its first byte
    /// @return value residue modulo R; a negative integer -v is R - v
    /// @return next memory address of the byte after it
    function readInt(uint256 cursor) internal pure returns (uint256 value, uint256 next) {
        // length <= 16, so that the magnitude is below R and in the word
        assembly ("memory-safe") {
            let word := mload(cursor)
            let length := and(shr(248, word), 0x7f)
            value := shr(sub(256, shl(3, length)), shl(8, word))
            if shr(255, word) { value := sub(R, value) }
            next := add(add(cursor, 1), length)
        }
    }
}
