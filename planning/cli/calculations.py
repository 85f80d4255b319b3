"""Run a calculation on a folder for a person or a machine: progress, files, summary, exit code."""

import gc
import importlib
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import typer

from data.intake import IntakeSettings, take_in
from planning import outputs
from planning.answer import Answer
from planning.cli import screen, shows
from planning.exits import Calculated, Exit, WrongUsageError
from planning.intake_settings import intake_settings
from planning.settings import Settings, SettingsError, load
from planning.stages import Stages


def run(
    calculate: Callable[..., Answer], folder: Path, out: Path, *, json: bool, **options: Any
) -> None:
    """Calculate on `folder`, write what comes of it into `out`, tell it, leave with its code."""
    settings = settings_for(folder)
    with screen.StageBars(quiet=json) as bars:
        stages = Stages(bars)
        try:
            answer = calculate(folder, settings=settings, stages=stages, **options)
        except WrongUsageError as wrong:
            screen.ERR.print(str(wrong), style="bold red", markup=False)
            raise typer.Exit(int(Exit.WRONG_USAGE)) from wrong
        with stages("write"):
            outputs.write(out, answer)
    if json:
        sys.stdout.write(outputs.to_json(answer.summary) + "\n")
    else:
        shows.show(answer, out)
    raise Calculated(int(answer.exit))


def run_while_reading(
    module: str,
    folder: Path,
    out: Path,
    *,
    json: bool,
    as_of: date | None,
    strict: bool,
    **options: Any,
) -> None:
    """The calculation of the same name in `planning.<module>`; it is loaded while tables come in.

    Loading the tools keeps one core busy about as long as reading a hundred thousand items does.
    Nothing that is loaded becomes garbage, so that the collector need not look meanwhile.
    """
    needs = IntakeSettings().required
    how = intake_settings(settings_for(folder), needs)
    with ThreadPoolExecutor(1) as reader:
        reading = reader.submit(take_in, folder, as_of=as_of, settings=how, strict=strict)
        gc.disable()
        calculate = getattr(importlib.import_module(f"planning.{module}"), module)
        importlib.import_module("planning.loading").load()
        gc.freeze()
        gc.enable()
        options |= {"as_of": as_of, "strict": strict, "reading": reading}
        run(calculate, folder, out, json=json, **options)


def settings_for(folder: Path | None) -> Settings:
    """The settings of `folder`, else of the working directory, else the defaults."""
    try:
        return load(*([folder] if folder else []), Path.cwd())
    except SettingsError as trouble:
        screen.ERR.print(str(trouble), style="bold red", markup=False)
        raise typer.Exit(int(Exit.WRONG_USAGE)) from trouble
