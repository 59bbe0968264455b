"""``data relate`` and ``data check-relation``: prove, and judge, how two data sets are related."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from zkattest.cli.common import SrsOption, ThreadsOption, load_srs
from zkattest.cli.output import JsonFlag, Output, leave
from zkattest.datasets import DataSet, DataSetStore, RelationProof, relate
from zkattest.datasets.relations import Claim
from zkattest.datasets.store import MANIFEST

FileArgument = Annotated[Path, typer.Argument(help="Data set (.zkd), or its directory.")]


def add_commands(app: typer.Typer) -> None:
    """Add them to ``zkattest data``."""
    app.command("relate")(relate_)
    app.command("check-relation")(check_relation)


def relate_(
    claim: Annotated[
        Claim, typer.Argument(help="What A is: a subset of B, a version that extends B, disjoint.")
    ],
    a: Annotated[Path, typer.Argument(help="Directory of data set A, with its secrets.")],
    b: Annotated[Path, typer.Argument(help="Directory of data set B, with its secrets.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="File for the proof (.zkr).")],
    srs: SrsOption,
    threads: ThreadsOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Prove how two data sets are related, to everybody who has both .zkd files; nothing else is shown."""
    out = Output(as_json)
    string = load_srs(srs, out)
    with out.progress() as progress:
        proof = relate(claim, DataSetStore(a), DataSetStore(b), string, threads=threads, progress=progress)
    proof.save(output)
    out.result({**proof.describe(), "proof": output}, title="relation")


def check_relation(
    file: Annotated[Path, typer.Argument(help="Proof of a relation (.zkr).")],
    a: FileArgument,
    b: FileArgument,
    srs: Annotated[
        Path | None, typer.Option("--srs", "-s", help="Set-up string that you trust; else as the sets say.")
    ] = None,
    reference: Annotated[
        bool, typer.Option("--reference", help="Also run the readable verifier; seconds to minutes.")
    ] = False,
    allow_unsafe: Annotated[
        bool, typer.Option("--allow-unsafe", help="Accept data sets under a development set-up string.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Judge a relation, and both data sets' registrations: exit code 0 true, 1 false, 2 for other files."""
    out = Output(as_json)
    proof, first, second = RelationProof.load(file), load_dataset(a), load_dataset(b)
    verdict: dict[str, Any] = {"valid": False, **proof.describe()}
    string = None if srs is None else load_srs(srs, out)
    if (first.srs_unsafe or second.srs_unsafe) and not allow_unsafe:
        verdict["reason"] = "development set-up string; whoever made it can forge proofs (--allow-unsafe)"
    elif not proof.check(first, second, string):
        verdict["reason"] = "the proof of the relation does not hold"
    elif not (first.verify(string) and second.verify(string)):
        verdict["reason"] = "a registration proof of a data set does not hold"
    else:
        verdict["valid"] = True
        verdict["setup"] = (
            "as the data sets say themselves; give --srs to compare" if srs is None else "compared"
        )
        if reference:
            verdict["valid_by_reference"] = proof.check(first, second, string, readable=True)
            verdict["valid"] = verdict["valid_by_reference"]
    out.result(verdict, title="[green]valid[/]" if verdict["valid"] else "[red]not valid[/]")
    leave(bool(verdict["valid"]))


def load_dataset(path: Path) -> DataSet:
    """A manifest, of which the directory may be given."""
    return DataSet.load(path / MANIFEST if path.is_dir() else path)
