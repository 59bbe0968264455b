"""The optional backend ``ezkl``: Halo2/KZG over BN254. See :mod:`zkattest.backends.ezkl.backend`."""

from zkattest.backends.ezkl.backend import EzklBackend

__all__ = ["EzklBackend"]
