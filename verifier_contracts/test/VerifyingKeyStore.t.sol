// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVerifyingKeyStore} from "../src/interfaces/IVerifyingKeyStore.sol";
import {VerifyingKeyStore} from "../src/verifier/VerifyingKeyStore.sol";
import {DataContract} from "../src/verifier/sumcheck/DataContract.sol";
import {Encodings} from "./support/Encodings.sol";
import {Test} from "./support/Test.sol";

contract VerifyingKeyStoreTest is Test {
    using Encodings for Encodings.Header;

    bytes32 private constant KEY_DIGEST = keccak256("encoding of the key");
    uint256 private constant Q =
        21_888_242_871_839_275_222_246_405_745_257_275_088_696_311_157_297_823_662_689_037_894_645_226_208_583;

    VerifyingKeyStore private store;
    bytes private record;
    bytes32 private vkHash;

    function setUp() public {
        store = new VerifyingKeyStore();
        record = Encodings.record(3);
        vkHash = keccak256(bytes.concat(record, KEY_DIGEST));
    }

    // --- what is stored

    function test_AddKey_StoresWhatAVerifierReads() public {
        bytes memory rows = bytes.concat(Encodings.multiple(2), Encodings.multiple(3), Encodings.multiple(4));
        bytes memory expected = abi.encodePacked(
            keccak256(
                abi.encodePacked(
                    "zkattest-commitment-v1",
                    uint8(1),
                    uint64(8192),
                    keccak256("model layout"),
                    keccak256("srs"),
                    uint64(3),
                    rows
                )
            ),
            keccak256(
                abi.encodePacked(
                    keccak256("circuit"),
                    keccak256("registration"),
                    Encodings.header(3).shape(),
                    Encodings.multiple(1)
                )
            ),
            keccak256("tau"),
            keccak256("srs"),
            keccak256("data layout"),
            keccak256("circuit"),
            Encodings.header(3).shape(),
            Encodings.multiple(1),
            rows
        );
        vm.assertEq(expected.length, record.length, "as long as the record");
        address pointer = store.keyPointer(vkHash);
        vm.assertTrue(!store.hasKey(vkHash), "not yet");
        vm.expectEmit(address(store));
        emit IVerifyingKeyStore.KeyAdded(vkHash, keccak256("circuit"));
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

    function testFuzz_AddKey_EveryByteCounts(uint256 index, uint8 flip, bytes32 keyDigest) public {
        index = bound(index, 0, 191);
        flip = uint8(bound(flip, 1, 255));
        bytes32 first = store.addKey(record, keyDigest);
        bytes memory changed = record;
        changed[index] ^= bytes1(flip);
        bytes32 second = store.addKey(changed, keyDigest);
        vm.assertTrue(second != first, "digests");
        vm.assertTrue(
            keccak256(DataContract.read(store.keyPointer(first)))
                != keccak256(DataContract.read(store.keyPointer(second))),
            "contents"
        );
    }

    // --- shapes

    function test_AddKey_RefusesOtherBytes() public {
        Encodings.Header memory head = Encodings.header(3);
        head.magic = "ZKCJ";
        refusesShape(head, abi.encodeWithSelector(IVerifyingKeyStore.NotACircuit.selector));
        for (uint16 version = 0; version < 4; ++version) {
            if (version == 2) continue;
            head = Encodings.header(3);
            head.version = version;
            refusesShape(head, abi.encodeWithSelector(IVerifyingKeyStore.NotACircuit.selector));
        }
    }

    function test_AddKey_RefusesRowSizes() public {
        uint8[4] memory wrong = [0, 5, 29, 255];
        for (uint256 i = 0; i < wrong.length; ++i) {
            Encodings.Header memory head = Encodings.header(3);
            head.c = wrong[i];
            refusesShape(
                head, abi.encodeWithSelector(IVerifyingKeyStore.RowSizeOutOfRange.selector, wrong[i])
            );
        }
        uint8[2] memory right = [6, 28];
        for (uint256 i = 0; i < right.length; ++i) {
            Encodings.Header memory head = Encodings.header(3);
            head.c = right[i];
            takes(head);
        }
    }

    function test_AddKey_RefusesOtherNumbersOfMasks() public {
        uint32[4] memory wrong = [uint32(0), 1, 3, 0x02000000];
        for (uint256 i = 0; i < wrong.length; ++i) {
            Encodings.Header memory head = Encodings.header(3);
            head.maskRows = wrong[i];
            refusesShape(head, abi.encodeWithSelector(IVerifyingKeyStore.MaskRows.selector, wrong[i]));
        }
    }

    function test_AddKey_RefusesPrivateOutputs() public {
        uint32[2] memory wrong = [1, type(uint32).max];
        for (uint256 i = 0; i < wrong.length; ++i) {
            Encodings.Header memory head = Encodings.header(3);
            head.outputRows = wrong[i];
            refusesShape(head, abi.encodeWithSelector(IVerifyingKeyStore.PrivateOutput.selector, wrong[i]));
        }
    }

    /// 2^28 is the largest power of two that the field has roots of unity of.
    function test_AddKey_RefusesTablesWithoutRoots() public {
        uint8[2] memory wrong = [29, 255];
        for (uint256 i = 0; i < wrong.length; ++i) {
            Encodings.Header memory head = Encodings.header(3);
            head.logGates = wrong[i];
            refusesShape(head, abi.encodeWithSelector(IVerifyingKeyStore.TableOutOfRange.selector, wrong[i]));
        }
        Encodings.Header memory largest = Encodings.header(3);
        largest.logGates = 28;
        takes(largest);
    }

    /// Each input is a gate of its own.
    function test_AddKey_RefusesFewerGatesThanInputs() public {
        uint32 rows = uint32(128 - 13 - Encodings.INPUTS);
        for (uint8 k = 0; k < 7; ++k) {
            Encodings.Header memory head = Encodings.header(rows);
            head.logGates = k;
            refusesShape(
                head, abi.encodeWithSelector(IVerifyingKeyStore.TooManyInputs.selector, 128, 2 ** uint256(k))
            );
        }
        Encodings.Header memory exact = Encodings.header(rows);
        exact.logGates = 7;
        takes(exact);
        exact = Encodings.header(rows + 1);
        exact.logGates = 7;
        refusesShape(exact, abi.encodeWithSelector(IVerifyingKeyStore.TooManyInputs.selector, 129, 128));
    }

    /// Counts that would overflow if anything were as narrow as they are.
    function test_AddKey_RefusesHugeCounts() public {
        Encodings.Header memory head = Encodings.header(type(uint32).max);
        head.logGates = 28;
        uint256 inputs = type(uint32).max + Encodings.INPUTS + 13;
        refusesShape(head, abi.encodeWithSelector(IVerifyingKeyStore.TooManyInputs.selector, inputs, 2 ** 28));
        // Rows of regions 1, 3, 4 and 6, and the public integers, in the shape's bytes.
        uint256[5] memory places = [uint256(14), 22, 26, 34, 38];
        bytes memory changed = Encodings.record(Encodings.header(3), 3);
        for (uint256 i = 0; i < places.length; ++i) {
            for (uint256 k = 0; k < 4; ++k) {
                changed[192 + places[i] + k] = 0xff;
            }
        }
        vm.expectRevert(
            abi.encodeWithSelector(
                IVerifyingKeyStore.TooManyInputs.selector,
                5 * uint256(type(uint32).max) + Encodings.INPUTS + 13 + 3 - (1 + 4 + 5 + 6 + 10),
                4096
            )
        );
        store.addKey(changed, KEY_DIGEST);
    }

    function test_AddKey_RefusesPadding() public {
        for (uint256 i = 55; i < 64; ++i) {
            bytes memory changed = record;
            changed[192 + i] = 0x01;
            vm.expectRevert(IVerifyingKeyStore.NonzeroPadding.selector);
            store.addKey(changed, KEY_DIGEST);
        }
    }

    // --- lengths

    function test_AddKey_RefusesOtherLengths() public {
        for (uint256 rows = 0; rows < 6; ++rows) {
            if (rows == 3) continue;
            bytes memory wrong = Encodings.record(Encodings.header(3), rows);
            vm.expectRevert(
                abi.encodeWithSelector(IVerifyingKeyStore.MalformedRecord.selector, 512, 320 + 64 * rows)
            );
            store.addKey(wrong, KEY_DIGEST);
        }
        vm.expectRevert(abi.encodeWithSelector(IVerifyingKeyStore.MalformedRecord.selector, 512, 513));
        store.addKey(bytes.concat(record, hex"00"), KEY_DIGEST);
        vm.expectRevert(abi.encodeWithSelector(IVerifyingKeyStore.MalformedRecord.selector, 512, 511));
        store.addKey(cut(record, 511), KEY_DIGEST);
        vm.expectRevert(abi.encodeWithSelector(IVerifyingKeyStore.MalformedRecord.selector, 320, 319));
        store.addKey(cut(record, 319), KEY_DIGEST);
        vm.expectRevert(abi.encodeWithSelector(IVerifyingKeyStore.MalformedRecord.selector, 320, 0));
        store.addKey("", KEY_DIGEST);
    }

    function test_AddKey_TakesAsManyRowsAsFit() public {
        vm.assertTrue(store.hasKey(store.addKey(Encodings.record(378), KEY_DIGEST)), "378 rows");
        bytes memory record379 = Encodings.record(379);
        vm.expectRevert(abi.encodeWithSelector(IVerifyingKeyStore.TooLong.selector, 24_576));
        store.addKey(record379, KEY_DIGEST);
    }

    function test_AddKey_TakesNoRows() public {
        takes(Encodings.header(0));
    }

    // --- points

    function test_AddKey_RefusesEveryBadPoint() public {
        for (uint256 i = 0; i < 4; ++i) {
            bytes memory point = Encodings.multiple(i + 1);
            (uint256 x, uint256 y) = abi.decode(point, (uint256, uint256));
            refuses(i, IVerifyingKeyStore.CoordinateOutOfRange.selector, x + Q, y);
            refuses(i, IVerifyingKeyStore.CoordinateOutOfRange.selector, x, y + Q);
            refuses(i, IVerifyingKeyStore.CoordinateOutOfRange.selector, Q, 0);
            refuses(i, IVerifyingKeyStore.CoordinateOutOfRange.selector, 0, type(uint256).max);
            refuses(i, IVerifyingKeyStore.PointAtInfinity.selector, 0, 0);
            refuses(i, IVerifyingKeyStore.PointNotOnCurve.selector, x, y + 1);
            refuses(i, IVerifyingKeyStore.PointNotOnCurve.selector, x + 1, y);
            refuses(i, IVerifyingKeyStore.PointNotOnCurve.selector, 0, y);
            refuses(i, IVerifyingKeyStore.PointNotOnCurve.selector, y, x);
        }
    }

    function testFuzz_AddKey_AgreesWithThePrecompile(
        uint256 place,
        uint256 x,
        uint256 y,
        bool negate,
        uint256 factor
    ) public {
        // Half of the runs take a point of the curve: no random pair is one.
        if (factor % 2 == 0) {
            (x, y) = abi.decode(Encodings.multiple(factor), (uint256, uint256));
            if (negate && y != 0) y = Q - y;
        }
        (bool valid,) = address(6).staticcall(abi.encode(x, y, 1, 2));
        bool infinity = x == 0 && y == 0;
        bytes memory changed = withPoint(place % 4, x, y);
        try store.addKey(changed, KEY_DIGEST) {
            vm.assertTrue(valid && !infinity, "taken");
        } catch {
            vm.assertTrue(!valid || infinity, "refused");
        }
    }

    // --- helpers

    /// With as many rows as the header has, if these are few.
    function refusesShape(Encodings.Header memory head, bytes memory reason) private {
        bytes memory wrong = Encodings.record(head, head.modelRows < 1024 ? head.modelRows : 0);
        vm.expectRevert(reason);
        store.addKey(wrong, KEY_DIGEST);
    }

    function takes(Encodings.Header memory head) private {
        vm.assertTrue(store.hasKey(store.addKey(Encodings.record(head, head.modelRows), KEY_DIGEST)), "taken");
    }

    function refuses(uint256 index, bytes4 selector, uint256 x, uint256 y) private {
        bytes memory changed = withPoint(index, x, y);
        vm.expectRevert(abi.encodeWithSelector(selector, index));
        store.addKey(changed, KEY_DIGEST);
    }

    function withPoint(uint256 index, uint256 x, uint256 y) private view returns (bytes memory changed) {
        changed = record;
        bytes memory point = abi.encode(x, y);
        for (uint256 i = 0; i < 64; ++i) {
            changed[256 + 64 * index + i] = point[i];
        }
    }

    function cut(bytes memory data, uint256 length) private pure returns (bytes memory result) {
        result = new bytes(length);
        for (uint256 i = 0; i < length; ++i) {
            result[i] = data[i];
        }
    }
}
