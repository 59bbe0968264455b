// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev Order of BN254's scalar field and of its groups (EIP-196, `N`). Five times this is below 2^256: sums of up to
/// five canonical elements need no reduction.
uint256 constant R = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;

/// @dev Order of BN254's base field (EIP-196, `p`).
uint256 constant Q = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47;

/// @dev Gas that calls of precompiles keep back, so that one that fails, which takes all that it is given, is named.
uint256 constant RESERVED_GAS = 300;

/// @title Field
/// @notice Inverses in the scalar field; sums and products are `addmod` and `mulmod` where they are needed.
library Field {
    /// EIP-198.
    uint256 private constant MODEXP = 5;

    /// @notice The precompile for exponentiation failed: too little gas.
    error ExponentiationFailed();

    /// @notice R, as a value that the compiler does not know. Its constant optimizer would load a constant of 32 bytes that is used often
    /// from the code, at ten times the gas of a variable's; a contract of so many literals would be too large.
    function modulus() internal pure returns (uint256 r) {
        // The word at 0x60 is zero at all times (Solidity, "Layout in Memory").
        assembly ("memory-safe") {
            r := or(R, mload(0x60))
        }
    }

    /// @notice x^(R - 2): 1/x, and 0 for 0.
    /// @param x any residue
    function inverse(uint256 x) internal view returns (uint256 result) {
        bool success;
        // MODEXP(base length, exponent length, modulus length, base, exponent, modulus), all of 32 bytes
        assembly ("memory-safe") {
            let input := mload(0x40)
            mstore(input, 0x20)
            mstore(add(input, 0x20), 0x20)
            mstore(add(input, 0x40), 0x20)
            mstore(add(input, 0x60), x)
            mstore(add(input, 0x80), sub(R, 2))
            mstore(add(input, 0xa0), R)
            success := staticcall(sub(gas(), RESERVED_GAS), MODEXP, input, 0xc0, 0x00, 0x20)
            success := and(success, eq(returndatasize(), 0x20))
            result := mload(0x00)
        }
        if (!success) revert ExponentiationFailed();
    }

    /// @notice Replaces all values by their inverses with one exponentiation (Montgomery's trick).
    /// @param values address of the first one; any words
    /// @return inverted whether they all have inverses; if one is 0 modulo R, all become 0
    function invertAll(uint256 values, uint256 count) internal view returns (bool inverted) {
        if (count == 0) return true;
        uint256 r = modulus();
        uint256 product = 1;
        uint256 products;
        uint256 size;
        // products[i] = product of the values before value i
        assembly ("memory-safe") {
            products := mload(0x40)
            size := shl(5, count)
            for { let offset := 0 } lt(offset, size) { offset := add(offset, 0x20) } {
                mstore(add(products, offset), product)
                product := mulmod(product, mload(add(values, offset)), r)
            }
            mstore(0x40, add(products, size))
        }
        uint256 rest = inverse(product);
        inverted = rest != 0;
        // from the last to the first: inverse = rest * products[i]; rest = rest * value
        assembly ("memory-safe") {
            for { let offset := size } offset {} {
                offset := sub(offset, 0x20)
                let place := add(values, offset)
                let value := mload(place)
                mstore(place, mulmod(rest, mload(add(products, offset)), r))
                rest := mulmod(rest, value, r)
            }
        }
    }

    /// @notice 2^-exponent. R - 1 is a multiple of 2^28: its quotient by 2^n is -2^-n for n up to 28.
    /// @param exponent at most 28
    function halfPower(uint256 exponent) internal pure returns (uint256 result) {
        unchecked {
            result = R - ((R - 1) >> exponent);
        }
    }
}
