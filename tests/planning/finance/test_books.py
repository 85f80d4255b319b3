from decimal import Decimal

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.finance.forms.facts import Facts
from planning.finance.money import amount
from planning.finance.report.books import account, finding

KINDS = ("receipt", "issue", "transfer", "count")
movements = st.lists(
    st.tuples(
        st.sampled_from(["P-1", "P-2", "P-3"]),
        st.sampled_from(KINDS),
        st.sampled_from(["before", "between", "after"]),
        st.integers(-500, 500),
    ),
    max_size=40,
)
prices = st.tuples(*(st.decimals(0, 99999, places=4) for _ in range(3)))


def as_frames(history, price):
    moved = pl.DataFrame(
        {
            "part_id": [one[0] for one in history],
            "location_id": "L",
            "kind": [one[1] for one in history],
            "when": [one[2] for one in history],
            "pieces": [one[3] for one in history],
        },
        schema_overrides={"pieces": pl.Int64, "part_id": pl.String, "kind": pl.String,
                          "when": pl.String},
    )  # fmt: skip
    cost = {"part_id": ["P-1", "P-2", "P-3"], "unit_cost": [float(one) for one in price]}
    return moved, pl.DataFrame(cost)


@settings(max_examples=80, deadline=None)
@given(movements, prices)
def test_opening_and_movements_are_the_closing_to_the_cent(history, price):
    worth = dict(zip(("P-1", "P-2", "P-3"), price, strict=True))
    opening, lines, closing = account(*as_frames(history, price))
    assert opening.cents + sum(one.cents for one in lines) == closing.cents
    held = [one for one in history if one[2] != "after"]
    exact = sum((one[3] * worth[one[0]] for one in held), Decimal(0))
    assert abs(amount(closing.cents) - exact) <= Decimal("0.0051")
    assert closing.pieces == sum(one[3] for one in held)


def test_the_account_says_how_much_more_the_ledger_holds():
    from datetime import date

    history = [("P-1", "receipt", "before", 5), ("P-1", "issue", "between", -2)]
    told = finding(
        *as_frames(history, (10, 1, 1)), "2026-08-31", Facts("r", date(2026, 9, 30)), "EUR"
    )
    assert told.title == "The ledger holds 20 EUR less than on 2026-08-31"
    shown = [[cell.shown for cell in one.cells] for one in told.tables[0].rows]
    assert shown[1] == ["\u2003issue", "-2", "-20.00"]
    assert shown[2][1:] == ["3", "30.00"]
