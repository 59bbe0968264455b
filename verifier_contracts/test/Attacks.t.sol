// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Claim, IAttestationRegistry} from "../src/interfaces/IAttestationRegistry.sol";
import {IERC7992Verifier, ModelCommitment} from "../src/interfaces/IERC7992.sol";
import {IVerifier} from "../src/interfaces/IVerifier.sol";
import {AttestationRegistry} from "../src/registry/AttestationRegistry.sol";
import {Fixture} from "./support/Fixture.sol";
import {BindingVerifier, GasBurner, Parrot, Reentrant, SilentReverter} from "./support/Verifiers.sol";

/// @notice One case for each known way to get an attestation that should not exist.
contract AttacksTest is Fixture {
    /// A model under `OTHER_SYSTEM`, whose verifier is the attacker's.
    function hostileModel(address hostile) private returns (Claim memory) {
        approve(hostile);
        ModelCommitment memory model = commitment("hostile");
        model.proofSystemId = OTHER_SYSTEM;
        return claimOf(models.registerModel(model), 1);
    }

    function expectVerifierFailed(address hostile) private {
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.VerifierFailed.selector, hostile));
    }

    function test_Replay_SameChainSameRegistry() public {
        Claim memory claim = claimOf(modelId, 1);
        bytes memory proof = prove(claim);
        registry.submit(claim, proof);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.AlreadyAttested.selector, idOf(claim)));
        vm.prank(stranger);
        registry.submit(claim, proof);
        vm.assertEq(registry.attestation(idOf(claim)).submitter, address(this), "the first one's");
    }

    function test_Replay_OnAnotherChain() public {
        Claim memory claim = claimOf(modelId, 1);
        bytes memory proof = prove(claim);
        vm.chainId(block.chainid + 1);
        vm.expectRevert(IERC7992Verifier.InvalidProof.selector);
        registry.submit(claim, proof);
    }

    function test_Replay_InAnotherRegistry() public {
        AttestationRegistry twin = new AttestationRegistry(models, admin);
        vm.prank(admin);
        twin.approveVerifier(verifier);
        Claim memory claim = claimOf(modelId, 1);
        bytes memory proof = prove(claim);
        vm.expectRevert(IERC7992Verifier.InvalidProof.selector);
        twin.submit(claim, proof);
        registry.submit(claim, proof);
    }

    function test_OffChainProof_IsNeverAnchored() public {
        Claim memory claim = claimOf(modelId, 1);
        // An off-chain proof binds the zero context; no registry's context is zero.
        bytes32 context = registry.contextOf(modelId, 1, NONCE);
        vm.assertTrue(context != 0, "a context");
        bytes32 offChain = keccak256(
            abi.encode(
                "proof", keccak256("model"), keccak256("circuit"), KEY, INPUT, bytes32(0), claim.output
            )
        );
        vm.expectRevert(IERC7992Verifier.InvalidProof.selector);
        registry.submit(claim, abi.encodePacked(offChain));
    }

    function test_ProofOfAnotherModel_WithTheSameKey() public {
        vm.prank(stranger);
        uint256 other = models.registerModel(commitment("other"));
        Claim memory claim = claimOf(other, 1);
        bytes memory proof = prove(claim);
        claim.modelId = modelId;
        vm.expectRevert(IERC7992Verifier.InvalidProof.selector);
        registry.submit(claim, proof);
    }

    function test_ProofOfAnotherVersion() public {
        vm.prank(owner);
        models.updateModel(modelId, commitment("model 2"));
        Claim memory claim = claimOf(modelId, 1);
        bytes memory proof = prove(claim);
        claim.version = 2;
        vm.expectRevert(IERC7992Verifier.InvalidProof.selector);
        registry.submit(claim, proof);
    }

    function test_AlteredOutput() public {
        Claim memory claim = claimOf(modelId, 1);
        bytes memory proof = prove(claim);
        claim.output = abi.encodePacked(int64(-3), int64(8));
        vm.expectRevert(IERC7992Verifier.InvalidProof.selector);
        registry.submit(claim, proof);
    }

    function test_ApprovedVerifierOfAnotherModel_ServesOnlyItsKey() public {
        // The attacker gets a verifier approved for the attacker's key; the victim's key is not served by it.
        Parrot yes = new Parrot(SYSTEM, false);
        yes.describe(SYSTEM, keccak256("attacker's key"), false);
        approve(address(yes));
        Claim memory claim = claimOf(modelId, 1);
        vm.expectRevert(abi.encodeWithSelector(BindingVerifier.MalformedProof.selector, 64));
        registry.submit(claim, abi.encode(uint256(1), uint256(0)));
    }

    function test_ShapeShifter_CannotGrabAnotherKeyAfterApproval() public {
        Parrot shifter = new Parrot(OTHER_SYSTEM, false);
        shifter.describe(OTHER_SYSTEM, keccak256("its key"), false);
        approve(address(shifter));
        shifter.describe(SYSTEM, 0, false);
        (IVerifier found,) = registry.verifierFor(SYSTEM, keccak256("unserved"));
        vm.assertEq(address(found), address(0), "not served");
        // A second approval of the same contract would leave the first behind.
        vm.expectRevert(
            abi.encodeWithSelector(
                IAttestationRegistry.VerifierAlreadyApproved.selector,
                OTHER_SYSTEM,
                keccak256("its key"),
                address(shifter)
            )
        );
        vm.prank(admin);
        registry.approveVerifier(shifter);
        // Revocation finds what was approved, whatever the contract says now.
        vm.prank(admin);
        registry.revokeVerifier(shifter);
        (found,) = registry.verifierFor(OTHER_SYSTEM, keccak256("its key"));
        vm.assertEq(address(found), address(0), "revoked");
    }

    function test_Reentry_IsRefusedByTheStaticCall() public {
        Reentrant insistent = new Reentrant(registry, OTHER_SYSTEM, true);
        Claim memory claim = hostileModel(address(insistent));
        insistent.arm(claim);
        vm.expectRevert(abi.encodeWithSignature("Error(string)", "re-entry refused"));
        registry.submit(claim, "");
        vm.assertTrue(!registry.isAttested(idOf(claim)), "nothing");
    }

    function test_Reentry_SwallowedRecordsOnce() public {
        Reentrant quiet = new Reentrant(registry, OTHER_SYSTEM, false);
        Claim memory claim = hostileModel(address(quiet));
        quiet.arm(claim);
        vm.recordLogs();
        registry.submit(claim, "");
        vm.assertEq(vm.getRecordedLogs().length, 2, "Attested and InferenceVerified once");
        vm.assertTrue(registry.isAttested(idOf(claim)), "recorded");
    }

    function test_GasBurner() public {
        GasBurner burner = new GasBurner(OTHER_SYSTEM);
        Claim memory claim = hostileModel(address(burner));
        expectVerifierFailed(address(burner));
        registry.submit(claim, "");
    }

    function test_SilentRevert() public {
        SilentReverter silent = new SilentReverter(OTHER_SYSTEM);
        Claim memory claim = hostileModel(address(silent));
        expectVerifierFailed(address(silent));
        registry.submit(claim, "");
    }

    function test_GarbageAnswers() public {
        Parrot parrot = new Parrot(OTHER_SYSTEM, false);
        Claim memory claim = hostileModel(address(parrot));
        bytes[6] memory answers = [
            bytes(""),
            abi.encode(2),
            abi.encode(type(uint256).max),
            abi.encodePacked(uint248(1)),
            abi.encode(1, 0),
            abi.encodePacked(uint256(1), uint8(0))
        ];
        for (uint256 i = 0; i < answers.length; ++i) {
            expectVerifierFailed(address(parrot));
            registry.submit(claim, answers[i]);
        }
        // The two proper answers.
        vm.expectRevert(IERC7992Verifier.InvalidProof.selector);
        registry.submit(claim, abi.encode(0));
        registry.submit(claim, abi.encode(1));
    }

    function test_ReturnBomb_IsNotCopied() public {
        Parrot bomber = new Parrot(OTHER_SYSTEM, true);
        Claim memory claim = hostileModel(address(bomber));
        bytes memory reason = new bytes(4096);
        reason[0] = 0x01;
        vm.expectRevert(reason);
        registry.submit(claim, reason);
        expectVerifierFailed(address(bomber));
        registry.submit(claim, new bytes(4097));
    }

    function test_VanishedVerifier() public {
        Claim memory claim = claimOf(modelId, 1);
        bytes memory proof = prove(claim);
        vm.etch(address(verifier), "");
        expectVerifierFailed(address(verifier));
        registry.submit(claim, proof);
    }

    /// Whatever gas a submitter withholds, a wrong proof never passes and a right one passes or reverts.
    function testFuzz_GasStarving_NeverRecordsAWrongProof(uint256 limit) public {
        limit = bound(limit, 30_000, 400_000);
        Claim memory claim = claimOf(modelId, 1);
        try registry.submit{gas: limit}(claim, new bytes(32)) {
            vm.assertTrue(false, "a wrong proof was recorded");
        } catch {}
        bytes memory proof = prove(claim);
        try registry.submit{gas: limit}(claim, proof) {
            vm.assertTrue(registry.isAttested(idOf(claim)), "recorded whole");
        } catch {
            vm.assertTrue(!registry.isAttested(idOf(claim)), "nothing by half");
        }
    }
}
