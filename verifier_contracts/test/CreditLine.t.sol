// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CreditLine} from "../src/examples/CreditLine.sol";
import {Claim} from "../src/interfaces/IAttestationRegistry.sol";
import {IERC7992Verifier} from "../src/interfaces/IERC7992.sol";
import {Fixture} from "./support/Fixture.sol";
import {BindingVerifier} from "./support/Verifiers.sol";
import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";

/// @notice Draws again while it is being paid.
contract GreedyBorrower {
    CreditLine private line;
    Claim private claim;
    bytes private proof;
    uint256 public attempts;

    function draw(CreditLine line_, Claim calldata claim_, bytes calldata proof_) external {
        (line, claim, proof) = (line_, claim_, proof_);
        line.draw(claim_, proof_);
    }

    receive() external payable {
        ++attempts;
        try line.draw(claim, "") {} catch {}
        try line.draw(claim, proof) {} catch {}
    }
}

/// @notice Takes no money.
contract Ascetic {
    function draw(CreditLine line, Claim calldata claim, bytes calldata proof) external {
        line.draw(claim, proof);
    }
}

contract CreditLineTest is Fixture {
    uint8 private constant SCALE = 8;
    int64 private constant THRESHOLD = -2;
    /// The threshold in the model's integers.
    int64 private constant LEAST = -512;
    uint256 private constant AMOUNT = 1 ether;
    address private constant BUREAU = address(0xB0);
    address private constant BORROWER = address(0xB1);

    CreditLine private line;

    /// The line's model has two versions; the second is the least that counts.
    function setUp() public override {
        super.setUp();
        vm.prank(owner);
        models.updateModel(modelId, commitment("model 2"));
        line = new CreditLine(registry, modelId, 2, SCALE, THRESHOLD, AMOUNT, BUREAU);
        vm.deal(address(line), 10 ether);
        vm.prank(BUREAU);
        line.vouch(INPUT, BORROWER);
    }

    function scored(int64 score) private view returns (Claim memory claim) {
        claim = claimOf(modelId, 2);
        claim.output = abi.encodePacked(score);
    }

    function refuses(Claim memory claim, bytes memory proof, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(BORROWER);
        line.draw(claim, proof);
        vm.assertEq(BORROWER.balance, 0, "nothing was lent");
    }

    function test_Draw_PaysOnAProof() public {
        Claim memory claim = scored(LEAST);
        bytes memory proof = prove(claim);
        vm.expectEmit(address(line));
        emit CreditLine.Lent(BORROWER, idOf(claim), LEAST);
        vm.prank(BORROWER);
        line.draw(claim, proof);
        vm.assertEq(BORROWER.balance, AMOUNT, "lent");
        vm.assertTrue(registry.isAttested(idOf(claim)), "recorded");
    }

    function test_Draw_PaysOnAnEarlierAttestation() public {
        Claim memory claim = scored(7);
        vm.prank(stranger);
        registry.submit(claim, prove(claim));
        vm.prank(BORROWER);
        line.draw(claim, "");
        vm.assertEq(BORROWER.balance, AMOUNT, "lent");
    }

    function testFuzz_Draw_LendsFromTheThresholdOn(int64 score) public {
        Claim memory claim = scored(score);
        bytes memory proof = prove(claim);
        bool good = score >= LEAST;
        if (!good) vm.expectRevert(abi.encodeWithSelector(CreditLine.ScoreTooLow.selector, score));
        vm.prank(BORROWER);
        line.draw(claim, proof);
        vm.assertEq(BORROWER.balance, good ? AMOUNT : 0, "lent");
    }

    function test_Cheat_WithoutAProof() public {
        Claim memory claim = scored(7);
        bytes32 id = idOf(claim);
        refuses(claim, "", abi.encodeWithSelector(CreditLine.NotInGoodStanding.selector, id));
        refuses(claim, new bytes(32), abi.encodeWithSelector(IERC7992Verifier.InvalidProof.selector));
    }

    function test_Cheat_ABetterScoreThanTheProofs() public {
        bytes memory proof = prove(scored(LEAST - 1));
        refuses(scored(LEAST), proof, abi.encodeWithSelector(IERC7992Verifier.InvalidProof.selector));
    }

    function test_Cheat_SomebodyElsesFile() public {
        bytes memory reason = abi.encodeWithSelector(CreditLine.NotTheBorrower.selector, INPUT);
        Claim memory claim = scored(7);
        bytes memory proof = prove(claim);
        vm.expectRevert(reason);
        vm.prank(stranger);
        line.draw(claim, proof);
        // A file that nobody vouched for: made up, or the borrower's own commitment.
        claim.inputCommitment = keccak256("made up");
        refuses(
            claim,
            prove(claim),
            abi.encodeWithSelector(CreditLine.NotTheBorrower.selector, claim.inputCommitment)
        );
    }

    function test_Cheat_OneFileTwice() public {
        Claim memory claim = scored(7);
        bytes memory proof = prove(claim);
        vm.prank(BORROWER);
        line.draw(claim, proof);
        // The same attestation, the same proof, or another attestation of the same file.
        Claim memory fresh = scored(7);
        fresh.nonce = keccak256("fresh");
        bytes memory freshProof = prove(fresh);
        bytes memory reason = abi.encodeWithSelector(CreditLine.AlreadyUsed.selector, INPUT);
        // The bureau's word again does not make it a new file.
        vm.prank(BUREAU);
        line.vouch(INPUT, BORROWER);
        vm.startPrank(BORROWER);
        vm.expectRevert(reason);
        line.draw(claim, "");
        vm.expectRevert(reason);
        line.draw(claim, proof);
        vm.expectRevert(reason);
        line.draw(fresh, freshProof);
        vm.stopPrank();
        vm.assertEq(BORROWER.balance, AMOUNT, "lent once");
    }

    function test_Cheat_DrawingAgainWhileBeingPaid() public {
        GreedyBorrower greedy = new GreedyBorrower();
        vm.prank(BUREAU);
        line.vouch(INPUT, address(greedy));
        Claim memory claim = scored(7);
        greedy.draw(line, claim, prove(claim));
        vm.assertEq(address(greedy).balance, AMOUNT, "lent once");
        vm.assertEq(greedy.attempts(), 1, "paid once");
    }

    function test_Cheat_AnotherModel() public {
        vm.prank(BORROWER);
        uint256 own = models.registerModel(commitment("always scores well"));
        Claim memory claim = claimOf(own, 2);
        claim.output = abi.encodePacked(int64(7));
        refuses(claim, "", abi.encodeWithSelector(CreditLine.WrongModel.selector, own, uint64(2)));
    }

    function test_Cheat_AnEarlierVersion() public {
        Claim memory claim = scored(7);
        claim.version = 1;
        refuses(
            claim, prove(claim), abi.encodeWithSelector(CreditLine.WrongModel.selector, modelId, uint64(1))
        );
        vm.prank(owner);
        models.updateModel(modelId, commitment("model 3"));
        claim.version = 3;
        bytes memory proof = prove(claim);
        vm.prank(BORROWER);
        line.draw(claim, proof);
        vm.assertEq(BORROWER.balance, AMOUNT, "a later version counts");
    }

    function test_Cheat_AnOutputOfAnotherShape() public {
        Claim memory claim = scored(7);
        claim.output = abi.encodePacked(int64(7), int64(-9));
        refuses(claim, prove(claim), abi.encodeWithSelector(CreditLine.NotOneScore.selector, 16));
        claim.output = "";
        refuses(claim, "", abi.encodeWithSelector(CreditLine.NotOneScore.selector, 0));
    }

    function test_Cheat_ADevelopmentSetup() public {
        vm.prank(admin);
        registry.revokeVerifier(verifier);
        approve(address(new BindingVerifier(SYSTEM, KEY, true)));
        Claim memory claim = scored(7);
        bytes memory reason = abi.encodeWithSelector(CreditLine.NotInGoodStanding.selector, idOf(claim));
        refuses(claim, prove(claim), reason);
    }

    function test_Cheat_ARevokedVerifier() public {
        Claim memory claim = scored(7);
        registry.submit(claim, prove(claim));
        vm.prank(admin);
        registry.revokeVerifier(verifier);
        refuses(claim, "", abi.encodeWithSelector(CreditLine.NotInGoodStanding.selector, idOf(claim)));
    }

    function test_Cheat_ADeprecatedVersion() public {
        Claim memory claim = scored(7);
        registry.submit(claim, prove(claim));
        vm.prank(owner);
        models.deprecateVersion(modelId, 2);
        refuses(claim, "", abi.encodeWithSelector(CreditLine.NotInGoodStanding.selector, idOf(claim)));
    }

    function test_Cheat_VouchingForOneself() public {
        bytes memory reason = abi.encodeWithSelector(
            IAccessControl.AccessControlUnauthorizedAccount.selector, BORROWER, line.BUREAU()
        );
        vm.expectRevert(reason);
        vm.prank(BORROWER);
        line.vouch(keccak256("made up"), BORROWER);
    }

    /// What fails at its end leaves everything as it was: the file can be used again.
    function test_Draw_IsAllOrNothing() public {
        Ascetic ascetic = new Ascetic();
        vm.prank(BUREAU);
        line.vouch(INPUT, address(ascetic));
        Claim memory claim = scored(7);
        bytes memory proof = prove(claim);
        vm.expectRevert(CreditLine.TransferFailed.selector);
        ascetic.draw(line, claim, proof);
        vm.assertTrue(!line.used(INPUT), "not used");
        vm.assertTrue(!registry.isAttested(idOf(claim)), "not recorded");
    }
}
