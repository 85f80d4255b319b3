"""A night from its beginning to its end: which stages are left, and what to do when one fails."""

import sys
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from data.store import night_inputs, runs
from data.store.engine import Store
from data.store.leases import Lease, LeaseLost, beat
from planning.exits import Exit
from planning.night import faults
from planning.night.folder import RunFolder, hash_of
from planning.night.inputs import as_toml
from planning.settings import Settings

Clock = Callable[[], datetime]
Say = Callable[[str], None]


class NightFailed(Exception):
    """A stage could not be finished; yesterday's plan stays in force."""

    def __init__(self, message: str, exit_code: Exit) -> None:
        super().__init__(message)
        self.exit = exit_code


class TimedOut(Exception):
    """The night took longer than its window."""


@dataclass(frozen=True, slots=True)
class Left:
    """What a stage left: how many rows, and a line for the log."""

    rows: int
    message: str = ""


class Night:
    """One run under its lease; stages are done once, whoever was cut off before."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        folder: Path,
        begun: runs.Begun,
        lease: Lease,
        *,
        clock: Clock,
        say: Say,
        actor: str,
    ) -> None:
        self.store, self.settings, self.actor = store, settings, actor
        self.clock, self.say = clock, say
        self.run_id, self.lease, self.resumed = begun.run_id, lease, begun.resumed
        self.row = runs.run(store, self.run_id)
        self.as_of: date = self.row["as_of"]
        self.batches = runs.batches_of(store, self.run_id)
        self.nights = folder
        self.folder = RunFolder(folder / self.run_id)
        self.done = runs.stages_done(store, self.run_id)
        self.before = runs.published_run(store)
        self.stages: dict[str, dict[str, Any]] = {}
        self._ends = time.monotonic() + settings.night_hours * 3600

    @property
    def seconds_left(self) -> float:
        """Until the night's window closes."""
        return self._ends - time.monotonic()

    def check_window(self) -> None:
        """Raise `TimedOut` once the night's window has closed."""
        if self.seconds_left <= 0:
            raise TimedOut(f"The night took longer than {self.settings.night_hours:g} hours.")

    def stage(
        self,
        name: str,
        input_hash: str | Callable[[], str],
        work: Callable[[Path], Left],
        *,
        pure: bool = True,
    ) -> None:
        """Do a stage unless it was done; take over what an earlier night left of the same input.

        Args:
            name: the stage.
            input_hash: of everything it reads; finding it out counts among the stage's seconds.
            work: does it, into an empty folder.
            pure: True when the same input always leaves the same files.
        """
        began = time.monotonic()
        asked = input_hash if isinstance(input_hash, str) else input_hash()
        hashed = hash_of(self.row["code_version"], name, asked)
        known = self.done.get(name)
        if known and known.input_hash == hashed and self.folder.holds(name, known.output_hash):
            self._tell(name, known, "done before")
            return
        self.check_window()
        runs.start_stage(
            self.store, self.lease, self.run_id, name, input_hash=hashed, now=self.clock()
        )
        faults.point(name, "start")
        left, spared = self._spared(name, hashed) if pure else None, True
        if left is None:
            left, spared = work(self.folder.fresh(name)), False
        faults.point(name, "middle")
        done = runs.StageDone(
            hashed,
            self.folder.keep(name),
            left.rows,
            round(time.monotonic() - began, 3),
            left.message,
        )
        runs.finish_stage(self.store, self.lease, self.run_id, name, done, now=self.clock())
        self.done[name] = done
        self._tell(name, done, "as last night" if spared else "")
        faults.point(name, "end")

    def output(self, name: str) -> str:
        """Hash of what a finished stage left."""
        return self.done[name].output_hash

    def _spared(self, name: str, hashed: str) -> Left | None:
        """The files of the plan in force, if its stage had the same input."""
        if not self.before or self.before == self.run_id:
            return None
        known = runs.stages_done(self.store, self.before).get(name)
        other = RunFolder(self.nights / self.before)
        if not known or known.input_hash != hashed or not other.holds(name, known.output_hash):
            return None
        self.folder.borrow(name, other)
        return Left(known.row_count, known.message)

    def _tell(self, name: str, done: runs.StageDone, how: str) -> None:
        self.stages[name] = {
            "rows": done.row_count,
            "seconds": done.seconds,
            "how": how or "done",
            "output_hash": done.output_hash,
            "message": done.message,
        }
        note = "; ".join(one for one in (done.message, how) if one)
        self.say(f"{name:<9}{done.row_count:>10,} rows{done.seconds:>9.2f} s  {note}")


class Heartbeat:
    """Signs of life while a stage works; silent once the lease is lost."""

    def __init__(self, store: Store, lease: Lease, clock: Clock, every_seconds: float) -> None:
        self._store, self._lease, self._clock = store, lease, clock
        self._over = threading.Event()
        self._every = every_seconds
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> "Heartbeat":
        self._thread.start()
        return self

    def __exit__(self, *_trouble: object) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._over.wait(self._every):
            try:
                beat(self._store, self._lease, self._clock())
            except LeaseLost:
                return
            except Exception:  # the next sign may get through; silence is what others see
                continue


def utc_now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


def begin(
    store: Store,
    settings: Settings,
    as_of: date,
    *,
    actor: str,
    clock: Clock = utc_now,
    earlier: bool = False,
) -> runs.Begun:
    """Take the lease and find out which run to work on.

    Raises:
        LeaseTaken: another night runs.
        EarlierDay: a plan of a later day is in force, and `earlier` is not said.
    """
    ask = what_to_ask(store, settings, as_of, actor=actor, now=clock(), earlier=earlier)
    return runs.begin(store, ask)


def what_to_ask(
    store: Store,
    settings: Settings,
    as_of: date,
    *,
    actor: str,
    now: datetime,
    earlier: bool = False,
) -> runs.Ask:
    """What a night of `as_of` is to be made of now."""
    code = code_version()
    batches = night_inputs.in_force(store)
    return runs.Ask(
        as_of=as_of,
        actor=actor,
        code_version=code,
        input_hash=hash_of(code, batches, settings_hash(settings), as_of),
        batches=batches,
        owner=uuid.uuid4().hex,
        now=now,
        silence=timedelta(seconds=settings.lease_seconds),
        earlier=earlier,
    )


def code_version() -> str:
    """The product's version, and a hash of the versions of all that a figure depends on."""
    tools = [version(name) for name in ("numpy", "scipy", "polars", "numba", "PuLP")]
    return f"{version('sparewise')} {hash_of(sys.version, tools)[:8]}"


def settings_hash(settings: Settings) -> str:
    """Hash of the settings' values, wherever they come from."""
    return hash_of(as_toml(settings))
