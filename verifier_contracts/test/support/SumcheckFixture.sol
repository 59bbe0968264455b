// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Statement} from "../../src/interfaces/IVerifier.sol";
import {IVerifyingKeyStore} from "../../src/interfaces/IVerifyingKeyStore.sol";
import {SumcheckVerifier} from "../../src/verifier/SumcheckVerifier.sol";
import {Q, R} from "../../src/verifier/sumcheck/Field.sol";
import {Proved, SumcheckProofs} from "./SumcheckProofs.sol";
import {Test} from "./Test.sol";

/// @notice What a verifier may answer: nothing else is an answer, and a revert without a name least of all.
enum Verdict {
    False,
    True,
    Refused
}

/// @notice A store with the keys of all `SumcheckProofs`, a verifier, and the places of what a proof consists of.
abstract contract SumcheckFixture is Test {
    /// Parts of a proof of `SumcheckProofs`, in this order: points of rows, scalars up to sum-check 3 and the advice, points
    /// of the opening, its values, its two quotients.
    uint256 internal constant ROWS = 10;
    uint256 internal constant ADVICE = 12;
    uint256 internal constant SCALARS = 1 + 8 * 3 + 3 * 4 + 3 + 2 * 7 + ADVICE;
    uint256 internal constant POINTS = 7;
    uint256 internal constant VALUES = 22;
    uint256 internal constant QUOTIENTS = 2;
    uint256 internal constant LENGTH = 64 * (ROWS + POINTS + QUOTIENTS) + 32 * (SCALARS + VALUES);

    SumcheckProofs internal given;
    IVerifyingKeyStore internal store;
    SumcheckVerifier internal verifier;

    function setUp() public virtual {
        given = SumcheckProofs(deployed("SumcheckProofs", ""));
        store = newStore();
        verifier = newVerifier(store, given.TAU());
        add(given.first());
        add(given.otherModel());
        add(given.otherCircuit());
        add(given.otherKey());
    }

    /// From forge's build, so that no test is compiled with the code of what it deploys.
    function deployed(string memory name, bytes memory arguments) internal returns (address made) {
        bytes memory code = bytes.concat(vm.getCode(name), arguments);
        assembly ("memory-safe") {
            made := create(0, add(code, 0x20), mload(code))
        }
        vm.assertTrue(made != address(0), "deployed");
    }

    function newStore() internal returns (IVerifyingKeyStore) {
        return IVerifyingKeyStore(deployed("VerifyingKeyStore", ""));
    }

    function newVerifier(IVerifyingKeyStore where, bytes memory tau) internal returns (SumcheckVerifier) {
        return SumcheckVerifier(deployed("SumcheckVerifier", abi.encode(where, tau, true)));
    }

    function add(Proved memory proved) internal {
        bytes32 vkHash = store.addKey(proved.record, proved.keyDigest);
        vm.assertEq(vkHash, proved.statement.vkHash, "the key's digest");
    }

    // --- where things are -------------------------------------------------------------------------------------

    /// Offset of scalar `index` of a proof, counted through all of them.
    function scalarAt(uint256 index) internal pure returns (uint256) {
        uint256 offset = 64 * ROWS + 32 * index;
        return index < SCALARS ? offset : offset + 64 * POINTS;
    }

    /// Offset of point `index`.
    function pointAt(uint256 index) internal pure returns (uint256) {
        if (index < ROWS) return 64 * index;
        uint256 offset = 64 * index + 32 * SCALARS;
        return index < ROWS + POINTS ? offset : offset + 32 * VALUES;
    }

    function wordAt(bytes memory data, uint256 offset) internal pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(add(data, 0x20), offset))
        }
    }

    /// A copy with one word changed.
    function with(bytes memory data, uint256 offset, uint256 word)
        internal
        pure
        returns (bytes memory changed)
    {
        changed = bytes.concat(data);
        assembly ("memory-safe") {
            mstore(add(add(changed, 0x20), offset), word)
        }
    }

    function withPoint(bytes memory data, uint256 offset, uint256 x, uint256 y)
        internal
        pure
        returns (bytes memory)
    {
        return with(with(data, offset, x), offset + 32, y);
    }

    function slice(bytes memory data, uint256 from, uint256 to) internal pure returns (bytes memory part) {
        part = new bytes(to - from);
        for (uint256 i = from; i < to; ++i) {
            part[i - from] = data[i];
        }
    }

    /// Two words exchanged; two points where `size` is 64.
    function swapped(bytes memory data, uint256 a, uint256 b, uint256 size)
        internal
        pure
        returns (bytes memory changed)
    {
        changed = bytes.concat(data);
        for (uint256 i = 0; i < size; ++i) {
            (changed[a + i], changed[b + i]) = (data[b + i], data[a + i]);
        }
    }

    // --- verdicts ---------------------------------------------------------------------------------------------

    /// @dev A failure without a name, or with one of Solidity's own, is no verdict.
    function ask(bytes memory call, uint256 gas) internal view returns (Verdict) {
        (bool success, bytes memory answer) = address(verifier).staticcall{gas: gas}(call);
        if (success) {
            vm.assertEq(answer.length, 32, "the answer is a word");
            uint256 word = abi.decode(answer, (uint256));
            vm.assertTrue(word < 2, "the word is a bool");
            return word == 1 ? Verdict.True : Verdict.False;
        }
        vm.assertTrue(answer.length >= 4, "a revert has a name");
        bytes4 selector;
        assembly ("memory-safe") {
            selector := mload(add(answer, 0x20))
        }
        vm.assertTrue(selector != 0x4e487b71 && selector != 0x08c379a0, "and a name of its own");
        return Verdict.Refused;
    }

    function verdict(Statement memory statement, bytes memory proof) internal view returns (Verdict) {
        return ask(abi.encodeCall(verifier.verify, (statement, proof)), gasleft());
    }

    function verdictOfBatch(Statement[] memory statements, bytes[] memory proofs)
        internal
        view
        returns (Verdict)
    {
        return ask(abi.encodeCall(verifier.verifyBatch, (statements, proofs)), gasleft());
    }

    function check(Verdict found, Verdict expected, string memory what) internal pure {
        vm.assertEq(uint256(found), uint256(expected), what);
    }

    function checkTrue(Proved memory proved) internal view {
        check(verdict(proved.statement, proved.proof), Verdict.True, "an honest proof");
    }

    /// The reverse of y: a point with it is the negative.
    function negative(uint256 y) internal pure returns (uint256) {
        return Q - y;
    }

    /// Not the one canonical encoding; unless it is beyond 256 bits, which five times R is not.
    function raised(uint256 scalar) internal pure returns (uint256) {
        return scalar + R;
    }
}
