// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC7992Verifier} from "../interfaces/IERC7992.sol";
import {IVerifier, Statement} from "../interfaces/IVerifier.sol";
import {IVerifyingKeyStore} from "../interfaces/IVerifyingKeyStore.sol";
import {SumcheckInterpreter} from "./SumcheckInterpreter.sol";
import {Binding} from "./sumcheck/Binding.sol";
import {Circuit, CircuitHeader} from "./sumcheck/CircuitHeader.sol";
import {Curve, PointG2} from "./sumcheck/Curve.sol";
import {DataContract, DataKind} from "./sumcheck/DataContract.sol";
import {R} from "./sumcheck/Field.sol";
import {Program} from "./sumcheck/Interpretation.sol";
import {Layout, ProofShape} from "./sumcheck/ProofShape.sol";
import {Reduction} from "./sumcheck/Reduction.sol";
import {Transcript} from "./sumcheck/Transcript.sol";

/// @notice What a well-formed proof leaves to the pairing.
/// @param holds the identity of step 9; without it the proof is false, whatever the pairing says
/// @param ax, ay A, a point of G1; (0, 0) is infinity
/// @param bx, by B: the proof holds iff e(A, H) = e(B, [tau]_2)
/// @param state of the transcript, after everything
struct Sides {
    bool holds;
    uint256 ax;
    uint256 ay;
    uint256 bx;
    uint256 by;
    bytes32 state;
}

