"""The page on the GPU and its pictures, from ``benchmarks/gpu.json``: counts, ceilings, bounds, gaps."""

from __future__ import annotations

import json
import textwrap
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmark_page import digest, markdown, save_plot

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Counts = dict[str, int]
ByKernel = dict[str, Counts]

_DATA: Final = Path(__file__).parent.parent / "benchmarks" / "gpu.json"

#: What moves bytes and is no kernel.
_COPIES: Final = ("upload", "download", "clear")


@dataclass(frozen=True)
class Card:
    """What a card does at most.

    Attributes:
        bandwidth: of its memory, bytes a second; link: likewise, of the copies in one direction.
        multiply_adds: of 32 bits, a second.
    """

    name: str
    bandwidth: float
    multiply_adds: float
    link: float = 64e9

    def bound(self, counts: Counts) -> float:
        """Seconds that a kernel takes at least: the longer of its traffic and its arithmetic."""
        return max(moved(counts) / self.bandwidth, counts["multiply_adds"] / self.multiply_adds)

    def copies(self, kernels: ByKernel) -> float:
        """Seconds of copies to and from the processor, at least."""
        moved = (kernels.get(name, {}) for name in ("upload", "download"))
        return sum(counts.get("read", 0) + counts.get("written", 0) for counts in moved) / self.link


#: 132 multiprocessors at 1.98 GHz at most, 64 multiply-adds of 32 bits in a cycle each.
_RATE: Final = 132 * 64 * 1.98e9
H100: Final = Card("H100 SXM", 3.35e12, _RATE)
H200: Final = Card("H200 SXM", 4.8e12, _RATE)

#: Seconds that a launch, and a copy that is waited for, take however little they do.
_LAUNCH: Final = 5e-6
_WAIT: Final = 20e-6

#: Images of the two scaled proofs, and of the one that is meant.
_SCALED: Final = {"lenet5-64": 64, "lenet5-192": 192}
_IMAGES: Final = 1000

#: In the order of a proof.
_PHASES: Final = ("Witness", "Helpers", "Tables", "Constraints", "Claims", "Rows", "Opening")

_NAMES: Final = {
    "mlp": "784-128-10, one inference",
    "vgg16": "VGG-16, one inference",
    f"lenet5-{_IMAGES}": "LeNet-5, accuracy of 1,000 images",
}


def moved(counts: Counts) -> int:
    """Bytes between memory and processors, at least: different sectors of each launch."""
    return counts["sectors_read"] + counts["sectors_written"]


def document() -> dict[str, Any]:
    """The content of ``benchmarks/gpu.json``."""
    found: dict[str, Any] = json.loads(_DATA.read_text())
    return found


def proofs() -> dict[str, dict[str, ByKernel]]:
    """Counts of each proof by phase, the largest last. Those of the large one follow from two small ones,
    which differ in the number of rows alone: every count is a constant and a multiple of the images, but
    where a step is cut otherwise for more of them; what is less with more images is taken not to grow."""
    found = {}
    for name, row in document()["counts"]["proofs"].items():
        phases = row["counts"]["phases"]
        found[name] = {phase: phases[phase] for phase in _PHASES if phase in phases}
    rest = {name: phases for name, phases in found.items() if name not in _SCALED}
    if not found.keys() >= _SCALED.keys():
        return rest
    (small, few), (large, many) = _SCALED.items()
    scaled: dict[str, dict[str, ByKernel]] = {}
    for phase, kernels in found[large].items():
        scaled[phase] = {}
        for kernel, counts in kernels.items():
            before = found[small].get(phase, {}).get(kernel, {})
            scaled[phase][kernel] = {
                name: round(count + max(0, count - before.get(name, 0)) * (_IMAGES - many) / (many - few))
                for name, count in counts.items()
            }
    return rest | {f"lenet5-{_IMAGES}": scaled}


