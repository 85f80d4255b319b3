"""What the README says can be done is done here, on the demo company."""

import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command

from planning.cli.app import app
from tests.stories.conftest import sparewise

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands():
    blocks = re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("sparewise ")]


def test_every_command_runs_as_it_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    for words in commands():
        result = sparewise(*words)
        assert result.exit_code == 0, (words, result.output)


@pytest.mark.parametrize("name", sorted(get_command(app).commands))
def test_every_command_is_shown_and_has_help(name):
    assert any(words[0] == name for words in commands())
    help_text = sparewise(name, "--help").stdout
    assert len(help_text.splitlines()) > 5


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).is_file(), target


def test_the_test_command_is_the_one_ci_runs():
    assert "make test" in README
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
