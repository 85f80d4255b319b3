"""What `sparewise serve` does: a database that can be used, a word on signing in, the server."""

import os
from pathlib import Path

import uvicorn

from api.server import HOSTS, TLS
from planning.cli import screen
from planning.cli.calculations import settings_for
from planning.cli.nights import URL, opened
from planning.demo_database import demo_database
from planning.people import accounts
from planning.people.demo import FILE
from planning.people.secret import place_of_secret, secret_at

__all__ = ["HOSTS", "TLS", "check_database", "listen", "make_demo"]


def make_demo(folder: Path) -> None:
    """Make the demo company's database, if there is none, and say how to sign in."""
    folder.mkdir(parents=True, exist_ok=True)
    place = demo_database(folder, lambda line: screen.ERR.print(line, markup=False))
    os.environ[URL] = str(place.absolute())
    known = folder / FILE
    if known.is_file():
        screen.OUT.print(f"Sign in as one of these ({known}):", markup=False)
        screen.OUT.print(known.read_text(encoding="utf-8"), markup=False, end="")


def check_database() -> None:
    """Leave with a sentence unless there is a database at the right revision."""
    with opened(settings_for(None)) as store:
        secret_at(place_of_secret(store))
        token = accounts.first_admin_token(store)
    if token:
        said = (
            "Nobody can sign in yet. Make the first admin on the page /first-admin with this token,"
            " which works once:",
            token,
        )
        screen.OUT.print(*said, sep="\n", markup=False, soft_wrap=True)


def listen(
    host: str,
    port: int,
    *,
    workers: int,
    behind_proxy: bool,
    certificate: Path | None,
    private_key: Path | None,
) -> None:
    """Answer until told to stop."""
    scheme = "https" if certificate else "http"
    screen.OUT.print(f"Listening on {scheme}://{host}:{port} - stop with Ctrl-C.", markup=False)
    uvicorn.run(
        "api.server:build",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=behind_proxy,
        forwarded_allow_ips="127.0.0.1",
        ssl_certfile=certificate,
        ssl_keyfile=private_key,
        timeout_graceful_shutdown=10,
    )
