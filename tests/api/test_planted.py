"""The races would see it: each of them fails at a server with the hole it looks for."""

import shutil

import pytest

from data.store.engine import Store
from tests.api import test_crowd, test_races
from tests.api.race_shop import Shop
from tests.api.walk import served

SEEN_BY = {
    "oversold": (
        test_races.test_seven_pieces_go_to_seven_of_thirty_two,
        test_crowd.test_four_doors_give_the_same_twenty_pieces_once,
    ),
    "forgetful": (
        test_races.test_one_key_twenty_times_is_one_reservation,
        test_races.test_a_client_that_gave_up_and_asks_again_gets_its_first_answer,
    ),
    "hasty": (test_races.test_a_reservation_ends_once_however_it_ends,),
    "drifting": (
        lambda shop: test_crowd.test_a_reader_pages_through_one_plan_while_others_are_published(
            shop, 4
        ),
    ),
}


@pytest.mark.soak
@pytest.mark.parametrize("hole", SEEN_BY)
def test_a_server_with_a_hole_is_found_out(hole, company_today, tmp_path):
    place = tmp_path / "company.db"
    shutil.copy(company_today[0], place)
    store = Store(place)
    program = ("-m", "tests.api.planted", hole)
    with served(tmp_path, place=place, program=program) as (address, _):
        shop = Shop(address, store, company_today[1])
        for race in SEEN_BY[hole]:
            try:
                with pytest.raises((AssertionError, KeyError)):
                    race(shop)
            finally:
                shop.hang_up()
    store.close()
