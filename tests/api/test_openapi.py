"""The description of the API: committed, current, whole."""

import json
from pathlib import Path

from api.openapi import guarded_routes

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "docs" / "openapi.json"


def text_of(door) -> str:
    return json.dumps(door.app.openapi(), indent=1, sort_keys=True) + "\n"


def test_the_committed_description_is_current(door):
    """To renew it: `python -m api.openapi`."""
    assert COMMITTED.read_text(encoding="utf-8") == text_of(door)


def test_every_route_says_whom_it_is_for_and_how_it_refuses(door):
    described = door.app.openapi()["paths"]
    for route in guarded_routes(door.app):
        if not route.include_in_schema:
            continue
        for method in route.methods - {"HEAD"}:
            operation = described[route.path_format][method.lower()]
            assert "application/problem+json" in operation["responses"]["default"]["content"]
            assert "422" not in operation["responses"]
            if not route.access.public:
                assert operation["x-roles"], route.path
            keyed = any(one["name"] == "Idempotency-Key" for one in operation.get("parameters", ()))
            assert keyed is (route.access.keyed and method != "GET"), route.path


def test_every_body_has_an_example(door):
    described = door.app.openapi()
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {})
            if "application/json" in content:
                assert content["application/json"].get("example") is not None, (method, path)
