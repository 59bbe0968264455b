"""What the backend keeps to itself: files, event loops, noise, secrets; and what it needs from outside."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
import os
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from ezkl_models import Case, committed, mlp

from zkattest.backends import available_backends, get_backend
from zkattest.backends.base import Backend, Keys
from zkattest.backends.ezkl import EzklBackend, runtime, solidity
from zkattest.backends.ezkl import settings as circuit_settings
from zkattest.backends.ezkl.keys import ProverData, VerifierData
from zkattest.backends.ezkl.runtime import EzklError, Workspace
from zkattest.errors import (
    BackendUnavailableError,
    ConfigError,
    FormatError,
    ProvingError,
    StorageError,
    VersionError,
    ZkattestError,
)
from zkattest.srs import Srs


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory for temporary files, watched."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


# --- by name ----------------------------------------------------------------------------------------


def test_backends_by_name() -> None:
    assert "ezkl" in available_backends()
    backend: Backend = get_backend("ezkl")
    assert isinstance(backend, EzklBackend)
    with pytest.raises(ConfigError, match=r"no backend 'halo3'.*ezkl"):
        get_backend("halo3")


def test_without_the_package_everything_imports_and_says_what_to_install() -> None:
    program = """
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name == "ezkl":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Block())
import importlib.util
real = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name == "ezkl" else real(name, package)
import zkattest.backends
from zkattest.backends import available_backends, get_backend
assert available_backends() == ("sumcheck",)
from zkattest.errors import BackendUnavailableError
from ezkl_models import mlp
try:
    get_backend("ezkl").estimate(mlp((3, 2)))
except BackendUnavailableError as error:
    print(error)
assert "ezkl" not in sys.modules
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "pip install zkattest[ezkl]" in done.stdout


def test_another_version_of_ezkl_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime.importlib.metadata, "version", lambda name: "24.0.0")
    with pytest.raises(VersionError, match=r"23\.0\.5; version 24\.0\.0"):
        runtime.load()


def test_unavailable_error_type(monkeypatch: pytest.MonkeyPatch, case: Case) -> None:
    monkeypatch.setattr(runtime, "available", lambda: False)
    with pytest.raises(BackendUnavailableError):
        EzklBackend().verify(case.keys.verifying, case.proof)


# --- event loops and threads ------------------------------------------------------------------------


def test_all_verbs_work_inside_a_running_event_loop(case: Case, backend: EzklBackend, srs: Srs) -> None:
    async def notebook() -> bool:
        model = mlp((2, 1))
        keys = backend.setup(committed(model, srs), srs=srs)
        proof, _ = backend.prove(keys, model, model.quantise_input([0.5, 1.0]), srs=srs)
        return backend.verify(keys.verifying, proof)

    assert asyncio.run(notebook()) is True


def test_verification_from_several_threads(case: Case, backend: EzklBackend) -> None:
    output = bytearray(case.proof.statement.output)
    output[-1] ^= 1
    wrong = dataclasses.replace(
        case.proof, statement=dataclasses.replace(case.proof.statement, output=bytes(output))
    )
    verdicts: list[tuple[bool, bool]] = []

    def work() -> None:
        for _ in range(3):
            verdicts.append(
                (backend.verify(case.keys.verifying, case.proof), backend.verify(case.keys.verifying, wrong))
            )

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verdicts == [(True, False)] * 12


# --- files ------------------------------------------------------------------------------------------


