"""The page on gas and its plot, from ``benchmarks/results.json``: what chains charge."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from benchmark_page import digest, markdown, results, save_plot

#: Rows' columns in gas -> heading.
_GAS: Final = {
    "verify_gas": "verify",
    "attest_gas": "verify and record",
    "register_gas": "register",
    "calldata_bytes": "calldata, bytes",
}

#: In the markdown table: gwei, and dollars for an ether.
_PRICES: Final = (0.2, 1.0, 5.0, 20.0)
_ETHER: Final = 3_000

_COLOURS: Final = {"gas": "tab:green", "balanced": "tab:olive", "ezkl": "tab:orange"}


def measured() -> list[dict[str, Any]]:
    """Rows with gas, of single inferences."""
    return [row for row in results()["rows"] if row.get("verify_gas") and row["batch"] == 1]


def page(note: str) -> str:
    """The page's text after ``note``."""
    rows = measured()
    if not rows:
        return f"{note}# Gas\n\n{_INTRODUCTION}\nNothing has been measured yet.\n"
    parts = [f"{note}# Gas\n\n{_INTRODUCTION}", _table(rows), "![Gas by model](images/gas.svg)\n"]
    parts += [_money(rows), _calculator(rows), _depth(rows), _accuracy(rows)]
    return "\n".join(part for part in parts if part)


_INTRODUCTION: Final = """\
What a chain charges for proofs, measured on anvil under current rules: `python benchmarks/run.py --model
lenet5 --profile gas --json FILE`. Every figure is of mined transactions. The registries, the store of
keys and the verifier are deployed once for a chain ([contracts](contracts.md)); a model is registered
once, as data; each proof is verified by a call from any contract (*verify*: a transaction that does
nothing else, with its 21,000 gas and its calldata), or verified and recorded as an attestation.
Verification in a call that sends no transaction costs nothing: `zkattest verify --chain`.

The *profile* is chosen when a model is committed to ([commit](guides/commit.md)): `gas` costs a chain
least, `balanced` trades a second of proving against 200,000 gas; no contract takes proofs of the profile
`speed`. ezkl is that package
as its own users run it (`benchmarks/peer_ezkl.py`), its generated contract on the same anvil: it hides
the input only and binds no commitment, context or registration, and *register* is the creation of its
contract, which each model needs.
"""


def _name(row: dict[str, Any]) -> str:
    return str(row["profile"] or row["backend"])


def _table(rows: list[dict[str, Any]]) -> str:
    body = [
        [
            row["model"],
            _name(row),
            *("" if row.get(column) is None else f"{row[column]:,}" for column in _GAS),
            f"{row['prove_s']:.3g}",
        ]
        for row in rows
    ]
    deployed = max((row.get("deploy_gas") or 0 for row in rows), default=0)
    once = f"\nThe whole suite costs {deployed:,} gas, once for a chain.\n" if deployed else ""
    return markdown(["model", "profile", *_GAS.values(), "prove, s"], body) + once


def _money(rows: list[dict[str, Any]]) -> str:
    body = [[row["model"], _name(row), *(_dollars(_cost(row), price) for price in _PRICES)] for row in rows]
    titles = ["model", "profile", *(f"{price:g} gwei" for price in _PRICES)]
    return (
        f"## In money\n\nA proof verified and recorded (of ezkl: verified), in dollars, at {_ETHER:,} dollars"
        " for an ether. `zkattest estimate --gas-price GWEI --eth-price PRICE` says it of your model at your "
        "prices.\n\n" + markdown(titles, body)
    )


def _cost(row: dict[str, Any]) -> int:
    return int(row.get("attest_gas") or row["verify_gas"])


def _dollars(gas: int, gwei: float) -> str:
    return f"{gas * gwei * 1e-9 * _ETHER:.2f}"


def _calculator(rows: list[dict[str, Any]]) -> str:
    """Inputs and a table that follows them; nothing is loaded from elsewhere."""
    data = [
        {"model": row["model"], "profile": _name(row), **{name: row.get(name) for name in _GAS}}
        for row in rows
    ]
    return f"```{{raw}} html\n{_CALCULATOR.replace('ROWS', json.dumps(data))}```\n"


