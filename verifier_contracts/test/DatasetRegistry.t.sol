// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    DatasetCommitment,
    DatasetRole,
    DatasetStatus,
    IDatasetRegistry
} from "../src/interfaces/IDatasetRegistry.sol";
import {DatasetRegistry} from "../src/registry/DatasetRegistry.sol";
import {Test} from "./support/Test.sol";

contract DatasetRegistryTest is Test {
    address private owner = address(0xA11CE);
    address private stranger = address(0xB0B);
    DatasetRegistry private datasets;
    uint256 private datasetId;

    function setUp() public {
        datasets = new DatasetRegistry();
        vm.prank(owner);
        datasetId = datasets.registerDataset(record("train", DatasetRole.Train, 0));
    }

    function record(string memory name, DatasetRole role, uint256 parent)
        private
        pure
        returns (DatasetCommitment memory)
    {
        return DatasetCommitment({
            commitment: keccak256(bytes(name)),
            role: role,
            parentId: parent,
            licenceDigest: keccak256("CC-BY-4.0"),
            rows: 60_000,
            uri: "https://example.org/card"
        });
    }

    function test_RegisterDataset_RecordsEverything() public {
        DatasetCommitment memory split = record("test", DatasetRole.Test, datasetId);
        vm.expectEmit(address(datasets));
        emit IDatasetRegistry.DatasetRegistered(2, stranger, split.commitment, split);
        vm.prank(stranger);
        uint256 id = datasets.registerDataset(split);
        (DatasetCommitment memory stored, DatasetStatus status, address holder) = datasets.getDataset(id);
        vm.assertEq(keccak256(abi.encode(stored)), keccak256(abi.encode(split)), "record");
        vm.assertTrue(status == DatasetStatus.Active, "active");
        vm.assertEq(holder, stranger, "owner");
        vm.assertEq(datasets.datasetIdOf(split.commitment), 2, "by commitment");
        vm.assertEq(datasets.datasetCount(), 2, "count");
    }

    function test_RegisterDataset_RefusesIncompleteRecords() public {
        DatasetCommitment memory bad = record("bad", DatasetRole.Audit, 0);
        bad.commitment = 0;
        vm.expectRevert(IDatasetRegistry.ZeroCommitment.selector);
        datasets.registerDataset(bad);
        vm.expectRevert(IDatasetRegistry.UnspecifiedRole.selector);
        datasets.registerDataset(record("bad", DatasetRole.Unspecified, 0));
        bad = record("bad", DatasetRole.Audit, 0);
        bad.rows = 0;
        vm.expectRevert(IDatasetRegistry.NoRows.selector);
        datasets.registerDataset(bad);
        vm.expectRevert(abi.encodeWithSelector(IDatasetRegistry.DatasetNotFound.selector, 7));
        datasets.registerDataset(record("bad", DatasetRole.Audit, 7));
    }

    function test_RegisterDataset_RefusesTheSameCommitmentTwice() public {
        // Not even in another role: test rows that were train rows must not look fresh.
        vm.expectRevert(
            abi.encodeWithSelector(
                IDatasetRegistry.DatasetAlreadyRegistered.selector, keccak256("train"), datasetId
            )
        );
        datasets.registerDataset(record("train", DatasetRole.Test, 0));
    }

    function test_Status_OnlyMovesForward() public {
        vm.startPrank(owner);
        vm.expectEmit(address(datasets));
        emit IDatasetRegistry.DatasetDeprecated(datasetId);
        datasets.deprecateDataset(datasetId);
        vm.assertTrue(datasets.statusOf(datasetId) == DatasetStatus.Deprecated, "deprecated");
        vm.expectRevert(
            abi.encodeWithSelector(
                IDatasetRegistry.DatasetNotActive.selector, datasetId, DatasetStatus.Deprecated
            )
        );
        datasets.deprecateDataset(datasetId);

        vm.expectEmit(address(datasets));
        emit IDatasetRegistry.DatasetRevoked(datasetId, keccak256("erased"));
        datasets.revokeDataset(datasetId, keccak256("erased"));
        vm.assertTrue(datasets.statusOf(datasetId) == DatasetStatus.Revoked, "revoked");
        bytes memory refusal = abi.encodeWithSelector(
            IDatasetRegistry.DatasetNotActive.selector, datasetId, DatasetStatus.Revoked
        );
        vm.expectRevert(refusal);
        datasets.deprecateDataset(datasetId);
        vm.expectRevert(refusal);
        datasets.revokeDataset(datasetId, 0);
        vm.assertTrue(datasets.statusOf(99) == DatasetStatus.None, "unknown");
    }

    function test_RevokedParent_HasNoNewChildren() public {
        vm.prank(owner);
        datasets.revokeDataset(datasetId, 0);
        vm.expectRevert(abi.encodeWithSelector(IDatasetRegistry.ParentRevoked.selector, datasetId));
        datasets.registerDataset(record("child", DatasetRole.Test, datasetId));
    }

    function test_Mutators_RefuseEverybodyButTheOwner() public {
        bytes memory refusal =
            abi.encodeWithSelector(IDatasetRegistry.NotDatasetOwner.selector, datasetId, stranger);
        vm.startPrank(stranger);
        vm.expectRevert(refusal);
        datasets.deprecateDataset(datasetId);
        vm.expectRevert(refusal);
        datasets.revokeDataset(datasetId, 0);
        vm.expectRevert(refusal);
        datasets.transferDataset(datasetId, stranger);
        vm.expectRevert(abi.encodeWithSelector(IDatasetRegistry.DatasetNotFound.selector, 99));
        datasets.deprecateDataset(99);
        vm.expectRevert(abi.encodeWithSelector(IDatasetRegistry.DatasetNotFound.selector, 99));
        datasets.getDataset(99);
    }

    function test_Transfer_TakesTwoSteps() public {
        vm.prank(owner);
        datasets.transferDataset(datasetId, stranger);
        vm.assertEq(datasets.ownerOf(datasetId), owner, "still the old owner");
        vm.assertEq(datasets.pendingOwnerOf(datasetId), stranger, "offered");
        vm.expectRevert(
            abi.encodeWithSelector(IDatasetRegistry.NotPendingDatasetOwner.selector, datasetId, owner)
        );
        vm.prank(owner);
        datasets.acceptDataset(datasetId);
        vm.expectEmit(address(datasets));
        emit IDatasetRegistry.DatasetOwnershipTransferred(datasetId, owner, stranger);
        vm.prank(stranger);
        datasets.acceptDataset(datasetId);
        vm.assertEq(datasets.ownerOf(datasetId), stranger, "new owner");
        vm.assertEq(datasets.pendingOwnerOf(datasetId), address(0), "offer used up");
    }

    function test_SupportsInterface() public view {
        vm.assertTrue(datasets.supportsInterface(type(IDatasetRegistry).interfaceId), "own");
        vm.assertTrue(datasets.supportsInterface(0x01ffc9a7), "ERC-165");
        vm.assertTrue(!datasets.supportsInterface(0xffffffff), "invalid id");
    }

    function testFuzz_RegisterDataset_RoundTrips(
        bytes32 commitment,
        uint8 role,
        uint64 rows,
        bytes32 licence,
        string calldata uri
    ) public {
        vm.assume(commitment != 0 && commitment != keccak256("train") && rows != 0);
        DatasetCommitment memory given = DatasetCommitment({
            commitment: commitment,
            role: DatasetRole(bound(role, 1, uint256(type(DatasetRole).max))),
            parentId: datasetId,
            licenceDigest: licence,
            rows: rows,
            uri: uri
        });
        uint256 id = datasets.registerDataset(given);
        (DatasetCommitment memory stored,,) = datasets.getDataset(id);
        vm.assertEq(keccak256(abi.encode(stored)), keccak256(abi.encode(given)), "record");
    }
}
