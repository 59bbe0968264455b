// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IERC7992Registry, ModelCommitment} from "./IERC7992.sol";

/// @title IModelRegistry
/// @notice ERC-7992's registry, extended by immutable versions, lineage, and ownership transfer in two steps.
/// Model ids and version numbers start at 1; 0 means none.
interface IModelRegistry is IERC7992Registry {
    /// @notice Version `version` of the model exists from now on.
    event VersionAdded(
        uint256 indexed modelId,
        uint64 indexed version,
        bytes32 indexed modelHash,
        bytes32 circuitHash,
        bytes32 vkHash
    );
    /// @notice One version was taken out of use, for good.
    event VersionDeprecated(uint256 indexed modelId, uint64 indexed version);
    /// @notice The owner of `modelId` says that it was derived from a version of another model.
    event ModelDerived(uint256 indexed modelId, uint256 indexed parentModelId, uint64 indexed parentVersion);
    /// @notice The owner offered the model to `newOwner`; zero withdraws the offer.
    event ModelOwnershipOffered(uint256 indexed modelId, address indexed owner, address indexed newOwner);
    event ModelOwnershipTransferred(
        uint256 indexed modelId, address indexed oldOwner, address indexed newOwner
    );

    error VersionNotFound(uint256 modelId, uint64 version);
    error VersionAlreadyDeprecated(uint256 modelId, uint64 version);
    /// @notice The model hash belongs to another model.
    error ModelAlreadyRegistered(bytes32 modelHash, uint256 modelId);
    /// @notice The same hashes and proof system are a version of this model already.
    error VersionAlreadyRegistered(uint256 modelId, uint64 version);
    error NotPendingModelOwner(uint256 modelId, address caller);
    error ZeroModelHash();
    error ZeroCircuitHash();
    error ZeroVkHash();
    error ZeroProofSystemId();

    /// @notice Like `registerModel`, and claims descent from a version of a registered model. The claim is the
    /// registrant's word, not proved.
    function registerDerivedModel(
        uint256 parentModelId,
        uint64 parentVersion,
        ModelCommitment calldata commitment
    ) external returns (uint256 modelId);

    /// @notice Takes one version out of use; the others stay as they are.
    function deprecateVersion(uint256 modelId, uint64 version) external;

    /// @notice Offers the model to `newOwner`, who must accept; zero withdraws an offer.
    function transferModel(uint256 modelId, address newOwner) external;

    /// @notice Takes over a model that was offered to the caller.
    function acceptModel(uint256 modelId) external;

    /// @notice Version `version` as it was registered, and whether it or its model is deprecated.
    function getVersion(uint256 modelId, uint64 version)
        external
        view
        returns (ModelCommitment memory commitment, bool deprecated);

    /// @notice `getVersion` without the text, for contracts. `modelDeprecated`: the whole model is deprecated;
    /// `versionDeprecated`: this version is.
    function versionKeys(uint256 modelId, uint64 version)
        external
        view
        returns (
            bytes32 modelHash,
            bytes32 circuitHash,
            bytes32 vkHash,
            bytes4 proofSystemId,
            bool modelDeprecated,
            bool versionDeprecated
        );

    /// @notice Number of versions, which is also the number of the current one.
    function versionCount(uint256 modelId) external view returns (uint64);

    /// @notice Number of models; ids run from 1 to it.
    function modelCount() external view returns (uint256);

    /// @notice The model that a hash belongs to, or 0.
    function modelIdOf(bytes32 modelHash) external view returns (uint256);

    /// @notice The claimed parent, or (0, 0).
    function parentOf(uint256 modelId) external view returns (uint256 parentModelId, uint64 parentVersion);

    function ownerOf(uint256 modelId) external view returns (address);

    /// @notice Whom the model is offered to, or zero.
    function pendingOwnerOf(uint256 modelId) external view returns (address);
}
