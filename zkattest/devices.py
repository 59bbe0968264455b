"""Where proofs are made: on the processor, or on an NVIDIA device.

With the same randomness a proof is the same byte for byte. A proof's cells and its long tables stay on the
device while it is made; where its memory does not suffice for them, only the multi-scalar multiplications are
made there, or nothing, and a :class:`DeviceWarning` says so.
"""

from __future__ import annotations

import os
import re
import warnings
from dataclasses import dataclass
from typing import Final, Literal, get_args

from zkattest import _native
from zkattest.errors import DeviceError, InputError

__all__ = [
    "Choice",
    "CudaDevice",
    "DeviceWarning",
    "asked_device",
    "chosen_device",
    "chosen_memory",
    "cuda_device",
    "shares",
    "use_device",
]

Choice = Literal["auto", "cpu", "cuda"]

#: The environment's choice, where :func:`use_device` made none.
VARIABLE: Final = "ZKATTEST_DEVICE"
#: Likewise of the most memory of the device that is used.
MEMORY_VARIABLE: Final = "ZKATTEST_DEVICE_MEMORY"

#: A number of bytes as people write it.
_SIZE: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?) *(|B|kB|MB|GB|KiB|MiB|GiB)", re.ASCII)
_UNITS: Final = {
    "": 1,
    "B": 1,
    "kB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "KiB": 1 << 10,
    "MiB": 1 << 20,
    "GiB": 1 << 30,
}
#: No device has so many bytes.
_MOST: Final = 1 << 60

_chosen: Choice | None = None
_memory: int | None = None
_warned: set[str] = set()


class DeviceWarning(UserWarning):
    """A proof is not made on the device as it was meant to be: its memory is short, or it failed."""


@dataclass(frozen=True)
class CudaDevice:
    """An NVIDIA device.

    Attributes:
        name: as its driver has it.
        capability: compute capability, at least (7, 5).
        multiprocessors: how many.
        memory: bytes in all.
        free: bytes that nobody uses.
    """

    name: str
    capability: tuple[int, int]
    multiprocessors: int
    memory: int
    free: int


def use_device(device: Choice | None, *, memory: int | str | None = None) -> None:
    """Choose for all proofs of this process.

    Arguments:
        device: ``"cpu"``; ``"cuda"``: the first NVIDIA device, or a :class:`~zkattest.errors.DeviceError`
            when a proof is made; ``"auto"``, which is the default: the first device where there is one and
            rows have 2^16 cells or more, else the processor, which also makes a proof again that the device
            failed at. None: what ``ZKATTEST_DEVICE`` says.
        memory: the most of the device's memory that proofs use, in bytes or as ``"24 GiB"``; None: what
            ``ZKATTEST_DEVICE_MEMORY`` says, else all that is free.

    Raises:
        InputError: another word, or no size.
    """
    global _chosen, _memory
    chosen = None if device is None else _checked(device, "The device")
    _memory = None if memory is None else _bytes(memory, "The memory")
    _chosen = chosen
    _warned.clear()


def chosen_device() -> Choice:
    """What :func:`use_device` chose, or the environment, or ``"auto"``.

    Raises:
        InputError: the variable holds another word.
    """
    return _chosen or _checked(os.environ.get(VARIABLE) or "auto", f"The variable {VARIABLE}")


def chosen_memory() -> int | None:
    """The most bytes of the device's memory to use, likewise; None: all that are free.

    Raises:
        InputError: the variable holds no size.
    """
    if _memory is not None:
        return _memory
    found = os.environ.get(MEMORY_VARIABLE)
    return _bytes(found, f"The variable {MEMORY_VARIABLE}") if found else None


def asked_device() -> tuple[Choice, int | None]:
    """Both, as provers take them."""
    return chosen_device(), chosen_memory()


def cuda_device() -> CudaDevice:
    """The first NVIDIA device; opening it takes seconds the first time.

    Raises:
        DeviceError: there is none, its driver is too old, or it is.
    """
    return CudaDevice(**_native.cuda_device())


def shares(processes: int) -> dict[str, str]:
    """The environment of each of so many processes that prove at the same time: the choice made here, and its
    part of the device's memory, of which each would else plan with all that is free."""
    chosen, memory = asked_device()
    variables: dict[str, str] = {VARIABLE: chosen}
    if chosen != "cpu":
        try:
            free = cuda_device().free
        except DeviceError:  # a process that needs one says so
            return variables
        variables[MEMORY_VARIABLE] = str(max(1, min(free, memory or free) // processes))
    return variables


def warn_once(cause: str, text: str) -> None:
    """A :class:`DeviceWarning`, unless one of this cause was given since :func:`use_device` was called."""
    if cause not in _warned:
        _warned.add(cause)
        warnings.warn(text, DeviceWarning, stacklevel=2)


def _checked(word: str, what: str) -> Choice:
    for choice in get_args(Choice):
        if word == choice:
            found: Choice = choice
            return found
    raise InputError(f"{what} is {word[:40]!r}.", remedy="Choose 'auto', 'cpu' or 'cuda'.")


def _bytes(size: int | str, what: str) -> int:
    """A positive number of bytes."""
    found = _SIZE.fullmatch(str(size)[:40].strip())
    count = int(float(found[1]) * _UNITS[found[2]]) if found and not isinstance(size, bool) else 0
    if not 0 < count < _MOST:
        raise InputError(
            f"{what} is {str(size)[:40]!r}.",
            remedy="Give a positive number of bytes, or of MiB or GiB, as '24 GiB'.",
        )
    return count
