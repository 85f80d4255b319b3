"""How often an item is asked for: a hidden rate that may change, learned from all items together.

In each period an item is in one of ten hidden states; in state k it is asked for with chance p_k,
and state j is followed by k with chance a_jk. The ten p, the a and where histories begin are
learned from all histories (expectation–maximisation: Baum & Welch 1970), so a part with three
events borrows from all the others, and how long a belief lasts is learned too: parts die, sleep,
wake. One pass over an item's events (the forward filter) gives what is believed of it now.
"""

from dataclasses import dataclass

import numpy as np

from forecasting import groups
from forecasting.history import Totals, rows_of
from forecasting.rates.kernels import (
    STATES,
    beliefs,
    drawn_by_group,
    expected_counts,
    horizon_moments,
)
from inventory.demand import Floats, Ints

MONTH_DAYS = 30.0
FEWEST_PER_MONTH, MOST_PER_PERIOD = 0.003, 3.0  # events in the outermost states
STAY_A_MONTH = 0.95  # chance to stay in a state for a month, before anything is learned
PRIOR_PERIODS = 5.0  # what the unlearned model counts, in periods of each state
SAMPLE_PERIODS, SAMPLE_ITEMS = 60_000, 400  # enough to learn from
ROUNDS = 40
STRIDE = 0.8  # of a further round's length, added to each
ENOUGH = 5e-6  # gain in log likelihood per period at which learning ends
GROUP_ITEMS, GROUP_ROUNDS = 20_000, 30  # enough to learn the shares of groups from
LONGEST_HORIZON = 366  # periods


@dataclass(frozen=True, slots=True, eq=False)
class HiddenRates:
    """What is believed of all items: chances by state."""

    asked: Floats  # p, by state: chance of demand in a period
    change: Floats  # a, states × states
    first: Floats  # by state: where histories begin

    @classmethod
    def unlearned(cls, days: float = MONTH_DAYS) -> "HiddenRates":
        """Rates a constant factor apart, mostly staying or moving to a neighbour.

        Args:
            days: length of a period.
        """
        fewest = FEWEST_PER_MONTH * min(days / MONTH_DAYS, 1.0)
        stay = STAY_A_MONTH ** (days / MONTH_DAYS)
        asked = 1 - np.exp(-np.geomspace(fewest, MOST_PER_PERIOD, STATES))
        near = np.abs(np.subtract.outer(np.arange(STATES), np.arange(STATES)))
        change = np.where(near == 1, 1.0, 0.04)
        np.fill_diagonal(change, 0.0)
        change *= (1 - stay) / change.sum(axis=1, keepdims=True)
        np.fill_diagonal(change, stay)
        return cls(asked, change, np.full(STATES, 1 / STATES))

    def memory_periods(self) -> Floats:
        """How long each state lasts on average, periods."""
        return np.asarray(1 / np.maximum(1 - np.diag(self.change), 1e-3))


def learn(totals: Totals, begin: Ints, *, days: float = MONTH_DAYS) -> HiddenRates:
    """The model under which `totals` are most likely, from a sample of items where many.

    Args:
        totals: demand by item and period.
        begin: by item, the first period that says something of its rate.
        days: length of a period.
    """
    prior = safe = model = HiddenRates.unlearned(days)
    sample = _sample(totals, begin)
    seen = float(np.maximum(sample[2] - sample[3], 0).sum())
    reached = -np.inf
    for _ in range(ROUNDS if seen else 0):
        counts = expected_counts(*sample, model.asked, model.change, model.first)
        if counts[3] < reached:  # a stride too long: go on from the last sure step
            model, reached = safe, -np.inf
            continue
        safe = _most_likely(counts, prior)
        if counts[3] - reached < ENOUGH * seen:
            break
        model, reached = _stride(model, safe), counts[3]
    return safe


