"""The machines themselves: who runs which type where, since when, until when, how hard."""

from typing import NamedTuple

import numpy as np

from data.demo.calendar import DAYS_PER_YEAR, HORIZON_DAYS
from data.demo.chance import stream
from data.demo.field.design import Design
from data.demo.network import Network
from inventory.demand import Floats, Ints

MACHINES_PER_TYPE_AND_SITE = 46.0


class Machines(NamedTuple):
    """Machines, one row each, sorted by location and customer."""

    kind: Ints  # machine type
    location: Ints
    customer: Ints
    installed: Ints  # day, negative before the history begins
    scrapped: Ints  # day, exclusive
    pace: Floats  # operating days per calendar day
    season: Ints  # row of `seasons()`


class Customers(NamedTuple):
    """Customers, one row each, sorted by location."""

    location: Ints
    rhythm_days: Ints  # planned work waits for the customer's next visit
    key_account: Ints  # 1 for the large ones


def seasons() -> Floats:
    """Operating days up to the start of each day: for a steady, a summer and a winter site."""
    angle = 2 * np.pi * (np.arange(HORIZON_DAYS) + 273 - 196) / DAYS_PER_YEAR  # peak in mid-July
    wave = np.stack([np.zeros(HORIZON_DAYS), 0.9 * np.cos(angle), -0.9 * np.cos(angle)])
    return np.concatenate([np.zeros((3, 1)), np.cumsum(1 + wave, axis=1)], axis=1)


def customers(network: Network, seed: int) -> Customers:
    """Customers by location, more of them where more machines are served."""
    chance = stream(seed, "customers")
    count = np.maximum(2, np.round(7 * network.weight)).astype(np.int64)
    location = np.repeat(np.arange(len(network)), count)
    rank = np.arange(len(location)) - np.repeat(np.cumsum(count) - count, count)
    return Customers(
        location=location,
        rhythm_days=chance.choice(np.array([7, 28, 91, 182, 364]), len(location)),
        key_account=(rank < 2).astype(np.int64),
    )


def build_fleet(plans: Design, network: Network, clients: Customers, seed: int) -> Machines:
    """Every machine that runs at some time of the history or the year after."""
    chance = stream(seed, "fleet")
    kind, location = _sold(plans, network, chance)
    sold = len(kind)
    installed = np.floor(
        plans.launched[kind] + (plans.last_sale - plans.launched)[kind] * chance.random(sold)
    ).astype(np.int64)
    life = DAYS_PER_YEAR * 12.5 * chance.weibull(3.2, sold)
    scrapped = np.minimum(installed + 30 + np.floor(life).astype(np.int64), HORIZON_DAYS)
    customer = _owners(location, clients, chance)
    pace = network.duty[location] * np.exp(0.35 * chance.standard_normal(sold))
    alive = np.flatnonzero((installed < HORIZON_DAYS) & (scrapped > 0))
    rows = alive[np.lexsort((installed[alive], kind[alive], customer[alive]))]
    return Machines(
        kind=kind[rows],
        location=location[rows],
        customer=customer[rows],
        installed=installed[rows],
        scrapped=scrapped[rows],
        pace=pace[rows],
        season=network.season[location[rows]],
    )


def _sold(plans: Design, network: Network, chance: np.random.Generator) -> tuple[Ints, Ints]:
    """Type and location of every machine ever sold; a few sites never had a type."""
    mean = MACHINES_PER_TYPE_AND_SITE * plans.popularity[:, None] * network.weight
    mean = mean * chance.gamma(2.0, 0.5, mean.shape) * (chance.random(mean.shape) < 0.92)
    sold = np.ceil(mean).astype(np.int64).ravel()
    cell = np.repeat(np.arange(len(sold)), sold)
    kind, location = np.divmod(cell, len(network))
    return kind, location


def _owners(location: Ints, clients: Customers, chance: np.random.Generator) -> Ints:
    """A few customers run most of a location's machines."""
    first = np.searchsorted(clients.location, location)
    count = np.searchsorted(clients.location, location, side="right") - first
    return first + np.floor(count * chance.random(len(location)) ** 2).astype(np.int64)
