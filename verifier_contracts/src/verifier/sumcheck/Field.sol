// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev Order of BN254's scalar field and of its groups (EIP-196, `N`). Five times this is below 2^256: sums of up to
/// five canonical elements need no reduction.
uint256 constant R = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;

/// @dev Order of BN254's base field (EIP-196, `p`).
uint256 constant Q = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47;

/// @dev 1/2 = (R + 1)/2.
uint256 constant HALF = 0x183227397098d014dc2822db40c0ac2e9419f4243cdcb848a1f0fac9f8000001;

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
    /// @param values residues; if one is 0 modulo R, all become 0
    function invertAll(uint256[] memory values) internal view {
        uint256 count = values.length;
        if (count == 0) return;
        uint256[] memory before = new uint256[](count);
        uint256 product = 1;
        for (uint256 i = 0; i < count; ++i) {
            before[i] = product;
            product = mulmod(product, values[i], R);
        }
        uint256 rest = inverse(product);
        for (uint256 i = count; i > 0; --i) {
            uint256 value = values[i - 1];
            values[i - 1] = mulmod(rest, before[i - 1], R);
            rest = mulmod(rest, value, R);
        }
    }

    /// @notice 2^-exponent. R - 1 is a multiple of 2^28: its quotient by 2^n is -2^-n for n up to 28.
    /// @param exponent at most 56: circuits have at most 40 variables
    function halfPower(uint256 exponent) internal pure returns (uint256 result) {
        uint256 low = exponent > 28 ? 28 : exponent;
        result = R - ((R - 1) >> low);
        if (exponent > low) result = mulmod(result, R - ((R - 1) >> (exponent - low)), R);
    }
}
