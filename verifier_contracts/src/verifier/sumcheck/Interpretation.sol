// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SumcheckInterpreter} from "../SumcheckInterpreter.sol";
import {Points} from "./Points.sol";

/// @notice Who interprets which circuit.
/// @param interpreter a `SumcheckInterpreter`
/// @param circuit the data contract with the circuit's encoding
struct Program {
    address interpreter;
    address circuit;
}

/// @title Interpretation
/// @notice The call of the interpreter (steps 6 and 8 of `docs/protocol.md`): words in, words out.
library Interpretation {
    /// @notice The interpreter did not answer: it ran out of gas, or the circuit is none.
    error InterpretationFailed();

    /// @param sigma where sum-check 2 ended
    /// @param publics the public integers as residues
    /// @param rows number of rows of regions 0 to 6
    /// @return constantPart below 2R: what the claims of sum-check 3 and the functionals in them have without any cell
    /// @return weight extension of sum-check 2's weights at sigma
    /// @return weights memory address of the first row's weight at z
    function weigh(
        Program memory program,
        Points memory points,
        uint256[] memory sigma,
        uint256[] memory publics,
        uint256 rows
    ) internal view returns (uint256 constantPart, uint256 weight, uint256 weights) {
        uint256 selector = uint32(SumcheckInterpreter.weigh.selector);
        bool success;
        // staticcall(interpreter, selector || circuit || gamma || beta || alpha || delta || r || rho || z || sigma || publics), where lists
        // follow their lengths. The answer has exactly as many words as are expected, or is none.
        assembly ("memory-safe") {
            function append(place, list) -> next {
                let size := add(0x20, shl(5, mload(list)))
                mcopy(place, list, size)
                next := add(place, size)
            }
            let size := shl(5, add(rows, 2))
            let answer := mload(0x40)
            let input := add(answer, size)
            mstore(0x40, input)
            mstore(input, selector)
            mstore(add(input, 0x20), mload(add(program, 0x20)))
            mcopy(add(input, 0x40), add(points, 0x60), 0x80)
            let end := append(add(input, 0xc0), mload(points))
            end := append(end, mload(add(points, 0x20)))
            end := append(end, mload(add(points, 0x40)))
            end := append(end, sigma)
            end := append(end, publics)
            input := add(input, 0x1c)
            success := staticcall(gas(), mload(program), input, sub(end, input), answer, size)
            success := and(success, eq(returndatasize(), size))
            constantPart := mload(answer)
            weight := mload(add(answer, 0x20))
            weights := add(answer, 0x40)
        }
        if (!success) revert InterpretationFailed();
    }
}
