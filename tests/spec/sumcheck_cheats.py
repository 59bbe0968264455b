"""Cheating provers. Each cheat is a function that gives an instance and a proof to be refused.

Three kinds: a witness that breaks one constraint, proved by the honest algorithm; a message changed and the
rest computed from the change; an attack that would succeed if one message were absorbed after its challenge
(:data:`LATE`), and does so against a verifier that is broken in that way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from sumcheck_circuits import convolution, function, gemm, gemm_counts
from sumcheck_geometry import PLACES, geometry
from sumcheck_opening_cheats import (
    FALSE_OPENINGS,
    OPENINGS,
    FalseProver,
    HAfterZeta,
    QuotientAfterXi,
    SAfterOmega,
    ValuesAfterNu,
    ValueShifted,
    peek,
)
from sumcheck_prover import Instance, Poly, Prover, Rows, combination, eqs, inverse

from zkattest.spec.points import R
from zkattest.spec.sumcheck.circuit import COUNTS, DATA, HELPER, MASK, MODEL, OUTPUT, PUBLIC, WITNESS
from zkattest.spec.sumcheck.transcript import Transcript


class Cheat(Protocol):
    """Makes an instance and a proof to be refused; ``evaluated``: under a key with an evaluation part."""

    def __call__(self, evaluated: bool = False) -> tuple[Instance, bytes]: ...


# --- witnesses ----------------------------------------------------------------------------------------------


def changed(make: Callable[[], Instance], change: Callable[[Instance], Any]) -> Cheat:
    def cheat(evaluated: bool = False) -> tuple[Instance, bytes]:
        instance = make()
        instance.evaluated = evaluated
        assert instance.model_rows is not None  # committed before the change
        change(instance)
        return instance, Prover(instance, 3).prove()

    return cheat


def add(region: int, row: int, cell: int, value: int) -> Callable[[Instance], None]:
    def change(instance: Instance) -> None:
        instance.rows[region, row][cell] += value

    return change


def recount(instance: Instance) -> None:
    instance.rows[COUNTS, 0][:16] = gemm_counts(instance.rows)


def carry(instance: Instance) -> None:
    """u + 1 and rem - 16: the equation holds, rem is negative; the output that is shown follows."""
    instance.rows[WITNESS, 0][5] += 1
    instance.rows[WITNESS, 1][5] -= 16
    instance.public[5] += 1
    recount(instance)


def together(*changes: Callable[[Instance], Any]) -> Callable[[Instance], None]:
    def change(instance: Instance) -> None:
        for one in changes:
            one(instance)

    return change


def public(index: int, value: int) -> Callable[[Instance], None]:
    def change(instance: Instance) -> None:
        instance.public[index] += value

    return change


def helpers_changed(change: Callable[[Rows], None]) -> Callable[[Instance], None]:
    def apply(instance: Instance) -> None:
        honest = instance.helpers

        def helpers(rows: Rows, gamma: int, beta: int) -> Rows:
            made = honest(rows, gamma, beta)
            change(made)
            return made

        instance.helpers = helpers

    return apply


def shift_helpers(*shifts: tuple[int, int, int]) -> Callable[[Instance], None]:
    def change(rows: Rows) -> None:
        for row, cell, value in shifts:
            rows[HELPER, row][cell] += value

    return helpers_changed(change)


WITNESSES: dict[str, Cheat] = {
    "gemm: quotient off by one": changed(gemm, together(add(WITNESS, 0, 3, 1), public(3, 1), recount)),
    "gemm: remainder off by one": changed(gemm, together(add(WITNESS, 1, 3, 1), recount)),
    "gemm: negative remainder": changed(gemm, carry),
    "gemm: too large remainder": changed(
        gemm, together(add(WITNESS, 0, 2, -1), add(WITNESS, 1, 2, 16), public(2, -1), recount)
    ),
    "gemm: public output": changed(gemm, public(0, 1)),
    "gemm: input without its limb": changed(gemm, add(DATA, 0, 4, 1)),
    "gemm: input out of range": changed(gemm, together(add(DATA, 0, 4, 16), add(WITNESS, 2, 4, 16), recount)),
    "gemm: padding of a witness row out of range": changed(gemm, add(WITNESS, 0, 77, 16)),
    "gemm: padding of a row with an absent column": changed(gemm, add(WITNESS, 2, 127, -1)),
    "gemm: multiplicity": changed(gemm, add(COUNTS, 0, 3, 1)),
    "gemm: multiplicity moved": changed(gemm, together(add(COUNTS, 0, 3, 1), add(COUNTS, 0, 4, -1))),
    "gemm: helper": changed(gemm, shift_helpers((0, 5, 1))),
    "gemm: helpers balanced": changed(gemm, shift_helpers((0, 5, 1), (1, 9, -1))),
    "gemm: helper and table sum balanced": changed(gemm, shift_helpers((0, 5, 1), (2, 9, 1))),
    "gemm: weight other than the committed": changed(gemm, add(MODEL, 0, 64, 1)),
    "convolution: output": changed(convolution, add(OUTPUT, 0, 11, 1)),
    "convolution: pooled output": changed(convolution, add(OUTPUT, 1, 5, 1)),
    "convolution: pooled output that is shown": changed(
        convolution, together(add(OUTPUT, 1, 0, 1), public(0, 1))
    ),
    "convolution: input at the border": changed(convolution, add(DATA, 0, 0, 1)),
    "convolution: last input of the last channel": changed(convolution, add(DATA, 0, 15, 1)),
    "convolution: bias": changed(convolution, add(MODEL, 0, 2, 1)),
    "convolution: weight in the second row": changed(convolution, add(MODEL, 1, 14, 1)),
    "convolution: public output": changed(convolution, public(3, -1)),
    "function: image": changed(function, together(add(OUTPUT, 0, 4, 1), public(0, 1))),
    "function: argument": changed(function, add(DATA, 0, 16, 1)),
    "function: multiplicity": changed(function, add(COUNTS, 0, 33, 1)),
    "function: sum": changed(function, public(0, 1)),
    "function: helper and table sum balanced": changed(function, shift_helpers((0, 3, 1), (0, 20, 1))),
}

#: One copy of a number changed, element (1, 1, 4), in each place that is not the model's.
WITNESSES.update(
    {
        f"geometry: copy {number}": changed(geometry, add(place.region, cell // 128, cell % 128, 1))
        for number, place in enumerate(PLACES)
        if place.region not in (MODEL, PUBLIC)
        for cell in (place.base + place.strides[0] + place.strides[1] + 4,)
    }
)
WITNESSES["geometry: public copy"] = changed(geometry, public(PLACES[2].base + 1, 1))

# --- messages -----------------------------------------------------------------------------------------------


class ZeroSumBroken(Prover):
    """R's last cell is arbitrary."""

    def before_first(self) -> None:
        self.rows[MASK, 1][-1] += 1


