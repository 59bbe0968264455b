"""Circuit descriptions at and beyond every rule of ``docs/protocol.md``, "Circuit"."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from sumcheck_circuits import (
    eq,
    form,
    function_circuit,
    over,
    r,
    rho,
    scalar,
    tensor,
    vector,
)
from sumcheck_encoder import encode
from sumcheck_encodings import encodings

from zkattest.spec.sumcheck.circuit import (
    COUNTS,
    DATA,
    HELPER,
    OUTPUT,
    PUBLIC,
    WITNESS,
    Affine,
    Axis,
    Circuit,
    Constants,
    Factor,
    Form,
    Functional,
    Group,
    Table,
    TableKeys,
    Tensor,
    Term,
    Vector,
    Window,
)
from zkattest.spec.sumcheck.rules import work

#: Name, bytes, whether they are a circuit.
Case = tuple[str, bytes, bool]

BASE = function_circuit()
LIMIT = 1 << 100
WORK = 1 << 26


def with_statement(*forms: Form, circuit: Circuit = BASE) -> Circuit:
    return replace(circuit, statements=(*circuit.statements, forms))


def with_functional(variables: int, *forms: Form, circuit: Circuit = BASE) -> Circuit:
    """One more functional, in no term."""
    return replace(circuit, functionals=(*circuit.functionals, Functional(variables, forms)))


def with_tensor(added: Tensor, circuit: Circuit = BASE) -> Circuit:
    return replace(circuit, tensors=(*circuit.tensors, added))


def with_term(added: Term, circuit: Circuit = BASE) -> Circuit:
    return replace(circuit, terms=(*circuit.terms, added))


def with_factor(factor: Factor, *, in_statement: bool = False) -> Circuit:
    """A factor in a scalar of its modulus."""
    one = form(1, None, Group(0, Vector(max(1, min(factor.modulus, 8)), (factor,))))
    return with_statement(one) if in_statement else with_functional(4, one)


def numbers() -> Iterator[Case]:
    def with_rows(region: int, count: int) -> Circuit:
        rows = list(BASE.rows)
        rows[region] = count
        return replace(BASE, rows=tuple(rows))

    yield "c = 5", encode(replace(BASE, c=5)), False
    yield "c = 28", encode(replace(BASE, c=28, tensors=(), functionals=(), statements=(), terms=())), True
    yield "c = 29", encode(replace(BASE, c=29, tensors=(), functionals=(), statements=(), terms=())), False
    yield "64 coordinates of r", encode(replace(BASE, r_length=64)), True
    yield "65 coordinates of r", encode(replace(BASE, r_length=65)), False
    yield "one mask row", encode(with_rows(5, 1)), False
    yield "three mask rows", encode(with_rows(5, 3)), False
    yield "unused rows", encode(with_rows(WITNESS, 7)), True
    yield "a region without the rows of its tensors", encode(with_rows(OUTPUT, 0)), False
    yield "no public integer for its tensor", encode(replace(BASE, public=0)), False
    more = replace(BASE, c=8)
    wide = with_functional(41, circuit=more)
    yield "41 variables in no term", encode(wide), False
    yield "41 variables", encode(with_term(Term(0, 1, (2,)), wide)), False
    forty = with_functional(40, circuit=more)
    yield "40 variables", encode(with_term(Term(0, 1, (2,)), forty)), True
    for name, variables, factors, terms in (
        ("masks end before the first free cell: K = 30", 6, 2, 30),
        ("masks reach it: K = 31", 6, 2, 31),
        ("three factors", 4, 3, 2),
        ("three factors: K = 7", 4, 3, 7),
        ("K = 3", 4, 2, 3),
        ("K = 63", 4, 2, 63),
    ):
        own, n2 = Term(0, 1, (2,) * factors), (terms + 1).bit_length()
        circuit = replace(with_functional(variables), terms=(own,) * terms)
        masks = variables * factors + 1 + n2 * (factors + 1) + factors
        yield name, encode(circuit), masks <= min(64 - b - 2**i for b in (1, 2) for i in range(1, 6))
    yield "K = 0", encode(replace(BASE, terms=())), True


def tables_and_tensors() -> Iterator[Case]:
    yield "table of 2^16 keys", encode(replace(BASE, tables=(*BASE.tables, Table(16, 0, None)))), True
    yield "table of 2^17 keys", encode(replace(BASE, tables=(*BASE.tables, Table(17, 0, None)))), False
    yield "table of one key", encode(replace(BASE, tables=(*BASE.tables, Table(0, -5, (7,))))), True
    for name, low, valid in (("2^63 - 2", 2**63 - 2, True), ("2^63 - 1", 2**63 - 1, False)):
        added_table = Table(1, low, None)
        yield f"two keys from {name} on", encode(replace(BASE, tables=(*BASE.tables, added_table))), valid
    for name, added, valid in (
        ("empty axis", Tensor(DATA, 0, (Axis(0, 1),)), False),
        ("axis larger than its room", Tensor(DATA, 0, (Axis(5, 4),)), False),
        ("one cell", tensor(DATA, 63), True),
        ("one cell outside", tensor(DATA, 64), False),
        ("whole row", tensor(DATA, 0, 64), True),
        ("last element inside, room outside", tensor(DATA, 63, (1, 3), 1), True),
        ("last element outside", tensor(DATA, 62, (2, 3), 2), False),
        ("base no multiple of the inner part", tensor(DATA, 4, 8), False),
        ("base a multiple of the inner part alone", tensor(DATA, 8, 3, 8), True),
        ("inner part as long as it can be", tensor(DATA, 32, 2, 16), True),
        ("inner part as long as it can be, unaligned", tensor(DATA, 16, 2, 16), False),
        ("axis of 3 in the middle", tensor(DATA, 2, 2, 3, 2), True),
        ("axis of 3 at the end", tensor(DATA, 1, 2, 3), True),
        ("unaligned public tensor", tensor(PUBLIC, 0, (1, 2)), True),
        ("public tensor too long", tensor(PUBLIC, 0, 2), False),
        ("in the mask rows", tensor(5, 0), False),
        ("in the rows of counts", tensor(COUNTS, 63), True),
        ("in the helper rows", tensor(HELPER, 63), True),
        ("2^64 cells", Tensor(DATA, 0, (Axis(2, 2**32 - 1), Axis(1, 2**32 - 1))), False),
        ("one element, stride near 2^64", Tensor(DATA, 0, (Axis(1, 2**32 - 1),) * 3), True),
        ("one element, stride over 2^64", Tensor(DATA, 0, (Axis(1, 2**32 - 1),) * 4), False),
        ("base 2^62 - 1", tensor(DATA, 2**62 - 1), False),
    ):
        yield f"tensor: {name}", encode(with_tensor(added)), valid
    wide = replace(BASE, public=2**32 - 1)
    yield "tensor: public, unaligned", encode(with_tensor(tensor(PUBLIC, 3, 8), wide)), True
    spanning = replace(BASE, rows=(0, 1, 1, 4, 1, 2, 1))
    for name, base, valid in (("aligned rows", 64, True), ("unaligned rows", 32, False)):
        yield f"tensor: {name}", encode(with_tensor(tensor(WITNESS, base, 2, 64), spanning)), valid


def forms() -> Iterator[Case]:
    x = 0  # [12 of 16], data
    two = tensor(DATA, 0, 2, 4)
    more = with_tensor(two)
    y = len(BASE.tensors)
    both = Group(2, vector(8))
    for name, added, valid in (
        ("coefficient 2^100 - 1", form(LIMIT - 1, None), True),
        ("coefficient 1 - 2^100", form(1 - LIMIT, None), True),
        ("coefficient 2^100", form(LIMIT, None), False),
        ("coefficient -2^100", form(-LIMIT, None), False),
        ("coefficient -2^127", form(-(2**127), None), False),
        ("unknown tensor", form(1, y + 1, over(2), over(4)), False),
        ("axes of a group cover one axis", form(1, x, over(12)), True),
        ("no group for an axis", form(1, x), False),
        ("one group for two axes", form(1, y, over(2)), False),
        ("groups over each axis", form(1, y, over(2), over(4)), True),
        ("a group over both axes", form(1, y, both), True),
        ("a group too many", form(1, y, both, over(1)), False),
        ("a group of three axes", form(1, y, Group(3, vector(8))), False),
        ("scalars between groups", form(1, y, scalar(3), over(2), scalar(5), over(4), scalar(1)), True),
        ("vector larger than its axis", form(1, x, over(13)), False),
        ("vector as large as the room of its axis", form(1, x, over(16)), False),
        ("group with axes and no tensor", form(1, None, over(1)), False),
        ("empty scalar", form(1, None, scalar(0)), False),
        ("scalar of one", form(1, None, scalar(1)), True),
        ("one cell without groups", form(1, 5), True),
    ):
        yield f"form: {name}", encode(with_statement(added, circuit=more)), valid
    for name, parts, valid in (
        ("rho once", (rho(0, 4),), True),
        ("rho in two disjoint slices", (rho(0, 2), rho(2, 2)), True),
        ("rho twice: not multilinear", (rho(0, 2), rho(1, 2)), False),
        ("r once", (r(0, 4),), True),
        ("r in two disjoint slices", (r(0, 2), r(2, 2)), True),
        ("r twice: not multilinear", (r(0, 2), r(1, 2)), False),
        ("the same coordinates of r and rho", (r(0, 4), rho(0, 4)), True),
        ("empty slices at one place", (rho(1, 0), rho(1, 0), rho(0, 4)), True),
    ):
        vectors = [scalar(1 << part.length, part) for part in parts]
        yield f"form: {name}", encode(with_functional(4, form(1, None, *vectors))), valid


def factors() -> Iterator[Case]:
    def case(name: str, factor: Factor, valid: bool, in_statement: bool = False) -> Case:
        return f"factor: {name}", encode(with_factor(factor, in_statement=in_statement)), valid

    yield case("div 0", replace(eq(r(0, 2), 4), div=0), False)
    yield case("div 2^32 - 1", replace(eq(r(0, 2), 4), div=2**32 - 1), True)
    yield case("modulus 0", eq(r(0, 2), 0), False)
    yield case("Eq with fewer entries", eq(r(0, 2), 3), True)
    yield case("Eq with too many entries", eq(r(0, 2), 5), False)
    yield case("Eq of no coordinate", eq(r(4, 0), 1), True)
    yield case("end of r", eq(r(2, 2), 4), True)
    yield case("past the end of r", eq(r(3, 2), 4), False)
    yield case("empty slice past the end of r", eq(r(5, 0), 1), False)
    yield case("end of rho", eq(rho(2, 2), 4), True)
    yield case("past the end of rho", eq(rho(3, 2), 4), False)
    yield case("rho in a statement", eq(rho(0, 2), 4), False, True)
    yield case("empty slice of rho in a statement", eq(rho(0, 0), 1), False, True)

    affine = Affine(r(0, 2), 0, 4, 3, 2, -1, 5)
    for name, kind, valid in (
        ("Affine", affine, True),
        ("Affine from 3 to 4", replace(affine, first=3), True),
        ("Affine without outputs", replace(affine, first=4), True),
        ("Affine from 5 to 4", replace(affine, first=5), False),
        ("Affine to 5 of 4", replace(affine, end=5), False),
        ("Affine without taps", replace(affine, taps=0), False),
        ("Affine of rho", replace(affine, slice=rho(0, 2)), False),
        ("Affine with stride 0", replace(affine, stride=0), True),
        (
            "Affine with extreme steps",
            replace(affine, stride=-(2**63), dilation=2**63 - 1, offset=-(2**63)),
            True,
        ),
    ):
        yield case(name, Factor(1, 8, kind), valid)
        yield case(f"{name}, in a statement", Factor(1, 8, kind), valid, True)

    window = Window(r(0, 2), rho(0, 3), 4, 8, 2, 1, -1)
    for name, changed, valid in (
        ("Window", window, True),
        ("Window of fewer", replace(window, outputs=0, inputs=0), True),
        ("Window of 5 outputs of 4", replace(window, outputs=5), False),
        ("Window of 9 inputs of 8", replace(window, inputs=9), False),
        ("Window with outputs of rho", replace(window, output=rho(3, 1), outputs=1), False),
        ("Window with inputs of r", replace(window, input=r(0, 3)), False),
        ("Window past the end of rho", replace(window, input=rho(2, 3)), False),
    ):
        yield case(name, Factor(1, 3, changed), valid)
    yield case("Window in a statement", Factor(1, 3, window), False, True)

    yield case("constants", Factor(1, 3, Constants((LIMIT - 1, 0, 1 - LIMIT))), True)
    yield case("constant 2^100", Factor(1, 2, Constants((0, LIMIT))), False)
    yield case("constant -2^100", Factor(1, 2, Constants((-LIMIT, 0))), False)
    yield case("table", Factor(3, 16, TableKeys(0)), True)
    yield case("half a table", Factor(1, 8, TableKeys(0)), False)
    yield case("twice a table", Factor(1, 32, TableKeys(0)), False)
    yield case("unknown table", Factor(1, 16, TableKeys(1)), False)
    yield case("table in a statement", Factor(1, 16, TableKeys(0)), True, True)


def terms() -> Iterator[Case]:
    for name, added, valid in (
        ("one more", Term(0, -5, (1, 0)), True),
        ("of the last statement", Term(3, 1, (0,)), True),
        ("unknown statement", Term(4, 1, (0,)), False),
        ("unknown functional", Term(0, 1, (0, 2)), False),
        ("no factor", Term(0, 1, ()), False),
        ("coefficient 2^100", Term(0, LIMIT, (0,)), False),
        ("coefficient 1 - 2^100", Term(0, 1 - LIMIT, (0,)), True),
        ("a factor without r twice", Term(0, 1, (1, 1)), True),
        ("a factor with r twice", Term(0, 1, (0, 1, 0)), False),
    ):
        yield f"term: {name}", encode(with_term(added)), valid
    other = with_functional(3)
    yield "term: factors of other variables", encode(with_term(Term(0, 1, (0, 2)), other)), False
    yield "term: fewer variables", encode(with_term(Term(0, 1, (2, 2)), other)), True
    for name, one, another, valid in (
        ("factors with coordinates of r apart", (r(0, 1), r(2, 1)), (r(1, 1), r(3, 1)), True),
        ("factors with a coordinate of r in common", (r(0, 1), r(2, 1)), (r(1, 1), r(2, 2)), False),
        ("a coordinate of r in several forms of a factor", (r(0, 2), r(1, 2)), (r(3, 1),), True),
    ):
        both = BASE
        for parts in (one, another):
            both = with_functional(4, *(form(1, None, scalar(2, part)) for part in parts), circuit=both)
        yield f"term: {name}", encode(with_term(Term(0, 1, (2, 3)), both)), valid
    none = with_functional(0)
    yield "term: no variables", encode(with_term(Term(0, 1, (2,)), none)), True


def limits() -> Iterator[Case]:
    left = WORK - work(BASE)

    def case(name: str, added: Form, valid: bool, circuit: Circuit = BASE) -> Case:
        return f"work: {name}", encode(with_statement(added, circuit=circuit)), valid

    yield case("2^26", form(1, None, scalar(left)), True)
    yield case("2^26 + 1", form(1, None, scalar(left + 1)), False)
    twice = Factor(1, 1, Constants((2,)))
    yield case("two factors over 2^24", form(1, None, Group(0, Vector(2**24, (twice,) * 2))), True)
    yield case("three factors over 2^24", form(1, None, Group(0, Vector(2**24, (twice,) * 3))), False)
    yield case("two vectors", form(1, None, scalar(left - 5), scalar(6)), False)

    def sums(kind: Any, modulus: int) -> Form:
        return form(1, None, Group(0, Vector(1, (Factor(1, modulus, kind),))))

    affine = Affine(r(0, 2), 0, 1, left - 2, 1, 1, 0)
    yield case("taps", sums(affine, 1), True)
    yield case("a tap too many", sums(replace(affine, taps=left - 1), 1), False)
    yield case("outputs times taps", sums(replace(affine, end=4, taps=2**24), 1), False)
    wide = with_functional(4, sums(Window(r(0, 2), rho(0, 2), 1, 4, 1, 1, 0), left - 6))
    yield "work: outputs times modulus", encode(wide), True
    wide = with_functional(4, sums(Window(r(0, 2), rho(0, 2), 1, 4, 1, 1, 0), left - 5))
    yield "work: outputs times modulus, one too many", encode(wide), False
    many = replace(BASE, rows=(0, 1, 1, 2**24, 1, 2, 1))
    blocks = with_tensor(tensor(WITNESS, 0, (2**14, 2**14 + 1), (2**14, 2**14 + 1)), many)
    yield case("2^28 blocks", form(1, 6, over(2**14), over(2**14)), False, blocks)
    known = replace(BASE, public=2**28)
    elements = with_tensor(tensor(PUBLIC, 0, 2**22, 64), known)
    yield case("2^28 public integers, 2^22 by 64", form(1, 6, over(2**22), over(64)), False, elements)
    fewer = with_tensor(tensor(WITNESS, 0, (2**12, 2**12 + 1), (2**12, 2**12 + 1)), many)
    yield case("2^24 blocks", form(1, 6, over(2**12), over(2**12)), True, fewer)


SECTIONS: tuple[Callable[[], Iterator[Case]], ...] = (
    encodings,
    numbers,
    tables_and_tensors,
    forms,
    factors,
    terms,
    limits,
)


def all_cases() -> list[Case]:
    return [case for section in SECTIONS for case in section()]
