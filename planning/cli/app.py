"""The commands of `sparewise`, each a few lines: options in, one use case, an answer.

A command imports its use case when it runs, so that `--help` answers at once.
"""

import os
import signal
import sys
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from inventory.service import Measure
from planning.cli import finance_commands, night_commands, promise_commands
from planning.exits import Calculated
from planning.wish import Objective, Wish

app = typer.Typer(
    name="sparewise",
    help="Spare parts near the repairs: forecasts, proven stocking plans, honest promises.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done · 2 wrong usage · 3 impossible or not proven · 4 input refused · "
    "5 verification failed · 75 another night runs · 130/143 interrupted.",
)


def _day(text: str) -> date:
    return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone


_FOLDER = {"exists": True, "file_okay": False, "show_default": False}
Input = Annotated[Path, typer.Argument(help="Folder with the company's tables.", **_FOLDER)]
Out = Annotated[Path, typer.Option("--out", help="Folder for what comes out.", show_default=False)]
PlanFolder = Annotated[
    Path | None, typer.Option("--plan", help="Folder of a plan; else current_policies.", **_FOLDER)
]
AsOf = Annotated[
    date | None,
    typer.Option(
        "--as-of",
        parser=_day,
        metavar="YYYY-MM-DD",
        help="Day of the question; else the latest stock, else the latest demand.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="The summary as JSON, for machines.")]
Strict = Annotated[bool, typer.Option("--strict", help="Stop at the first rejected row.")]


class Form(StrEnum):
    """How tables are written."""

    CSV = "csv"
    PARQUET = "parquet"


@app.command()
def demo(
    out: Out,
    parts: Annotated[int, typer.Option(min=1, help="How many parts.")] = 150,
    locations: Annotated[int, typer.Option(min=1, help="How many locations.")] = 8,
    seed: Annotated[int, typer.Option(help="Same seed, same company.")] = 1,
    form: Annotated[
        Form | None, typer.Option(help="Default: csv up to 100,000 items, parquet above.")
    ] = None,
    json: Json = False,
) -> None:
    """Write a demo company's tables, and beside them one further year of demand."""
    from planning.cli import company

    company.demo(out, parts, locations, seed, form.value if form else None, json=json)


@app.command()
def plan(  # noqa: PLR0913, PLR0917 - its options are its arguments
    folder: Input,
    out: Out,
    as_of: AsOf = None,
    objective: Annotated[Objective, typer.Option(help="What to make best.")] = Objective.LEAST_COST,
    measure: Annotated[
        Measure | None, typer.Option(help="What a budget buys; else waiting_days.")
    ] = None,
    within_days: Annotated[float | None, typer.Option(help="With response_share.")] = None,
    budget: Annotated[
        float | None, typer.Option(help="Stock value to spend; else that of the table budgets.")
    ] = None,
    scenario: Annotated[
        Path | None,
        typer.Option(help="File that says what is planned otherwise.", exists=True, dir_okay=False),
    ] = None,
    last: Annotated[
        Path | None,
        typer.Option(help="Folder of the last plan: what changed since, and why.", **_FOLDER),
    ] = None,
    strict: Strict = False,
    json: Json = False,
) -> None:
    """Turn tables into proposed reorder points, with the proof and the reason."""
    from planning.cli import calculations

    wish = Wish(objective, measure, within_days, budget)
    calculations.run_while_reading(
        "plan",
        folder,
        out,
        json=json,
        as_of=as_of,
        strict=strict,
        wish=wish,
        scenario=scenario,
        last=last,
    )


@app.command()
def evaluate(
    folder: Input, out: Out, plan: PlanFolder = None, as_of: AsOf = None, json: Json = False
) -> None:
    """What today's levels (or a plan) cost and deliver, by the laws the plan is made with."""
    from planning import evaluate as use_case
    from planning.cli import calculations

    calculations.run(use_case.evaluate, folder, out, json=json, as_of=as_of, plan=plan)


@app.command()
def replay(
    folder: Input,
    out: Out,
    start: Annotated[date, typer.Option("--from", parser=_day, metavar="YYYY-MM-DD")],
    plan: PlanFolder = None,
    demand: Annotated[
        Path | None,
        typer.Option(help="Folder with the demand to play; else that of the input.", **_FOLDER),
    ] = None,
    json: Json = False,
) -> None:
    """Play recorded demand against a plan or today's levels: stock, service, waiting, orders."""
    from planning.cli import calculations
    from planning.replay import use_case

    calculations.run(
        use_case.replay_folder, folder, out, json=json, start=start, plan=plan, demand=demand
    )


@app.command()
def compare(
    folder: Input,
    out: Out,
    start: Annotated[date, typer.Option("--from", parser=_day, metavar="YYYY-MM-DD")],
    demand: Annotated[
        Path | None,
        typer.Option(help="Folder with the demand to play; else that of the input.", **_FOLDER),
    ] = None,
    as_of: AsOf = None,
    json: Json = False,
) -> None:
    """How much less stock would serve no worse than today's levels, replayed on later demand."""
    from planning import compare as use_case
    from planning.cli import calculations

    calculations.run(
        use_case.compare, folder, out, json=json, start=start, demand=demand, as_of=as_of
    )


@app.command()
def simulate(
    folder: Input, out: Out, plan: PlanFolder = None, as_of: AsOf = None, json: Json = False
) -> None:
    """Play a plan event by event: promised beside simulated service, with intervals."""
    from planning.cli import calculations
    from planning.simulate import use_case

    calculations.run(use_case.simulate_folder, folder, out, json=json, as_of=as_of, plan=plan)


@app.command()
def forecast(folder: Input, out: Out, as_of: AsOf = None, json: Json = False) -> None:
    """Demand alone: what will be asked for at every item, how sure that is, and why."""
    from planning import forecast as use_case
    from planning.cli import calculations

    calculations.run(use_case.forecast_folder, folder, out, json=json, as_of=as_of)


@app.command()
def backtest(folder: Input, out: Out, as_of: AsOf = None, json: Json = False) -> None:
    """How good the forecasts would have been, month after month: a table, a page of charts."""
    from planning import backtest as use_case
    from planning.cli import calculations

    calculations.run(use_case.backtest_folder, folder, out, json=json, as_of=as_of)


@app.command()
def config(
    folder: Annotated[
        Path | None, typer.Argument(help="Its sparewise.toml is looked at first.")
    ] = None,
    json: Json = False,
) -> None:
    """Every setting, its value and where it comes from."""
    from planning.cli import company

    company.config(folder, json=json)


finance_commands.register(app)
night_commands.register(app)
promise_commands.register(app)


def _leave(number: int, _frame: Any) -> None:
    raise SystemExit(128 + number)


def run() -> None:
    """The command line; it leaves by `SystemExit` with a code of `Exit`."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    try:
        app()
    except Calculated as done:
        sys.stdout.flush()
        sys.stderr.flush()
        # Millions of objects need not be taken apart one by one before the process ends.
        os._exit(int(done.code or 0))
