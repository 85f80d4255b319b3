"""Many doors, many hands: longer races over HTTP, on SQLite and on PostgreSQL.

As in test_races: what everybody is told and what the database shows must agree to the piece.
"""

import http.client
import json
import random
import statistics
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

import polars as pl
import pytest

from data.store.batches import keep_tables
from data.store.ledger import expire_due
from tests.api.planned import publish
from tests.api.race_shop import Shop, codes, hold
from tests.api.world import a_key
from tests.data.store.races import overlapping, race
from tests.data.store.test_histories import Told, explained

DOORS = ("reservation", "repair order", "issue", "transfer")
READERS = ("finance", "admin", "auditor", "second planner") * 2  # nobody asks too often
BESIDE = {
    "lead_times": pl.DataFrame(
        {"part_id": ["P-100"] * 2, "location_id": ["FSL-1", "FSL-2"], "lead_time_days": [2.0, 2.0]}
    ),
    "service_targets": pl.DataFrame({"measure": ["fill_rate"], "target": [0.9]}),
    "stock": pl.DataFrame(
        {"part_id": ["P-100"] * 2, "location_id": ["FSL-1", "FSL-2"], "on_hand": [7, 5]}
    ),
}
ANSWERS = {200, 201, 409}
SLOWEST_BESIDE_AN_IMPORT = 6.0  # times the p99 without one


@pytest.fixture(autouse=True)
def _hung_up(shop) -> Iterator[None]:
    yield
    shop.hang_up()


def through(door: str, pieces: int) -> tuple[str, dict]:
    """The request that takes pieces of P-100 at FSL-1 through one of the doors."""
    at = {"part_id": "P-100", "location_id": "FSL-1", "quantity": pieces}
    if door == "reservation":
        return "/v1/reservations", {"lines": [at]}
    if door == "repair order":
        line = {"part_id": "P-100", "quantity": pieces, "way": "shelf"}
        order = {"repair_order_id": a_key(), "location_id": "FSL-1", "lines": [line]}
        return "/v1/repair-orders", order
    if door == "issue":
        return "/v1/movements", {"kind": "issue", **at}
    return "/v1/movements", {"kind": "transfer", "to_location_id": "FSL-2", **at}


def free_of(shop: Shop) -> int:
    on_hand, reserved = shop.free()
    return on_hand - reserved


def test_four_doors_give_the_same_twenty_pieces_once(shop):
    shop.leave_free(20)
    sizes = [1, 2, 3, 5] * 8
    random.Random(1).shuffle(sizes)
    doors = [DOORS[place % len(DOORS)] for place in range(len(sizes))]
    clients = [shop.client("planner") for _ in sizes]
    asked = [through(*one) for one in zip(doors, sizes, strict=True)]
    runs = race(*(partial(c, "POST", *one) for c, one in zip(clients, asked, strict=True)))
    assert set(codes(runs)) <= {(201, ""), (409, "stock.insufficient")}
    assert overlapping(runs) >= 29
    told = list(zip(sizes, (run.result[0] for run in runs), strict=True))
    rest = free_of(shop)
    assert sum(size for size, status in told if status == 201) + rest == 20
    assert rest < min(size for size, status in told if status == 409)  # nobody's wish still fits
    assert shop.sound()


