"""The benchmark page and its plot, from ``benchmarks/results.json`` and ``benchmarks/phases.json``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ROOT: Final = Path(__file__).parent.parent
_BENCHMARKS: Final = _ROOT / "benchmarks"
_NATIVE: Final = "sumcheck"
_PEER: Final = "ezkl"

#: Column -> (heading, how a value is shown).
_COLUMNS: Final = {
    "model": ("model", "{}"),
    "batch": ("batch", "{}"),
    "backend": ("backend", "{}"),
    "profile": ("profile", "{}"),
    "params": ("weights", "{:,}"),
    "setup_s": ("set-up, s", "{:,.3g}"),
    "prove_s": ("prove, s", "{:,.3g}"),
    "prove_cpu_s": ("processor, s", "{:,.3g}"),
    "verify_s": ("verify, s", "{:.3g}"),
    "peak_rss_mb": ("peak memory, MiB", "{:,}"),
    "prove_rss_mb": ("of proving alone, MiB", "{:,}"),
    "key_bytes": ("proving key, bytes", "{:,}"),
    "vk_bytes": ("verifying key, bytes", "{:,}"),
    "proof_bytes": ("proof, bytes", "{:,}"),
    "top1_agreement": ("same class", "{:.1%}"),
}

#: Seconds that the design's cost model predicted for two idle cores before anything was built: sums of kernel
#: times, lookups without trees, 8-bit cells, ReLU by a table of pairs.
_MODELLED: Final = {
    "mlp": 0.014,
    "lenet5": 0.018,
    "cnn264k": 0.024,
    "dense4m": 0.019,
    "resnet18": 0.247,
    "vgg16": 0.153,
}

#: Kernels shown, by name and number of items; what each is compared with is in the bench's own text.
_KERNELS: Final = {
    ("lane product", 512): "product in F, in vector lanes",
    ("slice multiply", 65_536): "products of two slices",
    ("slice inner product", 65_536): "inner product in F",
    ("slice invert", 4_096): "inversion of a slice",
    ("eq table", 65_536): "table of eq(r, ·)",
    ("round of 2, claim", 65_536): "sum-check round of 2 factors",
    ("round of 3, claim", 65_536): "sum-check round of 3 factors",
    ("fold_small i8", 4_194_304): "inner products of 8-bit cells with F",
    ("fold_small i16", 4_194_304): "inner products of 16-bit cells with F",
    ("msm i8", 65_536): "MSM of 8-bit scalars",
    ("msm i16", 65_536): "MSM of 16-bit scalars",
    ("msm full", 65_536): "MSM of 254-bit scalars",
}


def results() -> dict[str, Any]:
    """The content of ``benchmarks/results.json``."""
    document: dict[str, Any] = json.loads((_BENCHMARKS / "results.json").read_text())
    return document


def page(note: str) -> str:
    """The page's text after ``note``."""
    document = results()
    rows = document["rows"]
    parts = [f"{note}# Benchmarks\n\n{_INTRODUCTION}", _table(rows), _ratios(rows), _plot_section(rows)]
    parts += [
        _metrics(document.get("metrics", [])),
        _profiles(),
        _distance(rows),
        _micro(document.get("micro")),
    ]
    return "\n".join(part for part in parts if part)


_INTRODUCTION: Final = """\
`make bench`, or `python benchmarks/run.py --model lenet5 --backend sumcheck --json FILE`: each row in a
process of its own, from ONNX to the verified proof. All figures are from `benchmarks/results.json`. Machines
are shared and noisy: compare within the table, not with other machines. *Processor* is the time that all
threads together take to prove, which other work on the machine disturbs less. The networks but `clinic` have
random weights, which cost what trained ones do.

`sumcheck` hides input and weights, and binds both to commitments. `ezkl` is that package as its own users run
it (`benchmarks/peer_ezkl.py`): the input private, the weights constants of the circuit, calibrated for
resources. Its statement is weaker: it commits to nothing, and proofs leak the constants, see
[backends](backends.md); its set-up includes that calibration, not the making of a reference string.
`ezkl-private` is this project's backend `ezkl`, which hides and binds too. The proving key of `sumcheck`
holds no weights: the prover has the quantised model beside it. Peak memory is of the whole process, with
Python: one that does all steps, and one that loads files and proves.
"""


