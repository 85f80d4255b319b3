"""One page that says how good the forecasts are: charts as pictures inside, no network needed."""

from dataclasses import dataclass
from html import escape
from typing import Any

import altair as alt
import numpy as np
import polars as pl
import vl_convert

from forecasting import Forecasts, History, Periods
from forecasting.backtest import CHOSEN, QUANTILES
from forecasting.backtest.methods import of_law
from inventory.demand import Floats, Ints

OURS, OTHERS, INK = "#0b6e4f", "#b9c2c9", "#22303c"
WIDTH, HEIGHT = 420, 260
ALL = "all"
Chart = Any  # altair's layers are typed more narrowly than they are
SHOWN = {CHOSEN: "sparewise"}
CLEARLY_WORSE = 3.0  # baselines beyond so many times the best are told, not drawn


@dataclass(frozen=True, slots=True)
class Telling:
    """One item as an example: its demand, what one lead time asked for, what is expected."""

    name: str
    reason: str
    months: list[str]
    pieces: list[float]
    window: list[float]  # pieces of the last `horizon` periods, by period
    horizon: int
    quantiles: list[float]


def telling(
    history: History, periods: Periods, horizon: Ints, days: Floats,
    expected: Forecasts, names: pl.Series,
) -> list[Telling]:  # fmt: skip
    """The item with most requests of each class, and one that dies or was never asked for."""
    dying = expected.reason.str.contains("dying").to_numpy()
    groups = [
        expected.demand_class == word for word in ("smooth", "erratic", "intermittent", "lumpy")
    ]
    masks = [group.to_numpy() & ~dying for group in groups] + [dying]
    picked = [_busiest(expected.events, mask) for mask in masks if mask.any()]
    silent = expected.events == 0
    if not dying.any() and silent.any():  # the one that was silent longest
        picked.append(_busiest(history.periods - history.first_period, silent))
    law = of_law(expected.demand, days, QUANTILES)
    starts = [str(day) for day in periods.starts()[:-1]]
    return [
        _example(history, row, int(horizon[row]), starts, law.quantile[row], expected, names)
        for row in picked
    ]


