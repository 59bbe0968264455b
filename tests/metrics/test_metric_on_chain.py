"""The Rust verifier, the readable one and the contract judge proofs of metrics alike, changed or not."""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest
from changes import QUICK, SLOW, Places
from metric_world import World, development, world
from onchain_node import ANVIL, Contract, Node, shipped

from zkattest.backends.base import Keys, Proof
from zkattest.backends.sumcheck.keys import VerifierData
from zkattest.backends.sumcheck.verification import verify
from zkattest.errors import MalformedProofError, ProofMismatchError
from zkattest.metrics import Metric
from zkattest.statements import encode_output

pytestmark = pytest.mark.skipif(
    ANVIL is None, reason="anvil is not installed: run `npm ci` in verifier_contracts"
)

METRICS = {
    "confusion": Metric("confusion", groups=["sex"]),
    # one ratio and one clause: products without variables
    "one bound": Metric().at_least("accuracy", 0.05),
    "bounds": Metric().at_least("accuracy", 0.05).at_most("demographic_parity_gap", 1, group="sex"),
}
REFUSED = "refused"


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Contract, Contract]]:
    """A padded data set, as for a contract, and the verifier of its string."""
    node = Node()
    directory = tmp_path_factory.mktemp("chain") / "data"
    srs = development(15)
    store = node.deploy(shipped("VerifyingKeyStore"))
    verifier = node.deploy(shipped("SumcheckVerifier"), store.address, srs.tau_g2, True)
    yield world(directory, srs, profile="gas"), store, verifier
    node.stop()


def by_contract(verifier: Contract, proof: Proof) -> bool | str:
    names = "model_hash circuit_hash vk_hash input_commitment context output"
    statement = tuple(getattr(proof.statement, name) for name in names.split())
    return verifier.verdict(verifier.calldata("verify", statement, proof.payload))


def natively(keys: Keys, proof: Proof, *, readable: bool) -> bool | str:
    try:
        return verify(keys.verifying, proof, readable=readable)
    except (MalformedProofError, ProofMismatchError):
        return REFUSED


def agreed(keys: Keys, verifier: Contract, proof: Proof) -> bool | str:
    """The verdict of all three. A contract names what it refuses; other data rows than the statement's are
    false natively."""
    fast = natively(keys, proof, readable=False)
    assert fast == natively(keys, proof, readable=True)
    judged = by_contract(verifier, proof)
    if isinstance(judged, bool):
        assert judged == fast
    else:
        assert fast is not True
    return fast


@pytest.mark.parametrize("name", METRICS)
def test_changed_proofs_of_metrics(chain: tuple[World, Contract, Contract], name: str) -> None:
    clinic, store, verifier = chain
    keys = clinic.keys(METRICS[name])
    proof = clinic.prove(keys, METRICS[name])
    data = VerifierData.from_bytes(keys.verifying.payload)
    store.send("addKey", keys.verifying.record, keys.verifying.encoding_digest)
    assert agreed(keys, verifier, proof) is True
    places = Places.of(data.circuit)
    assert places.length == len(proof.payload)
    rng = random.Random(name)
    seen: Counter[bool | str] = Counter()
    for change in (*QUICK, *QUICK, *SLOW):
        payload = change(proof.payload, places, rng)
        if payload != proof.payload:
            seen[agreed(keys, verifier, dataclasses.replace(proof, payload=payload))] += 1
    assert seen[True] == 0
    assert seen[False] > 5
    assert seen[REFUSED] > 5


@pytest.mark.parametrize("name", METRICS)
def test_changed_statements_of_metrics(chain: tuple[World, Contract, Contract], name: str) -> None:
    clinic, _, verifier = chain
    keys = clinic.keys(METRICS[name])
    proof = clinic.prove(keys, METRICS[name])
    shown = proof.statement.public_values
    others = {"context": bytes(32), "input_commitment": bytes([7]) * 32}
    changed = [dataclasses.replace(proof.statement, **{field: value}) for field, value in others.items()]
    for place in range(len(shown)):
        moved = np.array(shown)
        moved[place] += 1 if place % 2 else -1
        changed.append(dataclasses.replace(proof.statement, output=encode_output(moved)))
    for statement in changed:
        assert agreed(keys, verifier, dataclasses.replace(proof, statement=statement)) is False
