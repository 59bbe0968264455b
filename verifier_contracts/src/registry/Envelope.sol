// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttestationRegistry} from "../interfaces/IAttestationRegistry.sol";

/// @title Envelope
/// @notice The proof bytes of ERC-7992's `verifyInference`: `abi.encode(uint64 version, bytes32 nonce, bytes proof)`.
library Envelope {
    /// version, nonce, offset of the proof, length of the proof.
    uint256 private constant HEAD = 128;

    /// @notice Takes an envelope apart. Only the one canonical encoding passes: `abi.decode` would also take
    /// other offsets, dirty padding and trailing bytes.
    function open(bytes calldata envelope)
        internal
        pure
        returns (uint64 version, bytes32 nonce, bytes calldata proof)
    {
        if (envelope.length < HEAD) revert IAttestationRegistry.MalformedEnvelope();
        uint256 versionWord = uint256(bytes32(envelope[0:32]));
        nonce = bytes32(envelope[32:64]);
        uint256 offset = uint256(bytes32(envelope[64:96]));
        uint256 length = uint256(bytes32(envelope[96:128]));
        uint256 body = envelope.length - HEAD;
        if (
            versionWord > type(uint64).max || offset != 96 || length > body
                || body != ((length + 31) & ~uint256(31))
        ) revert IAttestationRegistry.MalformedEnvelope();
        proof = envelope[HEAD:HEAD + length];
        for (uint256 i = HEAD + length; i < envelope.length; ++i) {
            if (envelope[i] != 0) revert IAttestationRegistry.MalformedEnvelope();
        }
        // At most 2^64 - 1: checked above.
        // forge-lint: disable-next-line(unsafe-typecast)
        version = uint64(versionWord);
    }
}
