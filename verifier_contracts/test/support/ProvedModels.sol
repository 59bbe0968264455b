// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Statement} from "../../src/interfaces/IVerifier.sol";
import {Test} from "./Test.sol";

/// @notice The cheatcodes that read fixtures.
interface Files {
    function readFile(string calldata path) external view returns (string memory data);
    function parseJsonBytes(string calldata json, string calldata key) external pure returns (bytes memory);
    function parseJsonBytes32(string calldata json, string calldata key) external pure returns (bytes32);
}

/// @notice A proof of a real model with all that a chain is given.
/// @param tauG2 [tau]_2 of the string, whose secret nobody keeps
/// @param record of the key, as the store takes it
/// @param keyDigest keccak256 of the whole key's encoding
struct ProvedModel {
    bytes tauG2;
    bytes record;
    bytes32 keyDigest;
    Statement statement;
    bytes proof;
}

/// @notice Proofs of real models, written by `tests/onchain/write_models.py`: "sumcheck_clinic", "sumcheck_lenet5",
/// "sumcheck_score". Their contexts are of model 1, version 1, in the registry and with the nonce of `SumcheckProofs`.
abstract contract ProvedModels is Test {
    Files private constant FILES = Files(address(uint160(uint256(keccak256("hevm cheat code")))));

    function load(string memory name) internal view returns (ProvedModel memory model) {
        string memory json = FILES.readFile(string.concat("test/fixtures/", name, ".json"));
        model.tauG2 = FILES.parseJsonBytes(json, ".tauG2");
        model.record = FILES.parseJsonBytes(json, ".record");
        model.keyDigest = FILES.parseJsonBytes32(json, ".keyDigest");
        model.statement.modelHash = FILES.parseJsonBytes32(json, ".modelHash");
        model.statement.circuitHash = FILES.parseJsonBytes32(json, ".circuitHash");
        model.statement.vkHash = FILES.parseJsonBytes32(json, ".vkHash");
        model.statement.inputCommitment = FILES.parseJsonBytes32(json, ".inputCommitment");
        model.statement.context = FILES.parseJsonBytes32(json, ".context");
        model.statement.output = FILES.parseJsonBytes(json, ".output");
        model.proof = FILES.parseJsonBytes(json, ".proof");
    }
}
