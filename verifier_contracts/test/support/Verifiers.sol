// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Claim, IAttestationRegistry} from "../../src/interfaces/IAttestationRegistry.sol";
import {IVerifier, Statement} from "../../src/interfaces/IVerifier.sol";
import {IHalo2Verifier} from "../../src/verifier/EzklVerifier.sol";

/// @notice What every test verifier says about itself; the tests can change it after deployment.
abstract contract SelfDescribing is IVerifier {
    bytes4 public proofSystemId;
    bytes32 public verifyingKeyHash;
    bool public developmentSetup;

    constructor(bytes4 id, bytes32 key, bool development) {
        describe(id, key, development);
    }

    function describe(bytes4 id, bytes32 key, bool development) public {
        proofSystemId = id;
        verifyingKeyHash = key;
        developmentSetup = development;
    }
}

/// @notice A proof is the hash of the whole statement: sound in the sense that matters to a registry, because a
/// proof for one statement is wrong for every other.
contract BindingVerifier is SelfDescribing {
    error MalformedProof(uint256 length);

    constructor(bytes4 id, bytes32 key, bool development) SelfDescribing(id, key, development) {}

    function verify(Statement calldata statement, bytes calldata proof) public view virtual returns (bool) {
        if (proof.length != 32) revert MalformedProof(proof.length);
        return keccak256(proof) == keccak256(abi.encodePacked(prove(statement)));
    }

    function prove(Statement memory statement) public pure returns (bytes32) {
        return keccak256(
            abi.encode(
                "proof",
                statement.modelHash,
                statement.circuitHash,
                statement.vkHash,
                statement.inputCommitment,
                statement.context,
                statement.output
            )
        );
    }
}

/// @notice Takes every gas that it is given.
contract GasBurner is SelfDescribing {
    constructor(bytes4 id) SelfDescribing(id, 0, false) {}

    function verify(Statement calldata, bytes calldata) external pure returns (bool) {
        assembly {
            invalid()
        }
    }
}

/// @notice Reverts without a reason.
contract SilentReverter is SelfDescribing {
    constructor(bytes4 id) SelfDescribing(id, 0, false) {}

    function verify(Statement calldata, bytes calldata) external pure returns (bool) {
        assembly {
            revert(0, 0)
        }
    }
}

/// @notice Answers the raw bytes of its proof, or reverts with them.
contract Parrot is SelfDescribing {
    bool public reverts;

    constructor(bytes4 id, bool reverts_) SelfDescribing(id, 0, false) {
        reverts = reverts_;
    }

    function verify(Statement calldata, bytes calldata proof) external view returns (bool) {
        bytes memory answer = proof;
        bool fail = reverts;
        assembly {
            if fail { revert(add(answer, 0x20), mload(answer)) }
            return(add(answer, 0x20), mload(answer))
        }
    }
}

/// @notice Accepts everything, but first tries to submit the claim that it is judging, and to approve itself.
contract Reentrant {
    IAttestationRegistry public registry;
    bytes4 public proofSystemId;
    bytes32 public constant verifyingKeyHash = 0;
    bool public constant developmentSetup = false;
    Claim private _claim;
    bool public insist;

    constructor(IAttestationRegistry registry_, bytes4 id, bool insist_) {
        registry = registry_;
        proofSystemId = id;
        insist = insist_;
    }

    function arm(Claim calldata claim) external {
        _claim = claim;
    }

    /// Not declared view: the registry must not rely on the callee's manners.
    function verify(Statement calldata, bytes calldata proof) external returns (bool) {
        // A nested verdict without nested re-entry, so that the attempt ends.
        if (proof.length != 0) return true;
        // Little gas, because a state change in a static call takes all that it is given.
        try registry.submit{gas: 300_000}(_claim, hex"01") {
            return true;
        } catch {
            require(!insist, "re-entry refused");
            return true;
        }
    }
}

/// @notice Stands for ezkl's generated verifier: a proof starts with the hash of the instances; every rejection is a
/// revert without data. It refuses calldata that is not the canonical encoding, because the generated code reads
/// fixed offsets.
contract BindingHalo2 {
    function verifyProof(bytes calldata proof, uint256[] calldata instances) external pure returns (bool) {
        bytes32 canonical = keccak256(abi.encodeCall(IHalo2Verifier.verifyProof, (proof, instances)));
        if (keccak256(msg.data) != canonical || bytes32(proof[:32]) != prove(instances)) {
            assembly {
                revert(0, 0)
            }
        }
        return true;
    }

    function prove(uint256[] memory instances) public pure returns (bytes32) {
        return keccak256(abi.encodePacked("halo2", instances));
    }
}

/// @notice A generated verifier gone wrong: answers the bytes that follow the first 32 of its proof.
contract ParrotHalo2 {
    function verifyProof(bytes calldata proof, uint256[] calldata) external pure returns (bool) {
        uint256 size = uint256(bytes32(proof[:32]));
        bytes memory answer = proof[32:32 + size];
        assembly {
            return(add(answer, 0x20), mload(answer))
        }
    }
}
