"""``zkattest report``: a page for people about a document, with the verification that was run for it."""

from __future__ import annotations

import hashlib
import shlex
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from zkattest.attest import Bundle, PublicKey
from zkattest.attest import verify as verify_bundle
from zkattest.cli.common import TargetOption, load_srs, open_target
from zkattest.cli.output import JsonFlag, Output, leave
from zkattest.reports.attestation import attestation_html
from zkattest.storage import read_file, write_atomic


def report(
    document: Annotated[Path, typer.Argument(help="Attestation bundle (.zkatt.json).")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Page to write.")] = Path("report.html"),
    key: Annotated[
        list[Path] | None, typer.Option("--key", help="Public key you trust; may be repeated.")
    ] = None,
    subject: Annotated[
        list[Path] | None, typer.Option("--subject", help="Model file on disk to compare; may be repeated.")
    ] = None,
    srs: Annotated[Path | None, typer.Option("--srs", "-s", help="Set-up string you trust.")] = None,
    chain: TargetOption = None,
    allow_unsafe: Annotated[
        bool, typer.Option("--allow-unsafe", help="Let a development set-up string pass; the page says so.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Verify a document, and write a self-contained page: what is proven, what is not, who says what,
    and which checks were run."""
    out = Output(as_json)
    data = read_file(document, what="attestation bundle")
    bundle = Bundle.from_bytes(data)
    with nullcontext() if chain is None else open_target(chain) as node:
        found = verify_bundle(
            bundle,
            keys=None if not key else [PublicKey.load(path) for path in key],
            files=subject or None,
            srs=None if srs is None else load_srs(srs, out),
            chain=node,
            allow_development=allow_unsafe,
        )
    commands = _commands(document, data, key or [], subject or [], allow_unsafe=allow_unsafe)
    page = attestation_html(bundle, found, setup_compared=srs is not None, commands=commands)
    write_atomic(output, page.encode())
    out.result({"page": output, "verdict": found.verdict, "bytes": len(page.encode())}, title="report page")
    leave(found.exit_code)


def _commands(
    document: Path, data: bytes, keys: list[Path], subjects: list[Path], *, allow_unsafe: bool
) -> list[tuple[str, str]]:
    """How a reader who has the files checks them; names of files only, for the paths are ours."""
    words = ["zkattest", "attest", "verify", document.name]
    for option, paths in (("--key", keys or [Path("signing.pub")]), ("--subject", subjects)):
        for path in paths:
            words += [option, path.name]
    words += ["--allow-unsafe"] if allow_unsafe else []
    check = f"{hashlib.sha256(data).hexdigest()}  {document.name}"
    return [
        ("That it is the document of this page", f"echo {shlex.quote(check)} | sha256sum --check"),
        ("What it says, check by check", shlex.join(words)),
    ]


def add_commands(app: typer.Typer) -> None:
    """Hang the verb into ``app``."""
    app.command()(report)
