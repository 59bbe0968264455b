// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Statement} from "../../src/interfaces/IVerifier.sol";
import {Binding} from "../../src/verifier/sumcheck/Binding.sol";
import {Curve, PointG2} from "../../src/verifier/sumcheck/Curve.sol";
import {Layout, ProofShape} from "../../src/verifier/sumcheck/ProofShape.sol";
import {Inputs, Reduction} from "../../src/verifier/sumcheck/Reduction.sol";
import {Shape, Shapes} from "../../src/verifier/sumcheck/Shape.sol";
import {Transcript} from "../../src/verifier/sumcheck/Transcript.sol";

/// @notice What a batch is made of: the transcript's state after a proof, and the points of its equation e(A, H) = e(B, [tau]_2).
struct Side {
    bytes32 state;
    uint256 ax;
    uint256 ay;
    uint256 bx;
    uint256 by;
}

/// @notice Equations of proofs one by one, and what a batch makes of two, for attacks that know its random weight.
contract Sides {
    /// @param record of the proof's key
    /// @return result what the pairing judges
    /// @return holds whether the identity of step 9 does
    function side(bytes calldata record, Statement calldata statement, bytes calldata proof)
        external
        view
        returns (Side memory result, bool holds)
    {
        bytes memory key = record[192:];
        uint256 start;
        assembly ("memory-safe") {
            start := add(key, 0x20)
        }
        Shape memory shape = Shapes.read(start);
        Layout memory parts = ProofShape.read(shape, proof);
        Inputs memory inputs = Reduction.allocate(shape);
        Binding.publicIntegers(statement.output, shape.publics, inputs.publics);
        uint256 tip =
            Transcript.start(bytes32(record[128:160]), statement.vkHash, Binding.digest(statement), proof);
        uint256 sum;
        (holds, sum, result.state) = Reduction.reduce(shape, parts, tip, start + 64, inputs);
        (result.ax, result.ay) = Curve.coordinates(sum);
        (result.bx, result.by) =
        (uint256(bytes32(proof[proof.length - 64:])), uint256(bytes32(proof[proof.length - 32:])));
    }

    /// @notice Whether e(A_0 + x A_1, H) = e(B_0 + x B_1, [tau]_2).
    function hold(Side calldata first, Side calldata second, uint256 x, PointG2 calldata tau)
        external
        view
        returns (bool)
    {
        uint256 a = Curve.zero();
        uint256 b = Curve.zero();
        Curve.addProduct(a, first.ax, first.ay, 1);
        Curve.addProduct(a, second.ax, second.ay, x);
        Curve.addProduct(b, first.bx, first.by, 1);
        Curve.addProduct(b, second.bx, second.by, x);
        (uint256 bx, uint256 by) = Curve.coordinates(b);
        return Curve.pairingHolds(a, bx, by, tau);
    }
}
