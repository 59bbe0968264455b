// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Claim, IAttestationRegistry} from "../../src/interfaces/IAttestationRegistry.sol";
import {ModelCommitment} from "../../src/interfaces/IERC7992.sol";
import {Statement} from "../../src/interfaces/IVerifier.sol";
import {AttestationRegistry} from "../../src/registry/AttestationRegistry.sol";
import {ModelRegistry} from "../../src/registry/ModelRegistry.sol";
import {Test, Vm} from "./Test.sol";
import {BindingVerifier} from "./Verifiers.sol";

/// @notice Acts on the registries at random and keeps its own books, against which the invariants hold them.
contract RegistryHandler is Test {
    bytes4 private constant SYSTEM = bytes4(keccak256("binding-bn254-v1"));
    address private constant ADMIN = address(0xAD);

    ModelRegistry public models;
    AttestationRegistry public registry;
    BindingVerifier public verifier;

    address[3] public actors = [address(0xA1), address(0xA2), address(0xA3)];

    // The books.
    bool public approved = true;
    mapping(uint256 modelId => bytes32[]) private _versionDigests;
    mapping(uint256 modelId => address) public ownerOf;
    mapping(uint256 modelId => address) public offeredTo;
    mapping(uint256 modelId => bool) public deprecated;
    mapping(uint256 modelId => mapping(uint64 version => bool)) public versionDeprecated;
    uint256 public modelCount;
    bytes32[] public attestationIds;
    bytes[] private _attestedStatements;
    bytes32[] private _attestedProofs;
    mapping(bytes32 attestationId => bool) public known;
    bytes32[] public loggedIds;
    uint256[] public loggedModels;
    uint256 private _fresh;
    Claim[] private _claims;
    /// What went wrong, if anything did.
    string public violation;

    constructor() {
        models = new ModelRegistry();
        registry = new AttestationRegistry(models, ADMIN);
        verifier = new BindingVerifier(SYSTEM, 0, false);
        vm.prank(ADMIN);
        registry.approveVerifier(verifier);
        registerModel(0);
    }

    function versionCount(uint256 modelId) external view returns (uint256) {
        return _versionDigests[modelId].length;
    }

    function versionDigest(uint256 modelId, uint256 index) external view returns (bytes32) {
        return _versionDigests[modelId][index];
    }

    function attestationCount() external view returns (uint256) {
        return attestationIds.length;
    }

    function logCount() external view returns (uint256) {
        return loggedIds.length;
    }

    /// Whether the verifier, asked directly, accepts what was recorded as attestation `index`.
    function wasProved(uint256 index) external view returns (bool) {
        Statement memory statement = abi.decode(_attestedStatements[index], (Statement));
        return verifier.verify(statement, abi.encodePacked(_attestedProofs[index]));
    }

    // --- actions: every call either succeeds exactly when the books say so, or is noted as a violation

    function registerModel(uint256 actorSeed) public {
        ModelCommitment memory model = newCommitment();
        address actor = actors[actorSeed % 3];
        vm.prank(actor);
        uint256 id = models.registerModel(model);
        ++modelCount;
        if (id != modelCount) violation = "model ids are not consecutive";
        ownerOf[id] = actor;
        _versionDigests[id].push(keccak256(abi.encode(model)));
    }

    function updateModel(uint256 actorSeed, uint256 modelSeed) external {
        (address actor, uint256 id) = pick(actorSeed, modelSeed);
        ModelCommitment memory model = newCommitment();
        vm.prank(actor);
        try models.updateModel(id, model) {
            if (actor != ownerOf[id]) violation = "a stranger updated a model";
            if (deprecated[id]) violation = "a deprecated model was updated";
            _versionDigests[id].push(keccak256(abi.encode(model)));
        } catch {
            if (actor == ownerOf[id] && !deprecated[id]) violation = "the owner could not update";
        }
    }

    function deprecateModel(uint256 actorSeed, uint256 modelSeed, uint256 rarely) external {
        if (rarely % 4 != 0) return;
        (address actor, uint256 id) = pick(actorSeed, modelSeed);
        vm.prank(actor);
        try models.deprecateModel(id) {
            if (actor != ownerOf[id]) violation = "a stranger deprecated a model";
            deprecated[id] = true;
        } catch {
            if (actor == ownerOf[id] && !deprecated[id]) violation = "the owner could not deprecate";
        }
    }

    function deprecateVersion(uint256 actorSeed, uint256 modelSeed, uint256 versionSeed, uint256 rarely)
        external
    {
        if (rarely % 4 != 0) return;
        (address actor, uint256 id) = pick(actorSeed, modelSeed);
        uint64 version = uint64(bound(versionSeed, 1, _versionDigests[id].length));
        vm.prank(actor);
        try models.deprecateVersion(id, version) {
            if (actor != ownerOf[id]) violation = "a stranger deprecated a version";
            versionDeprecated[id][version] = true;
        } catch {
            if (actor == ownerOf[id] && !versionDeprecated[id][version]) {
                violation = "version not deprecated";
            }
        }
    }

    function transferModel(uint256 actorSeed, uint256 modelSeed, uint256 toSeed) external {
        (address actor, uint256 id) = pick(actorSeed, modelSeed);
        address to = actors[toSeed % 3];
        vm.prank(actor);
        try models.transferModel(id, to) {
            if (actor != ownerOf[id]) violation = "a stranger offered a model";
            offeredTo[id] = to;
        } catch {
            if (actor == ownerOf[id]) violation = "the owner could not offer";
        }
    }

    function acceptModel(uint256 actorSeed, uint256 modelSeed) external {
        (address actor, uint256 id) = pick(actorSeed, modelSeed);
        vm.prank(actor);
        try models.acceptModel(id) {
            if (actor != offeredTo[id]) violation = "a model went to somebody it was not offered to";
            ownerOf[id] = actor;
            offeredTo[id] = address(0);
        } catch {
            if (actor == offeredTo[id]) violation = "the new owner could not accept";
        }
    }

    function submitHonest(
        uint256 actorSeed,
        uint256 modelSeed,
        uint256 versionSeed,
        bytes32 nonce,
        int64 value
    ) external {
        (address actor, uint256 id) = pick(actorSeed, modelSeed);
        uint64 version = uint64(bound(versionSeed, 1, _versionDigests[id].length));
        Claim memory claim = Claim(id, version, keccak256(abi.encode(value)), abi.encodePacked(value), nonce);
        submit(actor, claim, verifier.prove(statementOf(claim)));
    }

    function submitForged(uint256 actorSeed, uint256 modelSeed, bytes32 nonce, bytes32 proof) external {
        (address actor, uint256 id) = pick(actorSeed, modelSeed);
        submit(actor, Claim(id, 1, keccak256("input"), new bytes(8), nonce), proof);
    }

    function submitStolen(uint256 actorSeed, uint256 claimSeed, uint256 modelSeed, uint256 versionSeed)
        external
    {
        if (_claims.length == 0) return;
        uint256 index = claimSeed % _claims.length;
        (address actor, uint256 id) = pick(actorSeed, modelSeed);
        Claim memory claim = _claims[index];
        claim.modelId = id;
        claim.version = uint64(bound(versionSeed, 1, _versionDigests[id].length));
        submit(actor, claim, _attestedProofs[index]);
    }

    function replay(uint256 actorSeed, uint256 claimSeed) external {
        if (_claims.length == 0) return;
        uint256 index = claimSeed % _claims.length;
        submit(actors[actorSeed % 3], _claims[index], _attestedProofs[index]);
    }

    function toggleApproval(uint256 rarely) external {
        // Mostly approved, so that the other actions find something to do.
        if (approved && rarely % 8 != 0) return;
        vm.prank(ADMIN);
        if (approved) registry.revokeVerifier(verifier);
        else registry.approveVerifier(verifier);
        approved = !approved;
    }

    function toggleApprovalAsStranger(uint256 actorSeed) external {
        vm.prank(actors[actorSeed % 3]);
        if (approved) {
            try registry.revokeVerifier(verifier) {
                violation = "a stranger revoked a verifier";
            } catch {}
        } else {
            try registry.approveVerifier(verifier) {
                violation = "a stranger approved a verifier";
            } catch {}
        }
    }

    // --- helpers

    function submit(address actor, Claim memory claim, bytes32 proof) private {
        Statement memory statement = statementOf(claim);
        bool usable =
            approved && !deprecated[claim.modelId] && !versionDeprecated[claim.modelId][claim.version];
        bool proved = verifier.prove(statement) == proof;
        bytes32 id = registry.attestationIdOf(claim);
        vm.recordLogs();
        vm.prank(actor);
        try registry.submit(claim, abi.encodePacked(proof)) returns (bytes32 returned) {
            if (!proved) violation = "a wrong proof was attested";
            if (!usable) violation = "an unusable model or verifier attested";
            if (known[id]) violation = "a claim was attested twice";
            if (returned != id) violation = "another id was returned";
            known[id] = true;
            attestationIds.push(id);
            _claims.push(claim);
            _attestedProofs.push(proof);
            _attestedStatements.push(abi.encode(statement));
        } catch {
            if (proved && usable && !known[id]) violation = "an honest proof was refused";
        }
        readLog();
    }

    function readLog() private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] != IAttestationRegistry.Attested.selector) continue;
            loggedIds.push(logs[i].topics[1]);
            loggedModels.push(uint256(logs[i].topics[2]));
        }
    }

    function statementOf(Claim memory claim) private view returns (Statement memory) {
        (bytes32 modelHash, bytes32 circuitHash, bytes32 vkHash,,,) =
            models.versionKeys(claim.modelId, claim.version);
        bytes32 context = keccak256(
            abi.encode(
                keccak256("zkattest-context-v1"),
                block.chainid,
                address(registry),
                claim.modelId,
                claim.version,
                modelHash,
                claim.nonce
            )
        );
        return Statement(modelHash, circuitHash, vkHash, claim.inputCommitment, context, claim.output);
    }

    function newCommitment() private returns (ModelCommitment memory) {
        ++_fresh;
        return ModelCommitment(keccak256(abi.encode("model", _fresh)), "circuit", "key", SYSTEM, "");
    }

    function pick(uint256 actorSeed, uint256 modelSeed)
        private
        view
        returns (address actor, uint256 modelId)
    {
        return (actors[actorSeed % 3], bound(modelSeed, 1, modelCount));
    }
}