def _busiest(events: Ints, mask: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> int:
    """The first with most of `events` among those where `mask` is true."""
    return int(np.argmax(np.where(mask, events, -1)))


def _example(
    history: History, row: int, horizon: int, starts: list[str], quantiles: Floats,
    expected: Forecasts, names: pl.Series,
) -> Telling:  # fmt: skip
    here = slice(history.start[row], history.start[row + 1])
    pieces = np.bincount(
        history.period[here], history.pieces[here].astype(float), minlength=history.periods
    )
    sums = np.cumsum(np.concatenate(([0.0], pieces)))
    window = sums[1:] - np.concatenate((np.zeros(horizon - 1), sums))[: len(pieces)]
    return Telling(
        names[row], expected.reason[row], starts, pieces.tolist(), window.tolist(), horizon,
        quantiles.tolist(),
    )  # fmt: skip


def page(
    table: pl.DataFrame,
    methods: dict[str, dict[str, Any]],
    protocol: dict[str, Any],
    examples: list[Telling],
    currency: str,
) -> str:
    """The whole page."""
    total = table.filter(demand_class=ALL).with_columns(
        shown=pl.col("method").replace(SHOWN), ours=pl.col("method") == CHOSEN
    )
    best = float(total["scaled_pinball"].min())  # type: ignore[arg-type]
    drawn = total.filter(pl.col("scaled_pinball") <= CLEARLY_WORSE * best)
    charts = [
        ("Loss where stock is decided", _LOSS, _svg(_losses(drawn))),
        ("Do promises hold?", _HOLD, _svg(_calibration(drawn))),
        (
            "What it means in money",
            _MONEY + _at_equal_service(methods, currency),
            _svg(_stock(drawn, currency)),
        ),
    ]
    figures = "".join(_figure(*one) for one in charts)
    items = "".join(_item(one, str(protocol["period"])) for one in examples)
    return _PAGE.format(
        lead=_lead(total), figures=figures, classes=_classes(table), items=items,
        protocol=_protocol(protocol), left_out=_left_out(total, drawn),
    )  # fmt: skip


def _lead(total: pl.DataFrame) -> str:
    ours = total.row(by_predicate=pl.col("ours"), named=True)
    rival = total.filter(~pl.col("ours")).sort("scaled_pinball").row(0, named=True)
    less = 1 - ours["scaled_pinball"] / rival["scaled_pinball"]
    word = "less" if less >= 0 else "more"
    return (
        f"Judged by the demand of whole lead times, the forecasts lose <b>{abs(less):.1%} {word}"
        f"</b> than the best of {total.height - 1} usual methods ({escape(rival['shown'])})."
        f" A level meant to hold 99 times in 100 held in <b>{ours['calibration_0.99']:.1%}</b> of"
        f" {ours['cases']:,} cases; one meant for 90 in <b>{ours['calibration_0.9']:.1%}</b>."
    )


def _at_equal_service(methods: dict[str, dict[str, Any]], currency: str) -> str:
    """The stock each method needs to hand over as much as ours does, in a sentence."""
    needed = {
        SHOWN.get(name, name): one["stock_value_at_equal_service"]
        for name, one in methods.items()
        if one["stock_value_at_equal_service"] is not None
    }
    ours = needed.pop(SHOWN[CHOSEN], None)
    if ours is None or not needed:
        return ""
    rival = min(needed, key=lambda name: needed[name])
    served = methods[CHOSEN]["fill_rate"]["0.95"]
    return (
        f" To hand over {served:.0%} of the pieces at once, sparewise leaves <b>{ours:,.0f}"
        f" {escape(currency)}</b> per item on the shelf, the thriftiest usual method"
        f" ({escape(rival)}) {needed[rival]:,.0f}."
    )


def _losses(total: pl.DataFrame) -> Chart:
    return (
        alt.Chart(total.select("shown", "ours", "scaled_pinball"))
        .mark_bar()
        .encode(
            x=alt.X("scaled_pinball:Q", title="loss, in periods of mean demand (less is better)"),
            y=alt.Y("shown:N", sort="x", title=None),
            color=alt.condition("datum.ours", alt.value(OURS), alt.value(OTHERS)),
        )
        .properties(width=WIDTH, height=HEIGHT)
    )


def _long(total: pl.DataFrame, prefix: str) -> pl.DataFrame:
    names = {f"{prefix}_{share:g}": float(share) for share in QUANTILES}
    long = total.select("shown", "ours", *names).unpivot(
        index=["shown", "ours"], value_name=prefix, variable_name="quantile"
    )
    return long.with_columns(pl.col("quantile").replace_strict(names, return_dtype=pl.Float64))


def _calibration(total: pl.DataFrame) -> Chart:
    values = _long(total, "calibration").with_columns(
        off=100 * (pl.col("calibration") - pl.col("quantile"))
    )
    base = alt.Chart(values).encode(
        x=alt.X("quantile:O", title="share of outcomes a level is meant to cover",
                axis=alt.Axis(format=".0%", labelAngle=0)),
        y=alt.Y("off:Q", title="covered beyond that, percentage points"),
        detail="shown:N",
    )  # fmt: skip
    others = base.transform_filter("!datum.ours").mark_line(color=OTHERS)
    ours = base.transform_filter("datum.ours").mark_line(color=OURS, strokeWidth=3, point=True)
    exact = alt.Chart(pl.DataFrame({"off": [0.0]})).mark_rule(strokeDash=[4, 4]).encode(y="off:Q")
    return alt.layer(others, exact, ours).properties(width=WIDTH, height=HEIGHT)


def _stock(total: pl.DataFrame, currency: str) -> Chart:
    values = _long(total, "stock_value").join(
        _long(total, "fill_rate"), on=["shown", "ours", "quantile"]
    )
    base = alt.Chart(values).encode(
        x=alt.X("stock_value:Q", title=f"stock left per item, {currency}"),
        y=alt.Y("fill_rate:Q", title="pieces handed over at once", scale=alt.Scale(zero=False),
                axis=alt.Axis(format=".0%")),
        detail="shown:N",
        order="quantile:Q",
    )  # fmt: skip
    others = base.transform_filter("!datum.ours").mark_line(color=OTHERS)
    ours = base.transform_filter("datum.ours").mark_line(color=OURS, strokeWidth=3, point=True)
    return alt.layer(others, ours).properties(width=WIDTH, height=HEIGHT)


def _demand(one: Telling) -> Chart:
    past = pl.DataFrame({"month": one.months, "pieces": one.pieces, "window": one.window})
    x = alt.X("month:T", title=None)
    bars = (
        alt.Chart(past)
        .mark_bar(color=OTHERS, width=7)
        .encode(x=x, y=alt.Y("pieces:Q", title="pieces"))
    )
    line = (
        alt.Chart(past)
        .mark_line(color=INK, interpolate="step", strokeWidth=1)
        .encode(x=x, y="window:Q")
    )
    shares = zip(QUANTILES, one.quantiles, strict=True)
    words = [f"{share:.0%}: {level:g}" for share, level in shares]
    levels = pl.DataFrame({"level": one.quantiles, "words": words})
    levels = levels.group_by("level", maintain_order=True).agg(pl.col("words").last())
    rules = alt.Chart(levels).mark_rule(color=OURS, opacity=0.7).encode(y="level:Q")
    labels = (
        alt.Chart(levels)
        .mark_text(align="left", dx=4, color=OURS, fontSize=10)
        .encode(x=alt.value(WIDTH + 90), y="level:Q", text="words:N")
    )
    return alt.layer(bars, line, rules, labels).properties(width=WIDTH + 90, height=150)


def _svg(chart: Chart) -> str:
    config = {"font": "sans-serif", "view": {"stroke": None}, "axis": {"labelFontSize": 11}}
    return str(vl_convert.vegalite_to_svg(chart.to_dict() | {"config": config}))


def _figure(title: str, words: str, svg: str) -> str:
    return f"<figure><h2>{title}</h2><p>{words}</p>{svg}</figure>"


def _item(one: Telling, period: str) -> str:
    span = f"{one.horizon} {period}s" if one.horizon > 1 else period
    words = (
        f"{escape(one.reason)}.<br>Grey: pieces in each {period}. Dark line: pieces in the last "
        f"{span}, one lead time. Green: what the next {span} will not exceed, with that chance."
    )
    return f"<figure><h3>{escape(one.name)}</h3><p>{words}</p>{_svg(_demand(one))}</figure>"


def _classes(table: pl.DataFrame) -> str:
    rows = []
    for (word,), group in table.filter(pl.col("demand_class") != ALL).group_by(
        "demand_class", maintain_order=True
    ):
        ours = group.row(by_predicate=pl.col("method") == CHOSEN, named=True)
        rivals = group.filter(
            (pl.col("method") != CHOSEN) & pl.col("scaled_pinball").is_finite()
        ).sort("scaled_pinball")
        if not rivals.height or not np.isfinite(ours["scaled_pinball"]):
            continue
        rival = rivals.row(0, named=True)
        rows.append(
            f"<tr><td>{word}</td><td>{ours['cases']:,}</td><td>{ours['scaled_pinball']:.3f}</td>"
            f"<td>{rival['scaled_pinball']:.3f} ({escape(rival['method'])})</td>"
            f"<td>{ours['calibration_0.9']:.1%}</td><td>{ours['calibration_0.99']:.1%}</td>"
            f"<td>{ours['bias']:+.1%}</td></tr>"
        )
    return "".join(rows)


def _left_out(total: pl.DataFrame, drawn: pl.DataFrame) -> str:
    rows = total.join(drawn, on="shown", how="anti")
    if rows.is_empty():
        return ""
    told = ", ".join(f"{row['shown']} ({row['scaled_pinball']:.2f})" for row in rows.to_dicts())
    return f"<p class=small>Too far off to draw, by loss: {escape(told)}.</p>"


def _protocol(protocol: dict[str, Any]) -> str:
    first, last = protocol["origins"][0], protocol["origins"][-1]
    return (
        f"{len(protocol['origins'])} origins from {first} to {last}, {protocol['items']:,} items; "
        f"at each, every method saw only the {protocol['period']}s closed by then and predicted "
        f"the demand of each item's lead time and review ({protocol['median_horizon_periods']:g} "
        f"{protocol['period']}s for the middle one). Usual methods are given a negative binomial "
        "as wide as their own past errors over a lead time."
    )


_LOSS = (
    "Pinball loss of the 90, 95 and 99 % levels together: too much stock and too little, weighed "
    "as those levels weigh them; each item counts in units of its own mean demand."
)
_HOLD = (
    "Green: sparewise; grey: the usual methods. Zero is a promise kept exactly. Above: more was "
    "covered than said, stock to spare. Below: less than said."
)
_MONEY = (
    "Stocked up to its 50, 80, 90, 95 or 99 % level, what was left and what could be handed over. "
    "Further up and further left is better."
)
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Forecasts against what happened</title><style>
body {{ font: 15px/1.5 system-ui, sans-serif; color: #22303c; margin: 2rem auto; max-width: 72rem;
  padding: 0 1rem }}
h1 {{ font-size: 1.6rem }} h2 {{ font-size: 1.15rem }} h3 {{ font-size: 1rem; margin-bottom: 0 }}
.charts {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(30rem, 1fr));
  gap: 1rem 2rem }} figure {{ margin: 0;
  max-width: 36rem }}
figure p {{ margin: .2rem 0 .6rem; color: #51606d; font-size: .9rem; max-width: 34rem }}
svg {{ max-width: 100%; height: auto }} .small {{ color: #51606d; font-size: .85rem }}
table {{ border-collapse: collapse }} td, th {{ padding: .25rem .8rem; text-align: right }}
td:first-child, th:first-child {{ text-align: left }} tr + tr td {{ border-top: 1px solid #dde3e8 }}
</style></head><body>
<h1>Forecasts against what happened</h1>
<p>{lead}</p>
<div class="charts">{figures}</div>
{left_out}
<h2>By class of demand</h2>
<table><tr><th>class</th><th>cases</th><th>loss</th><th>best usual method</th><th>90 % held</th>
<th>99 % held</th><th>bias</th></tr>{classes}</table>
<h2>Telling items</h2>
<div class="charts">{items}</div>
<h2>How this was measured</h2>
<p class="small">{protocol}</p>
</body></html>
"""
