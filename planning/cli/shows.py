"""An answer as a person reads it: what it costs, what is kept, what changed, what was rejected."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
from rich.markup import escape

from planning.answer import Answer
from planning.cli.screen import OUT, money, percent, table
from planning.exits import Exit

Summary = Mapping[str, Any]
_BOUGHT = {
    "optimal": "Proven: no plan within the budget beats {bound}; {gap} from it.",
    "stopped": "Not proven best: no plan within the budget beats {bound}; {gap} from it.",
    "not_proven": "Not proven: no bound is known for this network.",
    "impossible": "Impossible as asked: this is the nearest plan, and it cannot be approved.",
}
_VERDICT = {
    "optimal": "Proven: this plan is within {gap} of {bound} a year, below which no plan can go.",
    "stopped": "Not proven best: within {gap} of {bound} a year, below which no plan can go.",
    "not_proven": "Not proven: no bound is known for this network.",
    "impossible": "Impossible as asked: this is the nearest plan, and it cannot be approved.",
    "evaluated": "As the levels stand.",
}


def show(answer: Answer, out: Path) -> None:
    """Tell the answer; parts that it does not have are left out."""
    summary = answer.summary
    if answer.exit is Exit.INPUT_REFUSED:
        refused(summary, out)
        return
    for part in (costs, promises, changes, measured, doubts):
        part(summary)
    worklist(answer.tables)
    files = (*answer.tables, *answer.pages, *answer.files, "summary.json")
    if page := answer.pages.get("rejected.txt"):
        OUT.print(f"\n{page}", markup=False)
    OUT.print(f"\nWritten to {escape(str(out))}: {', '.join(files)}")


def refused(summary: Summary, out: Path) -> None:
    """Why nothing was calculated."""
    OUT.print("[bold red]The tables cannot be used; nothing was calculated.[/]")
    if summary["rejected_rows"] and not summary["refused_files"]:
        OUT.print("  The first wrong row is in rejected.csv; without --strict the rest goes on.")
    for one in summary["refused_files"]:
        OUT.print(f"  {one['file']}  ({one['code']})\n    {one['message']}", markup=False)
    OUT.print(f"\nRejected rows, if any: {out / 'rejected.csv'}", markup=False)


def costs(summary: Summary) -> None:
    """Money per year by kind, stock value, and what the proof says."""
    if "cost_per_year" not in summary:
        return
    cost, currency = summary["cost_per_year"], summary["currency"]
    bound, gap = summary.get("lower_bound_per_year"), summary.get("gap")
    OUT.print(f"\n[bold]{summary['items']:,} items on {summary['run']['as_of']}[/]")
    if not summary.get("goal"):
        verdict = _VERDICT[summary["outcome"]]
        OUT.print(verdict.format(bound=money(bound), gap=percent(gap, 3)))
    bought(summary)
    rows = [(kind.capitalize(), money(cost[kind])) for kind in ("holding", "ordering", "delay")]
    rows += [("Total", money(cost["total"])), ("Stock value", money(summary["stock_value"]))]
    OUT.print()
    OUT.print(table(f"{currency} per year", "", currency, rows=rows))


def bought(summary: Summary) -> None:
    """What a budget bought, and how near that is to the best it could."""
    if not (goal := summary.get("goal")):
        return
    measure = goal["measure"]
    reached, bound = _level(measure, goal["achieved"]), _level(measure, goal["bound"])
    word = measure.replace("_", " ")
    OUT.print(f"A stock value of {money(goal['budget'])} buys {word} {reached}.")
    OUT.print(_BOUGHT[summary["outcome"]].format(bound=bound, gap=percent(summary["gap"], 3)))


def promises(summary: Summary) -> None:
    """Each promise: asked, reached, and what its next point or hour costs."""
    if not summary.get("targets"):
        return
    # levels given from outside have no prices, nor have targets that do not bind
    chosen = summary["outcome"] != "evaluated" and not summary.get("goal")
    judged = any(one.get("as_network") is not None for one in summary["targets"])
    rows = [
        (
            one["measure"].replace("_", " "),
            one["scope"] + (f", each {one['per']}" if one["per"] == "item" else ""),
            _level(one["measure"], one["target"]),
            _level(one["measure"], one["achieved"]),
            _kept(one),
            *([_in_network(one)] if judged else []),
            *([_next_step(one)] if chosen else []),
        )
        for one in summary["targets"]
    ]
    headings = ["Promise", "where", "asked", "reached", ""]
    headings += ["as a network"] if judged else []
    headings += ["next step costs a year"] if chosen else []
    OUT.print()
    OUT.print(table("Promises", *headings, rows=rows))


def _level(measure: str, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.2f} days" if measure == "waiting_days" else percent(value)


def _kept(one: Mapping[str, Any]) -> str:
    if one["achieved"] is None:
        return "nobody asks"
    if one["met"]:
        return "kept"
    reachable, waits = one["reachable"], one["measure"] == "waiting_days"
    if reachable is None or (reachable <= one["target"] if waits else reachable >= one["target"]):
        return "missed"
    return f"out of reach: at most {_level(one['measure'], one['reachable'])}"


def _in_network(one: Mapping[str, Any]) -> str:
    """What the network makes of levels chosen item by item."""
    reached = _level(one["measure"], one["as_network"])
    return reached if one["kept_as_network"] or not one["met"] else f"{reached}, missed"


def _next_step(one: Mapping[str, Any]) -> str:
    """The price of one more point, or of one hour less; nothing where the promise comes free."""
    if not one.get("price"):
        return "nothing: others carry it"
    if one["measure"] == "waiting_days":
        return f"{money(one['price'] / 24)} for an hour less"
    return f"{money(one['price'] / 100)} for a point more"


def changes(summary: Summary) -> None:
    """How the levels move against today's."""
    moved = summary.get("changes")
    if not moved or moved["new"] == summary["items"]:
        return
    line = (
        f"Levels against today's: {moved['up']:,} up, {moved['down']:,} down, {moved['same']:,} as"
    )
    OUT.print(f"\n{line} they are, {moved['new']:,} without one today.")
    if moved["off_shelf"]:
        OUT.print(
            f"{moved['off_shelf']:,} would leave the shelf for good: each is a proposal of its own."
        )


