// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVerifyingKeyStore} from "../src/interfaces/IVerifyingKeyStore.sol";
import {VerifyingKeyStore} from "../src/verifier/VerifyingKeyStore.sol";
import {DataContract, DataKind} from "../src/verifier/sumcheck/DataContract.sol";
import {Encodings} from "./support/Encodings.sol";
import {Test} from "./support/Test.sol";

contract VerifyingKeyStoreTest is Test {
    using Encodings for Encodings.Header;

    bytes32 private constant KEY_DIGEST = keccak256("encoding of the key");
    uint256 private constant Q =
        21_888_242_871_839_275_222_246_405_745_257_275_088_696_311_157_297_823_662_689_037_894_645_226_208_583;

    VerifyingKeyStore private store;
    bytes private circuit;
    bytes32 private circuitDigest;
    bytes private record;
    bytes32 private vkHash;

    function setUp() public {
        store = new VerifyingKeyStore();
        circuit = Encodings.header(3).circuit(300);
        circuitDigest = store.addCircuit(circuit);
        record = Encodings.record(circuitDigest, 3);
        vkHash = keccak256(bytes.concat(record, KEY_DIGEST));
    }

    // --- circuits

    function test_AddCircuit_StoresTheBytesUnderTheirDigest() public {
        bytes memory other = Encodings.header(2).circuit(1500);
        bytes32 digest = keccak256(other);
        address pointer = store.circuitPointer(digest);
        vm.assertTrue(!store.hasCircuit(digest), "not yet");
        vm.expectEmit(address(store));
        emit IVerifyingKeyStore.CircuitAdded(digest);
        vm.assertEq(store.addCircuit(other), digest, "digest");
        vm.assertTrue(store.hasCircuit(digest), "there");
        vm.assertEq(keccak256(pointer.code), keccak256(bytes.concat(hex"00", other)), "code");
        vm.assertEq(keccak256(DataContract.read(pointer)), digest, "read");
    }

    function test_AddCircuit_AgainIsNoErrorAndWritesNothing() public {
        vm.recordLogs();
        vm.assertEq(store.addCircuit(circuit), circuitDigest, "digest");
        vm.assertEq(vm.getRecordedLogs().length, 0, "no event");
    }

    function test_AddCircuit_TakesWhatFits() public {
        bytes memory longest = Encodings.header(1).circuit(24_575);
        vm.assertTrue(store.hasCircuit(store.addCircuit(longest)), "24,575 bytes");
        vm.expectRevert(abi.encodeWithSelector(IVerifyingKeyStore.TooLong.selector, 24_576));
        store.addCircuit(bytes.concat(longest, hex"00"));
        vm.assertTrue(store.hasCircuit(store.addCircuit(Encodings.header(1).circuit(54))), "54 bytes");
    }

    function test_AddCircuit_RefusesOtherBytes() public {
        bytes memory short = new bytes(53);
        for (uint256 i = 0; i < 53; ++i) {
            short[i] = circuit[i];
        }
        bytes[5] memory others = [
            bytes(""),
            short,
            Encodings.Header("ZKCJ", 2, 13, 3, 0, 2).circuit(54),
            Encodings.Header("ZKCI", 1, 13, 3, 0, 2).circuit(54),
            Encodings.Header("ZKCI", 3, 13, 3, 0, 2).circuit(54)
        ];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(IVerifyingKeyStore.NotACircuit.selector);
            store.addCircuit(others[i]);
        }
    }

    function test_AddCircuit_RefusesRowSizes() public {
        uint8[4] memory wrong = [0, 5, 29, 255];
        for (uint256 i = 0; i < wrong.length; ++i) {
            Encodings.Header memory head = Encodings.header(3);
            head.c = wrong[i];
            vm.expectRevert(abi.encodeWithSelector(IVerifyingKeyStore.RowSizeOutOfRange.selector, wrong[i]));
            store.addCircuit(head.circuit(54));
        }
        uint8[2] memory right = [6, 28];
        for (uint256 i = 0; i < right.length; ++i) {
            Encodings.Header memory head = Encodings.header(3);
            head.c = right[i];
            store.addCircuit(head.circuit(54));
        }
    }

    function test_AddCircuit_RefusesOtherNumbersOfMasks() public {
        uint32[4] memory wrong = [uint32(0), 1, 3, 0x02000000];
        for (uint256 i = 0; i < wrong.length; ++i) {
            Encodings.Header memory head = Encodings.header(3);
            head.maskRows = wrong[i];
            vm.expectRevert(abi.encodeWithSelector(IVerifyingKeyStore.MaskRows.selector, wrong[i]));
            store.addCircuit(head.circuit(54));
        }
    }

    function test_AddCircuit_RefusesPrivateOutputs() public {
        uint32[2] memory wrong = [1, type(uint32).max];
        for (uint256 i = 0; i < wrong.length; ++i) {
            Encodings.Header memory head = Encodings.header(3);
            head.outputRows = wrong[i];
            vm.expectRevert(abi.encodeWithSelector(IVerifyingKeyStore.PrivateOutput.selector, wrong[i]));
            store.addCircuit(head.circuit(54));
        }
    }

    // --- keys

    function test_AddKey_StoresWhatAVerifierReads() public {
        bytes memory expected = abi.encodePacked(
            keccak256(
                abi.encodePacked(
                    "zkattest-commitment-v1",
                    uint8(1),
                    uint64(8192),
                    keccak256("model layout"),
                    keccak256("srs"),
                    uint64(3),
                    Encodings.multiple(1),
                    Encodings.multiple(2),
                    Encodings.multiple(3)
                )
            ),
            keccak256(abi.encodePacked(circuitDigest, keccak256("registration"))),
            keccak256("tau"),
            keccak256("srs"),
            keccak256("data layout"),
            circuitDigest,
            Encodings.multiple(1),
            Encodings.multiple(2),
            Encodings.multiple(3)
        );
        address pointer = store.keyPointer(vkHash);
        vm.assertTrue(!store.hasKey(vkHash), "not yet");
        vm.expectEmit(address(store));
        emit IVerifyingKeyStore.KeyAdded(vkHash, circuitDigest);
        vm.assertEq(store.addKey(record, KEY_DIGEST), vkHash, "vkHash");
        vm.assertTrue(store.hasKey(vkHash), "there");
        vm.assertEq(keccak256(DataContract.read(pointer)), keccak256(expected), "content");
        vm.assertEq(bytes32(bytes1(pointer.code[0])), 0, "a call stops at once");
    }

    function test_AddKey_AgainIsNoErrorAndWritesNothing() public {
        store.addKey(record, KEY_DIGEST);
        vm.recordLogs();
        vm.assertEq(store.addKey(record, KEY_DIGEST), vkHash, "vkHash");
        vm.assertEq(vm.getRecordedLogs().length, 0, "no event");
    }

    function test_AddKey_RefusesUnknownCircuits() public {
        bytes32 unknown = keccak256("unknown");
        bytes memory wrong = Encodings.record(unknown, 3);
        vm.expectRevert(abi.encodeWithSelector(IVerifyingKeyStore.UnknownCircuit.selector, unknown));
        store.addKey(wrong, KEY_DIGEST);
        // A key is no circuit.
        store.addKey(record, KEY_DIGEST);
        wrong = Encodings.record(vkHash, 3);
        vm.expectRevert(abi.encodeWithSelector(IVerifyingKeyStore.UnknownCircuit.selector, vkHash));
        store.addKey(wrong, KEY_DIGEST);
    }

    function test_AddKey_RefusesOtherLengths() public {
        for (uint256 rows = 0; rows < 6; ++rows) {
            if (rows == 3) continue;
            bytes memory wrong = Encodings.record(circuitDigest, rows);
            vm.expectRevert(
                abi.encodeWithSelector(IVerifyingKeyStore.MalformedRecord.selector, 384, 192 + 64 * rows)
            );
            store.addKey(wrong, KEY_DIGEST);
        }
        vm.expectRevert(abi.encodeWithSelector(IVerifyingKeyStore.MalformedRecord.selector, 384, 385));
        store.addKey(bytes.concat(record, hex"00"), KEY_DIGEST);
        vm.expectRevert(abi.encodeWithSelector(IVerifyingKeyStore.MalformedRecord.selector, 384, 383));
        store.addKey(cut(record, 383), KEY_DIGEST);
        vm.expectRevert(abi.encodeWithSelector(IVerifyingKeyStore.MalformedRecord.selector, 192, 191));
        store.addKey(cut(record, 191), KEY_DIGEST);
        vm.expectRevert(abi.encodeWithSelector(IVerifyingKeyStore.MalformedRecord.selector, 192, 0));
        store.addKey("", KEY_DIGEST);
    }

    function test_AddKey_TakesAsManyRowsAsFit() public {
        bytes32 most = store.addCircuit(Encodings.header(380).circuit(54));
        vm.assertTrue(store.hasKey(store.addKey(Encodings.record(most, 380), KEY_DIGEST)), "380 rows");
        bytes32 more = store.addCircuit(Encodings.header(381).circuit(54));
        bytes memory record381 = Encodings.record(more, 381);
        vm.expectRevert(abi.encodeWithSelector(IVerifyingKeyStore.TooLong.selector, 24_576));
        store.addKey(record381, KEY_DIGEST);
        bytes32 huge = store.addCircuit(Encodings.header(type(uint32).max).circuit(54));
        vm.expectRevert(
            abi.encodeWithSelector(
                IVerifyingKeyStore.MalformedRecord.selector, 192 + 64 * uint256(type(uint32).max), 192
            )
        );
        store.addKey(Encodings.record(huge, 0), KEY_DIGEST);
    }

    function test_AddKey_RefusesEveryBadRow() public {
        for (uint256 row = 0; row < 3; ++row) {
            bytes memory point = Encodings.multiple(row + 1);
            (uint256 x, uint256 y) = abi.decode(point, (uint256, uint256));
            refuses(row, IVerifyingKeyStore.CoordinateOutOfRange.selector, x + Q, y);
            refuses(row, IVerifyingKeyStore.CoordinateOutOfRange.selector, x, y + Q);
            refuses(row, IVerifyingKeyStore.CoordinateOutOfRange.selector, Q, 0);
            refuses(row, IVerifyingKeyStore.CoordinateOutOfRange.selector, 0, type(uint256).max);
            refuses(row, IVerifyingKeyStore.PointAtInfinity.selector, 0, 0);
            refuses(row, IVerifyingKeyStore.PointNotOnCurve.selector, x, y + 1);
            refuses(row, IVerifyingKeyStore.PointNotOnCurve.selector, x + 1, y);
            refuses(row, IVerifyingKeyStore.PointNotOnCurve.selector, 0, y);
            refuses(row, IVerifyingKeyStore.PointNotOnCurve.selector, y, x);
        }
    }

    function testFuzz_AddKey_AgreesWithThePrecompile(uint256 x, uint256 y, bool negate, uint256 factor)
        public
    {
        // Half of the runs take a point of the curve: no random pair is one.
        if (factor % 2 == 0) {
            (x, y) = abi.decode(Encodings.multiple(factor), (uint256, uint256));
            if (negate && y != 0) y = Q - y;
        }
        (bool valid,) = address(6).staticcall(abi.encode(x, y, 1, 2));
        bool infinity = x == 0 && y == 0;
        bytes memory changed = withRow(1, x, y);
        try store.addKey(changed, KEY_DIGEST) {
            vm.assertTrue(valid && !infinity, "taken");
        } catch {
            vm.assertTrue(!valid || infinity, "refused");
        }
    }

    function testFuzz_AddKey_EveryByteCounts(uint256 index, uint8 flip, bytes32 keyDigest) public {
        index = bound(index, 0, 191);
        flip = uint8(bound(flip, 1, 255));
        bytes32 first = store.addKey(record, keyDigest);
        bytes memory changed = record;
        changed[index] ^= bytes1(flip);
        if (index >= 128 && index < 160) {
            vm.expectRevert(
                abi.encodeWithSelector(IVerifyingKeyStore.UnknownCircuit.selector, slice(changed, 128))
            );
            store.addKey(changed, keyDigest);
        } else {
            bytes32 second = store.addKey(changed, keyDigest);
            vm.assertTrue(second != first, "digests");
            vm.assertTrue(
                keccak256(DataContract.read(store.keyPointer(first)))
                    != keccak256(DataContract.read(store.keyPointer(second))),
                "contents"
            );
        }
    }

    // --- helpers

    function refuses(uint256 row, bytes4 selector, uint256 x, uint256 y) private {
        bytes memory changed = withRow(row, x, y);
        vm.expectRevert(abi.encodeWithSelector(selector, row));
        store.addKey(changed, KEY_DIGEST);
    }

    function withRow(uint256 row, uint256 x, uint256 y) private view returns (bytes memory changed) {
        changed = record;
        bytes memory point = abi.encode(x, y);
        for (uint256 i = 0; i < 64; ++i) {
            changed[192 + 64 * row + i] = point[i];
        }
    }

    function cut(bytes memory data, uint256 length) private pure returns (bytes memory result) {
        result = new bytes(length);
        for (uint256 i = 0; i < length; ++i) {
            result[i] = data[i];
        }
    }

    function slice(bytes memory data, uint256 offset) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := mload(add(add(data, 0x20), offset))
        }
    }
}
