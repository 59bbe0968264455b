// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Q} from "../../src/verifier/sumcheck/Field.sol";
import {SumcheckFixture, Verdict} from "../support/SumcheckFixture.sol";
import {Proved} from "../support/SumcheckProofs.sol";

/// @notice Each point has one encoding, lies on the curve, and is never infinity: (0, 0) is infinity to the
/// precompiles, and fits every equation that its neighbours do not refuse.
contract NonCanonicalPointTest is SumcheckFixture {
    uint256 private constant ALL = ROWS + POINTS + QUOTIENTS;

    function test_EveryCoordinatePlusQ() public view {
        Proved memory proved = given.first();
        for (uint256 i = 0; i < 2 * ALL; ++i) {
            uint256 offset = pointAt(i / 2) + 32 * (i % 2);
            bytes memory changed = with(proved.proof, offset, wordAt(proved.proof, offset) + Q);
            refused(proved, changed);
        }
    }

    function test_EveryPointAtInfinity() public view {
        everywhere(0, 0);
    }

    function test_EveryPointInfinityModuloQ() public view {
        everywhere(Q, Q);
        everywhere(0, Q);
    }

    function test_EveryPointOffTheCurve() public view {
        everywhere(1, 1);
        everywhere(0, 1);
        everywhere(type(uint256).max, type(uint256).max);
        Proved memory proved = given.first();
        for (uint256 i = 0; i < ALL; ++i) {
            uint256 offset = pointAt(i);
            (uint256 x, uint256 y) = (wordAt(proved.proof, offset), wordAt(proved.proof, offset + 32));
            refused(proved, withPoint(proved.proof, offset, x, addmod(y, 1, Q)));
            refused(proved, withPoint(proved.proof, offset, y, x));
        }
    }

    /// Malformed bytes are refused in a proof that is false as well: no check of points may be skipped because
    /// the identity has failed already.
    function test_InAFalseProof() public view {
        Proved memory proved = given.first();
        bytes memory wrong = with(proved.proof, scalarAt(0), 1);
        for (uint256 i = 0; i < ALL; ++i) {
            refused(proved, withPoint(wrong, pointAt(i), 1, 1));
            refused(proved, withPoint(wrong, pointAt(i), 0, 0));
        }
    }

    function everywhere(uint256 x, uint256 y) private view {
        Proved memory proved = given.first();
        for (uint256 i = 0; i < ALL; ++i) {
            refused(proved, withPoint(proved.proof, pointAt(i), x, y));
        }
    }

    function refused(Proved memory proved, bytes memory changed) private view {
        check(verdict(proved.statement, changed), Verdict.Refused, "no point");
    }
}
