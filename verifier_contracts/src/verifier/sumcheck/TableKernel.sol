// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Field} from "./Field.sol";

/// @title TableKernel
/// @notice The sum over i < 2^bits of eq(s, i) eq(t, i) (key + i): lookups' sums at a range table.
library TableKernel {
    /// @param s memory address after the first point's coordinates; it has `bits` of them
    /// @param t memory address after the second point's
    /// @param key first key, with gamma
    function evaluate(uint256 s, uint256 t, uint256 bits, uint256 key) internal pure returns (uint256 value) {
        uint256 r = Field.modulus();
        // from the least significant bit on, with p1 = s t and p0 = (1 - s)(1 - t):
        // full' = full (p0 + p1), moment' = moment (p0 + p1) + 2^k p1 full
        assembly ("memory-safe") {
            let first := sub(s, shl(5, bits))
            let full := 1
            let power := 1
            for {} gt(s, first) {} {
                s := sub(s, 0x20)
                t := sub(t, 0x20)
                let x := mload(s)
                let y := mload(t)
                let one := mulmod(x, y, r)
                let both := add(sub(add(add(r, r), 1), add(x, y)), add(one, one))
                value := add(mulmod(value, both, r), mulmod(mulmod(power, one, r), full, r))
                full := mulmod(full, both, r)
                power := shl(1, power)
            }
            value := addmod(mulmod(key, full, r), value, r)
        }
    }
}
