// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC7992Verifier} from "../../src/interfaces/IERC7992.sol";
import {Statement} from "../../src/interfaces/IVerifier.sol";
import {SumcheckVerifier} from "../../src/verifier/SumcheckVerifier.sol";
import {VerifyingKeyStore} from "../../src/verifier/VerifyingKeyStore.sol";
import {Curve} from "../../src/verifier/sumcheck/Curve.sol";
import {ProofShape} from "../../src/verifier/sumcheck/ProofShape.sol";
import {ProvedModel, ProvedModels} from "../support/ProvedModels.sol";

/// @notice Real models, end to end.
contract SumcheckVerifierTest is ProvedModels {
    uint256 private constant EIP_170_LIMIT = 24_576;
    bytes32 private constant UNKNOWN = "unknown";

    /// The generator of G2: [tau]_2 for tau = 1 (EIP-197).
    bytes private constant GENERATOR =
        hex"198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c21800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa";

    VerifyingKeyStore private store;

    function setUp() public {
        store = new VerifyingKeyStore();
    }

    function deploy(ProvedModel memory fixture) private returns (SumcheckVerifier verifier) {
        store.addKey(fixture.record, fixture.keyDigest);
        verifier = new SumcheckVerifier(store, fixture.tauG2, true);
        vm.assertTrue(address(verifier).code.length <= EIP_170_LIMIT, "EIP-170");
    }

    function test_Verify_AcceptsRealModels() public {
        string[2] memory names = ["sumcheck_clinic", "sumcheck_lenet5"];
        for (uint256 i = 0; i < 2; ++i) {
            ProvedModel memory fixture = load(names[i]);
            SumcheckVerifier verifier = deploy(fixture);
            bool accepted = verifier.verify(fixture.statement, fixture.proof);
            vm.snapshotGasLastCall("SumcheckVerifier", names[i]);
            vm.assertTrue(accepted, names[i]);
            fixture.statement.context ^= bytes32(uint256(1));
            vm.assertTrue(!verifier.verify(fixture.statement, fixture.proof), "another context");
        }
    }

    function batch(ProvedModel memory first, ProvedModel memory second)
        private
        pure
        returns (Statement[] memory statements, bytes[] memory proofs)
    {
        statements = new Statement[](2);
        proofs = new bytes[](2);
        (statements[0], statements[1]) = (first.statement, second.statement);
        (proofs[0], proofs[1]) = (first.proof, second.proof);
    }

    function test_VerifyBatch_HoldsIffAllProofsDo() public {
        ProvedModel memory good = load("sumcheck_clinic");
        SumcheckVerifier verifier = deploy(good);
        ProvedModel memory other = load("sumcheck_clinic");
        (Statement[] memory statements, bytes[] memory proofs) = batch(good, other);
        bool accepted = verifier.verifyBatch(statements, proofs);
        vm.snapshotGasLastCall("SumcheckVerifier", "batch of two sumcheck_clinic");
        vm.assertTrue(accepted, "both");
        other.statement.context = "other";
        (statements, proofs) = batch(good, other);
        vm.assertTrue(!verifier.verifyBatch(statements, proofs), "second is false");
        (statements, proofs) = batch(other, good);
        vm.assertTrue(!verifier.verifyBatch(statements, proofs), "first is false");
    }

    /// [W'] is absorbed last, and nothing of the identity depends on it: only the pairing notices another one.
    function test_VerifyBatch_AsksThePairing() public {
        ProvedModel memory good = load("sumcheck_clinic");
        SumcheckVerifier verifier = deploy(good);
        ProvedModel memory other = load("sumcheck_clinic");
        replace(other.proof, other.proof.length - 64, 1);
        replace(other.proof, other.proof.length - 32, 2);
        vm.assertTrue(!verifier.verify(other.statement, other.proof), "alone");
        (Statement[] memory statements, bytes[] memory proofs) = batch(good, other);
        vm.assertTrue(!verifier.verifyBatch(statements, proofs), "second");
        (statements, proofs) = batch(other, other);
        vm.assertTrue(!verifier.verifyBatch(statements, proofs), "both");
    }

    function test_VerifyBatch_RefusesMalformedOnes() public {
        ProvedModel memory good = load("sumcheck_clinic");
        SumcheckVerifier verifier = deploy(good);
        vm.expectRevert(abi.encodeWithSelector(SumcheckVerifier.MalformedBatch.selector, 0, 0));
        verifier.verifyBatch(new Statement[](0), new bytes[](0));
        ProvedModel memory bad = load("sumcheck_clinic");
        (Statement[] memory statements, bytes[] memory proofs) = batch(good, bad);
        vm.expectRevert(abi.encodeWithSelector(SumcheckVerifier.MalformedBatch.selector, 2, 1));
        verifier.verifyBatch(statements, new bytes[](1));
        // A false proof in front does not hide a malformed one.
        good.statement.context = "other";
        replace(bad.proof, bad.proof.length - 32, 5);
        (statements, proofs) = batch(good, bad);
        vm.expectRevert(Curve.InvalidPoint.selector);
        verifier.verifyBatch(statements, proofs);
    }

    function test_Verify_RefusesStatementsOfAnotherKey() public {
        ProvedModel memory good = load("sumcheck_clinic");
        SumcheckVerifier verifier = deploy(good);
        Statement memory statement = good.statement;
        statement.modelHash ^= bytes32(uint256(1));
        vm.expectRevert(IERC7992Verifier.ModelMismatch.selector);
        verifier.verify(statement, good.proof);
        statement = load("sumcheck_clinic").statement;
        statement.circuitHash ^= bytes32(uint256(1));
        vm.expectRevert(SumcheckVerifier.CircuitMismatch.selector);
        verifier.verify(statement, good.proof);
        statement = load("sumcheck_clinic").statement;
        statement.vkHash = UNKNOWN;
        vm.expectRevert(abi.encodeWithSelector(SumcheckVerifier.UnknownVerifyingKey.selector, UNKNOWN));
        verifier.verify(statement, good.proof);
        statement = load("sumcheck_clinic").statement;
        statement.inputCommitment ^= bytes32(uint256(1));
        vm.expectRevert(IERC7992Verifier.InputCommitmentMismatch.selector);
        verifier.verify(statement, good.proof);
        SumcheckVerifier foreign = new SumcheckVerifier(store, load("sumcheck_lenet5").tauG2, true);
        vm.expectRevert(
            abi.encodeWithSelector(
                SumcheckVerifier.SetupMismatch.selector, foreign.tauDigest(), verifier.tauDigest()
            )
        );
        foreign.verify(load("sumcheck_clinic").statement, good.proof);
    }

    /// Every word of a proof, replaced by what is no encoding: a revert with a name, although the proof is false, too.
    function test_Verify_RefusesEveryMalformedWord() public {
        ProvedModel memory good = load("sumcheck_clinic");
        SumcheckVerifier verifier = deploy(good);
        // The first 64 bytes are the data row, which the statement's commitment is of.
        for (uint256 offset = 64; offset < good.proof.length; offset += 32) {
            ProvedModel memory bad = load("sumcheck_clinic");
            replace(bad.proof, offset, type(uint256).max);
            try verifier.verify(bad.statement, bad.proof) returns (bool) {
                vm.assertTrue(false, "not refused");
            } catch (bytes memory reason) {
                // The first four bytes of a reason are its selector.
                // forge-lint: disable-next-line(unsafe-typecast)
                bytes4 name = bytes4(reason);
                vm.assertTrue(
                    name == ProofShape.NonCanonicalScalar.selector || name == Curve.InvalidPoint.selector,
                    "named"
                );
            }
        }
    }

    /// Every word of a proof, changed within its encoding: false, or malformed where a point leaves the curve.
    function test_Verify_NoticesEveryChangedScalar() public {
        ProvedModel memory good = load("sumcheck_clinic");
        SumcheckVerifier verifier = deploy(good);
        for (uint256 offset = 64; offset < good.proof.length; offset += 32) {
            ProvedModel memory bad = load("sumcheck_clinic");
            replace(bad.proof, offset, 3);
            try verifier.verify(bad.statement, bad.proof) returns (bool accepted) {
                vm.assertTrue(!accepted, "accepted");
            } catch (bytes memory reason) {
                // The first four bytes of a reason are its selector.
                // forge-lint: disable-next-line(unsafe-typecast)
                vm.assertTrue(bytes4(reason) == Curve.InvalidPoint.selector, "named");
            }
        }
    }

    function test_Constructor_RefusesOtherSetups() public {
        bytes memory tauG2 = load("sumcheck_clinic").tauG2;
        vm.expectRevert(abi.encodeWithSelector(SumcheckVerifier.MalformedSetup.selector, 127));
        new SumcheckVerifier(store, new bytes(127), true);
        vm.expectRevert(SumcheckVerifier.InvalidSetup.selector);
        new SumcheckVerifier(store, new bytes(128), true);
        vm.expectRevert(SumcheckVerifier.InvalidSetup.selector);
        new SumcheckVerifier(store, GENERATOR, true);
        replace(tauG2, 96, 1);
        vm.expectRevert(Curve.PairingFailed.selector);
        new SumcheckVerifier(store, tauG2, true);
        vm.expectRevert(abi.encodeWithSelector(SumcheckVerifier.NotAContract.selector, address(1234)));
        new SumcheckVerifier(VerifyingKeyStore(address(1234)), tauG2, true);
    }

    function replace(bytes memory data, uint256 offset, uint256 word) private pure {
        assembly ("memory-safe") {
            mstore(add(add(data, 0x20), offset), word)
        }
    }
}
