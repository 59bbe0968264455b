// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Circuit} from "./CircuitHeader.sol";
import {R} from "./Field.sol";

/// @notice Where the parts of a proof lie; offsets are of calldata.
/// @param n2 rounds of sum-check 2
/// @param early rows of regions 1 to 5, in bytes; they come first
/// @param helpers rows of region 6, in bytes; they come next
/// @param rows offset of the first row
/// @param start offset of S
/// @param u offset of u_1
/// @param points offset of [h], before [q], [g], [s], [d]
/// @param values offset of g(omega), before the six other values
/// @param quotients offset of [W], before [W']
struct Layout {
    uint256 n2;
    uint256 early;
    uint256 helpers;
    uint256 rows;
    uint256 start;
    uint256 u;
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

    /// Points before the values of the opening: [h], [q], [g], [s], [d]; after them: [W], [W'].
    uint256 internal constant OPENING_POINTS = 5;
    uint256 internal constant QUOTIENTS = 2;
    /// g, h and s at omega and 1/omega, h at zeta.
    uint256 internal constant VALUES = 7;

    /// @notice The proof's length is not the circuit's.
    error MalformedProofLength(uint256 expected, uint256 actual);
    /// @notice A scalar is not below the order of the field.
    error NonCanonicalScalar();

    /// @notice Step 1.
    function read(Circuit memory circuit, bytes calldata proof) internal pure returns (Layout memory parts) {
        uint256[7] memory rows = circuit.rows;
        // All terms are products of header fields of at most 32 bits: far from overflow.
        unchecked {
            uint256 degree = circuit.degree;
            parts.n2 = bitLength(circuit.terms + 1);
            parts.early = POINT * (rows[1] + rows[2] + rows[3] + rows[4] + rows[5]);
            parts.helpers = POINT * rows[6];
            uint256 offset;
            assembly ("memory-safe") {
                offset := proof.offset
            }
            parts.rows = offset;
            parts.start = offset + parts.early + parts.helpers;
            uint256 rounds12 = circuit.n1 * degree + parts.n2 * (degree + 1);
            parts.u = parts.start + SCALAR * (1 + rounds12);
            parts.points = parts.u + SCALAR * (degree + 2 * circuit.c);
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
