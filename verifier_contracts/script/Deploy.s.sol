// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AttestationRegistry} from "../src/registry/AttestationRegistry.sol";
import {DatasetRegistry} from "../src/registry/DatasetRegistry.sol";
import {DeploymentGate} from "../src/registry/DeploymentGate.sol";
import {MetricRegistry} from "../src/registry/MetricRegistry.sol";
import {ModelRegistry} from "../src/registry/ModelRegistry.sol";
import {SumcheckVerifier} from "../src/verifier/SumcheckVerifier.sol";
import {VerifyingKeyStore} from "../src/verifier/VerifyingKeyStore.sol";
import {DeploymentProxy} from "./DeploymentProxy.sol";

/// @notice The two cheatcodes that a script needs.
interface Broadcaster {
    function startBroadcast() external;
    function stopBroadcast() external;
}

/// @title Deploy
/// @notice Puts the whole suite at its deterministic addresses with Foundry alone (`docs/contracts.md`, "Deployment");
/// `zkattest deploy` does the same from Python. What is there already is used as it is. The administrator still has to
/// approve the verifier: `approveVerifier`.
contract Deploy {
    /// Where forge answers cheatcodes, for scripts as for tests.
    Broadcaster private constant FORGE = Broadcaster(address(uint160(uint256(keccak256("hevm cheat code")))));

    bytes32 public constant SALT = keccak256("zkattest-suite-v1");

    struct Suite {
        ModelRegistry models;
        DatasetRegistry datasets;
        AttestationRegistry attestations;
        VerifyingKeyStore store;
        SumcheckVerifier verifier;
        MetricRegistry metrics;
        DeploymentGate gate;
    }

    /// @param admin gets all roles of the attestation registry and of the gate
    /// @param tauG2 [tau]_2 of the set-up string, 128 bytes as verifying keys hold it
    /// @param developmentSetup true iff the string was generated for development
    function run(address admin, bytes calldata tauG2, bool developmentSetup)
        external
        returns (Suite memory suite)
    {
        FORGE.startBroadcast();
        suite.models = ModelRegistry(put(type(ModelRegistry).creationCode, ""));
        suite.datasets = DatasetRegistry(put(type(DatasetRegistry).creationCode, ""));
        suite.attestations =
            AttestationRegistry(put(type(AttestationRegistry).creationCode, abi.encode(suite.models, admin)));
        suite.store = VerifyingKeyStore(put(type(VerifyingKeyStore).creationCode, ""));
        suite.verifier = SumcheckVerifier(
            put(type(SumcheckVerifier).creationCode, abi.encode(suite.store, tauG2, developmentSetup))
        );
        suite.metrics = MetricRegistry(
            put(type(MetricRegistry).creationCode, abi.encode(suite.datasets, suite.attestations))
        );
        suite.gate = DeploymentGate(put(type(DeploymentGate).creationCode, abi.encode(suite.metrics, admin)));
        FORGE.stopBroadcast();
    }

    function put(bytes memory creation, bytes memory arguments) private returns (address) {
        return DeploymentProxy.create(SALT, bytes.concat(creation, arguments));
    }
}
