// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    DatasetCommitment,
    DatasetRole,
    DatasetStatus,
    IDatasetRegistry
} from "../interfaces/IDatasetRegistry.sol";
import {RecordOwnership} from "./RecordOwnership.sol";
import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";

/// @title DatasetRegistry
/// @notice Committed data sets: who registered which commitment, for which role, when. Records never change;
/// only their status does, and only forward.
/// @dev Open to everybody, without an administrator.
contract DatasetRegistry is IDatasetRegistry, RecordOwnership, ERC165 {
    uint256 private _datasetCount;
    mapping(uint256 datasetId => DatasetCommitment) private _records;
    mapping(uint256 datasetId => DatasetStatus) private _status;
    mapping(bytes32 commitment => uint256 datasetId) private _datasetIds;

    /// @inheritdoc IDatasetRegistry
    function registerDataset(DatasetCommitment calldata record) external returns (uint256 datasetId) {
        if (record.commitment == 0) revert ZeroCommitment();
        if (record.role == DatasetRole.Unspecified) revert UnspecifiedRole();
        if (record.rows == 0) revert NoRows();
        uint256 holder = _datasetIds[record.commitment];
        if (holder != 0) revert DatasetAlreadyRegistered(record.commitment, holder);
        if (record.parentId != 0) {
            _requireExists(record.parentId);
            if (_status[record.parentId] == DatasetStatus.Revoked) revert ParentRevoked(record.parentId);
        }

        datasetId = ++_datasetCount;
        _create(datasetId, msg.sender);
        _records[datasetId] = record;
        _status[datasetId] = DatasetStatus.Active;
        _datasetIds[record.commitment] = datasetId;
        emit DatasetRegistered(datasetId, msg.sender, record.commitment, record);
    }

    /// @inheritdoc IDatasetRegistry
    function deprecateDataset(uint256 datasetId) external {
        _requireOwner(datasetId);
        DatasetStatus status = _status[datasetId];
        if (status != DatasetStatus.Active) revert DatasetNotActive(datasetId, status);
        _status[datasetId] = DatasetStatus.Deprecated;
        emit DatasetDeprecated(datasetId);
    }

    /// @inheritdoc IDatasetRegistry
    function revokeDataset(uint256 datasetId, bytes32 reasonDigest) external {
        _requireOwner(datasetId);
        DatasetStatus status = _status[datasetId];
        if (status == DatasetStatus.Revoked) revert DatasetNotActive(datasetId, status);
        _status[datasetId] = DatasetStatus.Revoked;
        emit DatasetRevoked(datasetId, reasonDigest);
    }

    /// @inheritdoc IDatasetRegistry
    function transferDataset(uint256 datasetId, address newOwner) external {
        _offer(datasetId, newOwner);
        emit DatasetOwnershipOffered(datasetId, msg.sender, newOwner);
    }

    /// @inheritdoc IDatasetRegistry
    function acceptDataset(uint256 datasetId) external {
        address oldOwner = _accept(datasetId);
        emit DatasetOwnershipTransferred(datasetId, oldOwner, msg.sender);
    }

    /// @inheritdoc IDatasetRegistry
    function getDataset(uint256 datasetId)
        external
        view
        returns (DatasetCommitment memory record, DatasetStatus status, address owner)
    {
        owner = ownerOf(datasetId);
        return (_records[datasetId], _status[datasetId], owner);
    }

    /// @inheritdoc IDatasetRegistry
    function statusOf(uint256 datasetId) external view returns (DatasetStatus) {
        return _status[datasetId];
    }

    /// @inheritdoc IDatasetRegistry
    function datasetCount() external view returns (uint256) {
        return _datasetCount;
    }

    /// @inheritdoc IDatasetRegistry
    function datasetIdOf(bytes32 commitment) external view returns (uint256) {
        return _datasetIds[commitment];
    }

    /// @inheritdoc IDatasetRegistry
    function ownerOf(uint256 datasetId)
        public
        view
        override(IDatasetRegistry, RecordOwnership)
        returns (address)
    {
        return super.ownerOf(datasetId);
    }

    /// @inheritdoc IDatasetRegistry
    function pendingOwnerOf(uint256 datasetId)
        public
        view
        override(IDatasetRegistry, RecordOwnership)
        returns (address)
    {
        return super.pendingOwnerOf(datasetId);
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IDatasetRegistry).interfaceId || super.supportsInterface(interfaceId);
    }

    function _revertNotFound(uint256 datasetId) internal pure override {
        revert DatasetNotFound(datasetId);
    }

    function _revertNotOwner(uint256 datasetId, address caller) internal pure override {
        revert NotDatasetOwner(datasetId, caller);
    }

    function _revertNotPendingOwner(uint256 datasetId, address caller) internal pure override {
        revert NotPendingDatasetOwner(datasetId, caller);
    }
}
