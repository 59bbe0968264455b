"""A powers-of-tau ceremony of one's own: a chain of files, each multiplying tau by its maker's secret factor.

The files' formats and checks are those of ``crates/commitment/src/srs/ceremony.rs``; ``docs/srs.md`` tells
how to run one. If at least one participant drew the factor honestly and forgot it, nobody knows tau.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eth_utils.crypto import keccak

from zkattest import _native
from zkattest.errors import SrsError
from zkattest.srs.string import Srs, _naming, _natural
from zkattest.storage import read_file, write_atomic

Pathlike = str | os.PathLike[str]


@dataclass(frozen=True)
class Contribution:
    """One verified link. ``digest`` is keccak256 of its file: what a participant publishes and looks for."""

    name: str
    digest: bytes


@dataclass(frozen=True)
class CeremonyReport:
    """A ceremony in which every link was checked.

    Attributes:
        start: keccak256 of the start file.
        contributions: the links, first to last.
        max_degree: highest power of tau.
    """

    start: bytes
    contributions: tuple[Contribution, ...]
    max_degree: int
    _string: Srs

    @property
    def contributors(self) -> list[str]:
        """The participants' names, first to last, as they gave them."""
        return [contribution.name for contribution in self.contributions]

    @property
    def digest(self) -> bytes:
        """keccak256 of the last file, which binds all files before it."""
        return self.contributions[-1].digest

    def to_srs(self) -> Srs:
        """The resulting string; not marked unsafe, on the assumption that one participant was honest.

        With a single contribution that assumption is trust in that participant, and the provenance says so.
        """
        return self._string


class Ceremony:
    """The latest file of a ceremony: hand it to the next participant, who calls :meth:`contribute`.

    A file alone is checked for its own consistency when it is contributed to; :func:`verify_ceremony` checks
    the chain.
    """

    def __init__(self, data: bytes, max_degree: int) -> None:
        self._data = data
        #: Highest power of tau.
        self.max_degree = max_degree

    @classmethod
    def new(cls, log2_size: int) -> Ceremony:
        """The start file of a ceremony for strings of degree 2^``log2_size`` (at most 24): tau = 1.

        Raises:
            SrsError: the size is out of range.
        """
        if _natural(log2_size, "log2_size") > 24:
            raise SrsError(f"A ceremony's log2 size is {log2_size}, expected 0 to 24.")
        return cls(_native.ceremony_start(1 << log2_size), 1 << log2_size)

    @classmethod
    def from_bytes(cls, data: bytes) -> Ceremony:
        """Take a file's bytes: a start or a contribution.

        Raises:
            SrsError: malformed; names the section and index.
        """
        data = bytes(data)
        return cls(data, _native.ceremony_degree(data))

    @classmethod
    def load(cls, path: Pathlike) -> Ceremony:
        """Read a file of :meth:`save`.

        Raises:
            SrsError: malformed.
            StorageError: the file cannot be read.
        """
        with _naming(path):
            return cls.from_bytes(read_file(path, what="ceremony file"))

    def contribute(self, name: str) -> Ceremony:
        """Multiply tau by a fresh factor from the operating system, prove knowledge of it, and forget it.

        Arguments:
            name: the participant's public name, 1 to 200 bytes of UTF-8.

        Raises:
            SrsError: this file's powers are inconsistent, or the name is too long or empty.
        """
        try:
            name.encode()
        except UnicodeEncodeError:
            raise SrsError("The participant's name is not valid Unicode.") from None
        return Ceremony(_native.ceremony_contribute(self._data, name), self.max_degree)

    @property
    def digest(self) -> bytes:
        """keccak256 of the file: publish it, so that others see that the chain holds your contribution."""
        return keccak(self._data)

    def to_bytes(self) -> bytes:
        """The file's bytes."""
        return self._data

    def save(self, path: Pathlike) -> Path:
        """Write the file.

        Raises:
            StorageError: it cannot be written.
        """
        return write_atomic(path, self._data)

    def __repr__(self) -> str:
        return f"Ceremony(max_degree={self.max_degree}, digest=0x{self.digest.hex()})"


def verify_ceremony(files: Sequence[Pathlike | Ceremony]) -> CeremonyReport:
    """Check a whole ceremony: the start file and every contribution, in order.

    Each contribution must name its predecessor's hash, hold a factor other than 0 and 1 that its maker
    proves to know, and hold exactly the predecessor's powers times that factor.

    Raises:
        SrsError: what is wrong with the first bad file.
        StorageError: a file cannot be read.
    """
    data = [
        item.to_bytes() if isinstance(item, Ceremony) else read_file(item, what="ceremony file")
        for item in files
    ]
    start, links, native = _native.ceremony_verify(data)
    contributions = tuple(Contribution(name, digest) for name, digest in links)
    count = len(contributions)
    who = "1 contribution (safe only for those who trust it)" if count == 1 else f"{count} contributions"
    provenance = f"ceremony: {who}, last file keccak256 {contributions[-1].digest.hex()}"
    return CeremonyReport(start, contributions, native.max_degree, Srs(native.labelled(provenance, False)))
