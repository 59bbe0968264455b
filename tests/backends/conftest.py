"""Keys and proofs, made once: every test of this folder uses the same few circuits."""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from pathlib import Path

import pytest
from ezkl_models import CONTEXT, Case, committed, mlp

from zkattest.backends.ezkl import EzklBackend
from zkattest.srs import Srs

#: The backend ezkl is an optional extra; without it the native backend's tests remain.
collect_ignore = (
    []
    if find_spec("ezkl")
    else [
        path.name
        for path in Path(__file__).parent.glob("test_*.py")
        if not path.name.startswith("test_sumcheck")
    ]
)


@pytest.fixture(scope="session")
def backend() -> EzklBackend:
    return EzklBackend()


@pytest.fixture(scope="session")
def srs() -> Srs:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Srs.development(11)


@pytest.fixture(scope="session")
def case(backend: EzklBackend, srs: Srs) -> Case:
    """3-2-2, 2**11 rows."""
    model = mlp((3, 2, 2))
    keys = backend.setup(committed(model, srs), srs=srs)
    x = model.quantise_input([0.5, -1.0, 0.25])
    proof, secret = backend.prove(keys, model, x, srs=srs, context=CONTEXT)
    return Case(model, keys, x, proof, secret)
