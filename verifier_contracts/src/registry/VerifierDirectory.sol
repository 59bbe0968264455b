// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttestationRegistry} from "../interfaces/IAttestationRegistry.sol";
import {IVerifier} from "../interfaces/IVerifier.sol";
import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";

/// @title VerifierDirectory
/// @notice Which verifier contracts may judge proofs: one for each key, or one for all keys of a proof system.
/// @dev A verifier's id, key and set-up flag are read at approval and kept, so that what was approved is what is
/// used. Its code is the approver's to review: a verifier behind a proxy can change after approval.
abstract contract VerifierDirectory is IAttestationRegistry, AccessControl {
    /// @notice May approve and revoke verifiers.
    bytes32 public constant VERIFIER_APPROVER = keccak256("VERIFIER_APPROVER");

    /// One slot, because every submission reads it.
    struct Judge {
        address verifier;
        bool developmentSetup;
    }

    struct Approval {
        bytes32 vkHash;
        bytes4 proofSystemId;
    }

    /// The zero key stands for every key of the proof system.
    mapping(bytes4 proofSystemId => mapping(bytes32 vkHash => Judge)) private _judges;
    mapping(bytes4 proofSystemId => uint256) private _verifierCount;
    /// An approval exists iff its proof system is not zero.
    mapping(address verifier => Approval) private _approvals;

    constructor(address admin) {
        if (admin == address(0)) revert ZeroAdmin();
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(VERIFIER_APPROVER, admin);
    }

    /// @inheritdoc IAttestationRegistry
    function approveVerifier(IVerifier verifier) external onlyRole(VERIFIER_APPROVER) {
        address account = address(verifier);
        if (account.code.length == 0) revert NotAContract(account);
        bytes4 proofSystemId = verifier.proofSystemId();
        bytes32 vkHash = verifier.verifyingKeyHash();
        bool developmentSetup = verifier.developmentSetup();
        if (proofSystemId == 0) revert ZeroProofSystem(account);
        address holder = _judges[proofSystemId][vkHash].verifier;
        if (holder != address(0)) revert VerifierAlreadyApproved(proofSystemId, vkHash, holder);
        // A verifier that changed its answers since it was approved would leave its first entry behind.
        if (isApproved(verifier)) {
            Approval storage earlier = _approvals[account];
            revert VerifierAlreadyApproved(earlier.proofSystemId, earlier.vkHash, account);
        }

        _judges[proofSystemId][vkHash] = Judge(account, developmentSetup);
        ++_verifierCount[proofSystemId];
        _approvals[account] = Approval(vkHash, proofSystemId);
        emit VerifierApproved(account, proofSystemId, vkHash, developmentSetup);
    }

    /// @inheritdoc IAttestationRegistry
    function revokeVerifier(IVerifier verifier) external onlyRole(VERIFIER_APPROVER) {
        address account = address(verifier);
        if (!isApproved(verifier)) revert UnknownVerifier(account);
        Approval memory approval = _approvals[account];
        delete _approvals[account];
        delete _judges[approval.proofSystemId][approval.vkHash];
        --_verifierCount[approval.proofSystemId];
        emit VerifierRevoked(account, approval.proofSystemId, approval.vkHash);
    }

    /// @inheritdoc IAttestationRegistry
    function verifierFor(bytes4 proofSystemId, bytes32 vkHash)
        public
        view
        returns (IVerifier verifier, bool developmentSetup)
    {
        Judge memory judge = _judges[proofSystemId][vkHash];
        if (judge.verifier == address(0)) judge = _judges[proofSystemId][0];
        return (IVerifier(judge.verifier), judge.developmentSetup);
    }

    /// @inheritdoc IAttestationRegistry
    function isApproved(IVerifier verifier) public view returns (bool) {
        return _approvals[address(verifier)].proofSystemId != 0;
    }

    function _requireVerifier(bytes4 proofSystemId, bytes32 vkHash)
        internal
        view
        returns (address account, bool developmentSetup)
    {
        IVerifier verifier;
        (verifier, developmentSetup) = verifierFor(proofSystemId, vkHash);
        account = address(verifier);
        if (account == address(0)) {
            if (_verifierCount[proofSystemId] == 0) revert UnsupportedProofSystem(proofSystemId);
            revert VerifierNotApproved(proofSystemId, vkHash);
        }
    }
}
