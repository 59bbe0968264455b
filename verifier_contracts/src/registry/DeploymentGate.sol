// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttestationRegistry} from "../interfaces/IAttestationRegistry.sol";
import {
    DatasetCommitment,
    DatasetRole,
    DatasetStatus,
    IDatasetRegistry
} from "../interfaces/IDatasetRegistry.sol";
import {Clause, IDeploymentGate, State, Verdict} from "../interfaces/IDeploymentGate.sol";
import {IMetricRegistry, Scheme} from "../interfaces/IMetricRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IVerifier} from "../interfaces/IVerifier.sol";
import {Metrics} from "./Metrics.sol";
import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";

/// @title DeploymentGate
/// @notice See `IDeploymentGate`. Completed evidence never changes, so whether its sums reach a bound is computed once, when it is
/// shown; whether it still counts is computed whenever somebody asks.
contract DeploymentGate is IDeploymentGate, AccessControl {
    bytes32 public constant POLICY_SETTER = keccak256("POLICY_SETTER");
    bytes32 public constant DATASET_APPROVER = keccak256("DATASET_APPROVER");
    bytes32 public constant DEPLOYER = keccak256("DEPLOYER");
    bytes32 public constant REVOKER = keccak256("REVOKER");

    /// Bounds the loops over clauses, which consumers pay for.
    uint256 private constant MAX_CLAUSES = 32;

    struct Policy {
        uint64 version;
        bool developmentAllowed;
        Clause[] clauses;
    }

    /// A version is Validated or Deployed if `policyVersion` is the current one and everything behind it is still good.
    struct Validation {
        uint64 policyVersion;
        bool deployed;
        bool revoked;
        bytes32[] evidenceIds;
    }

    /// @inheritdoc IDeploymentGate
    IMetricRegistry public immutable metrics;
    IModelRegistry private immutable MODELS;
    IDatasetRegistry private immutable DATASETS;
    IAttestationRegistry private immutable ATTESTATIONS;

    mapping(uint256 modelId => Policy) private _policies;
    mapping(uint256 modelId => mapping(uint64 version => Validation)) private _validations;
    /// @inheritdoc IDeploymentGate
    mapping(uint256 datasetId => bool) public isDatasetApproved;

    /// @param metrics_ where evidence is, for good; models, data sets and approved verifiers are those that it reads
    /// @param admin gets the administrator's role and the four others, to grant and give up
    constructor(IMetricRegistry metrics_, address admin) {
        if (address(metrics_).code.length == 0) revert IAttestationRegistry.NotAContract(address(metrics_));
        if (admin == address(0)) revert ZeroGateAdmin();
        metrics = metrics_;
        MODELS = metrics_.models();
        DATASETS = metrics_.datasets();
        ATTESTATIONS = metrics_.attestations();
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(POLICY_SETTER, admin);
        _grantRole(DATASET_APPROVER, admin);
        _grantRole(DEPLOYER, admin);
        _grantRole(REVOKER, admin);
    }

    /// @inheritdoc IDeploymentGate
    function setPolicy(uint256 modelId, Clause[] calldata clauses, bool developmentAllowed)
        external
        onlyRole(POLICY_SETTER)
        returns (uint64 policyVersion)
    {
        MODELS.ownerOf(modelId); // reverts for a model that does not exist
        if (clauses.length == 0 || clauses.length > MAX_CLAUSES) {
            revert ClauseCountOutOfRange(clauses.length);
        }
        Policy storage policy = _policies[modelId];
        policyVersion = ++policy.version;
        policy.developmentAllowed = developmentAllowed;
        delete policy.clauses;
        for (uint256 i = 0; i < clauses.length; ++i) {
            if (!_isWellFormed(clauses[i])) revert MalformedClause(i);
            policy.clauses.push(clauses[i]);
        }
        emit PolicySet(modelId, policyVersion, developmentAllowed, clauses);
    }

    /// @inheritdoc IDeploymentGate
    function approveDataset(uint256 datasetId, DatasetRole role) external onlyRole(DATASET_APPROVER) {
        (DatasetCommitment memory record, DatasetStatus status,) = DATASETS.getDataset(datasetId);
        if (status != DatasetStatus.Active) revert DatasetUnusable(datasetId);
        if (record.role != role) revert ApprovedForOtherRole(datasetId, record.role, role);
        if (isDatasetApproved[datasetId]) revert DatasetAlreadyApproved(datasetId);
        isDatasetApproved[datasetId] = true;
        emit DatasetApproved(datasetId, role, msg.sender);
    }

    /// @inheritdoc IDeploymentGate
    function withdrawDataset(uint256 datasetId) external onlyRole(DATASET_APPROVER) {
        if (!isDatasetApproved[datasetId]) revert DatasetNotApprovedYet(datasetId);
        delete isDatasetApproved[datasetId];
        emit DatasetWithdrawn(datasetId, msg.sender);
    }

    /// @inheritdoc IDeploymentGate
    function validate(uint256 modelId, uint64 version, bytes32[] calldata evidenceIds) external {
        Policy storage policy = _policies[modelId];
        uint256 count = policy.clauses.length;
        if (count == 0) revert NoPolicy(modelId);
        if (evidenceIds.length != count) revert EvidenceCountMismatch(count, evidenceIds.length);
        Validation storage validation = _validations[modelId][version];
        if (validation.revoked) revert VersionRevoked(modelId, version);
        State state = stateOf(modelId, version);
        if (state == State.None) revert WrongState(modelId, version, state);
        // Otherwise anybody could put evidence that expires sooner into the place of what is there.
        if (state != State.Registered) _checkRole(DEPLOYER);
        for (uint256 i = 0; i < count; ++i) {
            Verdict verdict = _verdict(modelId, version, policy, i, evidenceIds[i]);
            if (verdict != Verdict.Satisfied) revert ClauseNotSatisfied(i, verdict);
        }
        validation.policyVersion = policy.version;
        // A version that had lost its state comes back into service by a deployer's word only.
        if (state != State.Deployed) validation.deployed = false;
        validation.evidenceIds = evidenceIds;
        emit Validated(modelId, version, policy.version, evidenceIds, msg.sender);
    }

    /// @inheritdoc IDeploymentGate
    function deploy(uint256 modelId, uint64 version) external onlyRole(DEPLOYER) {
        State state = stateOf(modelId, version);
        if (state != State.Validated) revert WrongState(modelId, version, state);
        Validation storage validation = _validations[modelId][version];
        validation.deployed = true;
        emit Deployed(modelId, version, validation.policyVersion, msg.sender);
    }

    /// @inheritdoc IDeploymentGate
    function revoke(uint256 modelId, uint64 version, bytes32 reasonDigest) external onlyRole(REVOKER) {
        MODELS.versionKeys(modelId, version); // reverts for a version that does not exist
        Validation storage validation = _validations[modelId][version];
        if (validation.revoked) revert VersionRevoked(modelId, version);
        delete _validations[modelId][version];
        validation.revoked = true;
        emit Revoked(modelId, version, reasonDigest, msg.sender);
    }

    /// @inheritdoc IDeploymentGate
    function reinstate(uint256 modelId, uint64 version) external onlyRole(REVOKER) {
        Validation storage validation = _validations[modelId][version];
        if (!validation.revoked) revert VersionNotRevoked(modelId, version);
        validation.revoked = false;
        emit Reinstated(modelId, version, msg.sender);
    }

    /// @inheritdoc IDeploymentGate
    function lapse(uint256 modelId, uint64 version) external {
        State state = stateOf(modelId, version);
        bool held = _validations[modelId][version].policyVersion != 0;
        if (!held || state == State.Validated || state == State.Deployed) {
            revert WrongState(modelId, version, state);
        }
        delete _validations[modelId][version];
        emit Lapsed(modelId, version);
    }

    /// @inheritdoc IDeploymentGate
    function isDeployed(uint256 modelId, uint64 version) external view returns (bool) {
        return stateOf(modelId, version) == State.Deployed;
    }

    /// @inheritdoc IDeploymentGate
    function stateOf(uint256 modelId, uint64 version) public view returns (State) {
        if (version == 0 || modelId == 0 || modelId > MODELS.modelCount()) return State.None;
        if (version > MODELS.versionCount(modelId)) return State.None;
        (,,,, bool modelDeprecated, bool versionDeprecated) = MODELS.versionKeys(modelId, version);
        if (modelDeprecated || versionDeprecated) return State.None;
        Validation storage validation = _validations[modelId][version];
        Policy storage policy = _policies[modelId];
        // Without a policy both are 0.
        if (validation.policyVersion == 0 || validation.policyVersion != policy.version) {
            return State.Registered;
        }
        uint256 count = policy.clauses.length;
        for (uint256 i = 0; i < count; ++i) {
            Clause storage clause = policy.clauses[i];
            (Verdict verdict,) =
                _standing(modelId, version, clause, policy.developmentAllowed, validation.evidenceIds[i]);
            if (verdict != Verdict.Satisfied) return State.Registered;
        }
        return validation.deployed ? State.Deployed : State.Validated;
    }

    /// @inheritdoc IDeploymentGate
    function policyVersionOf(uint256 modelId) external view returns (uint64) {
        return _policies[modelId].version;
    }

    /// @inheritdoc IDeploymentGate
    function policyOf(uint256 modelId)
        external
        view
        returns (uint64 policyVersion, bool developmentAllowed, Clause[] memory clauses)
    {
        Policy storage policy = _policies[modelId];
        return (policy.version, policy.developmentAllowed, policy.clauses);
    }

    /// @inheritdoc IDeploymentGate
    function verdictsOn(uint256 modelId, uint64 version, bytes32[] calldata evidenceIds)
        external
        view
        returns (Verdict[] memory verdicts)
    {
        Policy storage policy = _policies[modelId];
        uint256 count = policy.clauses.length;
        if (count == 0) revert NoPolicy(modelId);
        if (evidenceIds.length != count) revert EvidenceCountMismatch(count, evidenceIds.length);
        verdicts = new Verdict[](count);
        for (uint256 i = 0; i < count; ++i) {
            verdicts[i] = _verdict(modelId, version, policy, i, evidenceIds[i]);
        }
    }

    /// @inheritdoc IDeploymentGate
    function validationOf(uint256 modelId, uint64 version)
        external
        view
        returns (uint64 policyVersion, bool deployed, bool revoked, bytes32[] memory evidenceIds)
    {
        Validation storage validation = _validations[modelId][version];
        return (validation.policyVersion, validation.deployed, validation.revoked, validation.evidenceIds);
    }

    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IDeploymentGate).interfaceId || super.supportsInterface(interfaceId);
    }

    function _isWellFormed(Clause calldata clause) private pure returns (bool) {
        if (clause.circuitHash == 0 || clause.datasetId == 0 || clause.maxAge == 0) return false;
        // What a circuit proved of hidden sums is the circuit's business.
        return clause.scheme == Scheme.Thresholds || Metrics.isAskable(clause.tally, clause.question);
    }

    /// Whether the evidence counts, and what it says is enough.
    function _verdict(
        uint256 modelId,
        uint64 version,
        Policy storage policy,
        uint256 index,
        bytes32 evidenceId
    ) private view returns (Verdict verdict) {
        Clause memory clause = policy.clauses[index];
        uint64 labelled;
        (verdict, labelled) =
            _standing(modelId, version, policy.clauses[index], policy.developmentAllowed, evidenceId);
        if (verdict != Verdict.Satisfied) return verdict;
        int64[] memory values = metrics.evidence(evidenceId).values;
        if (clause.scheme == Scheme.Thresholds) {
            if (clause.index >= values.length) return Verdict.OtherLayout;
            if (labelled < clause.minLabelled) return Verdict.TooFewLabelled;
            return values[clause.index] >= clause.question.threshold ? Verdict.Satisfied : Verdict.NotReached;
        }
        return Metrics.judge(clause.tally, clause.question, values, labelled, clause.minLabelled);
    }

    /// Whether the evidence counts, now: the part of a verdict that can change.
    function _standing(
        uint256 modelId,
        uint64 version,
        Clause storage clause,
        bool developmentAllowed,
        bytes32 evidenceId
    ) private view returns (Verdict, uint64 labelled) {
        bytes32 subject;
        address verifier;
        bool developmentSetup;
        uint64 completedAt;
        (subject, verifier, developmentSetup, completedAt, labelled) = metrics.standing(evidenceId);
        if (verifier == address(0)) return (Verdict.NoEvidence, 0);
        uint256 datasetId = clause.datasetId;
        bytes32 expected = metrics.subjectOf(modelId, version, datasetId, clause.circuitHash, clause.scheme);
        if (subject != expected) return (Verdict.OtherSubject, 0);
        if (completedAt == 0) return (Verdict.Incomplete, 0);
        // Ages are days; a validator moves a block's time by seconds.
        // forge-lint: disable-next-line(block-timestamp)
        if (block.timestamp - completedAt > clause.maxAge) return (Verdict.Expired, 0);
        if (developmentSetup && !developmentAllowed) return (Verdict.DevelopmentSetup, 0);
        if (!ATTESTATIONS.isApproved(IVerifier(verifier))) return (Verdict.VerifierRevoked, 0);
        if (DATASETS.statusOf(datasetId) != DatasetStatus.Active) return (Verdict.DatasetNotUsable, 0);
        if (!isDatasetApproved[datasetId]) return (Verdict.DatasetNotApproved, 0);
        return (Verdict.Satisfied, labelled);
    }
}
