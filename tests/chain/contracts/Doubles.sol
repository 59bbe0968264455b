// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

// Contracts that the chain client's tests drive. Compiled to Doubles.json by compile.mjs.

/// Counts its effects, so that a test can tell once from twice, and fails in every way that Solidity has.
contract Counter {
    uint256 public count;

    event Counted(address indexed caller, uint256 count, bytes tag);

    error Refused(uint256 code, address caller, bytes32 digest);

    constructor(uint256 start) {
        count = start;
    }

    function increment(bytes calldata tag) external {
        ++count;
        emit Counted(msg.sender, count, tag);
    }

    function fail(uint256 kind) external {
        if (kind == 1) revert Refused(7, msg.sender, keccak256("why"));
        if (kind == 2) revert("a reason in words");
        if (kind == 3) count = count / (kind - 3);
        if (kind == 4) {
            assembly {
                revert(0, 0)
            }
        }
        if (kind == 5) {
            assembly {
                mstore(0, shl(224, 0xdeadbeef))
                revert(0, 4)
            }
        }
        if (kind == 6) {
            assembly {
                invalid()
            }
        }
        count += kind;
    }

    /// Succeeds until `count` reaches `limit`: so that a transaction reverts only once it is in a block.
    function incrementBelow(uint256 limit) external {
        if (count >= limit) revert Refused(limit, msg.sender, 0);
        ++count;
        emit Counted(msg.sender, count, "");
    }

    /// Burns 3w + w^2/512 gas for w words of memory.
    function burn(uint256 bytes_) external {
        assembly {
            mstore(bytes_, 1)
        }
        ++count;
    }
}

struct Statement {
    bytes32 modelHash;
    bytes32 circuitHash;
    bytes32 vkHash;
    bytes32 inputCommitment;
    bytes32 context;
    bytes output;
}

/// An IVerifier whose verdict the proof's first byte dictates: 1 true, 0 false, anything else malformed.
contract VerifierDouble {
    bytes4 public immutable proofSystemId;
    bytes32 public immutable verifyingKeyHash;
    bool public immutable developmentSetup;
    address public immutable library_;

    error MalformedProof(uint256 length);

    constructor(bytes4 system, bytes32 key, bool development, address helper) {
        proofSystemId = system;
        verifyingKeyHash = key;
        developmentSetup = development;
        library_ = helper;
    }

    function verify(Statement calldata, bytes calldata proof) external pure returns (bool) {
        if (proof.length == 0 || uint8(proof[0]) > 1) revert MalformedProof(proof.length);
        return proof[0] == 0x01;
    }
}

/// As many elliptic-curve operations as a Halo2 verifier: `muls` scalar multiplications and one two-pair pairing.
contract CurveWork {
    function work(uint256 muls, uint256[12] calldata pairs) external view returns (bool) {
        uint256[3] memory input = [uint256(1), 2, 0];
        uint256[2] memory output;
        for (uint256 i = 0; i < muls; ++i) {
            input[2] = uint256(keccak256(abi.encode(i)));
            assembly {
                if iszero(staticcall(gas(), 7, input, 96, output, 64)) { revert(0, 0) }
            }
        }
        (bool ok, bytes memory answer) = address(8).staticcall(abi.encode(pairs));
        return ok && abi.decode(answer, (bool));
    }
}
