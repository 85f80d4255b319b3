"""Units of measure: everything is counted in the part's own unit, and pieces are whole."""

import polars as pl

from data.intake.draft import Draft
from data.intake.quarantine import Finding, Quarantine
from data.intake.settings import IntakeSettings

EACH = ("EA", "EACH", "PC", "PCE", "PCS", "PIECE", "ST", "STK", "UN", "UNIT", "H87", "C62")
OTHERS = {
    *("BOX", "BX", "CS", "CT", "CTN", "PACK", "PK", "PAK", "PAL", "SET", "KIT", "PR", "PAIR"),
    *("ROLL", "RL", "DRUM", "BAG", "CAN", "TUBE", "REEL", "SHEET"),
    *("M", "MM", "CM", "KM", "FT", "IN", "YD", "M2", "M3", "KG", "G", "T", "LB", "OZ"),
    *("L", "ML", "GAL", "QT", "HR", "H"),
}
QUANTITIES = {
    "demand": ("quantity",),
    "stock": ("on_hand", "reserved", "on_order", "backorders"),
}
DOZEN = {"DZ": 12.0, "DOZ": 12.0}


def check_units(parts: Draft, settings: IntakeSettings, quarantine: Quarantine) -> None:
    """Reject parts in a unit that nobody knows."""
    unit = parts.frame["unit_of_measure"]
    unknown = unit.is_not_null() & ~_word(unit).is_in(_known(settings))
    remedy = pl.lit('state the pieces in one, such as pack_sizes = { PCE10 = 10 }, or use "EA".')
    finding = Finding("unit_of_measure.unknown", "unit_of_measure", unknown, remedy)
    quarantine.reject(parts, finding)


def to_part_units(
    draft: Draft, parts: Draft, settings: IntakeSettings, quarantine: Quarantine
) -> None:
    """Count packs as pieces of the part's unit; a unit that cannot be converted costs its row."""
    stated = draft.frame["unit_of_measure"]
    if stated.null_count() == len(stated):
        return
    own = parts.accepted().select("part_id", pl.col("unit_of_measure").alias("_own"))
    part_unit = draft.frame.select(pl.col("part_id").cast(pl.String)).join(
        own, on="part_id", how="left", maintain_order="left"
    )["_own"]
    unit, part_unit = _one_word(stated.fill_null(part_unit)), _one_word(part_unit)
    differs = (unit != part_unit).fill_null(False)
    if not differs.any():
        return
    sizes = {"EA": 1.0, **DOZEN, **settings.pack_sizes}
    factor = _size(unit, sizes) / _size(part_unit, sizes)
    factor = factor.set(~differs, 1.0)
    _reject(draft, differs, unit, factor, settings, quarantine)
    _count(draft, differs & factor.is_not_null(), factor, quarantine)


def _reject(
    draft: Draft,
    differs: pl.Series,
    unit: pl.Series,
    factor: pl.Series,
    settings: IntakeSettings,
    quarantine: Quarantine,
) -> None:
    unknown = differs & factor.is_null() & ~unit.is_in(_known(settings))
    whole = pl.Series([True]).new_from_index(0, len(draft))
    for name in QUANTITIES[draft.table.name]:
        counted = (draft.frame[name] * factor).fill_null(0.0)
        whole &= counted == counted.round()
    conflict = differs & ~unknown & (factor.is_null() | ~whole)
    remedy = pl.lit("the part is counted in another unit; state the pieces of one in pack_sizes.")
    quarantine.reject(
        draft,
        Finding("unit_of_measure.unknown", "unit_of_measure", unknown, remedy),
        Finding("unit_of_measure.conflict", "unit_of_measure", conflict, remedy),
    )


def _count(draft: Draft, rows: pl.Series, factor: pl.Series, quarantine: Quarantine) -> None:
    rows = rows & draft.in_mask()
    if not rows.any():
        return
    draft.frame = draft.frame.with_columns(
        (pl.col(name) * pl.when(rows).then(factor).otherwise(1.0)).round().cast(pl.Int64)
        for name in QUANTITIES[draft.table.name]
    )
    text = f"{draft.file}: {rows.sum()} rows in packs were counted as pieces."
    quarantine.note("unit_of_measure.converted", draft.table.name, "unit_of_measure", text)


def _word(unit: pl.Series) -> pl.Series:
    return unit.str.to_uppercase()


def _one_word(unit: pl.Series) -> pl.Series:
    """Every word for one piece becomes EA; blank is EA too."""
    word = _word(unit)
    return word.set(word.is_in(EACH), "EA").fill_null("EA")


def _size(unit: pl.Series, sizes: dict[str, float]) -> pl.Series:
    return unit.replace_strict(sizes, default=None, return_dtype=pl.Float64)


def _known(settings: IntakeSettings) -> list[str]:
    return [*EACH, *OTHERS, *DOZEN, *settings.pack_sizes]
