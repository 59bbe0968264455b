"""The Rust verifier, the readable one and the contract give one verdict on two thousand changed proofs of
compiled circuits. The contract is the shipped one, on anvil."""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from changes import QUICK, SLOW, Places
from onchain_node import ANVIL, Contract, Node, shipped
from operator_models import OPERATORS
from sumcheck_world import BACKEND, CONTEXT, Native, development, inputs, prove
from test_sumcheck_operators import MORE, with_weights

from zkattest import _native
from zkattest.backends.base import Proof
from zkattest.backends.sumcheck.verification import verify
from zkattest.errors import MalformedProofError, ProofMismatchError
from zkattest.srs import Srs
from zkattest.statements import Inference

pytestmark = pytest.mark.skipif(
    ANVIL is None, reason="anvil is not installed: run `npm ci` in verifier_contracts"
)

#: Changed proofs of each circuit, and how many of them change what the pairing alone judges.
EACH, PAIRED = 260, 5
#: Name of the operator, and options of the compiler.
CIRCUITS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("gemm", {"batch": 3}),
    ("conv", {"padded": True}),
    ("max pool", {"padded": True}),
    ("average pool with pads", {}),
    ("residual block", {"padded": True}),
    ("sigmoid", {}),
    ("matmul", {"padded": True}),
    ("conv", {}),
)
#: Not padded, and still with an evaluation part.
FOR_CHAIN: dict[str, Any] = {"profile": "balanced", "padded": False}
IDS = [
    " ".join([name, *(f"{option}={value}" for option, value in options.items())])
    for name, options in CIRCUITS
]

#: What is refused, by whichever name.
REFUSED = "refused"
MISMATCH = "InputCommitmentMismatch"


@dataclass(frozen=True)
class World:
    """Contracts, and what is proved: for each circuit a key with two proofs of other inputs."""

    srs: Srs
    store: Contract
    verifier: Contract
    proved: dict[str, tuple[Native, Proof]]

    def get(self, index: int) -> tuple[Native, Proof]:
        """Proved, and its key stored, when first asked for."""
        name, options = CIRCUITS[index]
        if IDS[index] not in self.proved:
            shape, build, quantiser = (OPERATORS | MORE)[name]
            native = prove(with_weights(shape, build, **quantiser), self.srs, **{**FOR_CHAIN, **options})
            x = inputs(native.model, options.get("batch", 1), seed=1)
            second, _ = BACKEND.prove(native.keys, native.model, x, srs=self.srs, context=CONTEXT)
            key = native.keys.verifying
            self.store.send("addKey", key.record, key.encoding_digest)
            self.proved[IDS[index]] = native, second
        return self.proved[IDS[index]]

    def on_chain(self, *proofs: Proof) -> bool | str:
        """The contract's verdict on one proof, or on a batch."""
        statements = [on_chain(proof.statement) for proof in proofs]
        payloads = [proof.payload for proof in proofs]
        if len(proofs) == 1:
            return self.verifier.verdict(self.verifier.calldata("verify", statements[0], payloads[0]))
        return self.verifier.verdict(self.verifier.calldata("verifyBatch", statements, payloads))


def on_chain(statement: Inference) -> tuple[bytes, ...]:
    """The Solidity struct."""
    names = "model_hash circuit_hash vk_hash input_commitment context output"
    return tuple(getattr(statement, name) for name in names.split())


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    node = Node()
    srs = development(15)
    store = node.deploy(shipped("VerifyingKeyStore"))
    verifier = node.deploy(shipped("SumcheckVerifier"), store.address, srs.tau_g2, True)
    yield World(srs, store, verifier, {})
    node.stop()


def natively(native: Native, proof: Proof, *, readable: bool) -> bool | str:
    try:
        return verify(native.keys.verifying, proof, readable=readable)
    except (MalformedProofError, ProofMismatchError):
        return REFUSED


