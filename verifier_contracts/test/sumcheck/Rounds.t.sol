// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {R} from "../../src/verifier/sumcheck/Field.sol";
import {ProofShape} from "../../src/verifier/sumcheck/ProofShape.sol";
import {Rounds} from "../../src/verifier/sumcheck/Rounds.sol";
import {Transcript} from "../../src/verifier/sumcheck/Transcript.sol";
import {Test} from "../support/Test.sol";
import {Reference, ReferenceTranscript, ReferenceTranscripts} from "./support/Reference.sol";

contract RoundsTest is Test {
    using ReferenceTranscripts for ReferenceTranscript;

    bytes32 private constant CIRCUIT = "circuit";
    bytes32 private constant KEY = "key";
    bytes32 private constant STATEMENT = "statement";

    function run(uint256 rounds, uint256 degree, uint256 claim, bytes calldata messages)
        external
        pure
        returns (bytes32 state, uint256 value, uint256[] memory point)
    {
        uint256 tip = Transcript.start(CIRCUIT, KEY, STATEMENT, messages);
        point = new uint256[](rounds);
        uint256 place;
        assembly ("memory-safe") {
            place := add(point, 0x20)
        }
        (tip, value) = Rounds.reduce(tip, rounds, degree, claim, place);
        return (Transcript.state(tip), value, point);
    }

    /// One coefficient after the other, c_1 among them.
    function slowly(uint256 rounds, uint256 degree, uint256 claim, uint256[] memory scalars)
        private
        pure
        returns (bytes32, uint256, uint256[] memory point)
    {
        ReferenceTranscript memory transcript = ReferenceTranscript(
            keccak256(abi.encodePacked("zkattest-sumcheck-v1", CIRCUIT, KEY, STATEMENT))
        );
        point = new uint256[](rounds);
        for (uint256 i = 0; i < rounds; ++i) {
            uint256[] memory p = new uint256[](degree + 1);
            bytes memory message;
            uint256 others = 0;
            for (uint256 k = 0; k < degree; ++k) {
                uint256 c = scalars[i * degree + k];
                message = abi.encodePacked(message, c);
                p[k == 0 ? 0 : k + 1] = c;
                others = Reference.add(others, k == 0 ? Reference.add(c, c) : c);
            }
            p[1] = Reference.subtract(claim, others);
            transcript.absorb(message);
            point[i] = transcript.draw();
            claim = Reference.evaluate(p, point[i]);
        }
        return (transcript.state, claim, point);
    }

    function testFuzz_Reduce_IsTheSpecified(uint256 seed, uint256 claim, bool largest) public view {
        uint256 degree = 2 + seed % 6;
        uint256 rounds = (seed / 6) % 10;
        claim %= R;
        // The largest scalars reach the bounds of the lazy sums.
        uint256[] memory scalars = Reference.elements(seed, rounds * degree);
        if (largest) {
            claim = R - 1;
            for (uint256 i = 0; i < scalars.length; ++i) {
                if (scalars[i] % 4 != 0) scalars[i] = R - 1;
            }
        }
        bytes memory messages = abi.encodePacked(scalars);
        (bytes32 state, uint256 value, uint256[] memory point) =
            this.run(rounds, degree, claim, bytes.concat(messages, new bytes(448)));
        (bytes32 state_, uint256 value_, uint256[] memory point_) = slowly(rounds, degree, claim, scalars);
        vm.assertEq(state, state_, "state");
        vm.assertEq(value, value_, "value");
        vm.assertEq(keccak256(abi.encode(point)), keccak256(abi.encode(point_)), "point");
    }

    function test_Reduce_RefusesEachNonCanonicalScalar() public {
        for (uint256 degree = 2; degree <= 4; ++degree) {
            uint256[] memory scalars = new uint256[](3 * degree);
            for (uint256 i = 0; i < 3 * degree; ++i) {
                scalars[i] = R;
                bytes memory messages = abi.encodePacked(scalars, new bytes(448));
                vm.expectRevert(ProofShape.NonCanonicalScalar.selector);
                this.run(3, degree, 1, messages);
                scalars[i] = R - 1;
            }
            this.run(3, degree, 1, abi.encodePacked(scalars, new bytes(448)));
        }
    }
}
