// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Attestation, Claim, IAttestationRegistry} from "../src/interfaces/IAttestationRegistry.sol";
import {IERC7992RegistryErrors, IERC7992Verifier, ModelCommitment} from "../src/interfaces/IERC7992.sol";
import {IModelRegistry} from "../src/interfaces/IModelRegistry.sol";
import {IVerifier} from "../src/interfaces/IVerifier.sol";
import {AttestationRegistry} from "../src/registry/AttestationRegistry.sol";
import {Fixture} from "./support/Fixture.sol";
import {BindingVerifier} from "./support/Verifiers.sol";
import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";

contract AttestationRegistryTest is Fixture {
    function envelope(Claim memory claim) private view returns (bytes memory) {
        return abi.encode(claim.version, claim.nonce, prove(claim));
    }

    function test_Submit_RecordsAndEmits() public {
        Claim memory claim = claimOf(modelId, 1);
        bytes memory proof = prove(claim);
        bytes32 id = idOf(claim);
        vm.expectEmit(address(registry));
        emit IAttestationRegistry.Attested(
            id, modelId, INPUT, 1, claim.output, NONCE, stranger, address(verifier), false
        );
        vm.expectEmit(address(registry));
        emit IERC7992Verifier.InferenceVerified(modelId, INPUT, claim.output, stranger);
        vm.prank(stranger);
        vm.assertEq(registry.submit(claim, proof), id, "returned id");

        vm.assertTrue(registry.isAttested(id), "exists");
        vm.assertEq(registry.attestationIdOf(claim), id, "id view");
        Attestation memory expected = Attestation({
            modelId: modelId,
            version: 1,
            modelHash: keccak256("model"),
            circuitHash: keccak256("circuit"),
            vkHash: KEY,
            proofSystemId: SYSTEM,
            submitter: stranger,
            verifier: address(verifier),
            timestamp: 1_800_000_000,
            blockNumber: 1000,
            developmentSetup: false
        });
        vm.assertEq(
            keccak256(abi.encode(registry.attestation(id))), keccak256(abi.encode(expected)), "record"
        );
    }

    function test_Submit_RefusesAWrongProof() public {
        Claim memory claim = claimOf(modelId, 1);
        bytes memory proof = prove(claim);
        proof[31] ^= 0x01;
        vm.expectRevert(IERC7992Verifier.InvalidProof.selector);
        registry.submit(claim, proof);
        vm.assertTrue(!registry.isAttested(idOf(claim)), "nothing was recorded");
    }

    function test_Submit_PassesTheVerifiersReasonOn() public {
        vm.expectRevert(abi.encodeWithSelector(BindingVerifier.MalformedProof.selector, 3));
        registry.submit(claimOf(modelId, 1), hex"010203");
    }

    function test_Submit_RefusesUnknownModelsAndVersions() public {
        vm.expectRevert(abi.encodeWithSelector(IERC7992RegistryErrors.ModelNotFound.selector, 9));
        registry.submit(claimOf(9, 1), new bytes(32));
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.VersionNotFound.selector, modelId, uint64(2)));
        registry.submit(claimOf(modelId, 2), new bytes(32));
    }

    function test_Submit_RefusesDeprecatedModelsAndVersions() public {
        vm.startPrank(owner);
        models.updateModel(modelId, commitment("model 2"));
        models.deprecateVersion(modelId, 1);
        vm.stopPrank();
        Claim memory first = claimOf(modelId, 1);
        Claim memory second = claimOf(modelId, 2);
        bytes memory proof = prove(first);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAttestationRegistry.VerificationRefused_VersionDeprecated.selector, modelId, uint64(1)
            )
        );
        registry.submit(first, proof);
        registry.submit(second, prove(second));

        vm.prank(owner);
        models.deprecateModel(modelId);
        second.nonce = keccak256("fresh");
        proof = prove(second);
        vm.expectRevert(
            abi.encodeWithSelector(IERC7992Verifier.VerificationRefused_ModelDeprecated.selector, modelId)
        );
        registry.submit(second, proof);
    }

    function test_Submit_TakesEarlierVersionsThatAreInUse() public {
        vm.prank(owner);
        models.updateModel(modelId, commitment("model 2"));
        Claim memory first = claimOf(modelId, 1);
        bytes32 id = registry.submit(first, prove(first));
        vm.assertEq(registry.attestation(id).modelHash, keccak256("model"), "the version's own hash");
    }

    function test_Submit_RefusesMalformedOutputs() public {
        Claim memory claim = claimOf(modelId, 1);
        claim.output = "";
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.MalformedOutput.selector, 0));
        registry.submit(claim, new bytes(32));
        claim.output = new bytes(9);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.MalformedOutput.selector, 9));
        registry.submit(claim, new bytes(32));
    }

    function test_VerifyClaim_JudgesWithoutRecording() public {
        Claim memory claim = claimOf(modelId, 1);
        bytes memory proof = prove(claim);
        (bytes32 id, bool development) = registry.verifyClaim(claim, proof);
        vm.assertEq(id, idOf(claim), "id");
        vm.assertTrue(!development, "set-up");
        vm.assertTrue(!registry.isAttested(id), "not recorded");
        registry.submit(claim, proof);
        registry.verifyClaim(claim, proof);
        proof[0] ^= 0x80;
        vm.expectRevert(IERC7992Verifier.InvalidProof.selector);
        registry.verifyClaim(claim, proof);
    }

    function test_VerifyInference_RecordsLikeSubmit() public {
        Claim memory claim = claimOf(modelId, 1);
        bytes memory sealed_ = envelope(claim);
        vm.expectEmit(address(registry));
        emit IAttestationRegistry.Attested(
            idOf(claim), modelId, INPUT, 1, claim.output, NONCE, stranger, address(verifier), false
        );
        vm.expectEmit(address(registry));
        emit IERC7992Verifier.InferenceVerified(modelId, INPUT, claim.output, stranger);
        vm.prank(stranger);
        registry.verifyInference(modelId, INPUT, claim.output, sealed_);
        vm.assertTrue(registry.isAttested(idOf(claim)), "recorded");
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.AlreadyAttested.selector, idOf(claim)));
        registry.verifyInference(modelId, INPUT, claim.output, sealed_);
    }

    function test_VerifyInference_TakesTheCurrentVersionOnly() public {
        Claim memory claim = claimOf(modelId, 1);
        bytes memory sealed_ = envelope(claim);
        vm.prank(owner);
        models.updateModel(modelId, commitment("model 2"));
        vm.expectRevert(IERC7992Verifier.ModelMismatch.selector);
        registry.verifyInference(modelId, INPUT, claim.output, sealed_);
        vm.expectRevert(abi.encodeWithSelector(IERC7992RegistryErrors.ModelNotFound.selector, 9));
        registry.verifyInference(9, INPUT, claim.output, sealed_);
    }

    function test_VerifyInference_RefusesAWrongProof() public {
        Claim memory claim = claimOf(modelId, 1);
        bytes memory sealed_ = abi.encode(uint64(1), NONCE, new bytes(32));
        vm.expectRevert(IERC7992Verifier.InvalidProof.selector);
        registry.verifyInference(modelId, INPUT, claim.output, sealed_);
    }

    function test_Approval_IsTheApproversAlone() public {
        BindingVerifier other = new BindingVerifier(OTHER_SYSTEM, 0, false);
        bytes memory refusal = abi.encodeWithSelector(
            IAccessControl.AccessControlUnauthorizedAccount.selector, stranger, keccak256("VERIFIER_APPROVER")
        );
        vm.startPrank(stranger);
        vm.expectRevert(refusal);
        registry.approveVerifier(other);
        vm.expectRevert(refusal);
        registry.revokeVerifier(verifier);
        vm.stopPrank();
        // The administrator can hand the role on.
        bytes32 role = registry.VERIFIER_APPROVER();
        vm.prank(admin);
        registry.grantRole(role, stranger);
        vm.prank(stranger);
        registry.approveVerifier(other);
        vm.assertTrue(registry.isApproved(other), "approved");
    }

    function test_Approval_IsRecordedAndEmitted() public {
        BindingVerifier other = new BindingVerifier(OTHER_SYSTEM, keccak256("other key"), true);
        vm.expectEmit(address(registry));
        emit IAttestationRegistry.VerifierApproved(address(other), OTHER_SYSTEM, keccak256("other key"), true);
        approve(address(other));
        (IVerifier found, bool development) = registry.verifierFor(OTHER_SYSTEM, keccak256("other key"));
        vm.assertEq(address(found), address(other), "found");
        vm.assertTrue(development, "flag");
    }

    function test_Approval_RefusesWhatCannotVerify() public {
        vm.startPrank(admin);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.NotAContract.selector, stranger));
        registry.approveVerifier(IVerifier(stranger));
        BindingVerifier nameless = new BindingVerifier(0, KEY, false);
        vm.expectRevert(
            abi.encodeWithSelector(IAttestationRegistry.ZeroProofSystem.selector, address(nameless))
        );
        registry.approveVerifier(nameless);
        BindingVerifier rival = new BindingVerifier(SYSTEM, KEY, false);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAttestationRegistry.VerifierAlreadyApproved.selector, SYSTEM, KEY, address(verifier)
            )
        );
        registry.approveVerifier(rival);
    }

    function test_Revocation_StopsProofsAndKeepsAttestations() public {
        Claim memory claim = claimOf(modelId, 1);
        bytes32 id = registry.submit(claim, prove(claim));
        vm.expectEmit(address(registry));
        emit IAttestationRegistry.VerifierRevoked(address(verifier), SYSTEM, KEY);
        vm.prank(admin);
        registry.revokeVerifier(verifier);

        claim.nonce = keccak256("fresh");
        bytes memory proof = prove(claim);
        vm.expectRevert(abi.encodeWithSelector(IERC7992Verifier.UnsupportedProofSystem.selector, SYSTEM));
        registry.submit(claim, proof);
        (bool attested, bool development, bool approved, bool deprecated) = registry.standing(id);
        vm.assertTrue(attested && !development && !approved && !deprecated, "standing shows the revocation");

        vm.expectRevert(
            abi.encodeWithSelector(IAttestationRegistry.UnknownVerifier.selector, address(verifier))
        );
        vm.prank(admin);
        registry.revokeVerifier(verifier);
        // A replacement can take the place.
        BindingVerifier replacement = new BindingVerifier(SYSTEM, KEY, false);
        approve(address(replacement));
        registry.submit(claim, proof);
    }

    function test_Dispatch_PrefersTheKeysOwnVerifier() public {
        BindingVerifier universal = new BindingVerifier(SYSTEM, 0, false);
        approve(address(universal));
        (IVerifier found,) = registry.verifierFor(SYSTEM, KEY);
        vm.assertEq(address(found), address(verifier), "exact");
        (found,) = registry.verifierFor(SYSTEM, keccak256("another key"));
        vm.assertEq(address(found), address(universal), "wildcard");
        (found,) = registry.verifierFor(OTHER_SYSTEM, KEY);
        vm.assertEq(address(found), address(0), "none");

        Claim memory claim = claimOf(modelId, 1);
        bytes32 id = registry.submit(claim, prove(claim));
        vm.assertEq(registry.attestation(id).verifier, address(verifier), "exact judged");
        vm.prank(admin);
        registry.revokeVerifier(verifier);
        claim.nonce = 0;
        id = registry.submit(claim, prove(claim));
        vm.assertEq(registry.attestation(id).verifier, address(universal), "wildcard judged");
    }

    function test_Dispatch_NamesWhatIsMissing() public {
        ModelCommitment memory other = commitment("other");
        other.vkHash = keccak256("another key");
        uint256 id = models.registerModel(other);
        vm.expectRevert(
            abi.encodeWithSelector(IAttestationRegistry.VerifierNotApproved.selector, SYSTEM, other.vkHash)
        );
        registry.submit(claimOf(id, 1), new bytes(32));
        other = commitment("third");
        other.proofSystemId = OTHER_SYSTEM;
        id = models.registerModel(other);
        vm.expectRevert(
            abi.encodeWithSelector(IERC7992Verifier.UnsupportedProofSystem.selector, OTHER_SYSTEM)
        );
        registry.submit(claimOf(id, 1), new bytes(32));
    }

    function test_DevelopmentSetup_IsRecordedForGood() public {
        vm.prank(admin);
        registry.revokeVerifier(verifier);
        BindingVerifier development = new BindingVerifier(SYSTEM, KEY, true);
        approve(address(development));
        // What the verifier says later does not whitewash what was approved.
        development.describe(SYSTEM, KEY, false);
        Claim memory claim = claimOf(modelId, 1);
        bytes memory proof = prove(claim);
        vm.expectEmit(address(registry));
        emit IAttestationRegistry.Attested(
            idOf(claim), modelId, INPUT, 1, claim.output, NONCE, address(this), address(development), true
        );
        bytes32 id = registry.submit(claim, proof);
        vm.assertTrue(registry.attestation(id).developmentSetup, "record");
        (, bool flag,,) = registry.standing(id);
        vm.assertTrue(flag, "standing");
        (, flag) = registry.verifyClaim(claim, proof);
        vm.assertTrue(flag, "verifyClaim");
    }

    function test_Standing_ShowsDeprecation() public {
        Claim memory claim = claimOf(modelId, 1);
        bytes32 id = registry.submit(claim, prove(claim));
        (bool attested, bool development, bool approved, bool deprecated) = registry.standing(id);
        vm.assertTrue(attested && !development && approved && !deprecated, "good");
        vm.prank(owner);
        models.deprecateVersion(modelId, 1);
        (,,, deprecated) = registry.standing(id);
        vm.assertTrue(deprecated, "deprecated since");
        (attested, development, approved, deprecated) = registry.standing(keccak256("unknown"));
        vm.assertTrue(!attested && !development && !approved && !deprecated, "unknown");
    }

    function test_Attestation_RefusesUnknownIds() public {
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.AttestationNotFound.selector, bytes32(0)));
        registry.attestation(0);
        vm.assertTrue(!registry.isAttested(0), "unknown");
    }

    function test_Constructor_RefusesBadArguments() public {
        vm.expectRevert(IAttestationRegistry.ZeroAdmin.selector);
        new AttestationRegistry(models, address(0));
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.NotAContract.selector, stranger));
        new AttestationRegistry(IModelRegistry(stranger), admin);
    }

    function test_SupportsInterface_KnowsTheDraftsIds() public view {
        bytes4 draft = bytes4(keccak256("verifyInference(uint256,bytes32,bytes,bytes)"))
            ^ bytes4(keccak256("proofSystemOf(uint256)")) ^ bytes4(keccak256("registry()"));
        vm.assertTrue(registry.supportsInterface(draft), "ERC-7992 verifier");
        vm.assertTrue(registry.supportsInterface(type(IAccessControl).interfaceId), "access control");
        vm.assertTrue(registry.supportsInterface(0x01ffc9a7), "ERC-165");
        vm.assertTrue(!registry.supportsInterface(0xffffffff), "invalid id");
        vm.assertEq(registry.registry(), address(models), "registry");
        vm.assertEq(bytes32(registry.proofSystemOf(modelId)), bytes32(SYSTEM), "system");
    }

    function testFuzz_ContextOf_FollowsItsDefinition(bytes32 nonce, uint64 chain) public {
        vm.assume(chain != 0);
        vm.chainId(chain);
        Claim memory claim = claimOf(modelId, 1);
        claim.nonce = nonce;
        bytes32 expected = statementOf(registry, claim).context;
        vm.assertEq(registry.contextOf(modelId, 1, nonce), expected, "context");
    }

    /// Any two claims that differ have different ids, and a proof of one never passes for the other.
    function testFuzz_Submit_BindsEveryField(
        bytes32 input,
        bytes32 nonce,
        int64 value,
        uint8 field,
        bytes32 change
    ) public {
        vm.prank(owner);
        models.updateModel(modelId, commitment("model 2"));
        Claim memory claim = claimOf(modelId, 1);
        claim.inputCommitment = input;
        claim.nonce = nonce;
        claim.output = abi.encodePacked(value);
        bytes memory proof = prove(claim);
        bytes32 id = idOf(claim);

        vm.assume(change != 0);
        Claim memory forged = abi.decode(abi.encode(claim), (Claim));
        field = uint8(bound(field, 0, 3));
        if (field == 0) forged.inputCommitment ^= change;
        if (field == 1) forged.nonce ^= change;
        if (field == 2) forged.output = abi.encodePacked(value, int64(uint64(uint256(change))));
        if (field == 3) forged.version = 2;
        vm.assertTrue(registry.attestationIdOf(forged) != id, "ids differ");
        vm.expectRevert(IERC7992Verifier.InvalidProof.selector);
        registry.submit(forged, proof);
        vm.assertEq(registry.submit(claim, proof), id, "the honest claim");
    }
}
