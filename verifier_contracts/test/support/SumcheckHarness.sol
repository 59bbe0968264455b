// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SumcheckInterpreter} from "../../src/verifier/SumcheckInterpreter.sol";
import {Circuit, CircuitHeader} from "../../src/verifier/sumcheck/CircuitHeader.sol";
import {Curve, PointG2} from "../../src/verifier/sumcheck/Curve.sol";
import {R} from "../../src/verifier/sumcheck/Field.sol";
import {Program} from "../../src/verifier/sumcheck/Interpretation.sol";
import {Layout, ProofShape} from "../../src/verifier/sumcheck/ProofShape.sol";
import {Reduction} from "../../src/verifier/sumcheck/Reduction.sol";
import {Transcript} from "../../src/verifier/sumcheck/Transcript.sol";

/// @notice The verifier's steps with everything given: for golden vectors, whose keys, statements and private outputs no
/// chain knows. Step 2's counts, which a store and a statement fix elsewhere, are checked here.
contract SumcheckHarness {
    error MalformedModelRows(uint256 expected, uint256 actual);
    error NoDataContract();
    error MalformedPublics(uint256 expected, uint256 actual);

    SumcheckInterpreter private immutable _interpreter = new SumcheckInterpreter();

    /// @param circuit encoding, which is put on chain for the time of the call
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
    ) external returns (bool) {
        Circuit memory header = CircuitHeader.read(place(circuit), circuit.length);
        if (modelRows.length != 64 * header.rows[0]) {
            revert MalformedModelRows(64 * header.rows[0], modelRows.length);
        }
        if (publics.length != header.publics) revert MalformedPublics(header.publics, publics.length);
        Layout memory parts = ProofShape.read(header, proof);
        uint256 tip = Transcript.start(keccak256(circuit), keyBinding, statementDigest, proof);
        Program memory program = Program(address(_interpreter), stored(circuit));
        (bool holds, uint256 sum,) =
            Reduction.reduce(program, header, parts, tip, place(modelRows), residues(publics));
        if (!holds) return false;
        uint256 last = proof.length - 64;
        return Curve.pairingHolds(
            sum, uint256(bytes32(proof[last:last + 32])), uint256(bytes32(proof[last + 32:])), tau
        );
    }

    /// The data contract, 0x00 || content: its init code is codecopy(0, 10, size), return.
    function stored(bytes memory content) private returns (address pointer) {
        bytes memory creation =
            abi.encodePacked(hex"61", uint16(content.length + 1), hex"80600a5f395ff3", hex"00", content);
        assembly ("memory-safe") {
            pointer := create(0, add(creation, 0x20), mload(creation))
        }
        if (pointer == address(0)) revert NoDataContract();
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
