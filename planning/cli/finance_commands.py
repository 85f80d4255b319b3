"""Options of finance's commands; what they do stands in `planning.finance`."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from planning.cli.night_commands import AsOf, Input, Json
from planning.cli.night_commands import _day as day

_FOLDER = {"exists": True, "file_okay": False, "show_default": False}
Out = Annotated[Path, typer.Option("--out", help="Folder for what comes out.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(curve)
    app.command()(report)
    app.command("what-if")(what_if)


def curve(
    folder: Input,
    out: Out,
    plan: Annotated[
        Path | None, typer.Option("--plan", help="Folder of a plan to mark.", **_FOLDER)
    ] = None,
    points: Annotated[int, typer.Option(min=2, help="How many plans.")] = 100,
    point: Annotated[
        int | None, typer.Option(min=0, help="Write the levels of this one too, as a plan.")
    ] = None,
    as_of: AsOf = None,
    json: Json = False,
) -> None:
    """What shorter repairs cost: the efficient plans, with today, a plan and the budget marked."""
    from planning.cli import calculations
    from planning.finance import curve as use_case

    options = {"as_of": as_of, "plan": plan, "points": points, "point": point}
    try:
        calculations.run(use_case.curve, folder, out, json=json, **options)
    except use_case.NoSuchPointError as trouble:
        raise typer.BadParameter(str(trouble)) from trouble


def report(
    out: Out,
    folder: Annotated[
        Path | None,
        typer.Argument(help="Folder with the company's tables; none: a night's.", **_FOLDER),
    ] = None,
    plan: Annotated[
        Path | None, typer.Option("--plan", help="Folder of its plan.", **_FOLDER)
    ] = None,
    run: Annotated[str, typer.Option("--run", help="A night; else the plan in force.")] = "",
    before: Annotated[
        Path | None, typer.Option("--before", help="An earlier folder of tables.", **_FOLDER)
    ] = None,
    since: Annotated[
        date | None,
        typer.Option(
            "--since", parser=day, metavar="YYYY-MM-DD",
            help="Say why the plan changed since this day.",
        ),
    ] = None,
    as_of: AsOf = None,
    json: Json = False,
) -> None:  # fmt: skip
    """What stock is worth and why, costs and serves: page, workbook, print and tables."""
    from planning.cli import reports

    if folder is None:
        reports.of_night(out, run, json=json)
    else:
        reports.of_folder(folder, out, plan, before, since, as_of, json=json)


def what_if(
    folder: Input,
    scenario: Annotated[
        Path, typer.Argument(help="The file that says what changes.", exists=True, dir_okay=False)
    ],
    out: Out,
    plan: Annotated[
        Path | None, typer.Option("--plan", help="Folder of the plan to compare with.", **_FOLDER)
    ] = None,
    promises: Annotated[
        bool, typer.Option("--promises/--no-promises", help="Price each promise too.")
    ] = True,
    as_of: AsOf = None,
    json: Json = False,
) -> None:
    """Price a change: targets, budget, lead times, prices, demand, a new site; before and after."""
    from planning.cli import calculations
    from planning.finance import what_if as use_case

    options = {"scenario": scenario, "plan": plan, "as_of": as_of, "price_promises": promises}
    calculations.run(use_case.what_if, folder, out, json=json, **options)
