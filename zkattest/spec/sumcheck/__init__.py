"""The native proof system's verifier as an executable specification, from ``docs/protocol.md`` alone.

>>> from zkattest.spec.sumcheck import verify

The steps in :mod:`~zkattest.spec.sumcheck.verifier` carry the document's numbers.
"""

from zkattest.spec.sumcheck.verifier import verify

__all__ = ["verify"]
