// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Claims} from "../../src/verifier/sumcheck/Claims.sol";
import {Curve} from "../../src/verifier/sumcheck/Curve.sol";
import {AtChi, Evaluation} from "../../src/verifier/sumcheck/Evaluation.sol";
import {Draws, Opening} from "../../src/verifier/sumcheck/Opening.sol";
import {Rounds} from "../../src/verifier/sumcheck/Rounds.sol";
import {Transcript} from "../../src/verifier/sumcheck/Transcript.sol";
import {Test} from "../support/Test.sol";
import {Reference} from "./support/Reference.sol";

/// @notice Gas of each library, for the sizes of a LeNet-5 with rows of 2^18 cells, kept in snapshots/Libraries.json and compared
/// by every test run: where a change of a verification's gas comes from.
contract LibraryGasTest is Test {
    string private constant GROUP = "Libraries";
    uint256 private constant C = 18;
    uint256 private constant INPUTS = 83;
    uint256 private constant LOG_GATES = 12;

    function place(uint256[] memory list) private pure returns (uint256 start) {
        assembly ("memory-safe") {
            start := add(list, 0x20)
        }
    }

    function rounds(uint256 degree, bytes calldata messages)
        external
        view
        returns (uint256 gas, uint256 value)
    {
        uint256[] memory point = new uint256[](C);
        uint256 tip = Transcript.start("circuit", "key", "statement", messages);
        uint256 slot = place(point);
        gas = gasleft();
        (, value) = Rounds.reduce(tip, C, degree, 1, slot);
        gas -= gasleft();
    }

    function test_Rounds() public {
        (uint256 gas,) = this.rounds(2, abi.encodePacked(Reference.elements(1, 2 * C)));
        vm.snapshotValue(GROUP, "Rounds, 18 of degree 2", gas);
        (gas,) = this.rounds(3, abi.encodePacked(Reference.elements(1, 3 * C)));
        vm.snapshotValue(GROUP, "Rounds, 18 of degree 3", gas);
    }

    function draws(uint256 count, bytes calldata message) external view returns (uint256 gas) {
        uint256[] memory drawn = new uint256[](count);
        uint256 tip = Transcript.start("circuit", "key", "statement", message);
        uint256 slot = place(drawn);
        gas = gasleft();
        tip = Transcript.absorb(tip, message.length);
        Transcript.drawAll(tip, count, slot);
        gas -= gasleft();
    }

    function test_Transcript() public {
        uint256 gas = this.draws(20, abi.encodePacked(Reference.elements(2, 16)));
        vm.snapshotValue(GROUP, "Transcript, 8 points and 20 challenges", gas);
    }

    function claim(uint256 u) external view returns (uint256 gas, uint256 value) {
        uint256 offset;
        assembly ("memory-safe") {
            offset := add(calldatasize(), sub(0, 0x20))
        }
        gas = gasleft();
        value = Claims.firstClaim(u, 1, 2, 3, offset, 4);
        gas -= gasleft();
    }

    function test_Claims() public {
        (uint256 gas,) = this.claim(5);
        vm.snapshotValue(GROUP, "Claims, one value", gas);
    }

    function test_Evaluation() public {
        uint256 first = place(Reference.elements(3, INPUTS));
        uint256 gas = gasleft();
        AtChi memory atChi = Evaluation.ofInputs(7, LOG_GATES, first, INPUTS);
        gas -= gasleft();
        vm.assertTrue(atChi.denominator != 0, "a pole");
        vm.snapshotValue(GROUP, "Evaluation, 83 public inputs", gas);
    }

    function test_Opening() public {
        uint256[] memory list = Reference.elements(4, 8);
        Draws memory drawn = Draws(list[0], list[1], list[2], list[3], list[4], list[5], list[6], list[7]);
        uint256 values = place(Reference.elements(5, 22));
        uint256 z = place(Reference.elements(6, C));
        AtChi memory atChi =
            Evaluation.ofInputs(drawn.chi, LOG_GATES, place(Reference.elements(3, INPUTS)), INPUTS);
        uint256 gas = gasleft();
        (bool holds,) = Opening.evaluate(drawn, atChi, values, z, C, 8);
        gas -= gasleft();
        vm.assertTrue(!holds, "random values");
        vm.snapshotValue(GROUP, "Opening, with the argument's coefficients", gas);
    }

    function test_Curve() public {
        uint256[] memory points = new uint256[](18);
        for (uint256 i = 0; i < 9; ++i) {
            (points[2 * i], points[2 * i + 1]) = (1, 2);
        }
        uint256 start = place(points);
        uint256 scalars = place(Reference.elements(9, 9));
        uint256 sum = Curve.zero();
        uint256 gas = gasleft();
        Curve.addProductsFromMemory(sum, start, 9, scalars);
        gas -= gasleft();
        (uint256 x,) = Curve.coordinates(sum);
        vm.assertTrue(x != 0, "infinity");
        vm.snapshotValue(GROUP, "Curve, nine products", gas);
    }
}
