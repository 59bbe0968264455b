"""Micro-benchmarks of the kernels beside arkworks: ``python benchmarks/micro.py --json FILE``.

Runs ``cargo run --release -p zkattest-kernels --example bench -- --json`` and puts what it prints, with the
circumstances, into the file's ``"micro"``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from timing import circumstances

_COMMAND = (
    "cargo",
    "run",
    "--release",
    "--locked",
    "--quiet",
    "-p",
    "zkattest-kernels",
    "--example",
    "bench",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", type=Path, help="put the results into this file")
    parser.add_argument("--threads", type=int, default=1, help="1 by default")
    options = parser.parse_args()
    facts = circumstances() | {"cores": options.threads}
    command = [*_COMMAND, "--example", "bench", "--", "--json", "--threads", str(options.threads)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=Path(__file__).parent.parent)
    results = json.loads(done.stdout, parse_float=lambda text: round(float(text), 3))
    print(json.dumps(results))
    if options.json:
        document = json.loads(options.json.read_text()) if options.json.exists() else {}
        document["micro"] = facts | results
        options.json.write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
