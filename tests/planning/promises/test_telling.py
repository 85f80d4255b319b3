"""News go out to a real web server and a real mail server, again when nobody took them."""

import http.server
import json
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from email import message_from_string

import pytest

from data.store.outbox import CLAIMED_FOR
from planning.promises.reassess import reassess
from planning.promises.telling import SECRET, SIGNATURE, BadPlace, signature, sink_of, tell
from planning.repairs import opening
from planning.repairs.asking import LineAsked, OrderAsked
from tests.data.store.races import race
from tests.data.store.shop import rows
from tests.planning.promises.shop import NOW, asks, done, open_shop, orders

COMING = orders(("PO-1", "PUMP", "LYON", 1, date(2025, 6, 20), date(2025, 7, 4), None))
LATE = NOW + timedelta(days=9)
CANARY = "canary-that-sings"


class Web(http.server.BaseHTTPRequestHandler):
    """Answers with the statuses it was given, then 200; keeps what it got."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        status = self.server.statuses.pop(0) if self.server.statuses else 200
        self.send_response(status)
        if status in (302, 307):
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


class Post(socketserver.StreamRequestHandler):
    """A mail server as RFC 5321 has it, as far as one mail goes."""

    def handle(self) -> None:
        self.say("220 here")
        lines, reading = [], False
        for raw in self.rfile:
            line = raw.decode().rstrip("\r\n")
            if reading and line == ".":
                self.server.got.append("\n".join(lines))
                lines, reading = [], False
                self.say("250 taken")
            elif reading:
                lines.append(line.removeprefix(".") if line.startswith("..") else line)
            elif line.upper().startswith("DATA"):
                reading = True
                self.say("354 go on")
            elif line.upper().startswith("RCPT") and self.server.statuses:
                self.say(f"{self.server.statuses.pop(0)} not now")
            elif line.upper().startswith("QUIT"):
                self.say("221 bye")
                return
            else:
                self.say("250 fine")

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def running(handler: type, *statuses: int) -> Iterator:
    kind = http.server.ThreadingHTTPServer if handler is Web else socketserver.ThreadingTCPServer
    with kind(("127.0.0.1", 0), handler) as server:
        server.got, server.statuses = [], list(statuses)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def slipped(store):
    """A shop with one promise that moved."""
    outlook = open_shop(store, open_orders=COMING)
    order = OrderAsked("RO-1", "LYON", (LineAsked("PUMP", 1, "on_order"),))
    done(opening.open_order(store, outlook, asks(), order))
    assert len(reassess(store, outlook, asks("clock", LATE)).moved) == 1
    return outlook


def test_a_webhook_is_told_again_until_it_answers_and_knows_it_is_the_same(
    store, slipped, monkeypatch
):
    monkeypatch.setenv(SECRET, CANARY)
    with running(Web, 503, 500) as server:
        sink = sink_of(f"http://127.0.0.1:{server.server_address[1]}/news?for=us")
        moments = [LATE + timedelta(minutes=minutes) for minutes in (0, 0.5, 1, 2, 3, 10)]
        told = [tell(store, slipped, sink, at) for at in moments]
    assert [(one.told, one.failed) for one in told] == [
        (0, 1), (0, 0), (0, 1), (0, 0), (1, 0), (0, 0)
    ]  # fmt: skip
    assert {path for path, _, _ in server.got} == {"/news?for=us"}
    assert len({headers["Idempotency-Key"] for _, headers, _ in server.got}) == 1
    for _, headers, body in server.got:
        assert headers[SIGNATURE] == signature(CANARY.encode(), body)
        assert headers[SIGNATURE] != signature(b"another", body)
    news = json.loads(server.got[-1][2])
    assert (news["topic"], news["repair_order_id"]) == ("promise.moved", "RO-1")
    assert news["old"] < news["new"]
    assert "not as promised before" in news["sentence"]


def test_no_secret_is_written_down(store, slipped, monkeypatch, capfd, caplog):
    monkeypatch.setenv(SECRET, CANARY)
    with running(Web, 403) as server:
        place = f"http://127.0.0.1:{server.server_address[1]}/{CANARY}-path"
        assert tell(store, slipped, sink_of(place), LATE).failed == 1
    assert tell(store, slipped, sink_of(place), LATE + timedelta(hours=1)).failed == 1  # nobody
    kept = str(rows(store, "SELECT * FROM outbox")) + str(rows(store, "SELECT * FROM audit"))
    said = capfd.readouterr()
    assert CANARY not in kept + said.out + said.err + caplog.text + str(server.got[0][2])
    with pytest.raises(BadPlace) as refused:
        sink_of(f"https://ada:{CANARY}@example.com/news")
    assert CANARY not in str(refused.value)


@pytest.mark.parametrize("status", [302, 307])
def test_a_webhook_that_points_elsewhere_is_not_followed(store, slipped, status):
    with running(Web, status) as server:
        sink = sink_of(f"http://127.0.0.1:{server.server_address[1]}/news")
        assert tell(store, slipped, sink, LATE).failed == 1
    assert [path for path, _, _ in server.got] == ["/news"]


def test_a_mail_server_gets_the_sentence_and_the_facts(store, slipped):
    with running(Post, 450) as server:
        place = (
            f"smtp://127.0.0.1:{server.server_address[1]}?to=desk@example.com&from=us@example.com"
        )
        assert tell(store, slipped, sink_of(place), LATE).failed == 1
        assert tell(store, slipped, sink_of(place), LATE + timedelta(minutes=1)).told == 1
    (mail,) = map(message_from_string, server.got)
    assert (mail["To"], mail["From"]) == ("desk@example.com", "us@example.com")
    assert mail["Subject"] == "promise.moved RO-1"
    number = rows(store, "SELECT message_id FROM outbox")[0][0]
    assert mail["Message-ID"] == f"<{number}@sparewise>"
    text = mail.get_payload(decode=True).decode()
    assert text.startswith("Your part will be here by")
    assert '"repair_order_id": "RO-1"' in text


def test_of_several_who_tell_at_once_one_tells_each_message(store, slipped):
    heard = []

    def slow(news):
        time.sleep(0.3)
        heard.append(news["message_id"])

    runs = race(*(lambda: tell(store, slipped, slow, LATE) for _ in range(6)))
    assert [run.error for run in runs if run.error] == []
    assert len(heard) == len(set(heard)) == sum(run.result.told for run in runs) == 1


def test_what_a_teller_that_died_had_claimed_is_told_later(store, slipped):
    class Killed(BaseException):
        pass

    def dies(_news):
        raise Killed

    heard = []
    with pytest.raises(Killed):
        tell(store, slipped, dies, LATE)
    tell(store, slipped, heard.append, LATE + timedelta(minutes=1))
    assert heard == []  # it may still be at work
    tell(store, slipped, heard.append, LATE + CLAIMED_FOR)
    tell(store, slipped, heard.append, LATE + 2 * CLAIMED_FOR)
    assert [one["topic"] for one in heard] == ["promise.moved"]


def test_one_message_nobody_takes_does_not_stop_the_others(store, slipped):
    order = OrderAsked("RO-2", "LYON", (LineAsked("PUMP", 1, "on_order"),))
    done(opening.open_order(store, slipped, asks(), order))
    reassess(store, slipped, asks("clock", LATE, hours=1))
    with running(Web, 503) as server:
        sink = sink_of(f"http://127.0.0.1:{server.server_address[1]}/news")
        found = tell(store, slipped, sink, LATE + timedelta(hours=2))
    assert (found.failed, found.told) == (1, len(server.got) - 1)
    assert found.told >= 1
