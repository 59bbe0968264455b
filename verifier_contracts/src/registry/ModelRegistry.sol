// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC7992Registry, IERC7992RegistryErrors, ModelCommitment} from "../interfaces/IERC7992.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {RecordOwnership} from "./RecordOwnership.sol";
import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";

/// @title ModelRegistry
/// @notice Committed models and all their versions: nothing that was registered can be changed or removed.
/// @dev Open to everybody, without an administrator. A model hash belongs to the model that brought it first;
/// that its registrant knows the weights is proved by attestations, not here.
contract ModelRegistry is IModelRegistry, RecordOwnership, ERC165 {
    struct Parent {
        uint256 modelId;
        uint64 version;
    }

    uint256 private _modelCount;
    mapping(uint256 modelId => ModelCommitment[]) private _versions;
    mapping(uint256 modelId => bool) private _deprecated;
    mapping(uint256 modelId => mapping(uint64 version => bool)) private _versionDeprecated;
    mapping(uint256 modelId => Parent) private _parents;
    mapping(bytes32 modelHash => uint256 modelId) private _modelIds;
    /// Version by model and digest of the hashes, so that no version is registered twice.
    mapping(uint256 modelId => mapping(bytes32 keysDigest => uint64 version)) private _versionByKeys;

    /// @inheritdoc IERC7992Registry
    function registerModel(ModelCommitment calldata commitment) external returns (uint256 modelId) {
        return _register(commitment);
    }

    /// @inheritdoc IModelRegistry
    function registerDerivedModel(
        uint256 parentModelId,
        uint64 parentVersion,
        ModelCommitment calldata commitment
    ) external returns (uint256 modelId) {
        _version(parentModelId, parentVersion);
        modelId = _register(commitment);
        _parents[modelId] = Parent(parentModelId, parentVersion);
        emit ModelDerived(modelId, parentModelId, parentVersion);
    }

    /// @inheritdoc IERC7992Registry
    /// @dev Adds a version; the earlier ones stay valid until they are deprecated. The model hash may stay the
    /// same where circuit, key or proof system differ.
    function updateModel(uint256 modelId, ModelCommitment calldata newCommitment) external {
        _requireOwner(modelId);
        _requireInUse(modelId);
        ModelCommitment[] storage versions = _versions[modelId];
        ModelCommitment memory oldCommitment = versions[versions.length - 1];
        _addVersion(modelId, newCommitment);
        emit ModelUpdated(modelId, oldCommitment, newCommitment);
    }

    /// @inheritdoc IERC7992Registry
    function deprecateModel(uint256 modelId) external {
        _requireOwner(modelId);
        _requireInUse(modelId);
        _deprecated[modelId] = true;
        emit ModelDeprecated(modelId);
    }

    /// @inheritdoc IModelRegistry
    function deprecateVersion(uint256 modelId, uint64 version) external {
        _requireOwner(modelId);
        _version(modelId, version);
        if (_versionDeprecated[modelId][version]) revert VersionAlreadyDeprecated(modelId, version);
        _versionDeprecated[modelId][version] = true;
        emit VersionDeprecated(modelId, version);
    }

    /// @inheritdoc IModelRegistry
    function transferModel(uint256 modelId, address newOwner) external {
        _offer(modelId, newOwner);
        emit ModelOwnershipOffered(modelId, msg.sender, newOwner);
    }

    /// @inheritdoc IModelRegistry
    function acceptModel(uint256 modelId) external {
        address oldOwner = _accept(modelId);
        emit ModelOwnershipTransferred(modelId, oldOwner, msg.sender);
    }

    /// @inheritdoc IERC7992Registry
    function getModel(uint256 modelId)
        external
        view
        returns (ModelCommitment memory commitment, bool deprecated, address owner)
    {
        owner = ownerOf(modelId);
        ModelCommitment[] storage versions = _versions[modelId];
        return (versions[versions.length - 1], _deprecated[modelId], owner);
    }

    /// @inheritdoc IModelRegistry
    function getVersion(uint256 modelId, uint64 version)
        external
        view
        returns (ModelCommitment memory commitment, bool deprecated)
    {
        return (_version(modelId, version), _deprecated[modelId] || _versionDeprecated[modelId][version]);
    }

    /// @inheritdoc IModelRegistry
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
        )
    {
        ModelCommitment storage commitment = _version(modelId, version);
        return (
            commitment.modelHash,
            commitment.circuitHash,
            commitment.vkHash,
            commitment.proofSystemId,
            _deprecated[modelId],
            _versionDeprecated[modelId][version]
        );
    }

    /// @inheritdoc IModelRegistry
    function versionCount(uint256 modelId) external view returns (uint64) {
        _requireExists(modelId);
        return uint64(_versions[modelId].length);
    }

    /// @inheritdoc IModelRegistry
    function modelCount() external view returns (uint256) {
        return _modelCount;
    }

    /// @inheritdoc IModelRegistry
    function modelIdOf(bytes32 modelHash) external view returns (uint256) {
        return _modelIds[modelHash];
    }

    /// @inheritdoc IModelRegistry
    function parentOf(uint256 modelId) external view returns (uint256 parentModelId, uint64 parentVersion) {
        _requireExists(modelId);
        Parent storage parent = _parents[modelId];
        return (parent.modelId, parent.version);
    }

    /// @inheritdoc IModelRegistry
    function ownerOf(uint256 modelId)
        public
        view
        override(IModelRegistry, RecordOwnership)
        returns (address)
    {
        return super.ownerOf(modelId);
    }

    /// @inheritdoc IModelRegistry
    function pendingOwnerOf(uint256 modelId)
        public
        view
        override(IModelRegistry, RecordOwnership)
        returns (address)
    {
        return super.pendingOwnerOf(modelId);
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IERC7992Registry).interfaceId
            || interfaceId == type(IModelRegistry).interfaceId || super.supportsInterface(interfaceId);
    }

    function _register(ModelCommitment calldata commitment) private returns (uint256 modelId) {
        modelId = ++_modelCount;
        _create(modelId, msg.sender);
        emit ModelRegistered(modelId, msg.sender, commitment);
        _addVersion(modelId, commitment);
    }

    function _addVersion(uint256 modelId, ModelCommitment calldata commitment) private {
        if (commitment.modelHash == 0) revert ZeroModelHash();
        if (commitment.circuitHash == 0) revert ZeroCircuitHash();
        // A zero key would be confused with a verifier for every key.
        if (commitment.vkHash == 0) revert ZeroVkHash();
        if (commitment.proofSystemId == 0) revert ZeroProofSystemId();

        uint256 holder = _modelIds[commitment.modelHash];
        if (holder == 0) _modelIds[commitment.modelHash] = modelId;
        else if (holder != modelId) revert ModelAlreadyRegistered(commitment.modelHash, holder);

        bytes32 keysDigest = keccak256(
            abi.encode(
                commitment.modelHash, commitment.circuitHash, commitment.vkHash, commitment.proofSystemId
            )
        );
        uint64 twin = _versionByKeys[modelId][keysDigest];
        if (twin != 0) revert VersionAlreadyRegistered(modelId, twin);

        _versions[modelId].push(commitment);
        // 2^64 versions cannot be pushed one by one.
        uint64 version = uint64(_versions[modelId].length);
        _versionByKeys[modelId][keysDigest] = version;
        emit VersionAdded(modelId, version, commitment.modelHash, commitment.circuitHash, commitment.vkHash);
    }

    function _version(uint256 modelId, uint64 version) private view returns (ModelCommitment storage) {
        ModelCommitment[] storage versions = _versions[modelId];
        // Every model has a version.
        if (versions.length == 0) _revertNotFound(modelId);
        if (version == 0 || version > versions.length) revert VersionNotFound(modelId, version);
        return versions[version - 1];
    }

    function _requireInUse(uint256 modelId) private view {
        if (_deprecated[modelId]) revert IERC7992RegistryErrors.ModelDeprecated(modelId);
    }

    function _revertNotFound(uint256 modelId) internal pure override {
        revert IERC7992RegistryErrors.ModelNotFound(modelId);
    }

    function _revertNotOwner(uint256 modelId, address caller) internal pure override {
        revert IERC7992RegistryErrors.NotModelOwner(modelId, caller);
    }

    function _revertNotPendingOwner(uint256 modelId, address caller) internal pure override {
        revert NotPendingModelOwner(modelId, caller);
    }
}