@pytest.mark.parametrize("steps", [3, pytest.param(60, marks=pytest.mark.soak)])
def test_everybody_at_work_leaves_the_books_in_order(shop, steps):
    """Reserve, cancel, receive, count and hand over; the audit's order explains the result."""
    shop.leave_free(50)
    seed_client = shop.client("planner")
    held = [seed_client("POST", "/v1/reservations", hold(1))[1]["reservation_id"] for _ in range(8)]
    at = {"part_id": "P-100", "location_id": "FSL-1"}

    def worker(kind: str, seed: int):
        draw, ask = random.Random(seed), shop.client("planner")

        def one() -> tuple[str, dict]:
            if kind == "reserve":
                return "/v1/reservations", hold(draw.randint(1, 3))
            if kind == "receipt":
                return "/v1/movements", {"kind": kind, **at, "quantity": draw.randint(1, 4)}
            if kind == "count":
                return "/v1/movements", {"kind": kind, **at, "counted": draw.randint(5, 60)}
            return f"/v1/reservations/{draw.choice(held)}/{kind}", {}

        def work() -> tuple[list[int], bool]:
            statuses = []
            for _ in range(steps):
                status, body = ask("POST", *one())
                statuses.append(status)
                if kind == "reserve" and status == 201:
                    held.append(body["reservation_id"])
            return statuses, shop.sound()

        return work

    crew = {"reserve": 8, "cancel": 8, "receipt": 4, "count": 4, "fulfil": 8}
    runs = race(*(worker(kind, seed) for kind, size in crew.items() for seed in range(size)))
    assert [run.error for run in runs if run.error] == []
    statuses = Counter(status for run in runs for status in run.result[0])
    assert set(statuses) <= ANSWERS, statuses
    assert statuses[200] >= 8
    assert all(run.result[1] for run in runs)
    with shop.store.read() as connection:
        moments = connection.exec_driver_sql(_BALANCE_IN_AUDIT_ORDER).fetchall()
    assert all(0 <= reserved <= on_hand for on_hand, reserved in moments)
    assert tuple(moments[-1]) == shop.free()


_BALANCE_IN_AUDIT_ORDER = """
    SELECT SUM(SUM(CASE WHEN account IN ('available', 'reserved') THEN pieces ELSE 0 END))
           OVER (ORDER BY a.sequence),
           SUM(SUM(CASE WHEN account = 'reserved' THEN pieces ELSE 0 END))
           OVER (ORDER BY a.sequence)
    FROM audit a JOIN journal j ON j.movement_id = a.movement_id
    WHERE j.part_id = 'P-100' AND j.location_id = 'FSL-1'
    GROUP BY a.sequence ORDER BY a.sequence
"""


@pytest.mark.parametrize("rounds", [2, pytest.param(10, marks=pytest.mark.soak)])
def test_a_reader_pages_through_one_plan_while_others_are_published(shop, rounds):
    with shop.store.read() as connection:
        seen = connection.exec_driver_sql("SELECT COUNT(*) FROM runs").scalar()
    names = [f"2025-06-{10 + n}.{seen}" for n in range(rounds + 1)]
    publish(shop.store, names[0], lines=100, day=seen, level=seen + 10)
    over = threading.Event()

    def reader(who: str):
        ask = shop.client(who)

        def work() -> list[tuple[str, int, int]]:
            found = []
            last = False
            while not last:
                last = over.is_set()
                run = ask("GET", "/v1/plans?limit=1")[1]["plans"][0]["run_id"]
                levels, items, cursor = set(), [], ""
                while cursor is not None:
                    path = f"/v1/plans/{run}/lines?limit=10&cursor={cursor}"
                    status, page = ask("GET", path)
                    assert (status, page.get("run_id")) == (200, run), page
                    levels |= {line["reorder_point"] for line in page["lines"]}
                    items += [(line["part_id"], line["location_id"]) for line in page["lines"]]
                    cursor = page.get("next")
                assert len(items) == len(set(items)) == 100
                assert len(levels) == 1
                found.append((run, levels.pop(), len(items)))
            return found

        return work

    def publisher() -> None:
        for n, name in enumerate(names[1:], 1):
            time.sleep(0.2)
            publish(shop.store, name, lines=100, day=seen + n, level=seen + 10 + n)
        over.set()

    runs = race(*map(reader, READERS), publisher)
    assert [run.error for run in runs if run.error] == []
    read = {(run, level) for one in runs[:-1] for run, level, _ in one.result}
    assert read <= {(name, seen + 10 + n) for n, name in enumerate(names)}
    assert len(read) >= 2  # some began before, some after
    assert {one.result[-1][0] for one in runs[:-1]} == {names[-1]}


