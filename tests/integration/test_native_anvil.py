"""The native backend through the command line on anvil, a real node: from deployment to the audit trail."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from eth_account import Account as KeyTool
from walking import Done, small_model, zkattest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from anvil import FUNDED_KEY, find_anvil, running_anvil

from zkattest.chain import PASSWORD_VARIABLE

pytestmark = pytest.mark.skipif(
    find_anvil() is None, reason="anvil is not installed: run `npm ci` in verifier_contracts"
)

PASSWORD = "of a test"


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A fresh anvil's URL; ``tmp_path`` is a project whose account is funded there."""
    monkeypatch.setenv(PASSWORD_VARIABLE, PASSWORD)
    keystore = KeyTool.encrypt(FUNDED_KEY, PASSWORD, kdf="pbkdf2", iterations=1000)
    (tmp_path / "operator.json").write_text(json.dumps(keystore))
    with running_anvil() as url:
        (tmp_path / "zkattest.toml").write_text(
            f'[chain]\nurl = "{url}"\nkeystore = "operator.json"\nchain_id = 31337\n'
        )
        yield url


def test_the_walk(node: str, tmp_path: Path) -> None:
    samples = np.random.default_rng(7).uniform(-1, 1, (64, 3)).astype(np.float32)
    np.save(tmp_path / "samples.npy", samples)
    (tmp_path / "model.onnx").write_bytes(small_model())

    def run(*words: object, code: int = 0) -> Done:
        done = zkattest(tmp_path, *words)
        assert done.code == code, (words, done)
        return done

    run("srs", "new", "--log2-size", 14, "-o", "dev.srs")
    run("compile", "model.onnx", "-c", "samples.npy", "--bits", 8)
    cost = run("estimate", "model.zkq", "--profile", "gas").result
    run("commit", "model.zkq", "--srs", "dev.srs", "--profile", "gas")
    run("setup", "model.zkq", "--srs", "dev.srs")
    first = run("deploy", "--srs", "dev.srs").result
    assert run("deploy", "--srs", "dev.srs").result["contracts"] == first["contracts"]
    shutil.rmtree(tmp_path / ".zkattest")  # another machine finds the same contracts
    again = run("deploy", "--srs", "dev.srs").result
    assert again["contracts"] == first["contracts"]
    assert set(again["gas"].values()) == {0}
    registered = run("register").result
    bound = ("--srs", "dev.srs", "--input", "samples.npy", "--model-id", registered["model_id"])
    run("prove", "model.zkq", *bound, "--row", 1, "-o", "one.zkp")
    run("prove", "model.zkq", *bound, "--row", 2, "-o", "two.zkp")
    verdict = run("verify", "one.zkp", "--chain", node, "--allow-unsafe").result
    assert verdict["verifier"] == first["contracts"]["SumcheckVerifier"]
    assert verdict["gas_in_a_transaction"] == pytest.approx(cost["verify_gas"], rel=0.06)
    both = run("verify", "one.zkp", "two.zkp", "--chain", "default", "--allow-unsafe").result
    assert both["gas_in_a_transaction"] < 2 * verdict["gas_in_a_transaction"]
    submitted = run("submit", "one.zkp").result
    assert submitted["gas"] == pytest.approx(cost["attest_gas"], rel=0.05)
    events = [event["event"] for event in run("audit").result["events"]]
    assert events[-2:] == ["Attested", "InferenceVerified"]
    data = bytearray((tmp_path / "two.zkp").read_bytes())
    data[-400] ^= 1
    (tmp_path / "forged.zkp").write_bytes(bytes(data))
    assert zkattest(tmp_path, "submit", "forged.zkp").code in (1, 2)
    run("submit", "two.zkp")
    assert json.loads((tmp_path / ".zkattest" / "deployments-31337.json").read_text())["verifiers"]
