// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttestationRegistry} from "../src/interfaces/IAttestationRegistry.sol";
import {DatasetRole, IDatasetRegistry} from "../src/interfaces/IDatasetRegistry.sol";
import {
    Clause,
    IDeploymentGate,
    Metric,
    Question,
    Reveal,
    State,
    Verdict
} from "../src/interfaces/IDeploymentGate.sol";
import {IERC7992RegistryErrors} from "../src/interfaces/IERC7992.sol";
import {IMetricRegistry, MetricClaim, Scheme} from "../src/interfaces/IMetricRegistry.sol";
import {IModelRegistry} from "../src/interfaces/IModelRegistry.sol";
import {DeploymentGate} from "../src/registry/DeploymentGate.sol";
import {Metrics} from "../src/registry/Metrics.sol";
import {GateFixture} from "./support/GateFixture.sol";
import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

contract DeploymentGateTest is GateFixture {
    // --- the way there and back

    function test_FromRegisteredToDeployed() public {
        isIn(State.Registered, "no evidence yet");
        bytes32 id = hits(48, "good");
        isIn(State.Registered, "evidence alone is nothing");
        vm.expectEmit(address(gate));
        emit IDeploymentGate.Validated(modelId, 1, 1, only(id), stranger);
        vm.prank(stranger);
        gate.validate(modelId, 1, only(id));
        isIn(State.Validated, "validated, and not in service");
        vm.expectEmit(address(gate));
        emit IDeploymentGate.Deployed(modelId, 1, 1, deployer);
        vm.prank(deployer);
        gate.deploy(modelId, 1);
        isIn(State.Deployed, "in service");
        (uint64 policyVersion, bool deployed_, bool revoked, bytes32[] memory ids) =
            gate.validationOf(modelId, 1);
        vm.assertTrue(policyVersion == 1 && deployed_ && !revoked && ids[0] == id, "what it rests on");
    }

    function test_UnknownVersionsHaveNoState() public view {
        vm.assertEq(uint256(gate.stateOf(0, 1)), 0, "no model 0");
        vm.assertEq(uint256(gate.stateOf(modelId, 0)), 0, "no version 0");
        vm.assertEq(uint256(gate.stateOf(modelId + 1, 1)), 0, "no such model");
        vm.assertEq(uint256(gate.stateOf(modelId, 2)), 0, "no such version");
        vm.assertTrue(!gate.isDeployed(modelId, type(uint64).max), "not deployed");
    }

    function test_EvidenceExpires() public {
        deployed();
        vm.warp(block.timestamp + 30 days);
        isIn(State.Deployed, "the last second");
        vm.warp(block.timestamp + 1);
        isIn(State.Registered, "too old");
        refused(only48("good"), Verdict.Expired);
        // Fresh evidence validates; it takes a deployer to put it into service.
        bytes32 fresh = hits(48, "fresh");
        gate.validate(modelId, 1, only(fresh));
        isIn(State.Validated, "not back by itself");
    }

    function only48(bytes32 nonce) private view returns (bytes32) {
        MetricClaim memory claim = singleClaim(values(48, 50));
        claim.nonce = nonce;
        return evidenceIdOf(claim);
    }

    function test_Renewal() public {
        deployed();
        vm.warp(block.timestamp + 29 days);
        bytes32 fresh = hits(48, "fresh");
        // A stranger could put evidence there that suits nobody.
        unauthorised(stranger, gate.DEPLOYER());
        vm.prank(stranger);
        gate.validate(modelId, 1, only(fresh));
        vm.prank(deployer);
        gate.validate(modelId, 1, only(fresh));
        isIn(State.Deployed, "without a gap");
        vm.warp(block.timestamp + 29 days);
        isIn(State.Deployed, "of the new age");
    }

    function test_TheDataSetIsDeprecatedOrRevoked() public {
        bytes32 id = deployed();
        datasets.deprecateDataset(singleId);
        isIn(State.Registered, "superseded");
        refused(id, Verdict.DatasetNotUsable);
        datasets.revokeDataset(singleId, 0);
        isIn(State.Registered, "withdrawn");
        refused(id, Verdict.DatasetNotUsable);
    }

    function test_TheApprovalIsWithdrawn() public {
        bytes32 id = deployed();
        vm.expectEmit(address(gate));
        emit IDeploymentGate.DatasetWithdrawn(singleId, approver);
        vm.prank(approver);
        gate.withdrawDataset(singleId);
        isIn(State.Registered, "unapproved");
        refused(id, Verdict.DatasetNotApproved);
        vm.expectEmit(address(gate));
        emit IDeploymentGate.Lapsed(modelId, 1);
        vm.prank(stranger);
        gate.lapse(modelId, 1);
        vm.prank(approver);
        gate.approveDataset(singleId, DatasetRole.Test);
        isIn(State.Registered, "noted, so it does not come back");
        gate.validate(modelId, 1, only(id));
        isIn(State.Validated, "by evidence, and then a deployer");
    }

    function test_TheVerifierIsRevoked() public {
        bytes32 id = deployed();
        vm.prank(admin);
        registry.revokeVerifier(universal);
        isIn(State.Registered, "what it accepted may be false");
        refused(id, Verdict.VerifierRevoked);
    }

    function test_TheVersionIsDeprecated() public {
        bytes32 id = deployed();
        vm.prank(owner);
        models.deprecateVersion(modelId, 1);
        isIn(State.None, "version");
        inWrongState(State.None);
        gate.validate(modelId, 1, only(id));
    }

    function test_TheModelIsDeprecated() public {
        deployed();
        vm.prank(owner);
        models.deprecateModel(modelId);
        isIn(State.None, "model");
        inWrongState(State.None);
        vm.prank(deployer);
        gate.deploy(modelId, 1);
    }

    function test_ThePolicyChanges() public {
        bytes32 id = deployed();
        setPolicy(accuracy(NINE_TENTHS));
        isIn(State.Registered, "even to the same");
        inWrongState(State.Registered);
        vm.prank(deployer);
        gate.deploy(modelId, 1);
        gate.validate(modelId, 1, only(id));
        isIn(State.Validated, "by the same evidence");
        vm.assertEq(gate.policyVersionOf(modelId), 2, "second policy");
    }

    function test_RevokedUntilReinstated() public {
        bytes32 id = deployed();
        vm.expectEmit(address(gate));
        emit IDeploymentGate.Revoked(modelId, 1, "reason", revoker);
        vm.prank(revoker);
        gate.revoke(modelId, 1, "reason");
        isIn(State.Registered, "out of service");
        bytes memory reason = abi.encodeWithSelector(IDeploymentGate.VersionRevoked.selector, modelId, 1);
        vm.expectRevert(reason);
        gate.validate(modelId, 1, only(id));
        vm.expectRevert(reason);
        vm.prank(revoker);
        gate.revoke(modelId, 1, 0);
        inWrongState(State.Registered);
        vm.prank(deployer);
        gate.deploy(modelId, 1);
        // Nobody lifts it by the back door.
        inWrongState(State.Registered);
        gate.lapse(modelId, 1);
        setPolicy(accuracy(NINE_TENTHS));
        vm.expectRevert(reason);
        gate.validate(modelId, 1, only(id));
        vm.expectEmit(address(gate));
        emit IDeploymentGate.Reinstated(modelId, 1, revoker);
        vm.prank(revoker);
        gate.reinstate(modelId, 1);
        isIn(State.Registered, "from the beginning");
        vm.expectRevert(abi.encodeWithSelector(IDeploymentGate.VersionNotRevoked.selector, modelId, 1));
        vm.prank(revoker);
        gate.reinstate(modelId, 1);
        gate.validate(modelId, 1, only(id));
        isIn(State.Validated, "validated anew");
    }

    function test_RevokedBeforeItWasEverValidated() public {
        vm.prank(revoker);
        gate.revoke(modelId, 1, 0);
        bytes32 id = hits(48, "good");
        vm.expectRevert(abi.encodeWithSelector(IDeploymentGate.VersionRevoked.selector, modelId, 1));
        gate.validate(modelId, 1, only(id));
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.VersionNotFound.selector, modelId, 2));
        vm.prank(revoker);
        gate.revoke(modelId, 2, 0);
    }

    function test_LapseOnlyOfWhatLapsed() public {
        inWrongState(State.Registered);
        gate.lapse(modelId, 1);
        deployed();
        inWrongState(State.Deployed);
        gate.lapse(modelId, 1);
        vm.prank(setter);
        gate.setPolicy(modelId, only(accuracy(1)), false);
        gate.lapse(modelId, 1);
        (uint64 policyVersion, bool deployed_,,) = gate.validationOf(modelId, 1);
        vm.assertTrue(policyVersion == 0 && !deployed_, "forgotten");
    }

    function test_DeployTwice() public {
        deployed();
        inWrongState(State.Deployed);
        vm.prank(deployer);
        gate.deploy(modelId, 1);
    }

    // --- evidence that does not count

    function test_OneRowBelow() public {
        refused(hits(45, "45"), Verdict.NotReached);
        gate.validate(modelId, 1, only(hits(46, "46")));
        isIn(State.Validated, "one row more");
    }

    /// Exactly 2^-16 decides: 45/50 = 0.9 against 0.9 rounded down and up.
    function test_OneUnitBelow() public {
        bytes32 id = hits(45, "45");
        refused(id, Verdict.NotReached);
        setPolicy(accuracy(NINE_TENTHS - 1));
        gate.validate(modelId, 1, only(id));
        isIn(State.Validated, "one unit less");
    }

    function test_NoSuchEvidence() public {
        refused(keccak256("nothing"), Verdict.NoEvidence);
    }

    function test_EvidenceOfSomethingElse() public {
        vm.startPrank(owner);
        uint256 other = models.registerModel(commitment("other"));
        models.updateModel(modelId, commitment("version 2"));
        vm.stopPrank();
        MetricClaim memory claim = singleClaim(values(48, 50));
        claim.modelId = other;
        refused(count(claim), Verdict.OtherSubject);
        claim = singleClaim(values(48, 50));
        claim.version = 2;
        refused(count(claim), Verdict.OtherSubject);
        claim = singleClaim(values(48, 50));
        claim.circuitHash = keccak256("a circuit that counts every row as right");
        refused(count(claim), Verdict.OtherSubject);
        claim = singleClaim(values(48, 50));
        claim.scheme = Scheme.Thresholds;
        refused(count(claim), Verdict.OtherSubject);
        bytes32 id = count(pairClaim(0, 60));
        count(pairClaim(1, 40));
        refused(id, Verdict.OtherSubject);
    }

    function test_MissingShards() public {
        vm.prank(approver);
        gate.approveDataset(pairId, DatasetRole.Test);
        Clause memory clause = accuracy(NINE_TENTHS);
        clause.datasetId = pairId;
        setPolicy(clause);
        bytes32 id = count(pairClaim(0, 60));
        refused(id, Verdict.Incomplete);
        count(pairClaim(1, 40));
        gate.validate(modelId, 1, only(id));
        isIn(State.Validated, "all shards");
    }

    function test_ADevelopmentSetup() public {
        vm.prank(admin);
        registry.revokeVerifier(universal);
        universal.describe(SYSTEM, 0, true);
        approve(address(universal));
        bytes32 id = hits(48, "good");
        refused(id, Verdict.DevelopmentSetup);
        // A policy for trials says so.
        vm.prank(setter);
        gate.setPolicy(modelId, only(accuracy(NINE_TENTHS)), true);
        gate.validate(modelId, 1, only(id));
        isIn(State.Validated, "for trials");
    }

    function test_AnUnapprovedDataSet() public {
        Clause memory clause = accuracy(NINE_TENTHS);
        clause.datasetId = pairId;
        setPolicy(clause);
        bytes32 id = count(pairClaim(0, 60));
        count(pairClaim(1, 40));
        refused(id, Verdict.DatasetNotApproved);
    }

    function test_TooFewLabelledRowsOrOthers() public {
        Clause memory clause = accuracy(NINE_TENTHS);
        clause.minLabelled = 51;
        setPolicy(clause);
        refused(hits(48, "good"), Verdict.TooFewLabelled);
        clause.minLabelled = 50;
        setPolicy(clause);
        gate.validate(modelId, 1, only(hits(48, "again")));
        MetricClaim memory claim = singleClaim(values(48, 49));
        setPolicy(clause);
        refused(count(claim), Verdict.OtherLayout);
        claim.nonce = "none";
        claim.output = values(0, 0);
        refused(count(claim), Verdict.OtherLayout);
    }

    function test_AnEmptyDenominatorIsNoPass() public {
        Clause memory clause = accuracy(0);
        clause.tally.reveal = Reveal.Confusion;
        clause.question = Question(Metric.Recall, 0, 0, 1, 0);
        setPolicy(clause);
        MetricClaim memory claim = singleClaim(abi.encodePacked(int64(50), int64(0), int64(0), int64(0)));
        refused(count(claim), Verdict.EmptyDenominator);
    }

    function test_ProvedThresholds() public {
        Clause memory clause = accuracy(NINE_TENTHS);
        clause.scheme = Scheme.Thresholds;
        clause.index = 1;
        clause.minLabelled = 50;
        setPolicy(clause);
        MetricClaim memory claim = singleClaim(values(0, NINE_TENTHS - 1));
        claim.scheme = Scheme.Thresholds;
        refused(count(claim), Verdict.NotReached);
        claim.nonce = "enough";
        claim.output = values(0, NINE_TENTHS);
        bytes32 id = count(claim);
        gate.validate(modelId, 1, only(id));
        isIn(State.Validated, "the second threshold");
        clause.minLabelled = 51;
        setPolicy(clause);
        refused(id, Verdict.TooFewLabelled);
        (clause.minLabelled, clause.index) = (0, 2);
        setPolicy(clause);
        refused(id, Verdict.OtherLayout);
        // A gap of at most 0.1 is proved as -gap >= -0.1.
        (clause.index, clause.question.threshold) = (0, -6553);
        setPolicy(clause);
        claim.nonce = "gap";
        claim.output = values(-6554, 0);
        refused(count(claim), Verdict.NotReached);
        claim.nonce = "smaller gap";
        claim.output = values(-6553, 0);
        gate.validate(modelId, 1, only(count(claim)));
        isIn(State.Validated, "a proved gap");
    }

    function test_EveryClauseCounts() public {
        Clause[] memory clauses = new Clause[](2);
        clauses[0] = accuracy(NINE_TENTHS);
        clauses[1] = accuracy(65_536);
        vm.prank(setter);
        gate.setPolicy(modelId, clauses, false);
        bytes32[] memory ids = new bytes32[](2);
        (ids[0], ids[1]) = (hits(48, "good"), hits(48, "again"));
        vm.expectRevert(
            abi.encodeWithSelector(IDeploymentGate.ClauseNotSatisfied.selector, 1, Verdict.NotReached)
        );
        gate.validate(modelId, 1, ids);
        ids[1] = hits(50, "perfect");
        gate.validate(modelId, 1, ids);
        isIn(State.Validated, "both");
        vm.expectRevert(abi.encodeWithSelector(IDeploymentGate.EvidenceCountMismatch.selector, 2, 1));
        gate.validate(modelId, 1, only(ids[1]));
        vm.expectRevert(abi.encodeWithSelector(IDeploymentGate.EvidenceCountMismatch.selector, 2, 1));
        gate.verdictsOn(modelId, 1, only(ids[1]));
        Verdict[] memory verdicts = gate.verdictsOn(modelId, 1, ids);
        vm.assertTrue(verdicts[0] == Verdict.Satisfied && verdicts[1] == Verdict.Satisfied, "beforehand");
    }

    // --- policies and approvals

    function test_PoliciesAreKept() public {
        Clause memory clause = accuracy(7);
        vm.expectEmit(address(gate));
        emit IDeploymentGate.PolicySet(modelId, 2, true, only(clause));
        vm.prank(setter);
        vm.assertEq(gate.setPolicy(modelId, only(clause), true), 2, "version");
        (uint64 policyVersion, bool developmentAllowed, Clause[] memory clauses) = gate.policyOf(modelId);
        vm.assertTrue(policyVersion == 2 && developmentAllowed, "policy");
        vm.assertEq(keccak256(abi.encode(clauses)), keccak256(abi.encode(only(clause))), "clauses");
    }

    function test_AModelWithoutAPolicyIsNeverValidated() public {
        vm.prank(owner);
        uint256 other = models.registerModel(commitment("other"));
        vm.expectRevert(abi.encodeWithSelector(IDeploymentGate.NoPolicy.selector, other));
        gate.validate(other, 1, new bytes32[](0));
        vm.expectRevert(abi.encodeWithSelector(IDeploymentGate.NoPolicy.selector, other));
        gate.verdictsOn(other, 1, new bytes32[](0));
        vm.assertEq(uint256(gate.stateOf(other, 1)), uint256(State.Registered), "state");
        vm.expectRevert(
            abi.encodeWithSelector(IDeploymentGate.WrongState.selector, other, 1, State.Registered)
        );
        vm.prank(deployer);
        gate.deploy(other, 1);
    }

    function test_MalformedPolicies() public {
        vm.startPrank(setter);
        vm.expectRevert(abi.encodeWithSelector(IERC7992RegistryErrors.ModelNotFound.selector, 9));
        gate.setPolicy(9, only(accuracy(1)), false);
        vm.expectRevert(abi.encodeWithSelector(IDeploymentGate.ClauseCountOutOfRange.selector, 0));
        gate.setPolicy(modelId, new Clause[](0), false);
        Clause[] memory many = new Clause[](33);
        vm.expectRevert(abi.encodeWithSelector(IDeploymentGate.ClauseCountOutOfRange.selector, 33));
        gate.setPolicy(modelId, many, false);
        vm.stopPrank();
        Clause memory clause = accuracy(1);
        clause.circuitHash = 0;
        malformed(clause);
        clause = accuracy(1);
        clause.datasetId = 0;
        malformed(clause);
        clause = accuracy(1);
        clause.maxAge = 0;
        malformed(clause);
        clause = accuracy(1);
        clause.question.metric = Metric.Recall;
        malformed(clause);
        malformed(accuracy(-1));
        vm.assertEq(gate.policyVersionOf(modelId), 1, "unchanged");
    }

    function malformed(Clause memory clause) private {
        Clause[] memory clauses = new Clause[](2);
        (clauses[0], clauses[1]) = (accuracy(1), clause);
        vm.expectRevert(abi.encodeWithSelector(IDeploymentGate.MalformedClause.selector, 1));
        vm.prank(setter);
        gate.setPolicy(modelId, clauses, false);
    }

    function test_Approvals() public {
        vm.startPrank(approver);
        vm.expectRevert(abi.encodeWithSelector(IDatasetRegistry.DatasetNotFound.selector, 9));
        gate.approveDataset(9, DatasetRole.Test);
        vm.expectRevert(
            abi.encodeWithSelector(
                IDeploymentGate.ApprovedForOtherRole.selector, pairId, DatasetRole.Test, DatasetRole.Train
            )
        );
        gate.approveDataset(pairId, DatasetRole.Train);
        vm.expectRevert(abi.encodeWithSelector(IDeploymentGate.DatasetAlreadyApproved.selector, singleId));
        gate.approveDataset(singleId, DatasetRole.Test);
        vm.expectRevert(abi.encodeWithSelector(IDeploymentGate.DatasetNotApprovedYet.selector, pairId));
        gate.withdrawDataset(pairId);
        vm.expectEmit(address(gate));
        emit IDeploymentGate.DatasetApproved(pairId, DatasetRole.Test, approver);
        gate.approveDataset(pairId, DatasetRole.Test);
        vm.assertTrue(gate.isDatasetApproved(pairId), "approved");
        gate.withdrawDataset(pairId);
        vm.stopPrank();
        datasets.deprecateDataset(pairId);
        vm.expectRevert(abi.encodeWithSelector(IDeploymentGate.DatasetUnusable.selector, pairId));
        vm.prank(approver);
        gate.approveDataset(pairId, DatasetRole.Test);
    }

    // --- roles

    function test_EachRoleDoesItsOwnAndNothingElse() public {
        deployed();
        address[5] memory others = [setter, approver, deployer, revoker, stranger];
        for (uint256 i = 0; i < others.length; ++i) {
            address who = others[i];
            if (who != setter) {
                unauthorised(who, gate.POLICY_SETTER());
                vm.prank(who);
                gate.setPolicy(modelId, only(accuracy(1)), true);
            }
            if (who != approver) {
                unauthorised(who, gate.DATASET_APPROVER());
                vm.prank(who);
                gate.approveDataset(pairId, DatasetRole.Test);
                unauthorised(who, gate.DATASET_APPROVER());
                vm.prank(who);
                gate.withdrawDataset(singleId);
            }
            if (who != deployer) {
                unauthorised(who, gate.DEPLOYER());
                vm.prank(who);
                gate.deploy(modelId, 1);
            }
            if (who != revoker) {
                unauthorised(who, gate.REVOKER());
                vm.prank(who);
                gate.revoke(modelId, 1, 0);
                unauthorised(who, gate.REVOKER());
                vm.prank(who);
                gate.reinstate(modelId, 1);
            }
        }
        isIn(State.Deployed, "untouched");
    }

    function unauthorised(address who, bytes32 role) private {
        vm.expectRevert(
            abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, who, role)
        );
    }

    function inWrongState(State state) private {
        vm.expectRevert(abi.encodeWithSelector(IDeploymentGate.WrongState.selector, modelId, 1, state));
    }

    function test_Constructor() public {
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.NotAContract.selector, stranger));
        new DeploymentGate(IMetricRegistry(stranger), admin);
        vm.expectRevert(IDeploymentGate.ZeroGateAdmin.selector);
        new DeploymentGate(metrics, address(0));
        vm.assertEq(address(gate.metrics()), address(metrics), "metrics");
        vm.assertTrue(gate.hasRole(gate.DEFAULT_ADMIN_ROLE(), admin), "administrator");
        vm.assertTrue(!gate.hasRole(gate.DEFAULT_ADMIN_ROLE(), address(this)), "nobody else");
        vm.assertEq(uint256(Metrics.ALL), type(uint32).max, "all groups");
    }

    function test_SupportsInterface() public view {
        vm.assertTrue(gate.supportsInterface(type(IDeploymentGate).interfaceId), "the gate");
        vm.assertTrue(gate.supportsInterface(type(IAccessControl).interfaceId), "roles");
        vm.assertTrue(gate.supportsInterface(type(IERC165).interfaceId), "ERC-165");
        vm.assertTrue(!gate.supportsInterface(0xffffffff), "not everything");
    }
}
