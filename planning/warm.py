"""Compile the kernels once, ahead of the first run: `python -m planning.warm [part …]`.

They are kept beside the code, so that later runs start at once. Each part compiles alone; parts may
be started side by side.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np

from planning.settings import Settings
from planning.stages import Stages


def main() -> None:
    """Walk through the parts named, or all of them, on the smallest company there is."""
    parts = {"company": company, "plan": plan, "network": network}
    for name in sys.argv[1:] or parts:
        parts[name]()


def company() -> None:
    """Everything that invents a company."""
    from data.demo import write_company

    with tempfile.TemporaryDirectory() as folder:
        write_company(Path(folder) / "input", parts=4, locations=4)
    promise()


def promise() -> None:
    """Everything that learns how long orders take."""
    from inventory.promise import lead_law

    rows = [(0.0, 5.0, 5.0, 6.0, 1.0, 1.0, 0.0), (2.0, 9.0, 7.0, 10.0, 0.0, 0.0, 0.0)]
    law = lead_law.learn(lead_law.Orders.of(rows), lead_law.generic(), 10.0, parts=1)
    law.fresh(5.0, 10.0)


def plan() -> None:
    """Everything that plans one."""
    from planning.plan import plan as plan_folder

    with tempfile.TemporaryDirectory() as folder:
        _least_company(Path(folder))
        plan_folder(Path(folder), settings=Settings(), stages=Stages())


def network() -> None:
    """Everything that plans large networks as a whole."""
    from optimizer.decompose import pose
    from optimizer.echelons.large import searched
    from planning.plan import planned_question
    from planning.prepare import prepare

    with tempfile.TemporaryDirectory() as folder:
        _least_company(Path(folder))
        ready = prepare(Path(folder), settings=Settings(echelons_together=3), stages=Stages())
        question = planned_question(ready)
    posed = pose(question.items, question.targets, None, map)
    earned = posed.asked.earned(np.ones(len(posed.asked)))
    for piece in posed.pieces():
        points = np.zeros(len(piece.items), dtype=np.int64)
        searched(piece, None, points, earned, roughly=False)


def _least_company(folder: Path) -> None:
    """A depot, a store, a part that is asked for in ones and twos."""
    rows = {
        "parts": ["part_id,unit_cost,ordering_cost", "P,10,5"],
        "locations": ["location_id,parent_id,tier", "D,,A", "S,D,A"],
        "lead_times": ["location_id,lead_time_days,lead_time_sd_days", "D,20,5", "S,2,0"],
        "service_targets": ["measure,target,per", "fill_rate,0.9,", "ready_rate,0.5,item"],
        "stock": ["part_id,location_id,on_hand", "P,S,3"],
        "demand": [
            "part_id,location_id,date,quantity",
            *(f"P,S,2026-{month:02}-11,{1 + month % 2}" for month in range(1, 13)),
        ],
    }
    for name, lines in rows.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
