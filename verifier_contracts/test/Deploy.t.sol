// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Deploy} from "../script/Deploy.s.sol";
import {DeploymentProxy} from "../script/DeploymentProxy.sol";
import {AttestationRegistry} from "../src/registry/AttestationRegistry.sol";
import {ModelRegistry} from "../src/registry/ModelRegistry.sol";
import {Test} from "./support/Test.sol";

contract DeployTest is Test {
    address private constant ADMIN = address(0xAD);

    function setUp() public {
        vm.etch(DeploymentProxy.AT, DeploymentProxy.CODE);
    }

    function test_Run_DeploysAWorkingSet() public {
        Deploy.Suite memory suite = new Deploy().run(ADMIN);
        AttestationRegistry attestations = suite.attestations;
        vm.assertEq(attestations.registry(), address(suite.models), "models");
        vm.assertTrue(attestations.hasRole(attestations.VERIFIER_APPROVER(), ADMIN), "approver");
        vm.assertTrue(attestations.hasRole(attestations.DEFAULT_ADMIN_ROLE(), ADMIN), "administrator");
        vm.assertTrue(
            !attestations.hasRole(attestations.DEFAULT_ADMIN_ROLE(), DeploymentProxy.AT), "no proxy"
        );
        vm.assertTrue(!attestations.hasRole(attestations.DEFAULT_ADMIN_ROLE(), address(this)), "nobody else");
        vm.assertEq(suite.models.modelCount() + suite.datasets.datasetCount(), 0, "empty");
        vm.assertTrue(!suite.store.hasKey(0), "an empty store");
    }

    /// The formula of the documentation, from the artifacts' creation code.
    function test_Run_PutsContractsAtTheirAddresses() public {
        Deploy.Suite memory suite = new Deploy().run(ADMIN);
        bytes32 salt = keccak256("zkattest-suite-v1");
        address models = create2(salt, type(ModelRegistry).creationCode);
        vm.assertEq(address(suite.models), models, "models");
        bytes memory creation =
            bytes.concat(type(AttestationRegistry).creationCode, abi.encode(models, ADMIN));
        vm.assertEq(address(suite.attestations), create2(salt, creation), "attestations");
    }

    function test_Run_AgainChangesNothing() public {
        Deploy deploy = new Deploy();
        Deploy.Suite memory first = deploy.run(ADMIN);
        Deploy.Suite memory second = deploy.run(ADMIN);
        vm.assertEq(keccak256(abi.encode(first)), keccak256(abi.encode(second)), "the same set");
        Deploy.Suite memory other = deploy.run(address(0xBE));
        vm.assertEq(address(other.models), address(first.models), "models have no administrator");
        vm.assertTrue(address(other.attestations) != address(first.attestations), "another administrator");
    }

    function test_Run_SaysThatTheProxyIsMissing() public {
        Deploy deploy = new Deploy();
        vm.etch(DeploymentProxy.AT, "");
        vm.expectRevert(DeploymentProxy.NoDeploymentProxy.selector);
        deploy.run(ADMIN);
    }

    function test_Run_RefusesAnotherProxy() public {
        Deploy deploy = new Deploy();
        vm.etch(DeploymentProxy.AT, hex"00");
        vm.expectRevert(DeploymentProxy.NoDeploymentProxy.selector);
        deploy.run(ADMIN);
    }

    /// A constructor's refusal is a refusal: the proxy reverts without a reason.
    function test_Run_RefusesNoAdministrator() public {
        Deploy deploy = new Deploy();
        bytes memory creation = bytes.concat(
            type(AttestationRegistry).creationCode,
            abi.encode(create2(deploy.SALT(), type(ModelRegistry).creationCode), address(0))
        );
        address expected = create2(deploy.SALT(), creation);
        vm.expectRevert(abi.encodeWithSelector(DeploymentProxy.CreationFailed.selector, expected));
        deploy.run(address(0));
    }

    function create2(bytes32 salt, bytes memory creation) private pure returns (address) {
        bytes32 found = keccak256(
            abi.encodePacked(
                bytes1(0xff), 0x4e59b44847b379578588920cA78FbF26c0B4956C, salt, keccak256(creation)
            )
        );
        return address(uint160(uint256(found)));
    }
}
