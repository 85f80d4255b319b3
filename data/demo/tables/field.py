"""What technicians meet: the machines on site and the parts that a job needs together."""

import numpy as np
import polars as pl
from scipy.special import gamma

from data.demo.calendar import DAYS_PER_YEAR, HISTORY_DAYS
from data.demo.chance import stream
from data.demo.company import Company
from data.demo.tables.words import days, location_ids, machine_types, part_ids
from inventory.demand import Floats, Ints

YEARS = ((0, 366), (366, 731), (731, HISTORY_DAYS))  # the fleet is counted in the middle of each
SERVICE_ROUNDS = 6


def installed_base(company: Company) -> pl.DataFrame:
    """Machines by type, site and year, with the parts they carry and how often those should fail.

    The failure figure is the engineers' estimate for one machine: right on average over many
    parts, wrong for each by its own factor.
    """
    year, kind, location, machines = _counted(company)
    start = company.plans.positions.start
    width = np.diff(start)[kind]
    cell = np.repeat(np.arange(len(kind)), width)
    position = np.arange(width.sum()) - np.repeat(np.cumsum(width) - width, width)
    position += np.repeat(start[kind], width)
    first, end = np.array(YEARS).T
    last = days(end - 1).set(pl.Series([False, False, True]), None)
    return pl.DataFrame(
        {
            "machine_type": machine_types(kind).gather(cell),
            "location_id": location_ids(company.network).gather(location[cell]),
            "machines": machines[cell],
            "part_id": part_ids(company.catalogue).gather(_fitted_now(company)[position]),
            "parts_per_machine": company.plans.positions.pieces[position],
            "failures_per_machine_year": _estimates(company)[position],
            "valid_from": days(first).gather(year[cell]),
            "valid_to": last.gather(year[cell]),
        }
    )


def _counted(company: Company) -> tuple[Ints, Ints, Ints, Ints]:
    """(year, type, location, machines) wherever machines ran in the middle of a year."""
    fleet = company.machines
    types, sites = len(company.plans.launched), len(company.network)
    table = []
    for first, end in YEARS:
        middle = (first + end) // 2
        running = (fleet.installed <= middle) & (fleet.scrapped > middle)
        cell = fleet.kind[running] * sites + fleet.location[running]
        table.append(np.bincount(cell, minlength=types * sites))
    counts = np.stack(table)
    year, cell = np.nonzero(counts)
    kind, location = np.divmod(cell, sites)
    return year, kind, location, counts[year, cell]


def _estimates(company: Company) -> Floats:
    """Failures per machine and year by position, as the engineers believe."""
    spots = company.plans.positions
    mean_life = spots.scale_days * gamma(1 + 1 / spots.shape)
    belief = stream(company.seed, "estimates").standard_normal(len(spots.part))
    return np.asarray(np.round(DAYS_PER_YEAR / mean_life * np.exp(0.3 * belief - 0.045), 5))


def _fitted_now(company: Company) -> Ints:
    """By position: the part that is fitted at the end of the history."""
    goods, part = company.catalogue, company.plans.positions.part
    replaced = (goods.successor[part] >= 0) & (goods.replaced_on[part] < HISTORY_DAYS)
    return np.where(replaced, goods.successor[part], part)


def kits(company: Company) -> pl.DataFrame:
    """Parts of a job: each round of service by machine type, and repairs that need more parts."""
    both = pl.concat([_services(company), _repairs(company)])
    return both.group_by("job_type", "part_id", maintain_order=True).agg(pl.col("quantity").max())


def _services(company: Company) -> pl.DataFrame:
    """SERVICE-MT-004-2: what the second service of type MT-004 changes."""
    plans = company.plans
    lines = plans.services
    kind = np.repeat(np.arange(len(plans.launched)), np.diff(lines.start))
    rounds = np.arange(1, SERVICE_ROUNDS + 1)
    line, turn = np.nonzero(rounds[None, :] % lines.every[:, None] == 0)
    position = lines.position[line]
    return pl.DataFrame(
        {
            "job_type": pl.select(
                pl.concat_str(
                    pl.lit("SERVICE-"),
                    machine_types(kind).gather(line),
                    pl.lit("-"),
                    pl.Series(rounds).cast(pl.String).gather(turn),
                )
            ).to_series(),
            "part_id": part_ids(company.catalogue).gather(_fitted_now(company)[position]),
            "quantity": plans.positions.pieces[position],
        }
    )


def _repairs(company: Company) -> pl.DataFrame:
    """REPAIR-MT-004-PMP-000017: the part itself and the consumables that its exchange takes."""
    spots = company.plans.positions
    kind = np.repeat(np.arange(len(spots.start) - 1), np.diff(spots.start))
    leader = np.flatnonzero((spots.companion >= 0).any(axis=1))
    row, slot = np.nonzero(spots.companion[leader] >= 0)
    others = spots.companion[leader[row], slot]
    job = np.concatenate([leader, leader[row]])
    position = np.concatenate([leader, others])
    pieces = np.concatenate([np.ones_like(leader), spots.pieces[others]])
    ids, part = part_ids(company.catalogue), _fitted_now(company)
    return pl.DataFrame(
        {
            "job_type": pl.select(
                pl.concat_str(
                    pl.lit("REPAIR-"),
                    machine_types(kind).gather(job),
                    pl.lit("-"),
                    ids.gather(part[job]),
                )
            ).to_series(),
            "part_id": ids.gather(part[position]),
            "quantity": pieces,
        }
    )
