"""Native proofs on chain through the API: costs said before, profiles, keys, batches, verdicts."""

from __future__ import annotations

import dataclasses
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from walking import small_model

import zkattest as zk
from zkattest.backends.sumcheck.keys import VerifierData
from zkattest.chain.contracts import Contract
from zkattest.chain.verification import claim_of
from zkattest.errors import (
    DeploymentError,
    InputError,
    ProofMismatchError,
    RevertedError,
    UnsupportedByBackendError,
)

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from layers import Network

#: Estimates of gas are within this share of what is charged.
ACCURACY = 0.05


@dataclass(frozen=True)
class World:
    """A chain with the suite, and the string of its verifier."""

    chain: zk.Chain
    srs: zk.Srs


@dataclass(frozen=True)
class Subject:
    """A registered model with a proof that is bound to the chain."""

    model: zk.QuantisedModel
    samples: Any
    committed: zk.CommittedModel
    keys: zk.Keys
    registered: zk.Registration
    proof: zk.Proof


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        srs = zk.Srs.development(16)
    with zk.Chain.embedded() as chain:
        zk.deploy(chain, srs)
        yield World(chain, srs)


def network(name: str) -> tuple[bytes, Any]:
    """ONNX bytes and samples."""
    rng = np.random.default_rng(1)
    if name == "tiny":
        return small_model(0), rng.uniform(-1, 1, (32, 3)).astype(np.float32)
    net = {
        "dense": lambda: Network("dense", 64).dense(64, 64, 10),
        "convolution": lambda: (
            Network("convolution", 1, 8, 8).conv(4, 3, pad=1).relu().pool("Max").flatten().dense(10)
        ),
    }[name]()
    return net.to_bytes(), rng.uniform(-1, 1, (32, *net.input[1:])).astype(np.float32)


def registered(world: World, name: str, *, profile: str = "gas") -> Subject:
    onnx, samples = network(name)
    model = zk.compile(onnx, samples, bits=8)
    committed = zk.commit(model, world.srs, profile=profile)
    keys = zk.setup(committed, world.srs)
    done = zk.register(world.chain, committed.commitment, keys.verifying)
    binding = zk.bind(world.chain, done.model_id, done.version)
    proof, _ = zk.prove(keys, model, samples[0], srs=world.srs, binding=binding)
    return Subject(model, samples, committed, keys, done, proof)


@pytest.fixture(scope="module")
def tiny(world: World) -> Subject:
    return registered(world, "tiny")


def transaction(chain: zk.Chain, verifier: str, proof: zk.Proof) -> int:
    """Gas of a transaction that verifies and does nothing else."""
    receipt = chain._session.transact(
        Contract.load("IVerifier"), verifier, "verify", claim_of(proof), proof.payload, doing="verify"
    )
    return receipt.gas_used


# --- costs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "profile"),
    [("tiny", "gas"), ("dense", "gas"), ("convolution", "gas"), ("dense", "balanced")],
)
def test_gas_is_as_estimated(world: World, name: str, profile: str) -> None:
    chain = world.chain
    subject = registered(world, name, profile=profile)
    verdict = zk.verify_on_chain(chain, subject.proof)
    assert verdict.valid
    cost = zk.estimate(subject.model, profile=profile, row_size=subject.committed.commitment.row_size)
    submitted = zk.submit(chain, subject.proof)
    calldata = bytes(chain.web3.eth.get_transaction(submitted.receipt.tx_hash)["input"])
    assert cost.calldata_bytes == len(calldata)
    measured = {
        "register_gas": sum(subject.registered.gas().values()),
        "verify_gas": transaction(chain, verdict.verifier, subject.proof),
        "attest_gas": submitted.receipt.gas_used,
    }
    for what, gas in measured.items():
        assert getattr(cost, what) == pytest.approx(gas, rel=ACCURACY), (what, gas, getattr(cost, what))


def test_a_profile_for_gas_costs_a_chain_less(world: World) -> None:
    model = zk.compile(*network("dense"), bits=8)
    speed, balanced, gas = (zk.estimate(model, profile=name) for name in ("speed", "balanced", "gas"))
    assert 0 < gas.verify_gas <= balanced.verify_gas
    assert speed.prove_s <= balanced.prove_s <= gas.prove_s
    assert (speed.verify_gas, speed.attest_gas, speed.register_gas, speed.calldata_bytes) == (0, 0, 0, 0)
    assert any("speed" in note for note in speed.notes)


