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
from zkattest.demo.gate import GateResult
from zkattest.reports.audit import audit_table


def demo(
    directory: Annotated[Path, typer.Option("--directory", "-d", help="Artefacts go here.")] = Path("demo"),
    patient: Annotated[int, typer.Option(min=0, max=113, help="Which held-out patient.")] = 0,
    backend: BackendOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Attest one prediction of a real model, from ONNX to chain, and try to cheat; then prove how good it is,
    for a gate that opens by nothing else."""
    out = Output(as_json)
    out.say(
        "A hospital trains a classifier on breast-cancer data. It proves one patient's result to an "
        "outsider, then the model's accuracy to a regulator. Neither sees a patient or a weight.\n" + UNSAFE
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
    short = [{**row, "details": "", "tx": ""} for row in result.audit if row["event"] != "RoleGranted"]
    out.show(
        audit_table(short, title="Audit trail, from the chain's events (zkattest audit shows all of it)")
    )
    out.show(_bill(result))
    checks = ", ".join(f"{check.name} {check.outcome.value}" for check in result.attestation.checks)
    out.say(f"Signed document {result.attestation_file}: {result.attestation.verdict} ({checks})\n")
    verdicts = ((getattr(result, name), text) for name, text in _VERDICTS.items())
    lines = [f"{_mark(kept)} {text}" for kept, text in verdicts if kept is not None]
    if result.gate is not None:
        lines += _at_the_gate(result.gate)
    lines.append(f"claimed result: [bold]{result.diagnosis}[/] (diagnosis on file: {result.truth})")
    out.show(Panel("\n".join(lines), title="attested" if result.ok else "[red]FAILED", expand=False))


def _at_the_gate(gate: GateResult) -> list[str]:
    """Three pieces of evidence, all true; the gate opens for one."""
    refused = gate.refusals
    return [
        f"{_mark(gate.metric_verified)} {gate.accuracy} held-out patients are classified correctly: proved, "
        f"without showing one; see {gate.report_file}",
        f"{_mark(gate.opened)} by that proof a gate, which asks for 90%, let the model into service",
        f"{_mark(gate.worse_refused)} it stayed shut for a model that is right on {gate.worse_accuracy}: "
        f"{refused['worse_model']}",
        f"{_mark(gate.wrong_data_refused)} it stayed shut for the good model on other patients: "
        f"{refused['wrong_data']}",
    ]


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
