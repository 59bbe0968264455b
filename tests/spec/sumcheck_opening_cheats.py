"""Cheating openings: false values of polynomials, quotients of others, and messages after their challenge."""

from __future__ import annotations

import copy

from sumcheck_prover import Poly, Prover, combination, evaluate, inverse

from zkattest.spec.points import R
from zkattest.spec.sumcheck.transcript import Transcript

#: What the seven values are of.
VALUES = ("g(omega)", "g(1/omega)", "h(omega)", "h(1/omega)", "s(omega)", "s(1/omega)", "h(zeta)")


class ValueShifted(Prover):
    """g(omega) is another value, opened by an honest quotient."""

    def make_values(self, values: list[int]) -> list[int]:
        return [(values[0] + 1) % R, *values[1:]]


def peek(transcript: Transcript, draws: int) -> list[int]:
    """The next challenges, as far as the next message does not decide them."""
    ahead = copy.copy(transcript)
    ahead.absorb(b"")
    return [ahead.draw() for _ in range(draws)]


class FalseProver(Prover):
    """Keeps count of by how much the claims of a false statement are off."""

    def round(self, which: int, index: int, coefficients: Poly) -> Poly:
        if (which, index) == (1, 0):
            self.gap = (self.start - coefficients[0] - sum(coefficients)) % R
        return coefficients

    def gap_at(self, *points: list[int]) -> int:
        """c_1 follows from the claim, so a claim that is off by e leaves one that is off by e * x."""
        gap = self.gap
        for point in points:
            for x in point:
                gap = gap * x % R
        return gap

    def opened_gap(self) -> int:
        """By how much the value that is claimed of F at z is off: sum-check 3 takes g2(sigma) as given."""
        top = pow(self.delta, self.d1 + 2, R)
        return top * self.gap_at(self.rho, self.sigma, self.z) % R

    def value_weights(self) -> list[int]:
        """What the seven values are multiplied by in the identity, brought to its left side."""
        w, other = self.omega, inverse(self.omega)
        of_low = [evaluate(self.low, x) for x in (other, w)]
        of_high = [self.eta * evaluate(self.high, x) for x in (other, w)]
        return [*of_low, *of_high, -w, -other, -2]


class HAfterZeta(FalseProver):
    """An h with the right value at one zeta and the claimed inner product."""

    def make_h(self, h: Poly) -> Poly:
        (zeta,) = peek(self.transcript, 1)
        scale = self.opened_gap() * inverse(self.high[1] - zeta * self.high[0]) % R
        return combination((1, h), (scale, [-zeta, 1]))


class SAfterOmega(FalseProver):
    """An s for which the identity holds at one omega."""

    def make_s(self, s: Poly) -> Poly:
        (omega,) = peek(self.transcript, 1)
        scale = -2 * self.eta * self.opened_gap() * inverse(omega + inverse(omega))
        return combination((1, s), (scale, [1]))


class ValuesAfterNu(FalseProver):
    """h(omega) and s(omega) that are wrong by as much as cancels in W's pole at omega, at one nu."""

    def make_values(self, values: list[int]) -> list[int]:
        (nu,) = peek(self.transcript, 1)
        ratio = -inverse(nu * (self.omega - self.zeta))
        weights = self.value_weights()
        shift = 2 * self.eta * self.opened_gap() * inverse(weights[2] + ratio * weights[4])
        changed = list(values)
        changed[2] = (values[2] + shift) % R
        changed[4] = (values[4] + ratio * shift) % R
        return changed


class FalseValue(FalseProver):
    """The identity holds for a false value of F, and one value with it is false."""

    index = 6

    def make_values(self, values: list[int]) -> list[int]:
        shift = 2 * self.eta * self.opened_gap() * inverse(self.value_weights()[self.index])
        changed = list(values)
        changed[self.index] = (values[self.index] + shift) % R
        return changed


class QuotientAfterXi(FalseValue):
    """A W that fits a false h(zeta) at one xi."""

    def make_quotient(self, quotient: Poly) -> Poly:
        (xi,) = peek(self.transcript, 1)
        missing = evaluate(self.dividend(quotient, xi), xi)
        return combination((1, quotient), (missing * inverse(xi - self.omega), [1]))


class LongRemainder(FalseProver):
    """A g of degree b1, whose leading coefficient takes part in no inner product: X^(b1 - 1) g(1/X) is no
    polynomial, so that its value at omega is not d's."""

    def make_h(self, h: Poly) -> Poly:
        self.shift = self.opened_gap() * inverse(self.high[0]) % R
        return combination((1, h), (self.shift, [1]))

    def make_division(self, q: Poly, g: Poly) -> tuple[Poly, Poly]:
        scale = -self.shift * inverse(self.zeta * self.low[0])
        divisor = [-self.zeta, *[0] * (len(g) - 1), 1]
        return combination((1, q), (-scale, [1])), combination((1, g), (scale, divisor))


def false_value(index: int) -> type[FalseValue]:
    return type("FalseValue", (FalseValue,), {"index": index})


class QuotientShifted(Prover):
    """W is of another polynomial, and W' follows from it."""

    def make_quotient(self, quotient: Poly) -> Poly:
        return combination((1, quotient), (1, [1]))


class QuotientAtXiShifted(Prover):
    """W' is of another polynomial."""

    def make_quotient_at_xi(self, quotient: Poly) -> Poly:
        return combination((1, quotient), (1, [0, 1]))


class QuotientOfAnother(Prover):
    """W' opens a W that was not sent."""

    def dividend(self, quotient_of_all: Poly, xi: int) -> Poly:
        return super().dividend(combination((1, quotient_of_all), (1, [0, 1])), xi)


#: For a false statement, the identity holds, and one opened value is false.
FALSE_OPENINGS: dict[str, type[Prover]] = {
    **{f"{name} is false": false_value(index) for index, name in enumerate(VALUES)},
    "g is too long": LongRemainder,
}

#: For a true statement with true values.
OPENINGS: dict[str, type[Prover]] = {
    "W of another polynomial": QuotientShifted,
    "W' of another polynomial": QuotientAtXiShifted,
    "W' opens another W": QuotientOfAnother,
}