class StartShifted(Prover):
    """Another S."""

    def make_start(self, start: int) -> int:
        return (start + 1) % R


class RoundShifted(Prover):
    """The first round of sum-check 1 keeps its claim and has another polynomial."""

    def round(self, which: int, index: int, coefficients: Poly) -> Poly:
        if (which, index) != (1, 0):
            return coefficients
        c0, c1, *higher = coefficients
        return [(c0 + 1) % R, (c1 - 2) % R, *higher]


class LastRoundShifted(Prover):
    """The same in the last round of sum-check 2."""

    def round(self, which: int, index: int, coefficients: Poly) -> Poly:
        if (which, index) != (2, self.circuit.n2 - 1):
            return coefficients
        c0, c1, *higher = coefficients
        return [(c0 + 1) % R, (c1 - 2) % R, *higher]


class UShifted(Prover):
    """u_1 is another value, and the claim about it too."""

    def make_u(self, u: list[int]) -> list[int]:
        return [(u[0] + 1) % R, *u[1:]]


class SwappedU(Prover):
    """u_1 and u_2 keep their product."""

    def make_u(self, u: list[int]) -> list[int]:
        return [u[1], u[0], *u[2:]]


def wrong_sum() -> Instance:
    instance = function()
    instance.public[0] += 1
    return instance


def by(prover: type[Prover], make: Callable[[], Instance] = function) -> Cheat:
    def cheat(evaluated: bool = False) -> tuple[Instance, bytes]:
        instance = make()
        instance.evaluated = evaluated
        return instance, prover(instance, 4).prove()

    return cheat


MESSAGES: dict[str, Cheat] = {
    "sum of masks not zero": by(ZeroSumBroken),
    "S shifted": by(StartShifted),
    "round of sum-check 1": by(RoundShifted),
    "round of sum-check 2": by(LastRoundShifted),
    "u shifted": by(UShifted),
    "u swapped": by(SwappedU),
    "opened value shifted": by(ValueShifted),
    **{f"opening: {name}": by(prover, wrong_sum) for name, prover in FALSE_OPENINGS.items()},
    **{f"opening: {name}": by(prover) for name, prover in OPENINGS.items()},
}

# --- the order of challenges --------------------------------------------------------------------------------


