"""The picture of the README, drawn from what `sparewise compare` measured on the demo company.

make demo
python -m benchmarks picture
"""

import json
import sys
from pathlib import Path

import altair as alt
import polars as pl

from planning.finance.forms.page import OURS, TODAY, svg

COMPARED = Path("build/demo/compared/summary.json")
PICTURE = Path("docs/pictures/same_service.svg")


def main() -> None:
    """Draw it anew; the figures are those of the last `make demo`."""
    if not COMPARED.is_file():
        sys.exit(f"{COMPARED} is not there; run `make demo` first.")
    told = json.loads(COMPARED.read_text(encoding="utf-8"))
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(drawn(told) + "\n", encoding="utf-8")
    print(f"{PICTURE}: {told['title']}")


def drawn(told: dict) -> str:
    """Stock value of today's levels, and what no worse service takes, the dear case too."""
    today, unit = told["today"]["stock_value"], told["currency"]
    rows = [{"what": "today's levels", "value": today, "said": f"{today:,.0f}", "kind": "today"}]
    for one in told["same_service"]:
        value = one["stock_value"]
        if value is None:
            continue
        change = f"{-100 * one['less']:+.0f} %".replace("-", "\u2212")
        rows.append({"what": one["service"], "value": value, "said": f"{value:,.0f}  ({change})",
                     "kind": "plan"})  # fmt: skip
    frame = pl.DataFrame(rows)
    colour = alt.Color("kind:N", legend=None,
                       scale=alt.Scale(domain=["today", "plan"], range=[TODAY, OURS]))  # fmt: skip
    base = alt.Chart(frame).encode(
        y=alt.Y("what:N", sort=None, title=None, axis=alt.Axis(labelLimit=320, labelFontSize=13)),
        x=alt.X("value:Q", title=f"mean stock value over the further year, {unit}",
                axis=alt.Axis(format="~s"),
                scale=alt.Scale(domain=[0, 1.25 * frame["value"].max()])),
    )  # fmt: skip
    words = base.mark_text(align="left", dx=6, fontSize=13).encode(text="said:N")
    chart = alt.layer(base.mark_bar(height=22).encode(color=colour), words)
    title = alt.TitleParams(
        "Stock for service no worse than today's, on a year nobody had seen",
        anchor="start", fontSize=15,
    )  # fmt: skip
    return svg(chart.properties(width=560, height=150, title=title))
