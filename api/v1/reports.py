"""Reports: files of a night to be read, finance's report on demand, what customers really got."""

from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query
from fastapi import Path as InPath
from fastapi.responses import FileResponse
from pydantic import Field

from api.access import GuardedRoute, allow
from api.asking import Ask
from api.fields import AnyDay, Body, Shown
from api.problem import Problem
from data.store import run_reading
from inventory.people import Role
from planning import service_level as levels
from planning.finance.report import asked as on_demand
from planning.night.places import folder_of

router = APIRouter(prefix="/v1/reports", tags=["reports"], route_class=GuardedRoute)
_READERS: Final = (Role.PLANNER, Role.FINANCE, Role.AUDITOR)
_KINDS: Final = {
    ".html": "text/html",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pdf": "application/pdf",
    ".csv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
    ".json": "application/json",
}


class ReportShown(Shown):
    """A file of a run."""

    run_id: str
    name: str
    bytes: int
    address: str


class Reports(Shown):
    """The files of the plan in force, or of the run asked for."""

    reports: list[ReportShown]
    finance: on_demand.State = Field(description="what became of finance's report of the run")


class ReportAsked(Body):
    """The night to report on; none: the one whose plan is in force."""

    run_id: Annotated[str, Field(max_length=100)] | None = None


class ReportBegun(Shown):
    """A report on its way, or there already; its files are in the list of its run."""

    run_id: str
    state: on_demand.State


class Period(Shown):
    """What was asked for and served at once; the interval is Wilson's, 90 %."""

    begins_on: date
    requests: int
    served_at_once: int
    share: float | None
    low: float | None
    high: float | None


class ServiceLevel(Shown):
    """Requests served at once, period by period."""

    bucket: str
    periods: list[Period]


@router.get("")
@allow(*_READERS)
async def list_reports(
    ask: Ask, run_id: Annotated[str | None, Query(max_length=100)] = None
) -> Reports:
    """The files of a run; none named: of the plan in force."""
    run: str = run_id if run_id is not None else await ask.read(run_reading.in_force)
    files = await ask.do(lambda: _files(ask, run))
    shown = [
        ReportShown(
            run_id=run,
            name=file.name,
            bytes=file.stat().st_size,
            address=f"/v1/reports/{run}/{file.name}",
        )
        for file in files
    ]
    nights = folder_of(ask.desk.settings, ask.desk.store)
    state = on_demand.State.NONE
    if files or run in await ask.do(lambda: _runs(nights)):
        state = await ask.do(lambda: on_demand.state_of(nights, run))
    return Reports(reports=shown, finance=state)


@router.post("", status_code=202)
@allow(Role.PLANNER, Role.FINANCE)
async def ask_for_report(ask: Ask, asked: ReportAsked | None = None) -> ReportBegun:
    """Have finance's report of a night made, in every form; refused while another is made."""
    store, settings, carry = ask.desk.store, ask.desk.settings, ask.desk.carry_report
    run = (asked.run_id if asked else None) or ""
    told = await ask.perform(
        lambda signed: on_demand.ask_for(store, settings, signed, run, carry=carry)
    )
    return ReportBegun(**told)


@router.get("/service-level")
@allow(*_READERS)
async def service_level(
    ask: Ask,
    first: Annotated[AnyDay, Query(alias="from")],
    last: Annotated[AnyDay, Query(alias="to")],
    bucket: Literal["day", "week", "month"] = "month",
) -> ServiceLevel:
    """What customers really got."""
    if last < first:
        raise Problem(422, "date.range_reversed", "It ends before it begins.", field="to")
    if (last - first).days // levels.DAYS_OF[bucket] >= levels.MOST_BUCKETS:
        said = f"At most {levels.MOST_BUCKETS:,} periods at once; take longer ones."
        raise Problem(422, "range.too_long", said, field="from", most=levels.MOST_BUCKETS)
    store = ask.desk.store
    rows = await ask.do(lambda: levels.service_level(store, first, last, bucket))
    return ServiceLevel(bucket=bucket, periods=[Period(**row) for row in rows])


@router.get("/{run_id}/{name}", response_class=FileResponse)
@allow(*_READERS)
async def download(
    ask: Ask,
    run_id: Annotated[str, InPath(max_length=100)],
    name: Annotated[str, InPath(max_length=200)],
) -> FileResponse:
    """One file, as it was written."""
    files = await ask.do(lambda: _files(ask, run_id))
    for file in files:
        if file.name == name:
            kind = _KINDS[file.suffix]
            return FileResponse(file, media_type=kind, filename=name)
    raise Problem(404, "ref.unknown", "There is no such report.", field="name")


def _files(ask: Ask, run_id: str) -> list[Path]:
    """The readable files of a run; only names that lie there are ever opened."""
    nights = folder_of(ask.desk.settings, ask.desk.store)
    folder = _runs(nights).get(run_id)
    if folder is None:
        return []
    found = [
        one
        for part in ("report", on_demand.FOLDER)
        for one in (folder / part).glob("*")
        if one.is_file() and one.suffix in _KINDS
    ]
    return sorted(found, key=lambda one: one.name)


def _runs(nights: Path) -> dict[str, Path]:
    return {one.name: one for one in nights.iterdir()} if nights.is_dir() else {}
