"""How findings are shown: sizes of charts, money in titles."""

from typing import Any

import altair as alt
import polars as pl

WIDTH, HEIGHT, FULL = 500, 270, 1060  # pixels; `FULL` is two beside each other


def money(cents: int) -> str:
    """Whole units of money, for a title."""
    return f"{cents / 100:,.0f}"


def site_bars(amounts: pl.DataFrame, title: str, **channels: Any) -> alt.Chart:
    """Bars of amounts, one line for each site.

    Args:
        amounts: location_id, `value` and what the colour tells apart.
        title: of the axis of `value`.
        channels: what else is encoded, and how.
    """
    y = alt.Y("location_id:N", title=None, sort="-x")
    x = alt.X("value:Q", title=title, axis=alt.Axis(format="~s"))
    height = max(HEIGHT, 16 * amounts["location_id"].n_unique())
    bars: alt.Chart = alt.Chart(amounts).mark_bar().encode(y=y, x=x, **channels)
    return bars.properties(width=FULL - 300, height=height)
