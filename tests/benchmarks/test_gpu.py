"""The script for machines with a card: what it runs and reports, that it needs nothing but its folder."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))

import gpu
import gpu_page
from gpu_run import SANITIZED, Ran, Report

import circuits
import zkattest as zk
from zkattest.backends.sumcheck.verification import open_key

ROOT = Path(__file__).parents[2]

#: What a test program prints; on standard error, where it finds no device.
PASSED = "print('test result: ok. 3 passed; 0 failed; 0 ignored')"
UNSEEN = "import sys; print('SKIPPED on a device: no driver', file=sys.stderr)"

#: What the examples print where there is no card, and where there is one.
NO_CARD = {"skipped": "no NVIDIA driver is installed"}
CARD = {"device": "a card", "multiprocessors": 132}
PROOF = {"circuit": "small", "processor": {"total_ms": 9.0}}


@pytest.fixture
def folder(tmp_path):
    """What ``prepare`` makes, without the programs."""
    made = tmp_path / "elsewhere"
    (made / "bin").mkdir(parents=True)
    for name in gpu.SCRIPTS:
        shutil.copy(ROOT / "benchmarks" / name, made / name)
    (made / "manifest.json").write_text(
        json.dumps({"commit": "abc", "tests": ["kernels"], "circuits": ["small"]})
    )
    return made


def program(folder, name, code):
    path = folder / "bin" / name
    path.write_text(f"#!{sys.executable}\n{code}\n")
    path.chmod(0o755)


def fill(folder, *, bench, kernels, replay):
    program(folder, "bench", f"print({json.dumps(bench)!r})")
    program(folder, "kernels", kernels)
    program(folder, "replay", f"print({json.dumps(replay)!r})")


def run(folder, *options):
    """The script as it is run on another machine: no environment, no packages, another folder."""
    report = folder.parent / "report.json"
    command = [sys.executable, "-S", "-E", str(folder / "gpu.py"), "run", str(folder), "--json", str(report)]
    done = subprocess.run(
        [*command, *options], env={}, cwd=folder.parent, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done, json.loads(report.read_text())


def test_without_a_card_the_twin_is_checked_and_the_rest_said_to_be_skipped(folder):
    fill(folder, bench=NO_CARD, kernels=f"{PASSED}\n{UNSEEN}", replay=PROOF)
    done, report = run(folder)
    assert done.returncode == 0
    assert "SKIPPED: no device was found" in done.stdout
    assert report["device"]["open"]["status"] == "SKIPPED: no NVIDIA driver is installed"
    assert (report["tests"]["kernels"]["passed"], report["tests"]["kernels"]["on_device"]) == (3, False)
    assert report["replay"]["small"]["processor"] == {"total_ms": 9.0}
    assert report["machine"]["commit"] == "abc"
    assert report["machine"]["cpu"]
    assert set(report["skipped"]) >= {"open", "bench"}
    assert report["failed"] == []


def test_with_a_card_everything_runs_on_it(folder):
    replay = PROOF | {"same_bytes": True, "device": {"total_ms": 1.0}}
    fill(folder, bench=CARD, kernels=PASSED, replay=replay)
    done, report = run(folder, "--quick")
    assert done.returncode == 0
    assert "no device was found" not in done.stdout
    assert report["machine"]["device"] == "a card"
    assert report["tests"]["kernels"]["on_device"]
    assert report["replay"]["small"]["device"] == {"total_ms": 1.0}
    assert report["failed"] == []


@pytest.mark.parametrize(
    ("kernels", "replay", "expected"),
    [
        (f"{PASSED}\n{UNSEEN}", {"same_bytes": True}, ("tests", "kernels", "a test did not find it")),
        ("print('test result: FAILED. 2 passed; 1 failed'); exit(101)", {"same_bytes": True},
         ("tests", "kernels", "exit code 101")),
        ("pass", {"same_bytes": True}, ("tests", "kernels", "no test ran")),
        (PASSED, {"same_bytes": False}, ("replay", "small", "other bytes")),
    ],
)  # fmt: skip
def test_what_fails_makes_the_run_fail(folder, kernels, replay, expected):
    fill(folder, bench=CARD, kernels=kernels, replay=PROOF | replay | {"device": {"total_ms": 1.0}})
    done, report = run(folder)
    part, name, words = expected
    assert done.returncode == 1
    assert words in report[part][name]["status"]
    assert report[part][name]["status"].startswith("FAILED")
    assert report["failed"] == [name]


def test_a_run_ends_in_time_and_keeps_what_it_has(folder):
    fill(
        folder,
        bench=NO_CARD,
        kernels="import time; print('{\"first\": 1}', flush=True); time.sleep(60)",
        replay=PROOF,
    )
    done, report = run(folder, "--limit", "7")
    assert done.returncode == 1
    assert report["tests"]["kernels"]["status"].startswith("FAILED: not through after")
    assert '{"first": 1}' in report["tests"]["kernels"]["output"]
    assert report["replay"]["small"]["status"] == "SKIPPED: no time left"


def test_a_report_is_whole_after_every_step(tmp_path):
    path = tmp_path / "report.json"
    report = Report(path)
    for step in range(3):
        report.put("steps", str(step), {"status": "ok"})
        assert list(json.loads(path.read_text())["steps"]) == [str(done) for done in range(step + 1)]


def test_a_line_that_was_cut_off_is_left_out():
    assert Ran(None, '{"a": 1}\nwords\n[2]\n{"b": 2', "", 1.0).lines() == [{"a": 1}]


def test_every_test_program_that_uses_a_device_is_prepared():
    found = gpu.device_tests(ROOT)
    assert found["kernels"] == found["msm"] == "zkattest-cuda"
    assert found["device"] == "zkattest-prover"
    assert not {"completeness", "wiping"} & found.keys()


@pytest.mark.parametrize("name", SANITIZED)
def test_what_the_sanitizer_runs_is_there(name):
    source = (ROOT / "crates/cuda/tests" / f"{name}.rs").read_text()
    assert all(source.count(f"fn {test}") == 1 for test in SANITIZED[name])


def test_a_replayed_circuit_is_the_one_that_set_up_makes():
    document = json.loads(circuits.encoded("mlp", circuits.MEASURED["mlp"]))
    source = circuits.MODELS["mlp"]()
    model = zk.compile(source.onnx_bytes, source.samples)
    srs = zk.Srs.development(10)
    keys = zk.setup(zk.commit(model, srs), srs)
    opened = open_key(keys.verifying).data
    assert bytes.fromhex(document["architecture"]) == opened.architecture
    options = document["options"]
    assert (options["columns"], options["limb_bits"], options["padded"]) == (
        opened.columns,
        opened.limb_bits,
        opened.padded,
    )
    assert not document["evaluation"]
    assert not document["score"]


def test_scaled_counts_extend_linearly(monkeypatch):
    def phases(launches, read):
        counts = dict.fromkeys(("launches", "threads", "written", "sectors_written", "multiply_adds"), 0)
        return {"Rows": {"fold": counts | {"launches": launches, "read": read, "sectors_read": read}}}

    rows = {
        "lenet5-64": {"counts": {"phases": phases(4, 100 + 64 * 32)}},
        "lenet5-192": {"counts": {"phases": phases(4, 100 + 192 * 32)}},
    }
    monkeypatch.setattr(gpu_page, "document", lambda: {"counts": {"proofs": rows}})
    found = gpu_page.proofs()
    assert list(found) == ["lenet5-1000"]
    fold = found["lenet5-1000"]["Rows"]["fold"]
    assert (fold["launches"], fold["read"]) == (4, 100 + 1000 * 32)


def test_a_bound_is_the_longer_of_traffic_and_arithmetic():
    card = gpu_page.Card("a card", bandwidth=100.0, multiply_adds=10.0)
    counts = {"sectors_read": 150, "sectors_written": 50, "multiply_adds": 7}
    assert card.bound(counts) == 2.0
    assert card.bound(counts | {"multiply_adds": 70}) == 7.0
