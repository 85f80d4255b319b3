"""The settings of the door, from the company's settings."""

from collections.abc import Sequence

from data.intake import IntakeSettings
from planning.settings import Settings


def intake_settings(settings: Settings, needs: Sequence[str]) -> IntakeSettings:
    """How files are to be read, and which must be there."""
    return IntakeSettings(
        required=tuple(needs),
        csv_delimiter=settings.csv_delimiter,
        csv_decimal=settings.csv_decimal,
        csv_encoding=settings.csv_encoding,
        currency=settings.currency,
        period=settings.period,
    )
