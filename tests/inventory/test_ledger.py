"""The ledger's words: what cancels out, what may be asked, what is refused at birth."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.errors import OutOfRange, UnknownWord
from inventory.ledger import (
    Account,
    Answer,
    Posting,
    Refusal,
    Refused,
    Request,
    changes,
    check_balanced,
    moved,
)
from inventory.ledger_commands import (
    Correct,
    Count,
    Fulfil,
    Line,
    Receive,
    Reserve,
    Transfer,
)

NOW = datetime(2025, 7, 1, tzinfo=UTC)
accounts = st.sampled_from(list(Account))
moves = st.lists(
    st.tuples(st.integers(1, 9), st.sampled_from("AB"), st.sampled_from("XY"), accounts, accounts)
)


def _sides(found) -> tuple[Posting, ...]:
    return tuple(side for move in found for side in moved(*move))


@given(moves)
def test_whatever_moves_cancels_out(found):
    check_balanced(_sides(found))


@given(moves.filter(bool), st.integers(1, 5))
def test_a_piece_from_nowhere_is_refused_with_its_part(found, extra):
    first, *rest = _sides(found)
    grown = Posting(first.part_id, first.location_id, first.account, first.pieces + extra)
    with pytest.raises(OutOfRange, match=f"postings of {first.part_id}"):
        check_balanced((grown, *rest))


@given(moves)
def test_balances_change_by_what_lies_on_the_shelf_whatever_the_order(found):
    sides = _sides(found)
    totals = changes(sides)
    assert list(totals) == sorted(totals)
    assert totals == changes(sides[::-1])
    for (part, place), (on_hand, reserved) in totals.items():
        here = [side for side in sides if (side.part_id, side.location_id) == (part, place)]
        assert reserved == sum(s.pieces for s in here if s.account == "reserved")
        assert on_hand == reserved + sum(s.pieces for s in here if s.account == "available")


def test_reserving_moves_nothing_off_the_shelf():
    sides = moved(3, "P-1", "L-1", Account.AVAILABLE, Account.RESERVED)
    assert changes(sides) == {("P-1", "L-1"): (0, 3)}


@pytest.mark.parametrize("pieces", [0, -1, 10**9 + 1, True, 1.0, "1", None])
def test_pieces_are_whole_and_within_bounds(pieces):
    for build in (
        lambda: Receive("P", "L", pieces),
        lambda: Line("P", "L", pieces),
        lambda: Fulfil(1, {1: pieces}),
        lambda: Transfer("P", "A", "B", pieces),
    ):
        with pytest.raises(OutOfRange):
            build()
    assert Receive("P", "L", 1).pieces == 1


def test_a_count_may_be_zero_and_a_correction_needs_its_reason():
    assert Count("P", "L", 0).counted == 0
    assert Correct("P", "L", -2, "broken").pieces == -2
    for pieces, reason in ((0, "broken"), (1, "  ")):
        with pytest.raises(OutOfRange):
            Correct("P", "L", pieces, reason)


def test_a_transfer_goes_somewhere_else():
    with pytest.raises(UnknownWord):
        Transfer("P", "L", "L", 1)


@pytest.mark.parametrize("lines", [0, 201])
def test_a_reservation_has_lines_but_not_endlessly_many(lines):
    with pytest.raises(OutOfRange):
        Reserve((Line("P", "L", 1),) * lines)
    assert Reserve((Line("P", "L", 1),) * 200)


def test_moments_have_a_time_zone():
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(UnknownWord):
        Request("ada", "k", naive)
    with pytest.raises(UnknownWord):
        Reserve((Line("P", "L", 1),), expires_at=naive)


@pytest.mark.parametrize("key", ["", " ", "k" * 256, "ключ", "a\nb"])
def test_a_key_is_short_plain_text(key):
    with pytest.raises(UnknownWord):
        Request("ada", key, NOW)
    assert Request("ada", "k" * 255, NOW)


def test_a_command_tells_everything_by_which_a_repetition_is_recognised():
    one, other = (Reserve((Line("P", "L", n),), "RO-1", expires_at=NOW) for n in (1, 2))
    assert one.described()["route"] == "reserve"
    assert one.described() != other.described()
    assert one.described() == Reserve((Line("P", "L", 1),), "RO-1", expires_at=NOW).described()


def test_a_refusal_carries_its_code_and_its_facts():
    refusal = Refused(Refusal.EXCEEDS, "Too many.", line=1)
    assert (refusal.code, refusal.facts) == ("quantity.exceeds", {"line": 1})
    assert str(refusal) == "Too many."
    assert not Answer(Refusal.EXCEEDS, {}).ok
    assert Answer("ok", {}).ok
