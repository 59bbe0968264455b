// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EqTable} from "./EqTable.sol";
import {R} from "./Field.sol";
import {PlainKernel} from "./PlainKernel.sol";

/// @notice The sum over taps and over o in [from, to) with 0 <= u < inputs, u = o stride + shift_tap, of
/// weight_tap eq(out, o) eq(into, u): what strided windows, pooling, padding and concatenation have in common.
/// Points are stretches [first, end) of memory whose last word belongs to the least significant bit.
/// @param outFirst point of the outputs; to <= 2^length
/// @param intoFirst point of the inputs; inputs <= 2^length
/// @param taps memory address of (shift, weight) pairs; shifts are signed
/// @param count number of taps
/// @param centred distance from coordinates to centred ones (`Coordinates`)
struct Correlation {
    uint256 outFirst;
    uint256 outEnd;
    uint256 from;
    uint256 to;
    uint256 intoFirst;
    uint256 intoEnd;
    uint256 inputs;
    int256 stride;
    uint256 taps;
    uint256 count;
    uint256 centred;
}

/// @title Correlations
/// @notice Evaluates correlations in fewer steps than outputs times taps.
///
/// A stride 2^k is taken away first: with u = 2^k v + l, l = shift mod 2^k is the tap's alone, and v = o + shift div 2^k.
///
/// Then both points are split after their last a coordinates, with m = 2^a: o = m O + p, so that
/// u = m (O stride + e) + l, where p stride + shift = m e + l, 0 <= l < m. For each e
///     H(e) = sum over O of eq(out high, O) eq(into high, O stride + e),
/// and the sum over p with this e of weight eq(out low, p) eq(into low, l) multiplies it: about taps m + (number of e) outputs/m
/// steps. Blocks of m outputs or inputs that are not wholly inside are left out of H; their terms are added one by one.
library Correlations {
    // forge-lint: disable-start(unsafe-typecast)
    // Counts are below 2^62, steps below 2^128 in size: no sum or product of theirs leaves 2^255.

    /// Most values of e for which H is kept.
    uint256 private constant MOST_KEPT = 256;

    /// @dev Tables of eq for one split.
    struct Split {
        uint256 bits;
        uint256 outHigh;
        uint256 outLow;
        uint256 intoHigh;
        uint256 intoLow;
        // Blocks of outputs and of inputs that are wholly inside: [first, last), [0, blocks).
        uint256 first;
        uint256 last;
        uint256 blocks;
        // Memory address of H(e) + 1 for e - lowest, 0 where it is not known; 0 where none is kept.
        uint256 kept;
        int256 lowest;
    }

    /// @notice The sum; changes `sum` and its taps on the way.
    function evaluate(Correlation memory sum) internal pure returns (uint256 value) {
        if (sum.from >= sum.to || sum.inputs == 0) return 0;
        _reduce(sum);
        if (sum.count == 1 && sum.stride == 1 && sum.from == 0) {
            (int256 shift, uint256 weight) = _tap(sum, 0);
            if (shift == 0) {
                uint256 size = sum.to < sum.inputs ? sum.to : sum.inputs;
                value =
                    PlainKernel.pair(sum.outFirst, sum.outEnd, sum.intoFirst, sum.intoEnd, size, sum.centred);
                return mulmod(value, weight, R);
            }
        }
        Split memory split = _split(sum);
        uint256 count = sum.count;
        for (uint256 d = 0; d < count; ++d) {
            (int256 shift, uint256 weight) = _tap(sum, d);
            uint256 terms = _whole(sum, split, shift);
            if (split.bits != 0) terms = addmod(terms, _partial(sum, split, shift), R);
            value = addmod(value, mulmod(terms, weight, R), R);
        }
    }

    /// @dev Takes away a stride that is a power of two, and joins taps that then have the same shift. Wherever a tap's input may be
    /// outside of `inputs`, that has to be decided by the coordinates that are left: inputs a multiple of the stride.
    function _reduce(Correlation memory sum) private pure {
        int256 stride = sum.stride;
        if (stride < 2 || stride & (stride - 1) != 0) return;
        uint256 low = _low(uint256(stride) - 1);
        if (sum.intoFirst + (low << 5) > sum.intoEnd) return;
        uint256 count = sum.count;
        if (sum.inputs & (uint256(stride) - 1) != 0) {
            int256 most = int256(sum.inputs) - int256(sum.to - 1) * stride;
            for (uint256 d = 0; d < count; ++d) {
                (int256 shift,) = _tap(sum, d);
                if (shift >= most) return;
            }
        }
        uint256 split = sum.intoEnd - (low << 5);
        // shift' = shift div stride, weight' = weight eq(into low, shift mod stride)
        uint256 joined;
        int256 previous;
        for (uint256 d = 0; d < count; ++d) {
            (int256 shift, uint256 weight) = _tap(sum, d);
            weight = mulmod(weight, EqTable.single(split, sum.intoEnd, uint256(shift)), R);
            shift >>= low;
            if (joined == 0 || shift != previous) ++joined;
            else weight = addmod(weight, _weightOf(sum, joined - 1), R);
            previous = shift;
            uint256 word = sum.taps + ((joined - 1) << 6);
            assembly ("memory-safe") {
                mstore(word, shift)
                mstore(add(word, 0x20), weight)
            }
        }
        sum.count = joined;
        sum.stride = 1;
        sum.intoEnd = split;
        sum.inputs = (sum.inputs + uint256(stride) - 1) >> low;
    }

    /// @dev Chooses the split, about half of the outputs' bits, and fills its tables.
    function _split(Correlation memory sum) private pure returns (Split memory split) {
        uint256 bits = _low(sum.to) >> 1;
        // Nothing is left over if the blocks end where outputs and inputs do.
        uint256 ends = sum.from | sum.to | sum.inputs;
        if (ends & 1 == 0) {
            while (ends & ((1 << bits) - 1) != 0) --bits;
        }
        uint256 least = sum.outEnd - sum.outFirst;
        if (sum.intoEnd - sum.intoFirst < least) least = sum.intoEnd - sum.intoFirst;
        if (sum.stride == 0) bits = 0;
        if (bits > least >> 5) bits = least >> 5;
        (int256 lowest, uint256 range) = _range(sum, bits);
        // Far apart taps have no e in common.
        if (range > MOST_KEPT) (bits, lowest, range) = (0, 0, 0);
        split.bits = bits;
        split.lowest = lowest;
        uint256 m = 1 << bits;
        split.first = (sum.from + m - 1) >> bits;
        split.last = sum.to >> bits;
        split.blocks = sum.inputs >> bits;
        (split.outHigh, split.outLow) = _tables(sum.outFirst, sum.outEnd, bits, sum.to);
        (split.intoHigh, split.intoLow) = _tables(sum.intoFirst, sum.intoEnd, bits, sum.inputs);
        if (range != 0) {
            // new memory is zero
            uint256[] memory kept = new uint256[](range);
            assembly ("memory-safe") {
                mstore(add(split, 0x100), add(kept, 0x20))
            }
        }
    }

    /// @dev The least e, and one more than the distance to the largest.
    function _range(Correlation memory sum, uint256 bits)
        private
        pure
        returns (int256 lowest, uint256 range)
    {
        int256 span = sum.stride * int256((1 << bits) - 1);
        (int256 least, int256 most) = (type(int256).max, type(int256).min);
        uint256 count = sum.count;
        for (uint256 d = 0; d < count; ++d) {
            (int256 shift,) = _tap(sum, d);
            int256 other = shift + span;
            if (shift < least) least = shift;
            if (other < least) least = other;
            if (shift > most) most = shift;
            if (other > most) most = other;
        }
        lowest = least >> bits;
        range = uint256((most >> bits) - lowest) + 1;
    }

    /// @dev eq of the coordinates but the last `bits`, at all blocks below `count`, and of the last ones.
    function _tables(uint256 first, uint256 end, uint256 bits, uint256 count)
        private
        pure
        returns (uint256 high, uint256 low)
    {
        uint256 m = 1 << bits;
        uint256 blocks = (count + m - 1) >> bits;
        assembly ("memory-safe") {
            low := mload(0x40)
            high := add(low, shl(5, m))
            // twice what is asked for: the scratch of `fill`
            mstore(0x40, add(high, shl(6, blocks)))
        }
        uint256 split = end - (bits << 5);
        EqTable.fill(high, first, split, blocks);
        EqTable.fill(low, split, end, m);
    }

    /// @dev One tap's terms in blocks that are wholly inside.
    function _whole(Correlation memory sum, Split memory split, int256 shift)
        private
        pure
        returns (uint256 value)
    {
        uint256 bits = split.bits;
        int256 stride = sum.stride;
        uint256 m = 1 << bits;
        uint256 p = 0;
        while (p < m) {
            // all p with the same e
            int256 e = shift >> bits;
            uint256 low;
            (uint256 outLow, uint256 intoLow) = (split.outLow, split.intoLow);
            assembly ("memory-safe") {
                for {} lt(p, m) {} {
                    let into := mload(add(intoLow, shl(5, and(shift, sub(m, 1)))))
                    low := addmod(low, mulmod(mload(add(outLow, shl(5, p))), into, R), R)
                    p := add(p, 1)
                    shift := add(shift, stride)
                    if iszero(eq(sar(bits, shift), e)) { break }
                }
            }
            value = addmod(value, mulmod(low, _high(split, stride, e), R), R);
        }
    }

    /// @dev H(e).
    function _high(Split memory split, int256 stride, int256 e) private pure returns (uint256 value) {
        uint256 known;
        if (split.kept != 0) {
            known = split.kept + (uint256(e - split.lowest) << 5);
            assembly ("memory-safe") {
                value := mload(known)
            }
            if (value != 0) return value - 1;
        }
        (uint256 outHigh, uint256 intoHigh) = (split.outHigh, split.intoHigh);
        (uint256 first, uint256 last, uint256 blocks) = (split.first, split.last, split.blocks);
        // sum over O in [first, last) with 0 <= v < blocks, v = O stride + e; a negative v is a large unsigned one
        assembly ("memory-safe") {
            let v := add(mul(first, stride), e)
            for { let o := first } lt(o, last) { o := add(o, 1) } {
                if lt(v, blocks) {
                    value := addmod(
                        value,
                        mulmod(mload(add(outHigh, shl(5, o))), mload(add(intoHigh, shl(5, v))), R),
                        R
                    )
                }
                v := add(v, stride)
            }
            if known { mstore(known, add(value, 1)) }
        }
    }

    /// @dev One tap's terms that are not in whole blocks of both outputs and inputs.
    function _partial(Correlation memory sum, Split memory split, int256 shift)
        private
        pure
        returns (uint256 value)
    {
        (uint256 bits, uint256 from, uint256 to) = (split.bits, sum.from, sum.to);
        uint256 first = split.first << bits;
        uint256 last = split.last << bits;
        if (first >= last) return _terms(sum, split, shift, from, to);
        value = addmod(_terms(sum, split, shift, from, first), _terms(sum, split, shift, last, to), R);
        // inputs of the last, partial block, read by outputs of whole blocks
        int256 stride = sum.stride;
        for (uint256 u = split.blocks << bits; u < sum.inputs; ++u) {
            int256 distance = int256(u) - shift;
            int256 o = distance / stride;
            if (o * stride == distance && o >= int256(first) && o < int256(last)) {
                value = addmod(value, _terms(sum, split, shift, uint256(o), uint256(o) + 1), R);
            }
        }
    }

    /// @dev One tap's terms for outputs o in [from, to). Below R.
    function _terms(Correlation memory sum, Split memory split, int256 shift, uint256 from, uint256 to)
        private
        pure
        returns (uint256 value)
    {
        (uint256 bits, uint256 inputs, int256 stride) = (split.bits, sum.inputs, sum.stride);
        (uint256 outHigh, uint256 outLow) = (split.outHigh, split.outLow);
        (uint256 intoHigh, uint256 intoLow) = (split.intoHigh, split.intoLow);
        assembly ("memory-safe") {
            let mask := sub(shl(bits, 1), 1)
            let u := add(mul(from, stride), shift)
            for { let o := from } lt(o, to) { o := add(o, 1) } {
                if lt(u, inputs) {
                    let out :=
                        mulmod(
                            mload(add(outHigh, shl(5, shr(bits, o)))),
                            mload(add(outLow, shl(5, and(o, mask)))),
                            R
                        )
                    let into :=
                        mulmod(
                            mload(add(intoHigh, shl(5, shr(bits, u)))),
                            mload(add(intoLow, shl(5, and(u, mask)))),
                            R
                        )
                    value := addmod(value, mulmod(out, into, R), R)
                }
                u := add(u, stride)
            }
        }
    }

    function _tap(Correlation memory sum, uint256 d) private pure returns (int256 shift, uint256 weight) {
        uint256 taps = sum.taps;
        assembly ("memory-safe") {
            let word := add(taps, shl(6, d))
            shift := mload(word)
            weight := mload(add(word, 0x20))
        }
    }

    function _weightOf(Correlation memory sum, uint256 d) private pure returns (uint256 weight) {
        (, weight) = _tap(sum, d);
    }

    /// @dev Number of bits of x.
    function _low(uint256 x) private pure returns (uint256 bits) {
        for (; x != 0; x >>= 1) {
            ++bits;
        }
    }
    // forge-lint: disable-end(unsafe-typecast)
}
