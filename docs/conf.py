"""Sphinx configuration."""

from importlib.metadata import version as _version

project = "zkattest"
author = "the zkattest authors"
release = _version("zkattest")

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.intersphinx",
    "sphinx_design",
]
intersphinx_mapping: dict[str, tuple[str, None]] = {}  # the documentation builds without a network
html_theme = "furo"
html_title = "zkattest"
html_static_path: list[str] = []
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath", "fieldlist"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # notebooks are executed by the tests, and rendered from their executed form
exclude_patterns = ["_build"]
autodoc_typehints = "description"
autodoc_member_order = "bysource"


def _copy_notebooks() -> None:
    """Sphinx reads below docs/ only; the executed notebooks live beside their sources."""
    import shutil
    from pathlib import Path

    here = Path(__file__).parent
    target = here / "notebooks"
    target.mkdir(exist_ok=True)
    for page in (here.parent / "notebooks").glob("*.ipynb"):
        shutil.copy(page, target)


_copy_notebooks()
