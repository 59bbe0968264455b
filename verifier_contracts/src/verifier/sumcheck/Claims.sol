// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Circuit} from "./CircuitHeader.sol";
import {EqTable} from "./EqTable.sol";
import {Field, HALF, R} from "./Field.sol";
import {Points} from "./Points.sol";
import {ProofShape} from "./ProofShape.sol";

/// @notice What the claims of sum-check 3 are linear in (step 6 of `docs/protocol.md`), without the functionals' own forms.
/// @param functionals weight of each functional
/// @param constantPart public part: absent factors, and entry K for j > 0
/// @param weight the extension of sum-check 2's weights at sigma: w of the terms, 1 of entry K, 0 of the pad
/// @param linear eq(sigma, K)
/// @param pad eq(sigma, K + 1)
/// @param deltas memory address of delta^2, .., delta^(D + 1), then delta^(D + 2)
/// @param tables memory address of the first byte after the terms: the tables
struct Combination {
    uint256[] functionals;
    uint256 constantPart;
    uint256 weight;
    uint256 linear;
    uint256 pad;
    uint256 deltas;
    uint256 tables;
}

/// @title Claims
/// @notice What sum-checks 1 and 2 leave: a combination of functionals, statements and masks.
library Claims {
    /// @notice One pass over the terms. Term t counts eq(sigma, t) times; its factor j is in claim 2 + j.
    /// @param sigma where sum-check 2 ended
    /// @param alpha joins the statements: w_t = alpha^k(t) * coefficient_t * 2^-(n1 - n_t)
    /// @param delta joins the claims
    function combine(Circuit memory circuit, uint256[] memory sigma, uint256 alpha, uint256 delta)
        internal
        pure
        returns (Combination memory combination)
    {
        uint256 terms = circuit.terms;
        uint256 degree = circuit.degree;
        combination.functionals = new uint256[](circuit.functionals);
        uint256 deltas = _powers(delta, mulmod(delta, delta, R), degree + 1);
        uint256 absent = _suffixSums(deltas, degree);
        uint256 alphas = _powers(alpha, 1, circuit.statements);
        uint256 entries = _eqTable(sigma, terms + 2);

        (combination.weight, combination.constantPart, combination.tables) = _terms(
            Lists(circuit.cursor, terms, entries, alphas, deltas, absent, _words(combination.functionals))
        );
        uint256 linear;
        uint256 pad;
        uint256 absentAfterFirst;
        assembly ("memory-safe") {
            let place := add(entries, shl(5, terms))
            linear := mload(place)
            pad := mload(add(place, 0x20))
            absentAfterFirst := mload(add(absent, 0x20))
        }
        // 2^n_t is in the sum of weights, 2^-n1 is not.
        combination.weight = addmod(mulmod(combination.weight, Field.halfPower(circuit.n1), R), linear, R);
        combination.constantPart = addmod(combination.constantPart, mulmod(linear, absentAfterFirst, R), R);
        combination.linear = linear;
        combination.pad = pad;
        combination.deltas = deltas;
    }

    /// @notice The first claim of sum-check 3 (step 7) without the constants: the sum of delta^i v_i for the claims v_0 = 0,
    /// v_1 = S, v_(1 + j) = u_j, and v_(D + 2) = g2(sigma), which is defined as s2 - weight * u_1 .. u_D.
    /// @param start S
    /// @param u offset in calldata of u_1 .. u_D
    /// @param s2 what sum-check 2 left
    function firstClaim(
        Combination memory combination,
        uint256 degree,
        uint256 delta,
        uint256 start,
        uint256 u,
        uint256 s2
    ) internal pure returns (uint256 claim) {
        bool canonical;
        claim = mulmod(delta, start, R);
        uint256 product = combination.weight;
        // claim += delta^(1 + j) u_j for each j; claim += delta^(D + 2) (s2 - weight u_1 .. u_D)
        assembly ("memory-safe") {
            canonical := 1
            let power := mload(add(combination, 0xa0))
            for { let end := add(u, shl(5, degree)) } lt(u, end) { u := add(u, 0x20) } {
                let value := calldataload(u)
                canonical := and(canonical, lt(value, R))
                product := mulmod(product, value, R)
                claim := addmod(claim, mulmod(value, mload(power), R), R)
                power := add(power, 0x20)
            }
            claim := addmod(claim, mulmod(add(s2, sub(R, product)), mload(power), R), R)
        }
        if (!canonical) revert ProofShape.NonCanonicalScalar();
    }

    /// @notice M's weight (steps 6 and 8): j for its cell j in claim 0, and the masks' own weights. R's is 1.
    ///
    /// Cells of M from 0 on, and their weights: a_ik of g1: delta^2 linear (rho_i^k - 1/2), degree D; mu_S: delta + delta^2 linear
    /// 2^-n1; a_ik of g2: delta^(D + 2) (sigma_i^k - 1/2), degree D + 1; mu_1 .. mu_D: delta^(1 + j) pad.
    function maskWeight(
        Circuit memory circuit,
        Points memory points,
        uint256[] memory sigma,
        Combination memory combination
    ) internal pure returns (uint256 weight) {
        uint256 degree = circuit.degree;
        uint256[] memory z = points.z;
        uint256 cells = circuit.n1 * degree + 1 + sigma.length * (degree + 1) + degree;
        uint256 bits = _bitLength(cells - 1);
        uint256 first;
        assembly ("memory-safe") {
            first := add(z, 0x20)
        }
        uint256 end = first + 32 * z.length;
        uint256 low = end - 32 * bits;
        uint256 cell = _allocate(2 ** bits);
        EqTable.fill(cell, low, end, cells);

        uint256 deltas = combination.deltas;
        uint256 lastDelta;
        uint256 entryK;
        assembly ("memory-safe") {
            entryK := mulmod(mload(deltas), mload(add(combination, 0x60)), R)
            lastDelta := mload(add(deltas, shl(5, degree)))
        }
        uint256 sum;
        (sum, cell) = _zeroSum(points.rho, degree, cell);
        weight = mulmod(entryK, sum, R);
        uint256 ofStart = addmod(points.delta, mulmod(entryK, Field.halfPower(circuit.n1), R), R);
        assembly ("memory-safe") {
            weight := addmod(weight, mulmod(ofStart, mload(cell), R), R)
            cell := add(cell, 0x20)
        }
        (sum, cell) = _zeroSum(sigma, degree + 1, cell);
        weight = addmod(weight, mulmod(lastDelta, sum, R), R);
        weight = addmod(weight, mulmod(combination.pad, _dot(deltas, cell, degree), R), R);
        weight = mulmod(weight, EqTable.zeros(first, low), R);
        return addmod(weight, _indexExtension(z), R);
    }

    /// Memory addresses that the pass over the terms reads and writes.
    struct Lists {
        uint256 cursor;
        uint256 terms;
        uint256 entries;
        uint256 alphas;
        uint256 deltas;
        uint256 absent;
        uint256 functionals;
    }

    /// The sum of eq(sigma, t) w_t 2^n1, the constant of absent factors, and the address after the terms.
    function _terms(Lists memory lists)
        private
        pure
        returns (uint256 weight, uint256 constantPart, uint256 cursor)
    {
        // for each term: statement var, variables u8, coefficient int, factors u8, then for each factor: functional var
        //     weight += eq * alpha^statement * coefficient * 2^variables
        //     constant += eq * (delta^(2 + factors) + .. + delta^(1 + D))
        //     functionals[functional j] += eq * delta^(2 + j)
        // The fields before the factors take 8 + 1 + 17 + 1 bytes at most, which is one word.
        assembly ("memory-safe") {
            cursor := mload(lists)
            let entry := mload(add(lists, 0x40))
            let end := add(entry, shl(5, mload(add(lists, 0x20))))
            let alphas := mload(add(lists, 0x60))
            let deltas := mload(add(lists, 0x80))
            let absent := mload(add(lists, 0xa0))
            let functionals := mload(add(lists, 0xc0))
            for {} lt(entry, end) { entry := add(entry, 0x20) } {
                let eqValue := mload(entry)
                let word := mload(cursor)
                let length := shl(shr(254, word), 1)
                let term := mload(add(alphas, shl(5, shr(sub(258, shl(3, length)), shl(2, word)))))
                cursor := add(cursor, length)
                word := shl(shl(3, length), word)
                length := and(shr(240, word), 0x7f)
                // magnitude << variables: below 2^(128 + 40)
                term := mulmod(term, shl(shr(248, word), shr(sub(256, shl(3, length)), shl(16, word))), R)
                if and(word, shl(247, 1)) { term := sub(R, term) }
                weight := addmod(weight, mulmod(term, eqValue, R), R)
                cursor := add(cursor, add(length, 3))
                let factors := shl(5, byte(0, shl(shl(3, add(length, 2)), word)))
                constantPart := addmod(constantPart, mulmod(eqValue, mload(add(absent, factors)), R), R)
                let power := deltas
                for { let last := add(power, factors) } lt(power, last) { power := add(power, 0x20) } {
                    word := mload(cursor)
                    length := shl(shr(254, word), 1)
                    cursor := add(cursor, length)
                    let functional := add(functionals, shl(5, shr(sub(258, shl(3, length)), shl(2, word))))
                    mstore(functional, addmod(mload(functional), mulmod(eqValue, mload(power), R), R))
                }
            }
        }
    }

    /// Sum over the cells a_ik (i outermost, 1 <= k <= degree) of their values (x_i^k - 1/2) * cell; and the address after them.
    function _zeroSum(uint256[] memory x, uint256 degree, uint256 cell)
        private
        pure
        returns (uint256 sum, uint256 next)
    {
        // for each i: sum += x_i (cell_1 + x_i (cell_2 + ..)) - (cell_1 + cell_2 + ..) / 2
        assembly ("memory-safe") {
            let plain := 0
            let length := shl(5, degree)
            let coordinate := add(x, 0x20)
            for { let end := add(coordinate, shl(5, mload(x))) } lt(coordinate, end) {
                coordinate := add(coordinate, 0x20)
            } {
                let t := mload(coordinate)
                next := add(cell, length)
                let value := 0
                for { let place := next } gt(place, cell) {} {
                    place := sub(place, 0x20)
                    let weight := mload(place)
                    plain := addmod(plain, weight, R)
                    value := add(mulmod(value, t, R), weight)
                }
                sum := addmod(sum, mulmod(value, t, R), R)
                cell := next
            }
            next := cell
            sum := addmod(sum, mulmod(plain, sub(R, HALF), R), R)
        }
    }

    /// Sum of left[i] * right[i] over `count` words.
    function _dot(uint256 left, uint256 right, uint256 count) private pure returns (uint256 sum) {
        assembly ("memory-safe") {
            for { let end := add(left, shl(5, count)) } lt(left, end) {} {
                sum := addmod(sum, mulmod(mload(left), mload(right), R), R)
                left := add(left, 0x20)
                right := add(right, 0x20)
            }
        }
    }

    /// The extension of 0, 1, 2, .. at z: the sum of 2^(c - a) z_a.
    function _indexExtension(uint256[] memory z) private pure returns (uint256 value) {
        // value = 2 value + z_a
        assembly ("memory-safe") {
            let slot := add(z, 0x20)
            for { let end := add(slot, shl(5, mload(z))) } lt(slot, end) { slot := add(slot, 0x20) } {
                value := addmod(add(value, value), mload(slot), R)
            }
        }
    }

    /// Writes first, first * base, .. : `count` words.
    function _powers(uint256 base, uint256 first, uint256 count) private pure returns (uint256 powers) {
        powers = _allocate(count);
        assembly ("memory-safe") {
            let slot := powers
            for { let end := add(slot, shl(5, count)) } lt(slot, end) { slot := add(slot, 0x20) } {
                mstore(slot, first)
                first := mulmod(first, base, R)
            }
        }
    }

    /// Writes the sums of words i, i + 1, .. count - 1 for i from 0 to `count`; the last is 0.
    function _suffixSums(uint256 words, uint256 count) private pure returns (uint256 sums) {
        sums = _allocate(count + 1);
        assembly ("memory-safe") {
            let offset := shl(5, count)
            let sum := 0
            mstore(add(sums, offset), sum)
            for {} offset {} {
                offset := sub(offset, 0x20)
                sum := addmod(sum, mload(add(words, offset)), R)
                mstore(add(sums, offset), sum)
            }
        }
    }

    /// eq(point, i) for i < count, where 2^(coordinates) is less than twice the count.
    function _eqTable(uint256[] memory point, uint256 count) private pure returns (uint256 table) {
        table = _allocate(2 ** point.length);
        uint256 first;
        assembly ("memory-safe") {
            first := add(point, 0x20)
        }
        EqTable.fill(table, first, first + 32 * point.length, count);
    }

    function _allocate(uint256 words) private pure returns (uint256 start) {
        assembly ("memory-safe") {
            start := mload(0x40)
            mstore(0x40, add(start, shl(5, words)))
        }
    }

    function _words(uint256[] memory array) private pure returns (uint256 start) {
        assembly ("memory-safe") {
            start := add(array, 0x20)
        }
    }

    function _bitLength(uint256 value) private pure returns (uint256 bits) {
        for (; value > 0; value >>= 1) {
            ++bits;
        }
    }
}
