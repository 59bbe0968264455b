// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EqTable} from "./EqTable.sol";
import {Field, R} from "./Field.sol";
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
/// Then both points are split before their last a coordinates, with m = 2^a: o = m O + p, so that
/// u = m (O stride + e) + l, where p stride + shift = m e + l, 0 <= l < m. For each e the sum over O of
/// eq(out high, O) eq(into high, O stride + e) multiplies the sum over p and taps with this e of weight eq(out low, p) eq(into low, l):
/// about taps m + (number of e) outputs/m steps. m has to divide `from`, `to` and `inputs`, so that blocks are inside or outside as
/// a whole; in the worst case it is 1.
library Correlations {
    // forge-lint: disable-start(unsafe-typecast)
    // Counts are below 2^62, steps below 2^128 in size: no sum or product of theirs leaves 2^255.

    /// Most values of e that are tabulated; with more, taps have few of them in common.
    uint256 private constant MOST_TABULATED = 128;

    /// A split of two bits has a short way with its taps, `_four`; it is taken for so many outputs.
    uint256 private constant LOW_BITS = 2;
    uint256 private constant MOST_OF_FOUR = 64;

    /// @dev Tables of eq for one split, and blocks: [first, last) of outputs, [0, blocks) of inputs.
    struct Split {
        uint256 bits;
        uint256 outHigh;
        uint256 outLow;
        uint256 intoHigh;
        uint256 intoLow;
        uint256 first;
        uint256 last;
        uint256 blocks;
    }

    /// @notice The sum; changes `sum` and its taps on the way.
    function evaluate(Correlation memory sum) internal pure returns (uint256 value) {
        uint256 r = Field.modulus();
        if (sum.from >= sum.to || sum.inputs == 0) return 0;
        _reduce(sum);
        (uint256 taps, uint256 count) = (sum.taps, sum.count);
        if (count == 1 && sum.stride == 1 && sum.from == 0 && _word(taps) == 0) {
            uint256 size = sum.to < sum.inputs ? sum.to : sum.inputs;
            value = PlainKernel.pair(sum.outFirst, sum.outEnd, sum.intoFirst, sum.intoEnd, size, sum.centred);
            return mulmod(value, _word(taps + 0x20), r);
        }
        unchecked {
            (uint256 bits, int256 lowest, uint256 range) = _choose(sum);
            Split memory split = _split(sum, bits);
            // Without a split every tap is its own e.
            if (bits == LOW_BITS && sum.stride == 1) {
                (taps, count) = (_four(sum, split, lowest, range), range);
            } else if (bits != 0) {
                (taps, count) = (_low(sum, split, lowest, range), range);
            }
            return _high(sum, split, taps, count);
        }
    }

    /// @dev Takes away a stride that is a power of two, and joins neighbouring taps that then have the same shift. Whether a tap's
    /// input is one of `inputs` has to be decided by the coordinates that are left: these are a multiple of the stride, or all are.
    function _reduce(Correlation memory sum) private pure {
        uint256 r = Field.modulus();
        unchecked {
            uint256 stride = uint256(sum.stride);
            if (stride < 2 || stride & (stride - 1) != 0 || sum.stride < 0) return;
            uint256 low = _bits(stride - 1);
            if (sum.intoFirst + (low << 5) > sum.intoEnd) return;
            uint256 place = sum.taps;
            uint256 end = place + (sum.count << 6);
            if (sum.inputs & (stride - 1) != 0) {
                int256 most = int256(sum.inputs) - int256((sum.to - 1) * stride);
                for (uint256 tap = place; tap < end; tap += 0x40) {
                    if (int256(_word(tap)) >= most) return;
                }
            }
            uint256 split = sum.intoEnd - (low << 5);
            // shift' = shift div stride, weight' = weight eq(into low, shift mod stride)
            uint256 last = place - 0x40;
            for (; place < end; place += 0x40) {
                uint256 shift = _word(place);
                uint256 weight = EqTable.single(split, sum.intoEnd, shift);
                assembly ("memory-safe") {
                    weight := mulmod(weight, mload(add(place, 0x20)), r)
                    shift := sar(low, shift)
                    // the words before the first tap are no tap, whatever they hold
                    switch and(eq(mload(last), shift), iszero(lt(last, mload(add(sum, 0x100)))))
                    case 1 { weight := addmod(weight, mload(add(last, 0x20)), r) }
                    default { last := add(last, 0x40) }
                    mstore(last, shift)
                    mstore(add(last, 0x20), weight)
                }
            }
            sum.count = (last + 0x40 - sum.taps) >> 6;
            sum.stride = 1;
            sum.intoEnd = split;
            sum.inputs = (sum.inputs + stride - 1) >> low;
        }
    }

    /// @dev Chooses a, about half of the outputs' bits.
    /// @return bits a; 0 where it would gain nothing
    /// @return lowest least e
    /// @return range one more than the distance to the largest
    function _choose(Correlation memory sum)
        private
        pure
        returns (uint256 bits, int256 lowest, uint256 range)
    {
        unchecked {
            if (sum.stride == 0) return (0, 0, 0);
            bits = _bits(sum.to) >> 1;
            // Blocks have to end where outputs and inputs do.
            uint256 ends = sum.from | sum.to | sum.inputs;
            while (ends & ((1 << bits) - 1) != 0) --bits;
            uint256 least = sum.outEnd - sum.outFirst;
            if (sum.intoEnd - sum.intoFirst < least) least = sum.intoEnd - sum.intoFirst;
            if (bits > least >> 5) bits = least >> 5;
            if (bits > LOW_BITS && sum.stride == 1 && sum.to <= MOST_OF_FOUR) bits = LOW_BITS;
            int256 span = sum.stride * int256((1 << bits) - 1);
            uint256 tap = sum.taps;
            uint256 end = tap + (sum.count << 6);
            int256 most;
            assembly ("memory-safe") {
                lowest := mload(tap)
                most := lowest
                for {} lt(tap, end) { tap := add(tap, 0x40) } {
                    let shift := mload(tap)
                    if slt(shift, lowest) { lowest := shift }
                    if sgt(shift, most) { most := shift }
                }
                switch slt(span, 0)
                case 0 { most := add(most, span) }
                default { lowest := add(lowest, span) }
                lowest := sar(bits, lowest)
                range := add(sub(sar(bits, most), lowest), 1)
            }
            if (range > MOST_TABULATED) bits = 0;
        }
    }

    /// @dev Fills the tables.
    function _split(Correlation memory sum, uint256 bits) private pure returns (Split memory split) {
        unchecked {
            split.bits = bits;
            split.first = sum.from >> bits;
            split.last = sum.to >> bits;
            split.blocks = sum.inputs >> bits;
            (split.outHigh, split.outLow) = _tables(sum.outFirst, sum.outEnd, bits, sum.to);
            (split.intoHigh, split.intoLow) = _tables(sum.intoFirst, sum.intoEnd, bits, sum.inputs);
        }
    }

    /// @dev eq of the coordinates but the last `bits`, at all blocks below `count`, and of the last ones.
    function _tables(uint256 first, uint256 end, uint256 bits, uint256 count)
        private
        pure
        returns (uint256 high, uint256 low)
    {
        unchecked {
            uint256 m = 1 << bits;
            uint256 blocks = count >> bits;
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
    }

    /// @dev For each e the sum over taps and p with p stride + shift = m e + l of weight eq(out low, p) eq(into low, l).
    /// @return sums memory address of (e, sum) for each of `range` values of e from `lowest` on
    function _low(Correlation memory sum, Split memory split, int256 lowest, uint256 range)
        private
        pure
        returns (uint256 sums)
    {
        uint256 r = Field.modulus();
        unchecked {
            uint256 tap = sum.taps;
            uint256 end = tap + (sum.count << 6);
            assembly ("memory-safe") {
                sums := mload(0x40)
                let next := add(sums, shl(6, range))
                mstore(0x40, next)
                let e := lowest
                for { let place := sums } lt(place, next) { place := add(place, 0x40) } {
                    mstore(place, e)
                    mstore(add(place, 0x20), 0)
                    e := add(e, 1)
                }
                let bits := mload(split)
                let stride := mload(add(sum, 0xe0))
                let mask := sub(shl(bits, 1), 1)
                let intoLow := mload(add(split, 0x80))
                // the sum of e = 0
                let base := sub(add(sums, 0x20), shl(6, lowest))
                for {} lt(tap, end) { tap := add(tap, 0x40) } {
                    let v := mload(tap)
                    let weight := mload(add(tap, 0x20))
                    let out := mload(add(split, 0x40))
                    let last := add(out, shl(5, mask))
                    for {} iszero(gt(out, last)) { out := add(out, 0x20) } {
                        let place := add(base, shl(6, sar(bits, v)))
                        let into := mulmod(mload(add(intoLow, shl(5, and(v, mask)))), weight, r)
                        mstore(place, addmod(mload(place), mulmod(mload(out), into, r), r))
                        v := add(v, stride)
                    }
                }
            }
        }
    }

    /// @dev `_low` for stride 1 and two bits: with l = shift mod 4, the tap adds weight times the sum over p < 4 - l of
    /// eq(out low, p) eq(into low, l + p) to e = shift div 4, and weight times that over the other p, with into low at l + p - 4,
    /// to e + 1. These two sums are computed for each l first.
    /// @return sums as of `_low`
    function _four(Correlation memory sum, Split memory split, int256 lowest, uint256 range)
        private
        pure
        returns (uint256 sums)
    {
        // Sums of up to four products are below 4R.
        assembly ("memory-safe") {
            let products := mload(0x40)
            sums := add(products, 0x100)
            let next := add(sums, shl(6, range))
            mstore(0x40, next)
            {
                let out := mload(add(split, 0x40))
                let into := mload(add(split, 0x80))
                let a := mload(into)
                let b := mload(add(into, 0x20))
                let c := mload(add(into, 0x40))
                let d := mload(add(into, 0x60))
                let o := mload(out)
                mstore(products, mulmod(o, a, R))
                mstore(add(products, 0x40), mulmod(o, b, R))
                mstore(add(products, 0x80), mulmod(o, c, R))
                mstore(add(products, 0xc0), mulmod(o, d, R))
                o := mload(add(out, 0x20))
                mstore(products, add(mload(products), mulmod(o, b, R)))
                mstore(add(products, 0x40), add(mload(add(products, 0x40)), mulmod(o, c, R)))
                mstore(add(products, 0x80), add(mload(add(products, 0x80)), mulmod(o, d, R)))
                mstore(add(products, 0xe0), mulmod(o, a, R))
                o := mload(add(out, 0x40))
                mstore(products, add(mload(products), mulmod(o, c, R)))
                mstore(add(products, 0x40), add(mload(add(products, 0x40)), mulmod(o, d, R)))
                mstore(add(products, 0xa0), mulmod(o, a, R))
                mstore(add(products, 0xe0), add(mload(add(products, 0xe0)), mulmod(o, b, R)))
                o := mload(add(out, 0x60))
                mstore(products, add(mload(products), mulmod(o, d, R)))
                mstore(add(products, 0x20), 0)
                mstore(add(products, 0x60), mulmod(o, a, R))
                mstore(add(products, 0xa0), add(mload(add(products, 0xa0)), mulmod(o, b, R)))
                mstore(add(products, 0xe0), add(mload(add(products, 0xe0)), mulmod(o, c, R)))
            }
            {
                let e := lowest
                for { let place := sums } lt(place, next) { place := add(place, 0x40) } {
                    mstore(place, e)
                    mstore(add(place, 0x20), 0)
                    e := add(e, 1)
                }
            }
            let base := sub(add(sums, 0x20), shl(6, lowest))
            let tap := mload(add(sum, 0x100))
            for { let end := add(tap, shl(6, mload(add(sum, 0x120)))) } lt(tap, end) { tap := add(tap, 0x40) }
            {
                let v := mload(tap)
                let weight := mload(add(tap, 0x20))
                let product := add(products, shl(6, and(v, 3)))
                let place := add(base, shl(6, sar(2, v)))
                mstore(place, addmod(mload(place), mulmod(mload(product), weight, R), R))
                // no input of the next block at l = 0
                if and(v, 3) {
                    place := add(place, 0x40)
                    mstore(place, addmod(mload(place), mulmod(mload(add(product, 0x20)), weight, R), R))
                }
            }
        }
    }

    /// @dev Sum over (e, weight) of weight times the sum over blocks O of eq(out high, O) eq(into high, O stride + e).
    function _high(Correlation memory sum, Split memory split, uint256 pairs, uint256 count)
        private
        pure
        returns (uint256 value)
    {
        if (sum.stride == 1) return _aligned(split, pairs, count);
        uint256 r = Field.modulus();
        assembly ("memory-safe") {
            let end := add(pairs, shl(6, count))
            let stride := mload(add(sum, 0xe0))
            let first := mload(add(split, 0xa0))
            let last := add(mload(add(split, 0x20)), shl(5, mload(add(split, 0xc0))))
            let intoHigh := mload(add(split, 0x60))
            let blocks := mload(add(split, 0xe0))
            for {} lt(pairs, end) { pairs := add(pairs, 0x40) } {
                let weight := mload(add(pairs, 0x20))
                if weight {
                    // a negative v is a large unsigned one
                    let v := add(mul(first, stride), mload(pairs))
                    let terms := 0
                    for { let out := add(mload(add(split, 0x20)), shl(5, first)) } lt(out, last) {
                        out := add(out, 0x20)
                    } {
                        if lt(v, blocks) {
                            terms := addmod(terms, mulmod(mload(out), mload(add(intoHigh, shl(5, v))), r), r)
                        }
                        v := add(v, stride)
                    }
                    value := addmod(value, mulmod(weight, terms, r), r)
                }
            }
        }
    }

    /// @dev `_high` for stride 1: blocks of both points are neighbours, so that bounds are found before the loop instead of in it.
    function _aligned(Split memory split, uint256 pairs, uint256 count) private pure returns (uint256 value) {
        uint256 r = Field.modulus();
        assembly ("memory-safe") {
            for { let end := add(pairs, shl(6, count)) } lt(pairs, end) { pairs := add(pairs, 0x40) } {
                // O from max(first, -e) to min(last, blocks - e); none if that is before
                let e := mload(pairs)
                let out := mload(add(split, 0xa0))
                if slt(add(e, out), 0) { out := sub(0, e) }
                let until := mload(add(split, 0xc0))
                let blocks := mload(add(split, 0xe0))
                if sgt(add(e, until), blocks) { until := sub(blocks, e) }
                let table := mload(add(split, 0x20))
                let apart := add(sub(mload(add(split, 0x60)), table), shl(5, e))
                out := add(table, shl(5, out))
                until := add(table, shl(5, until))
                let terms := 0
                for {} slt(out, until) { out := add(out, 0x20) } {
                    terms := addmod(terms, mulmod(mload(out), mload(add(out, apart)), r), r)
                }
                value := addmod(value, mulmod(mload(add(pairs, 0x20)), terms, r), r)
            }
        }
    }

    function _word(uint256 address_) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(address_)
        }
    }

    /// @dev Number of bits of x.
    function _bits(uint256 x) private pure returns (uint256 bits) {
        unchecked {
            for (; x != 0; x >>= 1) {
                ++bits;
            }
        }
    }
    // forge-lint: disable-end(unsafe-typecast)
}
