"""Run a calculation on a folder for a person or a machine: progress, files, summary, exit code."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer

from planning import outputs
from planning.answer import Answer
from planning.cli import screen, shows
from planning.exits import Exit
from planning.settings import Settings, SettingsError, load
from planning.stages import Stages


def run(
    calculate: Callable[..., Answer], folder: Path, out: Path, *, json: bool, **options: Any
) -> None:
    """Calculate on `folder`, write what comes of it into `out`, tell it, leave with its code."""
    settings = settings_for(folder)
    with screen.StageBars(quiet=json) as bars:
        stages = Stages(bars)
        answer = calculate(folder, settings=settings, stages=stages, **options)
        with stages("write"):
            outputs.write(out, answer)
    if json:
        sys.stdout.write(outputs.to_json(answer.summary) + "\n")
    else:
        shows.show(answer, out)
    raise typer.Exit(int(answer.exit))


def settings_for(folder: Path | None) -> Settings:
    """The settings of `folder`, else of the working directory, else the defaults."""
    try:
        return load(*([folder] if folder else []), Path.cwd())
    except SettingsError as trouble:
        screen.ERR.print(str(trouble), style="bold red", markup=False)
        raise typer.Exit(int(Exit.WRONG_USAGE)) from trouble
