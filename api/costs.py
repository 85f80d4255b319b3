"""Figures of money, left out of what is shown to those who do not answer for them."""

from collections.abc import Mapping
from typing import Any, Final

from inventory.people import Person

MONEY: Final = frozenset(
    {
        "unit_cost", "currency", "holding_rate", "ordering_cost", "stock_value",
        "holding_cost_per_year", "ordering_cost_per_year", "value_change", "cost_per_year_change",
        "cost_per_year", "lower_bound_per_year", "value", "summary",
    }
)  # fmt: skip


def visible(person: Person, row: Mapping[str, Any]) -> dict[str, Any]:
    """`row` as `person` may see it."""
    if person.role.sees_costs:
        return dict(row)
    return {name: value for name, value in row.items() if name not in MONEY}
