"""The on-chain verifier: ezkl's generated Solidity, compiled with npm's solc, behind the adapter
EzklVerifier."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from zkattest.backends.base import ContractCode
from zkattest.errors import BackendError, ToolMissingError, UnsupportedByBackendError

#: EIP-170: deployed code may have this many bytes.
MAX_CODE_BYTES: Final = 24_576

CONTRACT: Final = "Halo2Verifier"

PINNED_CONTRACT: Final = "PinnedHalo2Verifier"

#: Stands between EzklVerifier, which knows statements, and the generated verifier, which knows the circuit of
#: an architecture: it inserts the commitment to this model's weights as the third public value.
_PINNED_SOURCE: Final = """// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

contract PinnedHalo2Verifier {
    address public immutable halo2Verifier;
    uint256 public immutable weights;

    error NotAContract(address account);
    error TooFewInstances(uint256 actual);

    constructor(address halo2Verifier_, bytes32 weights_) {
        if (halo2Verifier_.code.length == 0) revert NotAContract(halo2Verifier_);
        halo2Verifier = halo2Verifier_;
        weights = uint256(weights_);
    }

    /// True iff the generated verifier accepts `instances` with `weights` in third place.
    function verifyProof(bytes calldata proof, uint256[] calldata instances) external view returns (bool) {
        if (instances.length < 2) revert TooFewInstances(instances.length);
        uint256[] memory all = new uint256[](instances.length + 1);
        for (uint256 i = 0; i < instances.length; ++i) {
            all[i < 2 ? i : i + 1] = instances[i];
        }
        all[2] = weights;
        (bool success, bytes memory answer) =
            halo2Verifier.staticcall(abi.encodeWithSignature("verifyProof(bytes,uint256[])", proof, all));
        return success && answer.length == 32 && abi.decode(answer, (uint256)) == 1;
    }
}
"""

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


def compile_verifier(source: str, weights: bytes) -> tuple[ContractCode, ContractCode]:
    """Compile the generated verifier, and what pins it to one model.

    Arguments:
        source: what ezkl wrote.
        weights: the commitment to the weights, 32 bytes.

    Raises:
        ToolMissingError: no solc; UnsupportedByBackendError: larger than a contract may be.
    """
    request = {
        "language": "Solidity",
        "sources": {"verifier.sol": {"content": source}, "pinned.sol": {"content": _PINNED_SOURCE}},
        "settings": {
            # The source is hand-written assembly: fewest runs, for the smallest code.
            "optimizer": {"enabled": True, "runs": 1},
            "evmVersion": "cancun",
            "metadata": {"bytecodeHash": "none", "appendCBOR": False},
            "outputSelection": {"*": {"*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"]}},
        },
    }
    answer = _solc(request)
    halo2 = _compiled(answer, "verifier.sol", CONTRACT)
    pinned = _compiled(answer, "pinned.sol", PINNED_CONTRACT)
    return halo2, replace(pinned, arguments=(f"${CONTRACT}", weights))


def _compiled(answer: Mapping[str, Any], file: str, name: str) -> ContractCode:
    try:
        contract = answer["contracts"][file][name]
        abi = tuple(contract["abi"])
        creation = bytes.fromhex(contract["evm"]["bytecode"]["object"])
        deployed = bytes.fromhex(contract["evm"]["deployedBytecode"]["object"])
    except (KeyError, TypeError, ValueError):
        errors = [str(e.get("message")) for e in answer.get("errors", []) if e.get("severity") == "error"]
        raise BackendError(
            f"solc did not compile the contract {name}: "
            f"{'; '.join(errors)[:300] or 'no contract in its answer'}.",
            remedy="Use the solc version of verifier_contracts/package.json.",
        ) from None
    if len(deployed) > MAX_CODE_BYTES:
        raise UnsupportedByBackendError(
            f"The contract {name} has {len(deployed)} bytes of code; "
            f"a contract may have {MAX_CODE_BYTES} (EIP-170).",
            remedy="Use a model with fewer layers, verify off chain, or use the backend 'sumcheck'.",
        )
    return ContractCode(name, abi, creation)


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
