// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {HALF, R} from "./Field.sol";
import {Points} from "./Points.sol";

/// @notice All coordinates of r, rho and z in one stretch of memory, and what else kernels depend on. Every coordinate t also
/// stands `centred` bytes further on as 1/2 - t, plus R so that it is positive: products over bits are cheapest in these.
/// @param rFirst memory address of the first coordinate of r
/// @param rhoEnd memory address after the last coordinate of rho
/// @param zEnd memory address after the last coordinate of z
/// @param centred distance from a coordinate to its centred twin
/// @param gamma challenge; `beta` has to follow it (units of forms are read by number)
/// @param beta challenge
struct Coordinates {
    uint256 rFirst;
    uint256 rhoEnd;
    uint256 zEnd;
    uint256 centred;
    uint256 gamma;
    uint256 beta;
}

/// @title CoordinateReader
/// @notice Lays the points out and finds slices in them.
/// A slice is the stretch [first, end) of memory: its last word is the coordinate of the least significant bit.
library CoordinateReader {
    /// Most variables of a functional. One that is in no term may have more of them than rho has coordinates: its slices
    /// then start before rho, and its weight is 0.
    uint256 private constant MOST_VARIABLES = 40;

    /// @notice Copies the points.
    function layOut(Points memory points) internal pure returns (Coordinates memory coordinates) {
        uint256 words = points.r.length;
        // Room before rho, so that no slice leaves the memory.
        if (words < MOST_VARIABLES) words = MOST_VARIABLES;
        words += points.rho.length + points.z.length;
        uint256[] memory r = points.r;
        uint256[] memory rho = points.rho;
        uint256[] memory z = points.z;
        uint256 centred = words << 5;
        uint256 rFirst;
        uint256 rhoEnd;
        uint256 zEnd;
        // [room] r rho z, then 1/2 - t for each of the words
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            zEnd := add(buffer, centred)
            mstore(0x40, add(zEnd, centred))
            let bytesOfZ := shl(5, mload(z))
            let bytesOfRho := shl(5, mload(rho))
            let bytesOfR := shl(5, mload(r))
            rhoEnd := sub(zEnd, bytesOfZ)
            rFirst := sub(sub(rhoEnd, bytesOfRho), bytesOfR)
            mcopy(rhoEnd, add(z, 0x20), bytesOfZ)
            mcopy(sub(rhoEnd, bytesOfRho), add(rho, 0x20), bytesOfRho)
            mcopy(rFirst, add(r, 0x20), bytesOfR)
            for { let word := rFirst } lt(word, zEnd) { word := add(word, 0x20) } {
                mstore(add(word, centred), sub(add(R, HALF), mload(word)))
            }
        }
        coordinates.rFirst = rFirst;
        coordinates.rhoEnd = rhoEnd;
        coordinates.zEnd = zEnd;
        coordinates.centred = centred;
        coordinates.gamma = points.gamma;
        coordinates.beta = points.beta;
    }

    /// @notice Reads a `slice`: point << 7 | length, position.
    /// @param cursor memory address of its two bytes
    function slice(Coordinates memory coordinates, uint256 cursor)
        internal
        pure
        returns (uint256 first, uint256 end)
    {
        // of r: [rFirst + position, rFirst + position + length); of rho: [rhoEnd - position - length, rhoEnd - position)
        assembly ("memory-safe") {
            let word := mload(cursor)
            let position := shl(5, byte(1, word))
            let length := and(shr(243, word), 0xfe0)
            switch shr(255, word)
            case 0 {
                first := add(mload(coordinates), position)
                end := add(first, length)
            }
            default {
                end := sub(mload(add(coordinates, 0x20)), position)
                first := sub(end, length)
            }
        }
    }
}
