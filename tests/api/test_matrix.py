"""The whole role matrix: every cell asked for real, no route without a row."""

import pytest

from api.access import allow
from api.openapi import guarded_routes
from inventory.people import Role
from tests.api.matrix import MATRIX, ROLES, WITHOUT_CELLS
from tests.api.world import Door


def routes_of(door: Door) -> set[tuple[str, str]]:
    return {
        (method, route.path)
        for route in guarded_routes(door.app)
        for method in route.methods
        if route.path not in WITHOUT_CELLS and route.include_in_schema
    }


def test_every_route_has_a_row_and_every_row_a_route(door):
    assert routes_of(door) == {(row.method, row.path) for row in MATRIX}


@pytest.mark.parametrize("row", MATRIX, ids=lambda row: f"{row.method} {row.path}")
def test_refused_cells(door, row):
    for who in ROLES:
        if row.status(who) < 400:
            continue
        answer = row.probe(door, who)
        assert answer.status_code == row.status(who), (who, answer.text)
        code = {401: "auth.missing", 403: "role.forbidden"}[answer.status_code]
        assert answer.json()["code"] == code, who


ALLOWED = [(row, who) for row in MATRIX for who in ROLES if row.status(who) < 400]


@pytest.mark.parametrize(
    ("row", "who"), ALLOWED, ids=[f"{who} {row.method} {row.path}" for row, who in ALLOWED]
)
def test_allowed_cells_really_succeed(door, row, who):
    answer = row.probe(door, who)
    assert answer.status_code == row.status(who), answer.text


def test_an_allowed_cell_too_many_is_seen(door):
    """A route that lets one role too many in makes its row fail."""
    row = next(row for row in MATRIX if row.path == "/v1/audit")
    route = next(one for one in guarded_routes(door.app) if one.path == "/v1/audit")
    assert row.probe(door, "planner").status_code == 403
    allow(*Role)(route.endpoint)
    object.__setattr__(route.access, "roles", frozenset(Role))
    try:
        assert row.probe(door, "planner").status_code != row.status("planner")
    finally:
        object.__setattr__(route.access, "roles", frozenset({Role.ADMIN, Role.AUDITOR}))
