"""Nights of 200,000 items on SQLite while parts are reserved: seconds, memory, and who has to wait.

Rounds without and with a night alternate. Reservations come at a steady rate from another process
than the night's, each at its own moment, whatever became of the one before; waiting counts from
that moment. Before the second night one item in a hundred moves, as items move: pieces are handed
over on its day. Before the third one in a hundred is booked late, into the month that has closed;
forecasts lean on all others, so they are made anew. The goals: 99 of 100 reservations at most 3
times as long as on the idle database, the longest at most 10 times the longest idle one, no errors;
and the stages that belong to single items at most a tenth in the second night.

    python -m benchmarks.night [--parts N --locations N --rate N --idle SECONDS --folder FOLDER]

With --folder the company is made there, or used where its database is there already.
"""

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.plan_speed import _count_everywhere
from data.store import run_reading
from data.store.engine import Store
from data.store.ledger import perform
from data.store.night_inputs import ledger
from inventory.ledger import Request
from inventory.ledger_commands import Cancel, Issue, Line, Reserve

SPAREWISE = (sys.executable, "-m", "api.command")
OF_ONE_ITEM = ("validate", "forecast", "optimise")
DAY = "2026-09-30"
NEXT_DAY, DAY_AFTER = "2026-10-01", "2026-10-02"


@dataclass
class Counter:
    """A counter where parts are reserved, `rate` a second, and given back at once."""

    store: Store
    shelves: list[tuple[str, str]]
    rate: float
    waits: list[float] = field(default_factory=list)
    moments: list[datetime] = field(default_factory=list)
    errors: int = 0
    _over: threading.Event = field(default_factory=threading.Event)
    _served: int = 0

    def __enter__(self) -> "Counter":
        self.waits, self.moments, self.errors = [], [], 0
        self._over.clear()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self

    def __exit__(self, *_trouble: object) -> None:
        self._over.set()
        self._thread.join()

    def _serve(self) -> None:
        due = time.perf_counter()
        while not self._over.is_set():
            due += 1 / self.rate
            time.sleep(max(due - time.perf_counter(), 0))
            try:
                self._one(due)
            except Exception as trouble:  # counted, and told
                print(f"  {type(trouble).__name__}: {trouble}")
                self.errors += 1

    def _one(self, due: float) -> None:
        part, place = self.shelves[self._served % len(self.shelves)]
        self._served += 1
        now = datetime.now(UTC)
        key = f"{os.getpid()} {self._served}"
        told = perform(self.store, Request("counter", key, now), Reserve((Line(part, place, 1),)))
        self.waits.append(time.perf_counter() - due)
        self.moments.append(now)
        if not told.ok:
            raise RuntimeError(told.code)
        cancel = Cancel(told.body["reservation_id"])
        perform(self.store, Request("counter", f"{key} back", now), cancel)

    def p99(self) -> float:
        """What 99 of 100 reservations waited at most, seconds."""
        return statistics.quantiles(self.waits, n=100)[98]


def main(
    parts: int = 10_000, locations: int = 20, rate: float = 20, idle: float = 30, folder: str = ""
) -> None:
    """Make the company, take it in, then alternate."""
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(folder or scratch)
        if not (place / "sparewise.db").exists():
            _company(place, parts, locations)
        measure(place, rate, idle)


def _company(folder: Path, parts: int, locations: int) -> None:
    size = ("--parts", str(parts), "--locations", str(locations), "--form", "parquet")
    _run(folder, "demo", *size, "--out", "input")
    _count_everywhere(folder / "input")
    _run(folder, "migrate")
    took = _run(folder, "take-in", "input")
    print(f"take-in {took:.1f} s, {(folder / 'sparewise.db').stat().st_size / 1e6:,.0f} MB")


def measure(folder: Path, rate: float, idle: float) -> None:
    """Print every round, the ratios, and each night's seconds by stage.

    Kernels are compiled and the file is read once before: neither belongs to any round.
    """
    subprocess.run([sys.executable, "-m", "planning.warm", "plan"], check=True)
    store = Store(folder / "sparewise.db", clears_beside=True)
    with (folder / "sparewise.db").open("rb") as file:
        while file.read(1 << 24):
            pass
    with store.read():
        counts = ledger(store)["balances"].filter(pl.col("on_hand") - pl.col("reserved") > 5)
    shelves = counts.sort("on_hand", descending=True).head(2000).select(counts.columns[:2]).rows()
    counter = Counter(store, shelves, rate)
    nights = [
        ("a full night", DAY, ""),
        ("1 item in 100 moved", NEXT_DAY, NEXT_DAY),
        ("1 in 100 booked late", DAY_AFTER, "2026-09-25"),
    ]
    quiet, busy, told = [_idle(counter, idle)], [], []
    for name, day, moves in nights:
        if moves:
            _hand_over(store, folder, moves)
        with counter:
            summary = _night(folder, day)
        busy.append((counter.p99(), max(counter.waits), counter.errors))
        _say(name, counter)
        _by_stage(store, summary["run_id"], counter)
        told.append((name, summary))
        quiet.append(_idle(counter, idle))
    _compare(quiet, busy)
    _stages(told)
    store.close()


