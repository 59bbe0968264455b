"""A model with native keys and a proof, and ways to change them."""

from __future__ import annotations

import dataclasses
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from zkattest.backends.base import CommittedModel, InputSecret, Keys, Profile, Proof, StatementShape
from zkattest.backends.sumcheck import SumcheckBackend
from zkattest.backends.sumcheck.header import CircuitHeader
from zkattest.backends.sumcheck.keys import VerifierData
from zkattest.commitments import commit_model
from zkattest.frontend import QuantisedModel
from zkattest.srs import Srs

BACKEND = SumcheckBackend()
CONTEXT = bytes(range(100, 132))

#: Order of the scalar field and of the base field of BN254 (EIP-196, EIP-197).
R = 21888242871839275222246405745257275088548364400416034343698204186575808495617
P = 21888242871839275222246405745257275088696311157297823662689037894645226208583


def development(log2_size: int) -> Srs:
    """A string made here, without the warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Srs.development(log2_size)


def committed(
    model: QuantisedModel,
    srs: Srs,
    *,
    profile: Profile = "speed",
    padded: bool | None = None,
    **options: Any,
) -> CommittedModel:
    """A commitment in the rows that the backend likes for ``profile``; ``padded`` says the layout instead."""
    rows = BACKEND.rows(model, 1 << (srs.max_degree.bit_length() - 1), profile=profile)
    row_size = None if rows is None else rows.size
    if padded is None:
        padded = rows is not None and rows.padded
    elif padded:
        profile = "gas"
    made = commit_model(model, srs, row_size=row_size, padded=padded, **options)
    return CommittedModel(model, *made, profile)


@dataclass(frozen=True)
class Native:
    """A model with keys, inputs ``[batch, ...]``, and their proof."""

    committed: CommittedModel
    keys: Keys
    x: npt.NDArray[np.int64]
    proof: Proof
    secret: InputSecret

    @property
    def model(self) -> QuantisedModel:
        return self.committed.model

    @property
    def key(self) -> VerifierData:
        return VerifierData.from_bytes(self.keys.verifying.payload)

    @property
    def header(self) -> CircuitHeader:
        return CircuitHeader.of(self.key.circuit)

    @property
    def data_layout(self) -> bytes:
        """Digest of the layout of a commitment to inputs."""
        return self.key.data_layout(self.header.row_size).digest

    def stating(self, **fields: object) -> Proof:
        """The proof with other statement fields."""
        return dataclasses.replace(self.proof, statement=dataclasses.replace(self.proof.statement, **fields))

    def carrying(self, payload: bytes) -> Proof:
        """Another payload for the same statement."""
        return dataclasses.replace(self.proof, payload=payload)


def inputs(model: QuantisedModel, batch: int = 1, seed: int = 0) -> npt.NDArray[np.int64]:
    """Random quantised inputs ``[batch, *shape]``, the ends of the range among them."""
    spec = model.inputs[0]
    x = np.random.default_rng(seed).integers(spec.low, spec.high + 1, (batch, *spec.shape))
    x.reshape(-1)[0], x.reshape(-1)[-1] = spec.low, spec.high
    return x


def prove(
    model: QuantisedModel,
    srs: Srs,
    *,
    weights: str = "private",
    padded: bool | None = None,
    profile: Profile = "speed",
    **shape: Any,
) -> Native:
    """Commit, set up and prove random inputs."""
    subject = committed(model, srs, weights=weights, padded=padded, profile=profile)
    shape_ = StatementShape(**shape)
    keys = BACKEND.setup(subject, srs=srs, shape=shape_)
    x = inputs(model, shape_.batch)
    proof, secret = BACKEND.prove(keys, model, x, srs=srs, context=CONTEXT)
    return Native(subject, keys, x, proof, secret)
