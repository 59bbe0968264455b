// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @notice What a data set is used for. `Unspecified` is refused.
enum DatasetRole {
    Unspecified,
    Train,
    Validation,
    Test,
    Calibration,
    Audit
}

/// @notice `Deprecated`: superseded, earlier uses stay good. `Revoked`: must not be used or relied upon, for
/// example after an erasure; final.
enum DatasetStatus {
    None,
    Active,
    Deprecated,
    Revoked
}

/// @notice What identifies a data set.
/// @param commitment hiding commitment to the rows
/// @param role what it is used for
/// @param parentId the data set that it was drawn from, or 0
/// @param licenceDigest digest of the licence text, or zero where none is stated
/// @param rows number of rows, at least 1
/// @param uri where the public description is; may be empty
struct DatasetCommitment {
    bytes32 commitment;
    DatasetRole role;
    uint256 parentId;
    bytes32 licenceDigest;
    uint64 rows;
    string uri;
}

/// @title IDatasetRegistry
/// @notice Tamper-evident record of committed data sets. Ids start at 1. Records are the owner's word: neither
/// the row count nor the role is proved here.
interface IDatasetRegistry {
    event DatasetRegistered(
        uint256 indexed datasetId, address indexed owner, bytes32 indexed commitment, DatasetCommitment record
    );
    event DatasetDeprecated(uint256 indexed datasetId);
    /// @param reasonDigest digest of the reason, which may itself be confidential; may be zero
    event DatasetRevoked(uint256 indexed datasetId, bytes32 reasonDigest);
    /// @notice The owner offered the data set to `newOwner`; zero withdraws the offer.
    event DatasetOwnershipOffered(uint256 indexed datasetId, address indexed owner, address indexed newOwner);
    event DatasetOwnershipTransferred(
        uint256 indexed datasetId, address indexed oldOwner, address indexed newOwner
    );

    error DatasetNotFound(uint256 datasetId);
    error NotDatasetOwner(uint256 datasetId, address caller);
    error NotPendingDatasetOwner(uint256 datasetId, address caller);
    error DatasetAlreadyRegistered(bytes32 commitment, uint256 datasetId);
    error DatasetNotActive(uint256 datasetId, DatasetStatus status);
    error ParentRevoked(uint256 parentId);
    error ZeroCommitment();
    error UnspecifiedRole();
    error NoRows();

    /// @notice Records a data set; the caller becomes its owner.
    function registerDataset(DatasetCommitment calldata record) external returns (uint256 datasetId);

    /// @notice Marks an active data set as superseded.
    function deprecateDataset(uint256 datasetId) external;

    /// @notice Withdraws an active or deprecated data set, for good.
    function revokeDataset(uint256 datasetId, bytes32 reasonDigest) external;

    /// @notice Offers the data set to `newOwner`, who must accept; zero withdraws an offer.
    function transferDataset(uint256 datasetId, address newOwner) external;

    /// @notice Takes over a data set that was offered to the caller.
    function acceptDataset(uint256 datasetId) external;

    function getDataset(uint256 datasetId)
        external
        view
        returns (DatasetCommitment memory record, DatasetStatus status, address owner);

    /// @notice `None` for an unknown id.
    function statusOf(uint256 datasetId) external view returns (DatasetStatus);

    /// @notice Number of data sets; ids run from 1 to it.
    function datasetCount() external view returns (uint256);

    /// @notice The data set that a commitment belongs to, or 0.
    function datasetIdOf(bytes32 commitment) external view returns (uint256);

    function ownerOf(uint256 datasetId) external view returns (address);

    /// @notice Whom the data set is offered to, or zero.
    function pendingOwnerOf(uint256 datasetId) external view returns (address);
}
