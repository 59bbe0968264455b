"""``zkattest srs``: make, import, check and cut set-up strings, and run a ceremony."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zkattest.cli.common import UNSAFE
from zkattest.cli.output import JsonFlag, Output
from zkattest.errors import InputError
from zkattest.progress import phase
from zkattest.srs import Ceremony, Srs, verify_ceremony

app = typer.Typer(help="Set-up strings (structured reference strings): make, import, check, cut, contribute.")
ceremony = typer.Typer(help="A powers-of-tau ceremony of your own: safe if one party is honest.")
app.add_typer(ceremony, name="ceremony")

OutputOption = Annotated[Path, typer.Option("--output", "-o", help="File to write.")]
StringArgument = Annotated[Path, typer.Argument(help="Set-up string (.srs of zkattest).")]
DegreeOption = Annotated[int | None, typer.Option("--max-degree", help="Keep only powers up to this one.")]


def _describe(string: Srs, path: Path) -> dict[str, object]:
    return {
        "srs": path,
        "max_degree": string.max_degree,
        "digest": string.digest,
        "unsafe": string.unsafe,
        "provenance": string.provenance,
    }


@app.command()
def new(
    log2_size: Annotated[
        int, typer.Option(min=2, max=24, help="The string holds 2^n powers and one more.")
    ] = 14,
    output: OutputOption = Path("development.srs"),
    as_json: JsonFlag = False,
) -> None:
    """Generate a development string. UNSAFE: fine to try things, worthless to convince anybody."""
    out = Output(as_json)
    out.say(UNSAFE)
    with out.progress() as progress, phase(progress, "generate"):
        string = Srs.development(log2_size)
    string.save(output)
    out.result(_describe(string, output), title="development set-up string")


@app.command("import")
def import_(
    source: Annotated[list[Path], typer.Argument(help="File of the ceremony; several for Aztec ignition.")],
    kind: Annotated[str, typer.Option("--format", help="ptau (snarkjs), ignition (Aztec) or halo2 (ezkl).")],
    output: OutputOption = Path("ceremony.srs"),
    max_degree: DegreeOption = None,
    blake2b: Annotated[str | None, typer.Option(help="Expected blake2b-512 of the file, in hex.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Import a public ceremony's file; every point and the powers' consistency are checked."""
    out = Output(as_json)
    if kind not in {"ptau", "ignition", "halo2"}:
        raise InputError(f"Unknown format {kind!r}.", remedy="Use ptau, ignition or halo2.")
    if kind != "ignition" and len(source) != 1:
        raise InputError(f"A {kind} string is one file; got {len(source)}.", remedy="Name one file.")
    if kind == "ignition" and blake2b is not None:
        raise InputError("--blake2b is of one file.", remedy="Ignition strings are known by their tau in G2.")
    with out.progress() as progress, phase(progress, "import and check"):
        if kind == "ptau":
            string = Srs.import_ptau(source[0], expected_blake2b=blake2b, max_degree=max_degree)
        elif kind == "ignition":
            string = Srs.import_ignition(source, max_degree=max_degree)
        else:
            string = Srs.import_halo2(source[0], expected_blake2b=blake2b, max_degree=max_degree)
    if string.unsafe:
        out.say(UNSAFE)
    string.save(output)
    out.result(_describe(string, output), title="imported set-up string")


@app.command()
def check(string: StringArgument, as_json: JsonFlag = False) -> None:
    """Check every point and the consistency of all powers by pairings."""
    out = Output(as_json)
    loaded = Srs.load(string)
    with out.progress() as progress, phase(progress, "check"):
        loaded.check()
    out.result({**_describe(loaded, string), "consistent": True}, title="[green]consistent[/]")


@app.command()
def prefix(
    string: StringArgument,
    max_degree: Annotated[int, typer.Argument(help="Highest power of tau to keep.")],
    output: OutputOption = Path("prefix.srs"),
    as_json: JsonFlag = False,
) -> None:
    """Cut a shorter string from a longer one."""
    cut = Srs.load(string).prefix(max_degree)
    cut.save(output)
    Output(as_json).result(_describe(cut, output), title="prefix")


@ceremony.command()
def start(
    log2_size: Annotated[int, typer.Option(min=2, max=24)] = 14,
    output: OutputOption = Path("ceremony-0000.zkpot"),
    as_json: JsonFlag = False,
) -> None:
    """Begin a ceremony: tau = 1, to be multiplied by each party's secret."""
    first = Ceremony.new(log2_size)
    first.save(output)
    Output(as_json).result({"file": output, "max_degree": first.max_degree}, title="ceremony")


@ceremony.command()
def contribute(
    previous: Annotated[Path, typer.Argument(help="The file of the party before you.")],
    name: Annotated[str, typer.Option(help="Your name, public.")],
    output: OutputOption = Path("contribution.zkpot"),
    as_json: JsonFlag = False,
) -> None:
    """Multiply a fresh secret from the operating system into the string, prove it, and forget it."""
    out = Output(as_json)
    with out.progress() as progress, phase(progress, "contribute"):
        mine = Ceremony.load(previous).contribute(name)
    mine.save(output)
    out.result({"file": output, "contributor": name, "digest": mine.digest}, title="contribution")


@ceremony.command()
def verify(
    transcript: Annotated[list[Path], typer.Argument(help="All files of the ceremony, first to last.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the resulting set-up string here.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Check every contribution of a ceremony; with --output, make the set-up string."""
    out = Output(as_json)
    with out.progress() as progress, phase(progress, "verify ceremony"):
        report = verify_ceremony(transcript)
    result: dict[str, object] = {"contributors": report.contributors, "max_degree": report.max_degree}
    if output is not None:
        string = report.to_srs()
        string.save(output)
        result |= _describe(string, output)
    out.result(result, title="[green]every contribution holds[/]")
