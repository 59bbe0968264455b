"""``zkattest``: one verb per step, ``--json`` on each, exit codes 0 true, 1 false, 2 bad input or usage."""

from __future__ import annotations

import os
import sys
import warnings
from importlib.metadata import version as package_version
from typing import Annotated, NoReturn, cast

import typer

from zkattest.cli import (
    attestations,
    chains,
    data,
    demo,
    devices,
    gating,
    inspecting,
    keys,
    metrics,
    models,
    policies,
    proofs,
    relations,
    reporting,
    srs,
    verifying,
)
from zkattest.cli.output import ERRORS, report_defect, report_error
from zkattest.cli.verbs import verb
from zkattest.devices import Choice, DeviceWarning, use_device
from zkattest.errors import ZkattestError

app = typer.Typer(
    name="zkattest",
    help="Prove statements about machine-learning models without showing the model or the data.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
app.add_typer(srs.app, name="srs")
app.add_typer(keys.app, name="key")
relations.add_commands(data.app)
app.add_typer(data.app, name="data")
models.add_commands(app)
verb(app, "setup", "Make keys: of inferences, or of a metric.", inference=models.setup, metric=metrics.setup)
verb(
    app,
    "estimate",
    "Say what a proof will cost: of an inference, or of a metric.",
    inference=models.estimate,
    metric=metrics.estimate,
)
verb(app, "prove", "Prove an inference, or a metric.", inference=proofs.prove, metric=metrics.prove)
verb(
    app,
    "verify",
    "Judge proofs: of inferences, or of a metric.",
    proofs=verifying.verify,
    metric=metrics.verify,
)
verb(
    app,
    "submit",
    "Have a contract verify and record: a proof of inferences, or of a metric.",
    proof=chains.submit,
    metric=gating.submit,
)
app.add_typer(policies.app, name="policy")
app.add_typer(gating.app, name="gate")
for module in (chains, attestations, reporting, inspecting, devices, demo):
    module.add_commands(app)


def _version(value: bool) -> None:
    if value:
        typer.echo(package_version("zkattest"))
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    device: Annotated[
        str | None,
        typer.Option(help="Where proofs are made: auto, cpu or cuda; by default what ZKATTEST_DEVICE says."),
    ] = None,
    device_memory: Annotated[
        str | None, typer.Option(help='The most of the device\'s memory that is used, as "24 GiB".')
    ] = None,
) -> None:
    """Options before the verb."""
    if device is not None or device_memory is not None:
        use_device(cast("Choice | None", device), memory=device_memory)


def _show(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: object = None,
    line: str | None = None,
) -> None:
    """In place of :func:`warnings.showwarning`: the text alone."""
    ERRORS.print("[yellow]warning[/]: ", end="")
    ERRORS.print(str(message), markup=False, soft_wrap=True)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Entry point: run the command, show errors; exit with 0, 1, 2, 130 (interrupted) or 70 (a defect)."""
    words = sys.argv[1:] if arguments is None else arguments
    as_json = "--json" in words
    warnings.simplefilter("ignore")  # each command says what matters itself, once and in its own words
    warnings.simplefilter("always", DeviceWarning)  # but where proofs are made is no command's own
    warnings.showwarning = _show
    try:
        app(words)
    except ZkattestError as error:
        report_error(error, as_json=as_json)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        ERRORS.print("interrupted; nothing half-written is left")
        sys.exit(130)
    except Exception as error:  # a defect of ours: say so without printing values, which may be secret
        if os.environ.get("ZKATTEST_DEBUG"):
            raise
        report_defect(error, as_json=as_json)
        sys.exit(70)
    sys.exit(0)
