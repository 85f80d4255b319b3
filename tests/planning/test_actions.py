import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.actions import Shelf, match, propose

pieces = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12
)


def columns(rows):
    return (np.array(column, dtype=np.int64) for column in zip(*sorted(rows), strict=True))


@settings(deadline=None, max_examples=200)
@given(pieces)
def test_moves_give_every_part_as_much_as_it_has_and_needs_and_no_more(rows):
    part, idle, need = columns(rows)
    moves = match(part, idle, need)
    assert (moves["pieces"] > 0).all()
    assert (part[moves["from"]] == part[moves["to"]]).all()
    assert (np.bincount(moves["from"], moves["pieces"], len(part)) <= idle).all()
    assert (np.bincount(moves["to"], moves["pieces"], len(part)) <= need).all()
    moved = np.bincount(part[moves["to"]], moves["pieces"], 5)
    possible = np.minimum(np.bincount(part, idle, 5), np.bincount(part, need, 5))
    assert moved.tolist() == possible.tolist()


def a_shelf(**changes):
    rows = len(next(iter(changes.values()), [0]))
    defaults = {
        "part": np.zeros(rows, dtype=np.int64),
        "part_id": pl.Series(["P-1"] * rows),
        "location_id": pl.Series([f"L-{row}" for row in range(rows)]),
        "source": pl.Series(["DEPOT"] * rows),
        "unit_cost": np.full(rows, 10.0),
        "demand_per_day": np.zeros(rows),
        "replenished_per_day": np.zeros(rows),
        "on_hand": np.zeros(rows, dtype=np.int64),
        "reorder_point": np.zeros(rows, dtype=np.int64),
        "order_quantity": np.ones(rows, dtype=np.int64),
        "previous_reorder_point": pl.Series([None] * rows, dtype=pl.Int64),
        "counted": np.ones(rows, dtype=bool),
    }
    given = {
        name: np.asarray(value)
        if name not in ("previous_reorder_point", "source")
        else pl.Series(value)
        for name, value in changes.items()
    }
    merged = {**defaults, **given}
    merged.setdefault("position", merged["on_hand"])
    return Shelf(**merged)


def proposed(shelf, **changes):
    rules = {"excess_after_days": 365.0, "excess_value": 50.0, **changes}
    table = propose(shelf, **rules)
    return table.select("location_id", "action", "quantity", "source").rows()


def test_an_item_at_its_reorder_point_orders_the_smallest_multiple_above_it():
    shelf = a_shelf(on_hand=[2, 3], reorder_point=[9, 2], order_quantity=[4, 4])
    assert proposed(shelf) == [("L-0", "order", 8, "DEPOT")]


def test_idle_pieces_elsewhere_come_before_an_order():
    shelf = a_shelf(on_hand=[0, 9], reorder_point=[1, 0])
    assert ("L-0", "move", 2, "L-1") in proposed(shelf)
    assert not [row for row in proposed(shelf) if row[1] == "order"]


def test_what_lies_beyond_level_and_a_long_demand_is_offered_back():
    shelf = a_shelf(on_hand=[30], reorder_point=[1], demand_per_day=[4 / 365])
    assert proposed(shelf) == [("L-0", "return", 24, "DEPOT")]
    assert proposed(shelf, excess_value=241.0) == []


def test_a_return_says_where_it_goes_even_where_no_supplier_is_named():
    shelf = a_shelf(on_hand=[30], reorder_point=[1], source=pl.Series([None], dtype=pl.String))
    table = propose(shelf, excess_after_days=365.0, excess_value=50.0)
    assert table["reason"].str.ends_with("days of demand (0.0 pieces): back to its supplier").all()
    assert table["source"].to_list() == [None]


def test_leaving_the_shelf_for_good_is_a_proposal_of_its_own_kind():
    shelf = a_shelf(on_hand=[1], reorder_point=[-1], previous_reorder_point=[0])
    actions = [row[1] for row in proposed(shelf, excess_value=1e9)]
    assert actions == ["take_off_shelf"]


def test_where_nobody_counted_nothing_is_proposed():
    assert proposed(a_shelf(on_hand=[0], reorder_point=[5], counted=[False])) == []


def test_what_a_depot_holds_for_its_stores_is_not_idle():
    below = [28 / 365, 0.0]
    depot = a_shelf(on_hand=[30, 0], reorder_point=[0, 0], replenished_per_day=below)
    assert proposed(depot) == [("L-1", "move", 1, "L-0")]


def test_a_depot_that_holds_nothing_for_its_stores_any_more_leaves_the_shelf_too():
    below = [2 / 365, 0.0]
    depot = a_shelf(
        on_hand=[0, 3], reorder_point=[-2, 2], replenished_per_day=below,
        previous_reorder_point=[1, 2],
    )  # fmt: skip
    (row,) = (
        propose(depot, excess_after_days=365.0, excess_value=50.0)
        .filter(pl.col("action") == "take_off_shelf")
        .to_dicts()
    )
    assert row["location_id"] == "L-0"
    assert "reorder point 1 -> -2: with 2.0 pieces asked for a year" in row["reason"]


def rejected(*moves):
    """(to, from, quantity)"""
    rows = [("P-1", to, source, pieces) for to, source, pieces in moves]
    return pl.DataFrame(rows, ["part_id", "location_id", "source", "quantity"], orient="row")


def test_what_nobody_would_send_over_is_ordered():
    shelf = a_shelf(on_hand=[0, 9], reorder_point=[1, 0])
    found = proposed(shelf, rejected=rejected(("L-0", "L-1", 2)))
    assert [row for row in found if row[0] == "L-0"] == [("L-0", "order", 2, "DEPOT")]
    other = proposed(shelf, rejected=rejected(("L-0", "L-1", 3)))  # that was another move
    assert ("L-0", "move", 2, "L-1") in other


def test_another_sister_sends_what_the_first_would_not():
    shelf = a_shelf(on_hand=[0, 5, 9], reorder_point=[1, 0, 0])
    found = proposed(shelf, rejected=rejected(("L-0", "L-1", 2)), excess_value=1e9)
    assert found == [("L-0", "move", 2, "L-2")]
    both = rejected(("L-0", "L-1", 2), ("L-0", "L-2", 2))
    assert proposed(shelf, rejected=both, excess_value=1e9) == [("L-0", "order", 2, "DEPOT")]


@settings(deadline=None, max_examples=80)
@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(-1, 6)), min_size=2, max_size=7),
    st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=6),
)
def test_no_move_that_was_rejected_is_proposed_and_nobody_gets_less(shelves, pairs):
    on_hand, point = zip(*shelves, strict=True)
    shelf = a_shelf(on_hand=on_hand, reorder_point=point)
    before = proposed(shelf)
    no = [(row[0], row[3], row[2]) for row in before
          if row[1] == "move" and (int(row[0][2]), int(row[3][2])) in pairs]  # fmt: skip
    after = proposed(shelf, rejected=rejected(*no)) if no else before
    assert not {(row[0], row[3], row[2]) for row in after if row[1] == "move"} & set(no)
    moves = [(row[0], row[3]) for row in after if row[1] == "move"]
    assert len(moves) == len(set(moves))
    for row, (here, level) in enumerate(shelves):
        come = sum(one[2] for one in after if one[0] == f"L-{row}" and one[1] in ("order", "move"))
        go = sum(one[2] for one in after if one[3] == f"L-{row}")
        assert here + come - go > level or (here > level and not come)
        assert not (come and go)
