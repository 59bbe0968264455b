"""What the README and the guides show is what there is: the example runs, every verb and option exists."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
import typer.main
from onnx import TensorProto, helper, numpy_helper

from zkattest.cli import app

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "docs" / "tutorial.md", *sorted((ROOT / "docs" / "guides").glob("*.md"))]


def _blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(), re.S)


@pytest.mark.filterwarnings("ignore")
def test_the_readme_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(3)
    weight = numpy_helper.from_array(rng.normal(0, 1, (2, 3)).astype(np.float32), "w")
    graph = helper.make_graph(
        [helper.make_node("Gemm", ["x", "w"], ["y"], "layer", transB=1)],
        "example",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 2])],
        [weight],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    (tmp_path / "model.onnx").write_bytes(model.SerializeToString())
    samples = rng.uniform(-1, 1, (32, 3)).astype(np.float32)
    scope: dict[str, object] = {"calibration": samples, "x": samples[0]}
    (example,) = _blocks(ROOT / "README.md", "python")
    exec(compile(example, "README.md", "exec"), scope)
    assert len(scope["zk"].audit(scope["chain"])) >= 3  # approved, registered, attested


def _commands() -> list[tuple[str, str]]:
    lines = []
    for page in PAGES:
        for block in _blocks(page, "sh"):
            for line in block.replace("\\\n", " ").splitlines():
                for part in re.split(r"&&|;|\|", line.split("#")[0]):
                    if part.strip().startswith("zkattest "):
                        lines.append((page.name, part.strip()))
    return lines


def test_the_pages_show_commands() -> None:
    assert len(_commands()) > 30


@pytest.mark.parametrize(("page", "line"), _commands())
def test_every_command_shown_parses(page: str, line: str) -> None:
    words = [word for word in shlex.split(line)[1:] if not word.startswith(("2>", ">"))]
    command = typer.main.get_command(app)
    while hasattr(command, "commands"):
        default = getattr(command, "default", None)
        name = default if default and words[0] not in command.commands else words.pop(0)
        assert name in command.commands, f"{page}: no verb {name!r} in {line!r}"
        command = command.commands[name]
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    for word in words:
        if word.startswith("-") and not re.fullmatch(r"-?\d+", word):
            assert word in known, f"{page}: {word} is no option in {line!r}"
    required = [parameter for parameter in command.params if parameter.required]
    options = [parameter for parameter in required if parameter.opts[0].startswith("-")]
    for parameter in options:
        assert set(parameter.opts) & set(words), f"{page}: {parameter.opts[0]} is missing in {line!r}"


def test_every_guide_is_in_the_index() -> None:
    index = (ROOT / "docs" / "index.md").read_text()
    for page in (ROOT / "docs" / "guides").glob("*.md"):
        assert f"guides/{page.stem}" in index
    for page in (ROOT / "docs" / "adr").glob("0*.md"):
        assert page.stem in (ROOT / "docs" / "adr" / "index.md").read_text()


def test_relative_links_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "verifier_contracts").glob("*.md")]
    for page in pages:
        if "_build" in page.parts:
            continue
        text = re.sub(r"```.*?```", "", page.read_text(), flags=re.S)
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            if not target.startswith(("http://", "https://", "mailto:")):
                assert (page.parent / target).exists(), f"{page.relative_to(ROOT)}: {target}"
