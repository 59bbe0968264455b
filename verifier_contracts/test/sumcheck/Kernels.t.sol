// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BitKernel} from "../../src/verifier/sumcheck/BitKernel.sol";
import {CoordinateReader, Coordinates} from "../../src/verifier/sumcheck/Coordinates.sol";
import {Correlation, Correlations} from "../../src/verifier/sumcheck/Correlation.sol";
import {Enumeration} from "../../src/verifier/sumcheck/Enumeration.sol";
import {EqTable} from "../../src/verifier/sumcheck/EqTable.sol";
import {R} from "../../src/verifier/sumcheck/Field.sol";
import {PlainKernel} from "../../src/verifier/sumcheck/PlainKernel.sol";
import {Points} from "../../src/verifier/sumcheck/Points.sol";
import {TableKernel} from "../../src/verifier/sumcheck/TableKernel.sol";
import {WindowKernel} from "../../src/verifier/sumcheck/WindowKernel.sol";
import {Test} from "../support/Test.sol";

/// @notice Closed forms against sums over all entries.
contract KernelsTest is Test {
    uint256 private constant COORDINATES = 12;

    /// Three points of 12 coordinates: r, rho and z.
    function points(uint256 seed) private pure returns (Coordinates memory coordinates) {
        Points memory given;
        given.r = draw(seed, 0);
        given.rho = draw(seed, 1);
        given.z = draw(seed, 2);
        given.gamma = uint256(keccak256(abi.encode(seed, "gamma"))) % R;
        given.beta = uint256(keccak256(abi.encode(seed, "beta"))) % R;
        return CoordinateReader.layOut(given);
    }

    /// Field elements, among them 0, 1 and R - 1.
    function draw(uint256 seed, uint256 which) private pure returns (uint256[] memory values) {
        values = new uint256[](COORDINATES);
        for (uint256 i = 0; i < COORDINATES; ++i) {
            uint256 value = uint256(keccak256(abi.encode(seed, which, i)));
            uint256 kind = value >> 252;
            values[i] = kind == 0 ? 0 : kind == 1 ? 1 : kind == 2 ? R - 1 : value % R;
        }
    }

    /// eq by its definition.
    function eq(uint256 first, uint256 end, uint256 index) private pure returns (uint256 value) {
        value = 1;
        uint256 count = (end - first) / 32;
        for (uint256 i = 0; i < count; ++i) {
            uint256 t;
            assembly ("memory-safe") {
                t := mload(add(first, shl(5, i)))
            }
            bool bit = (index >> (count - 1 - i)) & 1 == 1;
            value = mulmod(value, bit ? t : addmod(1, R - t, R), R);
        }
    }

    /// A size and two numbers of coordinates that are enough for it.
    function shape(uint256 size, uint256 more)
        private
        pure
        returns (uint256 entries, uint256 one, uint256 two, uint256 three)
    {
        entries = bound(size, 1, 130);
        uint256 bits = 0;
        while (1 << bits < entries) ++bits;
        one = bits + more % 3;
        two = bits + (more >> 64) % 3;
        three = bits + (more >> 128) % 3;
    }

    /// The first coordinates of slices at the ends of r, rho and z.
    function slices(Coordinates memory laid, uint256 one, uint256 two, uint256 three)
        private
        pure
        returns (uint256[3] memory firsts, uint256[3] memory ends)
    {
        ends = [laid.rFirst + 32 * COORDINATES, laid.rhoEnd, laid.zEnd];
        firsts = [ends[0] - 32 * one, ends[1] - 32 * two, ends[2] - 32 * three];
    }

    /// Sums over all entries of the first one, two and three slices' eq.
    function naive(uint256[3] memory firsts, uint256[3] memory ends, uint256 entries)
        private
        pure
        returns (uint256[3] memory sums)
    {
        for (uint256 i = 0; i < entries; ++i) {
            uint256 product = 1;
            for (uint256 slice = 0; slice < 3; ++slice) {
                product = mulmod(product, eq(firsts[slice], ends[slice], i), R);
                sums[slice] = addmod(sums[slice], product, R);
            }
        }
    }

    function testFuzz_plain_kernels(uint256 seed, uint256 size, uint256 more) public pure {
        Coordinates memory laid = points(seed);
        (uint256 entries, uint256 one, uint256 two, uint256 three) = shape(size, more);
        (uint256[3] memory firsts, uint256[3] memory ends) = slices(laid, one, two, three);
        uint256[3] memory sums = naive(firsts, ends, entries);
        uint256 found = PlainKernel.single(firsts[0], ends[0], entries);
        vm.assertEq(found % R, sums[0], "single");
        found = PlainKernel.pair(firsts[0], ends[0], firsts[1], ends[1], entries, laid.centred);
        vm.assertTrue(found < 2 * R, "pair: range");
        vm.assertEq(found % R, sums[1], "pair");
    }

    /// All entries of the hypercube, at every length.
    function testFuzz_whole_pairs(uint256 seed) public pure {
        Coordinates memory laid = points(seed);
        for (uint256 bits = 0; bits <= 6; ++bits) {
            (uint256[3] memory firsts, uint256[3] memory ends) = slices(laid, bits, bits, bits);
            uint256 found = PlainKernel.pair(firsts[0], ends[0], firsts[1], ends[1], 1 << bits, laid.centred);
            vm.assertEq(found, naive(firsts, ends, 1 << bits)[1], "pair");
        }
    }

    function testFuzz_triple_kernels(uint256 seed, uint256 size, uint256 more) public pure {
        Coordinates memory laid = points(seed);
        (uint256 entries, uint256 one, uint256 two, uint256 three) = shape(size, more);
        (uint256[3] memory firsts, uint256[3] memory ends) = slices(laid, one, two, three);
        (uint256 found, uint256 used) = triple(ends, entries, laid.centred);
        vm.assertTrue(found < 2 * R, "range");
        for (uint256 slice = 0; slice < 3; ++slice) {
            found = mulmod(found, EqTable.zeros(firsts[slice], ends[slice] - used), R);
        }
        vm.assertEq(found, naive(firsts, ends, entries)[2], "triple");
    }

    /// A frame of its own for the many variables of a triple.
    function triple(uint256[3] memory ends, uint256 entries, uint256 centred)
        private
        pure
        returns (uint256, uint256)
    {
        return PlainKernel.triple(ends[0], ends[1], ends[2], entries, centred);
    }

    function testFuzz_eq_tables(uint256 seed, uint256 size, uint256 more) public pure {
        Coordinates memory laid = points(seed);
        (uint256 entries, uint256 count,,) = shape(size, more);
        (uint256 first, uint256 end) = (laid.zEnd - 32 * count, laid.zEnd);
        uint256[] memory table = new uint256[](2 * entries);
        uint256 start;
        assembly ("memory-safe") {
            start := add(table, 0x20)
        }
        EqTable.fill(start, first, end, entries);
        for (uint256 i = 0; i < entries; ++i) {
            vm.assertEq(table[i], eq(first, end, i), "fill");
            vm.assertEq(EqTable.single(first, end, i), table[i], "single");
        }
        vm.assertEq(EqTable.zeros(first, end), eq(first, end, 0), "zeros");
    }

    function testFuzz_range_tables(uint256 seed, uint256 bits, uint256 key) public pure {
        Coordinates memory laid = points(seed);
        bits = bound(bits, 0, 6);
        key = key % R;
        uint256 sum = 0;
        for (uint256 i = 0; i < 1 << bits; ++i) {
            uint256 product = eq(laid.rhoEnd - 32 * bits, laid.rhoEnd, i);
            product = mulmod(product, eq(laid.zEnd - 32 * bits, laid.zEnd, i), R);
            sum = addmod(sum, mulmod(product, addmod(key, i, R), R), R);
        }
        vm.assertEq(TableKernel.evaluate(laid.rhoEnd, laid.zEnd, bits, key), sum, "sum");
    }

    /// Steps, offset and taps; all small, of both signs.
    function step(uint256 seed, uint256 which, uint256 size) private pure returns (int256) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return int256(uint256(keccak256(abi.encode(seed, which))) % (2 * size + 1)) - int256(size);
    }

    function testFuzz_correlations(uint256 seed, uint256 from, uint256 to, uint256 inputs, uint256 count)
        public
        pure
    {
        Coordinates memory laid = points(seed);
        Correlation memory sum;
        (sum.outFirst, sum.outEnd) = (laid.rhoEnd - 160, laid.rhoEnd);
        (sum.intoFirst, sum.intoEnd) = (laid.zEnd - 192, laid.zEnd);
        sum.to = bound(to, 0, 32);
        sum.from = from % 3 == 0 ? bound(from, 0, sum.to) : 0;
        sum.inputs = bound(inputs, 0, 64);
        sum.stride = step(seed, 1, 4);
        sum.count = bound(count, 1, 5);
        sum.centred = laid.centred;
        uint256[] memory taps = new uint256[](10);
        uint256 start;
        assembly ("memory-safe") {
            start := add(taps, 0x20)
        }
        sum.taps = start;
        int256 shift = step(seed, 2, 9);
        int256 dilation = step(seed, 3, seed % 8 == 0 ? 90 : 3);
        uint256 expected = 0;
        for (uint256 d = 0; d < sum.count; ++d) {
            uint256 weight = uint256(keccak256(abi.encode(seed, "weight", d))) % R;
            // forge-lint: disable-next-line(unsafe-typecast)
            (taps[2 * d], taps[2 * d + 1]) = (uint256(shift), weight);
            expected = addmod(expected, mulmod(weight, terms(sum, shift), R), R);
            shift += dilation;
        }
        vm.assertEq(Correlations.evaluate(sum), expected, "sum");
    }

    /// Stride 1, and outputs and inputs in fours: the split with a short way.
    function testFuzz_correlations_in_fours(uint256 seed, uint256 to, uint256 inputs, uint256 count)
        public
        pure
    {
        Coordinates memory laid = points(seed);
        Correlation memory sum;
        (sum.outFirst, sum.outEnd) = (laid.rhoEnd - 192, laid.rhoEnd);
        (sum.intoFirst, sum.intoEnd) = (laid.zEnd - 224, laid.zEnd);
        sum.to = 4 * bound(to, 1, 16);
        sum.from = seed % 4 == 0 ? 4 * ((seed >> 8) % (sum.to / 4)) : 0;
        sum.inputs = 4 * bound(inputs, 1, 32);
        sum.stride = 1;
        sum.count = bound(count, 1, 9);
        sum.centred = laid.centred;
        uint256[] memory taps = new uint256[](18);
        uint256 start;
        assembly ("memory-safe") {
            start := add(taps, 0x20)
        }
        sum.taps = start;
        int256 shift = step(seed, 2, 12);
        int256 dilation = step(seed, 3, 3);
        uint256 expected = 0;
        for (uint256 d = 0; d < sum.count; ++d) {
            uint256 weight = uint256(keccak256(abi.encode(seed, "weight", d))) % R;
            // forge-lint: disable-next-line(unsafe-typecast)
            (taps[2 * d], taps[2 * d + 1]) = (uint256(shift), weight);
            expected = addmod(expected, mulmod(weight, terms(sum, shift), R), R);
            shift += dilation;
        }
        vm.assertEq(Correlations.evaluate(sum), expected, "sum");
    }

    /// Pooling, and what nearly is: one field off, or an axis that is longer or shorter than what is pooled.
    function testFuzz_pooling(uint256 seed, uint256 to, uint256 bits, uint256 off) public pure {
        Coordinates memory laid = points(seed);
        to = bound(to, 1, 16);
        uint256 taps = 1 << bound(bits, 0, 2);
        uint256 size = to * taps;
        // Numbers below 64.
        // forge-lint: disable-start(unsafe-typecast)
        uint8[5] memory field = [0, uint8(taps), uint8(taps), 1, 0];
        off = bound(off, 0, 11);
        if (off == 5 && size > 1) --size;
        if (off == 6 && size < 64) ++size;
        if (off == 7) field[0] = uint8(to - 1);
        if (off == 8) field[1] += 1;
        if (off == 9) field[2] += 1;
        if (off == 10) field[3] = 2;
        if (off == 11) field[4] = 1;
        // one factor; size; whole Affine of r's last 4 coordinates: from, to, taps, stride, dilation, offset
        bytes memory vector = abi.encodePacked(
            uint8(1), uint16(0x4000 | size), hex"81", uint8(4), uint8(COORDINATES - 4), field[0], uint8(to)
        );
        vector = abi.encodePacked(vector, field[1], uint8(1), field[2], uint8(1), field[3]);
        vector = field[4] == 0 ? bytes.concat(vector, hex"00") : bytes.concat(vector, hex"0101");
        // forge-lint: disable-end(unsafe-typecast)
        uint256 cursor;
        assembly ("memory-safe") {
            cursor := add(vector, 0x20)
        }
        // 6 coordinates: 64 entries
        (uint256 first, uint256 end) = (laid.zEnd - 192, laid.zEnd);
        uint256 found = WindowKernel.affine(laid, cursor + 4, size, first, end);
        uint256 expected = Enumeration.sum(laid, new uint256[](0), cursor, first, end, true);
        vm.assertEq(found % R, expected, "sum");
    }

    /// Tables of eight, without a loop.
    function testFuzz_tables_of_eight(uint256 seed, uint256 count) public pure {
        Coordinates memory laid = points(seed);
        count = bound(count, 5, 8);
        uint256[] memory table = new uint256[](16);
        uint256 start;
        assembly ("memory-safe") {
            start := add(table, 0x20)
        }
        EqTable.fill(start, laid.zEnd - 96, laid.zEnd, count);
        for (uint256 i = 0; i < count; ++i) {
            vm.assertEq(table[i], eq(laid.zEnd - 96, laid.zEnd, i), "entry");
        }
        for (uint256 i = 0; i < 4096; i += 1 + seed % 97) {
            uint256 first = laid.zEnd - 32 * COORDINATES;
            vm.assertEq(EqTable.single(first, laid.zEnd, i), eq(first, laid.zEnd, i), "single");
        }
    }

    function terms(Correlation memory sum, int256 shift) private pure returns (uint256 total) {
        for (uint256 o = sum.from; o < sum.to; ++o) {
            // forge-lint: disable-start(unsafe-typecast)
            int256 u = int256(o) * sum.stride + shift;
            if (u < 0 || u >= int256(sum.inputs)) continue;
            uint256 into = eq(sum.intoFirst, sum.intoEnd, uint256(u));
            // forge-lint: disable-end(unsafe-typecast)
            total = addmod(total, mulmod(eq(sum.outFirst, sum.outEnd, o), into, R), R);
        }
    }

    /// Vectors of up to three factors that are products over bits, with and without an axis.
    function testFuzz_products_over_bits(uint256 seed, uint256 size, uint256 count, bool axis) public pure {
        Coordinates memory laid = points(seed);
        size = bound(size, 1, 120);
        count = count % 4;
        // a table of 8 keys from -2 on, without images
        bytes memory table = hex"03810200";
        // forge-lint: disable-next-line(unsafe-typecast)
        bytes memory vector = abi.encodePacked(uint8(count), uint16(0x4000 | size));
        for (uint256 i = 0; i < count; ++i) {
            vector = abi.encodePacked(vector, factor(seed, i));
        }
        uint256[] memory tables = new uint256[](1);
        uint256 cursor;
        assembly ("memory-safe") {
            mstore(add(tables, 0x20), add(table, 0x20))
            cursor := add(vector, 0x20)
        }
        (uint256 first, uint256 end) = axis ? (laid.zEnd - 32 * 7, laid.zEnd) : (0, 0);
        (bool known, uint256 value) = BitKernel.evaluate(laid, tables, cursor, first, end);
        if (known) vm.assertEq(value, Enumeration.sum(laid, tables, cursor, first, end, axis), "sum");
        else vm.assertTrue(seed % 5 == 0, "known");
    }

    /// A part of the index: an eq of up to 8 entries, a bit, or, at most once, keys.
    function factor(uint256 seed, uint256 i) private pure returns (bytes memory) {
        uint8 div_ = uint8(1 << (uint256(keccak256(abi.encode(seed, "div", i))) % 6));
        uint256 kind = uint256(keccak256(abi.encode(seed, "kind", i))) % 3;
        if (i == 0 && kind == 0) return abi.encodePacked(uint8(4), div_, uint8(8), uint8(0));
        if (kind == 1) return abi.encodePacked(uint8(3), div_, uint8(2), hex"01000103");
        // in one of five runs a digit of five values, which no closed form knows
        uint8 modulus = seed % 5 == 0 ? 5 : 8;
        // forge-lint: disable-next-line(unsafe-typecast)
        return abi.encodePacked(uint8(0), div_, modulus, uint8(3 + i % 2), uint8(3 * i));
    }
}
