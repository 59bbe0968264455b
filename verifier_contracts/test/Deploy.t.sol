// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Deploy} from "../script/Deploy.s.sol";
import {DeploymentProxy} from "../script/DeploymentProxy.sol";
import {IVerifier} from "../src/interfaces/IVerifier.sol";
import {AttestationRegistry} from "../src/registry/AttestationRegistry.sol";
import {ModelRegistry} from "../src/registry/ModelRegistry.sol";
import {Test} from "./support/Test.sol";

contract DeployTest is Test {
    bytes32 private constant KEY = keccak256("any key");
    address private constant ADMIN = address(0xAD);
    /// 2 H, as an element of G2 (EIP-197): a set-up string whose secret is 2.
    bytes private constant TAU =
        hex"203e205db4f19b37b60121b83a7333706db86431c6d835849957ed8c3928ad7927dc7234fd11d3e8c36c59277c3e6f149d5cd3cfa9a62aee49f8130962b4b3b9195e8aa5b7827463722b8c153931579d3505566b4edf48d498e185f0509de15204bb53b8977e5f92a0bc372742c4830944a59b4fe6b1c0466e2a6dad122b5d2e";

    function setUp() public {
        vm.etch(DeploymentProxy.AT, DeploymentProxy.CODE);
    }

    function test_Run_DeploysAWorkingSet() public {
        Deploy.Suite memory suite = new Deploy().run(ADMIN, TAU, true);
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
        vm.assertEq(address(suite.metrics.datasets()), address(suite.datasets), "the metrics' data sets");
        vm.assertEq(address(suite.metrics.attestations()), address(attestations), "the metrics' verifiers");
        vm.assertEq(address(suite.gate.metrics()), address(suite.metrics), "the gate's metrics");
        vm.assertTrue(suite.gate.hasRole(suite.gate.DEPLOYER(), ADMIN), "deployer");
        vm.assertTrue(!suite.gate.hasRole(suite.gate.DEFAULT_ADMIN_ROLE(), DeploymentProxy.AT), "no proxy");
        vm.assertEq(address(suite.verifier.store()), address(suite.store), "store");
        vm.assertEq(suite.verifier.tauDigest(), keccak256(TAU), "set-up string");
        vm.assertTrue(suite.verifier.developmentSetup(), "for development");
        vm.assertTrue(!attestations.isApproved(suite.verifier), "the administrator decides");
        vm.prank(ADMIN);
        attestations.approveVerifier(suite.verifier);
        (IVerifier found, bool development) =
            attestations.verifierFor(bytes4(keccak256("sumcheck-bn254-v1")), KEY);
        vm.assertTrue(address(found) == address(suite.verifier) && development, "serves every key");
    }

    /// The formula of the documentation, from the artifacts' creation code.
    function test_Run_PutsContractsAtTheirAddresses() public {
        Deploy.Suite memory suite = new Deploy().run(ADMIN, TAU, true);
        bytes32 salt = keccak256("zkattest-suite-v1");
        address models = create2(salt, type(ModelRegistry).creationCode);
        vm.assertEq(address(suite.models), models, "models");
        bytes memory creation =
            bytes.concat(type(AttestationRegistry).creationCode, abi.encode(models, ADMIN));
        vm.assertEq(address(suite.attestations), create2(salt, creation), "attestations");
    }

    function test_Run_AgainChangesNothing() public {
        Deploy deploy = new Deploy();
        Deploy.Suite memory first = deploy.run(ADMIN, TAU, true);
        Deploy.Suite memory second = deploy.run(ADMIN, TAU, true);
        vm.assertEq(keccak256(abi.encode(first)), keccak256(abi.encode(second)), "the same set");
        Deploy.Suite memory other = deploy.run(address(0xBE), TAU, true);
        vm.assertEq(address(other.models), address(first.models), "models have no administrator");
        vm.assertTrue(address(other.attestations) != address(first.attestations), "another administrator");
        vm.assertEq(address(other.verifier), address(first.verifier), "verifiers have none");
        other = deploy.run(ADMIN, TAU, false);
        vm.assertTrue(address(other.verifier) != address(first.verifier), "another claim about the string");
    }

    function test_Run_SaysThatTheProxyIsMissing() public {
        Deploy deploy = new Deploy();
        vm.etch(DeploymentProxy.AT, "");
        vm.expectRevert(DeploymentProxy.NoDeploymentProxy.selector);
        deploy.run(ADMIN, TAU, true);
    }

    function test_Run_RefusesAnotherProxy() public {
        Deploy deploy = new Deploy();
        vm.etch(DeploymentProxy.AT, hex"00");
        vm.expectRevert(DeploymentProxy.NoDeploymentProxy.selector);
        deploy.run(ADMIN, TAU, true);
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
        deploy.run(address(0), TAU, true);
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
