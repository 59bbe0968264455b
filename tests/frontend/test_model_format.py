"""The quantised model: its encoding, digests, inputs, outputs, and what it refuses."""

import contextlib
import hashlib
import pickle
import struct

import numpy as np
import pytest
from eth_utils.crypto import keccak
from onnx_models import TINY_SAMPLES, model, tiny

from zkattest.encoding import Writer
from zkattest.errors import FormatError, NonFiniteError, ShapeError, StorageError, VersionError
from zkattest.frontend import Architecture, Node, Provenance, QuantisedModel, TensorSpec, compile_model

PROVENANCE = Provenance(bytes(range(32)), 17, "test", "0.1.0")


def with_provenance(quantised, provenance=PROVENANCE):
    return rebuilt(quantised, provenance=provenance)


def rebuilt(quantised, **changes):
    names = ("inputs", "outputs", "nodes", "tensors", "constants", "transform", "provenance")
    return QuantisedModel(**{name: changes.get(name, getattr(quantised, name)) for name in names})


@pytest.fixture(scope="module")
def small():
    """8 bits throughout. x in [-1, 1]: scale 6. w up to 1: scale 6. b: 16 bits at the product's scale 12. The
    largest output is 2.125: scale 5."""
    return with_provenance(compile_model(tiny(), TINY_SAMPLES, bits=8, weight_bits=8))


W = [[32, -64], [16, 48], [-8, 32], [64, 0]]
B = [2048, -1024]


def tensor(name, shape, bits, scale, names):
    head = struct.pack(">I", len(name)) + name.encode() if names else b""
    return head + struct.pack(f">B{len(shape)}I", len(shape), *shape) + struct.pack(">Bq", bits, scale)


def text(value):
    return struct.pack(">I", len(value)) + value.encode()


def by_hand(names):
    """The whole encoding of ``small``, from the documented layout and the arithmetic above."""
    data = (b"ZKQM" if names else b"ZKQA") + struct.pack(">H", 1) + struct.pack(">III", 1, 2, 1)
    data += tensor("x", (1, 4), 8, 6, names) + tensor("w", (4, 2), 8, 6, names)
    data += tensor("b", (2,), 16, 12, names) + tensor("y", (1, 2), 8, 5, names)
    data += text("gemm") + (text("n0") if names else b"") + struct.pack(">IIII", 3, 0, 1, 2)
    data += struct.pack(">I", 1) + text("bias_shift") + struct.pack(">Bq", 0, 0)
    data += struct.pack(">Bqq", 7, 0, 127)
    data += struct.pack(">I", 3) + text("none") + struct.pack(">I", 0)
    if names:
        data += struct.pack(">8b", *(value for row in W for value in row)) + struct.pack(">2h", *B)
        data += bytes(range(32)) + struct.pack(">I", 17) + text("test") + text("0.1.0")
    return data


def test_encoding_and_digests_follow_the_documented_layout(small):
    assert small.to_bytes() == by_hand(names=True)
    assert small.digest == hashlib.sha256(by_hand(names=True)).digest()
    assert small.architecture_digest == keccak(by_hand(names=False))


def test_an_architecture_is_read_from_its_encoding_alone(small):
    read = Architecture.from_bytes(by_hand(names=False))
    assert read.to_bytes() == by_hand(names=False)
    assert read.digest == small.architecture_digest
    assert read.parameters == small.parameters == 10
    assert [(spec.shape, spec.bits, spec.scale) for spec in read.tensors.values()] == [
        (spec.shape, spec.bits, spec.scale) for spec in small.tensors.values()
    ]


def test_every_change_of_an_architecture_is_refused_or_changes_its_digest(small):
    data = by_hand(names=False)
    read = 0
    for position in range(len(data)):
        with pytest.raises(FormatError):
            Architecture.from_bytes(data[:position])
        for bit in (1, 0x80):
            changed = data[:position] + bytes([data[position] ^ bit]) + data[position + 1 :]
            with contextlib.suppress(FormatError, VersionError):
                assert Architecture.from_bytes(changed).to_bytes() == changed
                read += 1
    assert 0 < read < len(data), "some changes give other architectures, most give none"
    with pytest.raises(FormatError):
        Architecture.from_bytes(data + b"\0")
    with pytest.raises(FormatError):
        Architecture.from_bytes(by_hand(names=True))


def test_execution_by_hand(small):
    x = np.array([[1.0, -1.0, 0.5, 0.25]])
    q = [64, -64, 32, 16]
    np.testing.assert_array_equal(small.quantise_input(x), [q])
    accumulators = [sum(q[k] * W[k][n] for k in range(4)) + B[n] for n in range(2)]
    trace = small.trace(np.array(q))
    assert trace.accumulators["y"].tolist() == [accumulators]
    assert trace["y"].tolist() == [[max(0, min(127, (a + 64) >> 7)) for a in accumulators]]
    assert small.execute(np.array([q])).tolist() == trace["y"].tolist()
    assert small.dequantise_output(trace["y"]).tolist() == [[v / 32 for v in trace["y"][0]]]


