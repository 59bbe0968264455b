// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Attestation, Claim, IAttestationRegistry} from "../interfaces/IAttestationRegistry.sol";
import {IERC7992Verifier} from "../interfaces/IERC7992.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IVerifier, Statement} from "../interfaces/IVerifier.sol";
import {Envelope} from "./Envelope.sol";
import {VerifierCall} from "./VerifierCall.sol";
import {VerifierDirectory} from "./VerifierDirectory.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title AttestationRegistry
/// @notice Records an inference only after an approved verifier accepted its proof.
///
/// What a proof must bind, and what breaks when it is used elsewhere:
///  1. the model version's hashes, taken from the model registry (another model: the verifier refuses);
///  2. the context, which holds chain id, this address, model id, version, model hash and nonce (another chain,
///     registry or version: another context, so the proof is wrong);
///  3. input commitment and output (altered: the proof is wrong).
/// The same claim is recorded once. The submitter is not bound: whoever sees a proof may submit it; a prover who
/// cares derives the nonce from the submitter's address.
contract AttestationRegistry is IAttestationRegistry, VerifierDirectory {
    /// Domain of `contextOf`; `zkattest/statements.py` holds the same.
    bytes32 private constant CONTEXT_DOMAIN = keccak256("zkattest-context-v1");
    bytes32 private constant ATTESTATION_DOMAIN = keccak256("zkattest-attestation-v1");

    /// Two slots. What a registered version fixes for good (hashes, proof system) is read from the model registry; input
    /// commitment, output and nonce are what the id is the digest of, and are in the event.
    struct Entry {
        address submitter;
        uint64 modelId;
        uint32 version;
        address verifier;
        uint40 timestamp;
        uint48 blockNumber;
        bool developmentSetup;
    }

    IModelRegistry private immutable MODELS;

    mapping(bytes32 attestationId => Entry) private _entries;

    /// @param models the model registry, for good
    /// @param admin gets the administrator's and the approver's role
    constructor(IModelRegistry models, address admin) VerifierDirectory(admin) {
        if (address(models).code.length == 0) revert NotAContract(address(models));
        MODELS = models;
    }

    /// @inheritdoc IAttestationRegistry
    function submit(Claim calldata claim, bytes calldata proof) external returns (bytes32 attestationId) {
        return _attest(claim, proof);
    }

    /// @inheritdoc IERC7992Verifier
    /// @dev `proof` is `abi.encode(uint64 version, bytes32 nonce, bytes proof)`; the version must be the model's
    /// current one. Records the attestation, so that a proof succeeds here once.
    function verifyInference(
        uint256 modelId,
        bytes32 inputCommitment,
        bytes calldata output,
        bytes calldata proof
    ) external {
        (uint64 version, bytes32 nonce, bytes calldata inner) = Envelope.open(proof);
        if (version != MODELS.versionCount(modelId)) revert ModelMismatch();
        _attest(Claim(modelId, version, inputCommitment, output, nonce), inner);
    }

    /// @inheritdoc IAttestationRegistry
    function verifyClaim(Claim calldata claim, bytes calldata proof)
        external
        view
        returns (bytes32 attestationId, bool developmentSetup)
    {
        bytes32 context;
        (, developmentSetup, context) = _verify(claim, proof);
        attestationId = _attestationId(context, claim);
    }

    /// @inheritdoc IAttestationRegistry
    function contextOf(uint256 modelId, uint64 version, bytes32 nonce) public view returns (bytes32) {
        (bytes32 modelHash,,,,,) = MODELS.versionKeys(modelId, version);
        return _context(modelId, version, modelHash, nonce);
    }

    /// @inheritdoc IAttestationRegistry
    function attestationIdOf(Claim calldata claim) external view returns (bytes32) {
        return _attestationId(contextOf(claim.modelId, claim.version, claim.nonce), claim);
    }

    /// @inheritdoc IAttestationRegistry
    function attestation(bytes32 attestationId) external view returns (Attestation memory record) {
        Entry storage entry = _entries[attestationId];
        if (entry.submitter == address(0)) revert AttestationNotFound(attestationId);
        record.modelId = entry.modelId;
        record.version = entry.version;
        (record.modelHash, record.circuitHash, record.vkHash, record.proofSystemId,,) =
            MODELS.versionKeys(entry.modelId, entry.version);
        record.submitter = entry.submitter;
        record.verifier = entry.verifier;
        record.timestamp = entry.timestamp;
        record.blockNumber = entry.blockNumber;
        record.developmentSetup = entry.developmentSetup;
    }

    /// @inheritdoc IAttestationRegistry
    function isAttested(bytes32 attestationId) public view returns (bool) {
        return _entries[attestationId].submitter != address(0);
    }

    /// @inheritdoc IAttestationRegistry
    function standing(bytes32 attestationId)
        external
        view
        returns (bool attested, bool developmentSetup, bool verifierApproved, bool deprecated)
    {
        if (!isAttested(attestationId)) return (false, false, false, false);
        Entry storage entry = _entries[attestationId];
        (,,,, bool modelDeprecated, bool versionDeprecated) = MODELS.versionKeys(entry.modelId, entry.version);
        return (
            true,
            entry.developmentSetup,
            isApproved(IVerifier(entry.verifier)),
            modelDeprecated || versionDeprecated
        );
    }

    /// @inheritdoc IERC7992Verifier
    function proofSystemOf(uint256 modelId) external view returns (bytes4 proofSystemId) {
        (,,, proofSystemId,,) = MODELS.versionKeys(modelId, MODELS.versionCount(modelId));
    }

    /// @inheritdoc IERC7992Verifier
    function registry() external view returns (address) {
        return address(MODELS);
    }

    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IERC7992Verifier).interfaceId
            || interfaceId == type(IAttestationRegistry).interfaceId || super.supportsInterface(interfaceId);
    }

    /// Every call out of this contract (model registry, verifier) is a static call and precedes every write, so
    /// there is nothing to re-enter.
    function _attest(Claim memory claim, bytes calldata proof) private returns (bytes32 attestationId) {
        (address verifier, bool developmentSetup, bytes32 context) = _verify(claim, proof);
        attestationId = _attestationId(context, claim);
        if (isAttested(attestationId)) revert AlreadyAttested(attestationId);

        _entries[attestationId] = Entry({
            submitter: msg.sender,
            modelId: SafeCast.toUint64(claim.modelId),
            version: SafeCast.toUint32(claim.version),
            verifier: verifier,
            timestamp: SafeCast.toUint40(block.timestamp),
            blockNumber: SafeCast.toUint48(block.number),
            developmentSetup: developmentSetup
        });

        emit Attested(
            attestationId,
            claim.modelId,
            claim.inputCommitment,
            claim.version,
            claim.output,
            claim.nonce,
            msg.sender,
            verifier,
            developmentSetup
        );
        emit InferenceVerified(claim.modelId, claim.inputCommitment, claim.output, msg.sender);
    }

    /// Reverts unless an approved verifier accepts `proof` of `claim`.
    function _verify(Claim memory claim, bytes calldata proof)
        private
        view
        returns (address verifier, bool developmentSetup, bytes32 context)
    {
        if (claim.output.length == 0 || claim.output.length % 8 != 0) {
            revert MalformedOutput(claim.output.length);
        }
        Statement memory statement;
        bytes4 proofSystemId;
        {
            bool modelDeprecated;
            bool versionDeprecated;
            (
                statement.modelHash,
                statement.circuitHash,
                statement.vkHash,
                proofSystemId,
                modelDeprecated,
                versionDeprecated
            ) = MODELS.versionKeys(claim.modelId, claim.version);
            if (modelDeprecated) revert VerificationRefused_ModelDeprecated(claim.modelId);
            if (versionDeprecated) {
                revert VerificationRefused_VersionDeprecated(claim.modelId, claim.version);
            }
        }
        context = _context(claim.modelId, claim.version, statement.modelHash, claim.nonce);
        statement.inputCommitment = claim.inputCommitment;
        statement.context = context;
        statement.output = claim.output;

        (verifier, developmentSetup) = _requireVerifier(proofSystemId, statement.vkHash);
        if (!VerifierCall.accepts(verifier, statement, proof)) revert InvalidProof();
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

    function _attestationId(bytes32 context, Claim memory claim) private pure returns (bytes32) {
        return
            keccak256(abi.encode(ATTESTATION_DOMAIN, context, claim.inputCommitment, keccak256(claim.output)));
    }
}
