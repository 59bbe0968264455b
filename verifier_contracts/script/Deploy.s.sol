// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AttestationRegistry} from "../src/registry/AttestationRegistry.sol";
import {DatasetRegistry} from "../src/registry/DatasetRegistry.sol";
import {ModelRegistry} from "../src/registry/ModelRegistry.sol";

/// @notice The two cheatcodes that a script needs.
interface Broadcaster {
    function startBroadcast() external;
    function stopBroadcast() external;
}

/// @title Deploy
/// @notice Deploys the registries with Foundry alone; `zkattest deploy` does the same from Python.
contract Deploy {
    /// Where forge answers cheatcodes, for scripts as for tests.
    Broadcaster private constant FORGE = Broadcaster(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @param admin gets the administrator's and the approver's role of the attestation registry
    function run(address admin)
        external
        returns (ModelRegistry models, DatasetRegistry datasets, AttestationRegistry attestations)
    {
        FORGE.startBroadcast();
        models = new ModelRegistry();
        datasets = new DatasetRegistry();
        attestations = new AttestationRegistry(models, admin);
        FORGE.stopBroadcast();
    }
}
