// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Circuit} from "./CircuitHeader.sol";
import {Claims} from "./Claims.sol";
import {Curve} from "./Curve.sol";
import {R} from "./Field.sol";
import {Interpretation, Program} from "./Interpretation.sol";
import {Draws, Opening} from "./Opening.sol";
import {Points} from "./Points.sol";
import {Layout, ProofShape} from "./ProofShape.sol";
import {Rounds} from "./Rounds.sol";
import {Transcript} from "./Transcript.sol";

/// @title Reduction
/// @notice The verifier of `docs/protocol.md` from step 3 on, but for the pairing: it leaves one equation of two points. It
/// knows circuits and proofs, and neither keys nor statements nor where they come from.
library Reduction {
    /// @notice Steps 3 to 9, and A of step 10. Reverts where a scalar or a point is malformed.
    /// @param program the circuit, and who interprets it
    /// @param circuit its header
    /// @param parts of the proof, which has the circuit's length (step 1, `ProofShape.read`)
    /// @param tip of the transcript (step 2, `Transcript.start`)
    /// @param modelRows memory address of the points of region 0
    /// @param publics the public integers as residues
    /// @return holds whether the identity of step 9 does; without it the proof is false, whatever the pairing says
    /// @return sum A, as `Curve` lays it out; B is [W'], the proof's last point
    /// @return state of the transcript, after everything
    function reduce(
        Program memory program,
        Circuit memory circuit,
        Layout memory parts,
        uint256 tip,
        uint256 modelRows,
        uint256[] memory publics
    ) internal view returns (bool holds, uint256 sum, bytes32 state) {
        // Offsets, addresses, counts of at most 32 bits, and sums of two field elements: nothing overflows.
        unchecked {
            // 3. Absorb and draw up to alpha. gamma, beta bind all cells but the helpers': (lookups + table)/R; r, alpha bind the
            // helpers: (rLength + statements)/R.
            Points memory points;
            tip = Transcript.absorb(tip, parts.early);
            points.gamma = Transcript.draw(tip);
            points.beta = Transcript.draw(tip);
            tip = Transcript.absorb(tip, parts.helpers);
            points.r = Transcript.drawAll(tip, circuit.rLength);
            points.alpha = Transcript.draw(tip);

            // 4. Sum-check 1 from the claim S.
            uint256 start = ProofShape.scalar(parts.start);
            uint256 value;
            tip = Transcript.absorb(tip, ProofShape.SCALAR);
            (tip, value, points.rho) = Rounds.reduce(tip, circuit.n1, circuit.degree, start);

            // 5. Sum-check 2. g2(sigma) is what is missing. delta joins D + 3 claims: (D + 2)/R.
            uint256[] memory sigma;
            (tip, value, sigma) = Rounds.reduce(tip, parts.n2, circuit.degree + 1, value);
            tip = Transcript.absorb(tip, ProofShape.SCALAR * circuit.degree);
            points.delta = Transcript.draw(tip);

            // 7. Sum-check 3. z does not depend on the claim, of which step 6 is still to give the constant: the claim comes in last.
            uint256 s3;
            (tip, s3, points.z) = Rounds.reduce(tip, circuit.c, 2, 0);

            // 6, 8. Functionals, statements and masks: the constant, and the weights of rows at z.
            (uint256 constantPart, uint256 weight, uint256 weights) = Interpretation.weigh(
                program,
                points,
                sigma,
                publics,
                circuit.rows[0] + (parts.early + parts.helpers) / ProofShape.POINT
            );
            value = Claims.firstClaim(weight, circuit.degree, points.delta, start, parts.u, value);
            value = addmod(value, 2 * R - constantPart, R);
            s3 = addmod(s3, mulmod(value, Rounds.slope(points.z), R), R);

            // 9, 10. The verdict is given only after every point has gone through a precompile, which refuses malformed ones.
            uint256[8] memory coefficients;
            (tip, holds, coefficients) = _open(tip, parts.values, points.z, s3);
            state = Transcript.state(tip);
            sum = _sum(circuit, parts, modelRows, weights, coefficients);
        }
    }

    /// The opening's messages and challenges.
    function _open(uint256 tip, uint256 values, uint256[] memory z, uint256 s3)
        private
        view
        returns (uint256 end, bool holds, uint256[8] memory coefficients)
    {
        Draws memory draws;
        tip = Transcript.absorb(tip, ProofShape.POINT);
        draws.zeta = Transcript.draw(tip);
        tip = Transcript.absorb(tip, 2 * ProofShape.POINT);
        draws.eta = Transcript.draw(tip);
        tip = Transcript.absorb(tip, 2 * ProofShape.POINT);
        draws.omega = Transcript.draw(tip);
        tip = Transcript.absorb(tip, ProofShape.VALUES * ProofShape.SCALAR);
        draws.nu = Transcript.draw(tip);
        tip = Transcript.absorb(tip, ProofShape.POINT);
        draws.xi = Transcript.draw(tip);
        end = Transcript.absorb(tip, ProofShape.POINT);
        (holds, coefficients) = Opening.evaluate(draws, values, z, s3);
    }

    /// A: all rows and the opening's points with their weights.
    /// @param weights memory address of the first row's. R, the last row of region 5, has weight 1.
    function _sum(
        Circuit memory circuit,
        Layout memory parts,
        uint256 modelRows,
        uint256 weights,
        uint256[8] memory coefficients
    ) private view returns (uint256 sum) {
        uint256 coefficient;
        assembly ("memory-safe") {
            coefficient := coefficients
        }
        // Offsets, addresses and counts.
        unchecked {
            uint256 count = circuit.rows[0];
            uint256 offset = parts.rows;
            uint256 early = parts.early / ProofShape.POINT;
            sum = Curve.sumOf(offset + parts.early - ProofShape.POINT);
            Curve.addProductsFromMemory(sum, modelRows, count, weights);
            weights += 32 * count;
            Curve.addProducts(sum, offset, early - 1, weights);
            weights += 32 * early;
            Curve.addProducts(sum, offset + parts.early, parts.helpers / ProofShape.POINT, weights);
            Curve.addProducts(sum, parts.points, ProofShape.OPENING_POINTS, coefficient);
            coefficient += 32 * ProofShape.OPENING_POINTS;
            Curve.addProducts(sum, parts.quotients, ProofShape.QUOTIENTS, coefficient);
            Curve.addGenerator(sum, coefficients[7]);
        }
    }
}
