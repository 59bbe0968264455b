// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Field} from "./Field.sol";

/// @title PlainKernel
/// @notice Sums over i < size of products of eq(t, i), for one to three points t: the kernels that nearly all forms consist of.
///
/// Bit by bit from the least significant one, with p1 = the product of the points' coordinates and p0 = that of their
/// complements:
///     full' = full (p0 + p1)                      the sum over all lower bits,
///     part' = p0 part, or p0 full + p1 part       the sum over those below size's lower bits, where size's bit is 0, or 1.
/// Below size's lowest 1 `part` is 0, and `full` alone is needed; if that is its only 1, the sum over lower bits is all. Bits
/// above are 0 and multiply by 1 - t.
/// With centred coordinates x = 1/2 - t, p0 + p1 is 2 (1/4 + x x') for two points, 1/4 + x x' + (x + x') x'' for three.
///
/// Points are stretches [first, end) of memory whose last word belongs to the least significant bit. Results are below 2R.
/// `size` is at least 1 and at most 2^length of each point.
library PlainKernel {
    /// @notice Sum of eq(t, i).
    function single(uint256 first, uint256 end, uint256 size) internal pure returns (uint256 value) {
        uint256 r = Field.modulus();
        // full = 1; part' = part - t part, or 1 - t + t part
        assembly ("memory-safe") {
            value := 1
            // all entries of the hypercube: 1
            if eq(size, shl(shr(5, sub(end, first)), 1)) {
                first := end
                size := 1
            }
            for {} iszero(and(size, 1)) { size := shr(1, size) } { end := sub(end, 0x20) }
            if gt(size, 1) {
                value := 0
                for {} size { size := shr(1, size) } {
                    end := sub(end, 0x20)
                    let t := mload(end)
                    let one := mulmod(t, value, r)
                    switch and(size, 1)
                    case 0 { value := addmod(value, sub(r, one), r) }
                    default { value := addmod(one, sub(add(r, 1), t), r) }
                }
            }
            for {} gt(end, first) {} {
                end := sub(end, 0x20)
                value := mulmod(value, sub(add(r, 1), mload(end)), r)
            }
        }
    }

    /// @notice Sum of eq(s, i) eq(t, i).
    /// @param centred distance from coordinates to centred ones
    function pair(uint256 sFirst, uint256 sEnd, uint256 tFirst, uint256 tEnd, uint256 size, uint256 centred)
        internal
        pure
        returns (uint256 value)
    {
        uint256 r = Field.modulus();
        assembly ("memory-safe") {
            let apart := sub(tEnd, sEnd)
            value := 1
            {
                // 1/4, as R = 1 modulo 4
                let quarter := shr(2, add(mul(r, 3), 1))
                // full = 2^bits product of (1/4 + x y)
                let lowest := and(size, sub(0, size))
                let word := add(sEnd, centred)
                for {} iszero(and(size, 1)) { size := shr(1, size) } {
                    word := sub(word, 0x20)
                    value := mulmod(value, add(quarter, mulmod(mload(word), mload(add(word, apart)), r)), r)
                }
                value := mulmod(value, lowest, r)
                sEnd := sub(word, centred)
            }
            if gt(size, 1) {
                let full := value
                value := 0
                for {} size { size := shr(1, size) } {
                    sEnd := sub(sEnd, 0x20)
                    let s := mload(sEnd)
                    let t := mload(add(sEnd, apart))
                    let one := mulmod(s, t, r)
                    let zero := add(sub(add(add(r, r), 1), add(s, t)), one)
                    switch and(size, 1)
                    case 0 { value := mulmod(zero, value, r) }
                    default { value := add(mulmod(zero, full, r), mulmod(one, value, r)) }
                    full := mulmod(full, add(zero, one), r)
                }
            }
            tEnd := add(sEnd, apart)
            for {} gt(sEnd, sFirst) {} {
                sEnd := sub(sEnd, 0x20)
                value := mulmod(value, sub(add(r, 1), mload(sEnd)), r)
            }
            for {} gt(tEnd, tFirst) {} {
                tEnd := sub(tEnd, 0x20)
                value := mulmod(value, sub(add(r, 1), mload(tEnd)), r)
            }
        }
    }

    /// @notice Sum of eq(s, i) eq(t, i) eq(u, i), but for the bits above those of `size`.
    /// @param s memory address after the first point, likewise `t` and `u`
    /// @return value the sum over the bits of `size`
    /// @return used bytes of coordinates that these bits are; those before multiply by their complements
    function triple(uint256 s, uint256 t, uint256 u, uint256 size, uint256 centred)
        internal
        pure
        returns (uint256 value, uint256 used)
    {
        uint256 r = Field.modulus();
        assembly ("memory-safe") {
            let start := s
            t := sub(t, s)
            u := sub(u, s)
            value := 1
            {
                // 1/4, as R = 1 modulo 4
                let quarter := shr(2, add(mul(r, 3), 1))
                // full = product of (1/4 + x y + (x + y) w)
                let word := add(s, centred)
                for {} iszero(and(size, 1)) { size := shr(1, size) } {
                    word := sub(word, 0x20)
                    let x := mload(word)
                    let y := mload(add(word, t))
                    value := mulmod(
                        value,
                        add(add(quarter, mulmod(x, y, r)), mulmod(add(x, y), mload(add(word, u)), r)),
                        r
                    )
                }
                s := sub(word, centred)
            }
            if gt(size, 1) {
                let full := value
                value := 0
                for {} size { size := shr(1, size) } {
                    s := sub(s, 0x20)
                    let x := mload(s)
                    let y := mload(add(s, t))
                    let w := mload(add(s, u))
                    let one := mulmod(x, y, r)
                    let zero := mulmod(add(sub(add(add(r, r), 1), add(x, y)), one), sub(add(r, 1), w), r)
                    one := mulmod(one, w, r)
                    switch and(size, 1)
                    case 0 { value := mulmod(zero, value, r) }
                    default { value := add(mulmod(zero, full, r), mulmod(one, value, r)) }
                    full := mulmod(full, add(zero, one), r)
                }
            }
            used := sub(start, s)
        }
    }
}
