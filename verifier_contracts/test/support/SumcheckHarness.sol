// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Circuit, CircuitHeader} from "../../src/verifier/sumcheck/CircuitHeader.sol";
import {Curve, PointG2} from "../../src/verifier/sumcheck/Curve.sol";
import {R} from "../../src/verifier/sumcheck/Field.sol";
import {Layout, ProofShape} from "../../src/verifier/sumcheck/ProofShape.sol";
import {Reduction} from "../../src/verifier/sumcheck/Reduction.sol";
import {Transcript} from "../../src/verifier/sumcheck/Transcript.sol";

/// @notice The verifier's steps with everything given: for golden vectors, whose keys, statements and private outputs no
/// chain knows. Step 2's counts, which a store and a statement fix elsewhere, are checked here.
contract SumcheckHarness {
    error MalformedModelRows(uint256 expected, uint256 actual);
    error MalformedPublics(uint256 expected, uint256 actual);

    /// @param circuit encoding
    /// @param tau [tau]_2
    /// @param modelRows 64 bytes each
    /// @param publics the public integers
    function judge(
        bytes memory circuit,
        PointG2 memory tau,
        bytes memory modelRows,
        bytes32 keyBinding,
        bytes32 statementDigest,
        int64[] memory publics,
        bytes calldata proof
    ) external view returns (bool) {
        Circuit memory header = CircuitHeader.read(place(circuit), circuit.length);
        if (modelRows.length != 64 * header.rows[0]) {
            revert MalformedModelRows(64 * header.rows[0], modelRows.length);
        }
        if (publics.length != header.publics) revert MalformedPublics(header.publics, publics.length);
        Layout memory parts = ProofShape.read(header, proof);
        uint256 tip = Transcript.start(keccak256(circuit), keyBinding, statementDigest, proof);
        (bool holds, uint256 sum,) = Reduction.reduce(header, parts, tip, place(modelRows), residues(publics));
        if (!holds) return false;
        uint256 last = proof.length - 64;
        return Curve.pairingHolds(
            sum, uint256(bytes32(proof[last:last + 32])), uint256(bytes32(proof[last + 32:])), tau
        );
    }

    function place(bytes memory data) private pure returns (uint256 start) {
        assembly ("memory-safe") {
            start := add(data, 0x20)
        }
    }

    function residues(int64[] memory publics) private pure returns (uint256[] memory values) {
        values = new uint256[](publics.length);
        for (uint256 i = 0; i < publics.length; ++i) {
            int256 value = publics[i];
            // Both are below 2^63 in size.
            // forge-lint: disable-next-line(unsafe-typecast)
            values[i] = value < 0 ? R - uint256(-value) : uint256(value);
        }
    }
}
