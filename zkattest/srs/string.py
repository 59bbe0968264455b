"""The structured reference string: [tau^i]_1 (0 <= i <= n), [1]_2, [tau]_2 for a tau that nobody knows."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from zkattest import _native
from zkattest.errors import SrsError, StorageError
from zkattest.html import fields_html
from zkattest.srs.known import IGNITION_TAU_G2, hermez_power
from zkattest.storage import write_atomic

Pathlike = str | os.PathLike[str]


class UnsafeSrsWarning(UserWarning):
    """The string's secret may be known to whoever made it: proofs and commitments under it convince
    nobody."""


class Srs:
    """A structured reference string. Immutable; every point is on its curve and has the right order.

    Every way to get one (load, import, ceremony) ends in :meth:`check`, unless switched off by name.
    """

    #: First bytes of a file.
    MAGIC = b"ZKSR"

    def __init__(self, native: _native.NativeSrs) -> None:
        self._native = native

    # --- sources ------------------------------------------------------------------------------------

    @classmethod
    def development(cls, log2_size: int) -> Srs:
        """A string of degree 2^``log2_size`` from the operating system's randomness; UNSAFE.

        tau is drawn on this machine and dropped; nobody can be convinced that it was. The string, and
        everything made under it, is marked unsafe.

        Warns:
            UnsafeSrsWarning: always.
        """
        warnings.warn(
            "A development set-up string is UNSAFE: whoever makes it can forge proofs under it. Use a "
            "ceremony's string (Srs.import_ptau, Srs.import_ignition, Ceremony) to convince others.",
            UnsafeSrsWarning,
            stacklevel=2,
        )
        return cls(_native.NativeSrs.development(_natural(log2_size, "log2_size")))

    @classmethod
    def load(cls, path: Pathlike, *, check: bool = True) -> Srs:
        """Read a file of :meth:`save`.

        Arguments:
            check: run :meth:`check`; without it the points are still checked one by one.

        Raises:
            SrsError: truncated, trailing, bad points, inconsistent; names the section and index.
            StorageError: the file cannot be read.
        """
        with _naming(path):
            string = cls(_native.NativeSrs.read(os.fspath(path)))
            if check:
                string.check()
        return string

    @classmethod
    def from_bytes(cls, data: bytes, *, check: bool = True) -> Srs:
        """Decode the bytes of :meth:`to_bytes`; as :meth:`load`."""
        string = cls(_native.NativeSrs.from_bytes(bytes(data)))
        if check:
            string.check()
        return string

    @classmethod
    def import_ptau(
        cls, path: Pathlike, expected_blake2b: str | None = None, max_degree: int | None = None
    ) -> Srs:
        """Import a snarkjs ``.ptau`` file, such as the Hermez ceremony's; a power p gives degree 2^(p+1) - 2.

        Arguments:
            expected_blake2b: blake2b-512 of the whole file, hex, from a source that you trust.
            max_degree: keep only powers up to this one (reads less).

        A file is safe when its hash is a known ceremony's or the expected one; else it is marked unsafe.

        Raises:
            SrsError: truncated, another field, bad points, inconsistent, or another hash than expected.
            SrsTooSmallError: the file holds fewer powers than ``max_degree``.
            StorageError: the file cannot be read.
        """
        expected = _hash(expected_blake2b)
        with _naming(path):
            native, digest, power, ceremony_power = _native.NativeSrs.import_ptau(
                os.fspath(path), _degree(max_degree), expected
            )
            known = hermez_power(digest.hex())
            where = (
                f"Hermez ceremony, final file of power {known}"
                if known is not None
                else f"unknown ceremony, power {power} of {ceremony_power}"
            )
            return cls._imported(
                native, f"ptau: {where}, blake2b {digest.hex()}", known is not None or expected is not None
            )

    @classmethod
    def import_ignition(cls, paths: Pathlike | Sequence[Pathlike], *, max_degree: int | None = None) -> Srs:
        """Import Aztec ignition transcripts: ``transcript00.dat``, then its successors as far as needed.

        Safe when [tau]_2 is the one of Aztec's ceremony, else marked unsafe.

        Raises:
            SrsError: truncated, out of order, a wrong checksum, bad points, inconsistent.
            SrsTooSmallError: the files hold fewer powers than ``max_degree``.
            StorageError: a file cannot be read.
        """
        files = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
        with _naming(*files):
            native = _native.NativeSrs.import_ignition([os.fspath(p) for p in files], _degree(max_degree))
            known = native.tau_g2 == IGNITION_TAU_G2
            where = "Aztec ignition ceremony" if known else "unknown ceremony"
            return cls._imported(native, f"ignition: {where}, {len(files)} transcript(s)", known)

    @classmethod
    def import_halo2(
        cls, path: Pathlike, *, expected_blake2b: str | None = None, max_degree: int | None = None
    ) -> Srs:
        """Import a halo2 KZG parameter file (ezkl's ``.srs``); k gives degree 2^k - 1.

        Arguments and errors as :meth:`import_ptau`. Safe only with ``expected_blake2b``: ezkl makes its own
        such files for development, and nothing in a file tells them from a ceremony's.
        """
        expected = _hash(expected_blake2b)
        with _naming(path):
            native, digest = _native.NativeSrs.import_halo2(os.fspath(path), _degree(max_degree), expected)
            known = native.tau_g2 == IGNITION_TAU_G2
            where = "Aztec ignition ceremony" if known else "unknown ceremony"
            provenance = f"halo2: {where}, blake2b {digest.hex()}"
            return cls._imported(native, provenance, known or expected is not None)

    @classmethod
    def _imported(cls, native: _native.NativeSrs, provenance: str, vouched: bool) -> Srs:
        string = cls(native.labelled(provenance, not vouched))
        string.check()
        if not vouched:
            warnings.warn(
                f"This set-up string is marked UNSAFE ({provenance}): nothing shows that its secret is "
                "unknown. Give the hash that its ceremony published.",
                UnsafeSrsWarning,
                stacklevel=3,
            )
        return string

    # --- what it is ---------------------------------------------------------------------------------

    @property
    def max_degree(self) -> int:
        """Highest power of tau: rows of m cells need a degree of at least m."""
        return self._native.max_degree

    @property
    def digest(self) -> bytes:
        """:meth:`digest_at` of :attr:`max_degree`, 32 bytes."""
        return self.digest_at(self.max_degree)

    def digest_at(self, degree: int) -> bytes:
        """Digest of the prefix of this degree, 32 bytes.

        keccak256("zkattest-srs-v1" || degree (8 bytes) || [tau]_2 || [tau^degree]_1). [tau]_2 fixes tau, so
        two consistent strings with one digest are equal up to ``degree``; a prefix has the digest of the
        string it was cut from at its degree.

        Raises:
            SrsTooSmallError: it holds fewer powers, or ``degree`` is 0.
        """
        return self._native.digest_at(_natural(degree, "degree"))

    def holds(self, digest: bytes) -> bool:
        """Whether ``digest`` is that of this string, or of a prefix whose degree is a power of two: keys and
        commitments name the prefix of the size of their rows."""
        degrees = (1 << k for k in range(self.max_degree.bit_length()))
        return digest == self.digest or any(digest == self.digest_at(degree) for degree in degrees)

    @property
    def unsafe(self) -> bool:
        """Nothing shows that tau is unknown: a development string, or an import that nobody vouches for."""
        return self._native.is_unsafe

    @property
    def provenance(self) -> str:
        """Where it comes from, for people."""
        return self._native.provenance

    @property
    def tau_g2(self) -> bytes:
        """[tau]_2: 128 bytes big-endian, each coordinate imaginary part first (EIP-197)."""
        return self._native.tau_g2

    def power(self, index: int) -> bytes:
        """[tau^index]_1: 64 bytes, x and y big-endian (EIP-196).

        Raises:
            SrsTooSmallError: it holds fewer powers.
        """
        return self._native.power(_natural(index, "index"))

    def __repr__(self) -> str:
        mark = ", UNSAFE" if self.unsafe else ""
        return f"Srs(max_degree={self.max_degree}, digest=0x{self.digest.hex()}, {self.provenance!r}{mark})"

    def _repr_html_(self) -> str:
        names = ("max_degree", "digest", "unsafe", "provenance")
        return fields_html("set-up string", {name: getattr(self, name) for name in names})

    # --- what can be done with it -------------------------------------------------------------------

    def check(self) -> None:
        """Check all points (curve, order, not infinity), the generators, and that the powers are consecutive.

        e([tau^i]_1, [1]_2) = e([tau^(i-1)]_1, [tau]_2) for all i, batched with random coefficients (error
        2^-128).

        Raises:
            SrsError: the first failing condition.
        """
        self._native.check()

    def prefix(self, max_degree: int) -> Srs:
        """The string cut to powers up to ``max_degree`` (at least 1).

        Raises:
            SrsTooSmallError: it holds fewer.
        """
        return Srs(self._native.prefix(_natural(max_degree, "max_degree")))

    def to_bytes(self) -> bytes:
        """The canonical file, see ``docs/srs.md``."""
        return self._native.to_bytes()

    def save(self, path: Pathlike) -> Path:
        """Write the canonical file.

        Raises:
            StorageError: the file cannot be written.
        """
        return write_atomic(path, self.to_bytes())

    def halo2_bytes(self, k: int) -> bytes:
        """A halo2 KZG parameter file for circuits of 2^``k`` rows, as ezkl reads it; needs degree 2^k - 1.

        Instant for development strings and imported halo2 files; else the Lagrange basis is computed by an
        inverse Fourier transform over points: seconds at k = 14, a minute at k = 18.

        Raises:
            SrsTooSmallError: it holds fewer than 2^k powers.
            SrsError: k is not from 1 to 28.
        """
        return self._native.halo2_bytes(_natural(k, "k"))

    def export_halo2(self, path: Pathlike, k: int) -> Path:
        """Write :meth:`halo2_bytes`."""
        return write_atomic(path, self.halo2_bytes(k))

    def with_lagrange(self, k: int) -> Srs:
        """The same string with the Lagrange basis for :meth:`halo2_bytes` of ``k`` computed once and saved
        along.

        Raises:
            SrsTooSmallError: it holds fewer than 2^k powers.
        """
        if not 1 <= _natural(k, "k") <= 28:
            raise SrsError(f"k is {k}, expected 1 to 28.")
        return Srs(self._native.with_lagrange(k))

    def without_lagrange(self) -> Srs:
        """The same string without cached Lagrange bases: a smaller file."""
        return Srs(self._native.without_lagrange())


def _natural(value: int, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**32:
        raise SrsError(f"{what} is {value!r}, expected an integer from 0 to 2^32 - 1.")
    return value


def _degree(value: int | None) -> int | None:
    return None if value is None else _natural(value, "max_degree")


def _hash(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        digest = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        digest = b""
    if len(digest) != 64:
        raise SrsError(
            f"The expected blake2b-512 has {len(text)} characters, expected 128 hexadecimal digits.",
            remedy="Copy the hash from the ceremony's announcement.",
        )
    return digest


@contextmanager
def _naming(*paths: Pathlike) -> Iterator[None]:
    """Put the file's name in front of an error."""
    try:
        yield
    except (SrsError, StorageError) as error:
        names = ", ".join(os.fspath(path) for path in paths) or "no file"
        raise type(error)(f"{names}: {error.message}", remedy=error.remedy) from error
