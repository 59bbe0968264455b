"""``device``: where proofs are made."""

from __future__ import annotations

import typer

from zkattest import devices
from zkattest.cli.output import JsonFlag, Output
from zkattest.errors import DeviceError


def device(as_json: JsonFlag = False) -> None:
    """Say which device proofs are made on, and whether there is an NVIDIA one."""
    found: dict[str, object] = {
        "chosen": devices.chosen_device(),
        "memory_limit_bytes": devices.chosen_memory(),
    }
    try:
        cuda = devices.cuda_device()
    except DeviceError as error:
        found |= {"cuda": False, "reason": error.message}
    else:
        major, minor = cuda.capability
        found |= {
            "cuda": True,
            "name": cuda.name,
            "capability": f"{major}.{minor}",
            "multiprocessors": cuda.multiprocessors,
            "memory_bytes": cuda.memory,
            "free_bytes": cuda.free,
        }
    Output(as_json).result(found, title="device")


def add_commands(app: typer.Typer) -> None:
    """Hang the verb into ``app``."""
    app.command()(device)
