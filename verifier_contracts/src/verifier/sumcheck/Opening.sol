// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AtChi, Evaluation} from "./Evaluation.sol";
import {Field} from "./Field.sol";

/// @notice Challenges of the opening and of the evaluation argument; errors for a set-up string of degree N.
/// @param zeta binds h: N/R
/// @param kappa shifts the cells of the permutation argument, which has 3 n of them: with lambda, 6 n/R
/// @param lambda joins cells and their places
/// @param eta joins the two inner products: 1/R
/// @param omega where the identity is read: (2 N + 2)/R
/// @param chi where the argument's polynomials are read: (9 N + n)/R
/// @param nu joins what is opened: 7/R
/// @param xi where the quotient [W] is read: (N + 21)/R
struct Draws {
    uint256 zeta;
    uint256 kappa;
    uint256 lambda;
    uint256 eta;
    uint256 omega;
    uint256 chi;
    uint256 nu;
    uint256 xi;
}

/// @title Opening
/// @notice The opening of F at z (steps 9 and 10 of `docs/protocol.md`): Mercury's identity (Eagen and Gabizon 2025), and the
/// coefficients of A, which joins the openings at omega, 1/omega and zeta (Boneh, Drake, Fisch and Gabizon 2020) and those of
/// the evaluation argument.
library Opening {
    /// Words before the evaluation argument's values: g(omega), g(1/omega), h(omega), h(1/omega), s(omega), s(1/omega), h(zeta).
    uint256 private constant VALUES = 7;
    /// What is inverted here: omega, omega xi - 1, xi - zeta, omega^2 - 1, zeta - omega, zeta omega - 1.
    uint256 private constant FACTORS = 6;

    /// Powers of omega, and the four polynomials of z at omega and 1/omega.
    struct AtOmega {
        uint256 inverse;
        uint256 powerB1;
        uint256 low;
        uint256 lowInverse;
        uint256 high;
        uint256 highInverse;
    }

    /// @notice The coefficients in A of [C1], [h], [q], [g], [C2], [s], [d], [W], [W'], the generator and C0, and whether the
    /// identity holds.
    /// @param values memory address of the 22 values (`ProofShape`), which are canonical
    /// @param z memory address of its first coordinate
    /// @param c number of coordinates, at least 2
    /// @param s3 the claimed value of F at z
    /// @return holds false, too, where the points are not in general position
    /// @return coefficients eleven of them; any residues
    function evaluate(
        Draws memory draws,
        AtChi memory atChi,
        uint256 values,
        uint256 z,
        uint256 c,
        uint256 s3
    ) internal view returns (bool holds, uint256[11] memory coefficients) {
        // One factor that is 0 makes all inverses 0. Nothing below divides, so that a wrong proof gets as far as a right one.
        uint256 inverses;
        (holds, inverses) = _inverses(draws, atChi);
        AtOmega memory omegas = _atOmega(draws.omega, inverses, z, c);
        holds = _identity(draws, omegas, values, s3) && holds;
        // All these are offsets of memory.
        unchecked {
            uint256 rest;
            (coefficients[10], coefficients[0], coefficients[4], rest) =
                Evaluation.coefficients(draws, atChi, values + 32 * VALUES, inverses + 32 * FACTORS);
            _coefficients(draws, inverses, omegas.powerB1, values, rest, coefficients);
        }
    }

    /// One exponentiation for all.
    /// @return exist whether nothing is 0
    /// @return list address of the inverses of the factors above, then of those of the evaluation argument
    function _inverses(Draws memory draws, AtChi memory atChi)
        private
        view
        returns (bool exist, uint256 list)
    {
        uint256 r = Field.modulus();
        uint256 rest;
        uint256 count = FACTORS + Evaluation.FACTORS;
        // w, xi w - 1, xi - zeta, w^2 - 1, zeta - w, zeta w - 1, all below 2R
        assembly ("memory-safe") {
            list := mload(0x40)
            let zeta := mload(draws)
            let w := mload(add(draws, 0x80))
            let xi := mload(add(draws, 0xe0))
            mstore(list, w)
            mstore(add(list, 0x20), add(mulmod(xi, w, r), sub(r, 1)))
            mstore(add(list, 0x40), add(xi, sub(r, zeta)))
            mstore(add(list, 0x60), add(mulmod(w, w, r), sub(r, 1)))
            mstore(add(list, 0x80), add(zeta, sub(r, w)))
            mstore(add(list, 0xa0), add(mulmod(zeta, w, r), sub(r, 1)))
            rest := add(list, shl(5, FACTORS))
            mstore(0x40, add(list, shl(5, count)))
        }
        Evaluation.factors(draws, atChi, rest);
        exist = Field.invertAll(list, count);
    }

    /// P_lo and P_hi at omega and 1/omega: the sum of eq(t, i) x^i is the product of 1 - t_a + t_a x^(2^(bits - a)). z_lo is the
    /// last ceil(c/2) coordinates of z, z_hi the ones before; b1 = 2^ceil(c/2).
    /// @param inverses address of 1/omega
    function _atOmega(uint256 omega, uint256 inverses, uint256 z, uint256 c)
        private
        pure
        returns (AtOmega memory omegas)
    {
        if (c == 0) return omegas;
        uint256 r = Field.modulus();
        // power, back = omega^(2^j), omega^-(2^j); for the coordinate t of bit j: p *= 1 - t + t * power
        // Bounds: t * power mod R + (R + 1 - t) < 2R + 1.
        assembly ("memory-safe") {
            let lowBits := shr(1, add(c, 1))
            let highBits := shr(1, c)
            z := sub(z, 0x20)
            let low := 1
            let lowBack := 1
            let high := 1
            let highBack := 1
            let power := omega
            let back := mload(inverses)
            mstore(omegas, back)
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
    function _identity(Draws memory draws, AtOmega memory omegas, uint256 value, uint256 s3)
        private
        pure
        returns (bool)
    {
        uint256 r = Field.modulus();
        bool holds;
        // Sums of up to four products and elements stay below 4r < 2^256.
        assembly ("memory-safe") {
            let eta := mload(add(draws, 0x60))
            let left := mulmod(mload(add(value, 0x40)), mload(add(omegas, 0xa0)), r)
            left := add(left, mulmod(mload(add(value, 0x60)), mload(add(omegas, 0x80)), r))
            left := mulmod(eta, left, r)
            left := add(left, mulmod(mload(value), mload(add(omegas, 0x60)), r))
            left := add(left, mulmod(mload(add(value, 0x20)), mload(add(omegas, 0x40)), r))
            let right := mulmod(2, add(mload(add(value, 0xc0)), mulmod(eta, s3, r)), r)
            right := add(right, mulmod(mload(add(draws, 0x80)), mload(add(value, 0x80)), r))
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
    /// @param rest what the evaluation argument adds to the bracket, below 4R
    function _coefficients(
        Draws memory draws,
        uint256 inverses,
        uint256 powerB1,
        uint256 value,
        uint256 rest,
        uint256[11] memory coefficients
    ) private pure {
        uint256 r = Field.modulus();
        // Sums and differences stay below 5r < 2^256.
        assembly ("memory-safe") {
            let w := mload(add(draws, 0x80))
            let xi := mload(add(draws, 0xe0))
            let inverse := mload(inverses)
            let step := add(xi, sub(r, w))
            // 1/(omega - 1/omega)
            let slope := mulmod(w, mload(add(inverses, 0x60)), r)
            let k1 := mulmod(w, mload(add(inverses, 0x20)), r)
            let nu := mload(add(draws, 0xc0))
            let nu2 := mulmod(nu, nu, r)
            let nu4 := mulmod(nu2, nu2, r)
            let k2 := mulmod(mulmod(k1, mload(add(inverses, 0x40)), r), nu2, r)
            mstore(add(coefficients, 0x20), k2)
            mstore(add(coefficients, 0x40), add(mload(draws), sub(r, powerB1)))
            mstore(add(coefficients, 0x60), mulmod(k1, nu, r))
            mstore(add(coefficients, 0xa0), mulmod(k1, mulmod(nu2, nu, r), r))
            mstore(add(coefficients, 0xc0), nu4)
            mstore(add(coefficients, 0xe0), add(w, sub(r, xi)))
            mstore(add(coefficients, 0x100), xi)

            // v0 = g(omega) + nu^4 omega^(b1 - 1) g(1/omega)
            let sum := mulmod(mulmod(nu4, powerB1, r), mulmod(inverse, mload(add(value, 0x20)), r), r)
            sum := add(sum, mload(value))

            // k1 nu times the line through g + nu^2 s: y0 + (xi - omega) (y0 - y1)/(omega - 1/omega)
            let y0 := add(mload(value), mulmod(nu2, mload(add(value, 0x80)), r))
            let y1 := add(mload(add(value, 0x20)), mulmod(nu2, mload(add(value, 0xa0)), r))
            y1 := mulmod(mulmod(step, slope, r), add(y0, sub(mul(2, r), y1)), r)
            sum := add(sum, mulmod(mload(add(coefficients, 0x60)), add(y0, y1), r))

            // k2 nu^2 times the parabola through h: h0 + (xi - omega) (first + (xi - 1/omega) second)
            let h0 := mload(add(value, 0x40))
            let first := mulmod(add(h0, sub(r, mload(add(value, 0x60)))), slope, r)
            let second := add(mload(add(value, 0xc0)), sub(r, h0))
            second := add(mulmod(second, mload(add(inverses, 0x80)), r), sub(r, first))
            second := mulmod(mulmod(second, w, r), mload(add(inverses, 0xa0)), r)
            second := mulmod(second, add(xi, sub(r, inverse)), r)
            sum := add(sum, mulmod(k2, add(h0, mulmod(step, add(first, second), r)), r))
            mstore(add(coefficients, 0x120), sub(r, addmod(sum, rest, r)))
        }
    }
}
