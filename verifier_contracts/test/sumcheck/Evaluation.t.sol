// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AtChi, Evaluation} from "../../src/verifier/sumcheck/Evaluation.sol";
import {Field, R} from "../../src/verifier/sumcheck/Field.sol";
import {Draws} from "../../src/verifier/sumcheck/Opening.sol";
import {Test} from "../support/Test.sol";
import {Reference} from "./support/Reference.sol";
import {ReferenceEvaluation, Values} from "./support/ReferenceEvaluation.sol";

contract EvaluationTest is Test {
    using Reference for uint256;

    function ofInputs(uint256 chi, uint256 k, uint256[] memory v) private pure returns (AtChi memory) {
        uint256 first;
        assembly ("memory-safe") {
            first := add(v, 0x20)
        }
        return Evaluation.ofInputs(chi, k, first, v.length);
    }

    function drawn(uint256 seed) private pure returns (Draws memory draws) {
        uint256[] memory list = Reference.elements(seed, 8);
        draws = Draws(list[0], list[1], list[2], list[3], list[4], list[5], list[6], list[7]);
    }

    function valuesOf(uint256 seed) private pure returns (Values memory values) {
        uint256[] memory list = Reference.elements(seed, 15);
        for (uint256 i = 0; i < 8; ++i) {
            values.table[i] = list[i];
        }
        (values.a, values.b, values.c) = (list[8], list[9], list[10]);
        (values.product, values.productNext) = (list[11], list[12]);
        (values.firstNext, values.secondNext) = (list[13], list[14]);
    }

    function test_Roots() public pure {
        for (uint256 k = 1; k <= 28; ++k) {
            uint256[] memory v = new uint256[](1);
            uint256 w = ofInputs(7, k, v).root;
            vm.assertEq(w, ReferenceEvaluation.root(k), "w_n");
            vm.assertEq(Reference.power(w, 2 ** (k - 1)), R - 1, "of order 2^k");
        }
    }

    /// The cosets K_i H are distinct for all n: no quotient of two K_i is a 2^28-th root of unity.
    function test_Cosets() public pure {
        vm.assertTrue(Reference.power(2, 2 ** 28) != 1, "2/1");
        vm.assertTrue(Reference.power(3, 2 ** 28) != 1, "3/1");
        uint256 half = Reference.inverse(2);
        vm.assertTrue(Reference.power(half.multiply(3), 2 ** 28) != 1, "3/2");
    }

    function testFuzz_OfInputs_IsThePublicPart(uint256 seed, uint256 count, uint256 k) public pure {
        count = bound(count, 0, 13);
        k = bound(k, 4, 28);
        uint256[] memory v = Reference.elements(seed, count);
        // The largest elements reach the bounds of the lazy sums.
        if (seed % 3 == 0) {
            for (uint256 i = 0; i < count; ++i) {
                v[i] = R - 1;
            }
        }
        uint256 chi = uint256(keccak256(abi.encode(seed))) % R;
        AtChi memory found = ofInputs(chi, k, v);
        uint256 n = 2 ** k;
        uint256 vanishing = Reference.power(chi, n).subtract(1);
        vm.assertEq(found.vanishing % R, vanishing, "chi^n - 1");
        vm.assertEq(found.share.multiply(n), 1, "1/n");
        uint256 sum = (found.numerator % R).multiply(found.denominator.inverse());
        uint256 part = R - sum.multiply(vanishing).multiply(found.share);
        vm.assertEq(part % R, ReferenceEvaluation.publicPart(chi, k, v), "PI(chi)");
    }

    /// L_i is 1 at gate i and 0 at all others: near a gate the fraction's denominator is 0, and so is nothing else.
    function test_OfInputs_HasPolesAtItsGatesOnly() public pure {
        uint256[] memory v = new uint256[](5);
        for (uint256 i = 0; i < 32; ++i) {
            uint256 chi = Reference.power(ReferenceEvaluation.root(5), i);
            AtChi memory found = ofInputs(chi, 5, v);
            vm.assertEq(found.vanishing % R, 0, "chi^n = 1");
            vm.assertTrue((found.denominator == 0) == (i < 5), "a pole");
        }
    }

    function testFuzz_Factors(uint256 seed, uint256 k) public pure {
        k = bound(k, 1, 28);
        Draws memory draws = drawn(seed);
        uint256[] memory v = Reference.elements(seed, 2);
        AtChi memory atChi = ofInputs(draws.chi, k, v);
        uint256[] memory found = new uint256[](Evaluation.FACTORS);
        write(draws, atChi, found);
        uint256 next = draws.chi.multiply(ReferenceEvaluation.root(k));
        uint256 cube = Reference.power(draws.xi, 3);
        vm.assertEq(found[0], atChi.denominator, "of the public part");
        vm.assertEq(found[1] % R, Reference.power(draws.chi, 2 ** k).subtract(1), "chi^n - 1");
        vm.assertEq(found[2] % R, draws.chi.subtract(1), "chi - 1");
        vm.assertEq(found[3] % R, Reference.power(draws.xi, 8).subtract(draws.chi), "xi^8 - chi");
        vm.assertEq(found[4] % R, Reference.power(draws.xi, 4).subtract(draws.chi), "xi^4 - chi");
        uint256 product = cube.subtract(draws.chi).multiply(cube.subtract(next));
        vm.assertEq(found[5] % R, product.multiply(draws.chi.subtract(next)), "of the third");
    }

    function write(Draws memory draws, AtChi memory atChi, uint256[] memory list) private pure {
        uint256 place;
        assembly ("memory-safe") {
            place := add(list, 0x20)
        }
        Evaluation.factors(draws, atChi, place);
    }

    function testFuzz_Coefficients(uint256 seed, uint256 k, bool largest) public view {
        k = bound(k, 3, 28);
        Draws memory draws = drawn(seed);
        Values memory values = valuesOf(~seed);
        uint256[] memory v = Reference.elements(seed ^ 1, 8);
        if (largest) {
            (values.a, values.b, values.c) = (R - 1, R - 1, R - 1);
            (draws.kappa, draws.lambda) = (R - 1, R - 2);
            (values.product, values.productNext) = (R - 1, R - 1);
        }
        AtChi memory atChi = ofInputs(draws.chi, k, v);
        uint256[] memory inverses = new uint256[](Evaluation.FACTORS);
        write(draws, atChi, inverses);
        uint256[4] memory found = coefficients(draws, atChi, values, inverses);
        uint256[4] memory expected = ReferenceEvaluation.terms(draws, k, v, values);
        for (uint256 i = 0; i < 4; ++i) {
            vm.assertEq(found[i] % R, expected[i], "coefficient");
        }
    }

    function coefficients(
        Draws memory draws,
        AtChi memory atChi,
        Values memory values,
        uint256[] memory inverses
    ) private view returns (uint256[4] memory list) {
        bytes memory words = abi.encode(values);
        uint256 place;
        uint256 inverse;
        assembly ("memory-safe") {
            place := add(words, 0x20)
            inverse := add(inverses, 0x20)
        }
        vm.assertTrue(Field.invertAll(inverse, inverses.length), "general position");
        (list[0], list[1], list[2], list[3]) = Evaluation.coefficients(draws, atChi, place, inverse);
    }
}
