"""The native backend through the command line, from ONNX to both verifiers; it needs no extra."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import onnxruntime
import pytest
from walking import Done, Walk, small_model, zkattest


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """compile, commit, setup, prove with defaults; each must succeed."""
    directory = tmp_path_factory.mktemp("native")
    np.save(directory / "samples.npy", np.random.default_rng(7).uniform(-1, 1, (64, 3)).astype(np.float32))
    (directory / "model.onnx").write_bytes(small_model())
    steps: dict[str, Done] = {}

    def step(name: str, *words: object) -> None:
        steps[name] = zkattest(directory, *words)
        assert steps[name].code == 0, (name, steps[name])

    step("srs", "srs", "new", "--log2-size", 12, "-o", "dev.srs")
    step("compile", "compile", "model.onnx", "-c", "samples.npy", "--bits", 8)
    step("estimate", "estimate", "model.zkq")
    step("commit", "commit", "model.zkq", "--srs", "dev.srs")
    step("setup", "setup", "model.zkq", "--srs", "dev.srs")
    step("prove", "prove", "model.zkq", "--srs", "dev.srs", "--input", "samples.npy", "--row", 5)
    yield Walk(directory, lambda *words: zkattest(directory, *words), steps)
    shutil.rmtree(directory, ignore_errors=True)


def test_the_default_backend_is_the_native_one(native: Walk) -> None:
    assert native.steps["setup"].result["backend"] == "sumcheck"


def test_the_proved_output_is_the_float_models_within_quantisation(native: Walk) -> None:
    session = onnxruntime.InferenceSession(str(native.directory / "model.onnx"))
    x = np.load(native.directory / "samples.npy")[5:6]
    (expected,) = session.run(None, {"x": x})[0]
    proved = native.steps["prove"].result["output"]
    assert np.abs(np.array(proved) - expected).max() <= native.steps["compile"].result["max_error"] + 1e-6


def test_the_estimate_was_exact_where_it_says_so(native: Walk) -> None:
    cost = native.steps["estimate"].result
    assert cost["proof_bytes"] == native.steps["prove"].result["proof_bytes"]
    assert cost["vk_bytes"] == native.steps["setup"].result["verifying_key_bytes"]
    assert cost["key_bytes"] == native.steps["setup"].result["proving_key_bytes"]


def test_inspecting_a_key_says_what_proofs_show(native: Walk) -> None:
    shown = native.run("inspect", "keys/verifying.zkvk").result
    assert (shown["input"], shown["output"], shown["batch"]) == ("private", "public", 1)
    assert shown["rows"] == native.steps["estimate"].result["rows"]


def test_both_verifiers_agree(native: Walk) -> None:
    done = native.run("verify", "proof.zkp", "--allow-unsafe", "--srs", "dev.srs", "--reference")
    assert (done.code, done.result["valid"], done.result["reference"]) == (0, True, True)
    assert native.run("verify", "proof.zkp").code == 1  # a development string


def test_a_changed_byte_is_not_valid_for_either(native: Walk) -> None:
    data = bytearray((native.directory / "proof.zkp").read_bytes())
    data[-1000] ^= 1
    (native.directory / "forged.zkp").write_bytes(bytes(data))
    done = native.run("verify", "forged.zkp", "--allow-unsafe", "--reference")
    assert done.code in (1, 2)
    assert done.code == 2 or (done.result["valid"], done.result["reference"]) == (False, False)


def test_truncated_files_are_bad_input(native: Walk) -> None:
    for name in ("proof.zkp", "keys/verifying.zkvk", "keys/proving.zkpk", "proof.zkp.input-secret"):
        (native.directory / "short").write_bytes((native.directory / name).read_bytes()[:-1])
        done = native.run("inspect", "short")
        assert (done.code, done.result["error"]) == (2, "FormatError"), name


def test_a_batch_with_private_outputs(native: Walk) -> None:
    shutil.copytree(native.directory / "keys", native.directory / "ward")
    words = ("--srs", "dev.srs", "--keys", "ward")
    done = native.run("setup", "model.zkq", *words, "--batch", 64, "--output", "private")
    assert done.code == 0, done
    done = native.run("prove", "model.zkq", *words, "--batch", "samples.npy", "-o", "ward.zkp")
    assert done.code == 0, done
    assert done.result["output"] is None
    assert int(done.result["output_commitment"].removeprefix("0x"), 16)
    done = native.run("verify", "ward.zkp", "--keys", "ward", "--allow-unsafe")
    assert (done.code, done.result["valid"]) == (0, True)
    shown = native.run("inspect", "ward.zkp").result
    assert "output" not in shown
    assert "input" not in shown
    one = native.run("prove", "model.zkq", *words, "--input", "samples.npy", "--row", 1, "-o", "no.zkp")
    assert (one.code, one.result["error"]) == (2, "ShapeError")
    both = native.run("prove", "model.zkq", *words, "--input", "samples.npy", "--batch", "samples.npy")
    assert (both.code, both.result["error"]) == (2, "InputError")


def test_a_document_carries_a_native_proof(native: Walk) -> None:
    assert native.run("key", "new", "-o", "signing.pem").code == 0
    words = ("--model", "model.zkq", "--subject", "model.onnx", "--check", "samples.npy")
    made = native.run(
        "attest", "create", "proof.zkp", *words, "--sign", "signing.pem", "-o", "result.zkatt.json"
    )
    assert made.code == 0, made
    check = ("attest", "verify", "result.zkatt.json", "--key", "signing.pub", "--srs", "dev.srs")
    assert native.run(*check, "--allow-unsafe").code == 0
    assert native.run(*check).code == 1  # a development string
    assert native.run("srs", "new", "--log2-size", 12, "-o", "other.srs").code == 0
    other = native.run(*check[:-1], "other.srs", "--allow-unsafe")
    assert other.code == 1, other


def test_an_interrupt_leaves_nothing(native: Walk) -> None:
    """Ctrl-C while the prover works: exit code 130, and no file."""
    shutil.copytree(native.directory / "keys", native.directory / "many")
    words = ["--srs", "dev.srs", "--keys", "many"]
    assert native.run("setup", "model.zkq", *words, "--batch", 16384).code == 0
    np.save(native.directory / "many.npy", np.zeros((16384, 3)))
    before = set(native.directory.iterdir())
    command = [
        sys.executable,
        "-m",
        "zkattest",
        "prove",
        "model.zkq",
        *words,
        "--batch",
        "many.npy",
        "--json",
    ]
    with subprocess.Popen(
        command, cwd=native.directory, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if '"start"' in line and "commit the witness" in line:
                process.send_signal(signal.SIGINT)
                break
        out, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert (out, "Traceback" in err) == ("", False)
    assert set(native.directory.iterdir()) == before


def test_a_public_model_and_input(native: Walk) -> None:
    words = ("--srs", "dev.srs", "--keys", "public")
    done = native.run("commit", "model.zkq", "--srs", "dev.srs", "-o", "public", "--weights", "public")
    assert (done.code, done.result["weights"]) == (0, "public")
    assert native.run("setup", "model.zkq", *words, "--input", "public").code == 0
    done = native.run("prove", "model.zkq", *words, "--input", "samples.npy", "--row", 2, "-o", "public.zkp")
    assert done.code == 0, done
    check = ("verify", "public.zkp", "--keys", "public", "--allow-unsafe", "--srs", "dev.srs")
    done = native.run(*check, "--model", "model.zkq")
    assert (done.code, done.result["valid"]) == (0, True)
    assert len(done.result["statement"]["input"]) == 3
    private = ("verify", "proof.zkp", "--allow-unsafe", "--srs", "dev.srs", "--model", "model.zkq")
    assert native.run(*private).code == 1


def test_a_committed_input_can_be_shown_again(native: Walk) -> None:
    words = ("--srs", "dev.srs", "--input", "samples.npy", "--row", 5, "-o", "again.zkp")
    done = native.run("prove", "model.zkq", *words, "--input-secret", "proof.zkp.input-secret")
    assert done.result["input_commitment"] == native.steps["prove"].result["input_commitment"]


def test_secret_files_are_private_and_hold_no_public_part(native: Walk) -> None:
    for name in ("keys/model.secret", "keys/proving.zkpk", "proof.zkp.input-secret"):
        assert (native.directory / name).stat().st_mode & 0o077 == 0, name
        assert "secret" in native.run("inspect", name).result["kind"]