def together(phases: dict[str, ByKernel]) -> ByKernel:
    """Counts of all phases by kernel."""
    found: ByKernel = {}
    for kernels in phases.values():
        for kernel, counts in kernels.items():
            sums = found.setdefault(kernel, dict.fromkeys(counts, 0))
            for name, count in counts.items():
                sums[name] += count
    return found


def page(note: str) -> str:
    """The page's text after ``note``."""
    found = document()
    parts = [f"{note}# The prover on a GPU\n\n{_INTRODUCTION}", _ceilings(found.get("run")), _proofs()]
    parts += [_kernels(), _picture(), _sums(found), _published(), _commands()]
    return "\n".join(parts)


_INTRODUCTION: Final = """\
How long a proof must take on a card at least, by counting, and how far what was measured is from that. The
kernels' sources (`crates/cuda/kernels`) also compile for a processor. One such twin counts: the compiler
calls a function at every access to the device's memory, and each multiply-add of 32 bits counts itself. What
a kernel does depends on sizes alone but for the buckets of sums, so that counts are those of any card.

* *Bytes* are the different sectors of 32 bytes that a launch touches, read and written: with caches that are
  empty when it begins and lose nothing before it ends. A launch that finds in the second-level cache (50 MB)
  what the one before left there moves less; one whose reads are scattered moves more.
* *Multiply-adds* are halves of 32 × 32-bit products, one instruction each. A product of two field elements
  takes 264. Additions, and whatever else a kernel does, are not counted.
* The *bound* is the longer of the two at the card's ceilings, kernel by kernel, as if each launch filled the
  card. To it comes what launches and copies take however small: about 5 µs a launch where nothing overlaps
  it, 20 µs a copy that the processor waits for.
"""


def _prose(text: str) -> str:
    """A paragraph in lines."""
    return textwrap.fill(text, 110, break_long_words=False, break_on_hyphens=False) + "\n"


def _ceilings(run: dict[str, Any] | None) -> str:
    body = [
        [card.name, f"{card.bandwidth / 1e12:.2f}", f"{card.multiply_adds / 1e12:.1f}", "published"]
        for card in (H100, H200)
    ]
    bench = ((run or {}).get("kernels", {}).get("bench") or {}).get("rows", [])
    rates = {row["name"]: row.get("gigabytes_s") or row.get("tera_s") for row in bench[:2]}
    if run and {"copy", "multiply-add chains"} <= rates.keys():
        copied, chained = rates["copy"] / 1e3, rates["multiply-add chains"]
        body.append([run["machine"]["device"], f"{copied:.2f}", f"{chained:.1f}", "measured"])
    unseen = "" if run else "No card was at hand when this page was made: nothing here was measured on it."
    note = (
        "Published: memory by NVIDIA's data sheets of both cards; 132 multiprocessors at 1.98 GHz at most "
        "and 64 multiply-adds of 32 bits in a cycle each (CUDA C++ Programming Guide, arithmetic throughput, "
        "compute capability 9.0). The kernels `copy` and `multiply_add_chains` measure both on the card at "
        "hand; where it makes both halves of a product by one instruction, its arithmetic does more than the "
        "published number says. "
    )
    table = markdown(["card", "memory, TB/s", "multiply-adds, 10¹² a second", ""], body)
    return f"## Ceilings\n\n{table}\n{_prose(note + unseen)}"


def _milliseconds(seconds: float) -> str:
    return f"{1e3 * seconds:.3g}"


