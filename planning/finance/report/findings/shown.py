"""How findings are shown: sizes of charts, money in titles."""

WIDTH, HEIGHT, FULL = 500, 270, 1060  # pixels; `FULL` is two beside each other


def money(cents: int) -> str:
    """Whole units of money, for a title."""
    return f"{cents / 100:,.0f}"
