"""``zkattest demo``: the whole path on real data, in a few minutes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.panel import Panel

from zkattest.cli.common import UNSAFE, BackendOption, settings
from zkattest.cli.output import JsonFlag, Output
from zkattest.demo import DemoOptions, DemoResult, run_demo
from zkattest.reports.audit import audit_table


def demo(
    directory: Annotated[Path, typer.Option("--directory", "-d", help="Artefacts go here.")] = Path("demo"),
    patient: Annotated[int, typer.Option(min=0, max=113, help="Which held-out patient.")] = 0,
    backend: BackendOption = None,
    as_json: JsonFlag = False,
) -> int:
    """Attest one prediction of a real model, from ONNX to chain, and try to cheat."""
    out = Output(as_json)
    out.say(
        "A hospital trains a classifier on breast-cancer data. It proves one patient's result to an outsider "
        "who sees neither the patient nor the weights.\n" + UNSAFE
    )
    options = DemoOptions(directory, backend=backend or settings().backend, patient=patient)
    with out.progress() as progress:
        result = run_demo(options, progress)
    if as_json:
        out.result(result.verdicts())
    else:
        _show(out, result)
    return 0 if result.ok else 1


def _show(out: Output, result: DemoResult) -> None:
    out.show(result.fidelity.table())
    out.show(result.attestation.table())
    out.show(audit_table(result.audit))
    out.result(
        {name: value for name, value in result.verdicts().items() if name not in _VERDICTS}, title="figures"
    )
    lines = [f"{_mark(getattr(result, name))} {text}" for name, text in _VERDICTS.items()]
    lines.append(f"claimed result: [bold]{result.diagnosis}[/] (diagnosis on file: {result.truth})")
    out.show(Panel("\n".join(lines), title="attested" if result.ok else "[red]FAILED", expand=False))


_VERDICTS = {
    "proof_verified": "the proof verifies in this process",
    "anchored": "a contract verified it and recorded the attestation",
    "tampered_rejected": "a proof with one byte changed, and a changed answer, are refused by both",
    "wrong_model_rejected": "the proof offered for another model is refused by both",
}


def _mark(kept: bool) -> str:
    return "[green]✓[/]" if kept else "[red]✗[/]"


def add_commands(app: typer.Typer) -> None:
    """Hang the verb into ``app``."""
    app.command()(demo)
