// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @notice The public claim that a proof is about: this model, on the input behind this commitment, gives this
/// output. The encodings are those of `zkattest/statements.py`.
/// @param modelHash identity of the model commitment
/// @param circuitHash digest of the circuit (architecture and statement, no weights)
/// @param vkHash digest of the verifying key
/// @param inputCommitment hiding commitment to the quantised input; its scheme is the proof system's
/// @param context where the proof may be used: `AttestationRegistry.contextOf`, or zero for nowhere on chain
/// @param output the quantised output: int64 big-endian, 8 bytes a value, row-major
struct Statement {
    bytes32 modelHash;
    bytes32 circuitHash;
    bytes32 vkHash;
    bytes32 inputCommitment;
    bytes32 context;
    bytes output;
}

/// @title IVerifier
/// @notice A proof system on chain: a pure judgement of bytes, without state that anybody can change.
interface IVerifier {
    /// @notice ERC-7992: `bytes4(keccak256("<system>-<curve>-v<n>"))`.
    function proofSystemId() external view returns (bytes4);

    /// @notice Digest of the one verifying key that is served; zero means any key.
    function verifyingKeyHash() external view returns (bytes32);

    /// @notice True iff the structured reference string was generated for development. Proofs under it convince
    /// nobody, because whoever generated it can forge them.
    function developmentSetup() external view returns (bool);

    /// @notice Judges `proof`. Implementations MUST bind every field of `statement`, the context among them.
    /// @return true iff the proof is valid, false for a well-formed wrong proof
    /// @dev Reverts with a named error on malformed bytes and on a statement of another model, circuit or key.
    function verify(Statement calldata statement, bytes calldata proof) external view returns (bool);
}
