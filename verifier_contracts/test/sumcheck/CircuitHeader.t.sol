// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Circuit, CircuitHeader} from "../../src/verifier/sumcheck/CircuitHeader.sol";
import {R} from "../../src/verifier/sumcheck/Field.sol";
import {Test} from "../support/Test.sol";

contract CircuitHeaderTest is Test {
    bytes private constant HEADER = abi.encodePacked(
        "ZKCI",
        uint16(2),
        uint8(14),
        uint8(21),
        uint8(13),
        uint8(3),
        abi.encodePacked(
            uint32(1), uint32(2), uint32(0), uint32(4), uint32(5), uint32(2), uint32(0xfffffffe)
        ),
        uint32(10),
        abi.encodePacked(uint16(60), uint16(61), uint16(62), uint16(63), uint16(64), uint16(65_535))
    );

    function read(bytes calldata encoding) external pure returns (Circuit memory circuit) {
        bytes memory data = encoding;
        return CircuitHeader.read(addressOf(data), data.length);
    }

    function addressOf(bytes memory data) private pure returns (uint256 start) {
        assembly ("memory-safe") {
            start := add(data, 0x20)
        }
    }

    function test_Read_TakesEveryFieldFromItsPlace() public view {
        vm.assertEq(HEADER.length, CircuitHeader.LENGTH, "length");
        Circuit memory circuit = this.read(bytes.concat(HEADER, hex"ffff"));
        vm.assertEq(circuit.c, 14, "c");
        vm.assertEq(circuit.rLength, 21, "r");
        vm.assertEq(circuit.n1, 13, "n1");
        vm.assertEq(circuit.degree, 3, "D");
        vm.assertEq(
            keccak256(abi.encode(circuit.rows)),
            keccak256(abi.encode([uint256(1), 2, 0, 4, 5, 2, 0xfffffffe])),
            "rows"
        );
        vm.assertEq(circuit.publics, 10, "public integers");
        vm.assertEq(circuit.terms, 60, "terms");
        vm.assertEq(circuit.tables, 61, "tables");
        vm.assertEq(circuit.kernels, 62, "kernels");
        vm.assertEq(circuit.tensors, 63, "tensors");
        vm.assertEq(circuit.functionals, 64, "functionals");
        vm.assertEq(circuit.statements, 65_535, "statements");
        vm.assertEq(circuit.cursor, circuit.start + 54, "cursor");
    }

    function test_Read_RefusesOtherBytes() public {
        bytes memory short = HEADER;
        // The last byte cut off.
        assembly ("memory-safe") {
            mstore(short, 53)
        }
        bytes memory version = HEADER;
        version[5] = 0x01;
        bytes memory magic = HEADER;
        magic[3] = "J";
        vm.expectRevert(CircuitHeader.NotACircuit.selector);
        this.read(short);
        vm.expectRevert(CircuitHeader.NotACircuit.selector);
        this.read(version);
        vm.expectRevert(CircuitHeader.NotACircuit.selector);
        this.read(magic);
        vm.expectRevert(CircuitHeader.NotACircuit.selector);
        this.read("");
    }

    /// The examples of RFC 9000, section A.1.
    function test_ReadVar_KnownValues() public pure {
        assertVar(hex"c2197c5eff14e88c", 151_288_809_941_952_652);
        assertVar(hex"9d7f3e7d", 494_878_333);
        assertVar(hex"7bbd", 15_293);
        assertVar(hex"25", 37);
        assertVar(hex"00", 0);
    }

    function testFuzz_ReadVar_InvertsTheEncoding(uint64 value, uint8 shift) public pure {
        uint256 given = uint256(value) / 4 / 2 ** (shift % 62);
        assertVar(encodedVar(given), given);
    }

    function encodedVar(uint256 value) private pure returns (bytes memory encoding) {
        uint256 kind = value < 2 ** 6 ? 0 : value < 2 ** 14 ? 1 : value < 2 ** 30 ? 2 : 3;
        uint256 length = 2 ** kind;
        value |= kind * 2 ** (8 * length - 2);
        encoding = bytes.concat(bytes32(value * 2 ** (256 - 8 * length)));
        // cut to its length
        assembly ("memory-safe") {
            mstore(encoding, length)
        }
    }

    function assertVar(bytes memory encoding, uint256 expected) private pure {
        // What follows must not matter.
        uint256 start = addressOf(bytes.concat(encoding, bytes32(type(uint256).max)));
        (uint256 value, uint256 next) = CircuitHeader.readVar(start);
        vm.assertEq(value, expected, "value");
        vm.assertEq(next, start + encoding.length, "length");
    }

    function test_ReadInt_KnownValues() public pure {
        assertInt(hex"00", 0);
        assertInt(hex"0101", 1);
        assertInt(hex"8101", R - 1);
        assertInt(hex"020100", 256);
        assertInt(hex"888000000000000000", R - 2 ** 63);
        assertInt(hex"1080000000000000000000000000000000", 2 ** 127);
        assertInt(hex"90ffffffffffffffffffffffffffffffff", R - (2 ** 128 - 1));
    }

    function assertInt(bytes memory encoding, uint256 expected) private pure {
        uint256 start = addressOf(bytes.concat(encoding, bytes32(type(uint256).max)));
        (uint256 value, uint256 next) = CircuitHeader.readInt(start);
        vm.assertEq(value, expected, "value");
        vm.assertEq(next, start + encoding.length, "length");
    }
}
