// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CircuitHeader} from "./CircuitHeader.sol";
import {CoordinateReader, Coordinates} from "./Coordinates.sol";
import {Factor, FactorReader} from "./FactorReader.sol";
import {Field} from "./Field.sol";
import {TableReader} from "./TableReader.sol";

/// @notice A vector as a product over the bits of its index.
/// @param bits memory address of p0, p1 and the key's part for each bit
/// @param count of these bits, ceil(log2 size)
/// @param scale product of what does not depend on the index
/// @param low first key of the range table among the factors, with gamma
/// @param tables number of range tables among the factors
struct BitProduct {
    uint256 bits;
    uint256 count;
    uint256 scale;
    uint256 low;
    uint256 tables;
}

/// @title BitKernel
/// @notice Sums over i < size of vectors that are products over the bits of i: any number of eq of parts of the index (whose div
/// and modulus are powers of two), functions of one of its bits, and at most one range table, which is affine in the index.
///
/// As in `PlainKernel`, bit by bit from the least significant one, with the product p1, or p0, of all that the bit contributes
/// where it is 1, or 0. The table's key is a sum of bits: beside each sum goes its moment, the sum of product times key so far.
library BitKernel {
    /// @notice The sum of the vector's entries times eq(z, i).
    /// @param cursor memory address of the vector's head
    /// @param first memory address of the coordinates z of its axis
    /// @param end memory address after them; `first` where there is no axis
    /// @return known whether the vector is of this kind; if not, the value means nothing
    function evaluate(
        Coordinates memory coordinates,
        uint256[] memory tables,
        uint256 cursor,
        uint256 first,
        uint256 end
    ) internal pure returns (bool known, uint256 value) {
        (bool plain, uint256 factors, uint256 size, uint256 next) = FactorReader.head(cursor);
        BitProduct memory product = _one(size);
        for (; factors != 0; --factors) {
            Factor memory factor = FactorReader.read(next, plain, size);
            if (!_multiply(product, coordinates, tables, factor, size)) return (false, 0);
            next = FactorReader.end(factor);
        }
        _multiplyEq(product, first, end, 0, product.count);
        return (true, _sum(product, size));
    }

    /// @dev The product of no factor.
    function _one(uint256 size) private pure returns (BitProduct memory product) {
        uint256 bits;
        uint256 count;
        assembly ("memory-safe") {
            bits := mload(0x40)
            let bit := bits
            for { let rest := sub(size, 1) } rest { rest := shr(1, rest) } {
                mstore(bit, 1)
                mstore(add(bit, 0x20), 1)
                mstore(add(bit, 0x40), 0)
                bit := add(bit, 0x60)
                count := add(count, 1)
            }
            mstore(0x40, bit)
        }
        product.bits = bits;
        product.count = count;
        product.scale = 1;
    }

    /// @dev Multiplies by a factor, if it is a product over bits.
    function _multiply(
        BitProduct memory product,
        Coordinates memory coordinates,
        uint256[] memory tables,
        Factor memory factor,
        uint256 size
    ) private pure returns (bool) {
        uint256 r = Field.modulus();
        (bool known, uint256 lowest, uint256 width) = _window(factor, size);
        if (!known) return false;
        if (factor.kind == FactorReader.EQ) {
            (uint256 first, uint256 end) = CoordinateReader.slice(coordinates, factor.cursor);
            _multiplyEq(product, first, end, lowest, width);
            return true;
        }
        if (factor.kind == FactorReader.CONSTANTS && factor.modulus == 2) {
            (uint256 zero, uint256 one) = _twoConstants(factor.cursor);
            _multiplyBit(product, lowest, zero, one);
            return true;
        }
        if (factor.kind != FactorReader.TABLE || product.tables != 0) return false;
        (uint256 table,) = CircuitHeader.readVar(factor.cursor);
        (, uint256 low, uint256 images,) = TableReader.read(tables[table]);
        if (images != 0) return false;
        product.tables = 1;
        product.low = addmod(coordinates.gamma, low, r);
        (uint256 bits, uint256 count) = (product.bits, product.count);
        // bit number lowest + k adds 2^k to the key, for k < width
        assembly ("memory-safe") {
            let last := add(lowest, width)
            if gt(last, count) { last := count }
            for { let k := lowest } lt(k, last) { k := add(k, 1) } {
                mstore(add(add(bits, mul(k, 0x60)), 0x40), shl(sub(k, lowest), 1))
            }
        }
        return true;
    }

    /// @dev Which bits of the index the factor looks at: `width` of them from number `lowest` on.
    function _window(Factor memory factor, uint256 size)
        private
        pure
        returns (bool known, uint256 lowest, uint256 width)
    {
        (uint256 div, uint256 modulus) = (factor.div, factor.modulus);
        if (div & (div - 1) != 0) return (false, 0, 0);
        for (; div != 1; div >>= 1) {
            ++lowest;
        }
        // A modulus that no entry reaches takes nothing away.
        if ((size - 1) >> lowest < modulus) return (true, lowest, 256);
        if (modulus & (modulus - 1) != 0) return (false, 0, 0);
        for (; modulus != 1; modulus >>= 1) {
            ++width;
        }
        known = true;
    }

    /// @dev Multiplies by eq(t, j) for j = the `width` bits of the index from number `lowest` on; bits of j beyond are 0.
    function _multiplyEq(BitProduct memory product, uint256 first, uint256 end, uint256 lowest, uint256 width)
        private
        pure
    {
        uint256 r = Field.modulus();
        (uint256 bits, uint256 count, uint256 scale) = (product.bits, product.count, product.scale);
        assembly ("memory-safe") {
            let last := add(lowest, width)
            if gt(last, count) { last := count }
            for { let k := lowest } gt(end, first) { k := add(k, 1) } {
                end := sub(end, 0x20)
                let t := mload(end)
                let complement := sub(add(r, 1), t)
                switch lt(k, last)
                case 1 {
                    let bit := add(bits, mul(k, 0x60))
                    mstore(bit, mulmod(mload(bit), complement, r))
                    mstore(add(bit, 0x20), mulmod(mload(add(bit, 0x20)), t, r))
                }
                default { scale := mulmod(scale, complement, r) }
            }
        }
        product.scale = scale;
    }

    /// @dev Multiplies by a function of bit number k of the index, which is 0 if there is no such bit.
    function _multiplyBit(BitProduct memory product, uint256 k, uint256 zero, uint256 one) private pure {
        uint256 r = Field.modulus();
        (uint256 bits, uint256 count, uint256 scale) = (product.bits, product.count, product.scale);
        assembly ("memory-safe") {
            switch lt(k, count)
            case 1 {
                let bit := add(bits, mul(k, 0x60))
                mstore(bit, mulmod(mload(bit), zero, r))
                mstore(add(bit, 0x20), mulmod(mload(add(bit, 0x20)), one, r))
            }
            default { scale := mulmod(scale, zero, r) }
        }
        product.scale = scale;
    }

    /// @dev Two values of which those that are not 0 are listed.
    function _twoConstants(uint256 cursor) private pure returns (uint256 zero, uint256 one) {
        (uint256 count, uint256 next) = CircuitHeader.readVar(cursor);
        uint256 index;
        for (; count != 0; --count) {
            uint256 gap;
            uint256 value;
            (gap, next) = CircuitHeader.readVar(next);
            (value, next) = CircuitHeader.readInt(next);
            index += gap;
            if (index == 0) zero = value;
            else one = value;
            ++index;
        }
    }

    /// @dev The sum over i < size.
    function _sum(BitProduct memory product, uint256 size) private pure returns (uint256 value) {
        uint256 r = Field.modulus();
        (uint256 bits, uint256 count) = (product.bits, product.count);
        uint256 moment;
        // full, part: as in `PlainKernel`; fullMoment' = fullMoment (p0 + p1) + key p1 full, likewise for part
        assembly ("memory-safe") {
            let full := 1
            let fullMoment := 0
            let last := add(bits, mul(count, 0x60))
            // 2^count entries are all: `part` is then of no use
            let all := shr(count, size)
            for { let bit := bits } lt(bit, last) { bit := add(bit, 0x60) } {
                let zero := mload(bit)
                let one := mload(add(bit, 0x20))
                let key := mload(add(bit, 0x40))
                if iszero(all) {
                    switch and(size, 1)
                    case 0 {
                        value := mulmod(zero, value, r)
                        moment := mulmod(zero, moment, r)
                    }
                    default {
                        moment := addmod(
                            mulmod(zero, fullMoment, r),
                            mulmod(one, add(moment, mulmod(key, value, r)), r),
                            r
                        )
                        value := addmod(mulmod(zero, full, r), mulmod(one, value, r), r)
                    }
                    size := shr(1, size)
                }
                let both := add(zero, one)
                fullMoment := add(mulmod(fullMoment, both, r), mulmod(mulmod(key, one, r), full, r))
                full := mulmod(full, both, r)
            }
            if all {
                value := full
                moment := fullMoment
            }
        }
        if (product.tables != 0) value = addmod(mulmod(product.low, value, r), moment, r);
        return mulmod(product.scale, value, r);
    }
}
