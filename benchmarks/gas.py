"""Measure again what a chain charges, and only that: ``python benchmarks/gas.py --model lenet5``.

Puts the columns of gas and of sizes and the estimate into the rows of ``results.json`` and leaves their times
alone, which ``run.py`` measures on an idle machine; a row that the file lacks gets times of one run.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import onchain
from models import MODELS
from run import ESTIMATED, merge
from timing import circumstances, timed

_RESULTS = Path(__file__).parent / "results.json"

#: Whose proofs contracts take.
_PROFILES = ("balanced", "gas")

_COLUMNS = ("verify_gas", "attest_gas", "register_gas", "deploy_gas", "calldata_bytes")
_SIZES = ("key_bytes", "vk_bytes", "proof_bytes", "rows")


def measure(name: str, profile: str) -> dict[str, Any]:
    """One row: gas, the estimate, and times of one run."""
    import zkattest as zk

    warnings.simplefilter("ignore")
    facts, source = circumstances(), MODELS[name]()
    model = zk.compile(source.onnx_bytes, source.samples)
    cost = zk.estimate(model, profile=profile)
    srs = zk.Srs.development(max(10, (cost.srs_degree - 1).bit_length()))
    committed = zk.commit(model, srs, profile=profile)
    keys, setup_s = timed(lambda: zk.setup(committed, srs))
    (proof, _), prove_s = timed(lambda: zk.prove(keys, model, source.samples[0], srs=srs))
    return {
        "model": name,
        "backend": "sumcheck",
        "profile": profile,
        "batch": 1,
        "params": model.parameters,
        "setup_s": round(setup_s, 3),
        "prove_s": round(prove_s, 3),
        "key_bytes": len(keys.proving.to_bytes()),
        "vk_bytes": len(keys.verifying.to_bytes()),
        "proof_bytes": len(proof.payload),
        "rows": cost.rows,
        "runs": 1,
        **facts,
        **onchain.measure_native(committed, keys, source.samples[0], srs),
        "estimate": {field: round(getattr(cost, field), 3) for field in ESTIMATED},
    }


def kept(row: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    """``known`` with the gas and the sizes of ``row``; its times stay."""
    estimate = {name: value for name, value in row["estimate"].items() if name in _COLUMNS}
    gas = {name: row[name] for name in (*_COLUMNS, *_SIZES)}
    return {**known, **gas, "estimate": {**known.get("estimate", {}), **estimate}}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", action="append", choices=MODELS, help="may be repeated")
    parser.add_argument(
        "--profile", action="append", choices=_PROFILES, help="may be repeated; all by default"
    )
    parser.add_argument("--json", type=Path, default=_RESULTS)
    options = parser.parse_args()
    for name in options.model or MODELS:
        for profile in options.profile or _PROFILES:
            row = measure(name, profile)
            print(json.dumps(row), flush=True)
            rows = json.loads(options.json.read_text())["rows"] if options.json.exists() else []
            same = ("model", "backend", "profile", "batch", "cores")
            found = next((old for old in rows if all(old.get(key) == row[key] for key in same)), None)
            merge(options.json, [row if found is None else kept(row, found)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
