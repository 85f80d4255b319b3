"""AP-044: the server dies after the commit and before its answer; the client asks again."""

import http.client
import json
import os
import shutil
import signal
from urllib.parse import urlsplit

from data.store.engine import Store
from tests.api.bad_inputs import CASES
from tests.api.walk import served

CASE = next(case for case in CASES if case["id"] == "AP-044")
DYING = """
import os, signal
from data.store import ledger
from data.store.engine import Store

real = Store.transact

def transact(self, work, **more):
    done = real(self, work, **more)
    if getattr(done, "code", "") == "ok" and os.path.exists("die"):
        os.kill(os.getpid(), signal.SIGKILL)
    return done

Store.transact = transact
from api.command import main
main()
"""


def ask(address: str, token: str, key: str) -> tuple[int, dict]:
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
    told = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Idempotency-Key": key,
    }
    body = json.dumps({**CASE["request"]["json"], "need_by": None})
    try:
        connection.request("POST", CASE["request"]["path"], body, told)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def test_a_server_killed_after_the_commit_and_asked_again_did_it_once(company_today, tmp_path):
    place = tmp_path / "company.db"
    shutil.copy(company_today[0], place)
    token = company_today[1]["technician"]
    script = tmp_path / "dying.py"
    script.write_text(DYING)
    (tmp_path / "die").touch()
    with served(tmp_path, place=place, program=[str(script)]) as (address, process):
        try:
            ask(address, token, "the same key")
            raise AssertionError("the server answered")
        except (ConnectionError, http.client.HTTPException):
            pass
        assert process.wait(20) == -signal.SIGKILL
    os.remove(tmp_path / "die")
    with served(tmp_path, place=place) as (address, _):
        status, made = ask(address, token, "the same key")
        assert status in CASE["expected"]["status_any_of"]
        assert ask(address, token, "the same key") == (status, made)
    store = Store(place)
    with store.read() as connection:
        rows = connection.exec_driver_sql("SELECT reservation_id FROM reservations").all()
    store.close()
    assert [tuple(row) for row in rows] == [(made["reservation_id"],)]
