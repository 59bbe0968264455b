"""Every integer operator against a naive implementation in Python integers, at odd shapes and edges."""

from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import product
from math import floor

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from zkattest.errors import FormatError
from zkattest.frontend import Node, TensorSpec, operator_table
from zkattest.frontend.ops import INTEGER_OPERATORS, ONNX_OPERATORS, integer_operator

SEEDS = st.integers(0, 2**32)
TESTED = set()


def make(op, shapes, attributes, *, bits=12, scale=5, low=None, high=None):
    specs = [TensorSpec(f"t{i}", tuple(shape), bits, scale) for i, shape in enumerate(shapes)]
    low = -(1 << (bits - 1)) if low is None else low
    high = (1 << (bits - 1)) - 1 if high is None else high
    node = Node(op, op, tuple(s.name for s in specs), ("y",), attributes, 0, low, high)
    TESTED.add(op)
    return node, specs


def run(node, specs, values, constant):
    operator = integer_operator(node.op)
    operator.validate(node, specs, constant)
    result = operator.accumulate(node, specs, values)
    assert result.dtype == np.int64
    assert result.shape == operator.shape(node, specs)
    assert int(np.abs(result).max()) <= operator.bound(node, specs)
    return result


def draw(seed, spec, *, extreme=False):
    random = np.random.default_rng(seed)
    if extreme:
        return random.choice([spec.low, spec.high], size=spec.shape).astype(np.int64)
    return random.integers(spec.low, spec.high + 1, size=spec.shape, dtype=np.int64)


def values_of(specs, seed):
    return [draw(seed + i, spec, extreme=seed % 3 == 0) for i, spec in enumerate(specs)]


SIZES = st.integers(1, 7)


@given(SIZES, SIZES, SIZES, st.integers(0, 9), SEEDS)
def test_gemm(m, k, n, shift, seed):
    node, specs = make("gemm", [(m, k), (k, n), (n,)], {"bias_shift": shift})
    specs[2] = TensorSpec("t2", (n,), 12, 10 - shift)
    x, w, b = values_of(specs, seed)
    got = run(node, specs, [x, w, b], [False, True, True])
    for i, j in product(range(m), range(n)):
        assert got[i, j] == sum(int(x[i, t]) * int(w[t, j]) for t in range(k)) + int(b[j]) * 2**shift


@given(SIZES, SIZES, SIZES, st.integers(1, 3), SEEDS)
def test_matmul(m, k, n, batch, seed):
    node, specs = make("matmul", [(batch, 1, m, k), (2, k, n)], {})
    a, b = values_of(specs, seed)
    got = run(node, specs, [a, b], [False, False])
    for s, t, i, j in product(range(batch), range(2), range(m), range(n)):
        assert got[s, t, i, j] == sum(int(a[s, 0, i, u]) * int(b[t, u, j]) for u in range(k))


windows = st.tuples(
    st.integers(1, 9),
    st.integers(1, 4),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(0, 3),
    st.integers(0, 3),
)


def output_size(size, kernel, stride, dilation, begin, end, overhang=0):
    return (size + begin + end + overhang - dilation * (kernel - 1) - 1) // stride + 1


def geometry(axes):
    return {
        "strides": tuple(a[2] for a in axes),
        "dilations": tuple(a[3] for a in axes),
        "pads": tuple(a[4] for a in axes) + tuple(a[5] for a in axes),
    }


