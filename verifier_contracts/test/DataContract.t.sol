// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {VerifyingKeyStore} from "../src/verifier/VerifyingKeyStore.sol";
import {DataContract, IContentSource} from "../src/verifier/sumcheck/DataContract.sol";
import {Encodings} from "./support/Encodings.sol";
import {Test} from "./support/Test.sol";

/// @notice Writes anything under any digest, as a factory must not.
contract CarelessFactory is IContentSource {
    function create(bytes32 digest, bytes calldata data) external returns (address) {
        DataContract.create(digest, data);
        return DataContract.locate(address(this), digest);
    }

    /// Two creations in one transaction, and what `content()` says between them.
    function createTwice(bytes calldata first, bytes calldata second) external returns (address, address) {
        DataContract.create(keccak256(first), first);
        bool answered;
        try this.content() {
            answered = true;
        } catch {}
        require(!answered, "content() answers outside of a creation");
        DataContract.create(keccak256(second), second);
        return (
            DataContract.locate(address(this), keccak256(first)),
            DataContract.locate(address(this), keccak256(second))
        );
    }

    function content() external view {
        DataContract.answer();
    }
}

/// @notice Uses the library's init code, and answers `content()` with what it likes.
contract LyingFactory {
    bytes private _code;

    function plant(bytes32 digest, bytes calldata code) external returns (address pointer) {
        _code = code;
        bytes memory init = abi.encodePacked(DataContract.INIT);
        assembly ("memory-safe") {
            pointer := create2(0, add(init, 0x20), mload(init), digest)
        }
    }

    function content() external view {
        bytes memory code = _code;
        assembly ("memory-safe") {
            return(add(code, 0x20), mload(code))
        }
    }
}

contract DataContractTest is Test {
    bytes32 private constant KEY_DIGEST = "key";

    VerifyingKeyStore private store;
    CarelessFactory private factory;

    function setUp() public {
        store = new VerifyingKeyStore();
        factory = new CarelessFactory();
    }

    function read(address pointer) external view returns (bytes memory) {
        return DataContract.read(pointer);
    }

    function testFuzz_Create_FindsTheDataWhereTheDigestSays(bytes calldata data, bytes32 digest) public {
        address expected = DataContract.locate(address(factory), digest);
        vm.assertEq(factory.create(digest, data), expected, "address");
        vm.assertEq(keccak256(expected.code), keccak256(bytes.concat(hex"00", data)), "code");
        vm.assertEq(keccak256(DataContract.read(expected)), keccak256(data), "data");
    }

    /// EIP-1014's formula, with the init code spelled out.
    function test_Locate_IsCreate2() public view {
        bytes memory init = abi.encodePacked(
            hex"63", bytes4(keccak256("content()")), hex"5f525f5f6004601c335afa6016575f5ffd5b3d5f5f3e3d5ff3"
        );
        bytes32 found =
            keccak256(abi.encodePacked(bytes1(0xff), address(store), keccak256("digest"), keccak256(init)));
        vm.assertEq(
            store.keyPointer(keccak256("digest")), address(uint160(uint256(found))), "address of a key"
        );
    }

    function test_Attack_AnotherFactoryWithTheSameInitCode() public {
        LyingFactory liar = new LyingFactory();
        bytes memory record = Encodings.record(1);
        bytes32 digest = keccak256(bytes.concat(record, KEY_DIGEST));
        address planted = liar.plant(digest, hex"00ff");
        vm.assertEq(planted, DataContract.locate(address(liar), digest), "at its own");
        vm.assertTrue(planted != store.keyPointer(digest), "not the store's");
        vm.assertTrue(!store.hasKey(digest), "the store has nothing");
        vm.assertEq(store.addKey(record, KEY_DIGEST), digest, "the true one");
        vm.assertEq(DataContract.read(store.keyPointer(digest)).length, 384, "whole");
    }

    /// The callback answers only inside of a creation, and nobody but the init code runs there.
    function test_Attack_CallingTheCallback() public {
        vm.expectRevert(DataContract.NothingToStore.selector);
        store.content();
        store.addKey(Encodings.record(1), KEY_DIGEST);
        vm.expectRevert(DataContract.NothingToStore.selector);
        store.content();
    }

    /// Creations in one transaction share transient storage: a shorter one after a longer one gets nothing of it.
    function test_Create_TwiceInATransaction() public {
        bytes memory long = Encodings.record(10);
        (address one, address two) = factory.createTwice(long, hex"0102");
        vm.assertEq(keccak256(one.code), keccak256(bytes.concat(hex"00", long)), "first");
        vm.assertEq(keccak256(two.code), keccak256(hex"000102"), "second");
    }

    /// Init code that is run by an account that answers nothing leaves no contract.
    function test_InitCode_FailsWithoutContent() public {
        bytes memory init = abi.encodePacked(DataContract.INIT);
        address pointer;
        assembly ("memory-safe") {
            pointer := create2(0, add(init, 0x20), mload(init), 0)
        }
        vm.assertEq(pointer, address(0), "this test has no content()");
    }

    function test_Create_RefusesAPlaceThatIsTaken() public {
        factory.create("digest", "one");
        vm.expectRevert(DataContract.CreationFailed.selector);
        factory.create("digest", "two");
        vm.assertEq(
            keccak256(DataContract.read(DataContract.locate(address(factory), "digest"))),
            keccak256("one"),
            "the first stays"
        );
    }

    /// Ether that was sent ahead does not keep a data contract from its place.
    function test_Create_OntoABalance() public {
        bytes memory record = Encodings.record(1);
        vm.deal(store.keyPointer(keccak256(bytes.concat(record, KEY_DIGEST))), 1 ether);
        vm.assertTrue(store.hasKey(store.addKey(record, KEY_DIGEST)), "created");
    }

    /// Whatever gas the caller withholds: the whole content, or nothing.
    function testFuzz_GasStarving_StoresAllOrNothing(uint256 limit) public {
        limit = bound(limit, 30_000, 500_000);
        bytes memory record = Encodings.record(10);
        bytes32 digest = keccak256(bytes.concat(record, KEY_DIGEST));
        try store.addKey{gas: limit}(record, KEY_DIGEST) {
            vm.assertEq(DataContract.read(store.keyPointer(digest)).length, record.length, "whole");
        } catch {
            vm.assertEq(store.keyPointer(digest).code.length, 0, "nothing");
        }
    }

    function test_Read_RefusesAnEmptyPlace() public {
        vm.expectRevert(abi.encodeWithSelector(DataContract.NoData.selector, address(0x1234)));
        this.read(address(0x1234));
    }
}
