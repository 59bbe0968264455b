"""ezkl as its own users run it: the peer of the native backend.

The steps of ezkl's documentation: ``gen_settings``, ``calibrate_settings`` for resources,
``compile_circuit``, a reference string, ``setup``, ``gen_witness``, ``prove``, ``verify``. The input is
private, the output public, the parameters are constants of the circuit ("fixed"). Such a proof shows less
than one of zkattest: no commitment to the input and no use is bound in it, rounding is left to ezkl, and
proofs leak the constants (docs/backends.md). What hides and binds with ezkl is zkattest's own backend of
that name, at 41 rows a weight: ``ezkl-private`` in ``run.py``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from models import BenchmarkModel
from timing import circumstances, peak_rss_mb, repeated, timed

from zkattest.backends.ezkl import runtime, solidity
from zkattest.backends.ezkl.keys import felt_from_json, signed
from zkattest.errors import UnsupportedByBackendError

#: Samples that calibration sees, and on which the class is compared; a witness takes ezkl up to seconds.
_SAMPLES = 16


def measure(name: str, source: BenchmarkModel, *, chain: bool = False) -> dict[str, Any]:
    """One row, in this process: see ``run.py``.

    ``prove_s`` is witness and proof; ``setup_s`` is settings, calibration and keys, without the string.

    Arguments:
        chain: also deploy the contract that ezkl generates, and verify the proof there (``onchain.py``).

    Raises:
        EzklError: ezkl cannot do this model.
    """
    facts = circumstances()
    with runtime.Workspace() as files:
        samples = source.samples[:_SAMPLES]
        files.write("model.onnx", source.onnx_bytes)
        files.write_json("calibration.json", {"input_data": [s.reshape(-1).tolist() for s in samples]})
        settings, calibrate_s = timed(lambda: _calibrate(files))
        logrows = settings["run_args"]["logrows"]
        runtime.call("gen_srs", files.path("srs"), logrows)
        _, setup_s = timed(lambda: _setup(files))
        proved = repeated(lambda: _prove(files, samples[0]))
        verified = repeated(lambda: _verify(files))
        proof = json.loads(Path(files.path("proof.json")).read_text())
        peak = peak_rss_mb()
        gas = _on_chain(files, settings, proof) if chain else {}
        return gas | {
            "model": name,
            "backend": "ezkl",
            "params": _parameters(source.onnx_bytes),
            "setup_s": round(calibrate_s + setup_s, 3),
            "prove_s": round(proved.seconds, 3),
            "prove_cpu_s": round(proved.cpu_seconds, 3),
            "verify_s": round(verified.seconds, 4),
            "peak_rss_mb": peak,
            "key_bytes": Path(files.path("pk")).stat().st_size,
            "vk_bytes": Path(files.path("vk")).stat().st_size,
            "proof_bytes": len(bytes.fromhex(proof["hex_proof"].removeprefix("0x"))),
            "rows": settings["num_rows"],
            "top1_agreement": _agreement(files, source),
            "runs": proved.runs,
            "phases": {phase: round(spent, 4) for phase, spent in proved.result.items()},
            **facts,
            "ezkl": {
                "version": runtime.PINNED_VERSION,
                "logrows": logrows,
                "input_scale": settings["run_args"]["input_scale"],
                "param_scale": settings["run_args"]["param_scale"],
                "calibrate_s": round(calibrate_s, 3),
            },
        }


def _calibrate(files: runtime.Workspace) -> dict[str, Any]:
    import ezkl

    arguments: Any = ezkl.PyRunArgs()
    arguments.input_visibility = "private"
    arguments.output_visibility = "public"
    arguments.param_visibility = "fixed"
    model, settings = files.path("model.onnx"), files.path("settings.json")
    runtime.call("gen_settings", model, settings, py_run_args=arguments)
    runtime.call("calibrate_settings", files.path("calibration.json"), model, settings, "resources")
    runtime.call("compile_circuit", model, files.path("circuit"), settings)
    result: dict[str, Any] = json.loads(Path(settings).read_text())
    return result


def _setup(files: runtime.Workspace) -> None:
    runtime.call(
        "setup", files.path("circuit"), files.path("vk"), files.path("pk"), srs_path=files.path("srs")
    )


def _witness(files: runtime.Workspace, sample: Any) -> dict[str, Any]:
    files.write_json("input.json", {"input_data": [sample.reshape(-1).tolist()]})
    witness: dict[str, Any] = runtime.call(
        "gen_witness", files.path("input.json"), files.path("circuit"), files.path("witness.json")
    )
    return witness


def _prove(files: runtime.Workspace, sample: Any) -> dict[str, float]:
    _, witness_s = timed(lambda: _witness(files, sample))
    _, prove_s = timed(
        lambda: runtime.call(
            "prove",
            files.path("witness.json"),
            files.path("circuit"),
            files.path("pk"),
            proof_path=files.path("proof.json"),
            srs_path=files.path("srs"),
        )
    )
    return {"witness": witness_s, "prove": prove_s}


def _verify(files: runtime.Workspace) -> None:
    accepted = runtime.call(
        "verify",
        files.path("proof.json"),
        files.path("settings.json"),
        files.path("vk"),
        srs_path=files.path("srs"),
    )
    if not accepted:
        raise SystemExit("ezkl rejects its own proof")


def _on_chain(files: runtime.Workspace, settings: dict[str, Any], proof: dict[str, Any]) -> dict[str, int]:
    """Gas of the generated contract; nothing where it is larger than a contract may be."""
    import onchain

    source = runtime.render_solidity(settings, files.read("vk"), files.read("srs"))
    try:
        halo2, _ = solidity.compile_verifier(source, bytes(32))
    except UnsupportedByBackendError as error:
        print(error, file=sys.stderr)
        return {}
    instances = [felt_from_json(value) for column in proof["instances"] for value in column]
    return onchain.measure_halo2(halo2, bytes.fromhex(proof["hex_proof"].removeprefix("0x")), instances)


def _parameters(onnx_bytes: bytes) -> int:
    return sum(int(np.prod(tensor.dims)) for tensor in onnx.load_from_string(onnx_bytes).graph.initializer)


def _agreement(files: runtime.Workspace, source: BenchmarkModel) -> float:
    """Share of samples whose largest output is that of onnxruntime."""
    session = onnxruntime.InferenceSession(source.onnx_bytes, providers=["CPUExecutionProvider"])
    (declared,) = session.get_inputs()
    shape = [size if isinstance(size, int) else 1 for size in declared.shape]
    agreed = []
    for sample in source.samples[:_SAMPLES]:
        (expected,) = session.run(None, {declared.name: sample.reshape(shape)})
        (outputs,) = _witness(files, sample)["outputs"]
        logits = np.array([signed(felt_from_json(value)) for value in outputs]).reshape(expected.shape)
        agreed.append(logits.argmax(axis=-1) == expected.argmax(axis=-1))
    return float(np.mean(agreed))
