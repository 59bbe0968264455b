// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AtChi, Evaluation} from "../../src/verifier/sumcheck/Evaluation.sol";
import {R} from "../../src/verifier/sumcheck/Field.sol";
import {Draws, Opening} from "../../src/verifier/sumcheck/Opening.sol";
import {Test} from "../support/Test.sol";
import {Reference} from "./support/Reference.sol";
import {ReferenceEvaluation, Values} from "./support/ReferenceEvaluation.sol";

contract OpeningTest is Test {
    uint256 private constant LOG_GATES = 4;

    function run(
        Draws memory draws,
        uint256[] memory z,
        uint256 s3,
        uint256[7] memory values,
        Values memory others
    ) private view returns (bool, uint256[11] memory) {
        bytes memory words = bytes.concat(abi.encode(values), abi.encode(others));
        uint256[] memory v = inputsOf(draws);
        uint256 place;
        uint256 first;
        uint256 coordinate;
        assembly ("memory-safe") {
            place := add(words, 0x20)
            first := add(v, 0x20)
            coordinate := add(z, 0x20)
        }
        AtChi memory atChi = Evaluation.ofInputs(draws.chi, LOG_GATES, first, v.length);
        return Opening.evaluate(draws, atChi, place, coordinate, z.length, s3);
    }

    /// Public inputs of the evaluation argument.
    function inputsOf(Draws memory draws) private pure returns (uint256[] memory) {
        return Reference.elements(draws.kappa, 5);
    }

    function inputs(uint256 seed)
        private
        pure
        returns (Draws memory draws, uint256[] memory z, uint256[7] memory values, Values memory others)
    {
        z = Reference.elements(seed, 5 + seed % 4);
        uint256[] memory rest = Reference.elements(~seed, 30);
        draws = Draws(rest[0], rest[1], rest[2], rest[3], rest[4], rest[5], rest[6], rest[7]);
        for (uint256 i = 0; i < 7; ++i) {
            values[i] = rest[8 + i];
            others.table[i] = rest[15 + i];
        }
        others.table[7] = rest[22];
        (others.a, others.b, others.c) = (rest[23], rest[24], rest[25]);
        (others.product, others.productNext) = (rest[26], rest[27]);
        (others.firstNext, others.secondNext) = (rest[28], rest[29]);
    }

    /// sum of eq(point, i) x^i, term by term.
    function eqPolynomial(uint256[] memory z, uint256 first, uint256 count, uint256 x)
        private
        pure
        returns (uint256 sum)
    {
        uint256[] memory point = new uint256[](count);
        for (uint256 a = 0; a < count; ++a) {
            point[a] = z[first + a];
        }
        for (uint256 i = 0; i < 2 ** count; ++i) {
            sum = Reference.add(sum, Reference.multiply(Reference.eq(point, i), Reference.power(x, i)));
        }
    }

    /// Left side of Mercury's identity less everything on the right but 2 eta s3.
    function identityRest(Draws memory draws, uint256[] memory z, uint256[7] memory v)
        private
        pure
        returns (uint256 rest)
    {
        uint256 w = draws.omega;
        uint256 back = Reference.inverse(w);
        uint256 high = z.length / 2;
        uint256 low = z.length - high;
        rest = Reference.multiply(v[2], eqPolynomial(z, 0, high, back));
        rest = Reference.add(rest, Reference.multiply(v[3], eqPolynomial(z, 0, high, w)));
        rest = Reference.multiply(rest, draws.eta);
        rest = Reference.add(rest, Reference.multiply(v[0], eqPolynomial(z, high, low, back)));
        rest = Reference.add(rest, Reference.multiply(v[1], eqPolynomial(z, high, low, w)));
        rest = Reference.subtract(rest, Reference.add(v[6], v[6]));
        rest = Reference.subtract(rest, Reference.multiply(w, v[4]));
        rest = Reference.subtract(rest, Reference.multiply(back, v[5]));
    }

    /// The value for which the identity holds.
    function rightValue(Draws memory draws, uint256[] memory z, uint256[7] memory values)
        private
        pure
        returns (uint256)
    {
        uint256 rest = identityRest(draws, z, values);
        return Reference.multiply(rest, Reference.inverse(Reference.add(draws.eta, draws.eta)));
    }

    function testFuzz_Evaluate_IdentityHoldsForOneValueOnly(uint256 seed, uint256 other) public view {
        (Draws memory draws, uint256[] memory z, uint256[7] memory values, Values memory others) =
            inputs(seed);
        uint256 s3 = rightValue(draws, z, values);
        (bool holds,) = run(draws, z, s3, values, others);
        vm.assertTrue(holds, "holds");
        other %= R;
        (holds,) = run(draws, z, other, values, others);
        vm.assertTrue(holds == (other == s3), "another value");
    }

    function testFuzz_Evaluate_Coefficients(uint256 seed) public view {
        (Draws memory draws, uint256[] memory z, uint256[7] memory v, Values memory others) = inputs(seed);
        (, uint256[11] memory found) = run(draws, z, 0, v, others);
        uint256[8] memory own = coefficients(draws, z.length, v);
        uint256[4] memory terms = ReferenceEvaluation.terms(draws, LOG_GATES, inputsOf(draws), others);
        uint256[11] memory expected = [
            terms[1], // C1
            own[0], // h
            own[1], // q
            own[2], // g
            terms[2], // C2
            own[3], // s
            own[4], // d
            own[5], // W
            own[6], // W'
            Reference.subtract(own[7], terms[3]), // the generator
            terms[0] // C0
        ];
        for (uint256 i = 0; i < 11; ++i) {
            vm.assertEq(found[i] % R, expected[i], "coefficient");
        }
    }

    /// With Lagrange's formula for r1 and r2, and powers and inverses one by one.
    function coefficients(Draws memory draws, uint256 c, uint256[7] memory v)
        private
        pure
        returns (uint256[8] memory list)
    {
        uint256 w = draws.omega;
        uint256 xi = draws.xi;
        uint256 back = Reference.inverse(w);
        uint256 b1 = 2 ** (c - c / 2);
        uint256[5] memory nu;
        for (uint256 i = 0; i < 5; ++i) {
            nu[i] = Reference.power(draws.nu, i);
        }
        uint256 k1 = Reference.inverse(Reference.subtract(xi, back));
        uint256 k2 = Reference.multiply(k1, Reference.inverse(Reference.subtract(xi, draws.zeta)));
        list[0] = Reference.multiply(k2, nu[2]);
        list[1] = Reference.subtract(draws.zeta, Reference.power(w, b1));
        list[2] = Reference.multiply(k1, nu[1]);
        list[3] = Reference.multiply(k1, nu[3]);
        list[4] = nu[4];
        list[5] = Reference.subtract(w, xi);
        list[6] = xi;

        uint256[] memory places = new uint256[](2);
        uint256[] memory values = new uint256[](2);
        (places[0], places[1]) = (w, back);
        values[0] = Reference.add(Reference.multiply(nu[1], v[0]), Reference.multiply(nu[3], v[4]));
        values[1] = Reference.add(Reference.multiply(nu[1], v[1]), Reference.multiply(nu[3], v[5]));
        uint256 value = Reference.multiply(k1, Reference.interpolate(places, values, xi));
        places = new uint256[](3);
        values = new uint256[](3);
        (places[0], places[1], places[2]) = (w, back, draws.zeta);
        values[0] = Reference.multiply(nu[2], v[2]);
        values[1] = Reference.multiply(nu[2], v[3]);
        values[2] = Reference.multiply(nu[2], v[6]);
        value = Reference.add(value, Reference.multiply(k2, Reference.interpolate(places, values, xi)));
        value = Reference.add(value, v[0]);
        uint256 d = Reference.multiply(Reference.power(w, b1 - 1), v[1]);
        value = Reference.add(value, Reference.multiply(nu[4], d));
        list[7] = Reference.subtract(0, value);
    }

    /// omega = 0, omega^2 = 1, omega = zeta, omega zeta = 1, xi = 1/omega, xi = zeta: false.
    function testFuzz_Evaluate_CoincidingPointsAreFalse(uint256 seed) public view {
        uint256 i = seed % 7;
        (Draws memory draws, uint256[] memory z, uint256[7] memory v, Values memory others) = inputs(seed);
        if (i == 0) draws.omega = 0;
        if (i == 1) draws.omega = 1;
        if (i == 2) draws.omega = R - 1;
        if (i == 3) draws.omega = draws.zeta;
        if (i == 4) draws.omega = Reference.inverse(draws.zeta);
        if (i == 5) draws.xi = Reference.inverse(draws.omega);
        if (i == 6) draws.xi = draws.zeta;
        // Nothing else is false.
        (bool holds,) = run(draws, z, rightValue(draws, z, v), v, others);
        vm.assertTrue(!holds, "coinciding points");
    }

    /// chi = 0, chi^n = 1 (at a public input's gate, or another one's), xi^8 = chi, xi^4 = chi, xi^3 = chi, xi^3 = chi w_n: false.
    function testFuzz_Evaluate_CoincidingPointsOfTheArgumentAreFalse(uint256 seed) public view {
        uint256 i = seed % 8;
        (Draws memory draws, uint256[] memory z, uint256[7] memory v, Values memory others) = inputs(seed);
        uint256 w = ReferenceEvaluation.root(LOG_GATES);
        if (i == 0) draws.chi = 0;
        if (i == 1) draws.chi = 1;
        if (i == 2) draws.chi = Reference.power(w, 2);
        if (i == 3) draws.chi = Reference.power(w, 9);
        if (i == 4) draws.chi = Reference.power(draws.xi, 8);
        if (i == 5) draws.chi = Reference.power(draws.xi, 4);
        if (i == 6) draws.chi = Reference.power(draws.xi, 3);
        if (i == 7) draws.chi = Reference.multiply(Reference.power(draws.xi, 3), Reference.inverse(w));
        (bool holds,) = run(draws, z, rightValue(draws, z, v), v, others);
        vm.assertTrue(!holds, "coinciding points");
    }
}
