// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SumcheckVerifier} from "../../src/verifier/SumcheckVerifier.sol";
import {Interpretation, Program} from "../../src/verifier/sumcheck/Interpretation.sol";
import {Points} from "../../src/verifier/sumcheck/Points.sol";
import {SumcheckFixture} from "../support/SumcheckFixture.sol";
import {Proved} from "../support/SumcheckProofs.sol";
import {Test} from "../support/Test.sol";

/// @notice Answers, or fails, as it is told.
contract Answering {
    bytes private _answer;
    bool private _fails;

    function set(bytes calldata answer, bool fails) external {
        (_answer, _fails) = (answer, fails);
    }

    fallback(bytes calldata) external returns (bytes memory) {
        if (_fails) revert();
        return _answer;
    }
}

/// @notice What the verifier takes for an answer of the interpreter, and what it asks.
contract InterpretationTest is Test {
    uint256 private constant ROWS = 3;
    Answering private answering;

    function setUp() public {
        answering = new Answering();
    }

    function weigh() external view returns (uint256 constantPart, uint256 weight, uint256 last) {
        Points memory points;
        (points.r, points.rho, points.z) = (new uint256[](2), new uint256[](3), new uint256[](4));
        Program memory program = Program(address(answering), address(0x5678));
        uint256 weights;
        (constantPart, weight, weights) =
            Interpretation.weigh(program, points, new uint256[](5), new uint256[](1), ROWS);
        assembly ("memory-safe") {
            last := mload(add(weights, 0x40))
        }
    }

    function test_WordsAreTheAnswer() public {
        answering.set(abi.encode(uint256(7), uint256(8), uint256(1), uint256(2), uint256(3)), false);
        (uint256 constantPart, uint256 weight, uint256 last) = this.weigh();
        vm.assertEq(constantPart, 7, "constant");
        vm.assertEq(weight, 8, "weight");
        vm.assertEq(last, 3, "last row");
    }

    /// Neither less nor more than the words that are expected, and nothing of a call that failed.
    function test_AnythingElseIsRefused() public {
        for (uint256 length = 0; length < 400; length += 8) {
            if (length == 32 * (ROWS + 2)) continue;
            answering.set(new bytes(length), false);
            vm.expectRevert(Interpretation.InterpretationFailed.selector);
            this.weigh();
        }
        answering.set(new bytes(32 * (ROWS + 2)), true);
        vm.expectRevert(Interpretation.InterpretationFailed.selector);
        this.weigh();
    }
}

/// @notice The interpreter runs out of gas: the caller, which keeps a part back (EIP-150), says so.
contract InterpretationGasTest is SumcheckFixture {
    function test_OutOfGasHasAName() public view {
        Proved memory proved = given.first();
        bytes memory call = abi.encodeCall(SumcheckVerifier.verify, (proved.statement, proved.proof));
        uint256 named = 0;
        for (uint256 gas = 100_000; gas < 300_000; gas += 2500) {
            (bool success, bytes memory answer) = address(verifier).staticcall{gas: gas}(call);
            if (success) break;
            // The first four bytes of a reason are its selector.
            // forge-lint: disable-next-line(unsafe-typecast)
            if (answer.length == 4 && bytes4(answer) == Interpretation.InterpretationFailed.selector) {
                ++named;
            }
        }
        vm.assertTrue(named > 3, "InterpretationFailed");
    }
}