def _proofs() -> str:
    parts = ["## Whole proofs\n"]
    for name, phases in proofs().items():
        body = [_phase(phase, kernels) for phase, kernels in phases.items()]
        body.append(_phase("**all**", together(phases)))
        titles = ["phase", "launches", "copies waited for", "GB", "10⁹ multiply-adds", "bound, ms"]
        titles += ["copies, ms", "launches and waits, ms"]
        parts.append(f"### {_NAMES.get(name, name)}\n\n{markdown(titles, body)}")
    note = (
        "Bounds are of an H100's published ceilings, copies at 64 GB/s. The processor's own work "
        "(randomness, the transcript, short tables, the claims between) is not counted."
    )
    if f"lenet5-{_IMAGES}" in proofs():
        counted = " and with ".join(map(str, _SCALED.values()))
        note = (
            f"Of the {_IMAGES:,} images: counted with {counted} images in the same rows of 2^18 cells, and "
            "extended linearly: an estimate, since some steps are cut otherwise for more of them. "
            f"{note}"
        )
    parts.append(_prose(note))
    return "\n".join(parts)


def _phase(name: str, kernels: ByKernel) -> list[str]:
    launched = {kernel: counts for kernel, counts in kernels.items() if kernel not in _COPIES}
    launches = sum(counts["launches"] for counts in launched.values())
    waits = kernels.get("download", {}).get("launches", 0)
    return [
        name,
        f"{launches:,}",
        f"{waits:,}",
        f"{sum(map(moved, launched.values())) / 1e9:.3g}",
        f"{sum(counts['multiply_adds'] for counts in launched.values()) / 1e9:.3g}",
        _milliseconds(sum(map(H100.bound, launched.values()))),
        _milliseconds(H100.copies(kernels)),
        _milliseconds(_LAUNCH * launches + _WAIT * waits),
    ]


def _largest() -> ByKernel:
    """Kernels of the largest proof, the longest bound first."""
    kernels = together(list(proofs().values())[-1])
    launched = [kernel for kernel in kernels if kernel not in _COPIES]
    return {
        kernel: kernels[kernel] for kernel in sorted(launched, key=lambda name: -H100.bound(kernels[name]))
    }


def _kernels() -> str:
    body = []
    ridge = H100.multiply_adds / H100.bandwidth
    for kernel, counts in _largest().items():
        intensity = counts["multiply_adds"] / max(moved(counts), 1)
        body.append(
            [
                f"`{kernel}`",
                f"{counts['launches']:,}",
                f"{moved(counts) / 1e9:.3g}",
                f"{(counts['read'] + counts['written']) / max(moved(counts), 1):.2g}",
                f"{counts['multiply_adds'] / 1e9:.3g}",
                f"{intensity:.2g}",
                "arithmetic" if intensity > ridge else "memory",
                _milliseconds(H100.bound(counts)),
            ]
        )
    titles = ["kernel", "launches", "GB", "asked for ÷ GB", "10⁹ multiply-adds", "multiply-adds a byte"]
    titles += ["bound by", "bound, ms"]
    note = (
        f"Above {ridge:.1f} multiply-adds a byte an H100's arithmetic is what bounds a kernel. *Asked for* "
        "counts every access, those to the same place again, which caches serve."
    )
    name = list(proofs())[-1]
    return f"## Kernels: {_NAMES.get(name, name)}\n\n{markdown(titles, body)}\n{_prose(note)}"


def _picture() -> str:
    alt = "Multiply-adds a second over multiply-adds a byte: the H100's roof, kernels below it, measured sums"
    figures = [
        f"```{{image}} images/roofline-{theme}.svg\n:class: only-{theme}\n:alt: {alt}\n```\n"
        for theme in _THEMES
    ]
    note = (
        "Hollow circles are the kernels of the table above, on the roof: the rate that their counts allow; "
        "the area is their share of the bound. Filled ones are sums of points as they were measured on an "
        "H100."
    )
    return "\n".join(["## Roofline\n", *figures, _prose(note)])


