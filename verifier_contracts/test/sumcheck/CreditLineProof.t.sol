// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CreditLine} from "../../src/examples/CreditLine.sol";
import {Claim} from "../../src/interfaces/IAttestationRegistry.sol";
import {IERC7992Verifier, ModelCommitment} from "../../src/interfaces/IERC7992.sol";
import {AttestationRegistry} from "../../src/registry/AttestationRegistry.sol";
import {ModelRegistry} from "../../src/registry/ModelRegistry.sol";
import {SumcheckVerifier} from "../../src/verifier/SumcheckVerifier.sol";
import {VerifyingKeyStore} from "../../src/verifier/VerifyingKeyStore.sol";
import {ProvedModel, ProvedModels} from "../support/ProvedModels.sol";
import {SumcheckProofs} from "../support/SumcheckProofs.sol";

/// @notice The credit line with a proof of a real model, from registration to payment: every contract is the one that is deployed.
contract CreditLineProofTest is ProvedModels {
    uint256 private constant AMOUNT = 1 ether;
    address private constant BUREAU = address(0xB0);
    address private constant BORROWER = address(0xB1);

    AttestationRegistry private registry;
    VerifyingKeyStore private store;
    ProvedModel private given;
    Claim private claim;
    int64 private score;

    function setUp() public {
        given = load("sumcheck_score");
        SumcheckProofs where = new SumcheckProofs();
        vm.startPrank(where.DEPLOYER());
        ModelRegistry models = new ModelRegistry();
        registry = new AttestationRegistry(models, address(this));
        vm.stopPrank();
        vm.assertEq(address(registry), where.REGISTRY(), "where the proof holds");
        store = new VerifyingKeyStore();
        SumcheckVerifier verifier = new SumcheckVerifier(store, given.tauG2, false);
        registry.approveVerifier(verifier);
        models.registerModel(
            ModelCommitment({
                modelHash: given.statement.modelHash,
                circuitHash: given.statement.circuitHash,
                vkHash: given.statement.vkHash,
                proofSystemId: verifier.proofSystemId(),
                uri: ""
            })
        );
        claim = Claim(1, 1, given.statement.inputCommitment, given.statement.output, where.NONCE());
        vm.assertEq(claim.output.length, 8, "one score");
        score = int64(uint64(bytes8(claim.output)));
    }

    /// A line that lends from `least` on.
    function lineOf(int64 least) private returns (CreditLine line) {
        line = new CreditLine(registry, 1, 1, 0, least, AMOUNT, BUREAU);
        vm.deal(address(line), 10 ether);
        vm.prank(BUREAU);
        line.vouch(claim.inputCommitment, BORROWER);
    }

    function test_Draw_PaysOnARealProof() public {
        CreditLine line = lineOf(score);
        store.addKey(given.record, given.keyDigest);
        vm.prank(BORROWER);
        line.draw(claim, given.proof);
        vm.assertEq(BORROWER.balance, AMOUNT, "lent");
        vm.assertTrue(registry.isAttested(registry.attestationIdOf(claim)), "recorded");
    }

    function test_Draw_RefusesALowScore() public {
        CreditLine line = lineOf(score + 1);
        store.addKey(given.record, given.keyDigest);
        vm.expectRevert(abi.encodeWithSelector(CreditLine.ScoreTooLow.selector, score));
        vm.prank(BORROWER);
        line.draw(claim, given.proof);
    }

    /// A better score, or another proof, than the model gave.
    function test_Cheat_WithARealProof() public {
        CreditLine line = lineOf(score);
        store.addKey(given.record, given.keyDigest);
        Claim memory better = claim;
        better.output = abi.encodePacked(score + 1);
        vm.expectRevert(IERC7992Verifier.InvalidProof.selector);
        vm.prank(BORROWER);
        line.draw(better, given.proof);
        bytes memory wrong = given.proof;
        wrong[wrong.length / 2] ^= 0x01;
        vm.prank(BORROWER);
        (bool success,) = address(line).call(abi.encodeCall(line.draw, (claim, wrong)));
        vm.assertTrue(!success, "another proof");
        vm.assertEq(BORROWER.balance, 0, "nothing was lent");
    }

    /// Without the key on chain there is no verdict.
    function test_Draw_NeedsTheKey() public {
        CreditLine line = lineOf(score);
        vm.expectRevert(
            abi.encodeWithSelector(SumcheckVerifier.UnknownVerifyingKey.selector, given.statement.vkHash)
        );
        vm.prank(BORROWER);
        line.draw(claim, given.proof);
    }
}
