"""Commands on the company's database: deliveries, nights, the worklist, decisions, hand-over."""

import getpass
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from shutil import disk_usage
from typing import Any

import polars as pl
import sqlalchemy as sa
import typer

from data.store import backup as copies
from data.store import doctor as health
from data.store import plans, runs
from data.store.decisions import Verdict
from data.store.engine import Store
from data.store.leases import LeaseLost, LeaseTaken
from data.store.migrate import migrate as migrate_database
from data.store.migrate import newest_revision, revision_of
from data.store.runs import EarlierDay
from data.store.trouble import STORE_TROUBLE
from planning import outputs
from planning.cli import screen
from planning.cli.calculations import settings_for
from planning.decisions import use_case as deciding
from planning.exits import Exit
from planning.night import exceptions as worth_a_look
from planning.night import use_case as nights
from planning.night.age import plan_in_force
from planning.night.places import folder_of
from planning.night.priority import standing_back
from planning.night.run import NightFailed, begin, utc_now
from planning.settings import Settings

SINCE = ("cost.jump", "stock.below_reserved")  # warnings worth a line each
URL = "SPAREWISE_DATABASE_URL"
_TROUBLE = 1


def place_of(settings: Settings) -> str:
    """Where the database is: the environment says, else the settings."""
    return os.environ.get(URL, "") or settings.database


@contextmanager
def opened(settings: Settings) -> Iterator[Store]:
    """The migrated database; leaves with a sentence and a code when it cannot be used."""
    place = place_of(settings)
    if "://" not in place and not Path(place).exists():
        _leave(f"There is no database at {place}. Run `sparewise migrate` first.", Exit.WRONG_USAGE)
    store = Store(place)
    try:
        with store.read() as connection:
            found = revision_of(connection)
        if found != newest_revision():
            said = f"The database is at revision {found}, not {newest_revision()}."
            _leave(f"{said} Run `sparewise migrate` first.", Exit.WRONG_USAGE)
        yield store
    except LeaseTaken as taken:
        _leave(str(taken), Exit.ANOTHER_NIGHT_RUNS)
    except LeaseLost as lost:
        _leave(str(lost), Exit.ANOTHER_NIGHT_RUNS)
    except NightFailed as failed:
        _leave(f"{failed}\n{_still_in_force(store)}", failed.exit)
    except (nights.NothingTakenIn, EarlierDay, deciding.CannotDecide, copies.BadBackup) as asked:
        _leave(str(asked), Exit.WRONG_USAGE)
    except (*STORE_TROUBLE, OSError) as trouble:
        _leave(_in_words(trouble, store), _TROUBLE)
    finally:
        store.close()


def _still_in_force(store: Store) -> str:
    """What goes on after a night that failed: the last plan, and how old it is."""
    return f"{plan_in_force(store, utc_now())} stays in force."


def _in_words(trouble: Exception, store: Store) -> str:
    origin = trouble.orig if isinstance(trouble, sa.exc.OperationalError) else trouble
    where = ""
    if store.is_sqlite:
        path = Path(str(store.url.database))
        where = f" ({path}, {disk_usage(path.parent).free // 2**20:,} MB free)"
    return f"The database could not be written: {origin}{where}. The plan in force stays."


def _leave(message: str, code: int) -> None:
    screen.ERR.print(message, style="bold red", markup=False)
    raise typer.Exit(int(code))


def actor_of(actor: str) -> str:
    """Who acts: as said, else the user of this system."""
    return actor or getpass.getuser()


def migrate(*, json: bool) -> None:
    """Create or upgrade the database."""
    settings = settings_for(None)
    revision = migrate_database(place_of(settings))
    shown = sa.make_url(place_of(settings)) if "://" in place_of(settings) else None
    place = shown.render_as_string(hide_password=True) if shown else place_of(settings)
    _tell({"database": place, "revision": revision}, json, f"{place} is at revision {revision}.")


def take_in(folder: Path, actor: str, as_of: date | None, *, strict: bool, json: bool) -> None:
    """Load a folder's tables, put them in force together, reconcile the stock."""
    settings = settings_for(folder)
    with opened(settings) as store:
        answer = nights.deliver(
            store, folder, settings, actor=actor_of(actor), as_of=as_of, strict=strict
        )
    report = answer.summary
    if json:
        sys.stdout.write(outputs.to_json(report) + "\n")
    elif answer.exit is Exit.INPUT_REFUSED:
        for one in report["refused_files"]:
            screen.ERR.print(f"{one['file']}  ({one['code']})\n  {one['message']}", markup=False)
    else:
        rows = [
            (name, f"{one['rows']:,}", "new" if one["new"] else "as before")
            for name, one in report["tables"].items()
        ]
        title = f"Taken in as of {report['as_of']}"
        screen.OUT.print(screen.table(title, "table", "rows", "", rows=rows))
        said = (
            f"{report['rejected_rows']:,} rows rejected, {report['warnings']:,} warnings, "
            f"{report['stock_differences']:,} stock differences booked."
        )
        screen.OUT.print(said, markup=False)
        for told in answer.tables["warnings"].filter(pl.col("code").is_in(SINCE))["message"]:
            screen.OUT.print(told, markup=False, soft_wrap=True)
    raise typer.Exit(int(answer.exit))


