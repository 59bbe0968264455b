"""Bytes beside the one encoding of a circuit, and at the limits of it (``docs/protocol.md``, "Encoding")."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace

from sumcheck_circuits import (
    convolution_circuit,
    form,
    function_circuit,
    gemm_circuit,
    over,
    r,
    rho,
    scalar,
    tensor,
)
from sumcheck_encoder import Sections, encode, int_, long_var, u, var

from zkattest.spec.sumcheck.circuit import (
    DATA,
    Constants,
    Factor,
    Functional,
    Group,
    Tensor,
    Vector,
)

#: Name, bytes, whether they are a circuit.
Case = tuple[str, bytes, bool]

BASE = function_circuit()
EMPTY = replace(BASE, tables=(), tensors=(), functionals=(), statements=(), terms=())
NOTHING = Sections.of(EMPTY)
#: A kernel: a sum of one entry, without factors.
ONE = u(1, 0, 64, 1)


def with_form(added: bytes, *kernels: bytes) -> bytes:
    """One statement, of one form."""
    return replace(NOTHING, kernels=kernels, statements=(var(1) + added,)).join(EMPTY)


def with_kernel(kernel: bytes) -> bytes:
    """A statement of the sum of a kernel."""
    return with_form(u(1, 1) + int_(1) + var(0), kernel)


def with_factor(factor: bytes, size: int = 4) -> bytes:
    """A kernel with a factor, and so not plain."""
    return with_kernel(u(1, 0, 1) + var(size) + factor)


def of_the_whole() -> Iterator[Case]:
    good = encode(BASE)
    yield "function circuit", good, True
    yield "gemm circuit", encode(gemm_circuit()), True
    yield "convolution circuit", encode(convolution_circuit()), True
    yield "nothing", b"", False
    yield "magic", b"ZKCJ" + good[4:], False
    for version in (0, 1, 3):
        yield f"version {version}", good[:4] + u(2, version) + good[6:], False
    yield "header", good[:54], False
    yield "last byte missing", good[:-1], False
    yield "half of it", good[: len(good) // 2], False
    yield "trailing byte", good + b"\0", False
    yield "no lists", encode(EMPTY), True
    for name, own in (("n1", {"n1": 3}), ("n1", {"n1": 5}), ("D", {"d1": 1}), ("D", {"d1": 3})):
        yield f"{name} {next(iter(own.values()))}", Sections.of(BASE).join(BASE, **own), False
    for at, section in enumerate(fields(Sections)):
        counts = 42 + 2 * at
        for what, step in (("more", 1), ("fewer", -1)):
            count = u(2, int.from_bytes(good[counts : counts + 2], "big") + step)
            yield f"{section.name}: one {what}", good[:counts] + count + good[counts + 2 :], False
        yield f"{section.name}: 65,535", good[:counts] + b"\xff\xff" + good[counts + 2 :], False
    yield "1024 empty statements", replace(NOTHING, statements=(var(0),) * 1024).join(EMPTY), True


def integers() -> Iterator[Case]:
    for name, size, log in (("1 in 2 bytes", 1, 1), ("63 in 2", 63, 1), ("64 in 4", 64, 2), ("1 in 8", 1, 3)):
        yield f"var: {name}", with_kernel(u(1, 0, 64) + long_var(size, log)), False
    for name, size, log in (("63 in 1", 63, 0), ("64 in 2", 64, 1), ("2^14 - 1 in 2", 2**14 - 1, 1)):
        yield f"var: {name}", with_kernel(u(1, 0, 64) + long_var(size, log)), True
    for name, size, log in (("2^14 in 4", 2**14, 2), ("2^30 in 8: too much work", 2**30, 3)):
        yield f"var: {name}", with_kernel(u(1, 0, 64) + long_var(size, log)), size < 2**20
    yield "var: 2^30 - 1 forms", replace(NOTHING, statements=(long_var(2**30 - 1, 2),)).join(EMPTY), False
    yield "var: 2^62 - 1 forms", replace(NOTHING, statements=(long_var(2**62 - 1, 3),)).join(EMPTY), False
    yield "var: size 2^32 + 1", with_kernel(u(1, 0, 64) + var(2**32 + 1)), False
    for name, coefficient, valid in (
        ("zero", b"\0", True),
        ("minus one", b"\x81\x01", True),
        ("256", b"\x02\x01\x00", True),
        ("2^100 - 1", int_(2**100 - 1), True),
        ("negative zero", b"\x80", False),
        ("zero in a byte", b"\x01\x00", False),
        ("one in two bytes", b"\x02\x00\x01", False),
        ("2^127", int_(2**127), False),
        ("17 bytes", b"\x11" + b"\1" * 17, False),
        ("127 bytes", b"\x7f" + b"\1" * 127, False),
        ("fewer bytes than it says", b"\x10", False),
    ):
        yield f"int: {name}", with_form(u(1, 0) + coefficient), valid
    for value, valid in ((-(2**63), True), (-(2**63) - 1, False), (2**63 - 2, True), (2**63, False)):
        tables = (u(1, 1) + int_(value) + u(1, 0),)
        yield f"int: table from {value} on", replace(NOTHING, tables=tables).join(EMPTY), valid
        affine = u(1, 0x81, 2, 0) + var(0, 4, 1) + int_(value, 1, 1)
        yield f"int: stride {value}", with_factor(affine), abs(value + 1) < 2**63


def sections() -> Iterator[Case]:
    good = Sections.of(BASE)
    first, *others = good.terms
    yield (
        "term: variables 3",
        replace(good, terms=(first[:1] + u(1, 3) + first[2:], *others)).join(BASE),
        False,
    )
    yield (
        "term: variables 5",
        replace(good, terms=(first[:1] + u(1, 5) + first[2:], *others)).join(BASE),
        False,
    )
    (table,) = good.tables
    flag = 2 + (table[1] & 127)
    changed = table[:flag] + u(1, 2) + table[flag + 1 :]
    yield "table: flag 2", replace(good, tables=(changed,)).join(BASE), False
    head = tensor(DATA, 0, (3, 4), 16)
    region, q, span, *rest = encode_tensor(head)
    for name, numbers, valid in (
        ("as it is", (region, q, span), True),
        ("region 8", (8, q, span), False),
        ("inner part of 2^5", (region, q - 1, span), False),
        ("inner part of 2^7", (region, q + 1, span), False),
        ("span one less", (region, q, span - 1), False),
        ("span one more", (region, q, span + 1), False),
        ("span of one axis", (region, q, span - 2), False),
        ("no span", (region, q, 0), False),
    ):
        added = (*good.tensors, bytes((*numbers, *rest)))
        yield f"tensor: {name}", replace(good, tensors=added).join(BASE), valid
    for unit, valid in ((0, True), (1, True), (2, True), (3, False)):
        yield f"form of unit {unit}", with_form(u(1, unit << 6) + int_(1)), valid
    yield "form with 31 groups", with_form(u(1, 31) + int_(1) + var(0) * 31, ONE), True


def encode_tensor(added: Tensor) -> bytes:
    return Sections.of(replace(BASE, tensors=(added,))).tensors[0]


def kernels() -> Iterator[Case]:
    one, two, three = (u(1, 0, 64, size) for size in (1, 2, 3))
    both = u(1, 2) + int_(1) + var(0, 1)
    twice = u(1, 2) + int_(1) + var(0, 0)
    yield "kernels: two", with_form(both, one, two), True
    yield "kernels: one twice", with_form(twice, one), True
    yield "kernels: a duplicate", with_form(both, one, one), False
    yield "kernels: one unused", with_form(twice, one, two), False
    yield "kernels: an unused duplicate", with_form(twice, one, one), False
    yield "kernels: the first unused", with_form(u(1, 1) + int_(1) + var(1), one, two), False
    yield "kernels: swapped", with_form(u(1, 2) + int_(1) + var(1, 0), one, two), False
    yield "kernels: one skipped", with_form(u(1, 3) + int_(1) + var(0, 2, 1), one, two, three), False
    yield "kernels: unknown", with_form(both, one), False
    for name, head, valid in (
        ("plain, without factors", 64, True),
        ("without factors, not plain", 0, False),
        ("bit 7", 64 + 128, False),
    ):
        yield f"kernel: {name}", with_kernel(u(1, 0, head, 1)), valid
    part = u(1, 2, 0)
    yield "kernel: Eq, plain", with_kernel(u(1, 0, 65, 4) + part), True
    yield "kernel: Eq, not plain", with_kernel(u(1, 0, 1, 4, 0x80) + part), False
    yield "kernel: Eq, neither plain nor whole", with_kernel(u(1, 0, 1, 4, 0, 1, 4) + part), False
    yield "kernel: Eq with div 2", with_kernel(u(1, 0, 1, 4, 0, 2, 4) + part), True
    yield "kernel: Eq with modulus 2", with_kernel(u(1, 0, 1, 4, 0, 1, 2) + part), True
    mixed = u(1, 0, 2, 4, 0, 2, 2) + u(1, 1, 0)
    yield "kernel: a whole Eq beside another", with_kernel(mixed + u(1, 0x80, 2, 1)), True
    yield "kernel: a whole Eq beside another, not whole", with_kernel(mixed + u(1, 0, 1, 4, 2, 1)), False
    yield "kernel: 63 factors", with_kernel(u(1, 0, 127, 1) + u(1, 0, 0) * 63), True
    yield "kernel: factor of kind 5", with_factor(u(1, 0x85) + part), False
    yield "kernel: factor of kind 127", with_factor(u(1, 0xFF) + part), False
    yield "kernel: slice of 127 coordinates", with_kernel(u(1, 0, 65, 1, 127, 0)), False
    yield "kernel: slice of rho", with_kernel(u(1, 0, 65, 4, 128 + 2, 0)), False
    yield "kernel: empty slice of rho", with_kernel(u(1, 0, 65, 1, 128, 0)), False


def constants() -> Iterator[Case]:
    for name, listed, valid in (
        ("none", var(0), True),
        ("the first", var(1, 0) + int_(5), True),
        ("the last", var(1, 3) + int_(5), True),
        ("one beyond", var(1, 4) + int_(5), False),
        ("the first and the last", var(2, 0) + int_(5) + var(2) + int_(-1), True),
        ("one beyond, after another", var(2, 0) + int_(5) + var(3) + int_(1), False),
        ("a zero", var(1, 0) + int_(0), False),
        ("fewer than it says", var(2, 0) + int_(5), False),
        ("2^62 - 1 of them", var(2**62 - 1), False),
    ):
        yield f"constants: {name}", with_factor(u(1, 0x83) + listed), valid
    for modulus, valid in ((65_535, True), (65_536, False), (2**32 - 1, False)):
        factor = u(1, 3) + var(1, modulus) + var(0)
        yield f"constants: {modulus} zeros", with_factor(factor), valid
    zeros, small = Factor(1, 65_535, Constants((0,) * 65_535)), Factor(1, 4, Constants((0,) * 4))

    def many(*last: Group) -> bytes:
        """65,536 factors and constants in each of 16 groups."""
        return encode(replace(EMPTY, statements=((form(1, None, *[scalar(4, zeros)] * 16, *last),),)))

    yield "parts: 2^20", many(scalar(4)), True
    yield "parts: 2^20 + 1", many(scalar(4, r(0, 2))), False
    yield "parts: 2^20 + 5", many(scalar(4, small)), False
    wide = [u(1, 0, 1) + var(4) + u(1, 3) + var(i + 1, 65_535) + var(0) for i in range(64)]
    yield "parts: 2^22 in kernels of ten bytes", with_form(u(1, 0) + int_(1), *wide), False
    references = u(1, 31) + int_(1) + var(0) * 31
    again = replace(NOTHING, kernels=(wide[0],), statements=(var(32) + references * 32,))
    yield "parts: 2^26 in references to a kernel", again.join(EMPTY), False


def shared() -> Iterator[Case]:
    """The last coordinates of rho are the same for functionals of 3 and of 4 variables; the first are not."""
    for name, parts, count in (("last", (rho(2, 2), rho(1, 2)), 1), ("first", (rho(0, 2), rho(0, 2)), 2)):
        owned = tuple(
            Functional(variables, (form(1, None, scalar(4, part)),))
            for variables, part in zip((4, 3), parts, strict=True)
        )
        made = replace(EMPTY, functionals=owned)
        assert len(Sections.of(made).kernels) == count
        yield f"shared: the {name} coordinates of rho", encode(made), True
    before = replace(NOTHING, kernels=(u(1, 0, 65, 4, 128 + 2, 2),))
    for variables, valid in ((4, True), (3, False)):
        functional = u(1, variables) + var(1) + u(1, 1) + int_(1) + var(0)
        one = replace(before, functionals=(functional,)).join(EMPTY)
        yield f"shared: the first of 4 coordinates in {variables}", one, valid


def places() -> Iterator[Case]:
    """Two axes, 3 and 4 of 16 cells: the first is enumerated, the second inner; and a sum."""
    added = replace(EMPTY, tensors=(tensor(DATA, 0, 3, (4, 16)),))
    made = replace(added, statements=((form(1, 0, over(3), scalar(5), over(4, r(0, 2))),),))
    good = Sections.of(made)
    outer, middle, inner = good.kernels
    assert (outer[:2], middle[:1], inner[:2]) == (u(1, 1, 1), u(1, 0), u(1, 2, 4))
    for name, changed, valid in (
        ("as they are", good.kernels, True),
        ("the inner one leads", (outer, middle, u(1, 1, 1) + inner[2:]), False),
        ("the leading one is inner", (u(1, 6, 0) + outer[2:], middle, inner), False),
        ("the sum leads over no axes", (outer, u(1, 1, 0) + middle[1:], inner), False),
        ("the sum leads over an axis", (outer, u(1, 1, 1) + middle[1:], inner), False),
        ("the leading one is a sum", (u(1, 0) + outer[2:], middle, inner), False),
        ("the leading one has two axes", (u(1, 1, 2) + outer[2:], middle, inner), False),
        ("another stride", (outer, middle, u(1, 3, 4) + inner[2:]), False),
        ("fewer bits", (outer, middle, u(1, 2, 3) + inner[2:]), False),
        ("more bits", (outer, middle, u(1, 2, 5) + inner[2:]), False),
        ("place 255", (outer, middle, u(1, 255, 4) + inner[2:]), False),
    ):
        yield f"places: {name}", replace(good, kernels=changed).join(made), valid
    public = replace(EMPTY, public=8, tensors=(tensor(7, 0, 8),))
    made = replace(public, statements=((form(1, 0, over(8)),),))
    good = Sections.of(made)
    yield "places: public", good.join(made), True
    yield (
        "places: public and inner",
        replace(good, kernels=(u(1, 2, 3) + good.kernels[0][2:],)).join(made),
        False,
    )
    spanning = replace(EMPTY, tensors=(tensor(DATA, 0, 2, 4, 8),))
    both = form(1, 0, Group(2, Vector(8, ())), over(8))
    made = replace(spanning, statements=((both, form(1, 0, over(2), over(4), over(8))),))
    good = Sections.of(made)
    assert [kernel[:2] for kernel in good.kernels] == [u(1, 1, 2), u(1, 2, 3), u(1, 7, 1), u(1, 5, 2)]
    yield "places: axes in one group and apart", good.join(made), True


def encodings() -> Iterator[Case]:
    for section in (of_the_whole, integers, sections, kernels, constants, shared, places):
        yield from section()
