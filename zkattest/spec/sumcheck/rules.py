"""The rules that a circuit description keeps (``docs/protocol.md``, "Circuit") and the limits on its size."""

from __future__ import annotations

from math import prod
from typing import Final

from zkattest.errors import FormatError
from zkattest.spec.sumcheck.circuit import (
    MASK,
    OF_R,
    OF_RHO,
    PUBLIC,
    Affine,
    Circuit,
    Constants,
    Eq,
    Factor,
    Form,
    Slice,
    Tensor,
    Term,
    Vector,
    Window,
)
from zkattest.spec.sumcheck.reader import LIST_LIMIT, var_size

#: Coefficients and constants are smaller than this in size.
COEFFICIENT_LIMIT: Final = 1 << 100
#: Strides and cells are smaller.
CELL_LIMIT: Final = 1 << 64
#: Most groups of all forms together, so that there are no more kernels than items of a list.
GROUPS_LIMIT: Final = LIST_LIMIT
#: Most factors and constants of all forms' vectors together: what a decoder copies from the kernels.
PARTS_LIMIT: Final = 1 << 20
#: Most factors of a vector, groups of a form, factors of a term, and bytes of a tensor's encoded axes.
FACTORS_LIMIT, FORM_LIMIT, TERM_LIMIT, SPAN_LIMIT = 63, 31, 255, 255
#: log2 of the least entries of a vector whose sum counts a step a bit, if it can be had so.
LONG_BITS: Final = 16
#: Most units of work: what a verifier does is linear in them.
WORK_LIMIT: Final = 1 << 26


def _require(holds: bool, rule: str) -> None:
    if not holds:
        raise FormatError(f"The circuit description breaks a rule: {rule}.")


