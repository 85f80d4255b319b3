"""Files of the pages: style, htmx, the API's reading room; no file but those listed here."""

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.access import EVERYBODY, GuardedRoute, allow, public
from api.pages.page import STATIC, PageRoute, page
from api.problem import Problem

router = APIRouter(tags=["pages"], route_class=GuardedRoute, include_in_schema=False)
reading_room = APIRouter(tags=["pages"], route_class=PageRoute, include_in_schema=False)
_KINDS: Final = {
    "sparewise.css": "text/css; charset=utf-8",
    "sparewise.js": "text/javascript; charset=utf-8",
    "docs.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
    "htmx.min.js": "text/javascript; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
}
_FOR_EVER: Final = "public, max-age=31536000, immutable"


@router.get("/static/{name}")
@public()
async def show_file(name: str, v: str = "") -> Response:
    """One of the files the pages are made with; `v` names its content."""
    if name not in _KINDS:
        raise Problem(404, "ref.unknown", "There is no such file.")
    headers = {"Cache-Control": _FOR_EVER if v else "no-cache"}
    path = STATIC / name
    if not path.exists():
        path, headers["Content-Encoding"] = STATIC / f"{name}.gz", "gzip"
    return Response(path.read_bytes(), media_type=_KINDS[name], headers=headers)


@router.get("/openapi.json")
@allow(*EVERYBODY)
async def show_description(request: Request) -> Response:
    """The description of the API, for whoever signed in."""
    return JSONResponse(request.app.openapi())


@reading_room.get("/docs")
@allow(*EVERYBODY)
async def show_docs(request: Request) -> Response:
    """The API, to be read and tried."""
    return page(request, "docs.html", {"person": request.state.person})
