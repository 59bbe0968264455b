"""``prove``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
import typer

from zkattest import api
from zkattest.backends.base import Proof
from zkattest.cli import files
from zkattest.cli.common import KeysOption, SrsOption, ThreadsOption, UrlOption, load_srs, open_chain
from zkattest.cli.models import ModelArgument
from zkattest.cli.output import JsonFlag, Output
from zkattest.errors import InputError, ShapeError
from zkattest.frontend import QuantisedModel
from zkattest.statements import Binding
from zkattest.storage import write_atomic


def prove(
    model: ModelArgument,
    srs: SrsOption,
    x: Annotated[
        Path | None, typer.Option("--input", "-i", help="The input (.npy, .csv, .json), in real units.")
    ] = None,
    batch: Annotated[
        Path | None,
        typer.Option("--batch", help="Several inputs, one a row, for keys of a batch of as many."),
    ] = None,
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
    threads: ThreadsOption = None,
    url: UrlOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Prove an inference, or a batch of them, without showing the weights or the input."""
    out = Output(as_json)
    string = load_srs(srs, out)
    quantised = QuantisedModel.load(model)
    pair = files.load_keys(keys)
    sample = _sample(x, row, batch)
    binding: Binding | None = None
    if model_id is not None:
        with open_chain(url) as chain:
            binding = api.bind(chain, model_id, version)
    secret = None if secret_in is None else files.load_input_secret(secret_in)
    begin = time.perf_counter()
    with out.progress() as progress:
        proof, opening = api.prove(
            pair,
            quantised,
            sample,
            srs=string,
            binding=binding,
            secret=secret,
            threads=threads,
            progress=progress,
        )
    seconds = time.perf_counter() - begin
    secret_out = output.with_suffix(output.suffix + ".input-secret")
    files.save_input_secret(opening, secret_out)
    write_atomic(output, proof.to_bytes())
    out.result(
        {
            "proof": output,
            "proof_bytes": len(proof.payload),
            "prove_s": round(seconds, 3),
            "output": None if proof.statement.output_is_private else _rounded(proof, quantised),
            "input_commitment": proof.statement.input_commitment,
            "output_commitment": proof.statement.output_commitment,
            "input_secret": secret_out,
            "bound_to": None if binding is None else vars(binding),
        },
        title="proof",
    )


def _sample(x: Path | None, row: int | None, batch: Path | None) -> npt.NDArray[np.float64]:
    """The input that the options name, or the batch."""
    if (x is None) == (batch is None) or (row is not None and x is None):
        raise InputError("One input is expected.", remedy="Give --input, with --row or without, or --batch.")
    if batch is not None:
        return files.read_tensor(batch, what="batch")
    assert x is not None  # one of both is given
    sample = files.read_tensor(x, what="input")
    if row is None:
        return sample
    if not 0 <= row < len(sample):
        raise ShapeError(
            f"Row {row} of {x} does not exist: it has {len(sample)} rows.", remedy="Count from 0."
        )
    return np.asarray(sample[row])


def _rounded(proof: Proof, model: QuantisedModel) -> list[float]:
    """The outputs in real units, one after the other."""
    return [round(float(value), 6) for value in api.outputs(proof, model).reshape(-1)]
