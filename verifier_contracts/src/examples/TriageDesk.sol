// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Claim, IAttestationRegistry} from "../interfaces/IAttestationRegistry.sol";
import {IDeploymentGate} from "../interfaces/IDeploymentGate.sol";

/// @title TriageDesk
/// @notice An example: refers patients by a model's proven answers, and only while a gate has that version of the model in
/// service. Who passes the gate was measured on data that the gate's approver knows; neither that data nor the patient's nor
/// the weights are on chain.
///
/// Who is trusted: whoever deploys this, to name the gate and the registry; the gate's policy setter and approver; the
/// registry's approver of verifiers. All versions of the model give one score for the class "ill".
contract TriageDesk {
    IDeploymentGate private immutable GATE;
    IAttestationRegistry private immutable REGISTRY;
    uint256 private immutable MODEL_ID;
    /// In the model's integers.
    int64 private immutable LEAST_SCORE;

    /// @notice The answers that were acted upon.
    mapping(bytes32 attestationId => bool) public seen;

    event Referred(bytes32 indexed inputCommitment, bytes32 indexed attestationId, int64 score);
    event SentHome(bytes32 indexed inputCommitment, bytes32 indexed attestationId, int64 score);

    error WrongModel(uint256 modelId);
    error NotInService(uint256 modelId, uint64 version);
    error NotOneScore(uint256 length);
    error AlreadySeen(bytes32 attestationId);
    /// @notice Not attested, attested on a development set-up, by a verifier revoked since, or of a deprecated version.
    error NotInGoodStanding(bytes32 attestationId);

    constructor(IDeploymentGate gate, IAttestationRegistry registry, uint256 modelId, int64 leastScore) {
        (GATE, REGISTRY, MODEL_ID, LEAST_SCORE) = (gate, registry, modelId, leastScore);
    }

    /// Asked in each call, because what is in service changes without a call to this contract.
    modifier onlyInService(Claim calldata claim) {
        _requireInService(claim);
        _;
    }

    /// @notice Acts on an answer of the model.
    /// @param proof of `claim`; empty where the claim is attested already
    function triage(Claim calldata claim, bytes calldata proof)
        external
        onlyInService(claim)
        returns (bool referred)
    {
        if (claim.output.length != 8) revert NotOneScore(claim.output.length);
        bytes32 id = REGISTRY.attestationIdOf(claim);
        if (seen[id]) revert AlreadySeen(id);
        seen[id] = true;
        if (proof.length != 0) REGISTRY.submit(claim, proof);
        (bool attested, bool developmentSetup, bool verifierApproved, bool deprecated) = REGISTRY.standing(id);
        if (!attested || developmentSetup || !verifierApproved || deprecated) revert NotInGoodStanding(id);

        int64 score = int64(uint64(bytes8(claim.output)));
        referred = score >= LEAST_SCORE;
        if (referred) emit Referred(claim.inputCommitment, id, score);
        else emit SentHome(claim.inputCommitment, id, score);
    }

    function _requireInService(Claim calldata claim) private view {
        if (claim.modelId != MODEL_ID) revert WrongModel(claim.modelId);
        if (!GATE.isDeployed(claim.modelId, claim.version)) {
            revert NotInService(claim.modelId, claim.version);
        }
    }
}
