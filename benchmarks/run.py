"""Measure backends on models: ``python benchmarks/run.py --model lenet5 --backend sumcheck --json FILE``.

Backends: ``sumcheck`` (native), ``ezkl`` (as its users run it, see ``peer_ezkl.py``), ``ezkl-private``
(zkattest's backend ``ezkl``, which hides the weights; for ``clinic`` only, at 41 rows a weight).

A row: model, backend, profile (of the commitment: ``speed``, ``balanced``, ``gas``; none of ezkl's), batch
(inferences in one proof), params, setup_s, prove_s, prove_cpu_s (of all
threads), verify_s, peak_rss_mb, prove_rss_mb, key_bytes (proving key), vk_bytes, proof_bytes, rows,
top1_agreement, runs (whose median prove_s and verify_s are, see ``timing.py``), phases (phase of proving ->
s), cores, cpu, load (of the minute before), measured (when), and the estimate beside the measurement. Where
anvil is installed (``--no-chain`` leaves it out): verify_gas, attest_gas, register_gas, deploy_gas and
calldata_bytes, of mined transactions (``onchain.py``).
``--statement accuracy`` (or ``all``) measures proofs of metrics over committed data sets instead
(``metrics.py``): ``--model lenet5-mnist --statement accuracy --rows 1000 --profile speed``.
``prove_s`` includes the inference. Each row runs in its own process, so that its peak memory is its own: all
steps, compilation included; ``prove_rss_mb`` is that of a process that only proves (``prove_once.py``).
Figures are for comparison within one run: machines are shared and noisy.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from anvil import find_anvil
from metrics import DATA, STATEMENTS
from models import MODELS, BenchmarkModel, batched
from prove_once import prove_rss_mb
from timing import Stopwatch, circumstances, device, peak_rss_mb, repeated, timed

BACKENDS = ("sumcheck", "ezkl", "ezkl-private")

#: What a native commitment is made for; the first is the default.
PROFILES = ("speed", "balanced", "gas")

#: What is kept of the estimate.
ESTIMATED = (
    "setup_s",
    "prove_s",
    "memory_mb",
    "key_bytes",
    "proof_bytes",
    "verify_gas",
    "attest_gas",
    "register_gas",
    "calldata_bytes",
)

#: What runs without options: ezkl where it takes minutes at most.
DEFAULT_MODELS = ("clinic", "mlp", "lenet5")

#: A row with the same values of these replaces an older one.
_IDENTITY = ("model", "backend", "profile", "batch", "cores")

_PHASES = Path(__file__).parent / "phases.json"


def measure(
    name: str,
    source: BenchmarkModel,
    backend: str,
    batch: int,
    threads: int | None,
    profile: str | None,
    chain: bool,
) -> dict[str, Any]:
    """One row of a zkattest backend, in this process."""
    import numpy as np

    import zkattest as zk
    from zkattest.frontend import fidelity

    warnings.simplefilter("ignore")
    facts = circumstances() | {"device": device()}
    model, compile_s = timed(lambda: zk.compile(source.onnx_bytes, source.samples))
    chosen = {} if profile is None else {"profile": profile}
    cost = zk.estimate(model, backend=backend, batch=batch, **chosen)
    srs = zk.Srs.development(max(10, (cost.srs_degree - 1).bit_length()))
    committed, commit_s = timed(lambda: zk.commit(model, srs, backend=backend, batch=batch, **chosen))
    keys, setup_s = timed(lambda: zk.setup(committed, srs, backend=backend, batch=batch, threads=threads))
    inputs = (
        source.samples[0] if batch == 1 else np.resize(source.samples, (batch, *source.samples.shape[1:]))
    )

    def prove() -> tuple[zk.Proof, dict[str, float]]:
        watch = Stopwatch()
        (proof, _), spent = timed(
            lambda: zk.prove(keys, model, inputs, srs=srs, threads=threads, progress=watch)
        )
        return proof, watch.phases(spent)

    proved = repeated(prove)
    proof, phases = proved.result
    verified = repeated(lambda: zk.verify(proof, keys.verifying, srs=srs))
    if not verified.result:
        raise SystemExit(f"{backend} made an invalid proof of {name}")
    peak = peak_rss_mb()  # before the comparison below, which is no part of a proof
    proving = prove_rss_mb(keys, model, inputs, srs)
    report = fidelity(model, source.onnx_bytes, source.samples)
    gas = {}
    if chain and keys.verifying.record:
        import onchain

        gas = onchain.or_refused(onchain.measure_native, committed, keys, inputs, srs)
    return {
        "model": name,
        "backend": backend,
        "params": model.parameters,
        "compile_s": round(compile_s, 3),
        "commit_s": round(commit_s, 4),
        "setup_s": round(setup_s, 3),
        "prove_s": round(proved.seconds, 3),
        "prove_cpu_s": round(proved.cpu_seconds, 3),
        "verify_s": round(verified.seconds, 4),
        "peak_rss_mb": peak,
        "prove_rss_mb": proving,
        "key_bytes": len(keys.proving.to_bytes()),
        "vk_bytes": len(keys.verifying.to_bytes()),
        "proof_bytes": len(proof.payload),
        "rows": cost.rows,
        "top1_agreement": report.top1_agreement,
        "runs": proved.runs,
        "phases": phases,
        **facts,
        **gas,
        "estimate": {field: round(getattr(cost, field), 3) for field in ESTIMATED},
    }


def _one(name: str, backend: str, options: argparse.Namespace) -> dict[str, Any]:
    if backend == "ezkl" and options.statement != "inference":
        import metrics
        import peer_ezkl

        return peer_ezkl.measure(name, metrics.peer(name))
    if options.statement != "inference":
        import metrics

        return metrics.measure(
            name, options.statement, options.rows, options.profile, options.threads, options.chain
        )
    options.rows = options.rows or 1
    source, batch = MODELS[name](), options.rows
    if backend == "ezkl":
        import peer_ezkl

        row = peer_ezkl.measure(name, source if batch == 1 else batched(source, batch), chain=options.chain)
    else:
        kind = {"ezkl-private": "ezkl"}.get(backend, backend)
        row = measure(name, source, kind, batch, options.threads, options.profile, options.chain)
    return row | {"backend": backend, "profile": options.profile, "batch": batch}


def _in_own_process(
    name: str, backend: str, profile: str | None, options: argparse.Namespace
) -> dict[str, Any] | None:
    command = [sys.executable, __file__, "--one", "--model", name, "--backend", backend]
    command += ["--statement", options.statement, "--chain" if options.chain else "--no-chain"]
    command += ["--peer"] if backend == "ezkl" and options.peer else []
    command += [] if options.rows is None else ["--rows", str(options.rows)]
    command += [] if profile is None else ["--profile", profile]
    environment = dict(os.environ)
    if options.threads:
        command += ["--threads", str(options.threads)]
        for variable in ("RAYON_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
            environment[variable] = str(options.threads)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment)
    if done.returncode:
        print(f"{name} with {backend}: exit code {done.returncode}", file=sys.stderr)
        return None
    row: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return row


def beside(row: dict[str, Any], peer: dict[str, Any]) -> dict[str, float]:
    """What a metric's row says of the peer: its time for one inference, and that against ours for one row."""
    return {"peer_prove_s": peer["prove_s"], "peer_ratio": round(1e3 * peer["prove_s"] / row["per_row_ms"])}


