"""The tables of the documentation say what the build and the measurements say."""

from __future__ import annotations

import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "contracts.md").read_text("utf-8")
ERROR_TABLE = (ROOT / "verifier_contracts" / "README.md").read_text("utf-8")
CONTRACTS = (
    "AttestationRegistry",
    "DatasetRegistry",
    "DeploymentGate",
    "EzklVerifier",
    "MetricRegistry",
    "ModelRegistry",
    "SumcheckVerifier",
    "VerifyingKeyStore",
)


def artifact(name: str) -> dict[str, Any]:
    text = resources.files("zkattest.chain").joinpath("artifacts", f"{name}.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def test_gas_table_is_the_snapshot() -> None:
    measured = {
        f"{file.stem}: {name}": int(gas)
        for file in (ROOT / "verifier_contracts" / "snapshots").glob("*.json")
        for name, gas in json.loads(file.read_text("utf-8")).items()
    }
    table = DOCUMENT[DOCUMENT.index("## Gas") :]
    rows = re.findall(r"^\| (\w+: .+?) \| ([\d,]+) \|$", table, re.MULTILINE)
    assert {name: int(gas.replace(",", "")) for name, gas in rows} == measured


@pytest.mark.parametrize("name", CONTRACTS)
def test_size_table_is_the_build(name: str) -> None:
    size = len(artifact(name)["deployedBytecode"][2:]) // 2
    assert re.search(rf"^\| `{name}` \|.*\| {size:,} \|$", DOCUMENT, re.MULTILINE)


def test_error_table_is_complete_and_has_nothing_else() -> None:
    declared = {
        f"{entry['name']}({','.join(part['type'] for part in entry['inputs'])})"
        for name in CONTRACTS
        for entry in artifact(name)["abi"]
        if entry["type"] == "error"
    }
    table = ERROR_TABLE[ERROR_TABLE.index("## Errors") :]
    cells = "\n".join(re.findall(r"^\| (`.+?) \|", table, re.MULTILINE))
    documented = {
        f"{name}({','.join(part.split()[0] for part in arguments.split(',') if part.strip())})"
        for name, arguments in re.findall(r"`(\w+)\((.*?)\)`", cells)
    }
    assert documented == declared
