"""``zkattest demo``: the whole path on real data, in a few minutes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.panel import Panel
from rich.table import Table

from zkattest.cli.common import UNSAFE, BackendOption, settings
from zkattest.cli.output import JsonFlag, Output, leave
from zkattest.demo import DemoOptions, DemoResult, run_demo
from zkattest.reports.audit import audit_table


def demo(
    directory: Annotated[Path, typer.Option("--directory", "-d", help="Artefacts go here.")] = Path("demo"),
    patient: Annotated[int, typer.Option(min=0, max=113, help="Which held-out patient.")] = 0,
    backend: BackendOption = None,
    as_json: JsonFlag = False,
) -> None:
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
    leave(result.ok)


def _show(out: Output, result: DemoResult) -> None:
    out.say(f"\nFidelity: {result.fidelity.headline()}")
    out.show(audit_table(result.audit, title="Audit trail, from the chain's events"))
    out.show(_bill(result))
    checks = ", ".join(f"{check.name} {check.outcome.value}" for check in result.attestation.checks)
    out.say(f"Signed document {result.attestation_file}: {result.attestation.verdict} ({checks})\n")
    verdicts = ((getattr(result, name), text) for name, text in _VERDICTS.items())
    lines = [f"{_mark(kept)} {text}" for kept, text in verdicts if kept is not None]
    lines.append(f"claimed result: [bold]{result.diagnosis}[/] (diagnosis on file: {result.truth})")
    out.show(Panel("\n".join(lines), title="attested" if result.ok else "[red]FAILED", expand=False))


def _bill(result: DemoResult) -> Table:
    """Seconds, sizes and gas of each step."""
    table = Table(title="What it took", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Step")
    for heading in ("Seconds", "Bytes", "Gas"):
        table.add_column(heading, justify="right")
    for step in result.steps:
        table.add_row(
            step.name,
            "" if step.seconds is None else f"{step.seconds:.2f}",
            "" if step.size is None else f"{step.size:,}",
            "" if step.gas is None else f"{step.gas:,}",
        )
    return table


_VERDICTS = {
    "proof_verified": "the proof verifies in this process",
    "reference_verified": "the readable verifier, written from the specification, agrees",
    "anchored": "a contract verified the same proof and recorded the attestation",
    "tampered_rejected": "proofs with one byte changed, and changed answers, are refused, here and on chain",
    "wrong_model_rejected": "proofs offered for another model are refused, here and on chain",
}


def _mark(kept: bool) -> str:
    return "[green]✓[/]" if kept else "[red]✗[/]"


def add_commands(app: typer.Typer) -> None:
    """Hang the verb into ``app``."""
    app.command()(demo)
