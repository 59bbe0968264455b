// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {R} from "../../src/verifier/sumcheck/Field.sol";
import {SumcheckFixture, Verdict} from "../support/SumcheckFixture.sol";
import {Proved} from "../support/SumcheckProofs.sol";

/// @notice Every field of a proof matters: changed to another well-formed value it is false. Data rows are what the
/// statement's commitment is of: other ones are refused under that name.
contract ChangedProofTest is SumcheckFixture {
    uint256 private constant ALL = ROWS + POINTS + QUOTIENTS;

    function test_EveryScalarPlusOne() public view {
        Proved memory proved = given.first();
        for (uint256 i = 0; i < SCALARS + VALUES; ++i) {
            uint256 offset = scalarAt(i);
            isFalse(proved, with(proved.proof, offset, addmod(wordAt(proved.proof, offset), 1, R)));
        }
    }

    function test_EveryScalarZero() public view {
        Proved memory proved = given.first();
        for (uint256 i = 0; i < SCALARS + VALUES; ++i) {
            isFalse(proved, with(proved.proof, scalarAt(i), 0));
        }
    }

    function test_EveryPointNegated() public view {
        Proved memory proved = given.first();
        for (uint256 i = 0; i < ALL; ++i) {
            uint256 offset = pointAt(i) + 32;
            isFalse(proved, with(proved.proof, offset, negative(wordAt(proved.proof, offset))), i == 0);
        }
    }

    function test_EveryPointTheGenerator() public view {
        Proved memory proved = given.first();
        for (uint256 i = 0; i < ALL; ++i) {
            isFalse(proved, withPoint(proved.proof, pointAt(i), 1, 2), i == 0);
        }
    }

    /// Each point is replaced by the one that another proof of the same statement has there.
    function test_EveryPointOfAnotherProof() public view {
        Proved memory proved = given.first();
        bytes memory other = given.again().proof;
        for (uint256 i = 1; i < ALL; ++i) {
            uint256 offset = pointAt(i);
            isFalse(
                proved, withPoint(proved.proof, offset, wordAt(other, offset), wordAt(other, offset + 32))
            );
        }
    }

    function test_EveryScalarOfAnotherProof() public view {
        Proved memory proved = given.first();
        bytes memory other = given.again().proof;
        for (uint256 i = 0; i < SCALARS + VALUES; ++i) {
            uint256 offset = scalarAt(i);
            isFalse(proved, with(proved.proof, offset, wordAt(other, offset)));
        }
    }

    /// Row and round order: no two neighbours may be exchanged.
    function test_NeighbouringPointsSwapped() public view {
        Proved memory proved = given.first();
        for (uint256 i = 0; i + 1 < ALL; ++i) {
            isFalse(proved, swapped(proved.proof, pointAt(i), pointAt(i + 1), 64), i == 0);
        }
    }

    function test_NeighbouringScalarsSwapped() public view {
        Proved memory proved = given.first();
        for (uint256 i = 0; i + 1 < SCALARS + VALUES; ++i) {
            isFalse(proved, swapped(proved.proof, scalarAt(i), scalarAt(i + 1), 32));
        }
    }

    function test_RoundsSwapped() public view {
        Proved memory proved = given.first();
        for (uint256 i = 0; i + 1 < 8; ++i) {
            isFalse(proved, swapped(proved.proof, scalarAt(1 + 3 * i), scalarAt(4 + 3 * i), 96));
        }
        for (uint256 i = 0; i + 1 < 3; ++i) {
            isFalse(proved, swapped(proved.proof, scalarAt(25 + 4 * i), scalarAt(29 + 4 * i), 128));
        }
        for (uint256 i = 0; i + 1 < 7; ++i) {
            isFalse(proved, swapped(proved.proof, scalarAt(40 + 2 * i), scalarAt(42 + 2 * i), 64));
        }
    }

    /// No bit may be flipped: whatever a flip makes of its field, the answer is not true.
    function testFuzz_AnyBit(uint256 bit) public view {
        Proved memory proved = given.first();
        bit = bound(bit, 0, 8 * LENGTH - 1);
        bytes memory changed = bytes.concat(proved.proof);
        changed[bit / 8] ^= bytes1(0x01) << (bit % 8);
        vm.assertTrue(verdict(proved.statement, changed) != Verdict.True, "a flipped bit");
    }

    /// Any word in any place.
    function testFuzz_AnyWord(uint256 place, uint256 word) public view {
        Proved memory proved = given.first();
        uint256 offset = 32 * bound(place, 0, LENGTH / 32 - 1);
        vm.assume(word != wordAt(proved.proof, offset));
        vm.assertTrue(
            verdict(proved.statement, with(proved.proof, offset, word)) != Verdict.True, "another word"
        );
    }

    function isFalse(Proved memory proved, bytes memory changed) private view {
        isFalse(proved, changed, false);
    }

    /// @param ofData the change is to a data row: the commitment is another
    function isFalse(Proved memory proved, bytes memory changed, bool ofData) private view {
        vm.assertTrue(keccak256(changed) != keccak256(proved.proof), "something changed");
        check(
            verdict(proved.statement, changed),
            ofData ? Verdict.Refused : Verdict.False,
            "a well-formed wrong proof"
        );
    }
}
