"""Proof systems behind one interface, by name. Importing this module imports none of them."""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Final, NamedTuple

from zkattest.errors import ConfigError

if TYPE_CHECKING:
    from zkattest.backends.base import Backend


class _Entry(NamedTuple):
    module: str
    factory: str
    package: str


_BACKENDS: Final = {
    "sumcheck": _Entry("zkattest.backends.sumcheck", "SumcheckBackend", "zkattest"),
    "ezkl": _Entry("zkattest.backends.ezkl", "EzklBackend", "ezkl"),
}

#: The backend that is used where none is named.
DEFAULT: Final = "sumcheck"


def get_backend(name: str = DEFAULT) -> Backend:
    """The backend ``name``. It may still say, when used, that its package is not installed.

    Raises:
        ConfigError: no backend has this name.
    """
    entry = _BACKENDS.get(name)
    if entry is None:
        raise ConfigError(
            f"There is no backend {name!r}; this build has {', '.join(sorted(_BACKENDS))}.",
            remedy="Name one of these.",
        )
    backend: Backend = getattr(importlib.import_module(entry.module), entry.factory)()
    return backend


def available_backends() -> tuple[str, ...]:
    """Names of the backends whose packages are installed, sorted."""
    return tuple(
        name for name in sorted(_BACKENDS) if importlib.util.find_spec(_BACKENDS[name].package) is not None
    )
