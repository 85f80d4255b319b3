"""What old nights leave is tidied up; the newest ones stay, and whatever is in force."""

import shutil
from pathlib import Path

from data.store import plans, runs
from data.store.batches import drop_batches
from data.store.engine import Store
from planning.night.deliveries import FOLDER


def tidy(store: Store, nights: Path, *, keep: int) -> int:
    """Drop files, plan lines, exceptions and deliveries of older nights; returns how many folders.

    Runs, proposals, decisions, what overrides cost and the audit stay for ever: they are small, and
    they are the company's memory.

    Args:
        store: the company's database.
        nights: folder of the runs.
        keep: how many of the newest runs stay; those in force or at work stay besides.
    """
    kept = runs.to_keep(store, keep)
    plans.drop_lines(store, kept)
    drop_batches(store, keep=runs.deliveries_of(store, kept), rows_per_turn=500)
    gone = 0
    for folder in sorted(nights.iterdir()) if nights.is_dir() else []:
        if folder.is_dir() and folder.name not in {*kept, FOLDER} and runs.run(store, folder.name):
            shutil.rmtree(folder)
            gone += 1
    return gone
