// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {R} from "../../src/verifier/sumcheck/Field.sol";
import {SumcheckFixture, Verdict} from "../support/SumcheckFixture.sol";
import {Proved} from "../support/SumcheckProofs.sol";

/// @notice Each scalar has one encoding: what is reduced silently is another proof of the same statement at best,
/// and another value than the one that was hashed at worst.
contract NonCanonicalScalarTest is SumcheckFixture {
    function test_EveryScalarPlusR() public view {
        Proved memory proved = given.first();
        for (uint256 i = 0; i < SCALARS + VALUES; ++i) {
            uint256 offset = scalarAt(i);
            bytes memory changed = with(proved.proof, offset, wordAt(proved.proof, offset) + R);
            check(verdict(proved.statement, changed), Verdict.Refused, "scalar + r");
        }
    }

    function test_EveryScalarR() public view {
        everywhere(R);
    }

    function test_EveryScalarAllOnes() public view {
        everywhere(type(uint256).max);
    }

    /// The largest canonical value is a value like others.
    function test_EveryScalarRMinusOneIsFalse() public view {
        Proved memory proved = given.first();
        for (uint256 i = 0; i < SCALARS + VALUES; ++i) {
            bytes memory changed = with(proved.proof, scalarAt(i), R - 1);
            check(verdict(proved.statement, changed), Verdict.False, "scalar r - 1");
        }
    }

    /// Malformed bytes are refused in a proof that is false as well.
    function test_InAFalseProof() public view {
        Proved memory proved = given.first();
        bytes memory wrong = with(proved.proof, scalarAt(0), 1);
        check(verdict(proved.statement, wrong), Verdict.False, "another S");
        for (uint256 i = 1; i < SCALARS + VALUES; ++i) {
            bytes memory changed = with(wrong, scalarAt(i), R);
            check(verdict(proved.statement, changed), Verdict.Refused, "scalar r");
        }
    }

    function everywhere(uint256 word) private view {
        Proved memory proved = given.first();
        for (uint256 i = 0; i < SCALARS + VALUES; ++i) {
            bytes memory changed = with(proved.proof, scalarAt(i), word);
            check(verdict(proved.statement, changed), Verdict.Refused, "no scalar");
        }
    }
}
