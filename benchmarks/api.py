"""Speed of the API beside the least any endpoint could do: same run, same machine, loopback.

One process serves the baseline company from an SQLite file; a client of one connection asks in
turns: availability against an empty endpoint behind the same sign-in, a reservation against one
that does a single durable one-row insert, search against a look-up by key in the query itself.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import sqlalchemy as sa
import uvicorn
from fastapi import APIRouter

from api.access import GuardedRoute, allow
from api.app import create_app
from api.asking import Ask
from api.desk import Desk
from api.limits import Pace
from data.store import catalogue, part_search
from data.store.batches import keep_tables
from data.store.engine import Store
from data.store.ledger import perform
from data.store.migrate import migrate
from inventory.ledger import Request
from inventory.ledger_commands import Receive
from inventory.people import Role
from planning.people import accounts
from planning.people.sign_in import sign_in
from planning.settings import Settings

ROUNDS = 5
SECONDS = 1.5
CONNECTIONS = 8
PASSWORD = "a password for benchmarks"
SITES = ["DEPOT", *(f"SITE-{n}" for n in range(1, 6))]
PORT = "SPAREWISE_BENCH_PORT"


def company(place: Path) -> str:
    """Five sites, a depot, one alternate; the token of a planner, who may hold any number."""
    migrate(place)
    store = Store(place)
    now = datetime.now(UTC)
    locations = pl.DataFrame(
        {"location_id": SITES, "parent_id": [None, *["DEPOT"] * 5], "name": SITES}
    )
    parts = pl.DataFrame(
        {"part_id": ["P-1", "P-2"], "description": ["Pump", "Pump, other make"],
         "unit_cost": [10.0, 12.0]}
    )  # fmt: skip
    others = pl.DataFrame({"part_id": ["P-1"], "substitute_id": ["P-2"], "both_ways": [True]})
    tables = {"locations": locations, "parts": parts, "substitutes": others}
    keep_tables(store, tables, taken_in_at=now)
    for part in ("P-1", "P-2"):
        for site in SITES:
            received = Receive(part, site, 10_000_000)
            perform(store, Request("bench", f"{part} {site}", now), received)
    ask = Request("bench", "account", now)
    accounts.make(store, ask, "tom", Role.PLANNER, password=PASSWORD)
    token = sign_in(store, "tom", PASSWORD, now).token
    store.close()
    return token


def serve() -> None:
    """The server of this benchmark: the product's routes, and two that do next to nothing."""
    store = Store(os.environ["SPAREWISE_DATABASE_URL"])
    router = APIRouter(route_class=GuardedRoute)

    @router.get("/empty")
    @allow(*Role)
    async def empty(ask: Ask) -> dict[str, str]:
        return {"name": ask.person.name}

    @router.post("/one-row", status_code=201)
    @allow(*Role)
    async def one_row(ask: Ask) -> dict[str, int]:
        def insert() -> int:
            def work(connection: sa.Connection) -> int:
                row = {"at": ask.now}
                made = "INSERT INTO one_row (at) VALUES (:at) RETURNING id"
                bound = {"at": row["at"].isoformat()}
                return int(connection.execute(sa.text(made), bound).scalar_one())

            return store.transact(work)

        return {"id": await ask.do(insert)}

    with store.write() as connection:
        connection.exec_driver_sql("CREATE TABLE one_row (id INTEGER PRIMARY KEY, at TEXT)")
    app = create_app(Desk(store, Settings(), b"x" * 40, pace_of=Pace(0)), more=[router])
    port = int(os.environ[PORT])
    uvicorn.run(app, host="127.0.0.1", port=port, log_config=None, access_log=False)


