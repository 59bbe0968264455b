// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IERC7992Verifier} from "./IERC7992.sol";
import {IVerifier} from "./IVerifier.sol";

/// @notice What a submitter claims: this version of this model gave `output` on the committed input.
/// @param modelId id in the model registry
/// @param version version of the model, from 1
/// @param inputCommitment hiding commitment to the input, as the proof system defines it
/// @param output int64 big-endian, 8 bytes a value
/// @param nonce chosen by the prover; enters the context that the proof binds
struct Claim {
    uint256 modelId;
    uint64 version;
    bytes32 inputCommitment;
    bytes output;
    bytes32 nonce;
}

/// @notice An accepted claim. The hashes and the proof system are those of the registered version. Input commitment, output
/// and nonce are not kept: the attestation's id is the digest of them (`attestationIdOf`), and the event carries them.
/// @param submitter who sent the transaction; says nothing of who made the proof
/// @param verifier the contract that accepted the proof
/// @param timestamp of the block, seconds since 1970
/// @param developmentSetup the proof rests on a development reference string: worth nothing as evidence
struct Attestation {
    uint256 modelId;
    uint64 version;
    bytes32 modelHash;
    bytes32 circuitHash;
    bytes32 vkHash;
    bytes4 proofSystemId;
    address submitter;
    address verifier;
    uint64 timestamp;
    uint64 blockNumber;
    bool developmentSetup;
}

/// @title IAttestationRegistry
/// @notice Attestations exist only after an approved verifier accepted a proof that binds chain, registry,
/// model, version and nonce.
interface IAttestationRegistry is IERC7992Verifier {
    /// @notice A proof was accepted and recorded. The log is the list of attestations: find them by id, model or input.
    event Attested(
        bytes32 indexed attestationId,
        uint256 indexed modelId,
        bytes32 indexed inputCommitment,
        uint64 version,
        bytes output,
        bytes32 nonce,
        address submitter,
        address verifier,
        bool developmentSetup
    );
    event VerifierApproved(
        address indexed verifier, bytes4 indexed proofSystemId, bytes32 indexed vkHash, bool developmentSetup
    );
    event VerifierRevoked(address indexed verifier, bytes4 indexed proofSystemId, bytes32 indexed vkHash);

    error VerificationRefused_VersionDeprecated(uint256 modelId, uint64 version);
    error AlreadyAttested(bytes32 attestationId);
    error AttestationNotFound(bytes32 attestationId);
    /// @notice The proof system has approved verifiers, but none for this key. (`UnsupportedProofSystem`: it has none.)
    error VerifierNotApproved(bytes4 proofSystemId, bytes32 vkHash);
    error VerifierAlreadyApproved(bytes4 proofSystemId, bytes32 vkHash, address verifier);
    /// @notice The address was not approved, or has been revoked.
    error UnknownVerifier(address verifier);
    error NotAContract(address account);
    error ZeroProofSystem(address verifier);
    /// @notice The verifier ran out of gas, reverted without a reason, or answered something other than a bool.
    error VerifierFailed(address verifier);
    /// @notice Outputs are 8 bytes a value, at least one value.
    error MalformedOutput(uint256 length);
    /// @notice Not the one canonical `abi.encode(uint64 version, bytes32 nonce, bytes proof)`.
    error MalformedEnvelope();
    error ZeroAdmin();

    /// @notice Verifies `proof` of `claim` and records the attestation.
    function submit(Claim calldata claim, bytes calldata proof) external returns (bytes32 attestationId);

    /// @notice Verifies without recording, and without looking whether the claim was attested before. Reverts
    /// exactly as `submit` would otherwise.
    function verifyClaim(Claim calldata claim, bytes calldata proof)
        external
        view
        returns (bytes32 attestationId, bool developmentSetup);

    /// @notice Lets `verifier` judge the proofs of its proof system and key (zero key: every key without a
    /// verifier of its own). Its id, key and set-up flag are read once, here.
    function approveVerifier(IVerifier verifier) external;

    /// @notice Stops `verifier` from judging further proofs; existing attestations stay.
    function revokeVerifier(IVerifier verifier) external;

    /// @notice The context that a proof for this version, submitted here, must bind.
    function contextOf(uint256 modelId, uint64 version, bytes32 nonce) external view returns (bytes32);

    /// @notice The id that `submit` gives this claim: a digest of context, input commitment and output. Whoever holds the
    /// claim needs no event to know what an id stands for.
    function attestationIdOf(Claim calldata claim) external view returns (bytes32);

    function attestation(bytes32 attestationId) external view returns (Attestation memory);

    /// @notice True iff the attestation exists. A consumer should look at `standing`, too.
    function isAttested(bytes32 attestationId) external view returns (bool);

    /// @notice What a consumer must know before relying on an attestation.
    /// @return attested it exists
    /// @return developmentSetup it rests on a development reference string
    /// @return verifierApproved the verifier that accepted it is still approved
    /// @return deprecated the model or the version has been deprecated since
    function standing(bytes32 attestationId)
        external
        view
        returns (bool attested, bool developmentSetup, bool verifierApproved, bool deprecated);

    /// @notice The approved verifier for a key: the key's own before the proof system's, or zero.
    function verifierFor(bytes4 proofSystemId, bytes32 vkHash)
        external
        view
        returns (IVerifier verifier, bool developmentSetup);

    function isApproved(IVerifier verifier) external view returns (bool);
}
