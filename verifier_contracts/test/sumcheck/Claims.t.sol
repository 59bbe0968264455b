// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Claims} from "../../src/verifier/sumcheck/Claims.sol";
import {R} from "../../src/verifier/sumcheck/Field.sol";
import {ProofShape} from "../../src/verifier/sumcheck/ProofShape.sol";
import {Test} from "../support/Test.sol";
import {Reference} from "./support/Reference.sol";

contract ClaimsTest is Test {
    function run(uint256 weight, uint256 delta, uint256 start, bytes calldata u, uint256 s2)
        external
        pure
        returns (uint256)
    {
        uint256 offset;
        assembly ("memory-safe") {
            offset := u.offset
        }
        return Claims.firstClaim(weight, u.length / 32, delta, start, offset, s2);
    }

    function testFuzz_FirstClaim_IsTheSpecified(uint256 seed, uint256 degree) public view {
        degree = bound(degree, 1, 9);
        uint256[] memory u = Reference.elements(seed, degree);
        uint256[] memory rest = Reference.elements(~seed, 4);
        (uint256 weight, uint256 delta, uint256 start, uint256 s2) = (rest[0], rest[1], rest[2], rest[3]);
        uint256 expected = Reference.multiply(delta, start);
        uint256 product = weight;
        for (uint256 j = 0; j < degree; ++j) {
            expected = Reference.add(expected, Reference.multiply(Reference.power(delta, 2 + j), u[j]));
            product = Reference.multiply(product, u[j]);
        }
        uint256 last = Reference.multiply(Reference.power(delta, degree + 2), Reference.subtract(s2, product));
        vm.assertEq(
            this.run(weight, delta, start, abi.encodePacked(u), s2), Reference.add(expected, last), "claim"
        );
    }

    function test_FirstClaim_RefusesEachNonCanonicalScalar() public {
        uint256[] memory u = new uint256[](4);
        for (uint256 i = 0; i < 4; ++i) {
            u[i] = R;
            vm.expectRevert(ProofShape.NonCanonicalScalar.selector);
            this.run(1, 2, 3, abi.encodePacked(u), 4);
            u[i] = R - 1;
        }
        this.run(1, 2, 3, abi.encodePacked(u), 4);
    }
}