def merge(path: Path, rows: list[dict[str, Any]]) -> None:
    """Put ``rows`` into the file's ``"rows"``, in place of older ones of the same identity; keep the rest."""
    document = json.loads(path.read_text()) if path.exists() else {}
    fresh = {tuple(row[key] for key in _IDENTITY): row for row in rows}
    for row in document.get("rows", []):
        fresh.setdefault(tuple(row.get(key) for key in _IDENTITY), row)
    order = {name: position for position, name in enumerate(MODELS)}
    document["rows"] = sorted(
        fresh.values(),
        key=lambda row: (
            order[row["model"]],
            row["batch"],
            BACKENDS.index(row["backend"]),
            (None, *PROFILES).index(row["profile"]),
        ),
    )
    path.write_text(json.dumps(document, indent=2) + "\n")


def merge_metrics(path: Path, row: dict[str, Any]) -> None:
    """Put a row into the file's ``"metrics"``, in place of an older one of the same identity."""
    document = json.loads(path.read_text()) if path.exists() else {}
    same = ("model", "statement", "profile", "rows", "cores")
    kept = [old for old in document.get("metrics", []) if any(old.get(key) != row[key] for key in same)]
    document["metrics"] = sorted([*kept, row], key=lambda each: [str(each[key]).zfill(9) for key in same])
    path.write_text(json.dumps(document, indent=2) + "\n")


