// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Curve, PointG2} from "../../src/verifier/sumcheck/Curve.sol";
import {R} from "../../src/verifier/sumcheck/Field.sol";
import {Layout, ProofShape} from "../../src/verifier/sumcheck/ProofShape.sol";
import {Inputs, Reduction} from "../../src/verifier/sumcheck/Reduction.sol";
import {Shape, Shapes} from "../../src/verifier/sumcheck/Shape.sol";
import {Transcript} from "../../src/verifier/sumcheck/Transcript.sol";

/// @notice The verifier's steps with everything given: for golden vectors, whose keys, statements and private outputs no
/// chain knows. What a store and a statement fix elsewhere is checked here.
contract SumcheckHarness {
    error MalformedEvaluationKey();
    error MalformedModelRows(uint256 expected, uint256 actual);
    error MalformedPublics(uint256 expected, uint256 actual);

    /// @param circuit encoding
    /// @param evaluation k (u8) and C0
    /// @param tau [tau]_2
    /// @param modelRows 64 bytes each
    /// @param publics the public integers
    function judge(
        bytes calldata circuit,
        bytes calldata evaluation,
        PointG2 calldata tau,
        bytes calldata modelRows,
        bytes32 keyBinding,
        bytes32 statementDigest,
        int64[] calldata publics,
        bytes calldata proof
    ) external view returns (bool) {
        Shape memory shape = shapeOf(circuit, evaluation);
        if (modelRows.length != 64 * shape.modelRows) {
            revert MalformedModelRows(64 * shape.modelRows, modelRows.length);
        }
        uint256 points = place(bytes.concat(evaluation[1:], modelRows));
        Inputs memory inputs = Reduction.allocate(shape);
        write(publics, shape.publics, inputs.publics);
        Layout memory parts = ProofShape.read(shape, proof);
        uint256 tip = Transcript.start(keccak256(circuit), keyBinding, statementDigest, proof);
        (bool holds, uint256 sum,) = Reduction.reduce(shape, parts, tip, points, inputs);
        if (!holds) return false;
        uint256 last = proof.length - 64;
        return Curve.pairingHolds(
            sum, uint256(bytes32(proof[last:last + 32])), uint256(bytes32(proof[last + 32:])), tau
        );
    }

    /// Of a key's evaluation part; as the store, it takes tables of at most 2^28 gates, no fewer than the inputs.
    function shapeOf(bytes calldata circuit, bytes calldata evaluation)
        private
        pure
        returns (Shape memory shape)
    {
        if (evaluation.length != 65 || uint8(evaluation[0]) > 28) revert MalformedEvaluationKey();
        if (bytes32(evaluation[1:33]) | bytes32(evaluation[33:]) == 0) revert MalformedEvaluationKey();
        shape = Shapes.read(place(bytes.concat(circuit[:54], evaluation[:1], bytes9(0))));
        if (Shapes.inputs(shape) > 2 ** shape.logGates) revert MalformedEvaluationKey();
    }

    function place(bytes memory data) private pure returns (uint256 start) {
        assembly ("memory-safe") {
            start := add(data, 0x20)
        }
    }

    /// As residues.
    function write(int64[] calldata publics, uint256 count, uint256 slot) private pure {
        if (publics.length != count) revert MalformedPublics(count, publics.length);
        for (uint256 i = 0; i < count; ++i) {
            int256 value = publics[i];
            // Both are below 2^63 in size.
            // forge-lint: disable-next-line(unsafe-typecast)
            uint256 residue = value < 0 ? R - uint256(-value) : uint256(value);
            assembly ("memory-safe") {
                mstore(slot, residue)
                slot := add(slot, 0x20)
            }
        }
    }
}
