"""Begin a night for somebody who does not wait for it: the lease here, the work in a child process.

The lease is taken before anybody is answered, so that of two who start a night at once one is told.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from data.store import runs
from data.store.engine import Store
from data.store.leases import Lease, LeaseTaken
from data.store.once import once
from data.store.stock_commands import Done
from inventory.ledger import Answer, Refusal, Refused, Request
from planning import children
from planning.night.places import folder_of
from planning.night.priority import standing_back
from planning.night.run import what_to_ask
from planning.night.use_case import NothingTakenIn, default_day, run_night
from planning.settings import Settings, load

Carry = Callable[[dict[str, Any], Path], None]


def start(
    store: Store, settings: Settings, request: Request, as_of: date | None, *, carry: Carry
) -> Answer:
    """Take the lease and let `carry` begin the work; asked again, nothing begins again."""
    begun: list[runs.Begun] = []
    try:
        day = as_of or default_day(store)
    except NothingTakenIn as nothing:
        return Answer(Refusal.NOTHING, {"message": str(nothing)})
    ask = what_to_ask(store, settings, day, actor=request.actor, now=request.at)

    def work(connection: sa.Connection) -> Done:
        try:
            one = runs.begin_within(connection, ask)
        except LeaseTaken as taken:
            raise Refused(Refusal.RUNNING, str(taken), run_id=taken.run_id) from None
        except runs.EarlierDay as later:
            said = f"The plan in force is of {later.in_force}, which is later than {later.day}."
            raise Refused(Refusal.SUPERSEDED, said, field="as_of") from None
        begun[:] = [one]
        state = "finished before" if one.lease is None else "running"
        body = {"run_id": one.run_id, "state": state, "resumed": one.resumed}
        return Done(f"run {one.run_id}", body)

    asked = {"as_of": as_of and as_of.isoformat()}
    answer = once(store, request, "start run", asked, work)
    if answer.ok and not answer.replayed and begun and begun[0].lease is not None:
        one = begun[0]
        told = {
            "place": store.url.render_as_string(hide_password=False),
            "actor": request.actor,
            "begun": asdict(one),
            "nights_folder": str(folder_of(settings, store)),
        }
        carry(told, folder_of(settings, store) / one.run_id)
    return answer


def in_a_child(told: dict[str, Any], folder: Path) -> None:
    """Work in a process of its own, which goes on when this one ends; it says all in a file."""
    folder.mkdir(parents=True, exist_ok=True)
    children.begin("planning.night.start", told, folder / "started.log")


def carry_out(told: dict[str, Any]) -> int:
    """The work of the child; its exit code."""
    store = Store(told["place"])
    lease = Lease(**told["begun"].pop("lease"))
    begun = runs.Begun(**told["begun"], lease=lease)
    try:
        with standing_back(store):
            answer = run_night(
                store,
                load(Path.cwd()),
                Path(told["nights_folder"]),
                actor=told["actor"],
                begun=begun,
                say=lambda line: print(line, flush=True),  # noqa: T201 - the log of the child
            )
    finally:
        store.close()
    return int(answer.exit)


if __name__ == "__main__":
    raise SystemExit(carry_out(json.load(sys.stdin)))