_CALCULATOR: Final = """\
<div id="gas-calculator">
<p>
<label>gas price, gwei <input id="gas-gwei" type="number" min="0" step="any" value="1"></label>
<label>price of an ether <input id="gas-ether" type="number" min="0" step="any" value="3000"></label>
</p>
<table><thead><tr>
<th>model</th><th>profile</th><th>verify</th><th>verify and record</th><th>register</th>
</tr></thead>
<tbody id="gas-money"></tbody></table>
</div>
<script>
(() => {
  const rows = ROWS;
  const field = (name) => document.getElementById(name);
  const show = () => {
    const each = Number(field("gas-gwei").value) * 1e-9 * Number(field("gas-ether").value);
    const money = (gas) => (gas === null || gas === undefined ? "" : (gas * each).toFixed(2));
    field("gas-money").replaceChildren(...rows.map((row) => {
      const line = document.createElement("tr");
      const costs = ["verify_gas", "attest_gas", "register_gas"].map((name) => money(row[name]));
      const cells = [row.model, row.profile, ...costs];
      line.append(...cells.map((text) => {
        const cell = document.createElement("td");
        cell.textContent = text;
        return cell;
      }));
      return line;
    }));
  };
  for (const name of ["gas-gwei", "gas-ether"]) field(name).addEventListener("input", show);
  show();
})();
</script>
"""


def _depth(rows: list[dict[str, Any]]) -> str:
    found = {(row["model"], _name(row)): row for row in rows}
    body = []
    for profile in ("gas", "balanced"):
        shallow, deep = (found.get((f"dense_stack{layers}", profile)) for layers in (2, 20))
        if shallow and deep:
            gas = [row["verify_gas"] for row in (shallow, deep)]
            body.append([profile, f"{gas[0]:,}", f"{gas[1]:,}", f"{gas[1] / gas[0]:.2f}"])
    if not body:
        return ""
    heading = "## Depth\n\nVerification of 2 and of 20 identical layers of 64 by 64.\n\n"
    return heading + markdown(["profile", "2 layers", "20 layers", "ratio"], body)


def _accuracy(rows: list[dict[str, Any]]) -> str:
    """Estimated beside measured."""
    body = []
    for row in rows:
        estimate = row.get("estimate", {})
        if estimate.get("verify_gas"):
            pairs = [(estimate[name], row[name]) for name in ("verify_gas", "attest_gas", "register_gas")]
            body.append([row["model"], _name(row), *(f"{said / was - 1:+.1%}" for said, was in pairs)])
    if not body:
        return ""
    heading = "## Said before\n\nHow far `zkattest estimate` was from the measurement.\n\n"
    return heading + markdown(["model", "profile", "verify", "verify and record", "register"], body)


# --- the plot -----------------------------------------------------------------------------------------


def _plotted() -> list[tuple[str, str, int]]:
    return [(row["model"], _name(row), row["verify_gas"]) for row in measured()]


def plot_is_current(path: Path) -> bool:
    """Whether the plot at ``path`` shows the present results, or there is nothing to show."""
    data = _plotted()
    return not data or (path.exists() and digest(data) in path.read_text())


def plot(path: Path) -> None:
    """Gas of a verification by model, for each profile and ezkl, as SVG."""
    data = _plotted()
    if not data:
        return
    from matplotlib.figure import Figure

    models = list(dict.fromkeys(model for model, _, _ in data))

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for name, colour in _COLOURS.items():
            points = [(gas / 1000, models.index(model)) for model, profile, gas in data if profile == name]
            if not points:
                continue
            xs, ys = zip(*points, strict=True)
            axes.plot(xs, ys, "o", color=colour, label=name)
        axes.set_yticks(range(len(models)), models)
        axes.set_ylim(len(models) - 0.4, -0.6)
        axes.set_xscale("log")
        axes.grid(axis="x", which="both", alpha=0.3)
        axes.set_xlabel("thousand gas to verify one proof, as a transaction of its own")
        axes.legend(loc="best")

    save_plot(path, draw, rows=len(models), data=data, salt="gas")
