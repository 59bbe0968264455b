// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ModelCommitment} from "../src/interfaces/IERC7992.sol";
import {AttestationRegistry} from "../src/registry/AttestationRegistry.sol";
import {ModelRegistry} from "../src/registry/ModelRegistry.sol";
import {RegistryHandler} from "./support/RegistryHandler.sol";
import {Test} from "./support/Test.sol";

/// @notice What holds after any sequence of calls by anybody.
contract InvariantsTest is Test {
    RegistryHandler private handler;
    ModelRegistry private models;
    AttestationRegistry private registry;

    function setUp() public {
        handler = new RegistryHandler();
        models = handler.models();
        registry = handler.registry();
        bytes4[] memory actions = new bytes4[](12);
        actions[0] = handler.registerModel.selector;
        actions[1] = handler.updateModel.selector;
        actions[2] = handler.deprecateModel.selector;
        actions[3] = handler.deprecateVersion.selector;
        actions[4] = handler.transferModel.selector;
        actions[5] = handler.acceptModel.selector;
        actions[6] = handler.submitHonest.selector;
        actions[7] = handler.submitForged.selector;
        actions[8] = handler.submitStolen.selector;
        actions[9] = handler.replay.selector;
        actions[10] = handler.toggleApproval.selector;
        actions[11] = handler.toggleApprovalAsStranger.selector;
        target(address(handler), actions);
    }

    /// The handler can reach what the invariants are about: otherwise they would hold of nothing.
    function test_TheHandlerReachesAttestations() public {
        handler.submitHonest(0, 1, 1, "nonce", -1);
        vm.assertEq(handler.attestationCount(), 1, "an honest proof is attested");
        handler.replay(1, 0);
        handler.submitForged(1, 1, "nonce", "forged");
        handler.registerModel(1);
        handler.submitStolen(1, 0, 2, 1);
        vm.assertEq(handler.attestationCount(), 1, "and nothing else is");
        handler.updateModel(0, 1);
        handler.submitHonest(0, 1, 2, "nonce", -1);
        vm.assertEq(handler.attestationCount(), 2, "the new version");
        handler.transferModel(0, 1, 2);
        handler.acceptModel(2, 1);
        vm.assertEq(models.ownerOf(1), handler.actors(2), "new owner");
        handler.deprecateVersion(2, 1, 1, 0);
        handler.deprecateModel(2, 1, 0);
        vm.assertTrue(handler.deprecated(1), "deprecated");
        handler.toggleApproval(0);
        vm.assertTrue(!registry.isApproved(handler.verifier()), "revoked");
        vm.assertEq(handler.violation(), "", "by the books");
    }

    /// No call succeeded that the books forbid, and none failed that they allow.
    function invariant_EveryCallWentByTheBooks() public view {
        vm.assertEq(handler.violation(), "", "violation");
    }

    /// Every attestation was proved: the verifier accepts its statement.
    function invariant_NoAttestationWithoutAnAcceptedProof() public view {
        uint256 count = handler.attestationCount();
        for (uint256 i = 0; i < count; ++i) {
            bytes32 id = handler.attestationIds(i);
            vm.assertTrue(registry.isAttested(id), "recorded");
            vm.assertTrue(handler.wasProved(i), "proved");
        }
    }

    /// The log is the list of attestations: one entry for each, with its model, and no other.
    function invariant_TheLogListsTheAttestations() public view {
        uint256 count = handler.attestationCount();
        vm.assertEq(handler.logCount(), count, "entries");
        for (uint256 i = 0; i < count; ++i) {
            bytes32 id = handler.attestationIds(i);
            vm.assertEq(handler.loggedIds(i), id, "id");
            vm.assertEq(registry.attestation(id).modelId, handler.loggedModels(i), "model");
        }
    }

    /// Versions are only ever added; what was registered reads back unchanged.
    function invariant_HistoryStays() public view {
        vm.assertEq(models.modelCount(), handler.modelCount(), "models");
        for (uint256 id = 1; id <= handler.modelCount(); ++id) {
            uint64 count = models.versionCount(id);
            vm.assertEq(count, handler.versionCount(id), "versions");
            for (uint64 version = 1; version <= count; ++version) {
                (ModelCommitment memory model, bool deprecated) = models.getVersion(id, version);
                vm.assertEq(keccak256(abi.encode(model)), handler.versionDigest(id, version - 1), "unchanged");
                vm.assertEq(models.modelIdOf(model.modelHash), id, "hash of one model");
                vm.assertTrue(
                    deprecated == (handler.deprecated(id) || handler.versionDeprecated(id, version)),
                    "deprecation is by the owner, and for good"
                );
            }
        }
    }

    /// Owners change by offer and acceptance only.
    function invariant_OwnersFollowOffers() public view {
        for (uint256 id = 1; id <= handler.modelCount(); ++id) {
            vm.assertEq(models.ownerOf(id), handler.ownerOf(id), "owner");
            vm.assertEq(models.pendingOwnerOf(id), handler.offeredTo(id), "offer");
        }
    }
}
