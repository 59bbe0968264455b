// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {R} from "../../src/verifier/sumcheck/Field.sol";
import {Draws, Opening} from "../../src/verifier/sumcheck/Opening.sol";
import {ProofShape} from "../../src/verifier/sumcheck/ProofShape.sol";
import {Test} from "../support/Test.sol";
import {Reference} from "./support/Reference.sol";

contract OpeningTest is Test {
    function run(Draws memory draws, uint256[] memory z, uint256 s3, uint256[7] calldata values)
        external
        view
        returns (bool, uint256[8] memory)
    {
        uint256 offset;
        assembly ("memory-safe") {
            offset := values
        }
        return Opening.evaluate(draws, offset, z, s3);
    }

    function inputs(uint256 seed)
        private
        pure
        returns (Draws memory draws, uint256[] memory z, uint256[7] memory values)
    {
        z = Reference.elements(seed, 5 + seed % 4);
        uint256[] memory rest = Reference.elements(~seed, 12);
        draws = Draws(rest[0], rest[1], rest[2], rest[3], rest[4]);
        for (uint256 i = 0; i < 7; ++i) {
            values[i] = rest[5 + i];
        }
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

    function testFuzz_Evaluate_IdentityHoldsForOneValueOnly(uint256 seed, uint256 other) public view {
        (Draws memory draws, uint256[] memory z, uint256[7] memory values) = inputs(seed);
        uint256 rest = identityRest(draws, z, values);
        uint256 s3 = Reference.multiply(rest, Reference.inverse(Reference.add(draws.eta, draws.eta)));
        (bool holds,) = this.run(draws, z, s3, values);
        vm.assertTrue(holds, "holds");
        other %= R;
        (holds,) = this.run(draws, z, other, values);
        vm.assertTrue(holds == (other == s3), "another value");
    }

    function testFuzz_Evaluate_Coefficients(uint256 seed) public view {
        (Draws memory draws, uint256[] memory z, uint256[7] memory v) = inputs(seed);
        (, uint256[8] memory found) = this.run(draws, z, 0, v);
        uint256[8] memory expected = coefficients(draws, z.length, v);
        for (uint256 i = 0; i < 8; ++i) {
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

    /// omega = 0, omega^2 = 1, omega = zeta, omega zeta = 1, xi = 1/omega, xi = zeta: false, with coefficients as ever.
    function testFuzz_Evaluate_CoincidingPointsAreFalse(uint256 seed) public view {
        uint256 i = seed % 7;
        (Draws memory draws, uint256[] memory z, uint256[7] memory v) = inputs(seed);
        if (i == 0) draws.omega = 0;
        if (i == 1) draws.omega = 1;
        if (i == 2) draws.omega = R - 1;
        if (i == 3) draws.omega = draws.zeta;
        if (i == 4) draws.omega = Reference.inverse(draws.zeta);
        if (i == 5) draws.xi = Reference.inverse(draws.omega);
        if (i == 6) draws.xi = draws.zeta;
        // The value for which the identity holds, so that nothing else is false.
        uint256 s3 = Reference.multiply(
            identityRest(draws, z, v), Reference.inverse(Reference.add(draws.eta, draws.eta))
        );
        (bool holds,) = this.run(draws, z, s3, v);
        vm.assertTrue(!holds, "coinciding points");
    }

    function test_Evaluate_RefusesEachNonCanonicalValue() public {
        for (uint256 i = 0; i < 7; ++i) {
            (Draws memory draws, uint256[] memory z, uint256[7] memory v) = inputs(1);
            v[i] = R;
            vm.expectRevert(ProofShape.NonCanonicalScalar.selector);
            this.run(draws, z, 0, v);
            v[i] = R - 1;
            this.run(draws, z, 0, v);
        }
    }
}
