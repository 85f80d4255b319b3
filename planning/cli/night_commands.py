"""Options of the commands on the company's database; what they do stands in `nights`."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from planning.decisions.use_case import Chosen


def _day(text: str) -> date:
    return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone


Input = Annotated[
    Path,
    typer.Argument(
        help="Folder with the company's tables.", exists=True, file_okay=False, show_default=False
    ),
]
AsOf = Annotated[
    date | None,
    typer.Option(
        "--as-of",
        parser=_day,
        metavar="YYYY-MM-DD",
        help="Day of the question; else that of the newest count or movement.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="As JSON, for machines.")]
Actor = Annotated[str, typer.Option("--actor", help="Who acts; else the user of this system.")]
Numbers = Annotated[
    list[str] | None,
    typer.Argument(help="Proposals as number or number/version.", show_default=False),
]
Kind = Annotated[
    str, typer.Option("--kind", help="Only: level, last_piece, order, move or return.")
]
Location = Annotated[str, typer.Option("--location", help="Only at this location.")]
Part = Annotated[str, typer.Option("--part", help="Only this part.")]
AtMost = Annotated[
    float | None, typer.Option("--at-most", help="Only changes of value up to this, money.")
]
All = Annotated[bool, typer.Option("--all", help="All open ones but last pieces.")]
Run = Annotated[
    str, typer.Option("--run", help="The plan that was looked at; refused if a newer is in force.")
]
Reason = Annotated[str, typer.Option("--reason", help="Coded reason.", show_default=False)]
Comment = Annotated[str, typer.Option("--comment", help="In words.")]
Most = Annotated[int, typer.Option("--most", help="How many are shown.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    plain: tuple[Callable[..., None], ...] = (
        migrate, night, proposals, approve, reject, override, release,
        exceptions, overrides, doctor, backup,
    )  # fmt: skip
    for command in plain:
        app.command()(command)
    app.command("take-in")(take_in)


def _chosen(
    numbers: list[str] | None,
    kind: str = "",
    location: str = "",
    part: str = "",
    at_most: float | None = None,
    *,
    everything: bool = False,
) -> tuple["Chosen", list[int]]:
    from planning.decisions.use_case import Chosen

    try:
        pairs = [text.split("/") for text in numbers or ()]
        ids = [int(pair[0]) for pair in pairs]
        versions = [int(pair[1]) for pair in pairs if len(pair) > 1]
    except (ValueError, IndexError) as trouble:
        raise typer.BadParameter("A proposal is a number, or number/version.") from trouble
    if versions and len(versions) != len(ids):
        raise typer.BadParameter("Name the version of every proposal, or of none.")
    return Chosen(ids, kind, location, part, at_most, everything), versions


def migrate(json: Json = False) -> None:
    """Create the company's database, or bring it up to date."""
    from planning.cli import nights

    nights.migrate(json=json)


def take_in(
    folder: Input,
    actor: Actor = "",
    as_of: AsOf = None,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first bad row.")] = False,
    json: Json = False,
) -> None:
    """Load tables into the database, all together, and reconcile the stock."""
    from planning.cli import nights

    nights.take_in(folder, actor, as_of, strict=strict, json=json)


def night(
    actor: Actor = "",
    as_of: AsOf = None,
    earlier: Annotated[
        bool, typer.Option("--earlier", help="Take the place of a later day's plan.")
    ] = False,
    json: Json = False,
) -> None:
    """Freeze, plan, check and publish; goes on where a night was cut off."""
    from planning.cli import nights

    nights.night(actor, as_of, earlier=earlier, json=json)


def proposals(
    kind: Kind = "",
    location: Location = "",
    part: Part = "",
    at_most: AtMost = None,
    most: Most = 20,
    json: Json = False,
) -> None:
    """The open proposals, the dearest first."""
    from planning.cli import nights

    nights.proposals(_chosen(None, kind, location, part, at_most)[0], most, json=json)


def exceptions(
    kind: Annotated[str, typer.Option("--kind", help="List this kind one by one.")] = "",
    most: Most = 20,
    json: Json = False,
) -> None:
    """What to look at today: how many, worth how much, what to do first."""
    from planning.cli import nights

    nights.exceptions(kind, most, json=json)


def approve(  # noqa: PLR0913, PLR0917 - one for each option
    numbers: Numbers = None,
    kind: Kind = "",
    location: Location = "",
    part: Part = "",
    at_most: AtMost = None,
    everything: All = False,
    run: Run = "",
    actor: Actor = "",
    comment: Comment = "",
    json: Json = False,
) -> None:
    """Approve proposals by number or by filter; last pieces by number only."""
    from data.store.decisions import Verdict
    from planning.cli import nights

    chosen, versions = _chosen(numbers, kind, location, part, at_most, everything=everything)
    nights.decide(chosen, Verdict("approved", "", comment), actor, run, versions, json=json)


def reject(  # noqa: PLR0913, PLR0917 - one for each option
    numbers: Numbers = None,
    reason: Reason = "",
    comment: Comment = "",
    kind: Kind = "",
    location: Location = "",
    part: Part = "",
    at_most: AtMost = None,
    run: Run = "",
    actor: Actor = "",
    json: Json = False,
) -> None:
    """Reject proposals, with a coded reason."""
    from data.store.decisions import Verdict
    from planning.cli import nights

    chosen, versions = _chosen(numbers, kind, location, part, at_most)
    nights.decide(chosen, Verdict("rejected", reason, comment), actor, run, versions, json=json)


def override(  # noqa: PLR0913, PLR0917 - one for each option
    number: Annotated[str, typer.Argument(help="The proposal, as number or number/version.")],
    reorder_point: Annotated[int, typer.Option(help="Pieces; -1: not stocked.")],
    until: Annotated[date, typer.Option(parser=_day, metavar="YYYY-MM-DD", help="Its last day.")],
    reason: Reason = "",
    comment: Comment = "",
    order_quantity: Annotated[int | None, typer.Option(help="Pieces; else as proposed.")] = None,
    run: Run = "",
    actor: Actor = "",
    json: Json = False,
) -> None:
    """Set another level than proposed, for a while, with a coded reason."""
    from data.store.decisions import Verdict
    from planning.cli import nights

    chosen, versions = _chosen([number])
    verdict = Verdict("overridden", reason, comment, reorder_point, order_quantity, until)
    nights.decide(chosen, verdict, actor, run, versions, json=json)


def overrides(json: Json = False) -> None:
    """What overrides cost or saved against what was proposed."""
    from planning.cli import nights

    nights.overrides(json=json)


def release(
    out: Annotated[Path, typer.Option("--out", help="Folder for the files.", show_default=False)],
    number: Annotated[int, typer.Option("--again", help="Write this release once more.")] = 0,
    actor: Actor = "",
    json: Json = False,
) -> None:
    """Hand decisions over to the ERP as CSV and Parquet, exactly once."""
    from planning.cli import nights

    nights.release(out, number, actor, json=json)


def doctor(json: Json = False) -> None:
    """Check every invariant of the database."""
    from planning.cli import nights

    nights.doctor(json=json)


def backup(
    target: Annotated[Path, typer.Argument(help="The copy.", show_default=False)],
    json: Json = False,
) -> None:
    """Copy the database while it is in use."""
    from planning.cli import nights

    nights.backup(target, json=json)
