import numpy as np
import pytest

from optimizer.evaluate import evaluated
from planning.effects import effects
from tests.optimizer.test_small_networks import a_network


def levels(items, *points):
    width = len(items) // 8
    return np.tile(points, 8)[: 8 * width], np.ones(len(items), dtype=np.int64)


def test_what_every_change_does_adds_up_to_the_whole():
    items = a_network(1)
    before, after = levels(items, 0, 0, 0, 0), levels(items, 2, 1, 0, -1)
    found = effects(items, before, after)

    def stock(one):
        return items.unit_cost * one.measures.expected_on_hand

    whole = stock(evaluated(items, *after)).sum() - stock(evaluated(items, *before)).sum()
    assert found.of(stock).sum() == pytest.approx(whole)


def test_a_depots_change_counts_what_its_sites_gain():
    items = a_network(1)
    before, after = levels(items, -1, 0, 0, 0), levels(items, 1, 0, 0, 0)
    found = effects(items, before, after)
    served = found.of(lambda one: items.demand.demand_per_day * one.measures.fill_rate)
    depot = items.location == 0
    assert (served[depot] > 0).all()
    assert (served[~depot] == 0).all()


def test_a_sites_change_is_its_own_doing_alone():
    items = a_network(1)
    before, after = levels(items, 0, 0, 0, 0), levels(items, 0, 1, 0, 0)
    waiting = effects(items, before, after).of(lambda one: one.measures.expected_backorders)
    changed = items.location == 1
    assert (waiting[changed] < 0).all()
    assert waiting[~changed] == pytest.approx(0, abs=1e-12)
