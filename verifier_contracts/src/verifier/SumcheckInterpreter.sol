// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Circuit, CircuitHeader} from "./sumcheck/CircuitHeader.sol";
import {Claims, Combination} from "./sumcheck/Claims.sol";
import {Functionals} from "./sumcheck/Functionals.sol";
import {Masks} from "./sumcheck/Masks.sol";
import {Points} from "./sumcheck/Points.sol";

/// @title SumcheckInterpreter
/// @notice From a circuit and the challenges of a proof to what sum-check 3 and the opening need (`docs/protocol.md`, "Verifier",
/// steps 6 and 8): the weights at z of all rows, and the public constant. It knows no proofs, keys or statements. No owner, no
/// state; `SumcheckVerifier` asks it by STATICCALL, so that the two together may be larger than a contract.
///
/// A circuit is trusted to be valid, as in `SumcheckVerifier`; of other bytes the answer has no meaning, or there is none.
contract SumcheckInterpreter {
    /// Offset in calldata of the first word.
    uint256 private constant INPUT = 4;
    /// Words before the lists: circuit, gamma, beta, alpha, delta.
    uint256 private constant SCALARS = 5;

    /// @notice Evaluates a circuit. Input and output are words without an ABI encoding.
    /// @dev Input, after the selector: the address of the data contract with the circuit (`VerifyingKeyStore`); gamma, beta, alpha,
    /// delta; then r, rho, z, sigma and the public integers as residues, each a list after its length. All are below R.
    ///
    /// Output: the constant, without what the claims themselves bring; the extension of sum-check 2's weights at sigma; then the
    /// weight of each row of regions 0 to 6, in order. Row R of region 5, whose weight is 1, has a word of no meaning.
    function weigh() external view {
        // Addresses, and counts of at most 32 bits: nothing overflows.
        unchecked {
            (Circuit memory circuit, Points memory points, uint256[] memory sigma, uint256[] memory publics) =
                _read();
            Combination memory combination = Claims.combine(circuit, sigma, points.alpha, points.delta);
            uint256 early = circuit.rows[0];
            for (uint256 region = 1; region < 6; ++region) {
                early += circuit.rows[region];
            }
            (uint256[] memory weights, uint256 answer) = _allocate(early + circuit.rows[6]);
            uint256 constantPart = Functionals.evaluate(
                circuit, points, combination.tables, combination.functionals, publics, weights
            );
            // M is the last row but one of region 5.
            weights[early - 2] = Masks.weigh(circuit, points, sigma, combination);
            uint256 claims = combination.constantPart;
            uint256 weight = combination.weight;
            uint256 rows = weights.length;
            // below 2R, as both are below R
            assembly ("memory-safe") {
                mstore(answer, add(constantPart, claims))
                mstore(add(answer, 0x20), weight)
                return(answer, shl(5, add(rows, 2)))
            }
        }
    }

    /// The circuit, and the challenges and public integers as lists in memory.
    function _read()
        private
        view
        returns (
            Circuit memory circuit,
            Points memory points,
            uint256[] memory sigma,
            uint256[] memory publics
        )
    {
        uint256 start;
        uint256 length;
        uint256 list;
        // the code of a data contract is 0x00 || content
        assembly ("memory-safe") {
            let pointer := calldataload(INPUT)
            length := extcodesize(pointer)
            if length { length := sub(length, 1) }
            start := mload(0x40)
            extcodecopy(pointer, start, 1, length)
            list := add(start, and(add(length, 0x3f), not(0x1f)))
            let from := add(INPUT, shl(5, SCALARS))
            let size := sub(calldatasize(), from)
            calldatacopy(list, from, size)
            mstore(0x40, add(list, size))
            let scalars := add(points, 0x60)
            calldatacopy(scalars, add(INPUT, 0x20), 0x80)
        }
        circuit = CircuitHeader.read(start, length);
        (points.r, list) = _list(list);
        (points.rho, list) = _list(list);
        (points.z, list) = _list(list);
        (sigma, list) = _list(list);
        (publics,) = _list(list);
    }

    function _list(uint256 start) private pure returns (uint256[] memory list, uint256 next) {
        assembly ("memory-safe") {
            list := start
            next := add(add(start, 0x20), shl(5, mload(start)))
        }
    }

    /// Zeros for the rows' weights; the words of the answer that come before them take the place of the list's length, and one word
    /// in front of it.
    function _allocate(uint256 rows) private pure returns (uint256[] memory weights, uint256 answer) {
        assembly ("memory-safe") {
            answer := mload(0x40)
            weights := add(answer, 0x20)
            mstore(weights, rows)
            calldatacopy(add(weights, 0x20), calldatasize(), shl(5, rows))
            mstore(0x40, add(add(weights, 0x20), shl(5, rows)))
        }
    }
}
