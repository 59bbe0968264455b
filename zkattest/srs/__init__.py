"""Structured reference strings (set-up strings): make, import, check, cut, and run a ceremony for one."""

from zkattest.srs.ceremony import Ceremony, CeremonyReport, Contribution, verify_ceremony
from zkattest.srs.string import Srs, UnsafeSrsWarning

__all__ = [
    "Ceremony",
    "CeremonyReport",
    "Contribution",
    "Srs",
    "UnsafeSrsWarning",
    "verify_ceremony",
]
