"""Parts, positions, policies, costs and proposals: objects and columns give the same numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.costs import cost_per_day
from inventory.errors import OutOfRange
from inventory.measures import measures
from inventory.part import Part, Parts
from inventory.policy import ReorderPolicy
from inventory.position import Position, inventory_position, pieces_to_order
from inventory.proposal import Action, Proposal
from inventory.service import Criticality
from tests.inventory.builders import a_demand, a_lead_time
from tests.inventory.test_measures import columns, forecasts, lead_times

PARTS = [
    Part("PUMP", 1200.0, 0.2, 40.0, 4, 10, Criticality.VITAL, 0.5),
    Part("SEAL", 3.65, 0.25),
]
pieces = st.integers(0, 50)
positions = st.builds(Position, pieces, pieces, pieces, pieces)
policies = st.builds(ReorderPolicy, st.integers(-20, 60), st.integers(1, 15))


def test_parts_are_the_same_as_columns_and_as_objects():
    parts = Parts.of(PARTS)
    assert [parts.part(row) for row in range(len(parts))] == PARTS
    assert parts.holding_cost_per_day.tolist() == [one.holding_cost_per_day for one in PARTS]
    assert parts.least_order_quantity.tolist() == [12, 1]
    assert [one.least_order_quantity for one in PARTS] == [12, 1]
    assert PARTS[1].holding_cost_per_day == pytest.approx(0.0025)


@pytest.mark.parametrize(
    "wrong",
    [{"unit_cost": -1.0}, {"holding_rate": float("nan")}, {"order_multiple": 0},
     {"repairable_share": 1.2}],
)  # fmt: skip
def test_a_part_refuses_what_cannot_be(wrong):
    with pytest.raises(OutOfRange, match=next(iter(wrong))):
        Part(**({"part_id": "X", "unit_cost": 1.0, "holding_rate": 0.2} | wrong))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(positions, policies), min_size=1, max_size=5))
def test_what_to_order_now_lifts_the_position_above_r_and_no_further(rows):
    stand = [position for position, _ in rows]
    position = inventory_position(
        np.array([one.on_hand for one in stand]),
        np.array([one.reserved for one in stand]),
        np.array([one.on_order for one in stand]),
        np.array([one.backorders for one in stand]),
    )
    point = np.array([policy.reorder_point for _, policy in rows])
    quantity = np.array([policy.order_quantity for _, policy in rows])
    ordered = pieces_to_order(position, point, quantity)
    for row, (one, policy) in enumerate(rows):
        assert one.inventory_position == position[row]
        assert one.pieces_to_order(policy) == ordered[row]
    assert np.all(ordered % quantity == 0)
    assert np.all((ordered == 0) == (position > point))
    assert np.all(position + ordered > point)
    assert np.all((ordered == 0) | (position + ordered - quantity <= point))


def test_reserved_pieces_are_on_the_shelf_but_not_free():
    assert Position(5, reserved=2).free == 3
    assert Position(5, reserved=2, on_order=4, backorders=1).inventory_position == 6


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(forecasts(), lead_times), min_size=2, max_size=4), policies)
def test_items_in_columns_measure_as_each_alone(items, policy):
    """Objects for talk, columns for work: one law."""
    demand, lead_time = columns(items)
    point = np.full(len(items), policy.reorder_point)
    quantity = np.full(len(items), policy.order_quantity)
    together = measures(demand, lead_time, point, quantity)
    for row in range(len(items)):
        alone = measures(
            type(demand).of([demand.item(row)]),
            lead_time.take(np.array([row])),
            point[:1],
            quantity[:1],
        )
        assert alone.expected_backorders[0] == together.expected_backorders[row]
        assert alone.fill_rate[0] == together.fill_rate[row]
        assert alone.orders_per_day[0] == together.orders_per_day[row]


def test_cost_is_charged_on_stock_on_hand_orders_and_waiting():
    found = measures(a_demand(), a_lead_time(), np.array([2]), np.array([1]))
    cost = cost_per_day(
        found.expected_on_hand,
        found.orders_per_day,
        found.expected_backorders,
        holding_cost_per_day=2.0,
        ordering_cost=10.0,
        delay_cost_per_day=50.0,
    )
    assert cost.holding == pytest.approx(2 * found.expected_on_hand)
    assert cost.ordering == pytest.approx([20.0])
    assert cost.total == pytest.approx(cost.holding + 20 + 50 * found.expected_backorders)


def test_only_a_change_of_range_may_move_no_piece():
    Proposal("P", "L", Action.TAKE_OFF_SHELF, 0, "L", "nobody asks", 0.0)
    with pytest.raises(OutOfRange, match="quantity"):
        Proposal("P", "L", Action.ORDER, 0, "S", "below", 0.0)


def test_the_last_piece_off_a_shelf_needs_a_look():
    assert [action for action in Action if action.needs_a_look] == [Action.TAKE_OFF_SHELF]
    said = str(Proposal("P", "L", Action.MOVE, 2, "M", "idle there", 8.0))
    assert said == "move 2 of P at L: idle there"
