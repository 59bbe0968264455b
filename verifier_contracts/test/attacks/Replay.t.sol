// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Claim, IAttestationRegistry} from "../../src/interfaces/IAttestationRegistry.sol";
import {IERC7992Verifier, ModelCommitment} from "../../src/interfaces/IERC7992.sol";
import {Statement} from "../../src/interfaces/IVerifier.sol";
import {AttestationRegistry} from "../../src/registry/AttestationRegistry.sol";
import {ModelRegistry} from "../../src/registry/ModelRegistry.sol";
import {SumcheckFixture, Verdict} from "../support/SumcheckFixture.sol";
import {Proved} from "../support/SumcheckProofs.sol";

/// @notice A proof is of one statement: it is worth nothing on another chain, in another registry, for another model,
/// version, nonce, input or output, and a second time.
contract ReplayTest is SumcheckFixture {
    ModelRegistry private models;
    AttestationRegistry private registry;

    function setUp() public override {
        super.setUp();
        vm.startPrank(given.DEPLOYER());
        models = ModelRegistry(deployed("ModelRegistry", ""));
        registry = newRegistry();
        vm.stopPrank();
        vm.assertEq(address(registry), given.REGISTRY(), "where the proofs hold");
        registry.approveVerifier(verifier);
        models.registerModel(model(given.first()));
    }

    function newRegistry() private returns (AttestationRegistry) {
        return AttestationRegistry(deployed("AttestationRegistry", abi.encode(models, address(this))));
    }

    function model(Proved memory proved) private view returns (ModelCommitment memory) {
        Statement memory statement = proved.statement;
        return ModelCommitment({
            modelHash: statement.modelHash,
            circuitHash: statement.circuitHash,
            vkHash: statement.vkHash,
            proofSystemId: verifier.proofSystemId(),
            uri: ""
        });
    }

    function claim(Proved memory proved) private view returns (Claim memory) {
        return Claim({
            modelId: 1,
            version: 1,
            inputCommitment: proved.statement.inputCommitment,
            output: proved.statement.output,
            nonce: given.NONCE()
        });
    }

    function isInvalid(Claim memory changed, bytes memory proof) private {
        vm.expectRevert(IERC7992Verifier.InvalidProof.selector);
        registry.submit(changed, proof);
    }

    function test_AHonestProofIsAttested() public {
        Proved memory proved = given.first();
        bytes32 id = registry.submit(claim(proved), proved.proof);
        vm.assertTrue(registry.isAttested(id), "attested");
        vm.assertTrue(registry.attestation(id).developmentSetup, "and marked as worthless");
    }

    function test_Twice() public {
        Proved memory proved = given.first();
        Claim memory same = claim(proved);
        bytes32 id = registry.submit(same, proved.proof);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.AlreadyAttested.selector, id));
        registry.submit(same, proved.proof);
        // Neither does another proof of the claim make another attestation.
        bytes memory again = given.again().proof;
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.AlreadyAttested.selector, id));
        registry.submit(same, again);
    }

    function test_OnAnotherChain() public {
        Proved memory proved = given.first();
        vm.chainId(1);
        isInvalid(claim(proved), proved.proof);
    }

    function test_InAnotherRegistry() public {
        Proved memory proved = given.first();
        registry = newRegistry();
        registry.approveVerifier(verifier);
        isInvalid(claim(proved), proved.proof);
    }

    function test_ForAnotherVersion() public {
        Proved memory proved = given.first();
        models.updateModel(1, model(given.otherKey()));
        Claim memory changed = claim(proved);
        changed.version = 2;
        isInvalid(changed, proved.proof);
    }

    function test_ForAnotherModel() public {
        Proved memory proved = given.first();
        models.registerModel(model(given.otherModel()));
        Claim memory changed = claim(proved);
        changed.modelId = 2;
        isInvalid(changed, proved.proof);
    }

    function test_WithAnotherNonce() public {
        Proved memory proved = given.first();
        Claim memory changed = claim(proved);
        changed.nonce = keccak256("another");
        isInvalid(changed, proved.proof);
    }

    function test_WithAnotherOutput() public {
        Proved memory proved = given.first();
        Claim memory changed = claim(proved);
        changed.output[7] ^= 0x01;
        isInvalid(changed, proved.proof);
    }

    /// The commitment is of the data rows in the proof, so another one is not even a false statement.
    function test_WithAnotherInput() public {
        Proved memory proved = given.first();
        Claim memory changed = claim(proved);
        changed.inputCommitment = given.second().statement.inputCommitment;
        vm.expectRevert(IERC7992Verifier.InputCommitmentMismatch.selector);
        registry.submit(changed, proved.proof);
        changed.inputCommitment = bytes32(uint256(changed.inputCommitment) ^ 1);
        vm.expectRevert(IERC7992Verifier.InputCommitmentMismatch.selector);
        registry.submit(changed, proved.proof);
    }

    function test_OffChainProof() public {
        Proved memory proved = given.offChain();
        check(verdict(proved.statement, proved.proof), Verdict.True, "true outside of any context");
        isInvalid(claim(proved), proved.proof);
    }

    /// Each bit of what a statement says is bound by the verifier itself, whoever calls it.
    function testFuzz_AnyBitOfTheStatement(uint256 field, uint256 bit) public view {
        Proved memory proved = given.first();
        Statement memory changed = proved.statement;
        bytes32 mask = bytes32(uint256(1)) << bound(bit, 0, 255);
        field = bound(field, 0, 5);
        if (field == 0) changed.modelHash ^= mask;
        if (field == 1) changed.circuitHash ^= mask;
        if (field == 2) changed.vkHash ^= mask;
        if (field == 3) changed.inputCommitment ^= mask;
        if (field == 4) changed.context ^= mask;
        if (field == 5) {
            bit = bound(bit, 0, 8 * changed.output.length - 1);
            changed.output[bit / 8] ^= bytes1(0x01) << (bit % 8);
        }
        Verdict expected = field < 4 ? Verdict.Refused : Verdict.False;
        check(verdict(changed, proved.proof), expected, "another statement");
    }

    function test_OutputsOfOtherLengths() public view {
        Proved memory proved = given.first();
        Statement memory changed = proved.statement;
        bytes memory output = changed.output;
        uint256 length = output.length;
        bytes[6] memory others = [
            bytes(""),
            slice(output, 0, length - 1),
            slice(output, 0, length - 8),
            bytes.concat(output, hex"00"),
            bytes.concat(output, bytes8(0)),
            bytes.concat(output, output)
        ];
        for (uint256 i = 0; i < others.length; ++i) {
            changed.output = others[i];
            check(verdict(changed, proved.proof), Verdict.Refused, "another number of values");
        }
    }

    /// Integers that are the same modulo r, or modulo 2^64 with another sign, are other outputs.
    function test_EveryOutputChanged() public view {
        Proved memory proved = given.first();
        Statement memory changed = proved.statement;
        bytes memory output = bytes.concat(changed.output);
        for (uint256 i = 0; i < output.length; i += 8) {
            changed.output = bytes.concat(output);
            changed.output[i] ^= 0x80;
            check(verdict(changed, proved.proof), Verdict.False, "another sign");
            changed.output = bytes.concat(output);
            changed.output[i + 7] ^= 0x01;
            check(verdict(changed, proved.proof), Verdict.False, "off by one");
        }
    }
}
