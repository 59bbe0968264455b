"""The encoding of circuits: one for each, in two implementations, and an error for all other bytes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sumcheck_circuits import form, function_circuit, r, rho, tensor, vector
from sumcheck_encoder import Sections, encode, int_, long_var, var
from sumcheck_judge import MAKERS
from sumcheck_mutations import all_cases
from sumcheck_prover import TAU_2
from sumcheck_vectors import similar
from test_sumcheck_functionals import BARE, random_form, random_tensor

from zkattest import _native
from zkattest.errors import FormatError
from zkattest.spec.sumcheck.circuit import DATA, Circuit, Form, Functional, Group, Term
from zkattest.spec.sumcheck.codec import decode
from zkattest.spec.sumcheck.reader import Reader, var_size


def refusal(data: bytes) -> str:
    """Why bytes are no circuit; empty if they are one."""
    try:
        decode(data)
    except FormatError as error:
        return str(error)
    return ""


def is_native(data: bytes) -> bool:
    """What the Rust decoder, which encodes again and compares, says of bytes."""
    try:
        _native.NativeVerifier(data, TAU_2, b"")
    except FormatError:
        return False
    return True


def random_circuit(seed: int) -> Circuit:
    """Tensors, some of them several times in forms of functionals, statements and terms."""
    choose = random.Random(seed)
    tensors = tuple(random_tensor(choose) for _ in range(3))

    def forms() -> tuple[Form, ...]:
        return tuple(random_form(choose, i, tensors[i]) for i in choose.choices(range(3), k=2))

    functionals = tuple(Functional(choose.choice([8, 9]), forms()) for _ in range(4))
    own = [i for i, functional in enumerate(functionals) if functional.variables == 8]
    terms = tuple(Term(0, choose.randrange(-(2**99), 2**99), (i,)) for i in own)
    return replace(BARE, tensors=tensors, functionals=functionals, statements=((), ()), terms=terms)


def circuits() -> Iterator[Circuit]:
    yield from (maker(0).circuit for maker in MAKERS.values())
    yield from similar()
    yield from map(random_circuit, range(150))


def test_every_circuit_has_the_same_encoding_in_both_languages() -> None:
    for circuit in circuits():
        data = encode(circuit)
        assert decode(data) == circuit
        assert is_native(data)


@pytest.mark.parametrize("name", MAKERS)
def test_every_truncation_is_refused(name: str) -> None:
    data = encode(MAKERS[name](0).circuit)
    for length in range(len(data)):
        assert refusal(data[:length]) == "The circuit description is truncated."
        assert not is_native(data[:length])


def changed(data: bytes, choose: random.Random) -> bytes:
    found = bytearray(data)
    for _ in range(choose.randrange(1, 4)):
        at = choose.randrange(len(found))
        what = choose.randrange(5)
        if what == 0:
            found[at] = choose.choice([0, 1, 0x3F, 0x40, 0x7F, 0x80, 0xFF])
        elif what == 1:
            found[at] ^= 1 << choose.randrange(8)
        elif what == 2:
            found[at] = (found[at] + choose.choice([-1, 1])) % 256
        elif what == 3:
            found.insert(at, choose.randrange(256))
        else:
            del found[at]
    return bytes(found)


def test_changed_bytes_are_judged_alike_and_have_one_encoding() -> None:
    choose = random.Random(5)
    bases = [encode(circuit) for circuit in circuits()]
    valid = canonicity = 0
    for _ in range(6000):
        data = changed(choose.choice(bases), choose)
        why = refusal(data)
        assert is_native(data) == (why == ""), (why, data.hex())
        if not why:
            assert encode(decode(data)) == data
        valid += not why
        canonicity += "not canonical" in why
    assert valid > 200
    assert canonicity > 200


def test_bytes_beside_the_encoding_are_judged_alike() -> None:
    for name, data, valid in all_cases():
        assert (refusal(data) == "", is_native(data)) == (valid, valid), name


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("n1 3", "wrong n1 or D"),
        ("D 3", "wrong n1 or D"),
        ("var: 64 in 4", "a variable-length integer has a shorter form"),
        ("int: negative zero", "zero has no sign"),
        ("int: zero in a byte", "an integer has a leading zero"),
        ("int: 17 bytes", "an integer has more than 16 bytes"),
        ("term: variables 3", "wrong number of variables of a term"),
        ("tensor: inner part of 2^5", "wrong inner part of a tensor"),
        ("tensor: span one less", "wrong span of a tensor"),
        ("kernels: a duplicate", "a kernel stands twice"),
        ("kernels: one unused", "a kernel is not used"),
        ("kernels: swapped", "kernels are not in the order of their first use"),
        ("kernel: Eq, not plain", "wrong plain flag of a kernel"),
        ("kernel: a whole Eq beside another, not whole", "wrong whole flag of a factor"),
        ("constants: a zero", "a constant that is written is zero"),
        ("places: another stride", "wrong place of a kernel"),
    ],
)
def test_a_broken_rule_of_the_encoding_is_named(name: str, why: str) -> None:
    (data,) = [data for own, data, _ in all_cases() if own == name]
    assert refusal(data) == f"The circuit description is not canonical: {why}."


def test_integers_take_as_many_bytes_as_they_need() -> None:
    for size, value in ((1, 0), (1, 63), (2, 64), (2, 2**14 - 1), (4, 2**14), (4, 2**30 - 1), (8, 2**30)):
        assert len(var(value)) == var_size(value) == size
        assert Reader(var(value)).var() == value
    # RFC 9000, section A.1.
    for text, value in (
        ("c2197c5eff14e88c", 151_288_809_941_952_652),
        ("9d7f3e7d", 494_878_333),
        ("7bbd", 15_293),
        ("25", 37),
    ):
        assert var(value).hex() == text
        assert Reader(bytes.fromhex(text)).var(64) == value
    assert long_var(37, 1).hex() == "4025"
    for value, text in ((0, "00"), (-3, "8103"), (256, "020100"), (-(2**127), "9080" + "00" * 15)):
        assert int_(value).hex() == text
        assert Reader(bytes.fromhex(text)).signed(128) == value


def test_the_example_of_the_document() -> None:
    added = form(-3, 0, Group(1, vector(3, r(0, 2))), Group(1, vector(5, rho(1, 3))))
    bare = replace(function_circuit(), tables=(), statements=(), terms=())
    made = replace(bare, tensors=(tensor(DATA, 16, 3, (5, 8)),), functionals=(Functional(4, (added,)),))
    sections = Sections.of(made)
    assert [kernel.hex() for kernel in sections.kernels] == ["010141030200", "020341058300"]
    assert [own.hex() for own in sections.tensors] == ["0103041003030508"]
    assert [own.hex() for own in sections.functionals] == ["0401228103000001"]
    assert decode(encode(made)) == made
