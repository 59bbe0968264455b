// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Transcript} from "../../src/verifier/sumcheck/Transcript.sol";
import {Test} from "../support/Test.sol";
import {ReferenceTranscript, ReferenceTranscripts} from "./support/Reference.sol";

contract TranscriptTest is Test {
    using ReferenceTranscripts for ReferenceTranscript;

    /// Absorbs the messages of `proof` that `lengths` cut it into, and draws lengths[i] % 3 challenges after each.
    function run(
        bytes32 circuit,
        bytes32 key,
        bytes32 statement,
        bytes calldata proof,
        uint256[] memory lengths
    ) external pure returns (bytes32 state, uint256[] memory challenges, uint256[] memory others) {
        uint256 tip = Transcript.start(circuit, key, statement, proof);
        // Memory that is allocated afterwards must be elsewhere.
        challenges = new uint256[](3 * lengths.length);
        for (uint256 i = 0; i < lengths.length; ++i) {
            tip = Transcript.absorb(tip, lengths[i]);
            for (uint256 k = 0; k < lengths[i] % 3; ++k) {
                challenges[3 * i + k] = Transcript.draw(tip);
            }
        }
        others = new uint256[](lengths.length);
        uint256 place;
        assembly ("memory-safe") {
            place := add(others, 0x20)
        }
        Transcript.drawAll(tip, lengths.length, place);
        state = Transcript.state(tip);
    }

    function testFuzz_Transcript_IsTheSpecified(
        bytes32 circuit,
        bytes32 key,
        bytes32 statement,
        bytes calldata rest,
        uint256 seed
    ) public view {
        bytes memory proof = bytes.concat(new bytes(448), rest);
        uint256 count = 1 + seed % 7;
        uint256[] memory lengths = new uint256[](count);
        uint256 left = proof.length;
        for (uint256 i = 0; i < count; ++i) {
            lengths[i] = i == count - 1 ? left : uint256(keccak256(abi.encode(seed, i))) % (left + 1);
            left -= lengths[i];
        }
        (bytes32 state, uint256[] memory challenges, uint256[] memory others) =
            this.run(circuit, key, statement, proof, lengths);

        ReferenceTranscript memory expected =
            ReferenceTranscript(keccak256(abi.encodePacked("zkattest-sumcheck-v1", circuit, key, statement)));
        uint256 offset = 0;
        for (uint256 i = 0; i < count; ++i) {
            expected.absorb(this.part(proof, offset, lengths[i]));
            offset += lengths[i];
            for (uint256 k = 0; k < lengths[i] % 3; ++k) {
                vm.assertEq(challenges[3 * i + k], expected.draw(), "challenge");
            }
        }
        for (uint256 i = 0; i < count; ++i) {
            vm.assertEq(others[i], expected.draw(), "challenge of several");
        }
        vm.assertEq(state, expected.state, "state");
    }

    function part(bytes calldata data, uint256 offset, uint256 length) external pure returns (bytes memory) {
        return data[offset:offset + length];
    }
}
