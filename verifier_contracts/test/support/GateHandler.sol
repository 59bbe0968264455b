// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DatasetCommitment, DatasetRole} from "../../src/interfaces/IDatasetRegistry.sol";
import {Clause, Metric, Question, Reveal, Tally} from "../../src/interfaces/IDeploymentGate.sol";
import {ModelCommitment} from "../../src/interfaces/IERC7992.sol";
import {Manifest, MetricClaim, Scheme} from "../../src/interfaces/IMetricRegistry.sol";
import {Statement} from "../../src/interfaces/IVerifier.sol";
import {AttestationRegistry} from "../../src/registry/AttestationRegistry.sol";
import {DatasetRegistry} from "../../src/registry/DatasetRegistry.sol";
import {DeploymentGate} from "../../src/registry/DeploymentGate.sol";
import {MetricRegistry} from "../../src/registry/MetricRegistry.sol";
import {ModelRegistry} from "../../src/registry/ModelRegistry.sol";
import {Test} from "./Test.sol";
import {BindingVerifier} from "./Verifiers.sol";

// Parts of seeds, as many bits as are wanted; ages are part of what is tested.
// forge-lint: disable-start(unsafe-typecast, block-timestamp)
/// @notice Acts on the gate and everything behind it at random, by accounts with and without roles, and keeps its own books:
/// what was proved, when, and who was told what. Two data sets of one shard and 10 labelled rows each; hits.
contract GateHandler is Test {
    bytes4 private constant SYSTEM = bytes4(keccak256("binding-bn254-v1"));
    address private constant ADMIN = address(0xAD);
    int64 public constant ROWS = 10;
    uint64 public constant MAX_AGE = 100;

    ModelRegistry public models;
    DatasetRegistry public datasets;
    AttestationRegistry public registry;
    MetricRegistry public metrics;
    DeploymentGate public gate;
    /// The honest one, and one on a development set-up that accepts the same proofs.
    BindingVerifier[2] public verifiers;

    /// A stranger, and one for each role.
    address[5] public actors = [address(0xA0), address(0xA1), address(0xA2), address(0xA3), address(0xA4)];
    address private constant SETTER = address(0xA1);
    address private constant APPROVER = address(0xA2);
    address private constant DEPLOYER = address(0xA3);
    address private constant REVOKER = address(0xA4);

    struct Proved {
        uint64 version;
        uint256 datasetId;
        bytes32 circuitHash;
        int64 right;
        uint256 time;
        uint256 verifier;
    }

    struct Bound {
        uint256 datasetId;
        bytes32 circuitHash;
        int64 threshold;
    }

    // The books.
    bytes32[] public evidenceIds;
    mapping(bytes32 evidenceId => Proved) public proved;
    Bound[] public bounds;
    bool public developmentAllowed;
    uint64 public policyVersion;
    mapping(uint256 datasetId => bool) public approved;
    mapping(uint256 datasetId => bool) public inactive;
    mapping(uint64 version => bool) public deprecated;
    mapping(uint64 version => bool) public revoked;
    /// The policy under which a deployer put the version into service; 0 since it was revoked or lapsed.
    mapping(uint64 version => uint64) public deployedUnder;
    uint256 public judge;
    bool public judgeApproved = true;
    uint256 public timesDeployed;
    uint256 private _fresh;
    string public violation;

    constructor() {
        vm.warp(1_800_000_000);
        models = new ModelRegistry();
        datasets = new DatasetRegistry();
        registry = new AttestationRegistry(models, ADMIN);
        metrics = new MetricRegistry(datasets, registry);
        gate = new DeploymentGate(metrics, ADMIN);
        verifiers = [new BindingVerifier(SYSTEM, 0, false), new BindingVerifier(SYSTEM, 0, true)];
        vm.startPrank(ADMIN);
        registry.approveVerifier(verifiers[0]);
        gate.grantRole(gate.POLICY_SETTER(), SETTER);
        gate.grantRole(gate.DATASET_APPROVER(), APPROVER);
        gate.grantRole(gate.DEPLOYER(), DEPLOYER);
        gate.grantRole(gate.REVOKER(), REVOKER);
        vm.stopPrank();
        models.registerModel(newModel());
        models.updateModel(1, newModel());
        for (uint256 i = 1; i <= 2; ++i) {
            Manifest memory manifest = manifestOf(i);
            datasets.registerDataset(
                DatasetCommitment(metrics.identityOf(manifest), manifest.role, 0, 0, manifest.rows, "")
            );
        }
        setPolicy(1, 6, 1, false);
    }

    function boundCount() external view returns (uint256) {
        return bounds.length;
    }

    // --- actions

    /// Mostly good results, so that something gets through.
    function prove(uint256 versionSeed, uint256 dataSeed, uint256 circuitSeed, uint256 right) external {
        MetricClaim memory claim = claimOf(versionSeed, dataSeed, circuitSeed, int64(uint64(right % 11)));
        bytes32 proof = verifiers[judge].prove(statementOf(claim));
        bool usable = judgeApproved && !deprecated[claim.version] && !inactive[claim.datasetId];
        try metrics.verifyMetric(claim, abi.encodePacked(proof)) returns (bytes32 id, bool) {
            if (!usable) violation = "unusable, and counted";
            evidenceIds.push(id);
            proved[id] = Proved(
                claim.version,
                claim.datasetId,
                claim.circuitHash,
                int64(uint64(right % 11)),
                block.timestamp,
                judge
            );
        } catch {
            if (usable) violation = "an honest proof was refused";
        }
    }

    function forge(uint256 versionSeed, uint256 dataSeed, bytes32 proof) external {
        MetricClaim memory claim = claimOf(versionSeed, dataSeed, 0, ROWS);
        try metrics.verifyMetric(claim, abi.encodePacked(proof)) {
            violation = "a forgery was counted";
        } catch {}
    }

    /// A proof that was counted is sent again, as it was or under another nonce, version or data set.
    function replay(uint256 idSeed, uint256 versionSeed, uint256 dataSeed) external {
        if (evidenceIds.length == 0) return;
        Proved memory old = proved[evidenceIds[idSeed % evidenceIds.length]];
        MetricClaim memory claim = claimOf(old.version - 1, old.datasetId - 1, 0, old.right);
        bytes32 proof = verifiers[judge].prove(statementOf(claim));
        MetricClaim memory changed = claimOf(versionSeed, dataSeed, 0, old.right);
        try metrics.verifyMetric(changed, abi.encodePacked(proof)) {
            violation = "a proof of something else was counted";
        } catch {}
    }

    function validate(uint256 actorSeed, uint256 versionSeed, uint256 idSeed, uint256 secondSeed) external {
        uint64 version = versionOf(versionSeed);
        bytes32[] memory ids = new bytes32[](bounds.length);
        for (uint256 i = 0; i < ids.length; ++i) {
            ids[i] = pickEvidence(i == 0 ? idSeed : secondSeed, version, bounds[i]);
        }
        bool inService = gate.isDeployed(1, version);
        vm.prank(actors[actorSeed % 5]);
        try gate.validate(1, version, ids) {
            if (revoked[version]) violation = "a revoked version was validated";
            for (uint256 i = 0; i < ids.length; ++i) {
                if (!isGood(version, i, ids[i])) violation = "validated by evidence that is not good";
            }
            // Otherwise it takes a deployer's word again.
            if (!inService) deployedUnder[version] = 0;
        } catch {}
    }

    function deploy(uint256 actorSeed, uint256 versionSeed) external {
        address actor = actors[actorSeed % 5];
        uint64 version = versionOf(versionSeed);
        vm.prank(actor);
        try gate.deploy(1, version) {
            if (actor != DEPLOYER) violation = "deployed by somebody else";
            deployedUnder[version] = policyVersion;
            ++timesDeployed;
        } catch {}
    }

    function revoke(uint256 actorSeed, uint256 versionSeed, uint256 rarely) external {
        if (rarely % 4 != 0) return;
        address actor = actors[actorSeed % 5];
        uint64 version = versionOf(versionSeed);
        vm.prank(actor);
        try gate.revoke(1, version, 0) {
            if (actor != REVOKER) violation = "revoked by somebody else";
            revoked[version] = true;
            deployedUnder[version] = 0;
        } catch {
            if (actor == REVOKER && !revoked[version]) violation = "not revoked";
        }
    }

    function reinstate(uint256 actorSeed, uint256 versionSeed) external {
        address actor = actors[actorSeed % 5];
        uint64 version = versionOf(versionSeed);
        vm.prank(actor);
        try gate.reinstate(1, version) {
            if (actor != REVOKER) violation = "reinstated by somebody else";
            revoked[version] = false;
        } catch {}
    }

    function lapse(uint256 actorSeed, uint256 versionSeed) external {
        uint64 version = versionOf(versionSeed);
        bool inService = gate.isDeployed(1, version);
        vm.prank(actors[actorSeed % 5]);
        try gate.lapse(1, version) {
            if (inService) violation = "what is in service lapsed";
            deployedUnder[version] = 0;
        } catch {}
    }

    function setPolicy(uint256 actorSeed, uint256 tenths, uint256 clauseSeed, bool development) public {
        address actor = actors[actorSeed % 5];
        uint256 count = 1 + clauseSeed % 2;
        Clause[] memory clauses = new Clause[](count);
        for (uint256 i = 0; i < count; ++i) {
            // From 0.5 to 0.9.
            int64 threshold = int64(uint64(32_768 + (tenths % 5) * 6554));
            uint32[] memory groups = new uint32[](1);
            groups[0] = 1;
            clauses[i] = Clause({
                circuitHash: circuitOf(clauseSeed >> 8),
                datasetId: 1 + (clauseSeed % 2 + i) % 2,
                scheme: Scheme.Counts,
                tally: Tally(Reveal.Hits, 2, groups, 0),
                question: Question(Metric.Accuracy, 0, 0, 0, threshold),
                index: 0,
                minLabelled: uint64(ROWS),
                maxAge: MAX_AGE
            });
        }
        vm.prank(actor);
        try gate.setPolicy(1, clauses, development) {
            if (actor != SETTER) violation = "policy by somebody else";
            ++policyVersion;
            developmentAllowed = development;
            delete bounds;
            for (uint256 i = 0; i < count; ++i) {
                bounds.push(
                    Bound(clauses[i].datasetId, clauses[i].circuitHash, clauses[i].question.threshold)
                );
            }
        } catch {
            if (actor == SETTER) violation = "no policy";
        }
    }

    function approveData(uint256 actorSeed, uint256 dataSeed) external {
        address actor = actors[actorSeed % 5];
        uint256 datasetId = 1 + dataSeed % 2;
        vm.prank(actor);
        try gate.approveDataset(datasetId, DatasetRole.Test) {
            if (actor != APPROVER || inactive[datasetId]) violation = "approved by somebody else";
            approved[datasetId] = true;
        } catch {}
    }

    function withdrawData(uint256 actorSeed, uint256 dataSeed, uint256 rarely) external {
        if (rarely % 4 != 0) return;
        address actor = actors[actorSeed % 5];
        uint256 datasetId = 1 + dataSeed % 2;
        vm.prank(actor);
        try gate.withdrawDataset(datasetId) {
            if (actor != APPROVER) violation = "withdrawn by somebody else";
            approved[datasetId] = false;
        } catch {}
    }

    function revokeData(uint256 dataSeed, uint256 rarely) external {
        uint256 datasetId = 1 + dataSeed % 2;
        if (rarely % 64 != 0 || inactive[datasetId]) return;
        datasets.revokeDataset(datasetId, 0);
        inactive[datasetId] = true;
    }

    function deprecateVersion(uint256 versionSeed, uint256 rarely) external {
        uint64 version = versionOf(versionSeed);
        if (rarely % 64 != 0 || deprecated[version]) return;
        models.deprecateVersion(1, version);
        deprecated[version] = true;
    }

    /// The honest verifier is revoked, approved again, or gives way to the one for development.
    function changeVerifier(uint256 seed) external {
        if (seed % 4 != 0) return;
        vm.startPrank(ADMIN);
        if (judgeApproved) registry.revokeVerifier(verifiers[judge]);
        judgeApproved = (seed >> 8) % 4 != 0;
        judge = (seed >> 16) % 4 == 0 ? 1 : 0;
        if (judgeApproved) registry.approveVerifier(verifiers[judge]);
        vm.stopPrank();
    }

    function wait_(uint256 time) external {
        vm.warp(block.timestamp + time % 40);
    }

    // --- the books' own judgement

    /// Whether the evidence satisfies the clause now, by what was proved and told.
    function isGood(uint64 version, uint256 clause, bytes32 evidenceId) public view returns (bool) {
        Proved memory found = proved[evidenceId];
        Bound memory wanted = bounds[clause];
        bool judged = judgeApproved && judge == found.verifier && (found.verifier == 0 || developmentAllowed);
        return found.time != 0 && found.version == version && found.datasetId == wanted.datasetId
            && found.circuitHash == wanted.circuitHash && block.timestamp <= found.time + MAX_AGE && judged
            && approved[wanted.datasetId] && !inactive[wanted.datasetId]
            && int256(found.right) * 65_536 >= int256(wanted.threshold) * ROWS;
    }

    // --- helpers

    function newModel() private returns (ModelCommitment memory) {
        ++_fresh;
        return ModelCommitment(keccak256(abi.encode("model", _fresh)), "circuit", "key", SYSTEM, "");
    }

    function versionOf(uint256 seed) private pure returns (uint64) {
        return uint64(1 + seed % 2);
    }

    function circuitOf(uint256 seed) private pure returns (bytes32) {
        return seed % 4 == 0 ? bytes32("another circuit") : bytes32("metric circuit");
    }

    function manifestOf(uint256 datasetId) private pure returns (Manifest memory manifest) {
        manifest = Manifest({
            schemaDigest: "schema",
            role: DatasetRole.Test,
            parent: 0,
            rows: uint64(ROWS),
            labelled: uint64(ROWS),
            shardIdentities: new bytes32[](1),
            shardLabelled: new uint64[](1)
        });
        manifest.shardIdentities[0] = keccak256(abi.encode("shard", datasetId));
        manifest.shardLabelled[0] = uint64(ROWS);
    }

    function claimOf(uint256 versionSeed, uint256 dataSeed, uint256 circuitSeed, int64 right)
        private
        returns (MetricClaim memory)
    {
        ++_fresh;
        uint256 datasetId = 1 + dataSeed % 2;
        return MetricClaim({
            modelId: 1,
            version: versionOf(versionSeed),
            datasetId: datasetId,
            manifest: manifestOf(datasetId),
            shard: 0,
            circuitHash: circuitOf(circuitSeed),
            vkHash: "metric key",
            scheme: Scheme.Counts,
            output: abi.encodePacked(right, ROWS),
            nonce: keccak256(abi.encode(_fresh))
        });
    }

    function statementOf(MetricClaim memory claim) private view returns (Statement memory) {
        (bytes32 modelHash,,,,,) = models.versionKeys(claim.modelId, claim.version);
        bytes32 shard = claim.manifest.shardIdentities[0];
        bytes32 context = metrics.contextOf(claim.modelId, claim.version, claim.nonce);
        return Statement(modelHash, claim.circuitHash, claim.vkHash, shard, context, claim.output);
    }

    /// Mostly the newest evidence that is good; sometimes any, or none.
    function pickEvidence(uint256 seed, uint64 version, Bound memory wanted) private view returns (bytes32) {
        if (evidenceIds.length == 0 || seed % 8 == 0) return bytes32(seed);
        bytes32 any = evidenceIds[(seed >> 8) % evidenceIds.length];
        if (seed % 8 < 3) return any;
        for (uint256 i = evidenceIds.length; i > 0; --i) {
            Proved memory found = proved[evidenceIds[i - 1]];
            if (
                found.version == version && found.datasetId == wanted.datasetId
                    && found.circuitHash == wanted.circuitHash
                    && int256(found.right) * 65_536 >= int256(wanted.threshold) * ROWS
            ) return evidenceIds[i - 1];
        }
        return any;
    }
}
// forge-lint: disable-end(unsafe-typecast, block-timestamp)
