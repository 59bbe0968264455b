// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Claim} from "../src/interfaces/IAttestationRegistry.sol";
import {DatasetCommitment, DatasetRole} from "../src/interfaces/IDatasetRegistry.sol";
import {Clause} from "../src/interfaces/IDeploymentGate.sol";
import {Manifest, MetricClaim} from "../src/interfaces/IMetricRegistry.sol";
import {Statement} from "../src/interfaces/IVerifier.sol";
import {DatasetRegistry} from "../src/registry/DatasetRegistry.sol";
import {EzklVerifier} from "../src/verifier/EzklVerifier.sol";
import {VerifyingKeyStore} from "../src/verifier/VerifyingKeyStore.sol";
import {Encodings} from "./support/Encodings.sol";
import {GateFixture} from "./support/GateFixture.sol";
import {BindingHalo2, BindingVerifier} from "./support/Verifiers.sol";

/// @notice Gas of the calls that people pay for, kept in snapshots/ and compared by every test run. Every call is a
/// transaction of its own (`isolate`), so accounts and slots are cold. Calls that change state: the whole
/// transaction, with its 21,000 and its calldata. Views: execution only. The verifiers are test doubles that cost
/// next to nothing: a proof system's own gas comes on top.
contract GasTest is GateFixture {
    function claim10() private view returns (Claim memory claim) {
        claim = claimOf(modelId, 1);
        claim.output = "";
        for (int64 i = -5; i < 5; ++i) {
            claim.output = abi.encodePacked(claim.output, i);
        }
    }

    /// What a transaction costs before anything runs: 21,000, 4 a zero byte, 16 another one.
    function transaction(bytes memory data) private pure returns (uint256 gas) {
        gas = 21_000;
        for (uint256 i = 0; i < data.length; ++i) {
            gas += data[i] == 0 ? 4 : 16;
        }
    }

    function test_ModelRegistry() public {
        vm.startPrank(owner);
        models.registerModel(commitment("second"));
        vm.snapshotGasLastCall("ModelRegistry", "registerModel");
        models.registerDerivedModel(modelId, 1, commitment("child"));
        vm.snapshotGasLastCall("ModelRegistry", "registerDerivedModel");
        models.updateModel(modelId, commitment("model 2"));
        vm.snapshotGasLastCall("ModelRegistry", "updateModel");
        models.deprecateVersion(modelId, 1);
        vm.snapshotGasLastCall("ModelRegistry", "deprecateVersion");
        models.deprecateModel(modelId);
        vm.snapshotGasLastCall("ModelRegistry", "deprecateModel");
        models.transferModel(modelId, stranger);
        vm.snapshotGasLastCall("ModelRegistry", "transferModel");
        vm.stopPrank();
        vm.prank(stranger);
        models.acceptModel(modelId);
        vm.snapshotGasLastCall("ModelRegistry", "acceptModel");
        models.getModel(modelId);
        vm.snapshotGasLastCall("ModelRegistry", "getModel");
    }

    function test_DatasetRegistry() public {
        datasets = new DatasetRegistry();
        datasets.registerDataset(
            DatasetCommitment("data", DatasetRole.Test, 0, "licence", 10_000, "ipfs://data")
        );
        vm.snapshotGasLastCall("DatasetRegistry", "registerDataset");
        datasets.deprecateDataset(1);
        vm.snapshotGasLastCall("DatasetRegistry", "deprecateDataset");
        datasets.revokeDataset(1, "erased");
        vm.snapshotGasLastCall("DatasetRegistry", "revokeDataset");
    }

    function test_AttestationRegistry() public {
        Claim memory claim = claim10();
        bytes memory proof = prove(claim);
        registry.verifyClaim(claim, proof);
        vm.snapshotGasLastCall("AttestationRegistry", "verifyClaim, 10 outputs");
        registry.submit(claim, proof);
        uint256 gas = vm.snapshotGasLastCall("AttestationRegistry", "submit, 10 outputs");
        vm.assertTrue(gas - transaction(abi.encodeCall(registry.submit, (claim, proof))) < 95_000, "overhead");
        claim.nonce = "second";
        proof = abi.encode(claim.version, claim.nonce, prove(claim));
        registry.verifyInference(claim.modelId, claim.inputCommitment, claim.output, proof);
        vm.snapshotGasLastCall("AttestationRegistry", "verifyInference, 10 outputs");

        BindingVerifier other = new BindingVerifier(OTHER_SYSTEM, KEY, false);
        vm.startPrank(admin);
        registry.approveVerifier(other);
        vm.snapshotGasLastCall("AttestationRegistry", "approveVerifier");
        registry.revokeVerifier(other);
        vm.snapshotGasLastCall("AttestationRegistry", "revokeVerifier");
    }

    /// Ten shards, so that the manifest is a kilobyte.
    function test_MetricRegistry() public {
        MetricClaim memory claim = pairClaim(0, 0);
        Manifest memory manifest = shards(10, 1000);
        claim.datasetId = registerData(manifest);
        claim.manifest = manifest;
        claim.output = values(980, 1000);
        for (uint32 i = 0; i < 10; ++i) {
            claim.shard = i;
            metrics.verifyMetric(claim, proveMetric(claim));
            if (i == 0) {
                vm.snapshotGasLastCall("MetricRegistry", "verifyMetric, first of 10 shards, 2 counts");
            }
            if (i == 1) vm.snapshotGasLastCall("MetricRegistry", "verifyMetric, another shard, 2 counts");
            if (i == 9) vm.snapshotGasLastCall("MetricRegistry", "verifyMetric, last shard, 2 counts");
        }
        claim = singleClaim(new bytes(800));
        metrics.verifyMetric(claim, proveMetric(claim));
        vm.snapshotGasLastCall("MetricRegistry", "verifyMetric, one shard, confusion matrix of 10 classes");
    }

    function test_DeploymentGate() public {
        Clause memory clause = accuracy(NINE_TENTHS);
        vm.prank(setter);
        gate.setPolicy(modelId, only(clause), false);
        vm.snapshotGasLastCall("DeploymentGate", "setPolicy, one clause, a second time");
        vm.prank(approver);
        gate.withdrawDataset(singleId);
        vm.snapshotGasLastCall("DeploymentGate", "withdrawDataset");
        vm.prank(approver);
        gate.approveDataset(singleId, DatasetRole.Test);
        vm.snapshotGasLastCall("DeploymentGate", "approveDataset");
        bytes32 evidenceId = hits(48, "good");
        gate.validate(modelId, 1, only(evidenceId));
        vm.snapshotGasLastCall("DeploymentGate", "validate, one clause");
        vm.prank(deployer);
        gate.deploy(modelId, 1);
        vm.snapshotGasLastCall("DeploymentGate", "deploy, one clause");
        gate.isDeployed(modelId, 1);
        vm.snapshotGasLastCall("DeploymentGate", "isDeployed, one clause");
        vm.prank(revoker);
        gate.revoke(modelId, 1, "reason");
        vm.snapshotGasLastCall("DeploymentGate", "revoke");
    }

    function test_VerifyingKeyStore() public {
        VerifyingKeyStore store = new VerifyingKeyStore();
        store.addKey(Encodings.record(3), "key");
        uint256 keyGas = vm.snapshotGasLastCall("VerifyingKeyStore", "addKey, 3 rows");
        vm.assertTrue(keyGas < 250_000, "one more model");
    }

    function test_EzklVerifier() public {
        BindingHalo2 halo2 = new BindingHalo2();
        EzklVerifier ezkl = new EzklVerifier(address(halo2), SYSTEM, "m", "c", "k", 10, 3200, false);
        Statement memory statement =
            Statement("m", "c", "k", bytes32(uint256(7)), "context", claim10().output);
        bytes memory proof = new bytes(32 + 3200);
        bool accepted = ezkl.verify(statement, proof);
        vm.snapshotGasLastCall("EzklVerifier", "verify, 10 outputs, 3200 proof bytes, mock inner verifier");
        vm.assertTrue(!accepted, "no proof");
    }
}