def _sums(found: dict[str, Any]) -> str:
    counted = {(row["name"], row["log2"]): row["kernels"] for row in found["counts"]["sums"]}
    measured = found["measured"]
    body = []
    for row in measured["sums"]:
        kernels = counted.get((row["name"], row["log2"]))
        counts, gap, bound = "", "", ""
        if kernels:
            launched = [counts for kernel, counts in kernels.items() if kernel not in _COPIES]
            seconds = sum(map(H100.bound, launched))
            counts = f"{sum(each['multiply_adds'] for each in launched) / 1e9:.3g}"
            bound, gap = _milliseconds(seconds), f"{row['device_ms'] / 1e3 / seconds:.1f}"
        body.append(
            [
                f"{row['name'].removeprefix('msm ')}, 2^{row['log2']}",
                counts,
                bound,
                f"{row['device_ms']:g}",
                gap,
                f"{row['with_copies_ms']:g}",
                f"{row['processor_ms']:g}",
            ]
        )
    titles = ["scalars", "10⁹ multiply-adds", "bound, ms", "measured, ms", "measured ÷ bound"]
    titles += ["with copies, ms", "processor, ms"]
    note = (
        "A sum's last steps add few points by few threads each, and its terms are gathered from all over the "
        "string: a bound that takes each launch as filling the card knows neither. Rows of a proof are "
        "summed in one batch, which the first of these is less of."
    )
    proofs_then = "; ".join(
        f"{row['name']}: {row['device_s']:g} s with sums on the card, {row['processor_s']:g} s without"
        for row in measured["proofs"]
    )
    note += f" Whole proofs were then, when sums alone went to the card: {proofs_then}."
    heading = (
        "## Sums of points\n\n"
        + _prose(
            f"Measured on {measured['card']}, {measured['when']}, scalars and points on the device, medians "
            "of five. Counts are of the kernels as they are now."
        )
        + "\n"
    )
    return heading + markdown(titles, body) + "\n" + _prose(note)


#: Name, card, what, figure, source.
_PUBLISHED: Final = (
    (
        "ICICLE",
        "RTX 3090 Ti",
        "MSM over BN254, 2^20 terms",
        "11 ms",
        "repository `ingonyama-zk/icicle`, examples/rust/msm",
    ),
    ("ICICLE", "RTX 3090 Ti", "MSM over BN254, 2^22 terms", "39 ms", "the same"),
    (
        "BatchZK",
        "not said in its abstract",
        "proofs of a neural network's inferences, many at a time",
        "9.52 a second",
        "Lu et al., ASPLOS 2025, abstract",
    ),
    (
        "zkLLM",
        "not said in its abstract",
        "inference of a language model of 13 billion weights",
        "under 15 minutes",
        "Sun, Li, Zhang, CCS 2024, abstract",
    ),
)


def _published() -> str:
    table = markdown(["system", "card", "what", "figure", "source"], [list(row) for row in _PUBLISHED])
    note = (
        "That proofs' arithmetic runs on the 32-bit integer pipeline alone, and is bound by it, is also what "
        'Verma et al. find ("ZKProphet: Understanding Performance of Zero-Knowledge Proofs on GPUs", arXiv '
        "2509.22684, 2025)."
    )
    return (
        "## What others publish\n\nTheir figures on their machines, for orientation; statements and security "
        f"differ.\n\n{table}\n{_prose(note)}"
    )


def _commands() -> str:
    return """\
## Check and measure a card

```console
$ python benchmarks/gpu.py prepare build/gpu     # where cargo is; 60 MB at most
$ python3 build/gpu/gpu.py run build/gpu --json card.json
```

The folder can be copied anywhere; there, Python and the card's driver are enough. In under eight minutes it
runs every kernel's tests and whole proofs on the card against the processor's, byte by byte,
compute-sanitizer where it is installed, the ceilings, sums, and proofs of these models phase by phase; the
report is written after every step. `--quick` takes a minute or two. Where no card is found it says SKIPPED,
and checks the twin.

`python benchmarks/gpu.py counts --json benchmarks/gpu.json` counts again; `python docs/generate.py` makes
this page.
"""


# --- the pictures -------------------------------------------------------------------------------------

_THEMES: Final = {
    "light": ("default", "tab:blue", "tab:red"),
    "dark": ("dark_background", "#7fb8e6", "#ff9b85"),
}


