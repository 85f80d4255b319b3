"""What the company sells: parts by family, with prices, suppliers, criticality and successors."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.demo.calendar import HISTORY_DAYS, HORIZON_DAYS
from data.demo.chance import stream
from inventory.demand import Floats, Ints

NEVER = HORIZON_DAYS + 1


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of part: how it is called, what it costs, how it ages."""

    code: str
    words: tuple[str, ...]
    share: float  # of the catalogue
    price: float  # median, EUR
    price_spread: float  # standard deviation of its logarithm
    weibull_shape: float  # below 1 fails young, above 1 wears out
    years: float  # median characteristic life, in operating years
    pieces: int  # at most so many alike in a machine
    vital: float  # share of criticality A


FAMILIES = (
    Family("SEA", ("Seal ring", "Gasket", "Wiper seal"), 0.20, 6.5, 1.0, 1.6, 42, 14, 0.05),
    Family("FAS", ("Clamp", "Screw set", "Retaining ring"), 0.10, 1.6, 0.9, 1.0, 60, 24, 0.0),
    Family("FIL", ("Oil filter", "Air filter", "Filter mat"), 0.08, 24, 0.7, 2.2, 30, 4, 0.05),
    Family("BRG", ("Ball bearing", "Roller bearing", "Bushing"), 0.11, 58, 0.9, 2.4, 40, 8, 0.2),
    Family("SEN", ("Pressure sensor", "Limit switch", "Encoder"), 0.13, 135, 0.8, 0.9, 75, 6, 0.4),
    Family("CBL", ("Cable harness", "Connector", "Hose"), 0.10, 52, 0.9, 1.2, 70, 5, 0.15),
    Family("VLV", ("Check valve", "Solenoid valve", "Throttle"), 0.09, 210, 0.8, 1.5, 60, 6, 0.3),
    Family("PCB", ("Control board", "Power supply", "Drive card"), 0.08, 820, 0.8, 0.8, 90, 2, 0.6),
    Family("MOT", ("Servo motor", "Fan", "Gear motor"), 0.06, 1350, 0.7, 1.9, 70, 3, 0.5),
    Family("PMP", ("Gear pump", "Vacuum pump", "Feed pump"), 0.03, 2400, 0.7, 2.0, 60, 2, 0.6),
    Family("MOD", ("Hydraulic unit", "Print head", "Spindle"), 0.02, 7200, 0.6, 1.8, 65, 1, 0.7),
)
CONSUMABLE = np.array([family.code in ("SEA", "FAS", "FIL") for family in FAMILIES])


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """Parts, one row each."""

    family: Ints
    unit_cost: Floats  # EUR
    criticality: NDArray[np.str_]
    supplier: Ints
    order_multiple: Ints
    minimum_order_quantity: Ints
    successor: Ints  # row of the part that replaces it, −1 for none
    replaced_on: Ints  # the day from which the successor is asked for
    listed: NDArray[np.bool_]  # False: out of the catalogue before the history begins

    def __len__(self) -> int:
        return len(self.family)


def compile_catalogue(parts: int, seed: int) -> Catalogue:
    """A catalogue of that many parts."""
    chance = stream(seed, "catalogue")
    family = _deal(parts, np.array([one.share for one in FAMILIES]), chance)
    price = np.array([one.price for one in FAMILIES])[family]
    spread = np.array([one.price_spread for one in FAMILIES])[family]
    cost = np.clip(price * np.exp(spread * chance.standard_normal(parts)), 0.2, 20_000)
    vital = np.array([one.vital for one in FAMILIES])[family]
    mood = chance.random(parts)
    criticality = np.where(mood < vital, "A", np.where(mood < vital + 0.35, "B", "C"))
    multiple, minimum = _order_rules(cost, chance)
    successor, replaced_on = _successors(family, chance)
    listed = (chance.random(parts) >= 0.01) | (successor >= 0)
    listed[successor[successor >= 0]] = True
    return Catalogue(
        family=family,
        unit_cost=np.round(cost, 2),
        criticality=criticality,
        supplier=_suppliers_of(family, chance),
        order_multiple=multiple,
        minimum_order_quantity=minimum,
        successor=successor,
        replaced_on=replaced_on,
        listed=listed,
    )


def _deal(parts: int, shares: Floats, chance: np.random.Generator) -> Ints:
    """Families in fixed shares, shuffled, so that a small company has them all."""
    edges = np.cumsum(shares / shares.sum())
    return np.searchsorted(edges, chance.permutation((np.arange(parts) + 0.5) / parts))


def _order_rules(cost: Floats, chance: np.random.Generator) -> tuple[Ints, Ints]:
    """Cheap parts come in packs and with minimum orders."""
    packs = np.where(cost < 3, 10, np.where(cost < 12, 5, 1))
    multiple = np.where(chance.random(len(cost)) < 0.5, packs, 1)
    floor = np.ceil(np.clip(40 / cost, 1, 50) * (chance.random(len(cost)) < 0.4))
    minimum = np.maximum(1, np.ceil(floor / multiple)) * multiple
    return multiple.astype(np.int64), minimum.astype(np.int64)


def supplier_count(parts: int) -> int:
    """How many suppliers a company with so many parts has."""
    return min(400, max(len(FAMILIES), parts // 40))


def _suppliers_of(family: Ints, chance: np.random.Generator) -> Ints:
    """Suppliers keep to a family; a few of them have most of its parts."""
    each = -(-supplier_count(len(family)) // len(FAMILIES))
    rank = np.floor(each * chance.random(len(family)) ** 1.7).astype(np.int64)
    return family + len(FAMILIES) * rank


def _successors(family: Ints, chance: np.random.Generator) -> tuple[Ints, Ints]:
    """One part in thirty was, or will be, replaced by another of its family."""
    parts = len(family)
    successor, replaced_on = np.full(parts, -1), np.full(parts, NEVER)
    by_family = np.argsort(family, kind="stable")
    old, new = by_family[:-1:2], by_family[1::2]
    chosen = (family[old] == family[new]) & (chance.random(len(old)) < 1 / 15)
    when = chance.integers(90, HISTORY_DAYS - 60, len(old))
    successor[old[chosen]], replaced_on[old[chosen]] = new[chosen], when[chosen]
    return successor, replaced_on
