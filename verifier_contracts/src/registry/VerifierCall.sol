// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttestationRegistry} from "../interfaces/IAttestationRegistry.sol";
import {IVerifier, Statement} from "../interfaces/IVerifier.sol";

/// @title VerifierCall
/// @notice Asks a verifier by static call, and gives every way to fail a name.
library VerifierCall {
    /// Reasons are passed on up to this size; longer ones are not copied, so that a verifier cannot make the
    /// caller pay for its answer's memory.
    uint256 private constant MAX_REASON = 4096;

    /// @notice The verifier's verdict.
    /// @dev A revert with a reason is passed on as it is (malformed bytes, another model). No reason, no gas left, no
    /// code, or an answer that is not exactly the word 0 or 1: `VerifierFailed`.
    function accepts(address verifier, Statement memory statement, bytes calldata proof)
        internal
        view
        returns (bool)
    {
        bytes memory input = abi.encodeCall(IVerifier.verify, (statement, proof));
        bool success;
        uint256 size;
        uint256 word;
        // staticcall(gas, verifier, input) with the first word of the answer in `word`, and nothing else of it
        // copied: the high-level call would copy an answer of any size, and revert without a name on a bad one.
        assembly ("memory-safe") {
            mstore(0x00, 0)
            success := staticcall(gas(), verifier, add(input, 0x20), mload(input), 0x00, 0x20)
            size := returndatasize()
            word := mload(0x00)
        }
        if (!success) {
            if (size == 0 || size > MAX_REASON) revert IAttestationRegistry.VerifierFailed(verifier);
            // revert(returndata)
            assembly ("memory-safe") {
                let reason := mload(0x40)
                returndatacopy(reason, 0, size)
                revert(reason, size)
            }
        }
        if (size != 32 || word > 1) revert IAttestationRegistry.VerifierFailed(verifier);
        return word == 1;
    }
}
