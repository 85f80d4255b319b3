"""Every API case of the project's list of bad inputs: status, code, twin, nothing changed."""

import pytest

from data.store.invariants import check_invariants
from tests.api.bad_inputs import CASES, Stage

KILLED = "AP-044"  # a server that dies after the commit: see test_server.py
ASKED = [case for case in CASES if case["id"] != KILLED]
TWINS = [case for case in ASKED if case.get("good_twin")]
SECRETS = ("Traceback", "sqlite", "SELECT ", "INSERT ", ".py", "/tmp", "argon2", "secret of")


def test_the_list_is_whole():
    assert (len(CASES), len(ASKED), len(TWINS)) == (49, 48, 3)


def _stock(door) -> list:
    return door.get("/v1/stock").json()["stock"]


@pytest.mark.parametrize("case", ASKED, ids=lambda case: case["id"])
def test_a_bad_request_is_answered_with_status_and_code(door, case):
    stage = Stage(door)
    stage.prepare(case)
    who = stage.identity(case)
    method, path, options = stage.request(case)
    if case["id"] in ("AP-065", "AP-066"):
        first = door.post(f"/v1/reservations/{stage.names['cancelled']}/cancel", "technician")
        assert first.is_success
    before = _stock(door)
    answer = door.ask(method, path, who, **options)
    expected = case["expected"]
    assert answer.status_code in expected["status_any_of"], (case["why"], answer.text)
    if answer.is_success:
        assert expected["error_code"] in ("none", "reservation.state")
    else:
        body = answer.json()
        assert body["code"] == expected["error_code"], (case["why"], body)
        assert answer.headers["content-type"] == "application/problem+json"
        assert body["status"] == answer.status_code
        assert body["detail"]
        assert not any(word in answer.text for word in SECRETS), answer.text
        assert _stock(door) == before
    with door.store.read() as connection:
        assert check_invariants(connection) == []


@pytest.mark.parametrize("case", TWINS, ids=lambda case: case["id"])
def test_its_good_twin_is_accepted(door, case):
    stage = Stage(door)
    stage.prepare(case)
    method, path, options = stage.request(case, case["good_twin"])
    answer = door.ask(method, path, stage.identity(case), **options)
    assert answer.is_success, (case["why"], answer.text)


def test_a_promise_without_a_lead_time_is_unknown_and_says_why(door):
    told = door.get("/v1/availability?part_id=P-300&location_id=FSL-1&quantity=50").json()
    assert (told["eta"], told["reason"]) == (None, "lead_time.missing")


def test_sql_in_a_search_is_only_text(door):
    literal = door.get("/v1/parts", params={"q": "' OR 1=1 --"}).json()
    assert literal["parts"] == []


def test_no_other_site_is_let_in(door):
    answer = door.get("/v1/parts", headers={"Origin": "https://evil.example"})
    assert not any(name.startswith("access-control") for name in answer.headers)


def test_a_sender_cannot_name_the_file(door, tmp_path):
    from planning.night.places import uploads_of
    from planning.settings import Settings

    files = {
        "file": ("../../app/config.yml", b"job_type,part_id,quantity\nj,P-100,1\n", "text/csv")
    }
    answer = door.post("/v1/imports/kits", files=files)
    assert answer.status_code == 202
    door.desk._worker.shutdown(wait=True)
    uploads = uploads_of(Settings(), door.store)
    assert {path.name for path in uploads.iterdir()} == {answer.json()["import_id"]}
    assert not list(tmp_path.rglob("config.yml"))


def test_an_upload_that_does_not_tell_its_length_is_stopped_as_well(door, monkeypatch):
    import dataclasses

    from api.openapi import guarded_routes

    route = next(one for one in guarded_routes(door.app) if one.path == "/v1/imports/{table}")
    boundary = "x" * 20
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n'
        "Content-Type: text/csv\r\n\r\n"
    ).encode()

    def chunks():
        yield head
        for _ in range(66):
            yield b"x" * 2**20
        yield f"\r\n--{boundary}--\r\n".encode()

    assert dataclasses.is_dataclass(route.access)
    kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    answer = door.post("/v1/imports/kits", content=chunks(), headers=kind)
    assert (answer.status_code, answer.json()["code"]) == (413, "file.too_large")
