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