def _table(rows: list[dict[str, Any]]) -> str:
    body = []
    for row in rows:
        cells = [
            "" if row.get(name) is None else form.format(row[name]) for name, (_, form) in _COLUMNS.items()
        ]
        body.append(cells)
    machines = sorted({f"{row['cpu']}, {_counted(row['cores'], 'thread')}" for row in rows})
    times = sorted(row["measured"][:10] for row in rows if "measured" in row)
    when = "" if not times else f", {times[0]}" if times[0] == times[-1] else f", {times[0]} to {times[-1]}"
    loads = sorted(row["load"] for row in rows if "load" in row)
    load = f", while other work ran (load {loads[0]} to {loads[-1]} a minute before a row)" if loads else ""
    heading = f"## Models\n\nOn {'; '.join(machines)}{when}{load}.\n\n"
    return heading + markdown([title for title, _ in _COLUMNS.values()], body)


#: Column of a proof of a metric -> (heading, how a value is shown).
_METRIC_COLUMNS: Final = {
    "model": ("model", "{}"),
    "statement": ("statement", "{}"),
    "profile": ("profile", "{}"),
    "rows": ("rows", "{:,}"),
    "shards": ("shards", "{}"),
    "value": ("accuracy", "{:.1%}"),
    "prove_s": ("prove, s", "{:,.3g}"),
    "prove_cpu_s": ("processor, s", "{:,.3g}"),
    "verify_s": ("verify, s", "{:.3g}"),
    "prove_rss_mb": ("memory of proving alone, MiB", "{:,}"),
    "proof_bytes": ("proofs, bytes", "{:,}"),
    "verify_gas": ("gas of a shard", "{:,}"),
    "peer_ratio": ("ezkl's inference ÷ a row", "{:,}"),
    "load": ("load before", "{}"),
}


