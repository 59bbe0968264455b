// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Statement} from "../../src/interfaces/IVerifier.sol";
import {SumcheckFixture, Verdict} from "../support/SumcheckFixture.sol";
import {Proved} from "../support/SumcheckProofs.sol";

/// @notice Anybody may store circuits that no decoder accepts: indices beyond lists, sizes without bounds, a header that
/// contradicts the sections. A key of such a circuit says nothing about any model, and nobody who computed its digest from
/// a key relies on it. What it must not do is speak for others: make a false proof of a good key true in a batch, or take
/// somebody else's key, circuit or name.
contract HostileCircuitTest is SumcheckFixture {
    /// Bytes of the header; then the first term: statement 0, 2 variables, coefficient 1 in two bytes, 2 factors, and the
    /// index of the first factor's functional.
    uint256 private constant HEADER = 54;
    uint256 private constant FIRST_FUNCTIONAL = HEADER + 5;

    /// Gas of a call: enough for a batch of two honest proofs three times over, and an end to loops without one.
    uint256 private constant GAS = 3_000_000;

    /// A false proof of a good key beside a proof for the hostile circuit, in either order.
    function cannotSpeakForOthers(bytes memory circuit) private {
        Proved memory proved = given.first();
        (bool stored, bytes32 vkHash) = store_(circuit, proved);
        if (!stored) return;
        Statement memory hostile = proved.statement;
        hostile.vkHash = vkHash;
        hostile.circuitHash = keccak256(bytes.concat(keccak256(circuit), slice(proved.record, 160, 192)));
        bytes memory wrong = with(proved.proof, scalarAt(0), 1);

        Statement[] memory statements = new Statement[](2);
        bytes[] memory proofs = new bytes[](2);
        Statement memory good = given.first().statement;
        for (uint256 i = 0; i < 2; ++i) {
            (statements[i], proofs[i]) = (good, wrong);
            (statements[1 - i], proofs[1 - i]) = (hostile, proved.proof);
            vm.assertTrue(!batchAccepts(statements, proofs), "a false proof, whatever stands beside it");
        }
    }

    function store_(bytes memory circuit, Proved memory proved)
        private
        returns (bool stored, bytes32 vkHash)
    {
        bytes memory record = bytes.concat(
            slice(proved.record, 0, 128), keccak256(circuit), slice(proved.record, 160, proved.record.length)
        );
        try store.addCircuit(circuit) {}
        catch {
            return (false, 0);
        }
        // Another number of model rows, which the record does not have.
        try store.addKey(record, proved.keyDigest) returns (bytes32 key) {
            return (true, key);
        } catch {
            return (false, 0);
        }
    }

    function accepts(bytes memory call) private view returns (bool) {
        (bool success, bytes memory answer) = address(verifier).staticcall{gas: GAS}(call);
        return success && abi.decode(answer, (bool));
    }

    function batchAccepts(Statement[] memory statements, bytes[] memory proofs) private view returns (bool) {
        return accepts(abi.encodeCall(verifier.verifyBatch, (statements, proofs)));
    }

    /// What the tests below compare with: beside the honest circuit a good proof is accepted, a false one is not.
    function test_TheHonestCircuit() public {
        cannotSpeakForOthers(given.CIRCUIT());
        Statement[] memory statements = new Statement[](2);
        bytes[] memory proofs = new bytes[](2);
        (statements[0], proofs[0]) = (given.first().statement, given.first().proof);
        (statements[1], proofs[1]) = (given.otherCircuit().statement, given.otherCircuit().proof);
        vm.assertTrue(batchAccepts(statements, proofs), "within the gas of these tests");
    }

    /// The weight of a functional is written where the index says, which may be anywhere in memory.
    function test_FunctionalIndexAnywhere() public {
        for (uint64 index = 0; index < 16_384; index += index < 64 ? 4 : 244) {
            cannotSpeakForOthers(withFunctional(index));
        }
    }

    /// forge-config: default.fuzz.runs = 64
    /// forge-config: ci.fuzz.runs = 250
    function testFuzz_FunctionalIndex(uint64 index) public {
        cannotSpeakForOthers(withFunctional(index));
    }

    function withFunctional(uint64 index) private view returns (bytes memory) {
        bytes memory circuit = given.CIRCUIT();
        // The longest form of `var`: two bits that say so, and 62.
        bytes8 number = bytes8((uint64(3) << 62) | (index >> 2));
        return bytes.concat(
            slice(circuit, 0, FIRST_FUNCTIONAL), number, slice(circuit, FIRST_FUNCTIONAL + 1, circuit.length)
        );
    }

    /// Any byte of any section has any value.
    /// forge-config: default.fuzz.runs = 64
    /// forge-config: ci.fuzz.runs = 250
    function testFuzz_AnyByte(uint256 place, bytes1 value) public {
        bytes memory circuit = given.CIRCUIT();
        circuit[bound(place, HEADER, circuit.length - 1)] = value;
        cannotSpeakForOthers(circuit);
    }

    /// The sections end early, or are other bytes from some place on: what is read then is memory of no meaning.
    /// forge-config: default.fuzz.runs = 64
    /// forge-config: ci.fuzz.runs = 250
    function testFuzz_AnyTail(uint256 place, bytes calldata tail) public {
        bytes memory circuit = given.CIRCUIT();
        cannotSpeakForOthers(bytes.concat(slice(circuit, 0, bound(place, HEADER, circuit.length)), tail));
    }

    /// The header contradicts the sections: degrees, rounds, lists, public integers.
    /// forge-config: default.fuzz.runs = 64
    /// forge-config: ci.fuzz.runs = 250
    function testFuzz_AnyHeader(uint256 place, bytes1 value) public {
        bytes memory circuit = given.CIRCUIT();
        circuit[bound(place, 0, HEADER - 1)] = value;
        cannotSpeakForOthers(circuit);
    }

    /// A circuit of which nothing is proved is true for everything, under its own name only.
    function test_NothingProved() public {
        Proved memory proved = given.first();
        bytes memory empty = bytes.concat(slice(proved.circuit, 0, 42), new bytes(12));
        (bool stored, bytes32 vkHash) = store_(empty, proved);
        vm.assertTrue(stored, "a header alone is stored");
        vm.assertTrue(vkHash != proved.statement.vkHash, "under a digest of its own");
        Statement memory statement = proved.statement;
        statement.vkHash = vkHash;
        check(verdict(statement, proved.proof), Verdict.Refused, "it is not the model's circuit");
    }
}
