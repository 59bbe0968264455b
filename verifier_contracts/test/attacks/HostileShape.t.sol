// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Statement} from "../../src/interfaces/IVerifier.sol";
import {Shape, Shapes} from "../../src/verifier/sumcheck/Shape.sol";
import {SumcheckFixture, Verdict} from "../support/SumcheckFixture.sol";
import {Proved} from "../support/SumcheckProofs.sol";

/// @notice Anybody may store keys whose shape is no circuit's: no rounds, no degree, counts without bounds, a table of
/// anything. Such a key says nothing about any model, and nobody who computed its hash from a key relies on it. What it must
/// not do is speak for others: make a false proof of a good key true in a batch, or a true one malformed.
contract HostileShapeTest is SumcheckFixture {
    uint256 private constant SHAPE = 192;
    /// Gas of a call: enough for a batch of two honest proofs three times over, and an end to loops without one.
    uint256 private constant GAS = 3_000_000;

    /// The first key's record with another shape, and with as many model rows as that has.
    function recordOf(bytes memory shape) private view returns (bytes memory record) {
        Proved memory proved = given.first();
        record = bytes.concat(slice(proved.record, 0, SHAPE), shape, slice(proved.record, 256, 320));
        uint256 rows = read(shape).modelRows;
        for (uint256 i = 0; i < rows && i < 8; ++i) {
            record = bytes.concat(record, slice(proved.record, 320, 384));
        }
    }

    function read(bytes memory shape) private pure returns (Shape memory) {
        uint256 start;
        assembly ("memory-safe") {
            start := add(shape, 0x20)
        }
        return Shapes.read(start);
    }

    /// A proof of the shape's length: points of the curve, scalars below R. Nothing, if that is too long to be worth it.
    function proofOf(Shape memory shape) private pure returns (bytes memory proof) {
        uint256 rows = shape.early + shape.helpers;
        uint256 scalars = 1 + shape.n1 * shape.degree + shape.n2 * (shape.degree + 1) + shape.degree;
        scalars += 2 * shape.c + Shapes.advice(shape);
        if (rows + scalars > 4000) return "";
        proof = new bytes(64 * (rows + POINTS + QUOTIENTS) + 32 * (scalars + VALUES));
        uint256 end = 64 * rows;
        fill(proof, 0, end);
        end += 32 * scalars;
        fill(proof, end, end + 64 * POINTS);
        fill(proof, proof.length - 64 * QUOTIENTS, proof.length);
    }

    /// Generators.
    function fill(bytes memory data, uint256 from, uint256 to) private pure {
        for (; from < to; from += 64) {
            data[from + 31] = 0x01;
            data[from + 63] = 0x02;
        }
    }

    function hostileStatement(bytes memory record, Shape memory shape, bytes memory proof)
        private
        view
        returns (Statement memory statement)
    {
        Proved memory proved = given.first();
        statement = proved.statement;
        statement.vkHash = keccak256(bytes.concat(record, proved.keyDigest));
        statement.circuitHash = keccak256(slice(record, 128, 320));
        statement.output = new bytes(8 * shape.publics);
        bytes memory head = bytes.concat("zkattest-commitment-v1", hex"01", bytes8(uint64(2 ** shape.c)));
        statement.modelHash = keccak256(
            bytes.concat(
                head,
                slice(record, 64, 96),
                slice(record, 32, 64),
                bytes8(uint64(shape.modelRows)),
                slice(record, 320, record.length)
            )
        );
        head[22] = 0x02;
        statement.inputCommitment = keccak256(
            bytes.concat(
                head,
                slice(record, 96, 128),
                slice(record, 32, 64),
                bytes8(uint64(shape.dataRows)),
                slice(proof, 0, 64 * shape.dataRows)
            )
        );
    }

    /// A proof under the hostile key is false or refused; beside a false proof of a good key it makes no batch true, and the
    /// good key's proofs have their verdicts before and after it.
    /// @return judged whether the key was stored and its proof got as far as a verdict
    function cannotSpeakForOthers(bytes memory shape_) private returns (bool judged) {
        bytes memory record = recordOf(shape_);
        Shape memory shape = read(shape_);
        Proved memory proved = given.first();
        try store.addKey(record, proved.keyDigest) {}
        catch {
            return false;
        }
        bytes memory proof = proofOf(shape);
        if (proof.length == 0) return false;
        Statement memory hostile = hostileStatement(record, shape, proof);
        Verdict alone = ask(abi.encodeCall(verifier.verify, (hostile, proof)), GAS);
        vm.assertTrue(alone != Verdict.True, "generators prove nothing");
        judged = alone == Verdict.False;

        Statement[] memory statements = new Statement[](3);
        bytes[] memory proofs = new bytes[](3);
        for (uint256 i = 0; i < 3; ++i) {
            for (uint256 k = 0; k < 3; ++k) {
                (statements[k], proofs[k]) = (proved.statement, proved.proof);
            }
            (statements[i], proofs[i]) = (hostile, proof);
            check(
                ask(abi.encodeCall(verifier.verifyBatch, (statements, proofs)), GAS), alone, "as it is alone"
            );
            proofs[(i + 1) % 3] = with(proved.proof, scalarAt(0), 1);
            check(ask(abi.encodeCall(verifier.verifyBatch, (statements, proofs)), GAS), alone, "likewise");
        }
    }

    function honestShape() private view returns (bytes memory) {
        return slice(given.first().record, SHAPE, SHAPE + 64);
    }

    /// What the tests below compare with.
    function test_TheHonestShape() public {
        bytes memory shape = honestShape();
        vm.assertTrue(cannotSpeakForOthers(shape), "is judged");
        shape[7] = 0x09;
        vm.assertTrue(cannotSpeakForOthers(shape), "and so is another");
    }

    /// The extremes of each count of one byte: coordinates of r, rounds, degree, gates.
    function test_Extremes() public {
        uint256[4] memory places = [uint256(7), 8, 9, 54];
        uint8[6] memory values = [0, 1, 2, 28, 64, 255];
        uint256 judged;
        for (uint256 i = 0; i < places.length; ++i) {
            for (uint256 k = 0; k < values.length; ++k) {
                bytes memory shape = honestShape();
                shape[places[i]] = bytes1(values[k]);
                if (cannotSpeakForOthers(shape)) ++judged;
            }
        }
        vm.assertTrue(judged > 8, "most are judged");
    }

    /// Row sizes from end to end, no terms, no rows but the masks, as many terms as can be counted.
    function test_Sizes() public {
        for (uint8 c = 6; c <= 28; c += 11) {
            bytes memory shape = honestShape();
            shape[6] = bytes1(c);
            vm.assertTrue(cannotSpeakForOthers(shape), "a row size");
            shape[42] = shape[43] = 0xff;
            vm.assertTrue(cannotSpeakForOthers(shape), "65,535 terms");
            shape[42] = shape[43] = 0x00;
            vm.assertTrue(cannotSpeakForOthers(shape), "no terms");
            for (uint256 i = 10; i < 42; ++i) {
                if (i < 30 || i > 33) shape[i] = 0x00;
            }
            vm.assertTrue(cannotSpeakForOthers(shape), "nothing but masks");
        }
    }

    /// As many gates as inputs, so that each gate is an input, and chi^n - 1 is the product of all their differences.
    function test_AsManyGatesAsInputs() public {
        bytes memory shape = honestShape();
        shape[54] = 0x06;
        uint256 inputs = Shapes.inputs(read(shape));
        // 64 inputs are six more than these.
        // forge-lint: disable-next-line(unsafe-typecast)
        shape[7] = bytes1(uint8(uint8(shape[7]) + 64 - inputs));
        vm.assertEq(Shapes.inputs(read(shape)), 64, "2^6");
        vm.assertTrue(cannotSpeakForOthers(shape), "is judged");
    }

    /// Rows that no proof has: a length beyond calldata is refused before anything is read.
    function test_CountsBeyondCalldata() public {
        uint256[4] memory places = [uint256(14), 22, 26, 34];
        for (uint256 i = 0; i < places.length; ++i) {
            Proved memory proved = given.first();
            bytes memory shape = honestShape();
            // 2^24 rows, in a table of 2^28 gates.
            shape[places[i]] = 0x01;
            shape[54] = 0x1c;
            bytes memory record = recordOf(shape);
            bytes32 vkHash = store.addKey(record, proved.keyDigest);
            Statement memory statement = proved.statement;
            statement.vkHash = vkHash;
            check(
                ask(abi.encodeCall(verifier.verify, (statement, proved.proof)), GAS), Verdict.Refused, "rows"
            );
            shape[places[i]] = 0xff;
            record = recordOf(shape);
            try store.addKey(record, proved.keyDigest) {
                vm.assertTrue(false, "more rows than gates");
            } catch {}
        }
    }

    /// Any bytes of a shape that the store takes.
    /// forge-config: default.fuzz.runs = 64
    /// forge-config: ci.fuzz.runs = 250
    function testFuzz_AnyByte(uint256 place, bytes1 value, uint256 other, bytes1 second) public {
        bytes memory shape = honestShape();
        shape[bound(place, 6, 54)] = value;
        shape[bound(other, 6, 54)] = second;
        cannotSpeakForOthers(shape);
    }
}
