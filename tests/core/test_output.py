"""What commands show: no markup and no control characters out of files, plain JSON types."""

from __future__ import annotations

import json

import numpy as np
import pytest

from zkattest.cli.output import Output, plain, report_defect


def test_texts_from_files_are_shown_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    Output(as_json=False).result({"provenance": "[/x][conceal]hidden[/conceal]\x1b[31m"})
    shown = capsys.readouterr().out
    assert "[/x][conceal]hidden[/conceal]" in shown
    assert "\x1b" not in shown


def test_json_is_one_line_of_plain_values(capsys: pytest.CaptureFixture[str]) -> None:
    Output(as_json=True).result(
        {"a": b"\x01", "b": np.arange(3), "c": (np.int64(4), None), "d": {5: np.float32(0.5)}}
    )
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {"a": "0x01", "b": [0, 1, 2], "c": [4, None], "d": {"5": 0.5}}
    assert plain(True) is True


def test_a_defect_shows_its_place_and_no_value(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise RuntimeError("the salt is 123456789")
    except RuntimeError as error:
        report_defect(error, as_json=True)
    out, err = capsys.readouterr()
    assert "RuntimeError at test_output.py" in json.loads(out)["message"]
    assert "123456789" not in out + err
