// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Deploy} from "../script/Deploy.s.sol";
import {AttestationRegistry} from "../src/registry/AttestationRegistry.sol";
import {DatasetRegistry} from "../src/registry/DatasetRegistry.sol";
import {ModelRegistry} from "../src/registry/ModelRegistry.sol";
import {Test} from "./support/Test.sol";

contract DeployTest is Test {
    function test_Run_DeploysAWorkingSet() public {
        address admin = address(0xAD);
        (ModelRegistry models, DatasetRegistry datasets, AttestationRegistry attestations) =
            new Deploy().run(admin);
        vm.assertEq(attestations.registry(), address(models), "models");
        vm.assertTrue(attestations.hasRole(attestations.VERIFIER_APPROVER(), admin), "approver");
        vm.assertTrue(attestations.hasRole(attestations.DEFAULT_ADMIN_ROLE(), admin), "administrator");
        vm.assertTrue(!attestations.hasRole(attestations.DEFAULT_ADMIN_ROLE(), address(this)), "nobody else");
        vm.assertEq(
            models.modelCount() + datasets.datasetCount() + attestations.attestationCount(), 0, "empty"
        );
    }
}
