"""What the exit code of a command says."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of `sparewise`, as a scheduler reads them."""

    DONE = 0
    WRONG_USAGE = 2
    NOT_PROVEN = 3  # impossible, or stopped before proven
    INPUT_REFUSED = 4
    VERIFICATION_FAILED = 5
    ANOTHER_NIGHT_RUNS = 75
    INTERRUPTED = 130
    TERMINATED = 143


class Calculated(SystemExit):
    """Raised where a calculation has ended and all it leaves behind is written."""


class WrongUsageError(Exception):
    """A command that cannot mean anything; the message says what would."""
