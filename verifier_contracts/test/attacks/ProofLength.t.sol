// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SumcheckFixture, Verdict} from "../support/SumcheckFixture.sol";
import {Proved} from "../support/SumcheckProofs.sol";

/// @notice The length of a proof is the circuit's: no message is shorter, longer, absent, or followed by anything.
contract ProofLengthTest is SumcheckFixture {
    function test_TheFixtureHasThisLength() public view {
        vm.assertEq(given.first().proof.length, LENGTH, "the circuit's length");
        checkTrue(given.first());
    }

    function test_Empty() public view {
        refused("");
    }

    function test_TrailingBytes() public view {
        bytes memory proof = given.first().proof;
        refused(bytes.concat(proof, hex"00"));
        refused(bytes.concat(proof, bytes32(0)));
        refused(bytes.concat(proof, slice(proof, LENGTH - 64, LENGTH)));
        refused(bytes.concat(proof, proof));
    }

    function test_LeadingBytes() public view {
        bytes memory proof = given.first().proof;
        refused(bytes.concat(hex"00", proof));
        refused(bytes.concat(bytes32(0), proof));
    }

    function test_Short() public view {
        bytes memory proof = given.first().proof;
        for (uint256 cut = 1; cut <= 64; ++cut) {
            refused(slice(proof, 0, LENGTH - cut));
            refused(slice(proof, cut, LENGTH));
        }
        refused(slice(proof, 0, 1));
        refused(slice(proof, 0, LENGTH / 2));
    }

    function test_EveryMessageRemoved() public view {
        bytes memory proof = given.first().proof;
        for (uint256 i = 0; i < SCALARS + VALUES; ++i) {
            refused(bytes.concat(slice(proof, 0, scalarAt(i)), slice(proof, scalarAt(i) + 32, LENGTH)));
        }
        for (uint256 i = 0; i < ROWS + POINTS + QUOTIENTS; ++i) {
            refused(bytes.concat(slice(proof, 0, pointAt(i)), slice(proof, pointAt(i) + 64, LENGTH)));
        }
    }

    function refused(bytes memory changed) private view {
        check(verdict(given.first().statement, changed), Verdict.Refused, "another length");
    }
}
