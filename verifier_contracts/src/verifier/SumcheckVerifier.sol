// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC7992Verifier} from "../interfaces/IERC7992.sol";
import {IVerifier, Statement} from "../interfaces/IVerifier.sol";
import {IVerifyingKeyStore} from "../interfaces/IVerifyingKeyStore.sol";
import {Binding} from "./sumcheck/Binding.sol";
import {Curve, PointG2} from "./sumcheck/Curve.sol";
import {DataContract} from "./sumcheck/DataContract.sol";
import {R} from "./sumcheck/Field.sol";
import {Layout, ProofShape} from "./sumcheck/ProofShape.sol";
import {Inputs, Reduction} from "./sumcheck/Reduction.sol";
import {Shape, Shapes} from "./sumcheck/Shape.sol";
import {Transcript} from "./sumcheck/Transcript.sol";

/// @title SumcheckVerifier
/// @notice Judges the proofs of every model: it reads the key from the store and follows the ten steps of `docs/protocol.md`. No
/// owner, no state.
///
/// No circuit is on chain. What follows from it is in a proof, as advice, and the evaluation argument shows that the advice is what
/// the circuit of the key's commitment C0 makes of the challenges. That the shape and C0 are those of the circuit that the key's hash
/// names, and what that circuit means, is decided off chain, by decoders that compile the model's architecture and its table again
/// (`docs/protocol.md`, "What is not claimed"): a registry that names a `vkHash` vouches for it. Of a key that is none, nothing
/// is claimed, but that it can say nothing about the proofs of others.
contract SumcheckVerifier is IVerifier {
    /// Where a stored key has its shape and, before its model rows, C0. In front of them: model hash, circuit hash, digest of
    /// [tau]_2, SRS digest, data layout digest, circuit digest.
    uint256 private constant SHAPE = 0xc0;
    uint256 private constant POINTS = 0x100;

    /// What a batch keeps of a proof, in words: the state of its transcript, A (x, y), B (x, y).
    uint256 private constant SIDES = 5;

    /// @notice The statement's circuit is not its key's.
    error CircuitMismatch();
    /// @notice The key is not in the store.
    error UnknownVerifyingKey(bytes32 vkHash);
    /// @notice The key belongs to another set-up string than this verifier.
    error SetupMismatch(bytes32 expected, bytes32 actual);
    /// @notice [tau]_2 is not a point of the group, or is infinity or the generator.
    error InvalidSetup();
    /// @notice [tau]_2 is 128 bytes.
    error MalformedSetup(uint256 length);
    error NotAContract(address account);
    /// @notice A batch has at least one statement, and a proof for each.
    error MalformedBatch(uint256 statements, uint256 proofs);

    /// @inheritdoc IVerifier
    bytes4 public constant proofSystemId = bytes4(keccak256("sumcheck-bn254-v1"));
    /// @inheritdoc IVerifier
    bytes32 public constant verifyingKeyHash = 0;
    /// @inheritdoc IVerifier
    bool public immutable developmentSetup;

    /// @notice Where keys are.
    IVerifyingKeyStore public immutable store;
    /// @notice keccak256 of [tau]_2 as keys encode it: which set-up string is trusted.
    bytes32 public immutable tauDigest;
    uint256 private immutable _tauX1;
    uint256 private immutable _tauX0;
    uint256 private immutable _tauY1;
    uint256 private immutable _tauY0;

    /// @param store_ whoever approves this contract must check that its code is the store's
    /// @param tauG2 [tau]_2, 128 bytes (EIP-197); whoever approves this contract must check that it is the ceremony's
    /// @param developmentSetup_ true iff the string was generated for development
    constructor(IVerifyingKeyStore store_, bytes memory tauG2, bool developmentSetup_) {
        if (address(store_).code.length == 0) revert NotAContract(address(store_));
        if (tauG2.length != 128) revert MalformedSetup(tauG2.length);
        PointG2 memory tau = abi.decode(tauG2, (PointG2));
        // e(G, H) = e(G, [tau]_2) for tau = 1 only; the precompile checks coordinates, curve and group. Infinity is (0, 0).
        uint256 sum = Curve.zero();
        Curve.addGenerator(sum, 1);
        if ((tau.x1 | tau.x0 | tau.y1 | tau.y0) == 0 || Curve.pairingHolds(sum, 1, 2, tau)) {
            revert InvalidSetup();
        }
        store = store_;
        tauDigest = keccak256(tauG2);
        (_tauX1, _tauX0, _tauY1, _tauY0) = (tau.x1, tau.x0, tau.y1, tau.y0);
        developmentSetup = developmentSetup_;
    }

    /// @inheritdoc IVerifier
    function verify(Statement calldata statement, bytes calldata proof) external view returns (bool) {
        (bool holds, uint256 sum, uint256 b,) = _reduce(statement, proof);
        if (!holds) return false;
        (uint256 bx, uint256 by) = _pointAt(b);
        return Curve.pairingHolds(sum, bx, by, _tau());
    }

    /// @notice Judges several proofs with one pairing: true iff all are valid.
    /// @dev Reverts as `verify` does. With x = keccak256 of all transcripts' states and sides A_i, B_i, which are fixed by then, it asks
    /// whether e(sum x^i A_i, H) = e(sum x^i B_i, [tau]_2); if one proof's equation is wrong, this one holds for fewer than n of the R
    /// values of x. Each proof is judged in the memory of the one before: what a key's shape makes of memory stays within what is
    /// allocated for its proof, whose length is the shape's, and nothing of a proof is kept there but its sides.
    function verifyBatch(Statement[] calldata statements, bytes[] calldata proofs)
        external
        view
        returns (bool)
    {
        uint256 count = statements.length;
        if (count == 0 || count != proofs.length) revert MalformedBatch(count, proofs.length);
        uint256 sides = _allocate(SIDES * count);
        uint256 free = _allocate(0);
        bool all = true;
        for (uint256 i = 0; i < count; ++i) {
            (bool holds, uint256 sum, uint256 quotient, bytes32 state) = _reduce(statements[i], proofs[i]);
            if (!holds) all = false;
            assembly ("memory-safe") {
                let side := add(sides, mul(i, 0xa0))
                mstore(side, state)
                mcopy(add(side, 0x20), sum, 0x40)
                calldatacopy(add(side, 0x60), quotient, 0x40)
                mstore(0x40, free)
            }
        }
        if (!all) return false;
        uint256 x;
        assembly ("memory-safe") {
            x := mod(keccak256(sides, mul(count, 0xa0)), R)
        }
        uint256 a = Curve.sumFrom(sides + 32);
        uint256 b = Curve.sumFrom(sides + 96);
        uint256 power = x;
        for (uint256 i = 1; i < count; ++i) {
            sides += 32 * SIDES;
            Curve.addPoint(a, sides + 32, power);
            Curve.addPoint(b, sides + 96, power);
            power = mulmod(power, x, R);
        }
        (uint256 bx, uint256 by) = Curve.coordinates(b);
        return Curve.pairingHolds(a, bx, by, _tau());
    }

    /// Steps 1 to 9, and the sums of step 10.
    /// @return holds whether the identity of step 9 does
    /// @return sum A, as `Curve` lays it out
    /// @return b offset in calldata of B
    /// @return state of the transcript
    function _reduce(Statement calldata statement, bytes calldata proof)
        private
        view
        returns (bool holds, uint256 sum, uint256 b, bytes32 state)
    {
        // Offsets, addresses, counts of at most 32 bits, and sums of two field elements: nothing overflows.
        unchecked {
            (uint256 key, bytes32 circuitDigest) = _loadKey(statement);
            Shape memory shape = Shapes.read(key + SHAPE);

            // 1. Shape.
            Layout memory parts = ProofShape.read(shape, proof);
            b = parts.quotients + ProofShape.POINT;

            // 2. Bind.
            Inputs memory inputs = Reduction.allocate(shape);
            Binding.publicIntegers(statement.output, shape.publics, inputs.publics);
            _checkInput(statement.inputCommitment, key, shape, parts.rows);
            uint256 tip = Transcript.start(circuitDigest, statement.vkHash, Binding.digest(statement), proof);

            (holds, sum, state) = Reduction.reduce(shape, parts, tip, key + POINTS, inputs);
        }
    }

    /// The key's content, in memory; it is the statement's.
    /// @return key address of the content
    function _loadKey(Statement calldata statement)
        private
        view
        returns (uint256 key, bytes32 circuitDigest)
    {
        address pointer = DataContract.locate(address(store), statement.vkHash);
        key = DataContract.load(pointer);
        if (key == 0) revert UnknownVerifyingKey(statement.vkHash);
        bytes32 modelHash;
        bytes32 circuitHash;
        bytes32 tau;
        assembly ("memory-safe") {
            modelHash := mload(key)
            circuitHash := mload(add(key, 0x20))
            tau := mload(add(key, 0x40))
            circuitDigest := mload(add(key, 0xa0))
        }
        if (statement.modelHash != modelHash) revert IERC7992Verifier.ModelMismatch();
        if (statement.circuitHash != circuitHash) revert CircuitMismatch();
        if (tau != tauDigest) revert SetupMismatch(tauDigest, tau);
    }

    /// The data rows are those that the statement's input commitment is of.
    function _checkInput(bytes32 inputCommitment, uint256 key, Shape memory shape, uint256 rows)
        private
        pure
    {
        bytes32 srsDigest;
        bytes32 layoutDigest;
        assembly ("memory-safe") {
            srsDigest := mload(add(key, 0x60))
            layoutDigest := mload(add(key, 0x80))
        }
        bytes32 identity = Binding.dataIdentity(shape.c, layoutDigest, srsDigest, rows, shape.dataRows);
        if (identity != inputCommitment) revert IERC7992Verifier.InputCommitmentMismatch();
    }

    function _allocate(uint256 words) private pure returns (uint256 start) {
        assembly ("memory-safe") {
            start := mload(0x40)
            mstore(0x40, add(start, shl(5, words)))
        }
    }

    function _pointAt(uint256 offset) private pure returns (uint256 x, uint256 y) {
        assembly ("memory-safe") {
            x := calldataload(offset)
            y := calldataload(add(offset, 0x20))
        }
    }

    function _tau() private view returns (PointG2 memory) {
        return PointG2(_tauX1, _tauX0, _tauY1, _tauY0);
    }
}
