// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {R} from "./Field.sol";

/// @dev 1/4, as R = 1 modulo 4.
uint256 constant QUARTER = 0x244b3ad628e5381f4a3c3448e1210245de26ee365b4b146cf2e9782ef4000001;

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
        // full = 1; part' = (1 - t) part, or 1 - t + t part. Bounds: the sum in the loop is below 2R, and R + 1 only for t = 0.
        assembly ("memory-safe") {
            value := 1
            // all entries of the hypercube: 1
            if eq(size, shl(shr(5, sub(end, first)), 1)) {
                first := end
                size := 1
            }
            for {} iszero(and(size, 1)) { size := shr(1, size) } { end := sub(end, 0x20) }
            if gt(size, 1) {
                // the lowest 1: nothing is below it
                end := sub(end, 0x20)
                value := sub(add(R, 1), mload(end))
                size := shr(1, size)
                for {} size { size := shr(1, size) } {
                    end := sub(end, 0x20)
                    let t := mload(end)
                    switch and(size, 1)
                    case 0 { value := mulmod(value, sub(add(R, 1), t), R) }
                    default { value := add(mulmod(value, t, R), sub(add(R, 1), t)) }
                }
            }
            for {} gt(end, first) {} {
                end := sub(end, 0x20)
                value := mulmod(value, sub(add(R, 1), mload(end)), R)
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
        unchecked {
            uint256 length = sEnd - sFirst;
            if (length == tEnd - tFirst && size == 1 << (length >> 5)) {
                return _whole(sEnd + centred, tEnd + centred, size);
            }
        }
        assembly ("memory-safe") {
            let apart := sub(tEnd, sEnd)
            // full = 2^bits product of (1/4 + x y)
            value := and(size, sub(0, size))
            size := div(size, value)
            {
                let word := add(sEnd, centred)
                let rest := value
                for {} gt(rest, 8) { rest := shr(4, rest) } {
                    let other := add(word, apart)
                    value := mulmod(
                        value,
                        add(QUARTER, mulmod(mload(sub(word, 0x20)), mload(sub(other, 0x20)), R)),
                        R
                    )
                    value := mulmod(
                        value,
                        add(QUARTER, mulmod(mload(sub(word, 0x40)), mload(sub(other, 0x40)), R)),
                        R
                    )
                    value := mulmod(
                        value,
                        add(QUARTER, mulmod(mload(sub(word, 0x60)), mload(sub(other, 0x60)), R)),
                        R
                    )
                    word := sub(word, 0x80)
                    other := add(word, apart)
                    value := mulmod(value, add(QUARTER, mulmod(mload(word), mload(other), R)), R)
                }
                for {} gt(rest, 1) { rest := shr(1, rest) } {
                    word := sub(word, 0x20)
                    value := mulmod(value, add(QUARTER, mulmod(mload(word), mload(add(word, apart)), R)), R)
                }
                sEnd := sub(word, centred)
            }
            if gt(size, 1) {
                let full := value
                value := 0
                for {} 1 {} {
                    sEnd := sub(sEnd, 0x20)
                    let s := mload(sEnd)
                    let t := mload(add(sEnd, apart))
                    let one := mulmod(s, t, R)
                    // 1 - s - t + s t, below 3R
                    let zero := add(sub(add(add(R, R), 1), add(s, t)), one)
                    switch and(size, 1)
                    case 0 { value := mulmod(zero, value, R) }
                    default { value := add(mulmod(zero, full, R), mulmod(one, value, R)) }
                    size := shr(1, size)
                    if iszero(size) { break }
                    full := mulmod(full, add(zero, one), R)
                }
            }
            tEnd := add(sEnd, apart)
            for {} gt(sEnd, sFirst) {} {
                sEnd := sub(sEnd, 0x20)
                value := mulmod(value, sub(add(R, 1), mload(sEnd)), R)
            }
            for {} gt(tEnd, tFirst) {} {
                tEnd := sub(tEnd, 0x20)
                value := mulmod(value, sub(add(R, 1), mload(tEnd)), R)
            }
        }
    }

    /// @dev The same for all entries of the hypercube: the product of 2 (1/4 + x y).
    /// @param s memory address after the first point's centred coordinates, likewise `t`
    function _whole(uint256 s, uint256 t, uint256 size) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := size
            for {} gt(size, 8) { size := shr(4, size) } {
                s := sub(s, 0x80)
                t := sub(t, 0x80)
                value := mulmod(value, add(QUARTER, mulmod(mload(add(s, 0x60)), mload(add(t, 0x60)), R)), R)
                value := mulmod(value, add(QUARTER, mulmod(mload(add(s, 0x40)), mload(add(t, 0x40)), R)), R)
                value := mulmod(value, add(QUARTER, mulmod(mload(add(s, 0x20)), mload(add(t, 0x20)), R)), R)
                value := mulmod(value, add(QUARTER, mulmod(mload(s), mload(t), R)), R)
            }
            for {} gt(size, 1) { size := shr(1, size) } {
                s := sub(s, 0x20)
                t := sub(t, 0x20)
                value := mulmod(value, add(QUARTER, mulmod(mload(s), mload(t), R)), R)
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
        assembly ("memory-safe") {
            let start := s
            t := sub(t, s)
            u := sub(u, s)
            value := 1
            {
                // full = product of (1/4 + x y + (x + y) w), of which the sum is below 3R
                let rest := and(size, sub(0, size))
                size := div(size, rest)
                let word := add(s, centred)
                for {} gt(rest, 2) { rest := shr(2, rest) } {
                    word := sub(word, 0x20)
                    let x := mload(word)
                    let y := mload(add(word, t))
                    value := mulmod(
                        value,
                        add(add(QUARTER, mulmod(x, y, R)), mulmod(add(x, y), mload(add(word, u)), R)),
                        R
                    )
                    word := sub(word, 0x20)
                    x := mload(word)
                    y := mload(add(word, t))
                    value := mulmod(
                        value,
                        add(add(QUARTER, mulmod(x, y, R)), mulmod(add(x, y), mload(add(word, u)), R)),
                        R
                    )
                }
                if gt(rest, 1) {
                    word := sub(word, 0x20)
                    let x := mload(word)
                    let y := mload(add(word, t))
                    value := mulmod(
                        value,
                        add(add(QUARTER, mulmod(x, y, R)), mulmod(add(x, y), mload(add(word, u)), R)),
                        R
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
                    let one := mulmod(x, y, R)
                    let zero := mulmod(add(sub(add(add(R, R), 1), add(x, y)), one), sub(add(R, 1), w), R)
                    one := mulmod(one, w, R)
                    switch and(size, 1)
                    case 0 { value := mulmod(zero, value, R) }
                    default { value := add(mulmod(zero, full, R), mulmod(one, value, R)) }
                    full := mulmod(full, add(zero, one), R)
                }
            }
            used := sub(start, s)
        }
    }
}
