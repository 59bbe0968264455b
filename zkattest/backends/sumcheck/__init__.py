"""The native proof system; see ``docs/protocol.md`` and ``docs/backends.md``."""

from zkattest.backends.sumcheck.backend import SumcheckBackend

__all__ = ["SumcheckBackend"]
