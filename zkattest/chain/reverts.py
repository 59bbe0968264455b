"""Why a call reverted: custom errors by name, with what to do about each."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any, Final

from eth_utils.crypto import keccak

from zkattest.chain.contracts import AbiEntry, artifacts, decode_values, signature
from zkattest.errors import FormatError, RevertedError

_ERROR: Final[AbiEntry] = {"type": "error", "name": "Error", "inputs": [{"name": "reason", "type": "string"}]}
_PANIC: Final[AbiEntry] = {"type": "error", "name": "Panic", "inputs": [{"name": "code", "type": "uint256"}]}

#: Solidity's panic codes (documentation of Solidity, "Panic via assert and Error via require").
PANICS: Final = {
    0x00: "a panic inserted by the compiler",
    0x01: "a failed assertion",
    0x11: "an arithmetic overflow",
    0x12: "a division by zero",
    0x21: "a value outside of an enumeration",
    0x22: "a badly encoded storage array",
    0x31: "a pop from an empty array",
    0x32: "an array index out of bounds",
    0x41: "too much memory",
    0x51: "a call of an uninitialised function",
}

#: What the user can do about each custom error of the contracts.
REMEDIES: Final[dict[str, str]] = {
    # proofs
    "InvalidProof": "Prove again; check that statement, context and key belong together.",
    "ModelMismatch": "Name the model and version that the proof was made for.",
    "CircuitMismatch": "Use the proof with the circuit that it was made for.",
    "VerifyingKeyMismatch": "Register the verifying key that the proof was made under.",
    "InputCommitmentMismatch": "Use the input commitment of the proof's own statement.",
    "OutputMismatch": "Use the output of the proof's own statement.",
    "MalformedOutput": "Give the output as the proof's statement holds it: 8 bytes a value.",
    "MalformedOutputLength": "Give the output as the proof's statement holds it: 8 bytes a value.",
    "MalformedProofLength": "The bytes are no proof of this system and circuit: copy the file again.",
    "MalformedEnvelope": "Encode (version, nonce, proof) canonically, as in ERC-7992's verifyInference.",
    "NonCanonicalContextHash": "The proof's bytes were altered: copy the file again.",
    "NonCanonicalInputCommitment": "The proof's bytes were altered: copy the file again.",
    # attestations
    "AlreadyAttested": "The same claim is on the chain already; use a new nonce for a new attestation.",
    "AttestationNotFound": "Check the id and the deployments file.",
    "VerificationRefused_ModelDeprecated": "The model is out of use; register its successor.",
    "VerificationRefused_VersionDeprecated": "The version is out of use; prove with the current.",
    # verifiers
    "VerifierNotApproved": "Register the model again with its verifying key: that deploys the verifier.",
    "UnsupportedProofSystem": "Use a proof system that the registry has a verifier for.",
    "VerifierAlreadyApproved": "Revoke the verifier that is approved for this key, or use it.",
    "VerifierFailed": "The verifier ran out of gas or is faulty: check what was deployed.",
    "UnknownVerifier": "Name a verifier that is approved now.",
    "ZeroProofSystem": "The contract names no proof system: deploy the exported verifier.",
    "ZeroParameter": "Export the verifier again from its verifying key.",
    "Halo2VerifierChanged": "The contract behind the adapter changed: deploy a new verifier.",
    "NotAContract": "Check the address: no code is there on this chain.",
    "AccessControlUnauthorizedAccount": "Use the deployer's account, or have it grant the role.",
    "AccessControlBadConfirmation": "A role is renounced by the account that holds it.",
    "ZeroAdmin": "Give the administrator's address.",
    # the store of keys
    "NotACircuit": "Make the keys again with the version of zkattest that deployed the store.",
    "MalformedRecord": "Use the record of the verifying key as it is.",
    "TooLong": "A contract holds 24,575 bytes: commit with longer rows, or use a smaller model.",
    "RowSizeOutOfRange": "Commit with rows of 2^6 to 2^28 cells.",
    "MaskRows": "Use the circuit of the verifying key as it is.",
    "NonzeroPadding": "Use the record of the verifying key as it is.",
    "TableOutOfRange": "Use the record of the verifying key as it is.",
    "TooManyInputs": "Use the record of the verifying key as it is.",
    "PrivateOutput": "Make keys with a public output: contracts judge no others.",
    "PointAtInfinity": "The key's or the proof's bytes were altered: copy the file again.",
    "PointNotOnCurve": "The key's or the proof's bytes were altered: copy the file again.",
    "CoordinateOutOfRange": "The key's or the proof's bytes were altered: copy the file again.",
    "CreationFailed": "Repeat the command with more gas.",
    "NothingToStore": "Call addKey, not this function.",
    # the universal verifier
    "UnknownVerifyingKey": "Publish the key first: register the model.",
    "SetupMismatch": "Use keys that were made with the string of the deployed verifier.",
    "NonCanonicalScalar": "The proof's bytes were altered: copy the file again.",
    "InvalidPoint": "The proof's bytes were altered: copy the file again.",
    "MalformedBatch": "Give at least one statement, and a proof for each.",
    "InsufficientGas": "Repeat the call with more gas.",
    "ExponentiationFailed": "Repeat the call with more gas.",
    "PairingFailed": "Repeat the call with more gas.",
    "InvalidSetup": "Deploy the verifier with the [tau]_2 of a real string.",
    "MalformedSetup": "Deploy the verifier with the 128 bytes of [tau]_2.",
    # models
    "ModelNotFound": "Check the model id and the deployments file.",
    "VersionNotFound": "Check the version: they count from 1.",
    "NotModelOwner": "Use the account that owns the model.",
    "NotPendingModelOwner": "Accept with the account that the model was offered to.",
    "ModelDeprecated": "The model is out of use for good; register its successor.",
    "ModelAlreadyRegistered": "The commitment belongs to another model: update that one, or commit anew.",
    "VersionAlreadyRegistered": "Use the version that the error names.",
    "VersionAlreadyDeprecated": "Nothing is left to do.",
    "ZeroModelHash": "Take the hashes from the verifying key.",
    "ZeroCircuitHash": "Take the hashes from the verifying key.",
    "ZeroVkHash": "Take the hashes from the verifying key.",
    "ZeroProofSystemId": "Take the proof system from the verifying key.",
    # data sets
    "DatasetNotFound": "Check the data set id and the deployments file.",
    "NotDatasetOwner": "Use the account that owns the data set.",
    "NotPendingDatasetOwner": "Accept with the account that the data set was offered to.",
    "DatasetAlreadyRegistered": "Another account registered this commitment; commit anew with a new salt.",
    "DatasetNotActive": "The data set has been deprecated or revoked.",
    "ParentRevoked": "The parent was withdrawn: data drawn from it cannot be registered.",
    "ZeroCommitment": "Commit to the data set first.",
    "UnspecifiedRole": "Choose a role: train, validation, test, calibration or audit.",
    "NoRows": "A data set has at least one row.",
    # metrics
    "DatasetNotUsable": "The data set was deprecated or revoked: prove over another one.",
    "ManifestMismatch": "Give the manifest of the data set that is registered under this id, unchanged.",
    "RoleMismatch": "Register the data set with the role that its manifest names.",
    "RowsMismatch": "Register the data set with the number of rows that its manifest names.",
    "ShardCountOutOfRange": "Commit the data set in 1 to 256 shards: choose a larger capacity.",
    "MalformedManifest": "Give the data set's own manifest.",
    "UnknownShard": "Shards count from 0 in the order of the manifest.",
    "ShardListedTwice": "Commit a data set of different shards: these rows would count twice.",
    "LabelledMismatch": "Give the data set's own manifest.",
    "ShardAlreadyCounted": "Nothing is left to do for this shard; to prove anew, take a new nonce.",
    "VerifierChanged": "Prove all shards again, with a new nonce.",
    "ValueCountMismatch": "Submit proofs that were made with one metric key.",
    "MalformedValues": "Give the integers as the proof's statement holds them: 8 bytes each.",
    "SumOverflow": "The sums leave 64 bits: use smaller scales.",
    "ThresholdsOfShards": "Prove bounds over a data set of one shard, or reveal counts.",
    "EvidenceNotFound": "Check the evidence's id, and submit the metric's proofs first.",
    # the gate
    "ZeroGateAdmin": "Give the administrator's address.",
    "NoPolicy": "Have a policy set for the model: zkattest policy set.",
    "ClauseCountOutOfRange": "Write 1 to 32 clauses.",
    "MalformedClause": "Check metric, class, group and bound of this clause against its score.",
    "EvidenceCountMismatch": "Name one piece of evidence for each clause, in the policy's order.",
    "ClauseNotSatisfied": "Prove what the policy asks for; zkattest gate status says clause by clause.",
    "ApprovedForOtherRole": "Approve the data set for the role that it is registered with.",
    "DatasetAlreadyApproved": "Nothing is left to do.",
    "DatasetNotApprovedYet": "Nothing is left to withdraw.",
    "DatasetUnusable": "The data set was deprecated or revoked: approve another one.",
    "WrongState": "Look at zkattest gate status: only a validated version can be deployed.",
    "VersionRevoked": "Have a revoker reinstate the version first.",
    "VersionNotRevoked": "Nothing is left to do.",
    "SafeCastOverflowedUintDowncast": "A number is out of the contract's range: check ids and versions.",
}


#: Words of the gate's enumerations, in the contract's order; ``zkattest.chain.gate`` shows the same.
STATES: Final = ("none", "registered", "validated", "deployed")
VERDICTS: Final = (
    "satisfied",
    "no evidence",
    "evidence about something else",
    "shards are missing",
    "too old",
    "development set-up",
    "the verifier was revoked",
    "the data set was deprecated or revoked",
    "the data set is not approved",
    "counts of another layout or of other rows",
    "too few labelled rows",
    "nothing to divide by",
    "bound not reached",
)
_WORDS: Final = {"state": STATES, "verdict": VERDICTS}


@functools.cache
def known_errors() -> dict[bytes, AbiEntry]:
    """Custom errors of all shipped contracts, by selector."""
    found = {_selector(entry): entry for entry in (_ERROR, _PANIC)}
    for contract in artifacts().values():
        found.update({_selector(entry): entry for entry in contract.abi if entry["type"] == "error"})
    return found


def _selector(entry: AbiEntry) -> bytes:
    return keccak(text=signature(entry))[:4]


def decode_revert(data: bytes, *, abi: Iterable[AbiEntry] = ()) -> tuple[str, dict[str, Any]]:
    """The error's name and arguments behind revert ``data``.

    Arguments:
        data: what the call returned.
        abi: further interfaces to search, before the shipped ones.

    Returns:
        ``("", {})`` when there is no data; ``("unknown", {"data": hex})`` when no interface knows it.
    """
    if not data:
        return "", {}
    further = {_selector(entry): entry for entry in abi if entry["type"] == "error"}
    entry = further.get(data[:4]) or known_errors().get(data[:4])
    if entry is not None:
        try:
            return str(entry["name"]), decode_values(entry["inputs"], data[4:])
        except FormatError:
            pass  # a selector that collides, or damaged data: shown as it is
    return "unknown", {"data": "0x" + data.hex()}


def reverted(data: bytes, *, doing: str, abi: Iterable[AbiEntry] = ()) -> RevertedError:
    """The typed error for revert ``data`` of the step ``doing`` ("register a model")."""
    name, arguments = decode_revert(data, abi=abi)
    if not name:
        return RevertedError(
            f"The chain refused to {doing}, without a reason.",
            name=name,
            remedy="Check that the contract is the one that was deployed, and the account's role.",
        )
    if name == "Error":
        return RevertedError(
            f"The chain refused to {doing}: {arguments['reason']}.", name=name, arguments=arguments
        )
    if name == "Panic":
        cause = PANICS.get(arguments["code"], f"panic code {arguments['code']}")
        return RevertedError(
            f"The contract failed to {doing}: {cause}.",
            name=name,
            arguments=arguments,
            remedy="This is a fault of the contract: report it.",
        )
    shown = ", ".join(f"{key}={_show(_word(key, value))}" for key, value in arguments.items())
    return RevertedError(
        f"The chain refused to {doing}: {name}({shown}).",
        name=name,
        arguments=arguments,
        remedy=REMEDIES.get(name, ""),
    )


def _word(key: str, value: Any) -> Any:
    """An enumeration's word instead of its number."""
    words = _WORDS.get(key, ())
    return words[value] if isinstance(value, int) and value < len(words) else value


def _show(value: Any) -> str:
    if isinstance(value, bytes):
        return "0x" + (value.hex() if len(value) <= 32 else value[:32].hex() + "…")
    return str(value)
