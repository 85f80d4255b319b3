"""The quarantine's page, and that the codes in the docs are the codes in the code."""

import re
from pathlib import Path

from data.intake import TABLES, take_in
from data.intake.codes import CODES, Costs
from data.intake.report import PAGE_LINES, as_page, causes
from tests.data.intake.folders import AS_OF, baseline, demand_row, write

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs" / "intake.md"
BEGIN, END = "<!-- codes: made from data/intake/codes.py -->", "<!-- codes end -->"


def test_causes_are_grouped_with_money_at_stake_and_three_examples(tmp_path: Path):
    tables = baseline()
    tables["stock"][1] = tables["stock"][1] | {"unit_of_measure": "BOX"}
    tables["demand"] += [demand_row("P-200", "FSL-9", AS_OF, 2)] * 5
    intake = take_in(write(tmp_path, tables), as_of=AS_OF)
    found = causes(intake)
    assert found.select("table", "code", "rows", "pieces", "value").rows() == [
        ("demand", "ref.unknown", 5, 10.0, 4800.0),
        ("stock", "unit_of_measure.conflict", 1, 4.0, 1920.0),
    ]
    assert [len(examples) for examples in found["examples"]] == [3, 1]
    page = as_page(intake)
    assert page.startswith("6 rows rejected, 6,720 of stock, demand and orders behind them;")
    assert "FSL-9 in demand.csv line 1045" in page


def test_the_page_stays_a_page(tmp_path: Path):
    tables = baseline()
    for column in tables["parts"][0]:
        if column != "part_id":
            bad = tables["parts"][0] | {"part_id": f"P-{column}", column: "=\x07" + "x" * 3000}
            tables["parts"].append(bad)
    for table in ("stock", "lead_times", "demand"):
        row = dict(tables[table][0])
        for column in row:
            tables[table].append(row | {column: "-nonsense-" * 40})
    page = as_page(take_in(write(tmp_path, tables), as_of=AS_OF))
    assert len(page.splitlines()) <= PAGE_LINES
    assert max(len(line) for line in page.splitlines()) <= 100
    assert "more causes" in page


def test_a_clean_folder_has_an_empty_page(tmp_path: Path):
    intake = take_in(write(tmp_path, baseline()), as_of=AS_OF)
    assert as_page(intake) == "0 rows rejected; 0 files refused."


def test_every_code_in_use_is_listed_and_every_listed_code_is_in_use():
    source = "\n".join(
        path.read_text() for path in (ROOT / "data" / "intake").glob("*.py") if path.stem != "codes"
    )
    used = set(re.findall(r'"([a-z_]+\.[a-z_0-9]+)"', source)) - {"file.csv"}
    assert {code for code in used if code.split(".")[0] in {c.split(".")[0] for c in CODES}} == set(
        CODES
    )


def codes_table() -> str:
    lines = ["| code | costs | means |", "|---|---|---|"]
    for price in Costs:
        listed = sorted((code, one.means) for code, one in CODES.items() if one.costs is price)
        lines += [f"| `{code}` | {price} | {means} |" for code, means in listed]
    return "\n".join(lines)


def test_the_docs_have_the_codes_as_they_are():
    text = DOCS.read_text(encoding="utf-8")
    told = text.split(BEGIN)[1].split(END)[0].strip()
    assert told == codes_table(), f"write this between the marks of {DOCS.name}:\n{codes_table()}"


def tables_table() -> str:
    lines = ["| table | columns (required in bold) |", "|---|---|"]
    for table in TABLES.values():
        names = (f"**{one.name}**" if one.required else one.name for one in table.columns)
        lines.append(f"| `{table.name}` | {', '.join(names)} |")
    return "\n".join(lines)


def test_the_docs_have_the_tables_as_they_are():
    text = DOCS.read_text(encoding="utf-8")
    told = text.split("data/intake/tables.py -->")[1].split("<!-- tables end -->")[0].strip()
    assert told == tables_table()
