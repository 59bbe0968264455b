// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Claims} from "./Claims.sol";
import {Curve} from "./Curve.sol";
import {AtChi, Evaluation} from "./Evaluation.sol";
import {R} from "./Field.sol";
import {Draws, Opening} from "./Opening.sol";
import {Layout, ProofShape} from "./ProofShape.sol";
import {Rounds} from "./Rounds.sol";
import {Shape, Shapes} from "./Shape.sol";
import {Transcript} from "./Transcript.sol";

/// @notice The public inputs of the evaluation argument, one after the other in memory: gamma, beta, alpha, delta, r, rho,
/// sigma, z, the public integers, the advice. Members are addresses.
/// @param first of gamma
/// @param r of its first coordinate
/// @param rho likewise
/// @param sigma likewise
/// @param z likewise
/// @param publics of the first public integer
/// @param advice of the constant; the weight of sum-check 2 and the weights of all rows but R follow
/// @param count of all inputs
struct Inputs {
    uint256 first;
    uint256 r;
    uint256 rho;
    uint256 sigma;
    uint256 z;
    uint256 publics;
    uint256 advice;
    uint256 count;
}

/// @title Reduction
/// @notice The verifier of `docs/protocol.md` from step 3 on, but for the pairing: it leaves one equation of two points. It
/// knows shapes, commitments and proofs, and neither keys nor statements nor where they come from.
///
/// Steps 6 and 8 are not computed: their results are in the proof (its advice), and the evaluation argument shows that they are right.
library Reduction {
    /// @notice Memory for the inputs; the public integers are for the caller to write.
    function allocate(Shape memory shape) internal pure returns (Inputs memory inputs) {
        uint256 first;
        uint256 count = Shapes.inputs(shape);
        assembly ("memory-safe") {
            first := mload(0x40)
            mstore(0x40, add(first, shl(5, count)))
        }
        // Counts of at most 32 bits, and addresses.
        unchecked {
            inputs.first = first;
            inputs.r = first + 0x80;
            inputs.rho = inputs.r + 32 * shape.rLength;
            inputs.sigma = inputs.rho + 32 * shape.n1;
            inputs.z = inputs.sigma + 32 * shape.n2;
            inputs.publics = inputs.z + 32 * shape.c;
            inputs.advice = inputs.publics + 32 * shape.publics;
            inputs.count = count;
        }
    }

    /// @notice Steps 3 to 9, and A of step 10. Reverts where a scalar or a point is malformed.
    /// @param parts of the proof, which has the shape's length (step 1, `ProofShape.read`)
    /// @param tip of the transcript (step 2, `Transcript.start`)
    /// @param points memory address of C0, before the points of region 0
    /// @param inputs with the public integers as residues
    /// @return holds whether the identity of step 9 does; without it the proof is false, whatever the pairing says
    /// @return sum A, as `Curve` lays it out; B is [W'], the proof's last point
    /// @return state of the transcript, after everything
    function reduce(
        Shape memory shape,
        Layout memory parts,
        uint256 tip,
        uint256 points,
        Inputs memory inputs
    ) internal view returns (bool holds, uint256 sum, bytes32 state) {
        uint256 s3;
        (tip, s3) = _sumChecks(shape, parts, tip, inputs);

        // 9, 10. The verdict is given only after every point has gone through a precompile, which refuses malformed ones.
        uint256[11] memory coefficients;
        (tip, holds, coefficients) = _open(shape, parts, tip, inputs, s3);
        state = Transcript.state(tip);
        sum = _sum(shape, parts, points, inputs, coefficients);
    }

    /// Steps 3 to 7.
    /// @return end of the transcript
    /// @return s3 what sum-check 3 leaves
    function _sumChecks(Shape memory shape, Layout memory parts, uint256 tip, Inputs memory inputs)
        private
        pure
        returns (uint256 end, uint256 s3)
    {
        // Addresses, counts of at most 32 bits, and sums of two field elements: nothing overflows.
        unchecked {
            // 3. Absorb and draw up to alpha. gamma, beta bind all cells but the helpers': (lookups + table)/R; r, alpha bind the
            // helpers: (rLength + statements)/R.
            uint256 first = inputs.first;
            tip = Transcript.absorb(tip, ProofShape.POINT * shape.early);
            Transcript.drawAll(tip, 2, first);
            tip = Transcript.absorb(tip, ProofShape.POINT * shape.helpers);
            Transcript.drawAll(tip, shape.rLength, inputs.r);
            Transcript.drawAll(tip, 1, first + 0x40);

            // 4. Sum-check 1 from the claim S.
            uint256 degree = shape.degree;
            uint256 start = ProofShape.scalar(parts.start);
            uint256 value;
            tip = Transcript.absorb(tip, ProofShape.SCALAR);
            (tip, value) = Rounds.reduce(tip, shape.n1, degree, start, inputs.rho);

            // 5. Sum-check 2. g2(sigma) is what is missing. delta joins D + 3 claims: (D + 2)/R.
            (tip, value) = Rounds.reduce(tip, shape.n2, degree + 1, value, inputs.sigma);
            tip = Transcript.absorb(tip, ProofShape.SCALAR * degree);
            uint256 delta = Transcript.draw(tip);

            // 6. The advice: constant, weight, and the weights of rows. It is absorbed after sum-check 3, and bound by then: the
            // argument shows that it is what step 6 computes.
            uint256 advice = inputs.advice;
            ProofShape.scalars(parts.advice, Shapes.advice(shape), advice);
            uint256 constantPart;
            uint256 weight;
            assembly ("memory-safe") {
                mstore(add(first, 0x60), delta)
                constantPart := mload(advice)
                weight := mload(add(advice, 0x20))
            }

            // 7. Sum-check 3.
            value = Claims.firstClaim(weight, degree, delta, start, parts.u, value);
            (end, s3) = Rounds.reduceQuadratic(tip, shape.c, value + R - constantPart, inputs.z);
        }
    }

    /// The opening's messages and challenges: step 9.
    function _open(Shape memory shape, Layout memory parts, uint256 tip, Inputs memory inputs, uint256 s3)
        private
        view
        returns (uint256 end, bool holds, uint256[11] memory coefficients)
    {
        Draws memory draws;
        // Counts of at most 32 bits.
        unchecked {
            tip = Transcript.absorb(tip, ProofShape.SCALAR * Shapes.advice(shape) + 2 * ProofShape.POINT);
        }
        draws.zeta = Transcript.draw(tip);
        draws.kappa = Transcript.draw(tip);
        draws.lambda = Transcript.draw(tip);
        tip = Transcript.absorb(tip, 3 * ProofShape.POINT);
        draws.eta = Transcript.draw(tip);
        tip = Transcript.absorb(tip, 2 * ProofShape.POINT);
        draws.omega = Transcript.draw(tip);
        draws.chi = Transcript.draw(tip);
        tip = Transcript.absorb(tip, ProofShape.VALUES * ProofShape.SCALAR);
        draws.nu = Transcript.draw(tip);
        tip = Transcript.absorb(tip, ProofShape.POINT);
        draws.xi = Transcript.draw(tip);
        end = Transcript.absorb(tip, ProofShape.POINT);

        uint256[22] memory values;
        uint256 place;
        assembly ("memory-safe") {
            place := values
        }
        ProofShape.scalars(parts.values, ProofShape.VALUES, place);
        AtChi memory atChi = Evaluation.ofInputs(draws.chi, shape.logGates, inputs.first, inputs.count);
        (holds, coefficients) = Opening.evaluate(draws, atChi, place, inputs.z, shape.c, s3);
    }

    /// A: all rows and the opening's points with their weights. R, the last row of region 5, has weight 1.
    /// @param points memory address of C0, before the points of region 0
    function _sum(
        Shape memory shape,
        Layout memory parts,
        uint256 points,
        Inputs memory inputs,
        uint256[11] memory coefficients
    ) private view returns (uint256 sum) {
        // Offsets, addresses and counts.
        unchecked {
            uint256 coefficient;
            // The word before the rows' weights, the weight of sum-check 2, is not needed any more: C0 comes before the rows.
            uint256 weights = inputs.advice + 32;
            assembly ("memory-safe") {
                coefficient := coefficients
                mstore(weights, mload(add(coefficients, 0x140)))
            }
            uint256 early = shape.early;
            uint256 count = 1 + shape.modelRows;
            uint256 offset = parts.rows + ProofShape.POINT * early;
            sum = Curve.sumOf(offset - ProofShape.POINT);
            Curve.addProductsFromMemory(sum, points, count, weights);
            weights += 32 * count;
            Curve.addProducts(sum, parts.rows, early - 1, weights);
            weights += 32 * (early - 1);
            Curve.addProducts(sum, offset, shape.helpers, weights);
            Curve.addProducts(sum, parts.points, ProofShape.OPENING_POINTS, coefficient);
            coefficient += 32 * ProofShape.OPENING_POINTS;
            Curve.addProducts(sum, parts.quotients, ProofShape.QUOTIENTS, coefficient);
            Curve.addGenerator(sum, coefficients[9]);
        }
    }
}
