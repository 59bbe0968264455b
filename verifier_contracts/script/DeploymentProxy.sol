// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title DeploymentProxy
/// @notice The deterministic deployment proxy (github.com/Arachnid/deterministic-deployment-proxy): called with
/// salt || creation code, it creates a contract by CREATE2 and answers its address (20 bytes). It is at the same
/// address on every chain that has it, because one presigned transaction put it there.
library DeploymentProxy {
    address internal constant AT = 0x4e59b44847b379578588920cA78FbF26c0B4956C;

    /// Code of the proxy.
    bytes internal constant CODE =
        hex"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3";

    /// The account that the presigned transaction is from, what it must hold (100,000 gas at 100 gwei), and the
    /// transaction, for `eth_sendRawTransaction`. It names no chain id; its signature's r and s are 0x2222…, so nobody
    /// knows the account's key.
    address internal constant SIGNER = 0x3fAB184622Dc19b6109349B94811493BF2a45362;
    uint256 internal constant FUNDS = 0.01 ether;
    bytes internal constant TRANSACTION =
        hex"f8a58085174876e800830186a08080b853604580600e600039806000f350fe7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf31ba02222222222222222222222222222222222222222222222222222222222222222a02222222222222222222222222222222222222222222222222222222222222222";

    /// @notice This chain has no proxy: send `FUNDS` to `SIGNER`, then `TRANSACTION`.
    error NoDeploymentProxy();
    error CreationFailed(address expected);

    /// @notice Where the proxy puts what this creation code, arguments included, creates (EIP-1014).
    function locate(bytes32 salt, bytes memory creation) internal pure returns (address) {
        return
            address(
                uint160(uint256(keccak256(abi.encodePacked(bytes1(0xff), AT, salt, keccak256(creation)))))
            );
    }

    /// @notice Creates the contract, unless it is there.
    function create(bytes32 salt, bytes memory creation) internal returns (address created) {
        created = locate(salt, creation);
        if (created.code.length != 0) return created;
        if (keccak256(AT.code) != keccak256(CODE)) revert NoDeploymentProxy();
        (bool success,) = AT.call(bytes.concat(salt, creation));
        if (!success || created.code.length == 0) revert CreationFailed(created);
    }
}
