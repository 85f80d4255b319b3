"""Who comes in, who is put out, what is kept secret."""

import logging
import os
import stat
from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from api.command import _is_loopback
from api.desk import Desk
from api.limits import Pace
from data.store.engine import Store
from data.store.migrate import migrate
from planning.people import accounts, passwords
from planning.people.secret import BadSecret, secret_at
from planning.people.sign_in import NotLetIn, sign_in
from planning.settings import Settings
from tests.api.world import NOW, PASSWORD, SECRET, Door


def login(door: Door, name: str = "tech1", password: str = PASSWORD):
    return door.client.post("/v1/auth/login", json={"name": name, "password": password})


def test_a_session_ends_at_once_when_its_owner_leaves(door):
    token = login(door).json()["token"]
    assert door.get("/v1/users/me", token).json()["name"] == "tech1"
    assert door.ask("POST", "/v1/auth/logout", token).is_success
    answer = door.get("/v1/users/me", token)
    assert (answer.status_code, answer.json()["code"]) == (401, "auth.revoked")


def test_a_closed_account_is_out_in_every_process(store, company):
    """Two applications on one database: what one ends the other does not remember."""
    one, other = Door(store, company[1]), Door(store, company[1])
    with one.client, other.client:
        assert other.get("/v1/users/me", "technician").is_success
        change = {"json": {"active": False}, "headers": {"If-Match": '"1"'}}
        assert one.ask("PATCH", "/v1/admin/users/tech1", "admin", **change).is_success
        assert other.get("/v1/users/me", "technician").json()["code"] == "auth.revoked"
        assert login(other).status_code == 401


def test_a_changed_role_holds_at_once(door):
    assert door.get("/v1/audit", "planner").status_code == 403
    change = {"json": {"role": "auditor"}, "headers": {"If-Match": '"1"'}}
    assert door.ask("PATCH", "/v1/admin/users/planner1", "admin", **change).is_success
    token = login(door, "planner1").json()["token"]
    assert door.get("/v1/audit", token).is_success


def test_nobody_changes_their_own_role(door):
    change = {"json": {"role": "planner"}, "headers": {"If-Match": '"1"'}}
    answer = door.ask("PATCH", "/v1/admin/users/admin1", "admin", **change)
    assert (answer.status_code, answer.json()["code"]) == (403, "field.forbidden")


def test_a_session_is_over_after_its_hours(door):
    token = login(door).json()["token"]
    door.clock.forward(hours=13)
    assert door.get("/v1/users/me", token).json()["code"] == "auth.expired"


