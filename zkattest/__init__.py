"""Prove statements about machine-learning models without showing the model or the data.

>>> import zkattest as zk
>>> srs = zk.Srs.development(15)                        # a ceremony's file in production
>>> model = zk.compile("model.onnx", calibration)       # ONNX -> integer graph
>>> committed = zk.commit(model, srs, profile="gas")    # hiding commitment: the model's identity
>>> keys = zk.setup(committed, srs)
>>> proof, opening = zk.prove(keys, model, x, srs=srs)
>>> assert zk.verify(proof, keys.verifying)

And on chain:

>>> chain = zk.Chain.embedded()
>>> zk.deploy(chain, srs)                               # registries, and one verifier for every model
>>> registered = zk.register(chain, committed.commitment, keys.verifying)
>>> binding = zk.bind(chain, registered.model_id)       # this chain, this version, one use
>>> proof, opening = zk.prove(keys, model, x, srs=srs, binding=binding)
>>> zk.submit(chain, proof)                             # verified by a contract, recorded
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zkattest import data, gate, policy
    from zkattest.api import (
        Registration,
        audit,
        bind,
        check,
        check_circuit,
        commit,
        commit_input,
        compile,
        deploy,
        estimate,
        opens,
        outputs,
        prove,
        register,
        setup,
        sign_attestation,
        submit,
        verify,
        verify_by_reference,
        verify_on_chain,
    )
    from zkattest.backends.base import CommittedModel, Estimate, Keys, Proof, VerifyingKey
    from zkattest.chain import Chain
    from zkattest.devices import use_device
    from zkattest.frontend import QuantisedModel
    from zkattest.gating.evidence import bind_metric, check_metric, register_dataset, submit_metric
    from zkattest.inspection import inspect
    from zkattest.metrics.estimating import estimate_metric
    from zkattest.metrics.metric import Metric
    from zkattest.metrics.proof import MetricProof
    from zkattest.metrics.proving import prove_metric, setup_metric
    from zkattest.metrics.verifying import verify_metric
    from zkattest.srs import Srs
    from zkattest.statements import decode_output, encode_output

__all__ = [
    "Chain",
    "CommittedModel",
    "Estimate",
    "Keys",
    "Metric",
    "MetricProof",
    "Proof",
    "QuantisedModel",
    "Registration",
    "Srs",
    "VerifyingKey",
    "audit",
    "bind",
    "bind_metric",
    "check",
    "check_circuit",
    "check_metric",
    "commit",
    "commit_input",
    "compile",
    "data",
    "decode_output",
    "deploy",
    "encode_output",
    "estimate",
    "estimate_metric",
    "gate",
    "inspect",
    "opens",
    "outputs",
    "policy",
    "prove",
    "prove_metric",
    "register",
    "register_dataset",
    "setup",
    "setup_metric",
    "sign_attestation",
    "submit",
    "submit_metric",
    "use_device",
    "verify",
    "verify_by_reference",
    "verify_metric",
    "verify_on_chain",
]

#: Where each public name lives; loaded on first use, so that importing one module does not load all.
_HOMES = {
    "Chain": "zkattest.chain",
    "CommittedModel": "zkattest.backends.base",
    "Estimate": "zkattest.backends.base",
    "Keys": "zkattest.backends.base",
    "Proof": "zkattest.backends.base",
    "QuantisedModel": "zkattest.frontend",
    "Srs": "zkattest.srs",
    "VerifyingKey": "zkattest.backends.base",
    "decode_output": "zkattest.statements",
    "encode_output": "zkattest.statements",
    "Metric": "zkattest.metrics",
    "MetricProof": "zkattest.metrics.proof",
    "bind_metric": "zkattest.gating.evidence",
    "check_metric": "zkattest.gating.evidence",
    "estimate_metric": "zkattest.metrics.estimating",
    "inspect": "zkattest.inspection",
    "prove_metric": "zkattest.metrics.proving",
    "register_dataset": "zkattest.gating.evidence",
    "setup_metric": "zkattest.metrics.proving",
    "submit_metric": "zkattest.gating.evidence",
    "use_device": "zkattest.devices",
    "verify_metric": "zkattest.metrics.verifying",
}

#: Public names that are modules.
_MODULES = {"data", "gate", "policy"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'zkattest' has no attribute {name!r}")
    if name in _MODULES:
        return import_module(f"zkattest.{name}")
    return getattr(import_module(_HOMES.get(name, "zkattest.api")), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