def main() -> None:
    """Print requests per second side by side, and their ratios."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "bench.db"
        token = company(place)
        port = 18_471
        environment = {
            **os.environ, "SPAREWISE_DATABASE_URL": str(place), PORT: str(port)
        }  # fmt: skip
        server = subprocess.Popen([sys.executable, "-m", "benchmarks.api"], env=environment)
        try:
            asyncio.run(_measure(port, token))
        finally:
            server.terminate()
            server.wait(20)
        _search(Path(folder) / "search.db")


async def _measure(port: int, token: str) -> None:
    asks = {
        "empty endpoint, signed in": ("GET", "/empty", ""),
        "availability": ("GET", "/v1/availability?part_id=P-1&location_id=SITE-1", ""),
        "one durable one-row insert": ("POST", "/one-row", ""),
        "reservation": ("POST", "/v1/reservations", json.dumps(
            {"lines": [{"part_id": "P-1", "location_id": "SITE-1", "quantity": 1}]})),
    }  # fmt: skip
    await _until_up(port)
    rates: dict[str, list[float]] = {name: [] for name in asks}
    for _ in range(ROUNDS):
        for name, (method, path, body) in asks.items():
            rates[name].append(await _rate(port, token, method, path, body))
    names = list(asks)
    print(f"{'':<32}{'requests/s':>12}{'of the least':>14}   (median of {ROUNDS} rounds)")
    for least, ours in (names[:2], names[2:]):
        ratio = statistics.median(
            b / a for a, b in zip(rates[least], rates[ours], strict=True)
        )  # fmt: skip
        print(f"{least:<32}{statistics.median(rates[least]):>12,.0f}")
        print(f"{ours:<32}{statistics.median(rates[ours]):>12,.0f}{ratio:>14.2f}")


async def _until_up(port: int) -> None:
    for _ in range(600):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        except OSError:
            await asyncio.sleep(0.1)
    raise TimeoutError("the server did not start")


async def _rate(port: int, token: str, method: str, path: str, body: str) -> float:
    """Requests per second over a few connections, in a closed loop."""
    until = time.perf_counter() + SECONDS
    began = time.perf_counter()
    counts = await asyncio.gather(
        *(_ask(port, token, (method, path, body), n, until) for n in range(CONNECTIONS))
    )
    return sum(counts) / (time.perf_counter() - began)


async def _ask(port: int, token: str, what: tuple[str, str, str], n: int, until: float) -> int:
    method, path, body = what
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    count = 0
    while time.perf_counter() < until:
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        if method == "POST":
            key = f"{n}-{count}-{time.perf_counter_ns()}"
            head += f"Idempotency-Key: {key}\r\nContent-Length: {len(body)}\r\n"
            head += "Content-Type: application/json\r\n" if body else ""
        writer.write(f"{head}\r\n{body}".encode())
        told = await reader.readuntil(b"\r\n\r\n")
        status = int(told.split(b" ", 2)[1])
        length = int(told.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        answer = await reader.readexactly(length)
        if status >= 300:
            raise RuntimeError(f"{path} answered {status}: {answer[:200]!r}")
        count += 1
    writer.close()
    return count


def _search(place: Path, parts: int = 500_000) -> None:
    """Search against a look-up by key, in the query."""
    migrate(place)
    store = Store(place)
    now = datetime.now(UTC)
    numbers = pl.select(pl.int_range(parts, dtype=pl.Int64).alias("n")).select(
        part_id=pl.format("{}-{}", pl.concat_str(pl.lit("P"), pl.col("n") % 90 + 10),
                          (pl.col("n") * 7919 % 10_000_000).cast(pl.String).str.zfill(7)),
        description=pl.format("Part {}", pl.col("n")),
        unit_cost=pl.lit(1.0),
    )  # fmt: skip
    keep_tables(store, {"parts": numbers}, taken_in_at=now, rows_per_turn=50_000)
    began = time.perf_counter()
    part_search.refresh(store, now)
    print(f"index of {parts:,} part numbers made in {time.perf_counter() - began:.0f} s")
    some = numbers["part_id"].sample(400, seed=1).to_list()
    kinds = {
        "look-up by key": None,
        "search: the number": lambda text: text,
        "search: its first 6 signs": lambda text: text[:6],
        "search: a wrong sign": lambda text: text[:6] + ("0" if text[6] != "0" else "1") + text[7:],
        "search: a sign too few": lambda text: text[:5] + text[6:],
    }
    with store.read() as connection:
        for one in some:
            catalogue.part(connection, one)
            part_search.find(connection, one[:-1], 20)
        base = 0.0
        for name, bent in kinds.items():
            seconds = []
            for one in some:
                text = bent(one) if bent else one
                start = time.perf_counter()
                if bent is None:
                    catalogue.part(connection, text)
                else:
                    part_search.find(connection, text, 20)
                seconds.append(time.perf_counter() - start)
            median = statistics.median(seconds)
            base = base or median
            print(f"{name:<32}{median * 1e6:>9.0f} us{median / base:>14.1f}")
    store.close()


if __name__ == "__main__":
    serve()
