// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Shape, Shapes} from "../../src/verifier/sumcheck/Shape.sol";
import {Test} from "../support/Test.sol";

contract ShapeTest is Test {
    function read(bytes memory data) private pure returns (Shape memory) {
        uint256 start;
        assembly ("memory-safe") {
            start := add(data, 0x20)
        }
        return Shapes.read(start);
    }

    function shapeOf(uint32[7] memory rows, uint32 publics, uint16 terms)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodePacked(
            abi.encodePacked("ZKCI", uint16(2), uint8(14), uint8(21), uint8(13), uint8(3)),
            abi.encodePacked(rows[0], rows[1], rows[2], rows[3], rows[4], rows[5], rows[6], publics, terms),
            abi.encodePacked(uint16(61), uint16(62), uint16(63), uint16(64), uint16(65_535)),
            uint8(12),
            bytes9(0)
        );
    }

    function test_Read_TakesEveryFieldFromItsPlace() public pure {
        bytes memory data = shapeOf([uint32(1), 2, 0, 4, 5, 2, 0xfffffffe], 10, 60);
        vm.assertEq(data.length, Shapes.LENGTH, "length");
        Shape memory shape = read(bytes.concat(data, hex"ffff"));
        vm.assertEq(shape.c, 14, "c");
        vm.assertEq(shape.rLength, 21, "r");
        vm.assertEq(shape.n1, 13, "n1");
        vm.assertEq(shape.n2, 6, "n2");
        vm.assertEq(shape.degree, 3, "D");
        vm.assertEq(shape.modelRows, 1, "rows of the model");
        vm.assertEq(shape.dataRows, 2, "rows of data");
        vm.assertEq(shape.early, 13, "rows of regions 1 to 5");
        vm.assertEq(shape.helpers, 0xfffffffe, "rows of region 6");
        vm.assertEq(shape.publics, 10, "public integers");
        vm.assertEq(shape.logGates, 12, "k");
    }

    /// Every row and every field counts once.
    function testFuzz_Inputs(uint32[7] memory rows, uint32 publics, uint16 terms) public pure {
        Shape memory shape = read(shapeOf(rows, publics, terms));
        uint256 advice = 2;
        for (uint256 i = 0; i < 7; ++i) {
            advice += rows[i];
        }
        advice -= 1;
        vm.assertEq(Shapes.advice(shape), advice, "the advice");
        uint256 n2 = 0;
        while (2 ** n2 < uint256(terms) + 2) ++n2;
        vm.assertEq(shape.n2, n2, "n2 = ceil(log2(K + 2))");
        vm.assertEq(Shapes.inputs(shape), 4 + 21 + 13 + n2 + 14 + publics + advice, "l");
    }
}
