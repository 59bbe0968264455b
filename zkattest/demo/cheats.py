"""What the demonstration's cheats try, and who must refuse them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from zkattest import api
from zkattest.backends.base import Proof, VerifyingKey
from zkattest.errors import ProofMismatchError, ZkattestError
from zkattest.statements import Binding

#: Whether a verifier accepts a proof.
Judge = Callable[[Proof], bool]


def forgeries(proof: Proof) -> tuple[Proof, Proof]:
    """One byte in the middle of the proof changed; one bit of the claimed output changed."""
    payload = bytearray(proof.payload)
    payload[len(payload) // 2] ^= 1
    output = bytearray(proof.statement.output)
    output[-1] ^= 1
    return (
        dataclasses.replace(proof, payload=bytes(payload)),
        dataclasses.replace(proof, statement=dataclasses.replace(proof.statement, output=bytes(output))),
    )


def tampered_rejected(proof: Proof, key: VerifyingKey, *others: Judge) -> bool:
    """Every verifier refuses every forgery of ``proof``."""
    return all(_refused(forgery, key, *others) for forgery in forgeries(proof))


def wrong_model_rejected(
    proof: Proof, key: VerifyingKey, *others: Judge, binding: Binding | None = None
) -> bool:
    """``proof`` is refused under another model's ``key``: as it is, and with its statement rewritten to fit.

    Arguments:
        binding: of the other model, for proofs that are bound to a chain.
    """
    try:
        api.verify(proof, key)
        return False
    except ProofMismatchError:
        pass
    changes = {"model_hash": key.model_hash, "circuit_hash": key.circuit_hash, "vk_hash": key.digest}
    if binding is not None:
        changes["context"] = binding.context(key.model_hash)
    statement = dataclasses.replace(proof.statement, **changes)
    return _refused(dataclasses.replace(proof, statement=statement, binding=binding), key, *others)


def _refused(forgery: Proof, key: VerifyingKey, *others: Judge) -> bool:
    """Neither the verifier in this process nor any other accepts ``forgery``."""
    try:
        here = api.verify(forgery, key)
    except ZkattestError:
        here = False
    return not here and not any(judge(forgery) for judge in others)
