// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Circuit, CircuitHeader} from "../../src/verifier/sumcheck/CircuitHeader.sol";
import {FactorReader} from "../../src/verifier/sumcheck/FactorReader.sol";
import {R} from "../../src/verifier/sumcheck/Field.sol";
import {Functionals} from "../../src/verifier/sumcheck/Functionals.sol";
import {Points} from "../../src/verifier/sumcheck/Points.sol";
import {Test} from "../support/Test.sol";

interface Files {
    function readFile(string calldata path) external view returns (string memory data);
    function parseJsonStringArray(string calldata json, string calldata key)
        external
        pure
        returns (string[] memory);
    function parseJsonBytesArray(string calldata json, string calldata key)
        external
        pure
        returns (bytes[] memory);
    function parseJsonUintArray(string calldata json, string calldata key)
        external
        pure
        returns (uint256[] memory);
}

/// @notice Interprets circuits at challenges that are drawn by hashing.
contract Interpretation {
    /// What is drawn.
    uint8 private constant OF_R = 0;
    uint8 private constant RHO = 1;
    uint8 private constant Z = 2;
    uint8 private constant WEIGHTS = 3;
    uint8 private constant PUBLICS = 4;
    uint8 private constant SINGLE = 5;

    /// @return result the constant, then the rows' weights
    function run(bytes calldata encoding, bytes32 seed, uint256 variables)
        external
        view
        returns (uint256[] memory result, uint256 gasUsed)
    {
        bytes memory data = encoding;
        uint256 start;
        assembly ("memory-safe") {
            start := add(data, 0x20)
        }
        Circuit memory circuit = CircuitHeader.read(start, data.length);
        uint256[] memory single = draw(seed, SINGLE, 4);
        Points memory points = Points({
            r: draw(seed, OF_R, circuit.rLength),
            rho: draw(seed, RHO, variables),
            z: draw(seed, Z, circuit.c),
            gamma: single[0],
            beta: single[1],
            alpha: single[2],
            delta: single[3]
        });
        uint256[] memory weights = draw(seed, WEIGHTS, circuit.functionals);
        uint256[] memory publics = draw(seed, PUBLICS, circuit.publics);
        uint256 count = 1;
        for (uint256 region = 0; region < 7; ++region) {
            count += circuit.rows[region];
        }
        result = new uint256[](count);
        uint256[] memory rows;
        // the words after the first one, as an array for the time of the call
        assembly ("memory-safe") {
            rows := add(result, 0x20)
            mstore(rows, sub(count, 1))
        }
        uint256 cursor = afterTerms(circuit);
        gasUsed = gasleft();
        uint256 constants = Functionals.evaluate(circuit, points, cursor, weights, publics, rows);
        gasUsed -= gasleft();
        result[0] = constants;
    }

    /// @dev The tables' section follows the terms.
    function afterTerms(Circuit memory circuit) private pure returns (uint256 cursor) {
        cursor = circuit.cursor;
        for (uint256 i = 0; i < circuit.terms; ++i) {
            cursor = FactorReader.skipInt(FactorReader.skipVars(cursor, 1) + 1);
            uint256 factors;
            assembly ("memory-safe") {
                factors := byte(0, mload(cursor))
            }
            cursor = FactorReader.skipVars(cursor + 1, factors);
        }
    }

    function draw(bytes32 seed, uint8 kind, uint256 count) private pure returns (uint256[] memory values) {
        values = new uint256[](count);
        for (uint32 i = 0; i < count; ++i) {
            values[i] = uint256(keccak256(abi.encodePacked(seed, kind, i))) % R;
        }
    }
}

/// @notice Circuits of every kind, against the executable specification (`tests/spec/sumcheck_functionals.py`).
contract FunctionalsTest is Test {
    Files private constant FILES = Files(address(vm));
    Interpretation private interpretation;

    event log_named_uint(string key, uint256 val);

    function setUp() public {
        interpretation = new Interpretation();
    }

    function test_circuits_give_the_specified_weights() public {
        string memory json = FILES.readFile("test/fixtures/functionals.json");
        string[] memory names = FILES.parseJsonStringArray(json, ".names");
        bytes[] memory circuits = FILES.parseJsonBytesArray(json, ".circuits");
        bytes[] memory expected = FILES.parseJsonBytesArray(json, ".expected");
        uint256[] memory variables = FILES.parseJsonUintArray(json, ".variables");
        vm.assertTrue(names.length > 80, "cases");
        for (uint256 i = 0; i < names.length; ++i) {
            (uint256[] memory found, uint256 gasUsed) =
                interpretation.run(circuits[i], keccak256(bytes(names[i])), variables[i]);
            emit log_named_uint(names[i], gasUsed);
            vm.assertEq(found.length * 32, expected[i].length, names[i]);
            vm.assertEq(keccak256(abi.encodePacked(found)), keccak256(expected[i]), names[i]);
        }
    }

    /// A circuit of one functional without tensor, whose one form is the product of these kernels of the dictionary: sums of r's
    /// first n coordinates' eq over 1, 2 and 3 entries.
    function product(bytes memory kernels, uint256 groups) private pure returns (bytes memory) {
        bytes memory header = abi.encodePacked(
            "ZKCI", uint16(2), hex"06", uint8(8), hex"0102", new bytes(28), uint32(0), uint16(0), uint16(0)
        );
        header = abi.encodePacked(header, uint16(3), uint16(0), uint16(1), uint16(0));
        bytes memory dictionary = hex"004101010000410202010041030203";
        // forge-lint: disable-next-line(unsafe-typecast)
        return bytes.concat(header, dictionary, hex"0101", bytes1(uint8(groups)), hex"0103", kernels);
    }

    /// An index as a var of 1, 2, 4 or 8 bytes. Longer ones than need be are none of a circuit, and of the same value.
    function index(uint256 value, uint256 width) private pure returns (bytes memory) {
        // Indices are below 3.
        // forge-lint: disable-start(unsafe-typecast)
        if (width == 0) return abi.encodePacked(uint8(value));
        if (width == 1) return abi.encodePacked(uint16(0x4000 | value));
        if (width == 2) return abi.encodePacked(uint32(0x80000000 | value));
        return abi.encodePacked(uint64(0xc000000000000000 | value));
        // forge-lint: disable-end(unsafe-typecast)
    }

    /// Forms of up to six kernels, with indices of every length beside each other.
    function testFuzz_IndicesOfEveryLength(uint256 seed) public view {
        uint256 groups = seed % 7;
        bytes memory short;
        bytes memory mixed;
        for (uint256 i = 0; i < groups; ++i) {
            uint256 value = (seed >> (8 * i + 8)) % 3;
            short = bytes.concat(short, index(value, 0));
            mixed = bytes.concat(mixed, index(value, (seed >> (8 * i + 80)) % (seed % 2 == 0 ? 2 : 4)));
        }
        (uint256[] memory expected,) = interpretation.run(product(short, groups), "seed", 1);
        (uint256[] memory found,) = interpretation.run(product(mixed, groups), "seed", 1);
        vm.assertEq(keccak256(abi.encode(found)), keccak256(abi.encode(expected)), "same value");
        vm.assertTrue(expected[0] != 0, "a value");
    }
}
