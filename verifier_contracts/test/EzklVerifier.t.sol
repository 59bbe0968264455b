// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Claim} from "../src/interfaces/IAttestationRegistry.sol";
import {IERC7992Verifier, ModelCommitment} from "../src/interfaces/IERC7992.sol";
import {Statement} from "../src/interfaces/IVerifier.sol";
import {EzklVerifier} from "../src/verifier/EzklVerifier.sol";
import {Fixture} from "./support/Fixture.sol";
import {BindingHalo2, ParrotHalo2} from "./support/Verifiers.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

contract EzklVerifierTest is Fixture {
    uint256 private constant R =
        21_888_242_871_839_275_222_246_405_745_257_275_088_548_364_400_416_034_343_698_204_186_575_808_495_617;
    bytes4 private constant EZKL = bytes4(keccak256("halo2-ezkl23-bn254-v1"));
    uint256 private constant CONTEXT_HASH = 4242;
    uint256 private constant HALO2_LENGTH = 96;

    BindingHalo2 private halo2;
    EzklVerifier private ezkl;

    function setUp() public override {
        super.setUp();
        halo2 = new BindingHalo2();
        ezkl = deploy(address(halo2));
    }

    function deploy(address inner) private returns (EzklVerifier) {
        return
            new EzklVerifier(
                inner, EZKL, keccak256("model"), keccak256("circuit"), KEY, 3, HALO2_LENGTH, false
            );
    }

    function statement() private pure returns (Statement memory) {
        return Statement({
            modelHash: keccak256("model"),
            circuitHash: keccak256("circuit"),
            vkHash: KEY,
            inputCommitment: bytes32(uint256(1_234_567)),
            context: bytes32(uint256(0xAAAA) << 128 | 0xBBBB),
            output: abi.encodePacked(int64(5), int64(-1), type(int64).min)
        });
    }

    /// Written out by hand for `statement()`.
    function instances() private pure returns (uint256[] memory list) {
        list = new uint256[](8);
        list[0] = 1_234_567;
        list[1] = CONTEXT_HASH;
        list[2] = 5;
        // r - 1 and r - 2^63
        list[3] =
            21_888_242_871_839_275_222_246_405_745_257_275_088_548_364_400_416_034_343_698_204_186_575_808_495_616;
        list[4] =
            21_888_242_871_839_275_222_246_405_745_257_275_088_548_364_400_416_034_343_688_980_814_538_953_719_809;
        list[5] = 0xAAAA;
        list[6] = 0xBBBB;
        list[7] = 0;
    }

    function proofOf(uint256[] memory list) private view returns (bytes memory) {
        return abi.encodePacked(list[1], halo2.prove(list), new bytes(HALO2_LENGTH - 32));
    }

    function test_Verify_AcceptsTheRightInstances() public view {
        vm.assertTrue(ezkl.verify(statement(), proofOf(instances())), "accepted");
    }

    function test_Verify_RefusesEveryOtherInstance() public view {
        for (uint256 i = 0; i < 8; ++i) {
            uint256[] memory list = instances();
            list[i] += 1;
            bytes memory proof = proofOf(list);
            // The prover names the context hash; the circuit, not the adapter, fixes it.
            if (i == 1) continue;
            vm.assertTrue(!ezkl.verify(statement(), proof), "altered instance");
        }
    }

    function test_Verify_BindsEveryFieldOfTheStatement() public view {
        bytes memory proof = proofOf(instances());
        Statement memory altered = statement();
        altered.inputCommitment = bytes32(uint256(1_234_568));
        vm.assertTrue(!ezkl.verify(altered, proof), "input commitment");
        altered = statement();
        altered.output = abi.encodePacked(int64(5), int64(1), type(int64).min);
        vm.assertTrue(!ezkl.verify(altered, proof), "sign of an output");
        altered = statement();
        altered.context = bytes32(uint256(0xAAAB) << 128 | 0xBBBB);
        vm.assertTrue(!ezkl.verify(altered, proof), "upper half of the context");
        altered = statement();
        altered.context = bytes32(uint256(0xAAAA) << 128 | 0xBBBA);
        vm.assertTrue(!ezkl.verify(altered, proof), "lower half of the context");
        altered = statement();
        altered.context = 0;
        vm.assertTrue(!ezkl.verify(altered, proof), "no context");
    }

    function test_Verify_RefusesOtherModelsCircuitsAndKeys() public {
        bytes memory proof = proofOf(instances());
        Statement memory other = statement();
        other.modelHash = keccak256("other");
        vm.expectRevert(IERC7992Verifier.ModelMismatch.selector);
        ezkl.verify(other, proof);
        other = statement();
        other.circuitHash = keccak256("other");
        vm.expectRevert(EzklVerifier.CircuitMismatch.selector);
        ezkl.verify(other, proof);
        other = statement();
        other.vkHash = keccak256("other");
        vm.expectRevert(EzklVerifier.VerifyingKeyMismatch.selector);
        ezkl.verify(other, proof);
    }

    function test_Verify_RefusesMalformedProofs() public {
        bytes memory proof = proofOf(instances());
        uint256 length = 32 + HALO2_LENGTH;
        vm.expectRevert(
            abi.encodeWithSelector(EzklVerifier.MalformedProofLength.selector, length, length + 1)
        );
        ezkl.verify(statement(), bytes.concat(proof, hex"00"));
        vm.expectRevert(abi.encodeWithSelector(EzklVerifier.MalformedProofLength.selector, length, 0));
        ezkl.verify(statement(), "");
        vm.expectRevert(EzklVerifier.NonCanonicalContextHash.selector);
        ezkl.verify(statement(), abi.encodePacked(R, new bytes(HALO2_LENGTH)));
        vm.assertTrue(
            !ezkl.verify(statement(), abi.encodePacked(R - 1, new bytes(HALO2_LENGTH))), "largest element"
        );
    }

    function test_Verify_RefusesMalformedStatements() public {
        bytes memory proof = proofOf(instances());
        Statement memory bad = statement();
        bad.output = abi.encodePacked(int64(5), int64(-1));
        vm.expectRevert(abi.encodeWithSelector(EzklVerifier.MalformedOutputLength.selector, 24, 16));
        ezkl.verify(bad, proof);
        bad.output = bytes.concat(statement().output, hex"00");
        vm.expectRevert(abi.encodeWithSelector(EzklVerifier.MalformedOutputLength.selector, 24, 25));
        ezkl.verify(bad, proof);
        bad = statement();
        // The same residue, another encoding.
        bad.inputCommitment = bytes32(R + 1_234_567);
        vm.expectRevert(EzklVerifier.NonCanonicalInputCommitment.selector);
        ezkl.verify(bad, proof);
    }

    function test_Verify_TrustsNoAnswerButTheWordOne() public {
        ParrotHalo2 parrot = new ParrotHalo2();
        EzklVerifier hostile = deploy(address(parrot));
        bytes memory head = abi.encodePacked(CONTEXT_HASH);
        vm.assertTrue(
            hostile.verify(statement(), abi.encodePacked(head, uint256(32), uint256(1), uint256(0))), "one"
        );
        vm.assertTrue(
            !hostile.verify(statement(), abi.encodePacked(head, uint256(0), uint256(1), uint256(1))),
            "nothing"
        );
        vm.assertTrue(
            !hostile.verify(statement(), abi.encodePacked(head, uint256(31), uint256(1), uint256(1))), "short"
        );
        vm.assertTrue(
            !hostile.verify(statement(), abi.encodePacked(head, uint256(64), uint256(1), uint256(1))), "long"
        );
        vm.assertTrue(
            !hostile.verify(statement(), abi.encodePacked(head, uint256(32), uint256(2), uint256(0))), "two"
        );
        vm.assertTrue(
            !hostile.verify(statement(), abi.encodePacked(head, uint256(32), uint256(0), uint256(1))), "zero"
        );
    }

    function test_Verify_NoticesAnotherInnerVerifier() public {
        bytes memory proof = proofOf(instances());
        vm.etch(address(halo2), address(new ParrotHalo2()).code);
        vm.expectRevert(EzklVerifier.Halo2VerifierChanged.selector);
        ezkl.verify(statement(), proof);
        vm.etch(address(halo2), "");
        vm.expectRevert(EzklVerifier.Halo2VerifierChanged.selector);
        ezkl.verify(statement(), proof);
    }

    function test_Constructor_RefusesIncompleteParameters() public {
        vm.expectRevert(abi.encodeWithSelector(EzklVerifier.NotAContract.selector, stranger));
        new EzklVerifier(stranger, EZKL, "m", "c", "k", 1, 32, false);
        bytes4 incomplete = EzklVerifier.ZeroParameter.selector;
        vm.expectRevert(incomplete);
        new EzklVerifier(address(halo2), 0, "m", "c", "k", 1, 32, false);
        vm.expectRevert(incomplete);
        new EzklVerifier(address(halo2), EZKL, 0, "c", "k", 1, 32, false);
        vm.expectRevert(incomplete);
        new EzklVerifier(address(halo2), EZKL, "m", 0, "k", 1, 32, false);
        vm.expectRevert(incomplete);
        new EzklVerifier(address(halo2), EZKL, "m", "c", 0, 1, 32, false);
        vm.expectRevert(incomplete);
        new EzklVerifier(address(halo2), EZKL, "m", "c", "k", 0, 32, false);
        vm.expectRevert(incomplete);
        new EzklVerifier(address(halo2), EZKL, "m", "c", "k", 1, 0, false);
    }

    function test_Getters_ShowWhatAnApproverMustReview() public {
        EzklVerifier development = new EzklVerifier(address(halo2), EZKL, "m", "c", "k", 7, 64, true);
        vm.assertTrue(development.developmentSetup(), "set-up");
        vm.assertEq(bytes32(development.proofSystemId()), bytes32(EZKL), "system");
        vm.assertEq(development.verifyingKeyHash(), "k", "key");
        vm.assertEq(development.modelHash(), "m", "model");
        vm.assertEq(development.circuitHash(), "c", "circuit");
        vm.assertEq(development.halo2Verifier(), address(halo2), "inner");
        vm.assertEq(development.halo2VerifierCodeHash(), address(halo2).codehash, "inner code");
        vm.assertEq(development.outputLength(), 7, "outputs");
        vm.assertEq(development.halo2ProofLength(), 64, "proof length");
    }

    function test_EndToEnd_ThroughTheRegistry() public {
        approve(address(ezkl));
        vm.startPrank(owner);
        ModelCommitment memory model = commitment("model");
        model.proofSystemId = EZKL;
        models.updateModel(modelId, model);
        vm.stopPrank();
        Claim memory claim = claimOf(modelId, 2);
        claim.inputCommitment = bytes32(uint256(77));
        claim.output = abi.encodePacked(int64(1), int64(-2), int64(3));
        uint256 context = uint256(registry.contextOf(modelId, 2, NONCE));
        uint256[] memory list = new uint256[](8);
        list[0] = 77;
        list[1] = CONTEXT_HASH;
        list[2] = 1;
        list[3] = R - 2;
        list[4] = 3;
        list[5] = context / 2 ** 128;
        list[6] = context % 2 ** 128;
        bytes memory proof = proofOf(list);
        bytes32 id = registry.submit(claim, proof);
        vm.assertEq(registry.attestation(id).verifier, address(ezkl), "judged by the adapter");

        claim.nonce = keccak256("fresh");
        vm.expectRevert(IERC7992Verifier.InvalidProof.selector);
        registry.submit(claim, proof);
    }

    /// Against modular arithmetic that never looks at the sign: -v = (r - 1) * v.
    function testFuzz_Verify_EncodesOutputsAsResidues(
        int64 a,
        int64 b,
        int64 c,
        bytes32 context,
        uint256 input
    ) public view {
        Statement memory given = statement();
        given.output = abi.encodePacked(a, b, c);
        given.context = context;
        given.inputCommitment = bytes32(input % R);
        uint256[] memory list = new uint256[](8);
        list[0] = input % R;
        list[1] = CONTEXT_HASH;
        list[2] = residue(a);
        list[3] = residue(b);
        list[4] = residue(c);
        list[5] = uint256(context) / 2 ** 128;
        list[6] = uint256(context) % 2 ** 128;
        vm.assertTrue(ezkl.verify(given, proofOf(list)), "accepted");
    }

    /// v = (v + 2^63) - 2^63, in the field.
    function residue(int64 value) private pure returns (uint256) {
        uint256 shifted = SafeCast.toUint256(int256(value) + 2 ** 63);
        return addmod(shifted, mulmod(R - 1, 2 ** 63, R), R);
    }

    function testFuzz_Verify_NeverAcceptsAnyBytes(bytes calldata proof) public view {
        try ezkl.verify(statement(), proof) returns (bool accepted) {
            vm.assertTrue(!accepted, "not a proof");
        } catch (bytes memory reason) {
            vm.assertTrue(reason.length >= 4, "named");
        }
    }

    /// Withheld gas gives a rejection or a revert, never an acceptance of a wrong proof.
    function testFuzz_Verify_GasStarving(uint256 limit) public view {
        limit = bound(limit, 1000, 100_000);
        uint256[] memory list = instances();
        list[2] += 1;
        try ezkl.verify{gas: limit}(statement(), proofOf(list)) returns (bool accepted) {
            vm.assertTrue(!accepted, "a wrong proof was accepted");
        } catch {}
    }
}
