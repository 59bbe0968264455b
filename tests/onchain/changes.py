"""Ways to change a proof's bytes, with the places of its points and scalars."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from dataclasses import dataclass

from zkattest.spec.points import GENERATOR_1, Q, R, encode_1, multiply

_HEADER = struct.Struct(">4sHBBBB7II6H")


@dataclass(frozen=True)
class Places:
    """Offsets in a proof with an evaluation argument: of points, of scalars, and (offset, size) of rounds'
    messages. ``values``: of the table's and the argument's polynomials at chi; ``pairing``: of [W] and [W'].
    These the pairing alone judges; all other messages decide challenges of the identity."""

    points: list[int]
    scalars: list[int]
    rounds: list[tuple[int, int]]
    values: list[int]
    pairing: list[int]

    @classmethod
    def of(cls, circuit: bytes) -> Places:
        """From the header of a circuit's encoding."""
        _, _, c, _, n1, degree, *rest = _HEADER.unpack_from(circuit)
        rows, terms = rest[:7], rest[8]
        n2 = (terms + 1).bit_length()
        places = cls([], [], [], [], [])
        at = 0

        def put(offsets: list[int], size: int, count: int) -> None:
            nonlocal at
            offsets.extend(range(at, at + size * count, size))
            at += size * count

        put(places.points, 64, sum(rows[1:]))
        put(places.scalars, 32, 1)
        for count, size in ((n1, degree), (n2, degree + 1)):
            places.rounds.extend((at + 32 * size * i, 32 * size) for i in range(count))
            put(places.scalars, 32, count * size)
        put(places.scalars, 32, degree)
        places.rounds.extend((at + 64 * i, 64) for i in range(c))
        put(places.scalars, 32, 2 * c)
        put(places.scalars, 32, 1 + sum(rows))
        put(places.points, 64, 7)
        put(places.scalars, 32, 7)
        put(places.values, 32, 15)
        places.pairing.extend((at, at + 64))
        put(places.points, 64, 2)
        return places

    @property
    def length(self) -> int:
        return self.points[-1] + 64


Change = Callable[[bytes, Places, random.Random], bytes]

#: Some points of the group.
POINTS = [encode_1(multiply(GENERATOR_1, k)) for k in (1, 2, 3, R - 1, 2**100)]


def number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 32], "big")


def put(data: bytes, at: int, part: bytes | int) -> bytes:
    part = part.to_bytes(32, "big") if isinstance(part, int) else part
    return data[:at] + part + data[at + len(part) :]


def bit(proof: bytes, places: Places, rng: random.Random) -> bytes:
    at = rng.randrange(places.values[0])
    return put(proof, at, bytes([proof[at] ^ 1 << rng.randrange(8)]))


def scalar_plus_one(proof: bytes, places: Places, rng: random.Random) -> bytes:
    at = rng.choice(places.scalars)
    return put(proof, at, (number(proof, at) + 1) % R)


def scalar_another(proof: bytes, places: Places, rng: random.Random) -> bytes:
    return put(proof, rng.choice(places.scalars), rng.choice((0, 1, R - 1, rng.randrange(R))))


def scalar_plus_r(proof: bytes, places: Places, rng: random.Random) -> bytes:
    at = rng.choice(places.scalars)
    return put(proof, at, number(proof, at) + R)


def scalar_too_large(proof: bytes, places: Places, rng: random.Random) -> bytes:
    return put(proof, rng.choice(places.scalars), rng.choice((R, R + 1, 2**256 - 1, 2**255)))


def scalars_swapped(proof: bytes, places: Places, rng: random.Random) -> bytes:
    a, b = rng.sample(places.scalars, 2)
    return put(put(proof, a, proof[b : b + 32]), b, proof[a : a + 32])


def rounds_swapped(proof: bytes, places: Places, rng: random.Random) -> bytes:
    a, size = rng.choice(places.rounds)
    b, _ = rng.choice([entry for entry in places.rounds if entry[1] == size])
    return put(put(proof, a, proof[b : b + size]), b, proof[a : a + size])