def _stride(model: HiddenRates, better: HiddenRates) -> HiddenRates:
    """Further in the direction of a round of learning, in logs; such rounds are short steps."""
    change = better.change * (better.change / model.change) ** STRIDE
    first = better.first * (better.first / model.first) ** STRIDE
    odds = better.asked / (1 - better.asked)
    before = model.asked / (1 - model.asked)
    odds = odds * (odds / before) ** STRIDE
    return HiddenRates(
        np.clip(odds / (1 + odds), 1e-5, 1 - 1e-5),
        change / change.sum(axis=1, keepdims=True),
        first / first.sum(),
    )


def believe(totals: Totals, begin: Ints, model: HiddenRates) -> Floats:
    """Chances of each item's state in the next period, items × states."""
    return np.asarray(
        beliefs(
            totals.start, totals.period, totals.periods, begin,
            model.asked, model.change, model.first,
        )
    )  # fmt: skip


def among_similar(belief: Floats, alike: Ints) -> Floats:
    """Beliefs of items that are known to be of a group.

    With π_g the shares of the states in a group and π those among all, an item's belief is
    multiplied by π_g / π: of two silent items, the one among busy ones is expected sooner.

    Args:
        belief: chances of each item's state, items × states.
        alike: code of each item's group, 0 ….
    """
    sample = slice(None, None, max(1, len(belief) // GROUP_ITEMS))
    among_all = _shares(belief[sample], np.zeros_like(alike[sample]), 1)
    in_group = _shares(belief[sample], alike[sample], int(alike.max(initial=0)) + 1)
    return _normal(belief * (in_group / among_all)[alike])


def _shares(belief: Floats, group: Ints, count: int) -> Floats:
    """Shares of the states by group (groups × states), leaning on all: `forecasting.groups`.

    A belief over b̄, that of all items on average, says how likely each state makes the item's
    history; the shares make the histories of a group likeliest (expectation–maximisation).
    """
    common = np.maximum(belief.mean(axis=0), 1e-12)
    share = np.tile(common, (count, 1))
    likelihood = belief / common
    for _ in range(GROUP_ROUNDS):
        by_group = drawn_by_group(likelihood, group, share).T
        share = np.maximum(_normal(groups.leaning(by_group, len(belief)).T), 1e-12)
    return share


def _normal(chance: Floats) -> Floats:
    """Rows made to sum to 1."""
    return np.asarray(chance / chance.sum(axis=1, keepdims=True), dtype=np.float64)


def ahead(belief: Floats, model: HiddenRates, horizon: Ints) -> tuple[Floats, Floats]:
    """Mean and mean square of the average chance of demand over each item's horizon."""
    most = int(horizon.max(initial=1))
    first, second = horizon_moments(model.asked, model.change, most)
    mean = np.einsum("ik,ik->i", belief, first[horizon]) / horizon
    square = np.einsum("ik,ik->i", belief, second[horizon]) / horizon**2
    return mean, np.maximum(square, mean**2)


def _most_likely(counts: tuple[Floats, Floats, Floats, float], prior: HiddenRates) -> HiddenRates:
    """The model that expected counts make most likely, drawn a little to `prior`."""
    moves, visits, firsts, _ = counts
    moves = moves + PRIOR_PERIODS * prior.change
    asked = (visits[1] + prior.asked) / (visits[0] + 1)
    first = firsts + prior.first
    return HiddenRates(
        np.clip(asked, 1e-5, 1 - 1e-5),
        moves / moves.sum(axis=1, keepdims=True),
        first / first.sum(),
    )


def _sample(totals: Totals, begin: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Every n-th item, so that enough periods and items are left; columns of its totals."""
    step = int(min(totals.periods.sum() // SAMPLE_PERIODS, len(totals) // SAMPLE_ITEMS))
    step = max(1, step)
    rows = np.arange(0, len(totals), step)
    start, source = rows_of(totals.start, rows)
    return start, totals.period[source], totals.periods[rows], begin[rows]