def _write_phases(rows: list[dict[str, Any]]) -> None:
    document = json.loads(_PHASES.read_text()) if _PHASES.exists() else {}
    document |= {row["model"]: row["phases"] for row in rows if row["profile"] == PROFILES[0]}
    _PHASES.write_text(json.dumps(document, indent=2) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--model", action="append", choices=list(dict.fromkeys([*MODELS, *DATA])), help="may be repeated"
    )
    parser.add_argument("--backend", action="append", choices=BACKENDS, help="may be repeated")
    parser.add_argument(
        "--statement",
        choices=("inference", *STATEMENTS),
        default="inference",
        help="what is proved; accuracy, and all metrics, over a committed data set",
    )
    parser.add_argument(
        "--rows", type=int, help="inferences in one proof, 1 by default; rows of the data set of a metric"
    )
    parser.add_argument("--threads", type=int, help="of prover and BLAS; all cores by default")
    parser.add_argument("--json", type=Path, help="merge the rows into this file")
    parser.add_argument(
        "--profile", action="append", choices=PROFILES, help="of native commitments; may be repeated; speed"
    )
    parser.add_argument(
        "--chain",
        action=argparse.BooleanOptionalAction,
        default=find_anvil() is not None,
        help="measure gas on anvil; by default where it is installed",
    )
    parser.add_argument(
        "--peer",
        action="store_true",
        help="of a metric: also measure one inference of the network by ezkl, right after it",
    )
    parser.add_argument("--phases", action="store_true", help=f"also write {_PHASES.name}")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    metric = options.statement != "inference"
    offered = DATA if metric else MODELS
    models, backends = options.model or (DATA if metric else DEFAULT_MODELS), options.backend or BACKENDS[:2]
    if unknown := [name for name in models if name not in offered]:
        parser.error(f"{options.statement} is measured of {', '.join(offered)}, not of {', '.join(unknown)}")
    if options.peer and not metric:
        parser.error("--peer goes with a metric; inferences have --backend ezkl")
    if metric:
        backends = ("ezkl",) if options.one and options.peer else ("sumcheck",)
    if options.one:
        options.profile = options.profile[0] if options.profile else None
        print(json.dumps(_one(next(iter(models)), backends[0], options)))
        return 0
    rows, failed = [], False
    for name in models:
        for backend in backends:
            profiles = (options.profile or PROFILES[:1]) if backend == "sumcheck" else [None]
            for profile in profiles:
                row = _in_own_process(name, backend, profile, options)
                if row is None:
                    failed = True
                    continue
                if metric and options.peer:
                    found = _in_own_process(name, "ezkl", None, options)
                    failed = failed or found is None
                    row |= {} if found is None else beside(row, found)
                rows.append(row)
                print(json.dumps(row), flush=True)
                if options.json and metric:
                    merge_metrics(options.json, row)
                elif options.json:
                    merge(options.json, [row])
    if options.phases and not metric:
        _write_phases(rows)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
