"""What a piece that is waited for costs a day, by item."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from inventory.demand import Floats, Ints
from planning.world import World

_WORDS = ("location_id", "criticality", "tier")


def of(
    world: World, delay_costs: pl.DataFrame, class_share: Mapping[str, Floats], rows: Ints
) -> Floats | None:
    """Money per waiting piece and day, by row of the world; None where nobody named a price.

    Of the rows of the table that fit the most specific counts. An item whose customers are of
    several classes costs what each class costs, by its share of the item's pieces.
    """
    if delay_costs.is_empty():
        return None
    words = {
        "location_id": world.items["location_id"][rows],
        "criticality": world.of_parts("criticality")[rows],
        "tier": world.of_locations("tier")[rows],
    }
    price = _price(delay_costs, words, None)
    for name in delay_costs["customer_class"].drop_nulls().unique().sort():
        price = price + class_share[name] * (
            _price(delay_costs, words, name) - _price(delay_costs, words, None)
        )
    return price


def _price(
    delay_costs: pl.DataFrame, words: Mapping[str, pl.Series], customer_class: str | None
) -> Floats:
    """The price for customers of one class; None: for those of no class that has its own."""
    own = pl.col("customer_class").is_null()
    if customer_class is not None:
        own = own | (pl.col("customer_class") == customer_class)
    named = pl.sum_horizontal(pl.col(word).is_not_null() for word in (*_WORDS, "customer_class"))
    fitting = delay_costs.filter(own).with_columns(named=named)
    price = np.zeros(len(words["tier"]))
    order = ["named", "customer_class", *_WORDS]
    for row in fitting.sort(order, nulls_last=False).rows(named=True):  # the more specific last
        fits = np.ones(len(price), dtype=bool)
        for word in _WORDS:
            if row[word] is not None:
                fits &= (words[word] == row[word]).fill_null(False).to_numpy()
        price[fits] = row["cost_per_piece_and_day"]
    return price
