"""A forest of locations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.errors import BrokenNetwork
from inventory.network import Location, Network

CHAIN = Network.of(["van", "field", "depot", "other"], ["field", "depot", None, ""])


@st.composite
def forests(draw):
    """Parents among earlier rows, then shuffled."""
    count = draw(st.integers(1, 9))
    parent = [draw(st.integers(-1, row - 1)) for row in range(count)]
    names = [f"L{row}" for row in range(count)]
    rows = list(zip(names, [names[one] if one >= 0 else None for one in parent], strict=True))
    return draw(st.permutations(rows))


def test_depth_counts_the_steps_up():
    assert CHAIN.depth.tolist() == [2, 1, 0, 0]
    assert CHAIN.roots.tolist() == [2, 3]
    assert CHAIN.ancestors(0) == (1, 2)
    assert CHAIN.root().tolist() == [2, 2, 2, 3]
    assert CHAIN.has_children.tolist() == [False, True, True, False]
    assert [rows.tolist() for rows in CHAIN.by_depth()] == [[2, 3], [1], [0]]


def test_the_whole_way_adds_up_lanes():
    mean, variance = CHAIN.lead_time_to_supplier(
        np.array([1.0, 2.0, 30.0, 5.0]), np.array([0.0, 1.0, 9.0, 4.0])
    )
    assert mean.tolist() == [33, 32, 30, 5]
    assert variance.tolist() == [10, 10, 9, 4]


@settings(max_examples=40, deadline=None)
@given(forests())
def test_every_location_is_one_step_below_its_parent(rows):
    network = Network.of_locations([Location(*row) for row in rows])
    lane = np.arange(1.0, len(network) + 1)
    mean, _ = network.lead_time_to_supplier(lane, lane)
    for row in range(len(network)):
        above = network.ancestors(row)
        assert network.depth[row] == len(above)
        assert network.root()[row] == (*above, row)[-1 if not above else len(above) - 1]
        assert mean[row] == lane[[row, *above]].sum()


def test_a_cycle_is_named_however_it_is_entered():
    with pytest.raises(BrokenNetwork, match="B ← C ← D ← B"):
        Network.of(["A", "D", "C", "B"], ["C", "B", "D", "C"])
    with pytest.raises(BrokenNetwork, match="A ← A"):
        Network.of(["A"], ["A"])


def test_a_parent_must_be_a_location_and_an_id_stands_once():
    with pytest.raises(BrokenNetwork, match="'Z', which is no location"):
        Network.of(["A"], ["Z"])
    with pytest.raises(BrokenNetwork, match="'A' stands twice"):
        Network.of(["A", "A"], ["", ""])


def test_an_empty_network_is_a_network():
    assert len(Network.of([], [])) == 0
    assert list(Network.of([], []).by_depth()) == []
