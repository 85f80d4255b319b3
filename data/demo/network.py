"""Where the company keeps parts: a central warehouse, regional depots, field stores and vans."""

from dataclasses import dataclass

import numpy as np

from data.demo.chance import stream
from inventory.demand import Floats, Ints

WAREHOUSE, DEPOT, STORE, VAN = range(4)

REGIONS = (
    ("Lyon", "Europe/Paris", ("Grenoble", "Dijon", "Marseille", "Toulouse", "Nantes", "Lille")),
    ("Leipzig", "Europe/Berlin", ("Dresden", "Hamburg", "Kassel", "Ulm", "Bremen", "Graz")),
    ("Milano", "Europe/Rome", ("Torino", "Bologna", "Verona", "Napoli", "Bari", "Ancona")),
    ("Birmingham", "Europe/London", ("Leeds", "Bristol", "Glasgow", "Cardiff", "Dover", "Hull")),
    ("Zaragoza", "Europe/Madrid", ("Bilbao", "Valencia", "Sevilla", "Vigo", "Murcia", "Burgos")),
    ("Poznan", "Europe/Warsaw", ("Gdynia", "Lodz", "Krakow", "Lublin", "Opole", "Torun")),
)
LANE_DAYS = (0.0, 4.0, 2.0, 1.0)  # from the parent, by kind
WEIGHT = (0.6, 1.3, 1.0, 0.55)  # machines served, by kind


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Locations, one row each; parents stand before their children."""

    location_id: list[str]
    name: list[str]
    timezone: list[str]
    tier: list[str]
    kind: Ints
    parent: Ints  # row of the parent, −1 for the central warehouse
    lane_days: Floats  # transport from the parent
    lane_sd_days: Floats
    weight: Floats  # how many machines are served, relative
    season: Ints  # 0 none, 1 summer, 2 winter
    duty: Floats  # operating days per calendar day, on average

    def __len__(self) -> int:
        return len(self.location_id)


def lay_out(locations: int, seed: int) -> Network:
    """The network of a company with that many locations."""
    kind = _kinds(locations)
    place = [_place(rank, kind) for rank in range(locations)]
    chance = stream(seed, "network")
    lane = np.array(LANE_DAYS)[kind] * chance.uniform(0.75, 1.5, locations)
    spread = chance.uniform(0.15, 0.45, locations)
    return Network(
        location_id=[one[0] for one in place],
        name=[one[1] for one in place],
        timezone=[one[2] for one in place],
        tier=_tiers(kind),
        kind=kind,
        parent=_parents(kind),
        lane_days=np.round(lane, 1),
        lane_sd_days=np.round(lane * spread, 2),
        weight=np.array(WEIGHT)[kind] * np.exp(0.3 * chance.standard_normal(locations)),
        season=np.where(np.arange(locations) % 5 == 3, 1 + chance.integers(0, 2, locations), 0),
        duty=chance.uniform(0.75, 1.2, locations),
    )


def _kinds(locations: int) -> Ints:
    depots = max(1, round(locations / 8)) if locations > 3 else 0
    vans = round(0.35 * (locations - 1 - depots))
    counts = (1, depots, locations - 1 - depots - vans, vans)
    return np.repeat(np.arange(4), counts).astype(np.int64)


def _parents(kind: Ints) -> Ints:
    """Depots hang on the warehouse; stores and vans on the depots in turn."""
    depots = max(1, int((kind == DEPOT).sum()))
    rank = np.arange(len(kind)) - np.searchsorted(kind, kind)
    first_depot = 1 if (kind == DEPOT).any() else 0
    parent = np.where(kind >= STORE, first_depot + rank % depots, 0)
    parent[0] = -1
    return parent


def _tiers(kind: Ints) -> list[str]:
    """What is promised: A in the best-served stores and on vans, B elsewhere, C at the centre."""
    rank = np.arange(len(kind)) - np.searchsorted(kind, kind)
    by_kind = np.array(["C", "B", "B", "A"])[kind]
    return [str(tier) for tier in np.where((kind == STORE) & (rank % 3 == 0), "A", by_kind)]


def _place(row: int, kind: Ints) -> tuple[str, str, str]:
    """Identifier, name and time zone of a location."""
    rank = row - int(np.searchsorted(kind, kind[row]))
    depots = max(1, int((kind == DEPOT).sum()))
    region, zone, cities = REGIONS[rank % depots % len(REGIONS)]
    if kind[row] == WAREHOUSE:
        return "CW-ROTTERDAM", "Central warehouse Rotterdam", "Europe/Amsterdam"
    if kind[row] == DEPOT:
        again = "" if rank < len(REGIONS) else f"-{rank // len(REGIONS) + 1}"
        return f"RD-{region.upper()}{again}", f"Regional depot {region}{again}", zone
    if kind[row] == VAN:
        return f"VAN-{rank + 1:02d}", f"Service van {rank + 1} around {region}", zone
    turn = rank // depots + (rank % depots) // len(REGIONS) * len(cities)
    city = cities[turn % len(cities)]
    again = "" if rank < depots * len(cities) and depots <= len(REGIONS) else f"-{rank:03d}"
    return f"FS-{city.upper()}{again}", f"Field store {city}{again}", zone
