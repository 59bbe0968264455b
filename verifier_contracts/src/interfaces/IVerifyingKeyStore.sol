// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title IVerifyingKeyStore
/// @notice Verifying keys of the native proof system, each written once as the code of a data contract whose address
/// follows from its digest. Open to everybody: what is stored under a digest is what the digest says, whoever
/// stored it, and nothing can be changed or removed.
///
/// A key's *record* (`docs/backends.md`), integers big-endian, points x || y:
///   digest of [tau]_2 (32 bytes) || SRS digest (32) || model layout digest (32) || data layout digest (32)
///   || circuit digest (32) || registration circuit digest (32) || shape (64) || C0 (64) || model rows (64 each)
/// and vkHash = keccak256(record || keccak256(encoding of the whole key)).
/// The *shape* is the header of the circuit's encoding (54 bytes; `docs/protocol.md`, "Circuit"), log2 of the gates of its
/// table (u8), and nine zeros; C0 commits to that table ("Evaluation argument").
///
/// What is stored of a key:
///   modelHash (32) || circuitHash (32) || digest of [tau]_2 (32) || SRS digest (32) || data layout digest (32)
///   || circuit digest (32) || shape (64) || C0 (64) || model rows (64 each)
/// circuitHash = keccak256(circuit digest || registration circuit digest || shape || C0): of everything that says what a proof
/// means, so that what is known of one key with a circuit hash holds for all. `DeploymentGate` names no keys, but circuit hashes.
interface IVerifyingKeyStore {
    event KeyAdded(bytes32 indexed vkHash, bytes32 indexed circuitDigest);

    /// @notice The shape does not begin as a circuit's encoding of version 2 does.
    error NotACircuit();
    /// @notice The shape's last nine bytes are not zeros.
    error NonzeroPadding();
    /// @notice log2 of a row's cells is not between 6 and 28.
    error RowSizeOutOfRange(uint256 c);
    /// @notice The masks are two rows.
    error MaskRows(uint256 rows);
    /// @notice The circuit keeps its output private; on chain the output is public.
    error PrivateOutput(uint256 rows);
    /// @notice log2 of a table's gates is at most 28.
    error TableOutOfRange(uint256 logGates);
    /// @notice The evaluation argument has more public inputs than its table has gates.
    error TooManyInputs(uint256 inputs, uint256 gates);
    /// @notice More bytes than a contract's code holds.
    error TooLong(uint256 length);
    /// @notice The record does not have the bytes that its shape's number of model rows asks for.
    error MalformedRecord(uint256 expected, uint256 actual);
    /// @notice A coordinate of a point is not below the base field's order. Point 0 is C0, point 1 + i is model row i; likewise below.
    error CoordinateOutOfRange(uint256 point);
    error PointAtInfinity(uint256 point);
    error PointNotOnCurve(uint256 point);

    /// @notice Stores a key, unless it is there.
    /// @param record see above
    /// @param keyDigest keccak256 of the encoding of the whole key
    function addKey(bytes calldata record, bytes32 keyDigest) external returns (bytes32 vkHash);

    function hasKey(bytes32 vkHash) external view returns (bool);

    /// @notice Where the key is, or will be: the code after its first byte, which is 0x00.
    function keyPointer(bytes32 vkHash) external view returns (address);
}
