"""The rules of a circuit, by name. ``sumcheck_mutations`` has more cases, which every verifier judges."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sumcheck_circuits import form, function, function_circuit, r, scalar, tensor
from sumcheck_judge import judge
from sumcheck_prover import Prover

from zkattest.errors import FormatError
from zkattest.spec.sumcheck.circuit import (
    DATA,
    MASK,
    Axis,
    Circuit,
    Constants,
    Eq,
    Factor,
    Form,
    Functional,
    Group,
    Slice,
    Term,
    Vector,
)
from zkattest.spec.sumcheck.rules import GROUPS_LIMIT, WORK_LIMIT, check, work

BASE = function_circuit()


def refusal(circuit: Circuit) -> str:
    check(BASE)
    with pytest.raises(FormatError) as refused:
        check(circuit)
    return str(refused.value).removeprefix("The circuit description breaks a rule: ")


def test_a_form_uses_a_coordinate_of_r_once() -> None:
    twice = form(1, None, scalar(4, r(0, 2)), scalar(4, r(1, 2)))
    assert refusal(replace(BASE, statements=((twice,), *BASE.statements))) == "a form is multilinear in r."
    functionals = (*BASE.functionals, Functional(4, (twice,)))
    assert refusal(replace(BASE, functionals=functionals)) == "a form is multilinear in r."


def test_a_coordinate_of_r_belongs_to_one_factor_of_a_term() -> None:
    both = replace(BASE, terms=(*BASE.terms, Term(0, 1, (0, 0))))
    assert refusal(both) == "a term is multilinear in r."
    other = Functional(4, (form(1, None, scalar(2, r(0, 1))), form(1, None, scalar(2, r(3, 1)))))
    common = replace(BASE, functionals=(*BASE.functionals, other), terms=(Term(0, 1, (1, 2, 0)),))
    assert refusal(common) == "a term is multilinear in r."
    check(replace(common, terms=(Term(0, 1, (1, 2, 1)),)))


def test_no_tensor_has_masks() -> None:
    assert refusal(replace(BASE, tensors=(*BASE.tensors, tensor(MASK, 0)))) == "no tensor has masks."


def test_masks_end_before_the_first_free_cell() -> None:
    """30 cells at c = 6: 12 of g1, mu_S, 15 of g2, 2 pads; a row more of g2 does not fit."""
    wide = replace(BASE, functionals=(*BASE.functionals, Functional(6, ())))
    check(replace(wide, terms=(Term(0, 1, (2,)),) * 30))
    refused = refusal(replace(wide, terms=(Term(0, 1, (2,)),) * 31))
    assert refused == "the masks end before the first free cell."


def test_a_proof_whose_masks_end_at_the_first_free_cell() -> None:
    instance = function(0)
    terms = (*BASE.terms, *(Term(0, 1, (2, 2)),) * 29)
    full = replace(BASE, functionals=(*BASE.functionals, Functional(6, ())), terms=terms)
    prover = Prover(replace(instance, circuit=full), 0)
    assert judge(prover.instance, prover.prove())
    assert prover.mask_places[3] == min(prover.free_cells()) == 30


def test_each_factor_is_a_pass_over_its_vector() -> None:
    def with_factors(count: int, size: int) -> Circuit:
        factor = Factor(1, 1, Constants((2,)))
        added = form(1, None, Group(0, Vector(size, (factor,) * count)))
        return replace(BASE, statements=(*BASE.statements, (added,)))

    assert work(with_factors(3, 100)) == work(BASE) + 400
    left = WORK_LIMIT - work(BASE)
    check(with_factors(3, left // 4))
    assert refusal(with_factors(3, left // 4 + 1)) == "at most 2^26 units of work."


def test_a_long_product_of_eqs_is_a_step_a_bit() -> None:
    def added(length: int, size: int, axes: int = 0) -> int:
        factor = Factor(1, size, Eq(Slice(0, 0, length)))
        box = replace(tensor(DATA, 0), axes=(Axis(size, size),))
        group = Group(axes, Vector(size, (factor, factor)))
        owned = form(1, len(BASE.tensors) if axes else None, group)
        statements = (*BASE.statements, (owned,))
        return work(replace(BASE, tensors=(*BASE.tensors, box), statements=statements)) - work(BASE)

    assert added(16, 1 << 16) == 17 * 3
    assert added(15, 1 << 15) == 3 << 15
    assert added(17, 1 << 16) == 3 << 16
    assert added(16, (1 << 16) - 1) == 3 * ((1 << 16) - 1)
    # enumerated, and as many blocks
    assert added(16, 1 << 16, axes=1) == 4 << 16


def test_lists_are_as_long_as_the_encoding_has_room_for() -> None:
    def with_groups(forms: int, *groups: Group) -> Circuit:
        return replace(BASE, statements=(*BASE.statements, (form(1, None, *groups),) * forms))

    left = GROUPS_LIMIT - sum(len(f.groups) for f in all_forms(BASE))
    one, many = scalar(1), Group(0, Vector(1, (Factor(1, 1, Constants((2,))),) * 63))
    zeros = scalar(1, Factor(1, 65_535, Constants((0,) * 65_535)))
    wide = Group(0, Vector(1, (*many.vector.factors, many.vector.factors[0])))
    check(with_groups(65_535))
    assert refusal(with_groups(65_536)) == "at most 65,535 items of a list."
    check(replace(BASE, tensors=(BASE.tensors[0],) * 65_535, functionals=(), statements=(), terms=()))
    for name, items in (
        ("statements", ((),)),
        ("functionals", (Functional(0, ()),)),
        ("tables", BASE.tables),
    ):
        assert refusal(replace(BASE, **{name: items * 65_536})) == "at most 65,535 items of a list."
    check(with_groups(1, *(one,) * 31))
    assert refusal(with_groups(1, *(one,) * 32)) == "at most 31 groups of a form."
    check(with_groups(1, many))
    assert refusal(with_groups(1, wide)) == "at most 63 factors of a vector."
    check(with_groups(left, one))
    assert refusal(with_groups(left + 1, one)) == "at most 65,535 groups."
    assert refusal(with_groups(1, *(zeros,) * 16)) == "at most 2^20 factors and constants."
    refused = refusal(replace(BASE, terms=(Term(0, 1, (1,) * 256),)))
    assert refused == "at most 255 factors of a term."
    narrow = (1,) * 126
    check(replace(BASE, tensors=(*BASE.tensors, tensor(DATA, 0, *narrow, (1, 64)))))
    refused = refusal(replace(BASE, tensors=(*BASE.tensors, tensor(DATA, 0, *narrow, (1, 2**14)))))
    assert refused == "a tensor's axes take at most 255 bytes."


def all_forms(circuit: Circuit) -> list[Form]:
    owners = [functional.forms for functional in circuit.functionals] + list(circuit.statements)
    return [own for forms in owners for own in forms]
