"""Proofs of the reference prover under keys and statements as a chain knows them.

The circuit is the gemm of :mod:`sumcheck_circuits`: private input, public output. Layout digests and the
set-up string's digest are arbitrary, because a contract only hashes them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import numpy as np
from eth_utils.crypto import keccak
from sumcheck_circuits import gemm
from sumcheck_prover import TAU_2, Instance, Prover, commit

from zkattest.spec.points import R
from zkattest.spec.sumcheck.circuit import DATA, Functional
from zkattest.statements import Inference, encode_output

SRS, MODEL_LAYOUT, DATA_LAYOUT = keccak(b"string"), keccak(b"model layout"), keccak(b"data layout")
REGISTRATION = keccak(b"registration circuit")
#: Stands for keccak256 of the encoding of the whole key.
KEY_DIGEST = keccak(b"encoding of a key")


def identity(kind: int, m: int, layout: bytes, rows: list[bytes]) -> bytes:
    """Of a commitment (``docs/commitments.md``); kind 1: model, 2: data."""
    sizes = m.to_bytes(8, "big"), len(rows).to_bytes(8, "big")
    fixed = b"zkattest-commitment-v1" + bytes([kind]) + sizes[0] + layout + SRS + sizes[1]
    return keccak(fixed + b"".join(rows))


class _Committed(Prover):
    """Data rows have blinders that are known before the statement is."""

    def before_first(self) -> None:
        self.blinders.update(data_blinders(self.instance))


class Shifted(_Committed):
    """Claims another S and goes on honestly: nothing but the identity of the opening is false."""

    def make_start(self, start: int) -> int:
        return (start + 1) % R


def data_blinders(instance: Instance) -> dict[tuple[int, int], int]:
    choose = random.Random("data")
    return {(DATA, i): choose.randrange(R) for i in range(instance.circuit.rows[DATA])}


@dataclass(frozen=True)
class Registered:
    """A proof with everything that a chain is given: ``record`` and ``key_digest`` are the key's."""

    record: bytes
    key_digest: bytes
    statement: Inference
    proof: bytes
    instance: Instance


def instance_of(seed: int = 0, *, model_seed: int = 1, unused: int = 0) -> Instance:
    """A gemm. ``model_seed``: of the blinders of the model; ``unused``: functionals in no term, which make it
    another circuit of the same meaning."""
    instance = gemm(seed)
    instance.model_seed = model_seed
    instance.evaluated = True
    functionals = (*instance.circuit.functionals, *(Functional(4, ()),) * unused)
    instance.circuit = replace(instance.circuit, functionals=functionals)
    return instance


def registered(
    instance: Instance,
    *,
    masks: int = 0,
    key_digest: bytes = KEY_DIGEST,
    context: bytes = bytes(32),
    prover: type[_Committed] = _Committed,
) -> Registered:
    """Prove ``instance`` for a key made of its circuit and model rows. ``masks``: seed of the prover."""
    digest, m = keccak(instance.encoding), instance.circuit.m
    fixed = keccak(TAU_2), SRS, MODEL_LAYOUT, DATA_LAYOUT, digest, REGISTRATION
    log_gates, table = instance.evaluation[:1], instance.evaluation[1:]
    shape = instance.encoding[:54] + log_gates + bytes(9)
    record = b"".join((*fixed, shape, table, *instance.model_rows))
    blinders = data_blinders(instance)
    data = [commit([*instance.rows[key], blinder]) for key, blinder in blinders.items()]
    statement = Inference(
        model_hash=identity(1, m, MODEL_LAYOUT, instance.model_rows),
        circuit_hash=keccak(digest + REGISTRATION + shape + table),
        vk_hash=keccak(record + key_digest),
        input_commitment=identity(2, m, DATA_LAYOUT, data),
        output=encode_output(np.array(instance.public, dtype=np.int64)),
        context=context,
    )
    instance.key_binding, instance.statement_digest = statement.vk_hash, statement.digest
    proof = prover(instance, masks).prove()
    return Registered(record, key_digest, statement, proof, instance)
