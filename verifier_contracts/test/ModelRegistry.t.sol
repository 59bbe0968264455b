// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC7992Registry, IERC7992RegistryErrors, ModelCommitment} from "../src/interfaces/IERC7992.sol";
import {IModelRegistry} from "../src/interfaces/IModelRegistry.sol";
import {Fixture} from "./support/Fixture.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

contract ModelRegistryTest is Fixture {
    function assertSame(ModelCommitment memory left, ModelCommitment memory right) private pure {
        vm.assertEq(keccak256(abi.encode(left)), keccak256(abi.encode(right)), "commitment");
    }

    function test_RegisterModel_GivesConsecutiveIdsAndRecordsEverything() public {
        ModelCommitment memory second = commitment("second");
        vm.expectEmit(address(models));
        emit IERC7992Registry.ModelRegistered(2, stranger, second);
        vm.expectEmit(address(models));
        emit IModelRegistry.VersionAdded(2, 1, second.modelHash, second.circuitHash, second.vkHash);
        vm.prank(stranger);
        vm.assertEq(models.registerModel(second), 2, "id");

        (ModelCommitment memory stored, bool deprecated, address holder) = models.getModel(2);
        assertSame(stored, second);
        vm.assertTrue(!deprecated, "in use");
        vm.assertEq(holder, stranger, "owner");
        vm.assertEq(models.modelIdOf(second.modelHash), 2, "by hash");
        vm.assertEq(models.modelCount(), 2, "count");
        vm.assertEq(models.versionCount(2), 1, "versions");
    }

    function test_RegisterModel_RefusesZeroHashes() public {
        ModelCommitment memory model = commitment("zero");
        model.modelHash = 0;
        vm.expectRevert(IModelRegistry.ZeroModelHash.selector);
        models.registerModel(model);
        model = commitment("zero");
        model.circuitHash = 0;
        vm.expectRevert(IModelRegistry.ZeroCircuitHash.selector);
        models.registerModel(model);
        model = commitment("zero");
        model.vkHash = 0;
        vm.expectRevert(IModelRegistry.ZeroVkHash.selector);
        models.registerModel(model);
        model = commitment("zero");
        model.proofSystemId = 0;
        vm.expectRevert(IModelRegistry.ZeroProofSystemId.selector);
        models.registerModel(model);
        vm.assertEq(models.modelCount(), 1, "nothing was recorded");
    }

    function test_RegisterModel_RefusesAHashThatIsTaken() public {
        ModelCommitment memory twin = commitment("model");
        twin.circuitHash = keccak256("another circuit");
        vm.expectRevert(
            abi.encodeWithSelector(IModelRegistry.ModelAlreadyRegistered.selector, twin.modelHash, modelId)
        );
        vm.prank(stranger);
        models.registerModel(twin);
    }

    function test_UpdateModel_AddsAVersionAndKeepsHistory() public {
        ModelCommitment memory first = commitment("model");
        ModelCommitment memory second = commitment("model 2");
        vm.expectEmit(address(models));
        emit IModelRegistry.VersionAdded(modelId, 2, second.modelHash, second.circuitHash, second.vkHash);
        vm.expectEmit(address(models));
        emit IERC7992Registry.ModelUpdated(modelId, first, second);
        vm.prank(owner);
        models.updateModel(modelId, second);

        vm.assertEq(models.versionCount(modelId), 2, "versions");
        (ModelCommitment memory current,,) = models.getModel(modelId);
        assertSame(current, second);
        (ModelCommitment memory kept, bool deprecated) = models.getVersion(modelId, 1);
        assertSame(kept, first);
        vm.assertTrue(!deprecated, "the earlier version stays in use");
        vm.assertEq(models.modelIdOf(first.modelHash), modelId, "old hash");
        vm.assertEq(models.modelIdOf(second.modelHash), modelId, "new hash");
    }

    function test_UpdateModel_TakesTheSameModelUnderAnotherKeyOnce() public {
        ModelCommitment memory rekeyed = commitment("model");
        rekeyed.vkHash = keccak256("another key");
        vm.startPrank(owner);
        models.updateModel(modelId, rekeyed);
        vm.expectRevert(
            abi.encodeWithSelector(IModelRegistry.VersionAlreadyRegistered.selector, modelId, uint64(2))
        );
        models.updateModel(modelId, rekeyed);
        // The text does not make a version new.
        ModelCommitment memory first = commitment("model");
        first.uri = "elsewhere";
        vm.expectRevert(
            abi.encodeWithSelector(IModelRegistry.VersionAlreadyRegistered.selector, modelId, uint64(1))
        );
        models.updateModel(modelId, first);
    }

    function test_UpdateModel_RefusesAnotherModelsHash() public {
        vm.prank(stranger);
        uint256 other = models.registerModel(commitment("other"));
        bytes32 hash = keccak256("other");
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelAlreadyRegistered.selector, hash, other));
        vm.prank(owner);
        models.updateModel(modelId, commitment("other"));
    }

    function test_Mutators_RefuseEverybodyButTheOwner() public {
        bytes memory refusal =
            abi.encodeWithSelector(IERC7992RegistryErrors.NotModelOwner.selector, modelId, stranger);
        vm.startPrank(stranger);
        vm.expectRevert(refusal);
        models.updateModel(modelId, commitment("model 2"));
        vm.expectRevert(refusal);
        models.deprecateModel(modelId);
        vm.expectRevert(refusal);
        models.deprecateVersion(modelId, 1);
        vm.expectRevert(refusal);
        models.transferModel(modelId, stranger);
    }

    function test_UnknownIds_AreRefusedEverywhere() public {
        bytes memory refusal = abi.encodeWithSelector(IERC7992RegistryErrors.ModelNotFound.selector, 99);
        vm.expectRevert(refusal);
        models.getModel(99);
        vm.expectRevert(refusal);
        models.getVersion(99, 1);
        vm.expectRevert(refusal);
        models.versionKeys(99, 1);
        vm.expectRevert(refusal);
        models.versionCount(99);
        vm.expectRevert(refusal);
        models.parentOf(99);
        vm.expectRevert(refusal);
        models.ownerOf(99);
        vm.expectRevert(refusal);
        models.pendingOwnerOf(99);
        vm.expectRevert(refusal);
        models.updateModel(99, commitment("model 2"));
        vm.expectRevert(refusal);
        models.deprecateModel(99);
        vm.expectRevert(refusal);
        models.acceptModel(99);
        vm.expectRevert(refusal);
        models.registerDerivedModel(99, 1, commitment("child"));
        vm.expectRevert(abi.encodeWithSelector(IERC7992RegistryErrors.ModelNotFound.selector, 0));
        models.getModel(0);
        vm.assertEq(models.modelIdOf(keccak256("unknown")), 0, "no such hash");
    }

    function test_Versions_StartAtOneAndEndAtTheCount() public {
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.VersionNotFound.selector, modelId, uint64(0)));
        models.getVersion(modelId, 0);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.VersionNotFound.selector, modelId, uint64(2)));
        models.versionKeys(modelId, 2);
    }

    function test_DeprecateModel_IsFinalAndStopsUpdates() public {
        vm.startPrank(owner);
        vm.expectEmit(address(models));
        emit IERC7992Registry.ModelDeprecated(modelId);
        models.deprecateModel(modelId);
        (, bool deprecated,) = models.getModel(modelId);
        vm.assertTrue(deprecated, "model");
        (, deprecated) = models.getVersion(modelId, 1);
        vm.assertTrue(deprecated, "version");

        // The draft's error: same name as the event, same selector as if the interface declared it.
        bytes memory refusal = abi.encodeWithSignature("ModelDeprecated(uint256)", modelId);
        vm.expectRevert(refusal);
        models.updateModel(modelId, commitment("model 2"));
        vm.expectRevert(refusal);
        models.deprecateModel(modelId);
    }

    function test_DeprecateVersion_LeavesTheOthers() public {
        vm.startPrank(owner);
        models.updateModel(modelId, commitment("model 2"));
        vm.expectEmit(address(models));
        emit IModelRegistry.VersionDeprecated(modelId, 1);
        models.deprecateVersion(modelId, 1);
        (, bool first) = models.getVersion(modelId, 1);
        (, bool second) = models.getVersion(modelId, 2);
        vm.assertTrue(first && !second, "only the first");
        vm.expectRevert(
            abi.encodeWithSelector(IModelRegistry.VersionAlreadyDeprecated.selector, modelId, uint64(1))
        );
        models.deprecateVersion(modelId, 1);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.VersionNotFound.selector, modelId, uint64(3)));
        models.deprecateVersion(modelId, 3);
    }

    function test_DerivedModel_NamesItsParentVersion() public {
        vm.expectEmit(address(models));
        emit IModelRegistry.ModelDerived(2, modelId, 1);
        vm.prank(stranger);
        uint256 child = models.registerDerivedModel(modelId, 1, commitment("child"));
        (uint256 parent, uint64 version) = models.parentOf(child);
        vm.assertEq(parent, modelId, "parent");
        vm.assertEq(version, 1, "parent version");
        (parent, version) = models.parentOf(modelId);
        vm.assertEq(parent + version, 0, "the root has none");

        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.VersionNotFound.selector, modelId, uint64(2)));
        models.registerDerivedModel(modelId, 2, commitment("orphan"));
    }

    function test_Transfer_NeedsTheNewOwnersConsent() public {
        vm.expectEmit(address(models));
        emit IModelRegistry.ModelOwnershipOffered(modelId, owner, stranger);
        vm.prank(owner);
        models.transferModel(modelId, stranger);
        vm.assertEq(models.ownerOf(modelId), owner, "still the old owner");
        vm.assertEq(models.pendingOwnerOf(modelId), stranger, "offered");

        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.NotPendingModelOwner.selector, modelId, admin));
        vm.prank(admin);
        models.acceptModel(modelId);

        vm.expectEmit(address(models));
        emit IModelRegistry.ModelOwnershipTransferred(modelId, owner, stranger);
        vm.prank(stranger);
        models.acceptModel(modelId);
        vm.assertEq(models.ownerOf(modelId), stranger, "new owner");
        vm.assertEq(models.pendingOwnerOf(modelId), address(0), "offer used up");

        vm.expectRevert(abi.encodeWithSelector(IERC7992RegistryErrors.NotModelOwner.selector, modelId, owner));
        vm.prank(owner);
        models.deprecateModel(modelId);
    }

    function test_Transfer_CanBeWithdrawn() public {
        vm.startPrank(owner);
        models.transferModel(modelId, stranger);
        models.transferModel(modelId, address(0));
        vm.stopPrank();
        vm.expectRevert(
            abi.encodeWithSelector(IModelRegistry.NotPendingModelOwner.selector, modelId, stranger)
        );
        vm.prank(stranger);
        models.acceptModel(modelId);
    }

    function test_SupportsInterface_KnowsTheDraftsIds() public view {
        // XOR of the draft's four selectors, written out.
        bytes4 draft = bytes4(keccak256("registerModel((bytes32,bytes32,bytes32,bytes4,string))"))
            ^ bytes4(keccak256("updateModel(uint256,(bytes32,bytes32,bytes32,bytes4,string))"))
            ^ bytes4(keccak256("deprecateModel(uint256)")) ^ bytes4(keccak256("getModel(uint256)"));
        vm.assertTrue(models.supportsInterface(draft), "ERC-7992 registry");
        vm.assertTrue(models.supportsInterface(type(IModelRegistry).interfaceId), "extension");
        vm.assertTrue(models.supportsInterface(type(IERC165).interfaceId), "ERC-165");
        vm.assertTrue(!models.supportsInterface(0xffffffff), "ERC-165's invalid id");
    }

    function testFuzz_RegisterModel_RoundTrips(ModelCommitment memory model, address caller) public {
        vm.assume(model.modelHash != 0 && model.circuitHash != 0 && model.vkHash != 0);
        vm.assume(model.proofSystemId != 0 && caller != address(0));
        vm.assume(model.modelHash != keccak256("model"));
        vm.prank(caller);
        uint256 id = models.registerModel(model);
        (ModelCommitment memory stored,, address holder) = models.getModel(id);
        assertSame(stored, model);
        vm.assertEq(holder, caller, "owner");
        (bytes32 hash, bytes32 circuit, bytes32 key, bytes4 system, bool a, bool b) =
            models.versionKeys(id, 1);
        assertSame(ModelCommitment(hash, circuit, key, system, model.uri), model);
        vm.assertTrue(!a && !b, "in use");
    }
}
