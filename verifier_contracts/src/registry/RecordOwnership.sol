// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title RecordOwnership
/// @notice Owners of numbered records and their transfer in two steps, so that no record goes to an address
/// that cannot act. Ids start at 1; a record exists iff it has an owner.
abstract contract RecordOwnership {
    mapping(uint256 id => address) private _owners;
    mapping(uint256 id => address) private _pendingOwners;

    /// @notice The owner; reverts for an unknown id.
    function ownerOf(uint256 id) public view virtual returns (address owner) {
        owner = _owners[id];
        if (owner == address(0)) _revertNotFound(id);
    }

    /// @notice Whom the record is offered to, or zero; reverts for an unknown id.
    function pendingOwnerOf(uint256 id) public view virtual returns (address) {
        _requireExists(id);
        return _pendingOwners[id];
    }

    function _requireExists(uint256 id) internal view {
        if (_owners[id] == address(0)) _revertNotFound(id);
    }

    function _requireOwner(uint256 id) internal view {
        if (ownerOf(id) != msg.sender) _revertNotOwner(id, msg.sender);
    }

    function _create(uint256 id, address owner) internal {
        _owners[id] = owner;
    }

    function _offer(uint256 id, address newOwner) internal {
        _requireOwner(id);
        _pendingOwners[id] = newOwner;
    }

    /// @return oldOwner the owner until now; the caller is the new one
    function _accept(uint256 id) internal returns (address oldOwner) {
        oldOwner = ownerOf(id);
        if (_pendingOwners[id] != msg.sender) _revertNotPendingOwner(id, msg.sender);
        delete _pendingOwners[id];
        _owners[id] = msg.sender;
    }

    function _revertNotFound(uint256 id) internal pure virtual;
    function _revertNotOwner(uint256 id, address caller) internal pure virtual;
    function _revertNotPendingOwner(uint256 id, address caller) internal pure virtual;
}
