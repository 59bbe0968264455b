// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Circuit} from "./CircuitHeader.sol";
import {Combination} from "./Claims.sol";
import {EqTable} from "./EqTable.sol";
import {Field, HALF} from "./Field.sol";
import {Points} from "./Points.sol";
import {ProofShape} from "./ProofShape.sol";

/// @title Masks
/// @notice The weight at z of M, the row of masks (steps 6 and 8 of `docs/protocol.md`); that of R is 1.
///
/// Cells of M from 0 on, and their weights: a_ik of g1: delta^2 linear (rho_i^k - 1/2), degree D; mu_S: delta + delta^2 linear
/// 2^-n1; a_ik of g2: delta^(D + 2) (sigma_i^k - 1/2), degree D + 1; mu_1 .. mu_D: delta^(1 + j) pad. And j for each cell j,
/// in claim 0.
library Masks {
    /// @param sigma where sum-check 2 ended
    function weigh(
        Circuit memory circuit,
        Points memory points,
        uint256[] memory sigma,
        Combination memory combination
    ) internal pure returns (uint256 result) {
        // Addresses, and products of header fields of at most 16 bits.
        unchecked {
            uint256 degree = circuit.degree;
            uint256[] memory z = points.z;
            uint256 cell;
            uint256 head;
            uint256 cells = circuit.n1 * degree + 1 + sigma.length * (degree + 1) + degree;
            (cell, head) = _table(z, cells);
            (uint256 ofG1, uint256 start) = _zeroSum(points.rho, degree, cell);
            uint256 ofG2;
            (ofG2, cell) = _zeroSum(sigma, degree + 1, start + 32);
            uint256 ofPads = _dot(combination.deltas, cell, degree);
            result = _join(
                combination,
                Parts(degree, points.delta, Field.halfPower(circuit.n1), ofG1, start, ofG2, ofPads)
            );
            uint256 r = Field.modulus();
            uint256 index = _indexExtension(z);
            // result * head + index
            assembly ("memory-safe") {
                result := addmod(mulmod(result, head, r), index, r)
            }
        }
    }

    /// What `_join` joins.
    struct Parts {
        uint256 degree;
        uint256 delta;
        uint256 scale;
        uint256 ofG1;
        uint256 start;
        uint256 ofG2;
        uint256 ofPads;
    }

    /// delta^2 linear ofG1 + (delta + delta^2 linear scale) eq(start) + delta^(D + 2) ofG2 + pad ofPads.
    function _join(Combination memory combination, Parts memory parts) private pure returns (uint256 sum) {
        uint256 r = Field.modulus();
        // The sum of four products is below 4R < 2^256.
        assembly ("memory-safe") {
            let deltas := mload(add(combination, 0xa0))
            let entryK := mulmod(mload(deltas), mload(add(combination, 0x60)), r)
            sum := mulmod(entryK, mload(add(parts, 0x60)), r)
            let ofStart := add(mload(add(parts, 0x20)), mulmod(entryK, mload(add(parts, 0x40)), r))
            sum := add(sum, mulmod(ofStart, mload(mload(add(parts, 0x80))), r))
            let last := mload(add(deltas, shl(5, mload(parts))))
            sum := add(sum, mulmod(last, mload(add(parts, 0xa0)), r))
            sum := add(sum, mulmod(mload(add(combination, 0x80)), mload(add(parts, 0xc0)), r))
        }
    }

    /// eq(z, i) for i < cells is head times the table's entry i: of all these i the first coordinates' bits are 0.
    function _table(uint256[] memory z, uint256 cells) private pure returns (uint256 table, uint256 head) {
        uint256 bits;
        unchecked {
            bits = ProofShape.bitLength(cells - 1);
        }
        uint256 first;
        uint256 low;
        uint256 end;
        assembly ("memory-safe") {
            first := add(z, 0x20)
            end := add(first, shl(5, mload(z)))
            low := sub(end, shl(5, bits))
            table := mload(0x40)
            mstore(0x40, add(table, shl(add(5, bits), 1)))
        }
        head = EqTable.zeros(first, low);
        EqTable.fill(table, low, end, cells);
    }

    /// Sum over the cells a_ik (i outermost, 1 <= k <= degree) of their values (x_i^k - 1/2) * cell; and the address after them.
    function _zeroSum(uint256[] memory x, uint256 degree, uint256 cell)
        private
        pure
        returns (uint256 sum, uint256 next)
    {
        uint256 r = Field.modulus();
        // for each i: sum += x_i (cell_1 + x_i (cell_2 + ..)) - (cell_1 + cell_2 + ..) / 2
        // Degrees 2 and 3, the common ones, without an inner loop. Bounds: cells are below r, so that sums of up to three are below 5r.
        assembly ("memory-safe") {
            let plain := 0
            let coordinate := add(x, 0x20)
            let end := add(coordinate, shl(5, mload(x)))
            next := cell
            switch degree
            case 2 {
                for {} lt(coordinate, end) { coordinate := add(coordinate, 0x20) } {
                    let t := mload(coordinate)
                    let first := mload(next)
                    let second := mload(add(next, 0x20))
                    plain := addmod(plain, add(first, second), r)
                    sum := addmod(sum, mulmod(add(mulmod(second, t, r), first), t, r), r)
                    next := add(next, 0x40)
                }
            }
            case 3 {
                for {} lt(coordinate, end) { coordinate := add(coordinate, 0x20) } {
                    let t := mload(coordinate)
                    let second := mload(add(next, 0x20))
                    let value := mload(add(next, 0x40))
                    let first := mload(next)
                    plain := addmod(plain, add(add(first, second), value), r)
                    value := add(mulmod(add(mulmod(value, t, r), second), t, r), first)
                    sum := addmod(sum, mulmod(value, t, r), r)
                    next := add(next, 0x60)
                }
            }
            default {
                let length := shl(5, degree)
                for {} lt(coordinate, end) { coordinate := add(coordinate, 0x20) } {
                    let t := mload(coordinate)
                    let value := 0
                    let first := next
                    next := add(next, length)
                    for { let place := next } gt(place, first) {} {
                        place := sub(place, 0x20)
                        let weight := mload(place)
                        plain := addmod(plain, weight, r)
                        value := add(mulmod(value, t, r), weight)
                    }
                    sum := addmod(sum, mulmod(value, t, r), r)
                }
            }
            sum := addmod(sum, mulmod(plain, sub(r, HALF), r), r)
        }
    }

    /// Sum of left[i] * right[i] over `count` words.
    function _dot(uint256 left, uint256 right, uint256 count) private pure returns (uint256 sum) {
        uint256 r = Field.modulus();
        assembly ("memory-safe") {
            for { let end := add(left, shl(5, count)) } lt(left, end) {} {
                sum := addmod(sum, mulmod(mload(left), mload(right), r), r)
                left := add(left, 0x20)
                right := add(right, 0x20)
            }
        }
    }

    /// The extension of 0, 1, 2, .. at z: the sum of 2^(c - a) z_a.
    function _indexExtension(uint256[] memory z) private pure returns (uint256 value) {
        uint256 r = Field.modulus();
        // value = 2 value + z_a
        assembly ("memory-safe") {
            let slot := add(z, 0x20)
            for { let end := add(slot, shl(5, mload(z))) } lt(slot, end) { slot := add(slot, 0x20) } {
                value := addmod(add(value, value), mload(slot), r)
            }
        }
    }
}