/// @title SumcheckVerifier
/// @notice Judges the proofs of every model: it reads circuit and key from the store and interprets the circuit, in the ten steps
/// of `docs/protocol.md`. No owner, no state.
///
/// What a circuit means is decided off chain, by decoders that compile the model's architecture again (`docs/protocol.md`, "What
/// is not claimed"): a registry that names a `circuitHash` vouches for it. Of a circuit that is none, nothing is claimed, but that
/// it can say nothing about the proofs of others.
contract SumcheckVerifier is IVerifier {
    /// Bytes of a stored key before its model rows: model hash, circuit hash, digest of [tau]_2, SRS digest, data layout digest,
    /// circuit digest.
    uint256 private constant KEY_HEAD = 0xc0;

    /// Words of `Sides`.
    uint256 private constant SIDES_WORDS = 6;

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

    /// @notice Where keys and circuits are.
    IVerifyingKeyStore public immutable store;
    /// @notice Who evaluates circuits (`SumcheckInterpreter`).
    SumcheckInterpreter public immutable interpreter;
    /// @notice keccak256 of [tau]_2 as keys encode it: which set-up string is trusted.
    bytes32 public immutable tauDigest;
    /// Of the init codes of data contracts: their addresses follow.
    bytes32 private immutable _keyInitHash;
    bytes32 private immutable _circuitInitHash;
    uint256 private immutable _tauX1;
    uint256 private immutable _tauX0;
    uint256 private immutable _tauY1;
    uint256 private immutable _tauY0;

    /// @param store_ whoever approves this contract must check that its code is the store's
    /// @param interpreter_ likewise, that its code is the interpreter's
    /// @param tauG2 [tau]_2, 128 bytes (EIP-197); whoever approves this contract must check that it is the ceremony's
    /// @param developmentSetup_ true iff the string was generated for development
    constructor(
        IVerifyingKeyStore store_,
        SumcheckInterpreter interpreter_,
        bytes memory tauG2,
        bool developmentSetup_
    ) {
        if (address(store_).code.length == 0) revert NotAContract(address(store_));
        if (address(interpreter_).code.length == 0) revert NotAContract(address(interpreter_));
        if (tauG2.length != 128) revert MalformedSetup(tauG2.length);
        PointG2 memory tau = abi.decode(tauG2, (PointG2));
        // e(G, H) = e(G, [tau]_2) for tau = 1 only; the precompile checks coordinates, curve and group. Infinity is (0, 0).
        uint256 sum = Curve.zero();
        Curve.addGenerator(sum, 1);
        if ((tau.x1 | tau.x0 | tau.y1 | tau.y0) == 0 || Curve.pairingHolds(sum, 1, 2, tau)) {
            revert InvalidSetup();
        }
        store = store_;
        interpreter = interpreter_;
        tauDigest = keccak256(tauG2);
        (_tauX1, _tauX0, _tauY1, _tauY0) = (tau.x1, tau.x0, tau.y1, tau.y0);
        developmentSetup = developmentSetup_;
        _keyInitHash = keccak256(abi.encodePacked(DataContract.initCode(DataKind.Key)));
        _circuitInitHash = keccak256(abi.encodePacked(DataContract.initCode(DataKind.Circuit)));
    }

    /// @inheritdoc IVerifier
    function verify(Statement calldata statement, bytes calldata proof) external view returns (bool) {
        (bool holds, uint256 sum, uint256 b,) = _reduce(statement, proof);
        if (!holds) return false;
        (uint256 bx, uint256 by) = _pointAt(b);
        return Curve.pairingHolds(sum, bx, by, _tau());
    }

    /// @notice Judges several proofs with one pairing: true iff all are valid.
    /// @dev Reverts as `verify` does. With x = keccak256 of all sides, which are fixed by then, it asks whether
    /// e(sum x^i A_i, H) = e(sum x^i B_i, [tau]_2); if one proof's equation is wrong, this one holds for fewer than n of the R values
    /// of x. Each proof is judged in a call of its own: memory of one circuit's interpretation is no other's.
    function verifyBatch(Statement[] calldata statements, bytes[] calldata proofs)
        external
        view
        returns (bool)
    {
        uint256 count = statements.length;
        if (count == 0 || count != proofs.length) revert MalformedBatch(count, proofs.length);
        uint256 sides = _allocate(SIDES_WORDS * count);
        bool hold = true;
        for (uint256 i = 0; i < count; ++i) {
            if (!_reduceApart(statements[i], proofs[i], sides + 32 * SIDES_WORDS * i)) hold = false;
        }
        if (!hold) return false;
        uint256 x;
        assembly ("memory-safe") {
            x := mod(keccak256(sides, mul(count, 0xc0)), R)
        }
        uint256 a = Curve.zero();
        uint256 b = Curve.zero();
        uint256 power = 1;
        for (uint256 i = 0; i < count; ++i) {
            Curve.addPoint(a, sides + 32, power);
            Curve.addPoint(b, sides + 96, power);
            power = mulmod(power, x, R);
            sides += 32 * SIDES_WORDS;
        }
        (uint256 bx, uint256 by) = Curve.coordinates(b);
        return Curve.pairingHolds(a, bx, by, _tau());
    }

    /// @notice Everything but the pairing.
    /// @dev Reverts as `verify` does.
    function reduce(Statement calldata statement, bytes calldata proof)
        external
        view
        returns (Sides memory sides)
    {
        uint256 sum;
        uint256 b;
        (sides.holds, sum, b, sides.state) = _reduce(statement, proof);
        (sides.ax, sides.ay) = Curve.coordinates(sum);
        (sides.bx, sides.by) = _pointAt(b);
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
            (Program memory program, Circuit memory circuit) = _loadCircuit(circuitDigest);

            // 1. Shape.
            Layout memory parts = ProofShape.read(circuit, proof);
            b = parts.quotients + ProofShape.POINT;

            // 2. Bind.
            uint256[] memory publics = Binding.publicIntegers(statement.output, circuit.publics);
            _checkInput(statement.inputCommitment, key, circuit, parts.rows);
            uint256 tip = Transcript.start(circuitDigest, statement.vkHash, Binding.digest(statement), proof);

            (holds, sum, state) = Reduction.reduce(program, circuit, parts, tip, key + KEY_HEAD, publics);
        }
    }

    /// The key's content, in memory; it is the statement's.
    /// @return key address of the content
    function _loadKey(Statement calldata statement)
        private
        view
        returns (uint256 key, bytes32 circuitDigest)
    {
        address pointer = _pointer(_keyInitHash, statement.vkHash);
        uint256 length;
        (key, length) = _content(pointer, type(uint256).max);
        if (length == 0) revert UnknownVerifyingKey(statement.vkHash);
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

    /// Where the circuit is, and its header. The store takes keys of stored circuits only.
    function _loadCircuit(bytes32 digest)
        private
        view
        returns (Program memory program, Circuit memory circuit)
    {
        program.interpreter = address(interpreter);
        program.circuit = _pointer(_circuitInitHash, digest);
        (uint256 start, uint256 length) = _content(program.circuit, CircuitHeader.LENGTH);
        circuit = CircuitHeader.read(start, length);
    }

    /// Where the store keeps what has this digest (`DataContract`).
    /// @param initHash of data contracts of the kind
    function _pointer(bytes32 initHash, bytes32 digest) private view returns (address pointer) {
        address factory = address(store);
        // keccak256(0xff || factory || digest || initHash)[12:] (EIP-1014)
        assembly ("memory-safe") {
            let start := mload(0x40)
            mstore(start, or(shl(248, 0xff), shl(88, factory)))
            mstore(add(start, 0x15), digest)
            mstore(add(start, 0x35), initHash)
            pointer := shr(96, shl(96, keccak256(start, 0x55)))
        }
    }

    /// Copies what a data contract holds into memory.
    /// @param most bytes that are wanted
    /// @return start address of the content
    /// @return length in bytes; 0 if there is nothing
    function _content(address pointer, uint256 most) private view returns (uint256 start, uint256 length) {
        // the code is 0x00 || content
        assembly ("memory-safe") {
            length := extcodesize(pointer)
            if length {
                length := sub(length, 1)
                if gt(length, most) { length := most }
                start := mload(0x40)
                extcodecopy(pointer, start, 1, length)
                mstore(0x40, add(start, and(add(length, 0x1f), not(0x1f))))
            }
        }
    }

    /// The data rows are those that the statement's input commitment is of.
    function _checkInput(bytes32 inputCommitment, uint256 key, Circuit memory circuit, uint256 rows)
        private
        pure
    {
        bytes32 srsDigest;
        bytes32 layoutDigest;
        assembly ("memory-safe") {
            srsDigest := mload(add(key, 0x60))
            layoutDigest := mload(add(key, 0x80))
        }
        bytes32 identity = Binding.dataIdentity(circuit.c, layoutDigest, srsDigest, rows, circuit.rows[1]);
        if (identity != inputCommitment) revert IERC7992Verifier.InputCommitmentMismatch();
    }

    /// `reduce` in a call of its own; a revert is passed on.
    /// @param sides where its answer goes
    function _reduceApart(Statement calldata statement, bytes calldata proof, uint256 sides)
        private
        view
        returns (bool holds)
    {
        bytes calldata output = statement.output;
        uint256 selector = uint32(this.reduce.selector);
        // staticcall(this, abi.encodeCall(reduce, (statement, proof))): two offsets; five digests, offset and length of the output,
        // output in whole words; length of the proof, proof
        assembly ("memory-safe") {
            let input := mload(0x40)
            let size := and(add(output.length, 0x1f), not(0x1f))
            mstore(input, shl(224, selector))
            mstore(add(input, 0x04), 0x40)
            mstore(add(input, 0x24), add(0x120, size))
            calldatacopy(add(input, 0x44), statement, 0xa0)
            mstore(add(input, 0xe4), 0xc0)
            mstore(add(input, 0x104), output.length)
            calldatacopy(add(input, 0x124), output.offset, output.length)
            let rest := add(add(input, 0x124), size)
            mstore(rest, proof.length)
            calldatacopy(add(rest, 0x20), proof.offset, proof.length)
            let success :=
                staticcall(
                    gas(),
                    address(),
                    input,
                    sub(add(add(rest, 0x20), proof.length), input),
                    sides,
                    0xc0
                )
            if iszero(success) {
                returndatacopy(input, 0, returndatasize())
                revert(input, returndatasize())
            }
            holds := mload(sides)
        }
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
