from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.service import Measure, ServiceTarget
from optimizer.blocks import BLOCKS, near, price, rows_at, split
from optimizer.candidates import Piece, prepare
from optimizer.promises import promises
from tests.optimizer.problems import some_items

TARGETS = (ServiceTarget(Measure.FILL_RATE, 0.9), ServiceTarget(Measure.WAITING_DAYS, 2.0))


def a_block(items):
    asked = promises(items, TARGETS)
    piece = Piece(items, asked.basis, asked.pattern, asked.patterns, asked.channels, (), -1)
    return prepare(piece), asked


def worth(block, item, rows, earned):
    gain = block.values[rows] * block.basis[item] * earned[block.pattern[item]]
    return block.cost[rows] - gain.sum(axis=1)


several = st.lists(
    st.tuples(st.floats(1e-4, 5), st.floats(0.5, 60), st.floats(0.1, 5000)), min_size=1, max_size=8
)


@settings(max_examples=25, deadline=None)
@given(several, st.floats(0, 1e4), st.floats(0, 100))
def test_at_given_prices_no_row_is_worth_less_than_the_chosen_one(given_items, fill, wait):
    rate, days, cost = np.array(given_items).T
    block, asked = a_block(some_items(rate, days, cost))
    earned = asked.earned(np.array([fill, wait]))
    rows = rows_at((block, [(earned, 1.0)]))
    least = 0.0
    for item in range(len(block)):
        every = np.arange(block.first_row[item], block.start[item + 1])
        now = worth(block, item, every, earned)
        assert rows[item] == every[np.argmin(now)]
        least += now.min()
    found = price(earned, block)
    assert found.cost == pytest.approx(block.cost[rows].sum())
    assert found.least <= least + 1e-9 * abs(least)


@settings(max_examples=30, deadline=None)
@given(several, st.floats(0, 1e6))
def test_no_level_beyond_the_range_undercuts_the_bound(given_items, fill):
    rate, days, cost = np.array(given_items).T
    items = some_items(rate, days, cost)
    full, asked = a_block(items)
    low, high = full.start[:-1], np.minimum(full.start[:-1] + 2, full.start[1:])
    kept = np.concatenate([np.arange(*pair) for pair in zip(low, high, strict=True)])
    last = high - 1
    cut = replace(
        full,
        start=np.concatenate(([0], np.cumsum(high - low))),
        first_row=np.concatenate(([0], np.cumsum(high - low)))[:-1],
        cost=full.cost[kept],
        values=full.values[kept],
        beyond=items.holding_cost_per_day * full.values[last, 0],
    )
    earned = asked.earned(np.array([fill, 0.0]))
    everything = price(earned, full)
    gained = fill * asked.achieved(everything.totals)[0]
    assert price(earned, cut).least <= everything.cost - gained + 1e-9 * (1 + fill)


def test_near_rows_come_nearest_first_and_leave_out_the_present_ones():
    block, asked = a_block(some_items([0.1, 0.3, 0.02], 20.0, [10.0, 100.0, 500.0]))
    earned = asked.earned(np.array([100.0, 0.0]))
    rows = rows_at((block, [(earned, 1.0)]))
    found = near(earned, np.inf, 1000, False, (block, rows))
    assert (np.diff(found.loss) >= 0).all()
    assert not (rows[found.item] == found.row).any()
    assert len(found.row) == (np.diff(block.start) - 1).sum()
    fewer = near(earned, float(found.loss[3]), 1000, False, (block, rows))
    assert len(fewer.row) == (found.loss <= found.loss[3]).sum()


def test_a_mix_gives_each_pass_its_share_of_the_items():
    block, asked = a_block(some_items(np.full(1000, 0.05), 20.0, np.full(1000, 10.0)))
    low, high = asked.earned(np.zeros(2)), asked.earned(np.array([1e6, 0.0]))
    rows = rows_at((block, [(low, 0.3), (high, 0.7)]))
    nothing = rows_at((block, [(low, 1.0)]))
    assert (rows == nothing).sum() == pytest.approx(300, abs=2)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=400))
def test_blocks_cover_every_item_once_and_never_cut_a_part(sizes):
    part = np.repeat(np.arange(len(sizes)), sizes)
    pieces = split(part)
    assert np.concatenate(pieces).tolist() == list(range(len(part)))
    assert len(pieces) <= BLOCKS
    ends = [part[piece[-1]] for piece in pieces]
    begins = [part[piece[0]] for piece in pieces]
    assert all(end < begin for end, begin in zip(ends, begins[1:], strict=False))