def test_architecture_digest_forgets_names_weights_and_provenance(small):
    other = {
        name: values + (1 if name == "w" else 0) - (2 if name == "w" else 0)
        for name, values in small.constants.items()
    }
    changed = rebuilt(small, constants=other, provenance=Provenance(bytes(32), 11, "", "9"))
    assert changed.digest != small.digest
    assert changed.architecture_digest == small.architecture_digest
    renamed = {"x": "u", "w": "v", "b": "c", "y": "out"}
    specs = {renamed[n]: TensorSpec(renamed[n], s.shape, s.bits, s.scale) for n, s in small.tensors.items()}
    node = small.nodes[0]
    node = Node(node.op, "other", ("u", "v", "c"), ("out",), node.attributes, node.shift, node.low, node.high)
    constants = {renamed[n]: v for n, v in small.constants.items()}
    again = rebuilt(
        small,
        tensors=specs,
        nodes=(node,),
        constants=constants,
        inputs=(specs["u"],),
        outputs=(specs["out"],),
    )
    assert again.architecture_digest == small.architecture_digest


def test_architecture_digest_sees_everything_else(small):
    node = small.nodes[0]
    high = Node(node.op, node.name, node.inputs, node.outputs, node.attributes, node.shift, 0, 126)
    assert rebuilt(small, nodes=(high,)).architecture_digest != small.architecture_digest


def test_every_truncation_is_refused(small):
    data = small.to_bytes()
    for size in range(len(data)):
        with pytest.raises(FormatError):
            QuantisedModel.from_bytes(data[:size])
    with pytest.raises(FormatError, match="trailing"):
        QuantisedModel.from_bytes(data + b"\x00")


def test_every_single_byte_change_is_refused_or_changes_the_digest(small):
    data = small.to_bytes()
    refused = 0
    for position in range(len(data)):
        for change in (0x01, 0x80, 0xFF):
            hostile = bytearray(data)
            hostile[position] ^= change
            try:
                decoded = QuantisedModel.from_bytes(bytes(hostile))
            except FormatError:
                refused += 1
                continue
            assert decoded.to_bytes() == bytes(hostile)
            assert decoded.digest != small.digest
    # names (6 bytes), weights (12), provenance (45), saturation bounds (16), lengths (40) may change
    assert refused > 3 * (len(data) - 6 - 12 - 45 - 16 - 40)


def test_other_kinds_and_versions(small):
    data = small.to_bytes()
    with pytest.raises(FormatError, match="no quantised model"):
        QuantisedModel.from_bytes(b"ZKPF" + data[4:])
    with pytest.raises(VersionError, match="version 2"):
        QuantisedModel.from_bytes(data[:4] + b"\x00\x02" + data[6:])


def test_declared_sizes_are_checked_before_anything_is_allocated():
    writer = Writer(b"ZKQM", 1).u32(1).u32(0).u32(0).text("x").u8(3)
    for _ in range(3):
        writer.u32(2**32 - 1)
    with pytest.raises(FormatError, match="elements"):
        QuantisedModel.from_bytes(writer.u8(8).i64(0).finish())
    with pytest.raises(FormatError, match="truncated"):
        QuantisedModel.from_bytes(Writer(b"ZKQM", 1).u32(1).u32(2**32 - 1).u32(2**32 - 1).finish())


def changed_node(small, **changes):
    node = small.nodes[0]
    fields = {name: getattr(node, name) for name in node.__dataclass_fields__} | changes
    return rebuilt(small, nodes=(Node(**fields),))


@pytest.mark.parametrize(
    ("changes", "piece"),
    [
        ({"op": "gemmm"}, "unknown operator"),
        ({"op": "matmul"}, "3 inputs"),
        ({"inputs": ("x",)}, "1 inputs"),
        ({"inputs": ("w", "x", "b")}, "one activation"),
        ({"inputs": ("x", "b", "w")}, "do not multiply"),
        ({"inputs": ("y", "w", "b")}, "before it is computed"),
        ({"inputs": ("w", "w", "b")}, "constants only"),
        ({"attributes": {}}, "attributes"),
        ({"attributes": {"bias_shift": 0, "more": 1}}, "attributes"),
        ({"attributes": {"bias_shift": (0,)}}, "wrong kind"),
        ({"attributes": {"bias_shift": 1}}, "bias_shift 1"),
        ({"shift": 8}, "shift 8"),
        ({"shift": -1}, "shift -1"),
        ({"low": -129}, "saturates"),
        ({"high": 128}, "saturates"),
        ({"low": 5, "high": 4}, "saturates"),
    ],
)
def test_inconsistent_nodes(small, changes, piece):
    with pytest.raises(FormatError) as caught:
        changed_node(small, **changes)
    assert piece in str(caught.value)


