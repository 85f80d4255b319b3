"""Ways to a part on a small company: what is offered, what comes first, what nobody knows."""

from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest

from data.store.ledger import perform
from inventory.ledger_commands import LockLocation
from inventory.promise.ways import Way
from planning.promises.availability import available
from planning.promises.inquiry import Inquiry, NotKnown, inquire, inquire_job, kit
from planning.promises.outlook import Outlook
from planning.repairs import opening
from planning.repairs.asking import LineAsked, OrderAsked
from tests.planning.promises.shop import NOW, asks, done, open_shop, orders, put

COMING = orders(
    ("PO-1", "PUMP", "LYON", 1, date(2025, 6, 20), date(2025, 7, 4), None),
    ("PO-2", "PUMP", "LYON", 2, date(2025, 6, 28), date(2025, 7, 15), None),
    ("PO-3", "SEAL", "CW", 50, date(2025, 6, 25), None, "ACME"),
    ("PO-4", "GEAR", "LYON", 1, None, None, None),
)


def ask(store, outlook: Outlook, part: str, place: str = "LYON", pieces: int = 1, **more):
    with store.read() as connection:
        return inquire(connection, outlook, Inquiry(part, place, pieces, **more), NOW)


def by_way(told, *, alternate: bool = False) -> dict:
    return {one.way: one for one in told.ways if one.alternate is alternate}


def test_every_way_there_is(store):
    outlook = open_shop(store, open_orders=COMING)
    for place in ("LYON", "DIJON", "VAN-1", "CW"):
        put(store, "PUMP", place, 3)
    told = ask(store, outlook, "PUMP")
    ways = by_way(told)
    assert set(ways) == {
        Way.SHELF, Way.NEARBY, Way.VAN, Way.DEPOT, Way.EMERGENCY, Way.NEW_ORDER
    }  # fmt: skip
    assert told.best.way is Way.SHELF
    assert told.best.promised_for == NOW
    assert (ways[Way.NEARBY].from_location_id, ways[Way.VAN].from_location_id) == ("DIJON", "VAN-1")
    assert ways[Way.NEW_ORDER].promised_for > ways[Way.DEPOT].promised_for
    for one in told.ways:
        assert NOW <= one.likely_by <= one.promised_for


def test_the_deadline_decides_and_the_cost_after_it(store):
    outlook = open_shop(store, open_orders=COMING)
    put(store, "PUMP", "DIJON", 1)
    put(store, "PUMP", "CW", 1)
    far = ask(store, outlook, "PUMP", deadline=NOW + timedelta(days=60))
    assert far.best.cost == 0.0
    soon = ask(store, outlook, "PUMP", deadline=NOW + timedelta(days=2, hours=12))
    assert soon.best.way is Way.NEARBY
    assert soon.best.keeps_deadline
    assert soon.best.cost == 25.0
    assert 0.9 <= soon.best.chance <= 1.0
    never = ask(store, outlook, "PUMP", deadline=NOW + timedelta(minutes=1))
    assert not never.best.keeps_deadline


def test_the_second_piece_waits_for_the_second_order(store):
    outlook = open_shop(store, open_orders=COMING)
    one, two = (by_way(ask(store, outlook, "PUMP", pieces=n))[Way.ON_ORDER] for n in (1, 2))
    assert one.order_id == "PO-1"
    assert one.promised_for < two.promised_for
    four = by_way(ask(store, outlook, "PUMP", pieces=4))[Way.ON_ORDER]
    assert (four.promised_for, four.unknown) == (None, "supply.missing")
    assert four.remedy == "an order for enough pieces"


def test_who_waits_before_is_counted_by_rank(store):
    outlook = open_shop(store, open_orders=COMING)
    order = OrderAsked("RO-1", "LYON", (LineAsked("PUMP", 1, "on_order"),), "C-2")
    done(opening.open_order(store, outlook, asks(), order))
    behind = by_way(ask(store, outlook, "PUMP", tier="C"))[Way.ON_ORDER]
    before = by_way(ask(store, outlook, "PUMP", tier="A"))[Way.ON_ORDER]
    assert (behind.waiting_before, before.waiting_before) == (1, 0)
    assert before.promised_for < behind.promised_for


def test_an_order_that_was_booked_in_is_not_promised_again(store):
    outlook = open_shop(store, open_orders=COMING)
    put(store, "PUMP", "LYON", 1, NOW, "PO-1")
    done(
        opening.open_order(store, outlook, asks(), OrderAsked("R", "LYON", (LineAsked("PUMP", 1),)))
    )
    later = by_way(ask(store, outlook, "PUMP"))[Way.ON_ORDER]
    assert later.order_id == "PO-2"


@pytest.mark.parametrize(
    ("part", "location", "reason"),
    [
        ("PUMP", "ISLAND", "lead_time.missing"),
        ("MYSTERY", "ISLAND", "lead_time.missing"),
    ],
)
def test_unknown_is_said_as_unknown(store, part, location, reason):
    outlook = open_shop(store)
    told = ask(store, outlook, part, location, 50)
    assert (told.best.promised_for, told.best.likely_by) == (None, None)
    assert told.best.unknown == reason
    assert "lead time" in told.best.remedy
    assert told.sentence.startswith("We cannot name a day yet")


def test_nobody_knows_the_part_or_the_place(store):
    outlook = open_shop(store)
    for part, place, field in (("X", "LYON", "part_id"), ("PUMP", "X", "location_id")):
        with pytest.raises(NotKnown) as unknown:
            ask(store, outlook, part, place)
        assert unknown.value.field == field


