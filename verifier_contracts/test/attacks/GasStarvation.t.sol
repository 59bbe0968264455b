// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SumcheckFixture} from "../support/SumcheckFixture.sol";
import {Proved} from "../support/SumcheckProofs.sol";

/// @notice A caller chooses how much gas a verifier has. A precompile that fails for want of gas must not be taken for
/// one that answered: with whatever gas, the answer is the right verdict or none.
contract GasStarvationTest is SumcheckFixture {
    /// Gas with which nothing runs dry.
    uint256 private constant ENOUGH = 5_000_000;
    uint256 private constant STEPS = 400;

    function test_EveryLevel() public view {
        Proved memory proved = given.first();
        sweep(abi.encodeCall(verifier.verify, (proved.statement, proved.proof)), true);
        bytes memory wrong = with(proved.proof, scalarAt(0), 1);
        sweep(abi.encodeCall(verifier.verify, (proved.statement, wrong)), false);
        // False in the pairing alone.
        wrong = withPoint(proved.proof, pointAt(ROWS + POINTS + 1), 1, 2);
        sweep(abi.encodeCall(verifier.verify, (proved.statement, wrong)), false);
    }

    function testFuzz_AnyLevel(uint256 gas) public view {
        Proved memory proved = given.first();
        level(
            abi.encodeCall(verifier.verify, (proved.statement, proved.proof)), bound(gas, 0, 1_000_000), true
        );
    }

    /// The last gas before the honest proof is accepted, where precompiles run dry one by one.
    function test_AroundTheLeastGas() public view {
        Proved memory proved = given.first();
        bytes memory call = abi.encodeCall(verifier.verify, (proved.statement, proved.proof));
        uint256 least = leastGas(call);
        for (uint256 i = 1; i <= 300; ++i) {
            level(call, least - i, true);
        }
        for (uint256 i = 1; i <= 100; ++i) {
            if (least > 1150 * i) level(call, least - 1150 * i, true);
        }
    }

    function sweep(bytes memory call, bool expected) private view {
        uint256 least = leastGas(call);
        for (uint256 i = 0; i <= STEPS; ++i) {
            level(call, least * i / STEPS, expected);
        }
    }

    /// Bisection: more gas than enough is as good.
    function leastGas(bytes memory call) private view returns (uint256 high) {
        uint256 low;
        high = ENOUGH;
        while (high - low > 1) {
            uint256 middle = (low + high) / 2;
            (bool success,) = address(verifier).staticcall{gas: middle}(call);
            if (success) high = middle;
            else low = middle;
        }
    }

    function level(bytes memory call, uint256 gas, bool expected) private view {
        (bool success, bytes memory answer) = address(verifier).staticcall{gas: gas}(call);
        if (!success) return;
        vm.assertEq(answer.length, 32, "a word");
        vm.assertEq(abi.decode(answer, (uint256)), expected ? 1 : 0, "the right verdict");
    }
}
