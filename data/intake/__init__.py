"""The door for foreign files: what comes in wrong costs a row or a file, never a night."""

from data.intake.door import Intake, take_in
from data.intake.quarantine import RefusedFile
from data.intake.settings import IntakeSettings
from data.intake.tables import TABLES

__all__ = ["TABLES", "Intake", "IntakeSettings", "RefusedFile", "take_in"]