def word_zeroed(proof: bytes, places: Places, rng: random.Random) -> bytes:
    return put(proof, 32 * rng.randrange(len(proof) // 32), 0)


def point_negated(proof: bytes, places: Places, rng: random.Random) -> bytes:
    at = rng.choice(places.points[:-2]) + 32
    return put(proof, at, Q - number(proof, at))


def point_another(proof: bytes, places: Places, rng: random.Random) -> bytes:
    return put(proof, rng.choice(places.points[:-2]), rng.choice(POINTS))


def points_swapped(proof: bytes, places: Places, rng: random.Random) -> bytes:
    a, b = rng.sample(places.points[:-2], 2)
    return put(put(proof, a, proof[b : b + 64]), b, proof[a : a + 64])


def coordinate_plus_q(proof: bytes, places: Places, rng: random.Random) -> bytes:
    at = rng.choice(places.points) + 32 * rng.randrange(2)
    return put(proof, at, number(proof, at) + Q)


def point_infinite(proof: bytes, places: Places, rng: random.Random) -> bytes:
    zero, q = bytes(32), Q.to_bytes(32, "big")
    return put(proof, rng.choice(places.points), rng.choice((zero + zero, q + q, zero + q, q + zero)))


def point_off_the_curve(proof: bytes, places: Places, rng: random.Random) -> bytes:
    at = rng.choice(places.points)
    x, y = number(proof, at), number(proof, at + 32)
    x, y = rng.choice(((x, (y + 1) % Q), ((x + 1) % Q, y), (y, x), (0, y), (x, 0), (1, 1)))
    return put(put(proof, at, x), at + 32, y)


def truncated(proof: bytes, places: Places, rng: random.Random) -> bytes:
    cut = rng.choice((1, 31, 32, 64, rng.randrange(1, len(proof)), len(proof)))
    return proof[:-cut] if rng.random() < 0.5 else proof[cut:]


def extended(proof: bytes, places: Places, rng: random.Random) -> bytes:
    more = rng.choice((b"\0", bytes(32), proof[-64:], rng.randbytes(rng.randrange(1, 100))))
    return proof + more if rng.random() < 0.7 else more + proof


def message_removed(proof: bytes, places: Places, rng: random.Random) -> bytes:
    at, size = rng.choice([(at, 64) for at in places.points] + [(at, 32) for at in places.scalars])
    return proof[:at] + proof[at + size :] + (bytes(size) if rng.random() < 0.5 else b"")


def quotient_negated(proof: bytes, places: Places, rng: random.Random) -> bytes:
    at = rng.choice(places.pairing) + 32
    return put(proof, at, Q - number(proof, at))


def quotient_another(proof: bytes, places: Places, rng: random.Random) -> bytes:
    return put(proof, rng.choice(places.pairing), rng.choice(POINTS))


def quotients_swapped(proof: bytes, places: Places, rng: random.Random) -> bytes:
    a, b = places.pairing
    return put(put(proof, a, proof[b : b + 64]), b, proof[a : a + 64])


def value_plus_one(proof: bytes, places: Places, rng: random.Random) -> bytes:
    at = rng.choice(places.values)
    return put(proof, at, (number(proof, at) + 1) % R)


def value_another(proof: bytes, places: Places, rng: random.Random) -> bytes:
    return put(proof, rng.choice(places.values), rng.randrange(R))


def value_plus_r(proof: bytes, places: Places, rng: random.Random) -> bytes:
    at = rng.choice(places.values)
    return put(proof, at, number(proof, at) + R)


#: Judged before any pairing.
QUICK: tuple[Change, ...] = (
    bit,
    scalar_plus_one,
    scalar_another,
    scalar_plus_r,
    scalar_too_large,
    scalars_swapped,
    rounds_swapped,
    word_zeroed,
    point_negated,
    point_another,
    points_swapped,
    coordinate_plus_q,
    point_infinite,
    point_off_the_curve,
    truncated,
    extended,
    message_removed,
    value_plus_r,
)
#: Judged by the pairing, which costs the readable verifier most of a second.
SLOW: tuple[Change, ...] = (
    value_plus_one,
    quotient_negated,
    value_another,
    quotient_another,
    quotients_swapped,
)
