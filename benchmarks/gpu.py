"""Check and measure the prover on an NVIDIA card, in one script.

``python benchmarks/gpu.py prepare DIR`` builds all that it takes where cargo and this package are: test
programs, examples, circuits of real models. ``python3 DIR/gpu.py run DIR --json FILE`` works from DIR alone,
wherever it was copied, with Python's own library and the card's driver: every kernel and every proof on the
device against the processor's, compute-sanitizer where it is installed, the card's ceilings, sums, and whole
proofs phase by phase, within eight minutes. Without a card it says SKIPPED, and checks the twin and measures
the processor.

``python benchmarks/gpu.py counts --json FILE`` needs no card: a twin of the kernels counts what they read,
write and multiply in sums and in whole proofs, from which ``docs/gpu.md`` has its lower bounds.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parent))

from gpu_run import LIMIT, Report, Run

HERE: Final = Path(__file__).resolve().parent

#: What ``prepare`` copies besides what it builds: this script and all that it needs to run there.
SCRIPTS: Final = ("gpu.py", "gpu_run.py", "timing.py")

#: Packages whose tests run on a device, and what stands in the source of a test that does.
_TESTED: Final = {"zkattest-cuda": "crates/cuda", "zkattest-prover": "crates/prover"}
_DEVICE: Final = ("mod machines;", "Device::open(")

#: Example -> its package.
EXAMPLES: Final = {"bench": "zkattest-cuda", "replay": "zkattest-circuits"}

#: log2 of the longest sums that are counted.
_COUNTED_SUMS: Final = 22


def device_tests(root: Path) -> dict[str, str]:
    """Test programs that run on a device where there is one -> their packages."""
    found = {}
    for package, folder in _TESTED.items():
        for path in sorted((root / folder / "tests").glob("*.rs")):
            if any(word in path.read_text() for word in _DEVICE):
                found[path.stem] = package
    return found


def _cargo(root: Path, arguments: list[str]) -> dict[str, Path]:
    """Build; the executables by name.

    Raises:
        SystemExit: cargo failed; it said why.
    """
    command = ["cargo", *arguments, "--release", "--locked", "--message-format=json-render-diagnostics"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, cwd=root, check=False)
    if done.returncode:
        raise SystemExit(f"cargo failed with exit code {done.returncode}")
    messages = map(json.loads, done.stdout.splitlines())
    return {
        message["target"]["name"]: Path(message["executable"])
        for message in messages
        if message.get("executable")
    }


def build(root: Path, names: dict[str, str], kind: str) -> dict[str, Path]:
    """Test programs or examples (``kind``: ``test`` or ``example``), built in one go."""
    # one command for both kinds: with the same features of all packages, nothing is compiled twice
    packages = [part for package in sorted({*_TESTED, *EXAMPLES.values()}) for part in ("-p", package)]
    chosen = [part for name in names for part in (f"--{kind}", name)]
    return _cargo(root, [*(("test", "--no-run") if kind == "test" else ("build",)), *packages, *chosen])


def prepare(folder: Path) -> int:
    """Build all, and put it into ``folder``, which is made anew."""
    import circuits

    root = HERE.parent
    tests = device_tests(root)
    programs = build(root, tests, "test") | build(root, EXAMPLES, "example")
    if folder.exists() and any(folder.iterdir()) and not (folder / "manifest.json").exists():
        raise SystemExit(f"{folder} holds other things; name an empty folder or one that this command made")
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "bin").mkdir(parents=True)
    for name in (*tests, *EXAMPLES):
        shutil.copy2(programs[name], folder / "bin" / name)
        if strip := shutil.which("strip"):
            subprocess.run([strip, folder / "bin" / name], check=True)
    for name in SCRIPTS:
        shutil.copy2(HERE / name, folder / name)
    paths = circuits.write(folder / "circuits", circuits.MEASURED)
    commit = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"], stdout=subprocess.PIPE, text=True, cwd=root, check=False
    )
    manifest = {
        "commit": commit.stdout.strip(),
        "tests": list(tests),
        "circuits": [path.stem for path in paths],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder}: {size / 1e6:.1f} MB, {len(tests)} test programs, {len(paths)} circuits")
    name = folder.name
    print(f"copy it to the machine with the card; there: python3 {name}/gpu.py run {name} --json FILE")
    return 0


def counts(path: Path) -> int:
    """Count on the twin, and put the results into the file's ``"counts"``."""
    import circuits

    programs = build(HERE.parent, EXAMPLES, "example")
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor() as pool:
        files = circuits.write(Path(folder), circuits.COUNTED)
        counting = pool.submit(
            _lines, [programs["bench"], "--on", "counting", "--largest", str(_COUNTED_SUMS)]
        )
        # short rows, too, are a device's here
        commands = [[programs["replay"], "--on", "counting", "--terms", "1", path] for path in files]
        proofs = [row for rows in pool.map(_lines, commands) for row in rows]
        sums = counting.result()
    if different := [row["circuit"] for row in proofs if not row["same_bytes"]]:
        raise SystemExit(f"the twin makes other bytes of {', '.join(different)}")
    document = json.loads(path.read_text()) if path.exists() else {}
    document["counts"] = {"sums": sums, "proofs": {row["circuit"]: row for row in proofs}}
    path.write_text(json.dumps(document, indent=1) + "\n")
    return 0


def _lines(command: list[Any]) -> list[dict[str, Any]]:
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n")[0] if __doc__ else None, formatter_class=argparse.RawTextHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    preparing = commands.add_parser("prepare", help="build everything into a folder, where cargo is")
    preparing.add_argument("folder", type=Path)
    running = commands.add_parser("run", help="check and measure, from the folder alone")
    running.add_argument("folder", type=Path)
    running.add_argument("--json", type=Path, help="write the results here, after every step")
    running.add_argument("--quick", action="store_true", help="each proof once, short sums, no sanitizer")
    running.add_argument("--limit", type=float, default=LIMIT, help=f"seconds in all; {LIMIT} by default")
    counting = commands.add_parser("counts", help="count on a twin of the kernels; takes minutes, no card")
    counting.add_argument("--json", type=Path, required=True, help="put the counts into this file")
    options = parser.parse_args()
    if options.command == "prepare":
        return prepare(options.folder)
    if options.command == "counts":
        return counts(options.json)
    if not (options.folder / "manifest.json").exists():
        parser.error(f"{options.folder} is no folder of `gpu.py prepare`")
    report = Report(options.json)
    return Run(options.folder.resolve(), report, quick=options.quick, limit=options.limit).all()


if __name__ == "__main__":
    sys.exit(main())
