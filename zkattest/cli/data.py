"""``data``: commit to data sets, look at them, verify that they are well-formed."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from zkattest.cli.common import SrsOption, ThreadsOption, load_srs
from zkattest.cli.output import JsonFlag, Output, leave
from zkattest.commitments import Commitment
from zkattest.datasets import (
    DataSet,
    ImageSource,
    RelationProof,
    Role,
    WindowSource,
    as_source,
    parent_status,
    prepare,
)
from zkattest.datasets.files import load_arrays
from zkattest.datasets.inference import TargetKind
from zkattest.datasets.store import MANIFEST
from zkattest.errors import FormatError, InputError
from zkattest.frontend import QuantisedModel
from zkattest.storage import read_file

app = typer.Typer(help="Data sets: commit to rows, labels and groups; look at a commitment; verify it.")

DataSetArgument = Annotated[
    Path, typer.Argument(help="Data set (.zkd), or the directory of `zkattest data commit`.")
]


@app.command()
def commit(
    source: Annotated[
        Path, typer.Argument(help="CSV, parquet, .npy or .npz file, or a folder of images by class.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Directory for the data set.")],
    srs: SrsOption,
    model: Annotated[
        Path | None,
        typer.Option("--model", help="Model (.zkq) whose input says shape, bits and scale of the features."),
    ] = None,
    commitment: Annotated[
        Path | None,
        typer.Option("--commitment", help="Commitment to that model (.zkc): data get rows like its own."),
    ] = None,
    row_size: Annotated[
        int | None, typer.Option("--row-size", help="Cells per row, where no commitment says it.")
    ] = None,
    padded: Annotated[
        bool, typer.Option("--padded", help="Axes in padded boxes, likewise (profile gas).")
    ] = False,
    feature: Annotated[
        list[str] | None, typer.Option("--feature", help="Column of a feature; all others by default.")
    ] = None,
    label: Annotated[
        str | None, typer.Option("--label", help="Column of the target; of .npy, a .npy file of labels.")
    ] = None,
    group: Annotated[
        list[str] | None,
        typer.Option("--group", help="Column that divides the rows; of .npy, NAME=FILE.npy."),
    ] = None,
    target: Annotated[
        TargetKind, typer.Option("--target", help="Whether labels are classes or values.")
    ] = "classes",
    classes: Annotated[
        str | None,
        typer.Option("--classes", help="Names of the classes with commas, in the order of the outputs."),
    ] = None,
    bits: Annotated[int | None, typer.Option("--bits", help="Of features, where no model says it.")] = None,
    scale: Annotated[
        int | None, typer.Option("--scale", help="Likewise; features are multiples of 2^-scale.")
    ] = None,
    target_scale: Annotated[
        int | None, typer.Option("--target-scale", help="Of values; that of the model's output by default.")
    ] = None,
    shard_rows: Annotated[
        int | None, typer.Option("--shard-rows", min=1, help="Rows of a shard; all, at most 1,024.")
    ] = None,
    role: Annotated[Role, typer.Option("--role", help="What the data set is for.")] = "test",
    parent: Annotated[
        str | None, typer.Option("--parent", help="Data set that it is drawn from: file or identity.")
    ] = None,
    clip: Annotated[
        bool, typer.Option("--clip", help="Saturate features out of range, instead of refusing them.")
    ] = False,
    unlabelled: Annotated[
        bool, typer.Option("--unlabelled", help="Allow rows without a label; no metric counts them.")
    ] = False,
    missing_group: Annotated[
        str | None, typer.Option("--missing-group", help="Group of labelled rows that have none.")
    ] = None,
    window: Annotated[
        int | None, typer.Option("--window", min=1, help="Time series: rows of a window.")
    ] = None,
    stride: Annotated[int, typer.Option("--stride", min=1, help="Rows from a window to the next.")] = 1,
    horizon: Annotated[
        int, typer.Option("--horizon", min=0, help="Rows from the end of a window to its label.")
    ] = 1,
    size: Annotated[
        str | None, typer.Option("--size", metavar="HEIGHTxWIDTH", help="Resize images to this.")
    ] = None,
    grey: Annotated[
        bool | None, typer.Option("--grey/--colour", help="Channels of images; as in the files by default.")
    ] = None,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Only say what it will cost; write nothing.")
    ] = False,
    threads: ThreadsOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Commit to a data set, shard by shard, and prove that it is well-formed.

    An interrupted run goes on where it was when it is repeated.
    """
    out = Output(as_json)
    string = load_srs(srs, out)
    prepared = prepare(
        _source(source, feature, label, group or [], window, stride, horizon, size, grey),
        string,
        like=None if commitment is None else _commitment(commitment),
        row_size=row_size,
        padded=padded,
        model=None if model is None else QuantisedModel.load(model),
        role=role,
        parent=None if parent is None else _identity(parent),
        shard_rows=shard_rows,
        clip=clip,
        unlabelled=unlabelled,
        missing_group=missing_group,
        target=target,
        classes=None if classes is None else [name.strip() for name in classes.split(",")],
        bits=bits,
        scale=scale,
        target_scale=target_scale,
    )
    cost = asdict(prepared.estimate())
    if estimate:
        out.result(cost, title="estimate of committing")
        return
    shown = {"rows": cost["rows"], "shards": cost["shards"], "bytes": cost["manifest_bytes"]}
    if cost["total_s"] is not None:
        out.say(
            f"{shown['rows']:,} rows in {shown['shards']} shard(s): about {cost['total_s']:.1f} s, "
            f"{shown['bytes']:,} bytes to publish"
        )
    with out.progress() as progress:
        store = prepared.run(output, threads=threads, progress=progress)
    dataset = store.dataset
    out.result(
        {
            "identity": dataset.identity,
            "role": dataset.role,
            "rows": dataset.rows,
            "labelled": dataset.labelled,
            "shards": len(dataset.shards),
            "row_size": dataset.row_size,
            "padded": dataset.padded,
            "schema_digest": dataset.schema.digest,
            "srs_unsafe": dataset.srs_unsafe,
            "dataset": output / MANIFEST,
            "secret": store.files.directory,
        },
        title="data set",
    )


