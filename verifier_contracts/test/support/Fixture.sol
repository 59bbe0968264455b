// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Claim} from "../../src/interfaces/IAttestationRegistry.sol";
import {ModelCommitment} from "../../src/interfaces/IERC7992.sol";
import {Statement} from "../../src/interfaces/IVerifier.sol";
import {AttestationRegistry} from "../../src/registry/AttestationRegistry.sol";
import {ModelRegistry} from "../../src/registry/ModelRegistry.sol";
import {Test} from "./Test.sol";
import {BindingVerifier} from "./Verifiers.sol";

/// @notice A deployment with one approved verifier and one registered model, and honest provers for it.
abstract contract Fixture is Test {
    bytes4 internal constant SYSTEM = bytes4(keccak256("binding-bn254-v1"));
    bytes4 internal constant OTHER_SYSTEM = bytes4(keccak256("other-bn254-v1"));
    bytes32 internal constant KEY = keccak256("key");
    bytes32 internal constant INPUT = keccak256("input");
    bytes32 internal constant NONCE = keccak256("nonce");

    address internal admin = address(uint160(uint256(keccak256("admin"))));
    address internal owner = address(uint160(uint256(keccak256("owner"))));
    address internal stranger = address(uint160(uint256(keccak256("stranger"))));

    ModelRegistry internal models;
    AttestationRegistry internal registry;
    BindingVerifier internal verifier;
    uint256 internal modelId;

    function setUp() public virtual {
        vm.warp(1_800_000_000);
        vm.roll(1000);
        models = new ModelRegistry();
        registry = new AttestationRegistry(models, admin);
        verifier = new BindingVerifier(SYSTEM, KEY, false);
        vm.prank(admin);
        registry.approveVerifier(verifier);
        vm.prank(owner);
        modelId = models.registerModel(commitment("model"));
    }

    function commitment(string memory name) internal pure returns (ModelCommitment memory) {
        return ModelCommitment({
            modelHash: keccak256(bytes(name)),
            circuitHash: keccak256("circuit"),
            vkHash: KEY,
            proofSystemId: SYSTEM,
            uri: string.concat("ipfs://", name)
        });
    }

    function claimOf(uint256 id, uint64 version) internal pure returns (Claim memory) {
        return Claim({
            modelId: id,
            version: version,
            inputCommitment: INPUT,
            output: abi.encodePacked(int64(-3), int64(7)),
            nonce: NONCE
        });
    }

    /// The statement that the registry must build, from the definition rather than from its code.
    function statementOf(AttestationRegistry where, Claim memory claim)
        internal
        view
        returns (Statement memory)
    {
        (ModelCommitment memory model,) = models.getVersion(claim.modelId, claim.version);
        return Statement({
            modelHash: model.modelHash,
            circuitHash: model.circuitHash,
            vkHash: model.vkHash,
            inputCommitment: claim.inputCommitment,
            context: keccak256(
                abi.encode(
                    keccak256("zkattest-context-v1"),
                    block.chainid,
                    address(where),
                    claim.modelId,
                    claim.version,
                    model.modelHash,
                    claim.nonce
                )
            ),
            output: claim.output
        });
    }

    /// An honest proof of `claim` for `registry` on this chain.
    function prove(Claim memory claim) internal view returns (bytes memory) {
        return abi.encodePacked(verifier.prove(statementOf(registry, claim)));
    }

    function idOf(Claim memory claim) internal view returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256("zkattest-attestation-v1"),
                statementOf(registry, claim).context,
                claim.inputCommitment,
                keccak256(claim.output)
            )
        );
    }

    function approve(address account) internal {
        vm.prank(admin);
        registry.approveVerifier(BindingVerifier(account));
    }
}