def commitment_fits(native: Native, proof: Proof) -> bool:
    """The data rows in the proof are those that the statement's commitment is of."""
    header, srs_digest = native.header, native.keys.verifying.srs_digest
    rows = proof.payload[: 64 * header.data_rows]
    found: bytes = _native.commitment_identity(False, header.row_size, native.data_layout, srs_digest, rows)
    return found == proof.statement.input_commitment


def agreed(world: World, native: Native, proof: Proof) -> bool | str:
    """The verdict of all three; the contract names what it refuses, and refuses other data rows than the
    statement's, which natively make a proof false."""
    fast = natively(native, proof, readable=False)
    assert fast == natively(native, proof, readable=True)
    judged = world.on_chain(proof)
    if isinstance(judged, bool):
        assert judged == fast
    elif fast is not REFUSED:
        assert (fast, judged) == (False, MISMATCH)
        assert not commitment_fits(native, proof)
    return fast


@pytest.mark.parametrize("index", range(len(CIRCUITS)), ids=IDS)
def test_changed_proofs(world: World, index: int) -> None:
    native, second = world.get(index)
    assert agreed(world, native, native.proof) is True
    assert world.on_chain(second) is True
    places = Places.of(native.key.circuit)
    assert places.length == len(native.proof.payload)
    rng = random.Random(IDS[index])
    seen: Counter[bool | str] = Counter()
    for number in range(EACH):
        change = SLOW[number % len(SLOW)] if number < PAIRED else QUICK[number % len(QUICK)]
        payload = change(native.proof.payload, places, rng)
        if payload == native.proof.payload:  # the change took the same place twice
            payload = QUICK[1](payload, places, rng)
        judged = agreed(world, native, native.carrying(payload))
        assert judged is not True, (change.__name__, number)
        seen[judged] += 1
    assert seen.total() == EACH
    assert min(seen[False], seen[REFUSED]) > EACH // 4, "both kinds of refusal were met"


@pytest.mark.parametrize("index", range(len(CIRCUITS)), ids=IDS)
def test_other_statements(world: World, index: int) -> None:
    native, second = world.get(index)
    other, _ = world.get((index + 1) % len(CIRCUITS))
    statement = native.proof.statement
    output = bytearray(statement.output)
    output[-1] ^= 1
    changes: list[dict[str, object]] = [
        {"context": bytes(32)},
        {"output": bytes(output)},
        {"output": statement.output + bytes(8)},
        {"input_commitment": second.statement.input_commitment},
        {"model_hash": other.proof.statement.model_hash},
        {"circuit_hash": other.proof.statement.circuit_hash},
    ]
    for change in changes:
        assert agreed(world, native, native.stating(**change)) is not True, change
    for proof in (
        dataclasses.replace(native.proof, payload=second.payload),
        dataclasses.replace(second, payload=native.proof.payload),
        dataclasses.replace(native.proof, payload=other.proof.payload),
    ):
        assert agreed(world, native, proof) is not True
    assert world.on_chain(native.stating(vk_hash=other.proof.statement.vk_hash)) is not True


def test_batches(world: World) -> None:
    """A batch is judged as its proofs are: refused where one is, else true where all are."""
    good = [proof for index in range(len(CIRCUITS)) for proof in self_and_second(world, index)]
    assert world.on_chain(*good) is True
    rng = random.Random("batches")
    for _ in range(40):
        chosen = rng.sample(range(len(good)), rng.randrange(2, 6))
        batch, verdicts = [], []
        for which in chosen:
            native, _ = world.get(which // 2)
            proof = good[which]
            if rng.random() < 0.25:
                change = rng.choice(QUICK + SLOW)
                payload = change(proof.payload, Places.of(native.key.circuit), rng)
                proof = dataclasses.replace(proof, payload=payload)
            batch.append(proof)
            verdicts.append(world.on_chain(proof))
        judged = world.on_chain(*batch)
        if any(isinstance(verdict, str) for verdict in verdicts):
            assert isinstance(judged, str)
        else:
            assert judged is all(verdicts)


def self_and_second(world: World, index: int) -> tuple[Proof, Proof]:
    native, second = world.get(index)
    return native.proof, second
