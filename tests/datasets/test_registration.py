"""Registration proofs: honest shards pass both verifiers, malformed ones neither, and no proof moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from zkattest import _native
from zkattest.commitments import commit as commit_tensors
from zkattest.datasets import DataSet, DataSetStore, Schema, ShardRecord, Value, commit
from zkattest.datasets.building import Plan
from zkattest.datasets.layout import shard_layout
from zkattest.datasets.registration import data_circuit, register_shard, registration_binding
from zkattest.errors import DataSetMismatchError, MalformedProofError, ProvingError, ZkattestError
from zkattest.layouts import next_power
from zkattest.progress import SILENT
from zkattest.spec import srs as spec_srs
from zkattest.srs import Srs

ROWS = 256
Tensors = dict[str, np.ndarray[Any, Any]]


@pytest.fixture(scope="module", params=[False, True], ids=["natural", "padded"])
def padded(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def made(table: dict[str, Any], schema: Schema, srs: Srs, path: Path, **more: Any) -> DataSetStore:
    options = {"row_size": ROWS, "schema": schema, "label": "ill", "groups": ["sex", "ward"], **more}
    return commit([table], srs, path, **options)


def registered(
    schema: Schema, srs: Srs, tensors: Tensors, labelled: int, *, rows: int, padded: bool = False
) -> DataSet:
    """A data set of one shard with these tensors, whatever they are."""
    plan = Plan(schema, "test", None, ROWS, padded, srs)
    layout = shard_layout(schema, ROWS, padded)
    commitment, secret = commit_tensors(layout.boxed(tensors), srs, kind="data", row_size=ROWS)
    proof = register_shard(
        data_circuit(schema.spec, ROWS, padded),
        schema.spec,
        srs,
        list(tensors.values()),
        labelled=labelled,
        identity=commitment.identity,
        srs_digest=srs.digest_at(ROWS),
        rows=commitment.rows,
        blinders=secret.blinders,
        threads=1,
        progress=SILENT,
    )
    return plan.dataset([ShardRecord(rows, labelled, commitment.rows, proof)])


def _holds(dataset: DataSet) -> bool:
    try:
        return dataset.verify()
    except MalformedProofError:
        return False


def test_honest_shards_hold(
    table: dict[str, Any], schema: Schema, srs: Srs, tmp_path: Path, padded: bool
) -> None:
    dataset = made(table, schema, srs, tmp_path, padded=padded).dataset
    assert dataset.verify()
    assert dataset.verify(srs)
    assert dataset.shards[0].registration.startswith(b"".join(dataset.shards[0].commitments))
    one = replace(dataset, shards=dataset.shards[-1:])
    assert one.verify(readable=True)


def test_regression_holds(
    table: dict[str, Any], schema: Schema, srs: Srs, tmp_path: Path, padded: bool
) -> None:
    stay = np.where(np.arange(20) % 5 == 2, np.nan, np.linspace(-4, 4, 20))
    value = replace(schema, target=Value("ill", 6))
    dataset = made({**table, "ill": stay}, value, srs, tmp_path, padded=padded, unlabelled=True).dataset
    assert dataset.labelled == 16
    assert dataset.verify()
    assert replace(dataset, shards=dataset.shards[-1:]).verify(readable=True)


def test_the_binding_by_hand() -> None:
    text = b"zkattest-data-registration-v1" + b"\1" * 32 + b"\2" * 32 + keccak(b"spec")
    assert registration_binding(b"\1" * 32, b"\2" * 32, b"spec") == keccak(text)


def test_natural_boxes_are_the_cheapest_cut() -> None:
    """The rule of ``docs/commitments.md`` once more, in a few lines."""

    @given(
        st.integers(1, 20),
        st.lists(st.integers(1, 7), min_size=1, max_size=4),
        st.lists(st.integers(1, 5), max_size=2),
    )
    def check(capacity: int, shape: list[int], groups: list[int]) -> None:
        from zkattest.datasets import Classes, Features, Group

        columns = tuple(Group(f"g{i}", tuple(map(str, range(size)))) for i, size in enumerate(groups))
        schema = Schema(Features(tuple(shape), 8, 0), Classes("y", ("a", "b", "c")), columns, capacity)
        for stored, (_, sizes) in zip(
            shard_layout(schema, 1 << 12, False).tensors, schema.tensors, strict=True
        ):
            real = [size for size in sizes[1:] if size > 1]
            cuts = [(real[:cut], int(np.prod(real[cut:]))) for cut in range(len(real))]
            best = min(
                reversed(cuts),
                key=lambda cut: int(np.prod(cut[0])) * (next_power(cut[1]) + 4),
                default=([], 1),
            )
            expected = ([capacity] if capacity > 1 else []) + best[0] + ([best[1]] if real else [])
            assert list(stored.shape) == list(stored.box) == expected

    check()


# --- malformed shards -----------------------------------------------------------------------------------


@pytest.fixture
def tensors(table: dict[str, Any], schema: Schema, srs: Srs, tmp_path: Path) -> Tensors:
    """Of a full shard with one unlabelled row, the last."""
    labels = table["ill"].astype(object)
    labels[7] = None
    store = made({**table, "ill": labels}, schema, srs, tmp_path / "honest", unlabelled=True)
    return store.shard(0).tensors


def test_the_harness_accepts_the_honest_shard(
    schema: Schema, srs: Srs, tensors: Tensors, padded: bool
) -> None:
    assert registered(schema, srs, tensors, 7, rows=8, padded=padded).verify()


def _feature_too_large(t: Tensors) -> None:
    t["x"][2, 0, 1] = 1 << 11


def _feature_too_small(t: Tensors) -> None:
    t["x"][2, 0, 1] = -(1 << 11) - 1


def _label_of_two(t: Tensors) -> None:
    t["l0"][7, 0], t["l1"][7, 0, 0], t["l2"][7, 0, 0] = 2, 2, 2


def _label_negative(t: Tensors) -> None:
    """One class counts twice and the other minus once: sums of rows are right."""
    t["l0"][7] = 2, -1
    t["l1"][7, 0] = 2, -1
    t["l2"][7, 0] = 2, -1


def _two_classes(t: Tensors) -> None:
    t["l0"][0] = t["l1"][0, 0] = t["l2"][0, 0] = 1
    t["l1"][0, 1], t["l2"][0, 1:] = 0, 0


def _no_group(t: Tensors) -> None:
    t["l1"][0] = 0


def _two_groups(t: Tensors) -> None:
    t["l2"][0, :] = t["l0"][0]


def _group_of_another_class(t: Tensors) -> None:
    t["l1"][0] = t["l1"][0, :, ::-1].copy()


def _group_without_label(t: Tensors) -> None:
    t["l1"][7, 0, 1] = 1


def _group_of_halves(t: Tensors) -> None:
    """Groups of two and of minus one: their sum is the class."""
    t["l1"][0] = 0
    t["l1"][0, 0], t["l1"][0, 1] = 2 * t["l0"][0], -t["l0"][0]


CHEATS = (
    _label_of_two,
    _label_negative,
    _two_classes,
    _no_group,
    _two_groups,
    _group_of_another_class,
    _group_without_label,
    _group_of_halves,
)


@pytest.mark.parametrize(
    "cheat", [_feature_too_large, _feature_too_small], ids=lambda cheat: cheat.__name__[1:]
)
def test_features_out_of_range_are_in_no_table(
    schema: Schema, srs: Srs, tensors: Tensors, padded: bool, cheat: Callable[[Tensors], None]
) -> None:
    cheat(tensors)
    with pytest.raises(ProvingError):
        registered(schema, srs, tensors, 7, rows=8, padded=padded)


@pytest.mark.parametrize("cheat", CHEATS, ids=lambda cheat: cheat.__name__[1:])
def test_malformed_shards_have_no_proof(
    schema: Schema, srs: Srs, tensors: Tensors, padded: bool, cheat: Callable[[Tensors], None]
) -> None:
    cheat(tensors)
    labelled = int(tensors["l0"].sum())
    assert 7 <= labelled <= 9
    if labelled > 8:
        labelled = 8
    dataset = registered(schema, srs, tensors, labelled, rows=8, padded=padded)
    assert not dataset.verify()
    if not padded:
        assert not dataset.verify(readable=True)


@pytest.mark.parametrize("labelled", [0, 6, 8])
def test_the_number_of_labels_is_proved(schema: Schema, srs: Srs, tensors: Tensors, labelled: int) -> None:
    dataset = registered(schema, srs, tensors, labelled, rows=8)
    assert not dataset.verify()
    assert not dataset.verify(readable=True)


# --- proofs that belong elsewhere -------------------------------------------------------------------------


def test_nothing_can_be_exchanged(table: dict[str, Any], schema: Schema, srs: Srs, tmp_path: Path) -> None:
    dataset = made(table, schema, srs, tmp_path / "a").dataset
    other = made(table, schema, srs, tmp_path / "b").dataset
    first, *rest = dataset.shards
    groups = tuple(reversed(schema.groups))
    wrong = {
        "another commitment": replace(first, commitments=other.shards[0].commitments),
        "another proof": replace(first, registration=other.shards[0].registration),
        "fewer labels": replace(first, labelled=first.labelled - 1),
    }
    for name, shard in wrong.items():
        assert not replace(dataset, shards=(shard, *rest)).verify(), name
        assert not replace(dataset, shards=(shard, *rest)).verify(srs), name
    assert not replace(dataset, srs_digest=b"\1" * 32).verify()
    assert not _holds(replace(dataset, schema=replace(schema, features=replace(schema.features, bits=13))))
    assert not _holds(replace(dataset, schema=replace(schema, groups=groups)))


def test_every_part_of_a_proof_counts(
    table: dict[str, Any], schema: Schema, srs: Srs, tmp_path: Path
) -> None:
    dataset = made({name: cells[:8] for name, cells in table.items()}, schema, srs, tmp_path).dataset
    (shard,) = dataset.shards
    for at in range(0, len(shard.registration), 97):
        wrong = bytearray(shard.registration)
        wrong[at] ^= 1
        assert not _holds(replace(dataset, shards=(replace(shard, registration=bytes(wrong)),))), at
    for proof in (b"", shard.registration[:-1], shard.registration + b"\0"):
        assert not _holds(replace(dataset, shards=(replace(shard, registration=proof),)))


def test_another_string_is_refused(table: dict[str, Any], schema: Schema, srs: Srs, tmp_path: Path) -> None:
    dataset = made(table, schema, srs, tmp_path).dataset
    foreign = Srs.from_bytes(spec_srs.encode(spec_srs.from_secret(12345, 256)))
    with pytest.raises(DataSetMismatchError):
        dataset.verify(foreign)
    with pytest.raises(DataSetMismatchError):
        replace(dataset, tau_g2=foreign.tau_g2).verify(srs)
    assert not replace(dataset, tau_g2=foreign.tau_g2).verify()
    with pytest.raises(DataSetMismatchError, match="unsafe"):
        replace(dataset, srs_unsafe=False).verify(srs)


def test_rows_of_another_size_are_another_layout(
    table: dict[str, Any], schema: Schema, srs: Srs, tmp_path: Path
) -> None:
    dataset = made(table, schema, srs, tmp_path).dataset
    with pytest.raises(ZkattestError):
        replace(dataset, row_size=128)
    padded = made(table, schema, srs, tmp_path / "p", padded=True).dataset
    assert dataset.shard_identities != padded.shard_identities
    assert not _holds(replace(padded, padded=False))


def test_the_prover_is_not_run_twice(
    table: dict[str, Any], schema: Schema, srs: Srs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = made(table, schema, srs, tmp_path).dataset

    def never(*arguments: Any, **more: Any) -> bytes:
        raise AssertionError

    monkeypatch.setattr(_native, "sumcheck_register_data", never)
    (tmp_path / "dataset.zkd").unlink()
    assert made(table, schema, srs, tmp_path).dataset == dataset
