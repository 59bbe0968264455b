// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Circuit} from "./CircuitHeader.sol";
import {EqTable} from "./EqTable.sol";
import {Field, R} from "./Field.sol";
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
        // Counts of at most 16 bits, and addresses.
        unchecked {
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
            _addEntryK(combination, circuit.n1, entries + 32 * terms, absent);
            combination.deltas = deltas;
        }
    }

    /// Entries K and K + 1: eq(sigma, .) of both; the weight 1 of entry K, of which all factors but the first are absent.
    function _addEntryK(Combination memory combination, uint256 n1, uint256 entryK, uint256 absent)
        private
        pure
    {
        uint256 r = Field.modulus();
        // The sum of weights holds 2^n_t, and 2^-n1 is missing.
        uint256 scale = Field.halfPower(n1);
        // weight = weight * scale + linear; constant += linear * absent[1]
        assembly ("memory-safe") {
            let linear := mload(entryK)
            let place := add(combination, 0x40)
            mstore(place, addmod(mulmod(mload(place), scale, r), linear, r))
            place := add(combination, 0x20)
            mstore(place, addmod(mload(place), mulmod(linear, mload(add(absent, 0x20)), r), r))
            mstore(add(combination, 0x60), linear)
            mstore(add(combination, 0x80), mload(add(entryK, 0x20)))
        }
    }

    /// @notice The first claim of sum-check 3 (step 7) without the constants: the sum of delta^i v_i for the claims v_0 = 0,
    /// v_1 = S, v_(1 + j) = u_j, and v_(D + 2) = g2(sigma), which is defined as s2 - weight * u_1 .. u_D.
    /// @param weight the extension of sum-check 2's weights at sigma
    /// @param start S
    /// @param u offset in calldata of u_1 .. u_D
    /// @param s2 what sum-check 2 left
    function firstClaim(uint256 weight, uint256 degree, uint256 delta, uint256 start, uint256 u, uint256 s2)
        internal
        pure
        returns (uint256 claim)
    {
        uint256 r = Field.modulus();
        bool canonical;
        claim = mulmod(delta, start, R);
        // claim += delta^(1 + j) u_j for each j; claim += delta^(D + 2) (s2 - weight u_1 .. u_D)
        assembly ("memory-safe") {
            canonical := 1
            let power := mulmod(delta, delta, r)
            for { let end := add(u, shl(5, degree)) } lt(u, end) { u := add(u, 0x20) } {
                let value := calldataload(u)
                canonical := and(canonical, lt(value, r))
                weight := mulmod(weight, value, r)
                claim := addmod(claim, mulmod(value, power, r), r)
                power := mulmod(power, delta, r)
            }
            claim := addmod(claim, mulmod(add(s2, sub(r, weight)), power, r), r)
        }
        if (!canonical) revert ProofShape.NonCanonicalScalar();
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
        uint256 r = Field.modulus();
        // for each term: statement var, variables u8, coefficient int, factors u8, then for each factor: functional var
        //     weight += eq * alpha^statement * coefficient * 2^variables
        //     constant += eq * (delta^(2 + factors) + .. + delta^(1 + D))
        //     functionals[functional j] += eq * delta^(2 + j)
        // The fields before the factors take 8 + 1 + 17 + 1 bytes at most, which is one word.
        // Lists and sums stay in memory: the stack reaches 16 words down, and this is inlined into its caller.
        assembly ("memory-safe") {
            cursor := mload(lists)
            let entry := mload(add(lists, 0x40))
            mstore(add(lists, 0x20), add(entry, shl(5, mload(add(lists, 0x20)))))
            mstore(lists, 0)
            mstore(add(lists, 0x40), 0)
            for {} lt(entry, mload(add(lists, 0x20))) { entry := add(entry, 0x20) } {
                let eqValue := mload(entry)
                let word := mload(cursor)
                {
                    let length := shl(shr(254, word), 1)
                    let term :=
                        mload(
                            add(mload(add(lists, 0x60)), shl(5, shr(sub(258, shl(3, length)), shl(2, word))))
                        )
                    cursor := add(cursor, length)
                    word := shl(shl(3, length), word)
                    length := and(shr(240, word), 0x7f)
                    // magnitude << variables: below 2^(128 + 40)
                    term := mulmod(term, shl(shr(248, word), shr(sub(256, shl(3, length)), shl(16, word))), r)
                    if and(word, shl(247, 1)) { term := sub(r, term) }
                    mstore(lists, addmod(mload(lists), mulmod(term, eqValue, r), r))
                    cursor := add(cursor, add(length, 3))
                    // the number of factors and what follows
                    word := shl(5, byte(0, shl(shl(3, add(length, 2)), word)))
                    term := mload(add(mload(add(lists, 0xa0)), word))
                    if term {
                        mstore(add(lists, 0x40), addmod(mload(add(lists, 0x40)), mulmod(eqValue, term, r), r))
                    }
                }
                let power := mload(add(lists, 0x80))
                for { let last := add(power, word) } lt(power, last) { power := add(power, 0x20) } {
                    word := mload(cursor)
                    let length := shl(shr(254, word), 1)
                    cursor := add(cursor, length)
                    word := add(mload(add(lists, 0xc0)), shl(5, shr(sub(258, shl(3, length)), shl(2, word))))
                    mstore(word, addmod(mload(word), mulmod(eqValue, mload(power), r), r))
                }
            }
            weight := mload(lists)
            constantPart := mload(add(lists, 0x40))
        }
    }

    /// Writes first, first * base, .. : `count` words.
    function _powers(uint256 base, uint256 first, uint256 count) private pure returns (uint256 powers) {
        uint256 r = Field.modulus();
        powers = _allocate(count);
        assembly ("memory-safe") {
            let slot := powers
            for { let end := add(slot, shl(5, count)) } lt(slot, end) { slot := add(slot, 0x20) } {
                mstore(slot, first)
                first := mulmod(first, base, r)
            }
        }
    }

    /// Writes the sums of words i, i + 1, .. count - 1 for i from 0 to `count`; the last is 0.
    function _suffixSums(uint256 words, uint256 count) private pure returns (uint256 sums) {
        uint256 r = Field.modulus();
        unchecked {
            sums = _allocate(count + 1);
        }
        assembly ("memory-safe") {
            let offset := shl(5, count)
            let sum := 0
            mstore(add(sums, offset), sum)
            for {} offset {} {
                offset := sub(offset, 0x20)
                sum := addmod(sum, mload(add(words, offset)), r)
                mstore(add(sums, offset), sum)
            }
        }
    }

    /// eq(point, i) for i < count, where 2^(coordinates) is less than twice the count.
    function _eqTable(uint256[] memory point, uint256 count) private pure returns (uint256 table) {
        uint256 first;
        uint256 end;
        assembly ("memory-safe") {
            first := add(point, 0x20)
            end := add(first, shl(5, mload(point)))
            table := mload(0x40)
            mstore(0x40, add(table, shl(add(5, mload(point)), 1)))
        }
        EqTable.fill(table, first, end, count);
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
}
