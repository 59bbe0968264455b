// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttestationRegistry} from "../interfaces/IAttestationRegistry.sol";
import {DatasetCommitment, DatasetStatus, IDatasetRegistry} from "../interfaces/IDatasetRegistry.sol";
import {IERC7992Verifier} from "../interfaces/IERC7992.sol";
import {
    Evidence,
    IERC7992Metrics,
    IMetricRegistry,
    Manifest,
    MetricClaim,
    Scheme
} from "../interfaces/IMetricRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IVerifier, Statement} from "../interfaces/IVerifier.sol";
import {Manifests} from "./Manifests.sol";
import {VerifierCall} from "./VerifierCall.sol";
import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title MetricRegistry
/// @notice Counts the shards of a data set towards evidence, each only after an approved verifier accepted its proof.
///
/// What a proof must bind, and what breaks when it is used elsewhere:
///  1. the version's model hash, taken from the model registry, and the circuit and key that the claim names: the verifier
///     refuses a key whose record says another model or circuit;
///  2. the shard's identity, taken from the manifest, which is what the registered data set commits to;
///  3. the context, which holds chain id, this address, model id, version, model hash and nonce (another chain, contract or
///     version: another context, so the proof is wrong);
///  4. the integers.
/// Proofs with the same nonce are counted together, each shard once: a proof cannot be used again, because its nonce names
/// where it was counted. To prove anew, take a new nonce. The submitter is not bound.
/// @dev Open to everybody, without an administrator.
contract MetricRegistry is IMetricRegistry, ERC165 {
    using Manifests for Manifest;

    /// Domain of `contextOf`, as in the AttestationRegistry: the addresses keep the two apart.
    bytes32 private constant CONTEXT_DOMAIN = keccak256("zkattest-context-v1");
    bytes32 private constant SUBJECT_DOMAIN = keccak256("zkattest-metric-subject-v1");
    bytes32 private constant EVIDENCE_DOMAIN = keccak256("zkattest-evidence-v1");

    /// Bounds the loops over values: a confusion matrix of 45 classes, or of 10 classes for 20 groups.
    uint256 private constant MAX_VALUES = 2048;

    /// Three slots, and the values, four in a slot. An entry exists iff it has a verifier.
    struct Entry {
        bytes32 subject;
        address verifier;
        bool developmentSetup;
        uint40 completedAt;
        uint48 labelled;
        uint256 shards;
        int64[] values;
    }

    /// What `_verify` found out about a claim.
    struct Judged {
        bytes32 subject;
        bytes32 evidenceId;
        bytes32 dataCommitment;
        address verifier;
        bool developmentSetup;
    }

    /// @inheritdoc IMetricRegistry
    IModelRegistry public immutable models;
    /// @inheritdoc IMetricRegistry
    IDatasetRegistry public immutable datasets;
    /// @inheritdoc IMetricRegistry
    IAttestationRegistry public immutable attestations;

    mapping(bytes32 evidenceId => Entry) private _entries;

    /// @param datasets_ the data set registry, for good
    /// @param attestations_ the registry whose directory of verifiers and whose model registry are used, for good
    constructor(IDatasetRegistry datasets_, IAttestationRegistry attestations_) {
        if (address(datasets_).code.length == 0) {
            revert IAttestationRegistry.NotAContract(address(datasets_));
        }
        if (address(attestations_).code.length == 0) {
            revert IAttestationRegistry.NotAContract(address(attestations_));
        }
        (datasets, attestations) = (datasets_, attestations_);
        models = IModelRegistry(attestations_.registry());
    }

    /// @inheritdoc IERC7992Metrics
    /// @dev Every call out (registries, verifier) is a static call and precedes every write, so there is nothing to re-enter.
    function verifyMetric(MetricClaim calldata claim, bytes calldata proof)
        external
        returns (bytes32 evidenceId, bool complete)
    {
        Judged memory judged = _verify(claim, proof);
        evidenceId = judged.evidenceId;
        Entry storage entry = _entries[evidenceId];
        uint256 bit = 1 << claim.shard;
        if (entry.verifier == address(0)) {
            entry.subject = judged.subject;
            entry.verifier = judged.verifier;
            entry.developmentSetup = judged.developmentSetup;
            entry.labelled = SafeCast.toUint48(claim.manifest.labelled);
        } else {
            if (entry.shards & bit != 0) revert ShardAlreadyCounted(evidenceId, claim.shard);
            if (entry.verifier != judged.verifier) {
                revert VerifierChanged(evidenceId, entry.verifier, judged.verifier);
            }
            // A verifier that was approved again may have been marked since.
            if (judged.developmentSetup) entry.developmentSetup = true;
        }
        uint256 shards = entry.shards | bit;
        entry.shards = shards;
        _add(entry.values, claim.output);

        emit ShardCounted(
            evidenceId,
            claim.modelId,
            claim.datasetId,
            claim.version,
            claim.shard,
            claim.circuitHash,
            claim.vkHash,
            claim.scheme,
            claim.output,
            claim.nonce,
            msg.sender
        );
        emit MetricVerified(claim.modelId, judged.dataCommitment, claim.output, msg.sender);

        complete = shards == type(uint256).max >> (256 - claim.manifest.shardIdentities.length);
        if (complete) _complete(entry, claim, evidenceId);
    }

    /// @inheritdoc IMetricRegistry
    function checkMetric(MetricClaim calldata claim, bytes calldata proof)
        external
        view
        returns (bytes32 evidenceId, bool developmentSetup)
    {
        Judged memory judged = _verify(claim, proof);
        return (judged.evidenceId, judged.developmentSetup);
    }

    /// @inheritdoc IMetricRegistry
    function contextOf(uint256 modelId, uint64 version, bytes32 nonce) external view returns (bytes32) {
        (bytes32 modelHash,,,,,) = models.versionKeys(modelId, version);
        return _context(modelId, version, modelHash, nonce);
    }

    /// @inheritdoc IMetricRegistry
    function subjectOf(uint256 modelId, uint64 version, uint256 datasetId, bytes32 circuitHash, Scheme scheme)
        public
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(SUBJECT_DOMAIN, modelId, version, datasetId, circuitHash, scheme));
    }

    /// @inheritdoc IMetricRegistry
    function evidenceIdOf(bytes32 subject, bytes32 vkHash, bytes32 nonce) public pure returns (bytes32) {
        return keccak256(abi.encode(EVIDENCE_DOMAIN, subject, vkHash, nonce));
    }

    /// @inheritdoc IMetricRegistry
    function identityOf(Manifest calldata manifest) external pure returns (bytes32) {
        return manifest.identity();
    }

    /// @inheritdoc IMetricRegistry
    function evidence(bytes32 evidenceId) external view returns (Evidence memory found) {
        Entry storage entry = _entries[evidenceId];
        if (entry.verifier == address(0)) revert EvidenceNotFound(evidenceId);
        found.subject = entry.subject;
        found.verifier = entry.verifier;
        found.developmentSetup = entry.developmentSetup;
        found.completedAt = entry.completedAt;
        found.labelled = entry.labelled;
        found.shards = entry.shards;
        found.values = entry.values;
    }

    /// @inheritdoc IMetricRegistry
    function standing(bytes32 evidenceId)
        external
        view
        returns (
            bytes32 subject,
            address verifier,
            bool developmentSetup,
            uint64 completedAt,
            uint64 labelled
        )
    {
        Entry storage entry = _entries[evidenceId];
        return (entry.subject, entry.verifier, entry.developmentSetup, entry.completedAt, entry.labelled);
    }

    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IERC7992Metrics).interfaceId
            || interfaceId == type(IMetricRegistry).interfaceId || super.supportsInterface(interfaceId);
    }

    /// Reverts unless an approved verifier accepts `proof` of `claim`.
    function _verify(MetricClaim calldata claim, bytes calldata proof)
        private
        view
        returns (Judged memory judged)
    {
        uint256 size = claim.output.length;
        if (size == 0 || size % 8 != 0 || size > 8 * MAX_VALUES) revert MalformedValues(size);
        Statement memory statement;
        statement.inputCommitment = claim.manifest.requireCountable(claim.shard);
        uint256 shards = claim.manifest.shardIdentities.length;
        if (claim.scheme == Scheme.Thresholds && shards != 1) revert ThresholdsOfShards(shards);
        judged.dataCommitment = _requireRegistered(claim.datasetId, claim.manifest);

        bytes4 proofSystemId;
        (statement.modelHash, proofSystemId) = _requireUsable(claim.modelId, claim.version);
        statement.circuitHash = claim.circuitHash;
        statement.vkHash = claim.vkHash;
        statement.context = _context(claim.modelId, claim.version, statement.modelHash, claim.nonce);
        statement.output = claim.output;

        IVerifier verifier;
        (verifier, judged.developmentSetup) = attestations.verifierFor(proofSystemId, claim.vkHash);
        judged.verifier = address(verifier);
        if (judged.verifier == address(0)) {
            revert IAttestationRegistry.VerifierNotApproved(proofSystemId, claim.vkHash);
        }
        if (!VerifierCall.accepts(judged.verifier, statement, proof)) revert IERC7992Verifier.InvalidProof();
        judged.subject =
            subjectOf(claim.modelId, claim.version, claim.datasetId, claim.circuitHash, claim.scheme);
        judged.evidenceId = evidenceIdOf(judged.subject, claim.vkHash, claim.nonce);
    }

    /// Reverts unless the data set is active, and registered with this manifest.
    function _requireRegistered(uint256 datasetId, Manifest calldata manifest)
        private
        view
        returns (bytes32 identity)
    {
        (DatasetCommitment memory record, DatasetStatus status,) = datasets.getDataset(datasetId);
        if (status != DatasetStatus.Active) revert DatasetNotUsable(datasetId, status);
        identity = manifest.identity();
        if (record.commitment != identity) revert ManifestMismatch(record.commitment, identity);
        if (record.role != manifest.role) revert RoleMismatch(record.role, manifest.role);
        if (record.rows != manifest.rows) revert RowsMismatch(record.rows, manifest.rows);
    }

    /// Reverts unless the version exists and is in use.
    function _requireUsable(uint256 modelId, uint64 version)
        private
        view
        returns (bytes32 modelHash, bytes4 proofSystemId)
    {
        bool modelDeprecated;
        bool versionDeprecated;
        (modelHash,,, proofSystemId, modelDeprecated, versionDeprecated) =
            models.versionKeys(modelId, version);
        if (modelDeprecated) revert IERC7992Verifier.VerificationRefused_ModelDeprecated(modelId);
        if (versionDeprecated) {
            revert IAttestationRegistry.VerificationRefused_VersionDeprecated(modelId, version);
        }
    }

    /// Adds the output's values to `sums`, which is empty before the first shard.
    function _add(int64[] storage sums, bytes calldata output) private {
        uint256 count = output.length / 8;
        uint256 held = sums.length;
        if (held != 0 && held != count) revert ValueCountMismatch(held, count);
        for (uint256 i = 0; i < count; ++i) {
            // Eight bytes, as two's complement: what the output's encoding means.
            int64 value = int64(uint64(bytes8(output[8 * i:8 * i + 8])));
            if (held == 0) {
                sums.push(value);
                continue;
            }
            int256 sum = int256(sums[i]) + value;
            if (sum > type(int64).max || sum < type(int64).min) revert SumOverflow(i);
            // In range: checked above.
            // forge-lint: disable-next-line(unsafe-typecast)
            sums[i] = int64(sum);
        }
    }

    function _complete(Entry storage entry, MetricClaim calldata claim, bytes32 evidenceId) private {
        entry.completedAt = SafeCast.toUint40(block.timestamp);
        emit EvidenceCompleted(
            evidenceId,
            claim.modelId,
            claim.datasetId,
            claim.version,
            claim.circuitHash,
            claim.scheme,
            entry.values,
            entry.labelled,
            entry.verifier,
            entry.developmentSetup
        );
    }

    function _context(uint256 modelId, uint64 version, bytes32 modelHash, bytes32 nonce)
        private
        view
        returns (bytes32)
    {
        return keccak256(
            abi.encode(CONTEXT_DOMAIN, block.chainid, address(this), modelId, version, modelHash, nonce)
        );
    }
}
