// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TriageDesk} from "../src/examples/TriageDesk.sol";
import {Claim} from "../src/interfaces/IAttestationRegistry.sol";
import {IERC7992Verifier} from "../src/interfaces/IERC7992.sol";
import {GateFixture} from "./support/GateFixture.sol";

contract TriageDeskTest is GateFixture {
    TriageDesk private desk;

    function setUp() public override {
        super.setUp();
        desk = new TriageDesk(gate, registry, modelId, 100);
    }

    function answer(int64 score) private view returns (Claim memory claim) {
        claim = claimOf(modelId, 1);
        claim.output = abi.encodePacked(score);
    }

    function notInService() private {
        vm.expectRevert(abi.encodeWithSelector(TriageDesk.NotInService.selector, modelId, 1));
    }

    function test_ServesOnlyWhatIsInService() public {
        Claim memory claim = answer(100);
        bytes memory proof = prove(claim);
        notInService();
        desk.triage(claim, proof);
        bytes32 id = hits(48, "good");
        gate.validate(modelId, 1, only(id));
        notInService();
        desk.triage(claim, proof);
        vm.prank(deployer);
        gate.deploy(modelId, 1);
        vm.expectEmit(address(desk));
        emit TriageDesk.Referred(INPUT, idOf(claim), 100);
        vm.assertTrue(desk.triage(claim, proof), "referred");
        claim = answer(99);
        proof = prove(claim);
        registry.submit(claim, proof);
        vm.expectEmit(address(desk));
        emit TriageDesk.SentHome(INPUT, idOf(claim), 99);
        vm.assertTrue(!desk.triage(claim, ""), "sent home, by an earlier attestation");
    }

    function test_StopsWhenTheGateShuts() public {
        deployed();
        Claim memory claim = answer(100);
        bytes memory proof = prove(claim);
        vm.warp(block.timestamp + 31 days);
        notInService();
        desk.triage(claim, proof);
    }

    function test_Refusals() public {
        deployed();
        Claim memory claim = answer(100);
        bytes memory proof = prove(claim);
        claim.modelId = 2;
        vm.expectRevert(abi.encodeWithSelector(TriageDesk.WrongModel.selector, 2));
        desk.triage(claim, proof);
        claim = claimOf(modelId, 1);
        vm.expectRevert(abi.encodeWithSelector(TriageDesk.NotOneScore.selector, 16));
        desk.triage(claim, "");
        claim = answer(101);
        vm.expectRevert(IERC7992Verifier.InvalidProof.selector);
        desk.triage(claim, proof);
        vm.expectRevert(abi.encodeWithSelector(TriageDesk.NotInGoodStanding.selector, idOf(claim)));
        desk.triage(claim, "");
        claim = answer(100);
        desk.triage(claim, proof);
        vm.expectRevert(abi.encodeWithSelector(TriageDesk.AlreadySeen.selector, idOf(claim)));
        desk.triage(claim, "");
    }
}