class LateTranscript(Transcript):
    """Broken: message number ``late`` is absorbed only when ``draws`` more challenges are drawn."""

    def __init__(self, late: int, draws: int, *digests: bytes) -> None:
        super().__init__(*digests)
        self._late, self._draws, self._count = late, draws, 0
        self._pending: bytes | None = None

    def absorb(self, data: bytes) -> None:
        if self._count == self._late:
            self._pending = data
        else:
            super().absorb(data)
        self._count += 1

    def draw(self) -> int:
        challenge = super().draw()
        if self._pending is not None:
            self._draws -= 1
            if self._draws == 0:
                super().absorb(self._pending)
                self._pending = None
        return challenge


def late(message: int, draws: int = 1) -> Callable[..., Transcript]:
    return lambda *digests: LateTranscript(message, draws, *digests)


class CountsAfterGamma(Prover):
    """Multiplicities that balance a remainder out of range at one gamma."""

    def before_first(self) -> None:
        gamma, _ = peek(self.transcript, 2)
        helpers = self.instance.helpers(self.rows, gamma, 0)
        missing = sum(helpers[HELPER, 0]) + sum(helpers[HELPER, 1]) - sum(helpers[HELPER, 2])
        self.rows[COUNTS, 0][0] = (self.rows[COUNTS, 0][0] + missing * gamma) % R


class HelpersAfterR(Prover):
    """Helpers that satisfy their two equations at one r."""

    def make_helpers(self) -> Rows:
        helpers = super().make_helpers()
        r = peek(self.transcript, 8)
        weights = []
        for cell in (40, 41):
            product = (self.gamma + self.rows[WITNESS, 0][cell]) * (self.gamma + self.rows[WITNESS, 1][cell])
            weights.append(eqs(r)[cell] * product % R)
        missing = sum(helpers[HELPER, 2]) - sum(helpers[HELPER, 0]) - sum(helpers[HELPER, 1])
        first = missing * weights[1] * inverse(weights[1] - weights[0]) % R
        helpers[HELPER, 0][40] = (helpers[HELPER, 0][40] + first) % R
        helpers[HELPER, 0][41] = (helpers[HELPER, 0][41] + missing - first) % R
        return helpers


class RoundAfterRho(FalseProver):
    """A first round that fits the false claim and the true polynomial at one rho_1."""

    def round(self, which: int, index: int, coefficients: Poly) -> Poly:
        super().round(which, index, coefficients)
        if (which, index) != (1, 0):
            return coefficients
        (x,) = peek(self.transcript, 1)
        constant = self.gap * inverse(2 - inverse(x)) % R
        return combination((1, coefficients), (constant, [1, -inverse(x)]))


class UAfterDelta(FalseProver):
    """A u_1 that balances the joint claim at one delta."""

    def make_u(self, u: list[int]) -> list[int]:
        (delta,) = peek(self.transcript, 1)
        others = self.w_at_sigma
        for value in u[1:]:
            others = others * value % R
        top = pow(delta, self.d1 + 2, R)
        shift = top * self.gap_at(self.rho, self.sigma) * inverse(top * others - delta * delta) % R
        return [(u[0] + shift) % R, *u[1:]]


def wrong_remainder() -> Instance:
    instance = gemm()
    carry(instance)
    return instance


#: Attack: instance, prover, and the broken order under which it succeeds.
LATE: dict[str, tuple[Callable[[], Instance], type[Prover], Callable[..., Transcript]]] = {
    "multiplicities after gamma": (wrong_remainder, CountsAfterGamma, late(0, 2)),
    "helpers after r": (wrong_remainder, HelpersAfterR, late(1, 9)),
    "round after its challenge": (wrong_sum, RoundAfterRho, late(3)),
    "u after delta": (wrong_sum, UAfterDelta, late(3 + 4 + 2)),
    "h after zeta": (wrong_sum, HAfterZeta, late(3 + 4 + 2 + 1 + 6)),
    "s after omega": (wrong_sum, SAfterOmega, late(3 + 4 + 2 + 1 + 6 + 2)),
    "values after nu": (wrong_sum, ValuesAfterNu, late(3 + 4 + 2 + 1 + 6 + 3)),
    "quotient after xi": (wrong_sum, QuotientAfterXi, late(3 + 4 + 2 + 1 + 6 + 4)),
}


def attack(name: str, *, broken: bool, evaluated: bool = False) -> tuple[Instance, bytes]:
    """The attack's proof, made under the broken order or under the real one."""
    make, prover, order = LATE[name]
    instance = make()
    instance.evaluated = evaluated
    return instance, prover(instance, 6, order if broken else Transcript).prove()