def test_a_count_while_seven_take_their_pieces(shop):
    for _ in range(3):
        shop.leave_free(7)
        others = shop.free()[0] - 7
        ask = shop.client("planner")
        held = [ask("POST", "/v1/reservations", hold(1))[1]["reservation_id"] for _ in range(7)]
        paths = [(f"/v1/reservations/{number}/fulfil", {}) for number in held]
        at = {"part_id": "P-100", "location_id": "FSL-1"}
        counted = {"kind": "count", "counted": others + 4, **at}
        paths.insert(3, ("/v1/movements", counted))
        runs = race(*(partial(shop.client("planner"), "POST", *one) for one in paths))
        seen = codes(runs)
        lost = sum(one["pieces"] for one in runs.pop(3).result[1].get("at_risk") or [])
        served = sum(run.result[0] == 200 for run in runs)
        assert set(seen) <= {(200, ""), (201, ""), (409, "reservation.at_risk")}, seen
        assert served + lost >= 7 - others
        assert served <= 7
        assert shop.sound()
        shop.set_stock(others + 60)  # who lost a piece gets one
        for number in held:
            ask("POST", f"/v1/reservations/{number}/cancel", {})


@pytest.mark.parametrize("rounds", [1, pytest.param(15, marks=pytest.mark.soak)])
def test_handing_over_at_the_second_a_hold_ends(shop, rounds):
    for _ in range(rounds):
        shop.leave_free(12)
        before = shop.free()
        until = datetime.now(UTC) + timedelta(seconds=3)
        asks = [shop.client("planner") for _ in range(12)]
        wish = {**hold(1), "hold_until": until.isoformat()}
        held = [ask("POST", "/v1/reservations", wish)[1]["reservation_id"] for ask in asks]
        time.sleep(max((until - datetime.now(UTC)).total_seconds(), 0))

        def expire(at: datetime = until) -> int:
            ended = expire_due(shop.store, at, "clock")
            return sum(one.ok and not one.replayed for one in ended)

        runs = race(
            *(
                partial(ask, "POST", f"/v1/reservations/{number}/fulfil", {})
                for ask, number in zip(asks, held, strict=True)
            ),
            expire,
            expire,
        )
        assert [run.error for run in runs if run.error] == []
        expired = sum(run.result for run in runs[12:])
        taken = sum(run.result[0] == 200 for run in runs[:12])
        assert {run.result[0] for run in runs[:12]} <= {200, 409}
        assert taken + expired == 12
        assert shop.free() == (before[0] - taken, before[1])
    assert shop.sound()


@pytest.mark.parametrize("steps", [6, pytest.param(25, marks=pytest.mark.soak)])
def test_what_twelve_clients_were_told_makes_sense(shop, steps):
    """Wing and Gong's search; some clients are cut off before they hear the answer."""
    items = [("P-100", "FSL-1"), ("P-100", "FSL-2"), ("P-200", "FSL-2")]
    for part, place in items:
        shop.set_stock(shop.free(part, place)[1] + 4, part, place)
    before = {item: shop.free(*item) for item in items}
    runs = race(*(_client(shop, seed, items, steps) for seed in range(12)))
    assert [run.error for run in runs if run.error] == []
    stories = [each for run in runs for each in run.result]
    for item in items:
        history = [told for about, told in stories if about == item]
        assert explained(history, *before[item])
    assert {told.granted for _, told in stories} == {True, False, None}
    assert shop.sound()


def _client(shop: Shop, seed: int, items: list[tuple[str, str]], steps: int):
    draw, mine, ask = random.Random(seed), [], shop.client("planner")

    def work() -> list[tuple[tuple[str, str], Told]]:
        story = []
        for _ in range(steps):
            item, kind = draw.choice(items), draw.choice(["hold"] * 3 + ["issue", "come", "back"])
            at = {"part_id": item[0], "location_id": item[1], "quantity": 1}
            path, body, change = "/v1/reservations", {"lines": [at]}, (0, 1)
            if kind == "back" and mine:
                item, number = mine.pop()
                path, body, change = f"/v1/reservations/{number}/cancel", {}, (0, -1)
            elif kind == "come":
                path, body, change = "/v1/movements", {"kind": "receipt", **at}, (1, 0)
            elif kind == "issue":
                path, body, change = "/v1/movements", {"kind": "issue", **at}, (-1, 0)
            started = time.perf_counter()
            if draw.random() < 0.1:
                _cut_off(shop, path, body)
                story.append((item, Told(*change, None, started, 1e9)))
                continue
            status, answer = ask("POST", path, body)
            assert status in ANSWERS, answer
            granted = status < 300
            if granted and change == (0, 1):
                mine.append((item, answer["reservation_id"]))
            story.append((item, Told(*change, granted, started, time.perf_counter())))
        return story

    return work


