"""What a person sees: progress on standard error, results on standard output."""

import sys
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

OUT = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
ERR = Console(stderr=True, highlight=False, soft_wrap=True)


class StageBars:
    """One line per stage with a bar; silent where nobody watches."""

    def __init__(self, *, quiet: bool) -> None:
        self._bars = Progress(
            TextColumn("{task.description:<12}"),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            console=ERR,
            disable=quiet or not sys.stderr.isatty(),
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> "StageBars":
        self._bars.start()
        return self

    def __exit__(self, *_trouble: object) -> None:
        self._bars.stop()

    def __call__(self, stage: str, share: float) -> None:
        """Hear that `share` of `stage` is done."""
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=1.0)
        self._bars.update(self._tasks[stage], completed=share)


def table(title: str, *headings: str, rows: list[tuple[Any, ...]]) -> Table:
    """A plain table; columns of figures line up on the right."""
    lined = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for place, heading in enumerate(headings):
        figures = all(_is_figure(row[place]) for row in rows) and bool(rows)
        lined.add_column(heading, justify="right" if figures else "left", overflow="fold")
    for row in rows:
        lined.add_row(*("" if cell is None else str(cell) for cell in row))
    return lined


def _is_figure(cell: Any) -> bool:
    text = str(cell).strip("+-−%() ").replace(",", "").replace(".", "")
    return cell is None or text in ("", "–") or text.removesuffix("x").isdigit()


def money(value: float | None, digits: int = 0) -> str:
    """An amount with thousands separated; – where there is none."""
    return "–" if value is None else f"{value:,.{digits}f}"


def percent(value: float | None, digits: int = 2) -> str:
    """A share as per cent; – where there is none."""
    return "–" if value is None else f"{100 * value:.{digits}f} %"
