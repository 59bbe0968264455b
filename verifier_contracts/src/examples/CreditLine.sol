// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Claim, IAttestationRegistry} from "../interfaces/IAttestationRegistry.sol";
import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";

/// @title CreditLine
/// @notice An example: lends a fixed amount, once for each file of data that a bureau vouches for, to whoever proves that the
/// lender's model scores that file well. Neither the file nor the model's weights are on chain.
///
/// Who is trusted: the lender, who owns the model (all of its versions from `minVersion` on give one score of scale `scale`);
/// the bureau, which knows that an input commitment is of that borrower's file; the registry's approver of verifiers.
contract CreditLine is AccessControl {
    /// @notice May vouch for input commitments.
    bytes32 public constant BUREAU = keccak256("BUREAU");

    IAttestationRegistry private immutable REGISTRY;
    uint256 private immutable MODEL_ID;
    uint64 private immutable MIN_VERSION;
    /// The model's integer stands for integer * 2^-scale, so the threshold in the model's integers is threshold * 2^scale.
    int256 private immutable LEAST_SCORE;
    uint256 private immutable AMOUNT;

    /// @notice Whose file an input commitment is of; zero: nobody's.
    mapping(bytes32 inputCommitment => address) public borrowerOf;
    /// @notice The files that were lent on.
    mapping(bytes32 inputCommitment => bool) public used;

    event Lent(address indexed borrower, bytes32 indexed attestationId, int64 score);

    error WrongModel(uint256 modelId, uint64 version);
    error NotTheBorrower(bytes32 inputCommitment);
    error AlreadyUsed(bytes32 inputCommitment);
    error NotOneScore(uint256 length);
    error ScoreTooLow(int64 score);
    /// @notice Not attested, attested on a development set-up, by a verifier revoked since, or of a deprecated version.
    error NotInGoodStanding(bytes32 attestationId);
    error TransferFailed();

    /// @param scale of the model's output, in bits (below 64)
    /// @param threshold the lowest score that is lent to, in units of the score
    /// @param amount wei
    constructor(
        IAttestationRegistry registry,
        uint256 modelId,
        uint64 minVersion,
        uint8 scale,
        int64 threshold,
        uint256 amount,
        address bureau
    ) payable {
        (REGISTRY, MODEL_ID, MIN_VERSION, AMOUNT) = (registry, modelId, minVersion, amount);
        LEAST_SCORE = threshold * int256(2 ** uint256(scale));
        _grantRole(BUREAU, bureau);
    }

    /// @notice Vouches that the committed input is `borrower`'s file.
    function vouch(bytes32 inputCommitment, address borrower) external onlyRole(BUREAU) {
        borrowerOf[inputCommitment] = borrower;
    }

    /// @notice Pays the caller out.
    /// @param proof of `claim`; empty where the claim is attested already
    function draw(Claim calldata claim, bytes calldata proof) external {
        if (claim.modelId != MODEL_ID || claim.version < MIN_VERSION) {
            revert WrongModel(claim.modelId, claim.version);
        }
        if (borrowerOf[claim.inputCommitment] != msg.sender) revert NotTheBorrower(claim.inputCommitment);
        if (claim.output.length != 8) revert NotOneScore(claim.output.length);
        int64 score = int64(uint64(bytes8(claim.output)));
        if (score < LEAST_SCORE) revert ScoreTooLow(score);
        if (used[claim.inputCommitment]) revert AlreadyUsed(claim.inputCommitment);
        used[claim.inputCommitment] = true;

        bytes32 id = proof.length == 0 ? REGISTRY.attestationIdOf(claim) : REGISTRY.submit(claim, proof);
        (bool attested, bool developmentSetup, bool verifierApproved, bool deprecated) = REGISTRY.standing(id);
        if (!attested || developmentSetup || !verifierApproved || deprecated) revert NotInGoodStanding(id);

        emit Lent(msg.sender, id, score);
        (bool paid,) = msg.sender.call{value: AMOUNT}("");
        if (!paid) revert TransferFailed();
    }
}