def _cut_off(shop: Shop, path: str, body: dict) -> None:
    """Send a request and hang up before anything comes back."""
    place = urlsplit(shop.address)
    line = http.client.HTTPConnection(place.hostname, place.port, timeout=60)
    told = {
        "Authorization": f"Bearer {shop.tokens['planner']}",
        "Content-Type": "application/json",
        "Idempotency-Key": a_key(),
    }
    line.request("POST", path, json.dumps(body), told)
    line.sock.close()
    line.close()


@pytest.mark.parametrize("rows", [2_000, pytest.param(100_000, marks=pytest.mark.soak)])
def test_a_table_comes_in_while_pieces_are_held(shop, rows):
    """Twenty reservations a second beside an import; in the soak also how long they take."""
    keep_tables(shop.store, BESIDE, taken_in_at=datetime.now(UTC))
    ask = shop.client("planner")
    shop.set_stock(shop.free()[1] + 10_000)
    idle = _reserve_for(ask, 2.0 if rows < 100_000 else 10.0)
    number = _upload(shop, rows)
    busy, state = [], "running"
    until = time.monotonic() + 300
    while state in ("queued", "running") and time.monotonic() < until:
        busy += _reserve_for(ask, 1.0)
        status, told = ask("GET", f"/v1/imports/{number}")
        state = told["state"] if status == 200 else "running"
    assert state == "done", told["report"]["refused_files"]
    with shop.store.read() as connection:
        counted = connection.exec_driver_sql(
            "SELECT COUNT(*), SUM(quantity) FROM demand d JOIN current_batches c"
            " ON c.batch_id = d.batch_id AND c.table_name = 'demand'"
        ).fetchone()
    assert tuple(counted) == (rows, sum(1 + n % 7 for n in range(rows)))
    if rows >= 100_000:
        slow, quick = (statistics.quantiles(one, n=100)[98] for one in (busy, idle))
        assert slow <= SLOWEST_BESIDE_AN_IMPORT * quick, (slow, quick)


def _reserve_for(ask, seconds: float) -> list[float]:
    """Seconds from when each reservation was due to its answer, twenty a second."""
    taken, began = [], time.monotonic()
    for n in range(int(seconds * 20)):
        due = began + n / 20
        time.sleep(max(due - time.monotonic(), 0))
        status, answer = ask("POST", "/v1/reservations", hold(1))
        assert status == 201, answer
        taken.append(time.monotonic() - due)
    return taken


def _upload(shop: Shop, rows: int) -> str:
    day = [f"2025-0{1 + n % 6}-{1 + n % 28:02}" for n in range(168)]
    lines = (f"P-100,FSL-{1 + n % 2},{day[n % 168]},{1 + n % 7},D-{n}" for n in range(rows))
    table = "\n".join(["part_id,location_id,date,quantity,document_id", *lines])
    mark = "the-end-of-a-part"
    body = (
        f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="demand.csv"\r\n'
        f"Content-Type: text/csv\r\n\r\n{table}\r\n--{mark}--\r\n"
    )
    asked = urllib.request.Request(
        f"{shop.address}/v1/imports/demand",
        data=body.encode(),
        headers={
            "Authorization": f"Bearer {shop.tokens['planner']}",
            "Content-Type": f"multipart/form-data; boundary={mark}",
            "Idempotency-Key": a_key(),
        },
    )
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return json.loads(answer.read())["import_id"]
