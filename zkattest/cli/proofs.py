"""``prove`` and ``verify``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from zkattest import api
from zkattest.cli import files
from zkattest.cli.common import KeysOption, SrsOption, UrlOption, load_srs, open_chain
from zkattest.cli.models import ModelArgument
from zkattest.cli.output import JsonFlag, Output, leave
from zkattest.errors import ProofMismatchError, ShapeError
from zkattest.frontend import QuantisedModel
from zkattest.statements import Binding, decode_output
from zkattest.storage import write_atomic


def prove(
    model: ModelArgument,
    srs: SrsOption,
    x: Annotated[Path, typer.Option("--input", "-i", help="The input (.npy, .csv, .json), in real units.")],
    keys: KeysOption = Path("keys"),
    row: Annotated[int | None, typer.Option(help="Which row of the input file, from 0.")] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Proof to write.")] = Path("proof.zkp"),
    model_id: Annotated[
        int | None,
        typer.Option(help="Registered model to bind the proof to; without it the proof stays off chain."),
    ] = None,
    version: Annotated[int | None, typer.Option(help="Its version; the newest by default.")] = None,
    secret_in: Annotated[
        Path | None,
        typer.Option("--input-secret", help="Opening of an earlier commitment to the same input."),
    ] = None,
    url: UrlOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Prove one inference without showing the weights or the input."""
    out = Output(as_json)
    string = load_srs(srs, out)
    quantised = QuantisedModel.load(model)
    pair = files.load_keys(keys)
    sample = files.read_tensor(x, what="input")
    if row is not None:
        if not 0 <= row < len(sample):
            raise ShapeError(
                f"Row {row} of {x} does not exist: it has {len(sample)} rows.", remedy="Count from 0."
            )
        sample = sample[row]
    binding: Binding | None = None
    if model_id is not None:
        with open_chain(url) as chain:
            binding = api.bind(chain, model_id, version)
    secret = None if secret_in is None else files.load_input_secret(secret_in)
    begin = time.perf_counter()
    with out.progress() as progress:
        proof, opening = api.prove(
            pair, quantised, sample, srs=string, binding=binding, secret=secret, progress=progress
        )
    seconds = time.perf_counter() - begin
    secret_out = output.with_suffix(output.suffix + ".input-secret")
    files.save_input_secret(opening, secret_out)
    write_atomic(output, proof.to_bytes())
    values = quantised.dequantise_output(decode_output(proof.statement.output))
    out.result(
        {
            "proof": output,
            "proof_bytes": len(proof.payload),
            "prove_s": round(seconds, 3),
            "output": [round(float(value), 6) for value in values.reshape(-1)],
            "input_commitment": proof.statement.input_commitment,
            "input_secret": secret_out,
            "bound_to": None if binding is None else vars(binding),
        },
        title="proof",
    )


def verify(
    proof: Annotated[Path, typer.Argument(help="Proof (.zkp).")],
    keys: Annotated[
        Path, typer.Option("--keys", "-k", help="Verifying key, or the directory that holds it.")
    ] = Path("keys"),
    srs: Annotated[Path | None, typer.Option("--srs", "-s", help="Set-up string to verify under.")] = None,
    chain: Annotated[
        bool, typer.Option("--chain", help="Also ask the contract, without sending a transaction.")
    ] = False,
    url: UrlOption = None,
    allow_unsafe: Annotated[
        bool, typer.Option("--allow-unsafe", help="Accept proofs under a development set-up string.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Judge a proof: exit code 0 when it is valid, 1 when it is wrong."""
    out = Output(as_json)
    begin = time.perf_counter()
    verdict: dict[str, object] = {"valid": False}
    try:
        subject = files.load_proof(proof)
        verifying_key = files.load_verifying_key(keys)
        if verifying_key.srs_unsafe and not allow_unsafe:
            out.say("[bold yellow]The key was made with a development set-up string[/]; see --allow-unsafe.")
            verdict["reason"] = "development set-up string; whoever made it can forge proofs (--allow-unsafe)"
        else:
            string = None if srs is None else load_srs(srs, out)
            verdict["valid"] = api.verify(subject, verifying_key, srs=string)
            verdict["setup"] = "as the key says itself; give --srs to compare" if srs is None else "compared"
            if not verdict["valid"]:
                verdict["reason"] = "the proof does not hold for its statement"
    except ProofMismatchError as error:
        verdict["reason"] = str(error)
    else:
        verdict["verify_s"] = round(time.perf_counter() - begin, 4)
        verdict["statement"] = {**vars(subject.statement), "output": decode_output(subject.statement.output)}
        if chain and verdict["valid"]:
            with open_chain(url) as node:
                accepted = api.check(node, subject)
            verdict["accepted_by_contract"] = accepted
            verdict["valid"] = accepted
    out.result(verdict, title="[green]valid[/]" if verdict["valid"] else "[red]not valid[/]")
    leave(bool(verdict["valid"]))


def add_commands(app: typer.Typer) -> None:
    """Hang the verbs into ``app``."""
    app.command()(prove)
    app.command()(verify)
