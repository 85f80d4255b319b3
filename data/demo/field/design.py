"""Machine types: which parts they carry, how those age, which jobs and recalls touch them."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.demo.calendar import DAYS_PER_YEAR, HISTORY_DAYS, HORIZON_DAYS
from data.demo.catalogue import CONSUMABLE, FAMILIES, Catalogue
from data.demo.chance import stream
from inventory.demand import Floats, Ints


class Positions(NamedTuple):
    """Where a part sits in a machine type; those of type t are rows `start[t]:start[t + 1]`."""

    start: Ints
    part: Ints
    scale_days: Floats  # characteristic life, in operating days
    shape: Floats  # Weibull
    pieces: Ints  # alike in one machine
    set_share: Floats  # how often all of them are replaced at once
    companion: NDArray[np.int64]  # positions × 3: consumables the same job needs, −1 for none
    companion_share: Floats


class Services(NamedTuple):
    """Planned jobs; the lines of type t are rows `start[t]:start[t + 1]`."""

    start: Ints
    interval_days: Floats  # by type, in operating days
    position: Ints
    every: Ints  # 1: at each service, 2: at every second …
    share: Floats  # how often the line is really needed


class Campaigns(NamedTuple):
    """Recalls: a part of machines built in a span is replaced within some months."""

    start: Ints
    position: Ints
    opens: Ints  # day
    days: Ints
    built_from: Ints
    built_to: Ints


class Design(NamedTuple):
    """All machine types."""

    positions: Positions
    services: Services
    campaigns: Campaigns
    launched: Ints  # day of the first sale, by type
    last_sale: Ints
    popularity: Floats  # by type


def type_count(parts: int) -> int:
    """Machine types of a company with so many parts."""
    return max(1, round(math.sqrt(parts) / 2))


def design(catalogue: Catalogue, seed: int) -> Design:
    """Machine types for a catalogue."""
    chance = stream(seed, "design")
    types = type_count(len(catalogue))
    positions = _positions(catalogue, types, chance)
    turn = (chance.permutation(types) + 0.5) / types  # types follow each other evenly
    launched = np.floor((1.2 - 12.2 * turn) * DAYS_PER_YEAR).astype(np.int64)
    return Design(
        positions=positions,
        services=_services(catalogue, positions, chance),
        campaigns=_campaigns(positions, launched, chance),
        launched=launched,
        last_sale=launched + np.floor(chance.uniform(4, 9, types) * DAYS_PER_YEAR).astype(np.int64),
        popularity=np.exp(0.5 * chance.standard_normal(types)),
    )


def _fitted(catalogue: Catalogue, types: int, chance: np.random.Generator) -> tuple[Ints, Ints]:
    """(type, part) of every position: each part in its home type, one in six in others as well."""
    original = np.ones(len(catalogue), dtype=bool)
    original[catalogue.successor[catalogue.successor >= 0]] = False
    part = np.flatnonzero(original & catalogue.listed)
    home = chance.permutation(np.arange(len(part)) % types)
    shared = np.repeat(np.arange(len(part)), np.where(chance.random(len(part)) < 1 / 6, 2, 0))
    other = (home[shared] + 1 + chance.integers(0, max(1, types - 1), len(shared))) % types
    pairs = np.stack([np.append(home, other), np.append(part, part[shared])])
    kind, fitted = np.unique(pairs, axis=1)
    consumable = CONSUMABLE[catalogue.family[fitted]]
    order = np.lexsort((fitted, ~consumable, kind))
    return kind[order], fitted[order]


def _positions(catalogue: Catalogue, types: int, chance: np.random.Generator) -> Positions:
    kind, part = _fitted(catalogue, types, chance)
    family = catalogue.family[part]
    rows = len(part)
    years = np.array([one.years for one in FAMILIES])[family]
    alike = np.array([one.pieces for one in FAMILIES])[family]
    start = np.searchsorted(kind, np.arange(types + 1))
    companion = _companions(CONSUMABLE[family], kind, start, chance)
    return Positions(
        start=start,
        part=part,
        scale_days=DAYS_PER_YEAR * years * np.exp(1.0 * chance.standard_normal(rows)),
        shape=np.array([one.weibull_shape for one in FAMILIES])[family],
        pieces=1 + np.floor(alike * chance.random(rows) ** 1.4).astype(np.int64),
        set_share=chance.uniform(0.0, 0.7, rows),
        companion=companion,
        companion_share=chance.uniform(0.3, 0.95, (rows, 3)),
    )


def _companions(
    consumable: NDArray[np.bool_], kind: Ints, start: Ints, chance: np.random.Generator
) -> Ints:
    """Up to three consumables of the same type for a job; they stand first in each type."""
    within = np.add.reduceat(consumable, start[:-1])[kind]
    pick = start[kind][:, None] + np.floor(chance.random((len(kind), 3)) * within[:, None])
    wanted = chance.random((len(kind), 3)) < np.array([0.6, 0.4, 0.2])
    there = wanted & (within > 0)[:, None] & ~consumable[:, None]
    return np.where(there, pick, -1).astype(np.int64)


def _services(catalogue: Catalogue, positions: Positions, chance: np.random.Generator) -> Services:
    """Filters are changed at services, and a share of the seals and fasteners."""
    code = np.array([one.code for one in FAMILIES])[catalogue.family[positions.part]]
    chosen = (code == "FIL") | (np.isin(code, ("SEA", "FAS")) & (chance.random(len(code)) < 0.2))
    line = np.flatnonzero(chosen)
    types = len(positions.start) - 1
    return Services(
        start=np.searchsorted(line, positions.start),
        interval_days=chance.uniform(300, 900, types),
        position=line,
        every=1 + np.floor(6 * chance.random(len(line)) ** 0.7).astype(np.int64),
        share=chance.uniform(0.15, 0.9, len(line)),
    )


def _campaigns(positions: Positions, launched: Ints, chance: np.random.Generator) -> Campaigns:
    """About one recall for every second machine type, anywhere on the horizon."""
    types = len(launched)
    count = max(1, types // 2)
    kind = np.sort(chance.choice(types, count, replace=False))
    width = np.diff(positions.start)[kind]
    opens = chance.integers(30, HORIZON_DAYS - 150, count)
    opens[0] = HISTORY_DAYS // 2
    built = launched[kind] + chance.integers(0, 900, count)
    return Campaigns(
        start=np.searchsorted(kind, np.arange(types + 1)),
        position=positions.start[kind] + np.floor(chance.random(count) * width).astype(np.int64),
        opens=opens,
        days=chance.integers(60, 150, count),
        built_from=built,
        built_to=built + chance.integers(400, 1100, count),
    )
