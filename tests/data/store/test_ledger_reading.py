"""What is shown is what was done."""

from data.store.ledger_reading import availability, reservation, reservations_of, stock_on_hand
from inventory.ledger_commands import Count, Fulfil, LockLocation
from tests.data.store.shop import MORNING, done, hold, put


def test_availability_says_what_is_free_and_where_it_is_closed(store):
    put(store, 5)
    put(store, 2, place="L-2")
    put(store, 1, part="P-2")
    done(store, hold(3))
    done(store, LockLocation("L-2", "count"))
    with store.read() as connection:
        assert availability(connection, ["P-1"]).rows() == [
            ("P-1", "L-1", 5, 3, 2, False),
            ("P-1", "L-2", 2, 0, 2, True),
        ]
        assert availability(connection, ["P-1", "P-2"], ["L-1"])["available"].to_list() == [2, 1]
        assert availability(connection, ["nobody's"]).is_empty()
        assert stock_on_hand(connection).height == 3


def test_a_reservation_tells_what_became_of_each_line(store):
    put(store, 5)
    number = done(store, hold(4, repair_order_id="RO-1", expires_at=MORNING)).body["reservation_id"]
    done(store, hold(1, repair_order_id="RO-2"), actor="ben")
    done(store, Fulfil(number, {1: 1}))
    done(store, Count("P-1", "L-1", 2))
    with store.read() as connection:
        found = reservation(connection, number)
        assert reservation(connection, 99) is None
        assert reservations_of(connection, repair_order_id="RO-1") == [found]
        assert reservations_of(connection, owner="ben", repair_order_id="RO-1") == []
        assert len(reservations_of(connection)) == 2
    line = found.lines[0]
    assert (found.state, found.owner, found.expires_at) == ("active", "ada", MORNING)
    assert (line.quantity, line.held, line.at_risk, line.fulfilled) == (4, 2, 1, 1)