@app.command("inspect")
def inspect_(
    file: DataSetArgument,
    relation: Annotated[
        Path | None, typer.Option("--relation", help="Proof (.zkr) that the parent is one, with --parent.")
    ] = None,
    parent: Annotated[Path | None, typer.Option("--parent", help="Data set (.zkd) of the parent.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Show what a data set says in public: identity, role, schema, rows and labels of each shard, and whether
    its parent is claimed or proved."""
    dataset = _load(file)
    if (relation is None) != (parent is None):
        raise InputError("A relation is checked with the parent's data set.", remedy="Give both, or none.")
    proof = None if relation is None else RelationProof.load(relation)
    status = parent_status(dataset, proof, None if parent is None else _load(parent))
    Output(as_json).result({**dataset.describe(), "parent_is": status}, title="data set")


@app.command()
def verify(
    file: DataSetArgument,
    srs: Annotated[
        Path | None, typer.Option("--srs", "-s", help="Set-up string that you trust; else as the file says.")
    ] = None,
    identity: Annotated[
        str | None, typer.Option("--identity", help="Identity that it must have, in hex.")
    ] = None,
    reference: Annotated[
        bool, typer.Option("--reference", help="Also run the readable verifier; seconds to minutes.")
    ] = False,
    allow_unsafe: Annotated[
        bool, typer.Option("--allow-unsafe", help="Accept a data set under a development set-up string.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Judge the registration proofs: exit code 0 when all hold, 1 when one does not, 2 for other files."""
    out = Output(as_json)
    dataset = _load(file)
    verdict: dict[str, Any] = {"valid": False, "identity": dataset.identity}
    if dataset.srs_unsafe and not allow_unsafe:
        verdict["reason"] = "development set-up string; whoever made it can forge proofs (--allow-unsafe)"
    elif identity is not None and _bytes(identity) != dataset.identity:
        verdict["reason"] = "another identity"
    else:
        string = None if srs is None else load_srs(srs, out)
        verdict["valid"] = dataset.verify(string)
        verdict["setup"] = "as the data set says itself; give --srs to compare" if srs is None else "compared"
        if not verdict["valid"]:
            verdict["reason"] = "a registration proof does not hold"
        if reference:
            verdict["valid_by_reference"] = dataset.verify(string, readable=True)
            verdict["valid"] = verdict["valid"] and verdict["valid_by_reference"]
    verdict |= {"rows": dataset.rows, "labelled": dataset.labelled, "shards": len(dataset.shards)}
    out.result(verdict, title="[green]valid[/]" if verdict["valid"] else "[red]not valid[/]")
    leave(bool(verdict["valid"]))


def _source(
    path: Path,
    features: list[str] | None,
    label: str | None,
    groups: list[str],
    window: int | None,
    stride: int,
    horizon: int,
    size: str | None,
    grey: bool | None,
) -> Any:
    if path.is_dir():
        if features or label or groups or window:
            raise InputError("A folder of images has no columns.", remedy="Its sub-folders are the classes.")
        return ImageSource(path, None if size is None else _size(size), grey)
    if size is not None or grey is not None:
        raise InputError("--size and --grey are for folders of images.")
    columns: Any = groups
    if path.suffix == ".npy":
        named = dict(_named(text) for text in groups)
        columns = {name: load_arrays(file) for name, file in named.items()}
    found = as_source(path, features=features or None, label=label, groups=columns)
    return found if window is None else WindowSource(found, window, stride, horizon)


def _named(text: str) -> tuple[str, Path]:
    name, equals, file = text.partition("=")
    if not (name and equals and file):
        raise InputError(f"--group {text!r} is not NAME=FILE.npy, as groups beside a .npy file are.")
    return name, Path(file)


def _size(text: str) -> tuple[int, int]:
    height, _, width = text.lower().partition("x")
    if not (height.isdecimal() and width.isdecimal()):
        raise InputError(f"--size {text!r} is not HEIGHTxWIDTH.", remedy="Give two numbers such as 28x28.")
    return int(height), int(width)


def _commitment(path: Path) -> Commitment:
    return Commitment.from_bytes(read_file(path, what="commitment"))


def _identity(text: str) -> bytes:
    """Of a file, or in hex."""
    return _load(Path(text)).identity if os.path.exists(text) else _bytes(text)


def _bytes(text: str) -> bytes:
    try:
        found = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        found = b""
    if len(found) != 32:
        raise FormatError("An identity is 32 bytes in hex.", remedy="Copy it from `zkattest data inspect`.")
    return found


def _load(path: Path) -> DataSet:
    return DataSet.load(path / MANIFEST if path.is_dir() else path)