# --- profiles ---------------------------------------------------------------------------------------


def test_later_steps_follow_the_commitments_profile(world: World) -> None:
    model = zk.compile(*network("dense"), bits=8)
    for profile, padded in (("gas", True), ("speed", False)):
        committed = zk.commit(model, world.srs, profile=profile)
        keys = zk.setup(committed, world.srs)
        assert VerifierData.from_bytes(keys.verifying.payload).padded is padded
        same = zk.setup(committed, world.srs, profile=profile)
        assert same.verifying.circuit_hash == keys.verifying.circuit_hash
        either = zk.setup(committed, world.srs, profile="balanced")
        assert VerifierData.from_bytes(either.verifying.payload).padded is padded
        assert either.verifying.record
        forgotten = dataclasses.replace(committed, profile=None)
        assert zk.setup(forgotten, world.srs).verifying.circuit_hash == keys.verifying.circuit_hash
        other = {"gas": "speed", "speed": "gas"}[profile]
        with pytest.raises(InputError, match=f"got the profile {other!r}") as caught:
            zk.setup(committed, world.srs, profile=other)
        assert f"Commit to the model again with the profile {other!r}" in caught.value.remedy


def test_a_model_that_padding_leaves_as_it_is_follows_its_profile(world: World) -> None:
    """Its commitments are laid out alike; what it was made for says which circuit there is."""
    net = Network("square", 64).dense(64, 64)
    samples = np.zeros((4, 64), dtype=np.float32)
    samples[0], samples[1] = 1, -1
    model = zk.compile(net.to_bytes(), samples, bits=8)
    made = zk.commit(model, world.srs, profile="gas")
    for profile, padded in (("gas", True), ("speed", False)):
        keys = zk.setup(dataclasses.replace(made, profile=profile), world.srs)
        assert VerifierData.from_bytes(keys.verifying.payload).padded is padded
        proof, _ = zk.prove(keys, model, samples[0], srs=world.srs)
        assert zk.verify(proof, keys.verifying, srs=world.srs)


def test_an_unknown_profile_is_refused(world: World) -> None:
    model = zk.compile(*network("tiny"), bits=8)
    for verb in (lambda: zk.commit(model, world.srs, profile="fast"), lambda: zk.estimate(model, profile="")):
        with pytest.raises(InputError, match="no profile"):
            verb()


# --- keys -------------------------------------------------------------------------------------------


def test_keys_for_speed_stay_off_chain(world: World) -> None:
    """Nothing is sent for them, and no proof under them is judged there."""
    model = zk.compile(*network("tiny"), bits=8)
    committed = zk.commit(model, world.srs)
    keys = zk.setup(committed, world.srs)
    before = world.chain.block_number()
    for verb in (
        lambda: zk.register(world.chain, committed.commitment, keys.verifying),
        lambda: world.chain.publish_key(keys.verifying),
    ):
        with pytest.raises(UnsupportedByBackendError, match="made for speed") as caught:
            verb()
        assert "--profile balanced or gas" in caught.value.remedy
    proof, _ = zk.prove(keys, model, np.zeros((1, 3)), srs=world.srs)
    assert zk.verify(proof, keys.verifying)
    with pytest.raises(DeploymentError, match="does not hold the verifying key"):
        zk.verify_on_chain(world.chain, proof)
    assert world.chain.block_number() == before


def test_publishing_a_key_is_repeatable_and_needs_no_registration(world: World) -> None:
    model = zk.compile(*network("tiny"), bits=8)
    keys = zk.setup(zk.commit(model, world.srs, profile="balanced"), world.srs)
    proof, _ = zk.prove(keys, model, np.zeros((1, 3)), srs=world.srs)
    with pytest.raises(DeploymentError, match="does not hold the verifying key"):
        zk.verify_on_chain(world.chain, proof)
    done = world.chain.publish_key(keys.verifying)
    assert done is not None
    assert done.vk_hash == keys.verifying.digest
    again = world.chain.publish_key(keys.verifying)
    assert again is not None
    assert (again.gas_used, again.receipt) == (0, None)
    assert zk.verify_on_chain(world.chain, proof).valid