def measured(summary: Summary) -> None:
    """What a replay or a simulation saw."""
    rows = summary.get("measured")
    if rows:
        OUT.print()
        OUT.print(table(summary["title"], *rows[0], rows=[tuple(one.values()) for one in rows]))


def doubts(summary: Summary) -> None:
    """Warnings, counted by cause."""
    warnings: Sequence[Mapping[str, Any]] = summary.get("warnings", ())
    if not warnings:
        return
    counted = (
        pl.DataFrame(
            {key: [str(one[key] or "") for one in warnings] for key in ("code", "message")}
        )
        .group_by("code", maintain_order=True)
        .agg(pl.len(), pl.col("message").first())
    )
    OUT.print()
    OUT.print(table("Worth a look", "times", "code", "for example", rows=_counts(counted)))


def _counts(counted: pl.DataFrame) -> list[tuple[Any, ...]]:
    return counted.select("len", "code", pl.col("message").map_elements(escape, pl.String)).rows()


def worklist(tables: Mapping[str, pl.DataFrame]) -> None:
    """The proposals of highest value, the first page of the planner's morning."""
    proposals = tables.get("proposals")
    if proposals is None or proposals.is_empty():
        return
    by_action = proposals.group_by("action").agg(pl.len(), pl.col("value").sum()).sort("action")
    OUT.print()
    said = [(action, f"{count:,}", money(value)) for action, count, value in by_action.rows()]
    OUT.print(table("What to do now", "action", "proposals", "value", rows=said))
    top = proposals.sort("value", "part_id", "location_id", descending=[True, False, False]).head(8)
    columns = ("part_id", "location_id", "action", "quantity", "source", "value", "reason")
    rows = [(*row[:5], money(row[5]), row[6]) for row in top.select(columns).rows()]
    OUT.print()
    OUT.print(table("The largest of them", *columns, rows=rows))
