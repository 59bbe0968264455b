"""Independent encoders of foreign set-up strings: plain integers, py-ecc and hashlib, no Rust."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from pathlib import Path

from zkattest.spec.points import GENERATOR_1, GENERATOR_2, Q, R, encode_1, encode_2, multiply

FIXTURES = Path(__file__).parent / "fixtures"

TAU = 0x2B5A1D6E0F4C3B2A19087F6E5D4C3B2A190807060504030201FFEEDDCCBBAA99


def integers(point: bytes) -> list[int]:
    """Coordinates of a canonical point, in its order."""
    return [int.from_bytes(point[i : i + 32], "big") for i in range(0, len(point), 32)]


@cache
def g1(scalar: int) -> list[int]:
    """x, y of scalar * G."""
    return integers(encode_1(multiply(GENERATOR_1, scalar % R)))


@cache
def g2(scalar: int) -> list[int]:
    """x.c0, x.c1, y.c0, y.c1 of scalar * H."""
    x1, x0, y1, y0 = integers(encode_2(multiply(GENERATOR_2, scalar % R)))
    return [x0, x1, y0, y1]


def words(value: int) -> bytes:
    """Aztec: four 64-bit words, least significant first, each big-endian."""
    return b"".join((value >> (64 * i) & (2**64 - 1)).to_bytes(8, "big") for i in range(4))


def montgomery(value: int) -> bytes:
    """snarkjs and halo2: value * 2^256 mod q, little-endian."""
    return (value * 2**256 % Q).to_bytes(32, "little")


def transcript(
    number: int,
    start: int,
    points: list[list[int]],
    *,
    transcripts: int,
    total: int,
    g2_points: list[list[int]] | None = None,
    tamper: dict[int, int] | None = None,
) -> bytes:
    """An ignition transcript. ``tamper`` overrides manifest fields by index, before the checksum."""
    g2_points = ([g2(TAU), g2(3)] if number == 0 else []) if g2_points is None else g2_points
    manifest = [number, transcripts, total, 1, len(points), len(g2_points), start]
    for index, value in (tamper or {}).items():
        manifest[index] = value
    data = b"".join(field.to_bytes(4, "big") for field in manifest)
    data += b"".join(words(value) for point in [*points, *g2_points] for value in point)
    return data + blake2b(data).digest()


def ignition(sizes: list[int], tau: int = TAU) -> list[bytes]:
    """Consecutive transcripts holding tau^1, tau^2, ...; ``sizes`` points each."""
    total, files, start = sum(sizes), [], 0
    for number, size in enumerate(sizes):
        points = [g1(pow(tau, start + i + 1, R)) for i in range(size)]
        g2_points = [g2(tau), g2(3)] if number == 0 else []
        files.append(
            transcript(number, start, points, transcripts=len(sizes), total=total, g2_points=g2_points)
        )
        start += size
    return files


def ptau(
    power: int,
    tau: int = TAU,
    *,
    g1_points: list[list[int]] | None = None,
    g2_points: list[list[int]] | None = None,
    modulus: int = Q,
    version: int = 1,
    order: tuple[int, ...] = (1, 2, 3),
    ceremony_power: int | None = None,
) -> bytes:
    """A minimal ``.ptau`` with the three sections that matter, in ``order``."""
    g1_points = g1_points or [g1(pow(tau, i, R)) for i in range(2 ** (power + 1) - 1)]
    g2_points = g2_points or [g2(pow(tau, i, R)) for i in range(2**power)]
    header = (32).to_bytes(4, "little") + modulus.to_bytes(32, "little") + power.to_bytes(4, "little")
    header += (power if ceremony_power is None else ceremony_power).to_bytes(4, "little")
    sections = {
        1: header,
        2: b"".join(montgomery(value) for point in g1_points for value in point),
        3: b"".join(montgomery(value) for point in g2_points for value in point),
    }
    data = b"ptau" + version.to_bytes(4, "little") + len(order).to_bytes(4, "little")
    for number in order:
        data += number.to_bytes(4, "little") + len(sections[number]).to_bytes(8, "little") + sections[number]
    return data


def halo2(k: int, tau: int = TAU) -> bytes:
    """A halo2 parameter file, its Lagrange basis from the secret."""
    n = 2**k
    root = pow(7, (R - 1) // n, R)
    roots = [pow(root, j, R) for j in range(n)]
    basis = [(pow(tau, n, R) - 1) * w * pow(n * (tau - w), -1, R) for w in roots]
    points = [g1(pow(tau, i, R)) for i in range(n)] + [g1(value) for value in basis]
    data = k.to_bytes(4, "little") + b"".join(montgomery(v) for point in points for v in point)
    return data + b"".join(montgomery(value) for point in (g2(1), g2(tau)) for value in point)
