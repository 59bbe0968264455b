// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Circuit} from "../../src/verifier/sumcheck/CircuitHeader.sol";
import {Claims, Combination} from "../../src/verifier/sumcheck/Claims.sol";
import {HALF, R} from "../../src/verifier/sumcheck/Field.sol";
import {Masks} from "../../src/verifier/sumcheck/Masks.sol";
import {Points} from "../../src/verifier/sumcheck/Points.sol";
import {ProofShape} from "../../src/verifier/sumcheck/ProofShape.sol";
import {Test} from "../support/Test.sol";
import {Reference} from "./support/Reference.sol";

contract ClaimsTest is Test {
    struct Term {
        uint256 statement;
        uint256 variables;
        bool negative;
        uint256 magnitude;
        uint256[] factors;
    }

    /// A random list of terms, with what the specification makes of it.
    struct Case {
        uint256 n1;
        uint256 degree;
        uint256 functionals;
        uint256 statements;
        Term[] terms;
        uint256[] sigma;
        Points points;
    }

    function caseOf(uint256 seed) private pure returns (Case memory given) {
        given.n1 = 1 + seed % 40;
        given.degree = 2 + (seed / 64) % 4;
        // More than 64, so that their indices take two bytes.
        given.functionals = 100;
        given.statements = 70;
        given.terms = new Term[]((seed / 2 ** 16) % 12);
        uint256 n2 = 1;
        while (2 ** n2 < given.terms.length + 2) ++n2;
        given.sigma = Reference.elements(seed, n2);
        uint256[] memory rest = Reference.elements(~seed, 3 + given.n1 + 14);
        given.points.alpha = rest[0];
        given.points.delta = rest[1];
        given.points.rho = Reference.elements(seed ^ 1, given.n1);
        given.points.z = Reference.elements(seed ^ 2, 12);
        for (uint256 t = 0; t < given.terms.length; ++t) {
            uint256 random = uint256(keccak256(abi.encode(seed, "term", t)));
            Term memory term = given.terms[t];
            term.statement = (random & 0xff) % given.statements;
            term.variables = ((random >> 8) & 0xff) % (given.n1 + 1);
            term.magnitude = (random >> 128) >> (8 * ((random >> 16) % 16));
            term.negative = (random >> 24) % 2 == 1 && term.magnitude != 0;
            term.factors = new uint256[](1 + (random >> 32) % given.degree);
            uint256 indices = given.functionals;
            // Half of them as compilers write them: small numbers, two factors.
            if ((random >> 40) % 2 == 1) {
                term.statement %= 64;
                term.magnitude = 1 + term.magnitude % 255;
                term.factors = new uint256[](2);
                indices = 64;
            }
            for (uint256 j = 0; j < term.factors.length; ++j) {
                term.factors[j] = uint256(keccak256(abi.encode(random, j))) % indices;
            }
        }
    }

    /// The terms section, and one byte after it.
    function encode(Case memory given) private pure returns (bytes memory data) {
        for (uint256 t = 0; t < given.terms.length; ++t) {
            Term memory term = given.terms[t];
            data = bytes.concat(
                data, encodedVar(term.statement), bytes1(bytes32(term.variables << 248)), encodedInt(term)
            );
            data = bytes.concat(data, bytes1(bytes32(term.factors.length << 248)));
            for (uint256 j = 0; j < term.factors.length; ++j) {
                data = bytes.concat(data, encodedVar(term.factors[j]));
            }
        }
        data = bytes.concat(data, hex"ff");
    }

    /// Below 2^14.
    function encodedVar(uint256 value) private pure returns (bytes memory) {
        if (value < 64) return bytes.concat(bytes1(bytes32(value << 248)));
        return bytes.concat(bytes2(bytes32((value | 0x4000) << 240)));
    }

    function encodedInt(Term memory term) private pure returns (bytes memory data) {
        uint256 length = 0;
        while (term.magnitude >> (8 * length) != 0) ++length;
        data = bytes.concat(bytes1(bytes32((length | (term.negative ? 0x80 : 0)) << 248)));
        for (uint256 i = length; i > 0; --i) {
            data = bytes.concat(data, bytes1(bytes32((term.magnitude >> (8 * (i - 1))) << 248)));
        }
    }

    function circuitOf(Case memory given) private pure returns (Circuit memory circuit, uint256 end) {
        bytes memory data = encode(given);
        uint256 start;
        assembly ("memory-safe") {
            start := add(data, 0x20)
        }
        circuit.cursor = start;
        circuit.c = given.points.z.length;
        circuit.n1 = given.n1;
        circuit.degree = given.degree;
        circuit.functionals = given.functionals;
        circuit.statements = given.statements;
        circuit.terms = given.terms.length;
        end = start + data.length - 1;
    }

    function testFuzz_Combine_IsTheSpecified(uint256 seed) public pure {
        Case memory given = caseOf(seed);
        (Circuit memory circuit, uint256 end) = circuitOf(given);
        Combination memory found =
            Claims.combine(circuit, given.sigma, given.points.alpha, given.points.delta);
        vm.assertEq(found.tables, end, "cursor");
        vm.assertEq(found.linear, Reference.eq(given.sigma, given.terms.length), "entry K");
        vm.assertEq(found.pad, Reference.eq(given.sigma, given.terms.length + 1), "pad");

        uint256[] memory functionals = new uint256[](given.functionals);
        uint256 weight = found.linear;
        uint256 constant_ = 0;
        for (uint256 j = 1; j < given.degree; ++j) {
            constant_ =
                Reference.add(constant_, Reference.multiply(power(given.points.delta, 2 + j), found.linear));
        }
        for (uint256 t = 0; t < given.terms.length; ++t) {
            Term memory term = given.terms[t];
            uint256 eq = Reference.eq(given.sigma, t);
            uint256 w = Reference.multiply(power(given.points.alpha, term.statement), term.magnitude);
            w = Reference.multiply(w, power(HALF, given.n1 - term.variables));
            if (term.negative) w = Reference.subtract(0, w);
            weight = Reference.add(weight, Reference.multiply(w, eq));
            for (uint256 j = 0; j < given.degree; ++j) {
                uint256 value = Reference.multiply(power(given.points.delta, 2 + j), eq);
                if (j < term.factors.length) {
                    functionals[term.factors[j]] = Reference.add(functionals[term.factors[j]], value);
                } else {
                    constant_ = Reference.add(constant_, value);
                }
            }
        }
        vm.assertEq(found.weight, weight, "weight");
        vm.assertEq(found.constantPart, constant_, "constant");
        vm.assertEq(
            keccak256(abi.encode(found.functionals)), keccak256(abi.encode(functionals)), "functionals"
        );
    }

    function power(uint256 base, uint256 exponent) private pure returns (uint256) {
        return Reference.power(base, exponent);
    }

    /// Weights of the cells of M one by one.
    function testFuzz_MaskWeight_IsTheSpecified(uint256 seed) public pure {
        Case memory given = caseOf(seed);
        (Circuit memory circuit,) = circuitOf(given);
        uint256 delta = given.points.delta;
        Combination memory combination = Claims.combine(circuit, given.sigma, given.points.alpha, delta);
        uint256 found = Masks.weigh(circuit, given.points, given.sigma, combination);

        uint256 d1 = given.degree;
        uint256[] memory z = given.points.z;
        uint256 entryK = Reference.multiply(power(delta, 2), combination.linear);
        uint256 cell = 0;
        uint256 expected = 0;
        for (uint256 i = 0; i < given.n1; ++i) {
            for (uint256 k = 1; k <= d1; ++k) {
                uint256 value = Reference.subtract(power(given.points.rho[i], k), HALF);
                expected = plus(expected, Reference.multiply(entryK, value), z, cell++);
            }
        }
        expected = plus(
            expected, Reference.add(delta, Reference.multiply(entryK, power(HALF, given.n1))), z, cell++
        );
        for (uint256 i = 0; i < given.sigma.length; ++i) {
            for (uint256 k = 1; k <= d1 + 1; ++k) {
                uint256 value = Reference.subtract(power(given.sigma[i], k), HALF);
                expected = plus(expected, Reference.multiply(power(delta, d1 + 2), value), z, cell++);
            }
        }
        for (uint256 j = 0; j < d1; ++j) {
            expected = plus(expected, Reference.multiply(power(delta, 2 + j), combination.pad), z, cell++);
        }
        for (uint256 a = 0; a < z.length; ++a) {
            expected = Reference.add(expected, Reference.multiply(z[a], 2 ** (z.length - 1 - a)));
        }
        vm.assertEq(found, expected, "weight of M");
    }

    /// sum + value * eq(z, cell)
    function plus(uint256 sum, uint256 value, uint256[] memory z, uint256 cell)
        private
        pure
        returns (uint256)
    {
        return Reference.add(sum, Reference.multiply(value, Reference.eq(z, cell)));
    }

    function firstClaim(uint256 seed, uint256[] calldata u) external pure returns (uint256) {
        Case memory given = caseOf(seed);
        (Circuit memory circuit,) = circuitOf(given);
        uint256 weight = Claims.combine(circuit, given.sigma, given.points.alpha, given.points.delta).weight;
        uint256 offset;
        assembly ("memory-safe") {
            offset := u.offset
        }
        return Claims.firstClaim(weight, given.degree, given.points.delta, 5, offset, 7);
    }

    function testFuzz_FirstClaim_IsTheSpecified(uint256 seed) public view {
        Case memory given = caseOf(seed);
        (Circuit memory circuit,) = circuitOf(given);
        uint256 delta = given.points.delta;
        uint256[] memory u = Reference.elements(seed ^ 3, given.degree);
        uint256 product = Claims.combine(circuit, given.sigma, given.points.alpha, delta).weight;
        uint256 expected = Reference.multiply(5, delta);
        for (uint256 j = 0; j < u.length; ++j) {
            product = Reference.multiply(product, u[j]);
            expected = Reference.add(expected, Reference.multiply(power(delta, 2 + j), u[j]));
        }
        uint256 ofG2 = Reference.multiply(power(delta, given.degree + 2), Reference.subtract(7, product));
        vm.assertEq(this.firstClaim(seed, u), Reference.add(expected, ofG2), "claim");
    }

    function test_FirstClaim_RefusesEachNonCanonicalScalar() public {
        // D = 5
        uint256 seed = 3 * 64;
        uint256[] memory u = new uint256[](5);
        for (uint256 j = 0; j < 5; ++j) {
            u[j] = R;
            vm.expectRevert(ProofShape.NonCanonicalScalar.selector);
            this.firstClaim(seed, u);
            u[j] = R - 1;
        }
        this.firstClaim(seed, u);
    }
}
