// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Circuit, CircuitHeader} from "./CircuitHeader.sol";
import {CoordinateReader} from "./Coordinates.sol";
import {Field} from "./Field.sol";
import {Interpreter} from "./Interpreter.sol";
import {Kernels} from "./Kernels.sol";
import {LeadingForm} from "./LeadingForm.sol";
import {Points} from "./Points.sol";
import {TableReader} from "./TableReader.sol";
import {Tensors} from "./Tensors.sol";

/// @title Functionals
/// @notice Interprets a circuit: the weights at z of all rows, and the public constant, of a weighted sum of its functionals and
/// statements (`docs/protocol.md`, "Verifier", steps 6 and 8), in one pass over the encoding.
///
/// A form is coefficient · unit · product of its kernels; all inner axes are in these, so that it weighs one block of a row. A form
/// with leading axes is left to `LeadingForm`. The circuit is trusted to be valid: its digest names one that is.
library Functionals {
    /// @notice Evaluates all forms.
    /// @param cursor memory address of the first byte of the tables' section
    /// @param functionalWeights weight of each functional; statement k has delta · alpha^k
    /// @param publics the public integers as residues
    /// @param rowWeights a weight for each row of regions 0 to 6 in order, to which weights are added
    /// @return constantPart what forms over nothing but public numbers come to
    function evaluate(
        Circuit memory circuit,
        Points memory points,
        uint256 cursor,
        uint256[] memory functionalWeights,
        uint256[] memory publics,
        uint256[] memory rowWeights
    ) internal pure returns (uint256 constantPart) {
        uint256 r = Field.modulus();
        Interpreter memory scope;
        scope.c = circuit.c;
        scope.coordinates = CoordinateReader.layOut(points);
        scope.z = scope.coordinates.zEnd - (scope.c << 5);
        // Words of both arrays start after their lengths; the constant has a word of its own.
        uint256[1] memory constants;
        assembly ("memory-safe") {
            mstore(add(scope, 0xa0), add(publics, 0x20))
            let rows := mload(add(scope, 0x80))
            let counts := mload(add(circuit, 0xa0))
            let row := add(rowWeights, 0x20)
            for { let region := 0 } lt(region, 0xe0) { region := add(region, 0x20) } {
                mstore(add(rows, region), row)
                row := add(row, shl(5, mload(add(counts, region))))
            }
            mstore(add(rows, 0xe0), constants)
        }
        (scope.tables, cursor) = TableReader.locate(cursor, circuit.tables);
        (scope.kernels, cursor) = Kernels.evaluate(scope.coordinates, scope.tables, cursor, circuit.kernels);
        scope.vectors = scope.kernels + (circuit.kernels << 5);
        (scope.tensors, cursor) = Tensors.locate(circuit, cursor, scope.z, scope.rows, scope.publics);
        for (uint256 i = 0; i < circuit.functionals; ++i) {
            // the number of variables: slices of rho are counted from its end, and need none
            cursor = _forms(scope, cursor + 1, functionalWeights[i]);
        }
        uint256 weight = points.delta;
        uint256 alpha = points.alpha;
        for (uint256 i = 0; i < circuit.statements; ++i) {
            cursor = _forms(scope, cursor, weight);
            weight = mulmod(weight, alpha, r);
        }
        return constants[0];
    }

    /// @dev A list of forms, each times `weight`.
    /// @return next memory address after them
    function _forms(Interpreter memory scope, uint256 cursor, uint256 weight)
        private
        pure
        returns (uint256 next)
    {
        uint256 r = Field.modulus();
        uint256 count;
        (count, next) = CircuitHeader.readVar(cursor);
        uint256 constants = scope.rows[Tensors.PUBLIC];
        uint256 kernels = scope.kernels;
        for (; count != 0; --count) {
            uint256 groups;
            uint256 tensor;
            uint256 scale;
            uint256 unit;
            // head = groups | has tensor << 5 | unit << 6, coefficient
            assembly ("memory-safe") {
                let word := mload(next)
                groups := byte(0, word)
                let length := byte(1, word)
                unit := shr(6, groups)
                // nonzero where there is a tensor
                tensor := and(groups, 0x20)
                groups := and(groups, 0x1f)
                next := add(add(next, 2), and(length, 0x7f))
                scale := mulmod(weight, shr(sub(256, shl(3, and(length, 0x7f))), shl(16, word)), r)
                if shr(7, length) { scale := sub(r, scale) }
                if tensor {
                    // var
                    word := mload(next)
                    length := shl(shr(254, word), 1)
                    tensor := add(
                        mload(add(scope, 0x20)),
                        mul(shr(sub(258, shl(3, length)), shl(2, word)), 0x60)
                    )
                    next := add(next, length)
                }
            }
            if (unit != 0) {
                scale = mulmod(scale, unit == 1 ? scope.coordinates.gamma : scope.coordinates.beta, r);
            }
            uint256 tags;
            uint256 start = next;
            // product of the kernels, of which leading ones are 1 modulo R, with bit 255
            assembly ("memory-safe") {
                for { let left := groups } left { left := sub(left, 1) } {
                    let word := mload(next)
                    let index := byte(0, word)
                    next := add(next, 1)
                    // a var of more than one byte
                    if gt(index, 0x3f) {
                        let length := shl(shr(254, word), 1)
                        index := shr(sub(258, shl(3, length)), shl(2, word))
                        next := sub(add(next, length), 1)
                    }
                    let value := mload(add(kernels, shl(5, index)))
                    tags := or(tags, value)
                    scale := mulmod(scale, value, r)
                }
            }
            if (tags >= Kernels.ENUMERATED) {
                LeadingForm.add(scope, start, groups, tensor, scale);
                continue;
            }
            assembly ("memory-safe") {
                let target := constants
                if tensor {
                    target := mload(add(tensor, 0x20))
                    scale := mulmod(scale, mload(tensor), r)
                }
                mstore(target, addmod(mload(target), scale, r))
            }
        }
    }
}
