// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Statement} from "../../src/interfaces/IVerifier.sol";
import {PointG2} from "../../src/verifier/sumcheck/Curve.sol";
import {R} from "../../src/verifier/sumcheck/Field.sol";
import {Side, Sides} from "../support/Sides.sol";
import {SumcheckFixture, Verdict} from "../support/SumcheckFixture.sol";
import {Proved} from "../support/SumcheckProofs.sol";

/// @notice A batch is true iff each of its proofs is: no proof hides behind the others, cancels another, or lends it
/// its key or statement.
contract BatchTest is SumcheckFixture {
    /// Proofs of four keys and two circuits, two of them of one statement.
    function all() private view returns (Statement[] memory statements, bytes[] memory proofs) {
        Proved[6] memory each = [
            given.first(),
            given.otherCircuit(),
            given.second(),
            given.otherModel(),
            given.again(),
            given.otherKey()
        ];
        statements = new Statement[](6);
        proofs = new bytes[](6);
        for (uint256 i = 0; i < 6; ++i) {
            (statements[i], proofs[i]) = (each[i].statement, each[i].proof);
        }
    }

    function first(uint256 count)
        private
        view
        returns (Statement[] memory statements, bytes[] memory proofs)
    {
        (Statement[] memory s, bytes[] memory p) = all();
        (statements, proofs) = (new Statement[](count), new bytes[](count));
        for (uint256 i = 0; i < count; ++i) {
            (statements[i], proofs[i]) = (s[i], p[i]);
        }
    }

    function test_AllGood() public view {
        for (uint256 count = 1; count <= 6; ++count) {
            (Statement[] memory statements, bytes[] memory proofs) = first(count);
            check(verdictOfBatch(statements, proofs), Verdict.True, "all good");
        }
    }

    /// An empty batch says nothing, and must not say true: every path to true runs the pairing.
    function test_Empty() public view {
        check(verdictOfBatch(new Statement[](0), new bytes[](0)), Verdict.Refused, "nothing to judge");
    }

    function test_AsManyStatementsAsProofs() public view {
        (Statement[] memory statements,) = first(2);
        (, bytes[] memory proofs) = first(1);
        check(verdictOfBatch(statements, proofs), Verdict.Refused, "a proof less");
        check(verdictOfBatch(statements, new bytes[](0)), Verdict.Refused, "no proofs");
        (statements,) = first(1);
        (, proofs) = first(2);
        check(verdictOfBatch(statements, proofs), Verdict.Refused, "a proof more");
        check(verdictOfBatch(new Statement[](0), proofs), Verdict.Refused, "no statements");
    }

    /// One proof is wrong in one message, in each place, whatever the message is.
    function test_OneBadAmongGood() public view {
        uint256[6] memory offsets = [
            scalarAt(0),
            scalarAt(30),
            scalarAt(SCALARS - 1),
            scalarAt(SCALARS),
            scalarAt(SCALARS + 6),
            uint256(0)
        ];
        for (uint256 i = 0; i < 6; ++i) {
            for (uint256 k = 0; k < 5; ++k) {
                (Statement[] memory statements, bytes[] memory proofs) = all();
                uint256 offset = offsets[k];
                proofs[i] = with(proofs[i], offset, addmod(wordAt(proofs[i], offset), 1, R));
                check(verdictOfBatch(statements, proofs), Verdict.False, "one bad scalar");
            }
        }
    }

    /// The points that only the pairing judges.
    function test_OneBadPointAmongGood() public view {
        for (uint256 i = 0; i < 6; ++i) {
            for (uint256 k = ROWS; k < ROWS + POINTS + QUOTIENTS; ++k) {
                (Statement[] memory statements, bytes[] memory proofs) = all();
                proofs[i] = withPoint(proofs[i], pointAt(k), 1, 2);
                check(verdictOfBatch(statements, proofs), Verdict.False, "one bad point");
            }
        }
    }

    function test_OneMalformedAmongGood() public view {
        for (uint256 i = 0; i < 6; ++i) {
            (Statement[] memory statements, bytes[] memory proofs) = all();
            bytes memory honest = proofs[i];
            proofs[i] = with(honest, scalarAt(3), R);
            check(verdictOfBatch(statements, proofs), Verdict.Refused, "a scalar r");
            proofs[i] = withPoint(honest, pointAt(ROWS + POINTS + 1), 0, 0);
            check(verdictOfBatch(statements, proofs), Verdict.Refused, "a quotient at infinity");
            proofs[i] = bytes.concat(honest, hex"00");
            check(verdictOfBatch(statements, proofs), Verdict.Refused, "a trailing byte");
        }
    }

    /// A false proof before a malformed one does not hide it: the answer does not depend on the order.
    function test_MalformedAfterFalse() public view {
        for (uint256 i = 0; i < 2; ++i) {
            (Statement[] memory statements, bytes[] memory proofs) = first(2);
            proofs[i] = with(proofs[i], scalarAt(0), 1);
            proofs[1 - i] = with(proofs[1 - i], scalarAt(SCALARS + 6), R);
            check(verdictOfBatch(statements, proofs), Verdict.Refused, "malformed, whatever else is false");
        }
    }

    function test_ProofsSwapped() public view {
        for (uint256 i = 0; i < 6; ++i) {
            for (uint256 j = 0; j < i; ++j) {
                (Statement[] memory statements, bytes[] memory proofs) = all();
                (proofs[i], proofs[j]) = (proofs[j], proofs[i]);
                bool sameStatement =
                    keccak256(abi.encode(statements[i])) == keccak256(abi.encode(statements[j]));
                Verdict found = verdictOfBatch(statements, proofs);
                vm.assertEq(
                    uint256(found == Verdict.True ? 1 : 0), sameStatement ? 1 : 0, "only for one statement"
                );
            }
        }
    }

    function test_TheSameTwice() public view {
        (Statement[] memory statements, bytes[] memory proofs) = first(2);
        (statements[1], proofs[1]) = (statements[0], proofs[0]);
        check(verdictOfBatch(statements, proofs), Verdict.True, "true, and true again");
        proofs[0] = proofs[1] = with(proofs[0], scalarAt(0), 1);
        check(verdictOfBatch(statements, proofs), Verdict.False, "false, and false again");
    }

    /// Two quotients off by opposite amounts: the errors cancel in a sum without random weights.
    function test_ErrorsThatCancel() public view {
        Proved memory proved = given.first();
        uint256 last = pointAt(ROWS + POINTS + 1);
        (uint256 x, uint256 y) = (wordAt(proved.proof, last), wordAt(proved.proof, last + 32));
        (Statement[] memory statements, bytes[] memory proofs) = first(2);
        (statements[0], statements[1]) = (proved.statement, proved.statement);
        (uint256 dx, uint256 dy) = (1, 2);
        (uint256 plusX, uint256 plusY) = sum(x, y, dx, dy);
        (uint256 minusX, uint256 minusY) = sum(x, y, dx, negative(dy));
        proofs[0] = withPoint(proved.proof, last, plusX, plusY);
        proofs[1] = withPoint(proved.proof, last, minusX, minusY);
        check(verdict(statements[0], proofs[0]), Verdict.False, "off by G");
        check(verdict(statements[1], proofs[1]), Verdict.False, "off by -G");
        check(verdictOfBatch(statements, proofs), Verdict.False, "together");
    }

    /// Errors that cancel under the weight x of a batch, which follows from all of its proofs: changed for the x of the proofs as they
    /// were, or of a batch in which one of them is changed already, a false pair is false. [W'] is absorbed last, so that nothing
    /// but x follows from it.
    function test_ErrorsThatCancelUnderAnEarlierWeight() public {
        Sides sides = new Sides();
        bytes memory honest = given.first().proof;
        bytes memory wrong = moved(honest, 1);
        // The weight of the honest batch, of one whose first proof is changed, and of one whose second is.
        uint256 x = weight(sides, honest, honest);
        cancelled(sides, wrong, moved(honest, R - inverse(x)), x);
        x = weight(sides, wrong, honest);
        cancelled(sides, wrong, moved(honest, R - inverse(x)), x);
        x = weight(sides, honest, wrong);
        cancelled(sides, moved(honest, R - x), wrong, x);
    }

    /// Likewise for an x that followed from one proof alone: the other one would be made for it.
    function test_ErrorsThatCancelUnderTheWeightOfOne() public {
        Sides sides = new Sides();
        bytes memory honest = given.first().proof;
        bytes memory wrong = moved(honest, 1);
        uint256 x = weightOfOne(sides, wrong);
        cancelled(sides, wrong, moved(honest, R - inverse(x)), x);
        cancelled(sides, moved(honest, R - x), wrong, x);
    }

    /// The two cancel under the weight that they were made for, and the batch has another.
    /// @param made that weight
    function cancelled(Sides sides, bytes memory one, bytes memory other, uint256 made) private view {
        Proved memory proved = given.first();
        (Side memory first_, Side memory second_) = (sideOf(sides, one), sideOf(sides, other));
        PointG2 memory tau = abi.decode(given.TAU(), (PointG2));
        vm.assertTrue(sides.hold(first_, second_, made, tau), "they would cancel");
        vm.assertTrue(!sides.hold(first_, second_, weight(sides, one, other), tau), "but not as it is");
        (Statement[] memory statements, bytes[] memory proofs) = (new Statement[](2), new bytes[](2));
        (statements[0], statements[1]) = (proved.statement, proved.statement);
        (proofs[0], proofs[1]) = (one, other);
        check(verdictOfBatch(statements, proofs), Verdict.False, "the batch's own weight");
    }

    function sideOf(Sides sides, bytes memory proof) private view returns (Side memory side) {
        Proved memory proved = given.first();
        (side,) = sides.side(proved.record, proved.statement, proof);
    }

    /// x of a batch of two: keccak256 of both proofs' states and sides.
    function weight(Sides sides, bytes memory one, bytes memory other) private view returns (uint256) {
        return uint256(keccak256(abi.encode(sideOf(sides, one), sideOf(sides, other)))) % R;
    }

    /// What x would be if it followed from one of the proofs.
    function weightOfOne(Sides sides, bytes memory proof) private view returns (uint256) {
        return uint256(keccak256(abi.encode(sideOf(sides, proof)))) % R;
    }

    /// The pairing's equation is true, and the identity of step 9 is not: a batch has to ask for both, of each proof.
    function test_FalseIdentityAmongGood() public {
        Sides sides = new Sides();
        Proved memory proved = given.falseIdentity();
        (Side memory side, bool holds) = sides.side(proved.record, proved.statement, proved.proof);
        vm.assertTrue(!holds, "the identity");
        vm.assertTrue(sides.hold(side, side, 0, abi.decode(given.TAU(), (PointG2))), "the pairing");
        check(verdict(proved.statement, proved.proof), Verdict.False, "alone");
        for (uint256 i = 0; i < 3; ++i) {
            (Statement[] memory statements, bytes[] memory proofs) = first(3);
            (statements[i], proofs[i]) = (proved.statement, proved.proof);
            check(verdictOfBatch(statements, proofs), Verdict.False, "in each place");
        }
    }

    /// The proof with `factor` times the generator added to [W'].
    function moved(bytes memory proof, uint256 factor) private view returns (bytes memory) {
        uint256 last = pointAt(ROWS + POINTS + 1);
        (bool success, bytes memory answer) = address(7).staticcall(abi.encode(1, 2, factor));
        vm.assertTrue(success, "a product");
        (uint256 dx, uint256 dy) = abi.decode(answer, (uint256, uint256));
        (uint256 x, uint256 y) = sum(wordAt(proof, last), wordAt(proof, last + 32), dx, dy);
        return withPoint(proof, last, x, y);
    }

    function inverse(uint256 x) private view returns (uint256) {
        (bool success, bytes memory answer) = address(5).staticcall(abi.encode(32, 32, 32, x, R - 2, R));
        vm.assertTrue(success, "an inverse");
        return abi.decode(answer, (uint256));
    }

    /// The order of proofs decides their weights, and no order makes a false batch true.
    function test_AnyOrder() public view {
        (Statement[] memory s, bytes[] memory p) = first(3);
        uint8[3][6] memory orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        for (uint256 i = 0; i < 6; ++i) {
            (Statement[] memory statements, bytes[] memory proofs) = (new Statement[](3), new bytes[](3));
            for (uint256 k = 0; k < 3; ++k) {
                (statements[k], proofs[k]) = (s[orders[i][k]], p[orders[i][k]]);
            }
            check(verdictOfBatch(statements, proofs), Verdict.True, "all true");
            proofs[i % 3] = moved(proofs[i % 3], 1);
            check(verdictOfBatch(statements, proofs), Verdict.False, "one false");
        }
    }

    function sum(uint256 x1, uint256 y1, uint256 x2, uint256 y2) private view returns (uint256 x, uint256 y) {
        (bool success, bytes memory answer) = address(6).staticcall(abi.encode(x1, y1, x2, y2));
        vm.assertTrue(success, "points");
        (x, y) = abi.decode(answer, (uint256, uint256));
    }

    function test_UnknownKeyAmongGood() public view {
        (Statement[] memory statements, bytes[] memory proofs) = all();
        statements[3].vkHash = keccak256("key");
        check(verdictOfBatch(statements, proofs), Verdict.Refused, "no such key");
    }

    /// Statements change hands within the batch.
    function test_KeysSwapped() public view {
        (Statement[] memory statements, bytes[] memory proofs) = first(2);
        (statements[0], statements[1]) = (statements[1], statements[0]);
        check(verdictOfBatch(statements, proofs), Verdict.False, "each is a proof of the other");
    }
}
