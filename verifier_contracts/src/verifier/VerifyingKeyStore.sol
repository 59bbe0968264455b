// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVerifyingKeyStore} from "../interfaces/IVerifyingKeyStore.sol";
import {DataContract, DataKind, IContentSource} from "./sumcheck/DataContract.sol";

/// @title VerifyingKeyStore
/// @notice Writes circuits and verifying keys into data contracts, for good. No owner, no state.
///
/// Checked when written, and then never again: that what is stored has the digest it is found by, the shape that a
/// verifier reads, and rows that are points of the curve. *Not* checked: that a circuit is well-formed or says what
/// anybody thinks it says, that a key's digests are those of an honest key or of one set-up string. Whoever relies on a
/// key relies on its vkHash, computed from the key off chain (`docs/contracts.md`).
contract VerifyingKeyStore is IVerifyingKeyStore, IContentSource {
    /// Order of BN254's base field (EIP-196).
    uint256 private constant Q =
        21_888_242_871_839_275_222_246_405_745_257_275_088_696_311_157_297_823_662_689_037_894_645_226_208_583;

    /// "ZKCI", then the version, u16.
    bytes6 private constant MAGIC_AND_VERSION = 0x5a4b43490002;
    /// Bytes of a circuit's header.
    uint256 private constant HEADER = 54;
    /// Where the header holds c (u8) and the rows of regions 0, 2 and 5 (u32 each).
    uint256 private constant C = 6;
    uint256 private constant MODEL_ROWS = 10;
    uint256 private constant OUTPUT_ROWS = 18;
    uint256 private constant MASK_ROWS = 30;
    /// M and R.
    uint256 private constant MASKS = 2;
    /// What every decoder of circuits takes; with fewer cells the masks would not fit.
    uint256 private constant MIN_C = 6;
    uint256 private constant MAX_C = 28;

    /// Bytes of a record before its rows, and of a row.
    uint256 private constant RECORD_HEAD = 192;
    uint256 private constant POINT = 64;

    /// Domain of the identity of committed rows, and the kind of a model's (`docs/commitments.md`).
    bytes22 private constant COMMITMENT_DOMAIN = "zkattest-commitment-v1";
    uint8 private constant MODEL_KIND = 1;

    /// @inheritdoc IVerifyingKeyStore
    function addCircuit(bytes calldata circuit) external returns (bytes32 circuitDigest) {
        circuitDigest = keccak256(circuit);
        if (hasCircuit(circuitDigest)) return circuitDigest;

        if (circuit.length < HEADER || bytes6(circuit[:6]) != MAGIC_AND_VERSION) revert NotACircuit();
        if (circuit.length > DataContract.MAX_LENGTH) revert TooLong(circuit.length);
        uint256 c = uint8(circuit[C]);
        if (c < MIN_C || c > MAX_C) revert RowSizeOutOfRange(c);
        uint256 masks = _u32(circuit, MASK_ROWS);
        if (masks != MASKS) revert MaskRows(masks);
        uint256 outputs = _u32(circuit, OUTPUT_ROWS);
        if (outputs != 0) revert PrivateOutput(outputs);

        DataContract.create(DataKind.Circuit, circuitDigest, circuit);
        emit CircuitAdded(circuitDigest);
    }

    /// @inheritdoc IVerifyingKeyStore
    function addKey(bytes calldata record, bytes32 keyDigest) external returns (bytes32 vkHash) {
        vkHash = keccak256(abi.encodePacked(record, keyDigest));
        if (hasKey(vkHash)) return vkHash;

        if (record.length < RECORD_HEAD) revert MalformedRecord(RECORD_HEAD, record.length);
        bytes32 circuitDigest = bytes32(record[128:160]);
        (uint256 cells, uint256 rows) = _shape(circuitDigest);
        uint256 expected = RECORD_HEAD + POINT * rows;
        if (record.length != expected) revert MalformedRecord(expected, record.length);
        // Of what is stored, the head is as long as the record's.
        if (expected > DataContract.MAX_LENGTH) revert TooLong(expected);
        bytes calldata points = record[RECORD_HEAD:];
        _checkPoints(points, rows);

        // 2^28 and 2^32 at most.
        // forge-lint: disable-start(unsafe-typecast)
        bytes32 modelHash = keccak256(
            abi.encodePacked(
                COMMITMENT_DOMAIN,
                MODEL_KIND,
                uint64(cells),
                bytes32(record[64:96]), // model layout digest
                bytes32(record[32:64]), // SRS digest
                uint64(rows),
                points
            )
        );
        // forge-lint: disable-end(unsafe-typecast)
        bytes memory stored = abi.encodePacked(
            modelHash,
            keccak256(record[128:192]), // circuitHash, of circuit digest || registration circuit digest
            bytes32(record[0:32]), // digest of [tau]_2
            bytes32(record[32:64]), // SRS digest
            bytes32(record[96:128]), // data layout digest
            circuitDigest,
            points
        );
        DataContract.create(DataKind.Key, vkHash, stored);
        emit KeyAdded(vkHash, circuitDigest);
    }

    /// @inheritdoc IContentSource
    /// @dev For the init code of data contracts; reverts at any other time.
    function content() external view {
        DataContract.answer();
    }

    /// @inheritdoc IVerifyingKeyStore
    function hasCircuit(bytes32 circuitDigest) public view returns (bool) {
        return circuitPointer(circuitDigest).code.length != 0;
    }

    /// @inheritdoc IVerifyingKeyStore
    function hasKey(bytes32 vkHash) public view returns (bool) {
        return keyPointer(vkHash).code.length != 0;
    }

    /// @inheritdoc IVerifyingKeyStore
    function circuitPointer(bytes32 circuitDigest) public view returns (address) {
        return DataContract.locate(address(this), DataKind.Circuit, circuitDigest);
    }

    /// @inheritdoc IVerifyingKeyStore
    function keyPointer(bytes32 vkHash) public view returns (address) {
        return DataContract.locate(address(this), DataKind.Key, vkHash);
    }

    /// Cells of a row, and number of model rows, of a stored circuit.
    function _shape(bytes32 circuitDigest) private view returns (uint256 cells, uint256 rows) {
        address pointer = circuitPointer(circuitDigest);
        if (pointer.code.length == 0) revert UnknownCircuit(circuitDigest);
        uint256 head;
        // the circuit's first 32 bytes
        assembly ("memory-safe") {
            extcodecopy(pointer, 0x00, 1, 0x20)
            head := mload(0x00)
        }
        cells = 2 ** ((head >> (8 * (31 - C))) & 0xff);
        rows = (head >> (8 * (32 - MODEL_ROWS - 4))) & 0xffffffff;
    }

    /// Each of `rows` points: coordinates below Q, not infinity (0, 0), y^2 = x^3 + 3. The curve's order is prime, so every
    /// such point is in the group.
    function _checkPoints(bytes calldata points, uint256 rows) private pure {
        for (uint256 row = 0; row < rows; ++row) {
            uint256 x = uint256(bytes32(points[POINT * row:POINT * row + 32]));
            uint256 y = uint256(bytes32(points[POINT * row + 32:POINT * row + 64]));
            if (x >= Q || y >= Q) revert CoordinateOutOfRange(row);
            if (x == 0 && y == 0) revert PointAtInfinity(row);
            if (mulmod(y, y, Q) != addmod(mulmod(mulmod(x, x, Q), x, Q), 3, Q)) revert PointNotOnCurve(row);
        }
    }

    function _u32(bytes calldata data, uint256 offset) private pure returns (uint256) {
        return uint32(bytes4(data[offset:offset + 4]));
    }
}
