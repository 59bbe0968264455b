// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    Curve,
    NEGATED_H_X0,
    NEGATED_H_X1,
    NEGATED_H_Y0,
    NEGATED_H_Y1,
    PointG2
} from "../../src/verifier/sumcheck/Curve.sol";
import {Q, R} from "../../src/verifier/sumcheck/Field.sol";
import {Test} from "../support/Test.sol";

contract CurveTest is Test {
    /// The generator of G2 (EIP-197).
    uint256 private constant H_X1 =
        11_559_732_032_986_387_107_991_004_021_392_285_783_925_812_861_821_192_530_917_403_151_452_391_805_634;
    uint256 private constant H_X0 =
        10_857_046_999_023_057_135_944_570_762_232_829_481_370_756_359_578_518_086_990_519_993_285_655_852_781;
    uint256 private constant H_Y1 =
        4_082_367_875_863_433_681_332_203_403_145_435_568_316_851_327_593_401_208_105_741_076_214_120_093_531;
    uint256 private constant H_Y0 =
        8_495_653_923_123_431_417_604_973_247_489_272_438_418_190_587_263_600_148_770_280_649_306_958_101_930;

    /// The first point, then scalars[i] times the others.
    function sumOf(uint256[] calldata points, uint256[] memory scalars)
        external
        view
        returns (uint256, uint256)
    {
        uint256 offset;
        uint256 place;
        assembly ("memory-safe") {
            offset := points.offset
            place := add(scalars, 0x20)
        }
        uint256 sum = Curve.sumOf(offset);
        Curve.addProducts(sum, offset + 64, points.length / 2 - 1, place);
        return Curve.coordinates(sum);
    }

    function fromMemory(uint256[] memory points, uint256[] memory scalars)
        external
        view
        returns (uint256, uint256)
    {
        uint256 start;
        uint256 place;
        assembly ("memory-safe") {
            start := add(points, 0x20)
            place := add(scalars, 0x20)
        }
        uint256 sum = Curve.zero();
        Curve.addProductsFromMemory(sum, start, points.length / 2, place);
        return Curve.coordinates(sum);
    }

    function generatorTimes(uint256 scalar) public view returns (uint256, uint256) {
        uint256 sum = Curve.zero();
        Curve.addGenerator(sum, scalar);
        return Curve.coordinates(sum);
    }

    /// exponents[i] * G for each.
    function points_(uint256[] memory exponents) private view returns (uint256[] memory list) {
        list = new uint256[](2 * exponents.length);
        for (uint256 i = 0; i < exponents.length; ++i) {
            (list[2 * i], list[2 * i + 1]) = generatorTimes(exponents[i]);
        }
    }

    /// e_0 + s_1 e_1 + s_2 e_2, times G.
    function testFuzz_Sums_OfMultiplesOfTheGenerator(uint256[3] memory exponents, uint256[2] memory s)
        public
        view
    {
        uint256[] memory list = new uint256[](3);
        for (uint256 i = 0; i < 3; ++i) {
            list[i] = 1 + exponents[i] % (R - 1);
        }
        uint256[] memory scalars = new uint256[](2);
        (scalars[0], scalars[1]) = (s[0], s[1]);
        uint256 total = addmod(mulmod(s[0], list[1], R), mulmod(s[1], list[2], R), R);
        (uint256 x, uint256 y) = this.sumOf(points_(list), scalars);
        (uint256 expectedX, uint256 expectedY) = generatorTimes(addmod(total, list[0], R));
        vm.assertEq(x, expectedX, "x");
        vm.assertEq(y, expectedY, "y");

        uint256[] memory others = new uint256[](2);
        (others[0], others[1]) = (list[1], list[2]);
        (x, y) = this.fromMemory(points_(others), scalars);
        (expectedX, expectedY) = generatorTimes(total);
        vm.assertEq(x, expectedX, "x from memory");
        vm.assertEq(y, expectedY, "y from memory");
    }

    function test_Sums_RefuseInvalidPointsWhereverTheyStand() public {
        uint256[] memory scalars = new uint256[](2);
        uint256[] memory good = new uint256[](3);
        (good[0], good[1], good[2]) = (1, 2, 3);
        for (uint256 i = 0; i < 3; ++i) {
            uint256[] memory list = points_(good);
            list[2 * i + 1] += 1;
            vm.expectRevert(Curve.InvalidPoint.selector);
            this.sumOf(list, scalars);
            list = points_(good);
            // The same point, another encoding.
            list[2 * i] += Q;
            vm.expectRevert(Curve.InvalidPoint.selector);
            this.sumOf(list, scalars);
            list[2 * i] = 0;
            list[2 * i + 1] = 0;
            vm.expectRevert(Curve.PointAtInfinity.selector);
            this.sumOf(list, scalars);
        }
        this.sumOf(points_(good), scalars);
        uint256[] memory off = points_(good);
        off[5] += 1;
        vm.expectRevert(Curve.InvalidPoint.selector);
        this.fromMemory(off, new uint256[](3));
    }

    function pairing(uint256 a, uint256 b, PointG2 memory point) external view returns (bool) {
        uint256 sum = Curve.zero();
        Curve.addGenerator(sum, a);
        (uint256 x, uint256 y) = generatorTimes(b);
        return Curve.pairingHolds(sum, x, y, point);
    }

    function test_Pairing_ComparesExponents() public view {
        PointG2 memory h = PointG2(H_X1, H_X0, H_Y1, H_Y0);
        vm.assertTrue(this.pairing(5, 5, h), "equal");
        vm.assertTrue(this.pairing(0, R, h), "both infinity");
        vm.assertTrue(!this.pairing(5, 6, h), "other");
        PointG2 memory negated = PointG2(NEGATED_H_X1, NEGATED_H_X0, NEGATED_H_Y1, NEGATED_H_Y0);
        vm.assertTrue(this.pairing(5, R - 5, negated), "negated");
        vm.assertTrue(!this.pairing(5, 5, negated), "not negated");
    }

    function test_Pairing_NamesInvalidPoints() public {
        vm.expectRevert(Curve.PairingFailed.selector);
        this.pairing(1, 1, PointG2(H_X1, H_X0, H_Y1, H_Y0 + 1));
        vm.expectRevert(Curve.PairingFailed.selector);
        this.pairing(1, 1, PointG2(H_X1, H_X0 + Q, H_Y1, H_Y0));
    }

    function test_FailingPrecompilesAreNamed() public {
        vm.expectRevert(Curve.InsufficientGas.selector);
        this.generatorTimes{gas: 6700}(3);
        this.generatorTimes{gas: 7200}(3);
        vm.expectRevert(Curve.PairingFailed.selector);
        this.pairing{gas: 60_000}(1, 1, PointG2(H_X1, H_X0, H_Y1, H_Y0));
    }
}
