"""``gate``: let a model version into service, look where it stands, take it out; and ``data register``."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated, Any

import typer
from eth_utils.crypto import keccak
from rich.table import Table
from rich.text import Text

from zkattest import gate
from zkattest.chain import Receipt
from zkattest.cli import files
from zkattest.cli.common import UrlOption, load_srs, open_chain
from zkattest.cli.data import DataSetArgument
from zkattest.cli.data import app as data_app
from zkattest.cli.metrics import load_data_set
from zkattest.cli.output import JsonFlag, Output, leave
from zkattest.gating.evidence import register_dataset, submit_metric
from zkattest.metrics.proof import MetricProof
from zkattest.storage import read_file

app = typer.Typer(help="The deployment gate: which model version is in service, by proofs.")

ModelId = Annotated[int, typer.Argument(help="Registered model.")]
Version = Annotated[int | None, typer.Option("--version", help="Its version; the newest by default.")]


@data_app.command()
def register(
    file: DataSetArgument,
    uri: Annotated[str, typer.Option(help="Where people read about the data set; public.")] = "",
    licence: Annotated[
        Path | None, typer.Option("--licence", help="Text of its licence; its digest is recorded.")
    ] = None,
    url: UrlOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Put a data set on the chain, with its role; the account becomes its owner."""
    out = Output(as_json)
    dataset = load_data_set(file)
    digest = bytes(32) if licence is None else keccak(read_file(licence, what="licence"))
    with open_chain(url) as chain:
        done = register_dataset(chain, dataset, uri=uri, licence_digest=digest)
        out.result(
            {
                "dataset_id": done.dataset_id,
                "identity": dataset.identity,
                "role": dataset.role,
                "rows": dataset.rows,
                **_cost(done.receipt),
            },
            title="registered data set",
        )


