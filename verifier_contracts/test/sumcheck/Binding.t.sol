// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Statement} from "../../src/interfaces/IVerifier.sol";
import {Binding} from "../../src/verifier/sumcheck/Binding.sol";
import {R} from "../../src/verifier/sumcheck/Field.sol";
import {Test} from "../support/Test.sol";

contract BindingTest is Test {
    function digest(Statement calldata statement) external pure returns (bytes32) {
        return Binding.digest(statement);
    }

    function publicIntegers(bytes calldata output, uint256 count)
        external
        pure
        returns (uint256[] memory values)
    {
        values = new uint256[](count);
        uint256 place;
        assembly ("memory-safe") {
            place := add(values, 0x20)
        }
        Binding.publicIntegers(output, count, place);
    }

    function dataIdentity(uint256 c, bytes32 layoutDigest, bytes32 srsDigest, bytes calldata rows)
        external
        pure
        returns (bytes32)
    {
        uint256 offset;
        assembly ("memory-safe") {
            offset := rows.offset
        }
        return Binding.dataIdentity(c, layoutDigest, srsDigest, offset, rows.length / 64);
    }

    function testFuzz_Digest_IsOfTheEncoding(Statement calldata statement) public view {
        bytes memory encoding = abi.encodePacked(
            "ZKST",
            uint16(1),
            uint32(9),
            "inference",
            statement.modelHash,
            statement.circuitHash,
            statement.vkHash,
            statement.inputCommitment,
            statement.context,
            // forge-lint: disable-next-line(unsafe-typecast)
            uint32(statement.output.length),
            statement.output
        );
        vm.assertEq(this.digest(statement), keccak256(encoding), "digest");
    }

    function test_PublicIntegers_AreResidues() public view {
        uint256[] memory values = this.publicIntegers(
            abi.encodePacked(int64(0), int64(5), int64(-1), type(int64).min, type(int64).max), 5
        );
        vm.assertEq(
            keccak256(abi.encodePacked(values)),
            keccak256(abi.encode(0, 5, R - 1, R - 2 ** 63, 2 ** 63 - 1)),
            "values"
        );
    }

    function test_PublicIntegers_RefusesAnotherLength() public {
        vm.expectRevert(abi.encodeWithSelector(Binding.MalformedOutputLength.selector, 16, 15));
        this.publicIntegers(new bytes(15), 2);
        vm.expectRevert(abi.encodeWithSelector(Binding.MalformedOutputLength.selector, 16, 24));
        this.publicIntegers(new bytes(24), 2);
    }

    function testFuzz_DataIdentity(uint8 c, bytes32 layoutDigest, bytes32 srsDigest, uint256[2][] memory rows)
        public
        view
    {
        uint256 bits = c % 29;
        bytes memory points;
        for (uint256 i = 0; i < rows.length; ++i) {
            points = abi.encodePacked(points, rows[i]);
        }
        bytes32 expected = keccak256(
            bytes.concat(
                "zkattest-commitment-v1",
                hex"02",
                bytes8(bytes32(2 ** (bits + 192))),
                layoutDigest,
                srsDigest,
                bytes8(bytes32(rows.length * 2 ** 192)),
                points
            )
        );
        vm.assertEq(this.dataIdentity(bits, layoutDigest, srsDigest, points), expected, "identity");
    }
}
