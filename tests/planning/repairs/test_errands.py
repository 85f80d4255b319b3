"""What a promise needs somebody to do is on the planner's list until it is done."""

from datetime import date, timedelta

import pytest

from inventory.ledger import Refusal
from planning.repairs import feedback, handling, opening
from planning.repairs.asking import LineAsked
from planning.repairs.feedback import Feedback
from planning.repairs.handling import LineNamed
from tests.data.store.shop import balance, rows, violations
from tests.planning.promises.shop import NOW, asks, done, open_shop, orders, put
from tests.planning.repairs.test_repairs import an_order, states

FROM_ABOVE = orders(("PO-9", "SEAL", "CW", 5, date(2025, 6, 20), date(2025, 7, 4), "ACME"))


@pytest.fixture(autouse=True)
def _all_is_well_afterwards(store):
    yield
    assert violations(store) == []


def errands(store) -> list[tuple]:
    return rows(
        store,
        "SELECT kind, location_id, subject, first_action FROM exceptions"
        " WHERE state = 'open' ORDER BY exception_id",
    )


def test_pieces_held_elsewhere_are_to_be_sent_until_they_are(store):
    outlook = open_shop(store)
    put(store, "SEAL", "CW", 9)
    order = an_order("RO-1", ("SEAL", 2, "depot"))
    done(opening.open_order(store, outlook, asks(), order))
    sent = ("promise_to_send", "CW", "RO-1 line 1", "Send 2 × SEAL from CW to LYON.")
    assert errands(store) == [sent]
    done(handling.send(store, asks(), LineNamed("RO-1", 1)))
    assert errands(store) == []


def test_what_nobody_has_is_to_be_ordered_until_it_is_not_wanted(store):
    outlook = open_shop(store)
    order = an_order("RO-1", ("SEAL", 2, "new_order"), ("PUMP", 1, "emergency"))
    done(opening.open_order(store, outlook, asks(), order))
    assert [one[0] for one in errands(store)] == ["promise_to_order", "promise_to_order_express"]
    assert errands(store)[1][3] == "Order 1 × PUMP by express for LYON."
    done(handling.drop(store, asks(), LineNamed("RO-1", 1)))
    done(handling.close(store, asks(), "RO-1", None, cancelled=True))
    assert errands(store) == []


def test_the_shelf_here_needs_nobody(store):
    outlook = open_shop(store)
    put(store, "SEAL", "LYON", 9)
    done(opening.open_order(store, outlook, asks(), an_order("RO-1", ("SEAL", 2))))
    assert errands(store) == []


def test_pieces_that_come_in_above_are_held_there_and_sent_on(store):
    """The depot's order was promised: nobody else gets its pieces, somebody forwards them."""
    outlook = open_shop(store, open_orders=FROM_ABOVE)
    order = an_order("RO-1", ("SEAL", 4, "on_order", "CW"))
    done(opening.open_order(store, outlook, asks(), order))
    assert (states(store, outlook), errands(store)) == (["waiting"], [])
    put(store, "SEAL", "CW", 5, NOW + timedelta(days=3), "PO-9")
    assert states(store, outlook) == ["held"]
    assert balance(store, "SEAL", "CW") == (5, 4)
    assert errands(store)[0][3] == "Send 4 × SEAL from CW to LYON."
    assert rows(store, "SELECT COUNT(*) FROM promise_outcomes") == [(0,)]
    done(handling.send(store, asks(days=3), LineNamed("RO-1", 1)))
    done(handling.arrive(store, asks(days=5), LineNamed("RO-1", 1)))
    assert errands(store) == []
    assert rows(store, "SELECT COUNT(*) FROM promise_outcomes") == [(1,)]
    done(handling.hand_over(store, asks(days=5), LineNamed("RO-1", 1)))


def test_pieces_above_go_to_whoever_ranks_first_wherever_it_is_needed(store):
    outlook = open_shop(store, open_orders=FROM_ABOVE)
    for number, customer in (("RO-C", "C-2"), ("RO-A", "C-1")):
        order = an_order(number, ("SEAL", 4, "on_order", "CW"), customer_id=customer)
        done(opening.open_order(store, outlook, asks(), order))
    put(store, "SEAL", "CW", 5, NOW + timedelta(days=3), "PO-9")
    assert (states(store, outlook, "RO-A"), states(store, outlook, "RO-C")) == (
        ["held"],
        ["waiting"],
    )


def test_a_way_that_failed_leaves_the_errand_of_the_next(store):
    outlook = open_shop(store)
    put(store, "SEAL", "LYON", 2)
    put(store, "SEAL", "CW", 9)
    done(opening.open_order(store, outlook, asks(), an_order("RO-1", ("SEAL", 2))))
    said = Feedback("not_there", "SEAL", "LYON", 2, "RO-1", 1)
    done(feedback.give(store, outlook, asks(), said))
    assert ("promise_to_send", "CW") in [one[:2] for one in errands(store)]


def test_a_repair_gets_more_lines_while_it_is_open(store):
    outlook = open_shop(store)
    put(store, "SEAL", "LYON", 9)
    put(store, "PUMP", "CW", 1)
    done(opening.open_order(store, outlook, asks(), an_order("RO-1", ("SEAL", 2))))
    signed = asks()
    more = (LineAsked("PUMP", 1), LineAsked("SEAL", 1))
    first = done(opening.add_lines(store, outlook, signed, "RO-1", more))
    again = opening.add_lines(store, outlook, signed, "RO-1", more)
    assert (first.body, again.replayed) == ({"repair_order_id": "RO-1", "lines": [2, 3]}, True)
    assert states(store, outlook) == ["ready", "held", "ready"]
    done(handling.close(store, asks(), "RO-1", None, cancelled=False))
    late = opening.add_lines(store, outlook, asks(), "RO-1", more)
    assert late.code == Refusal.FINAL_STATE
