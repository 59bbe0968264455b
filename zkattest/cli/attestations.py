"""``zkattest attest``: documents to hand over, and their verification."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from zkattest import api
from zkattest.anchoring import anchor, checked_binding
from zkattest.attest import Bundle, Expected, PublicKey, SigningKey, Subject
from zkattest.attest import inspect as inspect_bundle
from zkattest.attest import verify as verify_bundle
from zkattest.cli import files
from zkattest.cli.common import (
    KeysOption,
    TargetOption,
    UrlOption,
    load_srs,
    open_chain,
    open_target,
    password,
)
from zkattest.cli.output import JsonFlag, Output, leave
from zkattest.errors import InputError, SigningKeyError
from zkattest.frontend import QuantisedModel, fidelity

attest = typer.Typer(
    help="Attestation documents: a signed statement with its proof, complete and nothing secret."
)


@attest.command()
def create(
    proof: Annotated[Path, typer.Argument(help="Proof (.zkp).")],
    model: Annotated[Path, typer.Option("--model", "-m", help="Quantised model (.zkq).")],
    subject: Annotated[
        Path, typer.Option("--subject", help="The ONNX file that the model was compiled from.")
    ],
    samples: Annotated[
        Path, typer.Option("--check", help="Samples for the float difference that the document states.")
    ],
    sign: Annotated[Path, typer.Option("--sign", help="Signing key (PEM), from `zkattest key new`.")],
    keys: KeysOption = Path("keys"),
    srs: Annotated[Path | None, typer.Option("--srs", "-s", help="Set-up string to verify under.")] = None,
    anchored: Annotated[
        bool,
        typer.Option("--anchored", help="Name the record on chain; submits the proof if that was not done."),
    ] = False,
    url: UrlOption = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Document to write.")] = Path(
        "result.zkatt.json"
    ),
    as_json: JsonFlag = False,
) -> None:
    """Verify a proof and state it in a signed in-toto document."""
    out = Output(as_json)
    quantised, claim = QuantisedModel.load(model), files.load_proof(proof)
    report = fidelity(quantised, subject, files.read_tensor(samples, what="samples"))
    key = _signing_key(sign)
    recorded = None
    if anchored:
        with open_chain(url) as chain:
            recorded = anchor(checked_binding(chain, claim), api.submit(chain, claim))
    bundle = api.sign_attestation(
        claim,
        files.load_verifying_key(keys),
        model=quantised,
        fidelity=report,
        subjects=[Subject.of_file(subject)],
        key=key,
        commitment=files.load_commitment(keys) if keys.is_dir() else None,
        anchor=recorded,
        srs=None if srs is None else load_srs(srs, out),
    )
    bundle.save(output)
    out.result({"document": output, "key_id": key.public.key_id, **bundle.describe()}, title="attestation")


def _signing_key(path: Path) -> SigningKey:
    """Load a key; ask for its password only when it has one."""
    try:
        return SigningKey.load(path)
    except SigningKeyError as error:
        if "password" not in str(error).lower():
            raise
        return SigningKey.load(path, password=password(f"the key {path}", "ZKATTEST_SIGNING_PASSWORD"))


@attest.command()
def verify(
    document: Annotated[Path, typer.Argument(help="Attestation bundle (.zkatt.json).")],
    key: Annotated[
        list[Path] | None, typer.Option("--key", help="Public key you trust; may be repeated.")
    ] = None,
    subject: Annotated[
        list[Path] | None, typer.Option("--subject", help="Model file on disk to compare; may be repeated.")
    ] = None,
    srs: Annotated[Path | None, typer.Option("--srs", "-s", help="Set-up string you trust.")] = None,
    tau: Annotated[
        str | None,
        typer.Option(help="Digest of the string's [tau]_2 that you trust; a verifier contract's tauDigest."),
    ] = None,
    vk_hash: Annotated[
        str | None, typer.Option(help="The verifying key's digest, known from elsewhere.")
    ] = None,
    chain: TargetOption = None,
    allow_unsafe: Annotated[
        bool, typer.Option("--allow-unsafe", help="Let a development set-up string pass.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Go through the checklist; says what passed, what failed, and what it could not check. With --chain the
    anchor is looked up there."""
    out = Output(as_json)
    keys = None if not key else [PublicKey.load(path) for path in key]
    string = None if srs is None else load_srs(srs, out)
    expected = None if vk_hash is None else Expected(vk_hash=_digest(vk_hash))
    with nullcontext() if chain is None else open_target(chain) as node:
        report = verify_bundle(
            Bundle.load(document),
            keys=keys,
            files=subject or None,
            srs=string,
            tau=None if tau is None else _digest(tau),
            chain=node,
            expected=expected,
            allow_development=allow_unsafe,
        )
    out.show(report.table())
    if as_json:
        out.result(json.loads(report.to_json()))
    else:
        out.say(f"verdict: [bold]{report.verdict}[/]")
    leave(report.exit_code)


def _digest(text: str) -> bytes:
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raise InputError(f"{text!r} is not hexadecimal.", remedy="Give 64 hex digits.") from None


@attest.command("inspect")
def inspect_(
    document: Annotated[Path, typer.Argument(help="Attestation bundle (.zkatt.json).")],
    as_json: JsonFlag = False,
) -> None:
    """Print what a document says about itself, unverified."""
    out = Output(as_json)
    report = inspect_bundle(Bundle.load(document))
    out.result(report.to_dict(), title="unverified content")


def add_commands(app: typer.Typer) -> None:
    """Hang the verbs into ``app``."""
    app.add_typer(attest, name="attest")
