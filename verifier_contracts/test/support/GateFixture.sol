// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DatasetRole} from "../../src/interfaces/IDatasetRegistry.sol";
import {
    Clause,
    IDeploymentGate,
    Metric,
    Question,
    Reveal,
    State,
    Tally,
    Verdict
} from "../../src/interfaces/IDeploymentGate.sol";
import {MetricClaim, Scheme} from "../../src/interfaces/IMetricRegistry.sol";
import {DeploymentGate} from "../../src/registry/DeploymentGate.sol";
import {MetricFixture} from "./MetricFixture.sol";

/// @notice A gate with one account for each role, an approved data set, and a policy of one clause: accuracy of at least 0.9
/// over the single-shard data set, of at least 20 labelled rows, not older than 30 days.
abstract contract GateFixture is MetricFixture {
    /// 0.9, rounded up: 45 of 50 rows are not enough by the rounding, 46 are.
    int64 internal constant NINE_TENTHS = 58_983;

    DeploymentGate internal gate;
    address internal setter = address(0x5E);
    address internal approver = address(0xA9);
    address internal deployer = address(0xDE);
    address internal revoker = address(0x4E);

    function setUp() public virtual override {
        super.setUp();
        gate = new DeploymentGate(metrics, admin);
        vm.startPrank(admin);
        gate.grantRole(gate.POLICY_SETTER(), setter);
        gate.grantRole(gate.DATASET_APPROVER(), approver);
        gate.grantRole(gate.DEPLOYER(), deployer);
        gate.grantRole(gate.REVOKER(), revoker);
        vm.stopPrank();
        vm.prank(approver);
        gate.approveDataset(singleId, DatasetRole.Test);
        setPolicy(accuracy(NINE_TENTHS));
    }

    function accuracy(int64 threshold) internal view returns (Clause memory) {
        uint32[] memory groups = new uint32[](1);
        groups[0] = 1;
        return Clause({
            circuitHash: METRIC_CIRCUIT,
            datasetId: singleId,
            scheme: Scheme.Counts,
            tally: Tally(Reveal.Hits, 2, groups, 0),
            question: Question(Metric.Accuracy, 0, 0, 0, threshold),
            index: 0,
            minLabelled: 20,
            maxAge: 30 days
        });
    }

    function setPolicy(Clause memory clause) internal {
        vm.prank(setter);
        gate.setPolicy(modelId, only(clause), false);
    }

    function only(Clause memory clause) internal pure returns (Clause[] memory clauses) {
        clauses = new Clause[](1);
        clauses[0] = clause;
    }

    function only(bytes32 evidenceId) internal pure returns (bytes32[] memory ids) {
        ids = new bytes32[](1);
        ids[0] = evidenceId;
    }

    /// Evidence that `right` of the 50 rows are right.
    function hits(int64 right, bytes32 nonce) internal returns (bytes32) {
        MetricClaim memory claim = singleClaim(values(right, 50));
        claim.nonce = nonce;
        return count(claim);
    }

    /// A version in service.
    function deployed() internal returns (bytes32 evidenceId) {
        evidenceId = hits(48, "good");
        gate.validate(modelId, 1, only(evidenceId));
        vm.prank(deployer);
        gate.deploy(modelId, 1);
        isIn(State.Deployed, "in service");
    }

    function isIn(State expected, string memory why) internal view {
        vm.assertEq(uint256(gate.stateOf(modelId, 1)), uint256(expected), why);
        vm.assertTrue(gate.isDeployed(modelId, 1) == (expected == State.Deployed), why);
    }

    /// `validate` refuses with this verdict on the first clause, and says so beforehand.
    function refused(bytes32 evidenceId, Verdict expected) internal {
        vm.assertEq(
            uint256(gate.verdictsOn(modelId, 1, only(evidenceId))[0]), uint256(expected), "verdict beforehand"
        );
        vm.expectRevert(abi.encodeWithSelector(IDeploymentGate.ClauseNotSatisfied.selector, 0, expected));
        gate.validate(modelId, 1, only(evidenceId));
    }
}
