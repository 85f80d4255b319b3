"""A night on the company's database, and the delivery of tables before it."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from data.intake import since
from data.intake import take_in as through_door
from data.store import night_inputs, part_search, plans, runs
from data.store.batches import keep_tables
from data.store.engine import Store
from data.store.leases import LeaseLost
from data.store.reconcile import reconcile
from data.store.trouble import STORE_TROUBLE
from inventory.ledger import Request
from planning.answer import Answer
from planning.exits import Exit
from planning.intake_settings import intake_settings
from planning.night import exceptions, faults
from planning.night.retention import tidy
from planning.night.run import Clock, Heartbeat, Night, NightFailed, Say, TimedOut, begin, utc_now
from planning.night.stages import Work, exit_of, read_json
from planning.prepare import PLAN_NEEDS
from planning.settings import FILE, Settings, load
from planning.world import ITEM


class NothingTakenIn(Exception):
    """There is nothing to plan yet."""

    def __init__(self) -> None:
        super().__init__("Nothing was taken in yet. Run `sparewise take-in INPUT` first.")


def deliver(
    store: Store,
    folder: Path,
    settings: Settings,
    *,
    actor: str,
    as_of: date | None = None,
    strict: bool = False,
    clock: Clock = utc_now,
) -> Answer:
    """Load a folder's accepted rows, put them in force together, and reconcile the stock."""
    options = intake_settings(settings, PLAN_NEEDS)
    intake = through_door(folder, as_of=as_of, settings=options, strict=strict)
    before = night_inputs.in_force(store)
    known = _known_before(store, before)
    late = since.out_of_order(intake.tables["stock"], known["stock"])
    refused = [
        {"file": one.file, "code": one.code, "message": one.message}
        for one in (*intake.refused_files, *late)
    ]
    warnings = pl.concat([intake.warnings, _since(intake.tables, known)])
    report: dict[str, Any] = {
        "as_of": str(intake.as_of),
        "input_hash": intake.input_hash,
        "rejected_rows": intake.rejected.height,
        "warnings": warnings.height,
        "refused_files": refused,
    }
    said = {"rejected": intake.rejected}
    if refused:
        return Answer(report, said, exit=Exit.INPUT_REFUSED)
    now = clock()
    there = {name: table for name, table in intake.tables.items() if not table.is_empty()}
    gone = {name: intake.tables[name] for name in before if name not in there}
    batches = keep_tables(store, {**there, **gone}, taken_in_at=now, as_of=intake.as_of)
    found = exceptions.of_door(intake.rejected, warnings)
    aside = intake.set_aside.group_by("reason").agg(pl.len().cast(pl.Int64).alias("occurrences"))
    outliers = aside.filter(pl.col("reason").str.contains("outlier")).select(
        "occurrences", kind=pl.lit("outlier"), subject="reason"
    )
    both = pl.concat([found, outliers], how="diagonal_relaxed")
    plans.keep_door_exceptions(store, exceptions.finished(both, now))
    differences = _reconciled(store, intake.tables, intake.as_of, actor, now)
    part_search.refresh(store, now)
    report["tables"] = {
        name: {
            "rows": table.height,
            "delivery": batches[name],
            "new": batches[name] != before.get(name),
        }
        for name, table in there.items()
    }
    report["set_aside"] = dict(aside.sort("reason").iter_rows())
    report["stock_differences"] = differences.height
    return Answer(report, {**said, "warnings": warnings, "differences": differences})


def _known_before(store: Store, batches: Mapping[str, str]) -> dict[str, pl.DataFrame]:
    """Parts and stock as they are in force, and what the ledger has reserved."""
    wanted = {name: batches[name] for name in ("parts", "stock") if name in batches}
    found = night_inputs.tables(store, wanted)
    reserved = night_inputs.balances(store)
    return {"parts": found["parts"], "stock": found["stock"], "reserved": reserved}


