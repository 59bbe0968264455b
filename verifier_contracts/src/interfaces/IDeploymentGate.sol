// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {DatasetRole} from "./IDatasetRegistry.sol";
import {IMetricRegistry, Scheme} from "./IMetricRegistry.sol";

/// @notice What a score counts, numbered as in the score's encoding.
/// Hits, TopK: [right, labelled]. Confusion: the matrix [true class][predicted class], row-major.
/// Errors: [labelled, sum |e|, sum e^2, sum y, sum y^2].
enum Reveal {
    Hits,
    Confusion,
    TopK,
    Errors
}

/// @notice How evidence's counts lie: for each counted column, for each of its groups, one block of `reveal`.
/// @param classes of a confusion matrix; otherwise not looked at
/// @param groups number of groups of each counted column, in the score's order; 1 for "all rows"
/// @param scale of errors: the integer e stands for e * 2^-scale
struct Tally {
    Reveal reveal;
    uint32 classes;
    uint32[] groups;
    uint8 scale;
}

/// @notice `MeanAbsoluteError`, `MeanSquaredError` and the gaps are bounded from above, the others from below.
/// A gap is the largest difference between two groups of a column: of the rate at which a class is predicted
/// (`DemographicParityGap`), or of a class's recall (`EqualOpportunityGap`).
enum Metric {
    Accuracy,
    Precision,
    Recall,
    F1,
    BalancedAccuracy,
    RSquared,
    MeanAbsoluteError,
    MeanSquaredError,
    DemographicParityGap,
    EqualOpportunityGap
}

/// @notice A bound of a metric.
/// @param column place in `Tally.groups`
/// @param group of that column, or `Metrics.ALL` for all of its groups together
/// @param class_ of precision, recall, F1 and the gaps
/// @param threshold in units of 2^-16: of a ratio, or of the target's unit (squared, for squares)
struct Question {
    Metric metric;
    uint32 column;
    uint32 group;
    uint32 class_;
    int64 threshold;
}

/// @notice One condition of a policy. `Scheme.Counts`: the bound is computed from the evidence's sums. `Scheme.Thresholds`: the
/// circuit proved bounds of hidden sums; number `index` of them must be at least `question.threshold`, and the rest of
/// `question` and `tally` only say in words what that bound is about.
/// @param circuitHash digest of the metric circuit, in which alone the meaning of evidence lies
/// @param datasetId the data set that the metric is over
/// @param index of the proved threshold
/// @param minLabelled least number of labelled rows, in each group that is looked at; for proved thresholds, in the data set
/// @param maxAge seconds after which evidence no longer counts; 2^64 - 1: never
struct Clause {
    bytes32 circuitHash;
    uint256 datasetId;
    Scheme scheme;
    Tally tally;
    Question question;
    uint32 index;
    uint64 minLabelled;
    uint64 maxAge;
}

/// @notice Where a model version stands. `None`: the version does not exist, or is deprecated.
enum State {
    None,
    Registered,
    Validated,
    Deployed
}

/// @notice Whether evidence satisfies a clause, and if not, the first thing that is wrong.
enum Verdict {
    Satisfied,
    NoEvidence,
    OtherSubject,
    Incomplete,
    Expired,
    DevelopmentSetup,
    VerifierRevoked,
    DatasetNotUsable,
    DatasetNotApproved,
    OtherLayout,
    TooFewLabelled,
    EmptyDenominator,
    NotReached
}

/// @title IDeploymentGate
/// @notice Opens for a model version only by proofs that satisfy the model's policy, and shuts by itself when one of them is no
/// longer good.
///
/// Registered -> Validated: anybody shows evidence for each clause. Validated -> Deployed: a deployer says so. Back to Registered:
/// evidence expires, its verifier or data set is revoked, the data set's approval is withdrawn, the policy changes, or a revoker
/// says so; to None: the version or its model is deprecated. `stateOf` looks at all of this whenever it is asked.
///
/// *What the policy setter must check off chain.* A clause trusts a circuit hash. A circuit says what is counted; this contract
/// cannot see whether it counts honestly. Before naming a circuit hash, compile the circuit again from the architecture, the
/// score and the capacity, and compare (`zkattest policy set` does); a circuit under any other hash may say anything.
///
/// *What the data set approver must check off chain.* The registration proof of each shard (labels one-hot, features in range:
/// `zkattest data inspect`), and whatever makes the labels true: no proof says that.
interface IDeploymentGate {
    event PolicySet(
        uint256 indexed modelId, uint64 indexed policyVersion, bool developmentAllowed, Clause[] clauses
    );
    event DatasetApproved(uint256 indexed datasetId, DatasetRole role, address indexed approver);
    event DatasetWithdrawn(uint256 indexed datasetId, address indexed approver);
    event Validated(
        uint256 indexed modelId,
        uint64 indexed version,
        uint64 policyVersion,
        bytes32[] evidenceIds,
        address caller
    );
    event Deployed(uint256 indexed modelId, uint64 indexed version, uint64 policyVersion, address deployer);
    event Revoked(uint256 indexed modelId, uint64 indexed version, bytes32 reasonDigest, address revoker);
    event Reinstated(uint256 indexed modelId, uint64 indexed version, address revoker);
    /// @notice Somebody noted that the version had lost its state.
    event Lapsed(uint256 indexed modelId, uint64 indexed version);

