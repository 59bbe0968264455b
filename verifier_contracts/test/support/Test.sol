// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The part of forge's cheatcodes that these tests use.
interface Vm {
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function prank(address caller) external;
    function startPrank(address caller) external;
    function stopPrank() external;
    function expectRevert(bytes4 selector) external;
    function expectRevert(bytes calldata reason) external;
    function expectEmit(address emitter) external;
    function chainId(uint256 id) external;
    function warp(uint256 timestamp) external;
    function roll(uint256 number) external;
    function etch(address account, bytes calldata code) external;
    function deal(address account, uint256 balance) external;
    function recordLogs() external;
    function getRecordedLogs() external returns (Log[] memory logs);
    function assume(bool condition) external pure;
    function getCode(string calldata artifact) external view returns (bytes memory);
    function snapshotGasLastCall(string calldata group, string calldata name) external returns (uint256);
    function snapshotValue(string calldata group, string calldata name, uint256 value) external;
    function assertTrue(bool condition, string calldata message) external pure;
    function assertEq(uint256 left, uint256 right, string calldata message) external pure;
    function assertEq(bytes32 left, bytes32 right, string calldata message) external pure;
    function assertEq(address left, address right, string calldata message) external pure;
    function assertEq(string calldata left, string calldata right, string calldata message) external pure;
}

/// @notice Base of all tests: forge finds `test…` and `invariant…` functions by name and calls `setUp` before each.
abstract contract Test {
    /// Where forge answers cheatcodes.
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    address[] private _targets;
    FuzzSelector[] private _selectors;

    /// @notice Read by forge's invariant runner.
    function targetContracts() external view returns (address[] memory) {
        return _targets;
    }

    /// @notice Read by forge's invariant runner.
    function targetSelectors() external view returns (FuzzSelector[] memory) {
        return _selectors;
    }

    function target(address account, bytes4[] memory selectors) internal {
        _targets.push(account);
        _selectors.push(FuzzSelector(account, selectors));
    }

    /// Maps `value` into [low, high], the ends included.
    function bound(uint256 value, uint256 low, uint256 high) internal pure returns (uint256) {
        require(low <= high, "bound: empty range");
        if (value >= low && value <= high) return value;
        return low + value % (high - low + 1);
    }
}
