"""The shipped contracts: complete, deployable, and of one mind with the Python encodings."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from eth_abi import encode
from eth_tester.exceptions import TransactionFailed
from eth_utils import keccak
from hypothesis import given, settings
from hypothesis import strategies as st
from web3 import EthereumTesterProvider, Web3

from zkattest.statements import attestation_digest, context_digest, encode_output

EIP_170_LIMIT = 24_576
NAMES = (
    "AttestationRegistry",
    "DatasetRegistry",
    "DeploymentGate",
    "EzklVerifier",
    "IVerifier",
    "MetricRegistry",
    "ModelRegistry",
    "SumcheckVerifier",
    "VerifyingKeyStore",
)
FOUNDRY = Path(__file__).parents[2] / "verifier_contracts"

#: BN254's scalar field.
R = 21888242871839275222246405745257275088548364400416034343698204186575808495617

COMMITMENT = "(bytes32,bytes32,bytes32,bytes4,string)"
SYSTEM = keccak(b"halo2-ezkl23-bn254-v1")[:4]
MODEL, CIRCUIT, KEY = keccak(b"model"), keccak(b"circuit"), keccak(b"key")
HALO2_LENGTH = 96


def artifact(name: str) -> dict[str, Any]:
    text = resources.files("zkattest.chain").joinpath("artifacts", f"{name}.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def signature(entry: dict[str, Any]) -> str:
    """``name(types)`` of an ABI entry, tuples written out."""

    def spell(parameter: dict[str, Any]) -> str:
        kind: str = parameter["type"]
        if not kind.startswith("tuple"):
            return kind
        return "(" + ",".join(spell(part) for part in parameter["components"]) + ")" + kind[len("tuple") :]

    return f"{entry['name']}({','.join(spell(parameter) for parameter in entry['inputs'])})"


def signatures(name: str, kind: str) -> set[str]:
    return {signature(entry) for entry in artifact(name)["abi"] if entry["type"] == kind}


def test_the_package_ships_these_contracts_and_no_others() -> None:
    folder = resources.files("zkattest.chain").joinpath("artifacts")
    found = {entry.name.removesuffix(".json") for entry in folder.iterdir() if entry.name.endswith(".json")}
    assert found == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_artifact_is_complete_linked_and_deployable(name: str) -> None:
    found = artifact(name)
    assert set(found) == {"contractName", "abi", "bytecode", "deployedBytecode", "compiler", "sourceHash"}
    assert found["contractName"] == name
    assert re.fullmatch(r"0x[0-9a-f]{64}", found["sourceHash"])
    for field in ("bytecode", "deployedBytecode"):  # a library still to be linked would show as __$…$__
        assert re.fullmatch(r"0x([0-9a-f]{2})*", found[field])
    runtime = bytes.fromhex(found["deployedBytecode"][2:])
    assert len(runtime) <= EIP_170_LIMIT
    assert (len(runtime) == 0) == (name == "IVerifier")
    pinned = json.loads((FOUNDRY / "package.json").read_text("utf-8"))["devDependencies"]["solc"]
    assert found["compiler"]["version"].startswith(f"{pinned}+commit.")
    assert found["compiler"]["settings"]["evmVersion"] == "cancun"


def test_model_registry_speaks_the_draft() -> None:
    """The declarations of ERC-7992's registry, written out."""
    assert {
        f"registerModel({COMMITMENT})",
        f"updateModel(uint256,{COMMITMENT})",
        "deprecateModel(uint256)",
        "getModel(uint256)",
    } <= signatures("ModelRegistry", "function")
    assert {
        f"ModelRegistered(uint256,address,{COMMITMENT})",
        f"ModelUpdated(uint256,{COMMITMENT},{COMMITMENT})",
        "ModelDeprecated(uint256)",
    } <= signatures("ModelRegistry", "event")
    assert {
        "ModelNotFound(uint256)",
        "NotModelOwner(uint256,address)",
        "ModelDeprecated(uint256)",
    } <= signatures("ModelRegistry", "error")


def test_attestation_registry_speaks_the_draft() -> None:
    """The declarations of ERC-7992's verifier, written out."""
    assert {
        "verifyInference(uint256,bytes32,bytes,bytes)",
        "proofSystemOf(uint256)",
        "registry()",
    } <= signatures("AttestationRegistry", "function")
    assert "InferenceVerified(uint256,bytes32,bytes,address)" in signatures("AttestationRegistry", "event")
    assert {
        "InvalidProof()",
        "ModelMismatch()",
        "InputCommitmentMismatch()",
        "OutputMismatch()",
        "UnsupportedProofSystem(bytes4)",
        "VerificationRefused_ModelDeprecated(uint256)",
    } <= signatures("AttestationRegistry", "error")


