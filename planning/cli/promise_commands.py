"""Commands about promises: look at them again, tell what moved."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from planning.cli.night_commands import Actor, Json


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(promises)
    app.command()(tell)


def promises(
    by: Annotated[str, typer.Option("--by", help="Scores by way, site or lane.")] = "way",
    actor: Actor = "",
    json: Json = False,
) -> None:
    """Look at open promises again, end holds whose time is over, show how promises are kept."""
    from dataclasses import asdict

    from inventory.ledger import Request
    from planning import outputs
    from planning.cli import screen
    from planning.cli.calculations import settings_for
    from planning.cli.nights import actor_of, opened
    from planning.promises import scores
    from planning.promises.outlook import Outlook
    from planning.promises.reassess import reassess

    columns = {
        "way": ("way",),
        "site": ("location_id",),
        "lane": ("way", "location_id", "from_location_id"),
    }
    if by not in columns:
        raise typer.BadParameter(f"--by is {by!r}; allowed are {', '.join(columns)}.")
    settings, now = settings_for(None), datetime.now(UTC)
    with opened(settings) as store:
        request = Request(actor_of(actor), f"promises {now.isoformat()}", now)
        found = reassess(store, Outlook(settings), request)
        with store.read() as connection:
            told = scores.scores(connection, by=columns[by])
    if json:
        answer = {"reassessed": asdict(found), "scores": told.to_dicts()}
        sys.stdout.write(outputs.to_json(answer) + "\n")
        return
    said = (
        f"{found.looked_at:,} open lines looked at: {len(found.moved):,} promises moved, "
        f"{found.settled:,} settled, {found.expired:,} holds ended."
    )
    screen.OUT.print(said, markup=False)
    rows = [
        (
            one["way"], one["location_id"] or "", one["from_location_id"] or "",
            f"{one['promises']:,}", screen.percent(one["kept"]),
            f"{screen.percent(one['low'])} to {screen.percent(one['high'])}",
            "" if one["by_likely"] is None else screen.percent(one["by_likely"]),
        )
        for one in told.iter_rows(named=True)
    ]  # fmt: skip
    headings = ("way", "site", "from", "promises", "kept", "surely between", "by the likely day")
    screen.OUT.print(screen.table("How promises were kept", *headings, rows=rows))


def tell(
    to: Annotated[
        str,
        typer.Option("--to", help="file:PATH, https://… or smtp://HOST:PORT?to=…; else setting."),
    ] = "",
    json: Json = False,
) -> None:
    """Tell what moved: news of promises go out, those nobody takes are tried again later."""
    from dataclasses import asdict

    from inventory.errors import UnknownWord
    from planning import outputs
    from planning.cli import screen
    from planning.cli.calculations import settings_for
    from planning.cli.nights import opened
    from planning.promises.outlook import Outlook
    from planning.promises.telling import BadPlace, sink_of
    from planning.promises.telling import tell as tell_all

    settings = settings_for(None)
    try:
        sink = sink_of(to or settings.outbox)
    except BadPlace as trouble:
        raise typer.BadParameter(str(trouble)) from None
    except UnknownWord as trouble:
        raise typer.BadParameter(f"{trouble} Say --to, or set `outbox`.") from trouble
    with opened(settings) as store:
        found = tell_all(store, Outlook(settings), sink, datetime.now(UTC))
    if json:
        sys.stdout.write(outputs.to_json(asdict(found)) + "\n")
        return
    said = f"{found.told:,} told, {found.failed:,} to be tried again, {found.given_up:,} given up."
    screen.OUT.print(said, markup=False)
