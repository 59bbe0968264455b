// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Statement} from "../../src/interfaces/IVerifier.sol";
import {IVerifyingKeyStore} from "../../src/interfaces/IVerifyingKeyStore.sol";
import {SumcheckFixture, Verdict} from "../support/SumcheckFixture.sol";
import {Proved} from "../support/SumcheckProofs.sol";

/// @notice A proof under one key is worth nothing under another one, however alike the two are.
contract ForeignKeyTest is SumcheckFixture {
    function others() private view returns (Proved[3] memory) {
        return [given.otherModel(), given.otherCircuit(), given.otherKey()];
    }

    function test_EachIsTrueUnderItsOwn() public view {
        checkTrue(given.first());
        checkTrue(given.again());
        checkTrue(given.second());
        for (uint256 i = 0; i < 3; ++i) {
            checkTrue(others()[i]);
        }
    }

    /// The same data rows, so that the commitment fits; the same output.
    function test_ProofUnderAnotherKey() public view {
        Proved memory proved = given.first();
        for (uint256 i = 0; i < 3; ++i) {
            Proved memory other = others()[i];
            check(verdict(proved.statement, other.proof), Verdict.False, "another key's proof");
            check(verdict(other.statement, proved.proof), Verdict.False, "a proof for another key");
        }
    }

    /// The statement names the key of the proof, but another model or circuit.
    function test_StatementOfMixedNames() public view {
        Proved memory proved = given.first();
        Statement memory changed = proved.statement;
        changed.modelHash = given.otherModel().statement.modelHash;
        check(verdict(changed, proved.proof), Verdict.Refused, "another model");
        changed.modelHash = proved.statement.modelHash;
        changed = given.first().statement;
        changed.circuitHash = given.otherCircuit().statement.circuitHash;
        check(verdict(changed, proved.proof), Verdict.Refused, "another circuit");
        changed = given.first().statement;
        changed.circuitHash = bytes32(wordAt(proved.record, 128));
        check(verdict(changed, proved.proof), Verdict.Refused, "the description's own digest");
    }

    function test_UnknownKey() public view {
        Proved memory proved = given.first();
        bytes32[4] memory keys =
            [bytes32(0), keccak256("key"), bytes32(wordAt(proved.record, 128)), proved.statement.modelHash];
        for (uint256 i = 0; i < keys.length; ++i) {
            Statement memory changed = given.first().statement;
            changed.vkHash = keys[i];
            check(verdict(changed, proved.proof), Verdict.Refused, "no such key");
        }
    }

    /// A store of one's own does not serve somebody else's verifier.
    function test_KeyOfAnotherStore() public {
        Proved memory proved = given.first();
        IVerifyingKeyStore empty = newStore();
        verifier = newVerifier(empty, given.TAU());
        check(verdict(proved.statement, proved.proof), Verdict.Refused, "the verifier's store has no key");
    }

    /// The key names its string, and a verifier serves one string only.
    function test_KeyOfAnotherString() public {
        Proved memory proved = given.first();
        verifier = newVerifier(store, given.OTHER_TAU());
        check(verdict(proved.statement, proved.proof), Verdict.Refused, "a key of another string");
    }

    /// Whoever writes the other string's name into a record has another key, and no proof under it.
    function test_RecordThatNamesAnotherString() public {
        Proved memory proved = given.first();
        verifier = newVerifier(store, given.OTHER_TAU());
        bytes memory record =
            bytes.concat(keccak256(given.OTHER_TAU()), slice(proved.record, 32, proved.record.length));
        Statement memory changed = proved.statement;
        changed.vkHash = store.addKey(record, proved.keyDigest);
        check(verdict(changed, proved.proof), Verdict.False, "the proof is of the first key");
    }

    /// Each of a record's digests is part of the key: changed, the names or the proof no longer fit.
    function test_RecordWithOneDigestChanged() public {
        Proved memory proved = given.first();
        for (uint256 i = 0; i < 6; ++i) {
            bytes memory record = bytes.concat(proved.record);
            record[32 * i] ^= 0x01;
            Statement memory changed = given.first().statement;
            changed.vkHash = store.addKey(record, proved.keyDigest);
            vm.assertTrue(verdict(changed, proved.proof) != Verdict.True, "another key");
        }
    }

    /// Rows of the model that were committed with other blinders.
    function test_RecordWithOtherRows() public {
        Proved memory proved = given.first();
        bytes memory rows = given.otherModel().record;
        bytes memory record = bytes.concat(slice(proved.record, 0, 320), slice(rows, 320, rows.length));
        Statement memory changed = proved.statement;
        changed.vkHash = store.addKey(record, proved.keyDigest);
        check(verdict(changed, proved.proof), Verdict.Refused, "it is another model");
        changed.modelHash = given.otherModel().statement.modelHash;
        check(verdict(changed, proved.proof), Verdict.False, "whose proof this is not");
    }

    /// A table of other gates, or of as many more: C0 and k are a key's, and no proof outlives them.
    function test_RecordWithAnotherTable() public {
        Proved memory proved = given.first();
        (uint256 x, uint256 y) = (wordAt(proved.record, 256), wordAt(proved.record, 288));
        bytes memory records = bytes.concat(
            withPoint(proved.record, 256, 1, 2),
            withPoint(proved.record, 256, x, negative(y)),
            withPoint(proved.record, 256, wordAt(proved.record, 320), wordAt(proved.record, 352))
        );
        for (uint256 i = 0; i < 3; ++i) {
            uint256 length = proved.record.length;
            underAnotherRecord(slice(records, length * i, length * (i + 1)));
        }
        bytes memory record = bytes.concat(proved.record);
        for (uint8 k = 6; k <= 28; ++k) {
            if (bytes1(k) == proved.record[246]) continue;
            record[246] = bytes1(k);
            underAnotherRecord(record);
        }
    }

    /// The proof and its statement, but for the key's name, under a record with another shape or C0. It is another circuit: whoever
    /// names a circuit hash, and no key, as a deployment gate's policy does, has named the table that proofs are judged by.
    function underAnotherRecord(bytes memory record) private {
        Proved memory proved = given.first();
        Statement memory changed = proved.statement;
        changed.vkHash = store.addKey(record, proved.keyDigest);
        check(verdict(changed, proved.proof), Verdict.Refused, "the circuit hash is of another table");
        changed.circuitHash = keccak256(slice(record, 128, 320));
        check(verdict(changed, proved.proof), Verdict.False, "another table");
    }
}
