"""The whole path through the command line, and what it refuses; expected values come from elsewhere."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from walking import Walk, zkattest

from zkattest.backends.base import Proof


def _flip(source: Path, target: Path, position: int) -> None:
    data = bytearray(source.read_bytes())
    data[position] ^= 1
    target.write_bytes(bytes(data))


def test_the_proved_output_is_the_float_models_within_quantisation(walk: Walk) -> None:
    session = onnxruntime.InferenceSession(str(walk.directory / "model0.onnx"))
    sample = np.load(walk.directory / "samples.npy")[5:6]
    expected = session.run(None, {"x": sample})[0].reshape(-1)
    assert np.allclose(walk.steps["prove"].result["output"], expected, atol=0.1)


def test_everything_made_with_a_development_string_says_so(walk: Walk) -> None:
    assert walk.steps["srs"].result["unsafe"] is True
    for step in ("commit0", "setup0"):
        assert walk.steps[step].result["srs_unsafe"] is True
    assert walk.steps["register"].result["setup_unsafe"] is True
    done = walk.run("verify", "proof.zkp", "--keys", "keys0")
    assert done.code == 1
    assert "development" in done.result["reason"]


def test_verification_needs_no_secret(walk: Walk, tmp_path: Path) -> None:
    for name in ("proof.zkp", "keys0/verifying.zkvk"):
        shutil.copy(walk.directory / name, tmp_path)
    done = walk.run("verify", tmp_path / "proof.zkp", "--keys", tmp_path / "verifying.zkvk", "--allow-unsafe")
    assert (done.code, done.result["valid"]) == (0, True)


def test_the_estimate_is_near_what_was_measured(walk: Walk) -> None:
    cost = walk.steps["estimate"].result
    assert cost["proof_bytes"] == walk.steps["prove"].result["proof_bytes"]
    assert cost["key_bytes"] == walk.steps["setup0"].result["proving_key_bytes"]
    assert cost["attest_gas"] == pytest.approx(walk.steps["submit"].result["gas"], rel=0.05)
    registered = walk.steps["register"].result["gas"]
    assert set(registered) == {"key", "register"}
    assert cost["register_gas"] == pytest.approx(sum(registered.values()), rel=0.05)
    assert set(walk.steps["register another"].result["gas"]) == {"key", "register"}


def test_gas_is_said_in_money(walk: Walk) -> None:
    words = ("estimate", "model0.zkq", "--profile", "gas", "--gas-price", 2, "--eth-price", 3000)
    priced = walk.run(*words).result
    assert priced["cost"]["attest"] == pytest.approx(priced["attest_gas"] * 2e-9 * 3000)
    ether = walk.run(*words[:-2]).result
    assert ether["cost"]["attest"] == pytest.approx(priced["cost"]["attest"] / 3000)
    assert walk.run("estimate", "model0.zkq", "--eth-price", 3000).code == 2


# --- by the contract --------------------------------------------------------------------------------


def test_the_contract_judges_by_a_call(walk: Walk) -> None:
    before = walk.run("audit").result["events"]
    done = walk.run("verify", "proof.zkp", "--chain", "embedded", "--allow-unsafe")
    assert (done.code, done.result["valid"]) == (0, True), done
    assert done.result["verifier"] == walk.steps["deploy"].result["contracts"]["SumcheckVerifier"]
    assert done.result["block"] > 0
    loose = walk.run("verify", "loose.zkp", "--chain", "default", "--allow-unsafe")  # bound to nothing
    assert (loose.code, loose.result["valid"]) == (0, True), loose
    unsafe = walk.run("verify", "proof.zkp", "--chain", "embedded")
    assert (unsafe.code, unsafe.result["valid"]) == (1, False)
    assert "development" in unsafe.result["reason"]
    assert walk.run("audit").result["events"] == before


def test_the_contract_refuses_what_the_process_refuses(walk: Walk) -> None:
    proof = Proof.from_bytes((walk.directory / "proof.zkp").read_bytes())
    last = len(proof.payload) - 2 * 64 - 32  # the last scalar
    for position, code in ((last, (1,)), (0, (1, 2)), (len(proof.payload) - 1, (1, 2))):
        payload = bytearray(proof.payload)
        payload[position + (31 if position == last else 0)] ^= 1
        forged = dataclasses.replace(proof, payload=bytes(payload))
        (walk.directory / "forged.zkp").write_bytes(forged.to_bytes())
        done = walk.run("verify", "forged.zkp", "--chain", "embedded", "--allow-unsafe")
        assert done.code in code, (position, done)
        here = walk.run("verify", "forged.zkp", "--keys", "keys0", "--allow-unsafe")
        assert here.code in code, (position, here)


def test_several_proofs_share_a_pairing(walk: Walk) -> None:
    words = ("--srs", "dev.srs", "--input", "samples.npy", "--row", 2, "--keys", "keys1")
    assert walk.run("prove", "model1.zkq", *words, "-o", "other.zkp").code == 0
    chain = ("--chain", "embedded", "--allow-unsafe")
    done = walk.run("verify", "proof.zkp", "loose.zkp", "other.zkp", *chain)
    assert (done.code, done.result["valid"]) == (0, True), done
    one = walk.run("verify", "proof.zkp", *chain).result["gas_in_a_transaction"]
    assert done.result["gas_in_a_transaction"] < 3 * one
    proof = Proof.from_bytes((walk.directory / "other.zkp").read_bytes())
    statement = dataclasses.replace(proof.statement, output=proof.statement.output[::-1])
    (walk.directory / "forged.zkp").write_bytes(dataclasses.replace(proof, statement=statement).to_bytes())
    done = walk.run("verify", "proof.zkp", "forged.zkp", *chain)
    assert (done.code, done.result["valid"]) == (1, False), done
    both = walk.run("verify", "proof.zkp", "loose.zkp", "--keys", "keys0", "--allow-unsafe")
    assert (both.code, [found["valid"] for found in both.result["proofs"]]) == (0, [True, True])


def test_a_key_that_the_chain_does_not_hold_is_said(walk: Walk, tmp_path: Path) -> None:
    for name in ("proof.zkp", "dev.srs"):
        shutil.copy(walk.directory / name, tmp_path)
    assert zkattest(tmp_path, "deploy", "--srs", "dev.srs").code == 0
    done = zkattest(tmp_path, "verify", "proof.zkp", "--chain", "embedded", "--allow-unsafe")
    assert (done.code, done.result["error"]) == (2, "DeploymentError")
    assert "Register" in done.result["remedy"]


def test_what_no_contract_judges_is_refused_at_registration(walk: Walk) -> None:
    words = ("--srs", "dev.srs", "--keys", "shown")
    assert walk.run("commit", "model0.zkq", "--srs", "dev.srs", "-o", "shown").code == 0
    assert walk.run("setup", "model0.zkq", *words, "--input", "public").code == 0
    done = walk.run("register", "--keys", "shown")
    assert (done.code, done.result["error"]) == (2, "UnsupportedByBackendError")
    assert "--input private" in done.result["remedy"]


def test_keys_under_another_string_are_refused(walk: Walk) -> None:
    assert walk.run("srs", "new", "--log2-size", 12, "-o", "other.srs").code == 0
    words = ("--srs", "other.srs", "--keys", "other")
    assert walk.run("commit", "model0.zkq", "--srs", "other.srs", "-o", "other").code == 0
    assert walk.run("setup", "model0.zkq", *words).code == 0
    done = walk.run("register", "--keys", "other")
    assert (done.code, done.result["error"]) == (2, "DeploymentError")
    assert "set-up string" in done.result["message"]


# --- what is refused --------------------------------------------------------------------------------


def test_changed_bytes_are_refused_wherever_they_are(walk: Walk) -> None:
    proof = walk.directory / "proof.zkp"
    size = proof.stat().st_size
    for position in [*range(0, size, max(1, size // 12)), size - 1]:
        _flip(proof, walk.directory / "flipped.zkp", position)
        done = walk.run("verify", "flipped.zkp", "--keys", "keys0", "--allow-unsafe")
        assert done.code in (1, 2), (position, done)
        assert "error" in done.result or done.result["valid"] is False


def test_truncated_proofs_and_keys_are_bad_input(walk: Walk) -> None:
    for name in ("proof.zkp", "keys0/verifying.zkvk", "keys0/proving.zkpk", "model0.zkq", "dev.srs"):
        (walk.directory / "short").write_bytes((walk.directory / name).read_bytes()[:-1])
        done = walk.run("inspect", "short")
        assert done.code == 2, (name, done)
        assert done.result["error"] in {"FormatError", "SrsError", "MalformedProofError"}, (name, done)


def test_another_models_key_is_refused(walk: Walk) -> None:
    done = walk.run("verify", "proof.zkp", "--keys", "keys1", "--allow-unsafe")
    assert (done.code, done.result["valid"]) == (1, False)
    assert "another" in done.result["reason"] or "other" in done.result["reason"]


def test_mixed_up_keys_and_models_are_refused(walk: Walk) -> None:
    before = set(walk.directory.iterdir())
    base = ("--srs", "dev.srs", "--input", "samples.npy", "--row", 0, "-o", "never.zkp")
    assert walk.run("prove", "model1.zkq", "--keys", "keys0", *base).result["error"] == "ProofMismatchError"
    assert walk.run("setup", "model1.zkq", "--srs", "dev.srs", "--keys", "keys0").code == 2
    mixed = walk.directory / "mixed"
    shutil.copytree(walk.directory / "keys0", mixed)
    shutil.copy(walk.directory / "keys1" / "verifying.zkvk", mixed)
    assert walk.run("prove", "model0.zkq", "--keys", "mixed", *base).result["error"] == "ProofMismatchError"
    shutil.rmtree(mixed)
    assert set(walk.directory.iterdir()) == before


def test_bad_inputs_write_nothing(walk: Walk, tmp_path: Path) -> None:
    np.save(tmp_path / "nan.npy", np.array([[0.0, np.nan, 0.0]]))
    np.save(tmp_path / "wide.npy", np.zeros((1, 4)))
    (tmp_path / "text.csv").write_text("1,2,x\n")
    (tmp_path / "cut.npy").write_bytes((walk.directory / "samples.npy").read_bytes()[:100])
    expected = {
        "nan.npy": "NonFiniteError",
        "wide.npy": "ShapeError",
        "text.csv": "InputError",
        "cut.npy": "InputError",
    }
    before = set(walk.directory.iterdir())
    for name, error in expected.items():
        words = ("prove", "model0.zkq", "--keys", "keys0", "--srs", "dev.srs", "--input", tmp_path / name)
        done = walk.run(*words, "-o", "never.zkp")
        assert (done.code, done.result["error"]) == (2, error), (name, done)
    for name, error in {"nan.npy": "NonFiniteError", "wide.npy": "CalibrationError"}.items():
        done = walk.run("compile", "model0.onnx", "-c", tmp_path / name, "-o", "never.zkq")
        assert (done.code, done.result["error"]) == (2, error), (name, done)
    (tmp_path / "cut.onnx").write_bytes((walk.directory / "model0.onnx").read_bytes()[:-20])
    done = walk.run("compile", tmp_path / "cut.onnx", "-c", "samples.npy", "-o", "never.zkq")
    assert (done.code, done.result["error"]) == (2, "NotOnnxError")
    assert set(walk.directory.iterdir()) == before


def test_a_string_that_is_too_small_is_refused_before_anything(walk: Walk) -> None:
    assert walk.run("srs", "prefix", "dev.srs", 64, "-o", "tiny.srs").code == 0
    done = walk.run("setup", "model0.zkq", "--srs", "tiny.srs", "--keys", "keys0")
    assert done.code == 2
    degree = walk.steps["estimate"].result["srs_degree"]
    assert walk.run("srs", "prefix", "dev.srs", degree - 1, "-o", "short.srs").code == 0
    done = walk.run("setup", "model0.zkq", "--srs", "short.srs", "--keys", "keys0")
    assert (done.code, done.result["error"]) == (2, "SrsTooSmallError")
    assert f"degree {degree}" in done.result["message"]
    done = walk.run("commit", "model0.zkq", "--srs", "tiny.srs", "-o", "never", "--row-size", 1024)
    assert (done.code, done.result["error"]) == (2, "SrsTooSmallError")
    assert not (walk.directory / "never").exists()


def test_keys_for_speed_are_refused_on_chain(walk: Walk) -> None:
    assert walk.run("commit", "model0.zkq", "--srs", "dev.srs", "-o", "fast").code == 0
    assert walk.run("setup", "model0.zkq", "--srs", "dev.srs", "--keys", "fast").code == 0
    done = walk.run("register", "--keys", "fast")
    assert (done.code, done.result["error"]) == (2, "UnsupportedByBackendError")
    assert "--profile balanced or gas" in done.result["remedy"]


def test_submitting_again_sends_nothing_and_loose_proofs_are_refused(walk: Walk) -> None:
    done = walk.run("submit", "proof.zkp")
    assert (done.code, done.result["already"]) == (0, True)
    assert done.result["tx"] == walk.steps["submit"].result["tx"]
    assert walk.run("submit", "loose.zkp").result["error"] == "ProofMismatchError"


def test_another_chain_refuses_the_proof(walk: Walk, tmp_path: Path) -> None:
    shutil.copy(walk.directory / "proof.zkp", tmp_path)
    assert zkattest(tmp_path, "deploy").code == 0
    done = zkattest(tmp_path, "submit", "proof.zkp")
    assert (done.code, done.result["error"]) == (2, "ProofMismatchError")


def test_deploying_again_finds_the_first(walk: Walk) -> None:
    again = walk.run("deploy").result
    for name in ("ModelRegistry", "AttestationRegistry"):
        assert again["contracts"][name] == walk.steps["deploy"].result["contracts"][name]


def test_the_audit_trail_tells_the_story(walk: Walk) -> None:
    events = [event["event"] for event in walk.run("audit").result["events"]]
    assert "ModelRegistered" in events
    assert events.index("ModelRegistered") < events.index("Attested")
    assert walk.run("audit", "--html", "trail.html").code == 0
    assert "<table" in (walk.directory / "trail.html").read_text()


def test_a_document_says_what_was_checked(walk: Walk) -> None:
    assert walk.run("key", "new", "-o", "signing.pem").code == 0
    made = walk.run(
        *(
            "attest",
            "create",
            "proof.zkp",
            "--model",
            "model0.zkq",
            "--keys",
            "keys0",
            "--subject",
            "model0.onnx",
        ),
        *("--check", "samples.npy", "--sign", "signing.pem", "--anchored", "-o", "result.zkatt.json"),
    )
    assert made.code == 0, made
    check = ("attest", "verify", "result.zkatt.json", "--key", "signing.pub", "--subject", "model0.onnx")
    assert walk.run(*check, "--chain", "embedded", "--allow-unsafe").code == 0
    tau = walk.run("inspect", "keys0/verifying.zkvk").result["tau_digest"]
    assert walk.run(*check, "--tau", tau, "--allow-unsafe").code == 0
    assert walk.run(*check, "--tau", "0x" + "11" * 32, "--allow-unsafe").code == 1
    without = walk.run(*check)
    assert without.code == 1, without  # a development string
    document = (walk.directory / "result.zkatt.json").read_bytes()
    for secret in ("model0.zkq", "keys0/model.secret", "proof.zkp.input-secret"):
        data = (walk.directory / secret).read_bytes()
        assert not any(data[i : i + 16] in document for i in range(16, len(data) - 16, 16)), secret


def test_a_committed_input_can_be_shown_again(walk: Walk) -> None:
    done = walk.run(
        *("prove", "model0.zkq", "--keys", "keys0", "--srs", "dev.srs", "--input", "samples.npy", "--row", 5),
        *("--input-secret", "proof.zkp.input-secret", "-o", "again.zkp"),
    )
    assert done.code == 0, done
    assert done.result["input_commitment"] == walk.steps["prove"].result["input_commitment"]
    assert walk.steps["prove off chain"].result["input_commitment"] != done.result["input_commitment"]


def test_secret_files_are_private_and_described_without_content(walk: Walk) -> None:
    for name in ("keys0/model.secret", "keys0/proving.zkpk", "proof.zkp.input-secret"):
        assert (walk.directory / name).stat().st_mode & 0o077 == 0, name
        assert "secret" in walk.run("inspect", name).result["kind"]


def test_the_installed_command_is_the_same_program(walk: Walk) -> None:
    command = [sys.executable, "-m", "zkattest", "inspect", "proof.zkp", "--json"]
    done = subprocess.run(command, cwd=walk.directory, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == walk.run("inspect", "proof.zkp").result
    command = [sys.executable, "-m", "zkattest", "verify", "proof.zkp", "--keys", "keys0"]
    assert subprocess.run(command, cwd=walk.directory, capture_output=True, check=False).returncode == 1


def test_usage_errors_have_code_2(walk: Walk) -> None:
    assert walk.run("prove").code == 2
    assert walk.run("nonsense").code == 2
    assert walk.run("verify", "absent.zkp", "--keys", "keys0").result["error"] == "StorageError"
