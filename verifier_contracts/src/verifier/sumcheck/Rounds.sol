// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Field} from "./Field.sol";
import {ProofShape} from "./ProofShape.sol";

/// @title Rounds
/// @notice The verifier's half of a sum-check (steps 4, 5 and 7 of `docs/protocol.md`).
///
/// A round sends c_0, c_2, .. c_d of its polynomial p; c_1 follows from p(0) + p(1) = claim, that is
/// c_1 = claim - 2 c_0 - c_2 - .. - c_d. The next claim is p(x) at the challenge x that the message gives: error d/R.
library Rounds {
    /// @param tip address of the transcript's state; the messages of all rounds follow (`Transcript`)
    /// @param degree d, at least 2: as many scalars are in a message
    /// @param claim below 2R
    /// @param point address of as many words as there are rounds, for the challenges, in order
    /// @return next address of the state after the rounds
    /// @return value what remains to be shown: p of the last round at its challenge
    function reduce(uint256 tip, uint256 rounds, uint256 degree, uint256 claim, uint256 point)
        internal
        pure
        returns (uint256 next, uint256 value)
    {
        if (rounds == 0) return (tip, claim);
        if (degree == 2) return reduceQuadratic(tip, rounds, claim, point);
        if (degree == 3) return _reduceCubic(tip, rounds, claim, point);
        uint256 r = Field.modulus();
        bool canonical;
        // for each round:
        //     absorb c_0, c_2, .., c_d; x = draw
        //     sum, higher = c_2 + .. + c_d, c_2 + c_3 x + .. + c_d x^(d - 2)          (Horner)
        //     c_1 = claim - 2 c_0 - sum
        //     claim = c_0 + (c_1 + higher x) x
        // Bounds: claim < 2R and c_1 = claim + 3R - (2 c_0 + sum) < 5R < 2^256; `higher` < 2R.
        assembly ("memory-safe") {
            let slot := point
            let end := add(slot, shl(5, rounds))
            let length := shl(5, degree)
            canonical := 1
            for {} lt(slot, end) { slot := add(slot, 0x20) } {
                let first := add(tip, 0x20)
                let c0 := mload(first)
                let state := keccak256(tip, add(length, 0x20))
                let x := mod(state, r)
                mstore(slot, x)
                // The state's new place is that of c_d, which is absorbed.
                tip := add(tip, length)
                let sum := mload(tip)
                mstore(tip, state)
                mstore(tip, keccak256(tip, 0x20))
                canonical := and(canonical, and(lt(c0, r), lt(sum, r)))
                let higher := sum
                for { let place := sub(tip, 0x20) } gt(place, first) { place := sub(place, 0x20) } {
                    let c := mload(place)
                    canonical := and(canonical, lt(c, r))
                    sum := addmod(sum, c, r)
                    higher := add(mulmod(higher, x, r), c)
                }
                let c1 := add(claim, sub(mul(3, r), add(add(c0, c0), sum)))
                claim := add(mulmod(addmod(mulmod(higher, x, r), c1, r), x, r), c0)
            }
            next := tip
            value := mod(claim, r)
        }
        if (!canonical) revert ProofShape.NonCanonicalScalar();
    }

    /// @notice `reduce` for degree 2: that of sum-check 3, and of sum-check 1 in most circuits.
    function reduceQuadratic(uint256 tip, uint256 rounds, uint256 claim, uint256 point)
        internal
        pure
        returns (uint256 next, uint256 value)
    {
        if (rounds == 0) return (tip, claim);
        uint256 r = Field.modulus();
        bool canonical;
        // As above: c_1 = claim - 2 c_0 - c_2, claim = c_0 + (c_1 + c_2 x) x = c_0 + (claim - 2 c_0 + c_2 (x - 1)) x.
        // Bounds: claim < 2R, so that the sum in the bracket is below 5R.
        assembly ("memory-safe") {
            let end := add(point, shl(5, rounds))
            let minusOne := sub(r, 1)
            canonical := 1
            for {} lt(point, end) { point := add(point, 0x20) } {
                let c0 := mload(add(tip, 0x20))
                let c2 := mload(add(tip, 0x40))
                let state := keccak256(tip, 0x60)
                tip := add(tip, 0x40)
                mstore(tip, state)
                mstore(tip, keccak256(tip, 0x20))
                let x := mod(state, r)
                mstore(point, x)
                canonical := and(canonical, and(lt(c0, r), lt(c2, r)))
                let twice := sub(r, c0)
                twice := add(claim, add(twice, twice))
                claim := add(mulmod(add(mulmod(c2, add(x, minusOne), r), twice), x, r), c0)
            }
            next := tip
            value := mod(claim, r)
        }
        if (!canonical) revert ProofShape.NonCanonicalScalar();
    }

    /// `reduce` for degree 3: that of sum-check 2 in most circuits.
    function _reduceCubic(uint256 tip, uint256 rounds, uint256 claim, uint256 point)
        private
        pure
        returns (uint256 next, uint256 value)
    {
        if (rounds == 0) return (tip, claim);
        uint256 r = Field.modulus();
        bool canonical;
        // As above: c_1 = claim - 2 c_0 - c_2 - c_3, claim = c_0 + (c_1 + (c_2 + c_3 x) x) x.
        // Bounds: claim < 2R; claim + 2 (R - c_0) <= 4R, and the sum in the bracket is below 2R.
        assembly ("memory-safe") {
            let end := add(point, shl(5, rounds))
            canonical := 1
            for {} lt(point, end) { point := add(point, 0x20) } {
                let c0 := mload(add(tip, 0x20))
                let c2 := mload(add(tip, 0x40))
                let state := keccak256(tip, 0x80)
                tip := add(tip, 0x60)
                let c3 := mload(tip)
                mstore(tip, state)
                mstore(tip, keccak256(tip, 0x20))
                let x := mod(state, r)
                mstore(point, x)
                canonical := and(canonical, and(lt(c0, r), and(lt(c2, r), lt(c3, r))))
                let rest := sub(r, c0)
                rest := addmod(add(claim, add(rest, rest)), sub(mul(2, r), add(c2, c3)), r)
                claim := add(mulmod(add(mulmod(add(mulmod(c3, x, r), c2), x, r), rest), x, r), c0)
            }
            next := tip
            value := mod(claim, r)
        }
        if (!canonical) revert ProofShape.NonCanonicalScalar();
    }
}
