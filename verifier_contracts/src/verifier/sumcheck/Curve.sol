// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {RESERVED_GAS} from "./Field.sol";

/// @dev -H, the generator of G2 negated (EIP-197: imaginary part before real part).
uint256 constant NEGATED_H_X1 = 0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2;
uint256 constant NEGATED_H_X0 = 0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed;
uint256 constant NEGATED_H_Y1 = 0x275dc4a288d1afb3cbb1ac09187524c7db36395df7be3b99e673b13a075a65ec;
uint256 constant NEGATED_H_Y0 = 0x1d9befcd05a5323e6da4d435f3b617cdb3af83285c2df711ef39c01571827f9d;

/// @notice A point of G2, in the order of EIP-197.
struct PointG2 {
    uint256 x1;
    uint256 x0;
    uint256 y1;
    uint256 y0;
}

/// @title Curve
/// @notice Sums of points of BN254's G1, and the pairing, by the precompiles of EIP-196 and EIP-197.
///
/// A sum is an address of 12 words of memory: the sum itself (x, y), then the operand (x, y, scalar) of the precompiles. The
/// layout is such that a product is computed over its operand, and added from there: mul reads words 2 to 4 and writes words 2
/// and 3; add reads words 0 to 3 and writes words 0 and 1. The pairing's input takes all 12 words.
library Curve {
    uint256 private constant ADD = 6;
    uint256 private constant MUL = 7;
    uint256 private constant PAIRING = 8;

    /// Gas that a product or a sum is given, where there is so much: ten times what EIP-1108 asks. A precompile that refuses its input
    /// takes all that it is given, and a malformed proof should not cost its caller everything.
    uint256 private constant GAS_LIMIT = 60_000;
    /// Gas of a product with its sum: 6,000 + 150, two calls, and what is around them. Less is refused before they run out of it.
    uint256 private constant PRODUCT_GAS = 6600;

    /// Words of a sum: two pairs for the pairing.
    uint256 private constant SUM_BYTES = 0x180;

    /// @notice A coordinate is not below the order of the base field, or the point is not on the curve.
    error InvalidPoint();
    /// @notice The point is infinity, which no proof may contain.
    error PointAtInfinity();
    /// @notice Too little gas is left to add products of points.
    error InsufficientGas();
    /// @notice The pairing's precompile failed: a point is invalid, or no gas was left.
    error PairingFailed();

    /// @notice The empty sum: infinity.
    function zero() internal pure returns (uint256 sum) {
        assembly ("memory-safe") {
            sum := mload(0x40)
            mstore(0x40, add(sum, SUM_BYTES))
            mstore(sum, 0)
            mstore(add(sum, 0x20), 0)
        }
    }

    /// @notice The sum's coordinates; (0, 0) is infinity.
    function coordinates(uint256 sum) internal pure returns (uint256 x, uint256 y) {
        assembly ("memory-safe") {
            x := mload(sum)
            y := mload(add(sum, 0x20))
        }
    }

    /// @notice The sum that is a point of calldata itself. Whether it is on the curve shows when something is added.
    function sumOf(uint256 offset) internal pure returns (uint256 sum) {
        bool infinite;
        // sum = (x, y)
        assembly ("memory-safe") {
            sum := mload(0x40)
            mstore(0x40, add(sum, SUM_BYTES))
            calldatacopy(sum, offset, 0x40)
            infinite := iszero(or(mload(sum), mload(add(sum, 0x20))))
        }
        if (infinite) revert PointAtInfinity();
    }

    /// @notice The sum that is a point in memory itself, which is on the curve.
    function sumFrom(uint256 point) internal pure returns (uint256 sum) {
        assembly ("memory-safe") {
            sum := mload(0x40)
            mstore(0x40, add(sum, SUM_BYTES))
            mcopy(sum, point, 0x40)
        }
    }

    /// @notice sum += scalars[i] * points[i] for points of calldata, none of which may be infinity.
    /// @param offset of the first point
    /// @param scalars address of the first scalar, any residue
    function addProducts(uint256 sum, uint256 offset, uint256 count, uint256 scalars) internal view {
        _requireGas(count);
        bool valid;
        bool finite;
        // for each point: product = scalar * point; sum = sum + product
        assembly ("memory-safe") {
            let operand := add(sum, 0x40)
            valid := 1
            finite := 1
            for { let end := add(offset, shl(6, count)) } lt(offset, end) { offset := add(offset, 0x40) } {
                calldatacopy(operand, offset, 0x40)
                mstore(add(sum, 0x80), mload(scalars))
                scalars := add(scalars, 0x20)
                if iszero(or(mload(operand), mload(add(sum, 0x60)))) {
                    finite := 0
                    break
                }
                valid := staticcall(GAS_LIMIT, MUL, operand, 0x60, operand, 0x40)
                valid := and(staticcall(GAS_LIMIT, ADD, sum, 0x80, sum, 0x40), valid)
                if iszero(valid) { break }
            }
        }
        if (!finite) revert PointAtInfinity();
        if (!valid) revert InvalidPoint();
    }

    /// @notice sum += scalars[i] * points[i] for points in memory; infinity is one like any other.
    /// @param point address of the first point
    /// @param scalars address of the first scalar, any residue
    function addProductsFromMemory(uint256 sum, uint256 point, uint256 count, uint256 scalars) internal view {
        if (count == 0) return;
        _requireGas(count);
        bool valid;
        // for each point: product = scalar * point; sum = sum + product
        assembly ("memory-safe") {
            let operand := add(sum, 0x40)
            valid := 1
            for { let end := add(point, shl(6, count)) } lt(point, end) { point := add(point, 0x40) } {
                mcopy(operand, point, 0x40)
                mstore(add(sum, 0x80), mload(scalars))
                scalars := add(scalars, 0x20)
                valid := staticcall(GAS_LIMIT, MUL, operand, 0x60, operand, 0x40)
                valid := and(staticcall(GAS_LIMIT, ADD, sum, 0x80, sum, 0x40), valid)
                if iszero(valid) { break }
            }
        }
        if (!valid) revert InvalidPoint();
    }

    /// @notice sum += scalar * point for a point in memory; infinity is a point like any other.
    function addPoint(uint256 sum, uint256 point, uint256 scalar) internal view {
        uint256 x;
        uint256 y;
        assembly ("memory-safe") {
            x := mload(point)
            y := mload(add(point, 0x20))
        }
        addProduct(sum, x, y, scalar);
    }

    /// @notice sum += scalar * (x, y); infinity is a point like any other.
    function addProduct(uint256 sum, uint256 x, uint256 y, uint256 scalar) internal view {
        _requireGas(1);
        bool valid;
        // product = scalar * (x, y); sum = sum + product
        assembly ("memory-safe") {
            let operand := add(sum, 0x40)
            mstore(operand, x)
            mstore(add(sum, 0x60), y)
            mstore(add(sum, 0x80), scalar)
            valid := staticcall(GAS_LIMIT, MUL, operand, 0x60, operand, 0x40)
            if valid { valid := staticcall(GAS_LIMIT, ADD, sum, 0x80, sum, 0x40) }
        }
        if (!valid) revert InvalidPoint();
    }

    /// @notice sum += scalar * G for G1's generator (1, 2).
    function addGenerator(uint256 sum, uint256 scalar) internal view {
        addProduct(sum, 1, 2, scalar);
    }

    /// @notice Whether e(sum, H) = e((x, y), point): the product of e(sum, -H) and e((x, y), point) is 1.
    function pairingHolds(uint256 sum, uint256 x, uint256 y, PointG2 memory point)
        internal
        view
        returns (bool holds)
    {
        bool success;
        // PAIRING(sum, -H, (x, y), point) = 1
        assembly ("memory-safe") {
            mstore(add(sum, 0x40), NEGATED_H_X1)
            mstore(add(sum, 0x60), NEGATED_H_X0)
            mstore(add(sum, 0x80), NEGATED_H_Y1)
            mstore(add(sum, 0xa0), NEGATED_H_Y0)
            mstore(add(sum, 0xc0), x)
            mstore(add(sum, 0xe0), y)
            mcopy(add(sum, 0x100), point, 0x80)
            mstore(0x00, 0)
            success := staticcall(sub(gas(), RESERVED_GAS), PAIRING, sum, SUM_BYTES, 0x00, 0x20)
            holds := eq(mload(0x00), 1)
        }
        if (!success) revert PairingFailed();
    }

    function _requireGas(uint256 products) private view {
        unchecked {
            if (gasleft() < PRODUCT_GAS * products) revert InsufficientGas();
        }
    }
}
