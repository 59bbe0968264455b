// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttestationRegistry} from "../src/interfaces/IAttestationRegistry.sol";
import {Envelope} from "../src/registry/Envelope.sol";
import {Test} from "./support/Test.sol";

contract EnvelopeTest is Test {
    bytes32 private constant NONCE = keccak256("nonce");

    function open(bytes calldata envelope) external pure returns (uint64, bytes32, bytes memory) {
        return Envelope.open(envelope);
    }

    function assertMalformed(bytes memory envelope, string memory what) private view {
        try this.open(envelope) {
            vm.assertTrue(false, what);
        } catch (bytes memory reason) {
            vm.assertEq(
                keccak256(reason),
                keccak256(abi.encodeWithSelector(IAttestationRegistry.MalformedEnvelope.selector)),
                what
            );
        }
    }

    function test_Open_RefusesOtherEncodings() public view {
        bytes memory good = abi.encode(uint64(1), NONCE, hex"010203");
        this.open(good);
        assertMalformed("", "empty");
        assertMalformed(bytes.concat(good, bytes32(0)), "trailing word");
        assertMalformed(bytes.concat(good, hex"00"), "trailing byte");
        assertMalformed(abi.encode(uint256(1) << 64, NONCE, hex"010203"), "version over 64 bits");
        // The tail where the canonical encoding has it, but reached by another offset.
        assertMalformed(abi.encodePacked(uint256(1), NONCE, uint256(128), uint256(0), uint256(0)), "offset");
        assertMalformed(abi.encodePacked(uint256(1), NONCE, uint256(96), type(uint256).max), "huge length");
        assertMalformed(
            abi.encodePacked(uint256(1), NONCE, uint256(96), uint256(3), uint256(0x01020304) << 224),
            "dirty padding"
        );
        assertMalformed(
            abi.encodePacked(uint256(1), NONCE, uint256(96), uint256(33), uint256(1) << 248),
            "length beyond the end"
        );
    }

    function testFuzz_Open_InvertsTheEncoding(uint64 version, bytes32 nonce, bytes calldata proof)
        public
        view
    {
        (uint64 v, bytes32 n, bytes memory p) = this.open(abi.encode(version, nonce, proof));
        vm.assertEq(v, version, "version");
        vm.assertEq(n, nonce, "nonce");
        vm.assertEq(keccak256(p), keccak256(proof), "proof");
    }

    /// One byte changed: either refused, or the canonical encoding of something else.
    function testFuzz_Open_TakesCanonicalEncodingsOnly(
        uint64 version,
        bytes32 nonce,
        bytes calldata proof,
        uint256 position,
        bytes1 flip
    ) public view {
        bytes memory changed = abi.encode(version, nonce, proof);
        changed[bound(position, 0, changed.length - 1)] ^= flip;
        try this.open(changed) returns (uint64 v, bytes32 n, bytes memory p) {
            vm.assertEq(keccak256(abi.encode(v, n, p)), keccak256(changed), "canonical");
        } catch (bytes memory reason) {
            vm.assertEq(
                keccak256(reason),
                keccak256(abi.encodeWithSelector(IAttestationRegistry.MalformedEnvelope.selector)),
                "named"
            );
        }
    }

    function testFuzz_Open_SurvivesAnyBytes(bytes calldata raw) public view {
        try this.open(raw) returns (uint64 v, bytes32 n, bytes memory p) {
            vm.assertEq(keccak256(abi.encode(v, n, p)), keccak256(raw), "canonical");
        } catch (bytes memory reason) {
            vm.assertEq(reason.length, 4, "named");
        }
    }
}
