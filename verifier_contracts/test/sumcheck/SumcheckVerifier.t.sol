// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Statement} from "../../src/interfaces/IVerifier.sol";
import {SumcheckVerifier} from "../../src/verifier/SumcheckVerifier.sol";
import {VerifyingKeyStore} from "../../src/verifier/VerifyingKeyStore.sol";
import {Test} from "../support/Test.sol";

/// @notice The cheatcodes that read fixtures.
interface Files {
    function readFile(string calldata path) external view returns (string memory data);
    function parseJsonBytes(string calldata json, string calldata key) external pure returns (bytes memory);
    function parseJsonBytes32(string calldata json, string calldata key) external pure returns (bytes32);
}

/// @notice Proofs of real models, written by `tests/onchain/write_models.py`.
contract SumcheckVerifierTest is Test {
    Files private constant FILES = Files(address(uint160(uint256(keccak256("hevm cheat code")))));

    struct Fixture {
        bytes tauG2;
        bytes circuit;
        bytes record;
        bytes32 keyDigest;
        Statement statement;
        bytes proof;
    }

    uint256 private constant EIP_170_LIMIT = 24_576;

    VerifyingKeyStore private store;

    function setUp() public {
        store = new VerifyingKeyStore();
    }

    function load(string memory name) private view returns (Fixture memory fixture) {
        string memory json = FILES.readFile(string.concat("test/fixtures/", name, ".json"));
        fixture.tauG2 = FILES.parseJsonBytes(json, ".tauG2");
        fixture.circuit = FILES.parseJsonBytes(json, ".circuit");
        fixture.record = FILES.parseJsonBytes(json, ".record");
        fixture.keyDigest = FILES.parseJsonBytes32(json, ".keyDigest");
        fixture.statement.modelHash = FILES.parseJsonBytes32(json, ".modelHash");
        fixture.statement.circuitHash = FILES.parseJsonBytes32(json, ".circuitHash");
        fixture.statement.vkHash = FILES.parseJsonBytes32(json, ".vkHash");
        fixture.statement.inputCommitment = FILES.parseJsonBytes32(json, ".inputCommitment");
        fixture.statement.context = FILES.parseJsonBytes32(json, ".context");
        fixture.statement.output = FILES.parseJsonBytes(json, ".output");
        fixture.proof = FILES.parseJsonBytes(json, ".proof");
    }

    function deploy(Fixture memory fixture) private returns (SumcheckVerifier verifier) {
        store.addCircuit(fixture.circuit);
        store.addKey(fixture.record, fixture.keyDigest);
        verifier = new SumcheckVerifier(store, fixture.tauG2, true);
        vm.assertTrue(address(verifier).code.length <= EIP_170_LIMIT, "EIP-170");
    }

    function test_Verify_AcceptsRealModels() public {
        string[2] memory names = ["sumcheck_clinic", "sumcheck_lenet5"];
        for (uint256 i = 0; i < 2; ++i) {
            Fixture memory fixture = load(names[i]);
            SumcheckVerifier verifier = deploy(fixture);
            bool accepted = verifier.verify(fixture.statement, fixture.proof);
            vm.snapshotGasLastCall("SumcheckVerifier", names[i]);
            vm.assertTrue(accepted, names[i]);
            fixture.statement.context ^= bytes32(uint256(1));
            vm.assertTrue(!verifier.verify(fixture.statement, fixture.proof), "another context");
        }
    }
}
