// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Circuit, CircuitHeader} from "./CircuitHeader.sol";
import {CoordinateReader} from "./Coordinates.sol";
import {FactorReader} from "./FactorReader.sol";
import {R} from "./Field.sol";
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
        unchecked {
            for (uint256 i = 0; i < circuit.functionals; ++i) {
                // the number of variables: slices of rho are counted from its end, and need none
                cursor = _forms(scope, cursor + 1, functionalWeights[i]);
            }
            uint256 weight = points.delta;
            uint256 alpha = points.alpha;
            for (uint256 i = 0; i < circuit.statements; ++i) {
                cursor = _forms(scope, cursor, weight);
                weight = mulmod(weight, alpha, R);
            }
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
        uint256 count;
        (count, next) = CircuitHeader.readVar(cursor);
        while (count != 0) {
            uint256 tensor = 0;
            uint256 scale;
            // for each form, up to one with leading axes:
            //     head = groups | has tensor << 5 | unit << 6, coefficient int, tensor var, kernel var for each group
            //     scale = weight * coefficient * unit * product of the kernels, of which leading ones are 1 modulo R, and negative
            //     row of the tensor, or the constant, += scale * the tensor's weight
            // `tensor` is its record's address, with a 1 where a group leads; `left` is the head. The weight and the address of the
            // kernels are in scratch memory: each variable less is a swap less for each of the others.
            assembly ("memory-safe") {
                mstore(0x00, weight)
                mstore(0x20, mload(scope))
                for {} count { count := sub(count, 1) } {
                    let left := mload(next)
                    // most forms: coefficient 1, a tensor, two kernels; vars of one byte each, or kernels' of two
                    tensor := 0
                    if eq(and(left, shl(208, 0xffffffc0c0c0)), shl(208, 0x220101000000)) {
                        let first := mload(add(mload(0x20), shl(5, byte(4, left))))
                        let second := mload(add(mload(0x20), shl(5, byte(5, left))))
                        if iszero(shr(255, or(first, second))) {
                            let record := add(mload(add(scope, 0x20)), mul(byte(3, left), 0x60))
                            first := mulmod(mulmod(first, second, R), mload(record), R)
                            record := mload(add(record, 0x20))
                            mstore(record, addmod(mload(record), mulmod(first, mload(0x00), R), R))
                            next := add(next, 6)
                            continue
                        }
                    }
                    if eq(and(left, shl(192, 0xffffffc0c000c000)), shl(192, 0x2201010040004000)) {
                        let first := mload(add(mload(0x20), and(shr(203, left), 0x7ffe0)))
                        let second := mload(add(mload(0x20), and(shr(187, left), 0x7ffe0)))
                        if iszero(shr(255, or(first, second))) {
                            let record := add(mload(add(scope, 0x20)), mul(byte(3, left), 0x60))
                            first := mulmod(mulmod(first, second, R), mload(record), R)
                            record := mload(add(record, 0x20))
                            mstore(record, addmod(mload(record), mulmod(first, mload(0x00), R), R))
                            next := add(next, 8)
                            continue
                        }
                    }
                    mstore(add(scope, 0x140), next)
                    // coefficient 1, or any
                    switch eq(and(shr(232, left), 0xffff), 0x0101)
                    case 1 {
                        scale := mload(0x00)
                        next := add(next, 3)
                    }
                    default {
                        let length := shl(3, and(byte(1, left), 0x7f))
                        scale := mulmod(mload(0x00), shr(sub(256, length), shl(16, left)), R)
                        if and(left, shl(247, 1)) { scale := sub(R, scale) }
                        next := add(add(next, 2), shr(3, length))
                    }
                    left := byte(0, left)
                    if gt(left, 0x3f) {
                        // gamma, beta
                        let place := add(mload(add(scope, 0x40)), add(0x60, shl(5, shr(6, left))))
                        scale := mulmod(scale, mload(place), R)
                    }
                    if and(left, 0x20) {
                        tensor := byte(0, mload(next))
                        if gt(tensor, 0x3f) {
                            // a var of more than one byte
                            let word := mload(next)
                            let length := shl(shr(254, word), 1)
                            tensor := shr(sub(258, shl(3, length)), shl(2, word))
                            next := sub(add(next, length), 1)
                        }
                        next := add(next, 1)
                        tensor := add(mload(add(scope, 0x20)), mul(tensor, 0x60))
                    }
                    // two kernels whose vars have one byte each, or two
                    if and(left, 0x1e) {
                        let word := mload(next)
                        switch and(word, shl(240, 0xc0c0))
                        case 0 {
                            let first := mload(add(mload(0x20), shl(5, byte(0, word))))
                            let second := mload(add(mload(0x20), shl(5, byte(1, word))))
                            tensor := or(tensor, shr(255, or(first, second)))
                            scale := mulmod(scale, mulmod(first, second, R), R)
                            next := add(next, 2)
                            left := sub(left, 2)
                        }
                        default {
                            if eq(and(word, shl(224, 0xc000c000)), shl(224, 0x40004000)) {
                                let first := mload(add(mload(0x20), and(shr(235, word), 0x7ffe0)))
                                let second := mload(add(mload(0x20), and(shr(219, word), 0x7ffe0)))
                                tensor := or(tensor, shr(255, or(first, second)))
                                scale := mulmod(scale, mulmod(first, second, R), R)
                                next := add(next, 4)
                                left := sub(left, 2)
                            }
                        }
                    }
                    for {} and(left, 0x1f) { left := sub(left, 1) } {
                        let value := byte(0, mload(next))
                        switch gt(value, 0x3f)
                        case 0 { value := shl(5, value) }
                        default {
                            // of two bytes, or more
                            let word := mload(next)
                            next := add(next, 1)
                            switch gt(value, 0x7f)
                            case 0 { value := and(shr(235, word), 0x7ffe0) }
                            default {
                                let length := shl(shr(254, word), 1)
                                value := shl(5, shr(sub(258, shl(3, length)), shl(2, word)))
                                next := add(next, sub(length, 2))
                            }
                        }
                        next := add(next, 1)
                        value := mload(add(mload(0x20), value))
                        if slt(value, 0) { tensor := or(tensor, 1) }
                        scale := mulmod(scale, value, R)
                    }
                    if and(tensor, 1) {
                        count := sub(count, 1)
                        break
                    }
                    switch tensor
                    case 0 {
                        let target := mload(add(mload(add(scope, 0x80)), 0xe0))
                        mstore(target, addmod(mload(target), scale, R))
                    }
                    default {
                        let target := mload(add(tensor, 0x20))
                        mstore(target, addmod(mload(target), mulmod(scale, mload(tensor), R), R))
                    }
                }
            }
            if (tensor & 1 != 0) _leading(scope, scope.form, tensor - 1, scale);
        }
    }

    /// @dev A form with leading axes.
    /// @param form memory address of its head
    function _leading(Interpreter memory scope, uint256 form, uint256 tensor, uint256 scale) private pure {
        uint256 head;
        assembly ("memory-safe") {
            head := byte(0, mload(form))
        }
        uint256 cursor = FactorReader.skipVars(FactorReader.skipInt(form + 1), (head >> 5) & 1);
        LeadingForm.add(scope, cursor, head & 0x1f, tensor, scale);
    }
}
