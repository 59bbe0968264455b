"""Every notebook runs from its source, and shows what it promises."""

from __future__ import annotations

from pathlib import Path

import pytest

nbclient = pytest.importorskip("nbclient", reason="the notebooks extra")
jupytext = pytest.importorskip("jupytext", reason="the notebooks extra")
pytest.importorskip("torch", reason="the hospital's notebook trains with torch")

SOURCES = Path(__file__).parents[2] / "notebooks"


def _text(notebook: object) -> str:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "".join(str(o.get("text", "")) + str(o.get("data", {})) for o in outputs)


def test_the_hospitals_notebook(tmp_path: Path) -> None:
    notebook = jupytext.read(SOURCES / "hospital.py")
    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = _text(notebook)
    assert "verified in this process: True" in shown
    assert "verified by the reference: True" in shown
    assert "bytes for 16 patients: True" in shown
    assert "the same result: True" in shown
    assert "accepted in this process: False" in shown
    assert "accepted by the contract: False" in shown
    assert "<table" in shown


def test_the_regulators_notebook(tmp_path: Path) -> None:
    notebook = jupytext.read(SOURCES / "regulator.py")
    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = _text(notebook)
    assert "the metrics hold: True" in shown
    assert "both data sets are well-formed: True" in shown
    assert "no row of one is a row of the other: True" in shown
    assert "verified by the reference: True" in shown
    assert "True - accuracy at least 0.9" in shown
    assert "The proof shows no values" in shown
    assert "accepted: False" in shown
    assert "in service: deployed" in shown
    assert "image/png" in shown
    assert "nothing loaded from elsewhere" in shown


@pytest.mark.parametrize(
    ("name", "verified"),
    [
        ("hospital", "verified in this process: True"),
        ("regulator", "the metrics hold: True"),
    ],
)
def test_the_executed_page_is_of_this_source(name: str, verified: str) -> None:
    page = jupytext.read(SOURCES / f"{name}.ipynb")
    source = jupytext.read(SOURCES / f"{name}.py")
    assert [cell.source for cell in page.cells] == [cell.source for cell in source.cells]
    assert all(cell.get("outputs") is not None for cell in page.cells if cell.cell_type == "code")
    assert verified in _text(page)
