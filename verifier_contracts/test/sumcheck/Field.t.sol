// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Field, Q, R} from "../../src/verifier/sumcheck/Field.sol";
import {Test} from "../support/Test.sol";

contract FieldTest is Test {
    function inverse(uint256 x) external view returns (uint256) {
        return Field.inverse(x);
    }

    /// The decimal numbers of EIP-196.
    function test_Constants() public pure {
        vm.assertEq(
            R,
            21_888_242_871_839_275_222_246_405_745_257_275_088_548_364_400_416_034_343_698_204_186_575_808_495_617,
            "scalar field"
        );
        vm.assertEq(
            Q,
            21_888_242_871_839_275_222_246_405_745_257_275_088_696_311_157_297_823_662_689_037_894_645_226_208_583,
            "base field"
        );
        vm.assertTrue(R <= type(uint256).max / 5, "five elements fit");
    }

    function test_Inverse_OfZeroIsZero() public view {
        vm.assertEq(Field.inverse(0), 0, "zero");
        vm.assertEq(Field.inverse(R), 0, "r");
    }

    function testFuzz_Inverse_MultipliesToOne(uint256 x) public view {
        vm.assume(x % R != 0);
        uint256 result = Field.inverse(x);
        vm.assertEq(mulmod(result, x, R), 1, "product");
        vm.assertTrue(result < R, "canonical");
    }

    function test_Inverse_NamesAFailingPrecompile() public {
        vm.expectRevert(Field.ExponentiationFailed.selector);
        // Enough to reach the precompile, and less than the 1,360 that it takes.
        this.inverse{gas: 1500}(3);
    }

    function invertAll(uint256[] memory values) private view returns (bool) {
        uint256 first;
        assembly ("memory-safe") {
            first := add(values, 0x20)
        }
        return Field.invertAll(first, values.length);
    }

    function testFuzz_InvertAll_IsInverseOfEach(uint256[] memory values) public view {
        uint256[] memory expected = new uint256[](values.length);
        bool zero = false;
        for (uint256 i = 0; i < values.length; ++i) {
            if (values[i] % R == 0) zero = true;
            expected[i] = Field.inverse(values[i]);
        }
        vm.assertTrue(invertAll(values) != zero, "whether all have one");
        for (uint256 i = 0; i < values.length; ++i) {
            vm.assertEq(values[i], zero ? 0 : expected[i], "inverse");
        }
    }

    function test_InvertAll_ZeroMakesAllZero() public view {
        uint256[] memory values = new uint256[](3);
        values[0] = 2;
        values[2] = 3;
        vm.assertTrue(!invertAll(values), "not all have one");
        vm.assertEq(values[0] | values[1] | values[2], 0, "all zero");
    }

    function test_HalfPower() public pure {
        vm.assertEq(Field.halfPower(0), 1, "2^0");
        for (uint256 k = 0; k <= 28; ++k) {
            vm.assertEq(mulmod(Field.halfPower(k), 2 ** k, R), 1, "2^-k 2^k");
        }
    }
}
