// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title IVerifyingKeyStore
/// @notice Circuits and verifying keys of the native proof system, each written once as the code of a data contract
/// whose address follows from its digest. Open to everybody: what is stored under a digest is what the digest says,
/// whoever stored it, and nothing can be changed or removed.
///
/// A key's *record* (`docs/backends.md`), integers big-endian, points x || y:
///   digest of [tau]_2 (32 bytes) || SRS digest (32) || model layout digest (32) || data layout digest (32)
///   || circuit digest (32) || registration circuit digest (32) || model rows (64 each)
/// and vkHash = keccak256(record || keccak256(encoding of the whole key)).
///
/// What is stored of a key:
///   modelHash (32) || circuitHash (32) || digest of [tau]_2 (32) || SRS digest (32) || data layout digest (32)
///   || circuit digest (32) || model rows (64 each)
interface IVerifyingKeyStore {
    event CircuitAdded(bytes32 indexed circuitDigest);
    event KeyAdded(bytes32 indexed vkHash, bytes32 indexed circuitDigest);

    /// @notice The bytes do not begin as a circuit's encoding of version 2 does.
    error NotACircuit();
    /// @notice log2 of a row's cells is not between 6 and 28.
    error RowSizeOutOfRange(uint256 c);
    /// @notice The masks are two rows.
    error MaskRows(uint256 rows);
    /// @notice The circuit keeps its output private; on chain the output is public.
    error PrivateOutput(uint256 rows);
    /// @notice More bytes than a contract's code holds.
    error TooLong(uint256 length);
    /// @notice The record's circuit is not in the store: add it first.
    error UnknownCircuit(bytes32 circuitDigest);
    /// @notice The record does not have the bytes that its circuit's number of model rows asks for.
    error MalformedRecord(uint256 expected, uint256 actual);
    error CoordinateOutOfRange(uint256 row);
    error PointAtInfinity(uint256 row);
    error PointNotOnCurve(uint256 row);

    /// @notice Stores a circuit, unless it is there.
    /// @param circuit its encoding (`docs/protocol.md`, "Circuit")
    /// @return circuitDigest keccak256 of the encoding
    function addCircuit(bytes calldata circuit) external returns (bytes32 circuitDigest);

    /// @notice Stores a key of a stored circuit, unless it is there.
    /// @param record see above
    /// @param keyDigest keccak256 of the encoding of the whole key
    function addKey(bytes calldata record, bytes32 keyDigest) external returns (bytes32 vkHash);

    function hasCircuit(bytes32 circuitDigest) external view returns (bool);
    function hasKey(bytes32 vkHash) external view returns (bool);

    /// @notice Where the circuit is, or will be: the code after its first byte, which is 0x00.
    function circuitPointer(bytes32 circuitDigest) external view returns (address);
    /// @notice Where the key is, or will be.
    function keyPointer(bytes32 vkHash) external view returns (address);
}
