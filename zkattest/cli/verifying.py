"""``verify``: by this process, by a contract, or by both."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from zkattest import api
from zkattest.backends.base import Proof, describe_statement
from zkattest.cli import files
from zkattest.cli.common import TargetOption, load_srs, open_target
from zkattest.cli.output import JsonFlag, Output, leave
from zkattest.errors import ProofMismatchError
from zkattest.frontend import QuantisedModel

_UNSAFE = "development set-up string; whoever made it can forge proofs (--allow-unsafe)"


def verify(
    proofs: Annotated[list[Path], typer.Argument(help="Proofs (.zkp); several under one key, or on chain.")],
    keys: Annotated[
        Path | None,
        typer.Option(
            "--keys",
            "-k",
            help="Verifying key, or the directory that holds it; `keys` by default, and with --chain the "
            "contract alone.",
        ),
    ] = None,
    srs: Annotated[Path | None, typer.Option("--srs", "-s", help="Set-up string to verify under.")] = None,
    model: Annotated[
        Path | None,
        typer.Option("--model", help="Model with public weights that the key must be of; needs --srs."),
    ] = None,
    reference: Annotated[
        bool, typer.Option("--reference", help="Also run the readable verifier; seconds to minutes.")
    ] = False,
    chain: TargetOption = None,
    allow_unsafe: Annotated[
        bool, typer.Option("--allow-unsafe", help="Accept proofs under a development set-up string.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Judge proofs: exit code 0 when all are valid, 1 when one is wrong, 2 when something is no proof.

    With --chain the chain's verifier contract judges them by a call, which costs nothing and needs no
    account; several are judged together.
    """
    out = Output(as_json)
    subjects = [files.load_proof(path) for path in proofs]
    verdict: dict[str, Any] = {"valid": True}
    if chain is None or keys is not None:
        options = (keys or Path("keys"), srs, model, reference, allow_unsafe)
        verdicts = [_judged_here(subject, out, *options) for subject in subjects]
        verdict = verdicts[0] if len(subjects) == 1 else {"valid": True, "proofs": verdicts}
        verdict["valid"] = all(found["valid"] for found in verdicts)
    if chain is not None and verdict["valid"]:
        verdict |= _judged_by_contract(subjects, chain, allow_unsafe)
    out.result(verdict, title="[green]valid[/]" if verdict["valid"] else "[red]not valid[/]")
    leave(bool(verdict["valid"]))


def _judged_here(
    subject: Proof,
    out: Output,
    keys: Path,
    srs: Path | None,
    model: Path | None,
    reference: bool,
    allow_unsafe: bool,
) -> dict[str, Any]:
    """The verdict of the verifier in this process."""
    begin = time.perf_counter()
    verdict: dict[str, Any] = {"valid": False}
    try:
        verifying_key = files.load_verifying_key(keys)
        if verifying_key.srs_unsafe and not allow_unsafe:
            out.say("[bold yellow]The key was made with a development set-up string[/]; see --allow-unsafe.")
            verdict["reason"] = _UNSAFE
        else:
            string = None if srs is None else load_srs(srs, out)
            public = None if model is None else QuantisedModel.load(model)
            verdict["valid"] = api.verify(subject, verifying_key, srs=string, model=public)
            verdict["setup"] = "as the key says itself; give --srs to compare" if srs is None else "compared"
            if not verdict["valid"]:
                verdict["reason"] = "the proof does not hold for its statement"
            if reference:
                verdict["reference"] = api.verify_by_reference(subject, verifying_key)
    except ProofMismatchError as error:
        verdict["reason"] = str(error)
    else:
        verdict["verify_s"] = round(time.perf_counter() - begin, 4)
        verdict["statement"] = describe_statement(subject.statement)
    return verdict


def _judged_by_contract(subjects: list[Proof], target: str, allow_unsafe: bool) -> dict[str, Any]:
    """The verdict of the chain's verifier, and which contract gave it after which block."""
    with open_target(target) as node:
        found = api.verify_on_chain(node, *subjects)
        verdict: dict[str, Any] = {
            "valid": found.valid,
            "accepted_by_contract": found.valid,
            "chain_id": node.chain_id,
            "verifier": found.verifier,
            "block": found.block_number,
            "gas_in_a_transaction": found.gas,
            "development_setup": found.development_setup,
        }
    if len(subjects) == 1:
        verdict["statement"] = describe_statement(subjects[0].statement)
    if not found.valid:
        verdict["reason"] = "the contract answers that the proof does not hold for its statement"
    elif found.development_setup and not allow_unsafe:
        verdict |= {"valid": False, "reason": _UNSAFE}
    return verdict
