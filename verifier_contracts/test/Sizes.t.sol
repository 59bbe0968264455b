// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EzklVerifier} from "../src/verifier/EzklVerifier.sol";
import {VerifyingKeyStore} from "../src/verifier/VerifyingKeyStore.sol";
import {GateFixture} from "./support/GateFixture.sol";

/// @notice EIP-170, measured on what a deployment leaves on chain (`forge build --sizes` measures the build).
contract SizesTest is GateFixture {
    uint256 private constant EIP_170_LIMIT = 24_576;

    function test_EveryContractFitsIntoABlockchain() public {
        vm.assertTrue(address(models).code.length <= EIP_170_LIMIT, "ModelRegistry");
        vm.assertTrue(address(registry).code.length <= EIP_170_LIMIT, "AttestationRegistry");
        vm.assertTrue(address(datasets).code.length <= EIP_170_LIMIT, "DatasetRegistry");
        vm.assertTrue(address(metrics).code.length <= EIP_170_LIMIT, "MetricRegistry");
        vm.assertTrue(address(gate).code.length <= EIP_170_LIMIT, "DeploymentGate");
        EzklVerifier ezkl = new EzklVerifier(address(verifier), SYSTEM, "m", "c", "k", 1, 32, false);
        vm.assertTrue(address(new VerifyingKeyStore()).code.length <= EIP_170_LIMIT, "VerifyingKeyStore");
        vm.assertTrue(address(ezkl).code.length <= EIP_170_LIMIT, "EzklVerifier");
    }
}