def test_unknown_names_and_wrong_passwords_are_told_alike(door):
    answers = [login(door, "nobody"), login(door, "tech1", "wrong")]
    assert [one.status_code for one in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()


def test_too_many_tries_have_to_wait(store, company):
    door = Door(store, company[1])
    door.desk.pace_at_door = Pace(10 / 60, 10)
    with door.client:
        codes = [login(door, "tech1", "wrong").status_code for _ in range(12)]
    assert codes == [401] * 10 + [429] * 2


def test_a_source_that_has_to_wait_locks_nobody_else_out(store, company):
    door = Door(store, company[1])
    door.desk.pace_at_door = Pace(10 / 60, 10)
    with door.client:
        for number in range(10):
            assert login(door, f"nobody{number}").status_code == 401
        assert [login(door, "tech1", "wrong").status_code for _ in range(12)] == [429] * 12
    door.desk.pace_sign_in("tech1", "another source")


def test_a_crowd_of_names_does_not_give_new_tries():
    pace = Pace(10 / 60, 10, clock=lambda: 0.0)
    for _ in range(10):
        assert pace.wait_seconds("mallory") == 0.0
    for number in range(10_010):
        pace.wait_seconds(f"n {number}")
    assert pace.wait_seconds("mallory") > 0.0


def test_too_many_requests_have_to_wait(store, company):
    door = Door(store, company[1])
    door.desk.pace_of = Pace(1, 5)
    with door.client:
        answers = [door.get("/v1/users/me", "technician") for _ in range(7)]
    assert [one.status_code for one in answers].count(429) >= 1
    assert int(answers[-1].headers["Retry-After"]) >= 1


def test_a_key_is_shown_once_and_ends_at_once(door):
    asked = {"json": {"label": "ERP", "role": "service"}, "key": "one key"}
    made = door.post("/v1/admin/users/erp1/keys", "admin", **asked).json()
    again = door.post("/v1/admin/users/erp1/keys", "admin", **asked).json()
    assert made["key"].startswith(made["prefix"])
    assert (again["key_id"], again["key"]) == (made["key_id"], "")
    assert door.get("/v1/stock", made["key"]).is_success
    listed = door.get("/v1/admin/users/erp1/keys", "admin")
    assert made["key"] not in listed.text
    end = f"/v1/admin/users/erp1/keys/{made['key_id']}/end"
    assert door.post(end, "admin").is_success
    assert door.get("/v1/stock", made["key"]).json()["code"] == "auth.revoked"


def test_a_key_with_an_end_is_over_then(door):
    until = (NOW + timedelta(hours=1)).isoformat()
    asked = {"json": {"label": "ERP", "role": "service", "expires_at": until}}
    key = door.post("/v1/admin/users/erp1/keys", "admin", **asked).json()["key"]
    assert door.get("/v1/stock", key).is_success
    door.clock.forward(hours=2)
    assert door.get("/v1/stock", key).json()["code"] == "auth.expired"


def test_keys_of_a_role_that_was_lost_end_with_it(door):
    asked = {"json": {"label": "script", "role": "planner"}}
    key = door.post("/v1/admin/users/planner1/keys", "admin", **asked).json()["key"]
    assert door.get("/v1/proposals", key).is_success
    change = {"json": {"role": "technician"}, "headers": {"If-Match": '"1"'}}
    assert door.ask("PATCH", "/v1/admin/users/planner1", "admin", **change).is_success
    assert door.get("/v1/proposals", key).json()["code"] == "auth.revoked"


def test_nobody_gives_themselves_a_key_of_another_role(door):
    for role, status in (("planner", 403), ("admin", 201)):
        asked = {"json": {"label": "mine", "role": role}}
        assert door.post("/v1/admin/users/admin1/keys", "admin", **asked).status_code == status


def test_the_first_admin_is_made_once(tmp_path):
    place = tmp_path / "empty.db"
    migrate(place)
    store = Store(place)
    token = accounts.first_admin_token(store)
    door = Door(store, {})
    asked = {"token": token, "name": "anna", "password": PASSWORD}
    with door.client:
        wrong = door.client.post("/v1/auth/first-admin", json={**asked, "token": "first_x"})
        made = door.client.post("/v1/auth/first-admin", json=asked)
        again = door.client.post("/v1/auth/first-admin", json={**asked, "name": "eve"})
        assert login(door, "anna").is_success
    assert [one.status_code for one in (wrong, made, again)] == [401, 201, 401]
    assert accounts.first_admin_token(store) == ""
    store.close()


def test_the_secret_is_drawn_once_and_only_its_owner_reads_it(tmp_path):
    path = tmp_path / "company.secret"
    first = secret_at(path)
    assert secret_at(path) == first
    assert len(first) >= 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    with pytest.raises(BadSecret, match="Others may read"):
        secret_at(path)
    path.chmod(0o600)
    path.write_bytes(b"secret")
    with pytest.raises(BadSecret, match="too short"):
        secret_at(path)


def test_a_short_secret_does_not_start(store):
    with pytest.raises(ValueError, match="fewer than 32"):
        Desk(store, Settings(), b"short")


def test_only_this_machine_unless_said(tmp_path):
    import subprocess
    import sys

    from tests.api.walk import ROOT

    words = [sys.executable, "-m", "api.command", "serve", "--host", "0.0.0.0"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    told = subprocess.run(
        words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert told.returncode == 2
    assert "can be reached from elsewhere" in told.stderr
    assert _is_loopback("127.0.0.1")
    assert not _is_loopback("0.0.0.0")


def test_passwords_cost_what_argon2_says(monkeypatch):
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher)
    kept = passwords.hashed(PASSWORD)
    assert kept.startswith("$argon2id$")
    assert passwords.fits(PASSWORD, kept)
    assert not passwords.fits("wrong", kept)
    assert not passwords.fits(PASSWORD, None)


def test_no_secret_is_written_down(door, caplog, tmp_path):
    """Canaries in every secret place; every path that fails is walked; nothing shows them."""
    canary = "canary-7f3a-password"
    with caplog.at_level(logging.DEBUG):
        with pytest.raises(NotLetIn):
            sign_in(door.store, "tech1", canary, NOW)
        login(door, "tech1", canary)
        login(door, canary, canary)
        made = {"name": "new.one", "role": "planner", "password": canary}
        assert door.post("/v1/admin/users", "admin", json=made).is_success
        door.get(f"/v1/parts?access_token={canary}")
        door.get("/v1/parts", f"sws_{canary}")
        door.post("/v1/reservations", "technician", content=b"{" + canary.encode())
        change = {"json": {"old_password": canary, "new_password": canary + "2"}}
        door.ask("PATCH", "/v1/users/me", "technician", **change)
        assert repr(SECRET) not in repr(door.desk)
    ours = [one.getMessage() for one in caplog.records if not one.name.startswith("httpx")]
    assert len(ours) >= 5
    assert canary not in "\n".join(ours)
    with door.store.read() as connection:
        for table in ("audit", "idempotency", "people", "sessions", "api_keys"):
            rows = connection.exec_driver_sql(f"SELECT * FROM {table}").all()
            assert canary not in repr(rows), table
            assert not any(token in repr(rows) for token in door.tokens.values()), table


def test_a_canary_in_the_log_is_seen(caplog):
    with caplog.at_level(logging.INFO):
        logging.getLogger("sparewise.api").info("signed in with %s", "canary-7f3a-password")
    assert "canary-7f3a-password" in caplog.text


def test_a_colleagues_reservation_is_not_there(door):
    line = {"part_id": "P-100", "location_id": "FSL-1", "quantity": 1}
    made = door.post("/v1/reservations", "technician", json={"lines": [line]}).json()
    number = made["reservation_id"]
    for method, path in (("GET", ""), ("POST", "/cancel"), ("POST", "/fulfil")):
        answer = door.ask(method, f"/v1/reservations/{number}{path}", "colleague")
        assert (answer.status_code, answer.json()["code"]) == (404, "ref.unknown")
    assert door.get("/v1/reservations", "colleague").json()["reservations"] == []


def test_a_technician_takes_nothing_from_far_away(door):
    line = {"part_id": "P-100", "location_id": "FAR-1", "quantity": 1}
    answer = door.post("/v1/reservations", "technician", json={"lines": [line]})
    assert (answer.status_code, answer.json()["code"]) == (403, "site.forbidden")
    near = {**line, "location_id": "FSL-2"}
    assert door.post("/v1/reservations", "technician", json={"lines": [near]}).is_success


def test_an_account_is_made_once(door):
    new = {"json": {"name": "new.one", "role": "planner", "password": PASSWORD}}
    assert door.post("/v1/admin/users", "admin", **new).status_code == 201
    again = door.post("/v1/admin/users", "admin", **new)
    assert (again.status_code, again.json()["code"]) == (409, "name.taken")
