from planning.settings import Settings
from planning.world import build
from tests.planning.builders import a_location, a_part, a_stock, tables


def named(world):
    return list(world.items.select("part_id", "location_id").rows())


def test_an_item_exists_where_it_is_named_and_at_every_ancestor():
    chain = [a_location("VAN", parent_id="STORE"), a_location("STORE", parent_id="DEPOT")]
    world = build(
        tables(
            parts=[a_part("P-1"), a_part("P-2")],
            locations=[*chain, a_location("DEPOT"), a_location("ELSEWHERE")],
            stock=[a_stock("P-1", "VAN"), a_stock("P-2", "ELSEWHERE")],
        ),
        Settings(),
    )
    assert named(world) == [
        ("P-1", "DEPOT"), ("P-1", "STORE"), ("P-1", "VAN"), ("P-2", "ELSEWHERE"),
    ]  # fmt: skip


def test_a_part_that_is_no_longer_active_is_not_planned():
    given = tables(
        parts=[a_part("P-1", active=False), a_part("P-2")],
        locations=[a_location()],
        stock=[a_stock("P-1"), a_stock("P-2")],
    )
    assert named(build(given, Settings())) == [("P-2", "L-1")]


def test_row_order_of_the_tables_does_not_matter():
    parts = [a_part("P-2"), a_part("P-1")]
    stock = [a_stock("P-2"), a_stock("P-1")]
    one = build(tables(parts=parts, locations=[a_location()], stock=stock), Settings())
    other = build(
        tables(parts=parts[::-1], locations=[a_location()], stock=stock[::-1]), Settings()
    )
    assert one.items.equals(other.items)
    assert one.parts.equals(other.parts)


def test_missing_figures_of_a_part_are_filled_from_the_settings():
    given = tables(parts=[a_part()], locations=[a_location()], stock=[a_stock()])
    world = build(given, Settings(holding_rate=0.3, ordering_cost=12.0))
    assert world.numbers("holding_rate").tolist() == [0.3]
    assert world.numbers("ordering_cost").tolist() == [12.0]
    assert world.of_parts("order_multiple").to_list() == [1]
