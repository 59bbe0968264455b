"""Commit, open, encode, decode; twins agree at odd sizes; hiding and binding as far as tests can show."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from zkattest.commitments import (
    Commitment,
    CommitmentSecret,
    Layout,
    check_model_opening,
    check_opening,
    commit,
    commit_data,
    commit_model,
    default_row_size,
    is_padded,
    model_layout,
    stored_constants,
)
from zkattest.errors import CommitmentError, FormatError, SrsError, SrsTooSmallError
from zkattest.frontend import QuantisedModel, compile_model
from zkattest.progress import Progress
from zkattest.spec import layout as spec_layout
from zkattest.spec import rows as spec_rows
from zkattest.spec import srs as spec_srs
from zkattest.spec.points import Q, R
from zkattest.srs import Srs, UnsafeSrsWarning

Tensors = dict[str, np.ndarray[Any, Any]]

STRING = spec_srs.from_secret(0xABCDEF0123456789, 8)
SRS = Srs.from_bytes(spec_srs.encode(STRING))
WEIGHTS: Tensors = {
    "w": np.arange(-7, 8, dtype=np.int64).reshape(3, 5),
    "b": np.array([32767, -32768, 0], dtype=np.int64),
}


@pytest.fixture(scope="module")
def made() -> tuple[Commitment, CommitmentSecret]:
    return commit(WEIGHTS, SRS, row_size=4)


integers = st.one_of(
    st.integers(-128, 127),
    st.sampled_from([0, -(2**15), 2**15 - 1, -(2**16), 2**63 - 1, -(2**63)]),
    st.integers(-(2**63), 2**63 - 1),
)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.lists(st.integers(1, 5), max_size=3), min_size=1, max_size=4),
    st.sampled_from([2, 4, 8]),
    st.sampled_from(["model", "data"]),
    st.data(),
)
def test_twins_agree(shapes: list[list[int]], row_size: int, kind: Any, data: Any) -> None:
    tensors: Tensors = {}
    for index, shape in enumerate(shapes):
        count = int(np.prod(shape, dtype=int))
        values = data.draw(st.lists(integers, min_size=count, max_size=count))
        tensors[f"t{index}"] = np.array(values, dtype=np.int64).reshape(shape)
    groups = {name: data.draw(st.sampled_from([0, 0, 1, 255])) for name in tensors}
    commitment, secret = commit(tensors, SRS, kind=kind, groups=groups, row_size=row_size)
    packed = spec_layout.pack(row_size, [(name, list(t.shape), groups[name]) for name, t in tensors.items()])
    values = [[int(value) for value in tensor.reshape(-1)] for tensor in tensors.values()]
    blinders = [int.from_bytes(blinder, "big") for blinder in secret.blinders]
    expected = spec_rows.commit(STRING, packed, values, blinders)
    assert list(commitment.rows) == expected
    assert commitment.identity == spec_rows.identity(kind, packed, STRING, expected)
    assert check_opening(commitment, secret, tensors, SRS)


def test_defaults_are_sensible() -> None:
    big = Srs.from_bytes(spec_srs.encode(STRING))
    assert default_row_size([(3,)], big) == 8

    class Long:
        max_degree = 1 << 20

    srs: Any = Long()
    assert default_row_size([(3,)], srs) == 1 << 10
    assert default_row_size([(1000, 1000)], srs) == 1 << 16
    assert default_row_size([(400, 120), (120, 84)], srs) == 1 << 13
    assert default_row_size([(2**12, 2**12), (7,)], srs) == 1 << 16


def test_every_commitment_is_fresh(made: tuple[Commitment, CommitmentSecret]) -> None:
    commitment, secret = made
    again, again_secret = commit(WEIGHTS, SRS, row_size=4)
    assert not set(commitment.rows) & set(again.rows)
    assert not set(secret.blinders) & set(again_secret.blinders)
    assert len(set(secret.blinders)) == len(secret.blinders) == commitment.layout.rows
    assert commitment.identity != again.identity


def test_equal_rows_do_not_show() -> None:
    """Rows with equal cells have different commitments: a blinder per row, not per commitment."""
    commitment, _ = commit({"zeros": np.zeros(32, np.int64)}, SRS, row_size=4)
    assert len(set(commitment.rows)) == 8


def test_blinders_fill_the_field() -> None:
    _, secret = commit({"z": np.zeros(2048, np.int64)}, SRS, row_size=4)
    values = [int.from_bytes(blinder, "big") for blinder in secret.blinders]
    assert len(values) == 512
    assert max(values) < R
    assert max(values) > R - R // 16
    assert min(values) < R // 16


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.uint8, np.uint64, ">i4"])
def test_integer_types_are_taken_as_values(dtype: Any) -> None:
    tensor = np.array([1, 2, 100], dtype=dtype)
    commitment, secret = commit({"t": tensor}, SRS, row_size=4)
    assert check_opening(commitment, secret, {"t": tensor.astype(np.int64)}, SRS)


def test_strides_do_not_matter() -> None:
    tensor = np.arange(24, dtype=np.int64).reshape(4, 6)
    for view in (tensor.T, tensor[::2], tensor[:, ::-1], np.asfortranarray(tensor)):
        commitment, secret = commit({"t": view}, SRS, row_size=8)
        assert check_opening(commitment, secret, {"t": np.array(view)}, SRS)


def changes() -> dict[str, Tensors]:
    w, b = WEIGHTS["w"], WEIGHTS["b"]
    one = w.copy()
    one[2, 4] += 1
    return {
        "one cell": {"w": one, "b": b},
        "sign": {"w": -w, "b": b},
        "shape": {"w": w.reshape(5, 3), "b": b},
        "order": {"b": b, "w": w},
        "name": {"v": w, "b": b},
        "one tensor less": {"w": w},
        "one tensor more": {"w": w, "b": b, "c": np.zeros(1, np.int64)},
        "padding": {"w": w, "b": np.append(b, 0)},
    }


@pytest.mark.parametrize("change", sorted(changes()))
def test_other_tensors_do_not_open(made: tuple[Commitment, CommitmentSecret], change: str) -> None:
    commitment, secret = made
    assert check_opening(commitment, secret, WEIGHTS, SRS)
    assert not check_opening(commitment, secret, changes()[change], SRS)


def test_another_secret_does_not_open(made: tuple[Commitment, CommitmentSecret]) -> None:
    commitment, secret = made
    _, other = commit(WEIGHTS, SRS, row_size=4)
    assert not check_opening(commitment, other, WEIGHTS, SRS)
    renamed = CommitmentSecret(commitment.identity, other.blinders)
    assert not check_opening(commitment, renamed, WEIGHTS, SRS)
    short = CommitmentSecret(commitment.identity, secret.blinders[:-1])
    assert not check_opening(commitment, short, WEIGHTS, SRS)


def test_swapped_rows_are_another_commitment(made: tuple[Commitment, CommitmentSecret]) -> None:
    commitment, secret = made
    swapped = replace(commitment, rows=commitment.rows[1::-1] + commitment.rows[2:])
    assert swapped.identity != commitment.identity
    assert not check_opening(swapped, CommitmentSecret(swapped.identity, secret.blinders), WEIGHTS, SRS)


def test_identity_binds_kind_rows_and_string() -> None:
    commitment, _ = commit(WEIGHTS, SRS, row_size=4)
    as_data = replace(commitment, kind="data")
    other_string = replace(commitment, srs_digest=bytes(32))
    assert len({commitment.identity, as_data.identity, other_string.identity}) == 3


def test_another_string_is_refused(made: tuple[Commitment, CommitmentSecret]) -> None:
    commitment, secret = made
    other = Srs.from_bytes(spec_srs.encode(spec_srs.from_secret(3, 8)))
    with pytest.raises(SrsError, match="another set-up string"):
        check_opening(commitment, secret, WEIGHTS, other)
    with pytest.raises(SrsTooSmallError):
        check_opening(commitment, secret, WEIGHTS, SRS.prefix(3))


def test_a_longer_string_with_the_same_prefix_is_the_same(
    made: tuple[Commitment, CommitmentSecret],
) -> None:
    commitment, secret = made
    assert check_opening(commitment, secret, WEIGHTS, SRS.prefix(4))
    assert commitment.srs_digest == SRS.prefix(4).digest


def test_encodings_round_trip(made: tuple[Commitment, CommitmentSecret]) -> None:
    commitment, secret = made
    assert Commitment.from_bytes(commitment.to_bytes()) == commitment
    assert Commitment.from_bytes(commitment.to_bytes()).identity == commitment.identity
    assert CommitmentSecret.from_bytes(secret.to_bytes()) == secret


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_changed_byte_is_noticed(made: tuple[Commitment, CommitmentSecret], data: Any) -> None:
    for original in made:
        encoded = original.to_bytes()
        at = data.draw(st.integers(0, len(encoded) - 1))
        cut = data.draw(st.booleans())
        bit = bytes([encoded[at] ^ data.draw(st.integers(1, 255))])
        changed = encoded[:at] if cut else encoded[:at] + bit + encoded[at + 1 :]
        try:
            decoded = type(original).from_bytes(changed)
        except (FormatError, CommitmentError):
            continue
        assert not cut
        assert decoded != original
        assert decoded.to_bytes() == changed


def bad_rows() -> dict[str, tuple[bytes, str]]:
    row = commit({"t": np.ones(1, np.int64)}, SRS, row_size=4)[0].rows[0]
    x, y = row[:32], row[32:]
    larger = [(int.from_bytes(value, "big") + Q).to_bytes(32, "big") for value in (x, y)]
    return {
        "infinity": (bytes(64), "commitment 0 is the point at infinity"),
        "off the curve": (row[:-1] + bytes([row[-1] ^ 1]), "commitment 0 is not on the curve"),
        "x not canonical": (larger[0] + y, "not smaller than the field's modulus"),
        "y not canonical": (x + larger[1], "not smaller than the field's modulus"),
        "short": (row[:-1], "64 bytes"),
    }


@pytest.mark.parametrize("case", sorted(bad_rows()))
def test_bad_points_are_refused(case: str) -> None:
    row, message = bad_rows()[case]
    commitment, _ = commit({"t": np.ones(1, np.int64)}, SRS, row_size=4)
    with pytest.raises(CommitmentError, match=message):
        replace(commitment, rows=(row,))


def test_a_wrong_number_of_rows_is_refused(made: tuple[Commitment, CommitmentSecret]) -> None:
    commitment, _ = made
    with pytest.raises(CommitmentError, match="expected"):
        replace(commitment, rows=commitment.rows[:-1])
    with pytest.raises(CommitmentError, match="expected"):
        replace(commitment, rows=(*commitment.rows, commitment.rows[0]))


def test_a_claimed_huge_number_of_rows_costs_nothing(made: tuple[Commitment, CommitmentSecret]) -> None:
    encoded = made[0].to_bytes()
    at = len(encoded) - 64 * len(made[0].rows) - 8
    with pytest.raises(FormatError, match="truncated"):
        Commitment.from_bytes(encoded[:at] + (2**60).to_bytes(8, "big") + encoded[at + 8 :])


def test_blinders_beyond_the_field_are_refused() -> None:
    with pytest.raises(CommitmentError, match="blinder of row 1 is not smaller"):
        CommitmentSecret(bytes(32), (bytes(32), R.to_bytes(32, "big")))


def test_secrets_do_not_show(made: tuple[Commitment, CommitmentSecret]) -> None:
    commitment, secret = made
    for text in (repr(secret), str(secret), repr(commitment)):
        for blinder in secret.blinders:
            assert blinder.hex() not in text
            assert repr(blinder) not in text
            assert str(int.from_bytes(blinder, "big")) not in text


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        ({}, "no tensor"),
        ({"": np.ones(1, np.int64)}, "empty name"),
        ({"a": np.ones((2, 0), np.int64)}, "axis 1 has size zero"),
        ({"a": np.ones(2)}, "float64"),
        ({"a": np.ones(2, np.bool_)}, "bool"),
        ({"a": np.array([2**63], np.uint64)}, "uint64"),
        ({"a": np.array([2**70])}, "object"),
        ({"a": np.array(["x"])}, "<U1"),
        ({3: np.ones(1, np.int64)}, "name is a text"),
        ({"\ud800": np.ones(1, np.int64)}, "not valid Unicode"),
    ],
)
def test_what_cannot_be_committed_is_refused(tensors: Any, message: str) -> None:
    with pytest.raises(CommitmentError, match=re.escape(message)):
        commit(tensors, SRS, row_size=4)


@pytest.mark.parametrize("row_size", [0, 1, 3, 6, -4, 2**29, 2**80, True, 4.0, "4"])
def test_impossible_row_sizes_are_refused(row_size: Any) -> None:
    with pytest.raises(CommitmentError):
        commit(WEIGHTS, SRS, row_size=row_size)


def test_too_small_a_string_is_refused() -> None:
    with pytest.raises(SrsTooSmallError, match="degree 16; this one reaches 8"):
        commit(WEIGHTS, SRS, row_size=16)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(CommitmentError, match="'model' or 'data'"):
        commit(WEIGHTS, SRS, kind="weights", row_size=4)  # type: ignore[arg-type]


def model(**changes: Any) -> Any:
    """A convolution of 3 output and 2 input channels with a 2 x 1 kernel, and a bias."""
    constants = {
        "kernel": np.arange(12, dtype=np.int64).reshape(3, 2, 2, 1),
        "bias": np.arange(3, dtype=np.int64),
    }
    bits = {"kernel": 8, "bias": 16}
    constants.update({name: value for name, value in changes.items() if name in constants})
    bits.update(changes.get("bits", {}))
    return SimpleNamespace(
        constants=constants,
        tensors={name: SimpleNamespace(bits=bits[name], shape=constants[name].shape) for name in constants},
        nodes=[
            SimpleNamespace(op="conv", inputs=("input", "kernel", "bias")),
            SimpleNamespace(op="add", inputs=("conv", "bias")),
        ],
    )


def test_kernels_are_stored_with_their_channels_last() -> None:
    stored = stored_constants(model())
    assert list(stored) == ["constant 0", "constant 1"], "no names of layers"
    kernel, bias = stored.values()
    assert kernel.shape == (2, 1, 3, 2)
    for o, c, k in np.ndindex(3, 2, 2):
        assert kernel[k, 0, o, c] == model().constants["kernel"][o, c, k, 0]
    assert (bias == model().constants["bias"]).all()


def test_a_model_is_its_stored_constants_in_groups_of_their_bits() -> None:
    commitment, secret = commit_model(model(), SRS, row_size=8)
    assert commitment.kind == "model"
    assert [(t.name, t.shape, t.group) for t in commitment.layout.tensors] == [
        ("constant 0", (2, 1, 3, 2), 8),
        ("constant 1", (3,), 16),
    ]
    assert commitment.layout == model_layout(model(), 8)
    assert check_opening(commitment, secret, stored_constants(model()), SRS)
    assert check_model_opening(commitment, secret, model(), SRS)
    assert not check_model_opening(commitment, secret, model(bias=np.array([0, 1, 3])), SRS)
    assert not check_model_opening(commitment, secret, model(bits={"bias": 15}), SRS)
    as_data = replace(commitment, kind="data")
    assert not check_model_opening(as_data, CommitmentSecret(as_data.identity, secret.blinders), model(), SRS)


def test_public_weights_can_be_recomputed() -> None:
    commitment, secret = commit_model(model(), SRS, row_size=8, weights="public")
    again, _ = commit_model(model(), SRS, row_size=8, weights="public")
    assert again == commitment
    assert again.identity == commitment.identity
    assert check_model_opening(commitment, secret, model(), SRS)
    other, _ = commit_model(model(bias=np.array([0, 1, 3])), SRS, row_size=8, weights="public")
    assert other.identity != commitment.identity
    zeros = model(kernel=np.zeros((3, 2, 2, 1), np.int64), bias=np.zeros(3, np.int64))
    assert commit_model(zeros, SRS, row_size=8, weights="public")[0].rows
    with pytest.raises(CommitmentError, match="'private' or 'public'"):
        commit_model(model(), SRS, row_size=8, weights="secret")  # type: ignore[arg-type]


def test_data_are_one_tensor_and_can_be_committed_again() -> None:
    x = np.arange(12, dtype=np.int64).reshape(2, 2, 3)
    commitment, secret = commit_data(x, SRS, 8)
    assert [(t.name, t.shape, t.group) for t in commitment.layout.tensors] == [("x", (2, 2, 3), 0)]
    assert commitment.kind == "data"
    assert commit_data(x, SRS, 8, secret.blinders) == (commitment, secret)
    assert commit_data(x, SRS, 8)[0].identity != commitment.identity
    with pytest.raises(CommitmentError, match="1 blinders for 2 rows"):
        commit_data(x, SRS, 8, secret.blinders[:1])


def test_unsafe_strings_mark_their_commitments() -> None:
    assert commit(WEIGHTS, SRS, row_size=4)[0].srs_unsafe is SRS.unsafe is True


def test_progress_is_told() -> None:
    events: list[tuple[str, int | None]] = []

    class Recorder(Progress):
        def start(self, phase: str, total: int | None = None) -> None:
            events.append(("start", total))

        def advance(self, phase: str, units: int = 1) -> None:
            events.append(("advance", units))

        def finish(self, phase: str) -> None:
            events.append(("finish", None))

    commit(WEIGHTS, SRS, row_size=4, progress=Recorder())
    assert events[0] == ("start", 7)
    assert events[-1] == ("finish", None)
    assert sum(units or 0 for what, units in events if what == "advance") == 7


def test_layouts_are_values() -> None:
    tensors = [("a", (3,), 0), ("b", (), 0), ("c", (2, 3), 0), ("d", (5,), 0)]
    layout = Layout.pack(4, tensors)
    assert layout == Layout.pack(4, tensors)
    assert [(t.row, t.offset, t.inner) for t in layout.tensors] == [
        (2, 0, 4),
        (5, 0, 1),
        (3, 0, 4),
        (0, 0, 8),
    ]


def test_groups_are_placed_in_order_on_fresh_rows() -> None:
    layout = Layout.pack(8, [("bias", (2,), 16), ("w", (3,), 8), ("v", (5,), 9), ("scale", (), 16)])
    assert [(t.row, t.offset, t.inner) for t in layout.tensors] == [
        (2, 0, 2),
        (0, 0, 4),
        (1, 0, 8),
        (2, 2, 1),
    ]
    assert layout.rows == 3


@pytest.mark.parametrize("group", [-1, 256, 2**80, True, 1.0, "8"])
def test_impossible_groups_are_refused(group: Any) -> None:
    with pytest.raises(CommitmentError, match="expected 0 to 255"):
        commit(WEIGHTS, SRS, row_size=4, groups={"b": group})


def test_a_large_tensor_in_many_rows() -> None:
    """Several native calls and threads, 16-bit cells; the last cell counts."""
    with pytest.warns(UnsafeSrsWarning):
        srs = Srs.development(12)
    rng = np.random.default_rng(1)
    tensor = rng.integers(-(2**15), 2**15, size=(3, 700_001))
    commitment, secret = commit({"t": tensor}, srs, row_size=1 << 12)
    assert commitment.layout.rows == 768
    assert check_opening(commitment, secret, {"t": tensor}, srs)
    tensor[2, 700_000] += 1
    assert not check_opening(commitment, secret, {"t": tensor}, srs)


# --- padded boxes ------------------------------------------------------------------------------------


def flattening_model() -> QuantisedModel:
    """conv [1, 2, 5, 5] -> [1, 3, 3, 3], flattened to 27, gemm to 4."""
    random = np.random.default_rng(5)
    weights = {
        "kernel": random.normal(size=(3, 2, 3, 3)),
        "matrix": random.normal(size=(27, 4)),
        "bias": random.normal(size=4),
    }
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["x", "kernel"], ["c"]),
            helper.make_node("Flatten", ["c"], ["f"]),
            helper.make_node("Gemm", ["f", "matrix", "bias"], ["y"]),
        ],
        "flattening",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 2, 5, 5])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4])],
        [numpy_helper.from_array(value.astype(np.float32), name) for name, value in weights.items()],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    samples = random.normal(size=(8, 2, 5, 5)).astype(np.float32)
    return compile_model(proto.SerializeToString(), samples, bits=8)


def test_padded_boxes_hold_every_weight_once_and_zeros() -> None:
    subject = flattening_model()
    stored = stored_constants(subject, 512, padded=True)
    kernel, matrix, bias = (stored[f"constant {i}"] for i in range(3))
    values = list(subject.constants.values())
    assert (kernel.shape, matrix.shape, bias.shape) == ((4, 4, 4, 2), (4, 4, 4, 4), (4,))
    for o, c, k, j in np.ndindex(3, 2, 3, 3):
        assert kernel[k, j, o, c] == values[0][o, c, k, j]
    for c, k, j, n in np.ndindex(3, 3, 3, 4):
        assert matrix[c, k, j, n] == values[1][9 * c + 3 * k + j, n]
    for box, tensor in zip(stored.values(), values, strict=True):
        assert np.count_nonzero(box) == np.count_nonzero(tensor)


def test_axes_that_do_not_fit_into_a_row_are_not_padded() -> None:
    stored = stored_constants(flattening_model(), 64, padded=True)
    assert [box.shape for box in stored.values()] == [(3, 4, 4, 2), (3, 3, 4, 4), (4,)]
    with pytest.raises(CommitmentError, match="depend on the row size"):
        stored_constants(flattening_model(), padded=True)


def test_padded_commitments_are_recognised_and_opened() -> None:
    subject = flattening_model()
    for padded in (False, True):
        commitment, secret = commit_model(subject, SRS, row_size=8, padded=padded)
        assert is_padded(commitment, subject) is padded
        assert commitment.layout == model_layout(subject, 8, padded=padded)
        assert commitment.layout != model_layout(subject, 8, padded=not padded)
        assert check_model_opening(commitment, secret, subject, SRS)
        first = next(iter(subject.constants))
        other = replace(subject, constants={**subject.constants, first: -subject.constants[first]})
        assert not check_model_opening(commitment, secret, other, SRS)


def test_data_are_the_first_corner_of_their_box() -> None:
    x = np.arange(1, 7).reshape(2, 3)
    boxed, _ = commit_data(x, SRS, 8, [bytes(31) + b"\5"], box=(2, 4))
    corner = np.array([[1, 2, 3, 0], [4, 5, 6, 0]])
    assert boxed == commit_data(corner, SRS, 8, [bytes(31) + b"\5"])[0]
    with pytest.raises(CommitmentError, match="does not fit"):
        commit_data(x, SRS, 8, box=(2, 2))
    with pytest.raises(CommitmentError, match="does not fit"):
        commit_data(x, SRS, 8, box=(2, 4, 1))