def night(actor: str, as_of: date | None, *, earlier: bool, json: bool) -> None:
    """Freeze, plan, check and publish."""
    settings = settings_for(None)

    def say(line: str) -> None:
        print(line, file=sys.stderr if json else sys.stdout, flush=True)

    with opened(settings) as store, standing_back(store):
        folder = folder_of(settings, store)
        who, day = actor_of(actor), as_of or nights.default_day(store)
        begun = begin(store, settings, day, actor=who, earlier=earlier)
        answer = nights.run_night(store, settings, folder, actor=who, say=say, begun=begun)
    if json:
        sys.stdout.write(outputs.to_json(answer.summary) + "\n")
    else:
        _show_night(answer.summary)
    raise typer.Exit(int(answer.exit))


def _show_night(summary: Mapping[str, Any]) -> None:
    proposing = summary["proposals"]
    raised = ", ".join(f"{count:,} {kind}" for kind, count in proposing["raised"].items())
    held = sum(proposing["held_back"].values())
    cost = summary["cost_per_year"]["total"]
    lines = [
        f"{summary['items']:,} items, {summary['outcome']}, {screen.money(cost)} "
        f"{summary['currency']} a year, stock {screen.money(summary['stock_value'])}.",
        f"Proposals: {raised or 'none'}; {held:,} changes held back, "
        f"{proposing['mending']:,} small ones raised to keep a promise{_at_least(proposing)}.",
    ]
    screen.OUT.print(*lines, sep="\n", markup=False, soft_wrap=True)
    _promises(summary)


def _at_least(proposing: Mapping[str, Any]) -> str:
    """How sure it is that no fewer would do."""
    mending, least = proposing["mending"], proposing.get("mending_at_least", 0)
    if not mending:
        return ""
    return "; no fewer would do" if mending == least else f"; at least {least:,} are needed"


def _promises(summary: Mapping[str, Any]) -> None:
    approved = summary["proposals"]["if_approved"]
    rows = [
        (
            f"{one['measure'].replace('_', ' ')}, {one['scope']}",
            _level(one["target"], one["measure"]),
            _level(one["achieved"], one["measure"]),
            _level(late["achieved"], one["measure"]),
            got["verdict"] + (f" ({got['events']})" if got["events"] else ""),
        )
        for one, late, got in zip(summary["targets"], approved, summary["attainment"], strict=True)
    ]
    headings = ("promise", "asked", "plan", "if all is approved", "so far")
    screen.OUT.print(screen.table("Promises", *headings, rows=rows))


def _level(value: float | None, measure: str) -> str:
    if value is None:
        return "–"
    return f"{value:.2f} days" if measure == "waiting_days" else screen.percent(value)


def proposals(chosen: deciding.Chosen, most: int, *, json: bool) -> None:
    """The open proposals of the plan in force."""
    with opened(settings_for(None)) as store:
        found = deciding.worklist(store, chosen)
        run_id, told = runs.published_run(store), plan_in_force(store, utc_now())
    if json:
        answer = {"run_id": run_id or None, "proposals": found.to_dicts()}
        sys.stdout.write(outputs.to_json(answer) + "\n")
        return
    rows = [
        (
            f"{one['proposal_id']}/{one['version']}", one["part_id"], one["location_id"],
            one["kind"], _change(one), screen.money(one["value_change"]), one["reason"],
        )
        for one in found.head(most).iter_rows(named=True)
    ]  # fmt: skip
    title = f"{found.height:,} open proposals. {told.rstrip(',')}."
    headings = ("no/version", "part", "location", "kind", "what", "value", "why")
    screen.OUT.print(screen.table(title, *headings, rows=rows))
    if found.height > most:
        screen.OUT.print(f"… and {found.height - most:,} more; --json lists all.", markup=False)


def _change(one: Mapping[str, Any]) -> str:
    if one["kind"] in deciding.LEVEL_KINDS:
        before = one["current_reorder_point"]
        return f"{'none' if before is None else before} -> {one['proposed_reorder_point']}"
    way = "back to" if one["kind"] == "return" else "from"
    return f"{one['quantity']} {way} {one['source'] or 'its supplier'}"


