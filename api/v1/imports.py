"""Tables that come in one by one; each is checked beside the others before it is in force."""

import hashlib
from typing import Annotated, Any, Final

from fastapi import APIRouter, File, Path, UploadFile
from pydantic import Field

from api.access import GuardedRoute, allow
from api.asking import Ask
from api.fields import Shown
from api.problem import Problem
from inventory.people import Role
from planning import deliveries
from planning.night.places import uploads_of

router = APIRouter(prefix="/v1/imports", tags=["imports"], route_class=GuardedRoute)
LARGEST_UPLOAD: Final = 64 * 2**20
_OF_PLANNERS: Final = frozenset(
    {"service_targets", "budgets", "item_rules", "delay_costs", "demand_changes"}
)


class Queued(Shown):
    """It is being taken in; ask for it by its number."""

    import_id: str
    table: str
    state: str


class ImportShown(Shown):
    """What became of it."""

    import_id: str
    state: str = Field(description="running, done, refused or failed")
    report: dict[str, Any] = Field(description="counts, rejected rows, refused files")


@router.post("/{table}", status_code=202)
@allow(Role.PLANNER, Role.ADMIN, Role.SERVICE, form=True, largest_body=LARGEST_UPLOAD)
async def take_in(
    ask: Ask,
    table: Annotated[str, Path(max_length=100)],
    file: Annotated[UploadFile, File(description="CSV, Parquet or XLSX")],
) -> Queued:
    """Deliver one table; the rows of the delivery before it are replaced."""
    if table not in deliveries.KNOWN:
        raise Problem(404, "ref.unknown", "There is no such table.", field="table")
    if ask.person.role is Role.SERVICE and table in _OF_PLANNERS:
        said = "This table is delivered by people."
        raise Problem(403, "role.forbidden", said, field="table")
    form = "." + (file.filename or "").rpartition(".")[2].lower()
    form = form if form in deliveries.FORMS else ".csv"
    desk, signed = ask.desk, ask.signed()
    uploads = uploads_of(desk.settings, desk.store)

    def work() -> tuple[deliveries.Upload, str]:
        hashed = hashlib.file_digest(file.file, "sha256").hexdigest()  # type: ignore[arg-type]
        file.file.seek(0)
        return deliveries.keep(uploads, table, form, file.file), hashed

    upload, hashed = await ask.do(work)
    try:
        body = await ask.perform(lambda _: deliveries.queue(desk.store, signed, upload, hashed))
    except Problem:
        await ask.do(lambda: deliveries.forget(upload))
        raise
    if body["import_id"] == upload.import_id:
        desk.later(lambda: deliveries.take_in(desk.store, desk.settings, upload, ask.person.name))
    else:
        await ask.do(lambda: deliveries.forget(upload))
    return Queued(**body)


@router.get("/{import_id}")
@allow(Role.PLANNER, Role.ADMIN, Role.SERVICE)
async def show_import(ask: Ask, import_id: Annotated[str, Path(max_length=64)]) -> ImportShown:
    """What became of an import."""
    uploads = uploads_of(ask.desk.settings, ask.desk.store)
    report = await ask.do(lambda: deliveries.report_of(uploads, import_id))
    if report is None:
        raise Problem(404, "ref.unknown", "There is no such import.", field="import_id")
    told = dict(report)
    return ImportShown(import_id=import_id, state=told.pop("state"), report=told)