def _points() -> dict[str, list[list[Any]]]:
    """What a picture shows: kernels (name, multiply-adds a byte, rate, share), sums (name, the same two)."""
    kernels = {name: counts for name, counts in _largest().items() if counts["multiply_adds"]}
    whole = sum(map(H100.bound, kernels.values()))
    found = document()
    counted = {(row["name"], row["log2"]): row["kernels"] for row in found["counts"]["sums"]}
    sums = []
    for row in found["measured"]["sums"]:
        launched = counted.get((row["name"], row["log2"]), {})
        total = together({"": {name: counts for name, counts in launched.items() if name not in _COPIES}})
        bytes_moved = sum(map(moved, total.values()))
        multiplied = sum(counts["multiply_adds"] for counts in total.values())
        if multiplied:
            rate = multiplied / row["device_ms"] * 1e3
            sums.append([f"{row['name']} 2^{row['log2']}", multiplied / bytes_moved, rate])
    shown = []
    for name, counts in kernels.items():
        bound = H100.bound(counts)
        intensity = counts["multiply_adds"] / max(moved(counts), 1)
        shown.append([name, intensity, counts["multiply_adds"] / bound, bound / whole])
    return {"kernels": shown, "sums": sums}


def plot_is_current(folder: Path) -> bool:
    """Whether the pictures in ``folder`` show the present counts."""
    named = digest(_points())
    paths = [folder / f"roofline-{theme}.svg" for theme in _THEMES]
    return all(path.exists() and named in path.read_text() for path in paths)


def plot(folder: Path) -> None:
    """The roofline, in light and dark colours."""
    import matplotlib.style

    points = _points()
    for theme, (style, cool, warm) in _THEMES.items():
        with matplotlib.style.context(style):
            save_plot(
                folder / f"roofline-{theme}.svg",
                partial(_draw, points=points, cool=cool, warm=warm),
                rows=8,
                data=points,
                salt=f"roofline-{theme}",
            )


def _draw(figure: Figure, points: dict[str, list[list[Any]]], cool: str, warm: str) -> None:
    figure.patch.set_alpha(0)
    axes = figure.subplots()
    axes.patch.set_alpha(0)
    ends = (0.01, 1e4)
    for card, line in ((H100, "-"), (H200, ":")):
        xs = (ends[0], card.multiply_adds / card.bandwidth, ends[1])
        ys = [min(card.multiply_adds, x * card.bandwidth) / 1e12 for x in xs]
        axes.plot(xs, ys, line, color="tab:grey", label=card.name)
    ridge, labelled = H100.multiply_adds / H100.bandwidth, 0
    for name, x, y, share in sorted(points["kernels"], key=lambda point: point[1]):
        axes.scatter([x], [y / 1e12], s=30 + 900 * share, facecolors="none", edgecolors=cool)
        if share < 0.02:
            continue
        # beside the slope; above the roof, at one of three heights in turn
        place, where = (-14, 2), "right"
        if x > ridge:
            labelled += 1
            place, where = (0, 18 + 12 * (labelled % 3)), "center"
        axes.annotate(name, (x, y / 1e12), xytext=place, textcoords="offset points", ha=where, fontsize=7)
    for index, (name, x, y) in enumerate(points["sums"]):
        axes.plot([x], [y / 1e12], "o", color=warm, markersize=4)
        side, where = (-6, "right") if "bits" in name else (6, "left")
        place = (side, -9 if index % 2 else 3)
        axes.annotate(name, (x, y / 1e12), xytext=place, textcoords="offset points", ha=where, fontsize=7)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(*ends)
    axes.set_ylim(0.03, 100)
    axes.grid(which="major", alpha=0.3)
    axes.set_xlabel("32-bit multiply-adds a byte of memory traffic")
    axes.set_ylabel("10¹² multiply-adds a second")
    axes.legend(loc="lower right")
