"""What notebooks show of the API's objects: public fields, escaped; no secrets."""

from __future__ import annotations

import warnings

import numpy as np

from zkattest.backends.base import Estimate, Keys, Proof, ProvingKey, VerifyingKey
from zkattest.chain import Chain
from zkattest.commitments import commit
from zkattest.html import fields_html
from zkattest.srs import Srs
from zkattest.statements import Inference, encode_output

HASH = b"\x11" * 32


def test_names_and_values_are_escaped() -> None:
    shown = fields_html("<b>", {"a_<i>": "<script>", "b": b"\x01", "c": (1000, 2)})
    assert "<script>" not in shown
    assert "<i>" not in shown
    assert "&lt;script&gt;" in shown
    assert "0x01" in shown
    assert "1,000, 2" in shown


def test_keys_and_proofs_show_what_is_public() -> None:
    key = VerifyingKey("fake", "fake-bn254-v1", HASH, HASH, HASH, True, b"payload")
    keys = Keys(ProvingKey("fake", key.digest, b"weights of the model"), key)
    shown = keys._repr_html_()
    assert "0x" + key.digest.hex() in shown
    assert "weights of the model" not in shown
    statement = Inference(HASH, HASH, key.digest, HASH, encode_output(np.array([-5, 7])))
    assert "-5, 7" in Proof("fake", "fake-bn254-v1", statement, b"payload")._repr_html_()
    assert "2,048" in Estimate(2048, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)._repr_html_()


def test_commitments_strings_and_chains_show_themselves() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        srs = Srs.development(10)
    commitment, secret = commit({"w": np.arange(4)}, srs)
    assert commitment.identity.hex() in commitment._repr_html_()
    assert not any(blinder.hex() in commitment._repr_html_() for blinder in secret.blinders)
    assert srs.digest.hex() in srs._repr_html_()
    with Chain.embedded() as chain:
        deployment = chain.deploy()
        assert deployment.contracts["ModelRegistry"].address in chain._repr_html_()