@dataclass
class World:
    """A chain with the registries, one registered model, and Halo2 stand-ins to deploy."""

    web3: Web3
    models: Any
    registry: Any
    model_id: int

    def deploy(self, name: str, *arguments: object) -> Any:
        found = artifact(name)
        factory = self.web3.eth.contract(abi=found["abi"], bytecode=found["bytecode"])
        receipt = self.web3.eth.wait_for_transaction_receipt(factory.constructor(*arguments).transact())
        assert receipt["status"] == 1
        return self.web3.eth.contract(address=receipt["contractAddress"], abi=found["abi"])

    def deploy_halo2_expecting(self, calldata: bytes) -> str:
        """A contract that answers 1 to exactly ``calldata`` and 0 to everything else, assembled by hand."""
        # CALLDATACOPY(0, 0, CALLDATASIZE); KECCAK256(0, CALLDATASIZE) == expected; MSTORE(0); RETURN(0, 32)
        runtime = bytes.fromhex("365f5f37365f207f") + keccak(calldata) + bytes.fromhex("145f5260205ff3")
        # CODECOPY(0, 11, size); RETURN(0, size)
        size = bytes([len(runtime)])
        creation = b"\x60" + size + bytes.fromhex("600b5f3960") + size + bytes.fromhex("5ff300") + runtime
        receipt = self.web3.eth.wait_for_transaction_receipt(
            self.web3.eth.send_transaction({"data": Web3.to_hex(creation)})
        )
        address: str = receipt["contractAddress"]
        assert bytes(self.web3.eth.get_code(Web3.to_checksum_address(address))) == runtime
        return address


@pytest.fixture(scope="module")
def world() -> World:
    web3 = Web3(EthereumTesterProvider())
    web3.eth.default_account = web3.eth.accounts[0]
    made = World(web3, None, None, 0)
    made.models = made.deploy("ModelRegistry")
    made.registry = made.deploy("AttestationRegistry", made.models.address, web3.eth.accounts[0])
    made.models.functions.registerModel((MODEL, CIRCUIT, KEY, SYSTEM, "ipfs://model")).transact()
    made.model_id = made.models.functions.modelIdOf(MODEL).call()
    return made


@settings(max_examples=25, deadline=None)
@given(nonce=st.binary(min_size=32, max_size=32))
def test_solidity_and_python_agree_on_the_context(world: World, nonce: bytes) -> None:
    assert bytes(world.registry.functions.contextOf(world.model_id, 1, nonce).call()) == context_digest(
        chain_id=world.web3.eth.chain_id,
        registry=world.registry.address,
        model_id=world.model_id,
        version=1,
        model_hash=MODEL,
        nonce=nonce,
    )


def test_contexts_of_other_registries_models_and_versions_differ(world: World) -> None:
    models, nonce = world.models.functions, bytes(32)
    models.updateModel(world.model_id, (keccak(b"version 2"), CIRCUIT, KEY, SYSTEM, "")).transact()
    models.registerModel((keccak(b"other"), CIRCUIT, KEY, SYSTEM, "")).transact()
    other_id = models.modelIdOf(keccak(b"other")).call()
    twin = world.deploy("AttestationRegistry", world.models.address, world.web3.eth.accounts[0])
    contexts = {
        bytes(world.registry.functions.contextOf(world.model_id, 1, nonce).call()),
        bytes(world.registry.functions.contextOf(world.model_id, 2, nonce).call()),
        bytes(world.registry.functions.contextOf(other_id, 1, nonce).call()),
        bytes(twin.functions.contextOf(world.model_id, 1, nonce).call()),
    }
    assert len(contexts) == 4


def halo2_calldata(
    *, commitment: int, context_hash: int, output: list[int], context: bytes, halo2: bytes
) -> bytes:
    """What the generated verifier must be asked, from big integers and eth-abi alone."""
    instances = [
        commitment,
        context_hash,
        *(value % R for value in output),
        int.from_bytes(context[:16], "big"),
        int.from_bytes(context[16:], "big"),
        0,
    ]
    selector = keccak(b"verifyProof(bytes,uint256[])")[:4]
    return selector + encode(["bytes", "uint256[]"], [halo2, instances])


def refusal(call: Any) -> str:
    """The custom error with which ``call`` is refused, as a signature."""
    with pytest.raises(TransactionFailed) as caught:
        call.call()
    # The provider hides the revert data in the text of its exception, as a bytes literal.
    data = ast.literal_eval(str(caught.value).removeprefix("execution reverted: "))
    known = {
        keccak(found.encode())[:4]: found
        for name in ("AttestationRegistry", "EzklVerifier", "ModelRegistry")
        for found in signatures(name, "error")
    }
    return known[data[:4]]