def test_alternates_come_with_their_ways_and_the_difference_in_price(store):
    outlook = open_shop(store)
    put(store, "PUMP-2", "LYON", 1)
    told = ask(store, outlook, "PUMP")
    other = by_way(told, alternate=True)[Way.SHELF]
    assert (other.part_id, other.cost) == ("PUMP-2", 30.0)
    assert other.sentence.startswith("An equal part")
    without = ask(store, outlook, "PUMP", alternates=False)
    assert by_way(without, alternate=True) == {}


def test_pieces_in_the_workshop(store):
    stock = pl.DataFrame(
        {"part_id": ["GEAR"], "location_id": ["LYON"], "on_hand": [0], "on_order": [3],
         "backorders": [0], "as_of": [date(2025, 6, 30)]}
    )  # fmt: skip
    outlook = open_shop(store, stock=stock)
    way = by_way(ask(store, outlook, "GEAR"))[Way.REPAIR]
    assert way.basis == "the stated repair time of 20 days"
    assert NOW < way.likely_by < NOW + timedelta(days=12)  # the first of three


def test_a_place_closed_for_counting_holds_nothing(store):
    outlook = open_shop(store)
    put(store, "PUMP", "LYON", 1)
    done(perform(store, asks(), LockLocation("LYON", "count")))
    assert Way.SHELF not in by_way(ask(store, outlook, "PUMP"))


def test_a_job_is_there_when_all_of_it_is(store):
    outlook = open_shop(store)
    put(store, "PUMP", "LYON", 1)
    put(store, "SEAL", "LYON", 3)

    def job():
        with store.read() as connection:
            lines = [Inquiry(part, "LYON", n) for part, n in kit(connection, "overhaul")]
            return inquire_job(connection, outlook, lines, NOW)

    short = job()
    assert not short.all_there
    latest = max(one.best.promised_for for one in short.lines)
    late_by = short.promised_for - latest  # a shelf is not quite sure either
    assert timedelta() <= late_by < timedelta(days=1)
    put(store, "SEAL", "LYON", 1)
    whole = job()
    assert whole.all_there
    assert whole.sentence == "Every part of the job is here on the shelf."


def test_two_lines_of_a_job_do_not_count_one_piece_twice(store):
    outlook = open_shop(store)
    put(store, "PUMP", "LYON", 1)
    with store.read() as connection:
        twice = [Inquiry("PUMP", "LYON"), Inquiry("PUMP", "LYON")]
        told = inquire_job(connection, outlook, twice, NOW)
    assert [one.best.way is Way.SHELF for one in told.lines] == [True, False]


def test_more_pieces_are_never_promised_sooner(store):
    outlook = open_shop(store, open_orders=COMING)
    put(store, "PUMP", "LYON", 1)
    put(store, "PUMP", "CW", 3)
    best = [ask(store, outlook, "PUMP", pieces=n).best.promised_for for n in (1, 2, 3, 4, 9)]
    assert best == sorted(best)
    assert best[0] >= NOW


def test_availability_tells_of_every_shelf_around_and_what_comes(store):
    outlook = open_shop(store, open_orders=COMING)
    put(store, "PUMP", "DIJON", 2)
    put(store, "PUMP", "CW", 5)
    with store.read() as connection:
        told = available(connection, outlook, "PUMP", "LYON", 1, NOW)
    pump = told.parts[0]
    assert [(one.location_id, one.kind, one.free) for one in pump.shelves] == [
        ("LYON", "here", 0), ("DIJON", "nearby", 2), ("CW", "depot", 5),
    ]  # fmt: skip
    assert [one.order_id for one in pump.on_order] == ["PO-1", "PO-2"]
    assert told.parts[1].relation == "successor"
    assert told.way in ("nearby", "depot")
    assert told.eta > NOW


def test_the_outlook_is_made_anew_when_a_delivery_comes(store):
    outlook = open_shop(store)
    before = by_way(ask(store, outlook, "PUMP"))
    assert Way.ON_ORDER not in before
    again = open_shop(store, open_orders=COMING)
    assert again is not outlook
    assert Way.ON_ORDER in by_way(ask(store, outlook, "PUMP"))


def test_a_late_lane_is_promised_later(store):
    """Twenty receipts that took twice the stated time move the promise, and nothing else does."""
    rows = [
        ("PUMP", "LYON", 1, date(2025, 1, 1) + timedelta(days=7 * n)) for n in range(20)
    ]  # fmt: skip
    receipts = pl.DataFrame(
        {
            "order_id": [f"R-{n}" for n in range(20)],
            "part_id": [one[0] for one in rows],
            "location_id": [one[1] for one in rows],
            "quantity": [one[2] for one in rows],
            "ordered_on": [one[3] for one in rows],
            "promised_on": [one[3] + timedelta(days=2) for one in rows],
            "received_on": [one[3] + timedelta(days=8) for one in rows],
        }
    )
    outlook = open_shop(store)
    put(store, "PUMP", "CW", 1)
    stated = by_way(ask(store, outlook, "PUMP"))[Way.DEPOT]
    seen = by_way(ask(store, open_shop(store, receipts=receipts), "PUMP"))[Way.DEPOT]
    assert seen.likely_by > stated.likely_by + timedelta(days=3)
    assert replace(seen, likely_by=None).basis.startswith("20 receipts")