def _metrics(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return ""
    body = [
        [
            "" if row.get(name) is None else form.format(row[name])
            for name, (_, form) in _METRIC_COLUMNS.items()
        ]
        for row in rows
    ]
    note = (
        "`python benchmarks/run.py --model lenet5-mnist --statement accuracy --rows 1000`: a trained model\n"
        "over a committed data set ([metrics](metrics.md)). `all` shows the confusion matrices of all rows\n"
        "and of each group. With `--peer` ezkl proves one inference of the same network in the same run:\n"
        "the last ratio is its time over ours for one row."
    )
    titles = [title for title, _ in _METRIC_COLUMNS.values()]
    return f"## Metrics over committed data sets\n\n{note}\n\n" + markdown(titles, body)


def _is_default(row: dict[str, Any]) -> bool:
    """Native, as it is without options."""
    return bool(row["backend"] == _NATIVE and row["profile"] == "speed")


def _pairs(rows: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """(native row, ezkl's row) of the same model, batch and threads."""

    def same(row: dict[str, Any]) -> tuple[Any, ...]:
        return row["model"], row["batch"], row["cores"]

    peers = {same(row): row for row in rows if row["backend"] == _PEER}
    return [(row, peers[same(row)]) for row in rows if _is_default(row) and same(row) in peers]


def _ratios(rows: list[dict[str, Any]]) -> str:
    body = [
        [
            native["model"],
            *(
                _figures(peer[name] / native[name])
                for name in ("setup_s", "prove_s", "prove_cpu_s", "verify_s", "peak_rss_mb", "vk_bytes")
            ),
            f"{peer['proof_bytes'] / native['proof_bytes']:.2g}",
        ]
        for native, peer in _pairs(rows)
    ]
    if not body:
        return ""
    titles = ["ezkl ÷ sumcheck", "set-up", "prove", "processor", "verify", "memory", "verifying key", "proof"]
    note = "Above 1: ezkl needs more. Rows are minutes apart on a shared machine: trust processor time most."
    return f"## Against ezkl\n\n{note}\n\n" + markdown(titles, body)


def _plot_section(rows: list[dict[str, Any]]) -> str:
    if not _plotted(rows):
        return ""
    return "![Seconds to prove by model and backend](images/benchmarks.svg)\n"


def _profiles() -> str:
    path = _BENCHMARKS / "phases.json"
    if not path.exists():
        return ""
    parts = [
        "## Where the time goes\n\nPhases of one proof by `sumcheck`, as it reports them (`--phases`).\n"
    ]
    for model, phases in json.loads(path.read_text()).items():
        whole = sum(phases.values())
        body = [[name, f"{spent:.3f}", f"{spent / whole:.0%}"] for name, spent in phases.items()]
        parts.append(markdown([model, "s", "share"], [*body, ["all", f"{whole:.3f}", ""]]))
    return "\n".join(parts)


def _distance(rows: list[dict[str, Any]]) -> str:
    """Measured beside modelled."""
    measured = {row["model"]: row["prove_s"] for row in rows if _is_default(row) and row["batch"] == 1}
    body = [
        [name, f"{modelled:.3f}", f"{measured[name]:.3f}", f"{measured[name] / modelled:.1f}"]
        for name, modelled in _MODELLED.items()
        if name in measured
    ]
    table = markdown(["model", "modelled, s", "measured, s", "ratio"], body)
    return f"{_DISTANCE}\n{table}\n{_REASONS}"


_DISTANCE: Final = """\
The commitments to helper cells and the opening's sums are multi-scalar multiplications over full-width
scalars: with the witness' they are about half of every proof. What is left is the first sum-check, whose
tables are full-width from its first round on, and the tables of its functionals. Of LeNet-5's 45 ms about 10
are the executor in NumPy and the verification of the finished proof.

The design's cost model added up kernel times before anything was built:
"""

_REASONS: Final = """\
The model assumed two lookups an activation, with ReLU and saturation in one table of pairs. The circuits have
five to eight, because they prove rounding, saturation at both ends and ReLU with limbs of one range table,
for every width of accumulator and without a table that somebody would have to commit to. Small values in the
first rounds of the first sum-check, inversions shared among small sums, and pairs in tables are what is left
to gain.
"""


def _micro(micro: dict[str, Any] | None) -> str:
    if not micro:
        return ""
    found = {(row["name"], row["size"]): row for row in micro["results"]}
    body = [
        [label, f"{key[1]:,}", *(_figures(row[name]) for name in ("ns", "reference_ns", "ratio"))]
        for key, label in _KERNELS.items()
        if (row := found.get(key))
    ]
    return (
        "## Kernels\n\n`python benchmarks/micro.py`: nanoseconds per item of the vectorised kernels, beside "
        "arkworks (MSM) or the same\nkernel over arkworks' arithmetic (the rest), "
        f"{micro['cpu']}, {_counted(micro['cores'], 'thread')}.\n\n"
        + markdown(["kernel", "items", "ns", "reference, ns", "ratio"], body)
    )


def _figures(number: float) -> str:
    return f"{number:.3g}" if number < 1000 else f"{number:,.0f}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def markdown(titles: list[str], body: list[list[str]]) -> str:
    """A table."""
    lines = ["| " + " | ".join(titles) + " |", "|" + " --- |" * len(titles)]
    lines += ["| " + " | ".join(cells) + " |" for cells in body]
    return "\n".join(lines) + "\n"


# --- the plot -----------------------------------------------------------------------------------------


def _plotted(rows: list[dict[str, Any]]) -> list[tuple[str, str, float]]:
    """(model, backend, seconds) of single inferences, in the table's order."""
    shown = [row for row in rows if row["batch"] == 1 and (_is_default(row) or row["backend"] != _NATIVE)]
    return [(row["model"], row["backend"], row["prove_s"]) for row in shown]


def plot_is_current(path: Path) -> bool:
    """Whether the plot at ``path`` shows the present results: it names their digest. The bytes would differ
    between releases of matplotlib."""
    return path.exists() and digest(_plotted(results()["rows"])) in path.read_text()


def digest(data: object) -> str:
    """Names what a plot shows; in its description."""
    return hashlib.sha256(json.dumps(data).encode()).hexdigest()


def plot(path: Path) -> None:
    """Seconds to prove by model for each backend, logarithmic, as SVG."""
    data = _plotted(results()["rows"])
    models = list(dict.fromkeys(model for model, _, _ in data))
    names = list(dict.fromkeys(backend for _, backend, _ in data))

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for backend, colour in zip(names, ("tab:blue", "tab:orange", "tab:grey"), strict=False):
            points = [(seconds, models.index(model)) for model, name, seconds in data if name == backend]
            xs, ys = zip(*points, strict=True)
            axes.plot(xs, ys, "o", color=colour, label=backend)
            for x, y in points:
                axes.annotate(
                    f"{x:.3g}", (x, y), xytext=(0, 5), textcoords="offset points", ha="center", fontsize=7
                )
        axes.set_yticks(range(len(models)), models)
        axes.set_ylim(len(models) - 0.4, -0.6)
        axes.set_xscale("log")
        axes.grid(axis="x", which="both", alpha=0.3)
        axes.set_xlabel("seconds to prove one inference")
        axes.legend(loc="best")

    save_plot(path, draw, rows=len(models), data=data, salt="benchmarks")


def save_plot(path: Path, draw: Callable[[Figure], None], *, rows: int, data: object, salt: str) -> None:
    """Write what ``draw`` draws as SVG that is the same for the same ``data``, which it names."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": salt}):
        figure = Figure(figsize=(8, 0.6 + 0.55 * rows), layout="constrained")
        FigureCanvasSVG(figure)
        draw(figure)
        path.parent.mkdir(exist_ok=True)
        figure.savefig(path, metadata={"Date": None, "Description": digest(data)})
    # matplotlib leaves spaces at ends of lines
    path.write_text("\n".join(line.rstrip() for line in path.read_text().splitlines()) + "\n")
