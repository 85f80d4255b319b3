"""The description of the API: how to sign in, whom each route is for, how refusals look."""

import json
import tempfile
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from api.access import GuardedRoute
from api.examples import EXAMPLES
from api.problem import PROBLEM_JSON

_ABOUT: Final = (
    "Spare parts: where they are, what is held for whom, what the plan proposes. Every refusal is "
    "`application/problem+json` with a stable `code`. Every write carries an `Idempotency-Key`; "
    "repeated under its key it takes effect once."
)
_PROBLEM: Final = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "examples": ["stock.insufficient"]},
        "field": {"type": "string", "examples": ["lines[0].quantity"]},
    },
}
_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "description": "Chosen by the sender, new for every new wish.",
}


def describe(app: FastAPI) -> None:
    """Give `app` its description, made when it is first asked for."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _whole(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _whole(app: FastAPI) -> dict[str, Any]:
    described = get_openapi(
        title="sparewise", version=app.version, description=_ABOUT, routes=app.routes
    )
    schemas = described.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = _PROBLEM
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    described["components"]["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "description": "a session's token or a key"}
    }
    for route in guarded_routes(app):
        for method in route.methods or ():
            operation = described["paths"].get(route.path_format, {}).get(method.lower())
            if operation is not None:
                _complete(operation, route, method)
    return described


def guarded_routes(app: FastAPI) -> list[GuardedRoute]:
    """Every route of the API."""
    return [route for route in _all(app.routes) if isinstance(route, GuardedRoute)]


def _all(routes: Any) -> list[Any]:
    return [route for route in routes if isinstance(route, APIRoute)]


def _complete(operation: dict[str, Any], route: GuardedRoute, method: str) -> None:
    access = route.access
    operation["responses"].pop("422", None)
    operation["responses"]["default"] = {
        "description": "Refused",
        "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if not access.public:
        operation["security"] = [{"bearer": []}]
        operation["x-roles"] = sorted(role.value for role in access.roles)
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body is not None:
        example = EXAMPLES.get(f"{method} {route.path}")
        body.update({"example": example} if example is not None else {})
    if access.keyed and method not in ("GET", "HEAD"):
        operation.setdefault("parameters", []).append(_KEY)


def main() -> None:
    """Write the description to docs/openapi.json."""
    from api.app import create_app
    from api.desk import Desk
    from data.store.engine import Store
    from planning.settings import Settings

    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "none.db")
        described = create_app(Desk(store, Settings(), bytes(40))).openapi()
        store.close()
    text = json.dumps(described, indent=1, sort_keys=True) + "\n"
    (Path(__file__).parents[1] / "docs" / "openapi.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
