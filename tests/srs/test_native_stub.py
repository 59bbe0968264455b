"""The stub names exactly what the extension module holds."""

from __future__ import annotations

import ast
from pathlib import Path

import zkattest
from zkattest import _native

STUB = Path(zkattest.__file__).parent / "_native.pyi"


def names_of_stub() -> dict[str, set[str]]:
    tree = ast.parse(STUB.read_text(encoding="utf-8"))
    found: dict[str, set[str]] = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            found[node.name] = {item.name for item in node.body if isinstance(item, ast.FunctionDef)}
        elif isinstance(node, ast.FunctionDef):
            found[node.name] = set()
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found[node.target.id] = set()
    return found


def names_of_module() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, value in vars(_native).items():
        if name.startswith("__") and name != "__version__":
            continue
        found[name] = (
            {item for item in vars(value) if not item.startswith("__") or item == "__new__"}
            if isinstance(value, type)
            else set()
        )
    return found


def test_stub_and_module_agree() -> None:
    stub, module = names_of_stub(), names_of_module()
    # NativeSrs has no constructor of its own; type gives every class a __new__ entry.
    for names in (stub, module):
        names.get("NativeSrs", set()).discard("__new__")
    assert stub == module
