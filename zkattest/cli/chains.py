"""``deploy``, ``register``, ``submit``, ``audit``: the chain's side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zkattest import api
from zkattest.cli import files
from zkattest.cli.common import KeysOption, UrlOption, load_srs, open_chain
from zkattest.cli.output import JsonFlag, Output
from zkattest.progress import phase
from zkattest.reports.audit import audit_html, audit_table
from zkattest.storage import write_atomic


def deploy(
    srs: Annotated[
        Path | None,
        typer.Option("--srs", "-s", help="Also deploy the verifier of all keys under this set-up string."),
    ] = None,
    url: UrlOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Put the suite on the chain, once: registries, the store of keys and, with --srs, the verifier of every
    model. Addresses follow from code, account and string: a second call, or another machine, finds them."""
    out = Output(as_json)
    string = None if srs is None else load_srs(srs, out)
    with open_chain(url) as chain:
        with out.progress() as progress:
            deployment = api.deploy(chain, string, progress=progress)
        made = {**deployment.contracts}
        for verifier in deployment.verifiers.values():
            made |= {contract.name: contract for contract in verifier.contracts if contract.name not in made}
        out.result(
            {
                "chain_id": chain.chain_id,
                "account": chain.address,
                "contracts": {name: contract.address for name, contract in made.items()},
                "gas": {name: contract.gas_used for name, contract in made.items()},
                "outdated": deployment.outdated,
                "deployment": deployment.path,
            },
            title="deployment",
        )


def register(
    keys: KeysOption = Path("keys"),
    uri: Annotated[str, typer.Option(help="Where people read about the model; public.")] = "",
    model_id: Annotated[int | None, typer.Option(help="Register as the next version of this model.")] = None,
    url: UrlOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Register a committed model, or its next version, with what the contract that verifies its proofs
    reads."""
    out = Output(as_json)
    commitment, key = files.load_commitment(keys), files.load_verifying_key(keys)
    with open_chain(url) as chain:
        with out.progress() as progress:
            registered = api.register(chain, commitment, key, uri=uri, model_id=model_id, progress=progress)
        out.result(
            {
                "model_id": registered.model_id,
                "version": registered.version,
                "model_hash": commitment.identity,
                "vk_hash": key.digest,
                "setup_unsafe": key.srs_unsafe,
                "verifier": registered.verifier.address,
                "gas": registered.gas(),
                "tx": registered.receipt.tx_hash,
            },
            title="registered model",
        )


def submit(
    proof: Annotated[Path, typer.Argument(help="Proof that was bound to a registered model (.zkp).")],
    url: UrlOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Have the contract verify a proof and record the attestation."""
    out = Output(as_json)
    subject = files.load_proof(proof)
    with open_chain(url) as chain:
        with out.progress() as progress, phase(progress, "submit"):
            submitted = api.submit(chain, subject)
        out.result(
            {
                "attestation_id": submitted.attestation_id,
                "already": submitted.already,
                "development_setup": submitted.development_setup,
                "gas": submitted.receipt.gas_used,
                "tx": submitted.receipt.tx_hash,
                "block": submitted.receipt.block_number,
            },
            title="[green]attested[/]",
        )


def audit(
    model_id: Annotated[int | None, typer.Option(help="Only this model.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Also write the trail as a page.")] = None,
    url: UrlOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Print everything the registries recorded: who did what, when, at what gas."""
    out = Output(as_json)
    with open_chain(url) as chain:
        events = api.audit(chain, model_id)
    if html is not None:
        write_atomic(html, audit_html(events).encode())
    if as_json:
        out.result({"events": events})
    else:
        out.show(audit_table(events))


def add_commands(app: typer.Typer) -> None:
    """Hang the verbs into ``app``."""
    for command in (deploy, register, audit):
        app.command()(command)