def test_files_are_private_and_gone_afterwards(
    temporary: Path, case: Case, backend: EzklBackend, srs: Srs, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes = []
    original = runtime.call

    def watched(function: str, *arguments: object, **options: object) -> object:
        modes.extend(stat.S_IMODE(os.stat(entry).st_mode) for entry in temporary.iterdir())
        return original(function, *arguments, **options)

    monkeypatch.setattr(runtime, "call", watched)
    backend.prove(case.keys, case.model, case.x, srs=srs)
    assert modes
    assert set(modes) == {0o700}
    assert list(temporary.iterdir()) == []


def run(stage: str, case: Case, backend: EzklBackend, srs: Srs) -> None:
    """The verb that calls ezkl's function ``stage``."""
    if stage in ("table", "setup"):
        backend.setup(committed(case.model, srs), srs=srs)
    else:
        backend.prove(case.keys, case.model, case.x, srs=srs)


@pytest.mark.parametrize("stage", ["gen_witness", "prove", "verify", "table", "setup"])
def test_a_failure_at_any_stage_leaves_no_files(
    stage: str, temporary: Path, case: Case, backend: EzklBackend, srs: Srs, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = runtime.call

    def failing(function: str, *arguments: object, **options: object) -> object:
        if function == stage:
            raise EzklError(function, "the secret is 12345")
        return original(function, *arguments, **options)

    monkeypatch.setattr(runtime, "call", failing)
    with pytest.raises(ZkattestError) as caught:
        run(stage, case, backend, srs)
    assert "12345" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert list(temporary.iterdir()) == []


def test_an_unusable_temporary_directory_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: Case, backend: EzklBackend
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with pytest.raises(StorageError, match="TMPDIR"):
        backend.verify(case.keys.verifying, case.proof)


def test_an_interrupt_leaves_no_files(temporary: Path) -> None:
    def interrupted() -> None:
        with Workspace() as files:
            files.write("x", b"1")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(temporary.iterdir()) == []


# --- noise and secrets ------------------------------------------------------------------------------


def test_nothing_is_printed_or_logged(
    case: Case,
    backend: EzklBackend,
    srs: Srs,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG):
        model = mlp((2, 2))
        keys = backend.setup(committed(model, srs), srs=srs)
        proof, _ = backend.prove(keys, model, model.quantise_input([0.5, 1.0]), srs=srs)
        assert backend.verify(keys.verifying, proof)
        broken = dataclasses.replace(proof, payload=proof.payload[:32] + bytes(len(proof.payload) - 32))
        assert not backend.verify(keys.verifying, broken)
    assert [
        record for record in caplog.records if record.name.split(".")[0] in ("ezkl", "halo2_proofs")
    ] == []
    assert capfd.readouterr() == ("", "")


def test_representations_show_no_secret(case: Case) -> None:
    texts = [repr(case.secret), repr(case.keys), repr(case.proof)]
    texts += [repr(ProverData.from_bytes(case.keys.proving.payload))]
    for text in texts:
        assert case.secret.salt.hex() not in text
        assert repr(case.secret.salt) not in text
        assert len(text) < 2000


def test_errors_do_not_show_the_input(case: Case, backend: EzklBackend, srs: Srs) -> None:
    prover = ProverData.from_bytes(case.keys.proving.payload)
    damaged = dataclasses.replace(prover, circuit=prover.circuit[: len(prover.circuit) // 2])
    keys = Keys(dataclasses.replace(case.keys.proving, payload=damaged.to_bytes()), case.keys.verifying)
    x = np.array([[111, -99, 87]])
    with pytest.raises(ProvingError) as caught:
        backend.prove(keys, case.model, x, srs=srs)
    assert not any(text in str(caught.value) for text in ("111", "99", "87"))


# --- malformed keys ---------------------------------------------------------------------------------


def with_data(case: Case, data: VerifierData) -> object:
    return dataclasses.replace(case.keys.verifying, payload=data.to_bytes())


def test_a_damaged_verifying_key_is_no_verdict(case: Case, backend: EzklBackend) -> None:
    data = VerifierData.from_bytes(case.keys.verifying.payload)
    assert data.to_bytes() == case.keys.verifying.payload
    for damaged in (
        dataclasses.replace(data, vk=data.vk[:-1]),
        dataclasses.replace(data, vk=bytes(len(data.vk))),
        dataclasses.replace(data, srs=(1 << 30).to_bytes(4, "little") + data.srs[4:]),
    ):
        key = dataclasses.replace(case.keys.verifying, payload=damaged.to_bytes())
        statement = dataclasses.replace(case.proof.statement, vk_hash=key.digest)
        with pytest.raises(FormatError, match="cannot read"):
            backend.verify(key, dataclasses.replace(case.proof, statement=statement))


def test_settings_that_are_not_ours_are_refused(case: Case) -> None:
    data = VerifierData.from_bytes(case.keys.verifying.payload)
    edits = {
        b'"check_mode":"SAFE"': b'"check_mode":"UNSAFE"',
        b'"num_inner_cols":1': b'"num_inner_cols":2',
        b'"disable_freivalds":true': b'"disable_freivalds":false',
        b'"param_visibility":"Fixed"': b'"param_visibility":"Private"',
        b'"decomp_legs":': b'"decomp_legs":9',
        b'"timestamp":0': b'"timestamp":1',
        b"{": b"[",
    }
    for old, new in edits.items():
        assert old in data.settings
        damaged = dataclasses.replace(data, settings=data.settings.replace(old, new, 1))
        with pytest.raises(FormatError):
            VerifierData.from_bytes(damaged.to_bytes())
    older = dataclasses.replace(data, settings=data.settings.replace(b'"23.0.5"', b'"22.0.0"'))
    with pytest.raises(VersionError, match=r"22\.0\.0"):
        VerifierData.from_bytes(older.to_bytes())


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("module_sizes", {"polycommit": [], "poseidon": [5]}),
        ("module_sizes", {"polycommit": [1 << 62], "poseidon": [1933, [3]]}),
        ("model_instance_shapes", [3]),
        ("model_instance_shapes", [[3.0], [2], [1]]),
        ("model_instance_shapes", [[], [2], [1]]),
        ("num_rows", 1 << 63),
        ("total_assignments", 1 << 62),
        ("total_const_size", -1),
        ("total_assignments", True),
        ("input_types", ["Bool", "Int", "Int"]),
        ("unknown", 1),
    ],
)
def test_sizes_that_ezkl_would_allocate_or_index_by_are_bounded(
    member: str, value: object, case: Case
) -> None:
    data = VerifierData.from_bytes(case.keys.verifying.payload)
    settings = {**data.decoded_settings, member: value}
    hostile = dataclasses.replace(data, settings=circuit_settings.canonical(settings))
    with pytest.raises(FormatError, match=r"circuit (arguments|settings)|outputs of sizes"):
        VerifierData.from_bytes(hostile.to_bytes())


@pytest.mark.parametrize("change", [lambda srs: srs[:-1], lambda srs: srs + b"\0", lambda srs: b""])
def test_first_powers_have_one_length(change: Callable[[bytes], bytes], case: Case) -> None:
    data = VerifierData.from_bytes(case.keys.verifying.payload)
    with pytest.raises(FormatError, match="first powers"):
        VerifierData.from_bytes(dataclasses.replace(data, srs=change(data.srs)).to_bytes())


def test_a_key_whose_circuit_digest_is_not_its_own_is_refused(case: Case, backend: EzklBackend) -> None:
    key = dataclasses.replace(case.keys.verifying, circuit_hash=bytes(32))
    statement = dataclasses.replace(case.proof.statement, circuit_hash=bytes(32), vk_hash=key.digest)
    with pytest.raises(FormatError, match="circuit digest"):
        backend.verify(key, dataclasses.replace(case.proof, statement=statement))


@pytest.mark.parametrize("cut", [0, 4, 6, 40, 1000, -1])
def test_truncated_payloads_of_keys_are_format_errors(cut: int, case: Case) -> None:
    for kind, payload in (
        (VerifierData, case.keys.verifying.payload),
        (ProverData, case.keys.proving.payload),
    ):
        with pytest.raises(FormatError):
            kind.from_bytes(payload[:cut])
        with pytest.raises(FormatError, match="trailing"):
            kind.from_bytes(payload + b"\0")


# --- compilers --------------------------------------------------------------------------------------


def test_a_missing_compiler_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(solidity.SOLC_VARIABLE, raising=False)
    monkeypatch.setattr(solidity.shutil, "which", lambda name: None)
    with pytest.raises(solidity.ToolMissingError, match=r"npm install .*ZKATTEST_SOLC"):
        solidity.compile_verifier("contract Halo2Verifier {}", bytes(32))


def test_a_named_compiler_that_is_none_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(solidity.SOLC_VARIABLE, str(tmp_path / "nothing"))
    with pytest.raises(solidity.ToolMissingError, match="no executable"):
        solidity.compile_verifier("contract Halo2Verifier {}", bytes(32))
    script = tmp_path / "solc"
    script.write_text("#!/bin/sh\necho no json\n")
    script.chmod(0o755)
    monkeypatch.setenv(solidity.SOLC_VARIABLE, str(script))
    with pytest.raises(solidity.BackendError, match="failed"):
        solidity.compile_verifier("contract Halo2Verifier {}", bytes(32))


def test_a_contract_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answer = tmp_path / "answer.json"
    code = "00" * (solidity.MAX_CODE_BYTES + 1)
    answer.write_text(
        json.dumps(
            {
                "contracts": {
                    "verifier.sol": {
                        "Halo2Verifier": {
                            "abi": [],
                            "evm": {"bytecode": {"object": code}, "deployedBytecode": {"object": code}},
                        }
                    }
                }
            }
        )
    )
    script = tmp_path / "solc"
    script.write_text(f"#!/bin/sh\ncat > /dev/null\ncat {answer}\n")
    script.chmod(0o755)
    monkeypatch.setenv(solidity.SOLC_VARIABLE, str(script))
    with pytest.raises(solidity.UnsupportedByBackendError, match=r"24577 bytes.*EIP-170"):
        solidity.compile_verifier("contract Halo2Verifier {}", bytes(32))