def test_a_statement_reaches_the_generated_verifier_as_python_encodes_it(world: World) -> None:
    """Registry -> EzklVerifier -> a contract that accepts one calldata only: the one that Python computes."""
    output = [0, 1, -1, 2**63 - 1, -(2**63), 123456789, -987654321]
    nonce, commitment, context_hash = keccak(b"nonce"), R - 5, 77
    halo2 = bytes(range(HALO2_LENGTH))
    context = context_digest(
        chain_id=world.web3.eth.chain_id,
        registry=world.registry.address,
        model_id=world.model_id,
        version=1,
        model_hash=MODEL,
        nonce=nonce,
    )
    inner = world.deploy_halo2_expecting(
        halo2_calldata(
            commitment=commitment, context_hash=context_hash, output=output, context=context, halo2=halo2
        )
    )
    verifier = world.deploy(
        "EzklVerifier", inner, SYSTEM, MODEL, CIRCUIT, KEY, len(output), HALO2_LENGTH, True
    )
    world.registry.functions.approveVerifier(verifier.address).transact()
    try:
        encoded = encode_output(np.array(output, dtype=np.int64))
        proof = context_hash.to_bytes(32, "big") + halo2
        claim = (world.model_id, 1, commitment.to_bytes(32, "big"), encoded, nonce)
        submit = world.registry.functions.submit

        wrong = (world.model_id, 1, commitment.to_bytes(32, "big"), encoded, keccak(b"another nonce"))
        assert refusal(submit(wrong, proof)) == "InvalidProof()"
        assert refusal(submit(claim, proof + b"\0")) == "MalformedProofLength(uint256,uint256)"
        assert (
            refusal(submit((world.model_id, 1, (commitment + R).to_bytes(32, "big"), encoded, nonce), proof))
            == "NonCanonicalInputCommitment()"
        )

        attestation_id = submit(claim, proof).call()
        submit(claim, proof).transact()
        expected = keccak(
            encode(
                ["bytes32", "bytes32", "bytes32", "bytes32"],
                [
                    keccak(b"zkattest-attestation-v1"),
                    context,
                    commitment.to_bytes(32, "big"),
                    keccak(encoded),
                ],
            )
        )
        assert bytes(attestation_id) == expected
        assert expected == attestation_digest(
            context=context, input_commitment=commitment.to_bytes(32, "big"), output=encoded
        )
        attested, development, approved, deprecated = world.registry.functions.standing(attestation_id).call()
        assert (attested, development, approved, deprecated) == (True, True, True, False)
        assert refusal(submit(claim, proof)) == "AlreadyAttested(bytes32)"
    finally:
        world.registry.functions.revokeVerifier(verifier.address).transact()


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
def test_the_forge_launcher_passes_failures_on() -> None:
    """npm's own launcher exits 0 whatever happens, which would turn every gate green."""
    if not (FOUNDRY / "node_modules").is_dir():
        pytest.skip("npm ci has not been run in verifier_contracts")
    launcher = str(FOUNDRY / "tools" / "foundry.js")
    node = shutil.which("node") or "node"
    good = subprocess.run([node, launcher, "forge", "--version"], capture_output=True, check=False)
    assert good.returncode == 0
    assert b"forge" in good.stdout
    bad = subprocess.run([node, launcher, "forge", "no-such-command"], capture_output=True, check=False)
    assert bad.returncode not in (0, None)
    unknown = subprocess.run([node, launcher, "cast"], capture_output=True, check=False)
    assert unknown.returncode == 2


@pytest.mark.parametrize("path", ["package-lock.json", ".npmrc"])
def test_no_registry_host_is_committed(path: str) -> None:
    text = (FOUNDRY / path).read_text("utf-8")
    assert '"resolved"' not in text
    assert "registry=" not in text.replace("omit-lockfile-registry-resolved=", "")


@pytest.mark.parametrize("tool", ["forge", "anvil"])
def test_the_lock_file_knows_every_platform(tool: str) -> None:
    """``npm ci`` refuses a lock file without some platform's binary, on every platform."""
    packages = json.loads((FOUNDRY / "package-lock.json").read_text("utf-8"))["packages"]
    wanted = packages[f"node_modules/@foundry-rs/{tool}"]["optionalDependencies"]
    assert len(wanted) == 5
    for name, version in wanted.items():
        assert packages[f"node_modules/{name}"]["version"] == version
