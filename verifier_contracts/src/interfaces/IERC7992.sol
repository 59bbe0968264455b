// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @notice What identifies a proved model (ERC-7992).
/// @param modelHash hiding commitment to the weights, with layout and reference string hashed in
/// @param circuitHash digest of the circuit
/// @param vkHash digest of the verifying key
/// @param proofSystemId `bytes4(keccak256("<system>-<curve>-v<n>"))`
/// @param uri where the public description is; may be empty
struct ModelCommitment {
    bytes32 modelHash;
    bytes32 circuitHash;
    bytes32 vkHash;
    bytes4 proofSystemId;
    string uri;
}

/// @title IERC7992Registry
/// @notice The registry half of the ERC-7992 draft: its functions and events, nothing else, so that the
/// interface id is the draft's.
interface IERC7992Registry {
    event ModelRegistered(uint256 indexed modelId, address indexed owner, ModelCommitment commitment);
    event ModelUpdated(uint256 indexed modelId, ModelCommitment oldCommitment, ModelCommitment newCommitment);
    event ModelDeprecated(uint256 indexed modelId);

    /// @notice Records a model; the caller becomes its owner.
    function registerModel(ModelCommitment calldata commitment) external returns (uint256 modelId);

    /// @notice Makes `newCommitment` the current one.
    function updateModel(uint256 modelId, ModelCommitment calldata newCommitment) external;

    /// @notice Takes the model out of use, for good.
    function deprecateModel(uint256 modelId) external;

    /// @notice The current commitment, whether the model is deprecated, and its owner.
    function getModel(uint256 modelId)
        external
        view
        returns (ModelCommitment memory commitment, bool deprecated, address owner);
}

/// @title IERC7992RegistryErrors
/// @notice The registry errors of the draft. The draft declares an event and an error `ModelDeprecated` in one
/// interface, which solc refuses ("Identifier already declared"); here the errors live beside the events, and
/// names and selectors are the draft's.
interface IERC7992RegistryErrors {
    error ModelNotFound(uint256 modelId);
    error NotModelOwner(uint256 modelId, address caller);
    error ModelDeprecated(uint256 modelId);
}

/// @title IERC7992Verifier
/// @notice The verifier half of the ERC-7992 draft.
interface IERC7992Verifier {
    event InferenceVerified(
        uint256 indexed modelId, bytes32 indexed inputCommitment, bytes output, address indexed caller
    );

    error InvalidProof();
    error ModelMismatch();
    error InputCommitmentMismatch();
    error OutputMismatch();
    error UnsupportedProofSystem(bytes4 proofSystemId);
    error VerificationRefused_ModelDeprecated(uint256 modelId);

    /// @notice Verifies a proof of one inference. Reverts on any failure: success implies validity.
    function verifyInference(
        uint256 modelId,
        bytes32 inputCommitment,
        bytes calldata output,
        bytes calldata proof
    ) external;

    /// @notice The proof system of the model's current version.
    function proofSystemOf(uint256 modelId) external view returns (bytes4);

    /// @notice The model registry that is read.
    function registry() external view returns (address registryAddress);
}
