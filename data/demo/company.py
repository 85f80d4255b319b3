"""The whole company, put together from its parts in the order in which it came about."""

from dataclasses import dataclass

import numpy as np

from data.demo.calendar import HISTORY_DAYS, HISTORY_MONTHS, month_ends, month_of_day
from data.demo.catalogue import Catalogue, compile_catalogue
from data.demo.chance import stream
from data.demo.field.demand import Requests, requests_of
from data.demo.field.design import Design, design
from data.demo.field.fleet import Customers, Machines, build_fleet, customers
from data.demo.network import Network, lay_out
from data.demo.planner import REVIEW_MONTHS, Levels, set_levels
from data.demo.shelf import kernels
from inventory.demand import Floats, Ints
from inventory.errors import OutOfRange

HOLDING_RATE = 0.22
SNAPSHOTS = 12  # month ends in the stock history


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """What buying a part takes, one row each part."""

    ordering_cost: Floats
    holding_rate: Floats
    lead_days: Floats
    lead_sd_days: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Shelves:
    """What three years under today's levels left behind."""

    looks: Ints  # days
    seen: Ints  # on hand, on order, backorders × looks × items
    shipments: Ints  # rows as in `shelf.kernels`


@dataclass(frozen=True, slots=True, eq=False)
class Company:
    """Everything there is to write down."""

    seed: int
    network: Network
    catalogue: Catalogue
    terms: Terms
    plans: Design
    clients: Customers
    machines: Machines
    requests: Requests  # of the history and the year after
    levels: Levels
    shelves: Shelves


def found(parts: int, locations: int, seed: int) -> Company:
    """The company of that size and seed."""
    if parts < 1 or locations < 1:
        raise OutOfRange("parts and locations", min(parts, locations), "1 or more of each")
    if not 0 <= seed < 2**63:
        raise OutOfRange("seed", seed, "0 to 2⁶³ − 1")
    network, catalogue = lay_out(locations, seed), compile_catalogue(parts, seed)
    plans, clients = design(catalogue, seed), customers(network, seed)
    machines = build_fleet(plans, network, clients, seed)
    requests = requests_of(machines, plans, catalogue, clients, seed)
    terms = _terms(catalogue, seed)
    levels, shelves = _three_years(network, catalogue, terms, requests, seed)
    return Company(
        seed, network, catalogue, terms, plans, clients, machines, requests, levels, shelves
    )


def _terms(catalogue: Catalogue, seed: int) -> Terms:
    """Terms come with the supplier; lead times differ from part to part as well."""
    chance = stream(seed, "terms")
    suppliers = int(catalogue.supplier.max()) + 1
    base = np.clip(46 * np.exp(0.5 * chance.standard_normal(suppliers)), 7, 180)
    restless = chance.uniform(0.1, 0.6, suppliers)
    own = np.exp(0.25 * chance.standard_normal(len(catalogue)))
    lead = np.round(np.clip(base[catalogue.supplier] * own, 3, 240))
    cost = np.round(chance.uniform(8, 30, suppliers), 2)
    return Terms(
        ordering_cost=cost[catalogue.supplier],
        holding_rate=np.full(len(catalogue), HOLDING_RATE),
        lead_days=lead,
        lead_sd_days=np.round(lead * restless[catalogue.supplier], 1),
    )


def _three_years(
    network: Network, catalogue: Catalogue, terms: Terms, requests: Requests, seed: int
) -> tuple[Levels, Shelves]:
    """Today's levels from the recorded history, and what the shelves saw under them."""
    past = requests.within(0, HISTORY_DAYS)
    start, rows = kernels.rows_by_part(past.part, len(catalogue))
    day, location, pieces = past.day[rows], past.location[rows], past.pieces[rows]
    month = month_of_day()[day] - (HISTORY_MONTHS - REVIEW_MONTHS)
    moments = kernels.monthly_moments(start, location, month, pieces, network.parent, REVIEW_MONTHS)
    levels = _levels(network, catalogue, terms, moments)
    looks = month_ends()[-SNAPSHOTS:]
    ways = kernels.Ways(
        network.parent,
        network.lane_days,
        network.lane_sd_days,
        terms.lead_days,
        terms.lead_sd_days,
    )
    shipments, seen = kernels.play(
        seed,
        (start, day, location, pieces),
        np.stack([levels.reorder_point, levels.order_quantity]),
        _opening(levels, seed),
        ways,
        looks,
    )
    return levels, Shelves(looks, seen, shipments)


def _levels(
    network: Network,
    catalogue: Catalogue,
    terms: Terms,
    moments: tuple[Ints, Floats, Floats],
) -> Levels:
    bought = (network.parent < 0)[None, :]
    lead = np.where(bought, terms.lead_days[:, None], network.lane_days[None, :])
    sd = np.where(bought, terms.lead_sd_days[:, None], network.lane_sd_days[None, :])
    return set_levels(
        *moments,
        (catalogue.criticality == "A")[:, None],
        (lead, sd),
        (
            catalogue.unit_cost[:, None],
            terms.holding_rate[:, None],
            terms.ordering_cost[:, None],
        ),
        (catalogue.order_multiple[:, None], catalogue.minimum_order_quantity[:, None]),
    )


def _opening(levels: Levels, seed: int) -> Ints:
    """Stock on the first day: somewhere in each policy's range, and some that nobody needs."""
    chance = stream(seed, "opening")
    shape = levels.reorder_point.shape
    run = np.floor(chance.random(shape) * levels.order_quantity).astype(np.int64)
    usual = levels.reorder_point + 1 + run
    forgotten = np.where(chance.random(shape) < 0.04, chance.integers(1, 4, shape), 0)
    return np.where(levels.kept, usual, 0) + forgotten
