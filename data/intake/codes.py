"""Every code the door knows: what it costs and what it means. The docs' table is made from this."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class Costs(StrEnum):
    """What a code costs its bearer."""

    ROW = "the row"
    FILE = "the file"
    WORD = "a warning"


class Code(NamedTuple):
    """A code's price and its meaning."""

    costs: Costs
    means: str


_ROW, _FILE, _WORD = Costs.ROW, Costs.FILE, Costs.WORD

CODES: Mapping[str, Code] = MappingProxyType(
    {
        "bool.format": Code(_ROW, "neither true nor false"),
        "column.type": Code(_FILE, "a column is stored as something that cannot be read as meant"),
        "column.unknown": Code(_WORD, "a column nobody here knows; it is not read"),
        "contract.overlap": Code(_ROW, "two contracts promise different tiers for the same days"),
        "cost.jump": Code(_WORD, "ten times dearer or cheaper than in the delivery before"),
        "cost.zero": Code(_WORD, "a part that costs nothing would be stocked without limit"),
        "csv.delimiter": Code(_FILE, "separated by another sign than stated"),
        "csv.field_too_long": Code(_FILE, "a field longer than 131,072 bytes"),
        "csv.unclosed_quote": Code(_FILE, "a quote is never closed, or stands inside a text"),
        "csv.unreadable": Code(_FILE, "no CSV that any reader agrees on"),
        "currency.assumed": Code(_WORD, "several currencies and none stated for the report"),
        "currency.converted": Code(_WORD, "prices were converted, at the rate named"),
        "currency.no_rate": Code(_ROW, "a currency without exchange rate on or before the day"),
        "date.ambiguous": Code(_ROW, "day or month first?"),
        "date.converted_to_site_day": Code(_WORD, "the moment falls on another day at the site"),
        "date.future": Code(_ROW, "it has not happened yet on the day of the plan"),
        "date.invalid": Code(_ROW, "no day of the calendar"),
        "date.out_of_range": Code(_ROW, "before 1990 or after 2100; a spreadsheet's empty day"),
        "date.range_reversed": Code(_ROW, "it ends before it begins"),
        "demand.outlier": Code(
            _WORD, "far beyond anything asked before; set aside until confirmed"
        ),
        "demand.return": Code(_WORD, "a negative quantity; set aside as a return, no demand"),
        "encoding.invalid_utf8": Code(_FILE, "not UTF-8"),
        "encoding.utf16": Code(_FILE, "UTF-16, Excel's “Unicode text”"),
        "encoding.wrong": Code(_FILE, "not the encoding that was stated"),
        "enum.unknown": Code(_ROW, "none of the allowed words"),
        "file.ambiguous": Code(_FILE, "one table in several files"),
        "file.changed_while_reading": Code(_FILE, "still being written"),
        "file.empty": Code(_FILE, "nothing in it"),
        "file.missing": Code(_FILE, "a table that the work needs is not there"),
        "file.no_rows": Code(_FILE, "a header and no rows; it would erase what is known"),
        "file.not_ordinary": Code(_FILE, "a link or a device"),
        "file.too_large": Code(_FILE, "larger than the settings allow, as it lies or unpacked"),
        "file.type_mismatch": Code(_FILE, "not what its name says"),
        "file.unreadable": Code(_FILE, "cannot be opened or is damaged"),
        "header.below_title": Code(_WORD, "lines above the header were left out"),
        "header.duplicate_column": Code(_FILE, "one column twice"),
        "header.missing_column": Code(_FILE, "a required column is not there"),
        "header.repeated": Code(_FILE, "the header again in the middle: two exports in one file"),
        "id.format": Code(_ROW, "signs that no id may hold, or a path"),
        "id.looks_mangled": Code(_ROW, "a number in scientific form: a spreadsheet ruined the id"),
        "id.missing": Code(_ROW, "blank"),
        "id.near_duplicate": Code(_ROW, "another id but for case, blanks or composed letters"),
        "key.duplicate_conflict": Code(_FILE, "two rows of one key that disagree"),
        "key.duplicate_identical": Code(_WORD, "the same row twice; taken once"),
        "lead_time.missing": Code(_WORD, "unknown: not planned, nothing promised"),
        "lead_time.placeholder": Code(_ROW, "ten years and more stand for “unknown”"),
        "lead_time.sd_large": Code(_WORD, "spread of more than three times the lead time"),
        "lead_time.zero": Code(_WORD, "an instant supplier"),
        "minimum_order_quantity.rounded_up": Code(_WORD, "no multiple of the order multiple"),
        "network.two_roots": Code(_WORD, "several locations without parent"),
        "number.above_max": Code(_ROW, "too large to be true"),
        "number.below_min": Code(_ROW, "too small to be true"),
        "number.format": Code(_ROW, "no number"),
        "number.locale_ambiguous": Code(_ROW, "comma or point: which is the decimal sign?"),
        "number.not_finite": Code(_ROW, "infinite, or not a number"),
        "number.not_integer": Code(_ROW, "a part of a piece"),
        "part.inactive": Code(_WORD, "demand for a part that is no longer active"),
        "period.gap_all_parts": Code(_WORD, "whole periods without a row for any part: missing"),
        "period.partial_first": Code(_WORD, "the history begins within a period"),
        "period.partial_last": Code(_WORD, "the history ends within a period"),
        "rate.looks_like_percent": Code(_ROW, "a share given in percent"),
        "ref.cycle": Code(_FILE, "rows that name each other in a circle"),
        "ref.rejected": Code(_ROW, "it names a row that was rejected"),
        "ref.unknown": Code(_ROW, "it names something that is not there"),
        "row.field_count": Code(_ROW, "more or fewer fields than the header"),
        "row.total": Code(_ROW, "a total below the table"),
        "snapshot.incomplete": Code(_FILE, "stock of a location with demand is absent"),
        "snapshot.out_of_order": Code(_FILE, "older than the snapshot in force"),
        "stock.below_reserved": Code(_WORD, "less on hand than reserved"),
        "substitute.itself": Code(_ROW, "a part as its own substitute"),
        "target.tier_order": Code(_WORD, "a lower tier is promised more than a higher one"),
        "text.control": Code(_ROW, "control characters in a text"),
        "text.formula_like": Code(
            _WORD, "text that a spreadsheet would run; kept, written as text"
        ),
        "text.markup": Code(_WORD, "text that a browser would run; kept, shown as text"),
        "text.too_long": Code(_ROW, "longer than the column allows"),
        "tier.no_target": Code(_WORD, "a tier without target: its locations are not planned"),
        "timezone.unknown": Code(_ROW, "no time zone of the IANA list"),
        "unit_of_measure.conflict": Code(_ROW, "another unit than the part's, without pack size"),
        "unit_of_measure.converted": Code(_WORD, "packs were counted as pieces"),
        "unit_of_measure.unknown": Code(_ROW, "a unit nobody here knows"),
        "value.missing": Code(_ROW, "blank, and blank is not zero"),
        "value.not_allowed": Code(_ROW, "it contradicts another cell of its row"),
        "xlsx.dtd_forbidden": Code(_FILE, "document type or entities inside"),
        "xlsx.formula_no_value": Code(_ROW, "a formula that was never calculated"),
        "xlsx.macros": Code(_FILE, "a workbook with macros"),
        "xlsx.sheet_unclear": Code(_FILE, "which sheet is meant?"),
    }
)
