"""``zkattest key``: signing keys of attestations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zkattest.attest import SigningKey
from zkattest.cli.common import password
from zkattest.cli.output import JsonFlag, Output

app = typer.Typer(help="Signing keys of attestations.")


@app.command()
def new(
    output: Annotated[Path, typer.Option("--output", "-o", help="Private key to write (PEM).")] = Path(
        "signing.pem"
    ),
    encrypt: Annotated[
        bool, typer.Option("--encrypt", help="Ask for a password (or take ZKATTEST_SIGNING_PASSWORD).")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Make an Ed25519 key; the public half goes beside it with the ending .pub."""
    secret = password(f"the key {output}", "ZKATTEST_SIGNING_PASSWORD") if encrypt else None
    key = SigningKey.generate()
    key.save(output, password=secret)
    public = output.with_suffix(".pub")
    key.public.save(public)
    Output(as_json).result(
        {"private_key": output, "public_key": public, "key_id": key.public.key_id}, title="signing key"
    )
