"""Tell what moved: take news out of the outbox to a file, a webhook or a mail server.

The place comes from the settings alone. A webhook is posted to as it stands, follows nobody
elsewhere, and gets the message's number, by which it can recognise what it was told before. Where
the environment holds a secret (`SPAREWISE_OUTBOX_SECRET`) it is signed with it: nobody else can
have said that. Neither the secret nor an address is ever written down.
"""

import hashlib
import hmac
import http.client
import json
import os
import smtplib
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from time import monotonic
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from data.store import outbox
from data.store.engine import Store
from data.store.outbox import Message
from inventory.errors import InventoryError, UnknownWord
from inventory.promise import sentence
from planning.promises.outlook import Outlook

_SECONDS: Final = 10.0
SECRET: Final = "SPAREWISE_OUTBOX_SECRET"
SIGNATURE: Final = "Sparewise-Signature"
_TROUBLE: Final = (OSError, urllib.error.URLError, smtplib.SMTPException, http.client.HTTPException)
Sink = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Dispatched:
    """How many news were told, and how many nobody took."""

    told: int
    failed: int
    given_up: int


class BadPlace(InventoryError):
    """An address with a password in it: it would stand in settings, lists of processes and logs."""

    def __init__(self) -> None:
        super().__init__(
            f"The outbox's address has a name or password in it. Sign with {SECRET} instead."
        )


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def sink_of(place: str) -> Sink:
    """Where news go.

    Raises:
        UnknownWord: when the place is none of those there are.
        BadPlace: when it has a password in it.
    """
    parts = urlsplit(place)
    if parts.username is not None or parts.password is not None:
        raise BadPlace
    if parts.scheme == "file" and (path := unquote(place[len("file:") :])):
        return lambda news: _append(Path(path.removeprefix("//")), news)
    if parts.scheme in ("http", "https") and parts.hostname:
        secret = os.environ.get(SECRET, "").encode()
        return lambda news: _post(place, news, secret)
    to = parse_qs(parts.query).get("to", [""])[0]
    if parts.scheme == "smtp" and parts.hostname and to:
        sender = parse_qs(parts.query).get("from", ["sparewise@localhost"])[0]
        host, port = parts.hostname, parts.port or 25
        return lambda news: _mail(host, port, sender, to, news)
    allowed = ("file:PATH", "https://HOST/PATH", "smtp://HOST:PORT?to=ADDRESS&from=ADDRESS")
    raise UnknownWord("outbox", place, allowed)


def tell(store: Store, outlook: Outlook, sink: Sink, now: datetime) -> Dispatched:
    """Tell everything that is due; what fails is tried again later, the rest goes on.

    Of several who tell at once each message is told by one. It is told at least once: one that was
    told and not written down, because its teller died, is told again.
    """
    done = failed = 0
    begun = monotonic()
    with store.read() as connection:
        outlook.refresh(connection, now)
        waiting = outbox.due(connection, now)
    for message in waiting:
        if not outbox.claim(store, message, now + timedelta(seconds=monotonic() - begun)):
            continue
        with store.read() as connection:
            news = _news(connection, outlook, message)
        try:
            sink(news)
        except _TROUBLE as trouble:
            outbox.not_told(store, message, now, f"{type(trouble).__name__}: {trouble}")
            failed += 1
            continue
        outbox.told(store, message.message_id, now)
        done += 1
    with store.read() as connection:
        return Dispatched(done, failed, outbox.given_up(connection))


def _news(connection: Any, outlook: Outlook, message: Message) -> dict[str, Any]:
    """A message as it is told: plain values, moments as text, one sentence to read out."""
    told = {"message_id": message.message_id, "topic": message.topic, **message.payload}
    found: dict[str, Any] | None = None
    if message.topic == "promise.moved":
        found = outbox.promise_news(connection, int(message.payload["event_id"]))
    elif message.topic == "part.ready":
        number, line = message.payload["repair_order_id"], int(message.payload["line"])
        found = outbox.line_news(connection, str(number), line)
    if found:
        told |= {name: _plain(value) for name, value in found.items()}
        place = outlook.places.get(found["location_id"])
        if place is not None and message.topic == "promise.moved":
            told["sentence"] = sentence.moved(found["new"], found["cause"], place.zone)
        elif message.topic == "part.ready":
            told["sentence"] = "Your part is here and kept for you."
    return told


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _append(path: Path, news: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(news, sort_keys=True) + "\n")


def signature(secret: bytes, body: bytes) -> str:
    """What a receiver who knows the secret computes as well: HMAC-SHA-256 of the body."""
    return f"sha256={hmac.new(secret, body, hashlib.sha256).hexdigest()}"


def _post(place: str, news: dict[str, Any], secret: bytes) -> None:
    body = json.dumps(news, sort_keys=True).encode()
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": f"sparewise {news['message_id']}",
        **({SIGNATURE: signature(secret, body)} if secret else {}),
    }
    request = urllib.request.Request(place, data=body, headers=headers, method="POST")
    with urllib.request.build_opener(_NoRedirect).open(request, timeout=_SECONDS):
        return


def _mail(host: str, port: int, sender: str, to: str, news: dict[str, Any]) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"] = sender, to
    mail["Subject"] = " ".join(f"{news['topic']} {news.get('repair_order_id', '')}".split())
    mail["Message-ID"] = f"<{news['message_id']}@sparewise>"
    facts = json.dumps(news, indent=1, sort_keys=True)
    mail.set_content("\n\n".join((news.get("sentence", ""), facts)) + "\n")
    with smtplib.SMTP(host, port, timeout=_SECONDS) as server:
        server.send_message(mail)
