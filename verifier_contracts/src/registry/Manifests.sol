// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMetricRegistry, Manifest} from "../interfaces/IMetricRegistry.sol";

/// @title Manifests
/// @notice A data set's manifest: its identity, and whether it is one that shards can be counted by.
library Manifests {
    /// Domain of `identity`; `zkattest/datasets` holds the same.
    bytes32 private constant DOMAIN = keccak256("zkattest-dataset-v1");

    /// One word of bits tells which shards are counted.
    uint256 internal constant MAX_SHARDS = 256;

    /// @notice Digest of the whole manifest, in the order of its fields.
    function identity(Manifest calldata manifest) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                DOMAIN,
                manifest.schemaDigest,
                manifest.role,
                manifest.parent,
                manifest.rows,
                manifest.labelled,
                manifest.shardIdentities,
                manifest.shardLabelled
            )
        );
    }

    /// @notice Reverts unless `shard` is listed, once, and labelled rows add up.
    /// @dev Whoever registers a manifest may write anything into it. That each shard is listed once is looked at when it is
    /// counted: evidence is complete only when all of them were.
    function requireCountable(Manifest calldata manifest, uint32 shard)
        internal
        pure
        returns (bytes32 shardIdentity)
    {
        uint256 shards = manifest.shardIdentities.length;
        if (shards == 0 || shards > MAX_SHARDS) revert IMetricRegistry.ShardCountOutOfRange(shards);
        if (manifest.shardLabelled.length != shards) {
            revert IMetricRegistry.MalformedManifest(shards, manifest.shardLabelled.length);
        }
        if (shard >= shards) revert IMetricRegistry.UnknownShard(shard, shards);
        shardIdentity = manifest.shardIdentities[shard];
        uint256 labelled = 0;
        for (uint256 i = 0; i < shards; ++i) {
            if (i != shard && manifest.shardIdentities[i] == shardIdentity) {
                revert IMetricRegistry.ShardListedTwice(shard, i);
            }
            labelled += manifest.shardLabelled[i];
        }
        if (labelled != manifest.labelled || labelled > manifest.rows) {
            revert IMetricRegistry.LabelledMismatch(labelled, manifest.labelled, manifest.rows);
        }
    }
}
