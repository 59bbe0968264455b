"""``setup metric``, ``estimate metric``, ``prove metric``, ``verify metric``: over committed data sets."""

from __future__ import annotations

import re
import secrets
import shutil
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from zkattest.backends.base import Profile
from zkattest.cli import files
from zkattest.cli.common import SrsOption, ThreadsOption, UrlOption, load_srs, open_chain
from zkattest.cli.models import ModelArgument
from zkattest.cli.output import JsonFlag, Output, leave
from zkattest.datasets import DataSet, DataSetStore
from zkattest.datasets.store import MANIFEST
from zkattest.errors import DataSetMismatchError, InputError, ProofMismatchError
from zkattest.frontend import QuantisedModel
from zkattest.gating.evidence import bind_metric
from zkattest.metrics import Metric
from zkattest.metrics.estimating import estimate_metric
from zkattest.metrics.metric import exact
from zkattest.metrics.proof import MetricProof
from zkattest.metrics.proving import prove_metric, setup_metric
from zkattest.metrics.verifying import verify_metric
from zkattest.statements import Binding
from zkattest.storage import read_file, write_atomic

#: Beside the keys of a metric: what they were made for.
METRIC = "metric.zkme"

_UNSAFE = "development set-up string; whoever made it can forge proofs (--allow-unsafe)"

#: ``name[class]@group=threshold``; class and group may be left out.
_BOUND = re.compile(r"(?P<name>\w+)(?:\[(?P<of_class>[^\]]+)\])?(?:@(?P<group>[^=]+))?=(?P<threshold>.+)")

MetricOption = Annotated[
    str | None,
    typer.Option("--metric", help="What is shown: accuracy, confusion, top_k or errors."),
]
GroupsOption = Annotated[
    str | None, typer.Option("--groups", help="Group columns, with commas: the metric in each group, too.")
]
KOption = Annotated[int, typer.Option("--k", min=0, help="Of top_k: how many of the greatest logits.")]
CutOption = Annotated[
    str | None,
    typer.Option("--cut", help="Of a model with one output: class 1 from here on; 0, or 0.5 of a sigmoid."),
]
AtLeastOption = Annotated[
    list[str] | None,
    typer.Option(
        "--at-least",
        metavar="NAME[CLASS]@GROUP=T",
        help="Show nothing but that a metric reaches T, e.g. accuracy=0.9 or recall[ill]@sex=0.8.",
    ),
]
AtMostOption = Annotated[
    list[str] | None,
    typer.Option(
        "--at-most",
        metavar="NAME[CLASS]@GROUP=T",
        help="Likewise that it does not exceed T, e.g. demographic_parity_gap@sex=0.1 or mae=2.5.",
    ),
]
DataOption = Annotated[
    Path, typer.Option("--data", "-d", help="Directory of `zkattest data commit`, or its dataset.zkd.")
]
MetricKeysOption = Annotated[
    Path, typer.Option("--keys", "-k", help="Directory of the metric's keys, from `zkattest setup metric`.")
]


