// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Field, R} from "./Field.sol";
import {ProofShape} from "./ProofShape.sol";

/// @title Claims
/// @notice What sum-checks 1 and 2 leave to the third: a combination of claims that are linear in cells.
library Claims {
    /// @notice The first claim of sum-check 3 (step 7 of `docs/protocol.md`) without the constant: the sum of delta^i v_i for the
    /// claims v_0 = 0, v_1 = S, v_(1 + j) = u_j, and v_(D + 2) = g2(sigma), which is defined as s2 - weight * u_1 .. u_D.
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
}
