"""The generated contract behind EzklVerifier gives the verdicts of Python, on the embedded chain."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from eth_tester import EthereumTester, PyEVMBackend
from eth_tester.exceptions import TransactionFailed
from eth_utils.crypto import keccak
from ezkl_models import CONTEXT, Case
from web3 import EthereumTesterProvider, Web3

from zkattest.backends.base import EvmVerifier, Proof, proof_system_id
from zkattest.backends.ezkl import EzklBackend, solidity
from zkattest.backends.ezkl.keys import FIELD, VerifierData
from zkattest.errors import MalformedProofError, ProofMismatchError, ToolMissingError
from zkattest.srs import Srs
from zkattest.statements import encode_output


@pytest.fixture(scope="module")
def compiled(case: Case, backend: EzklBackend, srs: Srs) -> EvmVerifier:
    try:
        return backend.evm_verifier(case.keys.verifying, srs=srs)
    except ToolMissingError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def verifier(compiled: EvmVerifier) -> Any:
    """The deployed EzklVerifier."""
    chain = Web3(EthereumTesterProvider(EthereumTester(PyEVMBackend())))
    addresses: dict[str, str] = {}
    contract: Any = None
    for code in compiled.contracts:
        arguments = [
            addresses[value[1:]] if isinstance(value, str) and value.startswith("$") else value
            for value in code.arguments
        ]
        factory = chain.eth.contract(abi=list(code.abi), bytecode=code.creation_code)
        receipt = chain.eth.wait_for_transaction_receipt(factory.constructor(*arguments).transact())
        assert receipt["status"] == 1
        addresses[code.name] = receipt["contractAddress"]
        contract = chain.eth.contract(address=receipt["contractAddress"], abi=list(code.abi))
    return contract


def on_chain(verifier: Any, proof: Proof) -> bool:
    s = proof.statement
    statement = (s.model_hash, s.circuit_hash, s.vk_hash, s.input_commitment, s.context, s.output)
    return bool(verifier.functions.verify(statement, proof.payload).call({"gas": 5_000_000}))


def with_statement(proof: Proof, **fields: object) -> Proof:
    return dataclasses.replace(proof, statement=dataclasses.replace(proof.statement, **fields))


def test_the_bundle(compiled: EvmVerifier, case: Case) -> None:
    halo2, pinned, adapter = compiled.contracts
    names = [contract.name for contract in compiled.contracts]
    assert names == ["Halo2Verifier", "PinnedHalo2Verifier", "EzklVerifier"]
    weights = VerifierData.from_bytes(case.keys.verifying.payload).weights
    assert pinned.arguments == ("$Halo2Verifier", weights)
    assert len(halo2.creation_code) <= solidity.MAX_CODE_BYTES
    assert adapter.arguments[0] == "$PinnedHalo2Verifier"
    assert adapter.arguments[1] == proof_system_id("halo2-ezkl23-bn254-v1")
    assert adapter.arguments[4] == case.keys.verifying.digest == compiled.vk_digest
    assert not compiled.wildcard


def test_the_deployed_verifier_names_its_key(verifier: Any, case: Case) -> None:
    assert verifier.functions.verifyingKeyHash().call() == case.keys.verifying.digest
    assert verifier.functions.proofSystemId().call() == proof_system_id(case.proof.proof_system)


def test_a_proof_is_accepted(verifier: Any, case: Case) -> None:
    assert on_chain(verifier, case.proof)


FALSE: dict[str, Callable[[Proof], Proof]] = {
    "output": lambda p: with_statement(p, output=encode_output(np.array([0, 0]))),
    "context": lambda p: with_statement(p, context=bytes(32)),
    "context's last bit": lambda p: with_statement(p, context=CONTEXT[:-1] + bytes([CONTEXT[-1] ^ 1])),
    "commitment": lambda p: with_statement(p, input_commitment=bytes(32)),
    "context hash": lambda p: dataclasses.replace(p, payload=bytes(32) + p.payload[32:]),
    "first point": lambda p: dataclasses.replace(p, payload=p.payload[:32] + b"\xff" * 32 + p.payload[64:]),
    "last word": lambda p: dataclasses.replace(p, payload=p.payload[:-32] + bytes(32)),
}

MALFORMED: dict[str, tuple[str, Callable[[Proof], Proof]]] = {
    "short": ("MalformedProofLength", lambda p: dataclasses.replace(p, payload=p.payload[:-1])),
    "long": ("MalformedProofLength", lambda p: dataclasses.replace(p, payload=p.payload + b"\0")),
    "context hash beyond the field": (
        "NonCanonicalContextHash",
        lambda p: dataclasses.replace(p, payload=FIELD.to_bytes(32, "big") + p.payload[32:]),
    ),
    "commitment beyond the field": (
        "NonCanonicalInputCommitment",
        lambda p: with_statement(p, input_commitment=b"\xff" * 32),
    ),
    "output of another size": ("MalformedOutputLength", lambda p: with_statement(p, output=bytes(8))),
}

MISMATCHED = {
    "model_hash": "ModelMismatch",
    "circuit_hash": "CircuitMismatch",
    "vk_hash": "VerifyingKeyMismatch",
}


def revert_name(verifier: Any, proof: Proof) -> str:
    """Name of the custom error that the contract reverts with."""
    with pytest.raises(TransactionFailed) as caught:
        on_chain(verifier, proof)
    text = str(caught.value)
    names = []
    for entry in verifier.abi:
        if entry["type"] == "error":
            types = ",".join(item["type"] for item in entry["inputs"])
            selector = keccak(f"{entry['name']}({types})".encode())[:4]
            if repr(selector)[2:-1] in text:
                names.append(entry["name"])
    assert len(names) == 1, text
    return str(names[0])


@pytest.mark.parametrize("what", FALSE)
def test_false_is_false_for_both(what: str, verifier: Any, case: Case, backend: EzklBackend) -> None:
    proof = FALSE[what](case.proof)
    assert backend.verify(case.keys.verifying, proof) is False
    assert on_chain(verifier, proof) is False


@pytest.mark.parametrize("what", MALFORMED)
def test_malformed_is_an_error_for_both(what: str, verifier: Any, case: Case, backend: EzklBackend) -> None:
    name, change = MALFORMED[what]
    proof = change(case.proof)
    with pytest.raises(MalformedProofError):
        backend.verify(case.keys.verifying, proof)
    assert revert_name(verifier, proof) == name


@pytest.mark.parametrize("field", MISMATCHED)
def test_a_mismatch_is_an_error_for_both(field: str, verifier: Any, case: Case, backend: EzklBackend) -> None:
    proof = with_statement(case.proof, **{field: bytes(31) + b"\1"})
    with pytest.raises(ProofMismatchError):
        backend.verify(case.keys.verifying, proof)
    assert revert_name(verifier, proof) == MISMATCHED[field]
