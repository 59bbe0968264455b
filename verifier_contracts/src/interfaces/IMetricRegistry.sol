// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IAttestationRegistry} from "./IAttestationRegistry.sol";
import {DatasetRole, DatasetStatus, IDatasetRegistry} from "./IDatasetRegistry.sol";
import {IModelRegistry} from "./IModelRegistry.sol";

/// @notice What the numbers of a metric proof are: counts, which add up over the shards of a data set, or lower bounds that
/// the circuit proved of hidden counts, which do not.
enum Scheme {
    Counts,
    Thresholds
}

/// @notice A committed data set: its identity, which the data set registry holds, is the digest of this.
/// @param schemaDigest keccak256 of the schema's canonical encoding
/// @param role what the data set is for; the registry's record must say the same
/// @param parent identity of the data set that it was drawn from, or zero
/// @param rows number of rows, over all shards
/// @param labelled number of labelled rows, over all shards
/// @param shardIdentities identity of each shard's hiding commitment, in order
/// @param shardLabelled labelled rows of each shard
struct Manifest {
    bytes32 schemaDigest;
    DatasetRole role;
    bytes32 parent;
    uint64 rows;
    uint64 labelled;
    bytes32[] shardIdentities;
    uint64[] shardLabelled;
}

/// @notice What a submitter claims: on one shard of this data set, the score of this version of this model is `output`.
/// @param modelId id in the model registry
/// @param version version of the model, from 1
/// @param datasetId id in the data set registry
/// @param manifest opens the data set's commitment
/// @param shard place in the manifest, from 0
/// @param circuitHash digest of the metric circuit: architecture, score and capacity, no weights
/// @param vkHash digest of the metric key
/// @param scheme what `output` is
/// @param output the proof's public integers: int64 big-endian, 8 bytes a value
/// @param nonce chosen by the prover, the same for all shards of one piece of evidence; enters the context that proofs bind
struct MetricClaim {
    uint256 modelId;
    uint64 version;
    uint256 datasetId;
    Manifest manifest;
    uint32 shard;
    bytes32 circuitHash;
    bytes32 vkHash;
    Scheme scheme;
    bytes output;
    bytes32 nonce;
}

/// @notice What the proofs of all shards say together.
/// @param subject digest of what it is about, `subjectOf`
/// @param verifier the contract that accepted every proof
/// @param developmentSetup the proofs rest on a development reference string: worth nothing as evidence
/// @param completedAt time of the block in which the last shard came, seconds since 1970; 0 while shards are missing
/// @param labelled labelled rows of the whole data set, by its manifest
/// @param shards bit i: shard i has been counted
/// @param values sums over the counted shards, or the thresholds
struct Evidence {
    bytes32 subject;
    address verifier;
    bool developmentSetup;
    uint64 completedAt;
    uint64 labelled;
    uint256 shards;
    int64[] values;
}

/// @title IERC7992Metrics
/// @notice Our extension of ERC-7992's verifier half, which knows single inferences: a *metric* is a score over a committed
/// data set. `verifyMetric` stands beside `verifyInference`: it reverts on any failure, so that success implies validity, and
/// logs `MetricVerified` as that does `InferenceVerified`. The data set's commitment takes the input commitment's place.
interface IERC7992Metrics {
    /// @param output the proof's public integers, of one shard
    event MetricVerified(
        uint256 indexed modelId, bytes32 indexed dataCommitment, bytes output, address indexed caller
    );

    /// @notice Verifies a proof about one shard and counts it. Reverts on any failure: success implies validity.
    /// @return evidenceId what the shard was counted in
    /// @return complete all shards of the data set are in
    function verifyMetric(MetricClaim calldata claim, bytes calldata proof)
        external
        returns (bytes32 evidenceId, bool complete);
}

