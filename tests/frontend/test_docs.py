"""docs/arithmetic.md defines every integer operator."""

import re
from pathlib import Path

import pytest

from zkattest.frontend.ops import INTEGER_OPERATORS

PAGE = Path(__file__).parents[2] / "docs" / "arithmetic.md"


@pytest.mark.parametrize("op", INTEGER_OPERATORS)
def test_operator_is_defined(op):
    page = PAGE.read_text()
    headings = " ".join(re.findall(r"^### (.*)$", page, re.MULTILINE))
    assert re.search(rf"\b{op}\b", headings)


@pytest.mark.parametrize("op", INTEGER_OPERATORS)
def test_attributes_are_named(op):
    page = PAGE.read_text()
    generic = {
        "kernel",
        "axes",
        "axis",
        "keepdims",
        "perm",
        "shape",
        "starts",
        "steps",
        "sizes",
        "output_scale",
    }
    for attribute in set(INTEGER_OPERATORS[op].attributes) - generic:
        assert attribute in page or attribute.replace("_", r"\_") in page, attribute