    error ZeroGateAdmin();
    error NoPolicy(uint256 modelId);
    error ClauseCountOutOfRange(uint256 clauses);
    /// @notice The clause asks for what its tally does not hold, or names no circuit, data set or age.
    error MalformedClause(uint256 clause);
    error EvidenceCountMismatch(uint256 clauses, uint256 evidence);
    error ClauseNotSatisfied(uint256 clause, Verdict verdict);
    error ApprovedForOtherRole(uint256 datasetId, DatasetRole registered, DatasetRole claimed);
    error DatasetAlreadyApproved(uint256 datasetId);
    error DatasetNotApprovedYet(uint256 datasetId);
    error DatasetUnusable(uint256 datasetId);
    /// @notice The version is not in a state from which this can be done.
    error WrongState(uint256 modelId, uint64 version, State state);
    error VersionRevoked(uint256 modelId, uint64 version);
    error VersionNotRevoked(uint256 modelId, uint64 version);

    /// @notice Replaces the model's policy (`POLICY_SETTER`); versions that were validated under the earlier one fall back.
    /// @param developmentAllowed evidence from a development set-up counts: for trials only
    function setPolicy(uint256 modelId, Clause[] calldata clauses, bool developmentAllowed)
        external
        returns (uint64 policyVersion);

    /// @notice Lets evidence over this data set count (`DATASET_APPROVER`).
    /// @param role the role that the approver means; the registry's record must say the same
    function approveDataset(uint256 datasetId, DatasetRole role) external;

    /// @notice Takes an approval back (`DATASET_APPROVER`).
    function withdrawDataset(uint256 datasetId) external;

    /// @notice Shows evidence, one for each clause of the policy. Anybody may, for a version in state Registered; for one that is
    /// Validated or Deployed and is to be renewed, a deployer.
    function validate(uint256 modelId, uint64 version, bytes32[] calldata evidenceIds) external;

    /// @notice Puts a validated version into service (`DEPLOYER`).
    function deploy(uint256 modelId, uint64 version) external;

    /// @notice Takes a version out of service, until it is reinstated, validated and deployed again (`REVOKER`).
    function revoke(uint256 modelId, uint64 version, bytes32 reasonDigest) external;

    /// @notice Lets a revoked version be validated again (`REVOKER`).
    function reinstate(uint256 modelId, uint64 version) external;

    /// @notice Notes that a version has lost its state, so that it does not come back by itself when, for example, an approval is
    /// given again.
    function lapse(uint256 modelId, uint64 version) external;

    /// @notice True iff the version is in state Deployed now: what a consumer asks.
    function isDeployed(uint256 modelId, uint64 version) external view returns (bool);

    function stateOf(uint256 modelId, uint64 version) external view returns (State);

    /// @notice Number of the current policy, from 1; 0 where the model has none.
    function policyVersionOf(uint256 modelId) external view returns (uint64);

    function policyOf(uint256 modelId)
        external
        view
        returns (uint64 policyVersion, bool developmentAllowed, Clause[] memory clauses);

    /// @notice What `validate` would find, clause by clause.
    function verdictsOn(uint256 modelId, uint64 version, bytes32[] calldata evidenceIds)
        external
        view
        returns (Verdict[] memory);

    /// @notice The evidence that the version was validated with, under which policy, and whether it is revoked.
    function validationOf(uint256 modelId, uint64 version)
        external
        view
        returns (uint64 policyVersion, bool deployed, bool revoked, bytes32[] memory evidenceIds);

    function isDatasetApproved(uint256 datasetId) external view returns (bool);

    function metrics() external view returns (IMetricRegistry);
}
