// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {R} from "./Field.sol";
import {Shape, Shapes} from "./Shape.sol";

/// @notice Where the parts of a proof lie; offsets are of calldata.
/// @param rows offset of the first row
/// @param start offset of S
/// @param u offset of u_1
/// @param advice offset of the constant, before the weight of sum-check 2 and the rows' weights
/// @param points offset of [C1], before [h], [q], [g], [C2], [s], [d]
/// @param values offset of g(omega), before the 21 other values
/// @param quotients offset of [W], before [W']
struct Layout {
    uint256 rows;
    uint256 start;
    uint256 u;
    uint256 advice;
    uint256 points;
    uint256 values;
    uint256 quotients;
}

/// @title ProofShape
/// @notice The bytes of a proof (`docs/protocol.md`, "Proof bytes"): step 1 of the verifier. Its length is checked here; scalars
/// are checked where they are read, points by the precompiles that they are given to.
library ProofShape {
    uint256 internal constant SCALAR = 32;
    uint256 internal constant POINT = 64;

    /// Points before the values of the opening: [C1], [h], [q], [g], [C2], [s], [d]; after them: [W], [W'].
    uint256 internal constant OPENING_POINTS = 7;
    uint256 internal constant QUOTIENTS = 2;
    /// g, h and s at omega and 1/omega, h at zeta; the table's eight polynomials and a, b, c at chi; p at chi and chi w_n, T1 and T2 at
    /// chi w_n.
    uint256 internal constant VALUES = 22;

    /// @notice The proof's length is not that of the key's shape.
    error MalformedProofLength(uint256 expected, uint256 actual);
    /// @notice A scalar is not below the order of the field.
    error NonCanonicalScalar();

    /// @notice Step 1.
    function read(Shape memory shape, bytes calldata proof) internal pure returns (Layout memory parts) {
        // All terms are products of shape fields of at most 32 bits: far from overflow.
        unchecked {
            uint256 degree = shape.degree;
            uint256 offset;
            assembly ("memory-safe") {
                offset := proof.offset
            }
            parts.rows = offset;
            parts.start = offset + POINT * (shape.early + shape.helpers);
            parts.u = parts.start + SCALAR * (1 + shape.n1 * degree + shape.n2 * (degree + 1));
            parts.advice = parts.u + SCALAR * (degree + 2 * shape.c);
            parts.points = parts.advice + SCALAR * Shapes.advice(shape);
            parts.values = parts.points + POINT * OPENING_POINTS;
            parts.quotients = parts.values + SCALAR * VALUES;
            uint256 expected = parts.quotients + POINT * QUOTIENTS - offset;
            if (proof.length != expected) revert MalformedProofLength(expected, proof.length);
        }
    }

    /// @notice A scalar of the proof.
    /// @param offset in calldata
    function scalar(uint256 offset) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := calldataload(offset)
        }
        if (value >= R) revert NonCanonicalScalar();
    }

    /// @notice Copies scalars of the proof.
    /// @param offset in calldata
    /// @param place address of the first one's copy
    function scalars(uint256 offset, uint256 count, uint256 place) internal pure {
        bool canonical;
        // for each of them: canonical = canonical && scalar < R; two at a time, the word after the last one being none
        assembly ("memory-safe") {
            let r := or(R, mload(0x60))
            let size := shl(5, count)
            calldatacopy(place, offset, size)
            canonical := 1
            let end := add(place, size)
            if and(count, 1) {
                end := sub(end, 0x20)
                canonical := lt(mload(end), r)
            }
            for {} lt(place, end) { place := add(place, 0x40) } {
                canonical := and(canonical, and(lt(mload(place), r), lt(mload(add(place, 0x20)), r)))
            }
        }
        if (!canonical) revert NonCanonicalScalar();
    }
}
