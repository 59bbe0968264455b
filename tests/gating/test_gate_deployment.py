"""Nothing goes into service whose weights may be any field elements: the deployer's client checks the key."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
from gate_world import Clinic, clinic
from metric_world import development, table, world

import zkattest as zk
from zkattest.backends.base import VerifyingKey, proof_system_id
from zkattest.backends.sumcheck.keys import VerifierData
from zkattest.errors import PolicyError, ProofMismatchError


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """Version 1 is validated."""
    made = clinic(tmp_path_factory.mktemp("clinic"), development(15))
    clause = {"metric": "accuracy", "at_least": 0, "key": "accuracy.zkvk"}
    zk.policy.set(made.chain, made.model_id, made.policy(clause))
    zk.gate.approve_data(made.chain, made.world.store.dataset, allow_unsafe=True)
    made.submit("accuracy")
    zk.gate.validate(made.chain, made.model_id)
    yield made
    made.chain.close()


@pytest.fixture(scope="module")
def twin(here: Clinic, tmp_path_factory: pytest.TempPathFactory) -> VerifyingKey:
    """A good key of the same architecture with other weights."""
    other = world(tmp_path_factory.mktemp("twin"), here.srs, rows=table(10))
    return zk.setup(other.committed, here.srs).verifying


def refused(here: Clinic, key: VerifyingKey, version: int, words: str) -> None:
    """It is named, and nothing is sent, though the gate itself would take the version."""
    head, state = here.chain.block_number(), here.chain.gate.state(here.model_id, version)
    assert state == "validated"
    with pytest.raises(ProofMismatchError, match=words):
        zk.gate.deploy(here.chain, here.model_id, key, version, allow_unsafe=True)
    assert here.chain.block_number() == head
    assert here.chain.gate.state(here.model_id, version) == "validated"


def test_the_key_of_another_model_is_refused(here: Clinic, twin: VerifyingKey) -> None:
    refused(here, twin, 1, "is of model 0x")


def test_another_good_key_of_the_model_is_refused(here: Clinic) -> None:
    refused(here, here.metrics["accuracy"][1].verifying, 1, "digest is 0x")


def test_a_key_whose_registration_proof_was_changed_is_refused(here: Clinic) -> None:
    """Another byte is another digest than the registered one."""
    key = here.keys.verifying
    data = VerifierData.from_bytes(key.payload)
    proof = bytearray(data.registration_proof)
    proof[-1] ^= 1
    payload = dataclasses.replace(data, registration_proof=bytes(proof)).to_bytes()
    refused(here, dataclasses.replace(key, payload=payload), 1, "digest is 0x")


def test_a_registered_key_whose_registration_proof_does_not_hold_is_refused(
    here: Clinic, twin: VerifyingKey
) -> None:
    """The cheat: everything that contracts compare fits, evidence is counted, the version is validated; only
    nothing shows that weights are in their ranges."""
    key, chain = here.keys.verifying, here.chain
    foreign = VerifierData.from_bytes(twin.payload).registration_proof
    data = dataclasses.replace(VerifierData.from_bytes(key.payload), registration_proof=foreign)
    cheat = dataclasses.replace(key, payload=data.to_bytes())
    assert (cheat.model_hash, cheat.circuit_hash, cheat.record) == (
        *(key.model_hash, key.circuit_hash),
        key.record,
    )
    registered = chain.update_model(
        here.model_id,
        model_hash=cheat.model_hash,
        circuit_hash=cheat.circuit_hash,
        vk_hash=cheat.digest,
        proof_system_id=proof_system_id(cheat.proof_system),
    )
    version = registered.version
    here.submit("accuracy")
    zk.gate.validate(chain, here.model_id, version)
    refused(here, cheat, version, "registration proof does not hold")
    refused(here, key, version, "digest is 0x")
    chain.gate.deploy(here.model_id, version)  # the contract has no way of knowing
    assert chain.gate.state(here.model_id, version) == "deployed"


def test_the_registered_key_goes_into_service(here: Clinic) -> None:
    chain, model_id, key = here.chain, here.model_id, here.keys.verifying
    head = chain.block_number()
    with pytest.raises(PolicyError, match="development"):
        zk.gate.deploy(chain, model_id, key, 1)
    with pytest.raises(ProofMismatchError, match="another set-up string"):
        zk.gate.deploy(chain, model_id, key, 1, srs=development(15), allow_unsafe=True)
    assert chain.block_number() == head
    zk.gate.deploy(chain, model_id, key, 1, srs=here.srs, allow_unsafe=True)
    assert zk.gate.status(chain, model_id, 1).state == "deployed"
