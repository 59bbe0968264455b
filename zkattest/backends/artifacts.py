"""Compiled contracts of the package, for the backends that deploy some."""

from __future__ import annotations

import importlib.resources
import json
from functools import cache

from zkattest.backends.base import ContractCode
from zkattest.errors import BackendError


@cache
def shipped(name: str) -> ContractCode:
    """The contract ``name``, without arguments.

    Raises:
        BackendError: the artefact is missing or damaged.
    """
    resource = importlib.resources.files("zkattest.chain") / "artifacts" / f"{name}.json"
    try:
        artefact = json.loads(resource.read_text())
        code = bytes.fromhex(str(artefact["bytecode"]).removeprefix("0x"))
        return ContractCode(name, tuple(artefact["abi"]), code)
    except (OSError, ValueError, KeyError, TypeError):
        raise BackendError(
            f"The compiled contract {name} is missing from this installation or damaged.",
            remedy="Reinstall zkattest, or build the contracts (see verifier_contracts/README.md).",
        ) from None
