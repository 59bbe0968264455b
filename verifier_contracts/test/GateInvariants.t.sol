// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {State} from "../src/interfaces/IDeploymentGate.sol";
import {DeploymentGate} from "../src/registry/DeploymentGate.sol";
import {GateHandler} from "./support/GateHandler.sol";
import {Test} from "./support/Test.sol";

/// @notice No sequence of calls by anybody reaches Deployed without a live proof for each clause.
contract GateInvariantsTest is Test {
    GateHandler private handler;
    DeploymentGate private gate;

    function setUp() public {
        handler = new GateHandler();
        gate = handler.gate();
        bytes4[] memory actions = new bytes4[](20);
        // Some more often than others, so that sequences get somewhere.
        (actions[0], actions[1], actions[2]) =
        (handler.prove.selector, handler.prove.selector, handler.prove.selector);
        (actions[3], actions[4], actions[5]) =
        (handler.validate.selector, handler.validate.selector, handler.validate.selector);
        (actions[6], actions[7]) = (handler.deploy.selector, handler.deploy.selector);
        (actions[8], actions[9]) = (handler.approveData.selector, handler.approveData.selector);
        (actions[10], actions[11]) = (handler.forge.selector, handler.replay.selector);
        (actions[12], actions[13]) = (handler.revoke.selector, handler.reinstate.selector);
        (actions[14], actions[15]) = (handler.lapse.selector, handler.setPolicy.selector);
        (actions[16], actions[17]) = (handler.withdrawData.selector, handler.revokeData.selector);
        (actions[18], actions[19]) = (handler.changeVerifier.selector, handler.wait_.selector);
        target(address(handler), actions);
        bytes4[] memory deprecation = new bytes4[](1);
        deprecation[0] = handler.deprecateVersion.selector;
        target(address(handler), deprecation);
    }

    /// The handler can reach what the invariants are about: otherwise they would hold of nothing.
    function test_TheHandlerReachesDeployed() public {
        handler.setPolicy(1, 4, 0, false);
        handler.approveData(2, 0);
        handler.prove(0, 0, 1, 10);
        handler.validate(0, 0, 3, 3);
        vm.assertEq(uint256(gate.stateOf(1, 1)), uint256(State.Registered), "the clause's circuit is another");
        handler.prove(0, 0, 0, 10);
        handler.validate(0, 0, 3, 3);
        vm.assertEq(uint256(gate.stateOf(1, 1)), uint256(State.Validated), "validated");
        handler.deploy(0, 0);
        vm.assertEq(handler.timesDeployed(), 0, "not by a stranger");
        handler.deploy(3, 0);
        vm.assertEq(uint256(gate.stateOf(1, 1)), uint256(State.Deployed), "deployed");
        invariant_DeployedOnlyByLiveProofs();
        handler.changeVerifier(4 << 8);
        vm.assertEq(uint256(gate.stateOf(1, 1)), uint256(State.Registered), "the verifier was revoked");
        vm.assertEq(handler.violation(), "", "by the books");
    }

    function invariant_DeployedOnlyByLiveProofs() public view {
        for (uint64 version = 1; version <= 2; ++version) {
            State state = gate.stateOf(1, version);
            if (state != State.Validated && state != State.Deployed) continue;
            vm.assertTrue(!handler.deprecated(version), "not deprecated");
            vm.assertTrue(!handler.revoked(version), "not revoked");
            (uint64 policyVersion,,, bytes32[] memory evidenceIds) = gate.validationOf(1, version);
            vm.assertEq(policyVersion, handler.policyVersion(), "under the current policy");
            vm.assertEq(evidenceIds.length, handler.boundCount(), "a proof for each clause");
            for (uint256 i = 0; i < evidenceIds.length; ++i) {
                vm.assertTrue(handler.isGood(version, i, evidenceIds[i]), "a live one");
            }
            if (state == State.Deployed) {
                vm.assertEq(handler.deployedUnder(version), policyVersion, "by a deployer's word");
            }
        }
    }

    /// A version whose proofs are all live has kept its state.
    function invariant_NothingLapsesBeforeItsTime() public view {
        for (uint64 version = 1; version <= 2; ++version) {
            (uint64 policyVersion, bool deployed,, bytes32[] memory evidenceIds) =
                gate.validationOf(1, version);
            if (policyVersion == 0 || policyVersion != handler.policyVersion() || handler.deprecated(version))
            {
                continue;
            }
            bool good = true;
            for (uint256 i = 0; i < evidenceIds.length; ++i) {
                good = good && handler.isGood(version, i, evidenceIds[i]);
            }
            State expected = !good ? State.Registered : deployed ? State.Deployed : State.Validated;
            vm.assertEq(uint256(gate.stateOf(1, version)), uint256(expected), "as it should be");
        }
    }

    /// No call succeeded that the books forbid.
    function invariant_EveryCallWentByTheBooks() public view {
        vm.assertEq(handler.violation(), "", "violation");
    }
}
