"""The on-chain verifier: ezkl's generated Solidity, compiled with npm's solc, behind the adapter
EzklVerifier."""

from __future__ import annotations

import importlib.resources
import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from zkattest.backends.base import ContractCode
from zkattest.errors import BackendError, ToolMissingError, UnsupportedByBackendError

#: EIP-170: deployed code may have this many bytes.
MAX_CODE_BYTES: Final = 24_576

CONTRACT: Final = "Halo2Verifier"

#: Path of a program that takes solc's standard JSON on stdin with ``--standard-json``.
SOLC_VARIABLE: Final = "ZKATTEST_SOLC"

_PROOF_LENGTH: Final = re.compile(r"eq\((0x[0-9a-f]+), proof\.length\)")
_INSTANCES: Final = re.compile(r"(0x[0-9a-f]{64})\) // num_instances\b")


def interface(source: str) -> tuple[int, int]:
    """What the generated verifier demands: (bytes of the proof, number of instances).

    Raises:
        BackendError: the source is not what this version of ezkl writes.
    """
    lengths, instances = set(_PROOF_LENGTH.findall(source)), set(_INSTANCES.findall(source))
    if len(lengths) != 1 or len(instances) != 1:
        raise BackendError(
            "The Solidity source that ezkl wrote does not state its proof length and instances as expected.",
            remedy="Install the ezkl version that zkattest pins.",
        )
    return int(lengths.pop(), 16), int(instances.pop(), 16)


def compile_verifier(source: str) -> ContractCode:
    """Compile the generated verifier; it has no constructor arguments.

    Raises:
        ToolMissingError: no solc; UnsupportedByBackendError: larger than a contract may be.
    """
    request = {
        "language": "Solidity",
        "sources": {"verifier.sol": {"content": source}},
        "settings": {
            # The source is hand-written assembly: fewest runs, for the smallest code.
            "optimizer": {"enabled": True, "runs": 1},
            "evmVersion": "cancun",
            "metadata": {"bytecodeHash": "none", "appendCBOR": False},
            "outputSelection": {
                "*": {CONTRACT: ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"]}
            },
        },
    }
    answer = _solc(request)
    try:
        contract = answer["contracts"]["verifier.sol"][CONTRACT]
        abi = tuple(contract["abi"])
        creation = bytes.fromhex(contract["evm"]["bytecode"]["object"])
        deployed = bytes.fromhex(contract["evm"]["deployedBytecode"]["object"])
    except (KeyError, TypeError, ValueError):
        errors = [str(e.get("message")) for e in answer.get("errors", []) if e.get("severity") == "error"]
        raise BackendError(
            "solc did not compile the generated verifier: "
            f"{'; '.join(errors)[:300] or 'no contract in its answer'}.",
            remedy="Use the solc version of verifier_contracts/package.json.",
        ) from None
    if len(deployed) > MAX_CODE_BYTES:
        raise UnsupportedByBackendError(
            f"The generated verifier has {len(deployed)} bytes of code; "
            f"a contract may have {MAX_CODE_BYTES} (EIP-170).",
            remedy="Use a model with fewer layers, verify off chain, or use the backend 'sumcheck'.",
        )
    return ContractCode(CONTRACT, abi, creation)


def adapter() -> tuple[tuple[Mapping[str, object], ...], bytes]:
    """ABI and creation code of the contract EzklVerifier, which ships with the package.

    Raises:
        BackendError: the artefact is missing or damaged.
    """
    resource = importlib.resources.files("zkattest.chain") / "artifacts" / "EzklVerifier.json"
    try:
        artefact = json.loads(resource.read_text())
        return tuple(artefact["abi"]), bytes.fromhex(str(artefact["bytecode"]).removeprefix("0x"))
    except (OSError, ValueError, KeyError, TypeError):
        raise BackendError(
            "The compiled contract EzklVerifier is missing from this installation or damaged.",
            remedy="Reinstall zkattest, or build the contracts (see verifier_contracts/README.md).",
        ) from None


def _solc(request: Mapping[str, Any]) -> dict[str, Any]:
    command = _find_solc()
    try:
        done = subprocess.run(  # noqa: S603  the user's own compiler, no shell
            command, input=json.dumps(request).encode(), capture_output=True, timeout=600, check=True
        )
        answer = json.loads(done.stdout[done.stdout.index(b"{") :])
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise BackendError(
            f"The Solidity compiler {command[0]!r} failed ({type(error).__name__}).",
            remedy=f"Check that it answers --standard-json, or name another one in {SOLC_VARIABLE}.",
        ) from None
    return dict(answer)


def _find_solc() -> list[str]:
    """The command that compiles: the environment's choice, the repository's npm solc, or one on the PATH."""
    chosen = os.environ.get(SOLC_VARIABLE)
    if chosen:
        if not os.access(chosen, os.X_OK):
            raise ToolMissingError(
                f"{SOLC_VARIABLE} names {chosen!r}, which is no executable file.",
                remedy="Point it at a program that answers --standard-json.",
            )
        return [chosen, "--standard-json"]
    node = shutil.which("node")
    contracts = Path(__file__).resolve().parents[3] / "verifier_contracts"
    wrapper = contracts / "tools" / "solc.js"
    if node and wrapper.is_file() and (contracts / "node_modules" / "solc").is_dir():
        return [node, str(wrapper), "--standard-json"]
    for name in ("solc", "solcjs"):
        found = shutil.which(name)
        if found:
            return [found, "--standard-json"]
    raise ToolMissingError(
        "The on-chain verifier of the backend 'ezkl' is compiled per model, "
        "and no Solidity compiler was found.",
        remedy="Install Node.js and run: npm install --prefix verifier_contracts (in the repository), "
        f"or npm install -g solc, or name a compiler in {SOLC_VARIABLE}.",
    )
