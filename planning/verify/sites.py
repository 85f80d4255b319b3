"""The second opinion on a site whose depot serves batches of its Q alone, by plain sums.

It lacks its phase (what it was asked for since its last order) and the demand of its transport; if
another's order is the first that the depot is late with, the demand of the delay too; if its own
is, what that order has beyond the depot's level in place of the phase (`docs/laws.md`).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from inventory.demand import Floats
from inventory.lead_time import LeadTime
from planning.verify.flows import Node, moments
from planning.verify.items import NOTHING, Waiting, count_law, pieces_law

_FEW = 1e-9  # orders of others in a lead time that count as none
_NEVER = 1e-6  # chance of a delay below which the delays that there are cannot be told
Delay = tuple[float, float, float]  # chance of any, E[W], E[W²]


class Chances(NamedTuple):
    """By phase, the chance of nothing late and of another's order late; by its rest, of its own."""

    in_time: Floats
    late: Floats
    own: Floats
    waiting: Waiting  # what is asked for while late


def is_site(node: Node) -> bool:
    """Whether a depot that nobody makes wait serves batches of this site's Q, and no others."""
    parent = node.parent
    if parent is None or parent.parent is not None:
        return False
    alone = not any(child.children for child in parent.children)
    quantity = node.stop.policy.order_quantity
    return alone and quantity > 1 and parent.lump == quantity


def lack_law(node: Node, lead_time: LeadTime, chances: Chances, at_most: int) -> Floats:
    """P(all that the site lacks of R + Q = 0 … at_most)."""
    early = pieces_law(node.arriving, lead_time, at_most, NOTHING)
    late = pieces_law(node.arriving, lead_time, at_most, chances.waiting)
    law = np.zeros(at_most + 1)
    for phase in range(min(node.stop.policy.order_quantity, at_most + 1)):
        left = at_most + 1 - phase
        law[phase:] += chances.in_time[phase] * early[:left]
        law[phase:] += (chances.late[phase] + chances.own[phase]) * late[:left]
    return law


def lacked(node: Node, lead_time: LeadTime, chances: Chances) -> float:
    """All that the site lacks of R + Q on average."""
    phases = np.arange(node.stop.policy.order_quantity)
    days = lead_time.mean_days + lead_time.review_period_days / 2
    is_late = (chances.late + chances.own).sum()
    phase = phases @ (chances.in_time + chances.late + chances.own)
    return float(node.arriving.demand_per_day * days + is_late * chances.waiting.mean + phase)


def chances_of(
    node: Node, parent: Node, levels: Sequence[int], delays: Sequence[Delay],
    parts: Sequence[float], weights: Sequence[float],
) -> Chances:  # fmt: skip
    """The chances behind a parent whose base stock is equally often at each of these levels."""
    quantity = node.stop.policy.order_quantity
    rate, spread = node.upwards.demand_per_day, node.upwards.demand_variance_per_day or 0.0
    share = rate / parent.arriving.demand_per_day
    steps: Floats = np.arange(quantity, dtype=np.float64) - (quantity - 1) / 2
    days = parent.lead_time.mean_days + parent.lead_time.review_period_days / 2
    own = np.zeros(quantity)
    early = early_tilt = late = late_tilt = 0.0
    first = second = 0.0
    for level, (ever, *times) in zip(levels, delays, strict=True):
        is_late, (once, twice) = 1.0, times
        if level > 0:
            in_time, edge = _phases(node, parent, -(-level // quantity), parts, weights)
            is_late = float(1 - in_time.sum())
            once = is_late * min(times[0] / ever, days) if ever > _NEVER else 0.0
            twice = min(is_late * times[1] / ever, days * once) if ever > _NEVER else 0.0
            early, early_tilt = early + 1 - is_late, early_tilt + float(steps @ in_time)
            late_tilt -= float(steps @ (in_time + edge))
            own[-level % quantity] += min(edge.sum(), is_late)
        owed = share * max(-level, 0)
        asked, varies = rate * once, spread * once + rate**2 * twice
        first += asked + owed
        second += varies + 2 * asked * owed + owed**2 + (1 - share) * owed
        late += is_late
    mean, square = (value / late if late > 0 else 0.0 for value in (first, second))
    if len(levels) >= quantity:
        late_tilt += float(steps @ own)
        own[:] = 0.0
    late -= own.sum()
    return Chances(
        _straight(early, early_tilt, steps) / len(levels),
        _straight(late, late_tilt, steps) / len(levels),
        own / len(levels), Waiting(mean, max(square - mean**2, 0.0)),
    )  # fmt: skip


def _straight(chance: float, tilt: float, steps: Floats) -> Floats:
    """Chances in a straight line over the phases, none below nothing."""
    furthest = chance * (len(steps) + 1) / 6
    found = chance / len(steps) + np.clip(tilt, -furthest, furthest) * steps / (steps @ steps)
    return np.asarray(np.maximum(found, 0.0), dtype=np.float64)


def _phases(
    node: Node, parent: Node, needed: int, parts: Sequence[float], weights: Sequence[float]
) -> tuple[Floats, Floats]:
    """By phase, the chance that fewer orders than `needed` came, and that of its own being it."""
    quantity = node.stop.policy.order_quantity
    phases, own = np.arange(quantity), np.zeros(quantity)
    rate = node.upwards.demand_per_day
    days = parent.lead_time.mean_days + parent.lead_time.review_period_days / 2
    for part, weight in zip(parts, weights, strict=True):
        mine, others = _asked(node, parent, part, needed)
        for came in range(min(needed, len(others))):
            places = (needed - 1 - came) * quantity + phases
            own += weight / 2 * days * rate / quantity * others[came] * mine[places]
    mine, others = _asked(node, parent, 1.0, needed)
    at_most, in_time = np.cumsum(mine), np.zeros(quantity)
    for came in range(min(needed, len(others))):
        places = (needed - 1 - came) * quantity + phases
        in_time += others[came] * at_most[places] / quantity
    return in_time, own


def _asked(node: Node, parent: Node, part: float, needed: int) -> tuple[Floats, Floats]:
    """The laws of the site's pieces and of the others' orders in a part of the lead time."""
    quantity, rate = node.stop.policy.order_quantity, node.upwards.demand_per_day
    share = rate / parent.arriving.demand_per_day
    mean, variance = moments(parent.arriving, parent.lead_time)
    days = parent.lead_time.mean_days + parent.lead_time.review_period_days / 2
    steady = (parent.arriving.demand_variance_per_day or 0.0) * days
    rest = (variance - steady) * part**2
    mine = rate * days * part
    varies = (node.upwards.demand_variance_per_day or 0.0) * days * part + share**2 * rest
    reach = mine + 12 * np.sqrt(varies) + 45 * varies / max(mine, 1e-9)
    pieces = np.arange(max(needed * quantity, int(reach) + 50) + 1)
    law = count_law(mine, varies, pieces) if mine > 0 else np.asarray(pieces == 0, np.float64)
    by_number = [(start + pieces) // quantity for start in range(quantity)]
    second = np.mean([law @ (number.astype(float) ** 2) for number in by_number])
    spread = (steady * part + rest + parent.lumped_variance(part)) / quantity**2
    spread -= max(float(second) - (mine / quantity) ** 2, 0.0)
    others = (mean * part - mine) / quantity
    if others <= _FEW:
        return law, np.ones(1)
    return law, count_law(others, max(spread, 0.0), np.arange(needed))
