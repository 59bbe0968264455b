"""Measure backends on models: ``python benchmarks/run.py --model clinic --backend ezkl --json FILE``.

A row: model, backend, params, setup_s, prove_s, verify_s, peak_rss_mb, key_bytes, proof_bytes, rows,
top1_agreement, cores, cpu, and the estimate beside the measurement. Each row runs in its own process, so that
its peak memory is its own. Figures are for comparison within one run: machines are shared and noisy.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))


def measure(model_name: str, backend: str) -> dict[str, Any]:
    """One row, in this process."""
    import warnings

    from models import MODELS

    import zkattest as zk
    from zkattest.frontend import fidelity

    warnings.simplefilter("ignore")
    source = MODELS[model_name]()
    model = zk.compile(source.onnx_bytes, source.samples)
    report = fidelity(model, source.onnx_bytes, source.samples[:64])
    cost = zk.estimate(model, backend=backend)
    srs = zk.Srs.development(max(10, (cost.srs_degree - 1).bit_length()))
    committed, commit_s = _timed(lambda: zk.commit(model, srs))
    keys, setup_s = _timed(lambda: zk.setup(committed, srs, backend=backend))
    (proof, _), prove_s = _timed(lambda: zk.prove(keys, model, source.samples[0], srs=srs))
    valid, verify_s = _timed(lambda: zk.verify(proof, keys.verifying, srs=srs))
    if not valid:
        raise SystemExit(f"{backend} made an invalid proof of {model_name}")
    return {
        "model": model_name,
        "backend": backend,
        "params": model.parameters,
        "commit_s": round(commit_s, 4),
        "setup_s": round(setup_s, 3),
        "prove_s": round(prove_s, 3),
        "verify_s": round(verify_s, 4),
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "key_bytes": len(keys.proving.to_bytes()),
        "proof_bytes": len(proof.payload),
        "rows": cost.rows,
        "top1_agreement": report.top1_agreement,
        "cores": os.cpu_count(),
        "cpu": _cpu(),
        "estimate": {
            name: getattr(cost, name)
            for name in ("setup_s", "prove_s", "memory_mb", "key_bytes", "proof_bytes")
        },
    }


def _timed(step: Any) -> tuple[Any, float]:
    begin = time.perf_counter()
    result = step()
    return result, time.perf_counter() - begin


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", action="append", help="clinic (default), mlp; may be repeated")
    parser.add_argument("--backend", action="append", help="ezkl (default); may be repeated")
    parser.add_argument("--json", type=Path, help="also write the rows here")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    models, backends = options.model or ["clinic"], options.backend or ["ezkl"]
    if options.one:
        print(json.dumps(measure(models[0], backends[0])))
        return
    rows = []
    for model in models:
        for backend in backends:
            command = [sys.executable, __file__, "--one", "--model", model, "--backend", backend]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            rows.append(json.loads(done.stdout.splitlines()[-1]))
            print(json.dumps(rows[-1]), flush=True)
    if options.json:
        options.json.write_text(json.dumps({"rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
