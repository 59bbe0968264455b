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
        uint256 w = draws.omega;
        uint256 zeta = draws.zeta;
        uint256 xi = draws.xi;
        // All factors are below 2R.
        unchecked {
            uint256 b = mulmod(xi, w, R) + R - 1;
            uint256 c = xi + R - zeta;
            uint256 d = mulmod(w, w, R) + R - 1;
            uint256 e = zeta + R - w;
            uint256 f = mulmod(zeta, w, R) + R - 1;
            uint256 wb = mulmod(w, b, R);
            uint256 wbc = mulmod(wb, c, R);
            uint256 wbcd = mulmod(wbc, d, R);
            uint256 wbcde = mulmod(wbcd, e, R);
            uint256 rest = Field.inverse(mulmod(wbcde, f, R));
            inverses.zetaAtInverse = mulmod(rest, wbcde, R);
            rest = mulmod(rest, f, R);
            inverses.zetaAtOmega = mulmod(rest, wbcd, R);
            rest = mulmod(rest, e, R);
            inverses.square = mulmod(rest, wbc, R);
            rest = mulmod(rest, d, R);
            inverses.xiAtZeta = mulmod(rest, wb, R);
            rest = mulmod(rest, c, R);
            inverses.xiAtInverse = mulmod(rest, w, R);
            inverses.omega = mulmod(rest, b, R);
        }
    }

    /// P_lo and P_hi at omega and 1/omega: the sum of eq(t, i) x^i is the product of 1 - t_a + t_a x^(2^(bits - a)). z_lo is the
    /// last ceil(c/2) coordinates of z, z_hi the ones before; b1 = 2^ceil(c/2).
    function _atOmega(uint256 omega, uint256 inverse, uint256[] memory z)
        private
        pure
        returns (AtOmega memory omegas)
    {
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
                let rest := sub(add(R, 1), t)
                low := mulmod(low, add(mulmod(t, power, R), rest), R)
                lowBack := mulmod(lowBack, add(mulmod(t, back, R), rest), R)
                // z_hi has as many coordinates or one less; the word before them is no coordinate.
                if gt(highPlace, z) {
                    t := mload(highPlace)
                    rest := sub(add(R, 1), t)
                    high := mulmod(high, add(mulmod(t, power, R), rest), R)
                    highBack := mulmod(highBack, add(mulmod(t, back, R), rest), R)
                    highPlace := sub(highPlace, 0x20)
                }
                power := mulmod(power, power, R)
                back := mulmod(back, back, R)
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
        // Sums of up to four products modulo R.
        unchecked {
            uint256 left = mulmod(value[0], omegas.lowInverse, R) + mulmod(value[1], omegas.low, R);
            uint256 inner = mulmod(value[2], omegas.highInverse, R) + mulmod(value[3], omegas.high, R);
            left += mulmod(draws.eta, inner, R);
            uint256 right = 2 * (value[6] + mulmod(draws.eta, s3, R));
            right = addmod(right, mulmod(draws.omega, value[4], R) + mulmod(omegas.inverse, value[5], R), R);
            return left % R == right;
        }
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
        uint256 w = draws.omega;
        uint256 xi = draws.xi;
        uint256 nu = draws.nu;
        // Sums of up to five elements, and differences to which R is added, stay below 5R < 2^256.
        unchecked {
            uint256 nu2 = mulmod(nu, nu, R);
            uint256 nu3 = mulmod(nu2, nu, R);
            uint256 nu4 = mulmod(nu2, nu2, R);
            uint256 k1 = mulmod(w, inverses.xiAtInverse, R);
            uint256 k2 = mulmod(mulmod(k1, inverses.xiAtZeta, R), nu2, R);
            // 1/(omega - 1/omega)
            uint256 slope = mulmod(w, inverses.square, R);
            uint256 step = xi + R - w;

            // r1(xi) = y0 + (xi - omega) (y0 - y1)/(omega - 1/omega)
            uint256 y0 = mulmod(nu, value[0], R) + mulmod(nu3, value[4], R);
            uint256 y1 = mulmod(nu, value[1], R) + mulmod(nu3, value[5], R);
            uint256 sum = mulmod(mulmod(step, y0 + 2 * R - y1, R), slope, R) + y0;
            sum = mulmod(k1, sum, R);

            // r2(xi) = h0 + (xi - omega) (first + (xi - 1/omega) second)
            uint256 first = mulmod(value[2] + R - value[3], slope, R);
            uint256 second = mulmod(value[6] + R - value[2], inverses.zetaAtOmega, R) + R - first;
            second = mulmod(mulmod(second, w, R), inverses.zetaAtInverse, R);
            second = mulmod(xi + R - inverses.omega, second, R);
            sum += mulmod(k2, mulmod(step, first + second, R) + value[2], R);

            // v0
            sum += value[0];
            sum += mulmod(mulmod(nu4, value[1], R), mulmod(powerB1, inverses.omega, R), R);

            coefficients[0] = k2;
            coefficients[1] = draws.zeta + R - powerB1;
            coefficients[2] = mulmod(k1, nu, R);
            coefficients[3] = mulmod(k1, nu3, R);
            coefficients[4] = nu4;
            coefficients[5] = w + R - xi;
            coefficients[6] = xi;
            coefficients[7] = R - (sum % R);
        }
    }
}