def _since(tables: Mapping[str, pl.DataFrame], known: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """What is odd only beside what was known before."""
    return pl.concat(
        [
            since.dearer(tables["parts"], known["parts"]),
            since.below_reserved(_latest(tables["stock"]), known["reserved"]),
        ]
    )


def _latest(stock: pl.DataFrame) -> pl.DataFrame:
    """The newest count of each item; one without a date counts before any other."""
    return stock.sort(*ITEM, "as_of", nulls_last=False).unique(ITEM, keep="last")


def _reconciled(
    store: Store, tables: Mapping[str, pl.DataFrame], as_of: date, actor: str, now: datetime
) -> pl.DataFrame:
    """The latest counts of the delivery, booked in the ledger as of the end of their day."""
    snapshot = _latest(tables["stock"]).select(*ITEM, "on_hand").sort(ITEM)
    if snapshot.is_empty():
        return pl.DataFrame(schema={"part_id": pl.String, "location_id": pl.String})
    request = Request(actor, f"snapshot of {as_of}", now)
    seen = {*snapshot["location_id"], *night_inputs.balances(store)["location_id"]}
    ends = _day_ends(tables["locations"], seen, as_of, now)
    found = [
        reconcile(
            store, snapshot, request, counted_at=moment,
            places=[place for place in sorted(seen) if ends[place] == moment],
        )
        for moment in sorted(set(ends.values()))
    ]  # fmt: skip
    return pl.concat(found).sort(ITEM)


def _day_ends(
    locations: pl.DataFrame, places: Collection[str], day: date, now: datetime
) -> dict[str, datetime]:
    """The last second of `day` at each of `places`, in UTC where no zone is known; at most now."""
    zones = dict(locations.select("location_id", "timezone").drop_nulls().iter_rows())
    ends = {
        zone: min(datetime.combine(day, time(23, 59, 59), ZoneInfo(zone)), now)
        for zone in {"UTC", *zones.values()}
    }
    return {place: ends[zones.get(place, "UTC")].astimezone(UTC) for place in places}


def default_day(store: Store) -> date:
    """The day of the newest count or movement, else of the newest demand.

    Raises:
        NothingTakenIn: there is neither.
    """
    batches = night_inputs.in_force(store)
    known = night_inputs.tables(
        store, {k: v for k, v in batches.items() if k in ("stock", "demand")}
    )
    counted, moved = known["stock"]["as_of"].max(), night_inputs.last_movement_day(store)
    days = [one for one in (counted, moved) if isinstance(one, date)]
    asked = known["demand"]["date"].max()
    if not days and isinstance(asked, date):
        days = [asked]
    if not days or "parts" not in batches:
        raise NothingTakenIn
    return max(days)


def run_night(
    store: Store,
    settings: Settings,
    folder: Path,
    *,
    actor: str,
    as_of: date | None = None,
    say: Say = lambda _line: None,
    clock: Clock = utc_now,
    begun: runs.Begun | None = None,
) -> Answer:
    """Freeze, plan, check and publish; go on where an earlier night was cut off.

    `begun` is a night whose lease somebody took already, to be worked on here.

    Raises:
        LeaseTaken: another night runs.
        EarlierDay: a plan of a later day is in force.
        NothingTakenIn: there is nothing to plan.
    """
    if begun is None:
        begun = begin(store, settings, as_of or default_day(store), actor=actor, clock=clock)
    if begun.lease is None:
        summary = read_json(folder / begun.run_id / "report" / "night.json")
        say(f"Night {begun.run_id} was finished before; nothing changes.")
        return Answer({**summary, "repeated": True}, exit=exit_of(summary))
    frozen = folder / begun.run_id / "freeze"
    if (frozen / FILE).is_file():  # what was frozen is planned as it was asked for then
        settings = replace(
            load(frozen),
            database=settings.database,
            nights_folder=settings.nights_folder,
            keep_nights=settings.keep_nights,
        )
    night = Night(store, settings, folder, begun, begun.lease, clock=clock, say=say, actor=actor)
    how = "resumed" if begun.resumed else "begun"
    say(f"Night {begun.run_id} {how}, on {night.as_of}.")
    try:
        with Heartbeat(store, night.lease, clock, settings.lease_seconds / 4):
            summary = Work(night).all()
    except faults.Stopped:
        raise
    except TimedOut as late:
        runs.leave(store, night.lease, night.run_id, "timed_out", clock())
        raise NightFailed(str(late), Exit.NOT_PROVEN) from late
    except LeaseLost:
        raise
    except (KeyboardInterrupt, SystemExit):
        runs.leave(store, night.lease, night.run_id, "interrupted", clock())
        raise
    except BaseException:
        _leave_if_possible(night, clock)
        raise
    runs.leave(store, night.lease, night.run_id, "published", clock())
    _tidy_if_possible(night)
    return Answer({**summary, "stages": night.stages, "repeated": False}, exit=exit_of(summary))


def _tidy_if_possible(night: Night) -> None:
    """Make room; a night whose plan is in force has not failed because it could not tidy up."""
    try:
        gone = tidy(night.store, night.nights, keep=night.settings.keep_nights)
    except (*STORE_TROUBLE, OSError) as trouble:
        night.say(f"Older nights could not be tidied up: {trouble}")
    else:
        if gone:
            night.say(f"Files of {gone:,} older nights were dropped.")


def _leave_if_possible(night: Night, clock: Clock) -> None:
    """Say that the night failed; where even that cannot be written, its silence says so."""
    try:
        runs.leave(night.store, night.lease, night.run_id, "failed", clock())
    except Exception:  # the first trouble is the one to tell
        night.say("The end of this night could not be written down.")
