"""The settings of the door: those of the company that bear the same name."""

from collections.abc import Sequence
from dataclasses import fields

from data.intake import IntakeSettings
from planning.settings import Settings


def intake_settings(settings: Settings, needs: Sequence[str]) -> IntakeSettings:
    """How files are to be read, and which must be there."""
    same = {
        one.name: getattr(settings, one.name)
        for one in fields(IntakeSettings)
        if hasattr(settings, one.name)
    }
    return IntakeSettings(required=tuple(needs), **same)
