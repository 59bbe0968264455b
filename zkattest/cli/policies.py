"""``policy``: what a model must prove before the gate lets it into service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zkattest import policy as policies
from zkattest.cli.common import UrlOption, open_chain
from zkattest.cli.output import JsonFlag, Output

app = typer.Typer(help="What a model must prove before it goes into service.")

ModelId = Annotated[int, typer.Argument(help="Registered model.")]


@app.command("set")
def set_(
    model_id: ModelId,
    file: Annotated[Path, typer.Argument(help="Policy (.toml or .json): metrics, bounds, data sets, ages.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and translate it; send nothing.")] = False,
    url: UrlOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Check that each metric key's circuit is what the policy's words say, by compiling it again, and put the
    policy on the gate."""
    out = Output(as_json)
    with open_chain(url, reading=dry_run) as chain:
        compiled = policies.compile(chain, model_id, file)
        shown = {
            "model_id": model_id,
            "development_allowed": compiled.development_allowed,
            "clauses": [
                {"words": words, **clause.describe()}
                for words, clause in zip(compiled.words, compiled.clauses, strict=True)
            ],
            "unapproved_data_sets": sorted(
                {
                    clause.dataset_id
                    for clause in compiled.clauses
                    if not chain.gate.is_dataset_approved(clause.dataset_id)
                }
            ),
        }
        if dry_run:
            out.result(shown, title="policy (not sent)")
            return
        record, receipt = chain.gate.set_policy(
            model_id, compiled.clauses, development_allowed=compiled.development_allowed
        )
        sent = {"policy_version": record.version, "gas": receipt.gas_used, "tx": receipt.tx_hash}
        out.result({**shown, **sent}, title="policy")


@app.command()
def show(model_id: ModelId, url: UrlOption = None, as_json: JsonFlag = False) -> None:
    """Print the model's policy as the gate holds it."""
    out = Output(as_json)
    with open_chain(url, reading=True) as chain:
        record = policies.show(chain, model_id)
        out.result(
            {
                "model_id": model_id,
                "policy_version": record.version,
                "development_allowed": record.development_allowed,
                "clauses": [clause.describe() for clause in record.clauses],
            },
            title="policy",
        )
