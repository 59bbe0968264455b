"""The second backend stays possible on chain: a verifier of the model's own beside the universal one."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from walking import small_model

import zkattest as zk
from zkattest.errors import ToolMissingError, UnsupportedByBackendError

pytest.importorskip("ezkl", reason="the second backend is an extra")


def test_a_model_with_a_verifier_of_its_own() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        srs = zk.Srs.development(14)
    samples = np.random.default_rng(7).uniform(-1, 1, (16, 3)).astype(np.float32)
    model = zk.compile(small_model(), samples, bits=8)
    committed = zk.commit(model, srs)
    keys = zk.setup(committed, srs, backend="ezkl")
    with zk.Chain.embedded() as chain:
        zk.deploy(chain, srs)
        with pytest.raises(UnsupportedByBackendError, match="no verifier for every key"):
            zk.deploy(chain, srs, backend="ezkl")
        assert chain.publish_key(keys.verifying) is None
        try:
            done = zk.register(chain, committed.commitment, keys.verifying, srs=srs)
        except ToolMissingError as error:
            pytest.skip(str(error))
        assert set(done.gas()) == {"Halo2Verifier", "PinnedHalo2Verifier", "EzklVerifier", "register"}
        binding = zk.bind(chain, done.model_id)
        proof, _ = zk.prove(keys, model, samples[0], srs=srs, binding=binding)
        verdict = zk.verify_on_chain(chain, proof)
        assert (verdict.valid, verdict.verifier) == (True, done.verifier.address)
        with pytest.raises(UnsupportedByBackendError, match="together"):
            zk.verify_on_chain(chain, proof, proof)
        cost = zk.estimate(model, backend="ezkl")
        gas = zk.submit(chain, proof).receipt.gas_used
        assert cost.attest_gas == pytest.approx(gas, rel=0.05)
        assert cost.register_gas == pytest.approx(sum(done.gas().values()), rel=0.1)