def setup(
    model: ModelArgument,
    srs: SrsOption,
    data: DataOption,
    directory: Annotated[Path, typer.Option("--keys", help="Directory with the model's commitment.")] = Path(
        "keys"
    ),
    output: Annotated[Path, typer.Option("--output", "-o", help="Directory for the metric's keys.")] = Path(
        "keys/metric"
    ),
    metric: MetricOption = None,
    groups: GroupsOption = None,
    k: KOption = 0,
    cut: CutOption = None,
    at_least: AtLeastOption = None,
    at_most: AtMostOption = None,
    profile: Annotated[
        Profile | None,
        typer.Option("--profile", help="Of the commitment; by default as its layout says: speed or gas."),
    ] = None,
    threads: ThreadsOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Make the proving and the verifying key of a metric over a data set.

    They are good for every data set of the same sizes, and for other thresholds of the same bounds.
    """
    out = Output(as_json)
    wanted = _metric(metric, groups, k, cut, at_least, at_most) or Metric("accuracy")
    string = load_srs(srs, out)
    committed = files.load_committed(model, directory)
    with out.progress() as progress:
        keys = setup_metric(
            committed,
            string,
            wanted,
            load_data_set(data),
            profile=profile,
            threads=threads,
            progress=progress,
        )
    files.save_keys(keys, output)
    write_atomic(output / METRIC, wanted.to_bytes())
    out.result(
        {
            "metric": str(wanted),
            "vk_hash": keys.verifying.digest,
            "circuit_hash": keys.verifying.circuit_hash,
            "model_hash": keys.verifying.model_hash,
            "srs_unsafe": keys.verifying.srs_unsafe,
            "verifying_key_bytes": len(keys.verifying.to_bytes()),
            "proving_key_bytes": len(keys.proving.to_bytes()),
            "keys": output,
        },
        title="keys of a metric",
    )


def estimate(
    model: ModelArgument,
    data: DataOption,
    metric: MetricOption = None,
    groups: GroupsOption = None,
    k: KOption = 0,
    cut: CutOption = None,
    at_least: AtLeastOption = None,
    at_most: AtMostOption = None,
    profile: Annotated[
        Profile, typer.Option("--profile", help="What the model's commitment is for.")
    ] = "speed",
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes at the same time.")] = 1,
    as_json: JsonFlag = False,
) -> None:
    """Say what a metric over a data set will cost: seconds, memory, bytes and gas of all its shards."""
    wanted = _metric(metric, groups, k, cut, at_least, at_most) or Metric("accuracy")
    cost = estimate_metric(
        QuantisedModel.load(model), wanted, load_data_set(data), profile=profile, workers=workers
    )
    shown = {**vars(cost), "shard": vars(cost.shard)}
    Output(as_json).result({"metric": str(wanted), **shown}, title="estimate of a metric")


def prove(
    model: ModelArgument,
    srs: SrsOption,
    data: DataOption,
    keys: MetricKeysOption = Path("keys/metric"),
    output: Annotated[Path, typer.Option("--output", "-o", help="Proof to write.")] = Path("metric.zkm"),
    metric: MetricOption = None,
    groups: GroupsOption = None,
    k: KOption = 0,
    cut: CutOption = None,
    at_least: AtLeastOption = None,
    at_most: AtMostOption = None,
    workers: Annotated[
        int, typer.Option("--workers", min=1, max=1024, help="Processes that prove shards at the same time.")
    ] = 1,
    work: Annotated[
        Path | None,
        typer.Option("--work", help="Directory for finished shards; by default beside the proof."),
    ] = None,
    model_id: Annotated[
        int | None,
        typer.Option(help="Registered model to bind the proof to; without it the proof stays off chain."),
    ] = None,
    version: Annotated[int | None, typer.Option(help="Its version; the newest by default.")] = None,
    threads: ThreadsOption = None,
    url: UrlOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Prove a metric of the model over a committed data set, showing neither weights nor rows.

    Without --metric and bounds it is the metric that the keys were made for. A shard that is finished is not
    proved again when the command is repeated after an interruption.
    """
    out = Output(as_json)
    string = load_srs(srs, out)
    pair = files.load_keys(keys)
    wanted = _metric(metric, groups, k, cut, at_least, at_most) or _metric_of(keys)
    store = DataSetStore(data.parent if data.is_file() else data)
    directory = work or output.with_name(output.name + ".work")
    binding: Binding | None = None
    if model_id is not None:
        with open_chain(url, reading=True) as chain:
            binding = bind_metric(chain, model_id, version, nonce=_nonce(directory))
    begin = time.perf_counter()
    with out.progress() as progress:
        proof = prove_metric(
            pair,
            QuantisedModel.load(model),
            store,
            wanted,
            srs=string,
            binding=binding,
            workers=workers,
            work=directory,
            threads=threads,
            progress=progress,
        )
    seconds = time.perf_counter() - begin
    proof.save(output)
    directory.with_name(directory.name + ".nonce").unlink(missing_ok=True)
    if work is None:  # its proofs are in the file now
        shutil.rmtree(directory, ignore_errors=True)
    verdict = verify_metric(proof, pair.verifying, store.dataset)
    shown = verdict.describe()
    out.result(
        {"proof": output, "proof_bytes": proof.payload_bytes, "prove_s": round(seconds, 3), **shown},
        title="proof of a metric",
    )
    leave(verdict.valid)


def verify(
    proof: Annotated[Path, typer.Argument(help="Proof of a metric (.zkm).")],
    data: DataOption,
    keys: Annotated[
        Path,
        typer.Option("--key", "--keys", "-k", help="Verifying key of the metric, or its directory."),
    ] = Path("keys/metric"),
    srs: Annotated[Path | None, typer.Option("--srs", "-s", help="Set-up string to verify under.")] = None,
    model: Annotated[
        Path | None,
        typer.Option("--model", help="Model with public weights that the key must be of; needs --srs."),
    ] = None,
    model_hash: Annotated[
        str | None, typer.Option("--model-hash", help="Identity that the model must have, 0x-hex.")
    ] = None,
    dataset_hash: Annotated[
        str | None, typer.Option("--data-hash", help="Identity that the data set must have, 0x-hex.")
    ] = None,
    reference: Annotated[
        bool, typer.Option("--reference", help="Judge with the readable verifier; minutes.")
    ] = False,
    allow_unsafe: Annotated[
        bool, typer.Option("--allow-unsafe", help="Accept proofs under a development set-up string.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Judge the proof of a metric: exit code 0 when it is valid, 1 when wrong, 2 when it is no proof."""
    out = Output(as_json)
    subject, dataset = MetricProof.load(proof), load_data_set(data)
    key = files.load_verifying_key(keys)
    begin = time.perf_counter()
    shown: dict[str, Any]
    try:
        string = None if srs is None else load_srs(srs, out)
        public = None if model is None else QuantisedModel.load(model)
        verdict = verify_metric(subject, key, dataset, srs=string, model=public, readable=reference)
        shown = verdict.describe()
        for what, expected, found in (
            ("model", model_hash, key.model_hash),
            ("data set", dataset_hash, dataset.identity),
        ):
            if verdict.valid and expected is not None and expected.lower() != "0x" + found.hex():
                shown = {"valid": False, "reason": f"the {what} is 0x{found.hex()}, another than expected"}
    except (ProofMismatchError, DataSetMismatchError) as error:
        shown = {"valid": False, "reason": str(error)}
    if shown["valid"] and (key.srs_unsafe or dataset.srs_unsafe) and not allow_unsafe:
        shown = {"valid": False, "reason": _UNSAFE}
    shown["setup"] = "as the key says itself; give --srs to compare" if srs is None else "compared"
    shown["verify_s"] = round(time.perf_counter() - begin, 4)
    valid = bool(shown["valid"])
    out.result(shown, title="[green]valid[/]" if valid else "[red]not valid[/]")
    leave(valid)


def _nonce(directory: Path) -> bytes:
    """The nonce of a proof, kept while it is unfinished: another one would make finished shards useless."""
    file = directory.with_name(directory.name + ".nonce")
    if not file.exists():
        write_atomic(file, secrets.token_bytes(32))
    return read_file(file, what="nonce of an unfinished proof")


def load_data_set(path: Path) -> DataSet:
    """The public manifest, from its file or its directory."""
    return DataSet.load(path / MANIFEST if path.is_dir() else path)


def _metric_of(keys: Path) -> Metric:
    """What keys were made for."""
    directory = keys if keys.is_dir() else keys.parent
    return Metric.from_bytes(read_file(directory / METRIC, what="metric beside the keys"))


def _metric(
    name: str | None,
    groups: str | None,
    k: int,
    cut: str | None,
    at_least: list[str] | None,
    at_most: list[str] | None,
) -> Metric | None:
    """What the options ask for; None where they ask for nothing."""
    if not (name or groups or k or cut or at_least or at_most):
        return None
    columns = tuple(part.strip() for part in groups.split(",")) if groups else ()
    wanted = Metric(
        name or ("top_k" if k else "" if at_least or at_most else "accuracy"),
        columns,
        k,
        None if cut is None else exact(cut),
    )
    for text in at_least or []:
        wanted = wanted.at_least(**_bound(text))
    for text in at_most or []:
        wanted = wanted.at_most(**_bound(text))
    return wanted


def _bound(text: str) -> dict[str, Any]:
    """The parts of ``name[class]@group=threshold``."""
    match = _BOUND.fullmatch(text)
    if match is None:
        raise InputError(
            f"{text!r} is no bound.",
            remedy="Write NAME=T, NAME[CLASS]=T or NAME[CLASS]@GROUP=T.",
        )
    return {name: value for name, value in match.groupdict().items() if value is not None}
