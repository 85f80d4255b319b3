"""What the machines ask for, as columns."""

from dataclasses import dataclass

import numpy as np

from data.demo.calendar import FIRST_WEEKDAY
from data.demo.catalogue import Catalogue
from data.demo.field import kernels
from data.demo.field.design import Design
from data.demo.field.fleet import Customers, Machines, seasons
from inventory.demand import Floats, Ints
from inventory.errors import OutOfRange


@dataclass(frozen=True, slots=True, eq=False)
class Requests:
    """Requests of the history and the year after, one row each, by day and machine."""

    day: Ints
    part: Ints
    location: Ints
    customer: Ints
    pieces: Ints
    order: Ints  # what one customer needs on one day is one repair order

    def __len__(self) -> int:
        return len(self.day)

    def within(self, first: int, end: int) -> "Requests":
        """Those of the days `first` up to, not including, `end`."""
        rows = slice(*np.searchsorted(self.day, [first, end]))
        columns = (self.day, self.part, self.location, self.customer, self.pieces, self.order)
        return Requests(*(column[rows] for column in columns))


def requests_of(
    machines: Machines, plans: Design, catalogue: Catalogue, clients: Customers, seed: int
) -> Requests:
    """Everything the machines ask for on the horizon."""
    sizes = {
        "machines": (len(machines.kind), kernels.MACHINE_BITS),
        "parts": (len(catalogue), kernels.PART_BITS),
    }
    for what, (count, bits) in sizes.items():
        if count >= 2**bits:
            raise OutOfRange(what, count, f"fewer than {2**bits:,}")
    clocks = seasons()
    packed = kernels.requests(
        seed,
        machines,
        (plans.positions, plans.services, plans.campaigns),
        clocks,
        _outlive_below(machines, plans, clocks),
        clients.rhythm_days,
        kernels.Renames(catalogue.successor, catalogue.replaced_on),
        FIRST_WEEKDAY,
    )
    return _unpacked(np.sort(packed), machines)


def _outlive_below(machines: Machines, plans: Design, clocks: Floats) -> Floats:
    """By position: chances below this mean a life beyond the oldest machine of the type."""
    born = np.where(
        machines.installed >= 0,
        clocks[machines.season, np.maximum(machines.installed, 0)],
        machines.installed.astype(np.float64),
    )
    oldest = np.zeros(len(plans.launched))
    age = machines.pace * (clocks[machines.season, machines.scrapped] - born)
    np.maximum.at(oldest, machines.kind, age)
    spots = plans.positions
    reach = np.repeat(oldest, np.diff(spots.start)) / spots.scale_days
    return np.asarray(np.exp(-(reach**spots.shape)))


def _unpacked(packed: Ints, machines: Machines) -> Requests:
    pieces = packed & kernels.MOST_PIECES
    part = (packed >> kernels.PIECES_BITS) & (2**kernels.PART_BITS - 1)
    high = packed >> (kernels.PIECES_BITS + kernels.PART_BITS)
    machine, day = high & (2**kernels.MACHINE_BITS - 1), high >> kernels.MACHINE_BITS
    customer = machines.customer[machine]
    fresh = (np.diff(day, prepend=-1) != 0) | (np.diff(customer, prepend=-1) != 0)
    return Requests(
        day, part, machines.location[machine], customer, pieces, np.cumsum(fresh, dtype=np.int64)
    )
