// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttestationRegistry} from "../src/interfaces/IAttestationRegistry.sol";
import {
    DatasetCommitment,
    DatasetRole,
    DatasetStatus,
    IDatasetRegistry
} from "../src/interfaces/IDatasetRegistry.sol";
import {IERC7992RegistryErrors, IERC7992Verifier, ModelCommitment} from "../src/interfaces/IERC7992.sol";
import {
    Evidence,
    IERC7992Metrics,
    IMetricRegistry,
    Manifest,
    MetricClaim,
    Scheme
} from "../src/interfaces/IMetricRegistry.sol";
import {IModelRegistry} from "../src/interfaces/IModelRegistry.sol";
import {Statement} from "../src/interfaces/IVerifier.sol";
import {MetricRegistry} from "../src/registry/MetricRegistry.sol";
import {MetricFixture} from "./support/MetricFixture.sol";
import {BindingVerifier, Parrot} from "./support/Verifiers.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

contract MetricRegistryTest is MetricFixture {
    /// Both ways of asking say the same.
    function refused(MetricClaim memory claim, bytes memory proof, bytes memory reason) private {
        vm.expectRevert(reason);
        metrics.checkMetric(claim, proof);
        vm.expectRevert(reason);
        metrics.verifyMetric(claim, proof);
    }

    function wrong(MetricClaim memory claim, bytes memory proof) private {
        refused(claim, proof, abi.encodePacked(IERC7992Verifier.InvalidProof.selector));
    }

    function test_ShardsAddUp() public {
        MetricClaim memory first = pairClaim(0, 55);
        MetricClaim memory second = pairClaim(1, 30);
        bytes memory proof = proveMetric(second);
        bytes32 id = evidenceIdOf(first);
        vm.prank(stranger);
        (bytes32 evidenceId, bool complete) = metrics.verifyMetric(second, proof);
        vm.assertEq(evidenceId, id, "id");
        vm.assertTrue(!complete, "one of two");
        (,,, uint64 completedAt, uint64 labelled) = metrics.standing(id);
        vm.assertEq(completedAt, 0, "incomplete");
        vm.assertEq(labelled, 100, "of the whole data set");
        vm.assertEq(metrics.evidence(id).shards, 2, "the second");

        vm.warp(1_800_000_100);
        (evidenceId, complete) = metrics.verifyMetric(first, proveMetric(first));
        vm.assertEq(evidenceId, id, "the same evidence");
        vm.assertTrue(complete, "both");
        Evidence memory found = metrics.evidence(id);
        vm.assertEq(found.values.length, 2, "values");
        vm.assertTrue(found.values[0] == 85 && found.values[1] == 100, "sums");
        vm.assertEq(found.completedAt, 1_800_000_100, "when the last came");
        vm.assertEq(found.verifier, address(universal), "verifier");
        vm.assertTrue(!found.developmentSetup, "no development set-up");
        vm.assertEq(
            found.subject,
            metrics.subjectOf(modelId, 1, pairId, METRIC_CIRCUIT, Scheme.Counts),
            "what it is about"
        );
        vm.assertEq(metrics.evidenceIdOf(found.subject, METRIC_KEY, NONCE), id, "id view");
        vm.assertEq(metrics.identityOf(pair()), identity(pair()), "identity view");
    }

    function test_EventsTellEverything() public {
        MetricClaim memory claim = singleClaim(values(45, 50));
        bytes memory proof = proveMetric(claim);
        bytes32 id = evidenceIdOf(claim);
        int64[] memory sums = new int64[](2);
        (sums[0], sums[1]) = (45, 50);
        vm.expectEmit(address(metrics));
        emit IMetricRegistry.ShardCounted(
            id,
            modelId,
            singleId,
            1,
            0,
            METRIC_CIRCUIT,
            METRIC_KEY,
            Scheme.Counts,
            claim.output,
            NONCE,
            stranger
        );
        vm.expectEmit(address(metrics));
        emit IERC7992Metrics.MetricVerified(modelId, identity(single()), claim.output, stranger);
        vm.expectEmit(address(metrics));
        emit IMetricRegistry.EvidenceCompleted(
            id, modelId, singleId, 1, METRIC_CIRCUIT, Scheme.Counts, sums, 50, address(universal), false
        );
        vm.prank(stranger);
        metrics.verifyMetric(claim, proof);
    }

    function test_CheckRecordsNothing() public {
        MetricClaim memory claim = pairClaim(0, 55);
        (bytes32 id, bool development) = metrics.checkMetric(claim, proveMetric(claim));
        vm.assertEq(id, evidenceIdOf(claim), "id");
        vm.assertTrue(!development, "no development set-up");
        vm.expectRevert(abi.encodeWithSelector(IMetricRegistry.EvidenceNotFound.selector, id));
        metrics.evidence(id);
        (bytes32 subject, address verifier_,,,) = metrics.standing(id);
        vm.assertTrue(subject == 0 && verifier_ == address(0), "nothing");
    }

    /// 256 shards are counted, each once, in any order.
    function test_AsManyShardsAsAWordHasBits() public {
        Manifest memory manifest = shards(256, 2);
        MetricClaim memory claim = pairClaim(0, 0);
        claim.datasetId = registerData(manifest);
        claim.manifest = manifest;
        claim.output = values(-1, 2);
        bool complete;
        bytes32 id;
        for (uint32 i = 0; i < 256; ++i) {
            vm.assertTrue(!complete, "not before the last");
            claim.shard = (i * 77 + 5) % 256;
            (id, complete) = metrics.verifyMetric(claim, proveMetric(claim));
        }
        vm.assertTrue(complete, "all");
        Evidence memory found = metrics.evidence(id);
        vm.assertTrue(found.values[0] == -256 && found.values[1] == 512, "sums");
    }

    function test_ThresholdsOfOneShard() public {
        MetricClaim memory claim = singleClaim(values(60_000, -3));
        claim.scheme = Scheme.Thresholds;
        bytes32 id = count(claim);
        vm.assertTrue(metrics.evidence(id).values[1] == -3, "signed");
        vm.assertTrue(metrics.evidence(id).completedAt != 0, "complete");
        MetricClaim memory counts = singleClaim(values(60_000, -3));
        vm.assertTrue(evidenceIdOf(counts) != id, "thresholds are no counts");
    }

    // --- the data set

    function test_ManifestOfAnotherOrderOrCount() public {
        MetricClaim memory claim = pairClaim(0, 55);
        Manifest memory m = claim.manifest;
        bytes32 registered = identity(pair());
        (m.shardIdentities[0], m.shardIdentities[1]) = (m.shardIdentities[1], m.shardIdentities[0]);
        mismatch(claim, registered);
        claim.manifest = pair();
        (claim.manifest.shardLabelled[0], claim.manifest.shardLabelled[1]) = (40, 60);
        mismatch(claim, registered);
        claim.manifest = pair();
        claim.manifest.parent = keccak256("a parent");
        mismatch(claim, registered);
        claim.manifest = pair();
        claim.manifest.schemaDigest = 0;
        mismatch(claim, registered);
        claim.manifest = pair();
        claim.manifest.rows = 111;
        mismatch(claim, registered);
        claim.manifest = pair();
        claim.manifest.role = DatasetRole.Audit;
        mismatch(claim, registered);
        // A shard left out.
        claim.manifest = single();
        claim.manifest.shardIdentities[0] = keccak256("shard 0");
        mismatch(claim, registered);
        // The whole of another data set.
        claim.manifest = single();
        mismatch(claim, registered);
    }

    function mismatch(MetricClaim memory claim, bytes32 registered) private {
        refused(
            claim,
            proveMetric(claim),
            abi.encodeWithSelector(
                IMetricRegistry.ManifestMismatch.selector, registered, identity(claim.manifest)
            )
        );
    }

    /// The registry's record is its owner's word, which may contradict the manifest.
    function test_RecordThatContradictsTheManifest() public {
        MetricClaim memory claim = singleClaim(values(45, 50));
        claim.manifest.schemaDigest = keccak256("another schema");
        claim.datasetId = datasets.registerDataset(
            DatasetCommitment(identity(claim.manifest), DatasetRole.Train, 0, 0, 50, "")
        );
        refused(
            claim,
            proveMetric(claim),
            abi.encodeWithSelector(IMetricRegistry.RoleMismatch.selector, DatasetRole.Train, DatasetRole.Test)
        );
        claim.manifest.schemaDigest = keccak256("a third schema");
        claim.datasetId = datasets.registerDataset(
            DatasetCommitment(identity(claim.manifest), DatasetRole.Test, 0, 0, 51, "")
        );
        refused(
            claim, proveMetric(claim), abi.encodeWithSelector(IMetricRegistry.RowsMismatch.selector, 51, 50)
        );
    }

    function test_UnknownDeprecatedAndRevokedDataSets() public {
        MetricClaim memory claim = singleClaim(values(45, 50));
        bytes memory proof = proveMetric(claim);
        claim.datasetId = 77;
        refused(claim, proof, abi.encodeWithSelector(IDatasetRegistry.DatasetNotFound.selector, 77));
        claim.datasetId = singleId;
        datasets.deprecateDataset(singleId);
        refused(
            claim,
            proof,
            abi.encodeWithSelector(
                IMetricRegistry.DatasetNotUsable.selector, singleId, DatasetStatus.Deprecated
            )
        );
        datasets.revokeDataset(singleId, 0);
        refused(
            claim,
            proof,
            abi.encodeWithSelector(IMetricRegistry.DatasetNotUsable.selector, singleId, DatasetStatus.Revoked)
        );
    }

    function test_ManifestsThatCannotBeCounted() public {
        MetricClaim memory claim = pairClaim(0, 55);
        claim.manifest.shardIdentities = new bytes32[](0);
        refused(claim, "", abi.encodeWithSelector(IMetricRegistry.ShardCountOutOfRange.selector, 0));
        claim.manifest.shardIdentities = new bytes32[](257);
        refused(claim, "", abi.encodeWithSelector(IMetricRegistry.ShardCountOutOfRange.selector, 257));
        claim.manifest = pair();
        claim.manifest.shardLabelled = new uint64[](3);
        refused(claim, "", abi.encodeWithSelector(IMetricRegistry.MalformedManifest.selector, 2, 3));
        claim.manifest = pair();
        claim.shard = 2;
        refused(claim, "", abi.encodeWithSelector(IMetricRegistry.UnknownShard.selector, 2, 2));
        claim.shard = 0;
        claim.manifest.shardLabelled[1] = 41;
        refused(claim, "", abi.encodeWithSelector(IMetricRegistry.LabelledMismatch.selector, 101, 100, 110));
        claim.manifest = pair();
        claim.manifest.rows = 99;
        refused(claim, "", abi.encodeWithSelector(IMetricRegistry.LabelledMismatch.selector, 100, 100, 99));
    }

    /// A data set that lists a shard twice, so that its rows count twice, has no complete evidence, whoever registered it.
    function test_AShardListedTwice() public {
        MetricClaim memory claim = pairClaim(0, 55);
        Manifest memory manifest = shards(3, 10);
        manifest.shardIdentities[2] = manifest.shardIdentities[0];
        claim.datasetId = registerData(manifest);
        claim.manifest = manifest;
        claim.output = values(10, 10);
        refused(
            claim, proveMetric(claim), abi.encodeWithSelector(IMetricRegistry.ShardListedTwice.selector, 0, 2)
        );
        claim.shard = 2;
        refused(
            claim, proveMetric(claim), abi.encodeWithSelector(IMetricRegistry.ShardListedTwice.selector, 2, 0)
        );
        claim.shard = 1;
        (, bool complete) = metrics.verifyMetric(claim, proveMetric(claim));
        vm.assertTrue(!complete, "never");
    }

    function test_ThresholdsOfSeveralShards() public {
        MetricClaim memory claim = pairClaim(0, 55);
        claim.scheme = Scheme.Thresholds;
        refused(
            claim, proveMetric(claim), abi.encodeWithSelector(IMetricRegistry.ThresholdsOfShards.selector, 2)
        );
    }

    // --- the values

    function test_MalformedValues() public {
        MetricClaim memory claim = pairClaim(0, 55);
        uint256[4] memory sizes = [uint256(0), 7, 12, 8 * 2049];
        for (uint256 i = 0; i < sizes.length; ++i) {
            claim.output = new bytes(sizes[i]);
            refused(claim, "", abi.encodeWithSelector(IMetricRegistry.MalformedValues.selector, sizes[i]));
        }
    }

    function test_ShardsWithOtherNumbersOfValues() public {
        count(pairClaim(0, 55));
        MetricClaim memory claim = pairClaim(1, 30);
        claim.output = abi.encodePacked(claim.output, int64(0));
        bytes memory proof = proveMetric(claim);
        vm.expectRevert(abi.encodeWithSelector(IMetricRegistry.ValueCountMismatch.selector, 2, 3));
        metrics.verifyMetric(claim, proof);
    }

    function test_SumsThatOverflow() public {
        MetricClaim memory first = pairClaim(0, 1);
        MetricClaim memory second = pairClaim(1, type(int64).max);
        count(first);
        bytes memory proof = proveMetric(second);
        vm.expectRevert(abi.encodeWithSelector(IMetricRegistry.SumOverflow.selector, 0));
        metrics.verifyMetric(second, proof);
        (first.nonce, second.nonce) = (keccak256("below"), keccak256("below"));
        (first.output, second.output) = (values(0, type(int64).min), values(0, -1));
        count(first);
        proof = proveMetric(second);
        vm.expectRevert(abi.encodeWithSelector(IMetricRegistry.SumOverflow.selector, 1));
        metrics.verifyMetric(second, proof);
    }

    // --- proofs

    /// Replayed, or proved anew with another result: a nonce takes each shard once.
    function test_AShardIsCountedOnce() public {
        MetricClaim memory claim = pairClaim(0, 55);
        bytes32 id = count(claim);
        bytes memory proof = proveMetric(claim);
        vm.expectRevert(abi.encodeWithSelector(IMetricRegistry.ShardAlreadyCounted.selector, id, 0));
        metrics.verifyMetric(claim, proof);
        claim.output = values(60, 60);
        proof = proveMetric(claim);
        vm.expectRevert(abi.encodeWithSelector(IMetricRegistry.ShardAlreadyCounted.selector, id, 0));
        metrics.verifyMetric(claim, proof);
        count(pairClaim(1, 30));
        proof = proveMetric(pairClaim(1, 30));
        vm.expectRevert(abi.encodeWithSelector(IMetricRegistry.ShardAlreadyCounted.selector, id, 1));
        metrics.verifyMetric(pairClaim(1, 30), proof);
        vm.assertTrue(metrics.evidence(id).values[0] == 85, "complete evidence does not change");
    }

    function test_AProofIsOfOneStatement() public {
        MetricClaim memory claim = pairClaim(0, 55);
        bytes memory proof = proveMetric(claim);
        claim.shard = 1;
        wrong(claim, proof);
        claim = pairClaim(0, 56);
        wrong(claim, proof);
        claim = pairClaim(0, 55);
        claim.nonce = keccak256("another");
        wrong(claim, proof);
        claim = pairClaim(0, 55);
        claim.circuitHash = keccak256("another");
        wrong(claim, proof);
        claim = pairClaim(0, 55);
        claim.vkHash = keccak256("another");
        wrong(claim, proof);
        claim = pairClaim(0, 55);
        vm.prank(owner);
        claim.modelId = models.registerModel(commitment("another model"));
        wrong(claim, proof);
        claim = pairClaim(0, 55);
        // The same weights, under another circuit.
        ModelCommitment memory again = commitment("model");
        again.circuitHash = keccak256("another circuit");
        vm.prank(owner);
        models.updateModel(modelId, again);
        claim.version = 2;
        wrong(claim, proof);
        vm.chainId(1);
        claim.version = 1;
        wrong(claim, proof);
    }

    function test_AProofIsForOneRegistry() public {
        MetricClaim memory claim = pairClaim(0, 55);
        bytes memory proof = proveMetric(claim);
        metrics = new MetricRegistry(datasets, registry);
        wrong(claim, proof);
        vm.assertEq(
            metrics.contextOf(modelId, 1, NONCE), statementOf(metrics, claim).context, "another context"
        );
        vm.assertTrue(
            metrics.contextOf(modelId, 1, NONCE) != registry.contextOf(modelId, 1, NONCE), "the attestations'"
        );
    }

    function test_TheSameShardInAnotherDataSet() public {
        MetricClaim memory claim = pairClaim(0, 55);
        bytes memory proof = proveMetric(claim);
        // The shard alone is a data set, too; the proof is good there, and is other evidence.
        Manifest memory alone = single();
        alone.shardIdentities[0] = keccak256("shard 0");
        (alone.shardLabelled[0], alone.labelled, alone.rows) = (60, 60, 60);
        MetricClaim memory other = claim;
        other.manifest = alone;
        other.datasetId = registerData(alone);
        (bytes32 id, bool complete) = metrics.verifyMetric(other, proof);
        vm.assertTrue(complete && id != evidenceIdOf(pairClaim(0, 55)), "evidence of its own");
    }

    // --- models and verifiers

    function test_UnknownAndDeprecatedVersions() public {
        MetricClaim memory claim = pairClaim(0, 55);
        bytes memory proof = proveMetric(claim);
        claim.modelId = 9;
        refused(claim, proof, abi.encodeWithSelector(IERC7992RegistryErrors.ModelNotFound.selector, 9));
        claim.modelId = modelId;
        claim.version = 2;
        refused(claim, proof, abi.encodeWithSelector(IModelRegistry.VersionNotFound.selector, modelId, 2));
        claim.version = 1;
        vm.prank(owner);
        models.deprecateVersion(modelId, 1);
        refused(
            claim,
            proof,
            abi.encodeWithSelector(
                IAttestationRegistry.VerificationRefused_VersionDeprecated.selector, modelId, 1
            )
        );
        vm.prank(owner);
        models.deprecateModel(modelId);
        refused(
            claim,
            proof,
            abi.encodeWithSelector(IERC7992Verifier.VerificationRefused_ModelDeprecated.selector, modelId)
        );
    }

    function test_NoApprovedVerifier() public {
        MetricClaim memory claim = pairClaim(0, 55);
        bytes memory proof = proveMetric(claim);
        vm.prank(admin);
        registry.revokeVerifier(universal);
        refused(
            claim,
            proof,
            abi.encodeWithSelector(IAttestationRegistry.VerifierNotApproved.selector, SYSTEM, METRIC_KEY)
        );
    }

    /// A key's own verifier judges before the proof system's.
    function test_AnotherVerifierInBetween() public {
        bytes32 id = count(pairClaim(0, 55));
        BindingVerifier other = new BindingVerifier(SYSTEM, METRIC_KEY, true);
        approve(address(other));
        MetricClaim memory claim = pairClaim(1, 30);
        bytes memory proof = proveMetric(claim);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMetricRegistry.VerifierChanged.selector, id, address(universal), address(other)
            )
        );
        metrics.verifyMetric(claim, proof);
    }

    function test_ADevelopmentSetupIsRemembered() public {
        vm.prank(admin);
        registry.revokeVerifier(universal);
        universal.describe(SYSTEM, 0, true);
        approve(address(universal));
        MetricClaim memory claim = pairClaim(0, 55);
        (, bool development) = metrics.checkMetric(claim, proveMetric(claim));
        vm.assertTrue(development, "said before");
        bytes32 id = count(claim);
        vm.assertTrue(metrics.evidence(id).developmentSetup, "and kept");
        // Approved again as a real one: what was counted before stays marked.
        vm.prank(admin);
        registry.revokeVerifier(universal);
        universal.describe(SYSTEM, 0, false);
        approve(address(universal));
        count(pairClaim(1, 30));
        vm.assertTrue(metrics.evidence(id).developmentSetup, "one shard is enough");
    }

    /// One shard under a verifier that is marked later marks the whole, too.
    function test_ADevelopmentSetupOfTheLastShard() public {
        bytes32 id = count(pairClaim(0, 55));
        vm.prank(admin);
        registry.revokeVerifier(universal);
        universal.describe(SYSTEM, 0, true);
        approve(address(universal));
        count(pairClaim(1, 30));
        (,, bool development,,) = metrics.standing(id);
        vm.assertTrue(development, "marked");
    }

    function test_AVerifierThatAnswersNonsense() public {
        Parrot parrot = new Parrot(SYSTEM, false);
        vm.prank(admin);
        registry.revokeVerifier(universal);
        approve(address(parrot));
        bytes memory failed =
            abi.encodeWithSelector(IAttestationRegistry.VerifierFailed.selector, address(parrot));
        MetricClaim memory claim = pairClaim(0, 55);
        refused(claim, "", failed);
        refused(claim, abi.encode(2), failed);
        refused(claim, abi.encode(1, 1), failed);
        wrong(claim, abi.encode(0));
    }

    /// It judges by static call: it can neither count the shard that it is judging nor anything else.
    function test_AHostileVerifierCannotReenter() public {
        Reenterer hostile = new Reenterer(metrics, SYSTEM);
        vm.prank(admin);
        registry.revokeVerifier(universal);
        approve(address(hostile));
        MetricClaim memory claim = pairClaim(0, 55);
        hostile.arm(claim);
        bytes32 id = evidenceIdOf(claim);
        metrics.verifyMetric(claim, "");
        vm.assertTrue(metrics.evidence(id).values[0] == 55, "counted once");
        vm.assertEq(metrics.evidence(id).shards, 1, "one shard");
    }

    // --- construction

    function test_Constructor() public {
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.NotAContract.selector, stranger));
        new MetricRegistry(IDatasetRegistry(stranger), registry);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.NotAContract.selector, stranger));
        new MetricRegistry(datasets, IAttestationRegistry(stranger));
        vm.assertEq(address(metrics.models()), address(models), "the attestations' models");
        vm.assertEq(address(metrics.datasets()), address(datasets), "data sets");
        vm.assertEq(address(metrics.attestations()), address(registry), "attestations");
    }

    function test_SupportsInterface() public view {
        vm.assertTrue(metrics.supportsInterface(type(IERC7992Metrics).interfaceId), "the extension");
        vm.assertTrue(metrics.supportsInterface(type(IMetricRegistry).interfaceId), "the registry");
        vm.assertTrue(metrics.supportsInterface(type(IERC165).interfaceId), "ERC-165");
        vm.assertTrue(!metrics.supportsInterface(0xffffffff), "not everything");
    }
}

/// @notice Accepts everything, but first tries to count the claim that it is judging.
contract Reenterer {
    MetricRegistry private registry;
    bytes4 public proofSystemId;
    bytes32 public constant verifyingKeyHash = 0;
    bool public constant developmentSetup = false;
    MetricClaim private armed;

    constructor(MetricRegistry registry_, bytes4 id) {
        (registry, proofSystemId) = (registry_, id);
    }

    function arm(MetricClaim calldata claim) external {
        armed = claim;
    }

    /// Not declared view: the registry must not rely on the callee's manners.
    function verify(Statement calldata, bytes calldata proof) external returns (bool) {
        // A nested verdict without nested re-entry, so that the attempt ends.
        if (proof.length != 0) return true;
        // Little gas, because a state change in a static call takes all that it is given.
        try registry.verifyMetric{gas: 500_000}(armed, hex"01") {
            revert("re-entered");
        } catch {
            return true;
        }
    }
}