/// @title IMetricRegistry
/// @notice Evidence: what approved verifiers accepted about the score of a model version on a registered data set.
///
/// What evidence says, and what it does not: the circuit with this hash, run on the committed model and on the rows behind the
/// data set's commitment, gives these integers. What a circuit hash *means* (that it is this architecture with the score
/// "accuracy", and not one that counts every row as right) is for whoever relies on it to check: `DeploymentGate`'s policies
/// name circuit hashes. That the rows are what they should be (labels one-hot, features in range: the data registration
/// proofs; labels true: nobody's proof) is for whoever approves the data set.
interface IMetricRegistry is IERC7992Metrics {
    /// @notice A shard was counted.
    event ShardCounted(
        bytes32 indexed evidenceId,
        uint256 indexed modelId,
        uint256 indexed datasetId,
        uint64 version,
        uint32 shard,
        bytes32 circuitHash,
        bytes32 vkHash,
        Scheme scheme,
        bytes output,
        bytes32 nonce,
        address submitter
    );
    /// @notice All shards are in: from now on the evidence does not change.
    event EvidenceCompleted(
        bytes32 indexed evidenceId,
        uint256 indexed modelId,
        uint256 indexed datasetId,
        uint64 version,
        bytes32 circuitHash,
        Scheme scheme,
        int64[] values,
        uint64 labelled,
        address verifier,
        bool developmentSetup
    );

    /// @notice The manifest is not what the registered commitment is the digest of: another order, count or data set.
    error ManifestMismatch(bytes32 registered, bytes32 computed);
    error RoleMismatch(DatasetRole registered, DatasetRole claimed);
    error RowsMismatch(uint64 registered, uint64 claimed);
    /// @notice The data set has been deprecated or revoked.
    error DatasetNotUsable(uint256 datasetId, DatasetStatus status);
    /// @notice A manifest has 1 to 256 shards.
    error ShardCountOutOfRange(uint256 shards);
    /// @notice Identities and labelled rows are not one each for every shard.
    error MalformedManifest(uint256 identities, uint256 labelled);
    error UnknownShard(uint32 shard, uint256 shards);
    /// @notice The manifest lists the shard twice, so that its rows would count twice.
    error ShardListedTwice(uint32 shard, uint256 again);
    /// @notice The shards' labelled rows do not add up to the data set's, or there are more of them than rows.
    error LabelledMismatch(uint256 sum, uint64 labelled, uint64 rows);
    error ShardAlreadyCounted(bytes32 evidenceId, uint32 shard);
    /// @notice Another contract judged the shards that are in: begin again, with a new nonce.
    error VerifierChanged(bytes32 evidenceId, address earlier, address current);
    /// @notice Another shard of this evidence had another number of values.
    error ValueCountMismatch(uint256 expected, uint256 actual);
    /// @notice Public integers are 8 bytes each, from 1 to 2048 of them.
    error MalformedValues(uint256 length);
    /// @notice The sum of the shards' values leaves 64 bits.
    error SumOverflow(uint256 index);
    /// @notice A bound of each shard is none of all: thresholds are proved of a data set with one shard.
    error ThresholdsOfShards(uint256 shards);
    error EvidenceNotFound(bytes32 evidenceId);

    /// @notice Verifies without counting, and without looking whether the shard was counted before.
    function checkMetric(MetricClaim calldata claim, bytes calldata proof)
        external
        view
        returns (bytes32 evidenceId, bool developmentSetup);

    /// @notice The context that a metric proof for this version, submitted here, must bind: `AttestationRegistry.contextOf`
    /// with this contract's address.
    function contextOf(uint256 modelId, uint64 version, bytes32 nonce) external view returns (bytes32);

    /// @notice Digest of what evidence is about.
    function subjectOf(uint256 modelId, uint64 version, uint256 datasetId, bytes32 circuitHash, Scheme scheme)
        external
        pure
        returns (bytes32);

    /// @notice The id of the evidence in which proofs of this subject, key and nonce are counted.
    function evidenceIdOf(bytes32 subject, bytes32 vkHash, bytes32 nonce) external pure returns (bytes32);

    /// @notice The identity that a data set with this manifest is registered under.
    function identityOf(Manifest calldata manifest) external pure returns (bytes32);

    function evidence(bytes32 evidenceId) external view returns (Evidence memory);

    /// @notice `evidence` without the values; all zero where there is none.
    function standing(bytes32 evidenceId)
        external
        view
        returns (
            bytes32 subject,
            address verifier,
            bool developmentSetup,
            uint64 completedAt,
            uint64 labelled
        );

    function models() external view returns (IModelRegistry);
    function datasets() external view returns (IDatasetRegistry);

    /// @notice The registry whose directory says which verifiers may judge.
    function attestations() external view returns (IAttestationRegistry);
}
