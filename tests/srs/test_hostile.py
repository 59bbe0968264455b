"""Random damage to every format: a typed error or a good string, never a panic of the extension."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from srs_world import FIXTURES, halo2, ignition

from zkattest.errors import SrsError
from zkattest.srs import Ceremony, Srs, verify_ceremony

pytestmark = pytest.mark.filterwarnings("ignore::zkattest.srs.UnsafeSrsWarning")


def _ceremony(path: Path) -> object:
    return verify_ceremony([Ceremony.new(2), path])


FORMATS: dict[str, tuple[bytes, Callable[[Path], object]]] = {
    "ptau": ((FIXTURES / "snarkjs_power4_contributed.ptau").read_bytes(), Srs.import_ptau),
    "ignition": (ignition([5])[0], Srs.import_ignition),
    "halo2": (halo2(2), Srs.import_halo2),
    "ceremony": (Ceremony.new(2).contribute("ada").to_bytes(), _ceremony),
}

edits = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.floats(0, 1, exclude_max=True), st.integers(0, 255)),
        st.tuples(st.just("cut"), st.floats(0, 1, exclude_max=True), st.integers(1, 64)),
        st.tuples(st.just("insert"), st.floats(0, 1, exclude_max=True), st.integers(1, 64)),
        st.tuples(st.just("head"), st.floats(0, 0.02), st.integers(0, 255)),
    ),
    min_size=1,
    max_size=4,
)


@pytest.mark.parametrize("name", sorted(FORMATS))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=edits)
def test_damage_is_survived(tmp_path: Path, name: str, changes: list[tuple[str, float, int]]) -> None:
    original, reader = FORMATS[name]
    data = bytearray(original)
    for kind, where, value in changes:
        at = int(where * len(data))
        if kind == "cut":
            del data[at : at + value]
        elif kind == "insert":
            data[at:at] = bytes([value]) * value
        elif at < len(data):
            data[at] = value
    path = tmp_path / "damaged"
    path.write_bytes(data)
    try:
        reader(path)
    except SrsError:
        return
    if name in {"ignition", "ceremony"}:
        assert bytes(data) == original, "every byte of these formats is bound"
