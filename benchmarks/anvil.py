"""A throw-away anvil: the node of Foundry, installed by ``npm ci`` in ``verifier_contracts``."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LOCAL = Path(__file__).parents[1] / "verifier_contracts" / "node_modules" / ".bin" / "anvil"

#: The first account that anvil funds and signs for: public, worth nothing.
FUNDED_KEY = bytes.fromhex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")

_PATIENCE_S = 30.0


def find_anvil() -> str | None:
    """The program, or None where it is not installed."""
    return str(_LOCAL) if _LOCAL.exists() else shutil.which("anvil")


@contextmanager
def running_anvil() -> Iterator[str]:
    """The URL of a fresh chain under current rules, on a free loopback port."""
    program = find_anvil()
    if program is None:
        raise SystemExit("anvil is not installed: run `npm ci` in verifier_contracts, or leave out --chain")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        [program, "--port", str(port), "--silent"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "NO_COLOR": "1"},
        start_new_session=True,  # npm's launcher starts the node in a process of its own
    )
    try:
        _wait(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise SystemExit("anvil does not listen")
