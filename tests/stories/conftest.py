import pytest
from typer.testing import CliRunner

from planning.cli.app import app


@pytest.fixture(scope="session")
def company(tmp_path_factory):
    """A small demo company, its input folder."""
    folder = tmp_path_factory.mktemp("company") / "input"
    assert sparewise("demo", "--parts", 45, "--locations", 5, "--out", folder).exit_code == 0
    return folder


def sparewise(*words):
    """Run a command in this process; the result has `exit_code` and `stdout`."""
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
