// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {R} from "../../../src/verifier/sumcheck/Field.sol";

/// @notice Arithmetic in the scalar field as one reads it, for comparison. All arguments are below R.
library Reference {
    function add(uint256 a, uint256 b) internal pure returns (uint256) {
        return addmod(a, b, R);
    }

    function subtract(uint256 a, uint256 b) internal pure returns (uint256) {
        return addmod(a, R - b, R);
    }

    function multiply(uint256 a, uint256 b) internal pure returns (uint256) {
        return mulmod(a, b, R);
    }

    function power(uint256 base, uint256 exponent) internal pure returns (uint256 result) {
        result = 1;
        for (uint256 bit = 2 ** 255; bit > 0; bit /= 2) {
            result = multiply(result, result);
            if (exponent & bit != 0) result = multiply(result, base);
        }
    }

    /// @notice Fermat's inverse, without the precompile; 0 for 0.
    function inverse(uint256 x) internal pure returns (uint256) {
        return power(x, R - 2);
    }

    /// @notice The product over the bits of `index`, the most significant first, of t_a or 1 - t_a.
    function eq(uint256[] memory t, uint256 index) internal pure returns (uint256 result) {
        result = 1;
        for (uint256 a = 0; a < t.length; ++a) {
            bool one = (index / 2 ** (t.length - 1 - a)) % 2 == 1;
            result = multiply(result, one ? t[a] : subtract(1, t[a]));
        }
    }

    /// @notice c_0 + c_1 x + c_2 x^2 + ..
    function evaluate(uint256[] memory coefficients, uint256 x) internal pure returns (uint256 sum) {
        for (uint256 k = 0; k < coefficients.length; ++k) {
            sum = add(sum, multiply(coefficients[k], power(x, k)));
        }
    }

    /// @notice At `x`, the polynomial of least degree through (places[i], values[i]): Lagrange's formula.
    function interpolate(uint256[] memory places, uint256[] memory values, uint256 x)
        internal
        pure
        returns (uint256 sum)
    {
        for (uint256 i = 0; i < places.length; ++i) {
            uint256 product = values[i];
            for (uint256 j = 0; j < places.length; ++j) {
                if (j == i) continue;
                product = multiply(product, subtract(x, places[j]));
                product = multiply(product, inverse(subtract(places[i], places[j])));
            }
            sum = add(sum, product);
        }
    }

    /// @notice Field elements that follow from a seed.
    function elements(uint256 seed, uint256 count) internal pure returns (uint256[] memory values) {
        values = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            values[i] = uint256(keccak256(abi.encode(seed, i))) % R;
        }
    }
}

/// @notice The transcript as the protocol's specification writes it.
/// @param state 32 bytes
struct ReferenceTranscript {
    bytes32 state;
}

library ReferenceTranscripts {
    function absorb(ReferenceTranscript memory transcript, bytes memory message) internal pure {
        transcript.state = keccak256(bytes.concat(transcript.state, message));
    }

    function draw(ReferenceTranscript memory transcript) internal pure returns (uint256 challenge) {
        challenge = uint256(transcript.state) % R;
        transcript.state = keccak256(bytes.concat(transcript.state));
    }
}
