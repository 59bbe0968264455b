// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Statement} from "../../src/interfaces/IVerifier.sol";
import {SumcheckFixture} from "../support/SumcheckFixture.sol";
import {Proved} from "../support/SumcheckProofs.sol";

/// @notice Calldata is anybody's: offsets that point elsewhere, lengths beyond the end, and bytes that belong to
/// nothing decide no verdict. What is judged is what the offsets lead to, or the call reverts.
contract CalldataTest is SumcheckFixture {
    /// Head of `verify`: offsets of statement and proof.
    function encoded(uint256 statementAt, uint256 proofAt, bytes memory tail)
        private
        view
        returns (bytes memory)
    {
        return bytes.concat(verifier.verify.selector, bytes32(statementAt), bytes32(proofAt), tail);
    }

    function statementTail(Statement memory s) private pure returns (bytes memory) {
        return bytes.concat(
            s.modelHash,
            s.circuitHash,
            s.vkHash,
            s.inputCommitment,
            s.context,
            bytes32(uint256(0xc0)),
            bytes32(s.output.length),
            s.output
        );
    }

    function proofTail(bytes memory proof) private pure returns (bytes memory) {
        return bytes.concat(bytes32(proof.length), proof);
    }

    /// True only as the word 1.
    function accepts(bytes memory call) private view returns (bool) {
        (bool success, bytes memory answer) = address(verifier).staticcall(call);
        return success && answer.length == 32 && abi.decode(answer, (uint256)) == 1;
    }

    function test_TheParts() public view {
        Proved memory proved = given.first();
        bytes memory statement = statementTail(proved.statement);
        bytes memory call =
            encoded(0x40, 0x40 + statement.length, bytes.concat(statement, proofTail(proved.proof)));
        vm.assertEq(
            keccak256(call),
            keccak256(abi.encodeCall(verifier.verify, (proved.statement, proved.proof))),
            "the canonical encoding"
        );
        vm.assertTrue(accepts(call), "is accepted");
    }

    /// The other order, a gap, trailing bytes: other encodings of the same values have the same verdict.
    function test_OtherEncodingsOfTheSame() public view {
        Proved memory proved = given.first();
        bytes memory statement = statementTail(proved.statement);
        bytes memory proof = proofTail(proved.proof);
        bytes memory wrong = proofTail(with(proved.proof, scalarAt(0), 1));
        uint256 ones = type(uint256).max;
        bytes memory gap = abi.encode(ones, ones);
        vm.assertTrue(
            accepts(encoded(0x40 + proof.length, 0x40, bytes.concat(proof, statement))),
            "proof before statement"
        );
        vm.assertTrue(
            !accepts(encoded(0x40 + wrong.length, 0x40, bytes.concat(wrong, statement))),
            "likewise a wrong one"
        );
        vm.assertTrue(
            accepts(encoded(0x80, 0x80 + statement.length, bytes.concat(gap, statement, proof, gap))), "a gap"
        );
        vm.assertTrue(
            !accepts(encoded(0x80, 0x80 + statement.length, bytes.concat(gap, statement, wrong, gap))),
            "likewise a wrong one"
        );
    }

    /// The right proof stands in calldata, and the offset points to a wrong one; and the other way round.
    function test_TwoProofs() public view {
        Proved memory proved = given.first();
        bytes memory statement = statementTail(proved.statement);
        bytes memory proof = proofTail(proved.proof);
        bytes memory wrong = proofTail(with(proved.proof, scalarAt(0), 1));
        uint256 offset = 0x40 + statement.length;
        bytes memory tail = bytes.concat(statement, proof, wrong);
        vm.assertTrue(accepts(encoded(0x40, offset, tail)), "the right one");
        vm.assertTrue(!accepts(encoded(0x40, offset + proof.length, tail)), "the wrong one");
    }

    function test_OffsetsBeyondTheEnd() public view {
        Proved memory proved = given.first();
        bytes memory statement = statementTail(proved.statement);
        bytes memory tail = bytes.concat(statement, proofTail(proved.proof));
        uint256 offset = 0x40 + statement.length;
        uint256[7] memory far = [
            type(uint256).max,
            type(uint256).max - 31,
            uint256(1) << 255,
            uint256(1) << 64,
            uint256(type(uint32).max),
            0x40 + tail.length,
            0x20 + tail.length
        ];
        for (uint256 i = 0; i < far.length; ++i) {
            vm.assertTrue(!accepts(encoded(far[i], offset, tail)), "a statement that is not there");
            vm.assertTrue(!accepts(encoded(0x40, far[i], tail)), "a proof that is not there");
            unchecked {
                // Adding 2^256 in the offset is adding nothing only where an addition may wrap.
                vm.assertTrue(!accepts(encoded(0x40 + far[i], offset + far[i], tail)), "both");
            }
        }
    }

    function test_LengthsBeyondTheEnd() public view {
        Proved memory proved = given.first();
        uint256[5] memory lengths = [
            type(uint256).max,
            uint256(1) << 255,
            uint256(1) << 64,
            proved.proof.length + 1,
            proved.proof.length + 32
        ];
        bytes memory statement = statementTail(proved.statement);
        for (uint256 i = 0; i < lengths.length; ++i) {
            bytes memory tail = bytes.concat(statement, bytes32(lengths[i]), proved.proof);
            vm.assertTrue(!accepts(encoded(0x40, 0x40 + statement.length, tail)), "a proof cut short");
            bytes memory cut = statementTail(proved.statement);
            assembly ("memory-safe") {
                mstore(add(cut, 0xe0), mload(add(lengths, mul(i, 0x20))))
            }
            bytes memory proof = proofTail(proved.proof);
            vm.assertTrue(
                !accepts(encoded(0x40 + proof.length, 0x40, bytes.concat(proof, cut))), "an output cut short"
            );
        }
    }

    /// Every truncation of the canonical calldata: bytes that are not there are not zeros.
    function test_Truncated() public view {
        Proved memory proved = given.first();
        bytes memory call = abi.encodeCall(verifier.verify, (proved.statement, proved.proof));
        for (uint256 length = 0; length < call.length; length += length < 600 ? 4 : 97) {
            vm.assertTrue(!accepts(slice(call, 0, length)), "truncated");
        }
        vm.assertTrue(!accepts(slice(call, 0, call.length - 1)), "the last byte");
    }

    /// Statement and proof overlap.
    function test_Overlapping() public view {
        Proved memory proved = given.first();
        bytes memory statement = statementTail(proved.statement);
        bytes memory tail = bytes.concat(statement, proofTail(proved.proof));
        for (uint256 offset = 0; offset < 0x40 + statement.length; offset += 0x20) {
            vm.assertTrue(!accepts(encoded(0x40, offset, tail)), "the statement as a proof");
            if (offset != 0x40) {
                vm.assertTrue(!accepts(encoded(offset, 0x40 + statement.length, tail)), "another statement");
            }
        }
    }

    /// Offsets of the batch's own arrays.
    function test_BatchOffsetsBeyondTheEnd() public view {
        Proved memory proved = given.first();
        Statement[] memory statements = new Statement[](1);
        bytes[] memory proofs = new bytes[](1);
        (statements[0], proofs[0]) = (proved.statement, proved.proof);
        bytes memory call = abi.encodeCall(verifier.verifyBatch, (statements, proofs));
        vm.assertTrue(accepts(call), "the canonical encoding");
        // The words that are offsets or lengths: two heads, then length and offset of either array.
        uint256 second = wordAt(call, 4 + 32);
        uint256[6] memory places = [uint256(4), 36, 68, 100, 4 + second, 36 + second];
        for (uint256 i = 0; i < places.length; ++i) {
            uint256 honest = wordAt(call, places[i]);
            uint256[5] memory words =
                [type(uint256).max, uint256(1) << 255, uint256(1) << 64, honest + 1, call.length];
            for (uint256 k = 0; k < words.length; ++k) {
                vm.assertTrue(!accepts(with(call, places[i], words[k])), "an offset or a length changed");
            }
        }
    }
}
