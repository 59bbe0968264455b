"""``compile``, ``commit``, ``setup``, ``estimate`` (hung in by the package): from an ONNX file to keys."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zkattest import api
from zkattest.backends.base import Profile, Visibility
from zkattest.cli import files
from zkattest.cli.common import (
    BackendOption,
    BatchOption,
    InputVisibility,
    OutputVisibility,
    SrsOption,
    ThreadsOption,
    load_srs,
    settings,
)
from zkattest.cli.output import JsonFlag, Output
from zkattest.errors import InputError
from zkattest.frontend import FidelityReport, QuantisedModel, fidelity
from zkattest.gas import GasPrice
from zkattest.progress import phase
from zkattest.storage import write_atomic

ModelArgument = Annotated[Path, typer.Argument(help="Quantised model (.zkq), from `zkattest compile`.")]


def compile_(
    onnx: Annotated[Path, typer.Argument(help="ONNX model.")],
    calibration: Annotated[
        Path,
        typer.Option("--calibration", "-c", help="Sample inputs (.npy, .csv, .json) that choose the scales."),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Quantised model to write.")] = Path(
        "model.zkq"
    ),
    bits: Annotated[int | None, typer.Option(min=8, max=16, help="Bit width of activations.")] = None,
    check: Annotated[
        Path | None,
        typer.Option("--check", help="Held-out samples for the fidelity report against onnxruntime."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write the fidelity report: .json, .html, .png or .svg.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Import an ONNX model and quantise it to an integer graph."""
    out = Output(as_json)
    samples = files.read_tensor(calibration, what="calibration data")
    with out.progress() as progress:
        with phase(progress, "quantise"):
            model = api.compile(onnx, samples, bits=bits or settings().quantisation.bits)
        with phase(progress, "fidelity"):
            held_out = samples if check is None else files.read_tensor(check, what="held-out data")
            fidelity_report = fidelity(model, onnx, held_out)
    model.save(output)
    if report is not None:
        _write_report(fidelity_report, report)
    out.show(fidelity_report.table())
    out.result(
        {
            "model": output,
            "parameters": model.parameters,
            "digest": model.digest,
            "architecture_digest": model.architecture_digest,
            "max_error": fidelity_report.max_error,
            "mean_error": fidelity_report.mean_error,
            "top1_agreement": fidelity_report.top1_agreement,
            "samples": fidelity_report.samples,
            "saturated": fidelity_report.saturated,
        },
        title="quantised model",
    )


def _write_report(report: FidelityReport, path: Path) -> None:
    if path.suffix in {".png", ".svg"}:
        report.plot(path)
    elif path.suffix == ".html":
        write_atomic(path, report._repr_html_().encode())
    else:
        write_atomic(path, report.to_json().encode())


def commit(
    model: ModelArgument,
    srs: SrsOption,
    output: Annotated[Path, typer.Option("--output", "-o", help="Directory for the commitment.")] = Path(
        "keys"
    ),
    row_size: Annotated[int | None, typer.Option(help="Cells per row, a power of two.")] = None,
    weights: Annotated[
        Visibility,
        typer.Option("--weights", help="Public: whoever has the model can recompute the commitment."),
    ] = "private",
    batch: BatchOption = 1,
    profile: Annotated[
        Profile,
        typer.Option(
            "--profile", help="What proofs are for; fixes rows and layout. Contracts take balanced and gas."
        ),
    ] = "speed",
    backend: BackendOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Commit to the weights, hiding and binding: the model's public identity."""
    out = Output(as_json)
    string = load_srs(srs, out)
    with out.progress() as progress:
        committed = api.commit(
            QuantisedModel.load(model),
            string,
            backend=backend or settings().backend,
            row_size=row_size,
            batch=batch,
            profile=profile,
            weights=weights,
            progress=progress,
        )
    files.save_committed(committed, output)
    commitment = committed.commitment
    out.result(
        {
            "identity": commitment.identity,
            "weights": weights,
            "profile": profile,
            "rows": len(commitment.rows),
            "row_size": commitment.row_size,
            "srs_unsafe": commitment.srs_unsafe,
            "commitment": output / files.COMMITMENT,
            "secret": output / files.COMMITMENT_SECRET,
        },
        title="model commitment",
    )


def setup(
    model: ModelArgument,
    srs: SrsOption,
    directory: Annotated[
        Path, typer.Option("--keys", help="Directory with the commitment; keys go there.")
    ] = Path("keys"),
    backend: BackendOption = None,
    input_: InputVisibility = "private",
    output: OutputVisibility = "public",
    batch: BatchOption = 1,
    profile: Annotated[
        Profile | None,
        typer.Option("--profile", help="Of the commitment; by default as its layout says: speed or gas."),
    ] = None,
    threads: ThreadsOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Make the proving and the verifying key of a committed model."""
    out = Output(as_json)
    string = load_srs(srs, out)
    committed = files.load_committed(model, directory)
    with out.progress() as progress:
        keys = api.setup(
            committed,
            string,
            backend=backend or settings().backend,
            input=input_,
            output=output,
            batch=batch,
            profile=profile,
            threads=threads,
            progress=progress,
        )
    files.save_keys(keys, directory)
    out.result(
        {
            "backend": keys.verifying.backend,
            "proof_system": keys.verifying.proof_system,
            "vk_hash": keys.verifying.digest,
            "circuit_hash": keys.verifying.circuit_hash,
            "srs_unsafe": keys.verifying.srs_unsafe,
            "verifying_key_bytes": len(keys.verifying.to_bytes()),
            "proving_key_bytes": len(keys.proving.to_bytes()),
            "keys": directory,
        },
        title="keys",
    )


def estimate(
    model: ModelArgument,
    backend: BackendOption = None,
    input_: InputVisibility = "private",
    output: OutputVisibility = "public",
    batch: BatchOption = 1,
    row_size: Annotated[
        int | None, typer.Option(help="Cells per row of the model's commitment; the best by default.")
    ] = None,
    profile: Annotated[
        Profile,
        typer.Option("--profile", help="What the model's commitment is for; speed is not for contracts."),
    ] = "speed",
    gas_price: Annotated[
        float | None, typer.Option(min=0, help="Gwei for a unit of gas: also say costs in ether.")
    ] = None,
    eth_price: Annotated[
        float | None,
        typer.Option(min=0, help="Price of an ether: say costs in that money instead."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Say what one proof will cost: rows, memory, seconds, proof bytes, gas, and gas in money."""
    out = Output(as_json)
    cost = api.estimate(
        QuantisedModel.load(model),
        backend=backend or settings().backend,
        input=input_,
        output=output,
        batch=batch,
        row_size=row_size,
        profile=profile,
    )
    if eth_price is not None and gas_price is None:
        raise InputError("A price of ether without a price of gas.", remedy="Give --gas-price as well.")
    priced: dict[str, object] = {}
    if gas_price is not None:
        found = cost.priced(GasPrice(gas_price, eth_price))
        priced = {"cost": found, "cost_in": "ether" if eth_price is None else "the money of --eth-price"}
    out.result({**vars(cost), **priced}, title="estimate of one proof")


def add_commands(app: typer.Typer) -> None:
    """Hang the verbs into ``app``."""
    app.command("compile")(compile_)
    app.command()(commit)