def test_inconsistent_tensors(small):
    w = dict(small.constants)
    w["w"] = w["w"] * 0 + 128
    with pytest.raises(FormatError, match="leaves its declared 8 bits"):
        rebuilt(small, constants=w)
    w["w"] = np.zeros((2, 4), np.int64)
    with pytest.raises(FormatError, match="has shape"):
        rebuilt(small, constants=w)
    for spec in (
        TensorSpec("y", (1, 2), 7, 5), TensorSpec("y", (1, 2), 17, 5), TensorSpec("y", (1, 2), 8, 99),
        TensorSpec("y", (2, 1), 8, 5), TensorSpec("y", (0, 2), 8, 5),
    ):  # fmt: skip
        with pytest.raises(FormatError):
            rebuilt(small, tensors={**small.tensors, "y": spec}, outputs=(spec,))
    with pytest.raises(FormatError, match="at least one node"):
        rebuilt(small, nodes=())
    with pytest.raises(FormatError, match="not in the order"):
        rebuilt(small, tensors=dict(reversed(small.tensors.items())))
    with pytest.raises(FormatError, match="computed by a node"):
        rebuilt(small, outputs=small.inputs)


def test_input_checks(small):
    with pytest.raises(ShapeError, match=r"\(1, 4\)"):
        small.quantise_input(np.zeros((1, 5)))
    with pytest.raises(ShapeError):
        small.quantise_input("text")
    with pytest.raises(NonFiniteError, match="1 NaN"):
        small.quantise_input([0, np.nan, 0, 0])
    with pytest.raises(ShapeError, match="integers"):
        small.execute(np.zeros((1, 4)))
    with pytest.raises(ShapeError, match="declared range"):
        small.execute(np.full((1, 4), 128))
    with pytest.raises(ShapeError, match="declared range"):
        small.execute(np.array([[-129, 0, 0, 0]]))
    with pytest.raises(ShapeError):
        small.execute(np.zeros((2, 4), np.int64))
    with pytest.raises(ShapeError):
        small.dequantise_output(np.zeros(3, np.int64))
    assert small.quantise_input([9.0, -9.0, 0, 0]).tolist() == [[127, -128, 0, 0]]
    assert small.execute(np.zeros((1, 4), np.uint8)).shape == (1, 2)


def test_softmax_is_left_to_the_reader():
    nodes = [("Gemm", ["x", "w"], ["z"], {}), ("Softmax", ["z"], ["y"], {})]
    w = np.array([[1, 0], [0, 1], [0, 0], [0, 0]], dtype=np.float32)
    quantised = compile_model(model(nodes, {"w": w}), TINY_SAMPLES)
    assert quantised.outputs[0].name == "z"
    assert (quantised.transform.kind, quantised.transform.axes) == ("softmax", (1,))
    q = quantised.execute(quantised.quantise_input([1.0, 0.5, 0, 0]))
    np.testing.assert_allclose(quantised.dequantise_output(q, transform=False), [[1.0, 0.5]], atol=1e-3)
    e = np.exp([1.0, 0.5])
    np.testing.assert_allclose(quantised.dequantise_output(q), [e / e.sum()], atol=1e-3)
    np.testing.assert_allclose(quantised.dequantise_output(q.reshape(-1)), [e / e.sum()], atol=1e-3)


def test_files(small, tmp_path):
    path = small.save(tmp_path / "m.zkqm")
    assert path.stat().st_mode & 0o777 == 0o600
    assert QuantisedModel.load(path).digest == small.digest
    with pytest.raises(StorageError):
        QuantisedModel.load(tmp_path / "absent")


def test_weights_are_read_only_and_never_shown(small):
    with pytest.raises(ValueError, match="read-only"):
        small.constants["w"][0, 0] = 1
    shown = repr(small) + small._repr_html_() + str(small.summary())
    for value in ("2048", "-1024", "-64"):
        assert value not in shown
    assert small.parameters == 10
    assert "gemm" in shown


def test_random_bytes_after_a_valid_header_never_escape(small):
    random = np.random.default_rng(11)
    data = small.to_bytes()
    for _ in range(300):
        hostile = bytearray(data)
        for position in random.integers(6, len(data), size=4):
            hostile[position] = int(random.integers(256))
        with contextlib.suppress(FormatError):  # anything else fails the test
            QuantisedModel.from_bytes(bytes(hostile))


def test_pickle_goes_through_the_validated_encoding(small):
    copy = pickle.loads(pickle.dumps(small))
    assert copy.digest == small.digest
