"""One small model walked through every verb, once per session."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import numpy as np
import pytest
from walking import Done, Walk, small_model, zkattest


@pytest.fixture(scope="session")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """compile, commit, setup, deploy, register, prove, submit: each must succeed."""
    directory = tmp_path_factory.mktemp("walk")
    rng = np.random.default_rng(7)
    np.save(directory / "samples.npy", rng.uniform(-1, 1, (64, 3)).astype(np.float32))
    for seed in (0, 1):
        (directory / f"model{seed}.onnx").write_bytes(small_model(seed))

    def run(*words: object) -> Done:
        return zkattest(directory, *words)

    steps: dict[str, Done] = {}

    def step(name: str, *words: object) -> None:
        steps[name] = run(*words)
        assert steps[name].code == 0, (name, steps[name])

    step("srs", "srs", "new", "--log2-size", 14, "-o", "dev.srs")
    for seed in (0, 1):
        model, keys = f"model{seed}.zkq", f"keys{seed}"
        onnx_file = f"model{seed}.onnx"
        step(f"compile{seed}", "compile", onnx_file, "-c", "samples.npy", "-o", model, "--bits", 8)
        step(f"commit{seed}", "commit", model, "--srs", "dev.srs", "-o", keys, "--profile", "gas")
        step(f"setup{seed}", "setup", model, "--srs", "dev.srs", "--keys", keys)
    step("estimate", "estimate", "model0.zkq", "--profile", "gas")
    step("deploy", "deploy", "--srs", "dev.srs")
    step("register", "register", "--keys", "keys0", "--uri", "https://example.org/card")
    bound = ("--keys", "keys0", "--srs", "dev.srs", "--input", "samples.npy")
    step("prove", "prove", "model0.zkq", *bound, "--row", 5, "--model-id", 1, "-o", "proof.zkp")
    step("prove off chain", "prove", "model0.zkq", *bound, "--row", 6, "-o", "loose.zkp")
    step("verify", "verify", "proof.zkp", "--keys", "keys0", "--allow-unsafe", "--chain", "embedded")
    step("submit", "submit", "proof.zkp")
    step("register another", "register", "--keys", "keys1")
    yield Walk(directory, run, steps)
    shutil.rmtree(directory, ignore_errors=True)
