"""``inspect``: what a file is and what it says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zkattest.cli.output import JsonFlag, Output
from zkattest.inspection import inspect as inspect_file


def inspect(
    file: Annotated[Path, typer.Argument(help="Any file that zkattest wrote, or an ONNX model.")],
    as_json: JsonFlag = False,
) -> None:
    """Say what a file is, and the public part of what it holds."""
    found = inspect_file(file)
    Output(as_json).result({"kind": found.kind, **found.fields}, title=found.kind)


def add_commands(app: typer.Typer) -> None:
    """Hang the verb into ``app``."""
    app.command()(inspect)
