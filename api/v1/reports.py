"""Reports: files a night left to be read, and what customers really got."""

from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query
from fastapi import Path as InPath
from fastapi.responses import FileResponse

from api.access import GuardedRoute, allow
from api.asking import Ask
from api.fields import AnyDay, Shown
from api.problem import Problem
from data.store import run_reading
from inventory.people import Role
from planning import service_level as levels
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
    return Reports(reports=shown)


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
    known = {folder.name: folder for folder in nights.iterdir()} if nights.is_dir() else {}
    folder = known.get(run_id, nights) / "report"
    if not folder.is_dir():
        return []
    return sorted(one for one in folder.iterdir() if one.is_file() and one.suffix in _KINDS)