def test_models_share_a_verifier(world: World, tiny: Subject) -> None:
    second = registered(world, "dense")
    assert second.registered.verifier == tiny.registered.verifier
    assert set(second.registered.gas()) == {"key", "register"}


def test_the_store_holds_what_native_verification_checks(world: World, tiny: Subject) -> None:
    """A key with another record has another digest, for which no honest proof holds."""
    key = tiny.keys.verifying
    record = bytearray(key.record)
    record[-1] ^= 1
    forged = dataclasses.replace(key, record=bytes(record))
    assert forged.digest != key.digest
    with pytest.raises(ProofMismatchError, match="record"):
        world.chain.publish_key(forged)


# --- verdicts ---------------------------------------------------------------------------------------


def test_the_contract_says_what_the_process_says(world: World, tiny: Subject) -> None:
    chain, proof = world.chain, tiny.proof
    verdict = zk.verify_on_chain(chain, proof)
    assert (verdict.valid, verdict.development_setup) == (True, True)
    assert verdict.block_number == chain.block_number()
    statement = proof.statement
    changes = {
        "output": statement.output[:-1] + bytes([statement.output[-1] ^ 1]),
        "context": bytes(32),
    }
    for name, value in changes.items():
        changed = dataclasses.replace(statement, **{name: value})
        forged = dataclasses.replace(proof, statement=changed, binding=None)
        assert zk.verify(forged, tiny.keys.verifying) is False
        assert zk.verify_on_chain(chain, forged).valid is False
    scalar = len(proof.payload) - 2 * 64 - 1  # the last byte of the last scalar
    payload = bytearray(proof.payload)
    payload[scalar] ^= 1
    forged = dataclasses.replace(proof, payload=bytes(payload))
    assert zk.verify(forged, tiny.keys.verifying) is False
    assert zk.verify_on_chain(chain, forged).valid is False
    for payload in (proof.payload[:-1], proof.payload + b"\0", bytes(64) + proof.payload[64:]):
        with pytest.raises(RevertedError) as caught:
            zk.verify_on_chain(chain, dataclasses.replace(proof, payload=payload))
        assert caught.value.name
        assert caught.value.remedy


def test_several_proofs_are_judged_together(world: World, tiny: Subject) -> None:
    chain = world.chain
    second = registered(world, "dense")
    third, _ = zk.prove(tiny.keys, tiny.model, tiny.samples[3], srs=world.srs)
    together = zk.verify_on_chain(chain, tiny.proof, second.proof, third)
    assert together.valid
    apart = [zk.verify_on_chain(chain, proof).gas for proof in (tiny.proof, second.proof, third)]
    assert together.gas < sum(apart) - 2 * 100_000  # two pairings less, each of 113,000 (EIP-1108)
    changed = dataclasses.replace(third.statement, output=third.statement.output[::-1])
    forged = dataclasses.replace(third, statement=changed)
    for proofs in ((tiny.proof, forged), (forged, tiny.proof), (forged,)):
        assert zk.verify_on_chain(chain, *proofs).valid is False
    with pytest.raises(InputError, match="No proof"):
        chain.verify_batch([])
    with pytest.raises(UnsupportedByBackendError, match="together"):
        chain.verify_batch([tiny.proof, dataclasses.replace(tiny.proof, proof_system="other-bn254-v1")])


def test_an_attestation_is_recorded_once_and_found(world: World) -> None:
    subject = registered(world, "tiny", profile="balanced")
    chain, proof = world.chain, subject.proof
    assert zk.check(chain, proof)
    submitted = zk.submit(chain, proof)
    assert submitted.development_setup
    assert zk.submit(chain, proof).already
    record = chain.attestation(submitted.attestation_id)
    assert record is not None
    assert record.vk_hash == subject.keys.verifying.digest
    assert record.output == proof.statement.output
    assert "Attested" in [event["event"] for event in zk.audit(chain, subject.registered.model_id)]