def submit(
    proof: Annotated[Path, typer.Argument(help="Proof of a metric, bound to a registered model (.zkm).")],
    data: Annotated[Path, typer.Option("--data", "-d", help="Registered data set (.zkd), or its directory.")],
    keys: Annotated[
        Path, typer.Option("--keys", "-k", help="Verifying key of the metric, or its directory.")
    ] = Path("keys/metric"),
    url: UrlOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Have the contract verify and count every shard of a metric, but those that it has counted already."""
    out = Output(as_json)
    subject, dataset = MetricProof.load(proof), load_data_set(data)
    key = files.load_verifying_key(keys)
    with open_chain(url) as chain:
        with out.progress() as progress:
            done = submit_metric(chain, subject, key, dataset, progress=progress)
        evidence = done.evidence
        out.result(
            {
                "evidence_id": done.evidence_id,
                "complete": evidence.complete,
                "shards": len(evidence.shards),
                "sent": len(done.receipts),
                "values": evidence.values,
                "labelled": evidence.labelled,
                "development_setup": evidence.development_setup,
                "gas": done.gas_used,
                "tx": [receipt.tx_hash for receipt in done.receipts],
            },
            title="[green]evidence[/]",
        )


@app.command()
def status(
    model_id: ModelId, version: Version = None, url: UrlOption = None, as_json: JsonFlag = False
) -> None:
    """Say where a version stands, clause by clause: exit code 0 when it is in service, 1 when it is not."""
    out = Output(as_json)
    with open_chain(url, reading=True) as chain:
        found = gate.status(chain, model_id, version)
    if as_json:
        out.result(found.describe())
    else:
        out.show(_table(found))
        out.say(f"state: [bold]{found.state}[/]{' (revoked)' if found.revoked else ''}")
    leave(found.state == "deployed")


@app.command("approve-data")
def approve_data(
    file: DataSetArgument,
    srs: Annotated[
        Path | None, typer.Option("--srs", "-s", help="Set-up string that you trust; else as the file says.")
    ] = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take the approval back instead.")] = False,
    allow_unsafe: Annotated[
        bool, typer.Option("--allow-unsafe", help="Approve one under a development set-up string.")
    ] = False,
    url: UrlOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Verify a data set's registration proofs, and let evidence over it count."""
    out = Output(as_json)
    dataset = load_data_set(file)
    string = None if srs is None else load_srs(srs, out)
    with open_chain(url) as chain:
        if withdraw:
            receipt = gate.withdraw_data(chain, dataset)
        else:
            receipt = gate.approve_data(chain, dataset, srs=string, allow_unsafe=allow_unsafe)
        out.result(
            {
                "dataset_id": chain.dataset_id_of(dataset.identity),
                "role": dataset.role,
                "approved": not withdraw,
                **_cost(receipt),
            },
            title="data set",
        )


@app.command()
def validate(
    model_id: ModelId, version: Version = None, url: UrlOption = None, as_json: JsonFlag = False
) -> None:
    """Show the gate the newest evidence that satisfies each clause of the policy; anybody may."""
    out = Output(as_json)
    with open_chain(url) as chain:
        found, receipt = gate.validate(chain, model_id, version)
    out.result({**found.describe(), **_cost(receipt)}, title="validated")


@app.command()
def deploy(
    model_id: ModelId,
    key: Annotated[
        Path,
        typer.Option("--key", "-k", help="Verifying key of the version, or its directory: is checked first."),
    ],
    version: Version = None,
    srs: Annotated[
        Path | None, typer.Option("--srs", "-s", help="Set-up string that you trust; else as the key says.")
    ] = None,
    allow_unsafe: Annotated[
        bool, typer.Option("--allow-unsafe", help="Accept a key under a development set-up string.")
    ] = False,
    url: UrlOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Check a version's key, whose registration proof no contract verifies, and put it into service."""
    out = Output(as_json)
    verifying_key = files.load_verifying_key(key)
    string = None if srs is None else load_srs(srs, out)
    with open_chain(url) as chain:
        receipt = gate.deploy(chain, model_id, verifying_key, version, srs=string, allow_unsafe=allow_unsafe)
        _moved(out, gate.status(chain, model_id, version), receipt, "[green]in service[/]")


@app.command()
def revoke(
    model_id: ModelId,
    version: Version = None,
    reason: Annotated[str, typer.Option(help="Why; only its digest is recorded.")] = "",
    url: UrlOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Take a version out of service, until it is reinstated, validated and deployed again."""
    out = Output(as_json)
    digest = keccak(text=reason) if reason else bytes(32)
    with open_chain(url) as chain:
        receipt = gate.revoke(chain, model_id, version, reason_digest=digest)
        _moved(out, gate.status(chain, model_id, version), receipt, "revoked")


@app.command()
def reinstate(
    model_id: ModelId, version: Version = None, url: UrlOption = None, as_json: JsonFlag = False
) -> None:
    """Let a revoked version be validated again."""
    out = Output(as_json)
    with open_chain(url) as chain:
        receipt = gate.reinstate(chain, model_id, version)
        _moved(out, gate.status(chain, model_id, version), receipt, "reinstated")


@app.command()
def lapse(
    model_id: ModelId, version: Version = None, url: UrlOption = None, as_json: JsonFlag = False
) -> None:
    """Note on chain that a version has lost its state, so that it does not come back by itself."""
    out = Output(as_json)
    with open_chain(url) as chain:
        receipt = gate.lapse(chain, model_id, version)
        _moved(out, gate.status(chain, model_id, version), receipt, "lapsed")


def _moved(out: Output, found: gate.GateStatus, receipt: Receipt, title: str) -> None:
    shown = {"model_id": found.model_id, "version": found.version, "state": found.state}
    out.result({**shown, "revoked": found.revoked, **_cost(receipt)}, title=title)


def _cost(receipt: Receipt) -> dict[str, Any]:
    return {"gas": receipt.gas_used, "tx": receipt.tx_hash, "block": receipt.block_number}


def _table(found: gate.GateStatus) -> Table:
    table = Table(title=f"model {found.model_id}, version {found.version}", title_justify="left")
    for name in ("clause", "data set", "bound", "verdict", "until"):
        table.add_column(name)
    for number, clause in enumerate(found.clauses):
        until = "" if clause.expires_at is None else _day(clause.expires_at)
        style = "green" if clause.verdict == "satisfied" else "red"
        table.add_row(
            str(number),
            str(clause.clause.dataset_id),
            str(clause.clause.describe()["bound"]),
            Text(clause.verdict, style=style),
            until,
        )
    return table


def _day(time: int) -> str:
    try:
        return datetime.fromtimestamp(time, tz=timezone.utc).isoformat(" ", "minutes")
    except (OverflowError, ValueError, OSError):
        return "never"
