"""One self-contained HTML file: figures, tables and charts, one bundle inside, no network.

The page carries its own content policy: nothing is fetched, and only this script, named by its
hash, may run; the charts' expressions are interpreted instead of compiled, so no `eval` is needed.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import vl_convert

OURS, TODAY, OTHERS, INK, SOFT = "#0b6e4f", "#c2410c", "#b9c2c9", "#22303c", "#51606d"
Chart = Any  # altair's layers are typed more narrowly than they are
CONFIG = {
    "font": "system-ui, DejaVu Sans, sans-serif",
    "view": {"stroke": None},
    "axis": {"labelFontSize": 11, "titleFontSize": 11, "titleColor": SOFT, "gridColor": "#eef1f4"},
    "legend": {"labelFontSize": 11, "titleFontSize": 11},
}
_DRAW = """
for (const one of document.querySelectorAll('script[data-chart]')) {
  const place = document.getElementById(one.dataset.chart);
  vegaEmbed(place, JSON.parse(one.textContent), {actions: false, renderer: 'svg', ast: true});
}
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell, and the fact it shows, if it is one."""

    shown: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table; a sum is set in bold."""

    cells: Sequence[Cell]
    sum: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table; columns in `text` read from the left."""

    headings: Sequence[str]
    rows: Sequence[Row]
    text: tuple[int, ...] = (0,)
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One finding: its title says it, the words say how to read what is shown."""

    id: str
    title: str
    words: str
    chart: str = ""  # of `drawn`
    tables: Sequence[Table] = field(default_factory=tuple)
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that stands out; `exact` is what it is a short form of."""

    id: str
    shown: str
    label: str
    exact: str = ""


def document(
    title: str, lead: str, figures: Sequence[Figure], sections: Sequence[Section], footer: str
) -> str:
    """The whole page."""
    script = _script()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    pages = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True)
    return pages.get_template("page.html.jinja").render(
        title=title, lead=lead, figures=figures, sections=sections, footer=footer,
        script=script, script_hash=f"sha256-{digest}",
    )  # fmt: skip


def drawn(chart: Chart) -> str:
    """A chart as JSON that may stand inside a page, whatever its texts say."""
    text = json.dumps(specification(chart), ensure_ascii=False, sort_keys=True)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def svg(chart: Chart) -> str:
    """The same chart as a picture."""
    return str(vl_convert.vegalite_to_svg(specification(chart)))


def specification(chart: Chart) -> dict[str, Any]:
    """What Vega draws."""
    return {**chart.to_dict(), "config": CONFIG}


@cache
def _script() -> str:
    bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return f"{bundle}\n{_DRAW}".replace("</script", "<\\/script")