@settings(max_examples=60)
@given(
    st.lists(windows, min_size=1, max_size=2), st.integers(1, 3), st.integers(1, 2), st.integers(1, 2), SEEDS
)
def test_conv(axes, group, inner, outer, seed):
    sizes = [output_size(*axis) for axis in axes]
    assume(all(size >= 1 for size in sizes))
    shapes = [
        (2, group * inner, *(a[0] for a in axes)), (group * outer, inner, *(a[1] for a in axes)),
        (group * outer,),
    ]  # fmt: skip
    node, specs = make("conv", shapes, geometry(axes) | {"group": group, "bias_shift": 5})
    x, w, b = values_of(specs, seed)
    got = run(node, specs, [x, w, b], [False, True, True])
    for n, o, *position in product(range(2), range(group * outer), *map(range, sizes)):
        total = int(b[o]) * 32
        for c, *tap in product(range(inner), *(range(a[1]) for a in axes)):
            at = [a[2] * p + a[3] * t - a[4] for a, p, t in zip(axes, position, tap, strict=True)]
            if all(0 <= i < a[0] for i, a in zip(at, axes, strict=True)):
                total += int(x[(n, o // outer * inner + c, *at)]) * int(w[(o, c, *tap)])
        assert got[(n, o, *position)] == total


@settings(max_examples=60)
@given(st.lists(windows, min_size=1, max_size=2), st.booleans(), st.integers(0, 2), st.integers(0, 22), SEEDS)
def test_average_pool(axes, include, overhang, bits, seed):
    extra = tuple(min(overhang, a[2] - 1) for a in axes)
    sizes = [output_size(*axis, over) for axis, over in zip(axes, extra, strict=True)]
    assume(all(size >= 1 for size in sizes))
    attributes = geometry(axes) | {
        "kernel": tuple(a[1] for a in axes), "overhang": extra, "count_include_pad": int(include),
        "reciprocal_bits": bits,
    }  # fmt: skip
    node, specs = make("average_pool", [(1, 2, *(a[0] for a in axes))], attributes)
    (x,) = values_of(specs, seed)

    def cells(position):
        real, counted = [], 0
        for tap in product(*(range(a[1]) for a in axes)):
            at = [a[2] * p + a[3] * t - a[4] for a, p, t in zip(axes, position, tap, strict=True)]
            inside = all(0 <= i < a[0] for i, a in zip(at, axes, strict=True))
            padded = all(-a[4] <= i < a[0] + a[5] for i, a in zip(at, axes, strict=True))
            if inside:
                real.append(tuple(at))
            counted += int(padded if include else inside)
        return real, counted

    everything = {position: cells(position) for position in product(*map(range, sizes))}
    if any(counted == 0 for _, counted in everything.values()):
        with pytest.raises(FormatError, match="counts no cell"):
            run(node, specs, [x], [False])
        return
    got = run(node, specs, [x], [False])
    for channel, (position, (real, counted)) in product(range(2), everything.items()):
        multiplier = floor(Fraction(2**bits, counted) + Fraction(1, 2))
        assert got[(0, channel, *position)] == sum(int(x[(0, channel, *at)]) for at in real) * multiplier


@settings(max_examples=60)
@given(st.lists(windows, min_size=1, max_size=2), SEEDS)
def test_max_pool(axes, seed):
    sizes = [output_size(*axis) for axis in axes]
    assume(all(size >= 1 for size in sizes))
    attributes = geometry(axes) | {"kernel": tuple(a[1] for a in axes)}
    node, specs = make("max_pool", [(2, 1, *(a[0] for a in axes))], attributes)
    (x,) = values_of(specs, seed)
    expected = {}
    for n, *position in product(range(2), *map(range, sizes)):
        real = []
        for tap in product(*(range(a[1]) for a in axes)):
            at = [a[2] * p + a[3] * t - a[4] for a, p, t in zip(axes, position, tap, strict=True)]
            if all(0 <= i < a[0] for i, a in zip(at, axes, strict=True)):
                real.append(int(x[(n, 0, *at)]))
        expected[(n, 0, *position)] = max(real) if real else None
    if None in expected.values():
        with pytest.raises(FormatError, match="padding only"):
            run(node, specs, [x], [False])
        return
    got = run(node, specs, [x], [False])
    assert all(got[position] == value for position, value in expected.items())


@given(st.lists(SIZES, min_size=1, max_size=4), st.data(), SEEDS)
def test_reduce_mean(shape, data, seed):
    axes = tuple(sorted(data.draw(st.sets(st.integers(0, len(shape) - 1), min_size=1))))
    keep, bits = data.draw(st.integers(0, 1)), data.draw(st.integers(0, 24))
    node, specs = make("reduce_mean", [shape], {"axes": axes, "keepdims": keep, "reciprocal_bits": bits})
    (x,) = values_of(specs, seed)
    got = run(node, specs, [x], [False])
    count = int(np.prod([shape[a] for a in axes]))
    sums = {}
    for at in product(*map(range, shape)):
        key = tuple(0 if a in axes else i for a, i in enumerate(at)) if keep else tuple(
            i for a, i in enumerate(at) if a not in axes
        )  # fmt: skip
        sums[key] = sums.get(key, 0) + int(x[at])
    multiplier = floor(Fraction(2**bits, count) + Fraction(1, 2))
    assert all(got[key] == total * multiplier for key, total in sums.items())


@pytest.mark.parametrize("op", ["add", "sub"])
@given(st.integers(0, 20), st.booleans(), SEEDS)
def test_add_and_sub(op, shift, first, seed):
    shifts = (shift, 0) if first else (0, shift)
    node, specs = make(op, [(3, 1, 5), (4, 1)], {"left_shifts": shifts})
    specs = [TensorSpec(s.name, s.shape, 12, 20 - shift) for s, shift in zip(specs, shifts, strict=True)]
    a, b = values_of(specs, seed)
    got = run(node, specs, [a, b], [False, False])
    sign = 1 if op == "add" else -1
    for i, j, k in product(range(3), range(4), range(5)):
        assert got[i, j, k] == int(a[i, 0, k]) * 2 ** shifts[0] + sign * int(b[j, 0]) * 2 ** shifts[1]


@given(SEEDS)
def test_mul(seed):
    node, specs = make("mul", [(3, 1, 5), (4, 1)], {}, bits=16)
    a, b = values_of(specs, seed)
    got = run(node, specs, [a, b], [False, True])
    for i, j, k in product(range(3), range(4), range(5)):
        assert got[i, j, k] == int(a[i, 0, k]) * int(b[j, 0])


@given(SIZES, SEEDS)
def test_scale_shift(channels, seed):
    node, specs = make("scale_shift", [(2, channels, 3), (channels,), (channels,)], {"bias_shift": 5})
    x, w, b = values_of(specs, seed)
    got = run(node, specs, [x, w, b], [False, True, True])
    for n, c, i in product(range(2), range(channels), range(3)):
        assert got[n, c, i] == int(x[n, c, i]) * int(w[c]) + int(b[c]) * 32


@pytest.mark.parametrize("op", ["relu", "clip"])
def test_relu_and_clip_pass_their_input_to_saturation(op):
    node, specs = make(op, [(9,)], {}, low=0)
    x = draw(1, specs[0])
    np.testing.assert_array_equal(run(node, specs, [x], [False]), x)


@given(st.integers(-(2**20), 2**20), SEEDS)
def test_leaky_relu(slope, seed):
    node, specs = make("leaky_relu", [(11,)], {"slope": slope}, bits=16)
    (x,) = values_of(specs, seed)
    got = run(node, specs, [x], [False])
    assert [int(v) for v in got] == [int(v) * (65536 if v >= 0 else slope) for v in x]


@pytest.mark.parametrize("op", ["sigmoid", "tanh"])
@pytest.mark.parametrize(
    ("bits", "scale", "output_scale"), [(8, 4, 6), (10, 7, 14), (12, -3, 10), (10, 9, 15)]
)
def test_tables_are_correctly_rounded(op, bits, scale, output_scale):
    node, specs = make(op, [(1 << bits,)], {"output_scale": output_scale}, bits=bits, scale=scale)
    x = np.arange(specs[0].low, specs[0].high + 1, dtype=np.int64)
    got = run(node, specs, [x], [False])
    with localcontext() as context:
        context.prec = 80
        for q, entry in zip(x, got, strict=True):
            value = Decimal(int(q)) / Decimal(2) ** scale
            if op == "sigmoid":
                exact = 1 / (1 + (-value).exp())
            else:
                exact = (value.exp() - (-value).exp()) / (value.exp() + (-value).exp())
            assert int(entry) == int(
                (exact * 2**output_scale + Decimal("0.5")).to_integral_value("ROUND_FLOOR")
            )


def test_table_at_its_exact_ties():
    # sigmoid(0) = 1/2: with output_scale 0 this is a tie, and goes up
    node, specs = make("sigmoid", [(3,)], {"output_scale": 0}, bits=8, scale=0)
    assert run(node, specs, [np.array([-1, 0, 1])], [False]).tolist() == [0, 1, 1]
    # tanh's only rational value
    node, specs = make("tanh", [(3,)], {"output_scale": 15}, bits=16, scale=15)
    low, zero, _ = run(node, specs, [np.array([-32768, 0, 32767])], [False])
    assert zero == 0
    assert low == floor(np.tanh(-1.0) * 2**15 + 0.5)


@given(st.permutations(range(4)), st.lists(SIZES, min_size=4, max_size=4), SEEDS)
def test_transpose(perm, shape, seed):
    node, specs = make("transpose", [shape], {"perm": tuple(perm)})
    (x,) = values_of(specs, seed)
    got = run(node, specs, [x], [False])
    for at in product(*map(range, shape)):
        assert got[tuple(at[axis] for axis in perm)] == x[at]


@given(SEEDS)
def test_reshape(seed):
    node, specs = make("reshape", [(3, 4, 5)], {"shape": (2, 30)})
    (x,) = values_of(specs, seed)
    assert run(node, specs, [x], [False]).tolist() == [
        x.reshape(-1).tolist()[:30],
        x.reshape(-1).tolist()[30:],
    ]


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.integers(0, 1), SEEDS)
def test_concat(widths, axis, seed):
    shapes = [(w, 3) if axis == 0 else (3, w) for w in widths]
    shifts = tuple(i % 3 for i in range(len(widths)))
    node, specs = make("concat", shapes, {"axis": axis, "left_shifts": shifts})
    specs = [TensorSpec(s.name, s.shape, 12, 9 - shift) for s, shift in zip(specs, shifts, strict=True)]
    values = values_of(specs, seed)
    got = run(node, specs, values, [False] * len(widths))
    if axis == 1:
        got, values = got.T, [v.T for v in values]
    assert got.tolist() == [
        [int(v) * 2**s for v in row] for value, s in zip(values, shifts, strict=True) for row in value
    ]


@given(st.lists(SIZES, min_size=1, max_size=3), st.data(), SEEDS)
def test_slice(shape, data, seed):
    starts, steps, sizes = [], [], []
    for size in shape:
        first, last = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))
        step = data.draw(st.integers(1, 3)) * (1 if last >= first else -1)
        starts.append(first)
        steps.append(step)
        sizes.append(abs(last - first) // abs(step) + 1)
    attributes = {"starts": tuple(starts), "steps": tuple(steps), "sizes": tuple(sizes)}
    node, specs = make("slice", [shape], attributes)
    (x,) = values_of(specs, seed)
    got = run(node, specs, [x], [False])
    for at in product(*map(range, sizes)):
        assert got[at] == x[tuple(s + t * i for s, t, i in zip(starts, steps, at, strict=True))]


@given(st.lists(SIZES, min_size=1, max_size=3), st.data(), SEEDS)
def test_pad(shape, data, seed):
    pads = data.draw(st.lists(st.integers(0, 3), min_size=2 * len(shape), max_size=2 * len(shape)))
    value = data.draw(st.integers(-(2**20), 2**20))
    node, specs = make("pad", [shape], {"pads": tuple(pads), "value": value})
    (x,) = values_of(specs, seed)
    got = run(node, specs, [x], [False])
    for at in product(*map(range, got.shape)):
        inner = tuple(i - p for i, p in zip(at, pads, strict=False))
        inside = all(0 <= i < s for i, s in zip(inner, shape, strict=True))
        assert got[at] == (x[inner] if inside else value)


@given(st.integers(1, 5), st.integers(1, 6), st.integers(0, 1), SEEDS)
def test_argmax_takes_the_lowest_index_of_the_largest(rows, columns, keep, seed):
    node, specs = make("argmax", [(rows, columns)], {"axis": 1, "keepdims": keep})
    x = np.random.default_rng(seed).integers(-2, 2, size=(rows, columns))
    got = run(node, specs, [x], [False]).reshape(rows)
    for row, index in zip(x.tolist(), got, strict=True):
        assert row.index(max(row)) == index


def test_every_integer_operator_is_tested_above(request):
    names = [item.name for item in request.session.items if item.fspath.basename == "test_operators.py"]
    if len(names) < 28 or not TESTED:
        pytest.skip("runs with the whole file only")
    assert set(INTEGER_OPERATORS) == TESTED


def test_operator_table_has_a_row_for_each_operator():
    table = operator_table()
    assert [row.operator for row in table] == sorted(ONNX_OPERATORS)
    assert all(row.attributes and row.integer for row in table)
    assert all(row.semantics.startswith("acc") for row in table if row.integer in INTEGER_OPERATORS)
