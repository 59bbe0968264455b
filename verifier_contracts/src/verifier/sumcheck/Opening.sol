// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Field, R} from "./Field.sol";
import {ProofShape} from "./ProofShape.sol";

/// @notice Challenges of the opening.
/// @param zeta binds h: error m/R
/// @param eta joins the two inner products: 1/R
/// @param omega where the identity is read: 4 sqrt(m)/R
/// @param nu joins the values at one point: 5/R
/// @param xi where the quotient [W] is read: (m + 5)/R
struct Draws {
    uint256 zeta;
    uint256 eta;
    uint256 omega;
    uint256 nu;
    uint256 xi;
}

/// @title Opening
/// @notice The opening of F at z (steps 9 and 10 of `docs/protocol.md`): Mercury's identity (Eagen and Gabizon 2025), and the
/// coefficients of A, which joins the openings at omega, 1/omega and zeta (Boneh, Drake, Fisch and Gabizon 2020).
library Opening {
    /// Powers of omega, and the four polynomials of z at omega and 1/omega.
    struct AtOmega {
        uint256 inverse;
        uint256 powerB1;
        uint256 low;
        uint256 lowInverse;
        uint256 high;
        uint256 highInverse;
    }

    /// 1/omega, 1/(omega xi - 1), 1/(xi - zeta), 1/(omega^2 - 1), 1/(zeta - omega), 1/(zeta omega - 1).
    struct Inverses {
        uint256 omega;
        uint256 xiAtInverse;
        uint256 xiAtZeta;
        uint256 square;
        uint256 zetaAtOmega;
        uint256 zetaAtInverse;
    }

    /// @notice The coefficients of [h], [q], [g], [s], [d], [W], [W'] and of the generator in A, and whether the identity holds.
    /// @param values offset in calldata of g(omega), g(1/omega), h(omega), h(1/omega), s(omega), s(1/omega), h(zeta)
    /// @param s3 the claimed value of F at z
    /// @return holds false, too, where two of the points that are opened at coincide, or xi is one of 1/omega, zeta
    /// @return coefficients eight of them; any residues
    function evaluate(Draws memory draws, uint256 values, uint256[] memory z, uint256 s3)
        internal
        view
        returns (bool holds, uint256[8] memory coefficients)
    {
        uint256[7] memory value = _read(values);
        Inverses memory inverses = _inverses(draws);
        AtOmega memory omegas = _atOmega(draws.omega, inverses.omega, z);
        // One factor that is 0 makes all inverses 0. Nothing below divides, so that a wrong proof gets as far as a right one.
        holds = inverses.omega != 0 && _identity(draws, omegas, value, s3);
        coefficients = _coefficients(draws, inverses, omegas.powerB1, value);
    }

    function _read(uint256 values) private pure returns (uint256[7] memory value) {
        bool canonical;
        assembly ("memory-safe") {
            calldatacopy(value, values, 0xe0)
            canonical := 1
            for { let offset := 0 } lt(offset, 0xe0) { offset := add(offset, 0x20) } {
                canonical := and(canonical, lt(mload(add(value, offset)), R))
            }
        }
        if (!canonical) revert ProofShape.NonCanonicalScalar();
    }

    /// One exponentiation for all (Montgomery's trick).
    function _inverses(Draws memory draws) private view returns (Inverses memory inverses) {
        uint256 r = Field.modulus();
        uint256 product = 1;
        // factors = w, xi w - 1, xi - zeta, w^2 - 1, zeta - w, zeta w - 1; before each of them, in `inverses`, the product of those
        // in front of it. Factors are below 2r.
        uint256[6] memory factors;
        assembly ("memory-safe") {
            let zeta := mload(draws)
            let w := mload(add(draws, 0x40))
            let xi := mload(add(draws, 0x80))
            mstore(factors, w)
            mstore(add(factors, 0x20), add(mulmod(xi, w, r), sub(r, 1)))
            mstore(add(factors, 0x40), add(xi, sub(r, zeta)))
            mstore(add(factors, 0x60), add(mulmod(w, w, r), sub(r, 1)))
            mstore(add(factors, 0x80), add(zeta, sub(r, w)))
            mstore(add(factors, 0xa0), add(mulmod(zeta, w, r), sub(r, 1)))
            for { let offset := 0 } lt(offset, 0xc0) { offset := add(offset, 0x20) } {
                mstore(add(inverses, offset), product)
                product := mulmod(product, mload(add(factors, offset)), r)
            }
        }
        uint256 rest = Field.inverse(product);
        // from the last to the first: inverse = rest * product before; rest = rest * factor
        assembly ("memory-safe") {
            for { let offset := 0xc0 } offset {} {
                offset := sub(offset, 0x20)
                let place := add(inverses, offset)
                mstore(place, mulmod(rest, mload(place), r))
                rest := mulmod(rest, mload(add(factors, offset)), r)
            }
        }
    }

    /// P_lo and P_hi at omega and 1/omega: the sum of eq(t, i) x^i is the product of 1 - t_a + t_a x^(2^(bits - a)). z_lo is the
    /// last ceil(c/2) coordinates of z, z_hi the ones before; b1 = 2^ceil(c/2).
    function _atOmega(uint256 omega, uint256 inverse, uint256[] memory z)
        private
        pure
        returns (AtOmega memory omegas)
    {
        uint256 r = Field.modulus();
        omegas.inverse = inverse;
        // power, back = omega^(2^j), omega^-(2^j); for the coordinate t of bit j: p *= 1 - t + t * power
        // Bounds: t * power mod R + (R + 1 - t) < 2R + 1.
        assembly ("memory-safe") {
            let lowBits := shr(1, add(mload(z), 1))
            let highBits := shr(1, mload(z))
            let low := 1
            let lowBack := 1
            let high := 1
            let highBack := 1
            let power := omega
            let back := inverse
            // addresses of the last coordinates of z_hi and z_lo
            let highPlace := add(z, shl(5, highBits))
            let lowPlace := add(highPlace, shl(5, lowBits))
            for { let end := highPlace } gt(lowPlace, end) { lowPlace := sub(lowPlace, 0x20) } {
                let t := mload(lowPlace)
                let rest := sub(add(r, 1), t)
                low := mulmod(low, add(mulmod(t, power, r), rest), r)
                lowBack := mulmod(lowBack, add(mulmod(t, back, r), rest), r)
                // z_hi has as many coordinates or one less; the word before them is no coordinate.
                if gt(highPlace, z) {
                    t := mload(highPlace)
                    rest := sub(add(r, 1), t)
                    high := mulmod(high, add(mulmod(t, power, r), rest), r)
                    highBack := mulmod(highBack, add(mulmod(t, back, r), rest), r)
                    highPlace := sub(highPlace, 0x20)
                }
                power := mulmod(power, power, r)
                back := mulmod(back, back, r)
            }
            mstore(add(omegas, 0x20), power)
            mstore(add(omegas, 0x40), low)
            mstore(add(omegas, 0x60), lowBack)
            mstore(add(omegas, 0x80), high)
            mstore(add(omegas, 0xa0), highBack)
        }
    }

    /// Step 9: g P_lo(1/X) + g(1/X) P_lo + eta (h P_hi(1/X) + h(1/X) P_hi) = 2 (h(zeta) + eta s3) + X s + s(1/X)/X at X = omega.
    function _identity(Draws memory draws, AtOmega memory omegas, uint256[7] memory value, uint256 s3)
        private
        pure
        returns (bool)
    {
        uint256 r = Field.modulus();
        bool holds;
        // Sums of up to four products and elements stay below 4r < 2^256.
        assembly ("memory-safe") {
            let eta := mload(add(draws, 0x20))
            let left := mulmod(mload(add(value, 0x40)), mload(add(omegas, 0xa0)), r)
            left := add(left, mulmod(mload(add(value, 0x60)), mload(add(omegas, 0x80)), r))
            left := mulmod(eta, left, r)
            left := add(left, mulmod(mload(value), mload(add(omegas, 0x60)), r))
            left := add(left, mulmod(mload(add(value, 0x20)), mload(add(omegas, 0x40)), r))
            let right := mulmod(2, add(mload(add(value, 0xc0)), mulmod(eta, s3, r)), r)
            right := add(right, mulmod(mload(add(draws, 0x40)), mload(add(value, 0x80)), r))
            right := add(right, mulmod(mload(omegas), mload(add(value, 0xa0)), r))
            holds := eq(mod(left, r), mod(right, r))
        }
        return holds;
    }

    /// Step 10. With k1 = 1/(xi - 1/omega), k2 = k1/(xi - zeta):
    /// A = C - (omega^b1 - zeta)[q] + nu^4 [d] + k1 (nu [g] + nu^3 [s]) + k2 nu^2 [h] - (xi - omega)[W] + xi [W']
    ///     - (v0 + k1 r1(xi) + k2 r2(xi)) G,   v0 = g(omega) + nu^4 omega^(b1 - 1) g(1/omega)
    /// r1 is the line through nu g + nu^3 s at omega and 1/omega; r2 the parabola through nu^2 h at omega, 1/omega and zeta, here by
    /// divided differences without the nu^2.
    function _coefficients(
        Draws memory draws,
        Inverses memory inverses,
        uint256 powerB1,
        uint256[7] memory value
    ) private pure returns (uint256[8] memory coefficients) {
        uint256 r = Field.modulus();
        // Sums and differences stay below 5r < 2^256.
        assembly ("memory-safe") {
            let w := mload(add(draws, 0x40))
            let xi := mload(add(draws, 0x80))
            let inverse := mload(inverses)
            let step := add(xi, sub(r, w))
            // 1/(omega - 1/omega)
            let slope := mulmod(w, mload(add(inverses, 0x60)), r)
            let k1 := mulmod(w, mload(add(inverses, 0x20)), r)
            let nu := mload(add(draws, 0x60))
            let nu2 := mulmod(nu, nu, r)
            let nu4 := mulmod(nu2, nu2, r)
            let k2 := mulmod(mulmod(k1, mload(add(inverses, 0x40)), r), nu2, r)
            mstore(coefficients, k2)
            mstore(add(coefficients, 0x20), add(mload(draws), sub(r, powerB1)))
            mstore(add(coefficients, 0x40), mulmod(k1, nu, r))
            mstore(add(coefficients, 0x60), mulmod(k1, mulmod(nu2, nu, r), r))
            mstore(add(coefficients, 0x80), nu4)
            mstore(add(coefficients, 0xa0), add(w, sub(r, xi)))
            mstore(add(coefficients, 0xc0), xi)

            // v0 = g(omega) + nu^4 omega^(b1 - 1) g(1/omega)
            let sum := mulmod(mulmod(nu4, powerB1, r), mulmod(inverse, mload(add(value, 0x20)), r), r)
            sum := add(sum, mload(value))

            // k1 nu times the line through g + nu^2 s: y0 + (xi - omega) (y0 - y1)/(omega - 1/omega)
            let y0 := add(mload(value), mulmod(nu2, mload(add(value, 0x80)), r))
            let y1 := add(mload(add(value, 0x20)), mulmod(nu2, mload(add(value, 0xa0)), r))
            y1 := mulmod(mulmod(step, slope, r), add(y0, sub(mul(2, r), y1)), r)
            sum := add(sum, mulmod(mload(add(coefficients, 0x40)), add(y0, y1), r))

            // k2 nu^2 times the parabola through h: h0 + (xi - omega) (first + (xi - 1/omega) second)
            let h0 := mload(add(value, 0x40))
            let first := mulmod(add(h0, sub(r, mload(add(value, 0x60)))), slope, r)
            let second := add(mload(add(value, 0xc0)), sub(r, h0))
            second := add(mulmod(second, mload(add(inverses, 0x80)), r), sub(r, first))
            second := mulmod(mulmod(second, w, r), mload(add(inverses, 0xa0)), r)
            second := mulmod(second, add(xi, sub(r, inverse)), r)
            sum := add(sum, mulmod(k2, add(h0, mulmod(step, add(first, second), r)), r))
            mstore(add(coefficients, 0xe0), sub(r, mod(sum, r)))
        }
    }
}