def check(circuit: Circuit) -> None:
    """Check every rule.

    Raises:
        FormatError: names the broken rule.
    """
    _check_lists(circuit)
    _require(6 <= circuit.c <= 28, "6 <= c <= 28")
    _require(circuit.r_length <= 64, "r has at most 64 coordinates")
    _require(circuit.rows[MASK] == 2, "there are two mask rows")
    for table in circuit.tables:
        _require(table.low + (1 << table.bits) <= 1 << 63, "a table's keys fit 64 bits")
    for tensor in circuit.tensors:
        _check_tensor(circuit, tensor)
    for functional in circuit.functionals:
        _require(functional.variables <= 40, "at most 40 variables")
        for form in functional.forms:
            _check_form(circuit, form, functional.variables)
    for forms in circuit.statements:
        for form in forms:
            _check_form(circuit, form, None)
    of_r = [
        {coordinate for form in functional.forms for coordinate in _coordinates(form, OF_R)}
        for functional in circuit.functionals
    ]
    for term in circuit.terms:
        _check_term(circuit, term, of_r)
    masks = circuit.n1 * circuit.d1 + 1 + circuit.n2 * circuit.d2 + circuit.d1
    _require(masks <= circuit.m // 2 - 2, "the masks end before the first free cell")
    _require(work(circuit) <= WORK_LIMIT, "at most 2^26 units of work")


def _check_lists(circuit: Circuit) -> None:
    """Before all else, for what other rules cost is linear in these numbers."""
    lists = (circuit.terms, circuit.tables, circuit.tensors, circuit.functionals, circuit.statements)
    owners = [functional.forms for functional in circuit.functionals] + list(circuit.statements)
    _require(all(len(items) <= LIST_LIMIT for items in (*lists, *owners)), "at most 65,535 items of a list")
    forms = [form for owned in owners for form in owned]
    vectors = [group.vector for form in forms for group in form.groups]
    _require(all(len(form.groups) <= FORM_LIMIT for form in forms), "at most 31 groups of a form")
    _require(all(len(v.factors) <= FACTORS_LIMIT for v in vectors), "at most 63 factors of a vector")
    _require(all(len(term.factors) <= TERM_LIMIT for term in circuit.terms), "at most 255 factors of a term")
    _require(len(vectors) <= GROUPS_LIMIT, "at most 65,535 groups")
    _require(sum(v.parts for v in vectors) <= PARTS_LIMIT, "at most 2^20 factors and constants")


def _check_tensor(circuit: Circuit, tensor: Tensor) -> None:
    _require(tensor.region != MASK, "no tensor has masks")
    span = sum(var_size(axis.size) + var_size(axis.allotted) for axis in tensor.axes)
    _require(span <= SPAN_LIMIT, "a tensor's axes take at most 255 bytes")
    for axis in tensor.axes:
        _require(1 <= axis.size <= axis.allotted, "an axis has entries, and room for them")
    _require(all(stride < CELL_LIMIT for stride in tensor.strides), "strides fit 64 bits")
    last = tensor.base + sum((a.size - 1) * s for a, s in zip(tensor.axes, tensor.strides, strict=True))
    if tensor.region == PUBLIC:
        _require(last < circuit.public, "a tensor's last element lies inside its region")
        return
    _require(last < circuit.rows[tensor.region] * circuit.m, "a tensor's last element lies inside its region")
    block = prod(axis.allotted for axis in tensor.axes[tensor.inner(circuit.m) :])
    _require(tensor.base % block == 0, "a tensor's base is a multiple of its inner part")


def _check_term(circuit: Circuit, term: Term, of_r: list[set[int]]) -> None:
    """``of_r``: the coordinates of r that each functional uses."""
    _require(term.statement < len(circuit.statements), "a term's statement exists")
    _require(abs(term.coefficient) < COEFFICIENT_LIMIT, "a coefficient is smaller than 2^100")
    _require(len(term.factors) >= 1, "a term has a factor")
    _require(all(j < len(circuit.functionals) for j in term.factors), "a term's functionals exist")
    variables = {circuit.functionals[j].variables for j in term.factors}
    _require(len(variables) == 1, "a term's functionals have the same variables")
    used = [coordinate for j in term.factors for coordinate in of_r[j]]
    _require(len(used) == len(set(used)), "a term is multilinear in r")


def _check_form(circuit: Circuit, form: Form, variables: int | None) -> None:
    """``variables``: of the functional; None in a statement, whose slices are of r alone."""
    _require(abs(form.coefficient) < COEFFICIENT_LIMIT, "a coefficient is smaller than 2^100")
    if form.tensor is None:
        axes = []
    else:
        _require(form.tensor < len(circuit.tensors), "a form's tensor exists")
        axes = [axis.size for axis in circuit.tensors[form.tensor].axes]
    for group in form.groups:
        _require(group.vector.size >= 1, "a vector has an entry")
        covered, axes = axes[: group.axes], axes[group.axes :]
        _require(len(covered) == group.axes, "groups cover no more axes than there are")
        _require(group.axes == 0 or group.vector.size == prod(covered), "a vector has its axes' size")
    _require(not axes, "groups cover all axes")
    factors = [factor for group in form.groups for factor in group.vector.factors]
    for factor in factors:
        _check_factor(circuit, factor, variables)
    for point, name in ((OF_R, "r"), (OF_RHO, "rho")):
        used = _coordinates(form, point)
        _require(len(used) == len(set(used)), f"a form is multilinear in {name}")


def _check_factor(circuit: Circuit, factor: Factor, variables: int | None) -> None:
    kind = factor.kind
    _require(factor.div >= 1 and factor.modulus >= 1, "div and modulus are at least 1")
    for part in _slices(factor):
        if part.point == OF_R:
            _require(part.offset + part.length <= circuit.r_length, "a slice lies inside r")
        else:
            _require(variables is not None, "statements use slices of r alone")
            _require(part.offset + part.length <= (variables or 0), "a slice lies inside rho")
    if isinstance(kind, Eq):
        _require(factor.modulus <= 1 << kind.slice.length, "an Eq has an entry for each j")
    elif isinstance(kind, Affine):
        _require(kind.slice.point == OF_R, "an Affine's slice is of r")
        _require(kind.first <= kind.end <= 1 << kind.slice.length, "an Affine's outputs have entries")
        _require(kind.taps >= 1, "an Affine has a tap")
    elif isinstance(kind, Window):
        _require(kind.output.point == OF_R and kind.input.point == OF_RHO, "a Window joins r and rho")
        _require(kind.outputs <= 1 << kind.output.length, "a Window's outputs have entries")
        _require(kind.inputs <= 1 << kind.input.length, "a Window's inputs have entries")
    elif isinstance(kind, Constants):
        _require(len(kind.values) == factor.modulus <= LIST_LIMIT, "a constant for each j, at most 65,535")
        _require(all(abs(v) < COEFFICIENT_LIMIT for v in kind.values), "a constant is smaller than 2^100")
    else:
        _require(kind.table < len(circuit.tables), "a factor's table exists")
        _require(factor.modulus == 1 << circuit.tables[kind.table].bits, "a Table's modulus is its size")


def _slices(factor: Factor) -> list[Slice]:
    kind = factor.kind
    if isinstance(kind, Eq | Affine):
        return [kind.slice]
    return [kind.output, kind.input] if isinstance(kind, Window) else []


def _coordinates(form: Form, point: int) -> list[int]:
    """Coordinates of the point that the form's factors use, as often as they do."""
    return [
        coordinate
        for group in form.groups
        for factor in group.vector.factors
        for part in _slices(factor)
        if part.point == point
        for coordinate in range(part.offset, part.offset + part.length)
    ]


def work(circuit: Circuit) -> int:
    """Vectors' sizes, once more for each factor, blocks, and the sums inside factors, over all forms.

    A long product of Eqs over all indices of some bits counts a step a bit, where it is not enumerated.
    """
    forms = [form for functional in circuit.functionals for form in functional.forms]
    forms += [form for statement in circuit.statements for form in statement]
    total = 0
    for form in forms:
        first_inner = covered = 0
        if form.tensor is not None:
            first_inner = circuit.first_inner_axis(form)
            total += prod(axis.size for axis in circuit.tensors[form.tensor].axes[:first_inner])
        for group in form.groups:
            factors = group.vector.factors
            enumerated = group.axes > 0 and covered < first_inner
            covered += group.axes
            bits = None if enumerated else whole_bits(group.vector)
            steps = group.vector.size if bits is None or bits < LONG_BITS else bits + 1
            total += steps * (1 + len(factors)) + sum(map(_factor_work, factors))
    return total


def whole_bits(vector: Vector) -> int | None:
    """log2 of the size where the vector is a product of Eqs, one at least, each over all indices of as many
    bits."""
    bits = vector.size.bit_length() - 1
    whole = vector.size == 1 << bits and all(
        isinstance(factor.kind, Eq)
        and factor.kind.slice.length == bits
        and factor.div == 1
        and factor.modulus == vector.size
        for factor in vector.factors
    )
    return bits if whole and vector.factors else None


def _factor_work(factor: Factor) -> int:
    kind = factor.kind
    if isinstance(kind, Affine):
        return (kind.end - kind.first) * kind.taps
    if isinstance(kind, Window):
        return kind.outputs * factor.modulus + kind.inputs
    return 0
