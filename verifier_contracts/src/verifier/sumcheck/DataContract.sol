// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title DataContract
/// @notice Bytes that are written once, as the code of a contract, and found by their digest without a storage read.
/// The code is 0x00 (STOP: a call does nothing; and never EIP-3541's 0xef) || content.
///
/// The address of a data contract is that of CREATE2 (EIP-1014):
///   keccak256(0xff || factory || salt || keccak256(init code))[12:], salt = digest.
/// So that it depends on nothing but factory and digest, the init code is constant: it asks its creator
/// for the code by `content()`, which the creator answers from transient storage (EIP-1153).
///
/// What is trusted: the factory creates under a salt only what the salt is the digest of. Nobody else can create at its
/// addresses, and the code of a data contract cannot change: it never runs.
library DataContract {
    /// Bytes of code (EIP-170), less the first one.
    uint256 internal constant MAX_LENGTH = 24_575;

    /// mstore(0, selector of content()); if iszero(staticcall(gas(), caller(), 28, 4, 0, 0)) { revert(0, 0) }
    /// returndatacopy(0, 0, returndatasize()); return(0, returndatasize())
    bytes30 internal constant INIT = 0x638a4d5a675f525f5f6004601c335afa6016575f5ffd5b3d5f5f3e3d5ff3;

    bytes32 private constant INIT_HASH = keccak256(abi.encodePacked(INIT));

    /// Transient slot of the code's length; its words are in the slots that follow. It is not zero only inside
    /// of `create`.
    uint256 private constant LENGTH_SLOT = uint256(keccak256("zkattest.DataContract"));

    /// Creation failed: too little gas.
    error CreationFailed();
    /// `content()` was called outside of a creation.
    error NothingToStore();
    /// There is no data contract at the address.
    error NoData(address pointer);

    /// @notice Where `factory` puts the data of this digest, whether or not they are there.
    function locate(address factory, bytes32 digest) internal pure returns (address pointer) {
        bytes32 initHash = INIT_HASH;
        // keccak256(0xff || factory || digest || initHash)[12:]
        assembly ("memory-safe") {
            let start := mload(0x40)
            mstore(start, or(shl(248, 0xff), shl(88, factory)))
            mstore(add(start, 0x15), digest)
            mstore(add(start, 0x35), initHash)
            pointer := shr(96, shl(96, keccak256(start, 0x55)))
        }
    }

    /// @notice Writes 0x00 || `data` into a new contract, where `locate` says. Reverts where there is one already.
    /// @param digest what `data` are found by; the caller has made sure that it is theirs
    /// @param data at most `MAX_LENGTH` bytes
    function create(bytes32 digest, bytes memory data) internal {
        bytes memory code = abi.encodePacked(bytes1(0x00), data);
        bytes30 init = INIT;
        uint256 slot = LENGTH_SLOT;
        address pointer;
        // for each word of the code: transient[slot + 1 + i] = word; create2; transient[slot] = 0
        assembly ("memory-safe") {
            let length := mload(code)
            tstore(slot, length)
            for { let offset := 0 } lt(offset, length) { offset := add(offset, 0x20) } {
                tstore(add(add(slot, 1), shr(5, offset)), mload(add(add(code, 0x20), offset)))
            }
            mstore(0x00, init)
            pointer := create2(0, 0x00, 30, digest)
            tstore(slot, 0)
        }
        if (pointer == address(0)) revert CreationFailed();
    }

    /// @notice The answer to `content()`: the code under creation, without an encoding around it. Ends the call.
    function answer() internal view {
        uint256 slot = LENGTH_SLOT;
        uint256 length;
        assembly ("memory-safe") {
            length := tload(slot)
        }
        if (length == 0) revert NothingToStore();
        // return(words of the code, length)
        assembly ("memory-safe") {
            let start := mload(0x40)
            for { let offset := 0 } lt(offset, length) { offset := add(offset, 0x20) } {
                mstore(add(start, offset), tload(add(add(slot, 1), shr(5, offset))))
            }
            return(start, length)
        }
    }

    /// @notice Copies the data behind `pointer` into memory, without a length in front of them.
    /// @return start address of the first byte; 0 if there is no data contract
    function load(address pointer) internal view returns (uint256 start) {
        // extcodecopy(pointer, start, from its second byte on)
        assembly ("memory-safe") {
            let size := extcodesize(pointer)
            if size {
                start := mload(0x40)
                size := sub(size, 1)
                extcodecopy(pointer, start, 1, size)
                mstore(0x40, add(start, and(add(size, 0x1f), not(0x1f))))
            }
        }
    }

    /// @notice The data behind `pointer`, as they were given to `create`.
    function read(address pointer) internal view returns (bytes memory data) {
        uint256 size = pointer.code.length;
        if (size == 0) revert NoData(pointer);
        data = new bytes(size - 1);
        // extcodecopy(pointer, data, from its second byte on)
        assembly ("memory-safe") {
            extcodecopy(pointer, add(data, 0x20), 1, sub(size, 1))
        }
    }
}

/// @notice What the init code of a data contract asks its creator.
interface IContentSource {
    /// @notice The code under creation: raw bytes, without an ABI encoding.
    function content() external view;
}
