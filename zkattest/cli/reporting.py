"""``zkattest report``: a page for people about a document or a metric, verified for it."""

from __future__ import annotations

import hashlib
import shlex
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from zkattest.attest import Bundle, Outcome, PublicKey
from zkattest.attest import verify as verify_bundle
from zkattest.cli import files
from zkattest.cli.common import TargetOption, load_srs, open_target
from zkattest.cli.output import JsonFlag, Output, leave
from zkattest.datasets import DataSet
from zkattest.datasets.store import MANIFEST
from zkattest.errors import InputError
from zkattest.metrics.proof import MetricProof
from zkattest.metrics.verifying import verify_metric
from zkattest.reports.attestation import attestation_html
from zkattest.reports.measured import metric_findings
from zkattest.reports.metric import metric_html
from zkattest.reports.metric_checks import metric_checks
from zkattest.storage import read_file, write_atomic

_VERDICTS = {Outcome.PASSED: "accepted", Outcome.FAILED: "rejected", Outcome.NOT_CHECKED: "incomplete"}
_CODES = {Outcome.PASSED: 0, Outcome.FAILED: 1, Outcome.NOT_CHECKED: 2}


def report(
    file: Annotated[
        Path, typer.Argument(help="Attestation bundle (.zkatt.json), or the proof of a metric (.zkm).")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Page to write.")] = Path("report.html"),
    key: Annotated[
        list[Path] | None, typer.Option("--key", help="Public key you trust; may be repeated.")
    ] = None,
    subject: Annotated[
        list[Path] | None, typer.Option("--subject", help="Model file on disk to compare; may be repeated.")
    ] = None,
    keys: Annotated[
        Path | None, typer.Option("--keys", "-k", help="Of a metric: its verifying key, or their directory.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="Of a metric: the data set (.zkd), or its directory.")
    ] = None,
    reference: Annotated[
        bool, typer.Option("--reference", help="Of a metric: ask the readable verifier as well; seconds.")
    ] = False,
    srs: Annotated[Path | None, typer.Option("--srs", "-s", help="Set-up string you trust.")] = None,
    chain: TargetOption = None,
    allow_unsafe: Annotated[
        bool, typer.Option("--allow-unsafe", help="Let a development set-up string pass; the page says so.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Verify a file, and write a self-contained page about it: what is proven, what is not, who says what,
    and which checks were run."""
    out = Output(as_json)
    content = read_file(file, what="file to report on")
    if content[:4] == MetricProof.MAGIC:
        if keys is None or data is None:
            raise InputError(
                "The proof of a metric does not say what it is of.", remedy="Give --keys and --data."
            )
        page, verdict, code = _metric(file, content, keys, data, srs, reference, allow_unsafe, out)
    else:
        page, verdict, code = _document(
            file, content, key or [], subject or [], srs, chain, allow_unsafe, out
        )
    write_atomic(output, page.encode())
    out.result({"page": output, "verdict": verdict, "bytes": len(page.encode())}, title="report page")
    leave(code)


def _document(
    file: Path,
    content: bytes,
    keys: list[Path],
    subjects: list[Path],
    srs: Path | None,
    chain: str | None,
    allow_unsafe: bool,
    out: Output,
) -> tuple[str, str, int]:
    """Page, verdict and exit code of an attestation."""
    bundle = Bundle.from_bytes(content)
    with nullcontext() if chain is None else open_target(chain) as node:
        found = verify_bundle(
            bundle,
            keys=[PublicKey.load(path) for path in keys] or None,
            files=subjects or None,
            srs=None if srs is None else load_srs(srs, out),
            chain=node,
            allow_development=allow_unsafe,
        )
    words = ["zkattest", "attest", "verify", file.name]
    for option, paths in (("--key", keys or [Path("signing.pub")]), ("--subject", subjects)):
        for path in paths:
            words += [option, path.name]
    commands = _commands(file, content, words, allow_unsafe)
    page = attestation_html(bundle, found, setup_compared=srs is not None, commands=commands)
    return page, found.verdict, found.exit_code


def _metric(
    file: Path,
    content: bytes,
    keys: Path,
    data: Path,
    srs: Path | None,
    reference: bool,
    allow_unsafe: bool,
    out: Output,
) -> tuple[str, str, int]:
    """Likewise of a metric."""
    proof, key = MetricProof.from_bytes(content), files.load_verifying_key(keys)
    manifest = data / MANIFEST if data.is_dir() else data
    dataset = DataSet.load(manifest)
    string = None if srs is None else load_srs(srs, out)
    verdict = verify_metric(proof, key, dataset, srs=string)
    second = verify_metric(proof, key, dataset, srs=string, readable=True) if reference else None
    checks = metric_checks(
        verdict,
        unsafe=key.srs_unsafe or dataset.srs_unsafe,
        compared=srs is not None,
        allow_unsafe=allow_unsafe,
        reference=second,
    )
    words = ["zkattest", "verify", "metric", file.name, "--data", manifest.name]
    words += ["--keys", files.VERIFYING_KEY if keys.is_dir() else keys.name]
    words += [] if srs is None else ["--srs", srs.name]
    words += ["--model-hash", f"0x{key.model_hash.hex()}", "--data-hash", f"0x{dataset.identity.hex()}"]
    findings = metric_findings(
        proof.metric,
        dataset,
        key,
        verdict.result.measures if verdict else None,
        checks,
        compared=srs is not None,
        commands=_commands(file, content, words, allow_unsafe),
    )
    outcome = findings.outcome
    return metric_html(findings), _VERDICTS[outcome], _CODES[outcome]


def _commands(file: Path, content: bytes, words: list[str], allow_unsafe: bool) -> list[tuple[str, str]]:
    """How a reader who has the files checks them; names of files only, for the paths are ours."""
    check = f"{hashlib.sha256(content).hexdigest()}  {file.name}"
    return [
        ("That it is the file of this page", f"echo {shlex.quote(check)} | sha256sum --check"),
        ("What it says, check by check", shlex.join([*words, *(["--allow-unsafe"] if allow_unsafe else [])])),
    ]


def add_commands(app: typer.Typer) -> None:
    """Hang the verb into ``app``."""
    app.command()(report)
