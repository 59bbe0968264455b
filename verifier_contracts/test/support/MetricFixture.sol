// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DatasetCommitment, DatasetRole} from "../../src/interfaces/IDatasetRegistry.sol";
import {ModelCommitment} from "../../src/interfaces/IERC7992.sol";
import {Manifest, MetricClaim, Scheme} from "../../src/interfaces/IMetricRegistry.sol";
import {Statement} from "../../src/interfaces/IVerifier.sol";
import {DatasetRegistry} from "../../src/registry/DatasetRegistry.sol";
import {MetricRegistry} from "../../src/registry/MetricRegistry.sol";
import {Fixture} from "./Fixture.sol";
import {BindingVerifier} from "./Verifiers.sol";

/// @notice A deployment with a verifier for all keys, a registered data set of two shards and one of one shard, and honest
/// provers of metrics over them.
abstract contract MetricFixture is Fixture {
    bytes32 internal constant METRIC_CIRCUIT = keccak256("metric circuit");
    bytes32 internal constant METRIC_KEY = keccak256("metric key");

    DatasetRegistry internal datasets;
    MetricRegistry internal metrics;
    /// Serves every key, as the native verifier does.
    BindingVerifier internal universal;
    /// Two shards, 60 and 40 labelled rows.
    uint256 internal pairId;
    /// One shard, 50 labelled rows.
    uint256 internal singleId;

    function setUp() public virtual override {
        super.setUp();
        datasets = new DatasetRegistry();
        metrics = new MetricRegistry(datasets, registry);
        universal = new BindingVerifier(SYSTEM, 0, false);
        approve(address(universal));
        pairId = registerData(pair());
        singleId = registerData(single());
    }

    function pair() internal pure returns (Manifest memory manifest) {
        manifest = Manifest({
            schemaDigest: keccak256("schema"),
            role: DatasetRole.Test,
            parent: 0,
            rows: 110,
            labelled: 100,
            shardIdentities: new bytes32[](2),
            shardLabelled: new uint64[](2)
        });
        (manifest.shardIdentities[0], manifest.shardIdentities[1]) =
        (keccak256("shard 0"), keccak256("shard 1"));
        (manifest.shardLabelled[0], manifest.shardLabelled[1]) = (60, 40);
    }

    function single() internal pure returns (Manifest memory manifest) {
        return shards(1, 50);
    }

    /// A manifest of `number` shards with `labelled` labelled rows each.
    function shards(uint64 number, uint64 labelled) internal pure returns (Manifest memory manifest) {
        manifest = Manifest({
            schemaDigest: keccak256("schema"),
            role: DatasetRole.Test,
            parent: keccak256("all rows"),
            rows: number * labelled,
            labelled: number * labelled,
            shardIdentities: new bytes32[](number),
            shardLabelled: new uint64[](number)
        });
        for (uint256 i = 0; i < number; ++i) {
            manifest.shardIdentities[i] = keccak256(abi.encode("one of many", i));
            manifest.shardLabelled[i] = labelled;
        }
    }

    /// The identity by its definition, rather than from the library's code.
    function identity(Manifest memory manifest) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256("zkattest-dataset-v1"),
                manifest.schemaDigest,
                uint8(manifest.role),
                manifest.parent,
                manifest.rows,
                manifest.labelled,
                manifest.shardIdentities,
                manifest.shardLabelled
            )
        );
    }

    function registerData(Manifest memory manifest) internal returns (uint256) {
        return datasets.registerDataset(
            DatasetCommitment(identity(manifest), manifest.role, 0, 0, manifest.rows, "")
        );
    }

    function values(int64 first, int64 second) internal pure returns (bytes memory) {
        return abi.encodePacked(first, second);
    }

    /// Shard 0 or 1 of the pair, with hits.
    function pairClaim(uint32 shard, int64 right) internal view returns (MetricClaim memory claim) {
        claim = MetricClaim({
            modelId: modelId,
            version: 1,
            datasetId: pairId,
            manifest: pair(),
            shard: shard,
            circuitHash: METRIC_CIRCUIT,
            vkHash: METRIC_KEY,
            scheme: Scheme.Counts,
            output: values(right, shard == 0 ? int64(60) : int64(40)),
            nonce: NONCE
        });
    }

    /// The one shard of the other data set.
    function singleClaim(bytes memory output) internal view returns (MetricClaim memory claim) {
        claim = pairClaim(0, 0);
        claim.datasetId = singleId;
        claim.manifest = single();
        claim.output = output;
    }

    /// The statement that the registry must build, from the definition rather than from its code.
    function statementOf(MetricRegistry where, MetricClaim memory claim)
        internal
        view
        returns (Statement memory)
    {
        (ModelCommitment memory model,) = models.getVersion(claim.modelId, claim.version);
        return Statement({
            modelHash: model.modelHash,
            circuitHash: claim.circuitHash,
            vkHash: claim.vkHash,
            inputCommitment: claim.manifest.shardIdentities[claim.shard],
            context: keccak256(
                abi.encode(
                    keccak256("zkattest-context-v1"),
                    block.chainid,
                    address(where),
                    claim.modelId,
                    claim.version,
                    model.modelHash,
                    claim.nonce
                )
            ),
            output: claim.output
        });
    }

    /// An honest proof of `claim` for `metrics` on this chain.
    function proveMetric(MetricClaim memory claim) internal view returns (bytes memory) {
        return abi.encodePacked(universal.prove(statementOf(metrics, claim)));
    }

    function count(MetricClaim memory claim) internal returns (bytes32 evidenceId) {
        bytes memory proof = proveMetric(claim);
        (evidenceId,) = metrics.verifyMetric(claim, proof);
    }

    function evidenceIdOf(MetricClaim memory claim) internal pure returns (bytes32) {
        bytes32 subject = keccak256(
            abi.encode(
                keccak256("zkattest-metric-subject-v1"),
                claim.modelId,
                claim.version,
                claim.datasetId,
                claim.circuitHash,
                uint8(claim.scheme)
            )
        );
        return keccak256(abi.encode(keccak256("zkattest-evidence-v1"), subject, claim.vkHash, claim.nonce));
    }
}