def _idle(counter: Counter, seconds: float) -> tuple[float, float, int]:
    with counter:
        time.sleep(seconds)
    _say("nothing else", counter)
    return counter.p99(), max(counter.waits), counter.errors


def _say(what: str, counter: Counter) -> None:
    middle = statistics.median(counter.waits)
    print(
        f"{what:<20} {len(counter.waits):>6} reservations: half within {middle * 1e3:.1f} ms, "
        f"99 of 100 within {counter.p99() * 1e3:.0f} ms, "
        f"the longest {max(counter.waits) * 1e3:.0f} ms, {counter.errors} errors",
        flush=True,
    )


def _by_stage(store: Store, run_id: str, counter: Counter) -> None:
    """Who waited longest during which stage."""
    with store.read() as connection:
        stages = run_reading.stages(connection, run_id)
    waits = list(zip(counter.moments, counter.waits, strict=True))
    for one in stages:
        here = sorted(wait for at, wait in waits if one["started_at"] <= at <= one["finished_at"])
        if here:
            most = here[int(0.99 * (len(here) - 1))]
            print(
                f"  {one['stage']:<10}{one['seconds']:>8.1f} s {len(here):>6} reservations, "
                f"99 of 100 within {most * 1e3:.0f} ms, the longest {here[-1] * 1e3:.0f} ms",
                flush=True,
            )


def _compare(quiet: list[tuple[float, float, int]], busy: list[tuple[float, float, int]]) -> None:
    pairs = [(before[0] + after[0]) / 2 for before, after in itertools.pairwise(quiet)]
    ratios = [each[0] / around for each, around in zip(busy, pairs, strict=True)]
    stall = max(each[1] for each in busy) / max(each[1] for each in quiet)
    shown = ", ".join(f"{one:.1f}" for one in ratios)
    print(f"p99 with a night over p99 without: {shown} (goal: at most 3)")
    print(f"longest wait with a night over the longest without: {stall:.1f} (goal: at most 10)")
    print(f"errors: {sum(each[2] for each in (*quiet, *busy))} (goal: 0)")


def _stages(told: list[tuple[str, dict[str, Any]]]) -> None:
    names = list(told[0][1]["stages"])
    print(f"{'seconds':<12}" + "".join(f"{name:>22}" for name, _ in told))
    for stage in names:
        took = [summary["stages"][stage]["seconds"] for _, summary in told]
        print(f"{stage:<12}" + "".join(f"{one:>22.2f}" for one in took))
    print(f"{'the night':<12}" + "".join(f"{one['wall_seconds']:>22.1f}" for _, one in told))
    print(f"{'peak, MB':<12}" + "".join(f"{one['peak_memory_mb']:>22,.0f}" for _, one in told))
    full, second = (
        sum(told[k][1]["stages"][one]["seconds"] for one in OF_ONE_ITEM) for k in (0, 1)
    )
    print(f"{' and '.join(OF_ONE_ITEM)}: {second / full:.2f} of a full night's (goal: at most 0.1)")


def _hand_over(store: Store, folder: Path, day: str) -> None:
    """One item in a hundred is asked for on a day, and gets a piece."""
    demand = pl.read_parquet(folder / "input" / "demand.parquet")
    balances = ledger(store)["balances"].filter(pl.col("on_hand") - pl.col("reserved") > 0)
    asked = demand.select("part_id", "location_id").unique()
    items = pl.read_parquet(folder / "input" / "stock.parquet").select("part_id", "location_id")
    wanted = items.unique().height // 100
    chosen = balances.join(asked, on=["part_id", "location_id"]).sort("part_id", "location_id")
    moment = datetime.fromisoformat(f"{day}T08:00:00+00:00")
    rows = chosen.sample(wanted, seed=moment.day).select("part_id", "location_id").rows()
    for number, (part, place) in enumerate(rows):
        request = Request("counter", f"{day} {number}", moment)
        perform(store, request, Issue(part, place, 1, f"{day}-{number}"))
    print(f"{len(rows):,} items moved on {day}")


def _night(folder: Path, day: str) -> dict[str, Any]:
    command = [*SPAREWISE, "night", "--as-of", day, "--json"]
    began = time.perf_counter()
    with (folder / "night.json").open("w") as out:
        child = subprocess.Popen(command, cwd=folder, stdout=out, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(child.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 3):
        sys.exit(f"the night left with {os.waitstatus_to_exitcode(status)}")
    summary: dict[str, Any] = json.loads((folder / "night.json").read_text())
    summary["wall_seconds"] = time.perf_counter() - began
    summary["peak_memory_mb"] = used.ru_maxrss / 1024
    return summary


def _run(folder: Path, *words: str) -> float:
    began = time.perf_counter()
    subprocess.run([*SPAREWISE, *words], cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - began


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", type=int, default=10_000)
    parser.add_argument("--locations", type=int, default=20)
    parser.add_argument("--rate", type=float, default=20)
    parser.add_argument("--idle", type=float, default=30)
    parser.add_argument("--folder", default="")
    asked = parser.parse_args()
    main(asked.parts, asked.locations, asked.rate, asked.idle, asked.folder)