def exceptions(kind: str, most: int, *, json: bool) -> None:
    """What to look at today."""
    with opened(settings_for(None)) as store:
        found = plans.exceptions_of(store, runs.published_run(store))
    if kind:
        found = found.filter(pl.col("kind") == kind)
    counted = worth_a_look.counted(found)
    if json:
        answer = {"kinds": counted.to_dicts(), "exceptions": found.to_dicts()}
        sys.stdout.write(outputs.to_json(answer) + "\n")
        return
    rows = [(k, n, screen.money(v), action) for k, n, v, action in counted.rows()]
    headings = ("kind", "count", "value", "first action")
    screen.OUT.print(screen.table("Exceptions", *headings, rows=rows))
    if kind:
        columns = ("part_id", "location_id", "occurrences", "value", "subject")
        listed = [
            (*row[:3], screen.money(row[3]), row[4])
            for row in found.head(most).select(columns).rows()
        ]
        screen.OUT.print(screen.table(kind, *columns, rows=listed))


def decide(
    chosen: deciding.Chosen,
    verdict: Verdict,
    actor: str,
    run_id: str,
    versions: Sequence[int],
    *,
    json: bool,
) -> None:
    """Approve, reject or override what is chosen."""
    settings = settings_for(None)
    with opened(settings) as store:
        told = deciding.decide(
            store, settings, chosen, verdict,
            actor=actor_of(actor), run_id=run_id, versions=versions,
        )  # fmt: skip
    if json:
        sys.stdout.write(outputs.to_json(told) + "\n")
    else:
        lines = [f"{len(told['decided']):,} {verdict.word}."]
        if told["waiting_for_second"]:
            numbers = ", ".join(str(one) for one in told["waiting_for_second"])
            lines.append(f"Waiting for a second person, who says the same: {numbers}.")
        if told["last_pieces_left_alone"]:
            count = told["last_pieces_left_alone"]
            lines.append(f"{count:,} last pieces left alone: name each by its number.")
        lines += [f"{one['proposal_id']}: {one['message']}" for one in told["refused"]]
        screen.OUT.print(*lines, sep="\n", markup=False, soft_wrap=True)
    raise typer.Exit(int(Exit.WRONG_USAGE if told["refused"] else Exit.DONE))


def release(out: Path, number: int, actor: str, *, json: bool) -> None:
    """Hand over what was decided, once."""
    with opened(settings_for(None)) as store:
        told = deciding.release(store, out, actor=actor_of(actor), number=number)
    words = "Nothing waits to be handed over."
    if told["release_id"]:
        names = ", ".join(told["files"])
        words = f"Release {told['release_id']}: {told['rows']:,} decisions handed over in {names}."
    _tell(told, json, words)


def overrides(*, json: bool) -> None:
    """What overrides cost or saved against what was proposed."""
    with opened(settings_for(None)) as store:
        found = deciding.overrides(store)
    if json:
        sys.stdout.write(outputs.to_json({"overrides": found.to_dicts()}) + "\n")
        return
    columns = (
        "part_id", "location_id", "proposed_reorder_point", "reorder_point", "actor",
        "reason_code", "expires_on", "cost_per_year_change", "cost_so_far", "waiting_days_change",
    )  # fmt: skip
    rows = [
        (*row[:7], *map(screen.money, row[7:9]), "–" if row[9] is None else f"{row[9]:+.2f}")
        for row in found.select(columns).rows()
    ]
    headings = (
        "part", "location", "proposed", "instead", "who", "why", "until", "cost a year",
        "so far", "waiting, days",
    )  # fmt: skip
    screen.OUT.print(screen.table("Overrides against their proposals", *headings, rows=rows))


def doctor(*, json: bool) -> None:
    """Every invariant of the database."""
    with opened(settings_for(None)) as store:
        found = health.examine(store)
    bad = [one for one in found if not one.good]
    if json:
        rows = [{"question": one.question, "good": one.good, "seen": one.seen} for one in found]
        sys.stdout.write(outputs.to_json({"sound": not bad, "findings": rows}) + "\n")
    else:
        listed = [("ok" if one.good else "BAD", one.question, one.seen) for one in found]
        screen.OUT.print(screen.table("The database", "", "question", "seen", rows=listed))
    raise typer.Exit(int(Exit.VERIFICATION_FAILED if bad else Exit.DONE))


def backup(target: Path, *, json: bool) -> None:
    """Copy the database while it is in use."""
    with opened(settings_for(None)) as store:
        made = (
            copies.back_up(store, target) if store.is_sqlite
            else copies.export_tables(store, target)
        )  # fmt: skip
    size = made.stat().st_size
    _tell({"file": str(made), "bytes": size}, json, f"{made} holds {size:,} bytes.")


def _tell(answer: Mapping[str, Any], json: bool, words: str) -> None:
    if json:
        sys.stdout.write(outputs.to_json(answer) + "\n")
    else:
        screen.OUT.print(words, markup=False, soft_wrap=True)
