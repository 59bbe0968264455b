// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Field} from "./Field.sol";
import {Draws} from "./Opening.sol";

/// @notice What follows from chi and the public inputs of the evaluation argument.
/// @param root w_n, the generator of the n = 2^k gates' places
/// @param vanishing chi^n - 1, plus at most R
/// @param numerator of S = sum of v_i/(chi w_n^-i - 1) over the public inputs v_i, plus at most R: PI(chi) = -S (chi^n - 1)/n
/// @param denominator of S
/// @param share 1/n
struct AtChi {
    uint256 root;
    uint256 vanishing;
    uint256 numerator;
    uint256 denominator;
    uint256 share;
}

/// @title Evaluation
/// @notice The evaluation argument (`docs/protocol.md`, "Evaluation argument"): that the advice of a proof is the function of
/// its challenges and public integers which the circuit's table of gates computes. It is Plonk's (Gabizon, Williamson and
/// Ciobotaru 2019) in the form of fflonk (Gabizon and Williamson 2021), opened together with the rows.
library Evaluation {
    /// The primitive 2^28-th root of unity 5^((R - 1)/2^28), and its inverse.
    uint256 private constant ROOT = 0x2a3c09f0a58a7e8500e0a7eb8ef62abc402d111e41112ed49bd61b6e725b19f0;
    uint256 private constant ROOT_INVERSE =
        0x01b775199c229cd56117635d49d5387fec9d51f8fd399d5d723942779d18157e;
    uint256 private constant LOG_ORDER = 28;

    /// @notice How many factors `factors` writes.
    uint256 internal constant FACTORS = 6;

    /// @notice The public inputs' part, as a fraction.
    /// @param chi if it is 0, the fraction is not S: that is excluded by general position (`factors`)
    /// @param logGates k, at most 28
    /// @param inputs address of v_0, which is below R, as all `count` of them
    function ofInputs(uint256 chi, uint256 logGates, uint256 inputs, uint256 count)
        internal
        pure
        returns (AtChi memory result)
    {
        uint256 r = Field.modulus();
        uint256 back = ROOT_INVERSE;
        // root, back = ROOT, ROOT_INVERSE, each squared 28 - k times; power = chi^(2^k)
        assembly ("memory-safe") {
            let root := ROOT
            for { let i := logGates } lt(i, LOG_ORDER) { i := add(i, 1) } {
                root := mulmod(root, root, r)
                back := mulmod(back, back, r)
            }
            let power := chi
            for { let i := logGates } i { i := sub(i, 1) } { power := mulmod(power, power, r) }
            mstore(result, root)
            mstore(add(result, 0x20), add(power, sub(r, 1)))
        }
        (result.numerator, result.denominator) = _sum(chi, back, inputs, count);
        result.share = Field.halfPower(logGates);
    }

    /// S as a fraction. That nothing is summed where there is nothing keeps this function apart from its caller, whose variables do
    /// not fit the stack, so that all would be in memory.
    /// @param t chi
    /// @param back 1/w_n
    function _sum(uint256 t, uint256 back, uint256 inputs, uint256 count)
        private
        pure
        returns (uint256 numerator, uint256 denominator)
    {
        if (count == 0) return (0, 1);
        uint256 r = Field.modulus();
        denominator = 1;
        // for each v: u = t - 1; S = S + v/u, that is numerator = numerator * u + v * denominator, denominator *= u; t = t * back
        // Two at a time. t is not 0; numerator < 2R.
        assembly ("memory-safe") {
            let end := add(inputs, shl(5, count))
            if and(count, 1) {
                denominator := sub(t, 1)
                numerator := mload(inputs)
                t := mulmod(t, back, r)
                inputs := add(inputs, 0x20)
            }
            for {} lt(inputs, end) { inputs := add(inputs, 0x40) } {
                let u := sub(t, 1)
                numerator := add(mulmod(numerator, u, r), mulmod(mload(inputs), denominator, r))
                denominator := mulmod(denominator, u, r)
                t := mulmod(t, back, r)
                u := sub(t, 1)
                numerator := add(mulmod(numerator, u, r), mulmod(mload(add(inputs, 0x20)), denominator, r))
                denominator := mulmod(denominator, u, r)
                t := mulmod(t, back, r)
            }
        }
    }

    /// @notice Writes what has to be inverted: S's denominator, chi^n - 1, chi - 1, xi^8 - chi, xi^4 - chi, and
    /// (xi^3 - chi)(xi^3 - chi w_n)(chi - chi w_n). One that is 0 is what general position excludes.
    /// @param place address of the first factor
    function factors(Draws memory draws, AtChi memory atChi, uint256 place) internal pure {
        uint256 r = Field.modulus();
        // Differences are below 2R.
        assembly ("memory-safe") {
            let chi := mload(add(draws, 0xa0))
            let xi := mload(add(draws, 0xe0))
            let minusChi := sub(r, chi)
            let square := mulmod(xi, xi, r)
            let fourth := mulmod(square, square, r)
            let cube := mulmod(square, xi, r)
            let minusNext := sub(r, mulmod(chi, mload(atChi), r))
            mstore(place, mload(add(atChi, 0x60)))
            mstore(add(place, 0x20), mload(add(atChi, 0x20)))
            mstore(add(place, 0x40), add(chi, sub(r, 1)))
            mstore(add(place, 0x60), add(mulmod(fourth, fourth, r), minusChi))
            mstore(add(place, 0x80), add(fourth, minusChi))
            let product := mulmod(add(cube, minusChi), add(cube, minusNext), r)
            mstore(add(place, 0xa0), mulmod(product, add(chi, minusNext), r))
        }
    }

    /// @notice The terms that the argument adds to A (step 10): k3 nu^5 C0 + k4 nu^6 C1 + k5 nu^7 C2 - (..) G, with
    /// k3 = (xi - omega)/(xi^8 - chi), k4 = (xi - omega)/(xi^4 - chi), k5 = (xi - omega)/((xi^3 - chi)(xi^3 - chi w_n)).
    /// @param values address of qL(chi), .. (`ProofShape`), canonical
    /// @param inverses address of those of `factors`
    /// @return ofTable coefficient of C0
    /// @return ofWires coefficient of C1
    /// @return ofProduct coefficient of C2
    /// @return ofGenerator k3 r3(xi) + k4 r4(xi) + k5 r5(xi), below 4R, which the generator's coefficient lacks
    function coefficients(Draws memory draws, AtChi memory atChi, uint256 values, uint256 inverses)
        internal
        pure
        returns (uint256 ofTable, uint256 ofWires, uint256 ofProduct, uint256 ofGenerator)
    {
        uint256 r = Field.modulus();
        uint256 xi = draws.xi;
        uint256 quotient = _gateQuotient(atChi, values, inverses);
        uint256 product = _productAtXi(draws, values, inverses);
        assembly ("memory-safe") {
            let nu := mload(add(draws, 0xc0))
            let square := mulmod(nu, nu, r)
            // (xi - omega) nu^5, nu^6, nu^7
            let scale := add(xi, sub(r, mload(add(draws, 0x80))))
            scale := mulmod(mulmod(scale, nu, r), mulmod(square, square, r), r)
            ofTable := mulmod(scale, mload(add(inverses, 0x60)), r)
            scale := mulmod(scale, nu, r)
            ofWires := mulmod(scale, mload(add(inverses, 0x80)), r)
            scale := mulmod(mulmod(scale, nu, r), mload(add(inverses, 0xa0)), r)

            // qL + xi (qR + xi (.. + xi s3)); a Horner step leaves less than 2R
            let sum := add(mulmod(mload(add(values, 0xe0)), xi, r), mload(add(values, 0xc0)))
            sum := add(mulmod(sum, xi, r), mload(add(values, 0xa0)))
            sum := add(mulmod(sum, xi, r), mload(add(values, 0x80)))
            sum := add(mulmod(sum, xi, r), mload(add(values, 0x60)))
            sum := add(mulmod(sum, xi, r), mload(add(values, 0x40)))
            sum := add(mulmod(sum, xi, r), mload(add(values, 0x20)))
            sum := add(mulmod(sum, xi, r), mload(values))
            ofGenerator := mulmod(sum, ofTable, r)
            // a + xi (b + xi (c + xi T0(chi)))
            sum := add(mulmod(quotient, xi, r), mload(add(values, 0x140)))
            sum := add(mulmod(sum, xi, r), mload(add(values, 0x120)))
            sum := add(mulmod(sum, xi, r), mload(add(values, 0x100)))
            ofGenerator := add(ofGenerator, mulmod(sum, ofWires, r))

            // With x = xi^3 - chi, y = xi^3 - chi w_n: k5 = (xi - omega)/(x y), k5 r5 = (xi - omega) nu^7 (P y - P' x)/(x y (chi - chi w_n))
            // where P = (p + T1 xi + T2 xi^2) at chi, P' likewise at chi w_n.
            let chi := mload(add(draws, 0xa0))
            let minusNext := sub(r, mulmod(chi, mload(atChi), r))
            let cube := mulmod(mulmod(xi, xi, r), xi, r)
            ofProduct := mulmod(scale, add(chi, minusNext), r)
            let next := add(mulmod(mload(add(values, 0x1c0)), xi, r), mload(add(values, 0x1a0)))
            next := add(mulmod(next, xi, r), mload(add(values, 0x180)))
            next := mulmod(next, add(cube, sub(r, chi)), r)
            sum := add(mulmod(product, add(cube, minusNext), r), sub(r, next))
            ofGenerator := add(ofGenerator, mulmod(sum, scale, r))
        }
    }

    /// T0(chi) = (qL a + qR b + qM a b + qO c + qC + PI)/(chi^n - 1), with PI/(chi^n - 1) = -S/n; below 2R.
    function _gateQuotient(AtChi memory atChi, uint256 values, uint256 inverses)
        private
        pure
        returns (uint256 quotient)
    {
        uint256 r = Field.modulus();
        // The sum of four products and an element is below 5R < 2^256.
        assembly ("memory-safe") {
            let a := mload(add(values, 0x100))
            let b := mload(add(values, 0x120))
            let gates := mulmod(mload(values), a, r)
            gates := add(gates, mulmod(mload(add(values, 0x20)), b, r))
            gates := add(gates, mulmod(mload(add(values, 0x40)), mulmod(a, b, r), r))
            gates := add(gates, mulmod(mload(add(values, 0x60)), mload(add(values, 0x140)), r))
            gates := add(gates, mload(add(values, 0x80)))
            let publicPart := mulmod(mload(add(atChi, 0x40)), mload(inverses), r)
            publicPart := mulmod(publicPart, mload(add(atChi, 0x80)), r)
            quotient := add(mulmod(gates, mload(add(inverses, 0x20)), r), sub(r, publicPart))
        }
    }

    /// P = p + T1 xi + T2 xi^2 at chi, below 2R: T1 = (p - 1)/(chi - 1), and T2 = (p (a + lambda chi + kappa)(b + 2 lambda chi + kappa)
    /// (c + 3 lambda chi + kappa) - p' (a + lambda s1 + kappa)(b + lambda s2 + kappa)(c + lambda s3 + kappa))/(chi^n - 1), p' being p at
    /// chi w_n.
    function _productAtXi(Draws memory draws, uint256 values, uint256 inverses)
        private
        pure
        returns (uint256 product)
    {
        uint256 r = Field.modulus();
        // Sums of up to five elements are below 5R < 2^256.
        assembly ("memory-safe") {
            let xi := mload(add(draws, 0xe0))
            let kappa := mload(add(draws, 0x20))
            let lambda := mload(add(draws, 0x40))
            let a := add(mload(add(values, 0x100)), kappa)
            let b := add(mload(add(values, 0x120)), kappa)
            let c := add(mload(add(values, 0x140)), kappa)
            let identity := mulmod(lambda, mload(add(draws, 0xa0)), r)
            let left := mulmod(add(a, identity), add(b, add(identity, identity)), r)
            left := mulmod(left, add(c, mul(3, identity)), r)
            let right := mulmod(lambda, mload(add(values, 0xa0)), r)
            right := mulmod(add(a, right), add(b, mulmod(lambda, mload(add(values, 0xc0)), r)), r)
            right := mulmod(right, add(c, mulmod(lambda, mload(add(values, 0xe0)), r)), r)
            let p := mload(add(values, 0x160))
            product := sub(r, mulmod(right, mload(add(values, 0x180)), r))
            product := add(product, mulmod(left, p, r))
            product := mulmod(product, mload(add(inverses, 0x20)), r)
            let first := mulmod(add(p, sub(r, 1)), mload(add(inverses, 0x40)), r)
            product := add(mulmod(add(mulmod(product, xi, r), first), xi, r), p)
        }
    }
}
