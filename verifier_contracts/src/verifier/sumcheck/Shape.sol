// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What a key says of its circuit's sizes (`docs/protocol.md`, "Circuit" and "Evaluation argument").
/// @param c log2 of the cells of a row
/// @param rLength coordinates of r
/// @param n1 rounds of sum-check 1: the most variables of a functional in a term, at least 1
/// @param n2 rounds of sum-check 2: ceil(log2(K + 2)) for K terms
/// @param degree D: the most factors of a term, at least 2
/// @param modelRows rows of region 0, which the key holds
/// @param dataRows rows of region 1
/// @param early rows of regions 1 to 5, which come first in a proof; the last of them are M and R
/// @param helpers rows of region 6, which come next
/// @param publics number of public integers
/// @param logGates k: the table of the evaluation argument has 2^k gates
struct Shape {
    uint256 c;
    uint256 rLength;
    uint256 n1;
    uint256 n2;
    uint256 degree;
    uint256 modelRows;
    uint256 dataRows;
    uint256 early;
    uint256 helpers;
    uint256 publics;
    uint256 logGates;
}

/// @title Shapes
/// @notice Reads the 64 bytes of a key's shape: the header of a circuit's encoding, version 2 (54 bytes), k (u8), nine zeros.
/// That they are a circuit's at all is checked when a key is stored (`VerifyingKeyStore`); whether they are *its* circuit's was
/// decided off chain, by whoever vouches for the key's hash.
library Shapes {
    /// Bytes of a shape.
    uint256 internal constant LENGTH = 64;

    /// gamma, beta, alpha, delta.
    uint256 private constant CHALLENGES = 4;

    /// @param start memory address of the 64 bytes
    function read(uint256 start) internal pure returns (Shape memory shape) {
        uint256 head;
        uint256 tail;
        uint256 last;
        // Bytes 0 to 31, bytes 22 to 53, which end with the header, and bytes 32 to 63.
        assembly ("memory-safe") {
            head := mload(start)
            tail := mload(add(start, 22))
            last := mload(add(start, 32))
        }
        // Fields of at most 32 bits: sums do not overflow.
        unchecked {
            shape.c = (head >> 200) & 0xff;
            shape.rLength = (head >> 192) & 0xff;
            shape.n1 = (head >> 184) & 0xff;
            shape.degree = (head >> 176) & 0xff;
            // Rows of regions 0 to 4 end at bytes 14, 18, .. 30 of the header; those of 5 and 6 at 34 and 38.
            shape.modelRows = (head >> 144) & 0xffffffff;
            shape.dataRows = (head >> 112) & 0xffffffff;
            shape.early = shape.dataRows + ((head >> 80) & 0xffffffff) + ((head >> 48) & 0xffffffff)
                + ((head >> 16) & 0xffffffff) + ((tail >> 160) & 0xffffffff);
            shape.helpers = (tail >> 128) & 0xffffffff;
            shape.publics = (tail >> 96) & 0xffffffff;
            shape.n2 = bitLength(((tail >> 80) & 0xffff) + 1);
            shape.logGates = (last >> 72) & 0xff;
        }
    }

    /// @notice Scalars of the advice: the constant, the weight of sum-check 2, and the weight of each row but R.
    function advice(Shape memory shape) internal pure returns (uint256) {
        unchecked {
            return 1 + shape.modelRows + shape.early + shape.helpers;
        }
    }

    /// @notice l: public inputs of the evaluation argument, the advice among them.
    function inputs(Shape memory shape) internal pure returns (uint256) {
        unchecked {
            return CHALLENGES + shape.rLength + shape.n1 + shape.n2 + shape.c + shape.publics + advice(shape);
        }
    }

    /// @notice The number of bits of `value`; n2 = ceil(log2(K + 2)) is that of K + 1.
    function bitLength(uint256 value) internal pure returns (uint256 bits) {
        // while (value > 0) { value /= 2; ++bits }
        assembly ("memory-safe") {
            for {} value {} {
                value := shr(1, value)
                bits := add(bits, 1)
            }
        }
    }
}
