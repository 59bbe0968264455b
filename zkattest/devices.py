"""Where long sums of proofs are made: on the processor, or on an NVIDIA device.

With the same randomness a proof is the same byte for byte. Of a proof's work only the multi-scalar
multiplications go to a device so far: most of the time where rows are long (``profile="gas"``), little where
they are short.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final, Literal, get_args

from zkattest import _native
from zkattest.errors import InputError

__all__ = ["Choice", "CudaDevice", "chosen_device", "cuda_device", "use_device"]

Choice = Literal["auto", "cpu", "cuda"]

#: The environment's choice, where :func:`use_device` made none.
VARIABLE: Final = "ZKATTEST_DEVICE"

_chosen: Choice | None = None


@dataclass(frozen=True)
class CudaDevice:
    """An NVIDIA device.

    Attributes:
        name: as its driver has it.
        capability: compute capability, at least (7, 5).
        multiprocessors: how many.
        memory: bytes.
    """

    name: str
    capability: tuple[int, int]
    multiprocessors: int
    memory: int


def use_device(device: Choice | None) -> None:
    """Choose for all proofs of this process.

    Arguments:
        device: ``"cpu"``; ``"cuda"``: the first NVIDIA device, or a :class:`~zkattest.errors.DeviceError`
            when a proof is made; ``"auto"``, which is the default: the first device where there is one and
            rows have 2^16 cells or more, else the processor. None: what ``ZKATTEST_DEVICE`` says.

    Raises:
        InputError: another word.
    """
    global _chosen
    _chosen = None if device is None else _checked(device, "The device")


def chosen_device() -> Choice:
    """What :func:`use_device` chose, or the environment, or ``"auto"``.

    Raises:
        InputError: the variable holds another word.
    """
    return _chosen or _checked(os.environ.get(VARIABLE) or "auto", f"The variable {VARIABLE}")


def cuda_device() -> CudaDevice:
    """The first NVIDIA device; opening it takes seconds the first time.

    Raises:
        DeviceError: there is none, its driver is too old, or it is.
    """
    return CudaDevice(**_native.cuda_device())


def _checked(word: str, what: str) -> Choice:
    for choice in get_args(Choice):
        if word == choice:
            found: Choice = choice
            return found
    raise InputError(f"{what} is {word[:40]!r}.", remedy="Choose 'auto', 'cpu' or 'cuda'.")
