"""The golden vectors through the library and through the specification."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zkattest import _native
from zkattest.commitments import Commitment, CommitmentSecret, Layout, check_opening
from zkattest.errors import CommitmentError, SrsTooSmallError
from zkattest.spec import layout as spec_layout
from zkattest.spec import rows as spec_rows
from zkattest.spec import srs as spec_srs
from zkattest.spec import vectors
from zkattest.srs import Srs

FILE = Path(__file__).parents[1] / "vectors" / "commitment" / "cases.json"
VECTORS = json.loads(FILE.read_text(encoding="utf-8"))
SRS = Srs.from_bytes(bytes.fromhex(VECTORS["srs"]))


def cases(kind: str) -> Any:
    chosen = [case for case in VECTORS["cases"] if case["type"] == kind]
    assert len(chosen) > 3
    return pytest.mark.parametrize("case", chosen, ids=lambda case: case["name"])


def shapes(case: Any) -> list[tuple[str, tuple[int, ...], int]]:
    return [(name, tuple(shape), group) for name, shape, group in case["tensors"]]


def test_the_file_is_what_the_specification_writes() -> None:
    assert json.loads(json.dumps(vectors.commitment_vectors())) == VECTORS


@cases("layout")
def test_layouts(case: Any) -> None:
    if case["expected"] is None:
        with pytest.raises(CommitmentError):
            Layout.pack(case["row_size"], shapes(case))
        with pytest.raises(CommitmentError):
            spec_layout.pack(case["row_size"], shapes(case))
        return
    layout = Layout.pack(case["row_size"], shapes(case))
    assert [[t.row, t.offset, t.inner] for t in layout.tensors] == case["expected"]["places"]
    assert layout.rows == case["expected"]["rows"]
    assert layout.digest.hex() == case["expected"]["digest"]


@cases("row")
def test_rows(case: Any) -> None:
    cells = np.array(case["cells"], dtype=np.int64)
    layout = _native.NativeLayout(len(cells), [("row", [len(cells)], 0)])
    rows = _native.NativeRows(layout, [cells])
    blinder = bytes.fromhex(case["blinder"])
    if case["expected"] is None:
        with pytest.raises((CommitmentError, SrsTooSmallError)):
            rows.commit(SRS._native, 0, blinder)
    else:
        assert rows.commit(SRS._native, 0, blinder).hex() == case["expected"]


@cases("commitment")
def test_commitments(case: Any) -> None:
    expected = case["expected"]
    layout = Layout.pack(case["row_size"], shapes(case))
    tensors = {
        name: np.array(values, dtype=np.int64).reshape(shape)
        for (name, shape, _), values in zip(shapes(case), case["values"], strict=True)
    }
    srs_digest = SRS.digest_at(case["row_size"])
    rows = tuple(bytes.fromhex(row) for row in expected["rows"])
    commitment = Commitment(case["kind"], layout, srs_digest, True, rows)
    assert srs_digest.hex() == expected["srs_digest"]
    assert layout.digest.hex() == expected["layout_digest"]
    assert commitment.identity.hex() == expected["identity"]
    secret = CommitmentSecret(commitment.identity, tuple(bytes.fromhex(b) for b in case["blinders"]))
    assert check_opening(commitment, secret, tensors, SRS)


def test_the_specification_rejects_what_it_should() -> None:
    string = spec_srs.decode(bytes.fromhex(VECTORS["srs"]))
    layout = spec_layout.pack(4, [("a", [3], 0)])
    with pytest.raises(CommitmentError):
        spec_rows.commit(string, layout, [[1, 2]], [1])
    with pytest.raises(CommitmentError):
        spec_rows.commit(string, layout, [[1, 2, 2**63]], [1])
    with pytest.raises(CommitmentError):
        spec_rows.commit(string, layout, [[1, 2, 3]], [1, 2])
    with pytest.raises(SrsTooSmallError):
        spec_rows.commit_row(string, [1] * 16, 1)
