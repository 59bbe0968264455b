// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVerifyingKeyStore} from "../interfaces/IVerifyingKeyStore.sol";
import {DataContract, IContentSource} from "./sumcheck/DataContract.sol";
import {Shape, Shapes} from "./sumcheck/Shape.sol";

/// @title VerifyingKeyStore
/// @notice Writes verifying keys into data contracts, for good. No owner, no state.
///
/// Checked when written, and then never again: that what is stored has the digest it is found by, the shape that a
/// verifier reads, and points of the curve. *Not* checked: that shape, C0 and circuit digest are those of one
/// circuit, that it is well-formed or says what anybody thinks it says, that the digests are those of an honest key or of
/// one set-up string. Whoever relies on a key relies on its vkHash, computed from the key off chain (`docs/contracts.md`).
contract VerifyingKeyStore is IVerifyingKeyStore, IContentSource {
    /// Order of BN254's base field (EIP-196).
    uint256 private constant Q =
        21_888_242_871_839_275_222_246_405_745_257_275_088_696_311_157_297_823_662_689_037_894_645_226_208_583;

    /// "ZKCI", then the version, u16.
    bytes6 private constant MAGIC_AND_VERSION = 0x5a4b43490002;
    /// Where a shape, which begins as a circuit's header, holds the rows of regions 2 and 5 (u32 each), and its last nine bytes.
    uint256 private constant OUTPUT_ROWS = 18;
    uint256 private constant MASK_ROWS = 30;
    uint256 private constant PADDING = 55;
    /// M and R.
    uint256 private constant MASKS = 2;
    /// What every decoder of circuits takes; with fewer cells the masks would not fit.
    uint256 private constant MIN_C = 6;
    uint256 private constant MAX_C = 28;
    /// The field has roots of unity of order 2^28 and no larger power of two.
    uint256 private constant MAX_LOG_GATES = 28;

    /// Where a record holds its shape and its points: C0, then the model rows. Bytes of a point.
    uint256 private constant SHAPE = 192;
    uint256 private constant POINTS = 256;
    uint256 private constant POINT = 64;
    /// Bytes of a record without model rows.
    uint256 private constant HEAD = 320;

    /// Domain of the identity of committed rows, and the kind of a model's (`docs/commitments.md`).
    bytes22 private constant COMMITMENT_DOMAIN = "zkattest-commitment-v1";
    uint8 private constant MODEL_KIND = 1;

    /// @inheritdoc IVerifyingKeyStore
    function addKey(bytes calldata record, bytes32 keyDigest) external returns (bytes32 vkHash) {
        vkHash = keccak256(abi.encodePacked(record, keyDigest));
        if (hasKey(vkHash)) return vkHash;

        if (record.length < HEAD) revert MalformedRecord(HEAD, record.length);
        Shape memory shape = _shape(record[SHAPE:POINTS]);
        uint256 rows = shape.modelRows;
        uint256 expected = HEAD + POINT * rows;
        if (record.length != expected) revert MalformedRecord(expected, record.length);
        // What is stored is as long as the record.
        if (expected > DataContract.MAX_LENGTH) revert TooLong(expected);
        _checkPoints(record[POINTS:]);

        bytes32 circuitDigest = bytes32(record[128:160]);
        // 2^28 and 2^32 at most.
        // forge-lint: disable-start(unsafe-typecast)
        bytes32 modelHash = keccak256(
            abi.encodePacked(
                COMMITMENT_DOMAIN,
                MODEL_KIND,
                uint64(2 ** shape.c),
                bytes32(record[64:96]), // model layout digest
                bytes32(record[32:64]), // SRS digest
                uint64(rows),
                record[HEAD:]
            )
        );
        // forge-lint: disable-end(unsafe-typecast)
        bytes memory stored = abi.encodePacked(
            modelHash,
            keccak256(record[128:HEAD]), // circuitHash, of circuit digest || registration circuit digest || shape || C0
            record[0:64], // digest of [tau]_2, SRS digest
            record[96:160], // data layout digest, circuit digest
            record[SHAPE:] // shape, C0, rows
        );
        DataContract.create(vkHash, stored);
        emit KeyAdded(vkHash, circuitDigest);
    }

    /// @inheritdoc IContentSource
    /// @dev For the init code of data contracts; reverts at any other time.
    function content() external view {
        DataContract.answer();
    }

    /// @inheritdoc IVerifyingKeyStore
    function hasKey(bytes32 vkHash) public view returns (bool) {
        return keyPointer(vkHash).code.length != 0;
    }

    /// @inheritdoc IVerifyingKeyStore
    function keyPointer(bytes32 vkHash) public view returns (address) {
        return DataContract.locate(address(this), vkHash);
    }

    /// Reads a record's shape; it is one that a verifier can work with.
    /// @param data 64 bytes
    function _shape(bytes calldata data) private pure returns (Shape memory shape) {
        if (bytes6(data[:6]) != MAGIC_AND_VERSION) revert NotACircuit();
        if (bytes9(data[PADDING:]) != 0) revert NonzeroPadding();
        uint256 masks = uint32(bytes4(data[MASK_ROWS:MASK_ROWS + 4]));
        if (masks != MASKS) revert MaskRows(masks);
        uint256 outputs = uint32(bytes4(data[OUTPUT_ROWS:OUTPUT_ROWS + 4]));
        if (outputs != 0) revert PrivateOutput(outputs);
        bytes memory copy = data;
        uint256 start;
        assembly ("memory-safe") {
            start := add(copy, 0x20)
        }
        shape = Shapes.read(start);
        if (shape.c < MIN_C || shape.c > MAX_C) revert RowSizeOutOfRange(shape.c);
        if (shape.logGates > MAX_LOG_GATES) revert TableOutOfRange(shape.logGates);
        uint256 inputs = Shapes.inputs(shape);
        if (inputs > 2 ** shape.logGates) revert TooManyInputs(inputs, 2 ** shape.logGates);
    }

    /// Each point: coordinates below Q, not infinity (0, 0), y^2 = x^3 + 3. The curve's order is prime, so every such point is in
    /// the group.
    function _checkPoints(bytes calldata points) private pure {
        uint256 count = points.length / POINT;
        for (uint256 i = 0; i < count; ++i) {
            uint256 x = uint256(bytes32(points[POINT * i:POINT * i + 32]));
            uint256 y = uint256(bytes32(points[POINT * i + 32:POINT * i + 64]));
            if (x >= Q || y >= Q) revert CoordinateOutOfRange(i);
            if (x == 0 && y == 0) revert PointAtInfinity(i);
            if (mulmod(y, y, Q) != addmod(mulmod(mulmod(x, x, Q), x, Q), 3, Q)) revert PointNotOnCurve(i);
        }
    }
}
